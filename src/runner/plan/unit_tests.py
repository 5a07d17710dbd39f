"""Unit tests: a model's query over rows that the test gives, and how its answer differs. Pure.

Given rows stand in CTEs in place of what the model reads; a row may leave out columns, which are
null then. The answer is compared as a bag of rows, over the columns that the test expects.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from runner.engines import ColumnType, Rows
from runner.errors import CompileError, did_you_mean
from runner.project.nodes import quote

FIXTURE = "__runner_given__"


class Fixture(Struct, frozen=True):
    """Rows that stand for a relation, as columns and values or as a query."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    query: str | None = None


def read_fixture(given: Mapping[str, object], files: Mapping[str, str]) -> Fixture:
    """The rows of a `given` or `expect` entry.

    files: names of fixture files → their texts. Raises CompileError for what cannot be read.
    """
    form = str(given.get("format") or "dict").lower()
    rows = given.get("rows")
    if given.get("fixture"):
        name = str(given["fixture"])
        known = {key.rsplit(".", 1)[0]: text for key, text in files.items()}
        if name not in known:
            raise CompileError(f"there is no fixture {name!r}", hint=did_you_mean(name, known))
        rows = known[name]
    if form == "sql":
        return Fixture(query=str(rows or "").strip().rstrip(";"))
    if form == "csv":
        return _csv(str(rows or ""))
    if form != "dict":
        raise CompileError(f"the format {form!r} is not known", hint="one of: dict, csv, sql")
    if rows is None:
        rows = []
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        raise CompileError("rows must be a list of mappings", hint="write - {id: 1, name: a}")
    columns = tuple(dict.fromkeys(str(key) for row in rows for key in row))
    return Fixture(columns, tuple(tuple(row.get(c) for c in columns) for row in rows))


def _csv(text: str) -> Fixture:
    lines = list(csv.reader(io.StringIO(text.strip(), newline=""), skipinitialspace=True))
    if not lines:
        return Fixture()
    columns = tuple(name.strip() for name in lines[0])
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(columns):
            raise CompileError(
                f"line {number} of the rows has {len(cells)} cells, the header {len(columns)}"
            )
        rows.append(tuple(None if cell.strip() in ("", "null") else cell.strip() for cell in cells))
    return Fixture(columns, tuple(rows))


def fixture_query(fixture: Fixture, types: Sequence[ColumnType], what: str) -> str:
    """The query that gives a fixture's rows, with the columns and types of what they stand for.

    Raises CompileError for a column that the relation has not.
    """
    if fixture.query is not None:
        return fixture.query
    known = {column.name.lower(): column for column in types}
    for name in fixture.columns:
        if types and name.lower() not in known:
            raise CompileError(
                f"{what} has no column {name!r}", hint=did_you_mean(name.lower(), known)
            )
    columns = list(types) or [ColumnType(name, "") for name in fixture.columns]
    places = {name.lower(): n for n, name in enumerate(fixture.columns)}
    selects = []
    for row in fixture.rows:
        cells = []
        for column in columns:
            place = places.get(column.name.lower())
            value = row[place] if place is not None else None
            cells.append(f"{literal(value, column.type)} as {quote(column.name)}")
        selects.append("select " + ", ".join(cells))
    if selects:
        return "\nunion all\n".join(selects)
    cells = [f"{literal(None, column.type)} as {quote(column.name)}" for column in columns]
    return f"select {', '.join(cells) or '1'} limit 0"


def literal(value: object, type_: str) -> str:
    """A value as SQL, cast to a type; without a type, as YAML has it."""
    if value is None:
        return f"cast(null as {type_})" if type_ else "null"
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int | float):
        text = repr(value) if isinstance(value, float) else str(value)
        if type_ and not type_.upper().startswith(("INT", "BIGINT", "DOUBLE", "FLOAT", "DECIMAL")):
            text = f"'{text}'"
    else:
        text = "'" + str(value).replace("'", "''") + "'"
    return f"cast({text} as {type_})" if type_ else text


def differences(
    actual: Sequence[Sequence[object]], expected: Sequence[Sequence[object]], columns: Sequence[str]
) -> Rows | None:
    """What differs, cell by cell; None when both hold the same rows as often.

    A row that was not expected is paired with the missing row that it shares most cells with, and
    only cells that differ are told. `row` is the place among the expected rows, from 1, or `extra`.
    """
    have, want = Counter(map(_row, actual)), Counter(map(_row, expected))
    extra = sorted((have - want).elements(), key=_order)
    missing = sorted((want - have).elements(), key=_order)
    if not extra and not missing:
        return None
    places = {row: number for number, row in reversed(list(enumerate(map(_row, expected), 1)))}
    cells: list[tuple[str, str, str, str]] = []
    for row in extra:
        best = max(missing, key=lambda other: _alike(row, other), default=None)
        if best is None or (_alike(row, best) == 0 and not len(extra) == len(missing) == 1):
            cells += [
                ("extra", c, "no such row", _shown(a)) for c, a in zip(columns, row, strict=True)
            ]
            continue
        missing.remove(best)
        cells += [
            (str(places[best]), column, _shown(b), _shown(a))
            for column, a, b in zip(columns, row, best, strict=True)
            if a != b
        ]
    for row in missing:
        where = str(places[row])
        cells += [(where, c, _shown(b), "no such row") for c, b in zip(columns, row, strict=True)]
    return Rows(("row", "column", "expected", "actual"), ("VARCHAR",) * 4, cells)


def _row(cells: Sequence[object]) -> tuple[object, ...]:
    return tuple(_hashable(cell) for cell in cells)


def _hashable(cell: object) -> object:
    if isinstance(cell, list):
        return tuple(_hashable(item) for item in cell)
    if isinstance(cell, dict):
        return tuple((key, _hashable(item)) for key, item in cell.items())
    if isinstance(cell, float) and cell != cell:
        return "nan"
    return cell


def _order(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(str(cell) for cell in row)


def _alike(row: tuple[object, ...], other: tuple[object, ...]) -> int:
    return sum(a == b for a, b in zip(row, other, strict=True))


def _shown(cell: object) -> str:
    return "NULL" if cell is None else str(cell)
