"""A shop small enough to be worked out by hand, with one of each difficulty.

Settings: Warsaw time, euros, as_of 15 April 2026, lapsed after 30 days.
- Ann (c1) bought three times; her second order she placed as a guest (g1) with her e-mail address in capitals, at 23:30
  UTC of 31 January, which is 1 February in Warsaw.
- Bob (c2) bought for 100 dollars at 0.9 and gave all back when the dollar was 0.8; another order he cancelled.
- Cid (c3) gave something back of an order nobody knows. Dot (c4) got a sample for nothing.
- Eve (g2) is a guest without an address, new in the running month. One order is nobody's.
- A test order, a pending one, and what happened on and after 15 April count nowhere.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.sample import only_whole
from tests.warehouse.conftest import PART, Build, TryBuild, Warehouse

SHOP = {
    "customers": """\
customer_id,created_at,is_guest,first_name,email,phone,city,country_code,postal_code
c1,2026-01-01 08:00:00,false,Ann,ann@x.com,+48 1,Gdynia,PL,81-001
g1,2025-12-01 08:00:00,true,ANN, ANN@X.com,,,PL,
c2,2026-01-02 08:00:00,false,Bob,bob@x.com,,Bonn,DE,
c3,2026-01-03 08:00:00,false,Cid,cid@x.com,,,PL,
c4,2026-01-04 08:00:00,false,Dot,,,,PL,
c5,2026-04-20 08:00:00,false,Too late,,,,PL,
g2,2026-04-12 08:00:00,true,Eve,,,,PL,
""",
    "orders": """\
order_id,customer_id,ordered_at,status,channel_id,currency,discount_amount,shipping_amount,tax_amount,is_test,billing_country_code
O1,c1,2026-01-10 09:00:00,paid,web,EUR,10,5,0,false,PL
O2,g1,2026-01-31 23:30:00,Delivered,web,EUR,0,0,0,false,PL
O3,c2,2026-02-10 09:00:00,refunded,pos,USD,0,0,0,false,DE
O4,c2,2026-02-11 09:00:00,cancelled,web,EUR,0,0,0,false,DE
O5,,2026-02-15 09:00:00,paid,,EUR,0,0,0,false,PL
O6,c1,2026-03-05 09:00:00,paid,web,EUR,0,0,0,true,PL
O7,c4,2026-03-06 09:00:00,paid,web,EUR,20,0,0,false,PL
O8,c1,2026-03-20 09:00:00,shipped,web,EUR,0,0,0,false,PL
O9,c2,2026-04-14 22:00:00,paid,web,EUR,0,0,0,false,DE
O10,c1,2026-04-10 09:00:00,pending,web,EUR,0,0,0,false,PL
O11,g2,2026-04-12 09:00:00,paid,pos,EUR,0,0,0,false,PL
""",
    "order_items": """\
order_id,line_no,product_id,quantity,unit_price
O1,1,mug,2,30
O1,2,cap,1,40
O2,1,mug,1,50
O3,1,cap,1,100
O4,1,cap,1,70
O5,1,pen,1,25
O6,1,cap,1,999
O7,1,pen,1,20
O8,1,mug,1,30
O9,1,mug,1,500
O10,1,mug,1,15
O11,1,mug,1,40
""",
    "refunds": """\
refund_id,order_id,customer_id,refunded_at,amount,currency
R1,O1,,2026-03-10 10:00:00,30,
R2,O3,,2026-03-15 10:00:00,100,USD
R3,O4,,2026-02-12 10:00:00,70,EUR
R4,,c3,2026-03-01 10:00:00,12,EUR
R5,O1,,2026-04-20 10:00:00,10,EUR
""",
    "refund_items": """\
refund_id,line_no,order_line_no,product_id,quantity,amount
R1,1,1,mug,1,27
""",
    "fx_rates": """\
rate_date,from_currency,to_currency,rate
2026-02-10,USD,EUR,0.9
2026-03-15,USD,EUR,0.8
""",
    "products": """\
