"""The query that goes with a chart, for what asks without a browser."""

from __future__ import annotations

import json
from typing import Any

from runner.bi.saved_query import saved_query


def query_of(plugin: str, **settings: Any) -> dict[str, Any]:
    kept = json.loads(saved_query(plugin, {"adhoc_filters": [], "row_limit": 100, **settings}))
    assert kept["form_data"]["viz_type"] == plugin
    (query,) = kept["queries"]
    assert query["row_limit"] == 100
    return query  # type: ignore[no-any-return]  # JSON


def test_a_time_axis_is_cut_into_its_steps() -> None:
    query = query_of(
        "echarts_timeseries_bar", x_axis="day", time_grain_sqla="P1M", groupby=["channel"],
        metrics=["amount", "orders"],
    )  # fmt: skip
    axis, series = query["columns"]
    assert (axis["label"], axis["timeGrain"], axis["columnType"]) == ("day", "P1M", "BASE_AXIS")
    assert (series, query["metrics"]) == ("channel", ["amount", "orders"])
    assert query["extras"]["time_grain_sqla"] == "P1M"


def test_an_axis_of_names_is_a_column_like_others() -> None:
    query = query_of(
        "echarts_timeseries_bar", x_axis="segment", groupby=[], metrics=["customers"],
        timeseries_limit_metric="customers", order_desc=True,
    )  # fmt: skip
    assert (query["columns"], query["orderby"]) == (["segment"], [["customers", False]])


def test_a_list_has_no_figures_and_its_own_order() -> None:
    query = query_of("table", query_mode="raw", all_columns=["id", "name"],
                     order_by_cols=['["id", false]'])  # fmt: skip
    assert "metrics" not in query
    assert (query["columns"], query["orderby"]) == (["id", "name"], [["id", False]])


def test_figures_and_groups_have_names_of_their_own_in_some_plugins() -> None:
    bubbles = query_of("bubble_v2", entity="name", series="kind", x="a", y="b", size="a")
    assert (bubbles["columns"], bubbles["metrics"]) == (["name", "kind"], ["a", "b"])
    heat = query_of("heatmap_v2", x_axis="month", groupby="cohort", metric="rate")
    assert (heat["columns"], heat["metrics"]) == (["month", "cohort"], ["rate"])


def test_conditions_are_told_as_columns_or_as_sql() -> None:
    query = query_of(
        "table", groupby=["a"], metrics=["n"],
        adhoc_filters=[
            {"expressionType": "SIMPLE", "subject": "a", "operator": "IN", "comparator": ["x"]},
            {"expressionType": "SQL", "sqlExpression": "n > 1", "clause": "WHERE"},
        ],
    )  # fmt: skip
    assert query["filters"] == [{"col": "a", "op": "IN", "val": ["x"]}]
    assert query["extras"]["where"] == "(n > 1)"
