"""What each node compiled to and is made from, kept between commands.

A node's SQL is what it was as long as there is the same reading (but for other nodes' texts), the
same text, and the same values of the environment variables that its template asked for; where it asked of
what kind the node or a parent is in the database, those must be the same. Nothing is kept of a
template that may say something else the next time, or that looks at more than that. In doubt nothing
is kept.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from msgspec import Struct, field

from runner.app.load import Loaded
from runner.app.memory import FEW
from runner.engines import Inventory
from runner.plan.changes import Now
from runner.project.nodes import Kind, Node
from runner.project.store import Look, digest_of
from runner.run.gather import Gatherer, Surroundings
from runner.sql.compile import Compiled

LIMIT = 64_000_000
"""Bytes beyond which a sheet is not kept."""
_KINDS = (Kind.MODEL, Kind.SNAPSHOT, Kind.TEST, Kind.ANALYSIS)
_Row = tuple[
    bytes, bytes, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], bytes, object, object
]
"""The digests of a node's text and of the kinds that it looked at, its SQL, variables, environment variables, macros, the digest of the values of the
environment variables, what it is made from, and how the file with its SQL looks."""


class Sheet(Struct):
    """One command's view of what earlier commands compiled, and what it leaves.

    ground: what all rows depend on.
    """

    loaded: Loaded
    inventory: Inventory
    ground: bytes
    known: Mapping[str, _Row] = field(default_factory=dict)
    found: dict[str, Compiled] = field(default_factory=dict)
    """What was compiled by an earlier command."""
    made: dict[str, Compiled] = field(default_factory=dict)
    """What was compiled by this one."""

    def find(self, node: Node) -> Compiled | None:
        """A node's SQL, if an earlier command compiled the very same."""
        row = self.known.get(node.id)
        if row is None:
            return None
        text, kinds, sql, variables, asked, macros, values, _, _ = row
        if text != _digest(node.definition.text) or (kinds and kinds != self._kinds_of(node)):
            return None
        if asked and values != self._values(asked):
            return None
        compiled = Compiled(node.id, sql, vars=variables, env_vars=asked, macros=macros,
                            looked=bool(kinds))  # fmt: skip
        self.found[node.id] = compiled
        return compiled

    def tell(self, gatherer: Gatherer) -> None:
        """Say what the nodes are made from that were found."""
        for id in self.found:
            made_from = self.known[id][7]
            if isinstance(made_from, tuple):
                gatherer.know(id, self.found[id], Now(*made_from))

    def look(self, id: str) -> Look | None:
        """How the file with a node's SQL looked, if the SQL is still the same."""
        if id not in self.found:
            return None
        look = self.known[id][8]
        return look if isinstance(look, tuple) else None

    def keep(self, gatherer: Gatherer, looks: Mapping[str, Look]) -> None:
        """Leave the sheet for the next command, if that is worth it.

        looks: how the files with the SQL look that were written or found to be right.
        """
        memory = self.loaded.memory
        if len(self.made) <= FEW and len(self.known) > FEW:
            return
        if not memory.is_kept or "random" in memory.asked:
            return
        rows = dict(self.known)
        for id, compiled in self.made.items():
            node = self.loaded.nodes[id]
            rows.pop(id, None)
            if self._can_be_kept(node, compiled):
                now = gatherer.known(id, compiled) if self._is_plain(node) else None
                rows[id] = (
                    _digest(node.definition.text),
                    self._kinds_of(node) if compiled.looked else b"", compiled.sql, compiled.vars, compiled.env_vars,
                    compiled.macros, self._values(compiled.env_vars),
                    now and (dict(now.parts), now.sql, dict(now.vars), now.unknown, now.own),
                    looks.get(id),
                )  # fmt: skip
        content = marshal.dumps((self.ground, rows))
        if len(content) <= LIMIT:
            memory.keep_sheet(content)

    def _can_be_kept(self, node: Node, compiled: Compiled) -> bool:
        if compiled.fleeting or compiled.introspected or compiled.volatile or compiled.ctes:
            return False
        parents = (self.loaded.nodes[id].definition.source for id in node.parents)
        of_files = any(source and source.external_location is not None for source in parents)
        return node.kind in _KINDS and not of_files

    def _is_plain(self, node: Node) -> bool:
        """Is a node made from nothing but its SQL and its configuration?"""
        config = node.config
        hooks = config.texts("pre_hook") or config.texts("post_hook")
        return not hooks and config.materialized != "incremental" and node.kind is not Kind.SNAPSHOT

    def _kinds_of(self, node: Node) -> bytes:
        names = (self.loaded.nodes[id].relation for id in node.parents)
        found = [str(name and self.inventory.kind(name)) for name in (node.relation, *names)]
        return _digest(",".join(found))

    def _values(self, names: Iterable[str]) -> bytes:
        environ = self.loaded.world.environ
        return digest_of((name, environ.get(name)) for name in names)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def open_sheet(loaded: Loaded, inventory: Inventory, surroundings: Surroundings) -> Sheet:
    """The sheet of earlier commands, empty where they stood on another ground."""
    flags, memory = loaded.world.flags, loaded.memory
    ground = digest_of((memory.lineage, surroundings.engine, sorted(surroundings.session.items()),
                        sorted(inventory.functions), surroundings.today, flags.full_refresh,
                        flags.empty))  # fmt: skip
    sheet = Sheet(loaded, inventory, ground)
    kept = memory.recall_sheet() if memory.is_kept else None
    if kept is not None:
        was, rows = marshal.loads(kept)
        if was == ground:
            sheet.known = rows
    return sheet
