"""Descriptions with the doc blocks that they name, and columns.

Knows nothing of nodes' kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from runner.project.nodes import Column, Doc, Properties
from runner.template.configs import Json

_DOC = re.compile(
    r"""\{\{-?\s*doc\(\s*(['"])(?P<first>[^'"]+)\1\s*(?:,\s*(['"])(?P<second>[^'"]+)\3\s*)?\)\s*-?\}\}"""
)


class Docs(Struct, frozen=True):
    """Doc blocks by package and name."""

    by_name: Mapping[tuple[str, str], Doc]
    project: str

    def find(self, name: str, package: str | None, reader: str) -> Doc | None:
        """The block of a package; without one, of the reader's, then of the project's."""
        packages = (package,) if package else (reader, self.project)
        found = (self.by_name.get((place, name)) for place in packages)
        return next((doc for doc in found if doc), None)


def docs_of(docs: Iterable[Doc], project: str) -> Docs:
    """Doc blocks, to be looked up."""
    return Docs({(doc.package, doc.name): doc for doc in docs}, project)


def described(text: str, package: str, docs: Docs) -> tuple[str, list[str]]:
    """A description with its `doc(…)` calls filled in, and the ids of their blocks."""
    if "doc(" not in text:
        return text, []
    ids: list[str] = []

    def fill(match: re.Match[str]) -> str:
        first, second = match["first"], match["second"]
        name, owner = (second, first) if second else (first, None)
        doc = docs.find(name, owner, package)
        if doc is None:
            return match.group()
        ids.append(f"doc.{doc.package}.{doc.name}")
        return doc.text

    return _DOC.sub(fill, text), list(dict.fromkeys(ids))


def columns_of(
    properties: Properties, package: str, docs: Docs, types: Mapping[str, str]
) -> dict[str, Json]:
    """The described columns by name; a type that YAML does not state is the database's."""
    if not properties.columns:
        return {}
    real = {name.lower(): kind for name, kind in types.items()}
    return {column.name: _column(column, package, docs, real) for column in properties.columns}


def constraint(given: Mapping[str, object], *, model: bool) -> Json:
    """A constraint with all keys of the schema."""
    found: Json = {
        "type": given.get("type"),
        "name": given.get("name"),
        "expression": given.get("expression"),
        "warn_unenforced": given.get("warn_unenforced", True),
        "warn_unsupported": given.get("warn_unsupported", True),
        "to": given.get("to"),
        "to_columns": given.get("to_columns") or [],
    }
    if model:
        found["columns"] = given.get("columns") or []
    return found


def _column(column: Column, package: str, docs: Docs, real: Mapping[str, str]) -> Json:
    description, blocks = described(column.description, package, docs)
    meta, tags = dict(column.meta), list(column.tags)
    return {
        "name": column.name,
        "description": description,
        "meta": meta,
        "data_type": column.data_type or real.get(column.name.lower()),
        "constraints": [constraint(given, model=False) for given in column.constraints],
        "quote": column.quote,
        "config": {"meta": meta, "tags": tags},
        "tags": tags,
        "granularity": column.granularity,
        "dimension": None,
        "entity": None,
        "doc_blocks": blocks,
    }
