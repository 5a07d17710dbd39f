"""Models of every materialization, built and read back."""

from __future__ import annotations

import csv

import duckdb
import pytest

from tests.conftest import Project, ProjectMaker
from tests.support.queries import queries


def kind_of(shop: Project, name: str) -> object:
    """What a name stands for in the published database."""
    return shop.value(
        f"select table_type from information_schema.tables where table_name = '{name}'"
    )


def test_a_model_is_a_view_unless_it_says_otherwise(project: ProjectMaker) -> None:
    shop = project({"models/orders.sql": "select 1 as id"})
    shop.build()
    assert kind_of(shop, "orders") == "VIEW"
    assert shop.rows("select * from orders") == [(1,)]


def test_a_table_holds_the_rows_that_its_query_gave_when_it_was_built(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            "models/one.sql": "{{ config(materialized='table') }} select 1 as id",
            "models/two.sql": "{{ config(materialized='table') }} select id + 1 as id from {{ ref('one') }}",
        }
    )
    shop.build()
    assert kind_of(shop, "two") == "BASE TABLE"
    assert shop.rows("select * from two") == [(2,)]


def test_a_model_goes_from_view_to_table_to_incremental_and_back(project: ProjectMaker) -> None:
    shop = project({})
    for materialized, kind in (
        ("view", "VIEW"), ("table", "BASE TABLE"), ("view", "VIEW"), ("incremental", "BASE TABLE"),
        ("view", "VIEW"),
    ):  # fmt: skip
        shop.write(
            "models/orders.sql", f"{{{{ config(materialized='{materialized}') }}}} select 7 as id"
        )
        shop.write("models/reader.sql", "select id + 1 as id from {{ ref('orders') }}")
        shop.build()
        assert kind_of(shop, "orders") == kind
        assert shop.rows("select * from reader") == [(8,)]


def test_a_model_that_is_no_longer_ephemeral_is_built(project: ProjectMaker) -> None:
    shop = project({"models/e.sql": "{{ config(materialized='ephemeral') }} select 1 as id"})
    shop.write("models/reader.sql", "select * from {{ ref('e') }}")
    shop.build()
    assert shop.rows("select table_name from duckdb_tables() where schema_name = 'main'") == []
    shop.write("models/e.sql", "{{ config(materialized='table') }} select 2 as id")
    shop.build()
    assert shop.rows("select * from reader") == [(2,)]
    assert kind_of(shop, "e") == "BASE TABLE"


# --- ephemeral ---------------------------------------------------------------------------------


def test_ephemeral_models_read_ephemeral_models(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/a.sql": "{{ config(materialized='ephemeral') }} select 1 as id",
            "models/b.sql": "{{ config(materialized='ephemeral') }} select id + 1 as id from {{ ref('a') }}",
            "models/c.sql": "{{ config(materialized='ephemeral') }} select id * 10 as id from {{ ref('b') }}",
            # (1 + 1) * 10 + 1
            "models/d.sql": "select c.id + a.id as id from {{ ref('c') }} c, {{ ref('a') }} a",
        }
    )
    shop.build()
    assert shop.rows("select * from d") == [(21,)]
    assert shop.rows("select view_name from duckdb_views() where not internal") == [("d",)]


READERS = {
    "begins with `with`": """
        with doubled as (select id * 2 as id from {{ ref('e') }})
        select * from doubled
        """,
    "begins with `with recursive`": """
        with recursive steps(id) as (
            select id from {{ ref('e') }}
            union all
            select id + 1 from steps where id < 6
        )
        select max(id) as id from steps
        """,
    "begins with a comment": """
        -- with nothing, (not even a CTE)
        /* with */ select id * 2 as id from {{ ref('e') }}
        """,
    "begins with a comment before `with`": """
        -- one row
        WITH doubled as (select id * 2 as id from {{ ref('e') }}) -- twice
        select * from doubled -- ends in a comment
        """,
    "ends with a semicolon": "select id * 2 as id from {{ ref('e') }};\n",
    "begins with from": "from {{ ref('e') }} select id * 2 as id",
    "is in parentheses": "(select id * 2 as id from {{ ref('e') }})",
}


@pytest.mark.parametrize("materialized", ["table", "view"])
@pytest.mark.parametrize("text", READERS.values(), ids=READERS.keys())
def test_an_ephemeral_model_is_put_into_a_query_that(
    project: ProjectMaker, text: str, materialized: str
) -> None:
    shop = project(
        {
            "models/e.sql": "{{ config(materialized='ephemeral') }}\n-- three\nselect 3 as id -- comment",
            "models/reader.sql": text,
        }
    )
    shop.write("models/models.yml", f"""
        models:
          - name: reader
            config:
              materialized: {materialized}
        """)  # fmt: skip
    shop.build()
    assert shop.rows("select id from reader") == [(6,)]