product_id,product_name,category
mug,Mug,kitchen
cap,Cap,clothes
""",
}

SETTINGS: dict[str, object] = {
    "adapters": ["canonical"],
    "time_zone": "Europe/Warsaw",
    "currency": "EUR",
    "as_of": "2026-04-15",
    "churn_window_days": 30,
    "rfm_min_customers": 2,
}

MARTS = (
    "fct_orders",
    "fct_order_items",
    "fct_refund_items",
    "dim_customers",
    "dim_products",
    "fct_kpis_daily",
    "agg_kpis_monthly",
    "fct_rfm_snapshots",
    "agg_rfm_monthly",
    "agg_top_customers",
    "agg_customer_concentration",
    "agg_customer_concentration_deciles",
    "agg_cohort_retention",
    "agg_churn_monthly",
    "agg_cohort_revenue",
    "agg_cohort_ltv",
    "agg_repeat_ladder",
    "agg_subscription_churn_monthly",
    "agg_rfm_migration",
    "agg_discount_sensitivity",
    "fct_customer_lifecycle_events",
    "fct_customer_products",
    "fct_customer_categories",
    "fct_customer_clv",
    "intermediate.int_customer_attributes",
    "agg_product_pairs",
    "agg_next_product",
    "agg_product_sales",
    "agg_product_trends",
    "agg_segment_product_matrix",
)


def written(folder: Path, shop: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for table, text in shop.items():
        (folder / f"{table}.csv").write_text(text)
    return folder


def shop_settings(folder: Path) -> dict[str, object]:
    return {**SETTINGS, "data_dir": str(folder)}


@pytest.fixture(scope="module")
def shop(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = written(tmp_path_factory.mktemp("small") / "data", SHOP)
    return build("small_shop", shop_settings(folder))


# The figures


def test_months(shop: Warehouse) -> None:
    assert shop.tuples("""
        select
            month(month), orders, anonymous_orders, active_customers, new_customers,
            returning_customers, zero_value_orders, cancelled_orders, elapsed_days, is_complete
        from agg_kpis_monthly
        where store_id = '(all)' and channel = '(all)'
        order by 1
    """) == [
        (1, 1, 0, 1, 1, 0, 0, 0, 31, True),  # O1
        (2, 3, 1, 2, 1, 1, 0, 1, 28, True),  # O2 (1 February in Warsaw), O3, O5; O4 is cancelled
        (3, 1, 0, 1, 0, 1, 1, 0, 31, True),  # O8; the sample O7
        (4, 1, 0, 1, 1, 0, 0, 0, 14, False),  # O11; O9 lies on 15 April in Warsaw
    ]


def test_money_of_months(shop: Warehouse) -> None:
    assert shop.tuples("""
        select
            month(month), gross_revenue, discount_amount, refund_amount, net_revenue,
            net_revenue_order_basis, refund_of_invalid_amount, fx_gain_loss, total_sales
        from agg_kpis_monthly
        where store_id = '(all)' and channel = '(all)'
        order by 1
    """) == [
        # 2 * 30 + 40, less 10; 30 of it came back in March; shipping 5
        (1, 100, 10, 0, 90, 60, 0, 0, 95),
        # 50 + 100 * 0.9 + 25; the 90 came back in March; the cancelled order's 70 count nowhere
        (2, 165, 0, 0, 165, 75, 70, 0, 165),
        # 30; back came 30 of O1, O3's 90 (worth 80 by then) and 12 of an unknown order
        (3, 30, 0, 132, -102, 30, 0, 10, -102),
        (4, 40, 0, 0, 40, 40, 0, 0, 40),
    ]


def test_customers(shop: Warehouse) -> None:
    assert shop.tuples("""
        select
            customer_id, orders, purchase_days, gross_revenue, refund_amount, net_revenue,
            net_revenue_order_basis, refund_of_invalid_amount, recency_days, is_lapsed, lapsed_date
        from dim_customers
        order by customer_id
    """) == [
        # 100 - 10 + 50 + 30 - 30; last on 20 March
        ("c1", 3, 3, 180, 30, 140, 140, 0, 26, False, None),
        # 90 - 90; last on 10 February, lapsed 31 days later
        ("c2", 1, 1, 90, 90, 0, 0, 70, 64, True, date(2026, 3, 13)),
        ("c3", 0, 0, 0, 12, -12, 0, 0, None, False, None),
        ("c4", 0, 0, 0, 0, 0, 0, 0, None, False, None),
        ("g2", 1, 1, 40, 0, 40, 40, 0, 3, False, None),
    ]


def test_guest_is_the_account(shop: Warehouse) -> None:
    assert shop.tuples("""
        select source_customer_id, customer_id, match_method
        from intermediate.int_customer_identity
        where source_customer_id in ('c1', 'g1', 'g2')
        order by 1
    """) == [("c1", "c1", "account"), ("g1", "c1", "email"), ("g2", "g2", "account")]


def test_orders(shop: Warehouse) -> None:
    """A refund is no order, a test order is not there, and what is not valid has no number and no money."""
    assert shop.tuples("""
        select
            order_id, order_date, order_class, is_valid, order_number, is_new, gross_revenue,
            net_revenue_order_basis
        from fct_orders
        order by ordered_at
    """) == [
        ("O1", date(2026, 1, 10), "valid", True, 1, True, 100, 60),
        ("O2", date(2026, 2, 1), "valid", True, 2, False, 50, 50),
        ("O3", date(2026, 2, 10), "valid", True, 1, True, 90, 0),
        ("O4", date(2026, 2, 11), "cancelled", False, None, False, 0, 0),
        ("O5", date(2026, 2, 15), "valid", True, None, False, 25, 25),
        ("O7", date(2026, 3, 6), "valid", False, None, False, 0, 0),
        ("O8", date(2026, 3, 20), "valid", True, 3, False, 30, 30),
        ("O10", date(2026, 4, 10), "pending", False, None, False, 0, 0),
        ("O11", date(2026, 4, 12), "valid", True, 1, True, 40, 40),
    ]


def test_refund_lines(shop: Warehouse) -> None:
    """The mug's 27 and 3 more that no line explains; dollars at the order's rate."""
    assert shop.tuples("""
        select refund_item_id, refund_date, order_date, refund_amount, fx_gain_loss, customer_id
        from fct_refund_items
        order by refund_item_id
    """) == [
        ("R1-1", date(2026, 3, 10), date(2026, 1, 10), 27, 0, "c1"),
        ("R1-header", date(2026, 3, 10), date(2026, 1, 10), 3, 0, "c1"),
        ("R2-header", date(2026, 3, 15), date(2026, 2, 10), 90, 10, "c2"),
        ("R3-header", date(2026, 2, 12), date(2026, 2, 11), 0, 0, "c2"),
        ("R4-header", date(2026, 3, 1), None, 12, 0, "c3"),
    ]


def test_discount_is_spread_over_the_lines(shop: Warehouse) -> None:
    """10 over 60 and 40; the refund's 27 belong to the first line."""
    assert shop.tuples("""
        select order_item_id, gross_revenue, discount_amount, net_revenue_order_basis
        from fct_order_items
        where order_id = 'O1'
        order by 1
    """) == [("O1-1", 60, 6, 27), ("O1-2", 40, 4, 36)]


