"""Customers among the inhabitants of the regions that goods are sent to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import floor, sqrt

from tests.support.shop.files import Row, number
from tests.support.shop.periods import spent
from tests.support.shop.sales import AS_OF, ZERO, Sales
from tests.support.shop.traits import quantile


@dataclass(frozen=True)
class Place:
    """A region with who had something sent there, ever."""

    row: Row
    customers: frozenset[str]
    best: int
    net: Fraction
    whole: Fraction
    """Customers of all regions by the inhabitants of all."""
    benchmark: float
    alike: Fraction
    """Share of all inhabitants who are like the best customers."""

    @property
    def region_id(self) -> str:
        return self.row["region_id"]

    @property
    def population(self) -> int:
        return int(self.row["population"])

    @property
    def penetration(self) -> Fraction:
        return Fraction(len(self.customers), self.population)

    @property
    def index(self) -> Fraction:
        return 100 * self.penetration / self.whole

    @property
    def density(self) -> Fraction:
        """People like the best customers, 100 = as many as everywhere."""
        return 100 * number(self.row["profile_share"]) / self.alike

    @property
    def index_upper(self) -> float:
        """Upper end of Wilson's 95 % interval."""
        k, n, z = len(self.customers), self.population, 1.96
        upper = (k + z * z / 2 + z * sqrt(k * (n - k) / n + z * z / 4)) / (n + z * z)
        return 100 * upper / float(self.whole)

    @property
    def is_hardly_known(self) -> bool:
        return self.index < 80 and self.index_upper < 100 and self.population >= 100_000

    @property
    def missing(self) -> int:
        """Customers missing to the benchmark among those the shop aims at."""
        aim = int(self.row["target_population"])
        return max(floor(aim * self.benchmark) - len(self.customers), 0)

    @property
    def missing_money(self) -> Fraction:
        return self.missing * self.net / len(self.customers) if self.customers else ZERO


@cache
def places(sales: Sales) -> list[Place]:
    ever = spent(sales, AS_OF.min, AS_OF)
    down = sorted(sales.of, key=lambda person: (-ever[person].net, person))
    best = set(down[: -(-len(down) // 5)])
    who: dict[str, set[str]] = defaultdict(set)
    net: dict[str, Fraction] = defaultdict(Fraction)
    for order in sales.orders:
        if order.person:
            who[order.region].add(order.person)
            net[order.region] += order.net_order_basis
    rows = sales.files["regions"]
    people = sum((number(row["population"]) for row in rows), ZERO)
    alike = sum((number(row["profile_share"]) * int(row["population"]) for row in rows), ZERO)
    customers = sum(len(who[row["region_id"]]) for row in rows)
    shares = [len(who[row["region_id"]]) / int(row["population"]) for row in rows]
    return [
        Place(
            row,
            frozenset(who[row["region_id"]]),
            len(who[row["region_id"]] & best),
            net[row["region_id"]],
            customers / people,
            quantile(shares, 0.75),
            alike / people,
        )
        for row in rows
    ]
