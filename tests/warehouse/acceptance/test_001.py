"""001: the customer metrics: service, retention, value, cost of winning, leads, recommendation, consent."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest

from tests.support.shop import clv, feedback, lapse
from tests.support.shop.files import at, day, grouped, number
from tests.support.shop.periods import (
    before,
    buyers,
    month_end,
    month_of,
    months,
    spent,
)
from tests.support.shop.sales import AS_OF, ZERO, Sales
from tests.support.shop.visits import won_by
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import money, rate
from tests.warehouse.acceptance.test_000 import QUARTER

DECEMBER = date(2025, 12, 1), date(2025, 12, 31)
LAST_MONTHS = sorted(months(date(2025, 8, 1), date(2025, 12, 31)), reverse=True)


def new_in(shop: Sales, first: date, last: date) -> list[str]:
    """K7: whose first order lies in the days."""
    return [p for p, orders in shop.of.items() if first <= orders[0].day <= last]


def returning_in(shop: Sales, first: date, last: date) -> list[str]:
    """K7: with an order before the days and one in them."""
    return [
        p
        for p, orders in shop.of.items()
        if orders[0].day < first and any(first <= o.day <= last for o in orders)
    ]


def test_001_01_the_metrics_as_a_set(ask: Ask) -> None:
    """The first five of the specification's section 3, and where they stand."""
    first = ["gross_revenue", "discount_amount", "refund_amount", "net_revenue", "total_sales"]
    assert [(row["number"], row["metric"], row["column_name"]) for row in ask("001-01")] == [
        (number, name, name) for number, name in enumerate(first, 1)
    ]
    assert {row["relation"] for row in ask("001-01")} == {"agg_kpis_monthly"}
    assert ask("001-01")[0]["label_en"] == "Gross revenue"


def test_001_02_customer_service(ask: Ask, shop: Sales) -> None:
    expected = []
    for month in LAST_MONTHS:
        tickets = feedback.of_month(shop.files["support_tickets"], "created_at", month)
        surveys = feedback.of_month(feedback.answers(shop, "csat"), "responded_at", month)
        marks = feedback.scores(tickets, "csat") + feedback.scores(surveys)
        content = sum(mark >= 4 for mark in marks)
        expected.append(
            (
                month,
                len(marks),
                rate(content, len(marks)),
                pytest.approx(feedback.hours(tickets, "first_response_at")),
                pytest.approx(feedback.hours(tickets, "resolved_at")),
                len(marks) < 30,
            )
        )
    assert [tuple(row.values()) for row in ask("001-02")] == expected


def test_001_03_what_goes_along_with_leaving(ask: Ask, shop: Sales) -> None:
    """December's, by the last order before it and the 60 days after that order."""
    first, _last = DECEMBER
    had = lapse.active(shop, first)
    stayed = lapse.active(shop, AS_OF)
    tickets = grouped(shop.files["support_tickets"], lambda row: shop.people[row["customer_id"]])
    said = grouped(
        [row for row in shop.files["surveys"] if row["survey_type"] == "nps" and row["score"]],
        lambda row: shop.people[row["customer_id"]],
    )
    known: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for person in had:
        order = lapse.last_before(shop.of[person], first)
        assert order is not None
        until = order.day + timedelta(days=60)
        row, stays = order.row, person in stayed
        if row["delivered_at"] and row["promised_at"]:
            known["late_delivery", stays].append(row["delivered_at"] > row["promised_at"])
        known["refund", stays].append(any(r.day <= until for r in order.refunds))
        known["ticket", stays].append(
            any(order.day <= day(t["created_at"]) <= until for t in tickets.get(person, []))
        )
        answers = [a for a in said.get(person, []) if day(a["responded_at"]) <= until]
        if answers:
            latest = max(answers, key=lambda a: (day(a["responded_at"]), a["response_id"]))
            known["nps_detractor", stays].append(int(latest["score"]) <= 6)
    for row_ in ask("001-03"):
        left, kept = (known[row_["cause"], stays] for stays in (False, True))
        assert row_["lapsed_rate"] == rate(sum(left), len(left))
        assert row_["retained_rate"] == rate(sum(kept), len(kept))
        difference = Fraction(sum(left), len(left)) - Fraction(sum(kept), len(kept))
        assert row_["rate_difference"] == pytest.approx(float(difference))
    assert [row_["cause"] for row_ in ask("001-03")] == sorted({cause for cause, _ in known})


