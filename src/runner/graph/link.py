"""Definitions and what pass 1 found in them, joined into nodes.

Merges configuration, gives every node its place in the database, and resolves references to ids.
Knows nothing of SQL or of what the database holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from runner.errors import (
    CompileError,
    Location,
    ProjectError,
    RunnerError,
    collect,
)
from runner.graph.config import default_config, merge_folders
from runner.graph.mistyped import look_for_mistypes, not_a_flag
from runner.graph.references import REFERABLE, DisabledError, Index, MissingError
from runner.project.hooks import hooks_of
from runner.project.nodes import (
    Captured,
    Config,
    Definition,
    Kind,
    Node,
    RelationName,
    TestEntry,
)
from runner.project.tests import generic_test
from runner.template.context import provide
from runner.template.discover import discover_one, discover_text, early_model
from runner.template.environment import failure
from runner.template.library import Library
from runner.template.scan import Scanner
from runner.template.scope import Scope, merge_config
from runner.template.world import World

_REFERRING = frozenset({"ref", "source", "function"})
PLACED = (*REFERABLE, Kind.FUNCTION, Kind.TEST, Kind.ANALYSIS)


class Linked(Struct, frozen=True):
    """The project's nodes by id, and the ids of those that are disabled."""

    nodes: Mapping[str, Node]
    disabled: Mapping[str, Node]


def link(
    definitions: Iterable[Definition],
    captured: Mapping[str, Captured],
    world: World,
    library: Library,
) -> Linked:
    """The nodes of a project.

    Raises CompileError or ProjectError, or an ErrorGroup: unknown references, duplicate names.
    """
    linker = _Linker(world, library)
    for definition in definitions:
        linker.add(definition, captured[definition.id])
    return linker.linked()


class _Linker:
    def __init__(self, world: World, library: Library) -> None:
        self.world = world
        self.library = library
        self.nodes: dict[str, Node] = {}
        self.disabled: dict[str, Node] = {}
        self.errors: list[RunnerError] = []
        self.scanner = Scanner(library)

    def add(self, definition: Definition, captured: Captured) -> None:
        config = self.merged(definition, captured)
        if definition.kind in REFERABLE:
            look_for_mistypes(definition, captured, self.world)
        enabled = config.get("enabled")
        if enabled is not None and not isinstance(enabled, bool):
            self.errors.append(not_a_flag(definition, enabled))
        node = Node(definition, config, captured)
        if not config.enabled:
            self.disabled[node.id] = node
            return
        there = self.nodes.get(node.id)
        if there is not None:
            self.errors.append(_twice(there.definition, definition))
            return
        try:
            self.nodes[node.id] = replace(node, relation=self.placed(node))
        except RunnerError as error:
            self.errors.append(error)
        grain = config.get("grain")
        if grain is not None and definition.kind in (*REFERABLE, Kind.FUNCTION, Kind.SOURCE):
            self.add_grain(definition, grain)

    def add_grain(self, definition: Definition, grain: object) -> None:
        columns = [grain] if isinstance(grain, str) else grain
        at = definition.properties.at or Location(definition.shown)
        if not isinstance(columns, list | tuple) or not columns:
            self.errors.append(
                ProjectError("grain is a list of columns", at=at, hint="write grain: [order_id]")
            )
            return
        entry = TestEntry("grain", {"columns": [str(c) for c in columns]}, at=at)
        test = generic_test(definition, entry, None, definition.package)
        self.add(test, discover_one(test, self.world, self.library, self.scanner))

    def merged(self, definition: Definition, captured: Captured) -> Config:
        values = default_config(definition)
        if definition.replaced:
            # It lies where the replaced one lay, unless the project says otherwise of its own.
            place = replace(definition, package=definition.replaced[0], fqn=definition.replaced)
            self.add_folders(values, place)
        self.add_folders(values, definition)
        if definition.kind is not Kind.TEST or definition.check is None:
            merge_config(values, definition.properties.config)
        merge_config(values, captured.config)
        return Config(values)

    def add_folders(self, values: dict[str, object], definition: Definition) -> None:
        merge_folders(values, definition, self.world.project, self.world.packages)

    # --- where a node lies ------------------------------------------------------------------

    def placed(self, node: Node) -> RelationName | None:
        definition, config = node.definition, node.config
        if definition.source is not None:
            source = definition.source
            return RelationName(
                source.database or self.world.target.database, source.schema, source.identifier
            )
        if definition.kind not in PLACED:
            return None
        schema = config.text("target_schema") if node.kind is Kind.SNAPSHOT else None
        database = config.text("target_database") if node.kind is Kind.SNAPSHOT else None
        return RelationName(
            database or self.named("database", node),
            schema or self.named("schema", node),
            self.named("alias", node),
        )

    def named(self, part: str, node: Node) -> str:
        """The database, schema or alias of a node, by the project's macro or dbt's rule."""
        custom = node.config.text(part)
        name = f"generate_{part}_name"
        macro = self.library.find(name, node.package)
        if macro is None:
            macro = self.library.find(f"default__{name}", node.package)
        if macro is None:
            return default_name(part, custom, node, self.world)
        definition = node.definition
        scope = Scope(self.world, self.library, definition, None, provide, config=node.config)
        model = {
            **early_model(definition),
            "config": dict(node.config.values),
            "tags": list(node.tags),
            "schema": self.world.target.schema,
            "database": self.world.target.database,
        }
        try:
            value = scope.names().function(macro)(custom, model)
        except Exception as error:
            found = failure(
                error, macro.shown, lambda path: macro.text if path == macro.shown else None
            )
            raise found from error
        return str(value).strip()

    # --- references -------------------------------------------------------------------------

    def linked(self) -> Linked:
        index = Index(self.nodes.values(), self.disabled.values(), self.world.project.name)
        nodes: dict[str, Node] = {}
        for node in self.nodes.values():
            try:
                parents = self.parents(node, index)
            except RunnerError as error:
                self.errors.append(error)
                continue
            if parents is None:
                self.disabled[node.id] = node
                continue
            nodes[node.id] = replace(node, parents=parents)
        self.errors += _one_place_each(nodes.values())
        collect(self.errors)
        return Linked(nodes, self.disabled)

    def parents(self, node: Node, index: Index) -> tuple[str, ...] | None:
        """Ids of what a node reads; None for a test of something disabled.

        In dbt's projects also for one of something that is not there, as there with a warning.
        """
        found: dict[str, None] = {}
        errors: list[RunnerError] = []
        read = (node.captured, *self.of_hooks(node))
        find = index.tested if node.kind is Kind.UNIT_TEST else index.ref
        lookups: list[Callable[[], Node]] = [
            *(partial(find, node.definition, ref) for c in read for ref in c.refs),
            *(partial(index.function, node.definition, r) for c in read for r in c.functions),
            *(partial(index.source, node.definition, *s) for c in read for s in c.sources),
        ]
        for lookup in lookups:
            try:
                found.setdefault(lookup().id)
            except DisabledError as error:
                if node.kind in (Kind.TEST, Kind.UNIT_TEST):
                    return None
                errors.append(error)
            except MissingError as error:
                if node.kind is Kind.TEST and not self.world.project.strict:
                    hint = f" ({error.hint})" if error.hint else ""
                    what = f"the test {node.name} {error.message}{hint}: it is left out"
                    self.world.warn(what, error.at)
                    return None
                errors.append(error)
            except RunnerError as error:
                errors.append(error)
        collect(errors)
        return tuple(found)

    def of_hooks(self, node: Node) -> Iterator[Captured]:
        """What a node's hooks refer to, which is built before the node; the node itself is not.

        A hook that cannot be rendered yet refers to nothing: it says what is wrong when it is run.
        """
        if node.kind not in REFERABLE:
            return
        for hook in hooks_of(node):
            if not self._may_refer(hook.sql):
                continue
            with suppress(RunnerError):
                where = (node.definition, self.world, self.library, self.scanner)
                found = discover_text(hook.sql, *where)
                refs = tuple(ref for ref in found.refs if ref.name != node.name)
                yield replace(found, refs=refs)

    def _may_refer(self, text: str) -> bool:
        """Does a text name what refers, or a macro?"""
        if "{" not in text:
            return False
        words = set(re.findall(r"\w+", text))
        return bool(words & _REFERRING) or any(map(self.library.anywhere, words))


