"""One template's view of the world: what its functions answer, and what it was heard to ask.

In pass 1 nothing is executed: references are noted and answered with placeholders. In pass 2 they
are resolved. A scope is used for one rendering and thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct, field

from runner.engines import Inventory, ObjectKind, Session
from runner.errors import CompileError
from runner.project.nodes import Captured, Config, Definition, Kind, Ref, RelationName
from runner.template.library import MISSING, Library, Names
from runner.template.relation import Relation
from runner.template.table import Table, table_of
from runner.template.world import ABSENT, World, env_var


class NeedsDatabase(Exception):  # no error: the template is rendered later
    """The template asks the database, which this rendering has not got."""


class Resolver(Protocol):
    """What pass 2 knows of other nodes."""

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids of what the command selected."""

    def ref(self, definition: Definition, ref: Ref) -> Relation:
        """The relation that a `ref` of this definition stands for."""

    def source(self, definition: Definition, source: str, table: str) -> Relation:
        """The relation that a `source` of this definition stands for."""

    def function(
        self, definition: Definition, ref: Ref, arguments: Mapping[str, object] | None
    ) -> Relation:
        """What a `function` of this definition stands for, called with arguments if any are given."""

    def graph(self) -> Mapping[str, object]:
        """The project as the variable `graph` shows it."""


class Record(Struct):
    """What a template asked for, in the order of first mention."""

    refs: dict[Ref, None] = field(default_factory=dict)
    sources: dict[tuple[str, str], None] = field(default_factory=dict)
    functions: dict[Ref, None] = field(default_factory=dict)
    metrics: dict[str, None] = field(default_factory=dict)
    config: dict[str, object] = field(default_factory=dict)
    macros: dict[str, None] = field(default_factory=dict)
    vars: dict[str, None] = field(default_factory=dict)
    env_vars: dict[str, None] = field(default_factory=dict)
    volatile: dict[str, None] = field(default_factory=dict)
    """Things read that differ between two invocations: `run_started_at`, `invocation_id`."""
    fleeting: bool = False
    """Was something read, or said, that more depends on than the node's own files and variables?"""
    looked: bool = False
    """Was it asked of what kind the node's relation or a parent's is?"""
    introspected: bool = False
    """Was the database asked while rendering?"""

    def captured(self) -> Captured:
        return Captured(
            refs=tuple(self.refs),
            sources=tuple(self.sources),
            metrics=tuple(self.metrics),
            config=dict(self.config),
            macros=tuple(self.macros),
            vars=tuple(self.vars),
            env_vars=tuple(self.env_vars),
            functions=tuple(self.functions),
        )


