"""A copy of the ledger beside the warehouse file, so that the file need not be opened to read it.

It is believed only for the very file that it was copied from: as it looks from outside, and as often
as it was written. Kept with the signed files of the target folder.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import IO

from runner.app.ledger import file_iteration
from runner.engines import Inventory, ObjectKind
from runner.plan.ledger import FORMAT, Entry, Ledger
from runner.project.store import Look, Store, look_of

NAME = "ledger"
_WRITABLE = frozenset({str, int, float, bool, tuple, dict, type(None)})


@dataclass(frozen=True, slots=True)
class LedgerCopy:
    """What is known of a file: its ledger, and what is in it."""

    file: str
    look: Look
    iteration: int
    ledger: Ledger
    inventory: Inventory

    def is_of(self, file: IO[bytes]) -> bool:
        """Is it the copy of this open file's ledger, as the file is now?"""
        return file_iteration(file) == self.iteration and look_of(str(file.name)) == self.look


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written into a file: its ledger, what lies beside that, and for which iteration."""

    ledger: Ledger
    inventory: Inventory
    iteration: int


def keep_copy(store: Store | None, file: Path, kept: Kept, hidden: tuple[bytes, ...]) -> None:
    """Copy what was written into a file of ours, unless somebody has written to it since.

    hidden: texts that may not be written down.
    """
    if store is None:
        return
    with open(file, "rb") as opened:
        look, iteration = look_of(str(file)), file_iteration(opened)
    if iteration != kept.iteration:
        return
    ledger, inventory = kept.ledger, kept.inventory
    values = attrgetter(*Entry.__slots__)
    entries = [tuple(map(_plain, values(entry))) for entry in ledger.entries.values()]
    objects = [(*name, str(kind)) for name, kind in inventory.objects.items()]
    parts = (
        FORMAT, str(file), look, iteration, entries, dict(ledger.files), dict(ledger.sources),
        objects, list(inventory.schemas), list(inventory.functions), inventory.largest,
    )  # fmt: skip
    content = marshal.dumps(parts)
    if not any(text in content for text in hidden):
        store.put(NAME, content)


def _plain(value: object) -> object:
    """A value that can be written down: mappings of other kinds become dictionaries."""
    return dict(value) if type(value) not in _WRITABLE and isinstance(value, Mapping) else value


def known_copy(store: Store | None, file: Path) -> LedgerCopy | None:
    """The copy that was kept of a file's ledger; whether it still holds is asked with `is_of`."""
    found = store.get(NAME) if store is not None else None
    if found is None:
        return None
    form, path, look, iteration, entries, files, sources, *there = marshal.loads(found)
    if form != FORMAT or path != str(file):
        return None
    known = {values[0]: Entry(*values) for values in entries}
    objects, schemas, functions, largest = there
    inventory = Inventory(
        {(d, s, n): ObjectKind(kind) for d, s, n, kind in objects},
        frozenset(schemas), frozenset(functions), largest,
    )  # fmt: skip
    return LedgerCopy(path, look, iteration, Ledger(known, files, sources), inventory)
