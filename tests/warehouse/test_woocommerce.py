"""The WooCommerce layouts: REST answers and the two common CSV exports, made by hand, with one of each trap."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse.conftest import PART, Build, TryBuild, Warehouse

GUEST = {"email": " Bob@Example.com", "phone": "", "first_name": "Bob", "last_name": "", "city": "Bonn", "state": "",
         "postcode": "53111", "country": "DE"}  # fmt: skip
ANN = {
    **GUEST,
    "email": "ann@example.com",
    "first_name": "Ann",
    "city": "Lyon",
    "state": "ARA",
    "country": "FR",
}


def line(id: int, name: str, product: int, quantity: int, subtotal: str, total: str, tax: str,
         variation: int = 0) -> dict[str, object]:  # fmt: skip
    return {"id": id, "name": name, "product_id": product, "variation_id": variation, "sku": f"sku-{product}",
            "quantity": quantity, "subtotal": subtotal, "total": total, "total_tax": tax, "meta_data": []}  # fmt: skip


def order(id: int, status: str, total: str, **more: object) -> dict[str, object]:
    return {"id": id, "parent_id": 0, "number": str(id), "status": status, "currency": "eur", "prices_include_tax": True,
            "date_created": "2026-01-10T10:00:00", "date_created_gmt": "2026-01-10T09:00:00",
            "date_modified_gmt": "2026-01-10T09:00:00", "date_paid_gmt": None, "date_completed_gmt": None,
            "discount_total": "0.00", "shipping_total": "0.00", "total_tax": "0.00", "total": total, "customer_id": 0,
            "billing": GUEST, "shipping": {"city": "", "state": "", "country": ""}, "payment_method": "stripe",
            "created_via": "checkout", "meta_data": [], "line_items": [], "coupon_lines": [], "refunds": [],
            **more}  # fmt: skip


# 11: Ann's account, two lines, a coupon of 3, shipping 5, tax 6.20 (prices are shown with tax; the lines are without):
#     30 - 3 + 5 + 6.20 = 38.20. Two refunds: 21 with its lines, dated in the refunds' file; 22 is an order of its own.
# 12: a guest's, on hold, so not paid. 15: of a guest who gave a telephone number alone; 16: nothing. 13: in the bin. 14: first processing, then completed, in two files.
ORDERS = [
    order(11, "processing", "38.20", customer_id=7, billing=ANN, discount_total="3.00", shipping_total="5.00",
          total_tax="6.20", date_paid_gmt="2026-01-10T09:01:00",
          line_items=[line(101, "Mug", 1, 2, "20.00", "18.00", "3.60"),
                      line(102, "Tee - S", 2, 1, "10.00", "9.00", "1.60", variation=21)],
          coupon_lines=[{"id": 9, "code": "welcome", "discount": "3.00", "discount_tax": "0.60"}],
          refunds=[{"id": 21, "reason": "broken", "total": "-10.80"}, {"id": 22, "reason": "", "total": "-1.00"}],
          meta_data=[{"id": 1, "key": "_wc_order_attribution_utm_source", "value": "google"},
                     {"id": 2, "key": "_wc_order_attribution_utm_medium", "value": "cpc"},
                     {"id": 3, "key": "_other", "value": {"a": [1]}}]),
    order(12, "on-hold", "10.00", line_items=[line(103, "Mug", 1, 1, "10.00", "10.00", "0.00")]),
    order(13, "trash", "10.00", line_items=[line(104, "Mug", 1, 1, "10.00", "10.00", "0.00")]),
    order(14, "processing", "10.00", date_paid_gmt="2026-01-11T09:00:00",
          line_items=[line(105, "Mug", 1, 1, "10.00", "10.00", "0.00")]),
    order(15, "on-hold", "10.00", billing={**GUEST, "email": "", "phone": "+49 228 1234567"},
          line_items=[line(106, "Mug", 1, 1, "10.00", "10.00", "0.00")]),
    order(16, "on-hold", "10.00", billing={**GUEST, "email": "", "phone": " - "},
          line_items=[line(107, "Mug", 1, 1, "10.00", "10.00", "0.00")]),
    order(22, "completed", "-1.00", type="shop_order_refund", parent_id=11, date_created_gmt="2026-01-15T09:00:00"),
]  # fmt: skip
LATER = [
    order(14, "completed", "10.00", date_paid_gmt="2026-01-11T09:00:00", date_modified_gmt="2026-01-12T09:00:00",
          date_completed_gmt="2026-01-12T09:00:00",
          line_items=[line(105, "Mug", 1, 1, "10.00", "10.00", "0.00")]),
]  # fmt: skip
REFUNDS = [
    {"id": 21, "date_created_gmt": "2026-01-14T08:00:00", "amount": "10.80", "reason": "broken",
     "line_items": [{"id": 301, "product_id": 1, "variation_id": 0, "quantity": -1, "total": "-9.00", "total_tax": "-1.80",
                     "meta_data": [{"id": 5, "key": "_refunded_item_id", "value": "101"}]}],
     "shipping_lines": []},
]  # fmt: skip


@pytest.fixture(scope="module")
def rest(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("woo_rest")
    (folder / "orders_1.json").write_text(json.dumps(ORDERS))
    (folder / "orders_2.json").write_text(json.dumps(LATER))
    (folder / "refunds.json").write_text(json.dumps(REFUNDS))
    (folder / "customers.json").write_text(
        json.dumps([{"id": 7, "date_created_gmt": "2025-05-01T00:00:00", "email": "ann@example.com",
                     "first_name": "Ann", "last_name": "Doe", "billing": ANN}])
    )  # fmt: skip
    variables = {"adapters": ["woocommerce"], "data_dir": str(folder), "time_zone": "Europe/Berlin"}
    return build("woo_rest", variables, *PART, "+path:models/staging")


def key(email: str) -> str:
    return hashlib.md5(email.encode()).hexdigest()


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


def test_orders_of_the_interface(rest: Warehouse) -> None:
    """The bin is left out, refunds are no orders, of two answers the later one counts; all is without tax."""
    assert rest.tuples(
        "select order_id, customer_id, status, currency, subtotal, discount_amount, shipping_amount, tax_amount,"
        " total_amount, prices_include_tax from staging.stg_orders order by 1"
    ) == [
        ("11", "7", "paid", "EUR", *money("30", "3", "5", "6.20", "38.20"), False),
        ("12", key("bob@example.com"), "pending", "EUR", *money("10", "0", "0", "0", "10"), False),
        ("14", key("bob@example.com"), "delivered", "EUR", *money("10", "0", "0", "0", "10"), False),
        ("15", key("+492281234567"), "pending", "EUR", *money("10", "0", "0", "0", "10"), False),
        ("16", None, "pending", "EUR", *money("10", "0", "0", "0", "10"), False),
    ]  # fmt: skip


def test_times_of_the_interface_are_utc(rest: Warehouse) -> None:
    assert rest.tuples(
        "select ordered_at, paid_at, delivered_at from staging.stg_orders where order_id = '14'"
    ) == [(datetime(2026, 1, 10, 9), datetime(2026, 1, 11, 9), datetime(2026, 1, 12, 9))]


def test_attribution_is_read_from_the_further_facts(rest: Warehouse) -> None:
    assert rest.tuples(
        "select utm_source, utm_medium, utm_campaign from staging.stg_orders where order_id = '11'"
    ) == [("google", "cpc", None)]


def test_lines_have_their_amount_before_and_their_discount(rest: Warehouse) -> None:
    assert rest.tuples(
        "select line_no, product_id, quantity, unit_price, line_amount, discount_amount, tax_amount"
        " from staging.stg_order_items where order_id = '11' order by 1"
    ) == [
        (1, "1", *money("2", "10", "20", "2", "3.60")),
        (2, "21", *money("1", "10", "10", "1", "1.60")),
    ]
    assert rest.tuples(
        "select product_id, parent_product_id from staging.stg_products order by 1"
    ) == [("1", None), ("21", "2")]


def test_refunds_are_dated_by_their_file_or_by_their_own_order(rest: Warehouse) -> None:
    """21: 9.00 + 1.80 tax. 22: an order of the type shop_order_refund; 1.00 x 6.20 / 38.20 = 0.16 tax."""
    assert rest.tuples(
        "select refund_id, order_id, customer_id, refunded_at, amount, tax_amount, shipping_amount, is_date_estimated"
        " from staging.stg_refunds order by 1"
    ) == [
        ("21", "11", "7", datetime(2026, 1, 14, 8), *money("10.80", "1.80", "0"), False),
        ("22", "11", "7", datetime(2026, 1, 15, 9), *money("1", "0.16", "0"), False),
    ]
    assert rest.tuples(
        "select refund_item_id, order_line_no, product_id, quantity, amount from staging.stg_refund_items"
    ) == [("21-1", 1, "1", *money("1", "9"))]


def test_guests_are_known_by_their_address(rest: Warehouse) -> None:
    assert rest.tuples(
        "select customer_id, is_guest, first_name, country_code, created_at from pii.stg_customers"
        " where email is not null order by is_guest"
    ) == [
        ("7", False, "Ann", "FR", datetime(2025, 5, 1)),
        (key("bob@example.com"), True, "Bob", "DE", datetime(2026, 1, 10, 9)),
    ]


def test_a_guest_without_an_address_is_known_by_the_telephone_number(rest: Warehouse) -> None:
    """K6: account, address, telephone. Such orders were anonymous."""
    assert rest.tuples(
        "select order_id, customers.customer_id = orders.customer_id, customers.phone, is_guest"
        " from staging.stg_orders as orders left join pii.stg_customers as customers using (customer_id)"
        " where order_id in ('15', '16') order by 1"
    ) == [("15", True, "+49 228 1234567", True), ("16", None, None, None)]


def test_coupons_and_payments(rest: Warehouse) -> None:
    assert rest.tuples("select order_id, code, amount from staging.stg_order_discounts") == [
        ("11", "welcome", *money("3"))
    ]
    assert rest.tuples("select order_id, amount from staging.stg_payments order by 1") == [
        ("11", *money("38.20")),
        ("14", *money("10")),
    ]


# The Import Export Suite: dates as month/day/year in the site's zone, one row an order, lines packed in as many columns
# as the largest order has. 31 at 00:30 in Berlin is 23:30 UTC of the day before; a name holds a colon.
SUITE = (
    "order_id,order_number,order_date,paid_date,status,shipping_total,discount_total,tax_total,order_total,order_currency,"
    "payment_method,customer_id,customer_user,customer_email,billing_email,billing_country,shipping_state,coupon_items,"
    "line_item_1,line_item_2\n"
    "31,31,01/10/2026 00:30:00,01/10/2026 00:31:00,completed,5.00,3.00,6.20,38.20,EUR,stripe,7,7,ann@example.com,"
    "ann@example.com,FR,ARA,code:welcome|amount:3.00,"
    '"name:Mug: large|product_id:1|sku:m|quantity:2|total:18.00|sub_total:20.00",'
    '"name:Tee|product_id:2|sku:t|quantity:1|total:9.00|sub_total:10.00"\n'
    "32,32,07/01/2026 12:00:00,,pending,0.00,0.00,0.00,10.00,EUR,stripe,0,,bob@example.com,bob@example.com,DE,,,"
    "name:Mug|product_id:1|sku:m|quantity:1|total:10.00|sub_total:10.00,\n"
)
# The Customer/Order/Coupon Export: other names, the columns in another order, a refund as a negative row.
EXPORT = (
    "order_total,order_id,order_number_formatted,date,status,cart_discount,customer_user,billing_email,currency,type,"
    "parent_id,order_item_1\n"
    "12.00,41,#41,2026-01-10 00:30:00,processing,2.00,7,ann@example.com,EUR,shop_order,,"
    "name:Mug|product_id:1|quantity:1|total:12.00|sub_total:14.00\n"
    "-2.00,42,#42,2026-01-12 00:30:00,completed,0.00,0,,EUR,shop_order_refund,41,\n"
)


@pytest.fixture(scope="module")
def files(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("woo_files")
    (folder / "order_export_2026.csv").write_text(SUITE)
    (folder / "orders-export-2026.csv").write_text(EXPORT)
    variables = {"adapters": ["woocommerce"], "data_dir": str(folder), "time_zone": "Europe/Berlin"}
    return build("woo_files", variables, *PART, "+path:models/staging")


def test_files_of_both_extensions_are_read_by_name(files: Warehouse) -> None:
    assert files.tuples(
        "select order_id, customer_id, status, ordered_at, subtotal, discount_amount, total_amount"
        " from staging.stg_orders order by 1"
    ) == [
        ("31", "7", "delivered", datetime(2026, 1, 9, 23, 30), *money("30", "3", "38.20")),
        (
            "32",
            key("bob@example.com"),
            "pending",
            datetime(2026, 7, 1, 10),
            *money("10", "0", "10"),
        ),
        ("41", "7", "paid", datetime(2026, 1, 9, 23, 30), *money("14", "2", "12")),
    ]


def test_packed_lines_are_unpacked(files: Warehouse) -> None:
    assert files.tuples(
        "select order_id, line_no, product_id, description, quantity, line_amount, discount_amount"
        " from staging.stg_order_items order by 1, 2"
    ) == [
        ("31", 1, "1", "Mug: large", *money("2", "20", "2")),
        ("31", 2, "2", "Tee", *money("1", "10", "1")),
        ("32", 1, "1", "Mug", *money("1", "10", "0")),
        ("41", 1, "1", "Mug", *money("1", "14", "2")),
    ]
    assert files.tuples("select order_id, code, amount from staging.stg_order_discounts") == [
        ("31", "welcome", *money("3"))
    ]


def test_a_negative_row_is_a_refund(files: Warehouse) -> None:
    assert files.tuples(
        "select refund_id, order_id, amount, refunded_at from staging.stg_refunds"
    ) == [("42", "41", *money("2"), datetime(2026, 1, 11, 23, 30))]


def test_files_that_are_not_found_were_an_empty_shop_without_a_word(
    try_build: TryBuild, tmp_path: Path
) -> None:
    (tmp_path / "wc-export.json").write_text(json.dumps(ORDERS))
    variables = {"adapters": ["woocommerce"], "data_dir": str(tmp_path)}
    done = try_build("woo_names", variables, *PART, "+stg_orders +stg_sources")
    assert done.returncode == 0
    assert "stg_sources_have_orders: 1 failing row" in done.stdout


def test_a_truncated_answer_is_refused_with_its_file(try_build: TryBuild, tmp_path: Path) -> None:
    text = json.dumps(ORDERS)
    (tmp_path / "orders.json").write_text(text[: len(text) // 2])
    variables = {"adapters": ["woocommerce"], "data_dir": str(tmp_path)}
    done = try_build("woo_cut", variables, *PART, "+stg_orders")
    assert done.returncode == 2
    assert f"{tmp_path}/orders.json" in done.stderr
    assert "no JSON: " in done.stderr


def numbered(entries: list[dict[str, object]]) -> dict[str, object]:
    """As PHP writes a list in which a number is missing."""
    return {str(number): entry for number, entry in enumerate(entries, 2)}


def test_a_list_that_php_writes_as_an_object_was_lost(build: Build, tmp_path: Path) -> None:
    """Order 11 with all its lists so: it had no lines, coupon, refunds or campaign."""
    lists = ("line_items", "coupon_lines", "refunds", "meta_data")
    odd = {**ORDERS[0], **{name: numbered(ORDERS[0][name]) for name in lists}}  # type: ignore[arg-type]
    back = REFUNDS[0]["line_items"]
    (tmp_path / "orders.json").write_text(json.dumps([odd, ORDERS[-1]]))
    (tmp_path / "refunds.json").write_text(
        json.dumps([{**REFUNDS[0], "line_items": numbered(back)}])  # type: ignore[arg-type]
    )
    variables = {"adapters": ["woocommerce"], "data_dir": str(tmp_path)}
    tables = "+stg_orders +stg_order_items +stg_order_discounts +stg_refunds +stg_refund_items"
    shop = build("woo_numbered", variables, *PART, tables)
    assert shop.tuples("select subtotal, discount_amount, utm_source from staging.stg_orders") == [
        (*money("30", "3"), "google")
    ]
    assert shop.tuples("select code, amount from staging.stg_order_discounts") == [
        ("welcome", *money("3"))
    ]
    assert shop.tuples("select refund_id, amount from staging.stg_refunds order by 1") == [
        ("21", *money("10.80")),
        ("22", *money("1")),
    ]
    assert shop.tuples("select order_line_no, amount from staging.stg_refund_items") == [
        (1, *money("9"))
    ]


PACKED_TEXTS = (
    "order_id,order_date,status,order_total,order_currency,discount_total,billing_email,coupon_items,refund_items,"
    "line_item_1\n"
    "61,2026-01-10 00:30:00,completed,18.00,EUR,2.00,a@x.com,"
    "code:ten|description:Ten; percent|amount:1.50;code:five|description:|amount:0.50,"
    "amount:3.00|reason:broken; badly|date:2026-01-12 10:00:00;amount:2.00|reason:|date:2026-01-13 10:00:00,"
    "name:Mug|product_id:1|sku:m|quantity:2|total:18.00|sub_total:20.00\n"
)


def test_a_semicolon_in_a_packed_text_parts_nothing(build: Build, tmp_path: Path) -> None:
    """The refund lost its day, the coupon its amount."""
    (tmp_path / "orders.csv").write_text(PACKED_TEXTS)
    variables = {"adapters": ["woocommerce"], "data_dir": str(tmp_path)}
    shop = build(
        "woo_semicolons", variables, *PART, "+stg_orders +stg_order_discounts +stg_refunds"
    )
    assert shop.tuples("select code, amount from staging.stg_order_discounts order by 2") == [
        ("five", *money("0.50")),
        ("ten", *money("1.50")),
    ]
    assert shop.tuples(
        "select amount, reason, refunded_at, is_date_estimated from staging.stg_refunds order by 3"
    ) == [
        (*money("3"), "broken; badly", datetime(2026, 1, 12, 10), False),
        (*money("2"), None, datetime(2026, 1, 13, 10), False),
    ]


# The Customer/Order/Coupon Export's "one row per item", and its lines as JSON; another order has no lines.
ITEMS_HEADER = (
    "order_id,date,status,order_total,order_currency,discount_total,billing_email,item_id,item_product_id,item_name,"
    "item_sku,item_quantity,item_subtotal,item_subtotal_tax,item_total,item_total_tax,item_meta,line_items\n"
)
PER_ITEM = (
    "71,2026-01-10 00:30:00,completed,22.95,EUR,2.55,a@x.com,1,10,Tee,T,2,20.00,0.00,18.00,0.00,,\n"
    "71,2026-01-10 00:30:00,completed,22.95,EUR,2.55,a@x.com,2,20,Mug,M,1,5.50,0.00,4.95,0.00,size: S,\n"
    "72,2026-01-11 00:30:00,pending,0.00,EUR,0.00,a@x.com,,,,,,,,,,,\n"
)
AS_JSON = (
    '73,2026-01-12 00:30:00,completed,11.00,EUR,0.00,a@x.com,,,,,,,,,,,"[{""id"":3,""name"":""Mug"",""product_id"":20,'
    '""sku"":""M"",""quantity"":2,""subtotal"":""11.00"",""total"":""11.00"",""total_tax"":""0.00""}]"\n'
)


def test_lines_with_a_row_each_or_as_json_were_lost(build: Build, tmp_path: Path) -> None:
    """The first file comes twice; its orders had no lines, and so no revenue."""
    for name in ("orders", "orders_2"):
        (tmp_path / f"{name}.csv").write_text(ITEMS_HEADER + PER_ITEM)
    (tmp_path / "orders_3.csv").write_text(ITEMS_HEADER + AS_JSON)
    variables = {"adapters": ["woocommerce"], "data_dir": str(tmp_path)}
    shop = build("woo_items", variables, *PART, "+stg_orders +stg_order_items")
    assert shop.tuples(
        "select order_id, line_no, product_id, description, quantity, line_amount, discount_amount"
        " from staging.stg_order_items order by 1, 2"
    ) == [
        ("71", 1, "10", "Tee", *money("2", "20", "2")),
        ("71", 2, "20", "Mug", *money("1", "5.50", "0.55")),
        ("73", 1, "20", "Mug", *money("2", "11", "0")),
    ]
    assert shop.tuples("select order_id, subtotal, status from staging.stg_orders order by 1") == [
        ("71", *money("25.50"), "delivered"),
        ("72", None, "pending"),
        ("73", *money("11"), "delivered"),
    ]


# A fee of 5 for cash on delivery in every order, given back with all the rest: 1 by the order's own list, 2 by the
# refunds' file, 4 as the order 3; and half of it, 2.50, with nothing else, in 6.
FEE = {"total_tax": "1.90",
       "fee_lines": [{"id": 1, "name": "Cash on delivery", "total": "5.00", "total_tax": "0.00"}]}  # fmt: skip
FEES_BACK = {"fee_lines": [{"total": "-5.00", "total_tax": "0.00"}], "shipping_lines": []}
FEE_ORDERS = [
    *(
        order(no, "refunded", "16.90", line_items=[line(no, "Mug", 1, 1, "10.00", "10.00", "1.90")], **{**FEE, **more})
        for no, more in ((1, {"refunds": [{"id": 91, "reason": "", "total": "-16.90"}]}), (2, {}), (4, {}), (6, {}))
    ),
    order(3, "completed", "-16.90", type="shop_order_refund", parent_id=4, total_tax="-1.90",
          line_items=[line(8, "Mug", 1, -1, "-10.00", "-10.00", "-1.90")], fee_lines=FEES_BACK["fee_lines"]),
]  # fmt: skip
FEE_REFUNDS = [
    {"id": 92, "parent_id": 2, "date_created_gmt": "2026-01-14T08:00:00", "amount": "16.90",
     "line_items": [line(9, "Mug", 1, -1, "-10.00", "-10.00", "-1.90")], **FEES_BACK},
    {"id": 96, "parent_id": 6, "date_created_gmt": "2026-01-14T08:00:00", "amount": "2.50", "line_items": [],
     "fee_lines": [{"total": "-2.50", "total_tax": "0.00"}], "shipping_lines": []},
]  # fmt: skip
FEE_FILE = (
    "order_id,date,status,order_total,currency,tax_total,fee_total,refunded_total,billing_email,order_item_1\n"
    "51,2026-01-10 00:30:00,refunded,16.90,EUR,1.90,5.00,16.90,a@x.com,"
    "name:Mug|product_id:1|sku:m|quantity:1|subtotal:10.00|total:10.00|total_tax:1.90\n"
)


def test_a_fee_that_is_given_back_is_no_refund_of_goods(build: Build, tmp_path: Path) -> None:
    """The order's figures never had it: each of them was left at -5, and 6 at 7.50."""
    (tmp_path / "orders.json").write_text(json.dumps(FEE_ORDERS))
    (tmp_path / "refunds.json").write_text(json.dumps(FEE_REFUNDS))
    (tmp_path / "orders.csv").write_text(FEE_FILE)
    variables = {"adapters": ["woocommerce"], "data_dir": str(tmp_path)}
    shop = build("woo_fees", variables, *PART, "+stg_refunds")
    assert shop.tuples(
        "select order_id, amount, tax_amount from staging.stg_refunds order by 1"
    ) == [
        ("1", *money("11.90", "1.90")),
        ("2", *money("11.90", "1.90")),
        ("4", *money("11.90", "1.90")),
        ("51", *money("11.90", "1.90")),
        ("6", *money("0", "0")),
    ]
