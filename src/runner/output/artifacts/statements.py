"""Sources, exposures, unit tests, macros, doc blocks and groups: what is stated, not built.

Knows nothing of the manifest around them.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from runner.output.artifacts.configs import config_of, unrendered
from runner.output.artifacts.descriptions import columns_of, described
from runner.output.artifacts.resources import View, depends_on, refs_of
from runner.output.values import dumps
from runner.project.nodes import Doc, Macro, Node, SourceTable, UnitCase
from runner.template.configs import Json, docs, freshness, mapping, optional_flag, optional_text

_SIGNATURE = re.compile(r"\{%-?\s*\w+\s+\w+\s*\((.*?)\)\s*-?%\}", re.DOTALL)
_NESTED = re.compile(r"""'[^']*'|"[^"]*"|\[[^\]]*\]|\{[^}]*\}|\([^)]*\)""")
_ARGUMENT = re.compile(r"(?:^|,)\s*(\w+)")


def source_of(node: Node, view: View) -> Json:
    """A table of a source."""
    definition, said, source = node.definition, node.properties, node.definition.source
    assert source is not None
    config = config_of(node)
    thresholds = freshness(source.freshness)
    config["freshness"] = thresholds
    config["loaded_at_field"] = source.loaded_at_field
    config["loaded_at_query"] = source.loaded_at_query
    tags = config["tags"] or list(source.tags)
    config["tags"] = tags
    meta = config["meta"] or dict(said.meta)
    config["meta"] = meta
    description, blocks = described(said.description, node.package, view.docs)
    about, _ = described(source.description, node.package, view.docs)
    relation = node.relation
    return {
        "database": relation.database if relation else source.database or view.invocation.database,
        "schema": relation.schema if relation else source.schema,
        "name": source.table,
        "resource_type": "source",
        "package_name": node.package,
        "path": definition.file,
        "original_file_path": definition.file,
        "unique_id": node.id,
        "fqn": list(definition.fqn),
        "source_name": source.source,
        "source_description": about,
        "loader": source.loader,
        "identifier": source.identifier,
        "quoting": {
            key: optional_flag(source.quoting.get(key))
            for key in ("database", "schema", "identifier", "column")
        },
        "loaded_at_field": source.loaded_at_field,
        "loaded_at_query": source.loaded_at_query,
        "freshness": thresholds,
        "external": dict(external) if (external := mapping(said.extra.get("external"))) else None,
        "description": description,
        "columns": columns_of(said, node.package, view.docs, view.types.get(node.id, {})),
        "meta": meta,
        "source_meta": dict(source.source_meta),
        "tags": tags,
        "config": config,
        "patch_path": None,
        "unrendered_config": unrendered(node),
        "relation_name": _external(source) or (str(relation) if relation else None),
        "created_at": view.created_at,
        "unrendered_database": source.database,
        "unrendered_schema": source.schema,
        "doc_blocks": blocks,
    }


def exposure_of(node: Node, view: View) -> Json:
    """A dashboard or other reader of models."""
    said = node.properties
    owner = mapping(said.extra.get("owner"))
    description, _ = described(said.description, node.package, view.docs)
    config = config_of(node)
    return {
        **stated(node),
        "fqn": list(node.fqn),
        "type": str(said.extra.get("type") or "dashboard"),
        "owner": {**owner, "email": owner.get("email"), "name": optional_text(owner.get("name"))},
        "description": description,
        "label": optional_text(said.extra.get("label")),
        "maturity": optional_text(said.extra.get("maturity")),
        "meta": config["meta"],
        "tags": config["tags"],
        "config": config,
        "unrendered_config": unrendered(node),
        "url": optional_text(said.extra.get("url")),
        "depends_on": depends_on(node, view.macros),
        "refs": refs_of(node),
        "sources": [list(source) for source in node.captured.sources],
        "metrics": [[metric] for metric in node.captured.metrics],
        "created_at": view.created_at,
    }


def unit_test_of(node: Node, view: View) -> Json:
    """A unit test."""
    definition, unit = node.definition, node.definition.unit
    assert unit is not None
    tested = tested_by(node, view)
    model = view.nodes.get(tested[0]) if tested else None
    description, _ = described(node.properties.description, node.package, view.docs)
    versions = mapping(node.properties.extra.get("versions"))
    return {
        **stated(node),
        "model": unit.model,
        "given": [{"input": str(item.get("input")), **_fixture(item)} for item in unit.given],
        "expect": _fixture(unit.expect),
        "fqn": list(node.fqn),
        "description": description,
        "overrides": {key: dict(mapping(unit.overrides.get(key)))
                      for key in ("macros", "vars", "env_vars")} if unit.overrides else None,
        "depends_on": {"macros": [], "nodes": tested},
        "config": config_of(node),
        "checksum": _unit_checksum(unit),
        "schema": model.relation.schema if model and model.relation else view.invocation.schema,
        "created_at": view.created_at,
        "versions": {key: versions.get(key) for key in ("include", "exclude")}
                    if versions else None,
        "version": definition.version,
    }  # fmt: skip


def tested_by(node: Node, view: View) -> list[str]:
    """The id of the model that a unit test is about; its inputs are not what it depends on."""
    unit = node.definition.unit
    assert unit is not None
    found = [
        parent
        for parent in node.parents
        if (model := view.nodes.get(parent)) and unit.model in (model.name, model.definition.key)
    ]
    return found[:1] or list(node.parents)


def macro_of(macro: Macro, view: View) -> Json:
    """A macro, generic test or materialization."""
    said = macro.properties
    shown = docs({**said.docs, **mapping(said.config.get("docs"))})
    meta = {**said.meta, **mapping(said.config.get("meta"))}
    description, _ = described(said.description, macro.package, view.docs)
    return {
        "name": macro.name,
        "resource_type": "macro",
        "package_name": macro.package,
        "path": macro.file,
        "original_file_path": macro.file,
        "unique_id": macro.id,
        "macro_sql": macro.text,
        "depends_on": {"macros": []},
        "description": description,
        "meta": meta,
        "docs": shown,
        "config": {**said.config, "meta": meta, "docs": shown},
        "patch_path": f"{macro.package}://{said.path}" if said.path else None,
        "arguments": _arguments(macro),
        "created_at": view.created_at,
        "supported_languages": ["sql"] if macro.block == "materialization" else None,
    }


def doc_of(doc: Doc) -> Json:
    """A doc block."""
    parts = PurePosixPath(doc.file).parts
    return {
        "name": doc.name,
        "resource_type": "doc",
        "package_name": doc.package,
        "path": str(PurePosixPath(*parts[1:])) if len(parts) > 1 else doc.file,
        "original_file_path": doc.file,
        "unique_id": f"doc.{doc.package}.{doc.name}",
        "block_contents": doc.text,
    }


def group_of(node: Node) -> Json:
    """A group and who owns it."""
    owner = mapping(node.properties.extra.get("owner"))
    return {
        **stated(node),
        "owner": {**owner, "email": owner.get("email"), "name": optional_text(owner.get("name"))},
        "description": node.properties.description or None,
        "config": config_of(node),
    }


def stated(node: Node) -> Json:
    """The keys of everything that a properties file alone states."""
    definition = node.definition
    return {
        "name": node.name,
        "resource_type": str(node.kind),
        "package_name": node.package,
        "path": definition.path,
        "original_file_path": definition.file,
        "unique_id": node.id,
    }


def _unit_checksum(unit: UnitCase) -> str:
    """Changes when what is given, expected or overridden does."""
    text = dumps([unit.model, unit.given, unit.expect, unit.overrides])
    return hashlib.sha256(text.encode()).hexdigest()


def _arguments(macro: Macro) -> list[Json]:
    """A macro's arguments as YAML describes them, else as its first line names them."""
    given = macro.properties.extra.get("arguments")
    if isinstance(given, list | tuple):
        return [
            {
                "name": str(argument.get("name")),
                "type": optional_text(argument.get("type")),
                "description": str(argument.get("description") or ""),
            }
            for argument in map(mapping, given)
        ]
    found = _SIGNATURE.match(macro.text)
    names = (
        _ARGUMENT.findall(_NESTED.sub("", found[1]))
        if found and macro.block != "materialization"
        else []
    )
    return [{"name": name, "type": None, "description": ""} for name in names]


def _fixture(given: object) -> Json:
    values = mapping(given)
    rows = values.get("rows")
    return {
        "rows": [dict(mapping(row)) for row in rows] if isinstance(rows, list | tuple) else rows,
        "format": str(values.get("format") or "dict"),
        "fixture": optional_text(values.get("fixture")),
    }


def _external(source: SourceTable) -> str | None:
    """How dbt-duckdb names an external file: a call as it is, a path in quotes."""
    location = source.external_location
    if location is None:
        return None
    for key, value in (
        ("name", source.table),
        ("identifier", source.identifier),
        ("schema", source.schema),
        ("source_name", source.source),
    ):
        location = location.replace("{" + key + "}", value)
    return location if "(" in location or location.startswith("'") else f"'{location}'"
