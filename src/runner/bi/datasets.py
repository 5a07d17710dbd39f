"""Datasets: a model, a function or a query as SQL that the filters of a dashboard reach.

What relations and their columns are, the caller says; nothing is asked of a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from runner.bi.bundle import slug
from runner.bi.jinja import (
    DAY,
    FIRST_DAY,
    LAST_DAY,
    call,
    column_filters,
    condition,
    label,
    link,
    preamble,
    understood,
)
from runner.errors import Location, ProjectError, did_you_mean
from runner.project.dashboards import Dashboards, Dataset, Filter
from runner.project.nodes import quote


class Relation(Struct, frozen=True):
    """A published model, seed or function."""

    name: str
    schema: str
    identifier: str
    description: str
    columns: Mapping[str, str]
    """Column → what YAML says of it."""
    arguments: tuple[str, ...] | None
    """Of a function: the names of its arguments."""

    def __str__(self) -> str:
        return f"{_name(self.schema)}.{_name(self.identifier)}"


class Query(Struct, frozen=True):
    """A dataset's SQL, as a template for Superset."""

    sql: str
    filters: tuple[str, ...]
    """Names of the filters that reach it."""
    reads: tuple[str, ...]
    """Names of what it reads."""

    @property
    def has_period(self) -> bool:
        return DAY in self.sql


Columns = Callable[[Relation], tuple[str, ...]]
"""The names of a relation's columns, as the database has them."""


def query_of(
    dataset: Dataset,
    defined: Dashboards,
    relations: Mapping[str, Relation],
    columns: Columns,
    variables: Mapping[str, object],
    project: str,
) -> Query:
    """The dataset's query. variables: of the project, for queries that ask `var`.

    project: its name, which the addresses of its dashboards begin with. Raises ProjectError with the place of what does not exist.
    """
    lookups = {
        each.name: _lookup(each, relations, variables)
        for each in defined.filters.values()
        if each.sql
    }
    more = _More(_links(dataset, defined, project), lookups)
    if dataset.kind == "sql":
        return _of_sql(dataset, defined, relations, variables, more)
    relation = _found(dataset, dataset.of, relations, function=dataset.kind == "function")
    if dataset.kind == "function":
        taken = understood(defined.filters, relation.arguments or ())
        _check_arguments(dataset, relation)
        source = call(str(relation), relation.arguments or (), taken, dataset.arguments)
        return _wrapped(dataset, f"select * from {source}", taken, (relation.name,), more)
    named = column_filters(dataset, defined.filters, columns(relation))
    taken = [each for each in defined.filters.values() if each.name in named]
    for name, column in named.items():
        if column not in columns(relation):
            raise ProjectError(
                f"{relation.name} has no column {column!r}, which filter {name} is about",
                at=dataset.places.get("filters" if name in dataset.filters else "period", dataset.at),
                hint=did_you_mean(column, columns(relation)),
            )  # fmt: skip
    body = f"select * from {relation}\nwhere {condition(taken, named)}"
    return _wrapped(dataset, body, taken, (relation.name,), more)


class _More(Struct, frozen=True):
    """What is written around a query: links by column, and what choices mean by filter."""

    links: Mapping[str, str]
    lookups: Mapping[str, str]


def _links(dataset: Dataset, defined: Dashboards, project: str) -> Mapping[str, str]:
    """Column → SQL of what leads to a dashboard."""
    found = {}
    for name, given in dataset.links.items():
        dashboard = defined.dashboards.get(given.dashboard)
        if dashboard is None:
            raise ProjectError(
                f"link {name} leads to the dashboard {given.dashboard!r}, which does not exist",
                at=given.at, hint=did_you_mean(given.dashboard, defined.dashboards),
            )  # fmt: skip
        if given.filter not in dashboard.filters or given.filter not in defined.filters:
            raise ProjectError(
                f"link {name}: the dashboard {dashboard.name} has no filter {given.filter!r}",
                at=given.at, hint=did_you_mean(given.filter, dashboard.filters),
            )  # fmt: skip
        address = f"/superset/dashboard/{slug(project, dashboard.name)}/"
        found[name] = link(address, defined.filters[given.filter], f"data.{_name(given.column)}")
    return found


