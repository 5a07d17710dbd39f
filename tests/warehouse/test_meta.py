"""The dictionary of metrics tells of columns that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.conftest import PART, Build, Warehouse

CALLED = {
    "coupon_redemption_rate": "select redemption_rate from coupon_report('')",
    **{
        metric: f"select value from kpis('', '') where metric = '{metric}'"
        for metric in (
            "median_order_value", "new_customers_per_day", "customers_trial", "customers_one_time",
            "customers_recurring", "avg_historic_ltv", "avg_predicted_clv", "avg_ltv_simple",
        )
    },
}  # fmt: skip
"""What only a report function computes, and how it is asked."""


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
    assert {metric for metric, relation, _ in places if relation is None} == set(CALLED)
    nowhere = {m for m, _, _ in places} - {m for m, _, column in places if column is not None}
    assert nowhere == set(CALLED)
    for query in CALLED.values():  # nothing computed it
        assert demo.tuples(query)


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


def test_trap_33_no_two_metrics_have_the_same_name(demo: Warehouse) -> None:
    """Trap 33: in no language."""
    for language in ("en", "pt", "ro", "pl", "ar"):
        name = f"lower(trim(label_{language}))"
        query = (
            f"select {name} from metrics_dictionary group by 1 having count(*) > 1 or {name} = ''"
        )
        assert demo.tuples(query) == [], language


def test_a_metric_is_shown_with_the_places_that_it_needs(demo: Warehouse) -> None:
    """Of 20 customers in a million inhabitants two places showed 0.00."""
    for metric, relation, column, form in demo.tuples("""
        select metric, relation, column_name, format from metrics_dictionary where column_name is not null
    """):
        number = str(form).removesuffix(" %").removesuffix(" d")
        step = 10.0 ** -len(number.partition(".")[2]) / (100 if str(form).endswith("%") else 1)
        largest = demo.value(f"select max(abs({column}::double)) from {relation}")
        assert largest is None or float(str(largest)) >= step, metric


FILES = {
    "customers": """\
customer_id,created_at,email
a,2026-01-01 08:00:00,a@x.com
""",
    # Five orders by 9 April: one of nobody, one without items, one for testing; and one after it.
    "orders": """\
order_id,customer_id,ordered_at,status,channel_id,currency,is_test
O1,a,2026-04-01 09:00:00,paid,web,EUR,false
O2,,2026-04-02 09:00:00,paid,web,EUR,false
O3,a,2026-04-03 09:00:00,paid,web,EUR,false
O4,a,2026-04-04 09:00:00,paid,web,EUR,true
O5,a,2026-04-05 09:00:00,paid,web,EUR,false
O5,a,2026-04-05 09:00:00,paid,web,EUR,false
O6,a,2026-04-20 09:00:00,paid,web,EUR,false
""",
    "order_items": """\
order_id,line_no,product_id,quantity,unit_price
O1,1,mug,1,30
O2,1,mug,1,30
O4,1,mug,1,30
O5,1,mug,1,30
O6,1,mug,1,30
""",
    "sessions": """\
session_id,visitor_id,started_at
s1,v1,2026-04-04 10:00:00
""",
}


def test_the_reports_say_what_is_amiss(
    build: Build, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """as_of is 10 April, so 9 April is the last seen day: visits end 5 days before it. Nothing came of marketing."""
    data: Path = tmp_path_factory.mktemp("amiss")
    for name, text in FILES.items():
        (data / f"{name}.csv").write_text(text)
    variables: dict[str, object] = {"data_dir": str(data), "as_of": "2026-04-10"}
    shop = build("amiss", variables, *PART, "+rpt_data_quality", "+rpt_freshness")
    found = {
        key: (checked, rows, state)
        for key, checked, rows, state in shop.tuples(
            "select check_key, rows_checked, rows_found, state from rpt_data_quality"
        )
    }
    assert found["late_orders"] == (6, 1, "warning")
    assert found["repeated_order_rows"] == (7, 1, "warning")
    assert found["test_orders"] == (6, 1, "warning")
    assert found["orders_without_items"] == (4, 1, "warning")
    assert found["unknown_statuses"] == (4, 0, "ok")
    assert found["undated_refunds"] == (0, 0, "nothing_to_check")
    # O3 has nothing to pay for: it is no valid order, so one of three is nobody's.
    assert found["anonymous_orders"] == (3, 1, "warning")
    notes = {row[0]: row[1] for row in shop.tuples("select table_name, note from rpt_freshness")}
    assert len(notes) == 30
    assert notes["marketing_spend"] == "no marketing spend loaded"
    assert notes["sessions"] == "sessions end 5 days before the last seen day"
    assert notes["orders"] is None
    assert notes["customers"] is None
    assert shop.tuples("""
        select row_count, cast(first_date as varchar), cast(last_date as varchar), days_behind, is_stale
        from rpt_freshness
        where table_name in ('orders', 'sessions')
        order by table_name
    """) == [
        (6, "2026-04-01", "2026-04-20", 0, False),
        (1, "2026-04-04", "2026-04-04", 5, True),
    ]
