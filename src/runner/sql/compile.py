"""Nodes as SQL that can be run: rendered, with ephemeral models put in as CTEs.

Templates that ask the database while they are rendered are left for later, and compiled just
before their step. Knows nothing of what is done with a query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from runner.engines import Inventory, Session
from runner.errors import CompileError, Location, ProjectError
from runner.graph.mistyped import mention
from runner.graph.references import Index
from runner.project.nodes import Definition, Kind, Node, Ref
from runner.project.signature import NO_SIGNATURE, call_arguments
from runner.sql.tokens import with_ctes, without_semicolon
from runner.template.library import Library
from runner.template.relation import CTE_PREFIX, Relation
from runner.template.render import node_scope, render_node
from runner.template.scope import NeedsDatabase, Record, Resolver
from runner.template.world import World


class EphemeralResolver(Resolver, Protocol):
    """A resolver that remembers the ephemeral models that were referred to."""

    ephemeral: dict[str, Node]


SourceSql = Callable[[Node], str | None]
"""The SQL that stands for a source that is a file, None for a table."""
Told = Callable[[], Mapping[str, object]]
"""What makes the variable `graph`: kinds of resources, of each id → what is told of it."""


class Compiled(Struct, frozen=True):
    """A node's SQL."""

    id: str
    sql: str
    ctes: tuple[str, ...] = ()
    """Ids of the ephemeral models that were put in."""
    introspected: bool = False
    vars: tuple[str, ...] = ()
    env_vars: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()
    fleeting: bool = False
    """May the same template say something else to the next command, or does it say it aloud?"""
    looked: bool = False
    """Was it asked what lies in the database where the node and its parents do?"""


class Compiler:
    """Compiles the nodes of one project; ephemeral models once each."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        disabled: Mapping[str, Node],
        world: World,
        library: Library,
        source_sql: SourceSql,
        inventory: Inventory,
        told: Told = dict,
    ) -> None:
        self.nodes = nodes
        self.world = world
        self.library = library
        self.source_sql = source_sql
        self.inventory = inventory
        self.told = told
        self.index = Index(nodes.values(), disabled.values(), world.project.name)
        self.selected: tuple[str, ...] = ()
        """Ids of what the command selected, for templates that ask."""
        self._graph: Mapping[str, object] | None = None

    def over(self, inventory: Inventory) -> Compiler:
        """The same compiler over another inventory."""
        other = copy(self)
        other.inventory = inventory
        return other

    def within(self, world: World) -> Compiler:
        """The same compiler in another world."""
        other = copy(self)
        other.world = world
        return other

    def compile(
        self,
        node: Node,
        session: Session | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> Compiled:
        """A node's SQL.

        session: to ask the database with; without one NeedsDatabase is raised where it is needed.
        Raises CompileError with the place of a mistake.
        """
        resolver = NodeResolver(self, node)
        scope = node_scope(node, self.world, self.library, resolver, self.inventory, session, extra)
        rendered = render_node(node, scope)
        return self.finished(node, rendered.text, rendered.record, resolver.ephemeral, session)

    def finished(
        self,
        node: Node,
        text: str,
        record: Record,
        ephemeral: Mapping[str, Node],
        session: Session | None,
        resolver_for: Callable[[Node], EphemeralResolver] | None = None,
    ) -> Compiled:
        """A rendered text with the CTEs of the ephemeral models that it reads.

        resolver_for: what answers the references of those models, where it is not the project.
        """
        ctes: dict[str, str] = {}
        ids: dict[str, None] = {}
        for parent in ephemeral.values():
            self.gather(parent, ctes, ids, session, resolver_for or self.resolver)
        sql = with_ctes(without_semicolon(text), list(ctes.items())) if ctes else text
        return Compiled(
            node.id,
            sql,
            tuple(ids),
            record.introspected,
            tuple(record.vars),
            tuple(record.env_vars),
            tuple(record.volatile),
            tuple(record.macros),
            record.fleeting,
            record.looked,
        )

    def gather(
        self,
        node: Node,
        ctes: dict[str, str],
        ids: dict[str, None],
        session: Session | None,
        resolver_for: Callable[[Node], EphemeralResolver],
    ) -> None:
        """Add an ephemeral model and those that it reads, the innermost first."""
        if node.id in ids:
            return
        resolver = resolver_for(node)
        scope = node_scope(node, self.world, self.library, resolver, self.inventory, session)
        rendered = render_node(node, scope)
        for parent in resolver.ephemeral.values():
            self.gather(parent, ctes, ids, session, resolver_for)
        ids[node.id] = None
        ctes[cte_name(node)] = without_semicolon(rendered.text)

    def resolver(self, node: Node) -> NodeResolver:
        """What resolves a node's references, and remembers the ephemeral models among them."""
        return NodeResolver(self, node)

    def render(
        self,
        node: Node,
        text: str,
        session: Session | None,
        extra: Mapping[str, object] | None = None,
    ) -> str:
        """Another text of a node, such as a hook, rendered in its scope."""
        resolver = NodeResolver(self, node)
        scope = node_scope(node, self.world, self.library, resolver, self.inventory, session, extra)
        return render_node(node, scope, text).text

    def relation(self, node: Node) -> Relation:
        """What stands for a node in the SQL of those that read it."""
        if node.is_ephemeral:
            name = cte_name(node)
            return Relation(identifier=name, kind="ephemeral", sql=name)
        name_ = node.relation
        assert name_ is not None
        sql = self.source_sql(node) if node.kind is Kind.SOURCE else None
        if node.kind is Kind.FUNCTION:
            return Relation(name_.database, name_.schema, name_.identifier, "function")
        kind = self.inventory.kind(name_)
        relation = Relation(
            name_.database, name_.schema, name_.identifier, kind and str(kind), sql=sql
        )
        if self.world.flags.empty and node.kind in (
            Kind.MODEL,
            Kind.SEED,
            Kind.SNAPSHOT,
            Kind.SOURCE,
        ):
            return relation.limited(0)
        return relation

    def graph(self) -> Mapping[str, object]:
        """The variable `graph`."""
        if self._graph is None:
            self._graph = self.told()
        return self._graph


