"""What a command remembers of those before it: the project as it was read, and what texts became.

An earlier reading holds for the same settings, the same files with the same content, and the same
values of the environment variables that were asked for, unless a template asked for something that
may be different each time. Where only some files have other texts, it is given with their names. In
any other case files are read anew; then what each text alone was read as is still known. Knows
nothing of how a project is read.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from runner.errors import Location
from runner.output.artifacts.pieces import Index
from runner.project.cache import Unkept, from_bytes, to_bytes
from runner.project.files import File, Package
from runner.project.nodes import Captured, Doc, Macro, Node
from runner.project.store import Contents, Look, Noted, Store, digest_of
from runner.project.yaml import Memo
from runner.sql.texts import Texts
from runner.template.codes import DRAWERS, Codes
from runner.template.scan import Scans

CODE_LIMIT = 64_000_000
"""Bytes of compiled templates beyond which those that were not used are forgotten."""
AMOUNTS_LIMIT = 50_000
"""Texts of SQL beyond which those that were not used are forgotten."""
FEW = 20
"""Files with other texts up to which a reading is mended, and nodes up to which that is noted apart."""


class Reading(Struct, frozen=True):
    """What reading a project's files gave."""

    nodes: Mapping[str, Node]
    disabled: Mapping[str, Node]
    macros: tuple[Macro, ...]
    docs: tuple[Doc, ...]
    warnings: tuple[tuple[str, Location | None], ...]


class _Head(Struct, frozen=True):
    """When the reading that is kept holds."""

    settings: bytes = b""
    digests: tuple[bytes, ...] = ()
    environ: Mapping[str, bytes | None] = field(default_factory=dict)
    looks: Mapping[str, tuple[Look, bytes]] = field(default_factory=dict)
    yaml: Mapping[bytes, bytes] = field(default_factory=dict)
    """The settings files, as they were read."""
    base: bytes = b""
    """The seal of the whole reading that is kept, where some nodes of it have been replaced since."""
    first: bytes = b""
    """The seal of the reading that this one differs from in nodes' texts alone, if that is another."""

    @property
    def seal(self) -> bytes:
        """What the reading itself is marked with."""
        return digest_of((self.settings, self.digests, sorted(self.environ.items())))


