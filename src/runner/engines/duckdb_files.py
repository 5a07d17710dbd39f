"""Sources that are files: where they lie, and the SQL that reads them as they are declared.

A file may lack columns that may be null, and may have others: the declared ones are what a model
sees. An optional source whose file is absent is an empty table of those types. A source may lie in
several places, whose rows are united.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from runner.engines import Session
from runner.engines.declared import is_required
from runner.engines.duckdb_reads import Part, empty_select, read_parts
from runner.engines.sql_error import SqlError
from runner.errors import CompileError, ProjectError
from runner.project.nodes import Column, Node, SourceTable, literal

READERS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".json": "json",
           ".jsonl": "json", ".ndjson": "json"}  # fmt: skip


class Found(Struct, frozen=True):
    """The files of a source in one of its places, and how they are read. No files: absent."""

    place: str | None
    pattern: str
    files: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


class AbsentFile(CompileError):
    """The file of a source is not there. folder: where it would be."""

    def __init__(self, message: str, node: Node, folder: str, hint: str) -> None:
        super().__init__(message, at=node.properties.at, hint=hint)
        self.folder = folder
        self.node = node

    def required(self) -> list[str]:
        """The columns that the file must have."""
        return [column.name for column in self.node.properties.columns if is_required(column)]


def source_sql(node: Node, *, typed: bool, open_session: Callable[[], Session]) -> str | None:
    """The SQL that stands for a source in a query; None for a source that is a table.

    typed: read exactly the declared columns, rather than whatever the file has. Paths are relative
    to the working folder. Raises CompileError for a missing file, column or format.
    """
    source = node.definition.source
    if source is None or source.external_location is None:
        return None
    location = _formatted(source.external_location, source)
    if "(" in source.external_location.split("/")[0]:
        return location
    columns = _declared(node)
    if not source.places and not (typed and columns) and not source.optional:
        return _checked_literal(node, location) if typed else literal(location)
    found = find_source(node, open_session)
    if not columns:
        return _untyped(node, found)
    queries = [part.query for place in found for part in place.parts]
    return f"({' union all '.join(queries) or empty_select(columns)})"


def find_source(node: Node, open_session: Callable[[], Session]) -> list[Found]:
    """What there is of a source that is files, place by place.

    Raises as `source_sql` does.
    """
    columns = _declared(node)
    if columns:
        _check_types(node, columns, open_session())
    found = []
    for place, pattern in _patterns(node):
        files, reader = _located(node, pattern)
        if not files:
            if not _source(node).optional:
                raise _absent(node, pattern)
            if not columns:
                raise ProjectError(
                    f"the optional source {node.label} declares no columns with a data_type",
                    at=node.properties.at,
                    hint="declare them: when the file is absent they are what a model sees",
                )
            found.append(Found(place, pattern))
            continue
        if reader is None:
            raise CompileError(
                f"the source {node.label} has a format that is not known: {files[0]}",
                at=node.properties.at,
                hint="csv, parquet or json",
            )
        formats = _time_formats(node)
        parts = (
            read_parts(node.label, columns, files, reader, place, open_session, formats)
            if columns
            else ()
        )
        found.append(Found(place, pattern, tuple(files), parts))
    return found


def source_files(node: Node) -> list[str] | None:
    """The files that a source is read from; None where that cannot be known: URLs and calls."""
    patterns = source_patterns(node)
    if patterns is None:
        return None
    return [file for pattern in patterns for file in _find(node, pattern)[0]]


def source_patterns(node: Node) -> list[str] | None:
    """The patterns of a source's files, relative to the working folder; None for URLs and calls."""
    source = node.definition.source
    if source is None or source.external_location is None or "(" in source.external_location:
        return None
    patterns = [pattern for _, pattern in _patterns(node)]
    return None if any("://" in pattern for pattern in patterns) else patterns


def _source(node: Node) -> SourceTable:
    source = node.definition.source
    assert source is not None
    return source


def _declared(node: Node) -> list[Column]:
    return [column for column in node.properties.columns if column.data_type]


def _time_formats(node: Node) -> list[str]:
    """How the times of its CSV files may be written: `meta: {time_formats: […]}`."""
    given = node.properties.meta.get("time_formats", [])
    if isinstance(given, list) and all(isinstance(entry, str) for entry in given):
        return given
    raise CompileError(
        f"time_formats of the source {node.label} is not a list of texts: {given!r}",
        at=node.properties.at,
        hint="for example ['%m/%d/%Y %H:%M']",
    )


def _patterns(node: Node) -> list[tuple[str | None, str]]:
    """The places of a source and the pattern of its files in each."""
    source = _source(node)
    assert source.external_location is not None
    pattern = _formatted(source.external_location, source)
    if not source.places:
        return [(None, pattern)]
    return [(place, pattern.replace("{path}", path)) for place, path in source.places]


def _formatted(location: str, source: SourceTable) -> str:
    values = {"name": source.table, "identifier": source.identifier, "schema": source.schema,
              "source_name": source.source}  # fmt: skip
    for key, value in values.items():
        location = location.replace("{" + key + "}", value)
    return location


def _untyped(node: Node, found: list[Found]) -> str:
    if len(found) != 1:
        raise ProjectError(
            f"the source {node.label} lies in several places and declares no columns",
            at=node.properties.at,
            hint="declare its columns with a data_type",
        )
    return literal(found[0].files[0])


def _checked_literal(node: Node, pattern: str) -> str:
    if "://" not in pattern and not _find(node, pattern)[0]:
        raise _absent(node, pattern)
    return literal(pattern)


def _located(node: Node, pattern: str) -> tuple[list[str], str | None]:
    if "://" in pattern:
        return [pattern], READERS.get(Path(pattern).suffix.lower())
    return _find(node, pattern)


def _find(node: Node, pattern: str) -> tuple[list[str], str | None]:
    """The files of a pattern, and the reader of their one format.

    A folder with the name that `name.*` asks for holds the file's parts.
    """
    wild = pattern.endswith(".*")
    names = glob.glob(pattern) + (glob.glob(f"{pattern[:-2]}/*") if wild else [])
    files = sorted(file.replace(os.sep, "/") for file in names if os.path.isfile(file))
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


def _absent(node: Node, pattern: str) -> AbsentFile:
    folder = os.path.dirname(pattern) or "."
    there = sorted(os.listdir(folder))[:8] if os.path.isdir(folder) else None
    hint = (
        f"the folder {folder} does not exist"
        if there is None
        else f"{folder} holds: {', '.join(there) or 'nothing'}"
    )
    message = f"the file of the source {node.label} is missing: {pattern}"
    return AbsentFile(message, node, folder, hint)


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
