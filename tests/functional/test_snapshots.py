"""Snapshots: every state that a row was seen in, with the time that it held."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.conftest import Project, ProjectMaker

COLUMNS = "id, name, dbt_valid_from, dbt_valid_to"


def snapshot(project: ProjectMaker, config: str) -> Project:
    return project(
        {
            "seeds/people.csv": "id,name,updated_at\n1,Ada,2026-01-01 00:00:00\n2,Ben,2026-01-01 00:00:00\n",
            "snapshots/history.sql": f"""
                {{% snapshot history %}}
                {{{{ config(unique_key='id', {config}) }}}}
                select * from {{{{ ref('people') }}}}
                {{% endsnapshot %}}
                """,
        }
    )


TIMESTAMP = "strategy='timestamp', updated_at='updated_at'"
FIRST = datetime(2026, 1, 1)
SECOND = datetime(2026, 1, 2)


def test_the_first_snapshot_holds_every_row_as_current(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP)
    shop.build()
    assert shop.rows(f"select {COLUMNS} from history order by id") == [
        (1, "Ada", FIRST, None),
        (2, "Ben", FIRST, None),
    ]


def test_by_timestamp_a_newer_row_ends_the_one_before(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP)
    shop.build()
    # 1 is newer, 2 changed its name but not its time, 3 is new.
    shop.write(
        "seeds/people.csv",
        "id,name,updated_at\n1,Ada L.,2026-01-02 00:00:00\n2,Benno,2026-01-01 00:00:00\n"
        "3,Cy,2026-01-02 00:00:00\n",
    )
    shop.build()
    assert shop.rows(f"select {COLUMNS} from history order by id, dbt_valid_from") == [
        (1, "Ada", FIRST, SECOND),
        (1, "Ada L.", SECOND, None),
        (2, "Ben", FIRST, None),
        (3, "Cy", SECOND, None),
    ]


def test_a_snapshot_of_the_same_rows_changes_nothing(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP)
    shop.build()
    before = shop.rows("select * from history order by all")
    shop.build("--full")
    shop.build("--full", "--full-refresh")
    assert shop.rows("select * from history order by all") == before


@pytest.mark.parametrize("columns", ["['name']", "'all'"])
def test_by_check_a_changed_column_ends_the_one_before(project: ProjectMaker, columns: str) -> None:
    shop = snapshot(project, f"strategy='check', check_cols={columns}")
    shop.build()
    shop.write(
        "seeds/people.csv",
        "id,name,updated_at\n1,Ada L.,2026-01-01 00:00:00\n2,Ben,2026-01-01 00:00:00\n",
    )
    shop.build()
    assert shop.rows("select id, name, dbt_valid_to is null from history order by id, 3") == [
        (1, "Ada", False),
        (1, "Ada L.", True),
        (2, "Ben", True),
    ]
    ends, starts = shop.rows(
        "select dbt_valid_to, dbt_valid_from from history where id = 1 order by dbt_valid_from"
    )
    assert ends[0] == starts[1]


def test_by_check_null_and_value_are_different(project: ProjectMaker) -> None:
    shop = snapshot(project, "strategy='check', check_cols=['name']")
    shop.build()
    shop.write(
        "seeds/people.csv",
        "id,name,updated_at\n1,,2026-01-01 00:00:00\n2,Ben,2026-01-01 00:00:00\n",
    )
    shop.build()
    assert shop.rows("select name from history where id = 1 and dbt_valid_to is null") == [(None,)]
    shop.write(
        "seeds/people.csv",
        "id,name,updated_at\n1,Ada,2026-01-01 00:00:00\n2,Ben,2026-01-01 00:00:00\n",
    )
    shop.build()
    assert shop.rows("select name from history where id = 1 and dbt_valid_to is null") == [("Ada",)]
    assert shop.value("select count(*) from history where id = 1") == 3


GONE = "id,name,updated_at\n1,Ada,2026-01-01 00:00:00\n"
BACK = GONE + "2,Ben,2026-01-03 00:00:00\n"


def test_a_deleted_row_stays_current_when_deletes_are_ignored(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP)
    shop.build()
    shop.write("seeds/people.csv", GONE)
    shop.build()
    assert shop.rows("select id, dbt_valid_to from history order by id") == [(1, None), (2, None)]


def test_a_deleted_row_ends_when_deletes_invalidate(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP + ", hard_deletes='invalidate'")
    shop.build()
    shop.write("seeds/people.csv", GONE)
    shop.build()
    assert shop.rows("select id, dbt_valid_to is null from history order by id") == [
        (1, True), (2, False),
    ]  # fmt: skip
    shop.write("seeds/people.csv", BACK)
    shop.build()
    assert shop.rows("select dbt_valid_to is null from history where id = 2 order by dbt_valid_from") == [
        (False,), (True,),
    ]  # fmt: skip


def test_a_deleted_row_gets_a_record_of_its_deletion(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP + ", hard_deletes='new_record'")
    shop.build()
    shop.write("seeds/people.csv", GONE)
    shop.build()
    rows = "select id, name, dbt_is_deleted, dbt_valid_to is null from history order by id, dbt_valid_from"
    assert shop.rows(rows) == [
        (1, "Ada", "False", True),
        (2, "Ben", "False", False),
        (2, "Ben", "True", True),
    ]
    shop.build()
    assert shop.value("select count(*) from history") == 3, "the deletion is recorded once"
    shop.write("seeds/people.csv", GONE + "2,Ben,2026-12-31 00:00:00\n")
    shop.build()
    assert shop.rows(rows)[-1] == (2, "Ben", "False", True)
    assert shop.value("select count(*) from history") == 4


def test_a_new_column_is_added_to_the_history(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP)
    shop.build()
    shop.write(
        "seeds/people.csv",
        "id,name,updated_at,city\n1,Ada,2026-01-02 00:00:00,Wien\n2,Ben,2026-01-01 00:00:00,Graz\n",
    )
    shop.build()
    assert shop.rows("select id, city from history order by id, dbt_valid_from") == [
        (1, None), (1, "Wien"), (2, None),
    ]  # fmt: skip


def test_a_snapshot_written_in_yaml(project: ProjectMaker) -> None:
    shop = project(
        {
            "models/people.sql": "select 1 as id, timestamp '2026-01-01' as updated_at",
            "snapshots/history.yml": """
                snapshots:
                  - name: history
                    relation: ref('people')
                    config:
                      strategy: timestamp
                      unique_key: id
                      updated_at: updated_at
                """,
        }
    )
    shop.build()
    assert shop.rows("select id, dbt_valid_from, dbt_valid_to from history") == [(1, FIRST, None)]


def test_the_open_end_can_be_a_date(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP + """, dbt_valid_to_current="timestamp '9999-12-31'" """)
    shop.build()
    shop.write("seeds/people.csv", "id,name,updated_at\n1,Ada L.,2026-01-02 00:00:00\n")
    shop.build()
    end = datetime(9999, 12, 31)
    assert shop.rows(f"select {COLUMNS} from history order by id, dbt_valid_from") == [
        (1, "Ada", FIRST, SECOND),
        (1, "Ada L.", SECOND, end),
        (2, "Ben", FIRST, end),
    ]


def test_a_snapshot_is_kept_when_models_are_built_anew(project: ProjectMaker) -> None:
    shop = snapshot(project, TIMESTAMP)
    shop.write("models/a.sql", "{{ config(materialized='table') }} select 1 as id")
    shop.build()
    shop.write("seeds/people.csv", "id,name,updated_at\n1,Ada L.,2026-01-02 00:00:00\n")
    shop.build("--full-refresh")
    assert shop.rows("select name from history where id = 1 order by dbt_valid_from") == [
        ("Ada",), ("Ada L.",),
    ]  # fmt: skip
