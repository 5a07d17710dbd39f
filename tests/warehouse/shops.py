"""Small shops to tell differently: their source tables in DuckDB, changed by SQL and written as CSV files.

`reports` reads all that a built warehouse publishes: every relation, and an answer of every table function.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from tests.warehouse.conftest import Warehouse

HISTORY = ("_runner", "staging", "intermediate", "seeds", "information_schema", "pg_catalog")
"""Schemas that nobody reads reports from."""

# How every table function is called; {first} and {last} are days, {customer} is somebody.
CALLS = {
    "audience": "'rfm:champions,rfm:loyal', consent_only := false",
    "audience_diff": "'', '{first}', '{last}'",
    "bought_together": "'{first}', '{last}', min_orders := 1",
    "churn": "'{first}', '{last}'",
    "cohorts": "'{first}', '{last}'",
    "concentration": "'{first}', '{last}'",
    "coupon_report": "''",
    "customer_chart": "'{first}', '{last}'",
    "customer_list": "'{first}', '{last}'",
    "customer_products": "'{customer}'",
    "customer_report": "'{customer}'",
    "customer_timeline": "'{customer}'",
    "facets": "'{first}', '{last}', 'category'",
    "kpis": "'{first}', '{last}'",
    "lookalikes": "'rfm:champions'",
    "market_penetration": "",
    "next_product": "''",
    "nps": "'{first}', '{last}'",
    "recommend": "''",
    "rfm": "'{first}', '{last}'",
    "rfm_chart": "'{first}', '{last}'",
    "rfm_migration": "'{first}', '{last}'",
    "sales_by": "'{first}', '{last}', 'month'",
    "segment_profile": "'rfm:champions'",
    "top_customers": "'{first}', '{last}'",
}


@dataclass(frozen=True, slots=True)
class Report:
    """A published relation, or the answer of a function: columns, their types, rows."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[object, ...]]


def reports(warehouse: Warehouse, as_of: date, customer: str) -> dict[str, Report]:
    """All that is published, by name; functions for the year before as_of."""
    named = {
        "first": str(as_of - timedelta(days=365)),
        "last": str(as_of - timedelta(days=1)),
        "customer": customer,
    }
    queries = {
        f"{schema}.{table}": f'select * from "{schema}"."{table}"'
        for schema, table in warehouse.tuples(
            "select table_schema, table_name from information_schema.tables order by all"
        )
        if schema not in HISTORY
    }
    for function, arguments in CALLS.items():
        queries[f"{function}()"] = f"select * from {function}({arguments.format(**named)})"
    return {name: read(warehouse.connection, query) for name, query in queries.items()}


def read(connection: duckdb.DuckDBPyConnection, query: str) -> Report:
    cursor = connection.execute(query)
    names = tuple(column[0] for column in cursor.description)
    types = tuple(str(column[1]) for column in cursor.description)
    return Report(names, types, cursor.fetchall())


class Shop:
    """The source tables of a shop, all cells as text, in a DuckDB of their own."""

    def __init__(self, tables: dict[str, str], as_of: str, currency: str) -> None:
        """tables: name → the query of its rows, in which tables before it may stand."""
        self.connection = duckdb.connect()
        self.as_of = date.fromisoformat(as_of)
        self.currency = currency
        self.names = tuple(tables)
        for name, query in tables.items():
            self.connection.execute(
                f"create table {name} as select columns(*)::varchar from ({query})"
            )

    def columns(self, table: str) -> list[str]:
        return [row[0] for row in self.connection.execute(f"describe {table}").fetchall()]

    def write(self, folder: Path, changes: dict[str, str] | None = None) -> Path:
        """The tables as CSV files. changes: name → the query that stands for a table's rows."""
        folder.mkdir(exist_ok=True)
        for name in self.names:
            query = (changes or {}).get(name, f"from {name}")
            self.connection.execute(f"copy ({query}) to '{folder}/{name}.csv' (header)")
        return folder


def demo_part(data: Path, customers: int, nameless: int) -> Shop:
    """Some customers of the demo shop with all that is theirs, some orders of nobody, and what is everybody's."""

    def rows(table: str, where: str = "true") -> str:
        return f"select * from read_csv('{data}/{table}.csv', all_varchar = true) where {where}"

    theirs = "customer_id in (select customer_id from customers)"
    kept = "order_id in (select order_id from orders)"
    visit = "session_id in (select session_id from sessions)"
    return Shop(
        {
            "customers": f"{rows('customers')} limit {customers}",
            "customer_identities": rows("customer_identities", theirs),
            "orders": f"{rows('orders', theirs)} union all"
            f" (from ({rows('orders', 'customer_id is null')}) order by order_id limit {nameless})",
            **{
                name: rows(name, kept)
                for name in ("order_items", "order_discounts", "payments", "refunds")
            },
            "refund_items": rows("refund_items", "refund_id in (select refund_id from refunds)"),
            "sessions": f"{rows('sessions', f'{theirs} or customer_id is null and hash(session_id) % 8 = 0')}",
            "web_events": rows("web_events", visit),
            "carts": rows("carts", visit),
            "cart_items": rows("cart_items", "cart_id in (select cart_id from carts)"),
            **{
                name: rows(name, theirs)
                for name in ("subscriptions", "campaign_events", "surveys", "reviews")
            },
            **{name: rows(name, theirs) for name in ("support_tickets", "suppressions")},
            "leads": f"{rows('leads')} limit 60",
            **{
                name: rows(name)
                for name in (
                    *("products", "product_costs", "promotions", "marketing_spend", "campaigns"),
                    *("fx_rates", "sales_channels", "regions", "holidays", "seo_traffic"),
                    "social_comments",
                )
            },
        },
        "2026-01-01",
        "EUR",
    )


