"""What templates can do, seen in what is built: variables, targets, macros, introspection."""

from __future__ import annotations

import json

import pytest

from tests.conftest import ProjectMaker

TABLE = "{{ config(materialized='table') }}\n"


# --- variables, environment, targets, names --------------------------------------------------------


def test_a_variable_comes_from_the_command_line_before_the_project_before_its_default(
    project: ProjectMaker,
) -> None:
    shop = project(
        {
            "pyproject.toml": """
                [tool.runner]
                name = "shop"
                [tool.runner.vars]
                rate = 2
                """,
            "models/m.sql": "select {{ var('rate', 1) }} as rate, {{ var('other', 1) }} as other",
        }
    )
    shop.build()
    assert shop.rows("select * from m") == [(2, 1)]
    shop.build("--vars", "{rate: 3}")
    assert shop.rows("select * from m") == [(3, 1)]
    shop.write("vars.yml", "rate: 4\nother: 5\n")
    shop.build("--vars-file", "vars.yml")
    assert shop.rows("select * from m") == [(4, 5)]
    shop.build("--vars-file", "vars.yml", "--vars", "rate: 6")
    assert shop.rows("select * from m") == [(6, 5)]


def test_a_variable_keeps_its_type(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/m.sql": "select {% for n in var('numbers') %}{{ n + 1 }} as c{{ loop.index }},{% endfor %} {{ 1 if var('enabled') else 0 }} as d"
        }
    )
    shop.build("--vars", "{numbers: [1, 2], enabled: false}")
    assert shop.rows("select * from m") == [(2, 3, 0)]


def test_env_var_reads_the_environment(project: ProjectMaker) -> None:
    shop = project({"models/m.sql": "select '{{ env_var('SHOP', 'none') }}' as shop"})
    shop.build(env={"SHOP": "corner"})
    assert shop.value("select shop from m") == "corner"
    shop.build()
    assert shop.value("select shop from m") == "none"


def test_each_target_is_a_database_of_its_own(project: ProjectMaker) -> None:
    shop = project(
        {
            "profiles.yml": """
                shop:
                  target: dev
                  outputs:
                    dev: {type: duckdb, path: dev.duckdb, schema: ada}
                    prod: {type: duckdb, path: prod.duckdb, schema: shop}
                """,
            "models/m.sql": "{% if target.name == 'prod' %} select 2 as n {% else %} select 1 as n {% endif %}",
        }
    )
    shop.build()
    shop.build("--target", "prod")
    assert shop.rows("select n from ada.m", shop.root / "dev.duckdb") == [(1,)]
    assert shop.rows("select n from shop.m", shop.root / "prod.duckdb") == [(2,)]
    shop.build(env={"DBT_TARGET": "prod"})
    assert shop.run("show", "m", "-t", "prod", "--output", "csv").stdout == "n\n2\n"


def test_schemas_of_models_begin_with_the_targets(project: ProjectMaker) -> None:
    shop = project(
        {
            "pyproject.toml": """
                [tool.runner]
                name = "shop"
                [tool.runner.models.shop.marts]
                "+schema" = "marts"
                """,
            "models/a.sql": "select 1 as id",
            "models/marts/b.sql": "select * from {{ ref('a') }}",
            "models/marts/c.sql": "{{ config(schema='finance', alias='cee') }} select * from {{ ref('b') }}",
        }
    )
    shop.build()
    found = shop.rows(
        "select schema_name, view_name from duckdb_views() where not internal order by 2"
    )
    assert found == [("main", "a"), ("main_marts", "b"), ("main_finance", "cee")]


def test_a_project_names_its_schemas_itself(project: ProjectMaker) -> None:
    shop = project(
        {
            "macros/names.sql": "{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}",
            "models/a.sql": "{{ config(schema='marts') }} select 1 as id",
        }
    )
    shop.build()
    assert shop.value("select id from marts.a") == 1


def test_settings_of_file_beat_yaml_beat_folder(project: ProjectMaker) -> None:
    shop = project(
        {
            "pyproject.toml": """
                [tool.runner]
                name = "shop"
                [tool.runner.models.shop]
                "+materialized" = "table"
                """,
            "models/folder.sql": "select 1 as id",
            "models/yaml.sql": "select 1 as id",
            "models/file.sql": "{{ config(materialized='view') }} select 1 as id",
            "models/models.yml": """
                models:
                  - name: yaml
                    config: {materialized: view}
                  - name: file
                    config: {materialized: table}
                """,
        }
    )
    shop.build()
    assert shop.rows("select table_name from duckdb_tables() where schema_name = 'main'") == [
        ("folder",)
    ]


# --- macros -----------------------------------------------------------------------------------------


