"""What is in a source's files: rows, days, columns, and the rows that cannot be read, with reasons."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from msgspec import Struct

from runner.engines import Session
from runner.engines.csv_errors import row_fault
from runner.engines.csv_files import line_of
from runner.engines.declared import GIVEN
from runner.engines.duckdb_files import Found, find_source
from runner.engines.duckdb_reads import Part
from runner.engines.sql_error import SqlError
from runner.errors import Location, RunnerError
from runner.project.nodes import Column, Node, quote

SHOWN = 20
"""Rows that cannot be read of which each is told."""


class Fault(Struct, frozen=True):
    """A row, or a whole file, that cannot be read."""

    message: str
    at: Location | None = None
    hint: str | None = None


class Facts(Struct, frozen=True):
    """What is known of a source in one place.

    state: `found`, `absent` (read as empty) or `wrong`. rows: those that can be read. first, last: of
    date_column. keyless: rows without a key, which no model takes. empty: other columns that must have
    a value → rows that have none. repeated: rows whose key another row has. refused: how many rows
    cannot be read; faults: the first of them, or what is wrong.
    """

    source: str
    place: str | None
    state: str
    pattern: str | None = None
    files: tuple[str, ...] = ()
    rows: int = 0
    date_column: str | None = None
    first: str | None = None
    last: str | None = None
    keyless: int = 0
    empty: tuple[tuple[str, int], ...] = ()
    repeated: int = 0
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    refused: int = 0
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


def source_facts(node: Node, open_session: Callable[[], Session]) -> list[Facts]:
    """The facts of a source that is files, one entry a place; reads every file once."""
    try:
        found = find_source(node, open_session)
    except RunnerError as error:
        return [_wrong(node, None, error)]
    return [_facts(node, place, open_session()) for place in found]


def _facts(node: Node, found: Found, session: Session) -> Facts:
    if not found.files:
        return Facts(node.label, found.place, "absent", found.pattern)
    if not found.parts:
        return Facts(node.label, found.place, "found", found.pattern, found.files)
    columns = [c for c in node.properties.columns if c.data_type and c.name not in GIVEN]
    key = [name for name in _key(node) if any(column.name == name for column in columns)]
    missing = _of_all(found.parts, "missing")
    date = _date_column([column for column in columns if column.name not in missing])
    # `meta: {sparse: true}`: the column must be there, a row may leave it empty.
    needed = [
        c.name
        for c in columns
        if c.constraints and not c.meta.get("sparse") and c.name not in (*key, *missing)
    ]
    union = " union all ".join(part.checked or part.query for part in found.parts)
    try:
        _forget(session)
        counted = _counted(session, union, columns, key, needed, date)
        faults = list(_refusals(session)) if any(part.checked for part in found.parts) else []
    except SqlError as error:
        fault = Fault(
            error.message.splitlines()[0], error.at or Location(found.files[0]), error.hint
        )
        return Facts(node.label, found.place, "wrong", found.pattern, found.files, faults=(fault,))
    finally:
        _forget(session)
    lines = {(fault.at.path, fault.at.line) for fault in faults if fault.at is not None}
    return Facts(
        source=node.label,
        place=found.place,
        state="wrong" if faults else "found",
        pattern=found.pattern,
        files=found.files,
        rows=counted.rows,
        date_column=date,
        first=counted.first,
        last=counted.last,
        keyless=counted.keyless,
        empty=tuple((name, n) for name, n in zip(needed, counted.empty, strict=True) if n),
        repeated=counted.rows - counted.keyless - counted.keys if key else 0,
        missing=missing,
        unknown=_of_any(found.parts, "unknown"),
        refused=len(lines),
        faults=tuple(faults[:SHOWN]),
        notes=tuple(_notes(found)),
    )


class _Counted(Struct, frozen=True):
    """Rows, rows without key, different keys, first and last day, rows without each needed value."""

    rows: int
    keyless: int
    keys: int
    first: str | None
    last: str | None
    empty: tuple[int, ...]


def _counted(
    session: Session,
    query: str,
    columns: list[Column],
    key: list[str],
    needed: list[str],
    date: str | None,
) -> _Counted:
    """What one reading counts. Every column is really read."""
    every = ", ".join(quote(column.name) for column in columns)
    required = [c.name for c in columns if c.name in key and c.constraints]
    keyless = " or ".join(f"{quote(name)} is null" for name in required) or "false"
    listed = ", ".join(quote(name) for name in key) or "1"
    day = f"cast({quote(date)} as date)" if date else "cast(null as date)"
    nulls = "".join(f", count(*) filter ({quote(name)} is null)" for name in needed)
    ((rows, without, keys, first, last, _, *empty),) = session.query(
        f"select count(*), count(*) filter ({keyless}),"
        f" count(distinct hash({listed})) filter (not ({keyless})),"
        f" cast(min({day}) as varchar), cast(max({day}) as varchar), bit_xor(hash({every})){nulls}"
        f" from ({query})"
    ).values
    return _Counted(
        _number(rows), _number(without), _number(keys), _text(first), _text(last),
        tuple(map(_number, empty)),
    )  # fmt: skip


def _refusals(session: Session) -> Iterator[Fault]:
    """The rows that the last reading noted as unreadable, in the order of the files."""
    found = session.query(
        "select file_path, line, csv_line, error_message, delimiter"
        " from reject_errors inner join reject_scans using (scan_id, file_id)"
        # A line that is too short is noted once for each cell that it lacks.
        " qualify row_number() over (partition by file_path, line, error_type,"
        " case when error_type = 'CAST' then column_idx end order by column_idx) = 1"
        " order by 1, 2, column_idx"
    )
    for file, line, text, said, delimiter in found.values:
        row = str(text or "")
        message, hint = row_fault(str(said), row, str(delimiter))
        at = Location(str(file), line_of(str(file), _number(line), row), None, row)
        yield Fault(message, at, hint)


def _forget(session: Session) -> None:
    session.execute("drop table if exists reject_errors; drop table if exists reject_scans")


def _wrong(node: Node, place: str | None, error: RunnerError) -> Facts:
    fault = Fault(error.message, error.at, error.hint)
    return Facts(node.label, place, "wrong", faults=(fault,))


def _key(node: Node) -> list[str]:
    key = node.properties.meta.get("key")
    return [str(name) for name in key] if isinstance(key, list | tuple) else []


def _date_column(columns: list[Column]) -> str | None:
    """The column whose days are told: the first that is required, else the first."""
    dates = [c for c in columns if str(c.data_type).strip().lower() in ("date", "timestamp")]
    required = [column for column in dates if column.constraints]
    return next((column.name for column in [*required, *dates]), None)


def _of_all(parts: tuple[Part, ...], what: str) -> tuple[str, ...]:
    """Names that every part tells of."""
    first: tuple[str, ...] = getattr(parts[0], what)
    return tuple(name for name in first if all(name in getattr(part, what) for part in parts))


def _of_any(parts: tuple[Part, ...], what: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in getattr(part, what)))


def _notes(found: Found) -> Iterator[str]:
    for file in found.files:
        is_text = file.endswith((".csv", ".tsv", ".txt"))
        if is_text and os.path.getsize(file) and not _ends_a_line(file):
            yield f"{file}: the last line has no end; is the file whole?"


def _ends_a_line(file: str) -> bool:
    with open(file, "rb") as opened:
        opened.seek(-1, os.SEEK_END)
        return opened.read(1) in b"\r\n"


def _number(value: object) -> int:
    return int(str(value))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
