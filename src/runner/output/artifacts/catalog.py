"""catalog.json, version 1: tables and columns as the database has them.

Pure: sections come out, whose values are made when somebody wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from runner.output.artifacts.inputs import Facts, Invocation, metadata
from runner.output.artifacts.pieces import Item, Section, whole
from runner.project.nodes import Kind, Node
from runner.template.configs import Json

_LISTED = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT, Kind.SOURCE)
SCHEMA = "catalog/v1"


def catalog(
    nodes: Mapping[str, Node],
    types: Mapping[str, Mapping[str, str]],
    invocation: Invocation,
    *,
    facts: Mapping[str, Facts] | None = None,
    errors: Iterable[str] = (),
) -> Json:
    """The catalog of what lies in the database.

    types: id → column → type, in the table's order; a node that is missing here is not in the
    database and not in the catalog. facts: kind, rows, comments, by id; of a node that is missing
    here the comments are those that its build writes. errors: what could not be read.
    """
    sections = catalog_sections(nodes, types, facts=facts, errors=errors)
    return whole(metadata(invocation, SCHEMA), sections)


def catalog_sections(
    nodes: Mapping[str, Node],
    types: Mapping[str, Mapping[str, str]],
    *,
    facts: Mapping[str, Facts] | None = None,
    errors: Iterable[str] = (),
    mark: Callable[[Mapping[str, str]], bytes] = lambda columns: b"",
) -> list[Section]:
    """The catalog behind its metadata. mark: by what a table with these columns is known again."""
    tables: list[Item] = []
    sources: list[Item] = []
    for id, columns in types.items():
        node = nodes.get(id)
        if node is None or node.kind not in _LISTED or node.relation is None:
            continue
        place = sources if node.kind is Kind.SOURCE else tables
        make = partial(_table, node, columns, (facts or {}).get(id))
        place.append((id, mark(columns), make))
    said = list(errors)
    return [
        Section("nodes", tables),
        Section("sources", sources),
        Section("errors", make=lambda: said or None, mark=repr(said).encode()),
    ]


def _described(node: Node) -> Facts:
    """The comments that a build gives a table, where `persist_docs` asks for them."""
    wanted, said = node.config.mapping("persist_docs"), node.properties
    columns = {c.name.lower(): c.description for c in said.columns if c.description}
    return Facts(
        comment=(said.description or None) if wanted.get("relation") else None,
        column_comments=columns if wanted.get("columns") else {},
    )


def _table(node: Node, columns: Mapping[str, str], known: Facts | None) -> Json:
    relation, facts = node.relation, known or _described(node)
    assert relation is not None
    is_view = node.kind is Kind.MODEL and node.config.materialized == "view"
    return {
        "metadata": {
            "type": facts.kind or ("VIEW" if is_view else "BASE TABLE"),
            "schema": relation.schema,
            "name": relation.identifier,
            "database": relation.database,
            "comment": facts.comment,
            "owner": facts.owner,
        },
        "columns": {
            name: {
                "type": kind,
                "index": index,
                "name": name,
                "comment": facts.column_comments.get(name.lower()),
            }
            for index, (name, kind) in enumerate(columns.items(), start=1)
        },
        "stats": _stats(facts),
        "unique_id": node.id,
    }


def _stats(facts: Facts) -> Json:
    stats: Json = {}
    if facts.rows is not None:
        stats["num_rows"] = _stat("num_rows", "# Rows", facts.rows, "Rows of the table")
    if facts.bytes is not None:
        stats["num_bytes"] = _stat("num_bytes", "Approximate Size", facts.bytes, "In bytes")
    has_stats = _stat(
        "has_stats", "Has Stats?", bool(stats), "Whether there are statistics for this table"
    )
    return {**stats, "has_stats": {**has_stats, "include": False}}


def _stat(id: str, label: str, value: bool | int, description: str) -> Json:
    return {"id": id, "label": label, "value": value, "include": True, "description": description}
