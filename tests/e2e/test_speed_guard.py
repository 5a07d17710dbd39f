"""A guard against slowness: a build costs little beside the same SQL in DuckDB alone.

Never times: a ratio of CPU seconds of whole processes where DuckDB works; where it does not, calls
counted in projects of two sizes, which are the same on slow and on busy machines.
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
IDLE_LIMIT = 40
"""Calls for each model: 13 (see `_calls`)."""
BYTECODE = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": tempfile.gettempdir() + "/runner-guard",
}
"""Where modules are kept compiled, as they are in life, whatever the tests' own environment says."""
LEAF_LIMIT = 500
"""Calls for each model: 240. Read, rendered and described again: 2,600."""
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
COUNTED = """
import sys, threading
calls = 0
def count(frame, event, argument):
    global calls
    calls += event == "call"
from runner.cli import main
threading.setprofile(count)
sys.setprofile(count)
try:
    main()
except SystemExit as ended:
    assert not ended.code
finally:
    sys.setprofile(None)
    print(f"calls={calls}")
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


def test_nothing_to_do_is_little_work_for_each_model(tmp_path: Path) -> None:
    """What a hundred more models cost a build that has nothing to do, in calls of Python functions."""
    few, many = (_built(tmp_path / str(models), models) for models in (MODELS // 2, MODELS))
    each = (_calls(many) - _calls(few)) / (MODELS // 2)
    assert each < IDLE_LIMIT, f"{each:.0f} calls for each model with nothing to do"


def test_one_edited_leaf_is_little_work_for_each_other_model(tmp_path: Path) -> None:
    """Far more where all models are read, rendered, described or hashed again for one of them."""
    few, many = (_built(tmp_path / str(models), models) for models in (MODELS // 2, MODELS))
    calls = []
    for folder in (few, many):
        for attempt in range(2):  # the first edit leaves what the next ones take
            _edit_leaf(folder, attempt + 1)
            counted = _calls(folder)
        calls.append(counted)
    each = (calls[1] - calls[0]) / (MODELS // 2)
    assert each < LEAF_LIMIT, f"{each:.0f} calls for each model that is not the edited one"


def _built(root: Path, models: int) -> Path:
    """A project that was built, and looked at once more: nothing of it is new."""
    root.mkdir()
    _write_project(root, models)
    for _ in range(2):
        _cpu([sys.executable, "-m", "runner", "build", "-q"], root)
    return root


def _edit_leaf(root: Path, attempt: int) -> None:
    """Make the last model, which none reads, give other rows."""
    leaf = max((root / "models").glob("*.sql"))
    text = leaf.read_text()
    if attempt == 1:
        text = text.replace("select id,", "select id + 0 as id,", 1)
    leaf.write_text(text.replace(f"id + {attempt - 1} as id", f"id + {attempt} as id", 1))


def _calls(root: Path) -> int:
    """Calls of Python functions in a build, on all its threads: the same number on every machine."""
    said, _ = _done([sys.executable, "-c", COUNTED, "build", "-q"], root)
    return int(said.rsplit("calls=", 1)[1])


def _write_project(root: Path, models: int = MODELS) -> None:
    """Models in layers of 40, each over two of the layer before; a tenth of them is tested."""
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
    for number in range(models):
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
    return _done(command, folder)[1]


def _done(command: list[str], folder: Path) -> tuple[str, float]:
    """What a command printed, which must succeed, and its CPU seconds."""
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
    return said, used.ru_utime + used.ru_stime
