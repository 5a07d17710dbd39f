"""on-run-start and on-run-end: whose are run, and what their templates see."""

from __future__ import annotations

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
    assert "dbt_packages/audit/dbt_project.yml:2" in shop.run("build").stderr


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
