"""002, the dashboard: figures of any days, charts of customers won and lost, facets."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest

from tests.support.shop import lapse, rfm
from tests.support.shop.files import day, true
from tests.support.shop.periods import (
    DAY,
    Spent,
    before,
    best_fifth,
    buyers,
    month_end,
    months,
    spent,
)
from tests.support.shop.sales import AS_OF, ZERO, Order, Sales
from tests.support.shop.standing import lapses, worth
from tests.support.shop.traits import kept_lines
from tests.warehouse.acceptance.conftest import Ask
from tests.warehouse.acceptance.near import money, rate
from tests.warehouse.acceptance.test_000 import QUARTER, mailable
from tests.warehouse.acceptance.test_001 import DECEMBER, new_in, returning_in


def net(of: dict[str | None, Spent]) -> Fraction:
    return sum((one.net for one in of.values()), ZERO)


def test_002_01_one_period_in_all_widgets(ask: Ask, shop: Sales) -> None:
    of = spent(shop, *DECEMBER)
    customers = len(buyers(of))
    assert [tuple(row.values()) for row in ask("002-01")] == [
        ("active_customers", customers),
        ("customers in RFM segments", customers),
        ("customers listed", customers),
        ("net_revenue", money(net(of))),
        ("orders", sum(len(one.orders) for one in of.values())),
    ]


def test_002_02_any_dates(ask: Ask, shop: Sales) -> None:
    """A week, and the seven days before it."""
    week = date(2025, 11, 24), date(2025, 11, 30)
    now, then = spent(shop, *week), spent(shop, *before(*week))
    assert before(*week) == (date(2025, 11, 17), date(2025, 11, 23))
    assert [tuple(row.values()) for row in ask("002-02")] == [
        ("net_revenue", money(net(now)), money(net(then))),
        ("orders", *(sum(len(one.orders) for one in of.values()) for of in (now, then))),
    ]


def test_002_03_what_the_best_fifth_brings(ask: Ask, shop: Sales) -> None:
    of = spent(shop, *QUARTER)
    best = best_fifth(one.net for one in buyers(of))
    whole = sum((one.net for person, one in of.items() if person), ZERO)
    assert [tuple(row.values()) for row in ask("002-03")] == [
        ("top20_net_revenue", money(best), money(best), None),
        ("top20_share", rate(best, whole), money(best), money(whole)),
    ]


def test_002_04_average_lifetime_value(ask: Ask, shop: Sales) -> None:
    """Of who bought in 2025: seen, predicted, and by rule of thumb, average order × orders of a customer and month × months until lost."""
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    year = spent(shop, first, last)
    buyers = [person for person, one in year.items() if person and one.orders]
    orders = sum(len(one.orders) for one in year.values())
    known = sum(len(one.orders) for person, one in year.items() if person)
    basket = sum((one.net_order_basis for one in year.values()), ZERO) / orders
    lost = lapses(shop, first, last)
    sides = {**worth(shop, buyers), "avg_ltv_simple": (basket * known, Fraction(lost))}
    assert {row["metric"]: row["value"] for row in ask("002-04")} == {
        metric: pytest.approx(float(above / below), abs=0.006)
        for metric, (above, below) in sides.items()
        if above is not None and below is not None
    }


def test_002_05_what_a_buyer_brings(ask: Ask, shop: Sales) -> None:
    of = spent(shop, *DECEMBER)
    whole = sum((one.net for person, one in of.items() if person), ZERO)
    customers = len(buyers(of))
    assert [tuple(row.values()) for row in ask("002-05")] == [
        ("revenue_per_customer", money(whole), customers, rate(whole, customers))
    ]


def test_002_06_how_many_are_won_a_day(ask: Ask, shop: Sales) -> None:
    new = len(new_in(shop, *DECEMBER))
    assert [tuple(row.values()) for row in ask("002-06")] == [
        ("acquired_per_day", new, 31, rate(new, 31))
    ]


def test_002_07_new_customers_of_each_day(ask: Ask, shop: Sales) -> None:
    days = [DECEMBER[0] + n * DAY for n in range(5)]
    assert [tuple(row.values()) for row in ask("002-07")] == [
        (on, len(new_in(shop, on, on))) for on in days
    ]


def test_002_08_from_one_new_customer_to_the_next(ask: Ask, shop: Sales) -> None:
    assert [tuple(row.values()) for row in ask("002-08")] == [
        ("days_per_new_customer", rate(31, len(new_in(shop, *DECEMBER))))
    ]


def test_002_09_trial_paid_once_recurring(ask: Ask, shop: Sales) -> None:
    """Exclusive: pays a running subscription, before paid orders, before trials."""
    running, paid, tried = set(), set(), set()
    for row in shop.files["subscriptions"]:
        person = shop.people[row["customer_id"]]
        if row["first_paid_at"]:
            paid.add(person)
            if not row["cancelled_at"]:
                running.add(person)
        else:
            tried.add(person)
    tried |= {str(order.person) for order in shop.every_order if true(order.row["is_trial"])}

    def pays(person: str) -> str:
        orders = len(shop.of.get(person, []))
        if person in running:
            return "recurring"
        if orders > 1:
            return "paid_repeat"
        if orders or person in paid:
            return "paid_once"
        return "trial" if person in tried else "none"

    count = Counter(map(pays, shop.persons))
    assert [tuple(row.values()) for row in ask("002-09")] == sorted(count.items())


def chart(shop: Sales, first: date, last: date) -> dict[str, int]:
    """A bucket of the chart: who came, who came back, who left."""
    return {
        "new_customers": len(new_in(shop, first, last)),
        "returning_customers": len(returning_in(shop, first, last)),
        "reactivated_customers": len({p for p, on in lapse.came_back(shop) if first <= on <= last}),
        "total_customers": len(buyers(spent(shop, first, last))),
        "lost_refunded": len({p for p, on in lapse.lost_by_refund(shop) if first <= on <= last}),
        "lost_lapsed": len({p for p, on in lapse.lapsed_on(shop) if first <= on <= last}),
    }


def charted(shop: Sales, first: date, last: date, *columns: str) -> list[tuple[object, ...]]:
    return [
        (month, *(chart(shop, month, month_end(month))[column] for column in columns))
        for month in months(first, last)
    ]


def test_002_10_new_customers_over_time(ask: Ask, shop: Sales) -> None:
    assert ask("002-10") == [
        {
            "bucket": month,
            "first_day": month,
            "last_day": month_end(month),
            "is_complete": True,
            **chart(shop, month, month_end(month)),
        }
        for month in months(*QUARTER)
    ]


def test_002_11_lost_customers_over_time(ask: Ask, shop: Sales) -> None:
    since = date(2025, 8, 1), DECEMBER[1]
    assert [tuple(row.values()) for row in ask("002-11")] == charted(
        shop, *since, "lost_lapsed", "lost_refunded"
    )


def test_002_12_returning_customers_over_time(ask: Ask, shop: Sales) -> None:
    since = date(2025, 8, 1), DECEMBER[1]
    columns = ("returning_customers", "reactivated_customers", "total_customers")
    assert [tuple(row.values()) for row in ask("002-12")] == charted(shop, *since, *columns)


def test_002_13_customers_by_date(ask: Ask, shop: Sales) -> None:
    days = [DECEMBER[0] + n * DAY for n in range(5)]
    assert ask("002-13") == [
        {"bucket": on, "first_day": on, "last_day": on, "is_complete": True, **chart(shop, on, on)}
        for on in days
    ]


def test_002_14_the_list_of_customers(ask: Ask, shop: Sales) -> None:
    customers = buyers(spent(shop, *DECEMBER))
    customers.sort(key=lambda one: (-one.net, str(one.person)))
    assert [tuple(row.values()) for row in ask("002-14")] == [
        (one.person, len(one.orders), money(one.net)) for one in customers[:5]
    ]


def last_order(one: Spent) -> Order:
    return max(one.orders, key=lambda order: order.sequence)


def test_002_22_customers_by_country(ask: Ask, shop: Sales) -> None:
    customers = buyers(spent(shop, *QUARTER))
    count = Counter(last_order(one).country for one in customers)
    brought = {
        country: sum(
            (one.net_order_basis for one in customers if last_order(one).country == country), ZERO
        )
        for country in count
    }
    assert [tuple(row.values()) for row in ask("002-22")] == [
        (country, n, rate(n, len(customers)), money(brought[country]))
        for country, n in count.most_common()
    ]


def test_002_23_customers_by_product(ask: Ask, shop: Sales) -> None:
    """Who kept a piece of it; sizes are one product."""
    who: dict[str, set[str]] = {}
    brought: Counter[str] = Counter()
    for order, line, amount, pieces in kept_lines(shop):
        if QUARTER[0] <= order.day <= QUARTER[1] and order.person and pieces > 0:
            family = shop.family(line.product_id)
            who.setdefault(family, set()).add(order.person)
            brought[family] += amount  # type: ignore[assignment]
    most = sorted(who, key=lambda family: (-len(who[family]), family))[:5]
    answer = ask("002-23")
    assert [(row["product_id"], row["label"], row["customers"]) for row in answer] == [
        (family, shop.products[family]["product_name"], len(who[family])) for family in most
    ]
    for row in answer:
        assert row["net_revenue_order_basis"] == money(brought[row["product_id"]])


def banded(
    customers: list[Spent], value: dict[str, Fraction], bands: list[tuple[str, int | None]]
) -> list[tuple[object, ...]]:
    """Customers and their money in each band that somebody is in; a band ends before its bound."""
    found: list[tuple[object, ...]] = []
    least: int | None = None
    for name, below in bands:
        inside = [
            one
            for one in customers
            if (least is None or value[str(one.person)] >= least)
            and (below is None or value[str(one.person)] < below)
        ]
        if inside:
            brought = sum((one.net_order_basis for one in inside), ZERO)
            found.append((name, len(inside), money(brought)))
        least = below
    return found


def test_002_24_customers_by_what_they_bring(ask: Ask, shop: Sales) -> None:
    customers = buyers(spent(shop, *QUARTER))
    bounds: list[tuple[str, int | None]] = [
        ("< 0", 0),
        ("0 - 50", 50),
        ("50 - 100", 100),
        ("100 - 250", 250),
        ("250 - 500", 500),
        ("500 - 1000", 1000),
        ("1000 +", None),
    ]
    value = {str(one.person): one.net for one in customers}
    assert [tuple(row.values()) for row in ask("002-24")] == banded(customers, value, bounds)


def test_002_25_customers_by_how_long_they_are_with_us(ask: Ask, shop: Sales) -> None:
    customers = buyers(spent(shop, *QUARTER))
    bounds: list[tuple[str, int | None]] = [
        ("< 30 d", 30),
        ("30 - 90 d", 90),
        ("90 - 365 d", 365),
        ("1 - 2 y", 730),
        ("2 y +", None),
    ]
    value = {
        str(one.person): Fraction((AS_OF - shop.of[str(one.person)][0].day).days)
        for one in customers
    }
    assert [tuple(row.values()) for row in ask("002-25")] == banded(customers, value, bounds)


def test_002_26_several_choices_at_once(ask: Ask, shop: Sales) -> None:
    """And across facets, or inside one; a facet is counted with its own choice taken away."""

    def facet(name: str, keep: str) -> list[tuple[object, ...]]:
        customers = buyers(
            spent(
                shop,
                *QUARTER,
                lambda order: (
                    order.channel == "web" if keep == "channel" else order.country in ("PL", "RO")
                ),
            )
        )
        values = (
            [last_order(one).country for one in customers]
            if name == "country"
            else [channel for one in customers for channel in {o.channel for o in one.orders}]
        )
        return [(name, value, n, len(customers)) for value, n in sorted(Counter(values).items())]

    assert [tuple(row.values()) for row in ask("002-26")] == [
        *facet("channel", "country"),
        *facet("country", "channel"),
    ]


def test_002_30_members_of_a_segment_in_a_range(ask: Ask, shop: Sales) -> None:
    segment = rfm.segments(shop)
    customers = [
        one for one in buyers(spent(shop, *DECEMBER)) if segment[str(one.person)] == "champions"
    ]
    customers.sort(key=lambda one: (-one.net, str(one.person)))
    assert [tuple(row.values()) for row in ask("002-30")] == [
        (one.person, len(one.orders), money(one.net)) for one in customers[:5]
    ]


def test_002_36_customers_near_one_place(ask: Ask, shop: Sales) -> None:
    """The country's cities by where the last order went; of each, who lives there and may be written to."""
    customers = buyers(spent(shop, *QUARTER, lambda order: order.country == "PT"))
    count = Counter(last_order(one).row["shipping_city"] for one in customers)
    home: dict[str, str] = {}
    for row in shop.files["customers"]:
        home.setdefault(shop.people[row["customer_id"]], row["city"])
    may = mailable(shop)
    most = sorted(count, key=lambda city: (-count[city], city))[:5]
    assert [tuple(row.values()) for row in ask("002-36")] == [
        (city, count[city], sum(home[person] == city for person in may)) for city in most
    ]


