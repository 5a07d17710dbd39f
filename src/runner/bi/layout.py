"""A dashboard as Superset stores it: charts in rows, and the native filters above them."""

from __future__ import annotations

from collections.abc import Mapping

from runner.project.dashboards import COLUMNS, Dashboard, Filter, Row

Settings = dict[str, object]


def position(
    dashboard: Dashboard, filters: Mapping[str, Filter], ids: Mapping[str, str]
) -> Settings:
    """Where everything stands, below what the dashboard is about. ids: chart → its uuid."""
    rows: list[str] = []
    found: Settings = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.label}},
    }
    numbers = chart_numbers(dashboard)
    labels = {chart.name: chart.label for chart in dashboard.charts}
    for number, row in enumerate([*_head(dashboard, filters), *dashboard.rows], 1):
        id = f"ROW-{number}"
        rows.append(id)
        parents = ["ROOT_ID", "GRID_ID", id]
        children: list[str] = []
        if row.text:
            children.append(f"MARKDOWN-{number}")
            found[children[0]] = {
                "type": "MARKDOWN", "id": children[0], "children": [], "parents": parents,
                "meta": {"code": row.text, "width": COLUMNS, "height": row.height},
            }  # fmt: skip
        for name, width in zip(row.charts, row.widths, strict=True):
            children.append(f"CHART-{name}")
            found[children[-1]] = {
                "type": "CHART", "id": children[-1], "children": [], "parents": parents,
                "meta": {"chartId": numbers[name], "uuid": ids[name], "sliceName": labels[name],
                         "width": width, "height": row.height},
            }  # fmt: skip
        found[id] = {
            "type": "ROW", "id": id, "children": children, "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }  # fmt: skip
    found["GRID_ID"] = {
        "type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]
    }  # fmt: skip
    return found


def _head(dashboard: Dashboard, filters: Mapping[str, Filter]) -> list[Row]:
    """The dashboard's description, and which days it is about where no period is chosen."""
    days = [filters[name].days for name in dashboard.filters if filters[name].type == "period"]
    said = [dashboard.description] if dashboard.description else []
    said += [f"*Where no period is chosen: the last {count} days.*" for count in days]
    if not said:
        return []
    text = " ".join(said)
    return [Row((), (), 7 + 3 * (len(text) // 170), text, dashboard.at)]


def chart_numbers(dashboard: Dashboard) -> Mapping[str, int]:
    """Chart → its number within the export; Superset gives it one of its own."""
    return {chart.name: number for number, chart in enumerate(dashboard.charts, 1)}


COLOURS = ("#1FA8C9", "#454E7C", "#5AC189", "#FF7F44", "#666666", "#E04355", "#FCC700", "#A868B7")
"""Superset's own, in its order."""


def colours(figures: Mapping[str, str]) -> Mapping[str, str]:
    """A colour for each figure. Left to Superset, two of one chart may come to have the same: it gives
    a figure one colour in all charts, and draws charts at the same time.

    figures: name → label. Superset 6 asks for the colour of a metric by its name, and before by its label.
    """
    found: dict[str, str] = {}
    for number, (name, label) in enumerate(figures.items()):
        found[name] = found[label] = COLOURS[number % len(COLOURS)]
    return found


def metadata(
    dashboard: Dashboard,
    filters: Mapping[str, Filter],
    choices: Mapping[str, str],
    figures: Mapping[str, str],
) -> Settings:
    """The settings of a dashboard, its filters among them. choices: filter → dataset of choices.

    figures: name → label of the figures of charts that show several.
    """
    numbers = chart_numbers(dashboard)
    return {
        "native_filter_configuration": [
            _native(filters[name], choices, [
                numbers[chart.name] for chart in dashboard.charts if name in chart.ignores
            ])
            for name in dashboard.filters
        ],
        "chart_configuration": {}, "cross_filters_enabled": False, "color_scheme": "supersetColors",
        "refresh_frequency": 0, "timed_refresh_immune_slices": [], "expanded_slices": {},
        "label_colors": colours(figures), "shared_label_colors": [], "default_filters": "{}",
    }  # fmt: skip


def _native(given: Filter, choices: Mapping[str, str], excluded: list[int]) -> Settings:
    common: Settings = {
        "id": f"NATIVE_FILTER-{given.name}", "name": given.label, "type": "NATIVE_FILTER",
        "description": given.description, "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
    }  # fmt: skip
    if given.type == "period":
        return {**common, "filterType": "filter_time", "targets": [{}],
                "controlValues": {"enableEmptyFilter": False}}  # fmt: skip
    return {
        **common, "filterType": "filter_select", "requiredFirst": given.required,
        "targets": [{"datasetUuid": choices[given.name], "column": {"name": given.column}}],
        "sortMetric": "position",
        "controlValues": {
            "multiSelect": given.multiple, "enableEmptyFilter": given.required, "inverseSelection": False,
            "defaultToFirstItem": given.required, "searchAllOptions": True, "sortAscending": True,
        },
    }  # fmt: skip