def test_churn(shop: Warehouse) -> None:
    """Ann stays; Bob's 10 February is 49 days old at the end of March, more than 30."""
    assert shop.tuples("""
        select
            month(month), active_start, new_customers, reactivated_customers, churned_customers,
            active_end, logo_churn_rate
        from agg_churn_monthly
        where store_id = '(all)' and segment = '(all)'
        order by 1
    """) == [
        (1, 0, 1, 0, 0, 1, None),
        (2, 1, 1, 0, 0, 2, 0.0),
        (3, 2, 0, 0, 1, 1, 0.5),
        (4, 1, 1, None, None, None, None),
    ]


def test_cohorts(shop: Warehouse) -> None:
    """April runs: its cells are unknown, not 0."""
    assert shop.tuples("""
        select
            month(cohort_month), month_number, cohort_size, active_customers, retention_rate,
            net_revenue, cumulative_net_revenue, is_complete
        from agg_cohort_retention
        where split_by = 'all'
        order by 1, 2
    """) == [
        (1, 0, 1, 1, 1.0, 90, 90, True),
        (1, 1, 1, 1, 1.0, 50, 140, True),
        (1, 2, 1, 1, 1.0, 0, 140, True),  # 30 bought, 30 given back
        (1, 3, 1, None, None, None, None, False),
        (2, 0, 1, 1, 1.0, 90, 90, True),
        (2, 1, 1, 0, 0.0, -90, 0, True),
        (2, 2, 1, None, None, None, None, False),
        (2, 3, 1, None, None, None, None, False),
        (4, 0, 1, None, None, None, None, False),
        (4, 1, 1, None, None, None, None, False),
        (4, 2, 1, None, None, None, None, False),
        (4, 3, 1, None, None, None, None, False),
    ]


