"""The staging layer: every table of the contract is staged, and what is absent is empty and typed."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.warehouse.conftest import PART, Build, Warehouse

ORDERS = "order_id,customer_id,ordered_at,status,currency\nO1,c1,2026-01-10 09:00:00,paid,EUR\n"
ITEMS = "order_id,line_no,product_id,quantity,unit_price\nO1,1,mug,2,30\n"
CUSTOMERS = "customer_id\nc1\n"

# What a column of the contract is called where its own name would mean two things.
RENAMED = {
    ("customer_identities", "source"): "system",
    ("leads", "source"): "lead_source",
    ("sessions", "source"): "utm_source",
    ("sessions", "medium"): "utm_medium",
    ("sessions", "campaign"): "utm_campaign",
    ("seo_traffic", "source"): "search_engine",
    ("carts", "value"): "cart_value",
}


def contract(repo: Path) -> dict[str, dict[str, str]]:
    """The tables of the source contract: name → column → type."""
    text = (repo / "models/staging/canonical/_sources.yml").read_text()
    (source,) = yaml.safe_load(text)["sources"]
    return {
        table["name"]: {
            column["name"]: column["data_type"]
            for column in table["columns"]
            if column["name"] != "_source"
        }
        for table in source["tables"]
    }


GUESTS = ("", " ", "NULL", "null", r"\N", "N/A")


@pytest.fixture(scope="module")
def demo(build: Build) -> Warehouse:
    return build("demo_staging", {}, *PART, "+path:models/staging")


@pytest.fixture(scope="module")
def bare(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Only the three required files are there."""
    folder = tmp_path_factory.mktemp("bare")
    guests = "".join(
        f"G{number},{key},2026-01-09 09:00:00,paid,EUR\n" for number, key in enumerate(GUESTS)
    )
    for name, text in {
        "orders": ORDERS + guests,
        "order_items": ITEMS,
        "customers": CUSTOMERS,
    }.items():
        (folder / f"{name}.csv").write_text(text)
    return build("bare_staging", {"data_dir": str(folder)}, *PART, "+path:models/staging")


def columns(warehouse: Warehouse, table: str) -> dict[str, str]:
    found = warehouse.tuples(
        f"select column_name, data_type from duckdb_columns() where table_name = 'stg_{table}'"
    )
    return {str(name): str(type_) for name, type_ in found}


def test_every_table_of_the_contract_is_staged_with_every_column(
    demo: Warehouse, repo: Path
) -> None:
    for table, declared in contract(repo).items():
        have = columns(demo, table)
        for name, type_ in declared.items():
            staged = RENAMED.get((table, name), name)
            wanted = duckdb.sql(f"select cast(null as {type_})").types[0]
            if name.endswith("line_no"):
                assert have[staged] in ("INTEGER", "BIGINT"), (table, name)
            else:
                assert have[staged] == str(wanted), (table, name)
        assert "source" in have, table


def test_every_row_of_the_demo_shop_is_staged(demo: Warehouse, repo: Path) -> None:
    """The demo's files are clean: no key repeats, so every row of a file is a row of its table."""
    for table in contract(repo):
        file = repo / "demo/data" / f"{table}.csv"
        ((rows,),) = duckdb.sql(f"select count(*) from read_csv('{file}')").fetchall()
        assert demo.value(f"select count(*) from {staged(table)}") == rows, table
        assert rows > 0, table


def staged(table: str) -> str:
    """Where a staging table stands: names and addresses in a schema of their own."""
    return f"{'pii' if table == 'customers' else 'staging'}.stg_{table}"


def test_absent_tables_are_empty_and_typed(demo: Warehouse, bare: Warehouse, repo: Path) -> None:
    for table in contract(repo):
        required = {"customers": 1, "orders": 1 + len(GUESTS), "order_items": 1}
        expected = required.get(table, 0)
        assert bare.value(f"select count(*) from {staged(table)}") == expected, table
        assert columns(bare, table) == columns(demo, table), table


def test_a_customer_called_null_is_a_guest(bare: Warehouse) -> None:
    """Databases write NULL, \\N or N/A: all guests became one customer of that name."""
    found = bare.tuples("select order_id, customer_id from staging.stg_orders order by order_id")
    assert found == [*((f"G{number}", None) for number in range(len(GUESTS))), ("O1", "c1")]


def test_every_staged_column_is_described(demo: Warehouse) -> None:
    assert (
        demo.tuples(
            "select table_name, column_name from duckdb_columns()"
            " where schema_name = 'staging' and comment is null and table_name not like '%\\_\\_%'"
            " escape '\\'"
        )
        == []
    )


def test_the_contract_is_that_of_the_specification(repo: Path, shared: Path) -> None:
    """Every table and column of canonical.sql, with its type, and one more: regions.profile_share."""
    session = duckdb.connect()
    session.execute((shared / "warehouse/schema/canonical.sql").read_text())
    found = session.execute(
        "select table_name, column_name, data_type from duckdb_columns() where not internal"
    )
    specified: dict[str, dict[str, str]] = {}
    for table, name, type_ in found.fetchall():
        specified.setdefault(table, {})[name] = re.sub(r"\s", "", type_)
    specified["regions"]["profile_share"] = "DOUBLE"  # row 004-14; docs/decisions.md, 84
    declared = {
        table: {
            name: re.sub(r"\s", "", str(duckdb.sql(f"select cast(null as {type_})").types[0]))
            for name, type_ in columns.items()
        }
        for table, columns in contract(repo).items()
    }
    assert declared == specified
