"""Which steps are run, in which order, and what a failure stops."""

from __future__ import annotations

import pytest

from tests.conftest import Project, ProjectMaker

CHAIN = {
    "seeds/raw.csv": "id\n1\n",
    "models/staging/stg.sql": "{{ config(tags=['daily']) }} select * from {{ ref('raw') }}",
    "models/marts/fct.sql": "{{ config(materialized='table') }} select * from {{ ref('stg') }}",
    "models/marts/kpi.sql": "select count(*) as n from {{ ref('fct') }}",
    "models/marts/other.sql": "{{ config(tags=['daily']) }} select 1 as id",
    "models/marts/marts.yml": "models:\n  - name: fct\n    columns: [{name: id, data_tests: [unique, not_null]}]\n",
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", "raw stg fct kpi other unique_fct_id not_null_fct_id"),
        ("-s fct", "fct unique_fct_id not_null_fct_id"),
        ("-s +fct --exclude resource_type:seed", "stg fct unique_fct_id not_null_fct_id"),
        ("-s stg+1", "stg fct unique_fct_id not_null_fct_id"),
        ("-s fct --indirect-selection empty", "fct"),
        ("-s tag:daily", "stg other"),
        ("-s path:models/marts,tag:daily", "other"),
        ("-s stg other", "stg other"),
        ("-s @stg --resource-type model", "stg fct kpi"),
        ("-s +fct --exclude-resource-type seed", "stg fct unique_fct_id not_null_fct_id"),
        ("-s *th*", "other"),
        ("-s config.materialized:table", "fct unique_fct_id not_null_fct_id"),
        ("--exclude marts.*", "raw stg"),
    ],
)
def test_a_selection_runs(project: ProjectMaker, arguments: str, expected: str) -> None:
    shop = project(CHAIN)
    shop.build("--threads", "1")
    shop.run("build", *arguments.split())
    assert set(shop.statuses()) == set(expected.split())


def test_run_builds_models_and_seed_loads_seeds_and_test_tests(project: ProjectMaker) -> None:
    shop = project(CHAIN)
    for command, expected in (
        ("seed", {"raw"}),
        ("run", {"stg", "fct", "kpi", "other"}),
        ("test", {"unique_fct_id", "not_null_fct_id"}),
    ):
        assert shop.run(command).exit_code == 0
        assert set(shop.statuses()) == expected
    assert shop.value("select n from kpi") == 1


def test_what_is_not_selected_stays_as_it_was(project: ProjectMaker) -> None:
    shop = project(CHAIN)
    shop.build()
    shop.write("seeds/raw.csv", "id\n1\n2\n")
    shop.build("-s", "raw")
    assert shop.value("select count(*) from raw") == 2
    assert shop.value("select count(*) from fct") == 1
    shop.build("-s", "fct")
    assert shop.value("select n from kpi") == 2


FAILING = {
    "models/a.sql": "select 1 as id",
    "models/wrong.sql": "select nothing from {{ ref('a') }}",
    "models/reader.sql": "select * from {{ ref('wrong') }}",
    "models/reader_of_reader.sql": "select * from {{ ref('reader') }}",
    "models/b.sql": "select * from {{ ref('a') }}",
    "models/c.sql": "select * from {{ ref('b') }}",
}


@pytest.mark.parametrize("threads", ["1", "8"])
def test_a_failure_skips_only_what_reads_it(project: ProjectMaker, threads: str) -> None:
    shop = project(FAILING)
    result = shop.run("build", "--threads", threads)
    assert result.exit_code == 1
    assert shop.statuses() == {
        "a": "success", "b": "success", "c": "success",
        "wrong": "error", "reader": "skipped", "reader_of_reader": "skipped",
    }  # fmt: skip
    assert "because wrong failed: reader, reader_of_reader" in result.stdout


def test_fail_fast_begins_nothing_new(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/a_wrong.sql": "select nothing",
            **{f"models/m{n}.sql": "select 1 as id" for n in range(5)},
        }
    )
    result = shop.run("build", "--fail-fast", "--threads", "1")
    assert result.exit_code == 1
    statuses = list(shop.statuses().values())
    first = statuses.index("error")
    assert set(statuses[first + 1 :]) == {"skipped"}


def test_a_dbt_project_publishes_what_could_be_built(project: ProjectMaker) -> None:
    shop = project({"dbt_project.yml": "name: shop\nprofile: shop\n", **FAILING})
    assert shop.run("build").exit_code == 1
    assert shop.rows("select id from c") == [(1,)]


def test_a_project_of_ours_publishes_all_or_nothing(project: ProjectMaker) -> None:
    shop = project(FAILING)
    assert shop.run("build").exit_code == 1
    assert not shop.database.exists()


def wide(project: ProjectMaker) -> Project:
    """Forty models in five layers, each reading several of the layer before."""
    files = {f"seeds/s{n}.csv": f"id,n\n1,{n}\n2,{n * n}\n" for n in range(4)}
    kinds = ("table", "view", "ephemeral", "incremental")
    for layer in range(5):
        for n in range(8):
            above = [f"m{layer - 1}_{(n + k) % 8}" for k in range(3)] if layer else [f"s{n % 4}"]
            rows = " union all ".join(
                f"select id, n + {n} as n from {{{{ ref('{a}') }}}}" for a in above
            )
            kind = kinds[(layer + n) % 4] if layer < 4 else "table"
            files[f"models/m{layer}_{n}.sql"] = f"{{{{ config(materialized='{kind}') }}}} {rows}"
    return project(files)


