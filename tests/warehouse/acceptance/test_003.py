"""003: marketplace reports: sales, traffic, trends, carts, contentment, systems that read along."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest

from tests.support.shop import feedback, rfm, traits
from tests.support.shop.files import Row, at, day, grouped, number, true
from tests.support.shop.periods import DAY, buyers, spent
from tests.support.shop.sales import AS_OF, NOT_SALES, ZERO, Sales
from tests.support.shop.trends import NOW, THEN, sold, trend, units
from tests.support.shop.visits import CHANNEL_OF_MEDIUM, owed, visits
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import money, rate
from tests.warehouse.acceptance.test_001 import DECEMBER, LAST_MONTHS, new_in

STEPS = ("product_view", "add_to_cart", "checkout", "purchase")


def counted(shop: Sales, name: str, *columns: str) -> Counter[tuple[str | None, ...]]:
    """Rows of a file under the values of columns; what is missing is None."""
    return Counter(tuple(row[column] or None for column in columns) for row in shop.files[name])


def test_003_01_visits_as_a_source(ask: Ask, shop: Sales) -> None:
    found = counted(shop, "sessions", "medium", "device")
    assert [tuple(row.values()) for row in ask("003-01")] == [
        (*key, n) for key, n in found.most_common(5)
    ]


def test_003_02_search_as_a_source(ask: Ask, shop: Sales) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for row in shop.files["seo_traffic"]:
        found[row["source"], row["keyword"]] += int(row["visits"])
    assert [tuple(row.values()) for row in ask("003-02")] == [
        (*key, n) for key, n in found.most_common(5)
    ]


def test_003_03_marketplaces_as_a_source(ask: Ask, shop: Sales) -> None:
    found = Counter(order.channel for order in shop.orders)
    assert found["market"] > 0
    assert [tuple(row.values()) for row in ask("003-03")] == [
        ("canonical", channel, n) for channel, n in found.most_common(5)
    ]


def test_003_04_sales_by_day(ask: Ask, shop: Sales) -> None:
    expected = []
    for on in (date(2025, 12, 27) + n * DAY for n in range(5)):
        of = spent(shop, on, on).values()
        expected.append(
            (
                on,
                sum(len(one.orders) for one in of),
                sum((one.units for one in of), ZERO),
                money(sum((one.net for one in of), ZERO)),
            )
        )
    assert [tuple(row.values()) for row in ask("003-04")] == expected


def december(shop: Sales) -> list[Row]:
    """December's visits of people."""
    return [visit.row for visit in visits(shop) if visit.day >= DECEMBER[0]]


def test_003_05_traffic(ask: Ask, shop: Sales) -> None:
    sessions: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    for row in december(shop):
        channel = CHANNEL_OF_MEDIUM.get(row["medium"], row["medium"])
        sessions[channel] += 1
        pages[channel] += int(row["pageviews"])
    most = sorted(sessions, key=lambda channel: (-sessions[channel], channel))
    assert [tuple(row.values()) for row in ask("003-05")] == [
        (channel, sessions[channel], pages[channel]) for channel in most
    ]


def test_003_06_what_visitors_do(ask: Ask, shop: Sales) -> None:
    """A visit counts at each step up to its furthest."""
    furthest: Counter[str] = Counter()
    for row in shop.files["web_events"]:
        step = STEPS.index(row["event_type"]) + 1
        furthest[row["session_id"]] = max(furthest[row["session_id"]], step)
    seen = [furthest[row["session_id"]] for row in december(shop)]
    (answer,) = ask("003-06")
    assert tuple(answer.values()) == tuple(sum(step >= n for step in seen) for n in range(5))


def test_003_07_products_on_the_rise(ask: Ask, shop: Sales) -> None:
    found = sold(shop)
    most = sorted(found, key=lambda family: (-units(found[family], *NOW), family))[:5]
    assert [tuple(row.values()) for row in ask("003-07")] == [
        (
            shop.products[family]["product_name"],
            units(of, *NOW),
            units(of, *THEN),
            rate(units(of, *NOW), units(of, *THEN)),
            trend(of),
        )
        for family, of in ((family, found[family]) for family in most)
    ]


def test_003_08_orders_by_campaign(ask: Ask, shop: Sales) -> None:
    """By the last visit before the order that was not direct."""
    sessions = Counter(v.row["campaign"] for v in visits(shop) if v.row["campaign"])
    won = Counter(visit.row["campaign"] for visit in owed(shop).values())
    most = sorted(sessions, key=lambda campaign: (-won[campaign], campaign))[:5]
    assert [tuple(row.values()) for row in ask("003-08")] == [
        (
            campaign,
            sessions[campaign],
            won[campaign],
            rate(won[campaign], sessions[campaign]),
            "last_non_direct",
        )
        for campaign in most
    ]


