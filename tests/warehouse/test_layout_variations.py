"""Files as they really come: every layout once as its system writes it, once twice over, once told differently.

Three sources a layout in one warehouse: `plain`; `twice`, with a copy of every file beside it; `odd`, where the same
is packed, has a byte order mark, Windows' ends of lines, semicolons, its columns in another order and in other
letters, one more column, and a file without rows beside it. All three must give the same rows.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse import test_shopify, test_woocommerce
from tests.warehouse.conftest import PART, Build, Warehouse

OLIST = {
    "olist_orders_dataset": "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
    "o1,c1,delivered,2017-10-02 10:56:33,2017-10-02 11:07:15,2017-10-04 19:55:00,2017-10-10 21:25:13,2017-10-18 00:00:00\n"
    "o2,c2,canceled,2018-07-24 20:41:37,,,,2018-08-13 00:00:00\n"
    "o3,c3,unavailable,2018-07-24 20:41:37,,,,2018-08-13 00:00:00\n",
    "olist_order_items_dataset": "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
    "o1,1,p1,s1,2017-10-06 11:07:15,29.99,8.72\no1,2,p1,s1,2017-10-06 11:07:15,29.99,8.72\n"
    "o2,1,p2,s1,2018-07-30 03:24:27,118.70,22.76\n",
    "olist_customers_dataset": "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n"
    "c1,u1,01409,sao paulo,SP\nc2,u1,01409,sao paulo,SP\nc3,u2,79002,campo grande,MS\n",
    "olist_order_payments_dataset": "order_id,payment_sequential,payment_type,payment_installments,payment_value\n"
    "o1,1,credit_card,2,70.00\no1,2,voucher,1,7.42\no2,1,boleto,1,141.46\n",
    "olist_products_dataset": "product_id,product_category_name\np1,beleza_saude\np2,perfumaria\n",
    "olist_marketing_qualified_leads_dataset": "mql_id,first_contact_date,landing_page_id,origin\n"
    "m1,2018-02-01,l1,social\nm2,2018-03-01,l1,\n",
    "olist_closed_deals_dataset": "mql_id,seller_id,won_date,lead_type\nm1,s1,2018-02-26 19:58:54,online_big\n",
}
# As the copies of "Online Retail" in circulation have it.
RETAIL = {
    "data": "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,WHITE HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
    "536365,85123a,WHITE HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
    "536366,71053,,1,12/13/2010 18:02,3.39,,EIRE\n"
    "C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527,United Kingdom\n"
    "A563185,B,Adjust bad debt,1,8/12/2011 14:50,11062.06,,United Kingdom\n"
    "536589,21777,,-10,12/1/2010 16:50,0,,United Kingdom\n",
}
CANONICAL = {
    "orders": "order_id,customer_id,ordered_at,status,currency,discount_amount,prices_include_tax\n"
    "O1,c1,2026-01-10T23:30:00-05:00,paid,eur,2.00,true\nO2,  ,2026-02-01,Delivered ,EUR,,\n",
    "order_items": "order_id,line_no,product_id,description,quantity,unit_price\n"
    'O1,1,mug,"a ""big""\nmug",2,30\nO1,2,cap,"red, soft",1,5.50\nO2,1,mug,,-1,30\n',
    "customers": "customer_id,email\nc1,Ann@Example.com\n",
    "refunds": "refund_id,order_id,refunded_at,amount,currency\nR1,O1,2026-02-10 10:00:00,99.00,EUR\n",
}
# All lines of an order in one cell; a name holds the delimiter.
ONE_COLUMN = (
    "order_id,date,status,order_total,currency,cart_discount,coupons,line_items\n"
    '41,2026-01-10 00:30:00,processing,12.00,EUR,2.01,"ten, extra","id:7|name:Mug; blue|product_id:1|sku:m|quantity:1|subtotal:9.00'
    '|total:8.00;id:8|name:Tee|product_id:2|sku:|quantity:2|subtotal:5.00|total:4.00"\n'
)
LAYOUTS: dict[str, tuple[str, dict[str, str]]] = {
    "canonical": ("canonical", CANONICAL),
    "olist": ("olist", OLIST),
    "retail": ("online_retail", RETAIL),
    "shopify": (
        "shopify",
        {
            "orders_export": test_shopify.exported(test_shopify.FIRST, test_shopify.HEADER),
            "customers_export": test_shopify.CUSTOMERS,
        },
    ),
    "suite": ("woocommerce", {"orders": test_woocommerce.SUITE}),
    "one_column": ("woocommerce", {"orders": ONE_COLUMN}),
    "export": ("woocommerce", {"orders": test_woocommerce.EXPORT}),
    "rest": (
        "woocommerce",
        {
            "orders": json.dumps(test_woocommerce.ORDERS),
            "refunds": json.dumps(test_woocommerce.REFUNDS),
        },
    ),
}
# Two codes in one cell, one discount without a code, and an order through Shopify's gateway for trying out.
CODES = [
    {**test_shopify.HEAD, **test_shopify.line("#1", "tee", "1", "10.00"), "Financial Status": "paid",
     "Subtotal": "4.99", "Total": "4.99", "Discount Code": "TEN, Extra", "Discount Amount": "5.01"},
    {**test_shopify.HEAD, **test_shopify.line("#2", "tee", "1", "10.00"), "Financial Status": "paid",
     "Subtotal": "9.00", "Total": "9.00", "Discount Amount": "1.00", "Payment Method": "(for testing) Bogus Gateway"},
]  # fmt: skip
# What each system says of an order → what it is called here; None: not here at all.
SHOPIFY_STATES = {
    "authorized": "pending", "expired": "failed", "paid": "paid", "partially_paid": "paid",
    "partially_refunded": "partially_refunded", "pending": "pending", "refunded": "refunded",
    "voided": "cancelled", "Paid ": "paid",
}  # fmt: skip
WOO_STATES = {
    "cancelled": "cancelled", "checkout-draft": "checkout-draft", "completed": "delivered", "failed": "failed",
    "on-hold": "pending", "pending": "pending", "processing": "paid", "refunded": "refunded", "trash": None,
    "wc-completed": "delivered", "wc-on-hold": "pending", "Processing": "paid",
}  # fmt: skip
TABLES = (
    *("stg_orders", "stg_order_items", "stg_order_discounts", "stg_payments", "stg_refunds"),
    *("stg_refund_items", "stg_products", "stg_leads", "stg_customer_identities", "stg_customers"),
)
SETTINGS = {"time_zone": "Europe/Berlin"}


def kind(layout: str) -> str:
    return "json" if layout == "rest" else "csv"


def told_differently(text: str) -> bytes:
    """The same cells in a file that looks as unlike it as a file may."""
    rows = list(csv.reader(io.StringIO(text)))
    header = [name.upper() for name in reversed(rows[0])]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([*header, "Zusatz"])
    writer.writerows([[*reversed(row), "x;y"] for row in rows[1:]])
    return gzip.compress(out.getvalue().encode("utf-8-sig"))


def odd_name(name: str, layout: str) -> str:
    return f"{name}.csv.gz" if layout != "rest" else f"{name}.jsonl"


def odd_bytes(text: str, layout: str) -> bytes:
    if layout != "rest":
        return told_differently(text)
    lines = [json.dumps(dict(reversed(entry.items()))) for entry in json.loads(text)]
    return "\n\n".join(lines).encode()


@pytest.fixture(scope="module")
def shop(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    root = tmp_path_factory.mktemp("layouts")
    sources = []
    for layout, (adapter, files) in LAYOUTS.items():
        for telling in ("plain", "twice", "odd"):
            folder = root / f"{layout}_{telling}"
            folder.mkdir()
            for name, text in files.items():
                if telling == "odd":
                    (folder / odd_name(name, layout)).write_bytes(odd_bytes(text, layout))
                    continue
                for copy in range(1 + (telling == "twice")):
                    (folder / f"{name}{'_2' * copy}.{kind(layout)}").write_text(text)
            if telling == "odd" and layout != "rest":
                name, text = next(iter(files.items()))
                (folder / f"{name}_empty.csv").write_text(text.split("\n")[0] + "\n")
            path = f"{folder}/*.csv*" if adapter == "online_retail" else str(folder)
            sources.append({"name": f"{layout}_{telling}", "adapter": adapter, "path": path})
    (root / "codes").mkdir()
    (root / "codes" / "orders_export.csv").write_text(
        test_shopify.exported(CODES, test_shopify.HEADER)
    )
    sources.append({"name": "codes", "adapter": "shopify", "path": str(root / "codes")})
    states = {
        "shopify": test_shopify.exported(
            [
                {**test_shopify.HEAD, **test_shopify.line(f"#{state}", "tee", "1", "10.00"),
                 "Financial Status": state, "Subtotal": "10.00", "Total": "10.00"}
                for state in SHOPIFY_STATES
            ],
            test_shopify.HEADER,
        ),
        "woocommerce": json.dumps(
            [
                test_woocommerce.order(number, state, "10.00")
                for number, state in enumerate(WOO_STATES, 1)
            ]
        ),
    }  # fmt: skip
    for adapter, text in states.items():
        (root / f"{adapter}_states").mkdir()
        file = "orders_export.csv" if adapter == "shopify" else "orders.json"
        (root / f"{adapter}_states" / file).write_text(text)
        path = str(root / f"{adapter}_states")
        sources.append({"name": f"{adapter}_states", "adapter": adapter, "path": path})
    selection = " ".join(f"+{name}" for name in TABLES)
    arguments = ("--indirect-selection", "empty", "--select", selection)
    return build("layouts", {**SETTINGS, "sources": sources}, *arguments)


def rows(shop: Warehouse, table: str, source: str) -> list[tuple[object, ...]]:
    """A source's rows without its name, which stands before keys, too."""
    schema = "pii" if table == "stg_customers" else "staging"
    found = shop.tuples(f"select * from {schema}.{table} where source = '{source}'")
    cleaned = (
        tuple(cell.replace(source, "") if isinstance(cell, str) else cell for cell in row)
        for row in found
    )
    return sorted(cleaned, key=repr)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("telling", ["twice", "odd"])
