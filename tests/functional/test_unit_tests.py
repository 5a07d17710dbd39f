"""Unit tests of models: given rows, expected rows, and what stands in for the rest."""

from __future__ import annotations

import pytest

from tests.conftest import Project, ProjectMaker

MODELS = {
    "models/orders.sql": "select 1 as order_id, 10.00::decimal(18, 2) as amount, date '2026-01-01' as day",
    "models/daily.sql": """
        select
            day,
            sum(amount) as amount,
            count(*) as order_count
        from {{ ref('orders') }}
        group by day
        """,
}


def unit(project: ProjectMaker, case: str, **files: str) -> Project:
    """A project with one unit test."""
    shop = project({**MODELS, **files})
    lines = case.strip("\n").split("\n")
    shop.write(
        "models/unit.yml",
        "unit_tests:\n  - name: case\n" + "\n".join(" " * 4 + line for line in lines),
    )
    return shop


FORMS = {
    "dict": """
model: daily
given:
  - input: ref('orders')
    rows:
      - {day: 2026-01-01, amount: 10}
      - {day: 2026-01-01, amount: 5.50}
      - {day: 2026-01-02}
expect:
  rows:
    - {day: 2026-01-02, amount: null, order_count: 1}
    - {day: 2026-01-01, amount: 15.50, order_count: 2}
""",
    "csv": """
model: daily
given:
  - input: ref('orders')
    format: csv
    rows: |
      day,amount
      2026-01-01,10
      2026-01-01,5.50
expect:
  format: csv
  rows: |
    day,amount,order_count
    2026-01-01,15.50,2
""",
    "sql": """
model: daily
given:
  - input: ref('orders')
    format: sql
    rows: |
      select 1 as order_id, 10.25 as amount, date '2026-01-01' as day
expect:
  format: sql
  rows: |
    select date '2026-01-01' as day, 10.25 as amount, 1 as order_count
""",
    "only some columns": """
model: daily
given:
  - input: ref('orders')
    rows:
      - {day: 2026-01-01}
expect:
  rows:
    - {order_count: 1}
""",
    "no rows": """
model: daily
given:
  - input: ref('orders')
    rows: []
expect:
  rows: []
""",
}


@pytest.mark.parametrize("case", FORMS.values(), ids=FORMS.keys())
def test_rows_are_given_and_expected_as(project: ProjectMaker, case: str) -> None:
    shop = unit(project, case)
    shop.build()
    assert shop.statuses() == {"orders": "success", "case": "pass", "daily": "success"}


def test_rows_come_from_fixture_files(project: ProjectMaker) -> None:
    shop = unit(
        project,
        """
model: daily
given:
  - input: ref('orders')
    format: csv
    fixture: two_orders
expect:
  format: csv
  fixture: one_day
""",
    )
    shop.write("tests/fixtures/two_orders.csv", "day,amount\n2026-01-01,1\n2026-01-01,2\n")
    shop.write("tests/fixtures/one_day.csv", "day,amount,order_count\n2026-01-01,3,2\n")
    shop.build()
    shop.write("tests/fixtures/one_day.csv", "day,amount,order_count\n2026-01-01,4,2\n")
    assert shop.run("build").exit_code == 1


WRONG = {
    "a cell": ("[{day: 2026-01-01, order_count: 3}]", ["1", "order_count", "3", "1"]),
    "a row that is missing": (
        "[{order_count: 1}, {order_count: 1}]", ["1", "order_count", "1", "no such row"],
    ),
    "a row that is too many": ("[]", ["extra", "day", "no such row", "2026-01-01"]),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "cells"), WRONG.values(), ids=WRONG.keys())
def test_what_differs_is_told_cell_by_cell(
    project: ProjectMaker, rows: str, cells: list[str]
) -> None:
    shop = unit(
        project,
        f"""
model: daily
given:
  - input: ref('orders')
    rows: [{{day: 2026-01-01}}]
expect:
  rows: {rows}
""",
    )
    result = shop.run("build")
    assert result.exit_code == 1
    assert "     row" in result.stdout
    told = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert " ".join(cells) in told
    assert shop.statuses()["daily"] == "skipped", "a model whose unit test fails is not built"


