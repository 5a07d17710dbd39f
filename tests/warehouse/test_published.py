"""What anybody finds who opens the file of the built demo shop: every relation answers, and nobody's address is in it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.conftest import Warehouse

ADDRESSES = "pii"
"""The one schema that may hold personal data."""


@pytest.fixture(scope="module")
def copy(
    demo: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the demo, copied into an empty folder, opened without access to any other file."""
    path = demo.value(
        "select path from duckdb_databases() where database_name = current_database()"
    )
    alone = tmp_path_factory.mktemp("alone") / "copy.duckdb"
    shutil.copy(str(path), alone)
    connection = duckdb.connect(
        str(alone), read_only=True, config={"enable_external_access": "false"}
    )
    yield connection
    connection.close()


def relations(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute("""
        select table_schema, table_name
        from information_schema.tables
        where table_catalog = current_database()
        order by all
    """).fetchall()


def text_columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    return connection.execute(
        """
        select table_schema, table_name, column_name
        from information_schema.columns
        where table_catalog = current_database() and table_schema <> ? and data_type = 'VARCHAR'
        order by all
        """,
        [ADDRESSES],
    ).fetchall()


def test_every_relation_answers_alone(copy: duckdb.DuckDBPyConnection) -> None:
    found = relations(copy)
    assert ("main", "fct_orders") in found
    for schema, name in found:
        copy.execute(f'select * from "{schema}"."{name}"').fetchmany(1)


def test_the_copy_cannot_read_files(copy: duckdb.DuckDBPyConnection, repo: Path) -> None:
    """The test above would see a view that reads a file."""
    with pytest.raises(duckdb.PermissionException):
        copy.execute(f"select * from '{repo / 'demo' / 'data' / 'orders.csv'}'")


def test_personal_data_is_in_its_schema_only(copy: duckdb.DuckDBPyConnection, repo: Path) -> None:
    """No address, telephone number or full name of the demo's customers stands in any text of another schema."""
    with (repo / "demo" / "data" / "customers.csv").open(newline="") as lines:
        people = list(csv.DictReader(lines))
    secrets = [
        *{row["email"].strip().lower() for row in people if row["email"]},
        *{row["phone"] for row in people if row["phone"]},
        *{f"{row['first_name']} {row['last_name']}".lower() for row in people if row["last_name"]},
    ]
    assert len(secrets) > 1500
    copy.execute("create temp table secrets as select unnest(?) as secret", [secrets])
    (there,) = copy.execute("""
        select count(*) from pii.customers_pii inner join secrets on lower(email) = secret
    """).fetchone() or (0,)
    assert there > 500, "the addresses are where they belong"
    leaks = [
        (schema, table, column)
        for schema, table, column in text_columns(copy)
        if copy.execute(f"""
            select count(*)
            from "{schema}"."{table}"
            where
                contains("{column}", '@example.')
                or lower(trim("{column}")) in (select secret from secrets)
        """).fetchone()
        != (0,)
    ]
    assert leaks == []


def test_no_other_schema_has_columns_for_personal_data(copy: duckdb.DuckDBPyConnection) -> None:
    assert (
        copy.execute(
            """
            select table_schema, table_name, column_name
            from information_schema.columns
            where
                table_catalog = current_database()
                and table_schema <> ?
                and regexp_full_match(
                    column_name,
                    'e?mail|phone|phone_e164|first_name|last_name|street|address|postal_code|zip'
                )
            order by all
            """,
            [ADDRESSES],
        ).fetchall()
        == []
    )
