"""Indexes of tables: the configuration `indexes`, and the statements that make them.

Made as dbt-duckdb makes them, but under names that stay the same. Pure: columns come in as values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from msgspec import Struct

from runner.engines import ColumnType
from runner.errors import CompileError, did_you_mean
from runner.project.nodes import Config, RelationName, quote

KEYS = ("columns", "unique", "type")
"""`type` is PostgreSQL's: DuckDB has one kind of index."""


class Index(Struct, frozen=True):
    """One index: its columns or expressions as written."""

    columns: tuple[str, ...]
    unique: bool = False


def indexes_of(config: Config) -> tuple[Index, ...]:
    """The indexes that a configuration asks for. Raises CompileError for what is none."""
    given = config.get("indexes")
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        raise CompileError(
            f"indexes must be a list, not {given!r}", hint="write indexes: [{columns: [id]}]"
        )
    return tuple(map(_index, given))


def _index(entry: object) -> Index:
    if not isinstance(entry, Mapping):
        raise CompileError(f"indexes: {entry!r} is no mapping", hint="write {columns: [id]}")
    for key in entry:
        if key not in KEYS:
            raise CompileError(
                f"indexes: unknown key {key!r}",
                hint=did_you_mean(str(key), KEYS) or f"there are: {', '.join(KEYS)}",
            )
    columns, unique = entry.get("columns"), entry.get("unique")
    if not isinstance(columns, list | tuple) or not columns:
        raise CompileError(
            f"indexes: columns must be a list, not {columns!r}", hint="write columns: [id]"
        )
    if not isinstance(unique, bool | None):
        raise CompileError(f"indexes: unique is {unique!r}", hint="true or false")
    return Index(tuple(map(str, columns)), bool(unique))


def create_indexes(
    relation: RelationName, config: Config, columns: Iterable[ColumnType]
) -> list[str]:
    """Statements that make the indexes a table lacks.

    columns: the table's. Raises CompileError for an index of a column that it has not.
    """
    known = {column.name.lower(): column.name for column in columns}
    return [
        f"create {'unique ' if index.unique else ''}index if not exists"
        f" {quote(_name(relation, index))} on {relation}"
        f" ({', '.join(_column(name, known) for name in index.columns)})"
        for index in indexes_of(config)
    ]


def refuse_alterations(config: Config, statements: Iterable[str]) -> None:
    """Raise CompileError where columns would be dropped or changed under an index."""
    altered = re.compile(r"alter table \S.* (?:drop|alter) column ")
    if indexes_of(config) and any(map(altered.match, statements)):
        raise CompileError(
            "on_schema_change: DuckDB drops and changes no column of a table with indexes",
            hint="run with --full-refresh",
        )


def _column(name: str, known: Mapping[str, str]) -> str:
    """A column by its name in the table; anything else that is no name is an expression."""
    there = known.get(name.strip('"').lower())
    if there is not None:
        return quote(there)
    if name.strip('"').isidentifier():
        raise CompileError(
            f"indexes: the table has no column {name!r}",
            hint=did_you_mean(name, known.values()) or f"it has: {', '.join(known.values())}",
        )
    return f"({name})"


def _name(relation: RelationName, index: Index) -> str:
    """Without the database, which is called otherwise while a release is built."""
    parts = (*index.columns, relation.schema, relation.identifier, str(index.unique))
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
