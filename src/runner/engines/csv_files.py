"""What a CSV file's first lines say about how it must be read. Knows no SQL.

Nothing is left to guessing from sampled rows: a reader that guesses skips lines which do not fit its
guess, and rows are lost. The header says the delimiter; every row must then have its cells.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runner.errors import CompileError, Location, did_you_mean

HEAD = 1 << 16
"""Bytes that are looked at."""
DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}

_OFFSET = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d(?::?\d\d)?)\Z")


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is read: its delimiter, its columns under names that differ, lines before them.

    zoned: the columns whose first values are times with an offset, by place.
    """

    delimiter: str
    header: tuple[str, ...]
    skip: int = 0
    zoned: frozenset[int] = frozenset()


def csv_form(file: str, names: Collection[str], head: bytes, *, whole: bool) -> Form:
    """The form of a file whose first bytes are given.

    names: the columns that are wanted; the delimiter is the one that finds most of them.
    whole: is the head all of the file? Raises CompileError, with the line, for a file that is empty,
    is not UTF-8, or has a wanted column twice.
    """
    text = _decoded(file, head, whole=whole)
    if not text.strip():
        raise CompileError(
            "the file is empty: not even a header", at=Location(file, 1), hint="export it again"
        )
    skip, delimiter = 0, None
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?\r?', first, re.IGNORECASE)
    if told is not None:
        skip, delimiter, text = 1, told[1], rest
    wanted = {name.lower() for name in names}

    def found(candidate: str) -> int:
        return len(wanted & {cell.strip().lower() for cell in _rows(text, candidate, 1)[0]})

    if delimiter is None:
        delimiter = max(DELIMITERS, key=found)
    rows = _rows(text, delimiter, 200)
    header = _distinct(file, rows[0], wanted)
    zoned = frozenset(
        place
        for place in range(len(header))
        if any(len(row) > place and _OFFSET.search(row[place].strip()) for row in rows[1:-1])
    )
    return Form(delimiter, header, skip, zoned)


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


def _decoded(file: str, head: bytes, *, whole: bool) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:200]:
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


def missing_column(file: str, label: str, name: str, header: Collection[str]) -> CompileError:
    """The error of a file that lacks a required column."""
    return CompileError(
        f"the source {label} lacks the column {name!r}",
        at=Location(file, 1),
        hint=did_you_mean(name, header) or f"the file has: {', '.join(header)}",
    )
