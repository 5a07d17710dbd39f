"""Orders, their lines and refunds in euros: K1 (valid orders), K2 (money), K3 (refunds), K5 (currency) and K6 (people)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

from tests.support.shop.files import Files, Row, at, day, grouped, number, true
from tests.support.shop.people import people

AS_OF = date(2026, 1, 1)
"""K4: the day after the demo shop's last order."""
NOT_SALES = {"pending", "cancelled", "failed"}
"""K1: states of the demo shop that make no sale."""
ZERO = Fraction(0)


@dataclass(frozen=True)
class Line:
    """A line of an order, in euros without tax."""

    order_id: str
    number: str
    product_id: str
    quantity: Fraction
    gross: Fraction
    discount: Fraction
    cost: Fraction | None
    is_gift: bool
    is_gift_card: bool
    is_markdown: bool

    @property
    def net(self) -> Fraction:
        """Before refunds."""
        return self.gross - self.discount


@dataclass(frozen=True)
class Refunded:
    """What came back of one line, in euros at the order's rate (K5)."""

    refund_id: str
    line: Line | None
    quantity: Fraction
    amount: Fraction
    restocked_cost: Fraction | None


@dataclass(frozen=True)
class Refund:
    """One refund: goods, shipping and tax apart, on its own day (K3)."""

    refund_id: str
    order: Order
    at: datetime
    reason: str
    parts: tuple[Refunded, ...]
    shipping: Fraction
    tax: Fraction

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def goods(self) -> Fraction:
        return sum((part.amount for part in self.parts), ZERO)

    @property
    def contribution(self) -> Fraction:
        """What it takes away: goods and shipping, less what went back to the shelf."""
        return (
            sum((part.restocked_cost or ZERO for part in self.parts), ZERO)
            - self.goods
            - self.shipping
        )


@dataclass
class Order:
    """An order with its row of the file. Money is zero where it is not valid (trap 7)."""

    row: Row
    order_id: str
    person: str | None
    at: datetime
    lines: list[Line]
    rate: Fraction
    fees: Fraction
    refunds: list[Refund] = field(default_factory=list)
    sequence: int = 0
    """How-manieth valid order of its person, from 1 (K7)."""

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def channel(self) -> str:
        return self.row["channel_id"]

    @property
    def country(self) -> str:
        return self.row["billing_country_code"]

    @property
    def region(self) -> str:
        return self.row["region_id"]

    @cached_property
    def is_valid(self) -> bool:
        """K1: of a status that is a sale, and with something to pay for goods."""
        return (
            self.row["status"] not in NOT_SALES
            and not true(self.row["is_test"])
            and sum((line.net for line in self.lines), ZERO) > 0
        )

    @cached_property
    def gross(self) -> Fraction:
        return sum((line.gross for line in self.lines), ZERO) if self.is_valid else ZERO

    @cached_property
    def discount(self) -> Fraction:
        return sum((line.discount for line in self.lines), ZERO) if self.is_valid else ZERO

    @property
    def net(self) -> Fraction:
        """Before refunds."""
        return self.gross - self.discount

    @property
    def refunded(self) -> Fraction:
        return sum((refund.goods for refund in self.refunds), ZERO) if self.is_valid else ZERO

    @property
    def net_order_basis(self) -> Fraction:
        return self.net - self.refunded

    @property
    def units(self) -> Fraction:
        return sum((line.quantity for line in self.lines if not line.is_gift_card), ZERO)

    @property
    def shipping(self) -> Fraction:
        return number(self.row["shipping_amount"]) * self.rate if self.is_valid else ZERO

    @property
    def tax(self) -> Fraction:
        return number(self.row["tax_amount"]) * self.rate if self.is_valid else ZERO

    @property
    def cost(self) -> Fraction | None:
        costs = [line.cost for line in self.lines]
        return None if any(cost is None for cost in costs) else sum((c for c in costs if c), ZERO)

    @property
    def contribution(self) -> Fraction | None:
        """K2, before refunds; nothing is known of it without costs."""
        if not self.is_valid:
            return ZERO
        if self.cost is None:
            return None
        return (
            self.net
            + self.shipping
            - self.cost
            - self.fees
            - number(self.row["fulfilment_cost"]) * self.rate
        )

    @property
    def is_back_whole(self) -> bool:
        return bool(self.refunds) and self.refunded >= self.net


