"""Charts as Superset stores them: a type of ours and its parts become the settings of a plug-in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from runner.bi.datasets import Query
from runner.bi.formats import is_money, written
from runner.bi.jinja import DAY
from runner.engines import ColumnType
from runner.errors import ProjectError, did_you_mean
from runner.project.dashboards import Chart, Dataset, Metric

Settings = dict[str, object]


class Made(Struct, frozen=True):
    """A dataset whose query was tried: its columns and the types of its metrics."""

    dataset: Dataset
    query: Query
    columns: tuple[ColumnType, ...]
    metrics: Mapping[str, tuple[Metric, str]]
    """Name → the metric and the type of its values."""
    descriptions: Mapping[str, str]
    """Column → what YAML says of it."""
    currency: str | None = None
    """The code of the currency of all money, where it is known."""

    def type_of(self, column: str) -> str:
        return next(c.type for c in self.columns if c.name == column)

    def format_of(self, name: str) -> str | None:
        """The format of a metric or a column."""
        if name in self.metrics:
            metric, type = self.metrics[name]
            # A sum of money reads better without its cents.
            return written(metric.format, name, type, money="amount")
        return self.column_format(name)

    def column_format(self, name: str) -> str | None:
        """The format of a column as it is, even where a metric is called the same."""
        return written(self.dataset.formats.get(name), name, self.type_of(name))

    def currency_of(self, metric: str, given: str | None = None) -> Settings | None:
        """How a metric's currency is written, if it is money. given: the chart's own format."""
        of, type = self.metrics[metric]
        return self._currency(is_money(given or of.format, metric, type))

    def column_currency(self, name: str) -> Settings | None:
        return self._currency(is_money(self.dataset.formats.get(name), name, self.type_of(name)))

    def _currency(self, money: bool) -> Settings | None:
        if self.currency is None or not money:
            return None
        return {"symbol": self.currency, "symbolPosition": "prefix"}

    def is_time(self, column: str) -> bool:
        return self.type_of(column).startswith(("DATE", "TIMESTAMP"))


def chart_settings(chart: Chart, made: Made) -> tuple[str, Settings]:
    """A chart's plug-in and its settings.

    Raises ProjectError with the chart's place for a column or a metric that does not exist.
    """
    checked = _Checked(chart, made)
    plugin, make = _TYPES[chart.type]
    settings: Settings = {
        "viz_type": plugin,
        "adhoc_filters": _conditions(chart, made),
        "row_limit": chart.limit or 10_000,
        **make(chart, checked),
    }
    return plugin, {**settings, **chart.options}


def _conditions(chart: Chart, made: Made) -> list[Settings]:
    found: list[Settings] = []
    if made.query.has_period:
        # Carries the period of the dashboard to the dataset's template.
        found.append({
            "clause": "WHERE", "expressionType": "SIMPLE", "subject": DAY,
            "operator": "TEMPORAL_RANGE", "comparator": "No filter",
        })  # fmt: skip
    if chart.where is not None:
        found.append({"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.where})
    return found


_DIGITS = re.compile(r"(\.\d)([f%])$")
"""The decimals of a format of d3; with a tilde, zeros at the end are left out."""


class _Checked:
    """The parts of a chart, each looked up in its dataset."""

    def __init__(self, chart: Chart, made: Made) -> None:
        self.chart = chart
        self.made = made

    def column(self, name: str | None, part: str) -> str:
        there = [c.name for c in self.made.columns]
        if name is None:
            raise ProjectError(
                f"chart {self.chart.name} of type {self.chart.type} needs {part}", at=self.chart.at
            )
        if name not in there:
            raise ProjectError(
                f"chart {self.chart.name}: dataset {self.made.dataset.name} has no column {name!r}",
                at=self.chart.at,
                hint=did_you_mean(name, there) or f"it has: {', '.join(there)}",
            )
        return name

    def columns(self, names: tuple[str, ...], part: str) -> list[str]:
        if not names:
            self.column(None, part)
        return [self.column(name, part) for name in names]

    def metric(self, name: str | None, part: str = "metric") -> str:
        there = self.made.metrics
        if name is None:
            raise ProjectError(
                f"chart {self.chart.name} of type {self.chart.type} needs {part}", at=self.chart.at
            )
        if name not in there:
            raise ProjectError(
                f"chart {self.chart.name}: dataset {self.made.dataset.name} has no metric {name!r}",
                at=self.chart.at,
                hint=did_you_mean(name, there) or f"it has: {', '.join(there) or 'none'}",
            )
        return name

    @property
    def one(self) -> str:
        return self.metric(self.chart.metrics[0] if self.chart.metrics else None)

    @property
    def all(self) -> list[str]:
        self.one  # noqa: B018  # there must be one
        return [self.metric(name) for name in self.chart.metrics]

    def format(self, name: str) -> str | None:
        if self.chart.format is not None:
            return written(self.chart.format, name, "")
        return self.made.format_of(name)

    def money(self, name: str) -> bool:
        metric, type = self.made.metrics[name]
        return is_money(self.chart.format or metric.format, name, type)

    def currency(self, name: str) -> Settings:
        """The setting that writes a metric's currency; nothing where it is no money."""
        found = self.made.currency_of(name, self.chart.format)
        return {} if found is None else {"currency_format": found}

    def axis(self, name: str) -> str | None:
        """The format of a figure beside an axis: `180` and not `180.00`."""
        format = self.format(name)
        return format if format is None else _DIGITS.sub(r"\1~\2", format)

    def order(self) -> tuple[str, bool] | None:
        """What to sort by, and whether the largest come first: `net_revenue desc`."""
        return next(iter(self.orders()), None)

    def orders(self) -> list[tuple[str, bool]]:
        """The same of each part: `channel, net_revenue desc`."""
        found = []
        for part in (self.chart.order or "").split(","):
            name, _, direction = part.strip().partition(" ")
            if direction.strip() not in ("", "asc", "desc"):
                raise ProjectError(
                    f"chart {self.chart.name}: order is a name and asc or desc", at=self.chart.at
                )
            if name and name not in self.made.metrics:
                self.column(name, "order")
            if name:
                found.append((name, direction.strip() == "desc"))
        return found


