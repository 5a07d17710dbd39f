"""Settings of incremental strategies that dbt-duckdb has: clauses, conditions, predicates."""

from __future__ import annotations

import pytest

from tests.conftest import Project, ProjectMaker

NEW = """
{{% if is_incremental() %}}
select * from (values (2, 'new', 20), (3, 'new', 30)) as t(id, name, amount)
{{% else %}}
select * from (values (1, 'old', 1), (2, 'old', 2)) as t(id, name, amount)
{{% endif %}}
"""
"""A row 2 that is there already and a row 3 that is not, after the rows 1 and 2."""


def twice(project: ProjectMaker, config: str) -> Project:
    """A project with an incremental model, built twice."""
    text = "{{{{ config(materialized='incremental', {config}) }}}}" + NEW
    shop = project({"models/orders.sql": text.format(config=config)})
    shop.build()
    shop.build("--full")
    return shop


MERGE = "incremental_strategy='merge', unique_key='id', "


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (MERGE, [(1, "old", 1), (2, "new", 20), (3, "new", 30)]),
        (
            "incremental_strategy='merge'",  # without a key: dbt joins `on false`
            [(1, "old", 1), (2, "new", 20), (2, "old", 2), (3, "new", 30)],
        ),
        (
            "incremental_strategy='merge', incremental_predicates=['true']",
            [(1, "old", 1), (2, "new", 20), (2, "old", 2), (3, "new", 30)],
        ),
        (
            MERGE + "merge_update_condition='DBT_INTERNAL_SOURCE.amount > 99'",
            [(1, "old", 1), (2, "old", 2), (3, "new", 30)],
        ),
        (
            MERGE + "merge_insert_condition='DBT_INTERNAL_SOURCE.amount > 99'",
            [(1, "old", 1), (2, "new", 20)],
        ),
        (
            MERGE + "merge_update_set_expressions={'amount': "
            "'DBT_INTERNAL_DEST.amount + DBT_INTERNAL_SOURCE.amount'}",
            [(1, "old", 1), (2, "new", 22), (3, "new", 30)],
        ),
        (
            "incremental_strategy='merge', merge_on_using_columns=['id'], "
            "merge_exclude_columns=['name']",
            [(1, "old", 1), (2, "old", 20), (3, "new", 30)],
        ),
        (
            MERGE + "merge_clauses={'when_matched': [{'action': 'delete'}], 'when_not_matched': ["
            "{'action': 'insert', 'mode': 'explicit', 'insert': "
            "{'columns': ['id', 'name'], 'values': ['DBT_INTERNAL_SOURCE.id', \"'made'\"]}}]}",
            [(1, "old", 1), (3, "made", None)],
        ),
        (
            MERGE + "merge_clauses={'when_matched': [{'action': 'do_nothing'}], "
            "'when_not_matched': [{'action': 'update', 'by': 'source', "
            "'set_expressions': {'name': \"'gone'\"}}, {'action': 'insert', 'mode': 'by_name'}]}",
            [(1, "gone", 1), (2, "old", 2), (3, "new", 30)],
        ),
    ],
)
def test_merge_passed_over_dbt_duckdb_s_conditions_expressions_and_clauses(
    project: ProjectMaker, config: str, expected: list[tuple[object, ...]]
) -> None:
    assert twice(project, config).rows("select * from orders order by all") == expected


def test_clauses_beside_the_settings_that_they_replace_are_refused(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/orders.sql": "{{ config(materialized='incremental', unique_key='id', "
            "incremental_strategy='merge', merge_update_columns=['name'], "
            "merge_clauses={'when_matched': [{'action': 'delete'}]}) }} select 1 as id"
        }
    )
    shop.build()
    result = shop.run("build", "--full")
    assert result.exit_code == 1
    assert "merge_clauses takes the place of merge_update_columns" in result.stdout


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # id is a column of the table and of the new rows: which one was ambiguous
        (
            "unique_key='id', incremental_predicates=['id > 2']",
            [(1, "old", 1), (2, "new", 20), (2, "old", 2), (3, "new", 30)],
        ),
        (
            "unique_key=['id'], incremental_predicates=['DBT_INCREMENTAL_TARGET.amount < 2']",
            [(1, "old", 1), (2, "new", 20), (2, "old", 2), (3, "new", 30)],
        ),
        ("unique_key='id % 2'", [(1, "old", 1), (2, "new", 20), (3, "new", 30)][1:]),
    ],
)
def test_predicates_and_key_expressions_of_delete_insert_were_ambiguous(
    project: ProjectMaker, config: str, expected: list[tuple[object, ...]]
) -> None:
    shop = twice(project, f"incremental_strategy='delete+insert', {config}")
    assert shop.rows("select * from orders order by id, name") == expected