def test_an_ephemeral_model_with_ctes_of_its_own_does_not_clash_with_those_of_its_reader(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            "models/e.sql": "{{ config(materialized='ephemeral') }} with source as (select 1 as id) select * from source",
            "models/f.sql": "{{ config(materialized='ephemeral') }} with source as (select 2 as id) select * from source",
            "models/g.sql": "with source as (select * from {{ ref('e') }} union all select * from {{ ref('f') }}) select sum(id) as id from source",
        }
    )
    shop.build()
    assert shop.rows("select id from g") == [(3,)]


# --- incremental ---------------------------------------------------------------------------------

EVENTS = """
{{{{ config(materialized='incremental'{config}) }}}}
select * from {{{{ ref('events') }}}}
{{% if is_incremental() %}} where id > (select max(id) from {{{{ this }}}}) {{% endif %}}
"""


def incremental(project: ProjectMaker, config: str = "", *, filtered: bool = True) -> Project:
    model = EVENTS.format(config=config)
    if not filtered:
        model = "\n".join(line for line in model.split("\n") if "is_incremental" not in line)
    return project({"seeds/events.csv": "id,name\n1,one\n2,two\n", "models/loaded.sql": model})


def test_append_adds_what_is_new(project: ProjectMaker) -> None:
    shop = incremental(project)
    shop.build()
    shop.write("seeds/events.csv", "id,name\n1,changed\n3,three\n")
    shop.build()
    assert shop.rows("select * from loaded order by id") == [(1, "one"), (2, "two"), (3, "three")]


def test_full_refresh_makes_an_incremental_model_anew(project: ProjectMaker) -> None:
    shop = incremental(project)
    shop.build()
    shop.write("seeds/events.csv", "id,name\n3,three\n")
    shop.build("--full-refresh")
    assert shop.rows("select * from loaded") == [(3, "three")]


def test_full_refresh_leaves_a_model_that_refuses_it(project: ProjectMaker) -> None:
    shop = incremental(project, ", full_refresh=false")
    shop.build()
    shop.write("seeds/events.csv", "id,name\n3,three\n")
    shop.build("--full-refresh")
    assert shop.rows("select id from loaded order by id") == [(1,), (2,), (3,)]


@pytest.mark.parametrize("strategy", ["delete+insert", "merge"])
def test_rows_whose_key_comes_again_are_replaced(project: ProjectMaker, strategy: str) -> None:
    shop = incremental(
        project, f", unique_key='id', incremental_strategy='{strategy}'", filtered=False
    )
    shop.build()
    shop.write("seeds/events.csv", "id,name\n2,changed\n3,three\n")
    shop.build()
    assert shop.rows("select * from loaded order by id") == [
        (1, "one"), (2, "changed"), (3, "three"),
    ]  # fmt: skip


def test_merge_changes_only_the_columns_that_it_is_told_to(project: ProjectMaker) -> None:
    shop = project(
        {
            "seeds/events.csv": "id,name,note\n1,one,a\n",
            "models/loaded.sql": """
                {{ config(materialized='incremental', unique_key='id',
                          incremental_strategy='merge', merge_update_columns=['name']) }}
                select * from {{ ref('events') }}
                """,
        }
    )
    shop.build()
    shop.write("seeds/events.csv", "id,name,note\n1,ONE,b\n2,two,c\n")
    shop.build()
    assert shop.rows("select * from loaded order by id") == [(1, "ONE", "a"), (2, "two", "c")]


def test_a_key_of_two_columns(project: ProjectMaker) -> None:
    shop = project(
        {
            "seeds/lines.csv": "order_id,line,amount\n1,1,10\n1,2,20\n",
            "models/loaded.sql": """
                {{ config(materialized='incremental', unique_key=['order_id', 'line']) }}
                select * from {{ ref('lines') }}
                """,
        }
    )
    shop.build()
    shop.write("seeds/lines.csv", "order_id,line,amount\n1,2,25\n2,1,5\n")
    shop.build()
    assert shop.rows("select * from loaded order by all") == [(1, 1, 10), (1, 2, 25), (2, 1, 5)]


CHANGES = {
    "ignore": ["id", "name"],
    "append_new_columns": ["id", "name", "extra"],
    "sync_all_columns": ["id", "extra"],
}