def content(shop: Project) -> dict[str, list[tuple[object, ...]]]:
    """Every relation with its rows."""
    names = shop.rows(
        "select table_name from information_schema.tables where table_schema = 'main' order by 1"
    )
    return {str(name): shop.rows(f'select * from "{name}" order by all') for (name,) in names}


def test_one_thread_and_eight_make_the_same(project: ProjectMaker) -> None:
    shop = wide(project)
    shop.build("--threads", "1")
    alone = content(shop)
    shop.build("--threads", "8", "--full", "--full-refresh")
    assert content(shop) == alone
    # s1 is (1, 1), (2, 1); layer 0 adds n, layer by layer the rows triple: 2 * 3 ** 4.
    assert len(alone["m4_1"]) == 162


def test_building_again_changes_nothing(project: ProjectMaker) -> None:
    shop = project(CHAIN)
    shop.build()
    before = content(shop)
    shop.build("--full")
    assert content(shop) == before


def test_empty_builds_every_relation_without_rows(project: ProjectMaker) -> None:
    shop = project(CHAIN)
    shop.build("--empty", "--exclude", "resource_type:test")
    assert shop.rows("select * from fct") == []
    assert shop.rows("select n from kpi") == [(0,)]


def test_an_in_memory_target_is_built_and_gone(project: ProjectMaker) -> None:
    shop = project(
        {
            **CHAIN,
            "profiles.yml": "shop:\n  outputs:\n    default: {type: duckdb, path: ':memory:'}\n",
        }
    )
    shop.build()
    assert not list(shop.root.glob("*.duckdb"))


def test_nothing_but_the_projects_own_folder_is_written_to(project: ProjectMaker) -> None:
    shop = project(CHAIN)
    shop.build()
    assert list(shop.home.iterdir()) == []
    assert {path.name for path in shop.root.iterdir()} == {
        "pyproject.toml", "profiles.yml", "models", "seeds", "target", ".runner", "warehouse.duckdb",
    }  # fmt: skip


PROFILE = """
    shop:
      target: dev
      outputs:
        dev: {{type: duckdb, path: warehouse.duckdb, settings: {{{settings}}}}}
    """


def test_what_a_statement_may_use_changes_nothing_that_was_built(project: ProjectMaker) -> None:
    shop = project({"models/a.sql": "{{ config(materialized='table') }}\nselect 1 as id"})
    shop.write("profiles.yml", PROFILE.format(settings="memory_limit: 1GB"))
    shop.build()
    shop.write("profiles.yml", PROFILE.format(settings="memory_limit: 2GB, Threads: 1"))
    assert "1 unchanged" in shop.build().stdout
    shop.write("profiles.yml", PROFILE.format(settings="default_null_order: nulls_first"))
    assert "1 built" in shop.build().stdout, "the order of rows may be another"


def test_why_names_every_parent_that_is_built_and_the_first_ones_reason(
    project: ProjectMaker,
) -> None:
    table = "{{ config(materialized='table') }}\n"
    shop = project(
        {
            "models/a.sql": table + "select 1 as id",
            "models/b.sql": table + "select 1 as id",
            "models/c.sql": table + "select * from {{ ref('a') }} union all from {{ ref('b') }}",
            "models/d.sql": table + "select * from {{ ref('c') }}",
        }
    )
    shop.build()
    shop.write("models/a.sql", table + "select 2 as id")
    shop.write("models/b.sql", table + "select 3 as id")
    assert shop.run("why", "d").stdout.splitlines() == [
        "d: parent c is built",
        "  c: parents a, b are built",
        "    a: compiled SQL changed: + line 1 select 2 as id",
    ]


LARGE = "{{ config(materialized='table') }} select list(range) as numbers from range(3000000)"
LITTLE = """
    shop:
      outputs:
        default:
          type: duckdb
          path: warehouse.duckdb
          threads: 4
          settings: {memory_limit: 100MB}
    """


def test_steps_failed_for_want_of_memory_that_others_had_at_that_moment(
    project: ProjectMaker,
) -> None:
    shop = project(
        {"profiles.yml": LITTLE, **{f"models/large_{name}.sql": LARGE for name in "abcd"}}
    )
    result = shop.build()
    assert "4 built" in result.stdout
    assert shop.rows("select len(numbers) from large_d") == [(3_000_000,)]


def test_a_step_that_needs_more_than_all_memory_fails_with_what_can_be_done(
    project: ProjectMaker,
) -> None:
    shop = project(
        {"profiles.yml": LITTLE, "models/large.sql": LARGE.replace("3000000", "30000000")}
    )
    result = shop.run("build")
    assert result.exit_code == 1
    assert "one after another" in str(result)
    assert "one a statement" in str(result)
    assert "memory_limit" in str(result)