def default_name(part: str, custom: str | None, node: Node, world: World) -> str:
    """dbt's rule for the database, schema or alias of a node."""
    custom = custom.strip() if custom else custom
    if part == "database":
        return custom or world.target.database
    if part == "schema":
        return f"{world.target.schema}_{custom}" if custom else world.target.schema
    version = node.definition.version
    if custom:
        return custom
    name = node.name
    return f"{name}_v{str(version).replace('.', '_')}" if version is not None else name


def _twice(there: Definition, definition: Definition) -> CompileError:
    kind = "source" if definition.source else str(definition.kind)
    if definition.check is not None:
        return CompileError(
            f"the test {definition.name} stands twice",
            at=definition.properties.at,
            hint="remove one, or give one a name of its own",
        )
    return CompileError(
        f"the {kind} {definition.key} is defined twice: in {_begins(there)} and {_begins(definition)}",
        at=_begins(definition),
        hint="rename one of them, or disable it",
    )


def _begins(definition: Definition) -> Location:
    """Where a definition begins: its entry in YAML, or its file and the line in it."""
    if not definition.text and definition.properties.at is not None:
        return replace(definition.properties.at, column=None)
    return Location(definition.shown, definition.first_line)


def _one_place_each(nodes: Iterable[Node]) -> list[RunnerError]:
    """Errors for two nodes that would be the same relation."""
    seen: dict[str, Node] = {}
    errors: list[RunnerError] = []
    for node in nodes:
        if node.kind not in (*REFERABLE, Kind.FUNCTION) or node.relation is None:
            continue
        if node.is_ephemeral:
            continue
        # A function and a table may share a name: one is called, the other is not.
        called = "()" if node.kind is Kind.FUNCTION else ""
        there = seen.setdefault(str(node.relation).lower() + called, node)
        if there is not node:
            relation = node.relation
            errors.append(
                CompileError(
                    f"{there.label} and {node.label} would both be"
                    f" {relation.schema}.{relation.identifier}"
                    f" ({there.definition.shown}, {node.definition.shown})",
                    at=Location(node.definition.shown),
                    hint="rename one, or give it another alias or schema",
                )
            )
    return errors