@pytest.mark.parametrize(("policy", "columns"), CHANGES.items())
def test_columns_of_the_query_that_have_changed(
    project: ProjectMaker, policy: str, columns: list[str]
) -> None:
    shop = project({})
    model = "{{{{ config(materialized='incremental', on_schema_change='{}') }}}} select {}"
    shop.write("models/loaded.sql", model.format(policy, "1 as id, 'one' as name"))
    shop.build()
    new = "2 as id, 'two' as name" if policy == "ignore" else "2 as id"
    shop.write("models/loaded.sql", model.format(policy, f"{new}, true as extra"))
    shop.build()
    found = shop.rows(
        "select column_name from duckdb_columns() where table_name = 'loaded' order by column_index"
    )
    assert [name for (name,) in found] == columns
    assert shop.rows("select id from loaded order by id") == [(1,), (2,)]
    if "extra" in columns:
        assert shop.rows("select extra from loaded order by id") == [(None,), (True,)]


def test_a_column_that_changes_its_type_is_synchronised(project: ProjectMaker) -> None:
    shop = project({})
    model = "{{{{ config(materialized='incremental', on_schema_change='sync_all_columns') }}}} select {}"
    shop.write("models/loaded.sql", model.format("1 as id"))
    shop.build()
    shop.write("models/loaded.sql", model.format("'two' as id"))
    shop.build()
    assert shop.rows("select id from loaded order by id") == [("1",), ("two",)]


# --- external ------------------------------------------------------------------------------------


def test_an_external_model_is_a_file_and_a_view_of_it(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/export.sql": "{{ config(materialized='external', location='export.parquet') }} select 1 as id, 'a' as name",
            "models/reader.sql": "{{ config(materialized='table') }} select id + 1 as id from {{ ref('export') }}",
        }
    )
    shop.build()
    file = shop.root / "export.parquet"
    assert duckdb.sql(f"select * from '{file}'").fetchall() == [(1, "a")]
    assert shop.rows("select * from reader") == [(2,)]
    with shop.surroundings():
        assert shop.rows("select * from export") == [(1, "a")]
    assert not list(shop.root.glob("*.runner-new"))


