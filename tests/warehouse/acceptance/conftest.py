"""The queries of docs/reports.yml, and the demo shop's figures computed a second time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shop.files import read
from tests.support.shop.sales import Sales
from tests.warehouse.conftest import Warehouse

Answer = list[dict[str, Any]]
Ask = Callable[[str], Answer]


@pytest.fixture(scope="session")
def shop(repo: Path) -> Sales:
    """The demo shop, read without the warehouse."""
    return Sales(read(repo / "demo" / "data"))


@pytest.fixture(scope="session")
def ask(demo: Warehouse, repo: Path) -> Ask:
    """The answer that the warehouse gives to an acceptance row's query: rows by column name."""
    rows = yaml.safe_load((repo / "docs" / "reports.yml").read_text("utf-8"))
    queries = {row["id"]: row["query"] for row in rows}
    return lambda row_id: [plain(row) for row in demo.rows(queries[row_id])]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Decimals as floats, which compare with approximations."""
    return {k: float(v) if isinstance(v, Decimal) else v for k, v in row.items()}
