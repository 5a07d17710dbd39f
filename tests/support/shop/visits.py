"""Visits, the orders that are owed to them, and what won each customer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from tests.support.shop.files import Row, at, true
from tests.support.shop.sales import Order, Sales

CHANNEL_OF_MEDIUM = {"cpc": "paid_search", "": "direct"}
"""The demo shop's media whose channel has another name."""
LIFETIMES = {"email": timedelta(days=7)}
LIFETIME = timedelta(days=30)
"""How long a visit is owed something."""


@dataclass(frozen=True)
class Visit:
    """A visit of a person, with the customer whose device it was on."""

    row: Row
    person: str | None

    @property
    def session_id(self) -> str:
        return self.row["session_id"]

    @property
    def at(self) -> datetime:
        return at(self.row["started_at"])

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def channel(self) -> str:
        medium = self.row["medium"]
        return CHANNEL_OF_MEDIUM.get(medium, medium)


@cache
def visits(sales: Sales) -> list[Visit]:
    """Without robots; a device on which one customer logs in is that customer's before, too."""
    rows = sales.files["sessions"]
    seen: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["visitor_id"] and row["customer_id"]:
            seen[row["visitor_id"]].add(sales.people[row["customer_id"]])

    def who(row: Row) -> str | None:
        if row["customer_id"]:
            return sales.people[row["customer_id"]]
        of_device = seen.get(row["visitor_id"], set())
        return next(iter(of_device)) if len(of_device) == 1 else None

    return [Visit(row, who(row)) for row in rows if not true(row["is_bot"])]


@cache
def owed(sales: Sales) -> dict[str, Visit]:
    """The last visit before each order that was not direct; where all were, the last. Its own visit is the last."""
    by_person: dict[str, list[Visit]] = defaultdict(list)
    by_id = {}
    for visit in visits(sales):
        by_id[visit.session_id] = visit
        if visit.person:
            by_person[visit.person].append(visit)
    found = {}
    for order in sales.orders:
        own = by_id.get(order.row["session_id"])
        before = [
            visit
            for visit in by_person.get(order.person or "", [])
            if visit.at <= order.at <= visit.at + LIFETIMES.get(visit.channel, LIFETIME)
            and visit.session_id != order.row["session_id"]
        ]
        before.sort(key=lambda visit: (visit.at, visit.session_id))
        path = before + ([own] if own else [])
        if path:
            found[order.order_id] = next(
                (visit for visit in reversed(path) if visit.channel != "direct"), path[-1]
            )
    return found


@cache
def won_by(sales: Sales) -> dict[str, str]:
    """The channel that won each customer: the account's own word, else who brought them, else the visit."""
    said: dict[str, str] = {}
    brought: set[str] = set()
    for row in sales.files["customers"]:
        person = sales.people[row["customer_id"]]
        if row["acquisition_channel"]:
            said.setdefault(person, row["acquisition_channel"])
        if row["referrer_customer_id"]:
            brought.add(person)
    found = {}
    for person, orders in sales.of.items():
        visit = owed(sales).get(orders[0].order_id)
        found[person] = (
            said.get(person)
            or ("referral" if person in brought else None)
            or (visit.channel if visit else "(unattributed)")
        )
    return found


def first_product(order: Order) -> str:
    """What the order spent most on."""
    lines = [line for line in order.lines if not line.is_gift]
    return min(lines, key=lambda line: (-line.gross, line.product_id)).product_id