def test_001_04_better_or_worse_than_before_and_than_planned(ask: Ask, shop: Sales) -> None:
    """December, the 31 days before it, and a year ago. The demo shop plans nothing: targets are tried in test_report_laws."""

    def figures(first: date, last: date) -> dict[str, float]:
        of = spent(shop, first, last)
        orders = sum(len(one.orders) for one in of.values())
        basis = sum((one.net_order_basis for one in of.values()), ZERO)
        return {
            "aov": float(basis / orders),
            "net_revenue": float(sum((one.net for one in of.values()), ZERO)),
            "new_customers": len(new_in(shop, first, last)),
            "orders": orders,
        }

    now, then = figures(*DECEMBER), figures(*before(*DECEMBER))
    last_year = figures(date(2024, 12, 1), date(2024, 12, 31))
    answer = ask("001-04")
    assert [row["metric"] for row in answer] == sorted(now)
    for row in answer:
        name = row["metric"]
        assert row["value"] == money(now[name])
        assert row["prev"] == money(then[name])
        assert row["yoy"] == money(last_year[name])


def test_001_05_what_people_say(ask: Ask, shop: Sales) -> None:
    of: dict[str, list[int]] = {"(all)": feedback.scores(shop.files["reviews"])}
    for product, rows in grouped(shop.files["reviews"], lambda row: row["product_id"]).items():
        of[product] = feedback.scores(rows)
    most = sorted(of, key=lambda product: (-len(of[product]), product))[:5]
    assert [tuple(row.values()) for row in ask("001-05")] == [
        (
            product,
            len(stars),
            rate(sum(stars), len(stars)),
            rate(stars.count(5), len(stars)),
            rate(sum(star <= 2 for star in stars), len(stars)),
        )
        for product, stars in ((product, of[product]) for product in most)
    ]


def test_001_06_how_many_buy_again(ask: Ask, shop: Sales) -> None:
    """Two questions (trap 32): with two orders in the quarter; with one before it."""
    customers = buyers(spent(shop, *QUARTER))
    twice = sum(len(one.orders) >= 2 for one in customers)
    back = len(returning_in(shop, *QUARTER))
    assert twice != back
    assert [tuple(row.values()) for row in ask("001-06")] == [
        ("repeat_purchase_rate", twice, len(customers), rate(twice, len(customers))),
        ("returning_customer_rate", back, len(customers), rate(back, len(customers))),
    ]


def test_001_07_what_a_customer_is_worth(ask: Ask, shop: Sales) -> None:
    expected = clv.expected(shop)
    best = sorted(expected, key=lambda p: (-expected[p].clv_12m, p))[:5]
    all_time = spent(shop, date.min, AS_OF)
    answer = ask("001-07")
    assert [row["customer_id"] for row in answer] == best
    for row in answer:
        person = expected[row["customer_id"]]
        assert row["historic_ltv"] == money(all_time[row["customer_id"]].net)
        assert row["p_alive"] == pytest.approx(person.p_alive, rel=1e-9)
        assert row["expected_orders_365d"] == pytest.approx(person.orders(365 / 7), rel=1e-9)
        assert row["predicted_clv_12m"] == pytest.approx(person.clv_12m, abs=0.005)


def spend(shop: Sales, month: date, purpose: str) -> dict[str, Fraction]:
    found: dict[str, Fraction] = defaultdict(Fraction)
    for row in shop.files["marketing_spend"]:
        if month_of(day(row["spend_date"])) == month and row["purpose"] == purpose:
            found[row["channel"]] += number(row["amount"])
    return found


