"""The query of a chart, as Superset keeps it beside a chart that somebody has saved.

A browser makes the query from the chart's settings. Alerts, reports by e-mail and the API take the
one that is kept, and answer without one that the chart has to be saved again. The import writes its
own ids into it. Format: `ChartDataQueryContextSchema` of superset/charts/schemas.py, 6.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

Settings = Mapping[str, object]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "heatmap_v2": ("x_axis", "groupby"), "sankey_v2": ("source", "target"),
    "bubble_v2": ("entity", "series"), "pivot_table_v2": ("groupbyRows", "groupbyColumns"),
}  # fmt: skip
"""Plug-in → its settings that name columns, where it has other ones than most."""
FIGURES: Mapping[str, tuple[str, ...]] = {"bubble_v2": ("x", "y", "size")}


def saved_query(plugin: str, settings: Settings) -> str:
    """What is kept for a chart of a plug-in with these settings, nothing chosen on a dashboard."""
    conditions = _listed(settings.get("adhoc_filters"))
    written = [each for each in conditions if isinstance(each, Mapping)]
    extras: dict[str, object] = {
        "having": "",
        "where": " AND ".join(
            f"({each['sqlExpression']})" for each in written if each["expressionType"] == "SQL"
        ),
    }
    grain = settings.get("time_grain_sqla")
    if grain:
        extras["time_grain_sqla"] = grain
    query: dict[str, object] = {
        "filters": [
            {"col": each["subject"], "op": each["operator"], "val": each["comparator"]}
            for each in written if each["expressionType"] != "SQL"
        ],
        "extras": extras,
        "columns": _columns(plugin, settings),
        "orderby": _order(settings),
        "row_limit": settings.get("row_limit"),
        "time_range": "No filter",
        "url_params": {}, "custom_params": {}, "custom_form_data": {},
    }  # fmt: skip
    if settings.get("query_mode") != "raw":
        query["metrics"] = _metrics(plugin, settings)
    return json.dumps({
        "datasource": {"id": 0, "type": "table"}, "force": False, "queries": [query],
        "form_data": {"viz_type": plugin, **settings}, "result_format": "json",
        "result_type": "full",
    })  # fmt: skip


def _columns(plugin: str, settings: Settings) -> list[object]:
    found: list[object] = []
    axis = settings.get("x_axis")
    if axis and "x_axis" not in GROUPS.get(plugin, ()):
        grain = settings.get("time_grain_sqla")
        found.append({
            "columnType": "BASE_AXIS", "expressionType": "SQL", "isColumnReference": True,
            "label": axis, "sqlExpression": axis, "timeGrain": grain,
        } if grain else axis)  # fmt: skip
    for key in GROUPS.get(plugin, ("groupby", "all_columns")):
        found += [name for name in _listed(settings.get(key)) if name not in found]
    return found


def _metrics(plugin: str, settings: Settings) -> list[object]:
    keys = ("metrics", "metric", *FIGURES.get(plugin, ()))
    return list(dict.fromkeys(name for key in keys for name in _listed(settings.get(key))))


def _order(settings: Settings) -> list[object]:
    """As the plug-ins of tables, and of series with a limit, sort."""
    if "order_by_cols" in settings:
        return [json.loads(str(each)) for each in _listed(settings["order_by_cols"])]
    by = settings.get("timeseries_limit_metric")
    return [[by, not settings.get("order_desc", True)]] if by else []


def _listed(value: object) -> Iterable[object]:
    """The values of a setting that is one value, several, or none."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list | tuple) else [value]