def _card(chart: Chart, of: _Checked) -> Settings:
    return {
        "x_axis": of.column(chart.x, "x"), "metric": of.one, "compare_lag": 1,
        "compare_suffix": chart.change, "show_trend_line": False, "show_timestamp": False,
        "time_grain_sqla": "P1D", "y_axis_format": of.format(of.one), "header_font_size": 0.4,
        "subheader_font_size": 0.2, "rolling_type": "None", "aggregation": "LAST_VALUE",
        **of.currency(of.one),
    }  # fmt: skip


def _number(chart: Chart, of: _Checked) -> Settings:
    return {
        "metric": of.one, "y_axis_format": of.format(of.one), "header_font_size": 0.4,
        "subheader_font_size": 0.2, "subtitle": chart.description,
        **of.currency(of.one),
    }  # fmt: skip


_AXIS = {"P1M": "%b ’%y", "P3M": "%b ’%y", "P1Y": "%Y"}
"""Length of a step → how the time axis is written."""


def _series(chart: Chart, of: _Checked) -> Settings:
    """Lines, areas and bars. Below lying bars money is short: Superset cuts off what is wider there."""
    x = of.column(chart.x, "x")
    settings: Settings = {
        "x_axis": x, "metrics": of.all,
        "groupby": [of.column(chart.series, "series")] if chart.series else [],
        "y_axis_format": of.axis(of.one), "rich_tooltip": True, "show_legend": bool(
            chart.series or len(chart.metrics) > 1
        ), "legendOrientation": "top", "legendType": "scroll", "x_axis_title_margin": 15,
        "y_axis_title_margin": 15, "y_axis_title_position": "Left", "truncateXAxis": False,
        "show_empty_columns": True, "sort_series_type": "sum", "color_scheme": "supersetColors",
        "x_axis_sort_asc": True, "tooltipTimeFormat": "smart_date",
        **of.currency(of.one),
    }  # fmt: skip
    if of.made.is_time(x):
        settings["time_grain_sqla"] = chart.grain or "P1D"
        settings["x_axis_time_format"] = _AXIS.get(chart.grain or "", "%d %b")
        settings["xAxisLabelRotation"] = 45 if chart.grain in _AXIS else 0
    else:
        settings["xAxisForceCategorical"] = True
        order = of.order()
        if order is not None:
            settings["x_axis_sort"], descending = order
            settings["x_axis_sort_asc"] = not descending
            if order[0] in of.made.metrics:
                # Where there are more than the limit, the largest are shown.
                settings["timeseries_limit_metric"] = order[0]
                settings["order_desc"] = True
    if chart.stacked:
        settings["stack"] = "Stack"
    if chart.horizontal:
        settings["orientation"] = "horizontal"
        if of.money(of.one):
            settings["y_axis_format"] = ".3~s"
    return settings


def _table(chart: Chart, of: _Checked) -> Settings:
    by, metrics = of.columns(chart.by, "by"), of.all
    order = of.order()
    return {
        "query_mode": "aggregate", "groupby": by, "metrics": metrics, "order_desc": True,
        "timeseries_limit_metric": order[0] if order else metrics[0],
        "column_config": {
            name: _cell(of.format(name), of.made.currency_of(name, chart.format))
            if name in metrics
            else _cell(of.made.column_format(name))
            for name in [*by, *metrics]
        },
        # Groups are few: they stand on one page, which scrolls.
        "page_length": 0, **_TABLE,
    }  # fmt: skip


_TABLE: Settings = {
    "table_timestamp_format": "%Y-%m-%d", "show_cell_bars": False, "color_pn": True,
    "allow_render_html": True, "server_pagination": False,
}  # fmt: skip


