"""The traps that the design counts (spec, section 5), each by its number, on one shop worked out by hand.

Euros, Warsaw time, as_of 1 June 2026, lapsed after 30 days. Every trap has customers of its own, named by its number.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse.conftest import Build, Warehouse, run_build

CUSTOMERS = """\
customer_id,created_at,is_guest,first_name,email,phone,country_code
01a,2026-01-01 08:00:00,false,Ann,a@x.com,,PL
01b,2025-01-01 08:00:00,true,Ann, A@X.com ,,PL
02a,2026-01-01 08:00:00,false,Bea,b1@x.com,,PL
02b,2026-01-02 08:00:00,false,Bea,b1@x.com,600 100 200,PL
02c,2026-01-03 08:00:00,false,Bea,b2@x.com,+48600100200,DE
02d,2026-01-04 08:00:00,false,Bea,b2@x.com,,PL
03a,2026-01-01 08:00:00,true,Cid,c1@marketplace.amazon.de,,DE
03b,2026-01-01 08:00:00,true,Cyd,c1@marketplace.amazon.de,,DE
04,2026-01-01 08:00:00,false,Dan,,,PL
05,2026-01-01 08:00:00,false,Eve,,,PL
06,2026-01-01 08:00:00,false,Fay,,,PL
08,2026-01-01 08:00:00,false,Gus,,,PL
09,2026-01-01 08:00:00,false,Hal,,,PL
10,2026-01-01 08:00:00,false,Ida,,,PL
11,2026-01-01 08:00:00,false,Jan,,,PL
12,2026-01-01 08:00:00,false,Kai,,,PL
13,2026-01-01 08:00:00,false,Lea,,,PL
13b,2026-01-01 08:00:00,false,Lee,,,PL
14,2026-01-01 08:00:00,false,Mia,,,PL
15,2026-01-01 08:00:00,false,Ned,,,PL
16,2026-01-01 08:00:00,false,Oda,,,PL
40a,2026-05-01 08:00:00,true,Pia,,,PL
40b,2026-05-01 08:00:00,true,Pia,,,PL
41,2026-01-01 08:00:00,false,Quo,,,PL
"""
ORDERS = """\
order_id,customer_id,ordered_at,status,channel_id,currency,discount_amount,is_test,is_trial,is_gift_card_purchase
O01a,01a,2026-01-10 09:00:00,paid,web,EUR,0,false,false,false
O01b,01b,2026-02-10 09:00:00,paid,web,EUR,0,false,false,false
O04,04,2026-01-10 09:00:00,paid,web,EUR,0,false,false,false
O05,05,2026-01-10 09:00:00,cancelled,web,EUR,0,false,false,false
O06,06,2026-01-10 09:00:00,refunded,web,EUR,0,false,false,false
O08a,08,2026-01-10 09:00:00,paid,till,EUR,0,false,false,false
O08b,08,2026-02-10 09:00:00,paid,till,EUR,0,false,false,false
O09,09,2026-01-10 09:00:00,paid,web,EUR,0,false,false,false
O10,10,2026-01-10 09:00:00,paid,web,EUR,10,false,false,false
O11c,11,2026-01-10 09:00:00,paid,web,EUR,0,false,false,false
O11a,11,2026-01-10 09:00:00,paid,web,EUR,0,false,false,false
O11b,11,2026-01-10 09:00:00,paid,web,EUR,0,false,false,false
O12,12,2026-01-10 09:00:00,paid,web,EUR,0,true,false,false
O13a,13,2026-01-10 09:00:00,paid,web,EUR,0,false,true,false
O13b,13,2026-03-10 09:00:00,paid,web,EUR,0,false,false,false
O13c,13b,2026-01-10 09:00:00,paid,web,EUR,0,false,true,false
O14a,14,2026-01-10 09:00:00,paid,web,EUR,0,false,false,true
O14b,14,2026-02-10 09:00:00,paid,web,EUR,0,false,false,false
O15a,15,2026-03-31 21:30:00,paid,web,EUR,0,false,false,false
O15b,15,2026-03-31 22:30:00,paid,web,EUR,0,false,false,false
O16,16,2026-01-10 09:00:00,refunded,web,USD,0,false,false,false
O40a,40a,2026-05-05 09:00:00,paid,amazon,EUR,0,false,false,false
O40b,40b,2026-05-06 09:00:00,paid,amazon,EUR,0,false,false,false
O41,41,2026-01-10 09:00:00,paid,web,EUR,0,false,false,false
"""
ITEMS = """\
order_id,line_no,product_id,quantity,unit_price
O01a,1,mug,1,10
O01b,1,mug,1,10
O04,1,mug,1,100
O05,1,mug,1,50
O06,1,mug,1,50
O08a,1,mug,1,100
O08b,1,mug,1,10
O09,1,mug,1,70
O10,1,mug,1,20
O10,2,mug,1,20
O10,3,mug,1,20
O11a,1,mug,1,1
O11b,1,mug,1,2
O11c,1,mug,1,3
O12,1,mug,1,999
O13a,1,mug,1,0
O13b,1,mug,1,30
O13c,1,mug,1,0
O14a,1,card,1,50
O14b,1,mug,1,50
O15a,1,mug,1,10
O15b,1,mug,1,10
O16,1,mug,1,100
O40a,1,mug,1,10
O40b,1,mug,1,10
O41,1,mug,1,10
"""
REFUNDS = """\
refund_id,order_id,customer_id,refunded_at,amount,currency
R04,O04,04,2026-03-10 10:00:00,40,EUR
R05,O05,05,2026-01-11 10:00:00,50,EUR
R06,O06,06,2026-01-20 10:00:00,50,EUR
R08,O08a,08,2026-02-20 10:00:00,100,EUR
R09,O09,09,2026-01-20 10:00:00,10,EUR
R16,O16,16,2026-02-10 10:00:00,100,USD
"""
# Order 09 was paid in two parts, which must not double its money.
PAYMENTS = """\
payment_id,order_id,paid_at,method,amount,currency,fee_amount
P1,O09,2026-01-10 09:00:00,sale,50,EUR,1
P2,O09,2026-01-11 09:00:00,capture,20,EUR,0.5
P3,O09,2026-01-20 10:00:00,refund,-10,EUR,0
"""
RATES = """\
rate_date,from_currency,to_currency,rate
2026-01-10,USD,EUR,0.9
2026-02-10,USD,EUR,0.8
"""
SHOP = {
    "customers": CUSTOMERS,
    "orders": ORDERS,
    "order_items": ITEMS,
    "refunds": REFUNDS,
    "payments": PAYMENTS,
    "fx_rates": RATES,
    "products": "product_id,is_gift_card\nmug,false\ncard,true\n",
    "product_costs": "product_id,valid_from,unit_cost,currency\nmug,2020-01-01,0,EUR\n",
}
SETTINGS: dict[str, object] = {
    "time_zone": "Europe/Warsaw",
    "as_of": "2026-06-01",
    "currency": "EUR",
    "churn_window_days": 30,
    "rfm_min_customers": 3,
}
SELECTION = ("--indirect-selection", "buildable", "--select", "+agg_kpis_monthly +dim_customers")


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="module")
def shop(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = written(tmp_path_factory.mktemp("traps"), SHOP)
    return build("traps", {**SETTINGS, "data_dir": str(folder)}, *SELECTION)


def orders(shop: Warehouse, columns: str, customer: str) -> list[tuple[object, ...]]:
    return shop.tuples(
        f"select {columns} from fct_orders where customer_id = '{customer}' order by order_id"
    )


def customer(shop: Warehouse, columns: str, *ids: str) -> list[tuple[object, ...]]:
    listed = ", ".join(f"'{name}'" for name in ids)
    return shop.tuples(
        f"select {columns} from dim_customers where customer_id in ({listed}) order by customer_id"
    )


def test_trap_1_case_and_space_are_the_same_address(shop: Warehouse) -> None:
    assert customer(shop, "customer_id, orders", "01a", "01b") == [("01a", 2)]


def test_trap_2_a_chain_of_contacts_is_one_person(shop: Warehouse) -> None:
    """Address, telephone (national and international), address: four accounts, the oldest gives the id."""
    assert shop.tuples("""
        select distinct customer_id
        from intermediate.int_customer_identity
        where source_customer_id like '02%'
    """) == [("02a",)]


def test_trap_3_a_relay_joins_nobody(shop: Warehouse) -> None:
    assert customer(shop, "customer_id, identity_reliable", "03a", "03b") == [
        ("03a", False),
        ("03b", False),
    ]


def test_trap_4_a_late_refund_leaves_the_month_of_the_order_alone(shop: Warehouse) -> None:
    """100 in January, 40 back in March: January 100 by event and 60 by order, March -40."""
    assert shop.tuples("""
        select order_date, revenue_before_refunds, net_revenue_order_basis
        from fct_orders where order_id = 'O04'
    """) == [(date(2026, 1, 10), 100, 60)]
    assert shop.tuples("""
        select refund_date, order_date, refund_amount from fct_refund_items where refund_id = 'R04'
    """) == [(date(2026, 3, 10), date(2026, 1, 10), 40)]


def test_trap_5_cancelled_and_refunded_is_not_subtracted_twice(shop: Warehouse) -> None:
    assert customer(shop, "orders, net_revenue, refund_of_invalid_amount", "05") == [(0, 0, 50)]


def test_trap_6_a_refund_is_no_order(shop: Warehouse) -> None:
    assert customer(shop, "orders, purchase_days, net_revenue", "06") == [(1, 1, 0)]
    assert orders(shop, "order_number, is_new, is_fully_refunded", "06") == [(1, True, True)]


def test_trap_7_what_is_cancelled_brings_nothing(shop: Warehouse) -> None:
    assert orders(
        shop, "is_valid, gross_revenue, net_revenue_order_basis, booked_amount", "05"
    ) == [(False, 0, 0, 50)]


def test_trap_8_more_back_than_sold(shop: Warehouse) -> None:
    """The till sells 10 in February and takes 100 back: net -90, but the average order stays 10."""
    assert shop.tuples("""
        select net_revenue, aov, refund_rate, refund_rate_order_basis
        from agg_kpis_monthly
        where channel = 'till' and store_id = '(all)' and month = '2026-02-01'
    """) == [(-90, 10.0, 10.0, 0.0)]


def test_trap_9_two_payments_are_one_order(shop: Warehouse) -> None:
    """50 + 20 paid, 10 back: 70 gross, 60 net, fees 1.50."""
    columns = "gross_revenue, net_revenue_order_basis, payment_fee_amount, contribution_order_basis"
    assert orders(shop, columns, "09") == [(70, 60, Decimal("1.5"), Decimal("58.5"))]
    assert customer(shop, "orders, gross_revenue, net_revenue", "09") == [(1, 70, 60)]


def test_trap_10_no_cent_of_a_discount_is_lost(shop: Warehouse) -> None:
    """10 over three equal lines."""
    assert shop.tuples("""
        select discount_amount from fct_order_items where order_id = 'O10' order by line_no
    """) == [(Decimal("3.34"),), (Decimal("3.33"),), (Decimal("3.33"),)]


def test_trap_11_orders_of_one_second_are_numbered_by_id(shop: Warehouse) -> None:
    assert orders(shop, "order_id, order_number, is_new", "11") == [
        ("O11a", 1, True),
        ("O11b", 2, False),
        ("O11c", 3, False),
    ]


def test_trap_12_test_orders_are_not_there(shop: Warehouse) -> None:
    assert orders(shop, "order_id", "12") == []
    assert shop.value("select max(gross_revenue) from fct_orders") == 100


def test_trap_13_a_trial_makes_no_customer(shop: Warehouse) -> None:
    """Who only tried has no order; who pays later is acquired on that day."""
    assert customer(
        shop, "customer_id, orders, zero_value_orders, first_order_date", "13", "13b"
    ) == [
        ("13", 1, 1, date(2026, 3, 10)),
        ("13b", 0, 1, None),
    ]


def test_trap_14_a_gift_card_is_revenue_once(shop: Warehouse) -> None:
    """Sold for 50 in January (a debt of the shop), spent in February (revenue)."""
    assert orders(shop, "gross_revenue, gift_card_amount, is_valid", "14") == [
        (0, 0, False),
        (50, 0, True),
    ]
    assert customer(shop, "orders, gross_revenue", "14") == [(1, 50)]


def test_trap_15_the_day_is_the_shop_s(shop: Warehouse) -> None:
    """Warsaw is two hours ahead: 21:30 UTC is still 31 March, 22:30 is 1 April."""
    assert orders(shop, "order_date", "15") == [(date(2026, 3, 31),), (date(2026, 4, 1),)]


def test_trap_16_a_full_refund_leaves_nothing_at_any_rate(shop: Warehouse) -> None:
    """100 dollars at 0.9 came back when they were worth 80 euros: net 0, and 10 of the rate apart."""
    assert orders(shop, "gross_revenue, net_revenue_order_basis", "16") == [(90, 0)]
    assert shop.tuples("""
        select refund_amount, fx_gain_loss from fct_refund_items where refund_id = 'R16'
    """) == [(90, 10)]


def test_trap_26_nobody_is_lost_before_the_window_is_over(shop: Warehouse) -> None:
    """Ordered on 1 April: known on the day after the window, 2 May."""
    assert customer(shop, "last_order_date, lapsed_date, is_lapsed", "15") == [
        (date(2026, 4, 1), date(2026, 5, 2), True)
    ]
    assert customer(shop, "lapsed_date, is_lapsed", "40a") == [(None, False)]


def test_trap_40_customers_made_for_one_order_do_not_count_as_one_timers(shop: Warehouse) -> None:
    assert shop.tuples("""
        select active_customers, reliable_customers, repeat_purchase_rate
        from agg_kpis_monthly
        where channel = '(all)' and store_id = '(all)' and month = '2026-05-01'
    """) == [(2, 0, None)]
    assert customer(shop, "identity_reliable, rfm_segment, gross_revenue", "40a") == [
        (False, "unreliable", 10)
    ]


def test_trap_41_changes_of_old_orders_arrive(
    shop: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Yesterday's warehouse knew order 41 as cancelled, nothing of O01a and of R04, and two persons in place of one.

    Built on top of it, today's is the same as one that is built from nothing.
    """
    folder = tmp_path_factory.mktemp("trap_41")
    yesterday = {
        **SHOP,
        "customers": CUSTOMERS.replace(" A@X.com ", "other@x.com"),
        "orders": "".join(
            line.replace("paid", "cancelled") if line.startswith("O41") else line
            for line in ORDERS.splitlines(keepends=True)
            if not line.startswith("O01a")
        ),
        "refunds": "".join(
            line for line in REFUNDS.splitlines(keepends=True) if not line.startswith("R04")
        ),
    }
    variables = {**SETTINGS, "data_dir": str(folder / "data")}
    for files in (yesterday, SHOP):
        written(folder / "data", files)
        done = run_build(folder / "shop.duckdb", variables, *SELECTION)
        assert done.returncode == 0, done.stdout + done.stderr
    grown = Warehouse(folder / "shop.duckdb")
    try:
        for name in ("fct_orders", "fct_order_items", "fct_refund_items", "dim_customers"):
            query = f"select * from {name} order by all"
            assert grown.tuples(query) == shop.tuples(query), name
    finally:
        grown.connection.close()
