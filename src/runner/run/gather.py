"""What a node is made from now, its inputs apart: the texts that its fingerprint is taken of.

Knows compiled SQL, configuration, hooks and surroundings; neither the ledger's versions nor the
database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from runner.engines import ObjectKind
from runner.errors import RunnerError
from runner.plan.changes import Now
from runner.plan.ledger import Entry
from runner.project.hooks import hooks_of
from runner.project.nodes import Kind, Node
from runner.run.python_model import unknown_of_python
from runner.run.tested import tested_macros, tested_world
from runner.sql.compile import Compiled, Compiler
from runner.sql.fingerprint import SAMPLE, digest, normalized
from runner.sql.tables import changes
from runner.sql.texts import Texts
from runner.template.scope import NeedsDatabase

UNTOLD = frozenset({"tags", "meta", "docs", "enabled", "group", "access", "pre_hook", "post_hook"})
"""Configuration that changes nothing in the database, or is told apart."""
MADE = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT)
"""Kinds that leave rows or a query of their own in the database."""
UNKNOWN_HOOK = "*"
"""Stands for a hook whose text is not known before it runs."""


class Surroundings(Struct, frozen=True):
    """What every node depends on beside its inputs.

    engine: versions and settings, a line each. today: the date in the session's time zone.
    session: what on-run-start sets for all steps, by name. macros: digest of all macros. hooks: the
    texts of all hooks. written: names of tables that hooks around the run write to. fixtures: files
    of unit tests, name → text.
    """

    engine: str
    today: str
    macros: str
    session: Mapping[str, str] = field(default_factory=dict)
    written: frozenset[str] = frozenset()
    hooks: tuple[str, ...] = ()
    fixtures: Mapping[str, str] = field(default_factory=dict)


class Gatherer(Struct):
    """Gathers what nodes are made from; each node once.

    current: the entry that holds for a node now. names: id → the name for people.
    """

    compiler: Compiler
    surroundings: Surroundings
    names: Mapping[str, str]
    current: Callable[[str], Entry | None]
    texts: Texts = field(default_factory=Texts)
    _now: dict[tuple[str, str], Now] = field(default_factory=dict)
    _functions: dict[str, str] | None = None
    _macros: frozenset[str] | None = None
    _plain: dict[str, Now] = field(default_factory=dict)
    """What an earlier command gathered of nodes that are made of their SQL alone."""
    _tested: dict[tuple[str, str], Compiled | None] = field(default_factory=dict)
    """The SQL of models as unit tests want it; None where that needs the database."""
    _imitated: frozenset[str] | None = None

    @property
    def imitated(self) -> frozenset[str]:
        """The nodes that unit tests give rows for: the inputs of the models that are tested."""
        if self._imitated is None:
            nodes = self.compiler.nodes
            tested = {
                n.parents[0] for n in nodes.values() if n.kind is Kind.UNIT_TEST and n.parents
            }
            self._imitated = frozenset(id for model in tested for id in self.inputs(nodes[model]))
        return self._imitated

    @property
    def is_dated(self) -> bool:
        """Does anything that was gathered depend on today's date?"""
        return any("date" in now.parts for now in self._now.values())

    def inputs(self, node: Node) -> tuple[str, ...]:
        """What a node reads, ephemeral models replaced by what they read."""
        if node.kind is Kind.UNIT_TEST:
            return ()
        found: dict[str, None] = {}
        for id in node.parents:
            parent = self.compiler.nodes[id]
            if parent.is_ephemeral:
                found.update(dict.fromkeys(self.inputs(parent)))
            else:
                found[id] = None
        return tuple(found)

    def now_of(self, node: Node, compiled: Compiled | None) -> Now:
        """What a node is made from now, its inputs apart."""
        key = _key(node.id, compiled)
        if key not in self._now:
            self._now[key] = self._gather(node, compiled)
        return self._now[key]

    def know(self, id: str, compiled: Compiled, now: Now) -> None:
        """Take what an earlier command gathered of a node with the same SQL and surroundings."""
        self._now[_key(id, compiled)] = self._plain[id] = now

    def known(self, id: str, compiled: Compiled) -> Now | None:
        """What was gathered of a node with this SQL, if anything was."""
        return self._now.get(_key(id, compiled))

    def _gather(self, node: Node, compiled: Compiled | None) -> Now:
        told = {k: v for k, v in node.config.values.items() if k not in UNTOLD}
        parts: dict[str, str] = {
            "config": "\n".join(f"{k}: {json.dumps(v, sort_keys=True, default=str)}"
                                for k, v in sorted(told.items())),
            "relation": str(node.relation),
            "engine": self.surroundings.engine,
            **self.surroundings.session,
        }  # fmt: skip
        unknown: dict[str, None] = {}
        sql = compiled.sql if compiled else ""
        documented = node.config.mapping("persist_docs")
        if documented:
            said = [
                node.properties.description,
                *(f"{c.name}: {c.description}" for c in node.properties.columns),
            ]
            parts["descriptions"] = digest(said)
        if node.kind is Kind.FUNCTION:
            columns = [f"{c.name} {c.data_type}" for c in node.properties.columns]
            parts["signature"] = f"{node.definition.signature}\n{', '.join(columns)}"
        if node.kind is Kind.SEED:
            parts["seed"] = node.definition.checksum
        elif node.kind is Kind.UNIT_TEST:
            self._unit_test(node, parts, unknown)
        elif node.definition.language == "python":
            parts["sql"] = digest([node.definition.text])
            sql = node.definition.text
            unknown.update(dict.fromkeys(unknown_of_python(node.definition.text)))
        elif compiled is not None:
            self._text(node, sql, "sql", parts, unknown)
            self._other_rendering(node, parts, unknown)
            for name in compiled.volatile:
                unknown[f"uses {name}"] = None
        else:  # its SQL is only known while it runs
            parts["template"] = digest([node.definition.text])
        name = node.relation.identifier.lower() if node.relation is not None else ""
        if node.kind in MADE and name in self.surroundings.written:
            unknown["a hook around the run writes to it"] = None
        if node.config.materialized == "external":
            unknown["writes a file, which may have been moved"] = None
        self._hooks(node, parts, unknown)
        return Now(parts, sql, self._vars(node, compiled), tuple(unknown))

    def _text(
        self, node: Node, sql: str, name: str, parts: dict[str, str], unknown: dict[str, None]
    ) -> None:
        """Note the fingerprint of a text, and what in it cannot be known."""
        amount = self.texts(sql)
        parts[name] = amount.fingerprint
        shown = sql
        for parent in self._readings(node):
            text = self.compiler.source_sql(parent) if parent.kind is Kind.SOURCE else None
            if text:
                shown = shown.replace(text, " _runner_source ")
        if shown is not sql:
            amount = self.texts(shown)
        read = amount.reading
        for call in read.volatile:
            unknown["takes a random sample" if call == SAMPLE else f"calls {call}()"] = None
        for call in read.outside:
            unknown[f"calls {call}, whose answer cannot be known"] = None
        if read.dated:
            parts["date"] = self.surroundings.today
        named = amount.named
        for text in named.files:
            unknown[f"reads the file {text}"] = None
        for name in self._uncalled(node, amount.calls):
            unknown[f"calls {name} without function()"] = None
        for name in self._made_elsewhere(node, amount.calls):
            unknown[f"calls {name}(), which is no function of the project"] = None
        known = self._known_names(node)
        for table in named.tables:
            if tuple(part.lower() for part in table) not in known:
                unknown[f"names {'.'.join(table)} without ref or source"] = None

    @property
    def _own_functions(self) -> Mapping[str, str]:
        """The names of the project's functions, in lower case → the node."""
        if self._functions is None:
            self._functions = {
                n.relation.identifier.lower(): n.id
                for n in self.compiler.nodes.values()
                if n.kind is Kind.FUNCTION and n.relation is not None
            }
        return self._functions

    def _uncalled(self, node: Node, calls: Iterable[str]) -> list[str]:
        """Functions of the project that a text calls by their bare names: no edge leads to them."""
        own = self._own_functions
        if not own:
            return []
        return sorted(
            name
            for name in own.keys() & set(calls)
            if own[name] not in (*node.parents, *self.inputs(node), node.id)
        )

    def _made_elsewhere(self, node: Node, calls: Iterable[str]) -> list[str]:
        """Macros of the database that a text calls and that hooks or other programs have made."""
        if self._macros is None:
            self._macros = frozenset(f[2] for f in self.compiler.inventory.functions)
        found = (self._macros & set(calls)) - self._own_functions.keys()
        if not found:
            return []
        known = (node, *self._readings(node))
        return sorted(found - {n.relation.identifier.lower() for n in known if n.relation})

    def _readings(self, node: Node) -> list[Node]:
        return [self.compiler.nodes[id] for id in self.inputs(node)]

    def _known_names(self, node: Node) -> set[tuple[str, ...]]:
        """The names that a query of this node may give to tables, in lower case."""
        found: set[tuple[str, ...]] = {("_runner_source",), ("dbt_subquery",)}
        own = [node] if node.kind in MADE else []
        for other in (*self._readings(node), *own):
            name = other.relation
            if name is not None:
                parts = (name.database.lower(), name.schema.lower(), name.identifier.lower())
                found |= {parts, parts[1:]}
                if parts[1] == "main":
                    found.add(parts[2:])
        return found

    def _other_rendering(self, node: Node, parts: dict[str, str], unknown: dict[str, None]) -> None:
        """The rendering of an incremental model that is not the one of now."""
        if node.config.materialized != "incremental" or node.relation is None:
            return
        name = node.relation
        key = (name.database.lower(), name.schema.lower(), name.identifier.lower())
        objects = dict(self.compiler.inventory.objects)
        if objects.pop(key, None) is None:
            objects[key] = ObjectKind.TABLE
        other = self.compiler.over(replace(self.compiler.inventory, objects=objects))
        texts = [parts["sql"]]
        try:
            found: dict[str, str] = {}
            self._text(node, other.compile(node).sql, "sql", found, unknown)
            texts.append(found["sql"])
        except NeedsDatabase:
            unknown["asks the database while it is compiled"] = None
        except RunnerError:
            texts.append("cannot be rendered")
        parts["sql"] = digest(sorted(texts))

    def _hooks(self, node: Node, parts: dict[str, str], unknown: dict[str, None]) -> None:
        rendered = []
        for hook in hooks_of(node):
            try:
                rendered.append(self.compiler.render(node, hook.sql, None))
            except NeedsDatabase:
                unknown["a hook asks the database"] = None
            except RunnerError:
                rendered.append(hook.sql)
        if rendered:
            parts["hooks"] = "\n".join(normalized(text) for text in rendered)
        for text in rendered:
            if node.relation is not None and changes(text, node.relation):
                self._reading_hook(node, text, parts, unknown)

    def _reading_hook(
        self, node: Node, text: str, parts: dict[str, str], unknown: dict[str, None]
    ) -> None:
        """A hook that writes the node's own rows reads what these depend on."""
        found: dict[str, str] = {}
        why: dict[str, None] = {}
        self._text(node, text, "hook", found, why)
        unknown.update({f"a hook {reason}": None for reason in why})
        if "date" in found:
            parts["date"] = found["date"]

    def _as_tested(self, node: Node, model: Node) -> Compiled | None:
        """The SQL of a unit test's model in the test's world, over the real tables."""
        case = node.definition.unit
        assert case is not None
        key = (model.id, json.dumps(case.overrides, sort_keys=True, default=str))
        if key not in self._tested:
            world = tested_world(self.compiler.world, case.overrides)
            try:
                self._tested[key] = self.compiler.within(world).compile(
                    model, None, tested_macros(case.overrides)
                )
            except NeedsDatabase:
                self._tested[key] = None
            except RunnerError:  # then the test says so, and does not pass
                self._tested[key] = Compiled(model.id, "")
        return self._tested[key]

    def _unit_test(self, node: Node, parts: dict[str, str], unknown: dict[str, None]) -> None:
        """What a unit test depends on: itself, its model's SQL, all macros, its inputs' columns."""
        case = node.definition.unit
        assert case is not None
        model = self.compiler.nodes[node.parents[0]]
        columns = []
        for id in self.inputs(model):
            entry, kind = self.current(id), self.compiler.nodes[id].kind
            if entry is None and kind is not Kind.SOURCE:
                unknown[f"the columns of {self.names.get(id, id)} are not known"] = None
            # No rows stand for a function: it is called itself.
            columns.append(f"{id} {entry.columns if entry and kind is not Kind.FUNCTION else ''}")
        said = json.dumps(
            [list(case.given), case.expect, case.overrides], sort_keys=True, default=str
        )
        wanted = {str(rows.get("fixture")) for rows in (*case.given, case.expect)}
        files = [
            f"{name}\n{text}"
            for name, text in sorted(self.surroundings.fixtures.items())
            if name.rsplit(".", 1)[0] in wanted
        ]
        parts["test"] = digest([said, *files])
        parts["macros"] = self.surroundings.macros
        parts["columns"] = digest(columns)
        parts["model"] = digest([model.definition.text, *self._functions_of(model)])
        known = self._plain.get(model.id)
        if known is not None and not known.unknown and not case.overrides:
            parts["model's SQL"] = known.parts["sql"]
            parts.update({k: v for k, v in known.parts.items() if k == "date"})
            return
        compiled = self._as_tested(node, model) if model.definition.language == "sql" else None
        if compiled is None:
            unknown["its model is only known while it runs"] = None
            return
        self._text(model, compiled.sql, "model's SQL", parts, unknown)
        for name in compiled.volatile:
            unknown[f"its model uses {name}"] = None

    def _functions_of(self, model: Node) -> list[str]:
        """The texts of the functions that a model calls, and of those that these call."""
        found: dict[str, None] = {}
        left = [model]
        while left:
            for id in left.pop().parents:
                parent = self.compiler.nodes[id]
                if id not in found and (parent.is_ephemeral or parent.kind is Kind.FUNCTION):
                    found[id] = None
                    left.append(parent)
        return [self.compiler.nodes[id].definition.text for id in found]

    def _vars(self, node: Node, compiled: Compiled | None) -> dict[str, str]:
        found = {}
        for name in compiled.vars if compiled else ():
            value = self.compiler.world.var(name, None, node.package)
            found[name] = json.dumps(value, sort_keys=True, default=str)
        return found


def _key(id: str, compiled: Compiled | None) -> tuple[str, str]:
    return id, compiled.sql if compiled else ""