class Scope(Struct):
    """What one rendering of one definition may use.

    resolver: None in pass 1. session: None where the database may not be asked.
    """

    world: World
    library: Library
    definition: Definition
    relation: RelationName | None
    provide: Callable[[Scope, str], object]
    """What answers a name (context.py)."""
    config: Config | None = None
    resolver: Resolver | None = None
    inventory: Inventory | None = None
    session: Session | None = None
    model: Callable[[], Mapping[str, object]] | None = None
    record: Record = field(default_factory=Record)
    results: dict[str, object] = field(default_factory=dict)
    """Results of statements, for `load_result`."""
    text: str = ""
    """What is rendered instead of the definition's text: a hook."""
    waiting: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    """What is said aloud once the rendering is through."""
    uttered: dict[str, int] = field(default_factory=dict)
    """How often this rendering said a thing."""
    _names: Names | None = None

    @property
    def execute(self) -> bool:
        return self.resolver is not None

    def names(self) -> Names:
        """The names of the template, the same ones for all that one rendering runs through."""
        if self._names is None:
            self._names = Names(
                self.library,
                self.definition.package,
                lambda name: self.provide(self, name),
                lambda macro: self.record.macros.setdefault(macro),
            )
        return self._names

    def give(self, extra: Mapping[str, object]) -> None:
        """Set names that stand before all others: arguments of a test, overrides of a unit test."""
        self.names().update(extra)

    # --- what is said aloud -----------------------------------------------------------------

    def say(self, what: str, tell: Callable[[], None]) -> None:
        """Say something aloud, once for all renderings of the same text.

        Nothing is said in pass 1. Without a database a rendering may be given up and begun anew:
        what it says waits for its end.
        """
        if self.execute and self.session is None:
            self.waiting.append((what, tell))
        elif self.execute:
            self._say(what, tell)
        elif self.config is not None:
            tell()

    def say_all(self) -> None:
        """Say what has waited."""
        waiting, self.waiting = self.waiting, []
        for what, tell in waiting:
            self._say(what, tell)

    def _say(self, what: str, tell: Callable[[], None]) -> None:
        """Say it, unless another rendering has said it as often."""
        key = (self.definition.id, self.text, what)
        count = self.uttered[what] = self.uttered.get(what, 0) + 1
        if count > self.world.said.get(key, 0) or self.definition.kind is Kind.OPERATION:
            self.world.said[key] = count
            tell()

    # --- references -------------------------------------------------------------------------

    def ref(self, *args: object, **kwargs: object) -> Relation:
        version = kwargs.pop("v", None) or kwargs.pop("version", None)
        if kwargs or not 1 <= len(args) <= 2 or not all(isinstance(a, str) for a in args):
            raise CompileError(
                "ref takes a model's name, or a package and a name",
                hint="write ref('stg_orders') or ref('package', 'stg_orders')",
            )
        name = str(args[-1])
        number = version if isinstance(version, str | int | float) else None
        ref = Ref(name, str(args[0]) if len(args) == 2 else None, number)
        self.record.refs.setdefault(ref)
        if self.resolver is None:
            target = self.world.target
            return Relation(target.database, target.schema, name)
        return self.resolver.ref(self.definition, ref).watched(self.look)

    def source(self, *args: object) -> Relation:
        if len(args) != 2 or not all(isinstance(a, str) for a in args):
            raise CompileError(
                "source takes the names of a source and a table",
                hint="write source('raw', 'orders')",
            )
        source, table = str(args[0]), str(args[1])
        self.record.sources.setdefault((source, table))
        if self.resolver is None:
            return Relation(self.world.target.database, source, table)
        return self.resolver.source(self.definition, source, table).watched(self.look)

    def function(self, *args: object, arguments: Mapping[str, object] | None = None) -> Relation:
        """dbt's `function`; with arguments (of ours, for tests), a call of it."""
        if not 1 <= len(args) <= 2 or not all(isinstance(a, str) for a in args):
            raise CompileError(
                "function takes a function's name, or a package and a name",
                hint="write function('kpis') or function('package', 'kpis')",
            )
        name = str(args[-1])
        ref = Ref(name, str(args[0]) if len(args) == 2 else None)
        self.record.functions.setdefault(ref)
        if self.resolver is None:
            target = self.world.target
            return Relation(target.database, target.schema, name, "function")
        return self.resolver.function(self.definition, ref, arguments)

    def metric(self, *args: object) -> str:
        self.record.metrics.setdefault(str(args[-1]))
        return str(args[-1])

    # --- configuration ----------------------------------------------------------------------

    def configure(self, *args: object, **kwargs: object) -> str:
        given: dict[str, object] = {}
        for arg in args:
            if not isinstance(arg, Mapping):
                raise CompileError(
                    "config takes named values", hint="write config(materialized='table')"
                )
            given.update({str(key): value for key, value in arg.items()})
        given.update(kwargs)
        merge_config(self.record.config, given)
        return ""

    # --- variables --------------------------------------------------------------------------

    def var(self, name: str, default: object = ABSENT) -> object:
        self.record.vars.setdefault(name)
        if self.resolver is None and default is ABSENT:
            return self.world.var(name, ABSENT, self.definition.package)
        return self.world.var(name, default, self.definition.package)

    def has_var(self, name: str) -> bool:
        self.record.vars.setdefault(name)
        return self.world.var(name, None, self.definition.package) is not None

    def env_var(self, name: str, default: object = ABSENT) -> object:
        self.record.env_vars.setdefault(name)
        return env_var(self.world.environ, name, default, secrets=False)

    # --- the database -----------------------------------------------------------------------

    def database(self) -> Session:
        """The session to ask. Raises NeedsDatabase when this rendering has none."""
        self.record.introspected = True
        if self.session is None:
            raise NeedsDatabase
        return self.session

    def query(self, sql: str) -> Table:
        rows = self.database().query(sql)
        return table_of(rows.columns, rows.types, rows.values)

    def look(self) -> None:
        """Note that somebody asks of what kind something in the database is."""
        self.record.looked = True

    def kind_of(self, name: RelationName) -> ObjectKind | None:
        """What a relation is in the database."""
        self.look()
        if self.inventory is None:
            raise NeedsDatabase
        return self.inventory.kind(name)

    def is_incremental(self) -> bool:
        """Does the model add to a table that is there?"""
        if not self.execute or self.config is None or self.relation is None:
            return False
        if self.config.materialized != "incremental":
            return False
        if self.kind_of(self.relation) is not ObjectKind.TABLE:
            return False
        return not self.full_refresh()

    def full_refresh(self) -> bool:
        given = self.config.get("full_refresh") if self.config else None
        return self.world.flags.full_refresh if given is None else bool(given)


APPENDED = ("pre_hook", "post_hook", "tags", "packages")
MERGED = ("meta", "docs", "column_types", "persist_docs", "quoting", "grants", "contract")


def merge_config(base: dict[str, object], given: Mapping[str, object]) -> None:
    """Put configuration over configuration: lists of tags and hooks grow, mappings are joined,
    everything else is replaced. Changes `base`.
    """
    for written, value in given.items():
        key = written.replace("-", "_") if written in ("pre-hook", "post-hook") else written
        there = base.get(key)
        if key in APPENDED:
            new = (
                list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
            )
            old = list(there) if isinstance(there, list | tuple) else []
            base[key] = [*old, *(v for v in new if key != "tags" or v not in old)]
        elif key in MERGED and isinstance(value, Mapping) and isinstance(there, Mapping):
            base[key] = {**there, **value}
        else:
            base[key] = value


__all__ = ["MISSING", "NeedsDatabase", "Record", "Resolver", "Scope", "merge_config"]