class NodeResolver:
    """Resolves the references of one node."""

    def __init__(self, compiler: Compiler, node: Node) -> None:
        self.compiler = compiler
        self.node = node
        self.ephemeral: dict[str, Node] = {}

    @property
    def selected(self) -> tuple[str, ...]:
        return self.compiler.selected

    def ref(self, definition: Definition, ref: Ref) -> Relation:
        found = self.compiler.index.ref(definition, ref)
        self._expected(found, ref.name, rf"ref\s*\([^)]*{ref.name}['\"][^)]*\)")
        if found.is_ephemeral:
            self.ephemeral.setdefault(found.id, found)
        return self.compiler.relation(found)

    def source(self, definition: Definition, source: str, table: str) -> Relation:
        found = self.compiler.index.source(definition, source, table)
        self._expected(found, f"{source}.{table}", rf"source\s*\([^)]*{table}['\"][^)]*\)")
        return self.compiler.relation(found)

    def function(
        self, definition: Definition, ref: Ref, arguments: Mapping[str, object] | None
    ) -> Relation:
        found = self.compiler.index.function(definition, ref)
        self._expected(found, ref.name, rf"function\s*\([^)]*{ref.name}['\"][^)]*\)")
        relation = self.compiler.relation(found)
        if arguments is None:
            return relation
        at = self.node.properties.at or Location(definition.shown)
        return called(relation, found, arguments, at)

    def graph(self) -> Mapping[str, object]:
        return self.compiler.graph()

    def _expected(self, found: Node, name: str, pattern: str) -> None:
        """A reference that pass 1 could not see would be built in the wrong order."""
        node = self.node
        if node.kind is Kind.OPERATION or found.id in node.parents or found.id == node.id:
            return
        call = pattern.partition("\\")[0]
        argument = name.replace(".", "', '") if call == "source" else name
        raise CompileError(
            f"reads {name} in a way that could not be seen while the project was read",
            at=mention(node.definition, pattern) or Location(node.definition.shown),
            hint=f"add this line to the model: -- depends_on: {{{{ {call}('{argument}') }}}}",
        )


def called(
    relation: Relation, node: Node, arguments: Mapping[str, object], at: Location
) -> Relation:
    """A call of a function, standing where a relation may stand.

    Raises ProjectError, placed at the caller's, for arguments that are missing or not known.
    """
    signature = node.definition.signature or NO_SIGNATURE
    try:
        call = call_arguments(node.name, signature, arguments)
    except ProjectError as error:
        raise error.placed(at) from None
    return replace(relation, sql=f"{relation.render()}{call}")


def cte_name(node: Node) -> str:
    """The name of an ephemeral model inside the queries that read it."""
    name = node.relation.identifier if node.relation else node.name
    return CTE_PREFIX + name


__all__ = ["Compiled", "Compiler", "NeedsDatabase", "SourceSql", "cte_name"]
