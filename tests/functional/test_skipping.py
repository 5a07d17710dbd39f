"""What is not built again is what another build would give: inputs that are easily overlooked.

Each case builds, changes something, and builds again; a table must hold what building everything
gives.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping

import duckdb
import pytest

from runner.engines.duckdb import DuckDBSession
from runner.project.nodes import RelationName
from tests.conftest import Project, ProjectMaker

TABLE = "{{ config(materialized='table') }}\n"
PLUS = "{{% macro plus() %}}create or replace macro plus(x) as x + {n}{{% endmacro %}}"


def ask(shop: Project, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(shop.root / "warehouse.duckdb"), read_only=True) as database:
        return database.execute(query).fetchall()


def rows(shop: Project, table: str) -> list[tuple[object, ...]]:
    return ask(shop, f"from {table}")


def settings(*lines: str) -> str:
    return "\n".join(('[tool.runner]\nname = "shop"', *lines, ""))


# --- names that go from one node to another -------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"models/a.sql": TABLE + "select 1 as v"},
            {"models/b.sql": "{{ config(materialized='table', alias='a') }} select 2 as v"},
        ),
        ({"seeds/a.csv": "v\n1\n"}, {"models/a.sql": TABLE + "select 2 as v"}),
    ],
    ids=["an alias", "a seed that becomes a model"],
)
def test_a_table_that_another_node_made_meanwhile_is_made_anew(
    project: ProjectMaker, one: Mapping[str, str], other: Mapping[str, str]
) -> None:
    """As when switching between two branches and back."""
    shop = project({"models/r.sql": TABLE + "select 1 as one", **one})
    shop.build()
    for path in one:
        (shop.root / path).unlink()
    for path, text in other.items():
        shop.write(path, text)
    shop.build()
    assert rows(shop, "a") == [(2,)]
    for path in other:
        (shop.root / path).unlink()
    for path, text in one.items():
        shop.write(path, text)
    shop.build()
    assert rows(shop, "a") == [(1,)]


def test_a_table_that_another_project_made_in_the_same_file_is_made_anew(
    project: ProjectMaker,
) -> None:
    shop = project({"models/a.sql": TABLE + "select 1 as v"})
    shop.build()
    shop.write("pyproject.toml", '[tool.runner]\nname = "cellar"\nprofile = "shop"\n')
    shop.write("models/a.sql", TABLE + "select 2 as v")
    shop.build()
    shop.write("pyproject.toml", settings())
    shop.write("models/a.sql", TABLE + "select 1 as v")
    shop.build()
    assert rows(shop, "a") == [(1,)]


# --- what lies in the database and is no node -----------------------------------------------------


def test_a_source_that_is_a_view_over_a_file_counts_as_changed(project: ProjectMaker) -> None:
    shop = project({
        "models/a.sql": TABLE + "select id from {{ source('raw', 'v') }}",
        "models/s.yml": "sources: [{name: raw, tables: [{name: v}]}]",
        "x.csv": "id\n1\n",
    })  # fmt: skip
    with duckdb.connect(str(shop.root / "warehouse.duckdb")) as database:
        database.execute("create schema raw")
        database.execute(f"create view raw.v as from read_csv('{shop.root / 'x.csv'}')")
    shop.build()
    shop.write("x.csv", "id\n1\n2\n")
    shop.build()
    assert rows(shop, "a") == [(1,), (2,)]


def test_what_calls_a_macro_of_on_run_start_is_built_with_it(project: ProjectMaker) -> None:
    shop = project({
        "pyproject.toml": settings('on-run-start = ["{{ plus() }}"]'),
        "macros/plus.sql": PLUS.format(n=1),
        "models/a.sql": TABLE + "select plus(1) as v",
    })  # fmt: skip
    shop.build()
    shop.write("macros/plus.sql", PLUS.format(n=2))
    shop.build()
    assert rows(shop, "a") == [(3,)]
    why = shop.run("why", "a").stdout
    assert why == "a: calls plus(), which is no function of the project\n"


def test_a_file_of_the_same_length_and_time_is_looked_into(project: ProjectMaker) -> None:
    """As `cp -p` leaves it, or a program that gives all of its files one time."""
    shop = project({
        "models/a.sql": TABLE + "select x from {{ source('raw', 't') }}",
        "models/s.yml": "sources: [{name: raw, tables: [{name: t, config: {external_location: x.csv},"
                        " columns: [{name: x, data_type: integer}]}]}]",
        "x.csv": "x\n5\n",
    })  # fmt: skip
    shop.build()
    time = (shop.root / "x.csv").stat().st_mtime_ns
    os.utime(shop.write("x.csv", "x\n6\n"), ns=(time, time))
    shop.build()
    assert rows(shop, "a") == [(6,)]


def test_a_ledger_of_another_format_tells_nothing(project: ProjectMaker) -> None:
    shop = project(
        {"models/a.sql": TABLE + "select 1 as v", "models/b.sql": TABLE + "select 2 as v"}
    )
    shop.build()
    real = str((shop.root / "warehouse.duckdb").resolve())
    with duckdb.connect(real) as database:
        database.execute("update _runner.meta set value = '0' where key = 'format'")
    assert shop.run("why", "a").stdout.startswith("a: never built\n")
    shop.build("-s", "a")
    assert ask(shop, "select unique_id from _runner.nodes") == [("model.shop.a",)]


# --- hooks ------------------------------------------------------------------------------------------


def order(which: str) -> str:
    return settings(f"on-run-start = [\"set global default_null_order = '{which}'\"]")


def test_a_setting_that_on_run_start_makes_counts(project: ProjectMaker) -> None:
    query = "select x, row_number() over (order by x) as r from (values (1), (null)) t(x)"
    shop = project({"pyproject.toml": order("nulls_last"), "models/a.sql": TABLE + query})
    shop.build()
    shop.write("pyproject.toml", order("nulls_first"))
    said = "on-run-start changed: set global default_null_order = 'nulls_last' → "
    assert said in shop.run("why", "a").stdout
    shop.build()
    assert sorted(map(repr, rows(shop, "a"))) == ["(1, 2)", "(None, 1)"]


def test_a_variable_in_what_on_run_start_sets_counts(project: ProjectMaker) -> None:
    shop = project({
        "pyproject.toml": settings(
            "on-run-start = [\"set global default_null_order = '{{ var('o', 'nulls_last') }}'\"]"
        ),
        "models/a.sql": TABLE + "select row_number() over (order by x) as r, x from (values (1), (null)) t(x)",
    })  # fmt: skip
    shop.build()
    shop.run("build", "--vars", "{o: nulls_first}")
    assert sorted(map(repr, rows(shop, "a"))) == ["(1, None)", "(2, 1)"]


def test_on_run_start_that_sets_nothing_builds_nothing_again(project: ProjectMaker) -> None:
    shop = project({
        "pyproject.toml": settings('on-run-start = ["create table if not exists log (v int)"]'),
        "models/a.sql": TABLE + "select 1 as v",
    })  # fmt: skip
    shop.build()
    shop.write(
        "pyproject.toml", settings('on-run-start = ["create table if not exists l (v int)"]')
    )
    assert shop.run("why", "a").stdout == "a: unchanged\n"


def test_a_table_that_on_run_end_writes_to_is_made_anew_each_time(project: ProjectMaker) -> None:
    shop = project({
        "pyproject.toml": settings('on-run-end = ["insert into {{ target.schema }}.a values (5)"]'),
        "models/a.sql": TABLE + "select 1 as v",
    })  # fmt: skip
    shop.build()
    shop.build()
    assert rows(shop, "a") == [(1,), (5,)]


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        ("update {{ this }} set v = (select max(x) from read_csv('x.csv'))",
         "a hook calls read_csv, whose answer cannot be known"),
        ("update {{ this }} set v = (select max(x) from other)",
         "a hook names other without ref or source"),
        ("update {{ this }} set v = epoch(now())::int", "a hook calls now()"),
        ("insert into log select now()", "unchanged"),
        ("insert into log select now() from {{ this }}", "unchanged"),
    ],
    ids=["a file", "a table", "the clock", "a log", "a log about it"],
)  # fmt: skip
def test_what_a_hook_reads_for_its_models_rows_counts(
    project: ProjectMaker, hook: str, why: str
) -> None:
    shop = project({
        "x.csv": "x\n5\n",
        "models/a.sql": f'{{{{ config(materialized="table", post_hook="{hook}") }}}} select 1 as v',
    })  # fmt: skip
    with duckdb.connect(str(shop.root / "warehouse.duckdb")) as database:
        database.execute(
            "create table other as select 1 as x; create table log (moment timestamptz)"
        )
    shop.build()
    assert shop.run("why", "a").stdout == f"a: {why}\n"


def test_a_model_is_built_after_what_its_hook_refers_to(project: ProjectMaker) -> None:
    """dbt renders hooks when it reads the project, and takes their references as edges."""
    shop = project({
        "models/a.sql": "{{ config(materialized='table', post_hook=\"insert into {{ this }} select n from"
                        " {{ ref('z') }}\") }}\nselect 1 as v",
        "models/z.sql": TABLE + "select 5 as n",
        "pyproject.toml": settings('[tool.runner.models.shop.below]', '"+pre-hook" = ["{{ count() }}"]'),
        "macros/count.sql": "{% macro count() %}create or replace table counted as from {{ ref('z') }}"
                            "{% endmacro %}",
        "models/below/b.sql": TABLE + "select 2 as v",
    })  # fmt: skip
    shop.build()
    assert rows(shop, "a") == [(1,), (5,)]
    assert rows(shop, "counted") == [(5,)]
    listed = shop.run("ls", "-s", "z+", "--resource-type", "model").stdout.split()
    assert listed == ["shop.a", "shop.below.b", "shop.z"]
    shop.write("models/z.sql", TABLE + "select 6 as n")
    shop.build()
    assert rows(shop, "a") == [(1,), (6,)]


# --- unit tests -------------------------------------------------------------------------------------

UNIT = {
    "seeds/s.csv": "id\n1\n",
    "models/e.sql": "{{ config(materialized='ephemeral') }} select id, {{ var('e', 2) }} as f from {{ ref('s') }}",
    "models/f.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('e') }}",
    "models/a.sql": TABLE + "select id, {{ env_var('F', '2') }} + f - 2 as f from {{ ref('f') }}",
    "models/u.yml": """
        unit_tests:
          - name: twice
            model: a
            given: [{input: ref('s'), rows: [{id: 1}]}]
            expect: {rows: [{id: 1, f: 2}]}
        """,
}
OTHERWISE: Mapping[str, Callable[[Project], int]] = {
    "a variable": lambda shop: shop.run("build", "--vars", "{e: 3}").exit_code,
    "the environment": lambda shop: shop.run("build", env={"F": "3"}).exit_code,
    "an ephemeral model": lambda shop: _edited(shop),
}


def _edited(shop: Project) -> int:
    shop.write("models/e.sql", UNIT["models/e.sql"].replace("2", "3"))
    return shop.run("build").exit_code


@pytest.mark.parametrize("what", OTHERWISE)
def test_a_unit_test_is_run_again_when_its_models_sql_is_another(
    project: ProjectMaker, what: str
) -> None:
    shop = project(UNIT)
    shop.build()
    assert OTHERWISE[what](shop) == 1


def test_a_unit_test_is_not_run_again_for_nothing(project: ProjectMaker) -> None:
    shop = project(UNIT)
    shop.build()
    assert shop.run("why", "twice").stdout == "twice: unchanged\n"
    assert shop.run("build", "--vars", "{other: 3}").exit_code == 0
    assert shop.run("why", "twice", "--vars", "{other: 3}").stdout == "twice: unchanged\n"


def test_why_tells_of_a_unit_test_in_words(project: ProjectMaker) -> None:
    shop = project(UNIT)
    shop.build()
    said = shop.run("why", "twice", env={"F": "3"}).stdout
    assert said == "twice: the SQL of its model changed\n"
    shop.write("models/u.yml", UNIT["models/u.yml"].replace("id: 1, f", "id: 4, f"))
    assert shop.run("why", "twice").stdout == "twice: what the test gives or expects changed\n"


# --- what answers differently each time ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select * from range(9) t using sample 3", "takes a random sample"),
        ("select * from range(9) t tablesample reservoir(3 rows)", "takes a random sample"),
        ("select * from range(9) t tablesample reservoir(3 rows) repeatable (42)", "unchanged"),
        ("select * from range(9) t using sample 3 rows (reservoir, 42)", "unchanged"),
        ('select "random"() as v', "calls random()"),
        ("select ago(interval 1 day) as v", "calls ago()"),
    ],
)
def test_what_answers_differently_each_time_is_always_built(
    project: ProjectMaker, query: str, why: str
) -> None:
    shop = project({"models/a.sql": TABLE + query})
    shop.build()
    assert shop.run("why", "a").stdout == f"a: {why}\n"


@pytest.mark.parametrize(
    ("query", "is_dated"),
    [
        ("select age(timestamp '2020-01-01') as v", True),
        ("select age(greatest(timestamp '2020-01-01', timestamp '2021-01-01')) as v", True),
        ("select age(timestamp '2020-01-01', timestamp '2021-01-01') as v", False),
    ],
)
def test_age_of_one_moment_is_counted_from_today(
    project: ProjectMaker, query: str, is_dated: bool
) -> None:
    shop = project({"models/a.sql": TABLE + query})
    shop.build()
    ((entry,),) = ask(shop, "select entry from _runner.nodes where unique_id = 'model.shop.a'")
    assert ('"date"' in str(entry)) is is_dated


def test_a_new_test_that_passed_ran_again_in_every_build(project: ProjectMaker) -> None:
    """Nothing was built, so nothing was published, and nobody remembered that it had passed."""
    shop = project({"models/a.sql": f"{TABLE}select 1 as id"})
    shop.build()
    shop.write("models/a.yml", "models: [{name: a, columns: [{name: id, tests: [not_null]}]}]")
    assert "1 passed, 1 unchanged" in shop.build().stdout
    assert shop.build("--dry-run").stdout.strip() == "all 2 unchanged"


def test_a_test_that_is_always_run_publishes_nothing(project: ProjectMaker) -> None:
    files = {
        "models/a.sql": f"{TABLE}select 1 as id",
        "tests/now.sql": "select 1 where now() is null",
    }
    shop = project(files)
    shop.build()
    published = os.readlink(shop.database)
    assert "1 passed, 1 unchanged" in shop.build().stdout
    assert os.readlink(shop.database) == published


def test_tables_were_compared_row_by_row_though_they_had_grown(
    project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more day: `grown` has a row more, `stays` comes out as it was and spares its reader."""
    shop = project(
        {
            "seeds/days.csv": "day\n1\n2\n",
            "models/grown.sql": TABLE + "select day from {{ ref('days') }}",
            "models/stays.sql": TABLE + "select min(day) as first_day from {{ ref('grown') }}",
            "models/spared.sql": TABLE + "select first_day from {{ ref('stays') }}",
        }
    )
    shop.build()
    compared: list[str] = []
    compare = DuckDBSession.content

    def noted(session: DuckDBSession, name: RelationName) -> tuple[object, ...]:
        compared.append(name.identifier)
        return compare(session, name)

    monkeypatch.setattr(DuckDBSession, "content", noted)
    shop.write("seeds/days.csv", "day\n1\n2\n3\n")
    shop.build()
    assert compared == ["stays", "stays"], "before and now"
    assert shop.statuses()["spared"] == "reused"


def test_a_unit_test_is_the_same_with_and_without_a_cache(project: ProjectMaker) -> None:
    plain = TABLE + "select id, {{ var('e', 2) }} as f from {{ ref('s') }}"
    shop = project({**UNIT, "models/a.sql": plain, "models/n.sql": "select 1 as one"})
    shop.build()
    for _ in range(2):  # the first build leaves what it compiled, the second begins from it
        shop.write("models/n.sql", shop.read("models/n.sql").replace("1 as", "1 + 1 as"))
        assert shop.run("build").exit_code == 0
        assert shop.run("why", "twice").stdout == "twice: unchanged\n"
    assert (
        shop.run("why", "twice", "--vars", "{e: 3}").stdout
        == "twice: the SQL of its model changed\n"
    )
    shutil.rmtree(shop.root / "target")
    assert shop.run("why", "twice").stdout == "twice: unchanged\n"
