"""Data tests: generic, singular and one's own, and what their settings do."""

from __future__ import annotations

import pytest

from tests.conftest import Project, ProjectMaker

ORDERS = """
{{ config(materialized='table') }}
select * from (values (1, 'web', 10), (2, 'web', 20), (2, null, 30), (4, 'pos', -5))
    as t(order_id, channel, amount)
"""


def checked(project: ProjectMaker, tests: str, *, column: str = "order_id") -> Project:
    """A project with tests on a column of a model of four orders, one id of them twice."""
    shop = project({"models/orders.sql": ORDERS})
    listed = "\n".join(" " * 10 + line for line in tests.strip("\n").split("\n"))
    (shop.root / "models/orders.yml").write_text(
        f"models:\n  - name: orders\n    columns:\n      - name: {column}\n        data_tests:\n{listed}\n"
    )
    return shop


def status(shop: Project) -> str:
    """How the one test of a build ended."""
    shop.run("build")
    (found,) = {v for k, v in shop.statuses().items() if k != "orders"}
    return found


def failures(shop: Project) -> object:
    results = shop.artifact("run_results.json")["results"]
    assert isinstance(results, list)
    (found,) = [r["failures"] for r in results if r["unique_id"].startswith("test.")]
    return found


@pytest.mark.parametrize(
    ("column", "test", "expected", "found"),
    [
        ("order_id", "- not_null", "pass", 0),
        ("channel", "- not_null", "fail", 1),
        ("order_id", "- unique", "fail", 1),  # one value stands twice
        ("amount", "- unique", "pass", 0),
        ("channel", "- accepted_values:\n    arguments:\n      values: [web, pos]", "pass", 0),
        ("channel", "- accepted_values:\n    values: [web]", "fail", 1),
        ("amount", "- accepted_values:\n    values: [10, 20, 30, -5]\n    quote: false", "pass", 0),
        (
            "order_id",
            "- relationships:\n    arguments:\n      to: ref('known')\n      field: id",
            "fail",
            1,  # 4 is not known
        ),
    ],
)
def test_the_tests_that_come_with_the_runner(
    project: ProjectMaker, column: str, test: str, expected: str, found: int
) -> None:
    shop = checked(project, test, column=column)
    shop.write("seeds/known.csv", "id\n1\n2\n3\n")
    shop.run("build")
    statuses = {k: v for k, v in shop.statuses().items() if k not in ("orders", "known")}
    assert list(statuses.values()) == [expected]
    assert failures(shop) == found


def test_warn_does_not_fail_the_build(project: ProjectMaker) -> None:
    shop = checked(project, "- unique:\n    config:\n      severity: warn")
    result = shop.build()
    assert "WARN" in result.stdout
    assert status(shop) == "warn"
    assert shop.value("select count(*) from orders") == 4


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("error_if: '> 1', warn_if: '> 0'", "warn"),
        ("error_if: '> 5', warn_if: '> 5'", "pass"),
        ("error_if: '>= 1'", "fail"),
        ("severity: warn, warn_if: '> 3'", "pass"),
        ("where: order_id <> 2", "pass"),
        ("where: \"channel = 'web'\"", "pass"),
        ("fail_calc: 'sum(n_records)', error_if: '> 2'", "warn"),  # the value stands in two rows
    ],
)
def test_thresholds_and_conditions(project: ProjectMaker, config: str, expected: str) -> None:
    assert status(checked(project, f"- unique:\n    config: {{{config}}}")) == expected


def test_limit_bounds_the_failures_that_are_counted(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": "select range as id from range(100)",
            "tests/none.sql": "{{ config(limit=7) }} select * from {{ ref('orders') }}",
        }
    )
    assert shop.run("build").exit_code == 1
    assert failures(shop) == 7


def test_stored_failures_are_a_table(project: ProjectMaker) -> None:
    shop = checked(project, "- not_null:\n    config: {store_failures: true}", column="channel")
    shop.write("dbt_project.yml", "name: shop\nprofile: shop\n")
    (shop.root / "pyproject.toml").unlink()
    assert shop.run("build").exit_code == 1
    assert shop.rows("select order_id from main_dbt_test__audit.not_null_orders_channel") == [(2,)]


def test_a_singular_test_finds_rows_and_names_its_file(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": ORDERS,
            "tests/positive.sql": "select * from {{ ref('orders') }} where amount < 0",
        }
    )
    result = shop.run("build")
    assert result.exit_code == 1
    assert "tests/positive.sql: 1 failing row" in result.stdout
    shown = shop.run("show", "--failures", "positive", "--output", "csv")
    assert (shown.exit_code, shown.stdout) == (2, ""), "nothing was published yet"


