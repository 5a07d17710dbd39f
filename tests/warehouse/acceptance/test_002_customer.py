"""002, one customer and groups of them: the customer's page, RFM, segments, lists to write to, codes."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest

from tests.support.shop import rfm, traits
from tests.support.shop.files import day, grouped
from tests.support.shop.periods import Spent, buyers, ranks, spent
from tests.support.shop.sales import AS_OF, ZERO, Sales
from tests.support.shop.traits import kept_lines
from tests.support.shop.visits import visits
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import money, rate
from tests.warehouse.acceptance.test_000 import QUARTER, mailable
from tests.warehouse.conftest import Warehouse

YEAR = date(2025, 1, 1), date(2025, 12, 31)


def all_time(shop: Sales) -> dict[str | None, Spent]:
    return spent(shop, date.min, AS_OF)


def test_002_15_who_a_customer_is(ask: Ask, shop: Sales) -> None:
    """The names and addresses of the file, telephone in one form."""
    (row,) = [row for row in shop.files["customers"] if row["customer_id"] == "c49"]
    assert ask("002-15") == [
        {
            "customer_id": "c49",
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            "email": row["email"],
            "phone_e164": row["phone"],
            "city": row["city"],
            "country_code": shop.of["c49"][-1].country,
            "language": row["language"],
            "first_order_date": shop.of["c49"][0].day,
            "email_consent": row["email_consent"],
        }
    ]


def test_002_16_what_one_has_brought(ask: Ask, shop: Sales) -> None:
    ever, quarter = all_time(shop), spent(shop, *QUARTER)
    one = ever["c168"]
    whole = sum((each.net for each in ever.values()), ZERO)
    place = ranks({str(each.person): each.net for each in buyers(quarter)})
    assert ask("002-16") == [
        {
            "customer_id": "c168",
            "gross_revenue": money(one.gross),
            "discount_amount": money(one.discount),
            "refund_amount": money(one.refunded),
            "net_revenue": money(one.net),
            "aov": money(traits.aov(shop.of["c168"])),
            "historic_ltv": money(one.net),
            "share_of_shop": rate(one.net, whole),
            "period_rank": place["c168"],
        }
    ]


def test_a_customers_share_is_not_of_known_customers_alone(demo: Warehouse) -> None:
    """What nobody in particular bought is the shop's as well (K6)."""
    (whole,) = demo.tuples(
        "select sum(net_revenue) from agg_kpis_monthly where store_id = '(all)' and channel = '(all)'"
    )
    assert demo.tuples("select shop_net_revenue from customer_report('c168')") == [whole]


def test_002_17_what_one_has_paid_in_all(ask: Ask, shop: Sales) -> None:
    """With tax and shipping (K2)."""
    ever, quarter = all_time(shop)["c168"], spent(shop, *QUARTER)["c168"]
    assert ever.total_sales > ever.net
    assert [tuple(row.values()) for row in ask("002-17")] == [
        ("c168", money(ever.total_sales), money(quarter.total_sales))
    ]


def test_002_18_what_was_given_back(ask: Ask, shop: Sales) -> None:
    ever, quarter = all_time(shop)["c168"], spent(shop, *QUARTER)["c168"]
    assert [tuple(row.values()) for row in ask("002-18")] == [
        (
            "c168",
            len(ever.refunds),
            money(ever.refunded),
            rate(ever.refunded, ever.gross),
            len(quarter.refunds),
            money(quarter.refunded),
        )
    ]


def test_002_19_how_many_orders(ask: Ask, shop: Sales) -> None:
    off = [
        order
        for order in shop.every_order
        if order.person == "c49" and order.row["status"] == "cancelled"
    ]
    quarter = spent(shop, *QUARTER)["c49"]
    assert [tuple(row.values()) for row in ask("002-19")] == [
        ("c49", len(shop.of["c49"]), len(off), len(quarter.orders))
    ]


