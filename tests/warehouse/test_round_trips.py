"""The demo shop goes out in each foreign layout and comes back through its adapter: the core is the same.

What a layout cannot carry is taken out of the canonical files first, table by table in the SQL below: that is the list
of its losses, and keys are written there as the layout writes them. Then both cores are equal, row by row and column
by column, in the facts and in what is known of each customer. docs/adapters.md tells the losses in words.
Online Retail folds postage, discounts and refunds into lines of their own; there sums are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.demo.conftest import build as build_demo
from tests.support.sample import only_whole
from tests.warehouse.conftest import Build, Warehouse

CUSTOMERS = 400
TABLES = ("fct_orders", "fct_order_items", "fct_refund_items", "int_customer_totals")
SELECTION = ("--indirect-selection", "empty", "--select", " ".join(f"+{name}" for name in TABLES))
HEADERS = {
    "customers": "customer_id",
    "orders": "order_id,ordered_at,status,currency,subtotal",
    "order_items": "order_id,line_no,product_id,quantity,unit_price",
}

# The shop's tables with what every layout has in common: `place` is the number of a line in its order, `cents` are the
# generator's. `owners` are accounts as other systems know them: one that stands in customer_identities alone has the
# address of the first.
COMMON = """
create view owners as
select *, md5(lower(email)) as address_key,
    10 * regexp_extract(customer_id, '[0-9]+')::bigint + suffix(customer_id, 'b')::int as account_no
from (
    select customer_id, email, phone, country_code, is_guest from customers
    union all
    select source_customer_key, email, null, country_code, is_guest
    from customer_identities join customers using (customer_id)
    where source = 'account' and source_customer_key not in (select customer_id from customers)
);

create view lines as
select order_items.*, orders.currency, substr(order_items.order_id, 2) as number, products.sku,
    row_number() over (partition by order_items.order_id order by order_items.line_no) as place,
    count(*) over (partition by order_items.order_id, order_items.product_id) as lines_of_product,
    cents.line_cents, cents.net_cents, cents.tax_cents
from order_items
join orders using (order_id)
join products using (product_id)
join demo.main.gen_order_items as cents
    on order_items.order_id = 'o' || cents.order_key and order_items.line_no = cents.line_no;

create view sums as
select refund_id, order_id, substr(order_id, 2) as number, refunded_at, refunds.amount, refunds.currency, reason,
    cancelled_at, refunds.tax_amount as stated_tax, refunds.shipping_amount as stated_shipping,
    round(refunds.amount * orders.tax_amount / orders.total_amount, 2) as shared_tax,
    case when refunds.amount >= orders.total_amount then orders.shipping_amount else 0 end as whole_shipping
from refunds
join orders using (order_id);

create macro on_the_clock(moment) as
    (moment at time zone 'UTC' at time zone 'Europe/Warsaw')::timestamp at time zone 'Europe/Warsaw' at time zone 'UTC';
