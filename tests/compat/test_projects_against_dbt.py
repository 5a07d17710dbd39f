"""Whole projects built by the runner and by dbt-core with dbt-duckdb: equal tables and statuses.

RUNNER_DBT names dbt's executable (`make test-compat` makes an environment for it).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support.sample import ALL, only_whole

PROJECTS = Path(__file__).parent / "projects"
DBT = os.environ.get("RUNNER_DBT")
pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(not DBT, reason="RUNNER_DBT does not name dbt's executable"),
]

KITCHEN = [
    "build --exclude test_type:unit",
    "build",
    "edit seeds/raw_orders.csv 3.25 33.5",
    "edit seeds/raw_orders.csv returned,100 placed,100",
    "seed",
    "build --exclude tag:slow",
    "build --full-refresh",
    "run --target prod -s +orders_by_customer",
    "test",
]
SAMPLE = ("edit ", "build --exclude ", "run ")
SELECTIONS = [
    "",
    "-s stg_orders+",
    "-s +orders_by_customer --exclude stg_both",
    "-s @stg_orders",
    "-s tag:stage,config.materialized:view",
    "-s source:seeded+1",
    "-s test_type:unit",
    "-s path:models/marts --resource-type model",
    "-s 'orders_*' --resource-type model",
    "-s product.v1+",
    "-s 1+orders_incremental+1",
]
UNLIKE = ("operation.", "exposure.")
"""dbt also reports hooks and exposures as results; ours are not steps."""


@pytest.fixture
def both(tmp_path: Path) -> dict[str, Path]:
    """The project twice, one for each tool."""
    for tool in ("dbt", "ours"):
        shutil.copytree(PROJECTS / "kitchen", tmp_path / tool)
    return {tool: tmp_path / tool for tool in ("dbt", "ours")}


def run(tool: str, folder: Path, arguments: str) -> subprocess.CompletedProcess[str]:
    import shlex

    command = [str(DBT)] if tool == "dbt" else [sys.executable, "-m", "runner"]
    if tool == "ours" and arguments.startswith("build"):
        arguments += " --full"
    return subprocess.run(
        [*command, *shlex.split(arguments), "--profiles-dir", "."],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0"},
    )  # fmt: skip


def statuses(folder: Path) -> dict[str, tuple[str, int | None]]:
    found = json.loads((folder / "target/run_results.json").read_text())
    return {
        result["unique_id"]: (result["status"], result["failures"])
        for result in found["results"]
        if not result["unique_id"].startswith(UNLIKE)
    }


def tables(file: Path) -> dict[str, tuple[object, list[str]]]:
    """Every relation: columns with types, and rows as sorted texts.

    Columns that hold the time of the run are compared as null or not.
    """
    with duckdb.connect(str(file), read_only=True) as database:
        names = database.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema <> '_runner' order by all"
        ).fetchall()
        found: dict[str, tuple[object, list[str]]] = {}
        for schema, name in names:
            relation = f'"{schema}"."{name}"'
            columns = database.execute(f"describe {relation}").fetchall()
            listed = [
                f'"{c[0]}" is null'
                if c[0].startswith("dbt_") and c[0] != "dbt_is_deleted"
                else f'"{c[0]}"'
                for c in columns
            ]
            rows = database.execute(f"select {', '.join(listed)} from {relation}").fetchall()
            found[relation] = ([(c[0], c[1]) for c in columns], sorted(map(repr, rows)))
    return found


@pytest.mark.timeout(600)
def test_a_project_of_many_features_is_built_as_dbt_builds_it(both: dict[str, Path]) -> None:
    for step in [step for step in KITCHEN if ALL or step.startswith(SAMPLE)]:
        if step.startswith("edit "):
            _, file, old, new = step.split(" ")
            for folder in both.values():
                text = (folder / file).read_text()
                assert old in text
                (folder / file).write_text(text.replace(old, new))
            continue
        ended = {tool: run(tool, folder, step) for tool, folder in both.items()}
        assert ended["ours"].returncode == ended["dbt"].returncode, (
            step + ended["ours"].stdout + ended["ours"].stderr + ended["dbt"].stdout
        )
        assert statuses(both["ours"]) == statuses(both["dbt"]), step
        ours, dbts = (tables(both[tool] / "kitchen.duckdb") for tool in ("ours", "dbt"))
        assert list(ours) == list(dbts), step
        for relation in ours:
            assert ours[relation] == dbts[relation], f"{relation} after {step}"


def test_a_new_project_of_dbts_kind_is_built_alike(tmp_path: Path) -> None:
    """What `runner init --dbt` makes is a project of dbt's, and `dbt build` ends as ours does."""
    folders = {tool: tmp_path / tool / "corner" for tool in ("dbt", "ours")}
    for folder in folders.values():
        folder.parent.mkdir()
        made = [sys.executable, "-m", "runner", "init", "corner", "--dbt"]
        subprocess.run(made, cwd=folder.parent, check=True, capture_output=True, timeout=60)
    ended = {tool: run(tool, folder, "build") for tool, folder in folders.items()}
    for tool, done in ended.items():
        assert done.returncode == 0, tool + done.stdout + done.stderr
        assert "eprecat" not in done.stdout, done.stdout
    assert statuses(folders["ours"]) == statuses(folders["dbt"])
    ours, dbts = (tables(folders[tool] / "warehouse.duckdb") for tool in ("ours", "dbt"))
    assert list(ours) == [f'"main"."{name}"' for name in ("customers", "orders", "stg_orders")]
    assert ours == dbts