def test_macros_call_macros_and_return_values(project: ProjectMaker) -> None:
    shop = project(
        {
            "macros/m.sql": """
                {% macro names() %}{{ return(['a', 'b']) }}{% endmacro %}
                {% macro columns(value) %}
                  {% for name in names() %}{{ value }} as {{ name }}{{ ", " if not loop.last }}{% endfor %}
                {% endmacro %}
                """,
            "models/m.sql": "select {{ columns(7) }}, {{ names() | length }} as n",
        }
    )
    shop.build()
    assert shop.rows("select a, b, n from m") == [(7, 7, 2)]


def test_a_call_block_gives_a_macro_its_body(project: ProjectMaker) -> None:
    shop = project(
        {
            "macros/m.sql": "{% macro twice() %}({{ caller() }}) + ({{ caller() }}){% endmacro %}",
            "models/m.sql": "select {% call twice() %}1 + 2{% endcall %} as n",
        }
    )
    shop.build()
    assert shop.value("select n from m") == 6


def test_macros_of_packages_and_dispatch(project: ProjectMaker) -> None:
    shop = project(
        {
            "pyproject.toml": """
                [tool.runner]
                name = "shop"
                dispatch = [{macro_namespace = "tools", search_order = ["shop", "tools"]}]
                """,
            "dbt_packages/tools/dbt_project.yml": "name: tools\n",
            "dbt_packages/tools/macros/m.sql": """
                {% macro one() %}{{ return(adapter.dispatch('one', 'tools')()) }}{% endmacro %}
                {% macro default__one() %}1{% endmacro %}
                {% macro two() %}{{ return(adapter.dispatch('two', 'tools')()) }}{% endmacro %}
                {% macro default__two() %}2{% endmacro %}
                {% macro duckdb__two() %}22{% endmacro %}
                """,
            "dbt_packages/tools/models/of_package.sql": "select {{ one() }} as n",
            "macros/own.sql": "{% macro default__one() %}111{% endmacro %}",
            "models/m.sql": "select {{ tools.one() }} as one, {{ tools.two() }} as two",
        }
    )
    shop.build()
    assert shop.rows("select one, two from m") == [(111, 22)]
    assert shop.value("select n from of_package") == 111


