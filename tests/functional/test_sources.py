"""Sources: files of several formats, declared columns, files and columns that are not there."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from textwrap import dedent, indent

import duckdb
import pytest

from tests.conftest import Project, ProjectMaker

COLUMNS = """
- {name: order_id, data_type: bigint, data_tests: [not_null]}
- {name: amount, data_type: "decimal(18, 2)"}
- {name: note, data_type: varchar}
"""


def sourced(
    project: ProjectMaker, location: str, *, columns: str = COLUMNS, optional: bool = False
) -> Project:
    shop = project(
        {
            "models/m.sql": "{{ config(materialized='table') }} select * from {{ source('raw', 'orders') }}"
        }
    )
    table = dedent(f"""
        sources:
          - name: raw
            tables:
              - name: orders
                config: {{external_location: "{location}", optional: {str(optional).lower()}}}
        """).lstrip()
    if columns:
        table += "        columns:\n" + indent(columns.strip(), " " * 10) + "\n"
    shop.write("models/sources.yml", table)
    (shop.root / "data").mkdir()
    return shop


def test_a_csv_file_is_read_with_the_declared_types(project: ProjectMaker) -> None:
    shop = sourced(project, "data/orders.csv")
    shop.write("data/orders.csv", "order_id,amount,note\n1,10.5,007\n2,,\n")
    shop.build()
    assert shop.rows("select * from m order by 1") == [
        (1, Decimal("10.50"), "007"),
        (2, None, None),
    ]


NOTES = {
    "a cell that begins with #": "1,# 7\n",
    "a row that begins with #": "1,x\n#2,y\n",
    "single quotes": "1,'x'\n2,'y'\n",
    "an inch": '1,5" pipe\n2,x\n',
    "quotes in quotes": '1,"say ""hi"", you"\n',
    "a line end in quotes": '1,"two\nlines"\n',
    "backslashes": "1,\\N\n2,a\\\n",
    "other delimiters": "1,a;b\n2,c;d\n",
    "white space": "1, a \n",
    "quotes that come late": "1,x\n" * 25_000 + '1,"a, b"\n',
}


@pytest.mark.parametrize("rows", NOTES.values(), ids=NOTES.keys())
def test_every_cell_of_a_csv_file_is_read_as_python_reads_it(
    project: ProjectMaker, rows: str
) -> None:
    shop = sourced(
        project,
        "data/orders.csv",
        columns="- {name: id, data_type: varchar}\n- {name: note, data_type: varchar}",
    )
    (shop.root / "data/orders.csv").write_text("id,note\n" + rows)
    shop.build()
    expected = sorted({tuple(cells) for cells in csv.reader(io.StringIO(rows, newline=""))})
    assert shop.rows("select distinct * from m order by all") == expected
    assert shop.value("select count(*) from m") == sum(1 for _ in csv.reader(io.StringIO(rows)))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_csv_file_may_have_another_delimiter(project: ProjectMaker, delimiter: str) -> None:
    shop = sourced(project, "data/orders.csv")
    shop.write(
        "data/orders.csv", "order_id,amount,note\n1,10.5,a\n2,20,b\n".replace(",", delimiter)
    )
    shop.build()
    assert shop.rows("select order_id, note from m order by 1") == [(1, "a"), (2, "b")]


def test_columns_are_found_by_name_in_any_order_and_case_and_others_are_left(
    project: ProjectMaker,
) -> None:
    shop = sourced(project, "data/orders.csv")
    shop.write("data/orders.csv", "note,other,Amount,ORDER_ID\na,x,1,7\n")
    shop.build()
    assert shop.rows("select order_id, amount, note from m") == [(7, Decimal("1.00"), "a")]
    assert shop.value("select count(*) from duckdb_columns() where table_name = 'm'") == 3


def test_a_column_that_may_be_null_may_be_missing(project: ProjectMaker) -> None:
    shop = sourced(project, "data/orders.csv")
    shop.write("data/orders.csv", "order_id\n1\n")
    shop.build()
    assert shop.rows("select * from m") == [(1, None, None)]


def test_a_parquet_file_is_cast_to_the_declared_types(project: ProjectMaker) -> None:
    shop = sourced(project, "data/orders.parquet")
    file = shop.root / "data/orders.parquet"
    duckdb.sql(f"copy (select '3' as order_id, 2.5::double as amount) to '{file}'")
    shop.build()
    assert shop.rows("select * from m") == [(3, Decimal("2.50"), None)]


@pytest.mark.parametrize("kind", ["parquet", "json"])
def test_an_empty_text_is_null_in_every_format(project: ProjectMaker, kind: str) -> None:
    """CSV cannot tell one from the other: a key that is '' in Parquet made one customer of all guests."""
    shop = sourced(project, f"data/orders.{kind}")
    file = shop.root / f"data/orders.{kind}"
    duckdb.sql(f"copy (select 1 as order_id, 1 as amount, '' as note) to '{file}'")
    shop.build()
    assert shop.value("select note is null from m") is True


def test_either_format_is_taken_where_the_suffix_is_open(project: ProjectMaker) -> None:
    shop = sourced(project, "data/{name}.*")
    shop.write("data/orders.csv", "order_id\n1\n")
    shop.write("data/orders.md", "notes on the file")
    shop.build()
    assert shop.value("select order_id from m") == 1


def test_a_glob_joins_its_files_by_name(project: ProjectMaker) -> None:
    shop = sourced(project, "data/orders_*.csv")
    shop.write("data/orders_1.csv", "order_id,amount\n1,10\n")
    shop.write("data/orders_2.csv", "note,order_id\nb,2\n")
    shop.build()
    assert shop.rows("select * from m order by 1") == [(1, Decimal("10.00"), None), (2, None, "b")]


def test_an_optional_source_without_its_file_is_an_empty_table_of_its_types(
    project: ProjectMaker,
) -> None:
    shop = sourced(project, "data/orders.csv", optional=True)
    shop.build()
    assert shop.rows("select * from m") == []
    assert shop.rows("select data_type from duckdb_columns() where table_name = 'm'") == [
        ("BIGINT",), ("DECIMAL(18,2)",), ("VARCHAR",),
    ]  # fmt: skip
    shop.write("data/orders.csv", "order_id\n1\n")
    shop.build()
    assert shop.rows("select * from m") == [(1, None, None)]


def test_without_declared_columns_the_file_is_read_as_it_is(project: ProjectMaker) -> None:
    shop = sourced(project, "data/orders.csv", columns="")
    shop.write("data/orders.csv", "a,b\n1,x\n")
    shop.build()
    assert shop.rows("select a, b from m") == [(1, "x")]


def test_a_source_can_be_a_table_that_somebody_loaded(project: ProjectMaker) -> None:
    shop = project({"models/a.sql": "{{ config(materialized='table') }} select 1 as id"})
    shop.build()
    shop.execute("create schema raw; create table raw.orders as select 5 as id")
    shop.write("models/sources.yml", "sources:\n  - name: raw\n    tables: [{name: orders}]\n")
    shop.write("models/m.sql", "select * from {{ source('raw', 'orders') }}")
    shop.build()
    assert shop.value("select id from m") == 5


def test_a_project_is_built_from_another_folder(
    project: ProjectMaker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop = sourced(project, "data/orders.csv")
    shop.write("data/orders.csv", "order_id\n1\n")
    elsewhere = Project(tmp_path_factory.mktemp("elsewhere"), shop.home)
    result = elsewhere.run("build", "--project-dir", str(shop.root))
    assert result.exit_code == 0, str(result)
    assert shop.rows("select order_id from m") == [(1,)]
    assert list(elsewhere.root.iterdir()) == []


def test_a_project_is_found_from_a_folder_inside_it(project: ProjectMaker) -> None:
    shop = sourced(project, "data/orders.csv")
    shop.write("data/orders.csv", "order_id\n1\n")
    inside = Project(shop.root / "models", shop.home)
    assert inside.run("build").exit_code == 0
    assert shop.rows("select order_id from m") == [(1,)]


def test_folders_on_the_command_line_are_those_of_the_person(
    project: ProjectMaker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop = sourced(project, "data/orders.csv")
    shop.write("data/orders.csv", "order_id\n1\n")
    folder = tmp_path_factory.mktemp("above")
    shop.root.rename(folder / "shop")
    (folder / "profiles").mkdir()
    (folder / "shop/profiles.yml").rename(folder / "profiles/profiles.yml")
    above = Project(folder, shop.home)
    result = above.run(
        "build", "--project-dir", "shop", "--profiles-dir", "profiles", "--junit", "junit.xml"
    )
    assert result.exit_code == 0, str(result)
    assert (folder / "junit.xml").is_file()
    assert above.run("build", "--project-dir", "shopp", "--profiles-dir", "profiles").exit_code == 2


SEED = 'code,label,rate,on,day,at,big\n007,"a, b",1.5,true,2026-01-01,2026-01-01 10:00:00,3000000000\n8,,2,false,2026-01-02,2026-01-02 11:30:00,1\n'


def test_a_seed_has_the_types_that_all_its_values_fit(project: ProjectMaker) -> None:
    shop = project(
        {
            "seeds/kinds.csv": SEED,
            "seeds/kinds.yml": """
                seeds:
                  - name: kinds
                    config:
                      column_types: {code: varchar, rate: "decimal(18, 6)"}
                """,
        }
    )
    shop.run("seed")
    assert shop.rows("select column_name, data_type from duckdb_columns() where table_name = 'kinds' order by column_index") == [
        ("code", "VARCHAR"), ("label", "VARCHAR"), ("rate", "DECIMAL(18,6)"), ("on", "BOOLEAN"),
        ("day", "DATE"), ("at", "TIMESTAMP"), ("big", "BIGINT"),
    ]  # fmt: skip
    assert shop.rows("select code, label, rate from kinds order by big desc") == [
        ("007", "a, b", Decimal("1.500000")), ("8", None, Decimal("2.000000")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "table"),
    [
        ("{external_location: 'data/{name}_{part}.csv'}", "{part: new}"),
        ("{part: old}", "{part: new, external_location: 'data/orders_{part}.csv'}"),
        ("{formatter: oldstyle, external_location: 'data/%(identifier)s_new.csv'}", "{}"),
        (
            "{}",
            "{formatter: template, external_location: \"read_csv('data/${name}_new.csv')\"}",
        ),
    ],
)
def test_a_location_was_not_filled_in_with_the_config_nor_by_other_formatters(
    project: ProjectMaker, source: str, table: str
) -> None:
    shop = project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "profiles.yml": "shop:\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n",
            "data/orders_new.csv": "id\n7\n",
            "models/m.sql": "{{ config(materialized='table') }} select id from {{ source('raw', 'orders') }}",
            "models/sources.yml": f"""
                sources:
                  - name: raw
                    config: {source}
                    tables:
                      - name: orders
                        config: {table}
                """,
        }
    )
    shop.build()
    assert shop.rows("select id from m", shop.root / "shop.duckdb") == [(7,)]