def test_a_generic_test_of_ones_own_with_an_argument(project: ProjectMaker) -> None:
    shop = checked(project, "- at_least:\n    arguments:\n      minimum: 0", column="amount")
    shop.write(
        "tests/generic/at_least.sql",
        "{% test at_least(model, column_name, minimum) %}\n"
        "select * from {{ model }} where {{ column_name }} < {{ minimum }}\n{% endtest %}\n",
    )
    assert status(shop) == "fail"
    assert failures(shop) == 1


def test_the_projects_own_test_replaces_the_one_that_comes_with_the_runner(
    project: ProjectMaker,
) -> None:
    shop = checked(project, "- unique")
    shop.write(
        "macros/unique.sql",
        "{% test unique(model, column_name) %} select 1 where false {% endtest %}",
    )
    assert status(shop) == "pass"


def test_the_grain_is_tested(project: ProjectMaker) -> None:
    shop = project({"models/orders.sql": ORDERS})
    for grain, expected in (("[order_id]", 1), ("[order_id, amount]", 0), ("[amount, channel]", 1)):
        shop.write("models/orders.yml", f"models:\n  - name: orders\n    grain: {grain}\n")
        assert shop.run("build").exit_code == expected, grain


def test_a_failing_test_keeps_what_reads_its_model_from_being_built(project: ProjectMaker) -> None:
    shop = checked(project, "- unique")
    shop.write("models/daily.sql", "select 1 as n from {{ ref('orders') }}")
    shop.write("models/other.sql", "select 1 as n")
    result = shop.run("build")
    assert result.exit_code == 1
    assert shop.statuses() == {
        "orders": "success",
        "unique_orders_order_id": "fail",
        "daily": "skipped",
        "other": "success",
    }


def test_a_test_that_reads_two_models_waits_for_both(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/a.sql": "select 1 as id",
            "models/b.sql": "select id from {{ ref('a') }}",
            "tests/same.sql": "select id from {{ ref('a') }} except select id from {{ ref('b') }}",
        }
    )
    shop.build()
    assert shop.statuses() == {"a": "success", "b": "success", "same": "pass"}


def test_a_source_is_tested(project: ProjectMaker) -> None:
    shop = project(
        {
            "data/orders.csv": "id\n1\n1\n",
            "models/sources.yml": """
                sources:
                  - name: raw
                    tables:
                      - name: orders
                        config: {external_location: data/orders.csv}
                        columns:
                          - name: id
                            data_type: integer
                            data_tests: [unique]
                """,
            "models/orders.sql": "select * from {{ source('raw', 'orders') }}",
        }
    )
    assert shop.run("build").exit_code == 1
    assert shop.statuses()["source_unique_raw_orders_id"] == "fail"


def test_test_runs_on_what_was_built_and_builds_nothing(project: ProjectMaker) -> None:
    shop = checked(project, "- not_null")
    shop.build()
    shop.execute("update orders set order_id = null where order_id = 1")
    result = shop.run("test")
    assert result.exit_code == 1
    assert shop.statuses() == {"not_null_orders_order_id": "fail"}
    assert shop.value("select count(*) from orders where order_id is null") == 1


def test_show_failures_gives_all_rows_that_a_test_finds(project: ProjectMaker) -> None:
    shop = checked(project, "- not_null:\n    config: {severity: warn}", column="channel")
    shop.build()
    shown = shop.run("show", "--failures", "not_null_orders_channel", "--output", "csv")
    assert shown.stdout.splitlines() == ["order_id,channel,amount", "2,,30"]


def test_tests_of_a_seed_described_as_a_model_were_lost(project: ProjectMaker) -> None:
    """dbt warns and takes the tests, but neither the description nor the configuration."""
    shop = project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "profiles.yml": "shop:\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n",
            "seeds/channels.csv": "id,name\n1,web\n,pos\n",
            "seeds/channels.yml": """
                models:
                  - name: channels
                    config: {alias: other}
                    columns:
                      - name: id
                        data_tests: [not_null, unique]
                """,
        }
    )
    result = shop.run("build")
    assert shop.statuses() == {
        "channels": "success", "not_null_channels_id": "fail", "unique_channels_id": "pass",
    }  # fmt: skip
    assert "models describes channels, which is a seed" in result.stdout + result.stderr
