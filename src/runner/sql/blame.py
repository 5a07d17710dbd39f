"""A place in compiled SQL that the database complains of, as a place in the template.

Compiled SQL is a node's own text with ephemeral models put in; the place belongs to one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from runner.engines import Session
from runner.errors import Location
from runner.graph.mistyped import mention
from runner.project.nodes import Node
from runner.sql.compile import Compiled, Compiler
from runner.sql.tokens import without_semicolon
from runner.template.discover import texts_of
from runner.template.library import Library
from runner.template.render import node_scope, render_node
from runner.template.scope import NeedsDatabase
from runner.template.sourcemap import Origin, find_origin, marking_library

_HEAD = re.compile(r" as(?: table| \(| cast\(\()?\n")
"""What stands before the query in a statement that stores it."""


def blame(
    compiler: Compiler,
    node: Node,
    compiled: Compiled,
    position: int | None,
    session: Session | None,
) -> Origin:
    """Where the character at `position` of compiled SQL comes from; at least the node's file."""
    if node.definition.check is not None:
        return _of_check(compiler, node, position, session)
    whole = Origin(Location(node.definition.shown))
    if position is None:
        return whole
    for id in compiled.ctes:
        other = compiler.nodes[id]
        text = without_semicolon(_rendered(compiler, other, session) or "")
        start = compiled.sql.find(f"(\n{text}\n)") if text else -1
        if start >= 0 and start + 2 <= position < start + 2 + len(text):
            return _origin(compiler, other, text, position - start - 2, session) or whole
    text = _rendered(compiler, node, session) or ""
    if compiled.ctes:
        text, position = _outside(without_semicolon(text), compiled.sql, position)
    return _origin(compiler, node, text, position, session) or whole


def blame_rendered(
    node: Node, sql: str, position: int, library: Library, render: Callable[[Library], str]
) -> Origin | None:
    """Where a place of SQL comes from that is a node's own text with CTEs put in by another.

    render: renders the node's text again, with the macros of a library. None for a place in one of
    the CTEs.
    """
    text = without_semicolon(render(library))
    begin = next(
        (n for n, pair in enumerate(zip(text, sql, strict=False)) if pair[0] != pair[1]), 0
    )
    if begin <= position < begin + len(sql) - len(text):
        return None
    text, position = _outside(text, sql, position)
    marking = marking_library(library)
    read = texts_of(node.definition, library)
    return find_origin(render(marking), text, position, marking, read)


def _of_check(
    compiler: Compiler, node: Node, position: int | None, session: Session | None
) -> Origin:
    """A generic test: the words of its macro are the macro's fault, what it is given the entry's."""
    entry = node.properties.at or Location(node.definition.shown)
    check = node.definition.check
    assert check is not None
    macro = compiler.library.find(f"test_{check.test}", check.package or node.package)
    if position is None or macro is None:
        return Origin(entry)
    text = _rendered(compiler, node, session) or ""
    origin = _origin(compiler, node, text, position, session)
    if origin is None or not origin.callers or origin.at.column is None or origin.at.text is None:
        return Origin(entry)
    if origin.at.text.startswith("{{", origin.at.column - 1):
        return Origin(entry)
    return Origin(origin.at, (*origin.callers[:-1], replace(origin.callers[-1], at=entry)))


def _outside(text: str, sql: str, position: int) -> tuple[str, int]:
    """A place of SQL with CTEs put in, as one of the text without them."""
    start = 0
    while start < len(text) and start < len(sql) and text[start] == sql[start]:
        start += 1
    added = len(sql) - len(text)
    return text, position if position < start else max(start, position - added)


def _rendered(compiler: Compiler, node: Node, session: Session | None) -> str | None:
    scope = node_scope(
        node, compiler.world, compiler.library, compiler.resolver(node), compiler.inventory, session
    )
    try:
        return render_node(node, scope).text
    except NeedsDatabase:
        return None


def _origin(
    compiler: Compiler, node: Node, text: str, position: int, session: Session | None
) -> Origin | None:
    library = marking_library(compiler.library)
    scope = node_scope(
        node, compiler.world, library, compiler.resolver(node), compiler.inventory, session
    )
    marked = render_node(node, scope).text
    read = texts_of(node.definition, compiler.library)
    return find_origin(marked, text, position, library, read)


def place_of_named(message: str, node: Node) -> Location | None:
    """The value that a message names, or else the configuration, in the node's own template."""
    if node.definition.language != "sql" or node.definition.check is not None:
        return None
    named = re.search(r"'([^']+)'", message)
    patterns = [rf"(['\"]){re.escape(named[1])}\1"] if named else []
    for pattern in (*patterns, r"\bconfig\s*\("):
        at = mention(node.definition, pattern)
        if at.line is not None:
            return at
    return None


def place_in_query(sql: str, position: int | None, compiled: Compiled | None) -> int | None:
    """The place that a statement's error names, as one in the compiled SQL."""
    if position is None or compiled is None:
        return None
    place = len(sql.encode()[:position].decode(errors="ignore"))
    query = without_semicolon(compiled.sql)
    start = sql.find(query)
    if start >= 0:
        return place - start if start <= place <= start + len(query) else None
    # A view's or macro's text is the query without the catalog: the same words on the same lines.
    head = _HEAD.search(sql)
    start = head.end() if head else len(sql)
    written, asked = sql[start:].split("\n"), query.split("\n")
    line = sql.count("\n", start, place)
    if place < start or not 0 <= len(written) - len(asked) <= 1 or line >= len(asked):
        return None
    column = place - sql.rfind("\n", 0, place) - 1
    word = re.match(r"\w+|.", written[line][column:])
    if word is None:
        return None
    end = r"(?!\w)" if word[0].isidentifier() else ""
    same = re.compile(rf"(?<!\w){re.escape(word[0])}{end}" if end else re.escape(word[0]))
    number = len(same.findall(written[line][:column]))
    places = [found.start() for found in same.finditer(asked[line])]
    before = sum(len(text) + 1 for text in asked[:line])
    return before + places[number] if number < len(places) else None
