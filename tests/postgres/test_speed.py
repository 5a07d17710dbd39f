"""A million rows into PostgreSQL: what that costs, as CPU time of runner and server together."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from tests.postgres.conftest import Postgres
from tests.support.sample import only_whole

BENCHMARK = Path(__file__).parents[2] / "benchmarks/postgres.py"
ROWS = 1_000_000
WANTED = 200_000
"""Rows a second. Both work at the same time, so on a machine with two free cores it is more than that."""


@only_whole
def test_a_million_rows_cost_less_than_five_seconds(server: Postgres, tmp_path: Path) -> None:
    parts = runpy.run_path(str(BENCHMARK))
    measured = parts["measured"]
    shop, dsn = tmp_path / "shop", server.dsn("postgres")
    parts["make_shop"](shop, ROWS)
    export = [sys.executable, "-m", "runner", "export", "postgres", dsn, "--full"]
    alone = [sys.executable, "-c", parts["ALONE"], str((shop / "warehouse.duckdb").resolve()), dsn]
    costs = [measured(export, shop, server) for _ in range(2)]
    best = min(cost.client + cost.server for cost in costs)
    plain = measured(alone, shop, server)
    assert ROWS / best > WANTED, costs
    # Beside the rows alone: the start of the runner, the key's index, statistics and comments.
    assert best < 3 * (plain.client + plain.server), (costs, plain)
