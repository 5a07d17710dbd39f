"""Who is like the members of a group: near their centre, each feature in standard deviations, categories together as one."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, sqrt
from statistics import fmean, median, pstdev

from tests.support.shop import traits
from tests.support.shop.sales import AS_OF, ZERO, Sales


def features(sales: Sales) -> list[dict[str, float]]:
    """Recency, rhythm, basket, discounts and tenure; days and money by their logarithm. What is not known is as the mean."""
    found: list[dict[str, float]] = [{}, {}, {}, {}, {}]
    for person, orders in sales.of.items():
        gross = sum((order.gross for order in orders), ZERO)
        gaps = traits.gaps(orders)
        found[0][person] = log(1 + (AS_OF - orders[-1].day).days)
        if gaps:
            found[1][person] = log(1 + median(gaps))
        if traits.aov(orders) > 0:
            found[2][person] = log(traits.aov(orders))  # no unit plays a part
        found[3][person] = float(sum((order.discount for order in orders), ZERO) / gross)
        found[4][person] = log(1 + (AS_OF - orders[0].day).days)
    return found


def distances(sales: Sales, members: set[str]) -> dict[str, float]:
    """From everybody who has bought to the members' centre."""
    square = dict.fromkeys(sales.of, 0.0)
    for values in features(sales):
        mean, spread = fmean(values.values()), pstdev(values.values())
        standard = {p: (values[p] - mean) / spread if p in values else 0.0 for p in sales.of}
        add(square, standard, members, 1.0)
    shares = {
        p: {c: float(money / sum(of.values(), ZERO)) for c, money in of.items()}
        for p, of in traits.categories(sales).items()
    }
    names = {category for of in shares.values() for category in of}
    vectors = {c: {p: shares.get(p, {}).get(c, 0.0) for p in sales.of} for c in names}
    whole = sum(pstdev(vector.values()) ** 2 for vector in vectors.values())
    for vector in vectors.values():
        add(square, vector, members, 1 / whole)
    return {person: sqrt(value) for person, value in square.items()}


def add(
    square: dict[str, float], values: Mapping[str, float], members: set[str], weight: float
) -> None:
    centre = fmean(values[person] for person in members)
    for person in square:
        square[person] += weight * (values[person] - centre) ** 2
