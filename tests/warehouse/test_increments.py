"""The demo shop delivered in parts: one after the other, twice, shuffled and with a day too many, it is the whole one.

The first part holds what was known before a day in May, the second what came or changed from then on: orders on their
way, refunds of old orders, leads won, accounts that joined a programme. Of rows with the same key the one that is
further on its way counts, whichever file it is in.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.demo.conftest import again
from tests.demo.conftest import build as build_demo
from tests.warehouse.conftest import run_build

DAY = "2025-05-11"
TABLES = (
    *("fct_orders", "fct_order_items", "fct_refund_items", "dim_customers", "fct_kpis_daily"),
    *("fct_customer_activity", "fct_customer_lifecycle_events"),
    *("int_lead_conversions", "int_cart_outcomes"),
)
SELECTION = ("--indirect-selection", "empty", "--select", " ".join(f"+{name}" for name in TABLES))
SETTINGS: dict[str, object] = {"as_of": "2026-01-01", "currency": "EUR", "rfm_min_customers": 10}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders whole, first and second."""
    folder = build_demo(
        tmp_path_factory.mktemp("increments") / "demo", "--vars", "{customers: 250}"
    )
    found = {"whole": folder / "data"}
    for name, window in (("first", "until"), ("second", "since")):
        (folder / name).mkdir()
        again(folder, "--vars", f"{{customers: 250, {window}: {DAY}, output: {name}}}")
        found[name] = folder / name
    return found


def built(database: Path, folder: Path, **settings: object) -> None:
    done = run_build(database, {**SETTINGS, "data_dir": str(folder), **settings}, *SELECTION)
    assert done.returncode == 0, done.stdout + done.stderr


def copied(source: Path, target: Path, suffix: str = "") -> Path:
    """The files of a folder in another, under their names with a suffix."""
    target.mkdir(exist_ok=True, parents=True)
    for file in source.glob("*.csv"):
        shutil.copy(file, target / f"{file.stem}{suffix}.csv")
    return target


@pytest.fixture(scope="module")
def whole(parts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("whole") / "whole.duckdb"
    built(database, parts["whole"])
    return database


@pytest.fixture
def compared(whole: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute(f"attach '{whole}' as whole (read_only)")
    yield connection
    connection.close()


def assert_whole(compared: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Every table has the rows of the whole, no more and no less."""
    compared.execute(f"attach '{database}' as other (read_only)")
    for table in TABLES:
        name = f"intermediate.{table}" if table.startswith("int_") else table
        for left, right in (("whole", "other"), ("other", "whole")):
            query = f"from {left}.{name} except all from {right}.{name}"
            count = f"select count(*) from ({query})"
            assert compared.execute(count).fetchone() == (0,), (
                f"{name}: only in {left}",
                compared.execute(f"{query} order by all limit 2").fetchall(),
            )
        rows = compared.execute(f"select count(*) from whole.{name}").fetchone()
        assert rows is not None
        assert rows[0] > 10, name


def test_part_after_part(
    compared: duckdb.DuckDBPyConnection, parts: dict[str, Path], tmp_path: Path
) -> None:
    """The second part is put beside the first, into a warehouse that was built from the first alone."""
    folder = copied(parts["first"], tmp_path / "data")
    built(tmp_path / "grown.duckdb", folder, as_of=DAY)
    copied(parts["second"], folder, "_2")
    built(tmp_path / "grown.duckdb", folder)
    assert_whole(compared, tmp_path / "grown.duckdb")
    changed = f"""select count(*) from read_csv('{folder}/orders.csv') as before
        join read_csv('{folder}/orders_2.csv') as after using (order_id)
        where before.status = 'delivered' and after.status like '%refunded'"""
    count = compared.execute(changed).fetchone()
    assert count is not None
    assert count[0] > 0


def test_parts_in_the_wrong_order_and_twice(
    compared: duckdb.DuckDBPyConnection, parts: dict[str, Path], tmp_path: Path
) -> None:
    """Files named against their age, the first part once more, and all rows shuffled."""
    folder = copied(parts["second"], tmp_path / "data")
    copied(parts["first"], folder, "_2")
    copied(parts["first"], folder, "_3")
    dice = random.Random(11)
    for file in folder.glob("*.csv"):
        head, *lines = file.read_text().splitlines()
        dice.shuffle(lines)
        file.write_text("\n".join([head, *lines]) + "\n")
    built(tmp_path / "turned.duckdb", folder)
    assert_whole(compared, tmp_path / "turned.duckdb")


def test_what_is_not_yet_known(
    compared: duckdb.DuckDBPyConnection, parts: dict[str, Path], tmp_path: Path
) -> None:
    """Seen from the day between, the whole files hold the orders and refunds of the first part, and no others.

    What became of an order later is known already: as_of hides what happened, not what a row has become.
    """
    built(tmp_path / "early.duckdb", parts["whole"], as_of=DAY)
    built(tmp_path / "first.duckdb", parts["first"], as_of=DAY)
    compared.execute(f"attach '{tmp_path / 'early.duckdb'}' as early (read_only)")
    compared.execute(f"attach '{tmp_path / 'first.duckdb'}' as first (read_only)")
    for query in (
        "select order_id, order_date, customer_id, booked_amount from {}.fct_orders",
        "select refund_item_id, refund_date, booked_amount from {}.fct_refund_items",
    ):
        found = query.format("early")
        expected = query.format("first")
        assert compared.execute(f"select count(*) from ({expected})").fetchone() != (0,)
        assert compared.execute(f"{found} except all {expected}").fetchall() == []
        assert compared.execute(f"{expected} except all {found}").fetchall() == []
