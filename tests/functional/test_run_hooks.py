"""on-run-start and on-run-end: whose are run, and what their templates see."""

from __future__ import annotations

import pytest

from tests.conftest import ProjectMaker

PROFILES = "shop:\n  outputs:\n    dev: {type: duckdb, path: warehouse.duckdb}\n"


def test_hooks_of_packages_were_not_run(project: ProjectMaker) -> None:
    """Packages that log runs bring their hooks along; the project's own come last."""
    shop = project(
        {
            "dbt_project.yml": """
                name: shop
                profile: shop
                on-run-start: ["insert into said values ('shop {{ var('v') }}')"]
                on-run-end: ["insert into said values ('{{ word() }}')"]
                vars: {v: 1, audit: {v: 2}}
                """,
            "profiles.yml": PROFILES,
            "macros/word.sql": "{% macro word() %}end{% endmacro %}",
            "dbt_packages/audit/dbt_project.yml": """
                name: audit
                on-run-start:
                  - create table if not exists said (what varchar)
                  - insert into said values ('audit {{ var('v') }}')
                on-run-end: ["insert into said values ('{{ word() }} {{ results | length }}')"]
                """,
            "dbt_packages/audit/macros/word.sql": "{% macro word() %}audited{% endmacro %}",
            "models/orders.sql": "select 1 as id",
        }
    )
    shop.build()
    assert shop.rows("select what from said") == [
        ("audit 2",),
        ("shop 1",),
        ("audited 1",),
        ("end",),
    ]


def test_a_package_s_hook_that_fails_is_told_with_its_file(project: ProjectMaker) -> None:
    shop = project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "profiles.yml": PROFILES,
            "dbt_packages/audit/dbt_project.yml": "name: audit\non-run-start: select nothing\n",
            "models/orders.sql": "select 1 as id",
        }
    )
    assert "dbt_packages/audit/dbt_project.yml:2" in shop.run("build").stdout


def test_results_could_not_be_turned_into_mappings_and_knew_no_times(
    project: ProjectMaker,
) -> None:
    """dbt_artifacts and elementary read `timing`, `to_dict()` and the node's whole configuration."""
    shop = project(
        {
            "dbt_project.yml": """
                name: shop
                profile: shop
                on-run-end: ["{{ keep(results) }}"]
                """,
            "profiles.yml": PROFILES,
            "macros/keep.sql": """
                {% macro keep(results) %}
                create or replace table kept as select unnest([
                {% for result in results %}
                  '{{ result.node.name }}',
                  '{{ result.to_dict().status }}',
                  '{{ result.to_dict().node.resource_type }}',
                  '{{ result.timing | map(attribute="name") | join(" ") }}',
                  '{{ result.timing[0].started_at.year > 2000 if result.timing else "none" }}',
                  '{{ result.node.config.enabled }}',
                  '{{ result.node.to_dict().package_name }}',
                  '{{ result.node.compiled_code | trim }}',
                {% endfor %}]) as said
                {% endmacro %}
                """,
            "models/orders.sql": "select 1 as id",
            "models/orders.yml": """
                unit_tests:
                  - name: one
                    model: orders
                    given: []
                    expect: {rows: [{id: 1}]}
                """,
        }
    )
    shop.build()
    said = [text for (text,) in shop.rows("select said from kept")]
    orders = said.index("orders")
    assert said[orders : orders + 8] == [
        "orders", "success", "model", "compile execute", "True", "True", "shop", "select 1 as id",
    ]  # fmt: skip
    assert "one" in said
    assert "unit_test" in said


def test_schemas_left_out_those_of_stored_failures(project: ProjectMaker) -> None:
    shop = project(
        {
            "dbt_project.yml": """
                name: shop
                profile: shop
                on-run-end: ["create or replace table seen as select '{{ schemas | sort | join(' ') }}' as s"]
                """,
            "profiles.yml": PROFILES,
            "models/orders.sql": "select 1 as id",
            "tests/none.sql": "select * from {{ ref('orders') }} where id > 1",
            "tests/kept.sql": "{{ config(store_failures=true, schema='kept') }} select 1 as id from {{ ref('orders') }} where id > 1",
        }
    )
    shop.build()
    assert shop.rows("select s from seen") == [("main main_kept",)]


# --- hooks that fail --------------------------------------------------------------------------------

IN_DBT = "dbt_project.yml"
IN_OUR_OWN = "pyproject.toml"


