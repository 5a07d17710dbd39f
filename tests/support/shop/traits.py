"""What each customer is like: rhythm, way of buying, discounts, favourite categories, value tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from statistics import median
from typing import TypeVar

from tests.support.shop.files import grouped
from tests.support.shop.periods import spent
from tests.support.shop.sales import AS_OF, ZERO, Line, Order, Sales

T = TypeVar("T")
TIERS = [
    ("platinum", Fraction(0), Fraction(1, 20)),
    ("gold", Fraction(1, 20), Fraction(1, 5)),
    ("silver", Fraction(1, 5), Fraction(1, 2)),
    ("bronze", Fraction(1, 2), Fraction(1)),
]
"""The demo shop's tiers: which part of those who brought something in the last year."""


def purchase_days(orders: list[Order]) -> list[date]:
    return sorted({order.day for order in orders})


def gaps(orders: list[Order]) -> list[int]:
    """Days between purchase days."""
    days = purchase_days(orders)
    return [(later - sooner).days for sooner, later in pairwise(days)]


def aov(orders: list[Order]) -> Fraction:
    """Average order value, refunds dated to the order."""
    return sum((order.net_order_basis for order in orders), ZERO) / len(orders)


@cache
def archetypes(sales: Sales) -> dict[str, str]:
    """Often or rare, expensive or cheap, at or above the median of those who came back; a first year counts whole."""
    pace = {
        person: Fraction(len(orders) * 365, max((AS_OF - orders[0].day).days, 365))
        for person, orders in sales.of.items()
    }
    basket = {person: aov(orders) for person, orders in sales.of.items()}
    back = [person for person, orders in sales.of.items() if len(orders) > 1]
    middle_pace = median(pace[person] for person in back)
    middle_basket = median(basket[person] for person in back)
    found = dict.fromkeys(sales.of, "single_order")
    for person in back:
        often = "often" if pace[person] >= middle_pace else "rare"
        dear = "expensive" if basket[person] >= middle_basket else "cheap"
        found[person] = f"{often}_{dear}"
    return found


@cache
def last_year(sales: Sales) -> dict[str, Fraction]:
    """Net revenue of the 365 days before as_of of everybody with an account."""
    of = spent(sales, AS_OF - timedelta(days=365), AS_OF - timedelta(days=1))
    return {person: of[person].net if person in of else ZERO for person in sales.persons}


@cache
def tiers(sales: Sales) -> dict[str, str]:
    """Value tier by the part of those who brought something that brought more."""
    brought = {person: net for person, net in last_year(sales).items() if net > 0}
    down = sorted(brought.values(), reverse=True)
    found = dict.fromkeys(sales.persons, "none")
    for person, net in brought.items():
        above = Fraction(down.index(net), len(down))
        (found[person],) = [name for name, least, below in TIERS if least <= above < below]
    return found


def is_discounted(order: Order) -> bool:
    """With a discount on goods, by coupon or promotion; struck prices and free shipping are none."""
    return order.discount > 0


def discount_class(orders: list[Order]) -> str:
    """The demo shop's classes: nine in ten orders at full price, or nine in ten on offer."""
    share = Fraction(sum(map(is_discounted, orders)), len(orders))
    if len(orders) < 2:
        return "too_few_orders"
    if 1 - share >= Fraction(9, 10):
        return "full_price"
    return "deal_only" if share >= Fraction(9, 10) else "mixed"


def returned(
    sales: Sales,
) -> tuple[dict[tuple[str, str], Fraction], dict[tuple[str, str], Fraction]]:
    """Money and pieces that came back of each line, by order and line number."""
    amounts: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    pieces: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for refund in sales.refunds:
        for part in refund.parts:
            if part.line:
                amounts[part.line.order_id, part.line.number] += part.amount
                pieces[part.line.order_id, part.line.number] += part.quantity
    return amounts, pieces


@cache
def kept_lines(sales: Sales) -> list[tuple[Order, Line, Fraction, Fraction]]:
    """Lines of valid orders with the money and the pieces that stayed; what came back whole is left out."""
    amounts, pieces = returned(sales)
    found = []
    for order in sales.orders:
        if order.is_back_whole:
            continue
        for line in order.lines:
            key = (line.order_id, line.number)
            money = line.net - amounts[key]
            if money > 0 and not line.is_gift_card:
                found.append((order, line, money, line.quantity - pieces[key]))
    return found


@cache
def categories(sales: Sales) -> dict[str, dict[str, Fraction]]:
    """What each customer kept of each category, in euros."""
    found: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for order, line, money, _ in kept_lines(sales):
        if order.person:
            found[order.person][sales.category(line.product_id)] += money
    return found


def summed(of: dict[str, dict[str, Fraction]], persons: set[str]) -> dict[str, Fraction]:
    """The categories of several customers together."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    for person in persons & set(of):
        for category, money in of[person].items():
            found[category] += money
    return found


@cache
def top_categories(sales: Sales) -> dict[str, str]:
    """Of the categories bought in two orders or more, the one liked most beyond everybody's liking."""
    of = categories(sales)
    base = summed(of, set(of))
    orders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for order, line, _, _ in kept_lines(sales):
        if order.person:
            orders[order.person, sales.category(line.product_id)].add(order.order_id)
    found = {}
    for person, money in of.items():
        liked = {
            category: money[category] / sum(money.values(), ZERO) / base[category]
            for category in money
            if len(orders[person, category]) >= 2
        }
        if liked:
            found[person] = max(liked, key=lambda category: liked[category])
    return found


def by(keys: dict[str, str], persons: set[str]) -> dict[str, list[str]]:
    """The persons under each of their keys."""
    return grouped(sorted(persons), lambda person: keys[person])


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of the values do not exceed, on the line between its neighbours."""
    up = sorted(values)
    place = (len(up) - 1) * share
    low = int(place)
    high = min(low + 1, len(up) - 1)
    return up[low] + (up[high] - up[low]) * (place - low)


def headroom(sales: Sales, alive: dict[str, float]) -> dict[str, float]:
    """What a customer's tier brings at its upper quartile, less the customer's own, if still a customer."""
    tier, brought = tiers(sales), last_year(sales)
    upper = {
        name: quantile([float(brought[p]) for p in brought if tier[p] == name], 0.75)
        for name, _, _ in TIERS
    }
    return {
        person: max(upper[tier[person]] - float(brought[person]), 0) * alive[person]
        for person in sales.of
        if tier[person] in upper
    }
