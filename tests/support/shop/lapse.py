"""Who has lapsed: the window is where nine tenths of the returns that ever come have come (Kaplan and Meier)."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from tests.support.shop.periods import DAY
from tests.support.shop.sales import AS_OF, Order, Sales
from tests.support.shop.traits import gaps, purchase_days


@cache
def survival(sales: Sales) -> dict[int, Fraction]:
    """The share of gaps between purchase days that outlast each number of days; the last gap is still open."""
    ended: Counter[int] = Counter()
    left: Counter[int] = Counter()
    for orders in sales.of.values():
        ended.update(gaps(orders))
        left[(AS_OF - DAY - purchase_days(orders)[-1]).days] += 1
    at_risk = ended.total() + left.total()
    share = Fraction(1)
    found = {}
    for days in range(max(*ended, *left) + 1):
        if ended[days]:
            share *= 1 - Fraction(ended[days], at_risk)
            found[days] = share
        at_risk -= ended[days] + left[days]
    return found


@cache
def window(sales: Sales) -> int:
    """Days: by which nine in ten gaps are over; where that never comes, nine tenths of those that ever are."""
    curve = survival(sales)
    never = min(curve.values())
    least = [days for days, share in curve.items() if share <= Fraction(1, 10)]
    if least:
        return min(least)
    return min(days for days, share in curve.items() if 1 - share >= Fraction(9, 10) * (1 - never))


def last_before(orders: list[Order], day: date) -> Order | None:
    """The last order before a day."""
    before = [order for order in orders if order.day < day]
    return before[-1] if before else None


def active(sales: Sales, day: date) -> set[str]:
    """Who is a customer when a day begins: the last order lies no more than the window before the day before."""
    days = timedelta(days=window(sales))
    found = set()
    for person, orders in sales.of.items():
        last = last_before(orders, day)
        if last and day - DAY - last.day <= days:
            found.add(person)
    return found


def lapsed_on(sales: Sales) -> list[tuple[str, date]]:
    """Each first day that lay more than the window after an order without another, if it has been seen."""
    late = timedelta(days=window(sales) + 1)
    found = []
    for person, orders in sales.of.items():
        days = purchase_days(orders)
        for day, after in zip(days, [*days[1:], AS_OF], strict=True):
            if after > day + late and day + late < AS_OF:
                found.append((person, day + late))
    return found


def came_back(sales: Sales) -> list[tuple[str, date]]:
    """Orders more than the window after the one before."""
    found = []
    for person, orders in sales.of.items():
        days = purchase_days(orders)
        for before, day in itertools.pairwise(days):
            if (day - before).days > window(sales):
                found.append((person, day))
    return found


def lost_by_refund(sales: Sales) -> list[tuple[str, date]]:
    """The days on which everything that a customer had bought so far had been given back."""
    found = []
    for person, orders in sales.of.items():
        refunds = sorted((r for order in orders for r in order.refunds), key=lambda r: r.at)
        for day in sorted({refund.day for refund in refunds}):
            so_far = [order for order in orders if order.day <= day]
            if all(
                order.refunds
                and sum((r.goods for r in order.refunds if r.day <= day), Fraction(0)) >= order.net
                for order in so_far
            ):
                found.append((person, day))
    return found