def test_top_customers(shop: Warehouse) -> None:
    assert shop.tuples("""
        select month(period_start), customer_id, rank, rank_prev, rank_change, status, gross_revenue
        from agg_top_customers
        where period_grain = 'month' and channel = '(all)' and period_start < '2026-04-01'
        order by 1, rank nulls last, customer_id
    """) == [
        (1, "c1", 1, None, None, "entered", 100),
        (2, "c2", 1, None, None, "entered", 90),
        (2, "c1", 2, 1, -1, "down", 50),
        (2, "(anonymous)", None, None, None, None, 25),
        (3, "c1", 1, 2, 1, "up", 30),
        (3, "c2", None, 1, None, "left", 0),
    ]


def test_concentration(shop: Warehouse) -> None:
    """Net over all time: c1 140, g2 40, c2 0. The best ceil(3 / 5) = 1 has 140 of 180; 80 % takes two.

    Gini: 2 * (1 * 0 + 2 * 40 + 3 * 140) - 4 * 180 = 280, of 3 * 180.
    """
    assert shop.tuples("""
        select customers, total_amount, top20_customers, top20_amount, top20_share, customers_for_80, gini
        from agg_customer_concentration
        where period_grain = 'all' and channel = '(all)' and measure = 'net_revenue'
    """) == [(3, 180, 1, 140, 140 / 180, 2, 280 / 540)]


def test_scores(shop: Warehouse) -> None:
    """Three scored on 15 April: ranks 1, 2, 3 score 1 + floor(5 * 0 / 3), 1 + floor(5 / 3), 1 + floor(10 / 3).

    Recency 64, 26, 3 days; one order each but Ann's three; net 0, 40, 140.
    """
    assert shop.tuples("""
        select customer_id, r, f, m, fm, segment, base_n
        from fct_rfm_snapshots
        where as_of = '2026-04-15'
        order by customer_id
    """) == [
        ("c1", 2, 4, 4, Decimal("4.0"), "at_risk", 3),
        ("c2", 1, 1, 1, Decimal("1.0"), "lost", 3),
        ("g2", 4, 1, 2, Decimal("1.5"), "potential_loyalist", 3),
    ]


def test_lifecycle(shop: Warehouse) -> None:
    """Window 30 days. Ann's gap of 47 days: lapsed 31 days after 1 February, back on 20 March. Bob gave back all he bought."""
    assert shop.tuples("""
        select customer_id, event, event_date, last_order_date
        from fct_customer_lifecycle_events
        order by customer_id, event_date
    """) == [
        ("c1", "acquired", date(2026, 1, 10), None),
        ("c1", "repeat", date(2026, 2, 1), date(2026, 1, 10)),
        ("c1", "lapsed", date(2026, 3, 4), date(2026, 2, 1)),
        ("c1", "reactivated", date(2026, 3, 20), date(2026, 2, 1)),
        ("c2", "acquired", date(2026, 2, 10), None),
        ("c2", "lapsed", date(2026, 3, 13), date(2026, 2, 10)),
        ("c2", "lost_refunded", date(2026, 3, 15), date(2026, 2, 10)),
        ("g2", "acquired", date(2026, 4, 12), None),
    ]


def test_lifetime_values(shop: Warehouse) -> None:
    """Ann: 90 + 50 by 9 February, 30 given back on 10 March, 30 more on 20 March. Bob: 90, given back on day 33. Eve is too new."""
    assert shop.tuples("""
        select month(cohort_month), horizon_days, mature_customers, repeat_customers, net_revenue
        from agg_cohort_ltv
        where split_by = 'all' and horizon_days <= 90
        order by 1, 2
    """) == [
        (1, 30, 1, 1, 140),
        (1, 60, 1, 1, 110),
        (1, 90, 1, 1, 140),
        (2, 30, 1, 0, 90),
        (2, 60, 1, 0, 0),
        (2, 90, 0, None, None),
        (4, 30, 0, None, None),
        (4, 60, 0, None, None),
        (4, 90, 0, None, None),
    ]


