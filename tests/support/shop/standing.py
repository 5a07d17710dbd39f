"""How people stand to the shop at the end of a period, and what is expected of them: the figures of kpis that orders alone do not give."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from fractions import Fraction
from functools import cache

from tests.support.shop import clv, lapse
from tests.support.shop.files import day, true
from tests.support.shop.kpis import Sides
from tests.support.shop.periods import DAY, spent
from tests.support.shop.sales import AS_OF, ZERO, Sales
from tests.support.shop.visits import visits


@cache
def came(sales: Sales) -> dict[str, date]:
    """The day of the first account, trial or valid order of each person."""
    days: dict[str, list[date]] = {}
    for row in sales.files["customers"]:
        days.setdefault(sales.people[row["customer_id"]], []).append(day(row["created_at"]))
    for person, orders in sales.of.items():
        days.setdefault(person, []).append(orders[0].day)
    for person, on in tried(sales).items():
        days.setdefault(person, []).append(on)
    return {person: min(found) for person, found in days.items()}


@cache
def tried(sales: Sales) -> dict[str, date]:
    """The day of the first trial."""
    found: dict[str, date] = {}
    trials = [
        (order.person, order.day) for order in sales.every_order if true(order.row["is_trial"])
    ]
    for row in sales.files["subscriptions"]:
        started, paid = day(row["started_at"]), row["first_paid_at"]
        if not paid or started < day(paid):
            trials.append((sales.people[row["customer_id"]], started))
    for person, on in trials:
        if person:
            found[person] = min(on, found.get(person, on))
    return found


def standing(
    sales: Sales, first: date, last: date, chosen: Collection[str] | None = None
) -> dict[str, Sides]:
    """Of everybody, or of these."""
    everybody = set(sales.people.values()) if chosen is None else set(chosen)
    paid = {person for person, orders in sales.of.items() if orders[0].day <= last}
    running = set()
    for row in sales.files["subscriptions"]:
        if row["first_paid_at"] and day(row["first_paid_at"]) <= last:
            person = sales.people[row["customer_id"]]
            paid.add(person)
            if not row["cancelled_at"] or day(row["cancelled_at"]) > last:
                running.add(person)
    trying = {person for person, on in tried(sales).items() if on <= last} - paid
    new = {person for person, on in came(sales).items() if first <= on <= last}
    days = (min(last, AS_OF - DAY) - first).days + 1
    return {
        "new_customers_per_day": (Fraction(len(new & everybody)), Fraction(days)),
        "customers_trial": (Fraction(len(trying & everybody)), None),
        "customers_one_time": (Fraction(len((paid - running) & everybody)), None),
        "customers_recurring": (Fraction(len(running & everybody)), None),
    }


def lapses(sales: Sales, first: date, last: date, chosen: Collection[str] | None = None) -> int:
    """How often in the period the window after a purchase day ran out."""
    return sum(
        first <= on <= last and (chosen is None or person in chosen)
        for person, on in lapse.lapsed_on(sales)
    )


def worth(sales: Sales, buyers: Collection[str]) -> dict[str, Sides]:
    """What those who bought in a period have brought at all, and are expected to bring."""
    all_time, coming = spent(sales, date.min, AS_OF), clv.expected(sales)
    return {
        "avg_historic_ltv": (
            sum((all_time[person].net for person in buyers), ZERO), Fraction(len(buyers)),
        ),
        "avg_predicted_clv": (
            sum((Fraction(coming[person].clv_12m) for person in buyers if person in coming), ZERO),
            Fraction(sum(person in coming for person in buyers)),
        ),
    }  # fmt: skip


def conversion(sales: Sales, first: date, last: date) -> Sides:
    """The web's orders by all visits."""
    seen = {visit.session_id for visit in visits(sales) if first <= visit.day <= last}
    ordered = sum(order.row["session_id"] in seen for order in sales.orders)
    return (Fraction(ordered), Fraction(len(seen))) if seen else (None, None)