@pytest.mark.timeout(600)
def test_selections_name_what_dbt_names(both: dict[str, Path]) -> None:
    for selection in SELECTIONS if ALL else SELECTIONS[::6]:
        arguments = f"ls {selection} -q" if selection else "ls -q"
        dbts = run("dbt", both["dbt"], arguments).stdout.split()
        ours = run("ours", both["ours"], arguments.replace(" -q", "")).stdout.split()
        assert sorted(ours) == sorted(dbts), selection


def test_the_manifest_names_the_same_nodes_with_the_same_parents(both: dict[str, Path]) -> None:
    manifests = {}
    for tool, folder in both.items():
        assert run(tool, folder, "parse").returncode == 0
        manifests[tool] = json.loads((folder / "target/manifest.json").read_text())
    ours, dbts = manifests["ours"], manifests["dbt"]
    hooks = {name for name in dbts["nodes"] if name.startswith("operation.")}
    assert set(ours["nodes"]) == set(dbts["nodes"]) - hooks
    for kind in ("sources", "exposures", "unit_tests"):
        assert set(ours[kind]) == set(dbts[kind])
    for name, parents in ours["parent_map"].items():
        assert sorted(parents) == sorted(dbts["parent_map"][name]), name
    for name, node in ours["nodes"].items():
        there = dbts["nodes"][name]
        for key in ("fqn", "alias", "schema", "database", "tags", "path", "original_file_path"):
            assert node[key] == there[key], f"{name} {key}"


# --- functions -----------------------------------------------------------------------------------

FUNCTIONS = [
    "build",
    "edit functions/is_large.sql amount> amount>=10.5+0*",
    "build -s is_large+",
    "run",
    "build -s resource_type:function --vars '{large: 30}'",
    "ls --resource-type function",
]
ASKED = "select order_id from large_orders() union all select 100 * is_large(12)::int order by all"


@only_whole
@pytest.mark.timeout(600)
def test_a_project_with_functions_is_built_as_dbt_builds_it(tmp_path: Path) -> None:
    folders = {tool: tmp_path / tool for tool in ("dbt", "ours")}
    for folder in folders.values():
        shutil.copytree(PROJECTS / "functions", folder)
    for step in FUNCTIONS:
        if step.startswith("edit "):
            _, file, old, new = step.split(" ")
            for folder in folders.values():
                text = (folder / file).read_text().replace(" ", "")
                assert old in text
                (folder / file).write_text(text.replace(old, new))
            continue
        ended = {tool: run(tool, folder, step) for tool, folder in folders.items()}
        assert ended["ours"].returncode == ended["dbt"].returncode == 0, step + ended["ours"].stdout
        if step.startswith("ls"):
            names = {tool: set(said.stdout.split()) for tool, said in ended.items()}
            assert names["ours"] <= names["dbt"], step
            assert "functions.tables.large_orders" in names["ours"]
            continue
        assert statuses(folders["ours"]) == statuses(folders["dbt"]), step
        files = {tool: folder / "functions.duckdb" for tool, folder in folders.items()}
        assert tables(files["ours"]) == tables(files["dbt"]), step
        answers = {}
        for tool, made in files.items():
            with duckdb.connect(str(made), read_only=True) as database:
                answers[tool] = database.execute(ASKED).fetchall()
        assert answers["ours"] == answers["dbt"], step
    manifests = {
        tool: json.loads((folder / "target/manifest.json").read_text())
        for tool, folder in folders.items()
    }
    ours, dbts = (manifests[tool]["functions"] for tool in ("ours", "dbt"))
    assert set(ours) == set(dbts)
    for id, function in dbts.items():
        assert set(function) <= set(ours[id]), id
        for key in (
            "name", "fqn", "alias", "path", "original_file_path", "relation_name", "raw_code",
            "arguments", "returns", "overloads", "refs", "functions", "config", "description",
            "meta", "tags", "patch_path", "language",
        ):  # fmt: skip
            assert ours[id][key] == function[key], f"{id} {key}"
        assert ours[id]["depends_on"]["nodes"] == function["depends_on"]["nodes"]
    for id, node in manifests["dbt"]["nodes"].items():
        assert manifests["ours"]["nodes"][id].get("functions") == node.get("functions"), id
    for name, parents in manifests["ours"]["parent_map"].items():
        assert sorted(parents) == sorted(manifests["dbt"]["parent_map"][name]), name