def _wrapped(
    dataset: Dataset, body: str, taken: list[Filter], reads: tuple[str, ...],
    around: _More, labelled: tuple[str, ...] = (),
) -> Query:  # fmt: skip
    """labelled: filters whose labels the body asks for, whether or not it follows them."""
    period = next((each for each in taken if each.type == "period"), None)
    further = {**dataset.columns, **around.links}
    more = "".join(f",\n    {sql} as {_name(name)}" for name, sql in further.items())
    if period is not None:
        more += f",\n    cast({LAST_DAY} as date) as {DAY}"
    named = {*labelled, *(each.name for each in taken)}
    lookups = {name: sql for name, sql in around.lookups.items() if name in named}
    head = preamble(taken, lookups)
    inner = "\n".join(f"    {line}" if line else "" for line in body.strip().split("\n"))
    sql = f"select\n    data.*{more}\nfrom (\n{inner}\n) as data"
    return Query(f"{head}\n{sql}" if head else sql, tuple(each.name for each in taken), reads)


def _of_sql(
    dataset: Dataset,
    defined: Dashboards,
    relations: Mapping[str, Relation],
    variables: Mapping[str, object],
    more: _More,
) -> Query:
    """A query of the project's own, in the language that docs/superset.md describes."""
    from jinja2 import Environment, StrictUndefined, TemplateError

    used: dict[str, Filter] = {}
    reads: dict[str, None] = {}
    labelled: dict[str, None] = {}

    def found(name: str, *, function: bool) -> Relation:
        relation = _found(dataset, name, relations, function=function)
        reads[name] = None
        return relation

    def ref(name: str) -> str:
        return str(found(name, function=False))

    def function(name: str) -> str:
        return str(found(name, function=True))

    def report(name: str, **given: object) -> str:
        relation = found(name, function=True)
        taken = understood(defined.filters, relation.arguments or ())
        used.update({each.name: each for each in taken})
        return call(str(relation), relation.arguments or (), taken, given)

    def kept(**columns: str) -> str:
        for name in columns:
            _filter(name)
        return condition([used[name] for name in columns], columns)

    def chosen(name: str, then: str, otherwise: str) -> str:
        _filter(name)
        return f"{{% if {name} %}}{then}{{% else %}}{otherwise}{{% endif %}}"

    def called(name: str, value: str) -> str:
        each = _defined(name)
        labelled[name] = None
        if not each.sql:
            raise ProjectError(
                f"dataset {dataset.name}: the choices of filter {name} have no labels",
                at=dataset.places.get("sql", dataset.at), hint="give it choices: {sql: …}",
            )  # fmt: skip
        return label(each, value)

    def var(name: str) -> object:
        return _variable(
            name, variables, f"dataset {dataset.name}", dataset.places.get("sql", dataset.at)
        )

    def _defined(name: str) -> Filter:
        if name not in defined.filters:
            raise ProjectError(
                f"dataset {dataset.name} names the filter {name!r}, which does not exist",
                at=dataset.places.get("sql", dataset.at), hint=did_you_mean(name, defined.filters),
            )  # fmt: skip
        return defined.filters[name]

    def _filter(name: str) -> Filter:
        used[name] = _defined(name)
        return used[name]

    def _day(day: str) -> str:
        _filter("period")
        return day

    names = {
        "ref": ref, "function": function, "report": report, "kept": kept, "chosen": chosen, "var": var,
        "label": called,
        "first_day": lambda: _day(FIRST_DAY), "last_day": lambda: _day(LAST_DAY),
    }  # fmt: skip
    try:
        body = Environment(undefined=StrictUndefined).from_string(dataset.of).render(names)
    except TemplateError as error:
        raise ProjectError(
            f"the sql of dataset {dataset.name}: {error}",
            at=dataset.places.get("sql", dataset.at),
        ) from None
    ordered = [each for each in defined.filters.values() if each.name in used]
    return _wrapped(dataset, body, ordered, tuple(reads), more, tuple(labelled))


