"""Figures as people read them: in their unit, and how they have changed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from runner.report.words import Words
from runner.report.writing import Writer

UNITS = {
    "net_revenue": "money", "gross_revenue": "money", "discount_amount": "money",
    "refund_amount": "money", "total_sales": "money", "contribution_margin": "money",
    "aov": "money", "revenue_per_customer": "money", "returning_customer_rate": "percent",
    "repeat_purchase_rate": "percent", "refund_rate_amount": "percent", "items_per_order": "ratio",
    "orders_per_active_customer": "ratio",
}  # fmt: skip
"""Unit by figure; all others are counts."""
WORSE_WHEN_MORE = frozenset({"refund_amount", "refund_rate_amount", "churned_customers"})
NEITHER = frozenset({"discount_amount"})


class Change(Struct, frozen=True):
    """number: `+7.0%`, `+1.2`. unit: `pp`, or empty. sign: an arrow. tone: `better`, `worse`, `even`."""

    number: str
    unit: str
    sign: str
    tone: str


def written(metric: str, value: object, writer: Writer) -> str:
    """A figure in its unit; a dash where there is none."""
    by_unit: dict[str, Callable[[object], str]] = {
        "money": writer.money,
        "percent": writer.percent,
        "ratio": writer.ratio,
        "count": writer.count,
    }
    return by_unit[UNITS.get(metric, "count")](value)


def change_of(
    metric: str, now: object, before: object, writer: Writer, words: Words
) -> Change | None:
    """How a figure has changed: shares in points, others in percent; None where it cannot be said."""
    if now is None or before is None:
        return None
    new, old = Decimal(str(now)), Decimal(str(before))
    unit = words("points") if UNITS.get(metric) == "percent" else ""
    if unit:
        moved = new - old
        number = writer.points(moved)
    elif old == 0:
        return None
    else:
        moved = (new - old) / abs(old)
        number = writer.signed_percent(moved)
    if round(moved, 3) == 0:
        none = Decimal(0)
        return Change(writer.points(none) if unit else writer.percent(none), unit, "=", "even")
    sign = "▲" if moved > 0 else "▼"
    if metric in NEITHER:
        return Change(number, unit, sign, "even")
    tone = "better" if (moved > 0) != (metric in WORSE_WHEN_MORE) else "worse"
    return Change(number, unit, sign, tone)
