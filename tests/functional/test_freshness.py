"""Tables that others load: known to be unchanged by the time that their rows state, or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from runner.engines import Session
from runner.plan.plan import Step
from runner.run.events import Result
from runner.run.execute import Executor
from tests.conftest import Project, ProjectMaker

PROFILE = """
    shop:
      target: dev
      outputs:
        dev:
          type: duckdb
          path: warehouse.duckdb
          attach:
            - {path: crm.duckdb, alias: crm}
    """
SOURCES = """
    sources:
      - name: crm
        database: crm
        schema: main
        tables:
          - name: orders
            %s
    """
FILES = {
    "profiles.yml": PROFILE,
    "models/sources.yml": SOURCES % "loaded_at_field: loaded_at",
    "models/a.sql": "{{ config(materialized='table') }} select * from {{ source('crm', 'orders') }}",
    "models/b.sql": "{{ config(materialized='table') }} select count(*) as n from {{ ref('a') }}",
}


def load(shop: Project, *rows: tuple[int, str], file: str = "crm.duckdb") -> None:
    """Add rows to the table of somebody else."""
    with duckdb.connect(str((shop.root / file).resolve())) as loader:
        loader.execute("create table if not exists orders (id integer, loaded_at timestamp)")
        loader.executemany("insert into orders values (?, ?)", rows)


def why(shop: Project, name: str = "a") -> str:
    return shop.run("why", name).stdout.splitlines()[0]


def test_a_table_that_says_when_it_was_loaded_is_unchanged_until_it_is(
    project: ProjectMaker,
) -> None:
    shop = project(FILES)
    load(shop, (1, "2026-01-03"))
    shop.build()
    assert why(shop) == "a: unchanged"
    shop.build()
    assert set(shop.statuses().values()) == {"reused"}
    load(shop, (2, "2026-01-04 10:30:00"))
    newer = "source crm.orders has newer rows (loaded_at 2026-01-03 → 2026-01-04 10:30:00)"
    assert why(shop) == f"a: {newer}"
    assert shop.run("why", "b").stdout.splitlines() == ["b: parent a is built", f"  a: {newer}"]
    shop.build()
    assert shop.rows("select n from b") == [(2,)]
    load(shop, (3, "2026-01-02"))
    assert why(shop) == (
        "a: source crm.orders has other rows (2 → 3 rows, loaded_at 2026-01-04 10:30:00)"
    )
    shop.build()
    assert shop.rows("select n from b") == [(3,)]
    assert why(shop) == "a: unchanged"


def test_a_table_of_another_database_that_does_not_say_counts_as_changed(
    project: ProjectMaker,
) -> None:
    shop = project({**FILES, "models/sources.yml": SOURCES % "description: silent"})
    load(shop, (1, "2026-01-03"))
    shop.build()
    assert why(shop) == (
        "a: crm.orders may have changed: it cannot be known: its loaded_at_field is not declared"
    )
    shop.build()
    # The table that was made anew came out the same, and spares its reader.
    assert shop.statuses() == {"a": "success", "b": "reused"}


@pytest.mark.parametrize("command", ["build", "run", "build --full"])
def test_what_is_loaded_while_a_build_reads_is_new_to_the_next(
    project: ProjectMaker, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version is asked before anything is read: rows that come in later are not lost."""
    shop = project(FILES)
    load(shop, (1, "2026-01-03"))
    does = Executor.run

    def loaded_behind(executor: Executor, step: Step, session: Session) -> Result:
        result = does(executor, step, session)
        if step.node.name == "a":
            session.execute("insert into crm.main.orders values (9, '2026-02-01')")
        return result

    with monkeypatch.context() as patched:
        patched.setattr(Executor, "run", loaded_behind)
        assert shop.run(*command.split()).exit_code == 0
    assert shop.rows("select n from b") == [(1,)]
    newer = "source crm.orders has newer rows (loaded_at 2026-01-03 → 2026-02-01)"
    assert why(shop) == f"a: {newer}"
    shop.build()
    assert shop.rows("select n from b") == [(2,)]


@pytest.mark.parametrize(
    ("declared", "changes"),
    [
        # The filter leaves out the old row, whose number is no matter then.
        ("{loaded_at_field: loaded_at, freshness: {filter: \"loaded_at > '2026-01-01'\"}}", False),
        ("{loaded_at_field: loaded_at}", True),
        # A query alone gives the time; the rows are counted all the same.
        ("{loaded_at_query: 'select max(loaded_at) from {{ this }}'}", True),
    ],
)
def test_what_is_asked_is_what_is_declared(
    project: ProjectMaker, declared: str, changes: bool
) -> None:
    shop = project({**FILES, "models/sources.yml": SOURCES % f"config: {declared}"})
    load(shop, (1, "2026-01-03"))
    shop.build()
    assert why(shop) == "a: unchanged"
    load(shop, (2, "2025-12-31"))
    assert ("has other rows" in why(shop)) is changes


