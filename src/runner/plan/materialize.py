"""Materializations: the statements that make a relation hold what a query says.

Each is a pure function of a `Request`; an engine executes what it returns. A new one is a function
and a line in MATERIALIZATIONS. Knows nothing of steps or of how a query was compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from runner.engines import ColumnType, ObjectKind
from runner.errors import CompileError
from runner.plan.incremental import add_to_table
from runner.plan.indexes import create_indexes, refuse_alterations
from runner.plan.snapshot import first_snapshot, next_snapshot
from runner.project.nodes import Column, Config, RelationName, literal, quote
from runner.sql.tokens import without_catalog, without_semicolon


class Request(Struct, frozen=True):
    """A relation to be made.

    there: what lies at its place now. existing: that table's columns. columns: the query's columns
    (both empty for materializations that do not need them). described: columns with a description.
    """

    relation: RelationName
    query: str
    config: Config
    there: ObjectKind | None = None
    full_refresh: bool = False
    existing: tuple[ColumnType, ...] = ()
    columns: tuple[ColumnType, ...] = ()
    external_root: str = "."
    described: tuple[Column, ...] = ()
    description: str = ""


class File(Struct, frozen=True):
    """A file that a step writes beside its target, to be renamed when the build is published.

    Its folder is made where it is missing.
    """

    pending: str
    final: str


class Made(Struct, frozen=True):
    """What makes a relation: statements in their order, run in one transaction."""

    statements: tuple[str, ...]
    kind: ObjectKind = ObjectKind.TABLE
    before: tuple[str, ...] = ()
    """Statements that must run before the transaction."""
    files: tuple[File, ...] = ()
    publish: tuple[str, ...] = ()
    """Statements for the moment before publishing, when files have their final names."""


class Materialization(Struct, frozen=True):
    """How to make a relation, and what must be known of it beforehand."""

    make: Callable[[Request], Made]
    needs_columns: bool = False


def make_room(relation: RelationName, there: ObjectKind | None, wanted: ObjectKind) -> list[str]:
    """Statements that clear the place of something of another kind."""
    return [f"drop {there} {relation}"] if there not in (None, wanted) else []


def table(request: Request) -> Made:
    """A table with the rows of the query."""
    statements = [
        *make_room(request.relation, request.there, ObjectKind.TABLE),
        *_header(request),
        f"create or replace table {request.relation} as\n{without_semicolon(request.query)}",
    ]
    return Made(tuple(statements))


def view(request: Request) -> Made:
    """A view of the query. Its text names no catalog, so that the file can be opened by any name."""
    query = without_catalog(without_semicolon(request.query), request.relation.database)
    statements = [
        *make_room(request.relation, request.there, ObjectKind.VIEW),
        *_header(request),
        f"create or replace view {request.relation} as\n{query}",
    ]
    return Made(tuple(statements), ObjectKind.VIEW)


def incremental(request: Request) -> Made:
    """A table that new rows are added to; made anew when it is not there or on full refresh."""
    if request.there is not ObjectKind.TABLE or request.full_refresh:
        return table(request)
    statements = add_to_table(
        request.relation,
        without_semicolon(request.query),
        request.config,
        request.existing,
        request.columns,
    )
    if not any(statement.startswith("alter table") for statement in statements):
        return Made((*_header(request), *statements), before=_indexed_before(request))
    refuse_alterations(request.config, statements)
    return Made((*_header(request), *statements))


def _indexed_before(request: Request) -> tuple[str, ...]:
    """New indexes of a table that is there: none can be made in the transaction that updates rows."""
    return tuple(create_indexes(request.relation, request.config, request.existing))


def snapshot(request: Request) -> Made:
    """A table of every state that the query's rows were seen in (type-2 history)."""
    query = without_semicolon(request.query)
    if request.there is not ObjectKind.TABLE:
        statements = [
            *make_room(request.relation, request.there, ObjectKind.TABLE),
            first_snapshot(request.relation, query, request.config),
        ]
        return Made((*_header(request), *statements))
    statements = next_snapshot(
        request.relation, query, request.config, request.existing, request.columns
    )
    return Made((*_header(request), *statements), before=_indexed_before(request))


def table_function(request: Request) -> Made:
    """A table macro of the query, as dbt-duckdb makes it: `parameters` is a text or a list."""
    given = request.config.get("parameters")
    listed = given if isinstance(given, list | tuple) else [] if given is None else [given]
    parameters = f"({', '.join(str(parameter) for parameter in listed)})"
    create = table_macro(request.relation, parameters, request.query)
    return Made((*_header(request), create), ObjectKind.FUNCTION)


def table_macro(
    relation: RelationName, parameters: str, query: str, *, temporary: bool = False
) -> str:
    """The statement that makes a table macro."""
    body, word = macro_text(relation, query, temporary=temporary)
    return f"create or replace {word} {relation}{parameters} as table\n{body}"


def macro_text(relation: RelationName, query: str, *, temporary: bool) -> tuple[str, str]:
    """The text of a macro, which names no catalog if it is stored, and what the macro is called."""
    body = without_semicolon(query)
    if temporary:
        return body, "temp macro"
    return without_catalog(body, relation.database), "macro"


