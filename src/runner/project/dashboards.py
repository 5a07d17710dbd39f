"""The frozen values that describe dashboards: datasets, filters, charts in rows.

Knows nothing of models, of columns and of the programs that will show them.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from runner.errors import Location

CHARTS = ("card", "number", "line", "area", "bar", "table", "list", "pivot", "heatmap", "bubble",
          "treemap", "pie", "funnel", "sankey")  # fmt: skip
COLUMNS = 12
"""How many columns a row of a dashboard has."""


class Metric(Struct, frozen=True):
    """A figure of a dataset: an aggregate in SQL, or the ratio of two sums."""

    name: str
    label: str
    description: str
    expression: str
    format: str | None
    at: Location


class Link(Struct, frozen=True):
    """A column of a list that leads to a dashboard on which its value is chosen."""

    dashboard: str
    filter: str
    column: str
    """Whose value is shown, and chosen there."""
    at: Location


class Dataset(Struct, frozen=True):
    """What charts are made from: a model, a function, or a query over both."""

    name: str
    label: str
    description: str
    kind: str
    """`model`, `function` or `sql`."""
    of: str
    """The name of the model or function, or the query."""
    arguments: Mapping[str, object]
    """Of the function, beside what filters give."""
    period: str | None
    """The column of a model that the period is about."""
    filters: Mapping[str, str]
    """Filter → the column of a model that it is about."""
    columns: Mapping[str, str]
    """Further columns: name → SQL."""
    links: Mapping[str, Link]
    """Further columns that lead somewhere, by name."""
    metrics: tuple[Metric, ...]
    labels: Mapping[str, str]
    formats: Mapping[str, str]
    at: Location
    places: Mapping[str, Location] = field(default_factory=dict)


class Choice(Struct, frozen=True):
    """A choice of a filter, and the arguments that it stands for."""

    label: str
    arguments: Mapping[str, str]


class Filter(Struct, frozen=True):
    """What a person may choose on a dashboard."""

    name: str
    label: str
    description: str
    type: str
    """`period` or `select`."""
    argument: str
    """Of the functions that take it."""
    column: str
    model: str | None
    expression: str
    """Where the choices come from: SQL over the model."""
    sql: str
    """Or a query for them, with what each means: columns `value` and `label`."""
    choices: tuple[Choice, ...]
    value: str | None
    """What a choice means: an expression of Jinja over `value`."""
    multiple: bool
    required: bool
    """Is something always chosen, at first the first?"""
    end: str | None
    days: int
    at: Location


class Chart(Struct, frozen=True):
    """One chart of a dashboard."""

    name: str
    label: str
    description: str
    type: str
    dataset: str
    metrics: tuple[str, ...]
    by: tuple[str, ...]
    x: str | None
    y: str | None
    series: str | None
    size: str | None
    columns: tuple[str, ...]
    where: str | None
    order: str | None
    limit: int | None
    grain: str | None
    format: str | None
    stacked: bool
    horizontal: bool
    ignores: tuple[str, ...]
    """Filters of the dashboard that the chart does not follow."""
    options: Mapping[str, object]
    """Settings of the program that shows it, as they are."""
    change: str
    at: Location


class Row(Struct, frozen=True):
    """A row of a dashboard: charts from left to right, or a text."""

    charts: tuple[str, ...]
    widths: tuple[int, ...]
    height: int
    text: str
    at: Location


class Dashboard(Struct, frozen=True):
    """A dashboard: its charts in rows, and what can be chosen on it."""

    name: str
    label: str
    description: str
    filters: tuple[str, ...]
    charts: tuple[Chart, ...]
    rows: tuple[Row, ...]
    owner: str | None
    tags: tuple[str, ...]
    at: Location


class Currency(Struct, frozen=True):
    """Where the currency of all money is written: SQL over a model, for its ISO 4217 code."""

    model: str
    expression: str
    at: Location


class Dashboards(Struct, frozen=True):
    """All that files of dashboards state, by name."""

    datasets: Mapping[str, Dataset]
    filters: Mapping[str, Filter]
    dashboards: Mapping[str, Dashboard]
    currency: Currency | None = None
