"""What macros of packages such as dbt_utils expect of relations, columns and commands."""

from __future__ import annotations

import json

from tests.conftest import ProjectMaker

STAR = """
{% macro star(from) %}
    {%- if not (from is mapping and from.get('metadata', {}).get('type', '').endswith('Relation')) -%}
        {%- do exceptions.raise_compiler_error("expected a relation, not " ~ from) -%}
    {%- endif -%}
    {%- if from.is_cte -%}
        {%- do exceptions.raise_compiler_error(api.Relation.add_ephemeral_prefix('') ~ " is a CTE") -%}
    {%- endif -%}
    {%- if not execute -%}{% do return('*') %}{%- endif -%}
    {%- set names = adapter.get_columns_in_relation(from) | map(attribute='quoted') | list -%}
    {{ names | join(', ') or '*' }}
{% endmacro %}
"""
SHOP = {
    "macros/star.sql": STAR,
    "models/orders.sql": "{{ config(materialized='table') }} select 1 as id, 'web' as channel",
    "models/copied.sql": "select {{ star(ref('orders')) }} from {{ ref('orders') }}",
}


def test_a_relation_was_no_mapping_so_that_dbt_utils_star_refused_it(
    project: ProjectMaker,
) -> None:
    shop = project(SHOP)
    shop.build()
    assert shop.rows("select * from copied") == [(1, "web")]


def test_compile_crashed_before_the_first_build_when_a_template_asks_the_database(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            **SHOP,
            "models/asks.sql": "select {{ run_query('select 7').columns[0].values()[0] if execute }} as n",
        }
    )
    assert "select 7 as n" in shop.run("compile", "-s", "asks").stdout
    result = shop.run("compile", "-s", "copied")
    assert result.exit_code == 0, str(result)
    assert result.stdout.split() == ["select", "*", "from", '"warehouse"."main"."orders"']
    assert not shop.database.exists()


def test_the_data_type_of_a_text_column_is_written_as_dbt_duckdb_writes_it(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            **SHOP,
            "models/types.sql": """
                {% set types = adapter.get_columns_in_relation(ref('orders'))
                    | map(attribute='data_type') | join('|') %}
                select '{{ types }}' as types
                """,
        }
    )
    shop.build()
    assert shop.value("select types from types") == "INTEGER|character varying(256)"


def test_a_package_s_test_of_a_source_had_its_words_turned_round(project: ProjectMaker) -> None:
    """Its name is that of dbt's: the package, then `source`. The model's key is told as well."""
    shop = project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "profiles.yml": "shop:\n  outputs:\n    dev: {type: duckdb, path: warehouse.duckdb}\n",
            "dbt_packages/more/dbt_project.yml": "name: more\n",
            "dbt_packages/more/macros/above.sql": """
                {% test above(model, column_name, least) %}
                select * from {{ model }} where {{ column_name }} <= {{ least }}
                {% endtest %}
                """,
            "models/orders.sql": "select id from {{ source('raw', 'orders') }}",
            "models/orders.yml": """
                sources:
                  - name: raw
                    tables:
                      - name: orders
                        config: {external_location: "(select 1 as id)"}
                        columns:
                          - name: id
                            data_tests: [more.above: {arguments: {least: 0}}]
                models:
                  - name: orders
                    data_tests: [unique: {arguments: {column_name: id}}]
                """,
        }
    )
    shop.build()
    assert "more_source_above_raw_orders_id__0" in shop.statuses()
    manifest = json.loads((shop.root / "target/manifest.json").read_text())
    assert manifest["nodes"]["model.shop.orders"]["primary_key"] == ["id"]
