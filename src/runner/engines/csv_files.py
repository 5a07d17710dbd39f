"""What a CSV file's first lines say about how it must be read. Knows no SQL.

Nothing is left to guessing from sampled rows: a reader that guesses skips lines which do not fit its
guess, and rows are lost. The header says the delimiter; every row must then have its cells.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from io import BufferedIOBase
from typing import BinaryIO

from msgspec import Struct

from runner.errors import CompileError, Location, did_you_mean

BOM = b"\xef\xbb\xbf"
HEAD = 1 << 16
"""Bytes that are looked at."""
DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
SPACED_OFFSET = "%Y-%m-%d %H:%M:%S %z"
"""A time whose offset stands apart, which DuckDB reads in no other way than by this format."""

_OFFSET = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d(?::?\d\d)?)\Z")
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?(?:[ T]\d\d?:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-][\d:]+)?)?\Z")
_NAMED_ZONE = re.compile(
    r"\d\d:\d\d(?::\d\d(?:\.\d+)?)? +(?!(?:UTC|AM|PM)\Z)[A-Z][A-Za-z_/]+\Z", re.IGNORECASE
)
_SHORT_YEAR = re.compile(r"\A\d{1,3}[-/\\ ]\d{1,2}[-/\\ ]\d{1,2}(?!\d)")
_HALF_DAY = re.compile(r"\d:\d\d(?::\d\d(?:\.\d+)?)? *[AP]M\Z", re.IGNORECASE)
_MISREAD = (
    (_SHORT_YEAR, "has no year of four digits"),
    (_HALF_DAY, "is told with AM or PM"),
)
"""What DuckDB reads as something else without a word: 05/01/25 is a day of the year 5, and PM is left out."""
_LOOKS = 16
"""How many places behind the head are looked at, for times with an offset."""


class Wanted(Struct, frozen=True):
    """What is looked for in a file: columns, those of them that are times or days, and how times may be written.

    formats: beside ISO 8601, as of strptime, the likeliest first.
    """

    names: tuple[str, ...]
    times: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    formats: tuple[str, ...] = ()


class Form(Struct, frozen=True):
    """How a file is read: its delimiter, its columns under names that differ, lines before them.

    zoned: the columns of which some value is a time with an offset, by place. time_format: how all
    its times are written, if not as ISO 8601.
    """

    delimiter: str
    header: tuple[str, ...]
    skip: int = 0
    zoned: frozenset[int] = frozenset()
    time_format: str | None = None


def csv_form(
    file: str, wanted: Wanted, head: bytes, *, whole: bool, further: Sequence[bytes] = ()
) -> Form:
    """The form of a file whose first bytes are given.

    The delimiter is the one that finds most of the wanted columns. whole: is the head all of the file?
    further: lines from behind the head. Raises CompileError, with the line, for a file that is empty,
    is not UTF-8, has a wanted column twice, or times that would be read as others.
    """
    text = decoded(file, head, whole=whole)
    if not text.strip():
        raise CompileError(
            "the file is empty: not even a header", at=Location(file, 1), hint="export it again"
        )
    skip, delimiter = 0, None
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?\r?', first, re.IGNORECASE)
    if told is not None:
        skip, delimiter, text = 1, told[1], rest
    names = {name.lower() for name in wanted.names}

    def found(candidate: str) -> int:
        return len(names & {cell.strip().lower() for cell in _rows(text, candidate, 1)[0]})

    if delimiter is None:
        delimiter = max(DELIMITERS, key=found)
    rows = _rows(text, delimiter, 200)
    header = _distinct(file, rows[0], names)
    # The last row may be cut off by the end of the head.
    sample = [row for row in (rows[1:] if whole else rows[1:-1]) if len(row) == len(header)]
    lines = (line.decode("utf-8", "replace") for line in further)
    behind = [row for row in csv.reader(lines, delimiter=delimiter) if len(row) == len(header)]
    times = {name.lower() for name in wanted.times}
    places = [place for place, name in enumerate(header) if name.lower() in times]
    zoned = frozenset(
        place
        for place in places
        if any(_OFFSET.search(row[place].strip()) for row in [*sample, *behind])
    )
    values = {row[place].strip() for row in sample for place in places} - {""}
    known = _time_format(values, wanted.formats)
    read = {name.lower() for name in (wanted.days if known else wanted.times | wanted.days)}
    for place, name in enumerate(header):
        for row in [*sample, *behind] if name.lower() in times | read else ():
            why = _not_told_well(row[place].strip(), iso=name.lower() in read)
            if why is not None:
                raise _unfit_time(file, name, row[place], why, text, skip)
    return Form(delimiter, header, skip, zoned, known)


def _not_told_well(value: str, *, iso: bool) -> str | None:
    """Why a time cannot be read, where DuckDB would read something else instead of refusing it.

    iso: is it read without a declared format?
    """
    if _NAMED_ZONE.search(value):
        return "names its zone"
    if not iso:
        return None
    return next((why for form, why in _MISREAD if form.search(value)), None)


def _unfit_time(file: str, column: str, value: str, why: str, text: str, skip: int) -> CompileError:
    found = text.find(value)
    line = text.count("\n", 0, found) + 1 + skip if found >= 0 else None
    return CompileError(
        f"column {column}: the time {value.strip()!r} {why}",
        at=Location(file, line),
        hint="write days as 2026-01-31 and times in UTC, or with an offset: 2026-01-31 09:00:00+02:00",
    )


def _time_format(values: Collection[str], formats: Sequence[str]) -> str | None:
    """The first format that all values have; None where they are ISO 8601, or have none of them."""
    if all(_ISO.match(value) for value in values):
        return None
    for known in (SPACED_OFFSET, *formats):
        if all(_has_format(value, known) for value in values):
            return known
    return None


def _has_format(value: str, known: str) -> bool:
    try:
        datetime.strptime(value, known)
    except ValueError:
        return False
    return True


def read_further(file: str) -> list[bytes]:
    """Some lines from behind the head of a file that is not packed: everywhere, and its last ones."""
    size = os.path.getsize(file)
    if file.endswith((".gz", ".zst")) or size <= HEAD:
        return []
    with open(file, "rb") as opened:
        return list(_lines_of(opened, size))


def _lines_of(opened: BinaryIO, size: int) -> Iterator[bytes]:
    for look in range(_LOOKS + 1):
        opened.seek(max(HEAD, HEAD + (size - HEAD - (HEAD >> 4)) * look // _LOOKS))
        # The first line begins somewhere before, the last one may go on.
        for line in opened.read(HEAD >> 4).split(b"\n")[1:-1]:
            yield line.rstrip(b"\r")


def unpacked(file: str) -> BufferedIOBase:
    """A file, opened to read; of a .gz file what it holds."""
    return gzip.open(file, "rb") if file.endswith(".gz") else open(file, "rb")


def line_of(file: str, number: int, row: str) -> int:
    """The line on which a row begins, of which DuckDB tells its number and its text.

    DuckDB counts rows, so lines within quoted cells move all that is below them. The number itself
    where no line has the text, or the file cannot be read.
    """
    wanted = row.partition("\n")[0].rstrip("\r").encode()
    try:
        with unpacked(file) as opened:
            for line_number, line in enumerate(opened, 1):
                if line_number >= number and line.rstrip(b"\r\n") == wanted:
                    return line_number
    except (OSError, EOFError, zlib.error):
        pass
    return number


def read_head(file: str) -> tuple[bytes, bool]:
    """The first bytes of a file, unpacked, and whether they are all of it.

    Raises CompileError for a .gz file that is cut off: what reads it would stop there in silence.
    """
    if not file.endswith(".gz"):
        with open(file, "rb") as opened:
            head = opened.read(HEAD + 1)
        return head[:HEAD], len(head) <= HEAD
    try:
        with gzip.open(file, "rb") as opened:
            head = opened.read(HEAD + 1)
            while opened.read(1 << 20):
                pass
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CompileError(
            f"the packed file is damaged or cut off: {error}",
            at=Location(file),
            hint="copy it again, and wait until it is whole",
        ) from None
    return head[:HEAD], len(head) <= HEAD


def decoded(file: str, head: bytes, *, whole: bool) -> str:
    """The text of a file's first bytes. Raises CompileError, with the line, where it is not UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:4]:
        raise CompileError(
            "the file is in UTF-16, not in UTF-8",
            at=Location(file, 1),
            hint=f"save it as UTF-8, or: iconv -f UTF-16 -t UTF-8 {file} > utf8.csv",
        )
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not whole and error.start > len(head) - 4:
            return head[: error.start].decode("utf-8-sig")
        raise not_utf8(file, head, error.start) from None


