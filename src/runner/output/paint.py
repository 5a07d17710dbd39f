"""Colour and width of text in a terminal.

Knows nothing of events; whether to paint at all is decided by the caller.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias


class Tone(StrEnum):
    """What a piece of text means; the value is its ANSI code."""

    GOOD = "32"
    BAD = "31"
    CAUTION = "33"
    QUIET = "2"
    STRONG = "1"
    NAME = "36"
    PLAIN = ""


Paint: TypeAlias = Callable[[str, Tone], str]


def wants_color(environ: Mapping[str, str], isatty: bool) -> bool:
    """May colours be used? https://no-color.org and https://force-color.org, then the terminal."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return isatty and environ.get("TERM") != "dumb"


def painter(*, color: bool) -> Paint:
    """A function that gives a text its tone, or leaves it as it is."""
    return _painted if color else _unpainted


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: two for wide characters, none for combining."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def cut(text: str, width: int) -> str:
    """The text, or its beginning and `…`, in at most `width` columns."""
    if cells(text) <= width:
        return text
    room = width - 1
    kept = []
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def left(text: str, width: int) -> str:
    """The text with blanks behind it."""
    return text + " " * (width - cells(text))


def right(text: str, width: int) -> str:
    """The text with blanks before it."""
    return " " * (width - cells(text)) + text


def _painted(text: str, tone: Tone) -> str:
    return f"\x1b[{tone}m{text}\x1b[0m" if tone and text else text


def _unpainted(text: str, tone: Tone) -> str:
    return text


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
