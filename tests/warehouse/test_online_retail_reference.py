"""Every figure of the Online Retail A reference that the warehouse covers, equal to the last digit.

Reference: ../shared/reference/online_retail_a_2009_2010, counted independently; its DEFINITIONS.md says how.
Money is compared as exact decimals, ratios as bit-equal doubles, and no row may be missing on either side.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse.conftest import PART, Build, Row, Warehouse

SEGMENT_IDS = {
    "loyal_customers": "loyal",
    "new_customers": "new",
    "potential_loyalists": "potential_loyalist",
}


@pytest.fixture(scope="module")
def settings(online_retail_settings: dict[str, object]) -> dict[str, object]:
    return online_retail_settings


@pytest.fixture(scope="module")
def retail_ntile(build: Build, settings: dict[str, object]) -> Warehouse:
    variables = {**settings, "rfm_scoring": "ntile"}
    return build("retail_ntile", variables, *PART, "+agg_rfm_monthly")


@pytest.fixture(scope="module")
def reference(shared: Path) -> Path:
    return shared / "reference" / "online_retail_a_2009_2010"


@pytest.fixture(scope="module")
def kpis(reference: Path) -> dict[str, object]:
    figures: dict[str, object] = json.loads((reference / "kpis.json").read_text())
    return figures


def expected_rows(path: Path, **types: Callable[[str], object]) -> list[Row]:
    """The rows of a reference file, typed; columns that are not named are left out."""
    with path.open(newline="") as lines:
        return [
            {name: parsed(row[name], kind) for name, kind in types.items()}
            for row in csv.DictReader(lines)
        ]


def parsed(text: str, kind: Callable[[str], object]) -> object:
    return None if text == "" else kind(text)


def day(text: str) -> date:
    return date.fromisoformat(text)


def our_segment(reference_id: str) -> str:
    return SEGMENT_IDS.get(reference_id, reference_id)


def ratio(numerator: object, denominator: object) -> float:
    """The exact quotient of decimals, rounded once."""
    top, bottom = (Decimal(str(side)) * 10000 for side in (numerator, denominator))
    assert top == int(top)
    assert bottom == int(bottom)
    return int(top) / int(bottom)


def assert_same(actual: list[Row], expected: list[Row], *key: str) -> None:
    """Both tables have the same keys, and equal values under each."""
    ours = {tuple(row[name] for name in key): row for row in actual}
    theirs = {tuple(row[name] for name in key): row for row in expected}
    assert len(ours) == len(actual), "a key of ours is repeated"
    assert len(theirs) == len(expected), "a key of the reference is repeated"
    assert ours.keys() == theirs.keys()
    different = {
        (*keys, name): (ours[keys][name], value)
        for keys, row in theirs.items()
        for name, value in row.items()
        if ours[keys][name] != value
    }
    assert not different, f"{len(different)} values differ: {dict(list(different.items())[:10])}"


# kpis.json


def test_lines(retail: Warehouse, kpis: dict[str, object]) -> None:
    actual = retail.row("""
        select
            (select count(*) from staging.stg_online_retail__lines) as lines_total,
            count(*) filter (where not is_anonymous) as sale_lines,
            count(*) filter (where is_anonymous) as guest_sale_lines,
            (select count(*) from fct_refund_items where not is_anonymous) as refund_lines
        from fct_order_items
        where is_valid
    """)
    assert actual == {name: kpis[name] for name in actual}


def test_window(retail: Warehouse, kpis: dict[str, object]) -> None:
    actual = retail.row("""
        select
            (select as_of from intermediate.int_as_of) as snapshot_date,
            max(last_order_date) as as_of_last_order_date
        from dim_customers
    """)
    assert {name: str(value) for name, value in actual.items()} == {
        name: kpis[name] for name in actual
    }


def test_totals(retail: Warehouse, kpis: dict[str, object]) -> None:
    """The identified part of the shop: the total less the anonymous columns."""
    actual = retail.row("""
        select
            sum(orders - anonymous_orders) as orders,
            sum(anonymous_orders) as guest_orders,
            sum(gross_revenue - anonymous_gross_revenue) as gross_revenue,
            sum(refund_amount - anonymous_refund_amount) as refund_amount,
            sum(net_revenue - anonymous_net_revenue) as net_revenue,
            sum(anonymous_gross_revenue) as guest_revenue,
            sum(units - anonymous_units) as units
        from fct_kpis_daily
    """)
    assert actual == {name: Decimal(str(kpis[name])) for name in actual}


def test_customer_counts(retail: Warehouse, kpis: dict[str, object]) -> None:
    actual = retail.row("""
        select
            count(*) as customers,
            count(*) filter (where orders >= 2) as repeat_customers_orders_ge2,
            count(*) filter (where purchase_days >= 2) as repeat_customers_days_ge2,
            count(*) filter (where recency_days > 30) as churned_recency_gt_30,
            count(*) filter (where recency_days > 60) as churned_recency_gt_60,
            count(*) filter (where recency_days > 90) as churned_recency_gt_90,
            count(*) filter (where recency_days > 180) as churned_recency_gt_180,
            count(*) filter (where recency_days > 365) as churned_recency_gt_365
        from dim_customers
        where orders > 0
    """)
    assert actual == {name: kpis[name] for name in actual}


def test_customer_ratios(retail: Warehouse, kpis: dict[str, object]) -> None:
    sums = retail.row("""
        select
            count(*) as customers,
            sum(orders) as orders,
            sum(gross_revenue) as gross,
            sum(net_revenue) as net,
            median(gross_revenue) as median_gross,
            count(*) filter (where orders >= 2) as repeat,
            count(*) filter (where purchase_days >= 2) as repeat_days
        from dim_customers
        where orders > 0
    """)
    refunds = retail.value("select sum(refund_amount) from dim_customers")
    actual = {
        "aov": ratio(sums["gross"], sums["orders"]),
        "orders_per_customer": ratio(sums["orders"], sums["customers"]),
        "revenue_per_customer": ratio(sums["gross"], sums["customers"]),
        "refund_rate_by_value": ratio(refunds, sums["gross"]),
        "repeat_rate": ratio(sums["repeat"], sums["customers"]),
        "repeat_rate_days": ratio(sums["repeat_days"], sums["customers"]),
        "historic_cltv_mean_gross": ratio(sums["gross"], sums["customers"]),
        "historic_cltv_mean_net": ratio(sums["net"], sums["customers"]),
        "historic_cltv_median_gross": float(str(sums["median_gross"])),
    }
    assert actual == {name: kpis[name] for name in actual}


@pytest.mark.parametrize("days", [30, 60, 90, 180, 365])
def test_churn_rate_by_recency(retail: Warehouse, kpis: dict[str, object], days: int) -> None:
    churned = retail.row(f"""
        select count(*) filter (where recency_days > {days}) as churned, count(*) as customers
        from dim_customers
        where orders > 0
    """)
    assert ratio(churned["churned"], churned["customers"]) == kpis[f"churn_rate_{days}"]


def test_concentration(retail: Warehouse, kpis: dict[str, object]) -> None:
    actual = retail.row("""
        select
            top20_customers,
            top20_amount as top20_revenue,
            top20_share,
            customers_for_80 as customers_for_80pct,
            customers_for_80_share as customers_for_80pct_share,
            gini
        from agg_customer_concentration
        where period_grain = 'all' and channel = '(all)' and measure = 'gross_revenue'
    """)
    actual["top20_revenue"] = f"{actual['top20_revenue']:.3f}"
    assert actual == {name: kpis[name] for name in actual}


def test_gaps_between_purchases(retail: Warehouse, kpis: dict[str, object]) -> None:
    gaps = retail.row("""
        select
            count(gap_days) as gaps,
            sum(gap_days) as total_days,
            median(gap_days) as median_days
        from intermediate.int_customer_purchase_days
    """)
    assert gaps["gaps"] == kpis["interpurchase_gaps"]
    assert ratio(gaps["total_days"], gaps["gaps"]) == kpis["interpurchase_days_mean"]
    assert gaps["median_days"] == kpis["interpurchase_days_median"]


# The tables


def test_customers(retail: Warehouse, reference: Path) -> None:
    actual = retail.rows("""
        select
            customer_id,
            first_order_date,
            last_order_date,
            orders,
            purchase_days as order_days,
            gross_revenue as gross,
            units,
            refund_amount as refund,
            net_revenue as net,
            recency_days,
            tenure_days
        from dim_customers
        where orders > 0
    """)
    expected = expected_rows(
        reference / "customers.csv",
        customer_id=str,
        first_order_date=day,
        last_order_date=day,
        orders=int,
        order_days=int,
        gross=Decimal,
        units=Decimal,
        refund=Decimal,
        net=Decimal,
        recency_days=int,
        tenure_days=int,
    )
    assert_same(actual, expected, "customer_id")


def test_purchase_summaries(retail: Warehouse, reference: Path) -> None:
    """x, t_x, T and monetary of the buy-till-you-die models, from the purchase days alone."""
    actual = retail.rows("""
        select
            customer_id,
            count(*) - 1 as btyd_frequency,
            max(order_date) - min(order_date) as btyd_recency,
            as_of.as_of - 1 - min(order_date) as btyd_T,
            coalesce(sum(gross_revenue) filter (where purchase_day_number > 1), 0) as btyd_repeat_sum
        from intermediate.int_customer_purchase_days
        cross join intermediate.int_as_of as as_of
        group by customer_id, as_of.as_of
    """)
    for row in actual:
        x = row["btyd_frequency"]
        row["btyd_monetary"] = ratio(row["btyd_repeat_sum"], x) if x else 0.0
    expected = expected_rows(
        reference / "customers.csv",
        customer_id=str,
        btyd_frequency=int,
        btyd_recency=int,
        btyd_T=int,
        btyd_repeat_sum=Decimal,
        btyd_monetary=float,
    )
    assert_same(actual, expected, "customer_id")


@pytest.mark.parametrize("scoring", ["tie", "ntile"])
def test_scores(request: pytest.FixtureRequest, reference: Path, scoring: str) -> None:
    warehouse: Warehouse = request.getfixturevalue("retail" if scoring == "tie" else "retail_ntile")
    actual = warehouse.rows(f"""
        select
            customer_id,
            r as r_{scoring},
            f as f_{scoring},
            m as m_{scoring},
            segment as segment_{scoring}
        from fct_rfm_snapshots
        where as_of = date '2010-12-01'
    """)
    types: dict[str, Callable[[str], object]] = {
        "customer_id": str,
        f"r_{scoring}": int,
        f"f_{scoring}": int,
        f"m_{scoring}": int,
        f"segment_{scoring}": our_segment,
    }
    expected = expected_rows(reference / "customers.csv", **types)
    assert_same(actual, expected, "customer_id")


@pytest.mark.parametrize("scoring", ["tie", "ntile"])
def test_segments(request: pytest.FixtureRequest, reference: Path, scoring: str) -> None:
    warehouse: Warehouse = request.getfixturevalue("retail" if scoring == "tie" else "retail_ntile")
    actual = warehouse.rows(f"""
        select segment as segment_{scoring}, customers, gross_revenue as gross, orders
        from agg_rfm_monthly
        where month = date '2010-11-01'
    """)
    expected = expected_rows(
        reference / f"rfm_segments_{scoring}.csv",
        customers=int,
        gross=Decimal,
        orders=int,
        **{f"segment_{scoring}": our_segment},
    )
    assert_same(actual, expected, f"segment_{scoring}")


def test_customers_hold_their_current_segment(retail: Warehouse) -> None:
    assert not retail.rows("""
        select customer_id
        from dim_customers
        left join fct_rfm_snapshots as snapshots using (customer_id)
        where
            dim_customers.orders > 0
            and snapshots.as_of = date '2010-12-01'
            and dim_customers.rfm_segment is distinct from snapshots.segment
    """)


def test_months(retail: Warehouse, reference: Path) -> None:
    actual = retail.rows("""
        select
            strftime(kpis.month, '%Y-%m') as month,
            kpis.gross_revenue - kpis.anonymous_gross_revenue as gross,
            kpis.refund_amount - kpis.anonymous_refund_amount as refunds,
            kpis.net_revenue - kpis.anonymous_net_revenue as net,
            kpis.orders - kpis.anonymous_orders as orders,
            kpis.refunds - kpis.anonymous_refunds as refund_invoices,
            kpis.active_customers,
            kpis.units - kpis.anonymous_units as units,
            kpis.orders_per_active_customer,
            kpis.new_customers,
            kpis.returning_customers,
            kpis.new_customer_gross_revenue as new_customer_gross,
            kpis.anonymous_orders as guest_orders,
            kpis.anonymous_gross_revenue as guest_gross,
            churn.active_end as active90_end,
            churn.churned_customers as lost,
            churn.reactivated_customers as reactivated,
            churn.logo_churn_rate as churn_rate_month
        from agg_kpis_monthly as kpis
        left join agg_churn_monthly as churn
            on
                kpis.month = churn.month
                and kpis.store_id = churn.store_id
                and churn.segment = '(all)'
        where kpis.store_id = '(all)' and kpis.channel = '(all)'
    """)
    for row in actual:
        row["aov"] = ratio(row["gross"], row["orders"])
        row["revenue_per_active_customer"] = ratio(row["gross"], row["active_customers"])
    expected = expected_rows(
        reference / "monthly.csv",
        month=str,
        gross=Decimal,
        refunds=Decimal,
        net=Decimal,
        orders=int,
        refund_invoices=int,
        active_customers=int,
        units=Decimal,
        aov=float,
        orders_per_active_customer=float,
        revenue_per_active_customer=float,
        new_customers=int,
        returning_customers=int,
        new_customer_gross=Decimal,
        guest_orders=int,
        guest_gross=Decimal,
        active90_end=int,
        lost=int,
        reactivated=int,
        churn_rate_month=float,
    )
    assert_same(actual, expected, "month")


def test_cohorts(retail: Warehouse, reference: Path) -> None:
    actual = retail.rows("""
        select
            strftime(cohort_month, '%Y-%m') as cohort_month,
            cohort_size,
            month_number as month_index,
            active_customers,
            retention_rate as retention,
            gross_revenue as gross,
            cumulative_gross_revenue_per_customer as cum_gross_per_customer
        from agg_cohort_retention
        where split_by = 'all' and is_complete
    """)
    expected = expected_rows(
        reference / "cohort_retention.csv",
        cohort_month=str,
        cohort_size=int,
        month_index=int,
        active_customers=int,
        retention=float,
        gross=Decimal,
        cum_gross_per_customer=float,
    )
    assert_same(actual, expected, "cohort_month", "month_index")


def test_deciles(retail: Warehouse, reference: Path) -> None:
    actual = retail.rows("""
        select decile, customers, amount as gross, cumulative_share
        from agg_customer_concentration_deciles
        where period_grain = 'all' and channel = '(all)' and measure = 'gross_revenue'
    """)
    expected = expected_rows(
        reference / "pareto_deciles.csv",
        decile=int,
        customers=int,
        gross=Decimal,
        cumulative_share=float,
    )
    assert_same(actual, expected, "decile")


def test_top_customers(retail: Warehouse, reference: Path) -> None:
    actual = retail.rows("""
        select
            cast(year(period_start) as integer) as year,
            rank,
            customer_id,
            orders,
            gross_revenue as gross
        from agg_top_customers
        where period_grain = 'year' and channel = '(all)' and position <= 20
    """)
    expected = expected_rows(
        reference / "top_customers_by_year.csv",
        year=int,
        rank=int,
        customer_id=str,
        orders=int,
        gross=Decimal,
    )
    assert_same(actual, expected, "year", "rank")


def test_countries(retail: Warehouse, reference: Path) -> None:
    """The sheet names countries; the order keeps the name as its region beside the ISO code."""
    actual = retail.rows("""
        select
            region_id as country,
            count(*) as orders,
            count(distinct customer_id) as customers,
            sum(gross_revenue) as gross
        from fct_orders
        where is_valid and not is_anonymous
        group by region_id
    """)
    for row in actual:
        row["aov"] = ratio(row["gross"], row["orders"])
    expected = expected_rows(
        reference / "by_country.csv",
        country=str,
        orders=int,
        customers=int,
        gross=Decimal,
        aov=float,
    )
    assert_same(actual, expected, "country")


def test_active_at_month_end_is_not_churned_by_recency(retail: Warehouse) -> None:
    """1,379 lapsed at the end of November (D15), 1,389 with recency over 90 days (D10): two definitions."""
    assert retail.row("""
        select
            count(*) filter (where is_lapsed) as lapsed,
            count(*) filter (where recency_days > 90) as over_90_days
        from dim_customers
        where orders > 0
    """) == {"lapsed": 1379, "over_90_days": 1389}