class Sales:
    """The shop's orders and refunds, in time, as they were known at the end."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.people = people(files)
        self.products = {row["product_id"]: row for row in files["products"]}
        self.rates = {
            (row["from_currency"], row["rate_date"]): number(row["rate"])
            for row in files["fx_rates"]
            if row["to_currency"] == "EUR"
        }
        self.every_order = self._orders()
        self.by_id = {order.order_id: order for order in self.every_order}
        self.refunds = self._refunds()
        self.orders = [order for order in self.every_order if order.is_valid]
        for of_person in grouped(self.orders, lambda o: o.person).values():
            for place, order in enumerate(sorted(of_person, key=lambda o: (o.at, o.order_id)), 1):
                order.sequence = place if order.person else 0

    def rate(self, currency: str, on: date) -> Fraction:
        return Fraction(1) if currency == "EUR" else self.rates[currency, on.isoformat()]

    def family(self, product_id: str) -> str:
        """The product that a variant belongs to."""
        return self.products[product_id]["parent_product_id"] or product_id

    def category(self, product_id: str) -> str:
        return self.products[product_id]["category"]

    @cached_property
    def of(self) -> dict[str, list[Order]]:
        """Valid orders of each person, in time."""
        known = [order for order in self.orders if order.person]
        known.sort(key=lambda order: order.sequence)
        return {
            str(person): orders for person, orders in grouped(known, lambda o: o.person).items()
        }

    @cached_property
    def persons(self) -> set[str]:
        """Everybody with an account."""
        return {self.people[row["customer_id"]] for row in self.files["customers"]}

    def _cost(self, product_id: str, on: date) -> Fraction | None:
        """Of one piece on that day, in euros; cards cost nothing."""
        product = self.products[product_id]
        if true(product["is_gift_card"]):
            return ZERO
        known = [
            row for row in self._costs.get(product_id, []) if row["valid_from"] <= on.isoformat()
        ]
        if not known:
            return None
        row = max(known, key=lambda cost: cost["valid_from"])
        return number(row["unit_cost"]) * self.rate(row["currency"], on)

    @cached_property
    def _costs(self) -> dict[str, list[Row]]:
        return grouped(self.files["product_costs"], lambda row: row["product_id"])

    def _orders(self) -> list[Order]:
        items = grouped(self.files["order_items"], lambda row: row["order_id"])
        payments = grouped(self.files["payments"], lambda row: row["order_id"])
        found = []
        for row in self.files["orders"]:
            on = day(row["ordered_at"])
            rate = self.rate(row["currency"], on)
            found.append(
                Order(
                    row=row,
                    order_id=row["order_id"],
                    person=self.people[row["customer_id"]] if row["customer_id"] else None,
                    at=at(row["ordered_at"]),
                    lines=self._lines(row, items.get(row["order_id"], []), on, rate),
                    rate=rate,
                    fees=sum(
                        (
                            number(paid["fee_amount"]) * self.rate(paid["currency"], on)
                            for paid in payments.get(row["order_id"], [])
                        ),
                        ZERO,
                    ),
                )
            )
        return sorted(found, key=lambda order: (order.at, order.order_id))

    def _lines(self, order: Row, items: list[Row], on: date, rate: Fraction) -> list[Line]:
        amounts = [number(item["quantity"]) * number(item["unit_price"]) for item in items]
        discounts = [number(item["discount_amount"]) for item in items]
        cards = [
            true(order["is_gift_card_purchase"])
            or true(self.products[item["product_id"]]["is_gift_card"])
            for item in items
        ]
        rest = number(order["discount_amount"]) - sum(discounts, ZERO)
        if rest > 0:
            weights = [
                ZERO if card else amount - discount
                for amount, discount, card in zip(amounts, discounts, cards, strict=True)
            ]
            discounts = [
                d + share for d, share in zip(discounts, shared(rest, weights), strict=True)
            ]
        return [
            Line(
                order_id=order["order_id"],
                number=item["line_no"],
                product_id=item["product_id"],
                quantity=number(item["quantity"]),
                gross=ZERO if card else amount * rate,
                discount=ZERO if card else discount * rate,
                cost=None
                if (unit := self._cost(item["product_id"], on)) is None
                else unit * number(item["quantity"]),
                is_gift=true(item["is_gift"]),
                is_gift_card=card,
                is_markdown=number(item["compare_at_price"]) > number(item["unit_price"]),
            )
            for item, amount, discount, card in zip(items, amounts, discounts, cards, strict=True)
        ]

    def _refunds(self) -> list[Refund]:
        items = grouped(self.files["refund_items"], lambda row: row["refund_id"])
        found = []
        for row in self.files["refunds"]:
            order = self.by_id[row["order_id"]]
            lines = {line.number: line for line in order.lines}
            parts = [
                Refunded(
                    refund_id=row["refund_id"],
                    line=lines[item["order_line_no"]],
                    quantity=number(item["quantity"]),
                    amount=number(item["amount"]) * order.rate,
                    restocked_cost=self._restocked(item, order.day),
                )
                for item in items.get(row["refund_id"], [])
            ]
            shipping = number(row["shipping_amount"]) * order.rate
            tax = number(row["tax_amount"]) * order.rate
            goodwill = (
                number(row["amount"]) * order.rate
                - shipping
                - tax
                - sum((p.amount for p in parts), ZERO)
            )
            if goodwill:
                parts.append(Refunded(row["refund_id"], None, ZERO, goodwill, ZERO))
            refund = Refund(
                row["refund_id"],
                order,
                at(row["refunded_at"]),
                row["reason"],
                tuple(parts),
                shipping,
                tax,
            )
            order.refunds.append(refund)
            found.append(refund)
        return sorted(found, key=lambda refund: (refund.at, refund.refund_id))

    def _restocked(self, item: Row, on: date) -> Fraction | None:
        unit = self._cost(item["product_id"], on)
        return None if unit is None else unit * number(item["restocked_quantity"])


def shared(amount: Fraction, weights: list[Fraction]) -> list[Fraction]:
    """The amount in whole cents by weight, none lost: the cents that are over go to the largest remainders."""
    cents = int(amount * 100)
    whole = sum(weights, ZERO)
    parts = [cents * weight / whole for weight in weights]
    floors = [int(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for i in order[: cents - sum(floors)]:
        floors[i] += 1
    return [Fraction(floor, 100) for floor in floors]