class Memory:
    """One command's view of the cache: what is there, and what this command leaves.

    store: None to remember nothing. now: nanoseconds since 1970.
    """

    def __init__(self, store: Store | None, environ: Mapping[str, str], now: int) -> None:
        self.environ = Noted(environ)
        self.settled = Noted(environ)
        """The environment as the settings files see it."""
        self.asked: set[str] = set()
        """What templates asked for that may be different each time."""
        self.secrets: tuple[bytes, ...] = ()
        """What may not be written down."""
        self.warnings: list[tuple[str, Location | None]] = []
        self.yaml = Memo({})
        self.scans = Scans({})
        self.codes = Codes(self._known_codes)
        self.texts = Texts(self._known_amounts)
        self.now = now
        self._seal = b""
        """What the reading of this command is marked with, where it is kept."""
        self._replaced: dict[str, Node] = {}
        """Nodes of the reading that is kept that have been replaced since."""
        self.turn(store)

    def turn(self, store: Store | None) -> None:
        """Take another folder, before anything was asked but the settings files."""
        self.store = store
        found = self._get("head")
        self._head = _Head(*found) if isinstance(found, tuple) else _Head()
        self.yaml.known.update(self._head.yaml)
        self.contents = Contents(self._head.looks, self.now)

    # --- a whole reading ------------------------------------------------------------------------

    def recall(
        self, settings: bytes, packages: Iterable[Package]
    ) -> tuple[Reading, tuple[File, ...]] | None:
        """The earlier reading, and the files that have another text since, if all else still holds."""
        head = self._head
        self._settings_yaml = frozenset(self.yaml.used)
        if self.store is None or head.settings != settings:
            return None
        if any(self._variable(name) != was for name, was in head.environ.items()):
            return None
        files = [file for package in packages for file in package.files]
        digests = self._digests(files)
        changed = [n for n, was in enumerate(head.digests) if digests[n] != was]
        reading = self._kept() if len(changed) <= FEW else None
        if reading is None:
            return None
        if not changed:
            self._seal = head.seal
            if self.contents.looks().keys() != head.looks.keys():
                self._keep_head(settings, digests, head.environ, head.base, head.first)
        return reading, tuple(files[n] for n in changed)

    def _kept(self) -> Reading | None:
        """The reading that is kept, with the nodes that were replaced since."""
        assert self.store is not None
        head = self._head
        kept = self.store.get("project")
        if kept is None or kept[:32] != self.base:
            return None
        parts = from_bytes(kept[32:])
        assert isinstance(parts, tuple)
        found, disabled, macros, docs, warnings = parts
        nodes = {node.id: node for node in found}
        if head.base:
            edits = self.store.get("edits")
            if edits is None or edits[:32] != head.seal:
                return None
            replaced = from_bytes(edits[32:])
            assert isinstance(replaced, tuple)
            self._replaced = {node.id: node for node in replaced}
            nodes |= self._replaced
        return Reading(nodes, {node.id: node for node in disabled}, macros, docs, warnings)

    @property
    def base(self) -> bytes:
        """The seal of the last reading that was kept whole."""
        return self._head.base or self._head.seal

    @property
    def lineage(self) -> bytes:
        """The same for readings that differ in nothing but the texts of nodes."""
        return self._head.first or self._head.seal

    @property
    def is_kept(self) -> bool:
        """Is there a reading for the next command?"""
        return bool(self._seal)

    def keep(
        self, settings: bytes, packages: Iterable[Package], reading: Reading, first: bytes = b""
    ) -> None:
        """Leave a reading for the next command, unless it may be another one then.

        first: the lineage that it is of, where it has not just begun.
        """
        if self.store is None or self.asked:
            return
        environ = {name: self._variable(name) for name in sorted(self.environ.names)}
        digests = self._digests(file for package in packages for file in package.files)
        parts = (
            tuple(reading.nodes.values()), tuple(reading.disabled.values()), reading.macros,
            reading.docs, reading.warnings,
        )  # fmt: skip
        try:
            content = to_bytes(parts)
        except Unkept:
            return
        head = self._keep_head(settings, digests, environ, first=first)
        self._seal = head.seal
        self._put("project", self._seal + content)

    def keep_replaced(
        self, settings: bytes, packages: Iterable[Package], reading: Reading, nodes: Iterable[Node]
    ) -> None:
        """Leave a reading that is the earlier one but for some nodes."""
        replaced = {**self._replaced, **{node.id: node for node in nodes}}
        self._replaced = replaced
        if len(replaced) > FEW:
            self._replaced = {}
            self.keep(settings, packages, reading, self.lineage)
            return
        if self.store is None or self.asked:
            return
        try:
            content = to_bytes(tuple(replaced.values()))
        except Unkept:
            return
        asked = {name: self._variable(name) for name in sorted(self.environ.names)}
        digests = self._digests(file for package in packages for file in package.files)
        environ = {**self._head.environ, **asked}
        head = self._keep_head(settings, digests, environ, self.base, self.lineage)
        self._seal = head.seal
        self._put("edits", self._seal + content)

    def _keep_head(
        self, settings: bytes, digests: tuple[bytes, ...], environ: Mapping[str, bytes | None],
        base: bytes = b"", first: bytes = b"",
    ) -> _Head:  # fmt: skip
        yaml = {key: self.yaml.known[key] for key in self._settings_yaml if key in self.yaml.known}
        head = _Head(settings, digests, environ, self.contents.looks(), yaml, base, first)
        parts = (head.settings, head.digests, dict(head.environ), dict(head.looks), yaml, base,
                 first)  # fmt: skip
        self._put("head", to_bytes(parts))
        self._head = head
        return head

    def _digests(self, files: Iterable[File]) -> tuple[bytes, ...]:
        """The digests of files, in their order; of one that cannot be read, none."""
        found = []
        for file in files:
            try:
                found.append(self.contents.digest(file.absolute))
            except OSError:
                found.append(b"")
        return tuple(found)

    def _variable(self, name: str) -> bytes | None:
        value = self.environ.environ.get(name)
        return None if value is None else digest_of((name, value))

    def variables(self) -> frozenset[str]:
        """Environment variables that were asked for, by this command or by the reading it uses."""
        return frozenset((*self.environ.names, *self.settled.names, *self._head.environ))

    def recall_index(self, artifact: str) -> Index:
        """Where the pieces of an artifact lie, if it was made of the same reading but for texts."""
        found = self.store.get(f"{artifact}.index") if self.store and self._seal else None
        return Index(*marshal.loads(found)) if found is not None else Index()

    def keep_index(self, artifact: str, index: Index) -> None:
        """Leave where the pieces of an artifact lie."""
        if self.store is not None and self._seal:
            self._put(f"{artifact}.index", marshal.dumps((index.checksum, dict(index.spans))))

    # --- single texts ---------------------------------------------------------------------------

    def recall_yaml(self) -> None:
        """Know what YAML texts were read as."""
        found = self._get("yaml")
        if isinstance(found, dict):
            self.yaml.known.update(found)

    def recall_scans(self, macros: Iterable[Macro]) -> Scans:
        """What scans gave, as long as there are the same macros."""
        self._macros = digest_of((m.package, m.name, m.block, m.text) for m in macros)
        found = self._get("scans")
        if isinstance(found, tuple) and found[0] == self._macros:
            self.scans = Scans(found[1])
        return self.scans

    def keep_texts(self) -> None:
        """Leave what YAML and scans gave, of the texts that were read by this command."""
        if self.store is None:
            return
        if self.yaml.changed:
            used = self.yaml.used - self._settings_yaml
            known = self.yaml.known
            self._put("yaml", to_bytes({key: known[key] for key in used if key in known}))
        if self.scans.changed:
            used_scans: dict[bytes, Captured | None] = self.scans.used
            try:
                self._put("scans", to_bytes((self._macros, used_scans)))
            except Unkept:
                return

    def recall_sheet(self) -> bytes | None:
        """What earlier commands compiled."""
        return self.store.get("sheet") if self.store else None

    def keep_sheet(self, content: bytes) -> None:
        """Leave what was compiled."""
        self._put("sheet", content)

    # --- compiled templates -----------------------------------------------------------------------

    def _known_codes(self, drawer: int) -> dict[bytes, bytes]:
        found = self.store.get(f"code-{drawer}") if self.store else None
        known = marshal.loads(found) if found else {}
        return known if isinstance(known, dict) else {}

    def keep_codes(self) -> None:
        """Leave the templates that were compiled."""
        codes = self.codes
        for drawer in sorted(codes.changed):
            known = codes.drawer(drawer)
            if sum(map(len, known.values())) > CODE_LIMIT // DRAWERS:
                known = {key: code for key, code in known.items() if key in codes.used}
            self._put(f"code-{drawer}", marshal.dumps(known))
        codes.changed.clear()

    # --- SQL ------------------------------------------------------------------------------------------

    def _known_amounts(self) -> dict[bytes, bytes]:
        found = self.store.get("sql") if self.store else None
        known = marshal.loads(found) if found else {}
        return known if isinstance(known, dict) else {}

    def keep_amounts(self) -> None:
        """Leave what the SQL of this command amounts to, and of those before."""
        texts = self.texts
        added = len(texts.used.keys() - texts.known.keys())
        if self.store is None or not added or added <= FEW < len(texts.known):
            return
        kept = {**texts.known, **texts.used}
        self._put("sql", marshal.dumps(kept if len(kept) <= AMOUNTS_LIMIT else texts.used))

    def _put(self, name: str, content: bytes) -> None:
        if self.store is not None and not any(secret in content for secret in self.secrets):
            self.store.put(name, content)

    def _get(self, name: str) -> object:
        found = self.store.get(name) if self.store else None
        return None if found is None else from_bytes(found)