def test_a_layout_gives_the_same_rows_however_it_is_told(
    shop: Warehouse, layout: str, telling: str
) -> None:
    for table in TABLES:
        plain = rows(shop, table, f"{layout}_plain")
        assert rows(shop, table, f"{layout}_{telling}") == plain, table
    assert rows(shop, "stg_orders", f"{layout}_plain")
    assert rows(shop, "stg_order_items", f"{layout}_plain")


def test_a_file_that_comes_twice_does_not_double_an_orders_subtotal(shop: Warehouse) -> None:
    """Olist's: 2 x 29.99, freight 2 x 8.72; the items were added up before repeats were removed."""
    assert shop.tuples(
        "select subtotal, shipping_amount from staging.stg_orders where order_id = 'olist_twice:o1'"
    ) == [(Decimal("59.98"), Decimal("17.44"))]


def test_lines_of_a_packed_export_that_comes_twice_count_once(shop: Warehouse) -> None:
    """The Suite's order 31 has two lines; its copy's were added to each of the two rows."""
    assert (
        shop.value("select count(*) from staging.stg_order_items where order_id = 'suite_twice:31'")
        == 2
    )


def test_several_codes_in_one_cell_share_the_discount(shop: Warehouse) -> None:
    """5.01 for two codes: 2.50 each, and the cent that is left over with the first."""
    assert shop.tuples(
        "select split_part(order_id, ':', 2), code, amount, discount_type"
        " from staging.stg_order_discounts where source = 'codes' order by 1, 2 desc"
    ) == [
        ("#1", "TEN", Decimal("2.51"), "coupon"),
        ("#1", "Extra", Decimal("2.50"), "coupon"),
        ("#2", None, Decimal("1"), "automatic"),
    ]


