"""004: groups and what they buy, the best and who is like them, ways to reach them, regions."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from statistics import median

import pytest

from tests.support.shop import clv, lapse, rfm, traits
from tests.support.shop.campaigns import Campaign, campaigns
from tests.support.shop.files import grouped
from tests.support.shop.likeness import distances
from tests.support.shop.periods import Spent, best_fifth, buyers, month_end, month_of, spent
from tests.support.shop.places import Place, places
from tests.support.shop.sales import AS_OF, ZERO, Order, Sales
from tests.support.shop.traits import quantile
from tests.support.shop.visits import visits
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import money, rate
from tests.warehouse.acceptance.test_000 import mailable
from tests.warehouse.acceptance.test_002_customer import brands

DECEMBER = date(2025, 12, 1)


def test_004_01_everybody_in_one_tier_and_one_segment(ask: Ask, shop: Sales) -> None:
    tier, segment = traits.tiers(shop), rfm.segments(shop)
    found = Counter((tier[person], segment[person]) for person in shop.persons)
    most = sorted(found, key=lambda key: (-found[key], key))[:5]
    assert [tuple(row.values()) for row in ask("004-01")] == [(*key, found[key]) for key in most]


Cell = tuple[str, str]


def matrix(shop: Sales, month: date) -> dict[Cell, tuple[int, Fraction, Fraction]]:
    """Customers, money and affinity index of each segment's each category, by the segment when the month began."""
    segment = rfm.segments(shop, month)
    who: dict[Cell, set[str]] = defaultdict(set)
    net: dict[Cell, Fraction] = defaultdict(Fraction)
    for order, line, amount, _ in traits.kept_lines(shop):
        if order.person and month_of(order.day) == month:
            cell = (
                segment_then(shop, segment, order.person, month),
                shop.category(line.product_id),
            )
            who[cell].add(order.person)
            net[cell] += amount
    whole = sum(net.values(), ZERO)
    of_segment, of_category = (
        {key: sum((net[cell] for cell in cells), ZERO) for key, cells in grouped(net, by).items()}
        for by in (lambda cell: cell[0], lambda cell: cell[1])
    )
    return {
        cell: (
            len(who[cell]),
            net[cell],
            100 * net[cell] / of_segment[cell[0]] / (of_category[cell[1]] / whole),
        )
        for cell in net
    }


def segment_then(shop: Sales, segment: dict[str, str], person: str, month: date) -> str:
    """Who first ordered in the month had no segment before."""
    return segment[person] if shop.of[person][0].day < month else "prospect"


def test_004_02_who_buys_what(ask: Ask, shop: Sales) -> None:
    cells = matrix(shop, DECEMBER)
    most = sorted(cells, key=lambda cell: (-cells[cell][1], cell))[:5]
    assert [tuple(row.values()) for row in ask("004-02")] == [
        (*cell, n, money(net), rate(index, 1))
        for cell, (n, net, index) in ((cell, cells[cell]) for cell in most)
    ]


def concentration(amounts: list[Fraction]) -> tuple[object, ...]:
    """Share of the best fifth, customers for four fifths, Gini; who is below 0 counts as 0."""
    up = sorted(max(amount, ZERO) for amount in amounts)
    whole, n = sum(up, ZERO), len(up)
    so_far, needed = ZERO, 0
    while so_far < whole * Fraction(4, 5):
        needed += 1
        so_far += up[-needed]
    weighted = sum((i * x for i, x in enumerate(up, 1)), ZERO)
    return (
        n,
        rate(best_fifth(up), whole),
        needed,
        rate((2 * weighted - (n + 1) * whole) / (n * whole), 1),
    )


def test_004_03_whether_a_few_bring_most(ask: Ask, shop: Sales) -> None:
    years = {
        year: buyers(spent(shop, date(year, 1, 1), date(year, 12, 31))) for year in (2024, 2025)
    }
    expected = [
        (date(year, 1, 1), *concentration(amounts))
        for year, of in years.items()
        for amounts in ([one.gross for one in of], [one.net for one in of])
    ]
    assert [tuple(row.values()) for row in ask("004-03")] == expected


def figures(shop: Sales, group: set[str]) -> dict[str, float]:
    """What a group is like."""
    ever = spent(shop, date.min, AS_OF)
    of = {person: shop.of[person] for person in group}
    n = sum(map(len, of.values()))

    def whole(part: str) -> float:
        return float(sum((getattr(ever[person], part) for person in group), ZERO))

    gaps = [median(traits.gaps(orders)) for orders in of.values() if traits.gaps(orders)]
    tenure = [(AS_OF - orders[0].day).days for orders in of.values()]
    pace = [len(o) * 365 / max((AS_OF - o[0].day).days, 365) for o in of.values()]
    return {
        "aov": whole("net_order_basis") / n,
        "customers": len(group),
        "discount_rate": whole("discount") / whole("gross"),
        "gap_days_median": median(gaps),
        "gap_days_p25": quantile(gaps, 0.25),
        "gap_days_p75": quantile(gaps, 0.75),
        "lapsed_share": 1 - len(lapse.active(shop, AS_OF) & group) / len(group),
        "mailable_share": len(mailable(shop) & group) / len(group),
        "net_revenue_per_customer": whole("net") / len(group),
        "orders_per_customer": n / len(group),
        "orders_per_year_median": median(pace),
        "recency_days_median": median((AS_OF - o[-1].day).days for o in of.values()),
        "single_order_share": sum(len(orders) == 1 for orders in of.values()) / len(group),
        "tenure_days_median": median(tenure),
    }


