"""The shop's figures of any days and any choice of orders and customers: both sides of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from statistics import median

from tests.support.shop.periods import DAY, Keep, Spent, best_fifth, spent
from tests.support.shop.sales import AS_OF, ZERO, Order, Sales
from tests.support.shop.traits import returned

Sides = tuple[Fraction | None, Fraction | None]
"""What a figure is, or what is divided and by what. Nothing is said of what nothing cost."""
Band = Callable[[Fraction], bool]


def kpis(
    sales: Sales,
    first: date,
    last: date,
    keep: Keep = lambda order: True,
    band: Band | None = None,
) -> dict[str, Sides]:
    """By the metric's name; with a band of net revenue nobody in particular is left out."""
    of = spent(sales, first, last, keep)
    if band:
        of = {person: one for person, one in of.items() if person and band(one.net)}
    _, pieces = returned(sales)
    known = [one for person, one in of.items() if person]
    active = [one for one in known if one.orders]
    orders = [order for one in of.values() for order in one.orders]

    def total(part: str, among: list[Spent] | None = None) -> Fraction:
        ones = of.values() if among is None else among
        return sum((Fraction(getattr(one, part)) for one in ones), ZERO)

    def back(order: Order) -> Fraction:
        return sum((pieces[line.order_id, line.number] for line in order.lines), ZERO)

    n, customers = Fraction(len(orders)), Fraction(len(active))
    days = Fraction((min(last, AS_OF - DAY) - first).days + 1)
    new = Fraction(sum(one.is_new for one in active))
    returning = Fraction(sum(sales.of[str(one.person)][0].day < first for one in active))
    units_net = total("units") - sum(map(back, orders), ZERO)
    gross, before = total("gross"), total("gross") - total("discount")
    best = best_fifth(one.net for one in active)
    refunded = sum((order.refunded for order in orders), ZERO)
    return {
        "orders": (n, None),
        "active_customers": (customers, None),
        "new_customers": (new, None),
        "returning_customers": (returning, None),
        "repeat_purchase_rate": (
            Fraction(sum(len(one.orders) >= 2 for one in active)),
            customers,
        ),
        "returning_customer_rate": (returning, customers),
        "orders_per_active_customer": (Fraction(sum(len(o.orders) for o in active)), customers),
        "acquired_per_day": (new, days),
        "days_per_new_customer": (days, new),
        "units": (total("units"), None),
        "units_net": (units_net, None),
        "units_per_order": (units_net, n),
        "gross_revenue": (gross, None),
        "discount_amount": (total("discount"), None),
        "discount_rate": (total("discount"), gross),
        "refund_amount": (total("refunded"), None),
        "refund_rate": (total("refunded"), gross),
        "refund_rate_order_basis": (refunded, gross),
        "refunded_order_rate": (Fraction(sum(bool(order.refunds) for order in orders)), n),
        "net_revenue": (total("net"), None),
        "aov": (total("net_order_basis"), n),
        "gross_aov": (gross, n),
        "median_order_value": (median(o.net_order_basis for o in orders) if orders else None, None),
        "revenue_per_customer": (total("net", known), customers),
        "total_sales": (total("total_sales"), None),
        "contribution": (total("contribution") if of else None, None),
        "cost_coverage_rate": (before, before),
        "profit_per_customer": (total("contribution", known) if of else None, customers),
        "top20_net_revenue": (best, None),
        "top20_share": (best, total("net", known)),
    }
