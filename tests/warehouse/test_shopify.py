"""The Shopify layout: files made by hand, with one of each trap.

shop/orders_export_1.csv, with the header of the admin's export:
- #1001 two lines; notes over three lines with a comma and a quote; six taxes, of which five have columns; a
  postal code with an apostrophe; placed at 23:30 with offset -0400, which is the next day in UTC.
- #1002 without an address, at the till; cancelled and refunded: the refund takes the time of cancelling.
- #1003 begins in this file and ends in the next one.
- #1004 is in both files: paid here, refunded in part there.
shop/orders_export_2.csv, with other headers (Canceled at, Fulfillment Date, Lineitem SKU, Presentment Currency) in
another order and with semicolons:
- the end of #1003; #1004 again; #1005 with tax inside the prices, refunded whole without a date; the end of
  #0999, whose beginning nobody delivered.
"""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse.conftest import PART, Build, TryBuild, Warehouse

HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem discount,Billing Country,Shipping City,"
    "Shipping Zip,Shipping Province,Shipping Country,Notes,Cancelled at,Payment Method,Refunded Amount,Vendor,"
    "Outstanding Balance,Id,Source,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,"
    "Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone"
).split(",")
OTHER = {
    "Cancelled at": "Canceled at",
    "Fulfilled at": "Fulfillment Date",
    "Lineitem sku": "Lineitem SKU",
}

HEAD = {"Currency": "USD", "Accepts Marketing": "no", "Discount Amount": "0.00", "Refunded Amount": "0.00",
        "Outstanding Balance": "0.00", "Shipping": "0.00", "Taxes": "0.00", "Source": "web",
        "Shipping Country": "US", "Billing Country": "US"}  # fmt: skip


def line(name: str, sku: str, quantity: str, price: str, **more: str) -> dict[str, str]:
    return {"Name": name, "Created at": "2024-05-01 23:30:00 -0400", "Lineitem name": sku.title(), "Lineitem sku": sku,
            "Lineitem quantity": quantity, "Lineitem price": price, "Lineitem discount": "0.00", "Vendor": "Acme",
            **more}  # fmt: skip


FIRST = [
    {**HEAD, **line("#1001", "tee", "2", "9.99"), "Email": " Ann@Example.com", "Financial Status": "paid",
     "Paid at": "2024-05-01 23:30:05 -0400", "Fulfilled at": "2024-05-02 09:00:00 -0400", "Subtotal": "29.98",
     "Shipping": "5.00", "Taxes": "2.10", "Total": "37.08", "Discount Code": "WELCOME", "Discount Amount": "3.00",
     "Accepts Marketing": "yes", "Shipping City": "Springfield", "Shipping Zip": "'01101", "Shipping Province": "MA",
     "Notes": 'ring twice,\nthen wait;\nsay "hello"', "Payment Method": "Shopify Payments", "Id": "'5001",
     "Phone": "'+12005550100", **{f"Tax {n} Name": f"T{n}" for n in range(1, 6)},
     **{f"Tax {n} Value": "0.35" for n in range(1, 6)}},
    {**line("#1001", "cap", "1", "13.00"), "Email": "Ann@Example.com", "Lineitem discount": "3.00"},
    {**HEAD, **line("#1002", "", "1", "10.00"), "Lineitem name": "Mug", "Financial Status": "refunded",
     "Paid at": "2024-06-01 10:00:00 +0000", "Created at": "2024-06-01 10:00:00 +0000", "Subtotal": "10.00",
     "Total": "10.00", "Cancelled at": "2024-06-02 10:00:00 +0000", "Refunded Amount": "10.00", "Source": "pos"},
    {**HEAD, **line("#1003", "tee", "1", "9.99"), "Email": "bob@example.com", "Financial Status": "pending",
     "Subtotal": "22.99", "Total": "22.99"},
    {**HEAD, **line("#1004", "cap", "1", "13.00"), "Email": "ann@example.com ", "Financial Status": "paid",
     "Paid at": "2024-05-03 10:00:00 +0000", "Subtotal": "13.00", "Taxes": "1.30", "Total": "14.30"},
]  # fmt: skip
SECOND = [
    {**line("#0999", "tee", "1", "9.99"), "Email": "x@example.com"},
    {**line("#1003", "cap", "1", "13.00"), "Email": "bob@example.com"},
    {**HEAD, **line("#1004", "cap", "1", "13.00"), "Email": "ann@example.com", "Financial Status": "partially_refunded",
     "Paid at": "2024-05-03 10:00:00 +0000", "Subtotal": "13.00", "Taxes": "1.30", "Total": "14.30",
     "Refunded Amount": "7.15", "Presentment Currency": "CAD"},
    {**HEAD, **line("#1005", "tee", "1", "11.00"), "Email": "cid@example.com", "Financial Status": "refunded",
     "Paid at": "2024-05-04 10:00:00 +0200", "Fulfilled at": "2024-05-05 10:00:00 +0200", "Currency": "EUR",
     "Subtotal": "11.00", "Taxes": "1.00", "Total": "11.00", "Refunded Amount": "11.00", "Presentment Currency": "CHF",
     "Shipping Country": "Germany"},
]  # fmt: skip
CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,Default Address Province Code,"
    "Default Address Country Code,Default Address Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags\n"
    "'7001,Ann,Doe,ANN@example.com,yes,Springfield,MA,US,'01101,'+12005550100,no,44.38,2,\"vip, early\"\n"
    "'7002,Dot,Day,,no,,,,,'+12005550101,yes,0.00,0,\n"
)


