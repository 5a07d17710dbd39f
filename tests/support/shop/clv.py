"""What is to be expected of a customer: BG/NBD and Gamma-Gamma by the specification's formulas (30 to 33), with scipy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from scipy.special import hyp2f1  # type: ignore[import-untyped]

from tests.support.shop.periods import DAY
from tests.support.shop.sales import AS_OF, ZERO, Sales
from tests.support.shop.traits import purchase_days

R, ALPHA, A, B = 0.7863, 10.4351, 0.679, 4.1008
P, Q, V = 5.757, 3.811, 23.7162
"""The demo shop's parameters, which the seed clv_parameters states."""


@dataclass(frozen=True)
class Expected:
    """x repeat purchase days, the last after t_x weeks, in T weeks seen."""

    x: int
    t_x: float
    T: float
    order_value: float
    margin: float

    @property
    def left(self) -> float:
        """Odds of having left (formula 30)."""
        if self.x == 0:
            return 0.0
        age = (ALPHA + self.T) / (ALPHA + self.t_x)
        return float(A / (B + self.x - 1) * age ** (R + self.x))

    @property
    def p_alive(self) -> float:
        return 1 / (1 + self.left)

    def orders(self, weeks: float) -> float:
        """Purchase days in the weeks ahead (formula 31)."""
        x, T = self.x, self.T
        gauss = hyp2f1(R + x, B + x, A + B + x - 1, weeks / (ALPHA + T + weeks))
        gone = ((ALPHA + T) / (ALPHA + T + weeks)) ** (R + x) * gauss
        return float((A + B + x - 1) / (A - 1) * (1 - gone) / (1 + self.left))

    @property
    def clv_12m(self) -> float:
        """Month by month, at a tenth a year (formula 33)."""
        total, before = 0.0, 0.0
        for month in range(1, 13):
            by_then = self.orders(month * 365 / 12 / 7)
            total += (by_then - before) / 1.1 ** (month / 12)
            before = by_then
        return total * self.order_value * self.margin


@cache
def margin(sales: Sales) -> Fraction:
    """Contribution of all that known customers have bought so far, by its revenue before refunds."""
    orders = [order for order in sales.orders if order.person]
    contribution = sum((order.contribution or ZERO for order in orders), ZERO)
    contribution += sum((r.contribution for order in orders for r in order.refunds), ZERO)
    return contribution / sum((order.net for order in orders), ZERO)


@cache
def expected(sales: Sales) -> dict[str, Expected]:
    found = {}
    for person, orders in sales.of.items():
        days = purchase_days(orders)
        x = len(days) - 1
        later = float(sum((order.net for order in orders if order.day > days[0]), ZERO))
        # Formula 32; whoever has not come back is worth the population's mean.
        value = P * (V + later) / (P * x + Q - 1) if x else P * V / (Q - 1)
        found[person] = Expected(
            x,
            (days[-1] - days[0]).days / 7,
            (AS_OF - DAY - days[0]).days / 7,
            value,
            float(margin(sales)),
        )
    return found
