"""Dashboards as a project defines them: YAML files in `dashboards/` to frozen values.

A file has the sections `datasets`, `filters`, `dashboards` and `currency`. Reads and checks their form, with the
place of every mistake; knows nothing of models and columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct

from runner.errors import Location, ProjectError, did_you_mean
from runner.project import yaml
from runner.project.dashboards import (
    CHARTS,
    COLUMNS,
    Chart,
    Choice,
    Currency,
    Dashboard,
    Dashboards,
    Dataset,
    Filter,
    Link,
    Metric,
    Row,
)
from runner.project.files import Package, read_file
from runner.project.nodes import NOTHING
from runner.project.store import Contents

SECTIONS = ("datasets", "filters", "dashboards", "currency")
DATASET = ("name", "label", "description", "model", "function", "sql", "arguments", "period",
           "filters", "columns", "links", "metrics", "labels", "formats")  # fmt: skip
LINK = ("dashboard", "filter", "column")
METRIC = ("name", "label", "description", "expression", "ratio", "format")
FILTER = ("name", "label", "description", "type", "argument", "column", "choices", "value", "multiple", "required",
          "end", "days")  # fmt: skip
CHART = ("name", "label", "description", "type", "dataset", "metric", "metrics", "by", "x", "y",
         "series", "size", "columns", "where", "order", "limit", "grain", "format", "stacked",
         "horizontal", "ignores", "options", "change")  # fmt: skip
DASHBOARD = ("name", "label", "description", "filters", "charts", "rows", "owner", "tags")
ROW = ("charts", "height", "widths", "text")


T = TypeVar("T")


def read_dashboards(packages: Sequence[Package], contents: Contents) -> Dashboards:
    """The definitions of a project and of the packages that it builds upon.

    packages: the project first. What is defined there replaces what has the same name in a package.
    A file without any of the sections is somebody else's in a project of dbt's.
    Raises ProjectError with the place of what is wrong.
    """
    datasets: dict[str, Dataset] = {}
    filters: dict[str, Filter] = {}
    dashboards: dict[str, Dashboard] = {}
    currency: Currency | None = None
    bases = packages[0].config.bases
    files = [
        (file, package.config.strict)
        for package in reversed(packages)
        if package.is_root or package.name in bases
        for file in package.files
        if file.section == "dashboard-paths"
    ]
    for file, strict in files:
        text = read_file(file, contents)
        loaded = yaml.load(text, file.shown, strict=strict)
        if loaded is None or (
            not strict and not (isinstance(loaded, dict) and set(SECTIONS) & set(loaded))
        ):
            continue
        page = _Page(file.shown, text)
        if not isinstance(loaded, yaml.Map):
            raise ProjectError("a file of dashboards is a mapping of sections", at=page.top())
        page.known(loaded, SECTIONS, "the file")
        _gather(page, loaded.get("datasets"), "datasets", _dataset, datasets)
        _gather(page, loaded.get("filters"), "filters", _filter, filters)
        _gather(page, loaded.get("dashboards"), "dashboards", _dashboard, dashboards)
        currency = _currency(page, loaded) or currency
    return Dashboards(datasets, filters, dashboards, currency)


def _currency(page: _Page, loaded: yaml.Map) -> Currency | None:
    given = loaded.get("currency")
    if given is None:
        return None
    at = page.at(loaded, "currency")
    if not isinstance(given, yaml.Map):
        raise ProjectError("currency is a mapping of model and expression", at=at)
    page.known(given, ("model", "expression"), "currency")
    model, expression = (page.text(given, k, at, required=True) for k in ("model", "expression"))
    return Currency(model, expression, at)


def _gather(
    page: _Page, items: object, section: str, make: Callable[[_Page, yaml.Map, Location], T],
    found: dict[str, T],
) -> None:  # fmt: skip
    seen: set[str] = set()
    for item, at in page.items(items, section):
        name = page.text(item, "name", at, required=True)
        if name in seen:
            raise ProjectError(f"{section} has {name!r} twice", at=at)
        seen.add(name)
        found[name] = make(page, item, at)


class _Page(Struct, frozen=True):
    """A file being read."""

    shown: str
    content: str

    def top(self) -> Location:
        return Location(self.shown, 1)

    def place(self, line: int, column: int, length: int = 1) -> Location:
        lines = self.content.split("\n")
        return Location(self.shown, line, column, lines[line - 1], length)

    def at(self, item: yaml.Map, key: str) -> Location:
        """The place of a key of a mapping."""
        lines = self.content.split("\n")
        start = item.column - 1
        for number in range(item.line - 1, len(lines)):
            line = lines[number]
            here = line[start:] if number == item.line - 1 else line
            found = here.find(f"{key}:")
            if found >= 0:
                column = found + (start if number == item.line - 1 else 0) + 1
                return self.place(number + 1, column, len(key))
        return self.place(item.line, item.column)

    def known(self, item: yaml.Map, keys: tuple[str, ...], what: str) -> None:
        for key in item:
            if key not in keys:
                raise ProjectError(
                    f"unknown key {key!r} in {what}", at=self.at(item, key),
                    hint=did_you_mean(key, keys) or f"known are: {', '.join(keys)}",
                )  # fmt: skip

    def items(self, items: object, what: str) -> Iterable[tuple[yaml.Map, Location]]:
        if items is None:
            return
        if not isinstance(items, yaml.Seq):
            raise ProjectError(f"{what} must be a list", at=self.top())
        for item, (line, column) in zip(items, items.places, strict=True):
            at = self.place(line, column)
            if not isinstance(item, yaml.Map):
                raise ProjectError(f"an item of {what} must be a mapping", at=at)
            yield item, at

    def text(self, item: yaml.Map, key: str, at: Location, *, required: bool = False) -> str:
        value = item.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not value.strip():
            raise ProjectError(
                f"{key} must be a text" if key in item else f"{key} is missing",
                at=self.at(item, key) if key in item else at,
            )
        return value.strip()

    def optional(self, item: yaml.Map, key: str, at: Location) -> str | None:
        return self.text(item, key, at) or None

    def texts(self, item: yaml.Map, key: str) -> tuple[str, ...]:
        value = item.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise ProjectError(f"{key} must be a list of texts", at=self.at(item, key))
        return tuple(value)

    def mapping(self, item: yaml.Map, key: str) -> Mapping[str, object]:
        value = item.get(key)
        if value is None:
            return NOTHING
        if not isinstance(value, Mapping):
            raise ProjectError(f"{key} must be a mapping", at=self.at(item, key))
        return value

    def words(self, item: yaml.Map, key: str) -> Mapping[str, str]:
        return {str(k): str(v) for k, v in self.mapping(item, key).items()}

    def number(self, item: yaml.Map, key: str, default: int | None) -> int | None:
        value = item.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ProjectError(f"{key} must be a whole number from 1", at=self.at(item, key))
        return value

    def flag(self, item: yaml.Map, key: str, *, default: bool = False) -> bool:
        value = item.get(key, default)
        if not isinstance(value, bool):
            raise ProjectError(f"{key} must be true or false", at=self.at(item, key))
        return value


def _said(page: _Page, item: yaml.Map, at: Location) -> tuple[str, str, str]:
    name = page.text(item, "name", at, required=True)
    label = page.text(item, "label", at) or name.replace("_", " ").capitalize()
    return name, label, " ".join(page.text(item, "description", at).split())


def _dataset(page: _Page, item: yaml.Map, at: Location) -> Dataset:
    name, label, description = _said(page, item, at)
    page.known(item, DATASET, f"dataset {name}")
    kinds = [kind for kind in ("model", "function", "sql") if kind in item]
    if len(kinds) != 1:
        raise ProjectError(
            f"dataset {name} must have one of model, function and sql", at=at,
            hint="write model: fct_orders",
        )  # fmt: skip
    filters = {key: str(value) for key, value in page.mapping(item, "filters").items()}
    places = {key: page.at(item, key) for key in item}
    return Dataset(
        name, label, description, kinds[0], page.text(item, kinds[0], at, required=True),
        page.mapping(item, "arguments"), page.optional(item, "period", at), filters,
        page.words(item, "columns"), dict(_links(page, item, name)), tuple(_metrics(page, item)),
        page.words(item, "labels"), page.words(item, "formats"), at, places,
    )  # fmt: skip


def _links(page: _Page, item: yaml.Map, dataset: str) -> Iterable[tuple[str, Link]]:
    for name, given in page.mapping(item, "links").items():
        if not isinstance(given, yaml.Map):
            raise ProjectError(
                f"link {name} is a mapping of {', '.join(LINK)}", at=page.at(item, "links")
            )
        at = page.place(given.line, given.column)
        page.known(given, LINK, f"link {name} of dataset {dataset}")
        dashboard, filter, column = (page.text(given, key, at, required=True) for key in LINK)
        yield str(name), Link(dashboard, filter, column, at)


def _metrics(page: _Page, item: yaml.Map) -> Iterable[Metric]:
    given = item.get("metrics")
    if given is None:
        return
    if not isinstance(given, yaml.Seq):
        raise ProjectError("metrics must be a list", at=page.at(item, "metrics"))
    for entry, (line, column) in zip(given, given.places, strict=True):
        at = page.place(line, column)
        if isinstance(entry, str):
            yield Metric(entry, "", "", f"sum({entry})", None, page.place(line, column, len(entry)))
            continue
        if not isinstance(entry, yaml.Map):
            raise ProjectError("a metric is a column, or a mapping with its expression", at=at)
        name = page.text(entry, "name", at, required=True)
        page.known(entry, METRIC, f"metric {name}")
        ratio = page.texts(entry, "ratio")
        expression = page.text(entry, "expression", at) or f"sum({name})"
        if ratio:
            if len(ratio) != 2 or "expression" in entry:
                raise ProjectError(
                    f"the ratio of {name} must be two columns, and no expression",
                    at=page.at(entry, "ratio"),
                )
            expression = f"sum({ratio[0]})::double / nullif(sum({ratio[1]}), 0)"
        yield Metric(
            name, page.text(entry, "label", at), " ".join(page.text(entry, "description", at).split()),
            expression, page.optional(entry, "format", at), at,
        )  # fmt: skip


def _filter(page: _Page, item: yaml.Map, at: Location) -> Filter:
    name, label, description = _said(page, item, at)
    page.known(item, FILTER, f"filter {name}")
    type = page.text(item, "type", at) or "select"
    if type not in ("period", "select"):
        raise ProjectError(f"type is {type!r}: period or select", at=page.at(item, "type"))
    given = item.get("choices")
    model, expression, sql, choices = None, "", "", []
    if isinstance(given, yaml.Map) and "sql" in given:
        page.known(given, ("sql",), f"the choices of {name}")
        sql = page.text(given, "sql", at, required=True)
    elif isinstance(given, yaml.Map):
        page.known(given, ("model", "expression"), f"the choices of {name}")
        model = page.text(given, "model", at, required=True)
        expression = page.text(given, "expression", at, required=True)
    for choice, place in page.items(given if isinstance(given, yaml.Seq) else None, "choices"):
        page.known(choice, ("label", "arguments"), f"a choice of {name}")
        label_of = page.text(choice, "label", place, required=True)
        choices.append(Choice(label_of, page.words(choice, "arguments")))
    if type == "select" and model is None and not sql and not choices:
        raise ProjectError(f"filter {name} has no choices", at=at)
    days = page.number(item, "days", 365)
    assert days is not None
    return Filter(
        name, label, description, type, page.text(item, "argument", at) or name,
        page.text(item, "column", at) or name, model, expression, sql, tuple(choices),
        page.optional(item, "value", at), page.flag(item, "multiple", default=not choices), page.flag(item, "required"),
        page.optional(item, "end", at), days, at,
    )  # fmt: skip


def _dashboard(page: _Page, item: yaml.Map, at: Location) -> Dashboard:
    name, label, description = _said(page, item, at)
    page.known(item, DASHBOARD, f"dashboard {name}")
    charts: dict[str, Chart] = {}
    _gather(page, item.get("charts"), f"charts of {name}", _chart, charts)
    rows = tuple(_rows(page, item, charts, name))
    placed = {chart for row in rows for chart in row.charts}
    for chart in charts.values():
        if chart.name not in placed:
            raise ProjectError(f"chart {chart.name} stands in no row of {name}", at=chart.at)
    return Dashboard(
        name, label, description, page.texts(item, "filters"), tuple(charts.values()), rows,
        page.optional(item, "owner", at), page.texts(item, "tags"), at,
    )  # fmt: skip


def _rows(page: _Page, item: yaml.Map, charts: Mapping[str, Chart], name: str) -> Iterable[Row]:
    given = item.get("rows")
    if not isinstance(given, yaml.Seq):
        raise ProjectError(f"dashboard {name} has no rows", at=page.place(item.line, item.column))
    used: set[str] = set()
    for row, (line, column) in zip(given, given.places, strict=True):
        at = page.place(line, column)
        body = yaml.Map(charts=row) if isinstance(row, list) else row
        if not isinstance(body, yaml.Map):
            raise ProjectError("a row is a list of charts, or a mapping", at=at)
        if body is not row:
            body.line, body.column = line, column
        page.known(body, ROW, f"a row of {name}")
        names = page.texts(body, "charts")
        for chart in names:
            if chart not in charts or chart in used:
                twice = chart in used
                raise ProjectError(
                    f"chart {chart!r} " + ("stands in two rows" if twice else "does not exist"),
                    at=at, hint=None if twice else did_you_mean(chart, charts),
                )  # fmt: skip
            used.add(chart)
        text = page.text(body, "text", at)
        if not names and not text:
            raise ProjectError("a row has neither charts nor text", at=at)
        yield Row(names, _widths(body, len(names), at), page.number(body, "height", None) or (
            50 if names else 8), text, at)  # fmt: skip


def _widths(body: yaml.Map, count: int, at: Location) -> tuple[int, ...]:
    given = body.get("widths")
    if given is None:
        each, more = divmod(COLUMNS, max(count, 1))
        return tuple(each + (1 if number < more else 0) for number in range(count))
    if not isinstance(given, list) or len(given) != count or not all(
        isinstance(w, int) for w in given
    ) or sum(given) > COLUMNS:  # fmt: skip
        raise ProjectError(f"widths must be {count} numbers, {COLUMNS} together", at=at)
    return tuple(given)


def _chart(page: _Page, item: yaml.Map, at: Location) -> Chart:
    name, label, description = _said(page, item, at)
    page.known(item, CHART, f"chart {name}")
    type = page.text(item, "type", at, required=True)
    if type not in CHARTS:
        raise ProjectError(
            f"there is no chart of type {type!r}", at=page.at(item, "type"),
            hint=did_you_mean(type, CHARTS) or f"there are: {', '.join(CHARTS)}",
        )  # fmt: skip
    metric = page.text(item, "metric", at)
    return Chart(
        name, label, description, type, page.text(item, "dataset", at, required=True),
        (metric,) if metric else page.texts(item, "metrics"), page.texts(item, "by"),
        page.optional(item, "x", at), page.optional(item, "y", at), page.optional(item, "series", at),
        page.optional(item, "size", at), page.texts(item, "columns"), page.optional(item, "where", at),
        page.optional(item, "order", at), page.number(item, "limit", None),
        page.optional(item, "grain", at), page.optional(item, "format", at),
        page.flag(item, "stacked"), page.flag(item, "horizontal"), page.texts(item, "ignores"),
        page.mapping(item, "options"), page.text(item, "change", at) or "on the period before", at,
    )  # fmt: skip
