"""The keeper of the ledger during a run: what is unchanged is not done again, what is done is noted.

Gathers what a node is made from now, asks plan/changes.py whether that differs from the entry of its
last build, and makes the new entry. Knows versions of contents, not how they are stored.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from threading import RLock

from msgspec import Struct, field
from msgspec.structs import replace

from runner.engines import Inventory, ObjectKind, Session
from runner.errors import DatabaseError, RunnerError
from runner.plan.changes import Judgement, ViewVersions, judge, judge_done
from runner.plan.functions import macro_kind
from runner.plan.incremental import settled_query
from runner.plan.ledger import Entry, Ledger
from runner.plan.plan import Step
from runner.plan.snapshot import next_snapshot
from runner.plan.status import Status
from runner.project.nodes import Kind, Node
from runner.run.events import Result
from runner.run.gather import UNKNOWN_HOOK, Gatherer, Surroundings
from runner.sql.compile import Compiled, Compiler
from runner.sql.texts import Texts
from runner.sql.tokens import without_semicolon

STORED = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT, Kind.FUNCTION)
TEMPLATES = (Kind.MODEL, Kind.SNAPSHOT, Kind.FUNCTION, Kind.TEST)


class Before(Struct):
    """The release before, opened when something in it is first compared. For one thread at a time."""

    open: Callable[[], Session]
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """A session that reads it."""
        if self._session is None:
            self._session = self.open()
        return self._session

    def close(self) -> None:
        """Give the session back, if there is one."""
        if self._session is not None:
            self._session.close()


class Keeper(Struct):
    """Judges and notes the steps of one command; used by all of its threads.

    file_version: the version of a source that is a file. trusted: has nobody else written to the
    database since it was published? always: do everything, whatever the ledger says. done: what
    ended well in the failed build that is gone on with.
    """

    ledger: Ledger
    compiler: Compiler
    inventory: Inventory
    surroundings: Surroundings
    file_version: Callable[[Node], str | None]
    invocation: str
    stamp: str
    trusted: bool
    always: bool
    names: Mapping[str, str]
    texts: Texts = field(default_factory=Texts)
    done: frozenset[str] = frozenset()
    loaded: Mapping[str, str | None] = field(default_factory=dict)
    """Versions of tables that others load, as far as they were asked when that was."""
    entries: dict[str, Entry] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[int, int, int, str]] = field(default_factory=dict)
    """Source files as they were seen, for the ledger."""
    lock: RLock = field(default_factory=RLock)
    _one_at_a_time: RLock = field(default_factory=RLock)
    """For the session on the release before, which all threads share."""
    _read: set[str] = field(default_factory=set)
    _views: ViewVersions = field(default_factory=ViewVersions)
    _gatherer: Gatherer | None = None
    _made_by: dict[str, str] | None = None

    @property
    def _makers(self) -> dict[str, str]:
        """Relations that nodes of the project make, in lower case → the node."""
        if self._made_by is None:
            nodes = self.compiler.nodes.values()
            self._made_by = {
                str(n.relation).lower(): n.id
                for n in nodes
                if n.kind in STORED and n.kind is not Kind.FUNCTION
            }
        return self._made_by

    @property
    def gather(self) -> Gatherer:
        """What gathers the texts that fingerprints are taken of."""
        if self._gatherer is None:
            self._gatherer = Gatherer(
                self.compiler, self.surroundings, self.names, self.current, self.texts
            )
        return self._gatherer

    # --- judging ----------------------------------------------------------------------------

    def judge(self, node: Node, compiled: Compiled | None) -> Judgement:
        """Is a node to be done again? compiled: None where that needs the database or there is none."""
        if node.id in self.done:
            return self._judge_done(node, compiled)
        if self.always:
            return Judgement(False, "--full")
        if not self.trusted:
            return self._judge_untrusted(node, compiled)
        forced = self._forced(node)
        if forced is not None:
            return Judgement(False, forced)
        if compiled is None and node.kind in TEMPLATES and (node.definition.language == "sql"):
            return Judgement(False, "asks the database while it is compiled")
        return self._judged(node, compiled)

    def _judge_untrusted(self, node: Node, compiled: Compiled | None) -> Judgement:
        """Somebody else wrote: all is done again. A source that is known to be newer is the reason."""
        reason = ""
        if self.loaded and node.id in self.ledger.entries:
            reason = self._judged(node, compiled).reason
        newer = reason.startswith("source ")
        return Judgement(False, reason if newer else "the database was written by another program")

    def _judged(self, node: Node, compiled: Compiled | None) -> Judgement:
        with self.lock:
            entry = self.current(node.id)
            now = self.gather.now_of(node, compiled)
            there = node.kind not in STORED or self._is_there(node, entry)
            return judge(node, now, entry, self.gather.inputs(node), self.version, is_there=there,
                         names=self.names)  # fmt: skip

    def _judge_done(self, node: Node, compiled: Compiled | None) -> Judgement:
        with self.lock:
            entry = self.current(node.id)
            there = node.kind not in STORED or self._is_there(node, entry)
            now = self.gather.now_of(node, compiled)
            return judge_done(now, entry, self.gather.inputs(node), self.version, is_there=there,
                              names=self.names)  # fmt: skip

    def _forced(self, node: Node) -> str | None:
        """Why the command line wants a node done, whatever has changed."""
        flags = self.compiler.world.flags
        if flags.store_failures and node.kind is Kind.TEST:
            return "--store-failures"
        kept = node.config.get("full_refresh") is False
        if flags.full_refresh and node.config.materialized == "incremental" and not kept:
            return "--full-refresh"
        return None

    def _is_there(self, node: Node, entry: Entry | None) -> bool:
        if node.relation is None or entry is None or entry.object is None:
            return False
        if entry.object == ObjectKind.FUNCTION:
            return macro_kind(node) in self.inventory.macros(node.relation)
        return self.inventory.kind(node.relation) == entry.object

    def current(self, id: str) -> Entry | None:
        """The entry that holds for what is in the database now."""
        if id in self.gone:
            return None
        return self.entries.get(id) or self.ledger.entries.get(id)

    def version(self, id: str) -> str | None:
        """The version of a node's content as it is in the database; None where it is not known."""
        node = self.compiler.nodes.get(id)
        if node is None:
            return None
        if node.kind is Kind.SOURCE:
            return self._source_version(node)
        entry = self.current(id)
        if entry is None:
            return None
        if entry.object in (ObjectKind.VIEW, ObjectKind.FUNCTION):
            return self._views.of(entry, self.version)
        return entry.version

    def _source_version(self, node: Node) -> str | None:
        source = node.definition.source
        assert source is not None
        assert node.relation is not None
        if source.external_location is not None:
            return self.file_version(node)
        maker = self._makers.get(str(node.relation).lower())
        if maker is not None:
            return self.version(maker)
        if self.surroundings.hooks and self._is_hooked(node.relation.identifier):
            return None
        if node.id in self.loaded:
            found = self.loaded[node.id]
            if found is not None:
                self.sources[node.id] = found
            return found
        if node.relation.database.lower() != self.compiler.world.target.database.lower():
            return None
        if self.inventory.kind(node.relation) is ObjectKind.VIEW:
            return None  # it may read a file, the clock, or a table that this build makes
        if node.id not in self.sources:
            known = self.ledger.sources.get(node.id) if self.trusted else None
            self.sources[node.id] = known or secrets.token_hex(8)
        return self.sources[node.id]

    def _is_hooked(self, table: str) -> bool:
        """May a hook around the run write to a table?"""
        word = re.compile(rf"\b{re.escape(table)}\b", re.IGNORECASE)
        return any(text == UNKNOWN_HOOK or word.search(text) for text in self.surroundings.hooks)

    # --- noting -------------------------------------------------------------------------------

    def note(
        self,
        step: Step,
        compiled: Compiled | None,
        result: Result,
        session: Session | None,
        before: Before | None,
    ) -> None:
        """Make the entry of a step that was done, or forget the one that no longer holds.

        session: of the build. before: of the release before, to see whether the content changed.
        """
        node = step.node
        if result.status in (Status.REUSED, Status.SKIPPED):
            return
        if result.status is Status.ERROR:
            with self.lock:
                self.gone.add(node.id)
                self.entries.pop(node.id, None)
                self._views.forget(node.id)
            return
        with self.lock:
            now = self.gather.now_of(node, compiled)
            inputs = {id: self.version(id) for id in self.gather.inputs(node)}
            old = self.current(node.id)
        stored = node.kind in STORED and session is not None and node.relation is not None
        kind = None
        version = secrets.token_hex(8)
        settled = True
        if stored:
            assert session is not None
            kind = _object_of(node)
            if kind is ObjectKind.TABLE:
                if _may_be_as_before(node, old, result.rows):
                    version = self._content_version(node, old, session, before) or version
                settled = self._is_settled(node, session)
        entry = Entry(
            id=node.id,
            kind=str(node.kind),
            own=now.own,
            parts=now.parts,
            inputs={id: found or "" for id, found in inputs.items()},
            version=version,
            status=str(result.status),
            relation=str(node.relation) if node.relation else None,
            object=str(kind) if kind else None,
            sql=now.sql,
            vars=now.vars,
            unknown=now.unknown,
            settled=settled,
            columns=self._columns(node, session) if stored else (),
            rows=result.rows,
            seconds=round(result.seconds, 4),
            built_at=self.stamp,
            invocation=self.invocation,
            failures=result.failures,
        )
        with self.lock:
            self.entries[node.id] = entry
            self.gone.discard(node.id)
            self._views.forget(node.id)

    def has_passed(self) -> bool:
        """Has a test passed that need not be run again, once that is written down?"""
        return not self.always and any(
            entry.status == Status.PASS and not entry.unknown and not self._is_known(entry)
            for entry in self.entries.values()
        )

    def _is_known(self, entry: Entry) -> bool:
        old = self.ledger.entries.get(entry.id)
        said = (entry.status, entry.own, entry.inputs)
        return old is not None and (old.status, old.own, old.inputs) == said

    def forget_replaced(self) -> None:
        """What another node of the same name has made since is not what an entry tells of."""
        made = {_place_of(entry): id for id, entry in self.entries.items() if entry.object}
        for id, entry in self.ledger.entries.items():
            if entry.object and made.get(_place_of(entry), id) != id and id not in self.entries:
                self.gone.add(id)

    def forget_unproven(self) -> None:
        """Where another program wrote, only what was done since is known: the rest has no entry."""
        if not self.trusted:
            with self.lock:
                self.gone |= self.ledger.entries.keys() - self.entries.keys()
                self._views.clear()

    def _columns(self, node: Node, session: Session | None) -> tuple[tuple[str, str], ...]:
        """The columns of what a unit test's rows will stand for: the test depends on them."""
        if session is None or node.relation is None or node.id not in self.gather.imitated:
            return ()
        if node.kind is Kind.FUNCTION:
            return ()
        return tuple((c.name, c.type) for c in session.describe(f"select * from {node.relation}"))

    def _content_version(
        self,
        node: Node,
        old: Entry | None,
        session: Session,
        before: Before | None,
    ) -> str | None:
        """The version of before, when a rebuilt table holds what it held: its readers need not run."""
        if old is None or before is None or not self.trusted or self.always:
            return None
        if old.object != ObjectKind.TABLE or node.relation is None or not self._has_readers(node):
            return None
        if self.inventory.kind(node.relation) is not ObjectKind.TABLE:
            return None
        try:
            with self._one_at_a_time:
                held = before.session.content(node.relation)
            return old.version if held == session.content(node.relation) else None
        except DatabaseError as error:
            if not error.out_of_memory:
                raise
            return None  # it counts as changed: the comparison only spares work

    def _has_readers(self, node: Node) -> bool:
        if not self._read:
            # A test costs about as much as the comparison that would spare it.
            nodes = self.compiler.nodes.values()
            self._read = {id for other in nodes if other.kind in STORED for id in other.parents}
        return node.id in self._read

    def _is_settled(self, node: Node, session: Session) -> bool:
        """Would an incremental model or snapshot stay as it is, if it ran again on the same inputs?"""
        if node.relation is None or not (
            node.kind is Kind.SNAPSHOT or node.config.materialized == "incremental"
        ):
            return True
        if node.definition.language == "python":
            return False
        name = node.relation
        key = (name.database.lower(), name.schema.lower(), name.identifier.lower())
        inventory = self.compiler.inventory
        there = replace(inventory, objects={**inventory.objects, key: ObjectKind.TABLE})
        try:
            compiled = self.compiler.over(there).compile(node, session)
            query = without_semicolon(compiled.sql)
            if node.kind is Kind.SNAPSHOT:
                return self._stays(node, query, session)
            asked = settled_query(
                name, query, node.config, session.columns(name), session.describe(query)
            )
            return asked is not None and session.query(asked).values[0][0] == 0
        except RunnerError:
            return False

    def _stays(self, node: Node, query: str, session: Session) -> bool:
        """Take a snapshot once more, see whether anything changes, and take it back."""
        assert node.relation is not None
        name = node.relation
        statements = next_snapshot(
            name, query, node.config, session.columns(name), session.describe(query)
        )
        session.execute("begin")
        try:
            held = session.content(name)
            for statement in statements:
                session.execute(statement)
            return session.content(name) == held
        finally:
            session.execute("rollback")


def _may_be_as_before(node: Node, old: Entry | None, rows: int | None) -> bool:
    """Need a table that was made anew be compared? Not where its number of rows is another."""
    if old is None or old.rows is None or rows is None:
        return True
    is_whole = node.kind is Kind.SEED or node.config.materialized == "table"
    return not is_whole or rows == old.rows  # of others, rows are those that were written


def _place_of(entry: Entry) -> tuple[bool, str]:
    """Where a node's relation lies: functions have names of their own."""
    return entry.object == ObjectKind.FUNCTION, str(entry.relation).lower()


def _object_of(node: Node) -> ObjectKind:
    """What a node leaves in the database."""
    if node.kind is Kind.FUNCTION:
        return ObjectKind.FUNCTION
    if node.config.materialized == "table_function":
        return ObjectKind.FUNCTION
    return ObjectKind.VIEW if node.config.materialized in ("view", "external") else ObjectKind.TABLE