def test_004_04_what_the_best_are_like(ask: Ask, shop: Sales) -> None:
    """The first tier beside everybody who has bought, 100 = alike."""
    best = {person for person, tier in traits.tiers(shop).items() if tier == "platinum"}
    theirs, all_of_us = figures(shop, best), figures(shop, set(shop.of))
    answer = ask("004-04")
    assert [row["figure"] for row in answer] == sorted(theirs)
    for row in answer:
        name = row["figure"]
        assert row["value"] == pytest.approx(theirs[name], rel=1e-6)
        assert row["base_value"] == pytest.approx(all_of_us[name], rel=1e-6)
        if name != "customers":
            index = 100 * theirs[name] / all_of_us[name]
            assert row["index_to_base"] == pytest.approx(index, rel=1e-6)


def test_004_05_who_is_like_them(ask: Ask, shop: Sales) -> None:
    segment, tier = rfm.segments(shop), traits.tiers(shop)
    members = {person for person in shop.of if segment[person] == "champions"}
    away = distances(shop, members)
    near = sorted(set(shop.of) - members, key=lambda person: (away[person], person))[:5]
    assert [tuple(row.values()) for row in ask("004-05")] == [
        (
            place,
            person,
            pytest.approx(away[person], rel=1e-6),
            sum(away[member] >= away[person] for member in members),
            len(members),
            len(shop.of[person]),
            segment[person],
            tier[person],
        )
        for place, person in enumerate(near, 1)
    ]


def ways(shop: Sales) -> dict[str, list[Campaign]]:
    """Campaigns by the way they were sent, and all."""
    found = grouped(campaigns(shop).values(), lambda campaign: campaign.row["channel"])
    return {"(all)": list(campaigns(shop).values()), **dict(sorted(found.items()))}


def messages(of: list[Campaign], event: str) -> int:
    return sum(len(campaign.who(event)) for campaign in of)


def bought(of: list[Campaign], event: str) -> int:
    return sum(len(campaign.buyers(event)) for campaign in of)


def test_004_06_which_way_of_writing_moves_whom(ask: Ask, shop: Sales) -> None:
    assert [tuple(row.values()) for row in ask("004-06")] == [
        (
            channel,
            "(all)",
            messages(of, "delivered"),
            rate(bought(of, "delivered"), messages(of, "delivered")),
            rate(bought(of, "holdout"), messages(of, "holdout")),
            messages(of, "delivered") < 30,
        )
        for channel, of in ways(shop).items()
    ]


def test_004_07_which_groups_like_which_products(ask: Ask, shop: Sales) -> None:
    cells = matrix(shop, DECEMBER)
    most = sorted(cells, key=lambda cell: (-cells[cell][2], cell))[:5]
    assert [tuple(row.values()) for row in ask("004-07")] == [
        (*cell, rate(cells[cell][2], 1), cells[cell][0] >= 30) for cell in most
    ]


def test_004_08_how_that_changes(ask: Ask, shop: Sales) -> None:
    now, then = matrix(shop, DECEMBER), matrix(shop, date(2025, 9, 1))
    both = sorted(set(now) & set(then))[:5]
    assert [tuple(row.values()) for row in ask("004-08")] == [
        (
            DECEMBER,
            *cell,
            rate(now[cell][2], 1),
            rate(then[cell][2], 1),
            pytest.approx(float(now[cell][2] - then[cell][2]), abs=1e-4),
        )
        for cell in both
    ]


def test_004_09_who_always_pays_full_price(ask: Ask, shop: Sales) -> None:
    ever = spent(shop, date.min, AS_OF)
    classes = grouped(shop.of, lambda person: traits.discount_class(shop.of[person]))
    assert [tuple(row.values()) for row in ask("004-09")] == [
        (name, len(persons), money(sum((ever[p].net for p in persons), ZERO)))
        for name, persons in sorted(classes.items())
    ]


def test_004_10_who_buys_only_on_offer(ask: Ask, shop: Sales) -> None:
    """In November, by the class that the orders before it make."""
    november = date(2025, 11, 1)

    def class_before(orders: list[Order]) -> str:
        earlier = [order for order in orders if order.day < november]
        return traits.discount_class(earlier) if earlier else "prospect"

    classes = grouped(shop.of, lambda person: class_before(shop.of[person]))
    of = spent(shop, november, month_end(november))
    expected = []
    for name, persons in sorted(classes.items()):
        came: list[Spent] = [of[p] for p in persons if p in of and of[p].orders]
        took = sum(any(map(traits.is_discounted, one.orders)) for one in came)
        gross = sum((one.gross for one in came), ZERO)
        off = sum((one.discount for one in came), ZERO)
        known = name != "prospect"
        expected.append(
            (
                name,
                november,
                rate(len(came), len(persons)) if known else None,
                rate(took, len(persons)) if known else None,
                rate(off, gross),
            )
        )
    assert [tuple(row.values()) for row in ask("004-10")] == expected


