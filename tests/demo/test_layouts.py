"""The demo shop in foreign layouts: every file says what the canonical tables say, traps included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

# The header of Shopify's order export, as its own files have it: 79 columns.
SHOPIFY_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,"
    "Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,"
    "Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,"
    "Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,"
    "Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,"
    "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,"
    "Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,"
    "Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,"
    "Next Payment Due At,Payment References"
)
INVALID = "('pending', 'cancelled', 'failed')"


@pytest.fixture(scope="module")
def files(shop: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Views of the canonical files (named as they are) and of the foreign ones, every column text."""
    connection = duckdb.connect()
    for path in sorted((shop / "data").glob("*.csv")):
        connection.execute(
            f"create view {path.stem} as from read_csv('{path}', all_varchar = true)"
        )
    foreign = {
        "shopify": "shopify/orders_export_*.csv",
        "shopify_customers": "shopify/customers_export.csv",
        "suite": "woocommerce/orders_suite.csv",
        "export": "woocommerce/orders_export.csv",
        "retail": "online_retail/online_retail_II.csv",
        **{path.stem: f"olist/{path.name}" for path in (shop / "layouts" / "olist").glob("*.csv")},
    }
    for name, pattern in foreign.items():
        connection.execute(
            f"create view {name} as from read_csv('{shop / 'layouts' / pattern}',"
            " all_varchar = true, filename = true, header = true, quote = '\"', escape = '\"')"
        )
    for name in ("orders", "refunds"):
        connection.execute(
            f"create view woo_{name} as from read_json('{shop}/layouts/woocommerce/{name}.json')"
        )
    yield connection
    connection.close()


def one(files: duckdb.DuckDBPyConnection, query: str) -> int:
    row = files.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def same(files: duckdb.DuckDBPyConnection, left: str, right: str) -> None:
    """Both queries give the same rows, and more than a handful."""
    both = f"with a as ({left}), b as ({right})"
    assert one(files, f"{both} select count(*) from a") > 5
    assert files.execute(f"{both} from a except all from b limit 5").fetchall() == []
    assert files.execute(f"{both} from b except all from a limit 5").fetchall() == []


def test_shopify_has_its_columns(shop: Path) -> None:
    for number in (1, 2):
        path = shop / "layouts" / "shopify" / f"orders_export_{number}.csv"
        with path.open(encoding="utf-8") as file:
            assert file.readline().rstrip("\n") == SHOPIFY_HEADER


def test_shopify_orders_are_the_shops(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        """select "Name" as order_id, lower("Email") as email, "Currency",
            "Subtotal"::decimal(18, 2) + "Discount Amount"::decimal(18, 2) as subtotal,
            "Discount Amount"::decimal(18, 2), "Shipping"::decimal(18, 2), "Taxes"::decimal(18, 2),
            "Total"::decimal(18, 2), "Refunded Amount"::decimal(18, 2),
            strptime("Created at", '%Y-%m-%d %H:%M:%S %z') at time zone 'UTC', strptime("Paid at", '%Y-%m-%d %H:%M:%S %z') at time zone 'UTC',
            strptime("Cancelled at", '%Y-%m-%d %H:%M:%S %z') at time zone 'UTC',
            strptime("Fulfilled at", '%Y-%m-%d %H:%M:%S %z') at time zone 'UTC', "Discount Code"
        from shopify where "Total" is not null""",
        """select '#' || substr(orders.order_id, 2),
            coalesce(lower(customers.email), lower(firsts.email)), orders.currency,
            orders.subtotal::decimal(18, 2), orders.discount_amount::decimal(18, 2),
            orders.shipping_amount::decimal(18, 2), orders.tax_amount::decimal(18, 2),
            orders.total_amount::decimal(18, 2), coalesce(refunds.amount::decimal(18, 2), 0),
            orders.ordered_at::timestamp, orders.paid_at::timestamp, orders.cancelled_at::timestamp,
            orders.shipped_at::timestamp, order_discounts.code
        from orders
        left join customers using (customer_id)
        left join customer_identities as links
            on links.source = 'account' and links.source_customer_key = orders.customer_id
        left join customers as firsts on firsts.customer_id = links.customer_id
        left join refunds on refunds.order_id = orders.order_id
        left join order_discounts on order_discounts.order_id = orders.order_id
        where orders.status <> 'failed'""",
    )