def test_002_20_what_one_has_done(ask: Ask, shop: Sales) -> None:
    """Orders, visits, answers and reviews, newest first."""
    person = "c49"
    events: list[tuple[str, str, str, str, float | None]] = [
        (o.at.isoformat(" "), "order", o.order_id, o.row["status"], float(o.net))
        for o in shop.of[person]
    ]
    events += [
        (v.row["started_at"], "visit", v.session_id, v.channel, None)
        for v in visits(shop)
        if v.person == person
    ]
    for row in shop.files["surveys"]:
        if shop.people[row["customer_id"]] == person and row["responded_at"]:
            detail = f"{row['survey_type']} {row['score']}"
            events.append((row["responded_at"], "survey", row["response_id"], detail, None))
    for row in shop.files["reviews"]:
        if row["customer_id"] == person:
            events.append((row["created_at"], "review", row["review_id"], row["score"], None))
    events.sort(reverse=True)
    assert [tuple(row.values()) for row in ask("002-20")] == [
        (day(at), *rest) for at, *rest in events[:5]
    ]


def test_002_21_what_one_has_bought(ask: Ask, shop: Sales) -> None:
    amounts, pieces = traits.returned(shop)
    units: Counter[str] = Counter()
    brought: dict[str, Fraction] = defaultdict(Fraction)
    days: dict[str, list[date]] = defaultdict(list)
    for order in shop.of["c49"]:
        for line in order.lines:
            key = (line.order_id, line.number)
            units[line.product_id] += int(line.quantity - pieces[key])
            brought[line.product_id] += line.net - amounts[key]
            days[line.product_id].append(order.day)
    most = sorted(brought, key=lambda product: (-brought[product], product))[:5]
    assert [tuple(row.values()) for row in ask("002-21")] == [
        (
            product,
            shop.products[product]["product_name"],
            units[product],
            money(brought[product]),
            min(days[product]),
            max(days[product]),
        )
        for product in most
    ]


def brands(shop: Sales) -> dict[str, dict[str, Fraction]]:
    """What each customer kept of each maker."""
    found: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for order, line, amount, _ in kept_lines(shop):
        if order.person and shop.products[line.product_id]["vendor"]:
            found[order.person][shop.products[line.product_id]["vendor"]] += amount
    return found


def own_segments(shop: Sales) -> dict[str, set[str]]:
    """Five of the demo shop's segments, told anew from the files."""
    month = AS_OF - timedelta(days=30)
    lately = Counter(v.person for v in visits(shop) if v.person and v.day >= month)
    silent = {p: (AS_OF - shop.of[p][-1].day).days if p in shop.of else 999 for p in shop.persons}

    def concentration(of: dict[str, Fraction]) -> Fraction:
        whole = sum(of.values(), ZERO)
        return sum(((amount / whole) ** 2 for amount in of.values()), ZERO)

    return {
        "brand_switchers": {
            p
            for p, of in brands(shop).items()
            if len(of) >= 3 and concentration(of) < Fraction(1, 2)
        },
        "browsers": {str(p) for p in lately if silent[str(p)] > 90},
        "frequent_visitors": {str(p) for p, n in lately.items() if n >= 3},
        "fresh_buyers": {p for p, o in shop.of.items() if len(o) == 1 and silent[p] <= 30},
        "full_price_buyers": {
            p for p, o in shop.of.items() if traits.discount_class(o) == "full_price"
        },
    }


def test_002_27_segments_of_ones_own(ask: Ask, shop: Sales) -> None:
    ever, may = all_time(shop), mailable(shop)
    assert [tuple(row.values()) for row in ask("002-27")] == [
        (
            key,
            "own",
            len(members),
            len(members & may),
            money(sum((ever[p].net for p in members if p in ever), ZERO)),
        )
        for key, members in own_segments(shop).items()
    ]


def test_002_28_sales_of_the_same_segments(ask: Ask, shop: Sales) -> None:
    """The quarter's figures of two of them, and one's sales by country, which sum to the figure."""
    expected: list[tuple[object, ...]] = []
    for name in ("fresh_buyers", "full_price_buyers"):
        members = own_segments(shop)[name]
        of = [one for one in spent(shop, *QUARTER).values() if one.person in members]
        expected += [
            (name, "active_customers", sum(bool(one.orders) for one in of)),
            (name, "net_revenue", money(sum((one.net for one in of), ZERO))),
            (name, "orders", sum(len(one.orders) for one in of)),
        ]
    members = own_segments(shop)["full_price_buyers"]
    for country in ("PL", "PT", "RO"):
        here = spent(shop, *QUARTER, lambda order, country=country: order.country == country)  # type: ignore[misc]
        net = sum((one.net for one in here.values() if one.person in members), ZERO)
        expected.append((f"full_price_buyers in {country}", "net_revenue", money(net)))
    assert [tuple(row.values()) for row in ask("002-28")] == expected


