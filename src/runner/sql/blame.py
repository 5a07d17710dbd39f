"""A place in compiled SQL that the database complains of, as a place in the template.

Compiled SQL is a node's own text with ephemeral models put in; the place belongs to one of them.
"""

from __future__ import annotations

from runner.engines import Session
from runner.errors import Location
from runner.project.nodes import Kind, Node
from runner.sql.compile import Compiled, Compiler
from runner.sql.tokens import without_semicolon
from runner.template.discover import texts_of
from runner.template.render import node_scope, render_node
from runner.template.scope import NeedsDatabase
from runner.template.sourcemap import Origin, find_origin, marking_library


def blame(
    compiler: Compiler, node: Node, compiled: Compiled, position: int | None, session: Session | None
) -> Origin:
    """Where the character at `position` of compiled SQL comes from; at least the node's file."""
    if node.definition.check is not None:
        return Origin(node.properties.at or Location(node.definition.shown))
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
    if node.kind is Kind.SNAPSHOT:
        marked = marked.strip("\n")
    return find_origin(marked, text, position, library, read)