def test_shopify_lines_are_the_shops(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        """select "Name", "Lineitem sku", "Lineitem name", "Lineitem quantity"::int,
            "Lineitem price"::decimal(18, 2), "Lineitem discount"::decimal(18, 2),
            "Lineitem compare at price"::decimal(18, 2)
        from shopify""",
        """select '#' || substr(order_id, 2), sku, description, quantity::int,
            unit_price::decimal(18, 2), order_items.discount_amount::decimal(18, 2),
            compare_at_price::decimal(18, 2)
        from order_items
        join products using (product_id)
        join orders using (order_id)
        where status <> 'failed'""",
    )


def test_shopify_has_its_traps(files: duckdb.DuckDBPyConnection) -> None:
    # order fields on the first row only; other rows carry the name, the address and the line
    assert one(files, 'select count(*) - count("Total") from shopify') > 1000
    assert (
        one(
            files,
            """select count(*) from shopify where "Total" is null
        and coalesce("Financial Status", "Currency", "Shipping Zip", "Id", "Source") is not null""",
        )
        == 0
    )
    # no order is torn over two files, and the second one starts in the past
    assert (
        one(
            files,
            'select max(n) from (select count(distinct filename) n from shopify group by "Name")',
        )
        == 1
    )
    assert one(files, "select count(distinct filename) from shopify") == 2
    assert one(files, """select count(*) from shopify where "Shipping Zip" like '''%'""") > 1000
    assert one(files, """select count(*) from shopify where contains("Notes", chr(10))""") > 50
    assert (
        one(files, """select count(*) from shopify where contains("Note Attributes", chr(10))""")
        > 50
    )
    assert (
        one(files, """select count(distinct right("Created at", 5)) from shopify""") == 2
    )  # summer and winter
    assert one(files, """select count(distinct "Source") from shopify""") == 5
    # nobody's order: no address
    assert one(files, 'select count(*) from shopify where "Email" is null') == one(
        files,
        "select count(*) from order_items join orders using (order_id) where customer_id is null",
    )


def test_shopify_customers_are_the_shops(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        """select "Email", "First Name", ltrim("Default Address Zip", ''''),
            ltrim("Phone", ''''), "Accepts Email Marketing" = 'yes'
        from shopify_customers where "Customer ID" like '''%'""",
        """select email, first_name, postal_code, phone, accepts_marketing = 'true' from customers""",
    )


def test_woocommerce_orders_are_the_shops(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        """select id::varchar, currency, date_created_gmt::timestamp, date_paid_gmt::timestamp,
            date_completed_gmt::timestamp, discount_total::decimal(18, 2), shipping_total::decimal(18, 2),
            total_tax::decimal(18, 2), total::decimal(18, 2),
            list_sum(list_transform(line_items, lambda line: line.subtotal::decimal(18, 2)))::decimal(18, 2),
            list_sum(list_transform(line_items, lambda line: line.total::decimal(18, 2)))::decimal(18, 2),
            len(line_items)
        from woo_orders""",
        """select substr(order_id, 2), currency, ordered_at::timestamp, paid_at::timestamp,
            delivered_at::timestamp, orders.discount_amount::decimal(18, 2),
            shipping_amount::decimal(18, 2), orders.tax_amount::decimal(18, 2),
            total_amount::decimal(18, 2), subtotal::decimal(18, 2),
            subtotal::decimal(18, 2) - orders.discount_amount::decimal(18, 2), count(*)
        from orders join order_items using (order_id) group by all""",
    )
    # the site's clock stands one or two hours ahead
    assert files.execute("""select distinct date_diff('hour', date_created_gmt::timestamp, date_created::timestamp)
        from woo_orders order by all""").fetchall() == [(1,), (2,)]
    assert one(files, "select count(distinct status) from woo_orders") == 6
    assert one(files, "select count(*) from woo_orders where customer_id = 0") == one(
        files,
        "select count(*) from orders left join customers using (customer_id)"
        " where orders.customer_id is null or is_guest = 'true'",
    )
    assert one(files, "select count(distinct prices_include_tax) from woo_orders") == 2