def test_an_external_csv_has_the_delimiter_that_was_asked_for(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/export.sql": """
                {{ config(materialized='external', location='export.csv', delimiter='|') }}
                select 1 as id, 'a, b' as name
                """,
        }
    )
    shop.build()
    lines = shop.read("export.csv").splitlines()
    assert list(csv.reader(lines, delimiter="|")) == [["id", "name"], ["1", "a, b"]]


def test_a_failed_build_leaves_the_external_file_of_the_last(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/export.sql": "{{ config(materialized='external', location='export.csv') }} select 1 as id"
        }
    )
    shop.build()
    shop.write(
        "models/export.sql",
        "{{ config(materialized='external', location='export.csv') }} select 2 as id",
    )
    shop.write("models/wrong.sql", "select nothing from {{ ref('export') }}")
    assert shop.run("build").exit_code == 1
    assert shop.read("export.csv") == "id\n1\n"
    assert not list(shop.root.glob("*.runner-new"))


# --- Python models ---------------------------------------------------------------------------------


def test_a_python_model_reads_and_returns_relations(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": "select range as id from range(3)",
            "models/doubled.py": """
                def model(dbt, session):
                    dbt.config(materialized="table")
                    orders = dbt.ref("orders")
                    return orders.project("id * 2 as id")
                """,
            "models/reader.sql": "select sum(id) as total from {{ ref('doubled') }}",
        }
    )
    shop.build()
    assert shop.value("select total from reader") == 6  # 0 + 2 + 4


def test_a_python_model_may_run_sql_of_its_own(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/numbers.py": """
                def model(dbt, session):
                    return session.sql("select 5 as n")
                """,
        }
    )
    shop.build()
    assert shop.value("select n from numbers") == 5


def test_a_python_model_is_incremental(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/numbers.py": """
                def model(dbt, session):
                    dbt.config(materialized="incremental", unique_key="n")
                    if dbt.is_incremental:
                        return session.sql("select 2 as n, 'again' as how union all select 3, 'again'")
                    return session.sql("select 1 as n, 'first' as how union all select 2, 'first'")
                """,
        }
    )
    shop.build()
    shop.build()
    assert shop.rows("select * from numbers order by n") == [
        (1, "first"), (2, "again"), (3, "again"),
    ]  # fmt: skip


# --- hooks and documentation ---------------------------------------------------------------------


def test_hooks_run_before_and_after_and_see_the_model(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": """
                {{ config(
                    materialized='table',
                    pre_hook="create table seen_before as select count(*) as tables from duckdb_tables() where table_name = 'orders'",
                    post_hook=["create table seen_after as select count(*) as n from {{ this }}",
                               "insert into {{ this }} values (99)"],
                ) }}
                select 1 as id
                """,
        }
    )
    shop.build()
    assert shop.value("select tables from seen_before") == 0
    assert shop.value("select n from seen_after") == 1
    assert shop.rows("select id from orders order by id") == [(1,), (99,)]


def test_a_failing_post_hook_takes_its_model_back(project: ProjectMaker) -> None:
    shop = project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "models/orders.sql": "{{ config(materialized='table') }} select 1 as id",
        }
    )
    shop.build()
    shop.write(
        "models/orders.sql",
        "{{ config(materialized='table', post_hook='select nothing') }} select 2 as id",
    )
    assert shop.run("build").exit_code == 1
    assert shop.rows("select id from orders") == [(1,)]


def test_hooks_of_the_run_see_what_was_done(project: ProjectMaker) -> None:
    shop = project(
        {
            "pyproject.toml": """
                [tool.runner]
                name = "shop"
                on-run-start = ["create table started as select 1 as n"]
                on-run-end = ["create table ended as select {{ results | length }} as n, '{{ schemas | join(',') }}' as schemas"]
                """,
            "models/orders.sql": "select n from started",
        }
    )
    shop.build()
    assert shop.rows("select * from ended") == [(1, "main")]


def test_descriptions_are_kept_with_the_table(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": "{{ config(materialized='table', persist_docs={'relation': true, 'columns': true}) }} select 1 as id",
            "models/docs.md": "{% docs the_key %}The order's key.{% enddocs %}",
            "models/orders.yml": """
                models:
                  - name: orders
                    description: One row an order; it's unique.
                    columns:
                      - name: id
                        description: "{{ doc('the_key') }}"
                """,
        }
    )
    shop.build()
    assert (
        shop.value("select comment from duckdb_tables() where table_name = 'orders'")
        == "One row an order; it's unique."
    )
    assert (
        shop.value("select comment from duckdb_columns() where table_name = 'orders'")
        == "The order's key."
    )


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ("materialized='table'", "select 1 as id"),
        ("materialized='view'", "select 1 as id"),
        ("materialized='incremental'", "select 1 as id"),
        ("materialized='external'", "select 1 as id"),
        ("materialized='table', pre_hook='select 1', post_hook='select 2'", "select 1 as id"),
    ],
)
def test_every_relation_keeps_its_descriptions(
    project: ProjectMaker, config: str, text: str
) -> None:
    persisted = "persist_docs={'relation': true, 'columns': true}"
    shop = project(
        {
            "models/orders.sql": f"{{{{ config({config}, {persisted}) }}}} {text}",
            "models/orders.yml": """
                models:
                  - name: orders
                    description: Orders; all of them.
                    columns:
                      - {name: ID, description: The order's key.}
                      - {name: elsewhere, description: Not here.}
                """,
        }
    )
    for _ in range(2):
        shop.build("--full")
        listed = (
            "select comment from (select table_name, comment from duckdb_tables()"
            " union all select view_name, comment from duckdb_views()) where table_name = 'orders'"
        )
        assert shop.rows(listed) == [("Orders; all of them.",)]
        columns = "select column_name, comment from duckdb_columns() where table_name = 'orders'"
        assert shop.rows(columns) == [("id", "The order's key.")]


def test_a_table_function_of_dbt_duckdb_takes_no_comments(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/above.sql": "{{ config(materialized='table_function', parameters=['least'],"
            " persist_docs={'relation': true, 'columns': true}) }} select 7 as id where 7 > least",
            "models/above.yml": """
                models:
                  - name: above
                    description: Numbers above another.
                    columns: [{name: id, description: The number.}]
                """,
        }
    )
    shop.build()
    assert shop.rows("select id from above(3)") == [(7,)]


def test_descriptions_cost_a_second_planning_of_each_query_and_a_list_of_all_columns(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            "models/orders.sql": "{{ config(materialized='table', persist_docs={'columns': true}) }}"
            " select 1 as id",
            "models/orders.yml": """
                models:
                  - {name: orders, columns: [{name: id, description: The key.}]}
                """,
        }
    )
    with queries() as asked:
        shop.build()
    # Once for the comments and once for the catalog; the query itself never again.
    described = [sql for sql in asked if sql.startswith("describe")]
    assert described == ['describe "warehouse"."main"."orders"'] * 2
    assert not [sql for sql in asked if "duckdb_columns()" in sql and "= lower('orders')" in sql]


def test_columns_to_partition_by_in_the_options_were_refused_by_duckdb(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            "models/parts.sql": "{{ config(materialized='external', "
            "options={'partition_by': 'year, shop'}) }} "
            "select 2026 as year, 'web' as shop, 5 as amount"
        }
    )
    shop.build()
    (file,) = shop.root.glob("parts/year=2026/shop=web/*.parquet")
    assert shop.rows(f"select amount, year, shop from read_parquet('{file}')") == [(5, 2026, "web")]
