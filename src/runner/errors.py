"""The errors a person can cause or meet, with their place and remedy.

Knows nothing of projects, templates or databases: it only says how a mistake is reported.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INTERNAL = 3
    INTERRUPTED = 130


class Location(Struct, frozen=True):
    """A place in a file that a person wrote: path as shown to them, lines and columns from 1."""

    path: str
    line: int | None = None
    column: int | None = None
    text: str | None = None
    """The whole line, for the snippet."""
    length: int = 1
    """How many characters the mark below the snippet covers."""

    def __str__(self) -> str:
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(parts)


class Caller(Struct, frozen=True):
    """One step on the way to an error inside a macro: `what` was called at `at`."""

    what: str
    at: Location


class RunnerError(Exception):
    """A mistake with its place and remedy.

    message: what was found and what was expected, in one sentence.
    at: where, in the file the person wrote. hint: what to do.
    callers: from the innermost macro call outwards, when the place lies inside a macro.
    """

    exit_code = Exit.USAGE

    def __init__(
        self,
        message: str,
        *,
        at: Location | None = None,
        hint: str | None = None,
        callers: tuple[Caller, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint
        self.callers = callers

    def __str__(self) -> str:
        return describe(self)

    def placed(self, at: Location, callers: tuple[Caller, ...] = ()) -> RunnerError:
        """The same error with a place, unless it has one already."""
        if self.at is None:
            self.at = at
            self.callers = self.callers or callers
        return self


class ProjectError(RunnerError):
    """The project's files, settings or profile are wrong."""


class CompileError(RunnerError):
    """A template cannot be rendered, or refers to what is not there."""


class SelectionError(RunnerError):
    """A selector cannot be read, or names nothing."""


class DatabaseError(RunnerError):
    """The database refused a statement, or cannot be opened.

    cannot_write: the disk is full, or the file may not grow. Nothing more should be written then.
    out_of_memory: the statement needs more memory than there was for it.
    """

    exit_code = Exit.FAILED
    cannot_write = False
    out_of_memory = False


class TargetError(RunnerError):
    """The database that the profile names cannot be used as it is."""


class ErrorGroup(RunnerError):
    """Several mistakes found in one go."""

    def __init__(self, errors: Iterable[RunnerError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n\n".join(describe(error) for error in self.errors))


def collect(errors: list[RunnerError]) -> None:
    """Raise what was gathered: nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ErrorGroup(errors)


def describe(error: RunnerError) -> str:
    """The error as a person reads it: place and message, the line with a mark, the hint."""
    if isinstance(error, ErrorGroup):
        return error.message
    head = f"{error.at}: {error.message}" if error.at else error.message
    lines = [head]
    marked = False
    if error.at and error.at.line is not None and error.at.text is not None:
        lines += _snippet(error.at, error.hint)
        marked = error.hint is not None and error.at.column is not None
    if error.hint and not marked:
        lines.append(f"  hint: {error.hint}")
    lines += [f"  in {caller.what}, called at {caller.at}" for caller in error.callers]
    return "\n".join(lines)


def _snippet(at: Location, hint: str | None) -> list[str]:
    assert at.text is not None
    number = str(at.line)
    gutter = " " * len(number)
    shown = at.text.replace("\t", " ").rstrip()
    lines = [f"  {number} | {shown}"]
    if at.column is not None:
        mark = "^" * max(1, min(at.length, len(shown) - at.column + 1))
        words = hint.split("\n") if hint else [""]
        lines.append(f"  {gutter} | {' ' * (at.column - 1)}{mark} {words[0]}".rstrip())
        lines += [f"  {gutter}   {' ' * (at.column + len(mark))}{more}" for more in words[1:]]
    return lines


def place(path: str, source: str, offset: int, length: int = 1) -> Location:
    """The location of the character at `offset` of a file's text."""
    before = source[:offset]
    line = before.count("\n") + 1
    start = before.rfind("\n") + 1
    end = source.find("\n", offset)
    text = source[start : end if end >= 0 else len(source)]
    return Location(path, line, offset - start + 1, text, length)


def line_of(path: str, source: str, line: int, column: int | None = None) -> Location:
    """The location of a line of a file's text; beyond its end, the last line."""
    lines = source.split("\n")
    number = max(1, min(line, len(lines)))
    return Location(path, number, column, lines[number - 1])


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like a mistyped one, if any is near."""
    found = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """A hint naming the nearest name, if any is near."""
    near = nearest(name, names)
    return f"did you mean {near}?" if near else None