def test_variables_environment_and_macros_are_overridden(project: ProjectMaker) -> None:
    shop = project(
        {
            "macros/today.sql": "{% macro today() %}current_date{% endmacro %}",
            "models/orders.sql": "select 1 as id",
            "models/stamped.sql": """
                select id, {{ var('rate', 1) }} as rate, '{{ env_var('SHOP', 'none') }}' as shop,
                    {{ today() }} as day
                from {{ ref('orders') }}
                """,
            "models/unit.yml": """
                unit_tests:
                  - name: overrides
                    model: stamped
                    overrides:
                      vars: {rate: 7}
                      env_vars: {SHOP: corner}
                      macros: {today: "date '2026-01-01'"}
                    given:
                      - input: ref('orders')
                        rows: [{id: 3}]
                    expect:
                      rows: [{id: 3, rate: 7, shop: corner, day: 2026-01-01}]
                """,
        }
    )
    shop.build()
    assert shop.value("select rate from stamped") == 1


def test_overrides_of_a_package_s_macros_were_passed_over(project: ProjectMaker) -> None:
    """`dbt_utils.star` and `dbt.current_timestamp` are overridden by both of their names."""
    shop = project(
        {
            "models/stamped.sql": "select {{ dbt.current_timestamp() }} as at, {{ twice(1) }} as n",
            "macros/twice.sql": "{% macro twice(x) %}{{ dbt.concat([x, x]) }}{% endmacro %}",
            "models/unit.yml": """
                unit_tests:
                  - name: overrides
                    model: stamped
                    overrides:
                      macros: {dbt.current_timestamp: "date '2026-01-01'", dbt.concat: "22"}
                    given: []
                    expect:
                      rows: [{at: 2026-01-01, n: 22}]
                """,
        }
    )
    shop.build()
    assert shop.value("select n from stamped") == "11"


def test_an_incremental_model_is_tested_with_rows_of_its_own(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": "select 1 as id",
            "models/loaded.sql": """
                {{ config(materialized='incremental') }}
                select id from {{ ref('orders') }}
                {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
                """,
            "models/unit.yml": """
                unit_tests:
                  - name: only_new_ids
                    model: loaded
                    overrides:
                      macros: {is_incremental: true}
                    given:
                      - input: ref('orders')
                        rows: [{id: 1}, {id: 2}, {id: 3}]
                      - input: this
                        rows: [{id: 2}]
                    expect:
                      rows: [{id: 3}]
                  - name: all_when_it_is_new
                    model: loaded
                    given:
                      - input: ref('orders')
                        rows: [{id: 1}, {id: 2}]
                    expect:
                      rows: [{id: 1}, {id: 2}]
                """,
        }
    )
    shop.build()
    assert list(shop.statuses().values()).count("pass") == 2
    shop.build()


def test_ephemeral_models_and_sources_are_given_rows(project: ProjectMaker) -> None:
    shop = project(
        {
            "data/orders.csv": "id\n1\n",
            "models/sources.yml": """
                sources:
                  - name: raw
                    tables:
                      - name: orders
                        config: {external_location: data/orders.csv}
                        columns: [{name: id, data_type: integer}]
                """,
            "models/e.sql": "{{ config(materialized='ephemeral') }} select 5 as n",
            "models/m.sql": "{{ config(materialized='table') }} select id * n as product from {{ source('raw', 'orders') }}, {{ ref('e') }}",
            "models/unit.yml": """
                unit_tests:
                  - name: product
                    model: m
                    given:
                      - input: source('raw', 'orders')
                        rows: [{id: 3}]
                      - input: ref('e')
                        rows: [{n: 4}]
                    expect:
                      rows: [{product: 12}]
                """,
        }
    )
    shop.build()
    assert shop.value("select product from m") == 5


def test_given_rows_keep_the_types_of_what_they_stand_for(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": "select 1::tinyint as id, 'x' as name, [1, 2] as list, true as flag",
            "models/m.sql": "select typeof(id) as a, typeof(name) as b, typeof(list) as c, typeof(flag) as d, list[2] as e from {{ ref('orders') }}",
            "models/unit.yml": """
                unit_tests:
                  - name: types
                    model: m
                    given:
                      - input: ref('orders')
                        rows: [{id: 3, list: [7, 8], name: "it's", flag: false}]
                    expect:
                      rows: [{a: TINYINT, b: VARCHAR, c: "INTEGER[]", d: BOOLEAN, e: 8}]
                """,
        }
    )
    shop.build()


def test_a_unit_test_was_run_again_by_every_build_after_its_inputs_were_built(
    project: ProjectMaker,
) -> None:
    """The inputs' columns were not known yet when the first build noted what the test depends on."""
    shop = unit(project, FORMS["dict"])
    assert "1 passed" in shop.run("build").stdout
    assert "3 unchanged" in shop.run("build").stdout
    shop.write("models/orders.sql", MODELS["models/orders.sql"] + ", 'EUR' as currency")
    assert "1 passed" in shop.run("build").stdout, "the rows given have a column more"
    assert "3 unchanged" in shop.run("build").stdout