def cohort(shop: Sales, month: date) -> dict[str, list[str]]:
    """Who was won in a month, by channel."""
    return grouped(new_in(shop, month, month_end(month)), lambda person: won_by(shop)[person])


def groups(shop: Sales, month: date) -> dict[str, set[str]]:
    """The channels of each row: every one for itself, those paid for, and all."""
    paid = {channel for channel, money_ in spend(shop, month, "acquisition").items() if money_}
    every = paid | set(cohort(shop, month))
    every |= set(spend(shop, month, "retention")) | set(spend(shop, month, "brand"))
    return {"(all)": every, "(paid)": paid, **{channel: {channel} for channel in every}}


def test_001_08_what_a_new_customer_costs(ask: Ask, shop: Sales) -> None:
    cost, new = spend(shop, DECEMBER[0], "acquisition"), cohort(shop, DECEMBER[0])
    expected = []
    for row, channels in sorted(groups(shop, DECEMBER[0]).items()):
        euros = sum((cost.get(channel, ZERO) for channel in channels), ZERO)
        won = sum(len(new.get(channel, [])) for channel in channels)
        expected.append((row, money(euros), won, rate(euros, won) if won else None))
    assert [tuple(row.values()) for row in ask("001-08")] == expected


def test_001_09_what_winning_customers_returns(ask: Ask, shop: Sales) -> None:
    """January's cohort, all it has left since, and what its first orders were worth before discounts."""
    january = date(2025, 1, 1)
    cost, new = spend(shop, january, "acquisition"), cohort(shop, january)
    all_time = spent(shop, date.min, AS_OF)
    expected = []
    for row, channels in sorted(groups(shop, january).items()):
        euros = sum((cost.get(channel, ZERO) for channel in channels), ZERO)
        won = [person for channel in channels for person in new.get(channel, [])]
        left = sum((all_time[person].contribution for person in won), ZERO)
        first = sum((shop.of[person][0].gross for person in won), ZERO)
        roi = (
            None if not euros else pytest.approx(float((left - euros) / euros), abs=0.001),
            None if not euros else pytest.approx(float(first / euros), abs=0.001),
        )
        expected.append((row, money(euros), money(left), *roi))
    assert [tuple(row.values()) for row in ask("001-09")] == expected


def test_001_10_how_many_leads_become_customers(ask: Ask, shop: Sales) -> None:
    """October's leads who had not bought, and those of them who did within 30 days; all 30 days are over."""
    october = date(2025, 10, 1)
    rows: dict[str, list[bool]] = defaultdict(list)
    for lead in feedback.of_month(shop.files["leads"], "created_at", october):
        person = shop.people[lead["customer_id"]] if lead["customer_id"] else ""
        first = shop.of[person][0] if person in shop.of else None
        if first and first.at < at(lead["created_at"]):
            continue
        came = bool(first) and (first.day - day(lead["created_at"])).days <= 30  # type: ignore[union-attr]
        for channel in (lead["source"], "(all)"):
            rows[channel].append(came)
    assert [tuple(row.values()) for row in ask("001-10")] == [
        (october, channel, len(came), len(came), sum(came), rate(sum(came), len(came)))
        for channel, came in sorted(rows.items())
    ]


def test_001_11_what_a_customer_leaves_after_costs(ask: Ask, shop: Sales) -> None:
    of = spent(shop, *QUARTER)
    left = sum((one.contribution for person, one in of.items() if person), ZERO)
    customers = len(buyers(of))
    (row,) = ask("001-11")
    assert row["numerator"] == pytest.approx(float(left), abs=0.02)
    assert row["denominator"] == customers
    assert row["value"] == money(left / customers)


def test_001_12_orders_of_a_buyer(ask: Ask, shop: Sales) -> None:
    customers = buyers(spent(shop, *QUARTER))
    orders = sum(len(one.orders) for one in customers)
    (row,) = ask("001-12")
    assert (row["numerator"], row["denominator"]) == (orders, len(customers))
    assert row["value"] == rate(orders, len(customers))
