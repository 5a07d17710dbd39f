"""Seeds: a CSV file's columns, their types and the statement that loads it. Pure.

Types are found as dbt finds them: every value of a column must fit. Unlike dbt, numbers that do not
fit a 32-bit integer become BIGINT, and what DuckDB would not read as a number stays text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from runner.errors import Location, ProjectError, did_you_mean
from runner.project.nodes import Config, RelationName, literal, quote

_TESTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("integer", re.compile(r"[+-]?\d{1,18}\Z")),
    ("double", re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")),
    ("date", re.compile(r"\d{4}-\d{2}-\d{2}\Z")),
    ("timestamp", re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\Z")),
    ("boolean", re.compile(r"(?i:true|false)\Z")),
)


def read_seed(text: str, shown: str, config: Config) -> tuple[list[tuple[str, str]], int]:
    """A seed's columns with their types, and how many rows it has.

    Raises ProjectError with the line of a row that has other cells than the header.
    """
    delimiter = config.text("delimiter") or ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _columns(reader, shown, text, config)
    except csv.Error as error:
        line = text.split("\n")[reader.line_num - 1] if reader.line_num else ""
        raise ProjectError(
            f"not valid CSV: {error}", at=Location(shown, reader.line_num or 1, None, line)
        ) from None


def _columns(
    reader: Iterator[list[str]], shown: str, text: str, config: Config
) -> tuple[list[tuple[str, str]], int]:
    header = next(reader, None)
    if not header or not any(cell.strip() for cell in header):
        raise ProjectError("the seed has no header", at=Location(shown, 1))
    names = [cell.strip() for cell in header]
    lowered = [name.lower() for name in names]
    for name in names:
        if lowered.count(name.lower()) > 1 or not name:
            what = f"the column {name!r} stands twice" if name else "a column has no name"
            raise ProjectError(
                f"{what} in the header", at=Location(shown, 1, None, text.split("\n")[0])
            )
    possible = [{kind for kind, _ in _TESTS} for _ in names]
    seen = [False] * len(names)
    large = [False] * len(names)
    rows = 0
    for cells in reader:
        if not cells:
            continue
        rows += 1
        if len(cells) != len(names):
            number = getattr(reader, "line_num", rows + 1)
            line = text.split("\n")[number - 1]
            raise ProjectError(
                f"{len(cells)} cells, but the header has {len(names)} columns",
                at=Location(shown, number, None, line),
                hint="add the missing cells, or put quotes around a cell that holds a comma",
            )
        for n, cell in enumerate(cells):
            if cell == "":
                continue
            seen[n] = True
            if possible[n]:
                possible[n] = {k for k, test in _TESTS if k in possible[n] and test.match(cell)}
                if "integer" in possible[n] and not -(2**31) <= int(cell) < 2**31:
                    large[n] = True
    given = {str(k).lower(): str(v) for k, v in config.mapping("column_types").items()}
    for name in given:
        if name not in lowered:
            raise ProjectError(
                f"column_types names {name!r}, which the seed has not",
                at=Location(shown, 1, None, text.split("\n")[0]),
                hint=did_you_mean(name, lowered),
            )
    columns = [
        (name, given.get(name.lower()) or _type(possible[n], seen[n], large[n]))
        for n, name in enumerate(names)
    ]
    return columns, rows


def _type(possible: Iterable[str], seen: bool, large: bool) -> str:
    if not seen:
        return "integer"
    kinds = set(possible)
    for kind in ("integer", "double", "date", "timestamp", "boolean"):
        if kind in kinds:
            return "bigint" if kind == "integer" and large else kind
    return "varchar"


def load_statement(
    relation: RelationName, file: str, columns: Iterable[tuple[str, str]], config: Config
) -> str:
    """The statement that makes a seed's table from its file."""
    delimiter = config.text("delimiter") or ","
    types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns)
    names = ", ".join(quote(name) for name, _ in columns)
    return (
        f"create or replace table {relation} as\nselect {names}\nfrom read_csv(\n    {literal(file)},\n"
        f"    auto_detect = false, header = true, delim = {literal(delimiter)}, quote = '\"',"
        f" escape = '\"', nullstr = '', encoding = 'utf-8',\n    columns = {{{types}}}\n)"
    )