def test_004_11_who_looks_around_and_who_changes_brands(ask: Ask, shop: Sales) -> None:
    seen = grouped([v for v in visits(shop) if v.person], lambda visit: str(visit.person))
    looked = {
        person: sum(v.at <= orders[0].at for v in seen.get(person, []))
        for person, orders in shop.of.items()
        if len(orders) > 3
    }
    most = sorted(looked, key=lambda person: (-looked[person], person))[:5]
    expected = []
    for person in most:
        of = brands(shop)[person]
        whole = sum(of.values(), ZERO)
        spread = sum(((amount / whole) ** 2 for amount in of.values()), ZERO)
        alike = pytest.approx(float(spread), rel=1e-5)
        expected.append((person, looked[person], len(of), alike))
    assert [tuple(row.values()) for row in ask("004-11")] == expected


def test_004_12_how_many_of_the_inhabitants_are_customers(ask: Ask, shop: Sales) -> None:
    best = sorted(places(shop), key=lambda place: (-place.index, place.region_id))[:5]
    assert [tuple(row.values()) for row in ask("004-12")] == [
        (
            place.row["region_name"],
            place.population,
            len(place.customers),
            rate(1_000_000 * place.penetration, 1),
            rate(place.index, 1),
        )
        for place in best
    ]


def test_004_13_how_many_more_there_could_be(ask: Ask, shop: Sales) -> None:
    most = sorted(places(shop), key=lambda place: (-place.missing, place.region_id))[:5]
    assert most[0].missing > 0
    assert [tuple(row.values()) for row in ask("004-13")] == [
        (p.row["region_name"], len(p.customers), p.missing, money(p.missing_money)) for p in most
    ]


def test_004_14_where_people_like_the_best_live_and_few_buy(ask: Ask, shop: Sales) -> None:
    """More than twenty points more of them than of customers, both against the whole."""
    found = [
        (
            place.row["region_name"],
            pytest.approx(float(place.row["profile_share"])),
            rate(place.density, 1),
            rate(place.index, 1),
            place.density - place.index > 20,
        )
        for place in sorted(places(shop), key=lambda place: place.region_id)
    ]
    assert {gap for *_, gap in found} == {True, False}
    found.sort(key=lambda row: not row[-1])
    assert [tuple(row.values()) for row in ask("004-14")] == found[:5]


def test_004_15_the_best_customers_on_a_map(ask: Ask, shop: Sales) -> None:
    most = sorted(places(shop), key=lambda place: (-place.best, place.region_id))[:5]
    assert [tuple(row.values()) for row in ask("004-15")] == [
        (
            place.region_id,
            pytest.approx(float(place.row["latitude"])),
            pytest.approx(float(place.row["longitude"])),
            place.best,
            rate(10_000 * place.best, place.population),
        )
        for place in most
    ]


def test_004_16_where_we_are_hardly_known(ask: Ask, shop: Sales) -> None:
    """Surely below four fifths of the whole, with people enough."""

    def shown(place: Place) -> tuple[object, ...]:
        upper = pytest.approx(place.index_upper, rel=1e-6)
        return (place.row["region_name"], rate(place.index, 1), upper, place.is_hardly_known)

    least = sorted(places(shop), key=lambda place: (place.index, place.region_id))[:5]
    assert {place.is_hardly_known for place in least} == {True, False}
    assert [tuple(row.values()) for row in ask("004-16")] == [shown(place) for place in least]


def test_004_17_who_could_bring_more(ask: Ask, shop: Sales) -> None:
    alive = {person: one.p_alive for person, one in clv.expected(shop).items()}
    room, tier, brought = traits.headroom(shop, alive), traits.tiers(shop), traits.last_year(shop)
    most = sorted(room, key=lambda person: (-room[person], person))[:5]
    assert [tuple(row.values()) for row in ask("004-17")] == [
        (p, tier[p], money(brought[p]), pytest.approx(alive[p], rel=1e-9), money(room[p]))
        for p in most
    ]


def test_004_18_mail_or_text_message(ask: Ask, shop: Sales) -> None:
    assert [tuple(row.values()) for row in ask("004-18")] == [
        (
            channel,
            messages(of, "delivered"),
            rate(messages(of, "clicked"), messages(of, "delivered")),
            rate(bought(of, "delivered"), messages(of, "delivered")),
            rate(
                sum((campaign.net("delivered") for campaign in of), ZERO),
                messages(of, "delivered"),
            ),
        )
        for channel, of in ways(shop).items()
    ]
