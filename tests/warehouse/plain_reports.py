"""The figures of a period once more, in plain Python over orders and refund lines, without the functions.

Reads fct_orders, fct_refund_items and who is what; knows nothing of SQL beyond that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tests.warehouse.asking import Question
from tests.warehouse.conftest import Row, Warehouse

Person = object


@dataclass(frozen=True, slots=True)
class Shop:
    """Valid orders and counted refund lines, and what is known of orders and customers beside them."""

    orders: list[Row]
    refunds: list[Row]
    cities: dict[object, object]
    kept: dict[object, list[tuple[object, object, object]]]
    """Lines of an order that were not all given back: product, its parent, category."""
    campaigns: dict[object, object]
    regions: dict[object, object]
    customers: dict[object, Row]
    segments: dict[object, set[object]]
    as_of: date
    first_day: date


@dataclass(slots=True)
class Sums:
    """What one customer, or nobody in particular, did in a period."""

    orders: int = 0
    is_new: bool = False
    gross_revenue: Decimal = Decimal(0)
    net_revenue: Decimal = Decimal(0)
    refund_amount: Decimal = Decimal(0)
    units: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date
    of: dict[Person, Sums] = field(default_factory=dict)

    @property
    def active(self) -> set[Person]:
        return {who for who, sums in self.of.items() if who is not None and sums.orders}


def read(shop: Warehouse) -> Shop:
    """All that there is, once."""
    kept = defaultdict(list)
    for order, product, parent, category in shop.tuples("""
        select items.order_id, products.product_id, products.parent_product_id, products.category
        from fct_order_items as items join dim_products as products using (product_id)
        where items.quantity > items.refunded_quantity
    """):
        kept[order].append((product, parent, category))
    segments = defaultdict(set)
    for who, key in shop.tuples("select customer_id, segment_key from bridge_customer_segments"):
        segments[who].add(key)
    as_of, first_day = shop.row("""
        select as_of, (select min(month) from intermediate.int_months) as first_day
        from intermediate.int_as_of
    """).values()
    assert isinstance(as_of, date)
    assert isinstance(first_day, date)
    orders = shop.rows("select * from fct_orders where is_valid")
    return Shop(
        orders,
        shop.rows("select * from fct_refund_items where is_counted"),
        {
            row["order_id"]: row["shipping_city"] or "(unknown)"
            for row in shop.rows("from fct_orders")
        },
        kept,
        pairs(
            shop,
            """
            select order_id, campaign_id from intermediate.int_order_attribution
            where model = 'last_non_direct'
            """,
        ),
        pairs(shop, "select region_id, region_name from dim_regions"),
        {row["customer_id"]: row for row in shop.rows("from dim_customers")},
        segments,
        as_of,
        first_day,
    )


def period(shop: Shop, asked: Question) -> Period:
    """The customers of the period who pass the filters, with their sums."""
    found = Period(
        date.fromisoformat(asked.start) if asked.start else shop.first_day,
        date.fromisoformat(asked.end) if asked.end else shop.as_of - timedelta(days=1),
    )
    wanted = {name: words(value) for name, value in asked.filters.items()}
    sums: dict[Person, Sums] = defaultdict(Sums)
    for row in shop.orders:
        if found.first <= day(row["order_date"]) <= found.last and passes(shop, row, wanted):
            of = sums[row["customer_id"]]
            of.orders += 1
            of.is_new |= bool(row["is_new"])
            of.gross_revenue += number(row["gross_revenue"])
            of.net_revenue += number(row["revenue_before_refunds"])
            of.units += number(row["units"])
    for row in shop.refunds:
        if found.first <= day(row["refund_date"]) <= found.last and passes(shop, row, wanted):
            of = sums[row["customer_id"]]
            of.net_revenue -= number(row["refund_amount"])
            of.refund_amount += number(row["refund_amount"])
    found.of.update(
        {
            who: of
            for who, of in sums.items()
            if not {"revenue_min", "revenue_max"} & asked.filters.keys()
            or (
                who is not None
                and of.net_revenue >= Decimal(asked.filters.get("revenue_min", "-Infinity"))
                and of.net_revenue <= Decimal(asked.filters.get("revenue_max", "Infinity"))
            )
        }
    )
    return found


def passes(shop: Shop, row: Row, wanted: dict[str, set[str]]) -> bool:
    """AND over the filters, OR within each."""
    order, who = row["order_id"], row["customer_id"]
    customer = shop.customers.get(who, {})
    region = row["region_id"] or "(unknown)"
    since = customer.get("first_order_date")
    has: dict[str, Callable[[set[str]], object]] = {
        "store": lambda any_of: row["store_id"] in any_of,
        "channel": lambda any_of: row["channel"] in any_of,
        "country": lambda any_of: row["country_code"] in any_of,
        "region": lambda any_of: {region, shop.regions.get(region)} & any_of,
        "city": lambda any_of: shop.cities.get(order) in any_of,
        "campaign": lambda any_of: shop.campaigns.get(order) in any_of,
        "rfm_segment": lambda any_of: customer.get("rfm_segment") in any_of,
        "value_tier": lambda any_of: customer.get("value_tier") in any_of,
        "segment": lambda any_of: shop.segments.get(who, set()) & any_of,
        "since_from": lambda any_of: since and str(since) >= min(any_of),
        "since_to": lambda any_of: since and str(since) <= min(any_of),
    }
    # One line must be of the product and of the category.
    of_product, of_category = wanted.get("product"), wanted.get("category")
    has_line = (of_product is None and of_category is None) or any(
        (of_product is None or {product, parent} & of_product)
        and (of_category is None or category in of_category)
        for product, parent, category in shop.kept.get(order, [])
    )
    return has_line and all(has[name](any_of) for name, any_of in wanted.items() if name in has)


def pairs(shop: Warehouse, query: str) -> dict[object, object]:
    return {row[0]: row[1] for row in shop.tuples(query)}


def words(value: str) -> set[str]:
    return {value, *re.split(r"\s*,\s*", value)}


def day(value: object) -> date:
    assert isinstance(value, date)
    return value


def number(value: object) -> Decimal:
    assert isinstance(value, Decimal)
    return value


def total(of: Iterable[Decimal]) -> Decimal:
    return sum(of, Decimal(0))
