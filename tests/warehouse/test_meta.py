"""The dictionary of metrics tells of columns that are there."""

from __future__ import annotations

import pytest

from tests.warehouse.conftest import Build, Warehouse

CALLED = {"coupon_redemption_rate"}
"""What only a report function computes."""


@pytest.fixture(scope="module")
def demo(build: Build, repo: object) -> Warehouse:
    return build("meta", {"data_dir": f"{repo}/demo/data"})


def test_every_metric_stands_where_the_dictionary_says(demo: Warehouse) -> None:
    places = demo.tuples("""
        select metric, relation, unnest([column_name, numerator, denominator]) as column_name
        from metrics_dictionary
    """)
    there = set(
        demo.tuples("""
            select table_name, column_name
            from information_schema.columns
            where table_schema = 'main'
        """)
    )
    missing = {
        (metric, relation, column)
        for metric, relation, column in places
        if column is not None and (relation, column) not in there
    }
    assert missing == set()
    assert {metric for metric, relation, _ in places if relation is None} == CALLED
    nowhere = {m for m, _, _ in places} - {m for m, _, column in places if column is not None}
    assert nowhere == CALLED


def test_both_sides_of_a_quotient_are_named(demo: Warehouse) -> None:
    assert (
        demo.tuples("""
            select metric from metrics_dictionary where (numerator is null) <> (denominator is null)
        """)
        == []
    )


def test_trap_33_customers_who_return_are_not_goods_that_are_returned(demo: Warehouse) -> None:
    """Trap 33: in each of five languages the rates of returning customers, of repeat purchases and of refunds have names of their own."""
    for language in ("en", "pt", "ro", "pl", "ar"):
        labels = demo.tuples(f"""
            select lower(trim(label_{language}))
            from metrics_dictionary
            where metric in (
                'returning_customer_rate', 'repeat_purchase_rate', 'refund_rate_amount', 'refund_rate_orders'
            )
        """)
        assert len({label for (label,) in labels}) == 4, language
