"""Products that rise and fall: the last 28 days against the 28 before."""

from __future__ import annotations

from datetime import date
from math import sqrt

from tests.support.shop.files import grouped
from tests.support.shop.periods import DAY
from tests.support.shop.sales import AS_OF, ZERO, Line, Order, Sales

Sold = list[tuple[Order, Line]]


def sold(shop: Sales) -> dict[str, Sold]:
    """What was sold of each family, without presents and gift cards."""
    return grouped(
        [
            (order, line)
            for order in shop.orders
            for line in order.lines
            if not line.is_gift and not line.is_gift_card
        ],
        lambda found: shop.family(found[1].product_id),
    )


def units(of: Sold, first: date, last: date) -> int:
    return int(sum((line.quantity for order, line in of if first <= order.day <= last), ZERO))


def orders(of: Sold, first: date, last: date) -> int:
    return len({order.order_id for order, _ in of if first <= order.day <= last})


NOW = AS_OF - 28 * DAY, AS_OF - DAY
THEN = AS_OF - 56 * DAY, AS_OF - 29 * DAY


def trend(of: Sold) -> str:
    """Whether the share of the last 28 days in both windows' orders is beyond chance, by Wilson's interval."""
    if units(of, *NOW) < 20 and units(of, *THEN) < 20:
        return "too_few"
    k, n, z = orders(of, *NOW), orders(of, *NOW) + orders(of, *THEN), 1.959963984540054
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(k * (n - k) / n + z * z / 4)
    return "rising" if middle - half > 0.5 else "falling" if middle + half < 0.5 else "steady"