def _variable(name: str, variables: Mapping[str, object], what: str, at: Location) -> object:
    if name not in variables:
        raise ProjectError(
            f"{what} reads the variable {name!r}, which does not exist", at=at,
            hint=did_you_mean(name, variables),
        )  # fmt: skip
    return variables[name]


def _lookup(
    each: Filter, relations: Mapping[str, Relation], variables: Mapping[str, object]
) -> str:
    """The query for a filter's choices, as it states it: columns `value` and `label`."""
    from jinja2 import Environment, StrictUndefined, TemplateError

    def ref(name: str) -> str:
        return str(_read_by(each, name, relations))

    def var(name: str) -> object:
        return _variable(name, variables, f"filter {each.name}", each.at)

    try:
        rendered = (
            Environment(undefined=StrictUndefined).from_string(each.sql).render(ref=ref, var=var)
        )
    except TemplateError as error:
        raise ProjectError(f"the choices of filter {each.name}: {error}", at=each.at) from None
    return rendered.strip()


def _read_by(each: Filter, name: str, relations: Mapping[str, Relation]) -> Relation:
    if name not in relations:
        raise ProjectError(
            f"filter {each.name} reads {name}, which does not exist", at=each.at,
            hint=did_you_mean(name, relations),
        )  # fmt: skip
    return relations[name]


def choices_of(
    each: Filter, relations: Mapping[str, Relation], variables: Mapping[str, object]
) -> Query:
    """The query for what can be chosen in a filter: one column, and the choices' order."""
    if each.choices:
        rows = ",\n    ".join(
            f"({number}, '{choice.label.replace(chr(39), chr(39) * 2)}')"
            for number, choice in enumerate(each.choices, 1)
        )
        sql = f"select * from (values\n    {rows}\n) as choices (position, {each.column})"
        return Query(sql, (), ())
    if each.sql:
        lookup = _lookup(each, relations, variables)
        made = f"select choices.label as {each.column} from (\n{lookup}\n    ) as choices"
    else:
        assert each.model is not None
        relation = _read_by(each, each.model, relations)
        made = f"select {each.expression} as {each.column}\n    from {relation}"
    sql = (
        f"select\n    row_number() over (order by choices.{each.column}) as position,\n"
        f"    choices.{each.column}\nfrom (\n    {made}\n    group by 1\n) as choices\n"
        f"where choices.{each.column} is not null"
    )
    return Query(sql, (), (each.model,) if each.model else ())


def _found(
    dataset: Dataset, name: str, relations: Mapping[str, Relation], *, function: bool
) -> Relation:
    relation = relations.get(name)
    if relation is None or (relation.arguments is not None) is not function:
        word = "function" if function else "model"
        there = [r.name for r in relations.values() if (r.arguments is not None) is function]
        raise ProjectError(
            f"dataset {dataset.name} reads the {word} {name!r}, which does not exist",
            at=dataset.places.get(dataset.kind, dataset.at), hint=did_you_mean(name, there),
        )  # fmt: skip
    return relation


def _check_arguments(dataset: Dataset, relation: Relation) -> None:
    for name in dataset.arguments:
        if name not in (relation.arguments or ()):
            raise ProjectError(
                f"{relation.name} has no argument {name!r}",
                at=dataset.places.get("arguments", dataset.at),
                hint=did_you_mean(name, relation.arguments or ()),
            )


def _name(identifier: str) -> str:
    return identifier if identifier.isidentifier() else quote(identifier)