def test_003_09_groups_by_what_was_bought_and_when(ask: Ask, shop: Sales) -> None:
    segment, liked = rfm.segments(shop), traits.top_categories(shop)
    found = Counter((segment[person], category) for person, category in liked.items())
    most = sorted(found, key=lambda key: (-found[key], key))[:5]
    assert [tuple(row.values()) for row in ask("003-09")] == [(*key, found[key]) for key in most]


def test_003_10_groups_by_visits(ask: Ask, shop: Sales) -> None:
    since = AS_OF - timedelta(days=90)
    seen = Counter(v.person for v in visits(shop) if v.person and v.day >= since)
    known = {v.person for v in visits(shop) if v.person} | shop.persons
    found = Counter(min(seen[person], 3) for person in known)
    assert [tuple(row.values()) for row in ask("003-10")] == sorted(found.items())


def test_003_11_groups_by_what_is_liked(ask: Ask, shop: Sales) -> None:
    found = Counter(traits.top_categories(shop).values())
    most = sorted(found, key=lambda category: (-found[category], category))
    assert [tuple(row.values()) for row in ask("003-11")] == [(c, found[c]) for c in most]


def test_003_12_how_many_visits_end_in_an_order(ask: Ask, shop: Sales) -> None:
    """Of the web's orders by all visits, of those who bought by all who came; each visitor once in the month."""
    placed = {o.row["session_id"] for o in shop.orders if o.row["session_id"]}
    rows = december(shop)
    bought = sum(row["session_id"] in placed for row in rows)
    came = {row["visitor_id"] for row in rows}
    won = {row["visitor_id"] for row in rows if row["session_id"] in placed}
    assert [tuple(row.values()) for row in ask("003-12")] == [
        ("orders by visits", bought, len(rows), rate(bought, len(rows))),
        ("buyers by visitors", len(won), len(came), rate(len(won), len(came))),
    ]


def test_003_13_the_average_order(ask: Ask, shop: Sales) -> None:
    of = spent(shop, *DECEMBER).values()
    n = sum(len(one.orders) for one in of)
    net = sum((one.net_order_basis for one in of), ZERO)
    gross = sum((one.gross for one in of), ZERO)
    assert [tuple(row.values()) for row in ask("003-13")] == [
        ("aov", money(net), n, rate(net, n)),
        ("gross_aov", money(gross), n, rate(gross, n)),
    ]


def test_003_14_how_many_carts_are_left(ask: Ask, shop: Sales) -> None:
    """Not bought within a day, of those whose day is over. An order that was called off bought nothing."""
    session = {row["session_id"]: row for row in shop.files["sessions"]}
    placed = {order.order_id: order for order in shop.every_order}
    filled = {row["cart_id"] for row in shop.files["cart_items"]}
    carts: Counter[str] = Counter()
    outcome: dict[str, list[bool]] = defaultdict(list)
    for cart in shop.files["carts"]:
        visit = session[cart["session_id"]]
        if day(cart["created_at"]) < DECEMBER[0] or true(visit["is_bot"]):
            continue
        assert cart["cart_id"] in filled
        carts[visit["device"]] += 1
        until = at(cart["created_at"]) + timedelta(hours=24)
        order = placed.get(cart["order_id"])
        if order and order.row["status"] not in NOT_SALES and order.at <= until:
            outcome[visit["device"]].append(False)
        elif until.date() < AS_OF:
            outcome[visit["device"]].append(True)
    assert [tuple(row.values()) for row in ask("003-14")] == [
        (device, n, rate(sum(outcome[device]), len(outcome[device])))
        for device, n in sorted(carts.items())
    ]


def test_003_15_how_content_they_are(ask: Ask, shop: Sales) -> None:
    expected = []
    for month in LAST_MONTHS:
        marks = feedback.scores(
            feedback.of_month(shop.files["support_tickets"], "created_at", month), "csat"
        )
        surveys = feedback.of_month(feedback.answers(shop, "csat"), "responded_at", month)
        marks += feedback.scores(surveys)
        said = feedback.scores(
            feedback.of_month(feedback.answers(shop, "nps"), "responded_at", month)
        )
        stars = feedback.scores(feedback.of_month(shop.files["reviews"], "created_at", month))
        expected.append(
            (
                month,
                rate(sum(mark >= 4 for mark in marks), len(marks)),
                pytest.approx(feedback.nps(said)),
                rate(sum(stars), len(stars)),
            )
        )
    assert [tuple(row.values()) for row in ask("003-15")] == expected


