"""Templates that cannot be rendered: what is built none the less, and what is told when."""

from __future__ import annotations

import pytest

from tests.conftest import ProjectMaker

DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop:\n  outputs:\n    dev: {type: duckdb, path: warehouse.duckdb}\n",
}
BOOM = "{% if execute %}{{ exceptions.raise_compiler_error('boom') }}{% endif %} select 2 as id"
MODELS = {
    "models/good.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/bad.sql": BOOM,
    "models/reader.sql": "select id from {{ ref('bad') }}",
}


def test_one_template_stopped_the_whole_build(project: ProjectMaker) -> None:
    shop = project({**DBT, **MODELS})
    result = shop.run("build")
    assert result.exit_code == 1
    assert "models/bad.sql:1: boom" in result.stdout
    assert "because bad failed: reader" in result.stdout
    assert shop.statuses() == {"good": "success", "bad": "error", "reader": "skipped"}
    assert shop.rows("select id from good") == [(1,)]


@pytest.mark.parametrize("command", [("build", "--dry-run"), ("compile",), ("why", "bad")])
def test_what_builds_nothing_tells_a_template_at_once(
    project: ProjectMaker, command: tuple[str, ...]
) -> None:
    result = project({**DBT, **MODELS}).run(*command)
    assert result.exit_code == 2
    assert "models/bad.sql:1: boom" in result.stderr


def test_where_all_must_pass_every_template_is_told_before_the_first_step(
    project: ProjectMaker,
) -> None:
    shop = project({**MODELS, "models/worse.sql": BOOM.replace("boom", "bang")})
    result = shop.run("build")
    assert result.exit_code == 2
    assert "boom" in result.stderr
    assert "bang" in result.stderr
    assert not (shop.root / ".runner/warehouse/releases").exists()


def test_a_template_that_fails_is_never_unchanged(project: ProjectMaker) -> None:
    """Its table of before is not what its template says, and is not read by what comes after."""
    shop = project({**DBT, **MODELS, "models/bad.sql": "select 2 as id"})
    shop.build()
    shop.write("models/bad.sql", BOOM)
    for _ in range(2):
        assert shop.run("build").exit_code == 1
        assert shop.statuses() == {"good": "reused", "bad": "error", "reader": "skipped"}
    # `retry` does what was left undone, and nothing else.
    shop.write("models/bad.sql", "select 3 as id")
    assert shop.run("retry").exit_code == 0
    assert shop.statuses() == {"bad": "success", "reader": "success"}
    assert shop.rows("select id from reader") == [(3,)]


def test_a_template_that_looks_for_a_table_of_this_build_finds_it(project: ProjectMaker) -> None:
    """At its step, as in dbt, and not before the first one."""
    shop = project({
        **DBT,
        "models/first.sql": "{{ config(materialized='table') }} select 1 as id",
        "models/second.sql": """
            {% if execute and not load_relation(ref('first')) %}
            {{ exceptions.raise_compiler_error('first is not there') }}
            {% endif %}
            select id from {{ ref('first') }}
            """,
    })  # fmt: skip
    shop.build()
    assert shop.rows("select id from second") == [(1,)]


def test_tests_and_snapshots_whose_templates_fail_are_results(project: ProjectMaker) -> None:
    shop = project({
        **DBT,
        "models/good.sql": MODELS["models/good.sql"],
        "models/good.yml": "models: [{name: good, columns: [{name: id, data_tests: [odd, unique]}]}]",
        "tests/generic/odd.sql": "{% test odd(model, column_name) %}" + BOOM + "{% endtest %}",
        "snapshots/kept.sql": "{% snapshot kept %}{{ config(unique_key='id', strategy='check',"
        " check_cols='all', target_schema='main') }}" + BOOM + "{% endsnapshot %}",
    })  # fmt: skip
    assert shop.run("build").exit_code == 1
    ended = {name.partition(".")[0]: status for name, status in shop.statuses().items()}
    assert ended == {
        "good": "success",
        "kept": "error",
        "odd_good_id": "error",
        "unique_good_id": "pass",
    }
    assert shop.run("test").exit_code == 1
    assert shop.statuses() == {"odd_good_id": "error", "unique_good_id": "pass"}


def test_missing_files_of_sources_are_told_before_the_first_step(project: ProjectMaker) -> None:
    shop = project({
        "pyproject.toml": """
            [tool.runner]
            name = "shop"
            [tool.runner.settings]
            publish = "built"
            """,
        **MODELS,
        "models/read.sql": "{{ config(materialized='table') }} select * from {{ source('raw', 'a') }}",
        "models/raw.yml": """
            sources:
              - name: raw
                tables:
                  - name: a
                    config: {external_location: a.csv}
                    columns: [{name: id, data_type: integer}]
            """,
    })  # fmt: skip
    result = shop.run("build")
    assert result.exit_code == 2
    assert "a.csv" in result.stderr
    assert "boom" not in result.stderr
    shop.write("a.csv", "id\n1\n")
    assert shop.run("build").exit_code == 1
    assert shop.rows("select id from read") == [(1,)]