def test_products_by_month(shop: Warehouse) -> None:
    """The mug's 27 came back in March; 3 of O1, O3's 90 and 12 of nobody knows what name no product."""
    assert shop.tuples("""
        select month(month), product_id, units, gross_revenue, refund_amount, net_revenue, refund_amount_order_basis
        from agg_product_sales
        order by 1, 2
    """) == [
        (1, "cap", 1, 40, 0, 36, 0),
        (1, "mug", 2, 60, 0, 54, 27),
        (2, "cap", 1, 90, 0, 90, 0),
        (2, "mug", 1, 50, 0, 50, 0),
        (2, "pen", 1, 25, 0, 25, 0),
        (3, "(unknown)", 0, 0, 105, -105, 0),
        (3, "mug", 1, 30, 27, 3, 0),
        (4, "mug", 1, 40, 0, 40, 0),
    ]


def test_categories_of_customers(shop: Warehouse) -> None:
    """Ann: mugs for 27 + 50 + 30, a cap for 36; Eve a mug for 40. Bob's cap came back whole. Kitchen 147 of 183."""
    assert shop.tuples("""
        select customer_id, category, orders, net_revenue_order_basis, base_category_revenue, base_revenue
        from fct_customer_categories
        order by 1, 2
    """) == [
        ("c1", "clothes", 1, 36, 36, 183),
        ("c1", "kitchen", 3, 107, 147, 183),
        ("g2", "kitchen", 1, 40, 147, 183),
    ]


def test_attributes(shop: Warehouse) -> None:
    """One order of Ann's three had a discount. Net of a year: Ann 140, Eve 40; Bob and Cid brought nothing.

    Of two the best has none before it (platinum, below .05), the other one of two (bronze, from .5).
    """
    assert shop.tuples("""
        select customer_id, discounted_orders, discount_class, trailing_365_net_revenue, value_tier, buying_archetype, payment_type
        from intermediate.int_customer_attributes
        where customer_id <> 'c4'
        order by 1
    """) == [
        ("c1", 1, "mixed", 140, "platinum", "often_expensive", "paid_repeat"),
        ("c2", 0, "too_few_orders", 0, "none", "single_order", "paid_once"),
        ("c3", 0, None, -12, "none", None, "none"),
        ("g2", 0, "too_few_orders", 40, "bronze", "single_order", "paid_once"),
    ]


def test_first_snapshot_has_too_few_customers(shop: Warehouse) -> None:
    assert shop.tuples("""
        select customer_id, r, segment, base_n
        from fct_rfm_snapshots
        where as_of = '2026-02-01'
    """) == [("c1", None, "insufficient_data", 1)]


# What a reader may rely on


def test_personal_data_has_its_own_schema(shop: Warehouse) -> None:
    assert shop.tuples(
        "select first_name, email from pii.customers_pii where customer_id = 'c1'"
    ) == [("Ann", "ann@x.com")]
    assert not shop.tuples("""
        select table_schema, table_name, column_name
        from information_schema.columns
        where
            table_schema in ('main', 'intermediate')
            and regexp_matches(column_name, 'first_name|last_name|email$|phone|postal|birth|gender')
    """)


def test_published_types_are_known_to_every_client(shop: Warehouse) -> None:
    assert not shop.tuples("""
        select table_name, column_name, data_type
        from information_schema.columns
        where
            table_schema in ('main', 'pii')
            and not regexp_full_match(
                data_type, 'BIGINT|INTEGER|DOUBLE|VARCHAR|BOOLEAN|DATE|TIMESTAMP|DECIMAL.*'
            )
    """)


def test_every_published_column_is_described(shop: Warehouse) -> None:
    assert not shop.tuples("""
        select table_name, column_name
        from duckdb_columns()
        where schema_name in ('main', 'pii') and coalesce(comment, '') = '' and not internal
    """)


def test_rows_in_any_order_and_delivered_twice(
    shop: Warehouse, build: Build, tmp_path: Path
) -> None:
    """Every file backwards and every row twice: each table keeps its rows."""

    def twice_backwards(text: str) -> str:
        head, *rows = text.splitlines()
        return "\n".join([head, *reversed(rows), *rows]) + "\n"

    folder = written(
        tmp_path / "twice", {name: twice_backwards(text) for name, text in SHOP.items()}
    )
    marts = [f"+{mart.removeprefix('intermediate.')}" for mart in MARTS]
    twice = build("twice", shop_settings(folder), *PART, *marts)
    for mart in MARTS:
        query = f"select * from {mart} order by all"
        assert twice.tuples(query) == shop.tuples(query), mart