def test_in_the_own_file_the_reason_is_told_though_all_is_built(project: ProjectMaker) -> None:
    shop = project({
        **FILES,
        "profiles.yml": PROFILE.partition("          attach")[0],
        "models/sources.yml": (SOURCES % "loaded_at_field: loaded_at").replace(
            "        database: crm\n", ""),
    })  # fmt: skip
    load(shop, (1, "2026-01-03"), file="warehouse.duckdb")
    shop.build()
    shop.build()
    assert set(shop.statuses().values()) == {"reused"}
    load(shop, (2, "2026-01-04"), file="warehouse.duckdb")
    assert why(shop) == ("a: source crm.orders has newer rows (loaded_at 2026-01-03 → 2026-01-04)")
    assert why(shop, "b") == "b: the database was written by another program"
    shop.build()
    assert shop.rows("select n from b") == [(2,)]
    assert why(shop) == "a: unchanged"


# --- source freshness ------------------------------------------------------------------------------

LIMITS = "{loaded_at_field: loaded_at, freshness: {warn_after: {count: 6, period: hour}, error_after: {count: 2, period: day}}}"


def freshness(shop: Project, *arguments: str) -> tuple[int, str, Mapping[str, dict[str, Any]]]:
    result = shop.run("source", "freshness", *arguments)
    found = json.loads(shop.read("target/sources.json"))["results"]
    return result.exit_code, result.stdout + result.stderr, {r["unique_id"]: r for r in found}


@pytest.mark.parametrize(
    ("age", "status", "code", "said"),
    [
        (timedelta(hours=5, minutes=59), "pass", 0, "PASS  crm.orders  loaded "),
        (timedelta(hours=7), "warn", 0, ", 7 h 00 min ago: warn after 6 hours"),
        (timedelta(days=3), "error", 1, ", 3 days ago: error after 2 days"),
        (None, "error", 1, "ERROR crm.orders  has no rows: error after 2 days"),
    ],
)
def test_freshness_judges_the_newest_row(
    project: ProjectMaker, age: timedelta | None, status: str, code: int, said: str
) -> None:
    shop = project({**FILES, "models/sources.yml": SOURCES % f"config: {LIMITS}"})
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    load(shop, (1, "2025-01-01"))
    shop.build()
    if age is None:
        with duckdb.connect(str(shop.root / "crm.duckdb")) as loader:
            loader.execute("delete from orders")
    else:
        load(shop, (2, str(now - age)))
    exit_code, printed, found = freshness(shop)
    assert exit_code == code, printed
    assert said in printed
    result = found["source.shop.crm.orders"]
    assert result["status"] == status
    assert result["criteria"]["warn_after"] == {"count": 6, "period": "hour"}
    if age is not None:
        assert 0 <= result["max_loaded_at_time_ago_in_s"] - age.total_seconds() < 60


def test_freshness_asks_what_is_selected_and_says_what_cannot_be_asked(
    project: ProjectMaker,
) -> None:
    shop = project({
        **FILES,
        "models/sources.yml": SOURCES % f"config: {LIMITS}" + """
          - name: gone
            config: {freshness: {error_after: {count: 1, period: day}}, loaded_at_field: t}
          - name: silent
            config: {freshness: {error_after: {count: 1, period: day}}}
          - name: free
    """,
    })  # fmt: skip
    load(shop, (1, str(datetime.now(UTC).replace(tzinfo=None))))
    shop.build()
    exit_code, printed, found = freshness(shop)
    assert exit_code == 1
    assert "3 sources: 1 fresh, 2 not asked" in printed
    assert "crm.silent  cannot be asked: nothing says when it was loaded" in printed
    assert sorted(found) == [f"source.shop.crm.{name}" for name in ("gone", "orders", "silent")]
    exit_code, printed, found = freshness(shop, "-s", "source:crm.orders")
    assert exit_code == 0
    assert list(found) == ["source.shop.crm.orders"]
    other = shop.run("source", "freshness", "-s", "source:crm.orders", "-o", "other/fresh.json")
    assert other.exit_code == 0
    assert json.loads(shop.read("other/fresh.json"))["results"][0]["status"] == "pass"


def test_freshness_needs_limits_a_database_and_known_words(project: ProjectMaker) -> None:
    shop = project(FILES)
    result = shop.run("source", "freshness")
    assert result.exit_code == 0
    assert "no selected source has warn_after or error_after" in result.stdout
    shop.write("models/sources.yml", SOURCES % f"config: {LIMITS}")
    result = shop.run("source", "freshness")
    assert result.exit_code == 2
    assert "there is no database yet" in result.stderr
    shop.write("models/sources.yml", SOURCES % f"config: {LIMITS.replace('hour', 'hours')}")
    result = shop.run("source", "freshness")
    assert result.exit_code == 2
    assert "models/sources.yml:6" in result.stderr
    assert "warn_after is 6 hours" in result.stderr
    assert "minute, hour, day" in result.stderr
