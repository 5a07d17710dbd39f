"""Segments as data: what a wrong row says, and a history that outlives builds."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.conftest import PART, REPO, Warehouse, run_build

MODEL = REPO / "models" / "intermediate" / "int_segment_members.py"


@pytest.fixture
def customers() -> duckdb.DuckDBPyRelation:
    return duckdb.connect().query("""
        select * from (values ('a', 2, true, date '2026-06-01'), ('b', null, null, date '2026-06-01'))
        as t (customer_id, orders, is_lapsed, as_of)
    """)


def members(customers: duckdb.DuckDBPyRelation, predicate: str, key: str = "vip") -> list[Any]:
    ask = runpy.run_path(str(MODEL))["members_of"]
    found: list[Any] = ask(customers, segment_key=key, predicate=predicate, sort=1).fetchall()
    return sorted(found)


def test_a_predicate_that_is_not_known_to_hold_leaves_the_customer_out(
    customers: duckdb.DuckDBPyRelation,
) -> None:
    assert members(customers, "orders >= 2") == [("vip", "a")]
    assert members(customers, "not is_lapsed or orders is null -- the others") == [("vip", "b")]
    assert members(customers, "as_of > date '2026-01-01' and 'now' <> 'today'") == [
        ("vip", "a"),
        ("vip", "b"),
    ]


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ("ordres >= 2", 'row vip: Binder Error: Referenced column "ordres" not found'),
        ("orders >= ", "row vip: Parser Error"),
        ("orders", "row vip: the predicate is not true or false: orders"),
        ("true), (false", "row vip: the predicate is not true or false"),
        ("orders > 1; drop table x", "row vip: Parser Error"),
        ("as_of < current_date", "row vip: current_date is not allowed, the day is as_of"),
        ("random() < 0.5", "row vip: random is not allowed"),
    ],
)
def test_a_wrong_predicate_names_its_row(
    customers: duckdb.DuckDBPyRelation, predicate: str, said: str
) -> None:
    with pytest.raises(ValueError, match="segment_definitions") as error:
        members(customers, predicate)
    assert said in str(error.value)


def test_a_key_is_a_plain_word(customers: duckdb.DuckDBPyRelation) -> None:
    with pytest.raises(ValueError, match="small letters"):
        members(customers, "true", key="rfm:mine'")


FILES = {
    "customers": """\
customer_id,created_at,email,email_consent
a,2026-01-01 08:00:00,a@x.com,confirmed
b,2026-01-01 08:00:00,b@x.com,confirmed
""",
    "orders": """\
order_id,customer_id,ordered_at,status,channel_id,currency
O1,a,2026-01-10 09:00:00,paid,web,EUR
O2,b,2026-03-20 09:00:00,paid,web,EUR
O3,a,2026-04-05 09:00:00,paid,web,EUR
""",
    "order_items": """\
order_id,line_no,product_id,quantity,unit_price
O1,1,mug,1,30
O2,1,mug,1,30
O3,1,mug,1,30
""",
}

CHANGES = """
    select segment_key, customer_id, cast(change_date as varchar), change, is_initial
    from fct_segment_changes
    where segment_key in ('one_time_buyers', 'fresh_buyers')
    order by all
"""


def test_the_history_outlives_builds(tmp_path: Path) -> None:
    """On 1 February a has one order, 22 days old: in both segments. On 1 April a's is 81 days old: a leaves fresh_buyers; b,
    who ordered 12 days before, enters both. On 10 April a has two orders and leaves one_time_buyers.
    """
    data = tmp_path / "data"
    data.mkdir()
    for name, text in FILES.items():
        (data / f"{name}.csv").write_text(text)
    database = tmp_path / "shop.duckdb"

    def seen(as_of: str, *more: str) -> list[tuple[object, ...]]:
        variables: dict[str, object] = {"data_dir": str(data), "as_of": as_of}
        done = run_build(database, variables, *PART, "+fct_segment_changes", *more)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        warehouse = Warehouse(database)
        try:
            return warehouse.tuples(CHANGES)
        finally:
            warehouse.connection.close()

    february = [
        ("fresh_buyers", "a", "2026-02-01", "entered", True),
        ("one_time_buyers", "a", "2026-02-01", "entered", True),
    ]
    april = [
        ("fresh_buyers", "a", "2026-02-01", "entered", True),
        ("fresh_buyers", "a", "2026-04-01", "left", False),
        ("fresh_buyers", "b", "2026-04-01", "entered", False),
        ("one_time_buyers", "a", "2026-02-01", "entered", True),
        ("one_time_buyers", "b", "2026-04-01", "entered", False),
    ]
    later = [*april[:4], ("one_time_buyers", "a", "2026-04-10", "left", False), april[4]]
    assert seen("2026-02-01") == february
    assert seen("2026-04-01") == april
    assert seen("2026-04-01", "--full-refresh") == april, "what only it remembers is kept"
    assert seen("2026-04-10") == later
    assert seen("2026-04-01") == april, "looking back changes nothing"
