"""run_results.json, catalog.json, sources.json, and how artifacts are written."""

from __future__ import annotations

import json
import os
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbt_artifacts_parser.parser import parse_catalog_v1, parse_run_results_v6, parse_sources_v3

from runner.output.artifacts.catalog import catalog
from runner.output.artifacts.inputs import Facts, Freshness, Invocation
from runner.output.artifacts.run_results import run_results, run_results_text
from runner.output.artifacts.sources import sources
from runner.output.artifacts.write import write_json
from runner.output.values import dumps
from runner.project.nodes import Config, Definition, Kind, Node, RelationName, SourceTable

SAMPLE = runpy.run_path(str(Path(__file__).parents[1] / "golden/output/sample_run.py"))
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
INVOCATION = Invocation(
    id="abc", started_at=NOON, generated_at=NOON, version="0.1.0", project_name="shop",
    command="build", target_name="dev", args={"select": ["a"]}, vars={"token": "s3cr3t-value"},
)  # fmt: skip


def plain(value: object) -> Any:
    return json.loads(dumps(value))


def node(kind: Kind, name: str, materialized: str = "table") -> Node:
    source = None
    if kind is Kind.SOURCE:
        source = SourceTable("raw", name, name, None, "main",
                             freshness={"error_after": {"count": 1, "period": "day"}})  # fmt: skip
    written = Definition(kind, name, "shop", "x.sql", "models/x.sql", "models/x.sql", source=source)
    config = Config({"materialized": materialized})
    return Node(written, config, relation=RelationName("ware", "main", name))


def artifacts() -> dict[str, Any]:
    """One of each."""
    nodes = [node(Kind.MODEL, "orders", "view"), node(Kind.SEED, "s"), node(Kind.SOURCE, "r"),
             node(Kind.TEST, "t")]  # fmt: skip
    by_id = {each.id: each for each in nodes}
    types = {each.id: {"id": "INTEGER", "amount": "DECIMAL(10,2)"} for each in nodes}
    fresh = [
        Freshness("source.shop.raw.r", "warn", NOON, NOON + timedelta(hours=2), 0.1),
        Freshness("source.shop.raw.q", "runtime error", error="no such table"),
    ]
    facts = {"seed.shop.s": Facts(rows=3, comment="c", column_comments={"id": "the key"})}
    return {
        "run_results": plain(run_results(SAMPLE["FINISHED"].results, INVOCATION, elapsed=73.4)),
        "catalog": plain(catalog(by_id, types, INVOCATION, facts=facts)),
        "sources": plain(sources(fresh, by_id, INVOCATION, elapsed=0.2)),
    }


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return artifacts()


def test_strict_readers_take_them(made: dict[str, Any]) -> None:
    parse_run_results_v6(made["run_results"])
    parse_catalog_v1(made["catalog"])
    parse_sources_v3(made["sources"])


def test_results_as_text_say_what_the_dictionary_says() -> None:
    results = SAMPLE["FINISHED"].results
    text = run_results_text(results, INVOCATION, elapsed=73.4)
    assert json.loads(text) == plain(run_results(results, INVOCATION, elapsed=73.4))


def test_results_are_what_dbt_writes(made: dict[str, Any]) -> None:
    results = {result["unique_id"]: result for result in made["run_results"]["results"]}
    model = results["model.shop.stg_orders"]
    assert model["adapter_response"] == {"_message": "OK", "rows_affected": 2431}
    assert model["compiled"] is True
    assert model["timing"][0]["completed_at"] == "2026-01-02T12:00:00.120000Z"
    assert results["seed.shop.customers"]["compiled"] is None
    assert results["model.shop.fct"]["status"] == "skipped"
    assert results["model.shop.fct"]["compiled"] is False
    assert "did you mean customer_id?" in results["model.shop.dim"]["message"]
    assert results["test.shop.not_null_orders_customer.3c"]["failures"] == 12
    assert made["run_results"]["args"]["which"] == "build"


def test_the_catalog_has_what_lies_in_the_database(made: dict[str, Any]) -> None:
    made = made["catalog"]
    assert set(made["nodes"]) == {"model.shop.orders", "seed.shop.s"}
    assert set(made["sources"]) == {"source.shop.raw.r"}
    assert made["nodes"]["model.shop.orders"]["metadata"]["type"] == "VIEW"
    seed = made["nodes"]["seed.shop.s"]
    assert seed["metadata"]["type"] == "BASE TABLE"
    assert seed["columns"]["amount"] == {
        "type": "DECIMAL(10,2)", "index": 2, "name": "amount", "comment": None,
    }  # fmt: skip
    assert seed["columns"]["id"]["comment"] == "the key"
    assert seed["stats"]["num_rows"]["value"] == 3
    assert seed["stats"]["has_stats"]["include"] is False


def test_freshness_is_in_seconds_with_its_thresholds(made: dict[str, Any]) -> None:
    first, second = made["sources"]["results"]
    assert first["max_loaded_at_time_ago_in_s"] == 7200
    assert first["criteria"]["error_after"] == {"count": 1, "period": "day"}
    assert second == {
        "unique_id": "source.shop.raw.q", "error": "no such table", "status": "runtime error",
    }  # fmt: skip


def test_secrets_are_starred_out_of_values_but_not_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    value = {"token": 'my "s3cret" is token', "list": ["token=1", ("token",)], "short": "abc"}
    write_json(path, value, secrets=["token", 's3cret"', "abc", ""])
    assert json.loads(path.read_text()) == {
        "token": 'my "***** is *****', "list": ["*****=1", ["*****"]], "short": "abc",
    }  # fmt: skip


def test_a_writing_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.json"
    write_json(path, 1)

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_json(path, 2)
    assert path.read_text() == "1"
    assert os.listdir(tmp_path) == ["x.json"]


def test_the_file_gets_the_usual_rights(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {})
    other = tmp_path / "y"
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode
