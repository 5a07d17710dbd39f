"""Sources that are files: the SQL that reads them with the columns and types declared for them.

A file may lack columns that may be null, and may have others: the declared ones are what a model
sees. An optional source whose file is absent is an empty table of those types.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from pathlib import Path

from runner.engines import Session
from runner.engines.duckdb import SqlError
from runner.errors import CompileError, DatabaseError, Location, ProjectError, did_you_mean
from runner.project.nodes import Column, Node, SourceTable, literal, quote

READERS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".json": "json",
           ".jsonl": "json", ".ndjson": "json"}  # fmt: skip

CSV_DIALECT = ("header = true", "quote = '\"'", "escape = '\"'", "comment = ''")
"""Stated, because guessed from the first rows it loses data: lines that begin with #, single quotes,
cells that are first quoted after 20,000 rows."""


def source_sql(node: Node, *, typed: bool, open_session: Callable[[], Session]) -> str | None:
    """The SQL that stands for a source in a query; None for a source that is a table.

    typed: read exactly the declared columns, rather than whatever the file has. Paths are relative
    to the working folder. Raises CompileError for a missing file, column or format.
    """
    source = node.definition.source
    if source is None or source.external_location is None:
        return None
    location = source.external_location
    if "(" in location.split("/")[0]:
        return _formatted(location, source)
    pattern = _formatted(location, source)
    columns = [column for column in node.properties.columns if column.data_type]
    if not (typed and columns) and not source.optional:
        return _checked_literal(node, pattern) if typed else literal(pattern)
    if "://" in pattern:
        found, reader = [pattern], READERS.get(Path(pattern).suffix.lower())
    else:
        found, reader = _find(node, pattern)
    if not found:
        if source.optional:
            return _empty(node, columns)
        raise _absent(node, pattern)
    if reader is None:
        raise CompileError(
            f"the source {node.label} has a format that is not known: {found[0]}",
            at=node.properties.at,
            hint="csv, parquet or json",
        )
    if not columns:
        return literal(found[0])
    _check_types(node, columns, open_session())
    return _typed(node, columns, found, reader, open_session())


def source_files(node: Node) -> list[str] | None:
    """The files that a source is read from; None where that cannot be known: URLs and calls."""
    pattern = source_pattern(node)
    return None if pattern is None else _find(node, pattern)[0]


def source_pattern(node: Node) -> str | None:
    """The pattern of a source's files, relative to the working folder; None for URLs and calls."""
    source = node.definition.source
    if source is None or source.external_location is None:
        return None
    pattern = _formatted(source.external_location, source)
    return None if "(" in source.external_location or "://" in pattern else pattern


def _formatted(location: str, source: SourceTable) -> str:
    values = {"name": source.table, "identifier": source.identifier, "schema": source.schema,
              "source_name": source.source}  # fmt: skip
    for key, value in values.items():
        location = location.replace("{" + key + "}", value)
    return location


def _checked_literal(node: Node, pattern: str) -> str:
    if "://" not in pattern and not _find(node, pattern)[0]:
        raise _absent(node, pattern)
    return literal(pattern)


def _find(node: Node, pattern: str) -> tuple[list[str], str | None]:
    """The files of a pattern, and the reader of their one format."""
    wild = pattern.endswith(".*")
    files = sorted(f.replace(os.sep, "/") for f in glob.glob(pattern) if os.path.isfile(f))
    kinds: dict[str, list[str]] = {}
    for file in files:
        suffix = Path(file.removesuffix(".gz").removesuffix(".zst")).suffix.lower()
        kind = READERS.get(suffix)
        if kind is not None or not wild:
            kinds.setdefault(kind or "", []).append(file)
    if len(kinds) > 1:
        raise ProjectError(
            f"the source {node.label} has files of several formats: "
            + ", ".join(files[0] for files in kinds.values()),
            at=node.properties.at,
            hint="keep one of them",
        )
    for kind, chosen in kinds.items():
        return chosen, kind or None
    return [], None