def test_woocommerce_refunds_are_the_shops(files: duckdb.DuckDBPyConnection) -> None:
    canonical = """select substr(order_id, 2), refunded_at::timestamp, amount::decimal(18, 2), reason from refunds"""
    same(
        files,
        "select parent_id::varchar, date_created_gmt::timestamp, amount::decimal(18, 2), reason from woo_refunds",
        canonical,
    )
    same(
        files,
        "select id::varchar, -refunds[1].total::decimal(18, 2) from woo_orders where len(refunds) > 0",
        f"select order_id, amount from ({canonical}) as refunds (order_id, refunded_at, amount, reason)",
    )
    same(
        files,
        """select parent_id::varchar, -line.quantity, -line.total::decimal(18, 2)
        from (select parent_id, unnest(line_items) as line from woo_refunds)""",
        "select substr(order_id, 2), quantity::bigint, amount::decimal(18, 2) from refund_items",
    )


PACKED = r"""select {key} as order_id, regexp_extract(item, 'sku:([^|]*)', 1) as sku,
    regexp_extract(item, 'quantity:([^|]*)', 1)::int as quantity,
    regexp_extract(item, 'sub_total:([^|]*)', 1)::decimal(18, 2) as subtotal
from (select *, unnest([{columns}]) as item from {table}) where item is not null"""


def packed(table: str, key: str, column: str) -> str:
    columns = ", ".join(f"{column}_{number}" for number in range(1, 8))
    return PACKED.format(key=key, columns=columns, table=table)


LINES = """select substr(order_id, 2), sku, quantity::int,
    (quantity::int * unit_price::decimal(18, 2))::decimal(18, 2)
from order_items join products using (product_id)"""


def test_the_suites_csv_is_the_shop(files: duckdb.DuckDBPyConnection) -> None:
    same(files, packed("suite", "order_id", "line_item"), LINES)
    same(
        files,
        "select order_id, order_total::decimal(18, 2), order_subtotal::decimal(18, 2) from suite",
        "select substr(order_id, 2), total_amount::decimal(18, 2), subtotal::decimal(18, 2) from orders",
    )
    same(
        files,
        r"""select order_id, regexp_extract(refund_items, 'amount:([^|]*)', 1)::decimal(18, 2) from suite
        where refund_items is not null""",
        "select substr(order_id, 2), amount::decimal(18, 2) from refunds",
    )
    # month first, on the site's clock
    assert (
        one(
            files,
            """select count(*) from suite join orders on orders.order_id = 'o' || suite.order_id
        where date_diff('hour', ordered_at::timestamp, strptime(order_date, '%m/%d/%Y %H:%M:%S'))
            not in (1, 2)""",
        )
        == 0
    )


def test_the_order_exports_refunds_are_orders(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        packed("(from export where type = 'shop_order') as orders_only", "order_id", "order_item"),
        LINES,
    )
    same(
        files,
        """select parent_order_id, -order_total::decimal(18, 2) from export
        where type = 'shop_order_refund' and status = 'completed'""",
        "select substr(order_id, 2), amount::decimal(18, 2) from refunds",
    )
    same(
        files,
        packed(
            "(from export where type = 'shop_order_refund') as refunds_only",
            "parent_order_id",
            "order_item",
        ),
        """select substr(order_id, 2), sku, -quantity::int, -amount::decimal(18, 2)
        from refund_items join products using (product_id)""",
    )
    assert one(files, "select count(*) - count(distinct order_id) from export") == 0