"""

# No costs, fees, visits, deliveries, presents or trials; accounts begin with their first order; orders of refused cards do not exist; Shopify's own names of
# channels; one refund an order, undated and without lines, with tax in proportion.
SHOPIFY = {
    "orders": """
        select '#' || substr(order_id, 2) as order_id, address_key as customer_id, ordered_at,
            case when status in ('delivered', 'shipped') then 'paid' else status end as status,
            case channel_id when 'phone' then 'shopify_draft_order' when 'social' then '2329312'
                when 'market' then '1662707' else channel_id end as channel_id,
            orders.region_id, billing_country_code, shipping_country_code, shipping_city, currency, subtotal,
            discount_amount, shipping_amount, tax_amount, total_amount, paid_at, cancelled_at
        from orders left join owners using (customer_id)
        where status <> 'failed'""",
    "order_items": """
        select '#' || number as order_id, place as line_no, sku as product_id, quantity, unit_price, compare_at_price,
            discount_amount
        from lines where order_id in (select order_id from orders where status <> 'failed')""",
    "order_discounts": """
        select '#' || substr(order_id, 2) as order_id, code, amount, discount_type
        from order_discounts join orders using (order_id) where status <> 'failed'""",
    "products": "select sku as product_id, is_gift_card, is_merchandise from products",
    "refunds": """
        select '#' || number || '-refund' as refund_id, '#' || number as order_id, cancelled_at as refunded_at, amount,
            shared_tax as tax_amount, whole_shipping as shipping_amount, currency,
            cancelled_at is null as is_date_estimated
        from sums""",
    "customers": """
        select address_key as customer_id, max(email) as email, max(phone) as phone, max(country_code) as country_code,
            min(ordered_at) as created_at
        from owners left join (select * from orders where status <> 'failed') as orders using (customer_id)
        group by 1""",
}

# No costs, fees, deliveries but of completed orders, presents, trials or gift cards (they are goods); WooCommerce's own
# names of channels; no "shipped" and no "partially refunded"; guests are known by their address, accounts by their
# number; a coupon is shared over the lines by the shop, and of automatic promotions nothing is told; nothing says what went back to the shelf.
WOO_ORDERS = """
    select substr(order_id, 2) as order_id,
        case when coalesce(is_guest, true) then address_key else account_no::varchar end as customer_id, {time} as ordered_at,
        case status when 'shipped' then 'paid' when 'partially_refunded' then 'delivered' else status end as status,
        {channel} as channel_id, orders.region_id, billing_country_code, shipping_country_code, shipping_city, currency,
        subtotal, discount_amount, shipping_amount, tax_amount, total_amount
    from orders left join owners using (customer_id)"""
WOO_REFUNDS = """
    select (1000000000000 + number::bigint)::varchar as refund_id, number as order_id, {time} as refunded_at, amount,
        {tax} as tax_amount, {shipping} as shipping_amount, currency, {reason} as reason
    from sums"""
WOO_REFUND_ITEMS = """
    select (1000000000000 + number::bigint)::varchar as refund_id, number as order_id,
        row_number() over (partition by refund_id order by place) as line_no, {place} as order_line_no,
        substr(refund_items.product_id, 2) as product_id, refund_items.quantity, refund_items.amount
    from refund_items
    join lines on refund_items.order_id = lines.order_id and order_line_no = lines.line_no"""
CHANNEL = """case channel_id when 'web' then 'checkout' when 'social' then 'store-api' when 'phone' then 'admin'
        when 'pos' then 'pos' else 'rest-api' end"""
WOOCOMMERCE = {
    "orders": WOO_ORDERS.format(time="ordered_at", channel=CHANNEL),
    "order_items": """
        select number as order_id, place as line_no, substr(product_id, 2) as product_id, quantity, unit_price,
            (line_cents - net_cents) / 100.0 as discount_amount
        from lines""",
    "order_discounts": """
        select substr(order_id, 2) as order_id, code, amount, discount_type
        from order_discounts where discount_type = 'coupon'""",
    "refunds": WOO_REFUNDS.format(
        time="refunded_at", tax="stated_tax", shipping="stated_shipping", reason="reason"
    ),
    "refund_items": WOO_REFUND_ITEMS.format(place="place"),
    "customers": """
        select case when is_guest then address_key else account_no::varchar end as customer_id, max(email) as email,
            max(phone) as phone, max(country_code) as country_code, is_guest, min(ordered_at) as created_at
        from owners join orders using (customer_id) group by 1, is_guest""",
}
# The CSV files also: no channel; times on the site's clock. The suite's has a refund's sum alone, with tax in proportion.
SUITE = {
    **WOOCOMMERCE,
    "orders": WOO_ORDERS.format(time="on_the_clock(ordered_at)", channel="null"),
    "refunds": WOO_REFUNDS.format(
        time="on_the_clock(refunded_at)",
        tax="shared_tax",
        shipping="whole_shipping",
        reason="reason",
    ),
    "refund_items": None,
}
# The order export's refunds have lines, without saying which of two equal products it was; gestures of goodwill have
# none, and their tax is in proportion. No reasons.
EXPORT = {
    **SUITE,
    "refunds": WOO_REFUNDS.format(
        time="on_the_clock(refunded_at)",
        tax="case when refund_id in (select refund_id from refund_items) then stated_tax else shared_tax end",
        shipping="stated_shipping",
        reason="null",
    ),
    "refund_items": WOO_REFUND_ITEMS.format(place="case when lines_of_product = 1 then place end"),
}

# Orders in euro as if in reais, in Brazil; no channel, discounts, tax, costs, refunds or addresses: prices are what was
# paid, tax included, each piece a line. What was refused is cancelled, strangers are people of one order.
OLIST = {
    "orders": """
        select md5(order_id) as order_id, md5(coalesce(customer_id, 'stranger ' || substr(order_id, 2))) as customer_id,
            ordered_at,
            case status when 'failed' then 'cancelled' when 'refunded' then 'delivered'
                when 'partially_refunded' then 'delivered' else status end as status,
            region_id, 'BR' as billing_country_code, 'BR' as shipping_country_code, lower(shipping_city) as shipping_city,
            'BRL' as currency, total_amount - shipping_amount as subtotal, shipping_amount, total_amount
        from orders where currency = 'EUR'""",
    "order_items": """
        select md5(order_id) as order_id,
            row_number() over (partition by order_id order by place, piece) as line_no, md5(product_id) as product_id,
            1 as quantity,
            ((paid_cents * piece // pieces) - (paid_cents * (piece - 1) // pieces)) / 100.0 as unit_price
        from (select *, net_cents + tax_cents as paid_cents, quantity::bigint as pieces,
                unnest(range(1, quantity::bigint + 1)) as piece
            from lines where currency = 'EUR')""",
    "customers": """
        select distinct md5(coalesce(customer_id, 'stranger ' || substr(order_id, 2))) as customer_id
        from orders where currency = 'EUR'""",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = f"{{customers: {CUSTOMERS}, layouts: [shopify, woocommerce, olist, online_retail]}}"
    return build_demo(tmp_path_factory.mktemp("round_trips") / "demo", "--vars", settings)


@pytest.fixture(scope="module")
def shop(demo: Path) -> duckdb.DuckDBPyConnection:
    """The canonical files as tables, as they are."""
    connection = duckdb.connect()
    connection.execute(f"attach '{demo / 'demo.duckdb'}' as demo (read_only)")
    texts = "types = {'phone': 'varchar'}"
    for path in sorted((demo / "data").glob("*.csv")):
        more = texts if path.stem == "customers" else ""
        connection.execute(
            f"create table {path.stem} as from read_csv('{path}', header = true{', ' + more if more else ''})"
        )
    connection.execute(COMMON)
    return connection


def rates(folder: Path, demo: Path) -> Path:
    """A second source with nothing but exchange rates: foreign layouts have none."""
    folder.mkdir(parents=True)
    for name, header in HEADERS.items():
        (folder / f"{name}.csv").write_text(header + "\n")
    (folder / "fx_rates.csv").write_text((demo / "data" / "fx_rates.csv").read_text())
    return folder


@pytest.fixture(scope="module")
def both(
    build: Build, demo: Path, shop: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[Warehouse, Warehouse]]:  # fmt: skip
    """Build a layout's folder through its adapter, and the files that tell no more: both(layout, adapter, told)."""

    def built(
        layout: str, adapter: str, told: dict[str, str | None], currency: str
    ) -> tuple[Warehouse, Warehouse]:
        folder = tmp_path_factory.mktemp(layout)
        (folder / "told").mkdir()
        for table, query in told.items():
            if query:
                shop.execute(f"copy ({query}) to '{folder}/told/{table}.csv' (header)")
        quoted = rates(folder / "rates", demo)
        warehouses = []
        for name, read, path in (
            (layout, adapter, demo / "layouts" / layout),
            (f"{layout}_told", "canonical", folder / "told"),
        ):
            variables = {
                "as_of": "2026-01-01",
                "currency": currency,
                "time_zone": "Europe/Warsaw",
                "sources": [
                    {"name": "shop", "adapter": read, "path": str(path)},
                    {"name": "rates", "adapter": "canonical", "path": str(quoted)},
                ],
            }
            warehouses.append(build(name, variables, *SELECTION))
        return warehouses[0], warehouses[1]

    return built


def assert_equal(actual: Warehouse, expected: Warehouse) -> None:
    for table in TABLES:
        name = f"intermediate.{table}" if table.startswith("int_") else table
        ours, theirs = (
            warehouse.rows(f"select * from {name} order by all") for warehouse in (actual, expected)
        )
        key = next(iter(theirs[0])) if theirs else ""
        assert {row[key] for row in ours} == {row[key] for row in theirs}, table
        different = [
            (row[key], column, row[column], other[column])
            for row, other in zip(ours, theirs, strict=True)
            for column in row
            if row[column] != other[column]
        ]
        assert different == [], table


@pytest.mark.parametrize(
    ("layout", "adapter", "told", "currency"),
    [
        ("shopify", "shopify", SHOPIFY, "EUR"),
        ("woocommerce", "woocommerce", WOOCOMMERCE, "EUR"),
        pytest.param("woocommerce_suite", "woocommerce", SUITE, "EUR", marks=only_whole),
        ("woocommerce_export", "woocommerce", EXPORT, "EUR"),
        ("olist", "olist", OLIST, "BRL"),
    ],
)
def test_a_layout_comes_back(
    both: Callable[..., tuple[Warehouse, Warehouse]],
    layout: str,
    adapter: str,
    told: dict[str, str | None],
    currency: str,
) -> None:
    actual, expected = both(layout, adapter, told, currency)
    assert expected.value("select count(*) from fct_orders where is_valid") > 300  # type: ignore[operator]
    assert_equal(actual, expected)


@pytest.fixture(scope="module")
def invoices(build: Build, demo: Path) -> Warehouse:
    path = demo / "layouts" / "online_retail" / "online_retail_II.csv"
    variables = {
        "adapters": ["online_retail"],
        "online_retail_file": str(path),
        "currency": "GBP",
        "as_of": "2026-01-01",
        "time_zone": "Europe/Warsaw",
    }
    return build("online_retail", variables, *SELECTION)


INVOICED = "currency = 'EUR' and status not in ('pending', 'cancelled', 'failed')"


def test_invoices_come_back(invoices: Warehouse, shop: duckdb.DuckDBPyConnection) -> None:
    """Goods and postage before discounts, of orders in euro as if in pounds, to the minute; no presents, no tax."""
    expected = shop.execute(f"""
        select substr(order_id, 2), (100000 + account_no)::varchar, date_trunc('minute', ordered_at),
            case country_code when 'PT' then 'Portugal' else 'Romania' end, country_code,
            (subtotal + shipping_amount)::decimal(18, 4),
            units + case when shipping_amount > 0 then 1 else 0 end
        from (select *, billing_country_code as country_code from orders) as orders
        left join (select customer_id, account_no from owners) as owners using (customer_id)
        join (select order_id, sum(quantity) filter (unit_price > 0) as units from order_items group by 1) using (order_id)
        where {INVOICED} and subtotal + shipping_amount > 0
        order by all""").fetchall()
    assert len(expected) > 300
    assert expected == invoices.tuples(
        "select order_id, customer_id, ordered_at, region_id, country_code, gross_revenue, units::bigint"
        " from fct_orders order by all"
    )


def test_what_goes_back_comes_back(invoices: Warehouse, shop: duckdb.DuckDBPyConnection) -> None:
    """Discounts and refunds, without tax, are refunds of no order, of the same people and minutes."""
    expected = shop.execute(f"""
        select 'C' || substr(order_id, 2) || '8', (100000 + account_no)::varchar, date_trunc('minute', ordered_at),
            discount_amount::decimal(18, 4)
        from orders left join owners using (customer_id)
        where {INVOICED} and discount_amount > 0
        union all
        select 'C' || substr(order_id, 2) || '9', (100000 + account_no)::varchar, date_trunc('minute', refunded_at),
            (amount - tax_amount)::decimal(18, 4)
        from (select refund_id, order_id, refunded_at, amount, tax_amount from refunds) as refunds
        join (select * exclude (tax_amount) from orders) using (order_id) left join owners using (customer_id)
        where {INVOICED}
        order by all""").fetchall()
    assert len(expected) > 50
    assert expected == invoices.tuples(
        "select refund_id, customer_id, refunded_at, sum(refund_amount)::decimal(18, 4) from fct_refund_items"
        " where not has_order group by all order by all"
    )
    assert invoices.value("select count(*) from fct_refund_items where has_order") == 0
