"""From a place in rendered SQL back to the line that somebody wrote.

Only used when the SQL turned out to be wrong: the template is rendered once more with marks around
everything that it emits, and the marks in front of a place say which text, macro and call it comes
from. The plain rendering is never touched by this.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import jinja2
import jinja2.nodes

from runner.errors import Caller, Location
from runner.template.environment import Environment
from runner.template.library import Library

_MARK = re.compile("\ue000([TPE])(?:(\\d+):(\\d+))?\ue001")


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
        for output in list(tree.find_all(jinja2.nodes.Output)):
            output.nodes = [part for node in output.nodes for part in _marked(node, number)]
        return tree


def _marked(node: jinja2.nodes.Expr, file: int) -> list[jinja2.nodes.Expr]:
    def mark(kind: str) -> jinja2.nodes.TemplateData:
        place = "" if kind == "E" else f"{file}:{node.lineno}"
        return jinja2.nodes.TemplateData(f"\ue000{kind}{place}\ue001", lineno=node.lineno)

    if isinstance(node, jinja2.nodes.TemplateData):
        return [mark("T"), node]
    return [mark("P"), node, mark("E")]


@dataclass(frozen=True, slots=True)
class Origin:
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
    stack: list[tuple[int, int]] = []
    text: tuple[int, int, int] | None = None
    """File, line and start (in the stripped text) of the text that is being emitted."""
    before: list[tuple[int, int, int] | None] = []
    seen = 0
    last = 0
    for mark in _MARK.finditer(marked):
        length = mark.start() - last
        if seen + length > wanted:
            break
        seen += length
        last = mark.end()
        kind, file, line = mark[1], mark[2], mark[3]
        if kind == "T":
            text = (int(file), int(line), seen)
        elif kind == "P":
            stack.append((int(file), int(line)))
            before.append(text)
            text = None
        elif stack:
            stack.pop()
            text = before.pop()
            text = None if text is None else (text[0], text[1], seen)
    if text is None and not stack:
        return None
    if text is not None:
        at = _text_place(environment.files[text[0]], text[1], stripped[text[2] : wanted],
                         stripped[text[2] :], read)  # fmt: skip
        calls = list(reversed(stack))
    else:
        at = _call_place(environment.files[stack[-1][0]], stack[-1][1], read)
        calls = list(reversed(stack[:-1]))
    callers = []
    inner = at
    for file_, line_ in calls:
        place_ = _call_place(environment.files[file_], line_, read)
        callers.append(Caller(_macro_at(library, inner), place_))
        inner = place_
    return Origin(at, tuple(callers))


def _text_place(
    shown: str, line: int, passed: str, rest: str, read: Callable[[str], str | None]
) -> Location:
    source = read(shown)
    lines = source.split("\n") if source is not None else []
    number = line + passed.count("\n")
    text = lines[number - 1] if 0 < number <= len(lines) else None
    if "\n" in passed:
        column = len(passed) - passed.rfind("\n")
    else:
        first = rest.split("\n")[0]
        start = (text or "").find(_MARK.sub("", first)) if first.strip() else -1
        column = start + len(passed) + 1 if start >= 0 else 0
    return Location(shown, number, column or None, text, _word_length(text, column))


def _call_place(shown: str, line: int, read: Callable[[str], str | None]) -> Location:
    source = read(shown)
    lines = source.split("\n") if source is not None else []
    text = lines[line - 1] if 0 < line <= len(lines) else None
    found = list(re.finditer(r"\{\{.*?\}\}", text or ""))
    if len(found) == 1:
        return Location(shown, line, found[0].start() + 1, text, len(found[0][0]))
    return Location(shown, line, None, text)


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
