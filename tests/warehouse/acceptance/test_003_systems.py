"""003, what people say, whether figures can be trusted, and the systems that read along."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from tests.support.shop import feedback, rfm, traits
from tests.support.shop.files import Row, grouped, true
from tests.support.shop.periods import DAY, month_of
from tests.support.shop.sales import AS_OF, ZERO, Sales
from tests.support.shop.trends import NOW, THEN, Sold, sold, trend, units
from tests.support.shop.visits import visits
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import rate
from tests.warehouse.acceptance.test_000 import mailable
from tests.warehouse.acceptance.test_001 import DECEMBER
from tests.warehouse.acceptance.test_002_customer import own_segments
from tests.warehouse.acceptance.test_003 import counted


def test_003_20_answers_to_surveys(ask: Ask, shop: Sales) -> None:
    rows = [row for row in shop.files["surveys"] if row["wave"] == "2025-q4"]
    assert [tuple(row.values()) for row in ask("003-20")] == [
        (kind, "2025-q4", len(of), sum(bool(row["responded_at"]) for row in of))
        for kind, of in sorted(grouped(rows, lambda row: row["survey_type"]).items())
    ]


def test_003_21_reviews_of_products(ask: Ask, shop: Sales) -> None:
    """Ranked by stars with ten more reviews of the mean of all."""
    rows = shop.files["reviews"]
    mean = Fraction(sum(feedback.scores(rows)), len(rows))
    of = grouped(rows, lambda row: row["product_id"])

    def drawn(product: str) -> Fraction:
        return (sum(feedback.scores(of[product])) + 10 * mean) / (len(of[product]) + 10)

    best = sorted(of, key=lambda product: (-drawn(product), product))[:5]
    assert [tuple(row.values()) for row in ask("003-21")] == [
        (
            shop.products[product]["product_name"],
            len(of[product]),
            rate(sum(feedback.scores(of[product])), len(of[product])),
            rate(drawn(product), 1),
            rate(sum(true(row["is_verified"]) for row in of[product]), len(of[product])),
        )
        for product in best
    ]


def test_003_22_what_is_said_on_social_networks(ask: Ask, shop: Sales) -> None:
    found = counted(shop, "social_comments", "network", "sentiment")
    assert [tuple(row.values()) for row in ask("003-22")] == [
        (*key, n) for key, n in sorted(found.items(), key=lambda item: str(item[0]))
    ]


def test_003_23_whether_the_figures_can_be_trusted(ask: Ask, shop: Sales) -> None:
    """The demo shop is clean: nothing is found in its orders."""
    checks = (
        *("orders_without_items", "repeated_order_rows", "late_orders", "test_orders"),
        "unknown_statuses",
    )
    n = len(shop.files["orders"])
    assert [tuple(row.values()) for row in ask("003-23")] == [
        (check, n, 0, 0, "ok") for check in checks
    ]


def test_003_24_rows_for_the_crm(ask: Ask, shop: Sales) -> None:
    account = {row["customer_id"]: row for row in shop.files["customers"]}
    segment, tier, own = rfm.segments(shop), traits.tiers(shop), own_segments(shop)
    answer = ask("003-24")
    assert [row["customer_id"] for row in answer] == sorted(shop.persons)[:3]
    for row in answer:
        person = row["customer_id"]
        assert row["email"] == account[person]["email"].strip().lower()
        assert (row["rfm_segment"], row["value_tier"]) == (segment[person], tier[person])
        in_them = {key for key in row["segments"].split(", ") if key in own}
        assert in_them == {key for key, members in own.items() if person in members}
        assert ("newsletter" in row["segments"]) is (person in mailable(shop))
        assert len(row["row_hash"]) == 32


def test_003_25_who_came_into_a_segment_and_who_left(ask: Ask, shop: Sales) -> None:
    """Between the first days of two months; the day is that of the last change."""
    days = [date(2025, month, 1) for month in (10, 11, 12)] + [AS_OF]
    state = {on: rfm.segments(shop, on) for on in days}
    found = []
    for person in sorted(shop.persons):
        was, is_ = (state[on][person] == "champions" for on in (days[0], days[-1]))
        if was != is_:
            changed = max(
                later
                for sooner, later in itertools.pairwise(days)
                if (state[sooner][person] == "champions") != (state[later][person] == "champions")
            )
            found.append((person, "entered" if is_ else "left", changed))
    answer = ask("003-25")
    assert [(r["customer_id"], r["change"], r["change_date"]) for r in answer] == found[:5]
    for row in answer:
        assert row["is_mailable"] is (row["customer_id"] in mailable(shop))
        assert row["last_order_date"] == shop.of[row["customer_id"]][-1].day


def test_003_26_all_systems_in_one_profile(ask: Ask, shop: Sales) -> None:
    """Each kind of event, with those it happened to."""
    who: dict[str, list[str]] = defaultdict(list)

    def add(kind: str, name: str, keep: Callable[[Row], bool] = lambda row: True) -> None:
        for row in shop.files[name]:
            if row["customer_id"] and keep(row):
                who[kind].append(shop.people[row["customer_id"]])

    add("review", "reviews")
    add("ticket", "support_tickets")
    add("survey", "surveys", lambda row: bool(row["responded_at"]))
    for event in {row["event_type"] for row in shop.files["campaign_events"]}:
        add(f"mail_{event}", "campaign_events", lambda row, event=event: row["event_type"] == event)  # type: ignore[misc]
    for order in shop.every_order:
        kind = (
            order.row["status"]
            if order.row["status"] in ("pending", "cancelled", "failed")
            else "zero_value"
        )
        if order.person:
            who["order" if order.is_valid else f"order_{kind}"].append(order.person)
    who["refund"] = [r.order.person for r in shop.refunds if r.order.person]
    who["visit"] = [visit.person for visit in visits(shop) if visit.person]
    found = {row["event_type"]: (row["events"], row["customers"]) for row in ask("003-26")}
    del found["segment"]  # told of in 003-25
    assert found == {kind: (len(persons), len(set(persons))) for kind, persons in who.items()}


def test_003_27_what_the_words_mean_in_the_readers_language(ask: Ask) -> None:
    """Known words: gross and net revenue, in five languages."""
    labels = {row["metric"]: tuple(row.values())[1:] for row in ask("003-27")}
    assert labels["net_revenue"] == (
        *("Net revenue", "Receita líquida", "Venituri nete", "Przychód netto"),
        "صافي الإيرادات",
    )
    assert labels["gross_revenue"][2:4] == ("Venituri brute", "Przychód brutto")
    assert len(labels) == 5


def test_003_28_which_way_it_is_going(ask: Ask, shop: Sales) -> None:
    """The line of least squares through the units of the last 28 days."""
    found = sold(shop)

    def slope(of: Sold) -> Fraction:
        distance = [Fraction(2 * n - 27, 2) for n in range(28)]
        sales = [units(of, NOW[0] + n * DAY, NOW[0] + n * DAY) for n in range(28)]
        moment = sum((d * sale for d, sale in zip(distance, sales, strict=True)), ZERO)
        return moment / sum((d * d for d in distance), ZERO)

    year_ago = date(2024, 12, 4), date(2024, 12, 31)
    recent = {f: of for f, of in found.items() if units(of, THEN[0], NOW[1])}
    best = sorted(recent, key=lambda family: (-slope(recent[family]), family))[:5]
    answer = ask("003-28")
    assert [row["product_name"] for row in answer] == [
        shop.products[family]["product_name"] for family in best
    ]
    for row, family in zip(answer, best, strict=True):
        of = recent[family]
        assert row["units_28d"] == units(of, *NOW)
        assert row["slope_28d"] == pytest.approx(float(slope(of)), rel=1e-9)
        assert row["units_change_last_year"] == rate(units(of, *NOW), units(of, *year_ago))
        assert row["trend"] == trend(of)
    assert month_of(NOW[0]) == DECEMBER[0]
