"""Measure the warehouse on the demo shop: the runner's build against its own SQL run by hand.

    python benchmarks/warehouse.py [--customers 10000 100000 1000000] [--steps build "by hand"] [--select NODE …] [--keep FOLDER]

For each size the demo shop is generated as Parquet, and then

- `build`: the warehouse is built and tested from nothing, with `memory_limit: 2GB`;
- `by hand`: the same seeds, compiled SQL and tests, in the same order, by plain DuckDB in one process;
- `in 1 GB`: the build once more with `memory_limit: 1GB`;
- `one more day`: the shop as it was a day earlier is built, then the last day is added and built.

`--select +marts.core` measures from the sources to the core alone, with its tests.

CPU seconds (user and system), wall seconds, and the largest resident size of the process. Ratios are
those of one run. Nothing is written outside a temporary folder, or the folder of --keep.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PARTS = (
    "models", "macros", "seeds", "functions", "dashboards", "tests/data", "settings", "pyproject.toml",
)  # fmt: skip
PROFILE = """\
shop:
  target: dev
  outputs:
    dev: {{type: duckdb, path: warehouse.duckdb, schema: main, threads: 4, settings: {{memory_limit: {limit}}}}}
"""
LIMIT, SMALL = "2GB", "1GB"
MADE = ("--resource-type", "seed", "model", "snapshot", "function")
TESTED = (*MADE, "test")
DATED = {
    "campaign_events": "occurred_at", "carts": "created_at", "customers": "created_at",
    "leads": "created_at", "marketing_spend": "spend_date", "orders": "ordered_at",
    "payments": "paid_at", "refunds": "refunded_at", "reviews": "created_at",
    "seo_traffic": "traffic_date", "sessions": "started_at", "social_comments": "created_at",
    "subscriptions": "started_at", "support_tickets": "created_at", "surveys": "sent_at",
    "web_events": "occurred_at",
}  # fmt: skip
"""Files that grow by the day, and when a row of theirs came to be."""
HANGING = {
    "order_items": ("order_id", "orders"), "order_discounts": ("order_id", "orders"),
    "refund_items": ("refund_id", "refunds"), "cart_items": ("cart_id", "carts"),
}  # fmt: skip
"""Files whose rows came to be with a row of another file."""


STEPS = ("build", "by hand", "in 1 GB", "one more day")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process used: CPU and wall seconds, and its largest resident size in MB."""

    cpu: float
    wall: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the warehouse on the demo shop.")
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--steps", nargs="+", default=STEPS, choices=STEPS, metavar="STEP",
                        help=f"of: {', '.join(STEPS)}")  # fmt: skip
    parser.add_argument("--select", nargs="+", default=(), metavar="NODE",
                        help="build only these, as in runner build --select")  # fmt: skip
    parser.add_argument("--keep", type=Path, help="a folder for data and databases, kept")
    parser.add_argument("--by-hand", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.by_hand:
        by_hand(given.by_hand)
        return
    with tempfile.TemporaryDirectory(prefix="runner-warehouse-") as folder:
        place = (given.keep or Path(folder)).resolve()
        print(
            table(
                {
                    size: measured(place / str(size), size, given.steps, given.select)
                    for size in given.customers
                }
            )
        )


def measured(
    place: Path, customers: int, steps: Collection[str], select: Collection[str]
) -> dict[str, Cost]:
    """The steps for one size."""
    chosen = ("--indirect-selection", "buildable", "--select", *select) if select else ()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    say(f"{customers:,} customers: the shop")
    today, found = generated(place, customers), {}
    project = copied(place / "warehouse", today)
    run(["parse"], project)  # Python compiles its modules once

    def measure(step: str, cost: Callable[[], Cost]) -> None:
        say(step)
        found[step] = cost()
        say(f"  {found[step].cpu:.1f} CPU s, {found[step].memory:.0f} MB")

    if "build" in steps or "by hand" in steps:
        measure("build", lambda: run(["build", "-q", *TESTED, *chosen], project))
    if "by hand" in steps:
        command = [sys.executable, __file__, "--by-hand", str(project)]
        measure("by hand", lambda: cost(command, place))
    if "in 1 GB" in steps:
        limited = copied(place / "limited", today, SMALL)
        measure("in 1 GB", lambda: run(["build", "-q", *TESTED, *chosen], limited))
    if "one more day" in steps:
        growing = copied(place / "growing", day_before(place, today))
        run(["build", "-q", *MADE, *chosen], growing)
        for file in today.iterdir():
            shutil.copy(file, place / "yesterday" / file.name)
        measure("one more day", lambda: run(["build", "-q", *TESTED, *chosen], growing))
    return found


def generated(place: Path, customers: int) -> Path:
    """The files of a shop of this size."""
    demo = place / "demo"
    shutil.copytree(ROOT / "demo", demo, ignore=shutil.ignore_patterns("data", "target", ".runner"))
    (demo / "shop").mkdir()
    given = {"customers": customers, "output": "shop", "format": "parquet"}
    run(["build", "-q", *MADE, "--vars", json.dumps(given)], demo)
    return demo / "shop"


def day_before(place: Path, today: Path) -> Path:
    """The files as they were a day before the last order."""
    import duckdb

    folder = place / "yesterday"
    folder.mkdir()
    database = duckdb.connect()
    (last,) = database.execute(
        f"select max(ordered_at)::date from '{today}/orders.parquet'"
    ).fetchall()[0]
    for name in (*DATED, *HANGING, *(file.stem for file in sorted(today.iterdir()))):
        source, target = today / f"{name}.parquet", folder / f"{name}.parquet"
        if target.exists() or not source.exists():
            continue
        rows = f"from '{source}'"
        if name in DATED:
            rows += f" where {DATED[name]}::date < date '{last}'"
        elif name in HANGING:
            key, parent = HANGING[name]
            rows += f" where {key} in (select {key} from '{folder}/{parent}.parquet')"
        database.execute(f"copy ({rows}) to '{target}' (format parquet)")
    return folder


def copied(project: Path, data: Path, limit: str = LIMIT) -> Path:
    """The warehouse as a project of its own that reads these files."""
    project.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, project / part)
        else:
            shutil.copy(source, project / part)
    (project / "profiles.yml").write_text(PROFILE.format(limit=limit))
    settings_file = project / "settings" / "demo.yml"
    given = settings_file.read_text()
    assert "data_dir: demo/data" in given, "the demo's folder is stated otherwise now"
    settings_file.write_text(given.replace("data_dir: demo/data", f"data_dir: {data}"))
    return project


