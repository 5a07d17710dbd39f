"""The SQL that reads files of one format with the columns and types declared for them.

Knows nothing of where the files were found. Four declared names are not looked for in a file:
`_source`, the place it lies in; `_file`, its path; `_row`, the row's number in it; `_other`, the
columns that are not declared, as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from runner.engines import ColumnType, Session
from runner.engines.csv_files import (
    BOM,
    Form,
    Wanted,
    csv_form,
    decoded,
    read_further,
    read_head,
)
from runner.engines.declared import (
    GIVEN,
    file_names,
    found_columns,
    is_day,
    is_time,
    matched_columns,
    nothing_declared,
)
from runner.engines.sql_error import SqlError
from runner.errors import CompileError, Location
from runner.project.nodes import Column, literal, quote


class Part(Struct, frozen=True):
    """Files that are read alike, and the query that reads them.

    missing: declared columns that they lack. unknown: columns that are not declared.
    checked: the same query, which notes rows it cannot read (CSV alone) and goes on.
    """

    files: tuple[str, ...]
    query: str
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    checked: str | None = None


def read_parts(
    label: str,
    columns: Sequence[Column],
    files: Sequence[str],
    reader: str,
    place: str | None,
    open_session: Callable[[], Session],
    time_formats: Sequence[str] = (),
) -> tuple[Part, ...]:
    """The queries that read the files of one place.

    time_formats: how times in CSV files may be written beside ISO 8601, as of strptime. Raises CompileError, with file and line, for a file that cannot be read or lacks what it must have.
    """
    if reader == "csv":
        return _csv_parts(label, columns, files, place, open_session, tuple(time_formats))
    if reader == "json":
        read_files = [file for file in files if _has_rows(label, columns, file)]
        if not read_files:
            return (Part(tuple(files), empty_select(columns)),)
        return (_described_part(label, columns, files, read_files, reader, place, open_session),)
    return tuple(
        _described_part(label, columns, group, group, reader, place, open_session)
        for group in _alike(label, files, open_session)
    )


def _alike(
    label: str, files: Sequence[str], open_session: Callable[[], Session]
) -> list[list[str]]:
    """Parquet files, those together that have the same columns: each must have what is required."""
    if len(files) == 1:
        return [list(files)]
    query = (
        "select file_name, string_agg(lower(name), ',' order by lower(name))"
        f" from parquet_schema({_list(files)}) group by file_name"
    )
    groups: dict[str, list[str]] = {}
    names = {str(file): str(told) for file, told in _asked(label, files[0], query, open_session)}
    for file in files:
        groups.setdefault(names.get(file, file), []).append(file)
    return list(groups.values())


def _asked(
    label: str, file: str, query: str, open_session: Callable[[], Session]
) -> Sequence[Sequence[object]]:
    try:
        return open_session().query(query).values
    except SqlError as error:
        raise _unreadable(label, file, error) from None


def _described(
    label: str, file: str, query: str, open_session: Callable[[], Session]
) -> tuple[ColumnType, ...]:
    try:
        return open_session().describe(query)
    except SqlError as error:
        raise _unreadable(label, file, error) from None


def _unreadable(label: str, file: str, error: SqlError) -> CompileError:
    return CompileError(
        f"the source {label} cannot be read: {error.message.splitlines()[0]}",
        at=error.at or Location(file),
        hint=error.hint or "is it a whole, valid file?",
    )


def _described_part(
    label: str,
    columns: Sequence[Column],
    files: Sequence[str],
    read_files: Sequence[str],
    reader: str,
    place: str | None,
    open_session: Callable[[], Session],
) -> Part:
    """The query that reads files whose columns DuckDB tells; read_files: those of them with rows."""
    options = [_list(read_files)]
    if _wants(columns, "_file"):
        options.append("filename = '_file'")
    if reader == "parquet":
        options.append("union_by_name = true")
    read = f"read_{reader}({', '.join(options)})"
    found = _described(label, read_files[0], f"select * from {read}", open_session)
    there = {column.name: column.type for column in found if column.name not in GIVEN}
    matched = matched_columns(label, columns, read_files[0], list(there))
    if reader == "json":
        return _json_part(columns, files, there, matched, place, options)
    times = {column.name for column in columns if is_time(column)}
    cells = {}
    for name, actual in matched.items():
        cell = quote(actual)
        if there[actual] == "TIMESTAMP WITH TIME ZONE":
            cell = f"({cell} at time zone 'UTC')"
        elif there[actual] == "VARCHAR":
            cell = _not_empty(cell)
            if name in times:
                cell = _utc(cell)
        cells[name] = cell
    return _part(columns, files, there, cells, place, read, cast=True)


def _has_rows(label: str, columns: Sequence[Column], file: str) -> bool:
    """Whether a JSON file holds anything; the last page of an interface is an empty list.

    Raises CompileError for one without even that, in an encoding that is not read, or whose first record
    is something else: among other pages the answer of an interface that failed would be a row of nulls.
    """
    if "://" in file or file.endswith(".zst"):
        return True
    head, whole = read_head(file)
    text = decoded(file, head, whole=whole).strip()
    if not text:
        raise CompileError("the file is empty", at=Location(file, 1), hint="export it again")
    if head.startswith(BOM):
        raise CompileError(
            "the file begins with a byte order mark, which JSON must not",
            at=Location(file, 1),
            hint=f"save it as UTF-8 without one, or: tail -c +4 {file} > orders.json",
        )
    if whole and re.fullmatch(r"\[\s*\]", text):
        return False
    try:
        first, _ = json.JSONDecoder().raw_decode(text.removeprefix("[").lstrip())
    except ValueError:
        return True  # longer than the head, or no JSON: DuckDB says where
    names = list(first) if isinstance(first, dict) else [text[:20]]
    declares = any(column.name not in GIVEN for column in columns)
    if declares and not found_columns(columns, names):
        raise nothing_declared(label, columns, file, names)
    return True


def empty_select(columns: Sequence[Column]) -> str:
    """A query of no rows with the declared columns."""
    cells = ", ".join(f"cast(null as {c.data_type}) as {quote(c.name)}" for c in columns)
    return f"select {cells} where false"


def _csv_parts(
    label: str,
    columns: Sequence[Column],
    files: Sequence[str],
    place: str | None,
    open_session: Callable[[], Session],
    time_formats: tuple[str, ...],
) -> tuple[Part, ...]:
    named = [column for column in columns if column.name not in GIVEN]
    wanted = Wanted(
        tuple(name for column in named for name in file_names(column)),
        frozenset(name for column in named if is_time(column) for name in file_names(column)),
        frozenset(name for column in named if is_day(column) for name in file_names(column)),
        time_formats,
    )
    alike: dict[Form, list[str]] = {}
    for file in files:
        head, whole = _head(file, open_session)
        further = [] if whole or "://" in file else read_further(file)
        form = csv_form(file, wanted, head, whole=whole, further=further)
        alike.setdefault(form, []).append(file)
    return tuple(_csv_part(label, columns, found, form, place) for form, found in alike.items())


def _json_part(
    columns: Sequence[Column],
    files: Sequence[str],
    there: Mapping[str, str],
    matched: Mapping[str, str],
    place: str | None,
    options: Sequence[str],
) -> Part:
    """The query that reads JSON; a column that no object of the first ones has may come later."""
    wanted = [column for column in columns if column.name not in GIVEN]
    types, cells = {}, {}
    for column in wanted:
        name = matched.get(column.name, column.name)
        types[name], cells[column.name] = str(column.data_type), quote(name)
        if is_time(column):
            types[name], cells[column.name] = "varchar", _utc(_not_empty(quote(name)))
        elif str(column.data_type).strip().lower() == "varchar":
            cells[column.name] = _not_empty(quote(name))
    described = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    read = f"read_json({', '.join([*options, f'columns = {{{described}}}'])})"
    part = _part(columns, files, there, cells, place, read, cast=True)
    missing = tuple(column.name for column in wanted if column.name not in matched)
    return replace(part, missing=missing)


def _not_empty(cell: str) -> str:
    """A text, or null for an empty one, as it is in CSV, which cannot tell them apart."""
    return f"nullif({cell}, '')"


def _utc(cell: str) -> str:
    """A time as text; one with an offset or a zone in UTC, for a cast to TIMESTAMP forgets it.

    An offset that stands apart is moved to the time: DuckDB would take it for a zone's name.
    """
    zoned = f"regexp_replace({cell}, ' +([+-])', '\\1')"
    return (
        f"case when length({cell}) > 16"
        f" and regexp_matches({cell}[-6:], '([+-]\\d\\d(:?\\d\\d)?|[A-Za-z])$')"
        f" then cast({zoned} as timestamptz) at time zone 'UTC' else cast({cell} as timestamp) end"
    )


def _head(file: str, open_session: Callable[[], Session]) -> tuple[bytes, bool]:
    if "://" not in file and not file.endswith(".zst"):
        return read_head(file)
    read = (
        f"read_csv({literal(file)}, auto_detect = false, header = false, delim = '\\0', quote = '',"
        " escape = '', columns = {'line': 'varchar'})"
    )
    try:
        lines = open_session().query(f"select line from {read} limit 200").values
    except SqlError as error:
        raise CompileError(
            f"the file cannot be read: {error.message.splitlines()[0]}", at=Location(file)
        ) from None
    return "".join(f"{line or ''}\n" for (line,) in lines).encode(), len(lines) < 200


def _csv_part(
    label: str, columns: Sequence[Column], files: Sequence[str], form: Form, place: str | None
) -> Part:
    matched = matched_columns(label, columns, files[0], form.header)
    types = dict.fromkeys(form.header, "varchar")
    cells = {}
    for column in columns:
        actual = matched.get(column.name)
        if actual is None:
            continue
        types[actual], cells[column.name] = str(column.data_type), quote(actual)
        if form.header.index(actual) in form.zoned and is_time(column):
            types[actual] = "timestamptz"
            cells[column.name] = f"({quote(actual)} at time zone 'UTC')"
    described = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    options = [
        _list(files),
        "auto_detect = false",
        "header = true",
        f"delim = {literal(form.delimiter)}",
        "quote = '\"'",
        "escape = '\"'",
        f"columns = {{{described}}}",
    ]
    if form.skip:
        options.append(f"skip = {form.skip}")
    if form.time_format:
        options.append(f"timestampformat = {literal(form.time_format)}")
    if _wants(columns, "_file"):
        options.append("filename = '_file'")
    there = dict.fromkeys(form.header, "VARCHAR")
    read = f"read_csv({', '.join(options)})"
    checked = f"read_csv({', '.join([*options, 'store_rejects = true', 'rejects_limit = 0'])})"
    part = _part(columns, files, there, cells, place, read)
    query = _part(columns, files, there, cells, place, checked).query
    return Part(part.files, part.query, part.missing, part.unknown, query)


def _part(
    columns: Sequence[Column],
    files: Sequence[str],
    there: Mapping[str, str],
    cells: Mapping[str, str],
    place: str | None,
    read: str,
    *,
    cast: bool = False,
) -> Part:
    declared = {name.lower() for column in columns for name in file_names(column)}
    unknown = tuple(name for name in there if name.strip().lower() not in declared)
    selected = []
    for column in columns:
        name = quote(column.name)
        if column.name == "_source":
            selected.append(f"cast({literal(place or '')} as varchar) as {name}")
        elif column.name == "_file":
            selected.append(name)
        elif column.name == "_row":
            selected.append(f"row_number() over () as {name}")
        elif column.name == "_other":
            selected.append(f"{_as_json(unknown)} as {name}")
        elif column.name not in cells:
            selected.append(f"cast(null as {column.data_type}) as {name}")
        elif cast:
            selected.append(f"cast({cells[column.name]} as {column.data_type}) as {name}")
        else:
            selected.append(f"{cells[column.name]} as {name}")
    return Part(
        files=tuple(files),
        query=f"select {', '.join(selected)} from {read}",
        missing=tuple(c.name for c in columns if c.name not in cells and c.name not in GIVEN),
        unknown=unknown,
    )


def _as_json(names: Sequence[str]) -> str:
    pairs = ", ".join(f"{literal(name)}, {quote(name)}" for name in names)
    return f"cast(json_object({pairs}) as json)"


def _list(files: Sequence[str]) -> str:
    return "[" + ", ".join(literal(file) for file in files) + "]"


def _wants(columns: Sequence[Column], name: str) -> bool:
    return any(column.name == name for column in columns)
