"""RFM scores and segments by the specification's rule and its default preset (2.1), typed from its table."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from tests.support.shop.periods import Keep, Spent, buyers, spent
from tests.support.shop.sales import AS_OF, Sales

PUTLER_11 = """
champions,4,5,4,5.01      loyal,4,5,3,4            loyal,3,3,3.5,5.01      potential_loyalist,4,5,1.5,3
new,5,5,1,1.5             promising,4,4,1,1.5      need_attention,3,3,2,3.5 about_to_sleep,3,3,1,2
at_risk,2,2,2.5,5.01      at_risk,1,1,2.5,4        cant_lose,1,1,4,5.01    hibernating,2,2,1,2.5
hibernating,1,1,2,2.5     lost,1,1,1,2
"""
RULES = [
    (name, int(r_min), int(r_max), Fraction(fm_min), Fraction(fm_max))
    for name, r_min, r_max, fm_min, fm_max in (row.split(",") for row in PUTLER_11.split())
]
WINDOW = timedelta(days=365)


@dataclass(frozen=True)
class Scored:
    """A customer's standing among the customers scored with them."""

    spent: Spent
    recency_days: int
    frequency: int
    monetary: Fraction
    r: int
    f: int
    m: int

    @property
    def segment(self) -> str:
        fm = Fraction(self.f + self.m, 2)
        (only,) = [
            name
            for name, r_min, r_max, fm_min, fm_max in RULES
            if r_min <= self.r <= r_max and fm_min <= fm < fm_max
        ]
        return only


def fifths(values: dict[str, Fraction]) -> dict[str, int]:
    """1 + floor(5 (rank - 1) / n), ranked from the worst; equal values score alike."""
    up = sorted(values.values())
    return {key: 1 + 5 * bisect_left(up, value) // len(up) for key, value in values.items()}


def scores(
    sales: Sales, first: date, last: date, keep: Keep = lambda order: True
) -> dict[str, Scored]:
    """Of every customer with an order in the period, seen from its end."""
    customers = {str(one.person): one for one in buyers(spent(sales, first, last, keep))}
    recency = {
        key: (last - max(order.day for order in one.orders)).days + 1
        for key, one in customers.items()
    }
    r = fifths({key: Fraction(-days) for key, days in recency.items()})
    f = fifths({key: Fraction(len(one.orders)) for key, one in customers.items()})
    m = fifths({key: one.net for key, one in customers.items()})
    return {
        key: Scored(one, recency[key], len(one.orders), one.net, r[key], f[key], m[key])
        for key, one in customers.items()
    }


@cache
def on(sales: Sales, as_of: date) -> dict[str, Scored]:
    """As the customers stood when a day began: of the 365 days before it."""
    return scores(sales, as_of - WINDOW, as_of - timedelta(days=1))


@cache
def segments(sales: Sales, as_of: date = AS_OF) -> dict[str, str]:
    """Everybody's segment: who never ordered is a prospect, who not lately out of the window; fifty must be scored."""
    scored = on(sales, as_of)
    enough = len(scored) >= 50
    ordered = {person for person, orders in sales.of.items() if orders[0].day < as_of}
    return {
        person: (scored[person].segment if enough else "insufficient_data")
        if person in scored
        else "out_of_window"
        if person in ordered
        else "prospect"
        for person in sales.persons
    }