def _list(chart: Chart, of: _Checked) -> Settings:
    columns = of.columns(chart.columns, "columns")
    return {
        "query_mode": "raw", "all_columns": columns,
        "order_by_cols": [json.dumps([name, not descending]) for name, descending in of.orders()],
        "column_config": {name: _cell(of.made.column_format(name), of.made.column_currency(name)) for name in columns},
        "include_search": chart.limit is None or chart.limit > SHORT, **_TABLE,
    }  # fmt: skip


SHORT = 20
"""Rows of a list that needs neither pages nor a search."""


def _cell(format: str | None, currency: Settings | None = None) -> Settings:
    if format is None:
        return {}
    found: Settings = {"d3NumberFormat": format, "d3SmallNumberFormat": format}
    return found if currency is None else {**found, "currencyFormat": currency}


def _pivot(chart: Chart, of: _Checked) -> Settings:
    return {
        "groupbyRows": of.columns(chart.by, "by"),
        "groupbyColumns": [of.column(chart.series, "series")], "metrics": of.all,
        "metricsLayout": "COLUMNS", "aggregateFunction": "Sum", "valueFormat": of.format(of.one),
        "rowTotals": False, "colTotals": False, "rowOrder": "key_a_to_z", "colOrder": "key_a_to_z",
        "date_format": "%Y-%m-%d", "rowSubTotals": False,
    }  # fmt: skip


def _heatmap(chart: Chart, of: _Checked) -> Settings:
    return {
        "x_axis": of.column(chart.x, "x"), "groupby": of.column(chart.y, "y"), "metric": of.one,
        "time_grain_sqla": chart.grain or "P1D", "normalize_across": "heatmap",
        "linear_color_scheme": "schemeBlues", "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc", "show_legend": True, "show_values": True,
        "show_percentage": False, "y_axis_format": of.format(of.one),
        "x_axis_time_format": "%Y-%m", "left_margin": 125, "bottom_margin": 50,
        "xscale_interval": -1, "yscale_interval": -1, "value_bounds": [None, None],
        "legend_type": "continuous", "border_color": {"r": 255, "g": 255, "b": 255, "a": 1},
        "border_width": 1,
    }  # fmt: skip


def _bubble(chart: Chart, of: _Checked) -> Settings:
    by = of.columns(chart.by, "by")
    x, y = of.metric(chart.x, "x"), of.metric(chart.y, "y")
    size = of.metric(chart.size, "size")
    return {
        "entity": by[0], "series": of.column(chart.series, "series") if chart.series else by[0],
        "x": x, "y": y, "size": size, "max_bubble_size": "50", "opacity": 0.7,
        "xAxisFormat": of.axis(x), "y_axis_format": of.axis(y), "tooltipSizeFormat": of.format(size),
        "x_axis_label": of.made.metrics[x][0].label, "y_axis_label": of.made.metrics[y][0].label,
        "x_axis_title_margin": 30, "y_axis_title_margin": 50, "show_legend": True,
        "legendOrientation": "top", "legendType": "scroll", "order_desc": True,
        "color_scheme": "supersetColors", "truncateXAxis": True,
    }  # fmt: skip


_SHARE_LABELS: Mapping[str, object] = {"pie": "key_percent", "treemap": "key_value", "funnel": 4}
"""Type → what stands at each part: its name and its share, or its figure."""


def _share(chart: Chart, of: _Checked) -> Settings:
    return {
        "groupby": of.columns(chart.by, "by"), "metric": of.one, "number_format": of.format(of.one), **of.currency(of.one),
        "color_scheme": "supersetColors", "show_labels": True, "show_legend": False,
        "label_type": _SHARE_LABELS[chart.type], "sort_by_metric": True, "donut": True, "innerRadius": 40,
        "outerRadius": 65, "labels_outside": True, "show_upper_labels": False,
    }  # fmt: skip


def _sankey(chart: Chart, of: _Checked) -> Settings:
    return {
        "source": of.column(chart.x, "x"), "target": of.column(chart.y, "y"), "metric": of.one,
        "color_scheme": "supersetColors",
    }  # fmt: skip


_TYPES: Mapping[str, tuple[str, Callable[[Chart, _Checked], Settings]]] = {
    "card": ("big_number", _card),
    "number": ("big_number_total", _number),
    "line": ("echarts_timeseries_line", _series),
    "area": ("echarts_area", _series),
    "bar": ("echarts_timeseries_bar", _series),
    "table": ("table", _table),
    "list": ("table", _list),
    "pivot": ("pivot_table_v2", _pivot),
    "heatmap": ("heatmap_v2", _heatmap),
    "bubble": ("bubble_v2", _bubble),
    "treemap": ("treemap_v2", _share),
    "pie": ("pie", _share),
    "funnel": ("funnel", _share),
    "sankey": ("sankey_v2", _sankey),
}