def test_002_37_languages_and_holidays(ask: Ask, shop: Sales) -> None:
    speaks = {shop.people[row["customer_id"]]: row["language"] for row in shop.files["customers"]}
    lives = {
        shop.people[row["customer_id"]]: row["country_code"] for row in shop.files["customers"]
    }
    count = Counter((shop.of[p][-1].country, speaks[p]) for p in shop.of)
    assert set(lives.values()) == {country for country, _ in count}
    free = [
        (day(row["holiday_date"]), row["country_code"], row["holiday_name"])
        for row in shop.files["holidays"]
    ]
    assert [tuple(row.values()) for row in ask("002-37")] == [
        (country, language, n, on, name)
        for on, where, name in sorted(free)
        for (country, language), n in sorted(count.items())
        if country == where and DECEMBER[0] <= on <= DECEMBER[1]
    ]


def test_002_38_whether_trials_become_paying(ask: Ask, shop: Sales) -> None:
    """A subscription's by its own first payment, a trial order's by the first paid order; within 30 days."""
    began: dict[date, list[tuple[date, date | None]]] = {
        month: [] for month in months(date(2025, 8, 1), AS_OF - DAY)
    }

    def add(on: date, paid: date | None) -> None:
        if on.replace(day=1) in began:
            began[on.replace(day=1)].append((on, paid))

    subscribed = set()
    for row in shop.files["subscriptions"]:
        subscribed.add(shop.people[row["customer_id"]])
        if row["trial_ends_at"]:
            add(day(row["started_at"]), day(row["first_paid_at"]) if row["first_paid_at"] else None)
    tries: dict[str, date] = {}
    for order in shop.every_order:
        if true(order.row["is_trial"]) and order.person not in subscribed:
            tries.setdefault(str(order.person), order.day)
    for person, on in tries.items():
        orders = shop.of.get(person, [])
        if not orders or orders[0].day >= on:
            add(on, orders[0].day if orders else None)
    expected = []
    for month in sorted(began, reverse=True):
        thirty = timedelta(days=30)
        over = [(on, paid) for on, paid in began[month] if on + thirty < AS_OF]
        won = sum(paid is not None and paid <= on + thirty for on, paid in over)
        expected.append(
            (month, len(began[month]), len(over), won, rate(won, len(over)) if over else None)
        )
    assert [tuple(row.values()) for row in ask("002-38")] == expected
