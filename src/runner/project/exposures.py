"""Dashboards as exposures, so that lineage, selection and artifacts show what they are made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from runner.errors import Location, ProjectError, did_you_mean
from runner.project.dashboards import Dashboard, Dashboards, Dataset, Filter
from runner.project.nodes import Definition, Kind, Properties

_CALLED = re.compile(r"\b(ref|function|report)\(\s*['\"](\w+)['\"]")


def exposures(
    defined: Dashboards, package: str, root: str, stated: Sequence[Definition]
) -> Iterator[Definition]:
    """An exposure for each dashboard. stated: all other definitions, of packages too.

    Raises ProjectError for what a dataset or a filter reads and does not exist, and where an exposure of the
    same name is written out.
    """
    for dataset in defined.datasets.values():
        at = dataset.places.get(dataset.kind, dataset.at)
        for word, name in _named(dataset):
            _check(f"dataset {dataset.name}", word, name, stated, at)
    for each in defined.filters.values():
        for name in _asked(each):
            _check(f"filter {each.name}", "ref", name, stated, each.at)
    there = {d.name: d for d in stated if d.kind is Kind.EXPOSURE and d.package == package}
    for dashboard in defined.dashboards.values():
        if dashboard.name in there:
            raise ProjectError(
                f"{dashboard.name} is an exposure already: {there[dashboard.name].shown}",
                at=dashboard.at,
                hint="a dashboard is one by itself: leave out the exposure, or rename it",
            )
        shown = dashboard.at.path
        extra = {
            "name": dashboard.name,
            "label": dashboard.label,
            "type": "dashboard",
            "owner": {"name": dashboard.owner or package},
            "depends_on": list(dict.fromkeys(_reads(dashboard, defined))),
        }
        yield Definition(
            kind=Kind.EXPOSURE, name=dashboard.name, package=package,
            path=PurePosixPath(shown).name, file=shown, shown=shown, root=root,
            properties=Properties(
                description=dashboard.description,
                config={"tags": list(dashboard.tags)} if dashboard.tags else {},
                extra=extra, path=shown, at=dashboard.at,
            ),
            fqn=(package, "dashboards", dashboard.name),
        )  # fmt: skip


def _check(reader: str, word: str, name: str, stated: Sequence[Definition], at: Location) -> None:
    kinds = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT) if word == "ref" else (Kind.FUNCTION,)
    names = {d.name for d in stated if d.kind in kinds}
    if name not in names:
        what = "model" if word == "ref" else "function"
        raise ProjectError(
            f"{reader} reads the {what} {name!r}, which does not exist",
            at=at, hint=did_you_mean(name, names),
        )  # fmt: skip


def _reads(dashboard: Dashboard, defined: Dashboards) -> Iterator[str]:
    for chart in dashboard.charts:
        if chart.dataset in defined.datasets:
            for word, name in _named(defined.datasets[chart.dataset]):
                yield f"{{{{ {word}('{name}') }}}}"
    for filter_name in dashboard.filters:
        if filter_name in defined.filters:
            for name in _asked(defined.filters[filter_name]):
                yield f"{{{{ ref('{name}') }}}}"


def _asked(each: Filter) -> Iterator[str]:
    """The models that a filter's choices come from."""
    if each.model is not None:
        yield each.model
    for _, name in _CALLED.findall(each.sql):
        yield name


def _named(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """What a dataset reads: `ref` or `function`, and the name."""
    if dataset.kind == "sql":
        for word, name in _CALLED.findall(dataset.of):
            yield ("ref" if word == "ref" else "function"), name
    else:
        yield ("ref" if dataset.kind == "model" else "function"), dataset.of