def exported(rows: list[dict[str, str]], header: list[str], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow([OTHER.get(name, name) if delimiter == ";" else name for name in header])
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shopify_files")
    (folder / "orders_export_1.csv").write_text(exported(FIRST, HEADER))
    turned = ["Presentment Currency", *reversed(HEADER)]
    (folder / "orders_export_2.csv").write_text("\ufeff" + exported(SECOND, turned, ";"))
    (folder / "customers_export.csv").write_text(CUSTOMERS)
    return folder


@pytest.fixture(scope="module")
def shop(build: Build, folder: Path) -> Warehouse:
    variables = {"adapters": ["shopify"], "data_dir": str(folder)}
    return build("shopify", variables, *PART, "+path:models/staging")


def key(email: str) -> str:
    return hashlib.md5(email.encode()).hexdigest()


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


def test_the_first_row_holds_the_orders_facts(shop: Warehouse) -> None:
    """#1001: subtotal before discounts = 29.98 + 3.00. Its sixth tax makes 2.10 of 5 x 0.35."""
    found = shop.tuples(
        "select order_id, customer_id, status, channel_id, currency, subtotal, discount_amount, shipping_amount,"
        " tax_amount, total_amount, prices_include_tax from staging.stg_orders order by 1"
    )
    ann, bob, cid = key("ann@example.com"), key("bob@example.com"), key("cid@example.com")
    assert found == [
        ("#1001", ann, "paid", "web", "USD", *money("32.98", "3", "5", "2.10", "37.08"), False),
        ("#1002", None, "cancelled", "pos", "USD", *money("10", "0", "0", "0", "10"), False),
        ("#1003", bob, "pending", "web", "USD", *money("22.99", "0", "0", "0", "22.99"), False),
        (
            "#1004",
            ann,
            "partially_refunded",
            "web",
            "USD",
            *money("13", "0", "0", "1.3", "14.3"),
            False,
        ),
        ("#1005", cid, "refunded", "web", "EUR", *money("11", "0", "0", "1", "11"), True),
    ]


def test_times_come_with_their_offset_and_are_utc(shop: Warehouse) -> None:
    assert shop.row(
        "select ordered_at, paid_at, shipped_at, cancelled_at from staging.stg_orders where order_id = '#1001'"
    ) == {
        "ordered_at": datetime(2024, 5, 2, 3, 30),
        "paid_at": datetime(2024, 5, 2, 3, 30, 5),
        "shipped_at": datetime(2024, 5, 2, 13),
        "cancelled_at": None,
    }


def test_header_variants_are_the_same_columns(shop: Warehouse) -> None:
    """In the second file: Fulfillment Date, Canceled at and Lineitem SKU."""
    assert shop.value(
        "select shipped_at from staging.stg_orders where order_id = '#1005'"
    ) == datetime(2024, 5, 5, 8)
    assert (
        shop.value("select product_id from staging.stg_order_items where order_id = '#1005'")
        == "tee"
    )


def test_lines_keep_their_order_over_files_and_repeats_do_not_count(shop: Warehouse) -> None:
    """#1003 goes on in the second file, #1004 stands in both, and #0999 has lines alone."""
    assert shop.tuples(
        "select order_id, line_no, product_id, quantity, unit_price, discount_amount"
        " from staging.stg_order_items order by 1, 2"
    ) == [
        ("#0999", 1, "tee", *money("1", "9.99", "0")),
        ("#1001", 1, "tee", *money("2", "9.99", "0")),
        ("#1001", 2, "cap", *money("1", "13", "3")),
        ("#1002", 1, "Mug", *money("1", "10", "0")),
        ("#1003", 1, "tee", *money("1", "9.99", "0")),
        ("#1003", 2, "cap", *money("1", "13", "0")),
        ("#1004", 1, "cap", *money("1", "13", "0")),
        ("#1005", 1, "tee", *money("1", "11", "0")),
    ]


def test_refunds_are_one_per_order_and_dated_only_by_a_cancellation(shop: Warehouse) -> None:
    """#1004: 7.15 of 14.30 with 1.30 tax: 0.65 of it is tax. #1005: all of it, 1.00 tax."""
    assert shop.tuples(
        "select order_id, refunded_at, is_date_estimated, amount, tax_amount, currency"
        " from staging.stg_refunds order by 1"
    ) == [
        ("#1002", datetime(2024, 6, 2, 10), False, *money("10", "0"), "USD"),
        ("#1004", None, True, *money("7.15", "0.65"), "USD"),
        ("#1005", None, True, *money("11", "1"), "EUR"),
    ]


def test_customers_are_known_by_their_address(shop: Warehouse) -> None:
    """Ann wrote hers in three ways; Dot has none and keeps her number; nobody's order is a guest's."""
    assert shop.tuples(
        "select customer_id, first_name, region_id, postal_code, country_code, phone, email_consent, sms_consent, tags"
        " from pii.stg_customers order by email nulls last, customer_id"
    ) == [
        (
            key("ann@example.com"),
            "Ann",
            "MA",
            "01101",
            "US",
            "+12005550100",
            "confirmed",
            "none",
            "vip, early",
        ),
        (key("bob@example.com"), None, None, None, "US", None, "none", None, None),
        (key("cid@example.com"), None, None, None, "DE", None, "none", None, None),
        ("7002", "Dot", None, None, None, "+12005550101", "none", "confirmed", None),
    ]
    assert shop.tuples(
        "select source_customer_key, customer_id from staging.stg_customer_identities"
    ) == [("7001", key("ann@example.com"))]


def test_payments_discounts_and_products(shop: Warehouse) -> None:
    assert shop.tuples("select order_id, amount from staging.stg_payments order by 1") == [
        ("#1001", *money("37.08")),
        ("#1002", *money("10")),
        ("#1004", *money("14.3")),
        ("#1005", *money("11")),
    ]
    assert shop.tuples(
        "select order_id, code, amount, discount_type from staging.stg_order_discounts"
    ) == [("#1001", "WELCOME", *money("3"), "coupon")]
    assert shop.tuples(
        "select product_id, product_name, vendor from staging.stg_products order by 1"
    ) == [
        ("Mug", "Mug", "Acme"),
        ("cap", "Cap", "Acme"),
        ("tee", "Tee", "Acme"),
    ]


def test_two_shops_of_shopify_stay_apart(build: Build, folder: Path) -> None:
    """The same files as two shops: every order twice, each under its shop."""
    sources = [{"name": n, "adapter": "shopify", "path": str(folder)} for n in ("us", "eu")]
    shops = build("two_shops", {"sources": sources}, *PART, "+stg_orders +stg_order_items")
    assert shops.tuples(
        "select source, count(*), count(*) filter (starts_with(order_id, source || ':#'))"
        " from staging.stg_orders group by 1 order by 1"
    ) == [("eu", 5, 5), ("us", 5, 5)]
    assert shops.value("select count(*) from staging.stg_order_items") == 16


def test_money_with_a_decimal_comma_is_refused_with_its_line(
    try_build: TryBuild, tmp_path: Path
) -> None:
    rows = [{**FIRST[3], "Total": "22,99"}]
    (tmp_path / "orders_export.csv").write_text(exported(rows, HEADER))
    done = try_build(
        "comma", {"adapters": ["shopify"], "data_dir": str(tmp_path)}, *PART, "+stg_orders"
    )
    assert done.returncode == 1
    assert f"{tmp_path}/orders_export.csv:2: column Total: Could not convert string" in done.stdout
    assert "write numbers with a point" in done.stdout


# Amounts that need thinking about: #1 an order by telephone number alone, and #2 another; #3 a code for free shipping;
# #4 the same with the shipping still in its column; #5 duties and #6 a tip on top of prices with tax, #5 given back
# whole; #7 cash rounded down, prices without tax; #8 a tip of 3 as Shopify writes it, among the lines; #9 a product
# that is called so.
ODD = [
    {**HEAD, **line("#1", "tee", "1", "20.00"), "Financial Status": "paid", "Subtotal": "20.00", "Total": "20.00",
     "Phone": "'+4917012345678"},
    {**HEAD, **line("#2", "tee", "1", "20.00"), "Financial Status": "paid", "Subtotal": "20.00", "Total": "20.00",
     "Phone": "+49 (170) 1234-5678", "Email": " "},
    {**HEAD, **line("#3", "tee", "3", "10.00"), "Financial Status": "paid", "Subtotal": "28.00", "Total": "28.00",
     "Discount Code": "TWO, FREESHIP", "Discount Amount": "6.90"},
    {**HEAD, **line("#4", "tee", "3", "10.00"), "Financial Status": "paid", "Subtotal": "30.00", "Shipping": "4.90",
     "Taxes": "5.70", "Total": "35.70", "Discount Code": "FREESHIP", "Discount Amount": "4.90"},
    {**HEAD, **line("#5", "tee", "1", "11.90"), "Financial Status": "refunded", "Subtotal": "11.90", "Taxes": "1.90",
     "Total": "16.90", "Duties": "5.00", "Refunded Amount": "16.90"},
    {**HEAD, **line("#6", "tee", "1", "11.90"), "Financial Status": "paid", "Subtotal": "11.90", "Taxes": "1.90",
     "Total": "13.10"},
    {**HEAD, **line("#7", "tee", "1", "10.00"), "Financial Status": "paid", "Subtotal": "10.00", "Taxes": "0.77",
     "Total": "10.75"},
    {**HEAD, **line("#8", "tee", "2", "10.00"), "Financial Status": "paid", "Subtotal": "18.00", "Total": "21.00",
     "Discount Amount": "2.00"},
    {**line("#8", "", "1", "3.00"), "Lineitem name": "Tip", "Vendor": "", "Lineitem requires shipping": "false",
     "Lineitem taxable": "false"},
    {**HEAD, **line("#9", "tip", "1", "4.00"), "Financial Status": "paid", "Subtotal": "4.00", "Total": "4.00",
     "Lineitem requires shipping": "true", "Lineitem taxable": "true"},
]  # fmt: skip


@pytest.fixture(scope="module")
def odd(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("odd_amounts")
    (folder / "orders_export.csv").write_text(
        exported(ODD, [*HEADER, "Duties", "Lineitem requires shipping", "Lineitem taxable"])
    )
    # As the export was before customers had numbers.
    (folder / "customers_export.csv").write_text(
        "First Name,Last Name,Email,Phone,Accepts Marketing\n"
        "Pia,Doe,,'+4917012345678,yes\nQuin,Day,,'+4917099999999,no\n"
    )
    variables = {"adapters": ["shopify"], "data_dir": str(folder)}
    return build(
        "odd_amounts",
        variables,
        *PART,
        "+stg_refunds +int_customer_identity +stg_products +stg_order_items",
    )


def test_who_gave_a_telephone_number_alone_is_a_customer(odd: Warehouse) -> None:
    """K6: account, address, telephone. They were anonymous, and their second order no return."""
    assert odd.tuples(
        "select count(distinct people.customer_id), count(*) from staging.stg_orders"
        " join intermediate.int_customer_identity as people"
        " on stg_orders.customer_id = people.source_customer_id where order_id in ('#1', '#2')"
    ) == [(1, 2)]


def test_a_discount_of_the_shipping_is_none_of_the_goods(odd: Warehouse) -> None:
    """What Subtotal says was paid for the goods is what was paid for them."""
    assert odd.tuples(
        "select order_id, subtotal, discount_amount, prices_include_tax from staging.stg_orders"
        " where order_id in ('#3', '#4') order by 1"
    ) == [("#3", *money("30", "2"), False), ("#4", *money("30", "0"), False)]


def test_tax_is_inside_prices_also_under_duties_and_tips(odd: Warehouse) -> None:
    assert odd.tuples(
        "select order_id from staging.stg_orders where prices_include_tax order by 1"
    ) == [("#5",), ("#6",)]


def test_duties_given_back_with_the_rest_leave_nothing(odd: Warehouse) -> None:
    """The order's figures have 10.00 of goods and 1.90 of tax, and no duties."""
    assert odd.tuples("select amount, tax_amount, shipping_amount from staging.stg_refunds") == [
        money("11.90", "1.90", "0")
    ]


def test_a_tip_among_the_lines_is_no_goods(odd: Warehouse) -> None:
    """It was revenue and a product; what was left of the lines above the subtotal hid the discount."""
    assert odd.tuples(
        "select order_id, product_id, quantity * unit_price from staging.stg_order_items"
        " where order_id in ('#8', '#9') order by 1"
    ) == [("#8", "tee", *money("20")), ("#9", "tip", *money("4"))]
    assert odd.tuples(
        "select subtotal, discount_amount, total_amount from staging.stg_orders where order_id = '#8'"
    ) == [money("20", "2", "21")]
    assert odd.tuples("select product_id from staging.stg_products order by 1") == [
        ("tee",),
        ("tip",),
    ]


def test_customers_of_an_export_without_numbers_are_known_by_their_telephone(
    odd: Warehouse,
) -> None:
    """Whoever had no address either was left out, with name and consent."""
    assert odd.tuples(
        "select first_name, email_consent, created_at is not null from pii.stg_customers"
        " where phone like '+49170%' order by 1"
    ) == [("Pia", "confirmed", True), ("Quin", "none", False)]
