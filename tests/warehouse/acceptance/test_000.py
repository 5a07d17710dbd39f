"""000: top customers, what they buy and how, campaigns, products bought together, loyalty."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from statistics import median

from tests.support.shop import baskets, rfm, traits
from tests.support.shop.campaigns import campaigns
from tests.support.shop.files import day, grouped
from tests.support.shop.periods import Spent, before, buyers, month_end, months, ranks, spent
from tests.support.shop.sales import AS_OF, ZERO, Order, Sales
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import money, rate

QUARTER = date(2025, 10, 1), date(2025, 12, 31)
Standing = tuple[list[Spent], dict[str, int], dict[str, int]]


def standing(shop: Sales, key: str) -> Standing:
    """The quarter's customers from the first down, their ranks, and those of the 92 days before."""

    def value(one: Spent) -> Fraction:
        return one.gross if key == "gross" else Fraction(len(one.orders))

    now = buyers(spent(shop, *QUARTER))
    then = buyers(spent(shop, *before(*QUARTER)))
    now.sort(key=lambda c: (-value(c), -c.net, -len(c.orders), str(c.person)))
    return (
        now,
        ranks({str(c.person): value(c) for c in now}),
        ranks({str(c.person): value(c) for c in then}),
    )


def gone(now: dict[str, int], then: dict[str, int]) -> list[str]:
    """Who was among the first five and has not bought since."""
    return sorted(person for person, place in then.items() if place <= 5 and person not in now)


def test_000_01_top_customers_by_gross_revenue(ask: Ask, shop: Sales) -> None:
    customers, now, then = standing(shop, "gross")
    answer = ask("000-01")
    assert answer[:5] == [
        {
            "rank": now[str(c.person)],
            "customer_id": c.person,
            "gross_revenue": money(c.gross),
            "net_revenue": money(c.net),
            "orders": len(c.orders),
        }
        for c in customers[:5]
    ]
    # Below stand those who have left: without a rank, with what they gave back.
    assert sorted(row["customer_id"] for row in answer[5:]) == gone(now, then)
    assert {row["rank"] for row in answer[5:]} == {None}


def test_000_02_top_customers_by_another_measure(ask: Ask, shop: Sales) -> None:
    customers, now, then = standing(shop, "orders")
    answer = ask("000-02")
    assert answer[:5] == [
        {
            "rank": now[str(c.person)],
            "customer_id": c.person,
            "orders": len(c.orders),
            "units": float(c.units),
            "net_revenue": money(c.net),
        }
        for c in customers[:5]
    ]
    assert now[str(customers[3].person)] == now[str(customers[4].person)], "a tie is shown"
    assert sorted(row["customer_id"] for row in answer[5:]) == gone(now, then)


def test_000_03_top_customers_of_each_channel(ask: Ask, shop: Sales) -> None:
    expected = []
    for channel in ("(all)", "market", "phone", "pos", "social", "web"):
        of = buyers(
            spent(
                shop,
                date(2025, 12, 1),
                date(2025, 12, 31),
                lambda order, channel=channel: channel in ("(all)", order.channel),  # type: ignore[misc]
            )
        )
        place = ranks({str(c.person): c.gross for c in of})
        of.sort(key=lambda c: (-c.gross, -c.net, -len(c.orders), str(c.person)))
        expected += [
            {
                "channel": channel,
                "rank": place[str(c.person)],
                "customer_id": c.person,
                "gross_revenue": money(c.gross),
            }
            for c in of[:2]
        ]
    assert ask("000-03") == expected


def test_000_04_places_won_and_lost(ask: Ask, shop: Sales) -> None:
    customers, now, then = standing(shop, "gross")
    expected = []
    for c in customers[:5]:
        place, earlier = now[str(c.person)], then.get(str(c.person))
        won = None if earlier is None else earlier - place
        status = "entered" if won is None else "up" if won > 0 else "down" if won < 0 else "same"
        expected.append((place, earlier, won, status, c.person))
    answer = [tuple(row.values()) for row in ask("000-04")]
    assert answer[:5] == expected
    assert sorted(answer[5:], key=lambda row: row[4]) == [
        (None, then[person], None, "left", person) for person in gone(now, then)
    ]


def test_000_05_what_is_behind_one_of_them(ask: Ask, shop: Sales) -> None:
    """Of the first: orders, visits, reviews and letters, from the files, newest first."""
    person = standing(shop, "gross")[0][0].person
    files = shop.files
    events: list[tuple[str, str, str, float | None]] = [
        (o.at.isoformat(" "), "order", o.order_id, float(o.net)) for o in shop.of[str(person)]
    ]
    events += [
        (row[at], kind, row[key], None)
        for name, at, kind, key in (
            ("sessions", "started_at", "visit", "session_id"),
            ("reviews", "created_at", "review", "review_id"),
            ("support_tickets", "created_at", "ticket", "ticket_id"),
        )
        for row in files[name]
        if row["customer_id"] and shop.people[row["customer_id"]] == person
    ]
    events += [
        (row["occurred_at"], f"mail_{row['event_type']}", row["campaign_id"], None)
        for row in files["campaign_events"]
        if shop.people[row["customer_id"]] == person
    ]
    events.sort(reverse=True)
    assert [tuple(row.values()) for row in ask("000-05")] == [
        (day(at), kind, key, amount) for at, kind, key, amount in events[:5]
    ]


