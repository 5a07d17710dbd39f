"""From a place in rendered SQL back to the line that somebody wrote.

Only used when the SQL turned out to be wrong: the template is rendered once more with marks around
everything that it emits, and the marks in front of a place say which text, macro and call it comes
from. The plain rendering is never touched by this.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import jinja2
import jinja2.nodes
from msgspec import Struct

from runner.errors import Caller, Location
from runner.template.environment import Environment
from runner.template.library import Library

_MARK = re.compile("\ue000([TPE])(?:(\\d+):(\\d+):(\\d+))?\ue001")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


class MarkingEnvironment(Environment):
    """Renders every text and value with a mark of the file and line that it comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def _parse(self, source: str, name: str | None, filename: str | None) -> jinja2.nodes.Template:
        tree = super()._parse(source, name, filename)
        shown = filename or name or "<template>"
        if shown not in self.files:
            self.files.append(shown)
        number = self.files.index(shown)
        seen: Counter[tuple[int, str]] = Counter()
        for output in list(tree.find_all(jinja2.nodes.Output)):
            output.nodes = [part for node in output.nodes for part in _marked(node, number, seen)]
        return tree


def _marked(
    node: jinja2.nodes.Expr, file: int, seen: Counter[tuple[int, str]]
) -> list[jinja2.nodes.Expr]:
    """What is emitted, between marks that say file, line and which of its like on that line it is.

    seen: (line, text, empty for an expression) → how many came before, in the template's order.
    """

    def mark(text: str) -> jinja2.nodes.TemplateData:
        return jinja2.nodes.TemplateData(f"\ue000{text}\ue001", lineno=node.lineno)

    text = node.data if isinstance(node, jinja2.nodes.TemplateData) else None
    like = (node.lineno, (text or "").split("\n")[0])
    place = f"{file}:{node.lineno}:{seen[like]}"
    seen[like] += 1
    return [mark(f"P{place}"), node, mark("E")] if text is None else [mark(f"T{place}"), node]


class Origin(Struct, frozen=True):
    """Where a place of rendered SQL comes from: the innermost place first, then the calls."""

    at: Location
    callers: tuple[Caller, ...] = ()


def marking_library(library: Library) -> Library:
    """The same macros, rendered with marks."""
    macros = [macro for macros in library.packages.values() for macro in macros.values()]
    return Library(library.root, macros, library.dispatch_order, MarkingEnvironment())


def find_origin(
    marked: str,
    plain: str,
    position: int,
    library: Library,
    read: Callable[[str], str | None],
) -> Origin | None:
    """The origin of the character at `position` of the plain text.

    marked: the same rendering with marks. library: the one that it was rendered with.
    None where the two renderings differ in more than marks.
    """
    environment = library.environment
    assert isinstance(environment, MarkingEnvironment)
    stripped = _MARK.sub("", marked)
    offset = stripped.find(plain)
    if offset < 0:
        return None
    wanted = offset + position
    stack: list[_Mark] = []
    text: tuple[_Mark, int] | None = None
    """The text that is being emitted, and where it begins in the stripped text."""
    end = len(stripped)
    seen = 0
    last = 0
    for mark in _MARK.finditer(marked):
        length = mark.start() - last
        if seen + length > wanted:
            end = seen + length
            break
        seen += length
        last = mark.end()
        if mark[1] == "E":
            if stack:
                stack.pop()
            text = None
            continue
        found = _Mark(environment.files[int(mark[2])], int(mark[3]), int(mark[4]))
        if mark[1] == "T":
            text = (found, seen)
        else:
            stack.append(found)
            text = None
    if text is None and not stack:
        return None
    if text is not None:
        emitted, start = text
        at = _text_place(emitted, stripped[start:wanted], stripped[start:end], read)
    else:
        at = _call_place(stack.pop(), read)
    callers = []
    inner = at
    for call in reversed(stack):
        place_ = _call_place(call, read)
        callers.append(Caller(_macro_at(library, inner), place_))
        inner = place_
    return Origin(at, tuple(callers))


class _Mark(Struct, frozen=True):
    """What a mark says: file, line, and how many of its like come before it on the line."""

    shown: str
    line: int
    number: int


def _text_place(
    mark: _Mark, passed: str, emitted: str, read: Callable[[str], str | None]
) -> Location:
    """The place of what follows `passed` in a text that is emitted."""
    number = mark.line + passed.count("\n")
    text = _line(mark.shown, number, read)
    if "\n" in passed:
        column = len(passed) - passed.rfind("\n")
    else:
        first = emitted.split("\n")[0]
        parts = _between_tags(text or "")
        starts = [start for start, part in parts if part.strip() == first.strip()]
        column = 0
        if first.strip() and mark.number < len(starts):
            start = starts[mark.number]
            column = (text or "").find(first, start) + len(passed) + 1
    return Location(mark.shown, number, column or None, text, _word_length(text, column))


def _between_tags(line: str) -> list[tuple[int, str]]:
    """The parts of a template's line that are no tags, with where they begin."""
    ends = [0, *(tag.end() for tag in _TAG.finditer(line))]
    starts = [*(tag.start() for tag in _TAG.finditer(line)), len(line)]
    return [(end, line[end:start]) for end, start in zip(ends, starts, strict=True)]


def _call_place(mark: _Mark, read: Callable[[str], str | None]) -> Location:
    text = _line(mark.shown, mark.line, read)
    calls = [tag for tag in _TAG.finditer(text or "") if tag[0].startswith("{{")]
    if mark.number < len(calls):
        call = calls[mark.number]
        return Location(mark.shown, mark.line, call.start() + 1, text, len(call[0]))
    return Location(mark.shown, mark.line, None, text)


def _line(shown: str, number: int, read: Callable[[str], str | None]) -> str | None:
    source = read(shown)
    lines = source.split("\n") if source is not None else []
    return lines[number - 1] if 0 < number <= len(lines) else None


def _word_length(text: str | None, column: int) -> int:
    found = re.match(r"[\w.]+", (text or "")[column - 1 :]) if column else None
    return len(found[0]) if found else 1


def _macro_at(library: Library, at: Location) -> str:
    for macros in library.packages.values():
        for macro in macros.values():
            last = macro.first_line + macro.text.count("\n")
            if macro.shown == at.path and at.line and macro.first_line <= at.line <= last:
                return f"macro {macro.name}"
    return "a macro"
