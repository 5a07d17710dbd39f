"""Pass 2: a node's template rendered to SQL, its references resolved.

Renders once, plainly. Only when the SQL turns out to be wrong is it rendered again with marks, to
find the line of the template that a place of the SQL comes from (sourcemap.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from runner.engines import Inventory, Session
from runner.project.nodes import Node
from runner.project.signature import NO_SIGNATURE
from runner.template.configs import told_config
from runner.template.context import provide
from runner.template.discover import check_arguments, texts_of
from runner.template.environment import compile_template, failure, render_template
from runner.template.library import Library
from runner.template.scope import NeedsDatabase, Record, Resolver, Scope
from runner.template.world import World


class Rendered(Struct, frozen=True):
    """A template's text and what it asked for while it was rendered."""

    text: str
    record: Record


def node_scope(
    node: Node,
    world: World,
    library: Library,
    resolver: Resolver,
    inventory: Inventory | None,
    session: Session | None,
    extra: Mapping[str, object] | None = None,
) -> Scope:
    """The scope that a node is rendered in."""
    scope = Scope(
        world,
        library,
        node.definition,
        node.relation,
        provide,
        config=node.config,
        resolver=resolver,
        inventory=inventory,
        session=session,
        model=lambda: model_of(node),
    )
    scope.give(extra or {})
    if node.definition.check is not None:
        arguments = check_arguments(node.definition, scope, library)
        scope.give({"_dbt_generic_test_kwargs": arguments})
    return scope


def render_node(node: Node, scope: Scope, text: str | None = None) -> Rendered:
    """A node's template, or another text of the same node such as a hook, as SQL.

    Raises NeedsDatabase when the template asks a database that the scope has not got, CompileError
    with the place of a mistake.
    """
    definition = node.definition
    library = scope.library
    scope.text = text or ""
    first_line = definition.first_line if text is None and definition.check is None else 1
    try:
        template = compile_template(
            library.environment,
            definition.text if text is None else text,
            definition.shown,
            first_line=first_line,
        )
        rendered = str(render_template(template, scope.names()))
    except NeedsDatabase:
        raise
    except Exception as error:
        scope.say_all()
        raise failure(error, definition.shown, texts_of(definition, library)) from error
    scope.say_all()
    return Rendered(rendered.strip("\n") if first_line > 1 else rendered, scope.record)


def model_of(node: Node) -> Mapping[str, object]:
    """The variable `model`: a node as dbt's manifest describes it."""
    definition, relation = node.definition, node.relation
    signature = definition.signature or NO_SIGNATURE
    properties = node.properties
    config = told_config(node.kind, node.config.values)
    return {
        "name": node.name,
        "resource_type": str(node.kind),
        "package_name": node.package,
        "unique_id": node.id,
        "path": definition.path,
        "original_file_path": definition.file,
        "root_path": definition.root,
        "fqn": list(node.fqn),
        "database": relation.database if relation else None,
        "schema": relation.schema if relation else None,
        "alias": relation.identifier if relation else node.name,
        "identifier": relation.identifier if relation else node.name,
        "relation_name": str(relation) if relation else None,
        "config": config,
        "docs": config.get("docs"),
        "contract": config.get("contract"),
        "tags": list(node.tags),
        "meta": dict(node.config.meta),
        "description": properties.description,
        "columns": {
            column.name: {
                "name": column.name,
                "description": column.description,
                "data_type": column.data_type,
                "meta": dict(column.meta),
                "tags": list(column.tags),
                "quote": column.quote,
                "constraints": [dict(constraint) for constraint in column.constraints],
            }
            for column in properties.columns
        },
        "constraints": [dict(constraint) for constraint in properties.constraints],
        "arguments": [
            {
                "name": argument.name,
                "data_type": argument.data_type,
                "description": argument.description,
                "default_value": argument.default,
            }
            for argument in signature.arguments
        ],
        "raw_code": definition.text.strip(),
        "language": definition.language,
        "version": definition.version,
        "latest_version": definition.latest_version,
        "checksum": {"name": "sha256", "checksum": definition.checksum},
        "depends_on": {"nodes": list(node.parents), "macros": list(node.captured.macros)},
        "refs": [
            {"name": ref.name, "package": ref.package, "version": ref.version}
            for ref in node.captured.refs
        ],
        "sources": [list(source) for source in node.captured.sources],
        "functions": [
            [ref.package, ref.name] if ref.package else [ref.name]
            for ref in node.captured.functions
        ],
        "access": properties.access or "protected",
        "group": properties.group,
    }
