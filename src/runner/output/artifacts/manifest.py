"""manifest.json, version 12: everything that a project holds and how it hangs together.

Pure: sections come out, whose values are made when somebody wants them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from runner.output.artifacts.descriptions import docs_of
from runner.output.artifacts.functions import function_of
from runner.output.artifacts.inputs import Contents, Invocation, manifest_metadata, unix_time
from runner.output.artifacts.pieces import Item, Section, whole
from runner.output.artifacts.resources import View, node_of, parents_of
from runner.output.artifacts.semantic import metric_of, saved_query_of, semantic_model_of
from runner.output.artifacts.statements import (
    doc_of,
    exposure_of,
    group_of,
    macro_of,
    source_of,
    tested_by,
    unit_test_of,
)
from runner.output.values import dumps
from runner.project.nodes import Kind, Node
from runner.template.configs import Json, mapping

_PLACES: Mapping[Kind, tuple[str, Callable[[Node, View], Json]]] = {
    Kind.SOURCE: ("sources", source_of),
    Kind.FUNCTION: ("functions", function_of),
    Kind.EXPOSURE: ("exposures", exposure_of),
    Kind.METRIC: ("metrics", metric_of),
    Kind.SEMANTIC_MODEL: ("semantic_models", semantic_model_of),
    Kind.SAVED_QUERY: ("saved_queries", saved_query_of),
    Kind.UNIT_TEST: ("unit_tests", unit_test_of),
    Kind.GROUP: ("groups", lambda node, view: group_of(node)),
}
_IN_NODES: tuple[str, Callable[[Node, View], Json]] = ("nodes", node_of)
_IN_GRAPH = ("nodes", "sources", "exposures", "groups", "metrics", "semantic_models", "unit_tests",
             "saved_queries", "functions")  # fmt: skip
_UNIQUE, _NOT_NULL = "unique", "not_null"


def manifest(contents: Contents, invocation: Invocation) -> Json:
    """The manifest of a project."""
    return whole(manifest_metadata(invocation), manifest_sections(contents, invocation))


def graph_of(contents: Contents, invocation: Invocation) -> Json:
    """The variable `graph` of templates: the manifest's resources, as plain values."""
    found = {
        section.name: {id: make() for id, _, make in section.items}
        for section in manifest_sections(contents, invocation)
        if section.name in _IN_GRAPH
    }
    return dict(json.loads(dumps(found)))


def manifest_sections(
    contents: Contents,
    invocation: Invocation,
    ground: bytes = b"",
    mark: Callable[[Node], bytes] = lambda node: b"",
) -> list[Section]:
    """The manifest of a project behind its metadata.

    ground: what all that is no single node's is known again by; mark: by what a node is.
    """
    macros = tuple(contents.macros)
    docs = tuple(contents.docs)
    view = View(
        invocation=invocation,
        created_at=unix_time(invocation.started_at),
        nodes=contents.nodes,
        docs=docs_of(docs, invocation.project_name),
        compiled=contents.compiled,
        types=contents.types,
        macros=frozenset(macro.id for macro in macros),
        primary_keys=primary_keys(contents.nodes.values()),
    )
    made: dict[str, Json] = {}

    def resource(node: Node, make: Callable[[Node, View], Json]) -> Json:
        if node.id not in made:
            made[node.id] = make(node, view)
        return made[node.id]

    places: dict[str, list[Item]] = {
        name: [] for name in ("nodes", *(name for name, _ in _PLACES.values()))
    }
    for node in contents.nodes.values():
        name, make = _PLACES.get(node.kind, _IN_NODES)
        places[name].append((node.id, mark(node), partial(resource, node, make)))

    def listed(name: str) -> Section:
        return Section(name, places[name])

    def told(name: str, make: Callable[[], object]) -> Section:
        return Section(name, make=make, mark=ground)

    def parents() -> dict[str, list[str]]:
        return _parent_map(contents.nodes, view)

    return [
        listed("nodes"),
        listed("sources"),
        told("macros", lambda: {macro.id: macro_of(macro, view) for macro in macros}),
        told("docs", lambda: {f"doc.{doc.package}.{doc.name}": doc_of(doc) for doc in docs}),
        listed("exposures"),
        listed("metrics"),
        listed("groups"),
        told("selectors", lambda: dict(contents.selectors)),
        told("disabled", lambda: _disabled(contents.disabled, view)),
        told("parent_map", parents),
        told("child_map", lambda: _child_map(parents())),
        told("group_map", lambda: _group_map(places)),
        listed("saved_queries"),
        listed("semantic_models"),
        listed("unit_tests"),
        listed("functions"),
    ]


def primary_keys(nodes: Iterable[Node]) -> dict[str, list[str]]:
    """Id of a model → columns that are its key, as far as constraints and tests tell.

    In this order: a primary_key constraint, a column that is tested to be unique and not null,
    one that is tested to be unique, a combination that is tested to be unique.
    """
    stated: dict[str, list[str]] = {}
    tested: dict[str, dict[str, set[str]]] = {}
    combined: dict[str, list[str]] = {}
    for node in nodes:
        check = node.definition.check
        if node.kind is Kind.MODEL:
            key = _stated_key(node)
            if key:
                stated[node.id] = key
        elif check is not None and check.test in (_UNIQUE, _NOT_NULL):
            column = check.column or check.arguments.get("column_name")
            if column:
                tested.setdefault(check.target, {}).setdefault(str(column), set()).add(check.test)
        elif check is not None and check.test == "unique_combination_of_columns":
            columns = check.arguments.get("combination_of_columns")
            if isinstance(columns, list | tuple):
                combined.setdefault(check.target, [str(column) for column in columns])
    found = dict(stated)
    for id, columns_tested in tested.items():
        both = [c for c, tests in columns_tested.items() if tests == {_UNIQUE, _NOT_NULL}]
        unique = [c for c, tests in columns_tested.items() if _UNIQUE in tests]
        if both or unique:
            found.setdefault(id, both or unique)
    for id, columns in combined.items():
        found.setdefault(id, columns)
    return found


def _stated_key(node: Node) -> list[str]:
    for given in node.properties.constraints:
        columns = given.get("columns")
        if given.get("type") == "primary_key" and isinstance(columns, list | tuple):
            return [str(column) for column in columns]
    return [
        column.name
        for column in node.properties.columns
        if any(given.get("type") == "primary_key" for given in column.constraints)
    ]


def _parent_map(nodes: Mapping[str, Node], view: View) -> dict[str, list[str]]:
    return {
        id: sorted(tested_by(node, view) if node.definition.unit else parents_of(node))
        for id, node in nodes.items()
        if node.kind is not Kind.GROUP
    }


def _child_map(parents: Mapping[str, list[str]]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {id: [] for id in parents}
    for id in sorted(parents):
        for parent in parents[id]:
            children.setdefault(parent, []).append(id)
    return children


def _group_map(places: Mapping[str, list[Item]]) -> dict[str, list[str]]:
    groups = (mapping(make()) for _, _, make in places["groups"])
    members: dict[str, list[str]] = {str(group["name"]): [] for group in groups}
    for place in ("nodes", "metrics", "semantic_models", "saved_queries"):
        for id, _, make in places[place]:
            resource = mapping(make())
            if resource["group"]:
                members.setdefault(str(resource["group"]), []).append(id)
    return members


def _disabled(nodes: Iterable[Node], view: View) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for node in nodes:
        if node.kind is Kind.GROUP:
            continue
        _, make = _PLACES.get(node.kind, _IN_NODES)
        found.setdefault(node.id, []).append(make(node, view))
    return found
