"""Pairs of products against independent counts: the 213 of Groceries, and those of Online Retail A.

Reference: ../shared/reference; DEFINITIONS.md D19. Thresholds are whole numbers of baskets, ratios bit-equal doubles.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.conftest import PART, Build, Warehouse

COLUMNS = {
    "orders_both": ("pair_baskets", "pair_orders"),
    "orders_a": ("n_a", "orders_a"),
    "orders_b": ("n_b", "orders_b"),
    "support": ("support", "support"),
    "confidence_ab": ("confidence_a_to_b", "confidence_a_to_b"),
    "confidence_ba": ("confidence_b_to_a", "confidence_b_to_a"),
    "lift": ("lift", "lift"),
}


@pytest.fixture(scope="module")
def groceries(build: Build, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Baskets as orders of nobody known, an item as a product; each costs one."""
    folder = tmp_path_factory.mktemp("groceries")
    rows = f"from read_parquet('{shared / 'data' / 'groceries' / 'groceries.parquet'}')"
    with duckdb.connect() as connection:
        for table, query in {
            "customers": "select 'nobody' as customer_id where false",
            "orders": f"""
                select distinct
                    basket_id as order_id, null as customer_id, timestamp '2026-01-01' as ordered_at,
                    'paid' as status, 'EUR' as currency
                {rows}
            """,
            "order_items": f"""
                select
                    basket_id as order_id, row_number() over (partition by basket_id order by item) as line_no,
                    item as product_id, 1 as quantity, 1 as unit_price
                {rows}
            """,
        }.items():
            connection.execute(f"copy ({query}) to '{folder / table}.csv' (header)")
    settings: dict[str, object] = {
        "adapters": ["canonical"],
        "data_dir": str(folder),
        "currency": "EUR",
        "basket_min_orders": 1,
        "basket_min_support": 0.01,
    }
    return build("groceries", settings, *PART, "+agg_product_pairs")


def pairs(warehouse: Warehouse) -> dict[tuple[object, ...], tuple[object, ...]]:
    rows = warehouse.tuples(
        f"select product_a, product_b, {', '.join(COLUMNS)} from agg_product_pairs"
    )
    return {row[:2]: row[2:] for row in rows}


def expected_pairs(path: Path, which: int) -> dict[tuple[object, ...], tuple[object, ...]]:
    with path.open(newline="") as lines:
        return {
            (row["item_a"], row["item_b"]): tuple(
                (int if ours.startswith("orders") else float)(row[names[which]])
                for ours, names in COLUMNS.items()
            )
            for row in csv.DictReader(lines)
        }


def test_groceries(groceries: Warehouse, shared: Path) -> None:
    folder = shared / "reference" / "groceries"
    figures = json.loads((folder / "groceries.json").read_text())
    expected = expected_pairs(folder / "groceries_pairs_minsup_1pct.csv", 0)
    assert len(expected) == figures["pairs_1pct"] == 213
    assert pairs(groceries) == expected
    assert groceries.tuples("select distinct base_orders from agg_product_pairs") == [
        (figures["baskets"],)
    ]


def test_online_retail(retail: Warehouse, shared: Path) -> None:
    folder = shared / "reference" / "online_retail_a_2009_2010"
    expected = expected_pairs(folder / "basket_pairs_minsup_1pct.csv", 1)
    assert pairs(retail) == expected
    kpis = json.loads((folder / "kpis.json").read_text())
    assert len(expected) == kpis["basket_pairs"]
    assert retail.value("select max(base_orders) from agg_product_pairs") == kpis["basket_orders"]