def test_003_16_sales_by_period(ask: Ask, shop: Sales) -> None:
    expected = []
    for month in (1, 4, 7, 10):
        first = date(2025, month, 1)
        last = date(2025 + (month == 10), (month + 2) % 12 + 1, 1) - DAY
        of = spent(shop, first, last)
        n = sum(len(one.orders) for one in of.values())
        basis = sum((one.net_order_basis for one in of.values()), ZERO)
        expected.append(
            (
                first.isoformat(),
                n,
                len(buyers(of)),
                len(new_in(shop, first, last)),
                money(sum((one.gross for one in of.values()), ZERO)),
                money(sum((one.net for one in of.values()), ZERO)),
                rate(basis, n),
                True,
            )
        )
    assert [tuple(row.values()) for row in ask("003-16")] == expected


def test_003_17_best_selling_products(ask: Ask, shop: Sales) -> None:
    """By net revenue; what came back counts on its own day, goodwill that names no line under no product."""
    lines = [(o, line) for o in shop.orders for line in o.lines if DECEMBER[0] <= o.day]
    parts = [
        part
        for refund in shop.refunds
        if DECEMBER[0] <= refund.day and refund.order.is_valid
        for part in refund.parts
    ]
    whole = sum((line.net for _, line in lines), ZERO) - sum((p.amount for p in parts), ZERO)
    by_family = grouped(lines, lambda found: shop.family(found[1].product_id))
    back: dict[str, Fraction] = defaultdict(Fraction)
    for part in parts:
        if part.line:
            back[shop.family(part.line.product_id)] += part.amount
    net = {f: sum((line.net for _, line in of), ZERO) - back[f] for f, of in by_family.items()}
    best = sorted(net, key=lambda family: (-net[family], family))[:5]
    assert [tuple(row.values()) for row in ask("003-17")] == [
        (
            shop.products[family]["product_name"],
            len({order.order_id for order, _ in by_family[family]}),
            sum((line.quantity for _, line in by_family[family]), ZERO),
            money(sum((line.gross for _, line in by_family[family]), ZERO)),
            money(back[family]),
            money(net[family]),
            rate(net[family], whole),
        )
        for family in best
    ]


def test_003_18_regions_with_most_demand(ask: Ask, shop: Sales) -> None:
    region = {row["region_id"]: row for row in shop.files["regions"]}
    sent = Counter(o.region for o in shop.orders if DECEMBER[0] <= o.day and o.region)
    most = sorted(sent, key=lambda key: (-sent[key], key))[:5]
    net: dict[str, Fraction] = defaultdict(Fraction)
    for one in spent(shop, *DECEMBER).values():
        for order in one.orders:
            net[order.region] += order.net
        for refund in one.refunds:
            net[refund.order.region] -= refund.goods
    assert [tuple(row.values()) for row in ask("003-18")] == [
        (
            region[key]["region_name"],
            sent[key],
            money(net[key]),
            rate(1000 * sent[key], int(region[key]["population"])),
        )
        for key in most
    ]


def lift(shop: Sales, row: Row) -> Fraction | None:
    """Units while a promotion ran, by those on the same weekdays just before."""
    first, last = day(row["starts_at"]), day(row["ends_at"])
    weeks = timedelta(days=-(-((last - first).days + 1) // 7) * 7)
    if last - first >= timedelta(days=35) or first - weeks < shop.orders[0].day:
        return None
    of = [found for family in sold(shop).values() for found in family]
    return Fraction(units(of, first, last), units(of, first - weeks, last - weeks))


def test_003_19_what_promotions_did(ask: Ask, shop: Sales) -> None:
    promotion = {row["code"]: row for row in shop.files["promotions"]}
    used = grouped(
        [row for row in shop.files["order_discounts"] if row["discount_type"] == "coupon"],
        lambda row: row["code"],
    )
    valid = {order.order_id: order for order in shop.orders}
    found = []
    for code, rows in used.items():
        of = [(valid[r["order_id"]], number(r["amount"])) for r in rows if r["order_id"] in valid]
        if day(promotion[code]["starts_at"]) < date(2025, 1, 1) or not any(off for _, off in of):
            continue
        cost = sum((off * order.rate for order, off in of), ZERO)
        left = sum((order.contribution or ZERO for order, _ in of), ZERO)
        left += sum((r.contribution for order, _ in of for r in order.refunds), ZERO)
        times = lift(shop, promotion[code])
        found.append(
            (
                code,
                None if times is None else rate(times, 1),
                len(of),
                money(cost),
                money(sum((order.net_order_basis for order, _ in of), ZERO)),
                pytest.approx(float(left), abs=0.02),
                rate(sum(order.sequence == 1 for order, _ in of), len(of)),
                pytest.approx(float(left / cost), rel=1e-4),
            )
        )
    found.sort(key=lambda row: (-row[2], row[0]))
    assert [tuple(row.values()) for row in ask("003-19")] == found[:5]