def test_cross_database_macros_come_with_the_runner(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/m.sql": """
                select
                    {{ dbt.date_trunc('month', "date '2026-03-15'") }}::date::varchar as month,
                    {{ dbt.datediff("date '2026-01-01'", "date '2026-01-31'", 'day') }} as days,
                    {{ dbt.safe_cast("'x'", 'integer') }} as nothing,
                    {{ dbt.concat(["'a'", "'b'"]) }} as ab
                """
        }
    )
    shop.build()
    assert shop.rows("select * from m") == [("2026-03-01", 30, None, "ab")]


# --- asking the database while rendering ---------------------------------------------------------------


def test_run_query_sees_what_this_build_has_made(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/channels.sql": TABLE + "select unnest(['pos', 'web']) as channel",
            "models/wide.sql": """
                -- depends_on: {{ ref('channels') }}
                {% set found = run_query("select channel from " ~ ref('channels') ~ " order by 1") %}
                select 1 as id
                {% if execute %}{% for row in found.rows %}, '{{ row[0] }}' as {{ row['channel'] }}{% endfor %}{% endif %}
                """,
        }
    )
    shop.build()
    assert shop.rows("select pos, web from wide") == [("pos", "web")]


def test_statement_blocks_and_columns_of_a_relation(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/a.sql": TABLE + "select 1 as x, 2 as y",
            "models/b.sql": """
                {% call statement('most', fetch_result=True) %} select max(y) as n from {{ ref('a') }} {% endcall %}
                {% set columns = adapter.get_columns_in_relation(ref('a')) | map(attribute='name') | list %}
                select
                    {{ load_result('most')['data'][0][0] if execute else 0 }} as most,
                    '{{ columns | join("+") }}' as names
                """,
        }
    )
    shop.build()
    assert shop.rows("select most, names from b") == [(2, "x+y")]


def test_a_model_is_told_whether_it_is_there_already(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/m.sql": """
                {{ config(materialized='table') }}
                {% set there = adapter.get_relation(this.database, this.schema, this.identifier) %}
                select '{{ "again" if there is not none else "first" }}' as how
                """
        }
    )
    shop.build("--threads", "1")
    first = shop.value("select how from m")
    shop.build("--threads", "1")
    assert (first, shop.value("select how from m")) == ("first", "again")


def test_log_and_print_reach_the_console(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/m.sql": "{{ log('said aloud', info=true) }}{{ print('printed') }}{{ log('whispered') }} select 1 as id"
        }
    )
    out = shop.build().stdout
    assert "said aloud" in out
    assert "printed" in out
    assert "whispered" not in out


def test_a_template_cannot_reach_the_machine(project: ProjectMaker) -> None:
    shop = project(
        {"models/m.sql": "select '{{ ''.__class__.__mro__[1].__subclasses__() | length }}' as n"}
    )
    result = shop.run("build")
    assert result.exit_code == 2
    assert "models/m.sql:1" in result.stderr


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_line_ends_of_windows_are_read(project: ProjectMaker, newline: str) -> None:
    shop = project({"models/m.sql": "select 1 as id"})
    text = newline.join(
        [
            "models:",
            "  - name: m",
            "    columns:",
            "      - name: id",
            "        data_tests: [unique]",
            "",
        ]
    )
    (shop.root / "models/m.yml").write_bytes(text.encode())
    (shop.root / "models/m.sql").write_bytes(
        f"select{newline}    1 as id -- a comment{newline}".encode()
    )
    shop.build()
    assert shop.statuses() == {"m": "success", "unique_m_id": "pass"}


# --- YAML whose templates are not ours -------------------------------------------------------------


def test_filters_of_metrics_were_rendered_as_templates(project: ProjectMaker) -> None:
    """They are in MetricFlow's language: the project was refused for `Dimension`."""
    shop = project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "profiles.yml": "shop:\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n",
            "models/orders.sql": "select 1 as order_id, 2 as amount, date '2024-01-01' as day",
            "models/semantic.yml": """
                semantic_models:
                  - name: orders
                    model: ref('orders')
                    defaults: {agg_time_dimension: day}
                    entities: [{name: order, type: primary, expr: order_id}]
                    dimensions:
                      - {name: day, type: time, type_params: {time_granularity: day}}
                    measures: [{name: revenue, agg: sum, expr: amount}]
                metrics:
                  - name: revenue
                    label: "{{ 'Revenue' }}"
                    type: simple
                    type_params:
                      measure:
                        name: revenue
                        filter: "{{ Dimension('order__day') }} > '2024-01-01'"
                    filter: ["{{ TimeDimension('order__day', 'month') }} is not null"]
                saved_queries:
                  - name: all
                    query_params:
                      metrics: [revenue]
                      where: ["{{ Entity('order') }} > 1"]
                """,
        }
    )
    shop.build()
    manifest = json.loads((shop.root / "target/manifest.json").read_text())
    metric = manifest["metrics"]["metric.shop.revenue"]
    assert metric["label"] == "Revenue"
    assert metric["filter"]["where_filters"] == [
        {"where_sql_template": "{{ TimeDimension('order__day', 'month') }} is not null"}
    ]


def test_hooks_in_yaml_were_rendered_before_they_had_a_model(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": "{{ config(materialized='table') }} select 1 as id",
            "models/orders.yml": """
                models:
                  - name: orders
                    config:
                      post_hook:
                        - "create table seen as select count(*) as n, '{{ this.name }}' as t from {{ this }}"
                """,
        }
    )
    shop.build()
    assert shop.rows("select * from seen") == [(1, "orders")]


# --- the graph --------------------------------------------------------------------------------------


def test_the_graph_left_out_what_the_manifest_tells(project: ProjectMaker) -> None:
    """dbt_project_evaluator writes `config.enabled` of every node and source into SQL."""
    shop = project(
        {
            "models/orders.sql": """
{{ config(materialized='table') }}
-- depends_on: {{ ref('raw') }}
select unnest([
{% if execute %}
{% for node in graph.nodes.values() | sort(attribute='unique_id') %}
  '{{ node.unique_id }} {{ node.config.enabled }} {{ node.config.on_schema_change }} {{ node.patch_path }}',
{% endfor %}
{% for node in graph.sources.values() %}
  '{{ node.identifier }} {{ node.config.enabled }} {{ node.source_description }} {{ node.loader }}',
{% endfor %}
{% for node in graph.exposures.values() %}
  '{{ node.owner.email }} {{ node.depends_on.nodes | join(" ") }} {{ node.url }}',
{% endfor %}
{% endif %}
]) as said
""",
            "models/raw.sql": "select 1 as id",
            "models/raw.yml": """
                sources:
                  - name: shop
                    description: Of the shop
                    loader: hand
                    tables: [{name: t, identifier: t1}]
                exposures:
                  - name: board
                    type: dashboard
                    url: https://example.com
                    owner: {email: a@b.c}
                    depends_on: ["ref('raw')"]
                """,
        }
    )
    shop.build()
    assert [text for (text,) in shop.rows("select said from orders")] == [
        "model.shop.orders True ignore None",
        "model.shop.raw True ignore None",
        "t1 True Of the shop hand",
        "a@b.c model.shop.raw https://example.com",
    ]