def test_000_06_often_and_cheap_or_rare_and_dear(ask: Ask, shop: Sales) -> None:
    ways = traits.by(traits.archetypes(shop), set(shop.of))
    all_time = spent(shop, date.min, AS_OF)
    assert ask("000-06") == [
        {
            "buying_archetype": way,
            "customers": len(persons),
            "net_revenue": money(sum((all_time[p].net for p in persons), ZERO)),
        }
        for way, persons in sorted(ways.items())
    ]


def test_000_07_how_often_they_buy(ask: Ask, shop: Sales) -> None:
    tiers = traits.by(traits.tiers(shop), set(shop.of))
    expected = []
    for tier, persons in sorted(tiers.items()):
        rhythms = [median(traits.gaps(shop.of[p])) for p in persons if traits.gaps(shop.of[p])]
        once = sum(len(shop.of[p]) == 1 for p in persons)
        expected.append((tier, len(persons), median(rhythms), rate(once, len(persons))))
    assert [tuple(row.values()) for row in ask("000-07")] == expected


def test_000_08_categories_they_spend_most_in(ask: Ask, shop: Sales) -> None:
    of = traits.categories(shop)
    champions = {p for p, segment in rfm.segments(shop).items() if segment == "champions"}
    theirs, all_of_us = traits.summed(of, champions), traits.summed(of, set(of))
    whole, base = sum(theirs.values(), ZERO), sum(all_of_us.values(), ZERO)
    answer = ask("000-08")
    assert [row["dimension_value"] for row in answer] == sorted(all_of_us)[: len(answer)]
    for row in answer:
        category = row["dimension_value"]
        assert row["value"] == rate(theirs[category], whole)
        assert row["base_value"] == rate(all_of_us[category], base)
        index = 100 * theirs[category] / whole / (all_of_us[category] / base)
        assert row["index_to_base"] == rate(index, 1)


def test_000_09_how_much_they_depend_on_discounts(ask: Ask, shop: Sales) -> None:
    segments = traits.by(rfm.segments(shop), set(shop.of))
    expected = []
    for segment, persons in sorted(segments.items()):
        orders = [order for p in persons for order in shop.of[p]]
        cheaper = sum(map(traits.is_discounted, orders))
        expected.append((segment, cheaper, len(orders), rate(cheaper, len(orders))))
    assert [tuple(row.values()) for row in ask("000-09")] == expected


def test_000_10_whether_campaigns_work(ask: Ask, shop: Sales) -> None:
    sent = [c for c in campaigns(shop).values() if c.who("delivered")]
    sent.sort(key=lambda c: (-len(c.who("delivered")), c.row["campaign_id"]))
    answer = ask("000-10")
    assert [row["campaign_id"] for row in answer] == [c.row["campaign_id"] for c in sent[:5]]
    for row, c in zip(answer, sent, strict=False):
        assert row["delivered"] == len(c.who("delivered"))
        assert row["buyers"] == len(c.buyers("delivered"))
        assert row["conversion_rate"] == rate(c.conversion("delivered") or 0, 1)
        assert row["holdout_conversion_rate"] == rate(c.conversion("holdout") or 0, 1)
        assert row["incremental_net_revenue"] == money(c.incremental_net() or 0)


def test_000_11_what_to_offer(ask: Ask, shop: Sales) -> None:
    """The likeliest rule to something not owned; what is owned only if it is bought again, and last."""
    of = baskets.baskets(shop)
    together, after = baskets.together(of), baskets.following(shop, of)
    again = {a for a, b in after if a == b}
    for row in ask("000-11"):
        owned = baskets.owned(shop.of[row["customer_id"]], of)
        offers = [
            (offered in owned, -rule.chance, -rule.lift_lo, offered, bought, kind)
            for kind, rules in (("together", together), ("next", after))
            for (bought, offered), rule in rules.items()
            if bought in owned and (offered not in owned or offered in again)
        ]
        is_owned, chance, low, offered, bought, kind = min(offers)
        assert (row["position"], row["product_id"]) == (1, offered)
        assert row["product_name"] == shop.products[offered]["product_name"]
        assert (row["because_of_product_id"], row["rule"]) == (bought, kind)
        assert row["is_replenishment"] is is_owned
        assert row["probability"] == rate(-chance, 1)
        assert row["lift_lo"] == rate(Fraction(-low), 1)


