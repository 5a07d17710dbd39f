"""Cohorts by customers, revenue and margin, for any grain and split, against the second computation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.support.shop.periods import DAY, month_of
from tests.support.shop.sales import AS_OF, ZERO, Order, Sales
from tests.warehouse.conftest import Warehouse

HALF = date(2025, 1, 1), date(2025, 6, 30)
SPLITS: dict[str, Callable[[Order], str]] = {
    "all": lambda order: "(all)",
    "country": lambda order: order.country,
    "region": lambda order: order.region,
    "channel": lambda order: order.channel,
    "discounted": lambda order: str(order.discount > 0).lower(),
}
Cell = tuple[date, str, int]


def months_apart(first: date, later: date) -> int:
    return 12 * (later.year - first.year) + later.month - first.month


def cohorts(shop: Sales, split: str) -> dict[str, dict[Cell, Fraction]]:
    """For each measure what every cell of the first half's cohorts comes to; none is empty up to the last month."""
    found: dict[str, dict[Cell, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for orders in shop.of.values():
        first = orders[0]
        if not HALF[0] <= first.day <= HALF[1]:
            continue
        cohort = month_of(first.day)
        key = SPLITS[split](first)
        for n in range(months_apart(cohort, AS_OF - DAY) + 1):
            found["size"][cohort, key, n] += 1
            for measure in ("retention", "repeat", "orders", "net_revenue", "contribution"):
                found[measure][cohort, key, n] += ZERO
        active = {months_apart(cohort, order.day) for order in orders}
        for n in active:
            found["retention"][cohort, key, n] += 1
        for order in orders:
            cell = (cohort, key, months_apart(cohort, order.day))
            found["orders"][cell] += 1
            found["net_revenue"][cell] += order.net
            found["contribution"][cell] += order.contribution or ZERO
            for refund in order.refunds:
                cell = (cohort, key, months_apart(cohort, refund.day))
                found["net_revenue"][cell] -= refund.goods
                found["contribution"][cell] += refund.contribution
        if len(orders) > 1:
            for n in range(
                months_apart(cohort, orders[1].day), months_apart(cohort, AS_OF - DAY) + 1
            ):
                found["repeat"][cohort, key, n] += 1
    return found


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(
    "measure",
    ["retention", "repeat", "orders", "net_revenue", "contribution", "cumulative_contribution"],
)
def test_cohorts_by_customers_revenue_and_margin(
    demo: Warehouse, shop: Sales, measure: str, split: str
) -> None:
    """Sums and means of every cell that is over."""
    of = cohorts(shop, split)
    amounts = of[measure.removeprefix("cumulative_")]
    expected: dict[Cell, tuple[Any, Any]] = {}
    for (cohort, key, n), size in of["size"].items():
        cells = range(n + 1) if measure.startswith("cumulative_") else [n]
        amount = sum((amounts[cohort, key, k] for k in cells), ZERO)
        expected[cohort, key, n] = (
            pytest.approx(float(amount), abs=0.01),
            pytest.approx(float(amount / size), abs=0.01),
        )
    rows = demo.tuples(f"""
        select cohort, split, n, numerator::double, value, is_complete
        from cohorts('{HALF[0]}', '{HALF[1]}', measure := '{measure}', split_by := '{split}')
    """)
    assert all(complete for *_, complete in rows)
    assert {(c, s, n): (amount, mean) for c, s, n, amount, mean, _ in rows} == expected
