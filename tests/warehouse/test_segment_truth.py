"""What the generator knows of each person, against what the warehouse tells of them from the committed files.

Cohorts are counted exactly. Segments, tiers and classes are rules over what somebody bought; that they sort people as they are
is shown by what no shop can see: groups must differ by more than 3.3 standard errors, which chance does in one shop of 1,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import duckdb
import pytest

from tests.demo.conftest import build as build_demo
from tests.warehouse.conftest import Warehouse

SURE = 3.3
Shop = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory, demo: Warehouse) -> Iterator[Shop]:
    """`people`: each person of the demo shop as the warehouse has it and as the generator made it."""
    folder = build_demo(tmp_path_factory.mktemp("truth") / "demo")
    (path,) = demo.tuples("select path from duckdb_databases() where path is not null")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path[0]}' as w (read_only)")
        connection.execute(f"attach '{folder / 'demo.duckdb'}' as t (read_only)")
        connection.execute("""
            create view people as
            select
                found.*, truth.is_alive, truth.promotion_class, truth.favourite_category,
                truth.expected_orders_90d as lawful_orders, truth.expected_gross_365d_eur as lawful_euros
            from w.dim_customers as found
            inner join t.truth.truth_identities as accounts on found.customer_id = accounts.account_id
            inner join t.truth.truth_customers as truth on accounts.person_id = truth.person_id
        """)
        yield connection


def test_every_cohort_in_every_month(truth: Shop) -> None:
    """Persons by the month of their first counted order, and how many of them ordered in each month since."""
    cells = truth.execute("""
        with
        orders as (
            select person_id, date_trunc('month', ordered_at)::date as month
            from t.truth.truth_orders
            where is_counted and person_id is not null
        ),
        cohorts as (select person_id, min(month) as cohort from orders group by 1)
        select cohort, date_diff('month', cohort, month), count(distinct person_id),
            any_value(size)
        from orders
        inner join cohorts using (person_id)
        inner join (select cohort, count(*) as size from cohorts group by 1) using (cohort)
        group by 1, 2 order by all
    """).fetchall()
    assert len(cells) > 250
    found = truth.execute("""
        select cohort_month, month_number, active_customers, cohort_size
        from w.agg_cohort_retention
        where split_by = 'all' and is_complete and active_customers > 0 order by all
    """).fetchall()
    assert found == cells


def differ(shop: Shop, value: str, more: str, less: str) -> None:
    """The mean of one group is above the other's by more than chance."""
    groups = []
    for where in (more, less):
        (group,) = shop.execute(f"""
            select count(*), avg(({value})::double), var_samp(({value})::double) from people where {where}
        """).fetchall()
        assert group[0] >= 20, where
        groups.append(group)
    (n, high, spread), (m, low, width) = groups
    assert high - low > SURE * sqrt(spread / n + width / m), (value, more, less)


def test_who_has_lapsed_has_more_often_left(truth: Shop) -> None:
    differ(truth, "not is_alive", "is_lapsed", "orders > 0 and not is_lapsed")


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("champions", "loyal"),
        ("loyal", "at_risk"),
        ("potential_loyalist", "hibernating"),
        ("at_risk", "out_of_window"),
        ("hibernating", "out_of_window"),
    ],
)
def test_segments_sort_by_what_is_to_come(truth: Shop, more: str, less: str) -> None:
    differ(truth, "lawful_orders", f"rfm_segment = '{more}'", f"rfm_segment = '{less}'")


@pytest.mark.parametrize(
    ("more", "less"), [("platinum", "silver"), ("gold", "silver"), ("silver", "none")]
)
def test_value_tiers_sort_by_what_is_to_come(truth: Shop, more: str, less: str) -> None:
    """The first tier has 40 people whose law is far apart: it is told from the one after the next."""
    differ(truth, "lawful_euros", f"value_tier = '{more}'", f"value_tier = '{less}'")


@pytest.mark.parametrize(("more", "less"), [("hunter", "opportunist"), ("opportunist", "none")])
def test_who_waits_for_promotions_buys_on_offer(truth: Shop, more: str, less: str) -> None:
    several = "orders > 1 and promotion_class"
    differ(truth, "discounted_order_share", f"{several} = '{more}'", f"{several} = '{less}'")


def test_only_who_waits_for_promotions_is_of_the_class_that_buys_on_offer(truth: Shop) -> None:
    differ(
        truth,
        "discount_class = 'deal_only'",
        "orders > 1 and promotion_class = 'hunter'",
        "orders > 1 and promotion_class <> 'hunter'",
    )


def test_the_category_liked_most_is_the_favourite(truth: Shop) -> None:
    """Of those who have one: three lines in five are of it, the rest of any of six, so of four orders it leads nearly always."""
    ((n, found),) = truth.execute("""
        select count(*), count(*) filter (top_category = favourite_category) from people
        where orders >= 4 and favourite_category is not null and top_category is not null
    """).fetchall()
    assert n > 100
    assert found > 0.9 * n


def test_those_expected_to_come_are_those_who_would(truth: Shop) -> None:
    """The better half by predicted orders would bring more of the law's orders than the other."""
    half = "(select median(expected_orders_90d) from people)"
    differ(
        truth, "lawful_orders", f"expected_orders_90d >= {half}", f"expected_orders_90d < {half}"
    )
