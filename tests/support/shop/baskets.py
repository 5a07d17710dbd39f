"""Products bought together and one after the other; variants rolled up, presents and what came back left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import exp, log, sqrt

from tests.support.shop.sales import AS_OF, Order, Sales
from tests.support.shop.traits import kept_lines, returned


@cache
def baskets(sales: Sales) -> dict[str, set[str]]:
    """The product families that each valid order holds and kept."""
    _, pieces = returned(sales)
    found: dict[str, set[str]] = defaultdict(set)
    for order, line, _, _ in kept_lines(sales):
        if not line.is_gift and pieces[line.order_id, line.number] < line.quantity:
            found[order.order_id].add(sales.family(line.product_id))
    return found


def pairs(of: dict[str, set[str]]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Orders with both of two families, and with each."""
    both: Counter[tuple[str, str]] = Counter()
    each: Counter[str] = Counter()
    for families in of.values():
        each.update(families)
        both.update(combinations(sorted(families), 2))
    return both, each


def lift(both: int, one: int, other: int, base: int) -> Fraction:
    return Fraction(both * base, one * other)


def lift_lo(both: int, one: int, other: int, base: int) -> float:
    """Lower end of the 95 % interval: the delta method on the multinomial counts."""
    times = lift(both, one, other, base)
    spread = Fraction(1, both) - Fraction(1, one) - Fraction(1, other) + Fraction(1, base)
    spread += 2 * (times - 1) / base
    return exp(log(times) - 1.959963984540054 * sqrt(max(float(spread), 0.0)))


def owned(orders: list[Order], of: dict[str, set[str]]) -> set[str]:
    """Families that somebody has bought and kept."""
    return set().union(*(of.get(order.order_id, set()) for order in orders))


LEAST = 10
"""Orders that a pair must be in."""


def lasting(chance: Fraction, both: int, one: int, other: int, base: int) -> Rule | None:
    """A rule, if it is hardly by chance."""
    low = lift_lo(both, one, other, base)
    times = lift(both, one, other, base)
    return Rule(chance, times, low) if both >= LEAST and times > 1 and low > 1 else None


@dataclass(frozen=True)
class Rule:
    """Of those who buy one product, how many take the other, and how much more often than by chance."""

    chance: Fraction
    lift: Fraction
    lift_lo: float


def together(of: dict[str, set[str]]) -> dict[tuple[str, str], Rule]:
    """From each product to what is bought with it."""
    both, each = pairs(of)
    found = {}
    for (one, other), n in both.items():
        for bought, offered in ((one, other), (other, one)):
            rule = lasting(Fraction(n, each[bought]), n, each[bought], each[offered], len(of))
            if rule:
                found[bought, offered] = rule
    return found


def following(sales: Sales, of: dict[str, set[str]]) -> dict[tuple[str, str], Rule]:
    """From each product to what the next order within 180 days holds, of orders whose 180 days are over."""
    days = timedelta(days=180)
    first: Counter[str] = Counter()
    then: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    base = 0
    for orders in sales.of.values():
        for place, order in enumerate(orders):
            if order.day + days >= AS_OF or order.order_id not in of:
                continue
            base += 1
            first.update(of[order.order_id])
            after = orders[place + 1] if place + 1 < len(orders) else None
            if after and after.day <= order.day + days and after.order_id in of:
                then.update(of[after.order_id])
                both.update((a, b) for a in of[order.order_id] for b in of[after.order_id])
    found = {}
    for (a, b), n in both.items():
        rule = lasting(Fraction(n, first[a]), n, first[a], then[b], base)
        if rule:
            found[a, b] = rule
    return found
