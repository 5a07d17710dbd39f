"""What DuckDB says when a CSV file does not fit, as a sentence with the file, the line and a remedy."""

from __future__ import annotations

import re

from runner.engines.csv_files import DELIMITERS, NAMES, line_of
from runner.errors import Location

_CURRENCY = r"[\u20a0-\u20bf$£¥]|^\s*[A-Za-z]{2,3}[\s\d]|[\s\d][A-Za-z]{2,3}\s*$"
Fault = tuple[str, Location, str | None]
"""What is wrong, where, and what to do."""


def csv_fault(message: str) -> Fault | None:
    """The fault in a CSV file that a message of DuckDB tells of; None for any other message."""
    file = re.search(r"^\s*file = (.+)$", message, re.MULTILINE)
    found = re.match(r"CSV Error on Line: (\d+)\n(?:Original Line: ?(.*)\n)?(.+)", message)
    if found is None:
        if file is not None and "state machine reached an invalid state" in message:
            return (
                "the ends of its lines differ, or a quote is out of place",
                Location(file[1]),
                "write every line's end alike, and quotes only around whole cells",
            )
        return None
    name, line = file[1] if file else "a CSV file", int(found[1])
    at = Location(name, line_of(name, line, found[2] or ""), None, found[2])
    said, hint = _told(found[3], found[2] or "", message)
    return said, at, hint


def row_fault(said: str, line: str, delimiter: str) -> tuple[str, str | None]:
    """What is wrong with a row, and what to do, from what DuckDB notes of a row it refuses."""
    return _told(said, line, f"delimiter = {delimiter}")


def _told(said: str, line: str, message: str) -> tuple[str, str | None]:
    column = re.match(r'Error when converting column "(.+?)"\. (.+)', said)
    if column is not None:
        return f"column {column[1]}: {column[2]}", _of_value(column[2])
    cells = re.match(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    if cells is not None:
        return _of_cells(int(cells[1]), int(cells[2]), line, message)
    if "unterminated quote" in said:
        return (
            "a quoted cell does not end",
            "is the file cut off? A quote inside a cell is written twice",
        )
    if "unicode" in said.lower():
        return (
            "the line is not in UTF-8",
            "save the file as UTF-8; files of Windows are often in Windows-1252",
        )
    return said, None


def _of_value(said: str) -> str:
    value = re.search(r'Could not convert string "(.*)" to \'(\w+)', said, re.DOTALL)
    text, type_ = (value[1], value[2]) if value else ("", "")
    if type_ in ("DECIMAL", "DOUBLE", "BIGINT", "INTEGER") and re.fullmatch(
        r"[-+]?[\d.,' \u00a0]+", text
    ):
        return "write numbers with a point and without separators of thousands: 1234.50"
    if type_ in ("DECIMAL", "DOUBLE") and re.search(r"\d", text) and re.search(_CURRENCY, text):
        return "write the amount alone, 1234.50; the currency has a column of its own"
    if type_.startswith(("TIMESTAMP", "DATE")):
        return "write days as 2026-01-31 and times as 2026-01-31 09:00:00"
    return "correct the file, or declare another type for the column"


def _of_cells(wanted: int, have: int, line: str, message: str) -> tuple[str, str | None]:
    used = re.search(r"^\s*delimiter = (.)", message, re.MULTILINE)
    said = f"the line has {have} cell{'s' if have != 1 else ''}, the header {wanted}"
    for other in DELIMITERS:
        if used and other != used[1] and line.count(other) == wanted - 1 > 0 and have == 1:
            return said, f"the header is separated by {NAMES[used[1]]}, this line by {NAMES[other]}"
    if have < wanted:
        return said, "is the file cut off here, or is this a line of remarks?"
    return said, "put quotes around a cell that holds the delimiter"
