"""A million rows into PostgreSQL: what that costs, as CPU time of runner and server together."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.postgres import ALONE, make_shop, measured
from tests.postgres.conftest import Postgres

ROWS = 1_000_000
WANTED = 200_000
"""Rows a second. Both work at the same time, so on a machine with two free cores it is more than that."""


@pytest.mark.skipif(not os.environ.get("RUNNER_ALL"), reason="a million rows; make test-postgres")
def test_a_million_rows_cost_less_than_five_seconds(server: Postgres, tmp_path: Path) -> None:
    shop, dsn = tmp_path / "shop", server.dsn("postgres")
    make_shop(shop, ROWS)
    export = [sys.executable, "-m", "runner", "export", "postgres", dsn, "--full"]
    alone = [sys.executable, "-c", ALONE, str((shop / "warehouse.duckdb").resolve()), dsn]
    costs = [measured(export, shop, server) for _ in range(2)]
    best = min(cost.client + cost.server for cost in costs)
    plain = measured(alone, shop, server)
    assert ROWS / best > WANTED, costs
    # Beside the rows alone: the start of the runner, the key's index, statistics and comments.
    assert best < 3 * (plain.client + plain.server), (costs, plain)