# --- by hand ------------------------------------------------------------------------------------


def by_hand(project: Path) -> None:
    """What a build of this project ran, by DuckDB alone: seeds, models and data tests."""
    import duckdb

    manifest = json.loads((project / "target/manifest.json").read_text())
    results = json.loads((project / "target/run_results.json").read_text())["results"]
    folder = project.parent / "hand"
    folder.mkdir(exist_ok=True)
    os.chdir(project)
    database = duckdb.connect(str(folder / "warehouse.duckdb"), config={"memory_limit": LIMIT})
    database.execute(f"attach '{project / 'warehouse.duckdb'}' as built (read_only)")
    for (schema,) in database.execute(
        "select schema_name from duckdb_schemas() where database_name = 'built' and not internal"
    ).fetchall():
        database.execute(f'create schema if not exists "{schema}"')
    for id in (result["unique_id"] for result in results):
        node = manifest["nodes"].get(id) or manifest["functions"].get(id)
        if node is None:
            continue
        sql, name = node.get("compiled_code"), node["relation_name"]
        if node["resource_type"] == "function":
            database.execute(macro(node))
            continue
        if node["resource_type"] == "seed" or node.get("language") == "python":
            database.execute(f"create or replace table {name} as from built.{inside(name)}")
        elif node["resource_type"] == "test":
            database.execute(f"select count(*) from ({sql.strip().rstrip(';')}) found").fetchall()
        elif node["config"]["materialized"] == "view":
            database.execute(f"create or replace view {name} as {sql}")
        elif node["config"]["materialized"] != "ephemeral":
            database.execute(f"create or replace table {name} as {sql}")
    database.execute("checkpoint")
    database.close()


def macro(node: Mapping[str, Any]) -> str:
    """The statement that makes a function."""
    given = ", ".join(
        f"{argument['name']} := {argument['default_value']}" if argument["default_value"] is not None
        else argument["name"]
        for argument in node["arguments"]
    )  # fmt: skip
    of_table = "table" if node["returns"]["data_type"] == "table" else ""
    body = node["compiled_code"].strip().rstrip(";")
    return f"create or replace macro {node['relation_name']}({given}) as {of_table} {body}"


def inside(name: str) -> str:
    """A relation's name without its database."""
    return name.partition(".")[2]


# --- measuring ------------------------------------------------------------------------------------


def run(arguments: list[str], project: Path) -> Cost:
    """What the runner uses for a command."""
    return cost([sys.executable, "-m", "runner", *arguments], project)


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command and say what it used. Raises RuntimeError when it fails."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(
                f"{' '.join(command)} ended with {process.returncode}:\n{said.read()}"
            )
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    wall = time.perf_counter() - began
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / per_mb)


def say(text: str) -> None:
    print(f"  {text} …", file=sys.stderr, flush=True)


def table(found: dict[int, dict[str, Cost]]) -> str:
    """The figures as a Markdown table."""
    lines = [
        "| customers | step | CPU s | of by hand | wall s | peak MB |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for size, steps in found.items():
        for step, used in steps.items():
            ratio = f"{used.cpu / steps['by hand'].cpu:.2f}" if "by hand" in steps else ""
            lines.append(
                f"| {size:,} | {step} | {used.cpu:.1f} | {ratio} | {used.wall:.1f} |"
                f" {used.memory:.0f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
