"""A copy of the ledger beside the warehouse file, so that the file need not be opened to read it.

It is believed only for the very file that it was copied from: as it looks from outside, and as often
as it was written. Kept with the signed files of the target folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from msgspec import DecodeError, Struct, msgpack

from runner.app.ledger import file_iteration
from runner.engines import Inventory
from runner.plan.ledger import FORMAT, Ledger
from runner.project.store import Look, Store, look_of

NAME = "ledger"


class LedgerCopy(Struct, frozen=True, array_like=True):
    """What is known of a file: its ledger, and what is in it."""

    form: int
    file: str
    look: Look
    iteration: int
    ledger: Ledger
    inventory: Inventory

    def is_of(self, file: IO[bytes]) -> bool:
        """Is it the copy of this open file's ledger, as the file is now?"""
        return file_iteration(file) == self.iteration and look_of(str(file.name)) == self.look


class Kept(Struct, frozen=True):
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
    copy = LedgerCopy(FORMAT, str(file), look, iteration, kept.ledger, kept.inventory)
    content = msgpack.encode(copy)
    if not any(text in content for text in hidden):
        store.put(NAME, content)


def known_copy(store: Store | None, file: Path) -> LedgerCopy | None:
    """The copy that was kept of a file's ledger; whether it still holds is asked with `is_of`."""
    found = store.get(NAME) if store is not None else None
    if found is None:
        return None
    try:
        copy = msgpack.decode(found, type=LedgerCopy)
    except DecodeError:  # of an earlier format: the file itself is read
        return None
    return copy if copy.form == FORMAT and copy.file == str(file) else None
