"""Amounts to the cent, rates to nine digits."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

Number = int | float | Decimal | Fraction


def money(amount: Number) -> Any:
    """Equal to the cent: the warehouse keeps four decimals of every line, the second computation all."""
    return pytest.approx(float(amount), abs=0.005)


def rate(numerator: Number, denominator: Number) -> Any:
    """A quotient of counts, or of amounts that agree to the cent."""
    return pytest.approx(float(Fraction(numerator) / Fraction(denominator)), rel=1e-6)
