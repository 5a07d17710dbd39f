"""Rows as an aligned table, as CSV and as JSON.

Knows nothing of where the rows come from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.output.paint import Paint, Tone, cells, cut, left, painter, right
from runner.output.values import exact_json, plain, printable, unique_names
from runner.run.events import Rows

_NARROWEST = 8
_WIDEST = 60
_GAP = 2
_NUMERIC = re.compile(
    r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?\d*|FLOAT\d*|DOUBLE|REAL|(DECIMAL|NUMERIC)(\(.*\))?)$",
    re.IGNORECASE,
)


def table_text(rows: Rows, *, width: int | None, limit: int | None, color: bool = False) -> str:
    """Aligned columns under their names, numbers to the right, NULL visible.

    width: columns of the terminal, None for no bound: wide columns are cut with `…` and, where
    that is not enough, the last columns are left out and named below.
    limit: rows shown at most, None for all. What is left out is said in a last line.
    """
    paint = painter(color=color)
    if not rows.columns:
        return paint("(no columns)", Tone.QUIET)
    shown = rows.values if limit is None else rows.values[:limit]
    types = (*rows.types, *("",) * (len(rows.columns) - len(rows.types)))
    texts = [[_cell(value) for value in row] for row in shown]
    names = [printable(name) for name in rows.columns]
    widths = _widths(names, texts, width)
    lines = [
        paint(_line(names, widths, types), Tone.STRONG),
        paint(" ".join("─" * room + " " for room in widths).rstrip(), Tone.QUIET),
    ]
    for row, line in zip(shown, texts, strict=True):
        lines.append(_body_line(row, line, widths, types, paint))
    return "\n".join([*lines, *_left_out(rows, len(shown), names[len(widths) :], paint)])


def rows_csv(rows: Rows) -> str:
    """RFC 4180 with a header line and `\\n` line ends; NULL is nothing, empty text is `""`."""
    lines = [",".join(_field(name) for name in rows.columns)]
    lines += [
        ",".join("" if value is None else _field(plain(value)) for value in row)
        for row in rows.values
    ]
    return "\n".join(lines) + "\n"


def rows_json(rows: Rows) -> str:
    """A JSON list of objects, one a line; decimals as numbers with all their digits."""
    names = unique_names(rows.columns)
    objects = [exact_json(dict(zip(names, row, strict=True))) for row in rows.values]
    return "[\n  " + ",\n  ".join(objects) + "\n]\n" if objects else "[]\n"


def _cell(value: object) -> str:
    return "NULL" if value is None else printable(plain(value))


def _widths(names: list[str], texts: list[list[str]], width: int | None) -> list[int]:
    """Columns' widths: as their content, then the widest ones narrower, then fewer columns."""
    columns = zip(*texts, strict=True) if texts else ((),) * len(names)
    wanted = [
        max(cells(name), *(cells(text) for text in column), 1)
        for name, column in zip(names, columns, strict=True)
    ]
    if width is None:
        return wanted
    widths = [min(room, _WIDEST) for room in wanted] if len(wanted) > 1 else [min(wanted[0], width)]
    while _taken(widths) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    while _taken(widths) > width and len(widths) > 1:
        widths.pop()
    return widths


def _taken(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _line(texts: Sequence[str], widths: list[int], types: tuple[str, ...]) -> str:
    parts = [
        _aligned(cut(text, room), room, kind)
        for text, room, kind in zip(texts, widths, types, strict=False)
    ]
    return (" " * _GAP).join(parts).rstrip()


def _body_line(
    row: Sequence[object], texts: list[str], widths: list[int], types: tuple[str, ...], paint: Paint
) -> str:
    parts = []
    for value, text, room, kind in zip(row, texts, widths, types, strict=False):
        part = _aligned(cut(text, room), room, kind)
        parts.append(part.replace("NULL", paint("NULL", Tone.QUIET)) if value is None else part)
    return (" " * _GAP).join(parts).rstrip()


def _aligned(text: str, room: int, kind: str) -> str:
    return right(text, room) if _NUMERIC.match(kind) else left(text, room)


def _left_out(rows: Rows, shown: int, columns: list[str], paint: Paint) -> list[str]:
    lines = []
    if columns:
        lines.append(f"… {_count(len(columns), 'more column')}: {', '.join(columns)}")
    if not rows.values:
        lines.append("(no rows)")
    elif shown < len(rows.values):
        lines.append(f"… {_count(len(rows.values) - shown, 'more row')}")
    return [paint(line, Tone.QUIET) for line in lines]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _field(text: str) -> str:
    if text == "" or any(character in text for character in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
