"""Models, seeds, snapshots, tests, analyses and operations as the manifest's `nodes` have them.

Knows nothing of the manifest around them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from runner.output.artifacts.configs import config_of, unrendered
from runner.output.artifacts.descriptions import Docs, columns_of, constraint, described
from runner.output.artifacts.inputs import CompiledText, Invocation
from runner.project.nodes import Check, Kind, Node, Ref
from runner.template.configs import Json, docs, mapping, optional_text

_SECTIONS = {
    Kind.MODEL: "models",
    Kind.SEED: "seeds",
    Kind.SNAPSHOT: "snapshots",
    Kind.FUNCTION: "functions",
    Kind.SOURCE: "sources",
    Kind.ANALYSIS: "analyses",
}


class View(Struct, frozen=True):
    """What a resource is looked at with: everything that is the same for all of them."""

    invocation: Invocation
    created_at: float
    nodes: Mapping[str, Node]
    docs: Docs
    compiled: Mapping[str, CompiledText]
    types: Mapping[str, Mapping[str, str]]
    macros: frozenset[str]
    primary_keys: Mapping[str, list[str]]


def node_of(node: Node, view: View) -> Json:
    """A resource of the manifest's `nodes`."""
    match node.kind:
        case Kind.MODEL:
            return _model(node, view)
        case Kind.SEED:
            return _seed(node, view)
        case Kind.TEST:
            return _test(node, view)
        case Kind.OPERATION:
            return {**_parsed(node, view), **_templated(node, view), "index": _index(node)}
        case _:
            return {**_parsed(node, view), **_templated(node, view)}


def refs_of(node: Node) -> list[Json]:
    """The node's `ref(…)` calls; a test's reference to what it is attached to stands last."""
    refs: list[Ref] = list(node.captured.refs)
    check = node.definition.check
    if check is not None and len(refs) > 1:
        key = check.target.split(".", 2)[-1]
        refs.sort(key=lambda ref: _key(ref) == key or ref.name == key)
    return [{"name": ref.name, "package": ref.package, "version": ref.version} for ref in refs]


def depends_on(node: Node, macros: frozenset[str]) -> Json:
    """Ids of what the node reads and calls; of a test: what it refers to, then what it tests."""
    return {
        "macros": [macro for macro in node.captured.macros if macro in macros],
        "nodes": parents_of(node),
    }


def parents_of(node: Node) -> list[str]:
    """Ids of what the node reads, in dbt's order."""
    check = node.definition.check
    if check is None or check.target not in node.parents:
        return list(node.parents)
    return [*(parent for parent in node.parents if parent != check.target), check.target]


def alias_of(node: Node) -> str:
    """The name that the node has, or would have, in the database."""
    if node.relation is not None:
        return node.relation.identifier
    alias = node.config.text("alias")
    if alias:
        return alias
    version = node.definition.version
    return node.name if version is None else f"{node.name}_v{version}"


def _model(node: Node, view: View) -> Json:
    said, definition = node.properties, node.definition
    found = {**_parsed(node, view), **_templated(node, view)}
    enforced = mapping(node.config.get("contract")).get("enforced") is True
    if enforced:
        found["contract"] = {
            "enforced": True,
            "alias_types": mapping(node.config.get("contract")).get("alias_types") is not False,
            "checksum": _contract_checksum(node),
        }
    found["access"] = node.config.text("access") or said.access or "protected"
    found["constraints"] = [constraint(given, model=True) for given in said.constraints]
    found["version"] = definition.version
    found["latest_version"] = definition.latest_version
    found["deprecation_date"] = said.deprecation_date
    found["primary_key"] = view.primary_keys.get(node.id, [])
    found["time_spine"] = _time_spine(said.extra.get("time_spine"))
    return found


def _seed(node: Node, view: View) -> Json:
    return {
        **_parsed(node, view),
        "raw_code": "",
        "root_path": node.definition.root or None,
        "depends_on": {"macros": depends_on(node, view.macros)["macros"]},
    }


def _test(node: Node, view: View) -> Json:
    found = {**_parsed(node, view), **_templated(node, view)}
    check = node.definition.check
    if check is None:
        return found
    target = view.nodes.get(check.target)
    found["path"] = f"{alias_of(node)}.sql"
    found["checksum"] = {"name": "none", "checksum": ""}
    found["patch_path"] = None
    found["group"] = found["group"] or (target.config.text("group") if target else None)
    found["raw_code"] = node.definition.text or _generic_code(check)
    found["column_name"] = check.column
    found["file_key_name"] = _file_key(target) if target else None
    found["attached_node"] = check.target if target and target.kind is not Kind.SOURCE else None
    found["test_metadata"] = {
        "name": check.test,
        "kwargs": dict(check.arguments),
        "namespace": check.package,
    }
    return found


