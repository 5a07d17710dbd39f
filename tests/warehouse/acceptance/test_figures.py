"""Every figure of kpis for several periods and choices, and its page mates, against the second computation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from tests.support.shop.kpis import Band, Sides, kpis
from tests.support.shop.periods import Keep, before, buyers, spent
from tests.support.shop.sales import ZERO, Order, Sales
from tests.support.shop.standing import conversion, lapses, standing, worth
from tests.support.shop.traits import discount_class, returned, tiers
from tests.support.shop.visits import owed
from tests.warehouse.conftest import Warehouse

PERIODS = [
    (date(2025, 10, 1), date(2025, 12, 31)),
    (date(2025, 2, 1), date(2025, 2, 28)),
    (date(2025, 11, 27), date(2025, 12, 1)),
]
YEAR_BEFORE = {
    date(2025, month, day): date(2024, month, day)
    for month, day in ((10, 1), (12, 31), (2, 1), (2, 28), (11, 27), (12, 1))
}
Choice = tuple[str, Callable[[Sales], Keep], Band | None]


def everything(shop: Sales) -> Keep:
    return lambda order: True


def where(test: Callable[[Order], bool]) -> Callable[[Sales], Keep]:
    return lambda shop: test


def holds(family: str) -> Callable[[Sales], Keep]:
    """Orders that hold a piece of the product and kept it."""

    def keeping(shop: Sales) -> Keep:
        _, pieces = returned(shop)
        return lambda order: any(
            shop.family(line.product_id) == family
            and line.quantity > pieces[line.order_id, line.number]
            for line in order.lines
        )

    return keeping


def led_by(campaign: str) -> Callable[[Sales], Keep]:
    def keeping(shop: Sales) -> Keep:
        visit = owed(shop)
        return lambda order: (
            order.order_id in visit and visit[order.order_id].row["campaign"] == campaign
        )

    return keeping


def since(first: date, last: date) -> Callable[[Sales], Keep]:
    return lambda shop: (
        lambda order: bool(order.person) and first <= shop.of[str(order.person)][0].day <= last
    )


def of_tier(*names: str) -> Callable[[Sales], Keep]:
    return lambda shop: lambda order: tiers(shop).get(order.person or "") in names


def of_class(name: str) -> Callable[[Sales], Keep]:
    """A segment of the shop's own: the class of all of somebody's orders."""
    return lambda shop: (
        lambda order: bool(order.person) and discount_class(shop.of[str(order.person)]) == name
    )


CHOICES: dict[str, Choice] = {
    "all": ("", everything, None),
    "country": ("country := 'PL,RO'", where(lambda o: o.country in ("PL", "RO")), None),
    "channel": ("channel := 'pos'", where(lambda o: o.channel == "pos"), None),
    "region": ("region := 'PT17'", where(lambda o: o.region == "PT17"), None),
    "city": ("city := 'Porto'", where(lambda o: o.row["shipping_city"] == "Porto"), None),
    "product": ("product := 'p100'", holds("p100"), None),
    "campaign": ("campaign := 'news-2025-q3'", led_by("news-2025-q3"), None),
    "since": (
        "since_from := '2024-06-01', since_to := '2024-12-31'",
        since(date(2024, 6, 1), date(2024, 12, 31)),
        None,
    ),
    "revenue": (
        "revenue_min := '50', revenue_max := '100'",
        everything,
        lambda net: 50 <= net <= 100,
    ),
    "value_tier": ("value_tier := 'gold,silver'", of_tier("gold", "silver"), None),
    "segment": ("segment := 'full_price_buyers'", of_class("full_price"), None),
    "several": (
        "country := 'PT', channel := 'web,social', revenue_min := 20",
        where(lambda o: o.country == "PT" and o.channel in ("web", "social")),
        lambda net: net >= 20,
    ),
}


def value(sides: Sides) -> Any:
    """A number, or a quotient; None without a denominator (K8)."""
    above, below = sides
    if above is None or below == 0:
        return None
    if below is None:
        return pytest.approx(float(above), abs=0.02)
    return pytest.approx(float(above / below), rel=1e-4, abs=1e-4)


def plain(number: object) -> float | None:
    return None if number is None else float(str(number))


Computed = Callable[[date, date], dict[str, Sides]]


def check(
    demo: Warehouse,
    asked: str,
    computed: Computed,
    first: date,
    last: date,
    rel: float | None = None,
) -> None:
    """The figures with both sides, those of as many days before, and those of a year before."""
    now, then = computed(first, last), computed(*before(first, last))
    year = computed(YEAR_BEFORE[first], YEAR_BEFORE[last])
    found = {str(row["metric"]): row for row in demo.rows(f"from kpis({asked})")}
    assert set(found) >= set(now)
    for metric, sides in now.items():
        row = found[metric]
        assert plain(row["value"]) == value(sides), metric
        assert (plain(row["numerator"]), plain(row["denominator"])) == tuple(
            None if side is None else pytest.approx(float(side), rel=rel, abs=0.02)
            for side in sides
        ), metric
        assert plain(row["prev"]) == value(then[metric]), metric
        assert plain(row["yoy"]) == value(year[metric]), metric


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_every_figure_of_any_days_and_any_choice(
    demo: Warehouse, shop: Sales, first: date, last: date, choice: str
) -> None:
    arguments, keeping, band = CHOICES[choice]
    asked = ", ".join(filter(None, [f"'{first}', '{last}'", arguments]))
    keep = keeping(shop)
    check(demo, asked, lambda first, last: kpis(shop, first, last, keep, band), first, last)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_how_people_stand_and_what_they_are_worth(
    demo: Warehouse, shop: Sales, first: date, last: date, choice: str
) -> None:
    """The figures that need more than the period's orders: accounts, trials, subscriptions, visits, lapses and predictions."""
    arguments, keeping, band = CHOICES[choice]
    asked = ", ".join(filter(None, [f"'{first}', '{last}'", arguments]))
    keep = keeping(shop)

    def expected(first: date, last: date) -> dict[str, Sides]:
        chosen = {str(o.person) for o in shop.orders if o.person and keep(o)} if arguments else None
        bought = spent(shop, first, last, keep)
        of = {person: one for person, one in bought.items() if person}
        if band:
            within = {person for person, one in of.items() if band(one.net)}
            chosen = within if chosen is None else chosen & within
        buyers = [p for p, one in of.items() if one.orders and (chosen is None or p in chosen)]
        orders = [order for one in bought.values() for order in one.orders]
        if band:
            orders = [order for order in orders if order.person in (chosen or ())]
        money = sum((order.net_order_basis for order in orders), ZERO)
        known = sum(order.person is not None for order in orders)
        lost = Fraction(lapses(shop, first, last, chosen))
        return {
            **standing(shop, first, last, chosen),
            **worth(shop, buyers),
            "avg_ltv_simple": (money * known / len(orders) if orders else ZERO, lost),
            "conversion_rate": (None, None) if arguments else conversion(shop, first, last),
        }

    check(demo, asked, expected, first, last, rel=1e-5)


