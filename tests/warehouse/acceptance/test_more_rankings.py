"""What rows of the specification name beside their own query: other measures to rank by, sides of shares of nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.support.shop import clv, traits
from tests.support.shop.periods import Spent, buyers, spent
from tests.support.shop.sales import Sales
from tests.warehouse.conftest import Warehouse

QUARTER = date(2025, 10, 1), date(2025, 12, 31)
Measure = Callable[[Sales, Spent], float | None]


def average(shop: Sales, one: Spent) -> float | None:
    """000-02: compared between customers with two orders or more."""
    return float(traits.aov(one.orders)) if len(one.orders) >= 2 else None


def left(shop: Sales, one: Spent) -> float | None:
    """K2: nothing where a cost is unknown."""
    known = all(order.contribution is not None for order in one.orders)
    return float(one.contribution) if known else None


RANKED: dict[str, Measure] = {
    "net_revenue": lambda shop, one: float(one.net),
    "total_sales": lambda shop, one: float(one.total_sales),
    "contribution": left,
    "units": lambda shop, one: float(one.units),
    "aov": average,
    "predicted_clv": lambda shop, one: clv.expected(shop)[str(one.person)].clv_12m,
}


@pytest.mark.parametrize("rank_by", RANKED)
def test_customers_are_ranked_by_every_measure(demo: Warehouse, shop: Sales, rank_by: str) -> None:
    """000-02, the first ten; values are told apart by more than the cent that both computations agree to."""
    values = {
        str(one.person): value
        for one in buyers(spent(shop, *QUARTER))
        if (value := RANKED[rank_by](shop, one)) is not None
    }
    found = demo.tuples(f"""
        select rank, customer_id
        from top_customers('{QUARTER[0]}', '{QUARTER[1]}', rank_by := '{rank_by}', limit_n := 10)
        where rank is not null order by position
    """)
    assert [rank for rank, _ in found] == [
        1 + sum(other > values[str(person)] + 1e-6 for other in values.values())
        for _, person in found
    ]
    assert len(found) == 10


def test_a_share_of_nothing_has_both_sides(demo: Warehouse) -> None:
    """K8: no champion buys rarely and cheaply, so 0 of all champions, and not null of null."""
    rows = demo.tuples("""
        select dimension, dimension_value, numerator, denominator, base_numerator, base_denominator
        from segment_profile('rfm:champions', by := 'buying_archetype')
    """)
    assert any(row[2] == 0 for row in rows)
    assert all(value is not None for row in rows for value in row)
    assert len({row[3] for row in rows}) == len({row[5] for row in rows}) == 1