def _absent(node: Node, pattern: str) -> CompileError:
    folder = os.path.dirname(pattern) or "."
    there = sorted(os.listdir(folder))[:8] if os.path.isdir(folder) else None
    hint = (
        f"the folder {folder} does not exist"
        if there is None
        else f"{folder} holds: {', '.join(there) or 'nothing'}"
    )
    return CompileError(
        f"the file of the source {node.label} is missing: {pattern}",
        at=node.properties.at,
        hint=hint,
    )


def _empty(node: Node, columns: list[Column]) -> str:
    if not columns:
        raise ProjectError(
            f"the optional source {node.label} declares no columns with a data_type",
            at=node.properties.at,
            hint="declare them: when the file is absent they are what a model sees",
        )
    cells = ", ".join(f"cast(null as {c.data_type}) as {quote(c.name)}" for c in columns)
    return f"(select {cells} where false)"


def _check_types(node: Node, columns: list[Column], session: Session) -> None:
    """Refuse a declared type that does not exist, before a model's query meets it."""

    def error_of(chosen: list[Column]) -> SqlError | None:
        cells = ", ".join(f"cast(null as {column.data_type})" for column in chosen)
        try:
            session.describe(f"select {cells}")
        except SqlError as error:
            return error
        return None

    if error_of(columns) is None:
        return
    for column in columns:
        error = error_of([column])
        if error is not None:
            said, *more = error.message.split("\n")
            raise CompileError(
                f"the column {column.name!r} of the source {node.label} is declared as"
                f" {column.data_type!r}: {said}",
                at=node.properties.at,
                hint=next((line for line in more if line.strip()), None),
            )


def _typed(
    node: Node, columns: list[Column], files: list[str], reader: str, session: Session
) -> str:
    listed = "[" + ", ".join(literal(file) for file in files) + "]"
    options = [listed, "union_by_name = true"]
    described: list[str] = []
    if reader == "csv":
        options += CSV_DIALECT
        described = ["all_varchar = true", "sample_size = 1"]
    try:
        found = session.describe(f"select * from read_{reader}({', '.join(options + described)})")
    except SqlError as error:
        raise CompileError(
            f"the source {node.label} cannot be read: {error.message.splitlines()[0]}",
            at=Location(files[0]),
            hint="is it a whole, valid file?",
        ) from None
    there = {column.name.strip().lower(): column for column in found}
    if not any(column.name.lower() in there for column in columns):
        raise CompileError(
            f"the source {node.label} has none of the declared columns;"
            f" read as: {', '.join(c.name for c in found)}",
            at=Location(files[0], 1),
            hint="has every row as many cells as the header, and the same delimiter?"
            if reader == "csv"
            else None,
        )
    cells = []
    types = []
    for column in columns:
        match = there.get(column.name.lower())
        if match is None:
            if _is_required(column):
                raise CompileError(
                    f"the source {node.label} lacks the column {column.name!r}",
                    at=Location(files[0], 1),
                    hint=did_you_mean(column.name, there)
                    or f"the file has: {', '.join(c.name for c in found)}",
                )
            cells.append(f"cast(null as {column.data_type}) as {quote(column.name)}")
        elif reader == "csv":
            types.append(f"{literal(match.name)}: {literal(str(column.data_type))}")
            cells.append(f"{quote(match.name)} as {quote(column.name)}")
        else:
            cells.append(f"cast({quote(match.name)} as {column.data_type}) as {quote(column.name)}")
    if reader == "csv":
        options.append(f"types = {{{', '.join(types)}}}")
    return f"(select {', '.join(cells)} from read_{reader}({', '.join(options)}))"


def _is_required(column: Column) -> bool:
    return any(test.test == "not_null" for test in column.tests) or any(
        constraint.get("type") in ("not_null", "primary_key") for constraint in column.constraints
    )


__all__ = ["DatabaseError", "source_sql"]
