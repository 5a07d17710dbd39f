"""Asking tables that others load when that was: for the ledger, before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import closing

from runner.app.database import Database
from runner.app.inventory import only_attached
from runner.app.load import Loaded
from runner.engines import ObjectKind, Session
from runner.errors import RunnerError
from runner.plan.freshness import Loading, is_declared, loading, loading_query
from runner.project.nodes import Kind, Node
from runner.sql.compile import Compiler


def ask(compiler: Compiler, node: Node, session: Session) -> Loading:
    """When a source's table was last loaded. Raises DatabaseError or CompileError."""
    source = node.definition.source
    assert source is not None
    relation = str(compiler.relation(node))
    query = source.loaded_at_query
    if query is not None:
        query = compiler.render(node, query, session, {"this": compiler.relation(node)})
    return loading(session.query(loading_query(relation, source, query)).values[0])


def versions(
    loaded: Loaded, database: Database, compiler: Compiler, known: Collection[str]
) -> dict[str, str | None]:
    """The versions of the tables that say when they were loaded, by the id of their source.

    None for one that cannot be asked. known: sources of the target's own file whose version holds,
    since nobody else has written to the file: they are not asked.
    """
    if database.place is None:
        return {}
    own = loaded.target.database.lower()
    declared = [
        node for node in _read_sources(loaded, compiler.selected)
        if node.definition.source is not None
        and node.definition.source.external_location is None
        and is_declared(node.definition.source)
    ]  # fmt: skip
    outside = [n for n in declared if n.relation and n.relation.database.lower() != own]
    inside = [
        node for node in declared
        if node not in outside and (node.id not in known or _is_view(node, database))
    ]  # fmt: skip
    found: dict[str, str | None] = {}
    if inside and database.base is not None:
        with closing(database.base.session()) as session:
            found |= _asked(inside, compiler, session)
    if outside:
        with (
            only_attached(database.warehouse) as engine,
            closing(engine.session()) as session,
        ):
            found |= _asked(outside, compiler, session)
    return found


def _is_view(node: Node, database: Database) -> bool:
    """Is a source a view, whose rows may be others although nobody wrote to the file?"""
    return node.relation is not None and database.inventory.kind(node.relation) is ObjectKind.VIEW


def _read_sources(loaded: Loaded, selected: Iterable[str]) -> list[Node]:
    """The sources that what is selected reads, directly or through ephemeral models."""
    above = loaded.graph.ancestors(list(selected)) if selected else set(loaded.nodes)
    return [loaded.nodes[id] for id in above if loaded.nodes[id].kind is Kind.SOURCE]


def _asked(nodes: list[Node], compiler: Compiler, session: Session) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for node in nodes:
        try:
            found[node.id] = ask(compiler, node, session).version
        except RunnerError:
            # What it reads will say what is wrong with it, if something is.
            found[node.id] = None
    return found