def with_hook(which: str, sql: str, project_file: str = IN_DBT) -> dict[str, str]:
    """A model and its reader, with a hook."""
    written = {
        IN_DBT: f'name: shop\nprofile: shop\n{which}: ["{sql}"]\n',
        IN_OUR_OWN: f'[tool.runner]\nname = "shop"\n{which} = ["{sql}"]\n',
    }
    return {
        project_file: written[project_file],
        "profiles.yml": PROFILES,
        "models/orders.sql": "{{ config(materialized='table') }} select 1 as id",
        "models/sold.sql": "select id from {{ ref('orders') }}",
    }


def test_a_failing_on_run_end_threw_the_build_away(project: ProjectMaker) -> None:
    shop = project(with_hook("on-run-end", "select nothing"))
    result = shop.run("build")
    assert result.exit_code == 1
    assert "dbt_project.yml:3:15: on-run-end failed: Referenced column" in result.stdout
    assert "3 steps in" in result.stdout
    assert shop.rows("select id from sold") == [(1,)]
    assert shop.statuses() == {"orders": "success", "sold": "success", "shop-on-run-end-0": "error"}
    ended = shop.artifact("run_results.json")["results"]
    assert isinstance(ended, list)
    assert ended[-1]["unique_id"] == "operation.shop.shop-on-run-end-0"
    assert ended[-1]["compiled_code"] == "select nothing"
    assert "shop-on-run-end-0" in shop.run("build", "--log-format", "json").stdout


def test_where_all_must_pass_a_failing_on_run_end_is_not_published(project: ProjectMaker) -> None:
    shop = project(with_hook("on-run-end", "select nothing", IN_OUR_OWN))
    result = shop.run("build")
    assert result.exit_code == 1
    assert "not published: warehouse.duckdb was not made; the failed build is in" in result.stdout
    assert not shop.database.exists()
    assert shop.statuses()["shop-on-run-end-0"] == "error"


@pytest.mark.parametrize("project_file", [IN_DBT, IN_OUR_OWN])
def test_a_failing_on_run_start_left_no_results(project: ProjectMaker, project_file: str) -> None:
    shop = project(with_hook("on-run-start", "select nothing", project_file))
    result = shop.run("build")
    assert result.exit_code == 1
    assert "because on-run-start failed: orders, sold" in result.stdout
    assert f"{project_file}:3:" in result.stdout
    assert not shop.database.exists()
    assert shop.statuses() == {
        "shop-on-run-start-0": "error",
        "orders": "skipped",
        "sold": "skipped",
    }
    shop.write(project_file, with_hook("on-run-start", "select 1", project_file)[project_file])
    assert shop.run("retry").exit_code == 0
    assert shop.rows("select id from sold") == [(1,)]


def test_on_run_end_is_run_where_on_run_start_failed(project: ProjectMaker) -> None:
    """As dbt does it, and with the results of no step."""
    files = with_hook("on-run-start", "begin; select nothing")
    shop = project({
        **files,
        "dbt_project.yml": files["dbt_project.yml"]
        + "on-run-end: [\"copy (select {{ results | length }} as n) to 'ended.csv'\"]\n",
    })  # fmt: skip
    assert shop.run("build").exit_code == 1
    assert shop.read("ended.csv") == "n\n0\n"


def test_a_hook_s_template_that_fails_is_told_with_its_line(project: ProjectMaker) -> None:
    """The line of the hook's own text was told as one of the project file."""
    shop = project(with_hook("on-run-end", "{{ exceptions.raise_compiler_error('boom') }}"))
    result = shop.run("build")
    assert result.exit_code == 1
    assert "dbt_project.yml:3:15: boom" in result.stdout
    assert shop.rows("select id from sold") == [(1,)]


def test_a_hook_that_failed_after_publishing_is_run_again_by_retry(project: ProjectMaker) -> None:
    shop = project(with_hook("on-run-end", "insert into said values (1)"))
    assert shop.run("build").exit_code == 1
    shop.write(
        "dbt_project.yml",
        with_hook("on-run-end", "create table said as select 1 as n")["dbt_project.yml"],
    )
    result = shop.run("retry")
    assert result.exit_code == 0, str(result)
    assert "nothing was selected" not in result.stdout
    assert shop.rows("select n from said") == [(1,)]
    assert "left nothing undone" in shop.run("retry").stdout
