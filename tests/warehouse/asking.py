"""Random questions to the report functions: dates, and filters from what the built shop holds.

Knows the names and values of arguments, not what any report answers.
"""

from __future__ import annotations

import random
import runpy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from runner.project.nodes import Node
from runner.project.signature import NO_SIGNATURE, Argument
from tests.warehouse.conftest import REPO, Warehouse

VALUES = {
    "store": "select distinct store_id from fct_orders order by 1",
    "channel": "select distinct channel from fct_orders order by 1",
    "country": "select distinct country_code from fct_orders order by 1",
    "region": """
        select distinct coalesce(region_id, '(unknown)') from fct_orders
        union select region_name from dim_regions order by 1
    """,
    "city": "select distinct coalesce(shipping_city, '(unknown)') from fct_orders order by 1",
    "product": """
        select distinct unnest([product_id, parent_product_id]) from dim_products
        where product_id in (select product_id from fct_order_items) order by 1
    """,
    "category": "select distinct category from dim_products where category <> '' order by 1",
    "campaign": """
        select distinct campaign_id from intermediate.int_order_attribution
        where campaign_id <> '' order by 1
    """,
    "rfm_segment": "select distinct rfm_segment from dim_customers order by 1",
    "value_tier": "select distinct value_tier from dim_customers order by 1",
    "segment": "select segment_key from dim_segments order by 1",
}
"""Filters that take any of several values, and where their values are."""
RANGES = ("since_from", "since_to", "revenue_min", "revenue_max")
FILTERS = (*VALUES, *RANGES)


@dataclass(frozen=True, slots=True)
class Question:
    """Dates and filters, as a client sends them."""

    start: str
    end: str
    filters: dict[str, str]

    def call(self, report: str, *more: str, without: Sequence[str] = (), **other: str) -> str:
        """`report('…', '…', …)`, with the values of `more` after the dates."""
        filters = {k: v for k, v in self.filters.items() if k not in without} | other
        named = [f"{name} := {text(value)}" for name, value in filters.items()]
        return (
            f"{report}({', '.join([text(self.start), text(self.end), *map(text, more), *named])})"
        )


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def values(shop: Warehouse) -> dict[str, list[str]]:
    """The values of each filter in the shop."""
    return {name: [str(v) for (v,) in shop.tuples(query)] for name, query in VALUES.items()}


def questions(shop: Warehouse, *, seed: int, count: int) -> list[Question]:
    """Questions whose dates are given, or open at one end or both, and whose filters are none to four."""
    chance, there = random.Random(seed), values(shop)
    (((first, last),)) = shop.tuples("select min(order_date), max(order_date) from fct_orders")
    assert isinstance(first, date)
    assert isinstance(last, date)
    days = (last - first).days

    def day() -> date:
        return first + timedelta(days=chance.randrange(-20, days + 20))

    def filter(name: str) -> str:
        if name.startswith("since"):
            return day().isoformat()
        if name.startswith("revenue"):
            return str(chance.choice([-20, 0, 30, 99.5, 250, 1000]))
        found = chance.sample(there[name], min(len(there[name]), chance.choice([1, 1, 2, 4])))
        return chance.choice([",", ", ", " ,"]).join(found)

    def question() -> Question:
        start = day()
        end = start + timedelta(days=chance.choice([0, 6, 29, 30, 90, 180, 364, 365]))
        open_end = chance.random()
        names = chance.sample(FILTERS, chance.choice([0, 1, 1, 2, 2, 3, 4]))
        return Question(
            "" if open_end < 0.1 else start.isoformat(),
            "" if 0.05 < open_end < 0.15 else end.isoformat(),
            {name: filter(name) for name in names},
        )

    return [question() for _ in range(count)]


def functions() -> dict[str, tuple[Argument, ...]]:
    """Every table function of the project, with its arguments: a new one is among them by itself."""
    found: list[Node] = runpy.run_path(str(REPO / "docs/make_metabase.py"))["functions"]()
    return {node.name: (node.definition.signature or NO_SIGNATURE).arguments for node in found}