def test_shopifys_gateway_for_trying_out_makes_test_orders(shop: Warehouse) -> None:
    assert shop.tuples(
        "select split_part(order_id, ':', 2), is_test from staging.stg_orders"
        " where source = 'codes' order by 1"
    ) == [("#1", False), ("#2", True)]


def test_every_state_of_a_payment_at_shopify_is_known(shop: Warehouse, repo: Path) -> None:
    found = shop.tuples(
        "select split_part(order_id, '#', 2), status from staging.stg_orders where source = 'shopify_states'"
    )
    assert dict(found) == {state.strip(): ours for state, ours in SHOPIFY_STATES.items()}  # type: ignore[arg-type]
    assert known(repo) >= {ours for ours in SHOPIFY_STATES.values() if ours}


def test_every_state_of_an_order_at_woocommerce_is_known(shop: Warehouse, repo: Path) -> None:
    found = shop.tuples(
        "select split_part(order_id, ':', 2)::int, status from staging.stg_orders"
        " where source = 'woocommerce_states' order by 1"
    )
    assert found == [(n, ours) for n, ours in enumerate(WOO_STATES.values(), 1) if ours]
    assert known(repo) >= {ours for ours in WOO_STATES.values() if ours}


def known(repo: Path) -> set[str]:
    with (repo / "seeds/order_status_map.csv").open() as file:
        return {row["status"] for row in csv.DictReader(file)}


