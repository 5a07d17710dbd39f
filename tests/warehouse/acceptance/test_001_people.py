"""001, recommendation, churn, mails, and who the customers are."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt

import pytest

from tests.support.shop import feedback, lapse, traits
from tests.support.shop.campaigns import campaigns
from tests.support.shop.files import Row, day, grouped
from tests.support.shop.periods import (
    DAY,
    month_end,
    month_of,
    spent,
)
from tests.support.shop.sales import AS_OF, ZERO, Order, Sales
from tests.support.shop.visits import first_product, owed, visits, won_by
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import money, rate
from tests.warehouse.acceptance.test_000 import mailable
from tests.warehouse.acceptance.test_001 import LAST_MONTHS, new_in, returning_in, spend


def test_001_13_whether_they_would_recommend_us(ask: Ask, shop: Sales) -> None:
    asked = [row for row in shop.files["surveys"] if row["survey_type"] == "nps"]
    expected = []
    for month in LAST_MONTHS:
        marks = feedback.scores(
            feedback.of_month(feedback.answers(shop, "nps"), "responded_at", month)
        )
        n = len(marks)
        for_us, against = sum(m >= 9 for m in marks) / n, sum(m <= 6 for m in marks) / n
        margin = 196 * sqrt((for_us + against - (for_us - against) ** 2) / n)
        sent = feedback.of_month(asked, "sent_at", month)
        answered = sum(bool(row["score"]) for row in sent)
        expected.append(
            (
                month,
                n,
                pytest.approx(feedback.nps(marks)),
                pytest.approx(margin, rel=1e-4),
                n < 30,
                rate(answered, len(sent)),
            )
        )
    assert [tuple(row.values()) for row in ask("001-13")] == expected


def test_001_14_how_many_are_lost(ask: Ask, shop: Sales) -> None:
    """Customers at the month's start who are none at its end, and what they had brought in the year before."""
    expected = []
    for month in LAST_MONTHS:
        had = lapse.active(shop, month)
        left = had - lapse.active(shop, month_end(month) + DAY)
        year = spent(shop, month - timedelta(days=365), month - DAY)
        worth = {person: year[person].net if person in year else ZERO for person in had}
        expected.append(
            (
                month,
                len(had),
                len(left),
                rate(len(left), len(had)),
                pytest.approx(
                    float(sum((worth[p] for p in left), ZERO) / sum(worth.values(), ZERO)), rel=1e-6
                ),
            )
        )
    assert [tuple(row.values()) for row in ask("001-14")] == expected


def test_001_15_whether_keeping_is_cheaper_than_winning(ask: Ask, shop: Sales) -> None:
    expected = []
    for month in LAST_MONTHS:
        winning = sum(spend(shop, month, "acquisition").values(), ZERO)
        keeping = sum(spend(shop, month, "retention").values(), ZERO)
        cac = winning / len(new_in(shop, month, month_end(month)))
        kept = keeping / len(returning_in(shop, month, month_end(month)))
        expected.append((month, rate(cac, 1), rate(kept, 1), rate(cac, kept)))
    assert [tuple(row.values()) for row in ask("001-15")] == expected


def test_001_16_what_mails_bring(ask: Ask, shop: Sales) -> None:
    mails = [c for c in campaigns(shop).values() if c.row["channel"] == "email"]
    mails.sort(key=lambda c: (-c.sent.toordinal(), c.row["campaign_id"]))
    expected = []
    for c in mails[:5]:
        got = len(c.who("delivered"))
        parts = (len(c.who(what)) for what in ("opened", "clicked", "unsubscribed"))
        expected.append(
            (
                c.row["campaign_id"],
                got,
                *(rate(part, got) for part in parts),
                rate(len(c.buyers("delivered")), got),
                money(c.net("delivered") / got),
            )
        )
    assert [tuple(row.values()) for row in ask("001-16")] == expected


