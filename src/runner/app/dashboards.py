"""The dashboards of a project: their files read, their queries tried on what is published."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from runner.app.load import Loaded
from runner.bi.charts import Made
from runner.bi.datasets import Query, Relation, choices_of, query_of
from runner.bi.formats import spoken
from runner.bi.jinja import Chosen, filled
from runner.engines import ColumnType, Session
from runner.errors import DatabaseError, Location, ProjectError, RunnerError, collect, did_you_mean
from runner.project.dashboard_files import read_dashboards
from runner.project.dashboards import Dashboards, Dataset, Filter, Metric
from runner.project.nodes import Kind

PUBLISHED = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT, Kind.FUNCTION)
ALL_OPEN = Chosen()


def defined_dashboards(loaded: Loaded) -> Dashboards:
    """What the files of the project and of the packages that it builds upon state.

    Those of the project come last, and so replace what has the same name.
    """
    return read_dashboards(loaded.packages, loaded.memory.contents)


def relations_of(loaded: Loaded) -> dict[str, Relation]:
    """What dashboards may read, by name. The project's own replace a package's."""
    found: dict[str, Relation] = {}
    own = {loaded.config.name, *loaded.config.bases}
    for node in sorted(loaded.nodes.values(), key=lambda node: node.package in own):
        if node.kind not in PUBLISHED or node.relation is None or node.is_ephemeral:
            continue
        signature = node.definition.signature
        arguments = (
            tuple(a.name for a in signature.arguments)
            if node.is_table_function and signature is not None
            else None
        )
        if node.kind is Kind.FUNCTION and arguments is None:
            continue
        found[node.name] = Relation(
            node.name, node.relation.schema, node.relation.identifier,
            _one_line(node.properties.description),
            {c.name: _one_line(c.description) for c in node.properties.columns}, arguments,
        )  # fmt: skip
    return found


def variables_of(loaded: Loaded) -> dict[str, object]:
    """The project's variables, over those of the packages that it builds upon."""
    found: dict[str, object] = {}
    for name in reversed(loaded.config.bases):
        found.update(loaded.world.packages[name].vars)
    return {**found, **loaded.config.vars, **loaded.world.cli_vars}


def tried(
    defined: Dashboards,
    relations: Mapping[str, Relation],
    variables: Mapping[str, object],
    session: Session,
    project: str,
) -> tuple[dict[str, Made], dict[str, tuple[Query, tuple[ColumnType, ...]]]]:
    """Every dataset and every filter's choices, with what the database says of their columns.

    Each query is tried with nothing chosen and with something chosen in every filter.
    Raises ProjectError, or an ErrorGroup of them, with the places of what does not work.
    """
    columns: dict[str, tuple[str, ...]] = {}

    def columns_of(relation: Relation) -> tuple[str, ...]:
        if relation.name not in columns:
            found = session.describe(f"select * from {relation}")
            columns[relation.name] = tuple(c.name for c in found)
        return columns[relation.name]

    currency = _currency(defined, relations, session)
    errors: list[RunnerError] = []
    made: dict[str, Made] = {}
    choices: dict[str, tuple[Query, tuple[ColumnType, ...]]] = {}
    for dataset in defined.datasets.values():
        try:
            query = query_of(dataset, defined, relations, columns_of, variables, project)
            tested = _made(dataset, query, defined, relations, session)
            made[dataset.name] = replace(tested, currency=currency)
        except RunnerError as error:
            errors.append(error.placed(dataset.at))
    for each in defined.filters.values():
        try:
            if each.type == "select":
                query = choices_of(each, relations, variables)
                choices[each.name] = (query, _tried(query.sql, each.at, each.name, session))
        except RunnerError as error:
            errors.append(error.placed(each.at))
    collect(errors)
    return made, choices


def _currency(
    defined: Dashboards, relations: Mapping[str, Relation], session: Session
) -> str | None:
    """The code of the currency, as the published data has it."""
    given = defined.currency
    if given is None:
        return None
    if given.model not in relations:
        raise ProjectError(
            f"currency reads {given.model}, which does not exist", at=given.at,
            hint=did_you_mean(given.model, relations),
        )  # fmt: skip
    sql = f"select {given.expression} as currency from {relations[given.model]}"
    _tried(sql, given.at, "currency", session)
    rows = session.query(sql, 1).values
    return str(rows[0][0]) if rows and rows[0][0] is not None else None


def _made(
    dataset: Dataset, query: Query, defined: Dashboards, relations: Mapping[str, Relation],
    session: Session,
) -> Made:  # fmt: skip
    at = dataset.places.get(dataset.kind, dataset.at)
    plain = filled(query.sql, ALL_OPEN)
    columns = _tried(plain, at, dataset.name, session)
    _tried(filled(query.sql, _something(defined.filters)), at, dataset.name, session)
    metrics: dict[str, tuple[Metric, str]] = {}
    for metric in dataset.metrics:
        (typed,) = _tried(
            f"select {metric.expression} as value from ({plain}) as data", metric.at, metric.name,
            session,
        )  # fmt: skip
        metrics[metric.name] = (metric, typed.type)
    said: dict[str, str] = {}
    for name in query.reads:
        said.update({k: v for k, v in relations[name].columns.items() if v and k not in said})
    if dataset.kind != "sql":
        said[""] = relations[dataset.of].description
    labelled = {
        name: (replace(m, label=m.label or dataset.labels.get(name) or spoken(name)), type)
        for name, (m, type) in metrics.items()
    }
    return Made(dataset, query, columns, labelled, said)


def _something(filters: Mapping[str, Filter]) -> Chosen:
    """Something chosen in every filter."""
    values = {
        each.column: [each.choices[0].label if each.choices else "a"]
        for each in filters.values()
        if each.type == "select"
    }
    return Chosen(("2025-01-01", "2025-02-01"), values)


def _tried(sql: str, at: Location, name: str, session: Session) -> tuple[ColumnType, ...]:
    try:
        return session.describe(sql)
    except DatabaseError as error:
        # The database lists all that it would have taken; the first sentence says what is wrong.
        message = error.message.split("\n\n")[0].partition("\tCandidate")[0]
        message = " ".join(message.split())
        raise ProjectError(f"{name} cannot be asked: {message}", at=at) from None


def _one_line(text: str) -> str:
    return " ".join(text.split())
