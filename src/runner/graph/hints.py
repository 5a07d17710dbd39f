"""What a criterion that names nothing may have meant."""

from __future__ import annotations

from collections.abc import Iterable

from runner.errors import nearest
from runner.graph.criteria import Criterion, Intersection
from runner.graph.methods import Scope, group_of, tested_by
from runner.project.nodes import Kind, Node


def hint(scope: Scope, criterion: Criterion | Intersection) -> str | None:
    """`did you mean …?`, if something near there is; None for an intersection."""
    if isinstance(criterion, Intersection):
        return None
    value = criterion.value
    if criterion.method in ("fqn", "file", "path"):
        other = _elsewhere(scope, value)
        if other:
            return f"did you mean {other}?"
    by_lower = {name.lower(): name for name in sorted(_names(scope, criterion))}
    near = nearest(value.lower(), by_lower)
    if near is None:
        return None
    named = f"{criterion.method}:" in str(criterion)
    prefix = f"{criterion.method}:" if named else ""
    return f"did you mean {prefix}{by_lower[near]}?"


def _elsewhere(scope: Scope, value: str) -> str | None:
    """The criterion that finds what a bare value names by something other than name or path."""
    if value in scope.nodes:
        node = scope.nodes[value]
        return f"source:{node.label}" if node.kind is Kind.SOURCE else node.name
    for node in scope.nodes.values():
        table = node.definition.source
        if table and value in (table.source, table.table, node.label):
            return f"source:{value if value != table.table else node.label}"
    if any(value in node.tags for node in scope.nodes.values()):
        return f"tag:{value}"
    return f"path:{value}" if value in scope.places.shown else None


def _names(scope: Scope, criterion: Criterion) -> Iterable[str]:
    nodes = scope.nodes.values()
    match criterion.method:
        case "tag":
            return {tag for node in nodes for tag in node.tags}
        case "source":
            return {
                name
                for node in nodes
                if (table := node.definition.source)
                for name in (table.source, node.label, f"{node.package}.{node.label}")
            }
        case "package":
            return {node.package for node in nodes}
        case "group":
            return {group for node in nodes if (group := group_of(node))}
        case "access":
            return ("public", "protected", "private")
        case "file":
            return {node.definition.file.rsplit("/", 1)[-1] for node in nodes}
        case "path":
            return scope.places.shown
        case "test_name":
            return {name for node in nodes if (name := tested_by(node))}
        case "result":
            return set((scope.context.results or {}).values())
        case "exposure" | "metric" | "semantic_model" | "saved_query" | "unit_test":
            return {node.name for node in nodes if node.kind == criterion.method}
        case "fqn" | "wildcard":
            return {name for node in nodes for name in _names_of(node)}
        case _:
            return ()


def _names_of(node: Node) -> tuple[str, ...]:
    if node.kind is Kind.SOURCE:
        return ()
    return (node.name, node.label, *node.fqn, ".".join(node.fqn))
