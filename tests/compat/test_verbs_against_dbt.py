"""Verbs that leave an artifact of their own, by the runner and by dbt: the same steps, the same words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.support.sample import only_whole

DBT = os.environ.get("RUNNER_DBT")
pytestmark = [
    pytest.mark.compat,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DBT, reason="RUNNER_DBT does not name dbt's executable"),
]
PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, threads: 2}}}\n",
}


def made(folder: Path, files: Mapping[str, str]) -> dict[str, Path]:
    """The same project twice, one for each tool."""
    both = {"dbt": folder / "dbt", "ours": folder / "ours"}
    for root in both.values():
        for path, text in {**PROJECT, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
    return both


def run(tool: str, folder: Path, *arguments: str) -> tuple[int, str]:
    command = [str(DBT)] if tool == "dbt" else [sys.executable, "-m", "runner"]
    done = subprocess.run(
        [*command, *arguments, "--profiles-dir", "."], cwd=folder, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def statuses(folder: Path) -> dict[str, str]:
    found = json.loads((folder / "target/run_results.json").read_text())
    return {result["unique_id"]: result["status"] for result in found["results"]}


@only_whole
def test_retry_does_the_steps_that_dbt_does(tmp_path: Path) -> None:
    both = made(tmp_path, {
        "models/a.sql": "select 1 as id",
        "models/b.sql": "select {{ var('column') }} as id from {{ ref('a') }}",
        "models/c.sql": "select * from {{ ref('b') }}",
        "models/d.sql": "select * from {{ ref('a') }}",
        "tests/bad.sql": "select * from {{ ref('a') }} where id = {{ var('column', 1) }}",
    })  # fmt: skip
    asked = ("build", "--exclude", "d", "--vars", "{column: nothing}")
    steps = [
        asked,
        ("retry",),
        ("retry", "--vars", "{column: '2'}"),
        ("retry",),
    ]
    for step in steps:
        codes, found = {}, {}
        for tool, folder in both.items():
            codes[tool], said = run(tool, folder, *step)
            found[tool] = (statuses(folder), said)
        assert codes["ours"] == codes["dbt"], f"{step}\n{found}"
        if step != steps[-1]:  # dbt writes empty results for a retry of nothing
            assert found["ours"][0] == found["dbt"][0], step


def test_what_dbt_wrote_into_the_published_file_is_noticed(tmp_path: Path) -> None:
    folder = made(tmp_path, {
        "models/a.sql": "{{ config(materialized='table') }} select {{ var('version') }} as version",
    })["ours"]  # fmt: skip
    query = "select version from a"
    for tool, number in (("ours", 1), ("dbt", 2), ("ours", 1)):
        code, said = run(tool, folder, "build", "--vars", f"version: {number}")
        assert code == 0, said
        with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as shop:
            assert shop.execute(query).fetchall() == [(number,)]
    # What the runner built last is what it would build now; dbt has replaced it all the same.
    assert "shop.duckdb was written by another program since release" in said
    assert statuses(folder) == {"model.shop.a": "success"}


SOURCES = """
sources:
  - name: raw
    schema: main
    config:
      loaded_at_field: loaded_at
      freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 2, period: day}}
    tables:
      - name: fresh
      - name: late
      - name: too_late
      - name: empty
      - name: gone
      - name: asked
        config:
          loaded_at_query: select max(loaded_at) from {{ this }} where loaded_at < '2026-01-01'
      - name: filtered
        config:
          freshness: {filter: "loaded_at < '2026-01-01'"}
      - name: without
        config: {freshness: null}
"""


def moment(result: Mapping[str, str]) -> datetime | None:
    return datetime.fromisoformat(result["max_loaded_at"]) if "max_loaded_at" in result else None


def test_source_freshness_says_what_dbt_says(tmp_path: Path) -> None:
    both = made(tmp_path, {"models/sources.yml": SOURCES, "models/a.sql": "select 1 as id"})
    now = datetime.now(UTC).replace(tzinfo=None)
    old = "timestamp '2025-12-31 10:00:00'"
    tables = {
        "fresh": f"timestamp '{now}'",
        "late": f"timestamp '{now - timedelta(hours=20)}'",
        "too_late": f"timestamp '{now - timedelta(hours=50)}'",
        "empty": "null::timestamp",
        "asked": f"unnest([{old}, timestamp '{now}'])",
        "filtered": f"unnest([{old}, timestamp '{now}'])",
        "without": old,
    }
    for folder in both.values():
        with duckdb.connect(str(folder / "shop.duckdb")) as loader:
            for name, value in tables.items():
                loader.execute(f"create table {name} as select {value} as loaded_at")
    for arguments in ((), ("--select", "source:raw.fresh source:raw.late")):
        codes, found = {}, {}
        for tool, folder in both.items():
            codes[tool], said = run(tool, folder, "source", "freshness", *arguments)
            text = (folder / "target/sources.json").read_text()
            results = {r["unique_id"]: r for r in json.loads(text)["results"]}
            found[tool] = {
                id: (r["status"], moment(r), r.get("criteria"), sorted(r))
                for id, r in results.items()
            }
            assert results, said
        # dbt's schema has a place for what could not be asked, and dbt leaves it out; ours tells it.
        asked = {id: told for id, told in found["ours"].items() if told[0] != "runtime error"}
        assert asked == found["dbt"]
        assert codes["ours"] == codes["dbt"]
        assert ("source.shop.raw.gone" in found["ours"]) is (not arguments)
