"""What customers bought and gave back between two days (K3, K4, K7), and what groups of them come to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from tests.support.shop.sales import ZERO, Order, Refund, Sales

Keep = Callable[[Order], bool]
DAY = timedelta(days=1)


@dataclass
class Spent:
    """One customer's orders and refunds of a period; of nobody in particular with person None."""

    person: str | None
    first: date
    orders: list[Order] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def gross(self) -> Fraction:
        return sum((order.gross for order in self.orders), ZERO)

    @property
    def discount(self) -> Fraction:
        return sum((order.discount for order in self.orders), ZERO)

    @property
    def refunded(self) -> Fraction:
        return sum((refund.goods for refund in self.refunds), ZERO)

    @property
    def net(self) -> Fraction:
        return self.gross - self.discount - self.refunded

    @property
    def net_order_basis(self) -> Fraction:
        return sum((order.net_order_basis for order in self.orders), ZERO)

    @property
    def total_sales(self) -> Fraction:
        paid = sum((order.shipping + order.tax for order in self.orders), ZERO)
        return (
            self.net + paid - sum((refund.shipping + refund.tax for refund in self.refunds), ZERO)
        )

    @property
    def contribution(self) -> Fraction:
        of_orders = sum((order.contribution or ZERO for order in self.orders), ZERO)
        return of_orders + sum((refund.contribution for refund in self.refunds), ZERO)

    @property
    def units(self) -> Fraction:
        return sum((order.units for order in self.orders), ZERO)

    @property
    def is_new(self) -> bool:
        """K7: with the first order in the period, whatever else lies in it."""
        return any(order.sequence == 1 for order in self.orders)


def spent(
    sales: Sales,
    first: date,
    last: date,
    keep: Keep = lambda order: True,
) -> dict[str | None, Spent]:
    """What each customer bought and gave back from the first to the last day, of the orders to keep."""
    found: dict[str | None, Spent] = {}

    def of(order: Order) -> Spent:
        return found.setdefault(order.person, Spent(order.person, first))

    for order in sales.orders:
        if first <= order.day <= last and keep(order):
            of(order).orders.append(order)
    for refund in sales.refunds:
        if first <= refund.day <= last and refund.order.is_valid and keep(refund.order):
            of(refund.order).refunds.append(refund)
    return found


def buyers(of: dict[str | None, Spent]) -> list[Spent]:
    """Known customers with an order."""
    return [one for person, one in of.items() if person and one.orders]


def before(first: date, last: date) -> tuple[date, date]:
    """As many days just before."""
    return first - (last - first) - DAY, first - DAY


def ranks(values: dict[str, Fraction]) -> dict[str, int]:
    """1 for the largest; equal values share a rank."""
    up = sorted(values.values())
    return {key: 1 + len(up) - bisect_right(up, value) for key, value in values.items()}


def best_fifth(amounts: Iterable[Fraction]) -> Fraction:
    """What the best fifth of the customers, rounded up, bring."""
    down = sorted(amounts, reverse=True)
    return sum(down[: -(-len(down) // 5)], ZERO)


def months(first: date, last: date) -> list[date]:
    """First days of the months between two days."""
    found = []
    month = first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + 31 * DAY).replace(day=1)
    return found


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_end(month: date) -> date:
    return (month + 31 * DAY).replace(day=1) - DAY