def _parsed(node: Node, view: View) -> Json:
    """The keys that all kinds of nodes have."""
    definition, said, relation = node.definition, node.properties, node.relation
    config = config_of(node)
    documented = docs({**said.docs, **node.config.mapping("docs")})
    if "docs" in config:
        config["docs"] = documented
    description, blocks = described(said.description, node.package, view.docs)
    return {
        "database": relation.database if relation else view.invocation.database,
        "schema": relation.schema if relation else _schema(config, view),
        "name": node.name,
        "resource_type": str(node.kind),
        "package_name": node.package,
        "path": _path(node),
        "original_file_path": definition.file,
        "unique_id": node.id,
        "fqn": list(definition.fqn),
        "alias": alias_of(node),
        "checksum": {"name": "sha256", "checksum": definition.checksum},
        "config": config,
        "tags": config["tags"],
        "description": description,
        "columns": columns_of(said, node.package, view.docs, view.types.get(node.id, {})),
        "meta": config["meta"],
        "group": config["group"],
        "docs": documented,
        "patch_path": f"{node.package}://{said.path}" if said.path else None,
        "build_path": None,
        "unrendered_config": unrendered(node),
        "created_at": view.created_at,
        "relation_name": str(relation) if relation and not node.is_ephemeral else None,
        "raw_code": _code(node),
        "doc_blocks": blocks,
    }


def _templated(node: Node, view: View) -> Json:
    """The keys of nodes with a template."""
    compiled = view.compiled.get(node.id)
    captured = node.captured
    return {
        "language": node.definition.language,
        "refs": refs_of(node),
        "sources": [list(source) for source in captured.sources],
        "metrics": [[metric] for metric in captured.metrics],
        "functions": [
            [ref.package, ref.name] if ref.package else [ref.name] for ref in captured.functions
        ],
        "depends_on": depends_on(node, view.macros),
        "compiled_path": compiled.path if compiled else None,
        "compiled": compiled is not None,
        "compiled_code": compiled.sql if compiled else None,
        "extra_ctes_injected": compiled is not None,
        "extra_ctes": [{"id": id, "sql": sql} for id, sql in compiled.ctes] if compiled else [],
        "contract": {"enforced": False, "alias_types": True, "checksum": None},
    }


def _path(node: Node) -> str:
    """The path as dbt gives it: analyses below `analysis`, YAML snapshots as if in files."""
    path = node.definition.path
    if node.kind is Kind.ANALYSIS:
        return f"analysis/{path}"
    if node.kind is Kind.SNAPSHOT and path.endswith((".yml", ".yaml")):
        return str(PurePosixPath(path).with_name(f"{node.name}.sql"))
    return path


def _code(node: Node) -> str:
    """The template; dbt strips files, but not blocks of files."""
    text = node.definition.text
    return text if node.kind is Kind.SNAPSHOT else text.strip()


def _schema(config: Json, view: View) -> str:
    own = config.get("schema")
    return f"{view.invocation.schema}_{own}" if own else view.invocation.schema


def _key(ref: Ref) -> str:
    return ref.name if ref.version is None else f"{ref.name}.v{ref.version}"


def _file_key(target: Node) -> str:
    source = target.definition.source
    name = source.source if source else target.name
    return f"{_SECTIONS.get(target.kind, 'models')}.{name}"


def _generic_code(check: Check) -> str:
    prefix = f"{check.package}." if check.package else ""
    return f"{{{{ {prefix}test_{check.test}(**_dbt_generic_test_kwargs) }}}}"


def _index(node: Node) -> int | None:
    last = node.name.rpartition("-")[2]
    return int(last) + 1 if last.isdigit() else None


def _contract_checksum(node: Node) -> str:
    """Changes when a column's name, type or constraints do."""
    columns = sorted(node.properties.columns, key=lambda column: column.name)
    text = "|".join(
        f"{column.name}|{column.data_type}|{[dict(given) for given in column.constraints]}"
        for column in columns
    )
    whole = f"{text}|{[dict(given) for given in node.properties.constraints]}"
    return hashlib.sha256(whole.encode()).hexdigest()


def _time_spine(value: object) -> Json | None:
    given = mapping(value)
    column = given.get("standard_granularity_column")
    if column is None:
        return None
    custom = given.get("custom_granularities")
    return {
        "standard_granularity_column": str(column),
        "custom_granularities": [
            {
                "name": str(mapping(item).get("name")),
                "column_name": optional_text(mapping(item).get("column_name")),
            }
            for item in (custom if isinstance(custom, list | tuple) else ())
        ],
    }
