"""Measure `runner export postgres`: a million rows of eight columns into a server of its own.

    python benchmarks/postgres.py [--rows 1000000] [--repeat 3]

Says rows a second of wall time, and of CPU time of the runner and of the server apart, so that the
figures mean something on a busy machine. Beside it the same rows by ADBC alone: no keys, comments,
checks or swap. Nothing is written outside a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.postgres.conftest import Postgres, programs  # noqa: E402  # found by the line above

MODEL = """
{{{{ config(materialized='table') }}}}
select
    range as order_id,
    'customer-' || (range * 7919 % 100003) as customer_id,
    (range % 100000)::decimal(18, 4) / 8 as amount,
    date '2020-01-01' + (range % 2000)::integer as order_date,
    timestamp '2020-01-01' + interval (range) second as ordered_at,
    range % 3 = 0 as is_new,
    (range % 977) / 977.0::double as ratio,
    case range % 5 when 0 then 'PL' when 1 then 'DE' when 2 then 'RO' end as country_code
from range({rows})
"""
PROPERTIES = """
models:
  - name: orders
    description: A row an order.
    config: {grain: [order_id]}
"""
PROFILE = """
shop:
  target: dev
  outputs: {dev: {type: duckdb, path: warehouse.duckdb, threads: 2}}
"""
ALONE = """
import sys, duckdb, adbc_driver_postgresql.dbapi as driver
rows = duckdb.connect(sys.argv[1], read_only=True).execute("select * from orders")
with driver.connect(sys.argv[2]) as there, there.cursor() as cursor:
    cursor.execute("drop table if exists alone")
    cursor.adbc_ingest("alone", rows.to_arrow_reader(100_000), mode="create")
    there.commit()
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: on the clock, of the client's CPU, of the server's CPU."""

    wall: float
    client: float
    server: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the export into PostgreSQL.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    found = programs()
    if found is None:
        sys.exit("PostgreSQL's server is not installed")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        shop, data = root / "shop", root / "server"
        make_shop(shop, given.rows)
        data.mkdir()
        if os.geteuid() == 0:
            import shutil

            shutil.chown(data, "nobody")
        server = Postgres(data, found)
        server.make()
        server.start()
        try:
            dsn = server.dsn("postgres")
            export = [sys.executable, "-m", "runner", "export", "postgres", dsn, "--full"]
            file = str((shop / "warehouse.duckdb").resolve())
            alone = [sys.executable, "-c", ALONE, file, dsn]
            costs = {
                name: [measured(command, shop, server) for _ in range(given.repeat)]
                for name, command in (("runner export", export), ("ADBC alone", alone))
            }
        finally:
            server.stop()
    print("| | wall s | client CPU s | server CPU s | rows/s, wall | rows/s, CPU of both |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, each in costs.items():
        best = min(each, key=lambda cost: cost.wall)
        both = min(cost.client + cost.server for cost in each)
        print(
            f"| {name} | {best.wall:.2f} | {best.client:.2f} | {best.server:.2f}"
            f" | {given.rows / best.wall:,.0f} | {given.rows / both:,.0f} |"
        )


def make_shop(shop: Path, rows: int) -> None:
    (shop / "models").mkdir(parents=True)
    (shop / "pyproject.toml").write_text('[tool.runner]\nname = "shop"\n')
    (shop / "profiles.yml").write_text(PROFILE)
    (shop / "models/orders.sql").write_text(MODEL.format(rows=rows))
    (shop / "models/orders.yml").write_text(PROPERTIES)
    run([sys.executable, "-m", "runner", "build", "-q"], shop)


def run(command: list[str], folder: Path) -> None:
    # Everybody may keep what Python compiles, which an environment can forbid.
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command[-3:]} failed\n{done.stdout}{done.stderr}")


def measured(command: list[str], folder: Path, server: Postgres) -> Cost:
    before, theirs, began = children(), server_seconds(server), time.monotonic()
    run(command, folder)
    wall = time.monotonic() - began
    # The server's process counts what a session used once that has ended.
    settled(lambda: server_seconds(server) > theirs)
    return Cost(wall, children() - before, server_seconds(server) - theirs)


def children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def server_seconds(server: Postgres) -> float:
    """CPU seconds of all sessions of the server that have ended."""
    head = (server.folder / "data/postmaster.pid").read_text().split()[0]
    fields = Path(f"/proc/{head}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def settled(is_so: Callable[[], bool]) -> None:
    for _ in range(100):
        if is_so():
            return
        time.sleep(0.05)


if __name__ == "__main__":
    main()
