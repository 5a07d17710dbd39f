"""What models and seeds leave behind that are no longer in the project."""

from __future__ import annotations

import pytest

from tests.conftest import Project, ProjectMaker

FILES = {
    "seeds/raw.csv": "id\n1\n",
    "models/fct.sql": "{{ config(materialized='table') }}\nselect * from {{ ref('raw') }}",
    "models/kpi.sql": "{{ config(materialized='view') }}\nselect count(*) as n from {{ ref('fct') }}",
    "models/other.sql": "{{ config(materialized='table') }}\nselect 1 as id",
    "snapshots/seen.sql": """
        {% snapshot seen %}
        {{ config(unique_key='id', strategy='check', check_cols='all', target_schema='main') }}
        select * from {{ ref('other') }}
        {% endsnapshot %}
        """,
}
LEFT = "no longer in the project: table main.fct, table main.raw, view main.kpi"


@pytest.fixture
def shop(project: ProjectMaker) -> Project:
    """A project that was built, and then lost a seed, a table, a view and a snapshot."""
    made = project(FILES)
    made.build()
    for path in FILES:
        if path != "models/other.sql":
            (made.root / path).unlink()
    return made


def names(shop: Project) -> list[str]:
    found = shop.rows(
        "select table_name from information_schema.tables where table_schema = 'main' order by 1"
    )
    return [str(name) for (name,) in found]


def test_orphans_stay_and_are_named_until_it_is_asked_to_drop_them(shop: Project) -> None:
    assert LEFT in shop.build().stdout
    assert LEFT in shop.build().stdout, "what was said before is said again"
    assert LEFT in shop.build("--full").stdout
    assert names(shop) == ["fct", "kpi", "other", "raw", "seen"]
    said = shop.build("--drop-orphans").stdout
    assert [f"dropped {what}" in said for what in ("table main.fct", "view main.kpi")] == [True] * 2
    assert names(shop) == ["other", "seen"], "a snapshot's rows are nowhere else"
    assert "no longer" not in shop.build().stdout
    shop.run("rollback")
    assert names(shop) == ["fct", "kpi", "other", "raw", "seen"]


def test_the_project_file_can_ask_for_it(shop: Project) -> None:
    shop.write(
        "pyproject.toml",
        '[tool.runner]\nname = "shop"\n[tool.runner.settings]\ndrop_orphans = true\n',
    )
    shop.build("-s", "other")
    assert names(shop) == ["other", "seen"]


def test_a_selection_says_nothing_of_orphans(shop: Project) -> None:
    assert "no longer" not in shop.build("-s", "other").stdout
    assert names(shop) == ["fct", "kpi", "other", "raw", "seen"]


def test_a_name_that_another_model_took_over_is_no_orphan(shop: Project) -> None:
    shop.write("models/new.sql", "{{ config(materialized='table', alias='fct') }}\nselect 2 as id")
    shop.build("--drop-orphans")
    assert names(shop) == ["fct", "other", "seen"]
    assert shop.rows("select id from fct") == [(2,)]


def test_nothing_is_dropped_while_another_program_has_written(shop: Project) -> None:
    shop.execute("create or replace table fct as select 'somebody''s' as id")
    for _ in range(2):
        shop.build("--drop-orphans")
        assert shop.rows("select id from fct") == [("somebody's",)]


def test_a_failed_build_drops_nothing_that_readers_see(shop: Project) -> None:
    shop.write("models/bad.sql", "{{ config(materialized='table') }}\nselect 1 / 'x' as id")
    assert shop.run("build", "--drop-orphans").exit_code == 1
    assert names(shop) == ["fct", "kpi", "other", "raw", "seen"]