@pytest.mark.parametrize("choice", CHOICES)
def test_the_list_holds_the_customers_of_the_figures(
    demo: Warehouse, shop: Sales, choice: str
) -> None:
    """By id, with the orders and the money of each."""
    arguments, keeping, band = CHOICES[choice]
    first, last = PERIODS[0]
    asked = ", ".join(filter(None, [f"'{first}', '{last}'", arguments]))
    customers = buyers(spent(shop, first, last, keeping(shop)))
    expected = {
        str(one.person): (len(one.orders), pytest.approx(float(one.net), abs=0.005))
        for one in customers
        if not band or band(one.net)
    }
    rows = demo.tuples(
        f"select customer_id, orders, net_revenue::double from customer_list({asked})"
    )
    assert {str(person): tuple(rest) for person, *rest in rows} == expected


def test_of_nothing_both_sides_of_a_ratio_are_there(demo: Warehouse) -> None:
    """K8: where nobody bought, none were won a day, and of no buyers none came again."""
    found = {
        str(metric): sides
        for metric, *sides in demo.tuples("""
            select metric, value, numerator::int, denominator::int
            from kpis('2025-12-01', '2025-12-31', country := 'XX')
        """)
    }
    assert found["acquired_per_day"] == [0, 0, 31]
    assert found["days_per_new_customer"] == [None, 31, 0]
    assert found["repeat_purchase_rate"] == [None, 0, 0]
    assert found["top20_share"] == [None, 0, 0]


@pytest.mark.parametrize("by", ["weekday", "hour"])
def test_customers_and_sales_by_weekday_and_hour(demo: Warehouse, shop: Sales, by: str) -> None:
    """002-13: distinct customers of each; refunds under their own day and hour."""
    first, last = PERIODS[0]

    def key(at: datetime) -> str:
        return str(at.isoweekday()) if by == "weekday" else f"{at:%H}"

    who: dict[str, set[str]] = defaultdict(set)
    orders: Counter[str] = Counter()
    net: dict[str, float] = defaultdict(float)
    for one in spent(shop, first, last).values():
        for order in one.orders:
            orders[key(order.at)] += 1
            net[key(order.at)] += float(order.net)
            if order.person:
                who[key(order.at)].add(order.person)
        for refund in one.refunds:
            net[key(refund.at)] -= float(refund.goods)
    rows = demo.tuples(f"""
        select value, label, orders, customers, net_revenue::double
        from sales_by('{first}', '{last}', '{by}')
    """)
    assert [value for value, *_ in rows] == sorted(net)
    for name, label, n, customers, money in rows:
        value = str(name)
        assert (n, customers) == (orders[value], len(who[value]))
        assert money == pytest.approx(net[value], abs=0.01)
        day = date(2024, 1, int(value)) if by == "weekday" else None  # a Monday began 2024
        assert label == (f"{day:%A}" if day else None)
