"""What the warehouse remembers of its own making: an entry for each node, as it was last built.

The ledger lies in the warehouse file and describes that file. Entries are plain values; who writes
and reads them is the app.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import asdict, replace

FORMAT = 2
"""Raised when entries of before mean something else: such a ledger is not used."""


class Entry(Struct, frozen=True, array_like=True):
    """How a node was last built, or a test last run.

    own: digest of all that the node is made from besides its inputs. parts: the same, by name, for
    reasons in words (`sql`, `config`, `hooks`, `engine`, `date` …). inputs: what it read → the
    version of that. version: of its own content; changes when the content does.
    """

    id: str
    kind: str
    own: str
    parts: Mapping[str, str]
    inputs: Mapping[str, str]
    version: str
    status: str
    relation: str | None = None
    object: str | None = None
    """`table` or `view`."""
    sql: str = ""
    vars: Mapping[str, str] = field(default_factory=dict)
    """Variables that its template read, with their values as JSON."""
    unknown: tuple[str, ...] = ()
    """Why it can never be taken as unchanged: `calls now()`, `names raw.orders without ref`."""
    settled: bool = True
    """Would building it again, from the same inputs, leave it as it is?"""
    columns: tuple[tuple[str, str], ...] = ()
    rows: int | None = None
    seconds: float = 0.0
    built_at: str = ""
    invocation: str = ""
    failures: int | None = None

    def as_json(self) -> str:
        """The entry as one line."""
        return json.dumps(asdict(self), sort_keys=True)


def entry_from(text: str) -> Entry:
    """An entry from its line. Raises ValueError, KeyError or TypeError for anything else."""
    said = json.loads(text)
    said["columns"] = tuple((str(name), str(kind)) for name, kind in said["columns"])
    said["unknown"] = tuple(said["unknown"])
    return Entry(**said)


class Ledger(Struct, frozen=True):
    """The entries of a warehouse file.

    files: source files, by path → size, mtime and ctime in nanoseconds, and content hash, as last
    seen.
    sources: tables loaded by others, by id → the version that stands for what is in them.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    files: Mapping[str, tuple[int, int, int, str]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    def with_entries(self, changed: Mapping[str, Entry], gone: frozenset[str]) -> Ledger:
        """The ledger after a build: entries changed, and those that no longer hold."""
        kept = {id: entry for id, entry in self.entries.items() if id not in gone}
        return replace(self, entries={**kept, **changed})


EMPTY_LEDGER = Ledger()