def test_lines_in_one_column_are_unpacked(shop: Warehouse) -> None:
    assert shop.tuples(
        "select line_no, description, quantity, line_amount, discount_amount from staging.stg_order_items"
        " where source = 'one_column_plain' order by line_no"
    ) == [
        (1, "Mug; blue", Decimal("1"), Decimal("9"), Decimal("1")),
        (2, "Tee", Decimal("2"), Decimal("5"), Decimal("1")),
    ]
    # 2.01 for two codes: 1.00 each, the cent left over with the first.
    assert shop.tuples(
        "select code, amount from staging.stg_order_discounts where source = 'one_column_plain' order by 1 desc"
    ) == [("ten", Decimal("1.01")), ("extra", Decimal("1"))]


def test_online_retail_in_the_words_of_its_copies(shop: Warehouse) -> None:
    """12/1/2010 is the first of December; equal lines stay; A… is dropped."""
    assert shop.tuples(
        "select split_part(order_id, ':', 2), split_part(customer_id, ':', 2), ordered_at, subtotal"
        " from staging.stg_orders where source = 'retail_plain' order by 1"
    ) == [
        ("536365", "17850", datetime(2010, 12, 1, 8, 26), Decimal("30.60")),
        ("536366", None, datetime(2010, 12, 13, 18, 2), Decimal("3.39")),
    ]
    assert shop.tuples(
        "select split_part(product_id, ':', 2), is_merchandise from staging.stg_products"
        " where source = 'retail_plain' order by 1"
    ) == [("21777", True), ("71053", True), ("85123A", True), ("B", False), ("D", False)]


def test_sheets_of_both_shapes_and_two_shops_are_read_together(
    build: Build, tmp_path: Path
) -> None:
    """UCI's first file and a sheet of the second: both begin at row 1, so a test of the lines failed the build.

    17850 came with the first file from the United Kingdom, with the last from France.
    """
    (tmp_path / "a.csv").write_text(RETAIL["data"])
    (tmp_path / "b.csv").write_text(
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
        "489434,85048,BALL,12,2009-12-01 07:45:00,6.95,17850.0,France\n"
        "536366,71053,,1,2010-12-13 18:02:00,3.39,,EIRE\n"
    )
    sources = [
        {"name": name, "adapter": "online_retail", "path": f"{tmp_path}/*.csv"}
        for name in ("north", "south")
    ]
    shop = build(
        "both_shapes", {"sources": sources}, *PART, "+stg_orders +stg_order_items +stg_customers"
    )
    assert shop.tuples(
        "select source, order_id, customer_id, subtotal from staging.stg_orders where source = 'south' order by 2"
    ) == [
        ("south", "south:489434", "south:17850", Decimal("83.40")),
        ("south", "south:536365", "south:17850", Decimal("30.60")),
        ("south", "south:536366", None, Decimal("3.39")),
    ]
    assert shop.tuples(
        "select country_code from pii.stg_customers where customer_id = 'north:17850'"
    ) == [("FR",)]


def test_canonical_cells_are_read_as_they_are_meant(shop: Warehouse) -> None:
    """Quoted line ends and quotes stay; offsets, days alone, capital letters and blanks are brought to one form."""
    assert shop.tuples(
        "select split_part(order_id, ':', 2), customer_id is null, ordered_at, status, currency, discount_amount,"
        " prices_include_tax from staging.stg_orders where source = 'canonical_plain' order by 1"
    ) == [
        ("O1", False, datetime(2026, 1, 11, 4, 30), "paid", "EUR", Decimal("2"), True),
        ("O2", True, datetime(2026, 2, 1), "delivered", "EUR", Decimal("0"), False),
    ]
    assert shop.tuples(
        "select description, quantity from staging.stg_order_items where source = 'canonical_plain'"
        " order by order_item_id"
    ) == [('a "big"\nmug', Decimal("2")), ("red, soft", Decimal("1")), (None, Decimal("-1"))]