def not_utf8(file: str, head: bytes, start: int) -> CompileError:
    """The error of a file with a byte that UTF-8 has not, at its line."""
    line = head.count(b"\n", 0, start) + 1
    begin = head.rfind(b"\n", 0, start) + 1
    end = head.find(b"\n", start)
    shown = head[begin : end if end >= 0 else None].decode("cp1252", "replace").rstrip("\r")
    return CompileError(
        f"the file is not in UTF-8: byte 0x{head[start]:02X}, which Windows-1252 has for"
        f" {bytes([head[start]]).decode('cp1252', 'replace')!r}",
        at=Location(file, line, None, shown),
        hint=f"save it as UTF-8, or: iconv -f WINDOWS-1252 -t UTF-8 {file} > utf8.csv",
    )


def _rows(text: str, delimiter: str, count: int) -> list[list[str]]:
    lines = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows: list[list[str]] = []
    try:
        for row in lines:
            rows.append(row)
            if len(rows) > count:
                break
    except csv.Error:
        pass
    return rows or [[]]


def _distinct(file: str, cells: Sequence[str], wanted: Collection[str]) -> tuple[str, ...]:
    """The header's cells as names that differ, whatever their case."""
    names: list[str] = []
    seen: set[str] = set()
    for number, cell in enumerate(cells, 1):
        name = cell.strip() or f"column {number}"
        if name.lower() in seen:
            if name.lower() in wanted:
                raise CompileError(
                    f"the header has the column {name!r} twice",
                    at=Location(file, 1),
                    hint="rename or remove one of them",
                )
            name = f"{name} ({number})"
        seen.add(name.lower())
        names.append(name)
    return tuple(names)


def missing_column(
    file: str, label: str, names: Sequence[str], header: Collection[str], declared: Collection[str]
) -> CompileError:
    """The error of a file that lacks a required column, by any of its names; an undeclared one may be
    meant."""
    known = {column.lower() for column in declared}
    others = [column for column in header if column.strip().lower() not in known]
    return CompileError(
        f"the source {label} lacks the column {' or '.join(repr(name) for name in names)}",
        at=Location(file, 1),
        hint=did_you_mean(names[0], others) or f"the file has: {', '.join(header)}",
    )