def test_000_12_products_bought_together(ask: Ask, shop: Sales) -> None:
    of = baskets.baskets(shop)
    both, each = baskets.pairs(of)
    most = sorted(both, key=lambda pair: (-both[pair], pair))[:5]
    assert [tuple(row.values()) for row in ask("000-12")] == [
        (
            shop.products[a]["product_name"],
            shop.products[b]["product_name"],
            both[a, b],
            rate(both[a, b], len(of)),
            rate(both[a, b], each[a]),
            rate(baskets.lift(both[a, b], each[a], each[b], len(of)), 1),
        )
        for a, b in most
    ]


def test_000_13_whether_the_chance_of_another_order_grows(ask: Ask, shop: Sales) -> None:
    year = timedelta(days=365)
    expected = []
    for n in range(1, 6):
        mature = [
            orders
            for orders in shop.of.values()
            if len(orders) >= n and orders[n - 1].day + year < AS_OF
        ]
        came = sum(len(o) > n and o[n].day <= o[n - 1].day + year for o in mature)
        expected.append((n, len(mature), came, rate(came, len(mature))))
    assert [tuple(row.values()) for row in ask("000-13")] == expected


def test_000_14_the_loyalty_programme(ask: Ask, shop: Sales) -> None:
    """Members by the month of joining against others, alike by segment before it, in the 90 days after."""
    joined = {
        shop.people[row["customer_id"]]: day(row["loyalty_joined_at"])
        for row in shop.files["customers"]
        if row["loyalty_joined_at"]
    }
    sums: dict[tuple[str, str], list[Fraction]] = {}
    for month in months(min(joined.values()), AS_OF):
        end = month_end(month)
        last = end + timedelta(days=90)
        members = {p for p, on in joined.items() if month <= on <= end}
        if not members or last >= AS_OF:
            continue
        had_bought = {p for p, orders in shop.of.items() if orders[0].day < month}
        others = {p for p in had_bought if joined.get(p, AS_OF) > last}
        segment = rfm.segments(shop, month)
        mix, theirs = (
            Counter(segment[p] for p in group & had_bought) for group in (members, others)
        )
        for person in members | others:
            in_window = [o for o in shop.of.get(person, []) if end < o.day <= last]
            came = (len(in_window) > 1, sum((o.net_order_basis for o in in_window), ZERO))
            who = "member" if person in members else "non_member"
            alike = person in had_bought and mix[segment[person]] and theirs[segment[person]]
            if alike:
                weight = (
                    Fraction(1)
                    if who == "member"
                    else Fraction(mix[segment[person]], theirs[segment[person]])
                )
                add(sums, ("matched", who), weight, *came)
            add(sums, ("all", who), Fraction(1), *came)
    to_ask = {
        person
        for person, segment in rfm.segments(shop).items()
        if segment in ("champions", "loyal") and person in mailable(shop)
    }
    assert [tuple(row.values()) for row in ask("000-14")] == [
        *(
            (*key, rate(people, 1), rate(again, people), rate(net, people))
            for key, (people, again, net) in sorted(sums.items())
        ),
        ("to ask", "loyal", len(to_ask), None, None),
    ]


def add(
    sums: dict[tuple[str, str], list[Fraction]],
    key: tuple[str, str],
    weight: Fraction,
    came_again: bool,
    net: Fraction,
) -> None:
    so_far = sums.setdefault(key, [ZERO, ZERO, ZERO])
    for place, value in enumerate((Fraction(1), Fraction(came_again), net)):
        so_far[place] += weight * value


def mailable(shop: Sales) -> set[str]:
    """Who has confirmed an address, and neither refused with any account nor is on the list of those not to write to."""
    of = grouped(shop.files["customers"], lambda row: shop.people[row["customer_id"]])
    hashes = {row["email_hash"] for row in shop.files["suppressions"]}
    suppressed = {shop.people[row["customer_id"]] for row in shop.files["suppressions"]}
    return {
        person
        for person, rows in of.items()
        if any(row["email_consent"] == "confirmed" and row["email"] for row in rows)
        and not any(row["email_consent"] == "unsubscribed" for row in rows)
        and person not in suppressed
        and not any(row["email_hash"] in hashes for row in rows)
    }


def test_000_15_customers_bring_others(ask: Ask, shop: Sales) -> None:
    brought = {
        shop.people[row["customer_id"]]
        for row in shop.files["customers"]
        if row["referrer_customer_id"]
    }
    new: dict[date, list[Order]] = grouped(
        (orders[0] for orders in shop.of.values()), lambda order: order.day.replace(day=1)
    )
    expected = []
    for month in sorted(new, reverse=True)[:5]:
        by_others = sum(order.person in brought for order in new[month])
        expected.append((month, len(new[month]), by_others, rate(by_others, len(new[month]))))
    assert [tuple(row.values()) for row in ask("000-15")] == expected
