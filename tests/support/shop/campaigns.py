"""Letters and text messages: who got them, who was held back, and what both bought in the week after."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from tests.support.shop.files import Row, at, day
from tests.support.shop.sales import ZERO, Order, Sales

WEEK = timedelta(days=7)


@dataclass
class Campaign:
    """A campaign with what happened to each person."""

    row: Row
    events: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    bought: dict[str, list[Order]] = field(default_factory=dict)

    @property
    def sent(self) -> date:
        return day(self.row["sent_at"])

    def who(self, event: str) -> set[str]:
        return {person for person, events in self.events.items() if event in events}

    def buyers(self, event: str) -> set[str]:
        """Of those with the event, who bought in the week."""
        return {person for person in self.who(event) if self.bought[person]}

    def net(self, event: str) -> Fraction:
        """What those with the event bought in the week, less what came back of it."""
        orders = [order for person in self.who(event) for order in self.bought[person]]
        return sum((order.net_order_basis for order in orders), ZERO)

    def conversion(self, event: str) -> Fraction | None:
        return Fraction(len(self.buyers(event)), len(self.who(event))) if self.who(event) else None

    def incremental_net(self) -> Fraction | None:
        """What all who got it brought more than as many of those held back."""
        if not self.who("holdout"):
            return None
        got, back = len(self.who("delivered")), len(self.who("holdout"))
        return self.net("delivered") - self.net("holdout") * got / back


@cache
def campaigns(sales: Sales) -> dict[str, Campaign]:
    found = {row["campaign_id"]: Campaign(row) for row in sales.files["campaigns"]}
    for row in sales.files["campaign_events"]:
        person = sales.people[row["customer_id"]]
        found[row["campaign_id"]].events[person].add(row["event_type"])
    for campaign in found.values():
        for person in campaign.events:
            campaign.bought[person] = [
                order
                for order in sales.of.get(person, [])
                if order.at >= at(campaign.row["sent_at"]) and order.day < campaign.sent + WEEK
            ]
    return found
