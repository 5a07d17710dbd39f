"""Indexes that models, seeds and snapshots are configured with; they were passed over."""

from __future__ import annotations

import pytest

from tests.conftest import Project, ProjectMaker

INDEXES = "select table_name, is_unique, expressions from duckdb_indexes() order by all"


def model(config: str, query: str = "select 1 as id, 2 as n") -> dict[str, str]:
    return {"models/orders.sql": f"{{{{ config({config}) }}}} {query}"}


def indexes(shop: Project) -> list[tuple[object, ...]]:
    return [(n, u, str(e).replace("'", "")) for n, u, e in shop.rows(INDEXES)]


def test_a_table_gets_its_indexes_each_time_it_is_made(project: ProjectMaker) -> None:
    config = "materialized='table', indexes=[{'columns': ['ID'], 'unique': True}, {'columns': ['id', 'n']}]"
    shop = project(model(config))
    shop.build()
    expected = [("orders", False, "[id, n]"), ("orders", True, "[id]")]
    assert indexes(shop) == expected
    shop.build("--full-refresh")
    assert indexes(shop) == expected


def test_a_table_that_is_carried_over_keeps_its_indexes(project: ProjectMaker) -> None:
    shop = project(
        {**model("materialized='table', indexes=[{'columns': ['id']}]"), "models/b.sql": "select 1"}
    )
    shop.build()
    shop.write("models/b.sql", "select 2")
    shop.build()
    assert indexes(shop) == [("orders", False, "[id]")]


def test_names_are_quoted_and_expressions_are_left_as_written(project: ProjectMaker) -> None:
    config = "materialized='table', indexes=[{'columns': ['my name', 'lower(\"my name\")']}]"
    shop = project(model(config, "select 'a' as \"my name\""))
    shop.build()
    assert indexes(shop) == [("orders", False, '["my name", (lower("my name"))]')]


def test_seeds_and_snapshots_get_theirs_and_views_none(project: ProjectMaker) -> None:
    shop = project(
        {
            "dbt_project.yml": """
                name: shop
                profile: shop
                seeds: {+indexes: [{columns: [a]}]}
                """,
            "seeds/s.csv": "a\n1\n",
            "snapshots/h.sql": """
                {% snapshot h %}
                {{ config(unique_key='id', strategy='check', check_cols='all',
                          indexes=[{'columns': ['dbt_scd_id'], 'unique': True}]) }}
                select 1 as id, {{ var('n', 2) }} as n
                {% endsnapshot %}
                """,
            **model("indexes=[{'columns': ['id']}]"),
        }
    )
    shop.build()
    assert indexes(shop) == [("h", True, "[dbt_scd_id]"), ("s", False, "[a]")]
    shop.build("--vars", "{n: 3}")
    assert shop.rows("select n, dbt_valid_to is null from h order by n") == [(2, False), (3, True)]


INCREMENTAL = "materialized='incremental', unique_key='id', incremental_strategy='merge'"
ROWS = "select 1 as id, {{ var('n', 2) }} as n"


def test_an_incremental_model_gets_what_it_lacks_and_updates_under_it(
    project: ProjectMaker,
) -> None:
    shop = project(model(INCREMENTAL, ROWS))
    shop.build()
    assert indexes(shop) == []
    shop.write(
        "models/orders.sql",
        model(INCREMENTAL + ", indexes=[{'columns': ['id'], 'unique': True}]", ROWS)[
            "models/orders.sql"
        ],
    )
    for n in (3, 4):
        shop.build("--vars", f"{{n: {n}}}")
        assert shop.rows("from orders") == [(1, n)]
        assert indexes(shop) == [("orders", True, "[id]")]


def test_columns_are_added_under_an_index_and_not_changed(project: ProjectMaker) -> None:
    config = INCREMENTAL + ", on_schema_change='sync_all_columns', indexes=[{'columns': ['n']}]"
    shop = project(model(config, ROWS + "{{ var('more', '') }}"))
    shop.build()
    shop.build("--vars", "{more: ', 5 as z'}")
    assert shop.rows("from orders") == [(1, 2, 5)]
    result = shop.run("build", "--vars", "{more: ''}")
    assert result.exit_code == 1
    assert "DuckDB drops and changes no column of a table with indexes" in result.stdout
    assert "run with --full-refresh" in result.stdout
    shop.build("--vars", "{more: ''}", "--full-refresh")
    assert indexes(shop) == [("orders", False, "[n]")]


@pytest.mark.parametrize(
    ("written", "code", "said", "hint"),
    [
        ("[{'columns': ['idd']}]", 1, "the table has no column 'idd'", "did you mean id?"),
        ("[{'columns': ['id'], 'uniq': True}]", 2, "unknown key 'uniq'", "did you mean unique?"),
        ("[{'columns': 'id'}]", 2, "columns must be a list, not 'id'", "write columns: [id]"),
        ("[{'columns': ['id'], 'unique': 'yes'}]", 2, "unique is 'yes'", "true or false"),
        ("['id']", 2, "'id' is no mapping", "write {columns: [id]}"),
        ("'id'", 2, "indexes must be a list, not 'id'", "write indexes: [{columns: [id]}]"),
    ],
)
def test_an_index_that_cannot_be_is_told(
    project: ProjectMaker, written: str, code: int, said: str, hint: str
) -> None:
    shop = project(model(f"materialized='table', indexes={written}"))
    result = shop.run("build")
    assert result.exit_code == code
    out = result.stdout + result.stderr
    assert "models/orders.sql:1:" in out
    assert said in out
    assert hint in out


def test_postgres_s_kind_of_index_is_no_mistake(project: ProjectMaker) -> None:
    shop = project(model("materialized='table', indexes=[{'columns': ['id'], 'type': 'hash'}]"))
    shop.build()
    assert indexes(shop) == [("orders", False, "[id]")]


@pytest.mark.parametrize("name", ["merge_update_columns", "merge_exclude_columns"])
def test_columns_of_a_merge_that_are_no_list_were_taken_for_one(
    project: ProjectMaker, name: str
) -> None:
    """dbt-duckdb: `merge_update_columns must be a list`."""
    result = project(model(f"{INCREMENTAL}, {name}='n'")).run("build")
    assert result.exit_code == 2
    assert f"{name} must be a list, not 'n'" in result.stderr