def test_olist_adds_up(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        """select order_id, order_purchase_timestamp::timestamp, order_delivered_customer_date::timestamp,
            count(*), sum(price::decimal(18, 2) + freight_value::decimal(18, 2))::decimal(18, 2)
        from olist_orders_dataset join olist_order_items_dataset using (order_id) group by all""",
        """select md5(order_id), ordered_at::timestamp, delivered_at::timestamp, sum(quantity::int),
            total_amount::decimal(18, 2)
        from orders join order_items using (order_id) where currency = 'EUR' group by all""",
    )
    same(
        files,
        """select order_id, sum(payment_value::decimal(18, 2))::decimal(18, 2)
        from olist_order_payments_dataset group by 1""",
        """select md5(order_id), total_amount::decimal(18, 2) from orders
        where currency = 'EUR' and paid_at is not null and total_amount::decimal(18, 2) > 0""",
    )
    same(
        files,
        """select order_id, customer_unique_id from olist_orders_dataset
        join olist_customers_dataset using (customer_id)""",
        """select md5(order_id), md5(coalesce(customer_id, 'stranger ' || substr(order_id, 2)))
        from orders where currency = 'EUR'""",
    )
    same(
        files,
        "select review_id, order_id, review_score, review_answer_timestamp from olist_order_reviews_dataset",
        """select md5(review_id), md5(order_id), score, reviews.created_at
        from reviews join orders using (order_id) where currency = 'EUR'""",
    )
    assert one(files, "select count(*) from olist_orders_dataset join olist_customers_dataset using (customer_id)"
        ) == one(files, "select count(distinct customer_id) from olist_customers_dataset")  # fmt: skip
    assert (
        one(
            files,
            """select count(*) from olist_order_items_dataset
        left join olist_products_dataset using (product_id) left join olist_sellers_dataset using (seller_id)
        where olist_products_dataset.product_id is null or olist_sellers_dataset.seller_id is null""",
        )
        == 0
    )


def test_olist_has_the_leads(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        "select mql_id, first_contact_date::date from olist_marketing_qualified_leads_dataset",
        "select md5(lead_id), created_at::date from leads",
    )
    same(
        files,
        "select mql_id, won_date::timestamp from olist_closed_deals_dataset",
        "select md5(lead_id), converted_at::timestamp from leads where converted_at is not null",
    )


def test_online_retail_adds_up(files: duckdb.DuckDBPyConnection) -> None:
    same(
        files,
        """select "Invoice", "InvoiceDate"::timestamp,
            sum("Quantity"::int * "Price"::decimal(18, 2))::decimal(18, 2)
        from retail where regexp_matches("Invoice", '^[0-9]') and "Quantity"::int > 0 group by all""",
        f"""select substr(order_id, 2), date_trunc('minute', ordered_at::timestamp),
            subtotal::decimal(18, 2) + shipping_amount::decimal(18, 2)
        from orders where currency = 'EUR' and status not in {INVALID}""",
    )
    # what goes back: discounts and refunds without their tax
    same(
        files,
        """select substr("Invoice", 2, length("Invoice") - 2), right("Invoice", 1),
            -sum("Quantity"::int * "Price"::decimal(18, 2))::decimal(18, 2)
        from retail where "Invoice" like 'C%' group by all""",
        f"""select substr(order_id, 2), '8', discount_amount::decimal(18, 2) from orders
        where currency = 'EUR' and status not in {INVALID} and discount_amount::decimal(18, 2) > 0
        union all
        select substr(order_id, 2), '9', amount::decimal(18, 2) - refunds.tax_amount::decimal(18, 2)
        from refunds join orders using (order_id)
        where orders.currency = 'EUR' and status not in {INVALID}""",
    )


def test_online_retail_has_its_traps(files: duckdb.DuckDBPyConnection) -> None:
    kinds = """select count(*) filter ("StockCode" in ('POST', 'D', 'M')),
        count(*) filter ("StockCode" <> upper("StockCode")), count(*) filter ("Invoice" like 'A%'),
        count(*) filter ("Customer ID" is null), count(*) filter ("Price"::decimal(18, 2) = 0)
    from retail"""
    row = files.execute(kinds).fetchone()
    assert row is not None
    assert all(count > 0 for count in row)
    # equal rows that both count
    assert (
        one(
            files,
            "select count(*) from (select *, count(*) from retail group by all having count(*) > 1)",
        )
        > 5
    )