def test_002_29_rfm_scores_and_segments(ask: Ask, shop: Sales) -> None:
    scored = rfm.scores(shop, *YEAR)
    best = sorted(scored, key=lambda person: (-scored[person].monetary, person))[:5]
    assert [tuple(row.values()) for row in ask("002-29")] == [
        (p, s.recency_days, s.frequency, money(s.monetary), s.r, s.f, s.m, s.segment)
        for p, s in ((person, scored[person]) for person in best)
    ]


def test_002_31_how_large_the_segments_are(ask: Ask, shop: Sales) -> None:
    scored = rfm.scores(shop, *YEAR)
    members = grouped(scored, lambda person: scored[person].segment)
    whole = sum((one.monetary for one in scored.values()), ZERO)
    answer = ask("002-31")
    assert [row["segment"] for row in answer] == sorted(members)
    for row in answer:
        of = [scored[person] for person in members[row["segment"]]]
        brought = sum((one.monetary for one in of), ZERO)
        assert (row["customers"], row["all_customers"]) == (len(of), len(scored))
        assert row["share"] == rate(len(of), len(scored))
        assert row["orders"] == sum(one.frequency for one in of)
        assert row["net_revenue"] == money(brought)
        assert row["net_revenue_share"] == rate(brought, whole)
        assert row["avg_recency_days"] == rate(sum(one.recency_days for one in of), len(of))
        assert row["avg_frequency"] == rate(sum(one.frequency for one in of), len(of))
        assert row["avg_monetary"] == rate(brought, len(of))


def test_002_32_rfm_inside_a_choice(ask: Ask, shop: Sales) -> None:
    """Scored among the orders of Portugal alone."""
    scored = rfm.scores(shop, *YEAR, lambda order: order.country == "PT")
    count = Counter(one.segment for one in scored.values())
    assert [tuple(row.values()) for row in ask("002-32")] == sorted(count.items())
    everybody = Counter(
        one.segment for person, one in rfm.scores(shop, *YEAR).items() if person in scored
    )
    assert count != everybody


def test_002_33_a_list_to_take_along(ask: Ask, shop: Sales) -> None:
    segment, may = rfm.segments(shop), mailable(shop)
    speaks = {row["customer_id"]: row["language"] for row in shop.files["customers"]}
    members = sorted(p for p in may if segment[p] in ("champions", "loyal"))
    assert [tuple(row.values()) for row in ask("002-33")] == [
        (p, shop.of[p][-1].country, speaks[p], segment[p]) for p in members[:5]
    ]


def test_002_34_buyers_of_one_product_to_offer_another(ask: Ask, shop: Sales) -> None:
    """Who kept a mug and no plate, which goes with it (000-12), and may be written to."""
    owners: dict[str, set[str]] = defaultdict(set)
    _, pieces = traits.returned(shop)
    for order in shop.orders:
        for line in order.lines:
            if order.person and line.quantity > pieces[line.order_id, line.number]:
                owners[shop.family(line.product_id)].add(order.person)
    members = sorted((owners["p100"] - owners["p200"]) & mailable(shop))
    assert [tuple(row.values()) for row in ask("002-34")] == [
        (person, shop.of[person][-1].country, "confirmed") for person in members[:5]
    ]


def test_002_35_what_a_code_has_brought(ask: Ask, shop: Sales) -> None:
    """The code of Portugal's flash sale, three days in October; nothing after its end."""
    off = {
        row["order_id"]: Fraction(row["amount"])
        for row in shop.files["order_discounts"]
        if row["code"] == "FLASH20-25"
    }
    days = grouped([o for o in shop.orders if o.order_id in off], lambda order: order.day)
    expected = []
    for on, orders in sorted(days.items()):
        left = sum((o.contribution or ZERO for o in orders), ZERO)
        left += sum((r.contribution for o in orders for r in o.refunds), ZERO)
        expected.append(
            (
                on,
                False,
                len(orders),
                len({o.person for o in orders}),
                money(sum((off[o.order_id] * o.rate for o in orders), ZERO)),
                money(sum((o.net_order_basis for o in orders), ZERO)),
                pytest.approx(float(left), abs=0.01),
            )
        )
    assert [on for on, *_ in expected] == [date(2025, 10, 7), date(2025, 10, 8), date(2025, 10, 9)]
    assert [tuple(row.values()) for row in ask("002-35")] == expected