def cdnow(data: Path) -> Shop:
    """CDNOW's sample: a customer's purchases of a day are an order of one line, as in the reference."""
    days = (
        'select customer_id, "date", sum(cds) as cds, sum(sales) as sales'
        f" from '{data}/cdnow/cdnow_sample.parquet' group by all"
    )
    order = "customer_id || '-' || strftime(\"date\", '%Y%m%d') as order_id"
    return Shop(
        {
            "customers": f"select distinct customer_id from ({days})",
            "orders": f"select {order}, customer_id, \"date\" as ordered_at, 'paid' as status, 'USD' as currency"
            f" from ({days})",
            "order_items": f"select {order}, 1 as line_no, 'cds' as product_id, cds as quantity,"
            f" round(sales / cds, 4) as unit_price, sales as line_amount from ({days})",
        },
        "1998-07-01",
        "USD",
    )


def groceries(data: Path) -> Shop:
    """Some baskets of the grocer's: orders of nobody, some each hour, all things at one price."""
    baskets = f"from '{data}/groceries/groceries.parquet' where basket_id % 8 = 0"
    return Shop(
        {
            "customers": "select '' as customer_id where false",
            "orders": "select distinct basket_id as order_id, null as customer_id, 'paid' as status,"
            " timestamp '2025-01-01' + basket_id * interval 1 hour as ordered_at, 'EUR' as currency"
            f" from ({baskets})",
            "order_items": "select basket_id as order_id, item as product_id, 1 as quantity, 2.5 as unit_price,"
            " row_number() over (partition by basket_id order by item) as line_no"
            f" from ({baskets})",
            "products": "select distinct item as product_id, item as product_name, level1 as category"
            f" from ({baskets})",
        },
        "2026-03-01",
        "EUR",
    )


def online_retail(data: Path) -> Shop:
    """A part of Online Retail, every sixteenth invoice: schema/map_online_retail.sql of the specification."""
    file = f"{data}/online_retail/online_retail_2009_2010.parquet"
    lines = f"(from '{file}' where invoice_date < '2010-12-01' and hash(invoice) % 16 = 0)"
    sales = f"(from {lines} where invoice not like 'C%' and quantity > 0 and unit_price > 0)"
    back = f"(from {lines} where invoice like 'C%')"
    line_no = "row_number() over (partition by invoice order by row_no) as line_no"
    return Shop(
        {
            "customers": "select customer_id, min(invoice_date) as created_at,"
            " arg_max(country, row_no) as region_id"
            f" from {lines} where customer_id is not null group by customer_id",
            "products": "select upper(stock_code) as product_id, max(trim(description)) as product_name,"
            " regexp_matches(upper(stock_code), '^[0-9]{5}') as is_merchandise"
            f" from {lines} group by 1, 3",
            "orders": "select invoice as order_id, any_value(customer_id) as customer_id,"
            " min(invoice_date) as ordered_at, 'paid' as status, arg_min(country, row_no) as region_id,"
            f" 'GBP' as currency, sum(quantity * unit_price) as subtotal from {sales} group by invoice",
            "order_items": f"select invoice as order_id, {line_no}, upper(stock_code) as product_id,"
            f" quantity, unit_price from {sales}",
            "refunds": "select invoice as refund_id, any_value(customer_id) as customer_id,"
            " null as order_id, min(invoice_date) as refunded_at, -sum(quantity * unit_price) as amount,"
            f" 'GBP' as currency from {back} group by invoice",
            "refund_items": f"select invoice as refund_id, {line_no}, upper(stock_code) as product_id,"
            f" -quantity as quantity, -quantity * unit_price as amount from {back}",
        },
        "2010-12-01",
        "GBP",
    )


def olist(data: Path) -> Shop:
    """Half of the Olist sample: schema/map_olist.sql of the specification."""
    here = f"{data}/olist_sample"
    orders = (
        f"(select * from '{here}/orders.parquet' join '{here}/customers.parquet' using (customer_id)"
        " where hash(customer_unique_id) % 2 = 0)"
    )
    kept = "order_id in (select order_id from orders)"
    return Shop(
        {
            "customers": "select customer_unique_id as customer_id,"
            " arg_max(customer_state, customer_id) as region_id, 'BR' as country_code,"
            f" arg_max(customer_city, customer_id) as city from {orders} group by 1",
            "orders": "select order_id, customer_unique_id as customer_id,"
            " order_purchase_timestamp as ordered_at, case when order_status in ('canceled', 'unavailable')"
            " then 'cancelled' when order_status in ('delivered', 'shipped') then order_status"
            " when order_status = 'created' then 'pending' else 'paid' end as status,"
            " customer_state as region_id, 'BRL' as currency, order_approved_at as paid_at,"
            f" order_delivered_customer_date as delivered_at from {orders}",
            "order_items": "select order_id, order_item_id as line_no, product_id, 1 as quantity,"
            " price::decimal(18, 4) as unit_price, freight_value::decimal(18, 4) as shipping_amount"
            f" from '{here}/order_items.parquet' where {kept}",
            "products": "select product_id, product_category_name as category"
            f" from '{here}/products.parquet'",
            "reviews": "select review_id, order_id, customer_id, review_creation_date as created_at,"
            f" review_score as score from '{here}/order_reviews.parquet' join orders using (order_id)",
        },
        "2018-11-01",
        "BRL",
    )


REAL = {"cdnow": cdnow, "groceries": groceries, "online_retail": online_retail, "olist": olist}