def parameter_list(parameters: Iterable[tuple[str, str | None]]) -> str:
    """Names with their defaults, as a macro declares them: `("a", "b" := null)`."""
    listed = (
        quote(name) if default is None else f"{quote(name)} := {default}"
        for name, default in parameters
    )
    return f"({', '.join(listed)})"


FORMATS = ("parquet", "csv", "json")


def external(request: Request) -> Made:
    """A file with the rows of the query, and a view that reads it."""
    config = request.config
    format_ = config.text("format") or _suffix(config.text("location")) or "parquet"
    if format_ not in FORMATS:
        raise CompileError(
            f"the format {format_!r} is not known", hint=f"one of: {', '.join(FORMATS)}"
        )
    given = config.text("location")
    location = given or f"{request.external_root}/{request.relation.identifier}.{format_}"
    options = {"format": format_, **{str(k): v for k, v in config.mapping("options").items()}}
    partitions = config.texts("partition_by") or _names(options.get("partition_by"))
    if format_ == "csv":
        options.setdefault("header", True)
        if config.text("delimiter"):
            options.setdefault("delimiter", config.text("delimiter"))
    if partitions:
        options["partition_by"] = f"({', '.join(partitions)})"
        options.setdefault("overwrite_or_ignore", True)
        if not given:
            location = f"{request.external_root}/{request.relation.identifier}"
    direct = bool(partitions) or "://" in location
    pending = location if direct else f"{location}.runner-new"
    written = ", ".join(f"{key} {_option(key, value)}" for key, value in options.items())
    statements = [
        *make_room(request.relation, request.there, ObjectKind.VIEW),
        *_header(request),
        f"copy (\n{without_semicolon(request.query)}\n) to {literal(pending)} ({written})",
        _file_view(request.relation, pending, format_, options, bool(partitions)),
    ]
    final = _file_view(request.relation, location, format_, options, bool(partitions))
    if direct:
        return Made(tuple(statements), ObjectKind.VIEW)
    return Made(
        tuple(statements), ObjectKind.VIEW, files=(File(pending, location),), publish=(final,)
    )


def _file_view(
    relation: RelationName,
    location: str,
    format_: str,
    options: Mapping[str, object],
    partitioned: bool,
) -> str:
    glob = f"{location}/**/*.{format_}" if partitioned else location
    arguments = [literal(glob)]
    if format_ == "csv":
        arguments.append("header = true")
        delimiter = options.get("delimiter") or options.get("delim") or options.get("sep")
        if delimiter:
            arguments.append(f"delim = {literal(str(delimiter))}")
    if partitioned:
        arguments.append("hive_partitioning = true")
    return f"create or replace view {relation} as\nselect * from read_{format_}({', '.join(arguments)})"


def _names(value: object) -> tuple[str, ...]:
    """Names of columns, as dbt-duckdb's options give them: a list, or `a, b` with or without ()."""
    if isinstance(value, list | tuple):
        return tuple(str(name) for name in value)
    return tuple(name.strip() for name in str(value or "").strip("() ").split(",") if name.strip())


def _suffix(location: str | None) -> str | None:
    if location is None or "." not in location.rsplit("/", 1)[-1]:
        return None
    suffix = location.rsplit(".", 1)[-1].lower()
    return suffix if suffix in FORMATS else None


def _option(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) or key in ("format", "partition_by"):
        return str(value)
    return literal(str(value))


def _header(request: Request) -> list[str]:
    header = request.config.text("sql_header")
    return [header] if header and header.strip() else []


def comments(request: Request, kind: ObjectKind, columns: Iterable[ColumnType]) -> list[str]:
    """Comments on the relation and its columns, where `persist_docs` asks for them.

    columns: those that it has. A description of any other is left out. DuckDB takes the name of a
    view's column only as it was written there.
    """
    statements: list[str] = []
    if request.config.mapping("persist_docs").get("relation") and request.description:
        statements.append(f"comment on {kind} {request.relation} is {literal(request.description)}")
    names = {column.name.lower(): column.name for column in columns}
    statements += [
        f"comment on column {request.relation}.{quote(name)} is {literal(column.description)}"
        for column in wanted_columns(request)
        if (name := names.get(column.name.lower())) is not None
    ]
    return statements


def wanted_columns(request: Request) -> tuple[Column, ...]:
    """The columns whose descriptions `persist_docs` asks for."""
    if not request.config.mapping("persist_docs").get("columns"):
        return ()
    return tuple(column for column in request.described if column.description)


def is_to_finish(request: Request, kind: ObjectKind) -> bool:
    """Whether there is more to do when it is made: `comments` to write, or indexes of a table."""
    if kind is ObjectKind.FUNCTION:
        return False
    said = request.config.mapping("persist_docs").get("relation") and request.description
    return bool(said or wanted_columns(request) or wants_indexes(request, kind))


def wants_indexes(request: Request, kind: ObjectKind) -> bool:
    """Whether it is a table with the configuration `indexes`; those of views are passed over."""
    return kind is ObjectKind.TABLE and bool(request.config.get("indexes"))


MATERIALIZATIONS: Mapping[str, Materialization] = {
    "table": Materialization(table),
    "view": Materialization(view),
    "incremental": Materialization(incremental, needs_columns=True),
    "snapshot": Materialization(snapshot, needs_columns=True),
    "external": Materialization(external),
    "table_function": Materialization(table_function),
}