@only_whole  # README.md builds a shop of three files.
def test_only_required_files(build: Build, tmp_path: Path) -> None:
    required = {name: SHOP[name] for name in ("customers", "orders", "order_items")}
    required["orders"] = required["orders"].replace("USD", "EUR")
    bare = build("bare", shop_settings(written(tmp_path / "bare", required)))
    assert bare.value("select sum(net_revenue) from fct_kpis_daily") == 90 + 50 + 100 + 25 + 30 + 40


def test_no_rows_at_all(build: Build, tmp_path: Path) -> None:
    """Without an order there is no as_of, no month and no row; every table is there."""
    heads = {
        name: SHOP[name].splitlines()[0] + "\n" for name in ("customers", "orders", "order_items")
    }
    settings = {**shop_settings(written(tmp_path / "empty", heads)), "as_of": None}
    empty = build("empty", settings)
    for mart in MARTS:
        assert empty.value(f"select count(*) from {mart}") == 0, mart


def test_contribution_covers_what_has_a_cost(build: Build, tmp_path: Path) -> None:
    """A mug costs 10, a cap 20; what a pen costs nobody knows.

    January: O1 90 + 5 shipping - (2 * 10 + 20). February: O2 50 - 10 and O3 90 - 20; O5 is a pen, so 140 of the 165 have
    a cost, too few for a figure per customer. March: O8 30 - 10, less all that was given back. April: O11 40 - 10.
    """
    costs = (
        "product_id,valid_from,unit_cost,currency\nmug,2020-01-01,10,EUR\ncap,2020-01-01,20,EUR\n"
    )
    folder = written(tmp_path / "costs", {**SHOP, "product_costs": costs})
    warehouse = build("costs", shop_settings(folder), *PART, "+agg_kpis_monthly", "+dim_customers")
    assert warehouse.tuples("""
        select month(month), contribution, costed_revenue, revenue_before_refunds, profit_per_customer
        from agg_kpis_monthly
        where store_id = '(all)' and channel = '(all)'
        order by 1
    """) == [
        (1, 55, 90, 90, 55.0),
        (2, 110, 140, 165, None),
        (3, 20 - 132, 30, 30, -112.0),
        (4, 30, 40, 40, 30.0),
    ]
    assert warehouse.tuples("""
        select customer_id, contribution, has_cost
        from dim_customers
        where orders > 0
        order by 1
    """) == [("c1", 55 + 40 + 20 - 30, True), ("c2", 70 - 90, True), ("g2", 30, True)]


def test_contribution_is_unknown_without_costs(shop: Warehouse) -> None:
    assert shop.tuples("select count(contribution) from fct_kpis_daily") == [(0,)]
    assert shop.tuples("select count(contribution) from dim_customers") == [(0,)]


def test_an_amount_that_was_left_blank_was_nothing_without_a_word(
    build: Build, tmp_path: Path
) -> None:
    """O2's mug has no price, O11's no quantity, refund R1 (27 of goods) no amount, a day no spend.

    A refund without an amount of its own gave back its lines, not nothing less its lines.
    """
    blank = {
        **SHOP,
        "order_items": SHOP["order_items"]
        .replace("O2,1,mug,1,50", "O2,1,mug,1,")
        .replace("O11,1,mug,1,40", "O11,1,mug,,40"),
        "refunds": SHOP["refunds"].replace("10:00:00,30,", "10:00:00,,"),
        "marketing_spend": "spend_date,channel,amount,currency\n2026-02-01,paid_search,,EUR\n",
    }
    settings = shop_settings(written(tmp_path / "blank", blank))
    warehouse = build(
        "blank", settings, *PART, "+fct_refund_items", "+fct_order_items", "+int_marketing_spend"
    )
    assert warehouse.tuples("""
        select order_id, quantity, gross_revenue from fct_order_items
        where order_id in ('O2', 'O11') order by order_id
    """) == [("O11", 0, 0), ("O2", 1, 0)]
    assert (
        warehouse.value("select sum(booked_amount) from fct_refund_items where refund_id = 'R1'")
        == 27
    )
    assert warehouse.value("select sum(amount) from intermediate.int_marketing_spend") == 0
    warned = warehouse.tuples("""
        select split_part(unique_id, '.', 3) as test, failures from _runner.history
        where status = 'warn' and unique_id like '%not_null%' order by test
    """)
    assert warned == [
        ("not_null_stg_marketing_spend_amount", 1),
        ("not_null_stg_order_items_quantity", 1),
        ("not_null_stg_order_items_unit_price", 1),
        ("not_null_stg_refunds_amount", 1),
    ]


