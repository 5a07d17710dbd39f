"""Builds the warehouse of this repository and reads what came out."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.support.once import demo_shop, once
from tests.support.sample import ALL

REPO = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("RUNNER_SHARED", REPO.parent / "shared"))

# Builds what follows and its parents, with the tests that need nothing else.
PART = ("--indirect-selection", "buildable", "--select")

Row = dict[str, object]


class Warehouse:
    """One built database, open for reading."""

    def __init__(self, path: Path) -> None:
        self.connection = duckdb.connect(str(path), read_only=True)

    def tuples(self, query: str) -> list[tuple[object, ...]]:
        return self.connection.execute(query).fetchall()

    def rows(self, query: str) -> list[Row]:
        cursor = self.connection.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def row(self, query: str) -> Row:
        (only,) = self.rows(query)
        return only

    def value(self, query: str) -> object:
        ((only,),) = self.tuples(query)
        return only


@cache
def _target() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="runner-target-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


Build = Callable[..., Warehouse]
TryBuild = Callable[..., subprocess.CompletedProcess[str]]


def run_build(
    database: Path, variables: dict[str, object], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Build the project into `database` with the runner, as a person would.

    Without unit tests: they need no data, and the demo shop's build runs them for all. With the target
    folder of all builds of this process, whose cache knows what the project's texts are.
    """
    command = [
        *(sys.executable, "-m", "runner", "build"),
        *("--project-dir", str(REPO), "--target-path", str(_target())),
        *("--vars", yaml.safe_dump(variables), *arguments, "--exclude-resource-type", "unit_test"),
    ]
    environment = {**os.environ, "RUNNER_DATABASE": str(database)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Build once per call: build("name", variables, *arguments) -> Warehouse."""
    opened: list[Warehouse] = []

    def build_once(name: str, variables: dict[str, object], *arguments: str) -> Warehouse:
        folder = tmp_path_factory.mktemp(name)
        done = run_build(folder / f"{name}.duckdb", variables, *arguments)
        assert done.returncode == 0, f"{' '.join(done.args)}\n{done.stdout}\n{done.stderr}"
        opened.append(Warehouse(folder / f"{name}.duckdb"))
        return opened[-1]

    yield build_once
    for warehouse in opened:
        warehouse.connection.close()


@pytest.fixture(scope="session")
def try_build(tmp_path_factory: pytest.TempPathFactory) -> TryBuild:
    """Build and say how it went: try_build("name", variables, *arguments) -> the process."""

    def try_once(
        name: str, variables: dict[str, object], *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        return run_build(tmp_path_factory.mktemp(name) / f"{name}.duckdb", variables, *arguments)

    return try_once


@pytest.fixture(scope="session")
def repo() -> Path:
    return REPO


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The warehouse of the demo shop, built once by all workers for tests that only read it."""
    warehouse = Warehouse(demo_shop(tmp_path_factory) / "warehouse.duckdb")
    yield warehouse
    warehouse.connection.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and reference results; absent on a plain checkout, never in CI."""
    if not SHARED.is_dir():
        message = f"no shared data at {SHARED}: set RUNNER_SHARED to its folder"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED


@pytest.fixture(scope="session")
def online_retail_settings(
    shared: Path, repo: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """The reference's settings, on the sheet cut where the second sheet begins to repeat it."""
    sheet = shared / "data" / "online_retail" / "online_retail_2009_2010.parquet"
    cut = tmp_path_factory.mktemp("online_retail") / "lines.parquet"
    duckdb.sql(
        f"copy (select * from read_parquet('{sheet}') where invoice_date < '2010-12-01') to '{cut}'"
    )
    variables = yaml.safe_load((repo / "settings" / "online_retail.yml").read_text())
    return {**variables, "online_retail_file": str(cut)}


RETAIL = (
    "agg_churn_monthly", "agg_cohort_retention", "agg_customer_concentration",
    "agg_customer_concentration_deciles", "agg_kpis_monthly", "agg_product_pairs", "agg_rfm_monthly",
    "agg_top_customers", "dim_customers", "fct_customer_clv", "fct_kpis_daily", "fct_order_items",
    "fct_orders", "fct_refund_items", "fct_rfm_snapshots", "int_customer_purchase_days",
)  # fmt: skip
"""What is compared with a reference."""


@pytest.fixture(scope="session")
def retail(
    tmp_path_factory: pytest.TempPathFactory, online_retail_settings: dict[str, object]
) -> Iterator[Warehouse]:
    """Online Retail A, built once by all workers: what is compared, or with RUNNER_ALL=1 everything."""
    clv = {"clv_parameters": "fit", "clv_horizon_days": [30, 90, 365, 91]}
    selected = () if ALL else (*PART, *(f"+{name}" for name in RETAIL))

    def make(folder: Path) -> None:
        done = run_build(folder / "retail.duckdb", {**online_retail_settings, **clv}, *selected)
        assert done.returncode == 0, f"{' '.join(done.args)}\n{done.stdout}\n{done.stderr}"

    warehouse = Warehouse(once(tmp_path_factory, "online-retail", make) / "retail.duckdb")
    yield warehouse
    warehouse.connection.close()