def test_001_17_one_profile_for_each_person(ask: Ask, shop: Sales) -> None:
    """How each key was told: an account of its own, by the address, by the telephone, or by the map of keys."""
    accounts = {row["customer_id"]: row for row in shop.files["customers"]}
    addresses = Counter(row["email"].strip().lower() for row in accounts.values())
    told: dict[str, list[str]] = defaultdict(list)
    for key, person in shop.people.items():
        if key not in accounts:
            told["identity_map"].append(person)
        elif key == person:
            told["account"].append(person)
        elif addresses[accounts[key]["email"].strip().lower()] > 1:
            told["email"].append(person)
        else:
            told["phone"].append(person)
    assert [tuple(row.values()) for row in ask("001-17")] == [
        (way, len(persons), len(set(persons))) for way, persons in sorted(told.items())
    ]


def test_001_18_what_they_like_and_when_they_were_here(ask: Ask, shop: Sales) -> None:
    since = AS_OF - timedelta(days=90)
    seen = grouped([v for v in visits(shop) if v.person], lambda visit: str(visit.person))
    recent = {p: [v for v in of if v.day >= since] for p, of in seen.items()}
    most = sorted(recent, key=lambda p: (-len(recent[p]), p))[:5]
    mails: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in shop.files["campaign_events"]:
        if day(row["occurred_at"]) >= since:
            key = (shop.people[row["customer_id"]], row["event_type"])
            mails[key].add(row["campaign_id"])
    assert [tuple(row.values()) for row in ask("001-18")] == [
        (
            person,
            traits.top_categories(shop).get(person),
            max(visit.day for visit in seen[person]),
            len(recent[person]),
            len(mails[person, "delivered"]),
            len(mails[person, "clicked"]),
        )
        for person in most
    ]


def test_001_19_who_is_being_won(ask: Ask, shop: Sales) -> None:
    """By month, channel, first product, region and device; with what mature ones brought in 90 days."""
    ninety = timedelta(days=90)
    found: dict[tuple[date, str, str, str, str], list[str]] = defaultdict(list)
    for person, orders in shop.of.items():
        visit = owed(shop).get(orders[0].order_id)
        key = (
            month_of(orders[0].day),
            won_by(shop)[person],
            first_product(orders[0]),
            orders[0].region or "(unknown)",
            visit.row["device"] if visit else "(unknown)",
        )
        found[key].append(person)
    answer = ask("001-19")
    for row, key in zip(answer, sorted(found, key=lambda k: (-len(found[k]), k)), strict=False):
        mature = [p for p in found[key] if shop.of[p][0].day + ninety <= AS_OF]
        brought = ZERO
        for person in mature:
            first = shop.of[person][0].day
            brought += within(shop.of[person], first, first + ninety)
        assert tuple(row.values()) == (
            key[1],
            shop.products[key[2]]["product_name"],
            key[3],
            key[4],
            len(found[key]),
            money(brought / len(mature)) if mature else None,
        )


def within(orders: list[Order], first: date, before_: date) -> Fraction:
    """Net revenue of the orders and the refunds of the days."""
    bought = sum((order.net for order in orders if first <= order.day < before_), ZERO)
    returned = (r.goods for order in orders for r in order.refunds if first <= r.day < before_)
    return bought - sum(returned, ZERO)


def test_001_20_whom_we_may_write_to(ask: Ask, shop: Sales) -> None:
    """A person's consent is that of the account with the firmest; nobody who refused is written to."""
    of: dict[str, list[Row]] = grouped(
        shop.files["customers"], lambda row: shop.people[row["customer_id"]]
    )
    said = {person: rows[0]["email_consent"] for person, rows in of.items()}
    count = Counter(said.values())
    may = Counter(said[person] for person in mailable(shop))
    assert [tuple(row.values()) for row in ask("001-20")] == [
        (consent, n, may[consent]) for consent, n in sorted(count.items())
    ]


def test_001_21_which_systems_feed_it(ask: Ask, shop: Sales) -> None:
    """Their rows and newest days; nothing is behind in what is expected every day."""
    newest = {
        "campaign_events": "occurred_at",
        "campaigns": "sent_at",
        "carts": "created_at",
    }
    assert [tuple(row.values()) for row in ask("001-21")] == [
        (
            "canonical",
            "canonical",
            table,
            len(shop.files[table]),
            max(day(row[newest[table]]) for row in shop.files[table]) if table in newest else None,
            False,
        )
        for table in sorted(shop.files)[:5]
    ]
