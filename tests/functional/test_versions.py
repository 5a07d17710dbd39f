"""Versions of a model: what YAML says of one version, over what it says of all."""

from __future__ import annotations

from tests.conftest import ProjectMaker

TWO = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop:\n  outputs:\n    dev: {type: duckdb, path: warehouse.duckdb}\n",
    "models/customers_v1.sql": "select 1 as customer_id, 'web' as channel",
    "models/customers_v2.sql": "select 1 as id, 'web' as channel",
}


def found(project: ProjectMaker, versions: str) -> list[str]:
    shop = project({**TWO, "models/customers.yml": versions})
    shop.build()
    return sorted(name for name in shop.statuses() if not name.startswith("customers"))


def test_tests_of_a_version_s_own_columns_were_left_out(project: ProjectMaker) -> None:
    """dbt-osmosis's demo writes no columns for the model, only for its versions."""
    assert found(
        project,
        """
models:
  - name: customers
    latest_version: 1
    versions:
      - v: 1
        columns:
          - name: customer_id
            data_tests: [unique]
      - v: 2
        columns:
          - name: id
            data_tests: [unique]
""",
    ) == ["unique_customers_v1_customer_id", "unique_customers_v2_id"]


def test_a_version_keeps_the_model_s_columns_that_it_does_not_exclude(
    project: ProjectMaker,
) -> None:
    assert found(
        project,
        """
models:
  - name: customers
    latest_version: 2
    columns:
      - name: customer_id
        data_tests: [unique]
      - name: channel
        data_tests: [not_null]
    versions:
      - v: 1
      - v: 2
        columns:
          - include: all
            exclude: [customer_id]
          - name: id
            data_tests: [not_null]
""",
    ) == [
        "not_null_customers_v1_channel",
        "not_null_customers_v2_channel",
        "not_null_customers_v2_id",
        "unique_customers_v1_customer_id",
    ]


def test_a_version_s_tests_replace_the_model_s(project: ProjectMaker) -> None:
    assert found(
        project,
        """
models:
  - name: customers
    latest_version: 2
    data_tests:
      - unique: {column_name: customer_id}
    versions:
      - v: 1
      - v: 2
        data_tests: []
""",
    ) == ["unique_customers_v1_customer_id"]


def test_the_project_s_rule_for_aliases_was_told_one_that_nobody_wrote(
    project: ProjectMaker,
) -> None:
    """`generate_alias_name` gets what is configured, and of a version the version."""
    shop = project(
        {
            **TWO,
            "macros/alias.sql": """
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ custom_alias_name or 'dim_' ~ node.name ~ ('_' ~ node.version if node.version == 2 else '') }}
{%- endmacro %}
""",
            "models/customers.yml": """
models:
  - name: customers
    latest_version: 2
    versions:
      - v: 1
      - v: 2
""",
        }
    )
    shop.build()
    tables = "select table_name from information_schema.tables where table_schema = 'main'"
    assert sorted(shop.rows(tables)) == [("dim_customers",), ("dim_customers_2",)]


def test_a_version_with_a_point_is_written_with_a_line_below(project: ProjectMaker) -> None:
    shop = project(
        {
            **TWO,
            "models/customers.yml": """
models:
  - name: customers
    latest_version: 2.5
    versions:
      - v: 1
      - v: 2.5
        defined_in: customers_v2
""",
        }
    )
    shop.build()
    assert shop.rows("select id from customers_v2_5") == [(1,)]
