"""A guard against slowness: a build costs little beside the same SQL in DuckDB alone.

Ratios of CPU seconds of whole processes, never times: they hold on slow and on busy machines.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from tests.conftest import SOURCE

MODELS = 200
LIMIT = 1.6
IDLE_LIMIT = 3
BYTECODE = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": tempfile.gettempdir() + "/runner-guard",
}
"""Where modules are kept compiled, as they are in life, whatever the tests' own environment says."""
LEAF_LIMIT = 1.9
ATTEMPTS = 3
LAYER = 40
RAW = """
import json, sys, duckdb
connection = duckdb.connect("raw_limit.duckdb")
connection.execute("create schema if not exists wh")
for name, sql in json.load(open("compiled.json")):
    connection.execute(f"create or replace table wh.{name} as {sql}").fetchall()
    if name.endswith("0"):
        assert connection.execute(f"select count(*) from wh.{name} where id is null").fetchone()[0] == 0
        assert connection.execute(
            f"select count(*) from (select id from wh.{name} where id is not null"
            " group by id having count(*) > 1)"
        ).fetchone()[0] == 0
connection.close()
"""
ALONE = """
import shutil, duckdb
shutil.copyfile("warehouse.duckdb", "alone.duckdb")
connection = duckdb.connect("alone.duckdb", config={"threads": 1})
connection.execute("create or replace table wh.m199 as select * from wh.m198")
connection.execute("checkpoint")
connection.close()
"""


def test_a_build_costs_little_beside_its_sql(tmp_path: Path) -> None:
    ratios = []
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        _write_project(folder)
        raw = _cpu([sys.executable, "-c", RAW], folder)
        ours = _cpu([sys.executable, "-m", "runner", "build", "-q"], folder)
        ratios.append(ours / raw)
        if ratios[-1] < LIMIT:
            return
    raise AssertionError(f"a full build costs {min(ratios):.2f} times its SQL: {ratios}")


def test_nothing_to_do_costs_little_beside_starting(tmp_path: Path) -> None:
    """The second build with nothing to do: at 200 models less than three starts (of about 0.08 s)."""
    _write_project(tmp_path)
    runner = [sys.executable, "-m", "runner"]
    for _ in range(2):
        _cpu([*runner, "build", "-q"], tmp_path)
    ratios = []
    for _ in range(ATTEMPTS):
        start = _cpu([*runner, "--version"], tmp_path)
        ratios.append(_cpu([*runner, "build", "-q"], tmp_path) / start)
        if ratios[-1] < IDLE_LIMIT:
            return
    raise AssertionError(f"nothing to do costs {min(ratios):.2f} starts: {ratios}")


def test_one_edited_leaf_costs_little_beside_starting_and_duckdb(tmp_path: Path) -> None:
    """Against a start and what DuckDB takes for the same: opening a copy, one table, a checkpoint.

    At 200 models 1.7; 2.0 where all of them are read, rendered and described again.
    """
    _write_project(tmp_path)
    runner = [sys.executable, "-m", "runner"]
    for _ in range(2):
        _cpu([*runner, "build", "-q"], tmp_path)
    leaf = tmp_path / "models" / f"m{MODELS - 1:03}.sql"
    text = leaf.read_text()
    ratios = []
    for attempt in range(ATTEMPTS + 1):
        leaf.write_text(text.replace("select id,", f"select id + {attempt + 1} as id,", 1))
        start = _cpu([*runner, "--version"], tmp_path)
        alone = _cpu([sys.executable, "-c", ALONE], tmp_path)
        ours = _cpu([*runner, "build", "-q"], tmp_path)
        if not attempt:
            continue  # the first edit leaves what the next ones take
        ratios.append(ours / (start + alone))
        if ratios[-1] < LEAF_LIMIT:
            return
    raise AssertionError(f"one leaf costs {min(ratios):.2f} of a start and DuckDB alone: {ratios}")


def _write_project(root: Path) -> None:
    """200 models in layers of 40, each over two of the layer before; a tenth of them is tested."""
    with duckdb.connect(str(root / "raw_limit.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.orders as select i as id, i % 50 as customer_id,"
            " date '2026-01-01' + (i % 90)::integer as order_date,"
            " ((i * 7919) % 10000) / 100 as amount from range(1000) as t(i)"
        )
    (root / "warehouse.duckdb").write_bytes((root / "raw_limit.duckdb").read_bytes())
    (root / "models").mkdir()
    (root / "dbt_project.yml").write_text(
        "name: guard\nprofile: guard\nvars: {least: 0}\nmodels: {guard: {+materialized: table}}\n"
    )
    (root / "profiles.yml").write_text(
        "guard: {outputs: {dev: {type: duckdb, path: warehouse.duckdb, schema: wh, threads: 2}}}\n"
    )
    described = "sources: [{name: raw, tables: [{name: orders}]}]\nmodels:\n"
    compiled = []
    for number in range(MODELS):
        name = f"m{number:03}"
        below = number - number % LAYER - LAYER
        parents = (
            [f"m{below + (number * step) % LAYER:03}" for step in (3, 7)] if below >= 0 else []
        )
        template = _model("{{ source('raw', 'orders') }}", parents, "{{ ref('%s') }}",
                          "{{ var('least') }}")  # fmt: skip
        (root / "models" / f"{name}.sql").write_text(template)
        compiled.append((name, _model("raw.orders", parents, "wh.%s", "0")))
        if name.endswith("0"):
            described += (
                f"  - {{name: {name}, columns: [{{name: id, data_tests: [not_null, unique]}}]}}\n"
            )
    (root / "models" / "schema.yml").write_text(described)
    (root / "compiled.json").write_text(json.dumps(compiled))


def _model(orders: str, parents: list[str], reference: str, least: str) -> str:
    """A model's query over the orders, or over two models."""
    base, *others = [reference % parent for parent in parents] or [orders]
    joined = "".join(
        f",\nagg_{n} as (\n    select id, sum(amount) as amount_{n}, max(order_date) as last_{n}\n"
        f"    from {other}\n    group by id\n)"
        for n, other in enumerate(others)
    )
    columns = "".join(f", coalesce(amount_{n}, 0) as amount_{n}" for n, _ in enumerate(others))
    joins = "".join(
        f"\n    left join agg_{n} on base.id = agg_{n}.id" for n, _ in enumerate(others)
    )
    return (
        "with base as (\n    select id, customer_id, order_date, amount\n"
        f"    from {base}\n    where amount >= {least}\n){joined},\njoined as (\n"
        f"    select base.*{columns}\n    from base{joins}\n),\nwindowed as (\n"
        "    select *, row_number() over (partition by customer_id order by order_date, id) as rn,\n"
        "        sum(amount) over (partition by customer_id order by order_date, id) as running,\n"
        "        avg(amount) over (partition by order_date) as daily,\n"
        "        case when amount > 50 then 'large' else 'small' end as size\n    from joined\n)\n"
        f"select id, customer_id, order_date, amount, rn, running, daily, size{columns and ', amount_0'}\n"
        "from windowed"
    )


def _cpu(command: list[str], folder: Path) -> float:
    """CPU seconds of a command, which must succeed."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("DBT_")}
    process = subprocess.Popen(
        command, cwd=folder, env={**environ, "PYTHONPATH": str(SOURCE), **BYTECODE},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout:
        process.stdout.close()
    assert process.returncode == 0, said
    return used.ru_utime + used.ru_stime
