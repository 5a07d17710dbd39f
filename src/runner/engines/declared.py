"""The columns that are declared of a file, and which of them it has. Knows no SQL.

Four of the declared names are not looked for: what the runner gives itself, see `duckdb_reads`.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner.engines.csv_files import missing_column
from runner.errors import CompileError, Location
from runner.project.nodes import Column

GIVEN = ("_source", "_file", "_row", "_other")


def matched_columns(
    label: str, columns: Sequence[Column], file: str, header: Sequence[str]
) -> dict[str, str]:
    """Declared names → the file's, for the columns that it has.

    Raises CompileError where it has none of them, or not one that is required.
    """
    wanted = [column for column in columns if column.name not in GIVEN]
    matched = found_columns(columns, header)
    if wanted and not matched:
        raise nothing_declared(label, columns, file, header)
    for column in wanted:
        if column.name not in matched and is_required(column):
            declared = [name for other in wanted for name in file_names(other)]
            raise missing_column(file, label, file_names(column), header, declared)
    return matched


def found_columns(columns: Sequence[Column], header: Sequence[str]) -> dict[str, str]:
    """Declared names → the file's, for the columns that it has."""
    there = {name.strip().lower(): name for name in header}
    return {
        column.name: there[name.lower()]
        for column in columns
        if column.name not in GIVEN
        for name in reversed(file_names(column))
        if name.lower() in there
    }


def nothing_declared(
    label: str, columns: Sequence[Column], file: str, header: Sequence[str]
) -> CompileError:
    names = ", ".join([column.name for column in columns if column.name not in GIVEN][:5])
    is_json = ".json" in file or file.endswith((".jsonl", ".ndjson"))
    return CompileError(
        f"the source {label} has none of the declared columns; read as: {', '.join(header)}",
        at=Location(file, 1),
        hint=f"it must be a list of objects with: {names}, …"
        if is_json
        else f"the first line must be a header: {names}, …",
    )


def is_time(column: Column) -> bool:
    return str(column.data_type).strip().lower() == "timestamp"


def is_day(column: Column) -> bool:
    return str(column.data_type).strip().lower() == "date"


def file_names(column: Column) -> tuple[str, ...]:
    """The names under which a column may stand in a file: its own, and those of `meta: {also: […]}`."""
    also = column.meta.get("also")
    return (column.name, *(str(name) for name in (also if isinstance(also, list) else [])))


def is_required(column: Column) -> bool:
    return any(test.test == "not_null" for test in column.tests) or any(
        constraint.get("type") in ("not_null", "primary_key") for constraint in column.constraints
    )