def test_a_refunded_order_kept_its_revenue_without_a_word_where_no_refund_came(
    build: Build, tmp_path: Path
) -> None:
    """O3 is refunded, and the file of refunds has all but R2, its refund."""
    shop = {**SHOP, "refunds": SHOP["refunds"].replace("R2,O3", "R2,O5")}
    staging = ("+stg_orders", "+stg_refunds", "+stg_refund_items")
    for name, given, found in (("whole", SHOP, 0), ("without", shop, 1)):
        folder = written(tmp_path / name, given)
        warehouse = build(f"refunds_{name}", shop_settings(folder), *PART, *staging)
        assert warehouse.tuples("""
            select failures from _runner.history
            where unique_id like 'test.shop.stg_orders_refunded_have_refunds%'
        """) == [(found,)]


def test_missing_rate_fails_the_build(try_build: TryBuild, tmp_path: Path) -> None:
    rates = SHOP["fx_rates"].replace("2026-02-10", "2026-02-09")
    folder = written(tmp_path / "rates", {**SHOP, "fx_rates": rates})
    done = try_build("rates", shop_settings(folder), *PART, "+int_fx_rates")
    assert done.returncode == 1
    assert "not_null_int_fx_rates_rate" in done.stdout + done.stderr


def test_rate_may_be_older_where_allowed(build: Build, tmp_path: Path) -> None:
    rates = SHOP["fx_rates"].replace("2026-02-10", "2026-02-09")
    folder = written(tmp_path / "older_rates", {**SHOP, "fx_rates": rates})
    settings = {**shop_settings(folder), "fx_max_age_days": 1}
    warehouse = build("older_rates", settings, *PART, "+int_fx_rates")
    assert warehouse.tuples("""
        select rate_date, rate
        from intermediate.int_fx_rates
        where currency = 'USD' and is_needed
    """) == [(date(2026, 2, 10), Decimal("0.9"))]


def test_unknown_status_fails_the_build(try_build: TryBuild, tmp_path: Path) -> None:
    orders = SHOP["orders"].replace("shipped", "teleported")
    folder = written(tmp_path / "status", {**SHOP, "orders": orders})
    done = try_build("status", shop_settings(folder), *PART, "+int_orders_classified")
    assert done.returncode == 1
    assert "relationships_stg_orders_status" in done.stdout + done.stderr


def test_a_shop_builds_whose_first_month_saw_only_a_cancelled_order(
    build: Build, tmp_path: Path
) -> None:
    """Months begin with the first sale, days with the first order: a test wanted a month for each day."""
    folder = written(
        tmp_path / "cancelled_first",
        {
            "customers": "customer_id\na\n",
            "orders": (
                "order_id,customer_id,ordered_at,status,currency\n"
                "1,a,2026-01-05 10:00:00,cancelled,EUR\n2,a,2026-02-05 10:00:00,paid,EUR\n"
            ),
            "order_items": "order_id,line_no,quantity,unit_price\n1,1,1,5\n2,1,1,5\n",
        },
    )
    warehouse = build(
        "cancelled_first",
        {"data_dir": str(folder), "as_of": "2026-03-10"},
        *PART,
        *("+agg_kpis_monthly", "+fct_kpis_daily"),
    )
    assert warehouse.tuples(
        "select month, orders from agg_kpis_monthly where store_id = '(all)' and channel = '(all)' order by 1"
    ) == [(date(2026, 2, 1), 1), (date(2026, 3, 1), 0)]


def test_no_model_reads_the_clock(repo: Path) -> None:
    clock = re.compile(
        r"\b(current_date|current_timestamp|now\(|today\(|getdate|localtimestamp)", re.I
    )
    reading = [path for path in (repo / "models").rglob("*.sql") if clock.search(path.read_text())]
    assert reading == []
