"""What must agree for every shop: days with months, parts with the whole, cohorts with their beginnings."""

from __future__ import annotations

import pytest

from tests.warehouse.conftest import Warehouse

NUMBERS = ("BIGINT", "HUGEINT", "INTEGER", "DECIMAL")


def columns(demo: Warehouse, table: str) -> dict[str, str]:
    """The numbers of a table and their types."""
    found = demo.tuples(f"select column_name, column_type from (describe {table})")
    return {str(name): str(type_) for name, type_ in found if str(type_).startswith(NUMBERS)}


def test_every_sum_of_a_month_is_that_of_its_days(demo: Warehouse) -> None:
    """Each number that days and months both have, in the whole and in each store's each channel."""
    shared = sorted(set(columns(demo, "fct_kpis_daily")) & set(columns(demo, "agg_kpis_monthly")))
    assert len(shared) >= 20
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in shared)
    for keys, slice_ in (
        ("date_trunc('month', date)::date", "store_id = '(all)' and channel = '(all)'"),
        (
            "date_trunc('month', date)::date, store_id, channel",
            "store_id <> '(all)' and channel <> '(all)'",
        ),
    ):
        days = demo.tuples(f"select {keys}, {sums} from fct_kpis_daily group by all order by all")
        key_names = keys.replace("date_trunc('month', date)::date", "month")
        months = demo.tuples(f"""
            select {key_names}, {sums} from agg_kpis_monthly
            where {slice_} group by all order by all
        """)
        quiet = (0,) * len(shared)
        assert days == [month for month in months if month[-len(shared) :] != quiet]


PARTS = [
    # table, the keys of a whole, and the column that holds its parts
    ("agg_kpis_monthly", "month, store_id", "channel"),
    ("agg_kpis_monthly", "month, channel", "store_id"),
    ("agg_sales_region", "month, country_code", "region_id"),
]


@pytest.mark.parametrize(("table", "keys", "part"), PARTS)
def test_parts_make_the_whole(demo: Warehouse, table: str, keys: str, part: str) -> None:
    """Orders, new customers and all money."""
    adds = [
        name
        for name, type_ in columns(demo, table).items()
        if (type_.startswith("DECIMAL") and not name.endswith(("_prev", "_yoy", "_target")))
        or name in ("orders", "anonymous_orders", "new_customers")
    ]
    assert len(adds) >= 6
    for name in adds:
        wrong = demo.tuples(f"""
            select {keys}, sum({name}) filter ({part} = '(all)'), sum({name}) filter ({part} <> '(all)')
            from {table} group by all
            having count(*) filter ({part} <> '(all)') > 0
                and coalesce(sum({name}) filter ({part} = '(all)'), 0)
                <> coalesce(sum({name}) filter ({part} <> '(all)'), 0)
        """)
        assert wrong == [], name


@pytest.mark.parametrize("basis", ["agg_cohort_retention", "agg_cohort_revenue"])
def test_everybody_is_there_when_a_cohort_begins(demo: Warehouse, basis: str) -> None:
    """In period 0 of every cohort, split and basis all customers are active, and the rate is 1."""
    period = "month_number" if basis == "agg_cohort_retention" else "period_number"
    wrong, right = demo.tuples(f"""
        select count(*) filter (active_customers <> cohort_size or retention_rate <> 1),
            count(*) filter (active_customers = cohort_size)
        from {basis} where {period} = 0 and is_complete
    """)[0]
    assert wrong == 0
    assert right > 300  # type: ignore[operator]


def test_a_customer_has_one_cell_at_a_time(demo: Warehouse) -> None:
    """One RFM cell at each month's end, whose segment is that of exactly one cell of the preset; one segment, tier and class now."""
    assert (
        demo.tuples("""
        select customer_id, as_of, preset from fct_rfm_snapshots group by all having count(*) > 1
    """)
        == []
    )
    assert (
        demo.tuples("""
        select customer_id from dim_customers
        where rfm_segment is null or value_tier is null or (orders > 0) <> (discount_class is not null)
    """)
        == []
    )
    assert (
        demo.tuples("""
        select snapshots.customer_id
        from fct_rfm_snapshots as snapshots
        left join intermediate.int_rfm_cells as cells
            on snapshots.preset = cells.preset and snapshots.r = cells.r
            and snapshots.f = cells.f and snapshots.m = cells.m
        where snapshots.segment <> 'insufficient_data'
        group by snapshots.customer_id, snapshots.as_of, snapshots.preset, snapshots.segment
        having count(*) <> 1 or max(cells.segment) is distinct from snapshots.segment
    """)
        == []
    )


def test_the_one_product_to_offer_is_the_first_of_all_offers(demo: Warehouse) -> None:
    """What the CRM is told to offer to a customer is the first new product of recommend, by the same rule."""
    (one,) = demo.tuples("""
        with first_offers as (
            select customer_id, product_id, because_of_product_id, probability
            from recommend('', limit_n := '') where position = 1 and not is_replenishment
        ), offers as (
            select customer_id, product_id, because_of_product_id, probability
            from intermediate.int_customer_recommendations
        )
        select
            (select count(*) from (from first_offers except from offers)),
            (select count(*) from (from offers except from first_offers)),
            (select count(*) from offers) > 500
    """)
    assert one == (0, 0, True)
