"""What holds between the reports for any dates and filters, on the demo shop.

A few random questions, and of each a few of the parts; RUNNER_ALL=1 asks some hundreds. Each kind of report is also compared with
plain Python over the orders (plain_reports.py).
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.sample import ALL
from tests.warehouse import asking, plain_reports
from tests.warehouse.asking import Question
from tests.warehouse.conftest import Row, Warehouse

COUNT = 200 if ALL else 4
SEEDS = range(COUNT)
UNIONS = tuple(asking.VALUES)
OF_CUSTOMERS = ("country", "region", "city", "rfm_segment", "value_tier")
"""Facets whose values part the customers of a period, each of whom has one."""
ALL_FACETS = (*OF_CUSTOMERS, "store", "channel", "campaign", "product", "category", "segment")


@pytest.fixture(scope="module")
def plain(demo: Warehouse) -> plain_reports.Shop:
    return plain_reports.read(demo)


@pytest.fixture(scope="module")
def there(demo: Warehouse) -> dict[str, list[str]]:
    return asking.values(demo)


@pytest.fixture(params=SEEDS)
def asked(demo: Warehouse, request: pytest.FixtureRequest) -> Question:
    (question,) = asking.questions(demo, seed=request.param, count=1)
    return question


def some(names: Sequence[str], asked: Question | str, count: int) -> Sequence[str]:
    """All of them, or those that fall to this question or report."""
    return names if ALL else random.Random(str(asked)).sample(list(names), count)


def kpis(shop: Warehouse, question: Question, **other: str) -> dict[object, Row]:
    return {row["metric"]: row for row in shop.rows(f"from {question.call('kpis', **other)}")}


def without(question: Question, *names: str) -> Question:
    kept = {name: value for name, value in question.filters.items() if name not in names}
    return Question(question.start, question.end, kept)


# --- against plain Python ---------------------------------------------------------------------------


def test_the_reports_count_what_plain_python_counts(
    demo: Warehouse, plain: plain_reports.Shop, asked: Question
) -> None:
    period = plain_reports.period(plain, asked)
    found = kpis(demo, asked)
    everybody = period.of.values()
    assert {name: found[name]["numerator"] or 0 for name in (
        "orders", "active_customers", "new_customers", "gross_revenue", "net_revenue", "refund_amount",
        "units",
    )} == {
        "orders": sum(of.orders for of in everybody),
        "active_customers": len(period.active),
        "new_customers": sum(of.is_new for of in everybody),
        "gross_revenue": plain_reports.total(of.gross_revenue for of in everybody),
        "net_revenue": plain_reports.total(of.net_revenue for of in everybody),
        "refund_amount": plain_reports.total(of.refund_amount for of in everybody),
        "units": plain_reports.total(of.units for of in everybody),
    }  # fmt: skip
    listed = demo.tuples(f"""
        select customer_id, orders, is_new, gross_revenue, net_revenue
        from {asked.call("customer_list", limit_n="")}
    """)
    assert {row[0]: row[1:] for row in listed} == {
        who: (of.orders, of.is_new, of.gross_revenue, of.net_revenue)
        for who, of in period.of.items()
        if who in period.active
    }
    best = sorted((period.of[who].net_revenue for who in period.active), reverse=True)
    top = best[: math.ceil(len(best) / 5)]
    assert found["top20_net_revenue"]["numerator"] == plain_reports.total(top)


# --- between the reports ----------------------------------------------------------------------------


def test_reports_of_one_question_count_the_same_customers(demo: Warehouse, asked: Question) -> None:
    """Trap 44; one cell of RFM for each customer."""
    active = kpis(demo, asked)["active_customers"]["value"]
    for scope in some(("selection", "all"), asked, 1):
        chart = demo.value(
            f"select coalesce(sum(customers), 0) from {asked.call('rfm_chart', scope=scope)}"
        )
        assert chart == active
        assert demo.row(f"""
            select count(*) as rows, count(distinct customer_id) as customers, count(segment) as segments
            from {asked.call("rfm", scope=scope)}
        """) == {"rows": active, "customers": active, "segments": active}
    assert demo.value(f"select count(*) from {asked.call('customer_list', limit_n='')}") == active
    assert (
        demo.value(f"select coalesce(max(all_customers), 0) from {asked.call('concentration')}")
        == active
    )
    assert demo.row(f"""
        select count(distinct customer_id) as people, count(*) as rows
        from {asked.call("top_customers", limit_n="", rank_by="net_revenue")}
        where status <> 'left'
    """) == {"people": active, "rows": active}


def test_shares_of_top_customers_are_parts_of_the_whole(demo: Warehouse, asked: Question) -> None:
    rows = demo.rows(f"""
        select rank, position, gross_revenue, share, cum_share
        from {asked.call("top_customers", limit_n="")} where status <> 'left' order by position
    """)
    whole = sum(float(str(row["gross_revenue"])) for row in rows)
    so_far = 0.0
    for place, row in enumerate(rows, start=1):
        so_far += float(str(row["gross_revenue"]))
        above = sum(other["gross_revenue"] > row["gross_revenue"] for other in rows)  # type: ignore[operator]
        assert (row["position"], row["rank"]) == (place, above + 1)
        if whole:
            assert row["share"] == pytest.approx(float(str(row["gross_revenue"])) / whole)
            assert row["cum_share"] == pytest.approx(so_far / whole)


def test_a_facet_is_counted_without_its_own_filter(
    demo: Warehouse, there: dict[str, list[str]], asked: Question
) -> None:
    for facet in some(ALL_FACETS, asked, 2):
        own = {**without(asked, facet).filters, facet: there[facet][0]}
        chosen = Question(asked.start, asked.end, own)
        free = without(asked, facet)
        values = demo.rows(f"from {chosen.call('facets', facet)}")
        assert values == demo.rows(f"from {free.call('facets', facet)}"), facet
        active = kpis(demo, free)["active_customers"]["value"]
        assert {row["all_customers"] for row in values} <= {active}, facet
        if facet in OF_CUSTOMERS:
            assert sum(int(str(row["customers"])) for row in values) == active, facet


def test_parts_of_sales_sum_to_the_whole(demo: Warehouse, asked: Question) -> None:
    """Days, months and years; channels, stores, places; products and categories. Trap 29."""
    found = kpis(demo, asked)
    whole = {
        name: found[name]["numerator"] or Decimal(0)
        for name in (
            "orders",
            "units",
            "gross_revenue",
            "discount_amount",
            "refund_amount",
            "net_revenue",
        )
    }
    parts = [
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "store",
        "channel",
        "country",
        "region",
        "city",
    ]
    parts += ["campaign", "rfm_segment", "value_tier", "product", "category"]
    for by in some(parts, asked, 4):
        names = [
            name
            for name in whole
            if by not in ("product", "category") or name not in ("orders", "units")
        ]
        assert demo.row(f"""
            select {", ".join(f"coalesce(sum({name}), 0) as {name}" for name in names)}
            from {asked.call("sales_by", by)}
        """) == {name: whole[name] for name in names}, by


def test_channels_and_stores_sum_to_all_of_them(
    demo: Warehouse, there: dict[str, list[str]], asked: Question
) -> None:
    for name in some(("channel", "store", "country"), asked, 1):
        if "revenue_min" in asked.filters or "revenue_max" in asked.filters:
            break  # bounds are of what the customer brought in the channel
        free = without(asked, name)
        each = [
            kpis(demo, Question(free.start, free.end, {**free.filters, name: value}))
            for value in there[name]
        ]
        for metric in ("orders", "gross_revenue", "net_revenue", "new_customers"):
            parts = [found[metric]["numerator"] or Decimal(0) for found in each]
            assert sum(parts) == (kpis(demo, free)[metric]["numerator"] or 0)  # type: ignore[arg-type]


def test_cohorts_begin_whole(demo: Warehouse, asked: Question) -> None:
    """Trap 19: month 0 is everybody, and a cohort is as large in every month."""
    for grain in some(("week", "month", "quarter", "year"), asked, 1):
        cohorts = demo.rows(f"from {asked.call('cohorts', grain)}")
        sizes: dict[object, set[object]] = {}
        for row in cohorts:
            sizes.setdefault(row["cohort"], set()).add(row["cohort_size"])
            if row["n"] == 0 and row["is_complete"]:
                assert row["numerator"] == row["cohort_size"]
        assert all(len(of) == 1 for of in sizes.values())
        new = demo.value(f"""
            select count(*) from {asked.call("customer_list", limit_n="")} where is_new and identity_reliable
        """)
        assert sum(int(str(*of)) for of in sizes.values()) == new


def test_any_of_two_values_is_either(
    demo: Warehouse, there: dict[str, list[str]], asked: Question
) -> None:
    """'a,b' = a or b, for orders; bounds of revenue are of both together."""
    asked = without(asked, "revenue_min", "revenue_max")
    for name in some(UNIONS, asked, 4):
        values = [value for value in there[name] if "," not in value][:40:13]
        whole = {**asked.filters, name: ", ".join(values)}
        either = {
            row
            for value in values
            for row in demo.tuples(f"select order_id from {orders({**asked.filters, name: value})}")
        }
        assert set(demo.tuples(f"select order_id from {orders(whole)}")) == either, name


def orders(filters: dict[str, str]) -> str:
    named = ", ".join(f"{name} := {asking.text(value)}" for name, value in filters.items())
    return f"filtered_orders({named})"


# --- nothing asked for ------------------------------------------------------------------------------


REPORTS = asking.functions()
SHOW_ALL = {"limit_n", "k", "level", "period"}
"""Where nothing is everything, which is more than what is shown when they are left out."""
NOTHING = ("''", "null", "'  '")


@pytest.mark.parametrize("report", sorted(REPORTS) if ALL else sorted(REPORTS)[::3])
def test_empty_and_null_are_no_filter(demo: Warehouse, report: str) -> None:
    """Trap 43, for every argument of every table function: '', blanks and null are what is left out."""
    arguments = {a.name: a for a in REPORTS[report]}
    given = {name: a.example for name, a in arguments.items() if a.default is None}
    assert None not in given.values()

    def rows(**other: str) -> list[Row]:
        named = ", ".join(f'"{name}" := {value}' for name, value in {**given, **other}.items())
        return sorted(demo.rows(f"from {report}({named})"), key=repr)

    free = [name for name, a in arguments.items() if a.default and name not in SHOW_ALL]
    plain = rows()
    for nothing in NOTHING:
        assert rows(**dict.fromkeys(free, nothing)) == plain, nothing
    for name in some(free, report, min(2, len(free))):
        for nothing in NOTHING if ALL else NOTHING[:1]:
            assert rows(**{name: nothing}) == plain, (name, nothing)
    needed = set(given) | set(arguments) & SHOW_ALL
    for name in sorted(needed - {"facet"} - ({"by"} if report == "sales_by" else set())):
        answers = [rows(**{name: nothing}) for nothing in NOTHING]
        assert answers == [answers[0]] * len(NOTHING), name


# --- targets ----------------------------------------------------------------------------------------


@pytest.fixture
def aimed(demo: Warehouse, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo shop with targets: 10 and 12 web orders for two months, 99 for all channels."""
    path = demo.value(
        "select path from duckdb_databases() where database_name = current_database()"
    )
    connection = duckdb.connect(str(shutil.copy(str(path), tmp_path / "aimed.duckdb")))
    connection.execute("""
        insert into seeds.kpi_targets values
            ('2025-01-01', '(all)', 'web', 'orders', 10), ('2025-02-01', '(all)', 'web', 'orders', 12),
            ('2025-01-01', '(all)', 'web', 'aov', 50), ('2025-02-01', '(all)', 'web', 'aov', 55),
            ('2025-02-01', '(all)', 'web', 'units', 30), ('2025-01-01', '(all)', '(all)', 'orders', 99)
    """)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("call", "orders", "aov", "units"),
    [
        ("kpis('2025-01-01', '2025-01-31', channel := 'web')", 10, 50, None),
        ("kpis('2025-02-01', '2025-02-28', channel := ' web ')", 12, 55, 30),
        ("kpis('2025-01-01', '2025-01-31')", 99, None, None),
        # 10 + 12; a rate is no sum, and January has no target for units
        ("kpis('2025-01-01', '2025-02-28', channel := 'web')", 22, None, None),
        ("kpis('2025-01-01', '2025-03-31', channel := 'web')", None, None, None),
        ("kpis('2025-01-02', '2025-01-31', channel := 'web')", None, None, None),
        ("kpis('2025-01-01', '2025-01-30', channel := 'web')", None, None, None),
        ("kpis('2025-01-01', '2025-01-31', channel := 'web, phone')", None, None, None),
        ("kpis('2025-01-01', '2025-01-31', channel := 'web', country := 'PL')", None, None, None),
        ("kpis('2025-01-01', '2025-01-31', channel := 'web', segment := 'vip')", None, None, None),
        ("kpis('2025-01-01', '2025-01-31', channel := 'web', revenue_min := 1)", None, None, None),
        ("kpis('2025-01-01', '2025-01-31', channel := 'web', country := '')", 10, 50, None),
    ],
)
def test_targets_are_of_whole_months_of_one_slice(
    aimed: duckdb.DuckDBPyConnection, call: str, orders: object, aov: object, units: object
) -> None:
    found = dict(aimed.execute(f"select metric, target from {call}").fetchall())
    assert (found["orders"], found["aov"], found["units"]) == (orders, aov, units)


@pytest.mark.parametrize(
    ("first", "last", "by", "complete"),
    [
        ("2025-11-20", "2025-12-31", "month", {"2025-11-01": False, "2025-12-01": True}),
        ("2025-11-01", "2025-12-10", "month", {"2025-11-01": True, "2025-12-01": False}),
        ("2025-12-03", "2025-12-14", "week", {"2025-12-01": False, "2025-12-08": True}),
        ("2025-12-30", "2025-12-30", "day", {"2025-12-30": True}),
    ],
)
def test_a_month_that_the_days_cut_is_not_complete(
    demo: Warehouse, first: str, last: str, by: str, complete: dict[str, bool]
) -> None:
    """Row 003-16: a part is flagged. November from the 20th looked as whole as December, with a third of its orders."""
    query = f"select value, is_complete from sales_by('{first}', '{last}', '{by}')"
    assert sorted(demo.tuples(query)) == sorted(complete.items())


def test_the_first_month_is_not_cut_where_no_first_day_is_asked_for(demo: Warehouse) -> None:
    for by in ("week", "year"):
        query = f"select is_complete from sales_by('', '', '{by}') order by value limit 1"
        assert demo.tuples(query) == [(True,)]
