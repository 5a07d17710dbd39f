"""The published file in other DuckDBs: old and new wheels, and the browser's build, run by node.

Every relation is read and every table function called; what they hold must be what the version that
wrote the file finds.
"""

from __future__ import annotations

import json
import random
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_wheel import CLEAN
from tests.support.once import demo_shop
from tests.support.sample import ALL
from tests.warehouse import asking
from tests.warehouse.conftest import REPO
from tests.warehouse.test_report_clients import HOSTILE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

VERSIONS = (
    ("duckdb==1.1.*", "duckdb==1.4.*", "duckdb==1.5.*", "duckdb>=2")
    if ALL
    else ("duckdb==1.1.*",)  # test_wheel.py reads with the newest
)
WASM = "@duckdb/duckdb-wasm@1.32.0"

LIST = """
    select '"' || table_schema || '"."' || table_name || '"'
    from information_schema.tables where table_catalog = current_database() order by 1
"""
READER = """
import json, sys, duckdb
told = json.load(open(sys.argv[2]))
connection = duckdb.connect(sys.argv[1], read_only=True)
found = {}
for name, query in told.items():
    try:
        found[name] = str(connection.execute(query).fetchone()[0])
    except Exception as error:
        found[name] = f"{type(error).__name__}: {error}"
print(json.dumps({"version": duckdb.__version__, "found": found}))
"""
IN_NODE = """
const fs = require('fs'), path = require('path');
const duckdb = require('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs');
const dist = path.dirname(require.resolve('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs'));
const bundle = name => ({ mainModule: path.join(dist, `duckdb-${name}.wasm`), mainWorker: null });
(async () => {
  const db = await duckdb.createDuckDB({ mvp: bundle('mvp'), eh: bundle('eh') },
    new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
  await db.instantiate(() => {});
  db.registerFileBuffer('shop.duckdb', fs.readFileSync(process.argv[2]));
  db.open({ path: 'shop.duckdb', accessMode: duckdb.DuckDBAccessMode.READ_ONLY });
  const connection = db.connect(), found = {};
  const one = query => String(Object.values(connection.query(query).toArray()[0].toJSON())[0]);
  for (const [name, query] of Object.entries(JSON.parse(fs.readFileSync(process.argv[3])))) {
    try { found[name] = one(query); } catch (error) { found[name] = `error: ${error.message}`; }
  }
  process.stdout.write(JSON.stringify({ version: db.getVersion(), found }));
  process.exit(0);
})();
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo shop's warehouse, alone in a folder."""
    built = demo_shop(tmp_path_factory) / "warehouse.duckdb"
    return Path(shutil.copy(built.resolve(), tmp_path_factory.mktemp("readers") / "shop.duckdb"))


@pytest.fixture(scope="module")
def questions(file: Path) -> dict[str, str]:
    """Relation or function → a query of one cell: how many rows, and of one report its figures."""
    import duckdb

    script = runpy.run_path(str(REPO / "docs/make_metabase.py"))
    with duckdb.connect(str(file), read_only=True) as connection:
        relations = [str(name) for (name,) in connection.execute(LIST).fetchall()]
    asked = {name: f"select count(*) from (select * from {name})" for name in relations}
    functions: list[Any] = script["functions"]()
    for node in functions:
        values = {a.name: a.example or a.default for a in node.definition.signature.arguments}
        call = script["filled"](script["question"](node), values)
        asked[node.name] = f"select count(*) from ({call})"
    period = "date '2025-01-01', date '2025-12-31'"
    asked["figures"] = (
        "select string_agg(metric || '=' || coalesce(round(value, 4)::decimal(18, 4)::varchar, ''), ' '"
        f" order by metric) from kpis({period})"
    )
    return asked


@pytest.fixture(scope="module")
def hostile() -> dict[str, str]:
    """Function, argument and value → a query of one cell that may be refused; a few of each function."""
    chance, asked = random.Random(11), {}
    for report, arguments in asking.functions().items():
        given = {a.name: str(a.example) for a in arguments if a.default is None}
        for argument in chance.sample(arguments, min(3, len(arguments))):
            value = chance.choice([v for v in HOSTILE if len(v) < 2000])
            named = given | {argument.name: asking.text(value)}
            # Those without default by place: DuckDB 1.1 takes them in no other way.
            called = ", ".join(
                sql if name in given else f'"{name}" := {sql}' for name, sql in named.items()
            )
            asked[f"{report}, {argument.name}: {value}"] = (
                f"select count(answer) || ' rows' from {report}({called}) as answer"
            )
    return asked


@pytest.fixture(scope="module")
def expected(file: Path, questions: dict[str, str]) -> dict[str, str]:
    """What the version that wrote the file finds."""
    found = read(sys.executable, file, questions)["found"]
    assert len(found) > 200
    wrong = {name: said for name, said in found.items() if "Error" in said}
    assert wrong == {}
    assert "net_revenue=" in found["figures"]
    return dict(found)


def read(python: str | Path, file: Path, questions: dict[str, str]) -> dict[str, Any]:
    asked = file.with_suffix(".json")
    asked.write_text(json.dumps(questions), "utf-8")
    return called([str(python), "-c", READER, str(file), str(asked)])


def called(command: list[str], cwd: Path | None = None) -> dict[str, Any]:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=CLEAN, cwd=cwd, timeout=600
    )
    assert done.returncode == 0, f"{command[:2]}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    said = json.loads(done.stdout.splitlines()[-1])  # a bar of progress may stand before it
    assert isinstance(said, dict)
    return said


def differing(expected: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    return {
        name: f"{found.get(name)}, not {value}"
        for name, value in expected.items()
        if found.get(name) != value
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wheel_reads_every_relation_and_function(
    version: str, file: Path, questions: dict[str, str], expected: dict[str, str],
    hostile: dict[str, str], tmp_path: Path,
) -> None:  # fmt: skip
    python = tmp_path / "venv" / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    for command in (
        [*uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")],
        [*uv, "pip", "install", "--quiet", "--python", str(python), version, "pytz"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=CLEAN)
        if done.returncode != 0 and "No solution found" in done.stderr:
            pytest.skip(f"there is no {version} for this Python: {done.stderr.splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
    said = read(python, file, questions)
    assert differing(expected, said["found"]) == {}, said["version"]
    if said["version"].startswith("1.1."):  # where inf is no date yet, but infinity is
        hostile = {
            asked: query for asked, query in hostile.items() if not asked.endswith("_date: inf")
        }
    ours, theirs = (read(one, file, hostile)["found"] for one in (sys.executable, python))
    assert differing(*(refused(found) for found in (ours, theirs))) == {}, said["version"]


def refused(found: dict[str, str]) -> dict[str, str]:
    """What was answered, or that it was refused: the words of a refusal are a version's own."""
    for name, said in found.items():
        assert "Internal" not in said, name
    return {name: said if said.endswith(" rows") else "refused" for name, said in found.items()}


def test_the_browsers_build_reads_every_relation_and_function(
    file: Path, questions: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    got = subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", WASM],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if got.returncode != 0:
        pytest.skip(f"npm cannot be reached: {got.stderr[-200:]}")
    script, asked = tmp_path / "read.cjs", tmp_path / "asked.json"
    script.write_text(IN_NODE, "utf-8")
    asked.write_text(json.dumps(questions), "utf-8")
    said = called([node, str(script), str(file), str(asked)], cwd=tmp_path)
    assert differing(expected, said["found"]) == {}, said["version"]
