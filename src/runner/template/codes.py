"""Compiled templates, kept between commands. Knows nothing of how they are compiled."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from types import CodeType

DRAWERS = 16
"""Parts that are kept apart, by their keys' first bits, so that a command reads what it needs."""


class Codes:
    """Compiled templates by what they were compiled from.

    load: gives those of earlier commands that lie in one drawer; called when the first of them is
    asked for.
    """

    def __init__(self, load: Callable[[int], dict[bytes, bytes]] | None = None) -> None:
        self._load = load
        self._known: dict[int, dict[bytes, bytes]] = {}
        self.used: set[bytes] = set()
        self.changed: set[int] = set()
        """The drawers with something new in them."""

    def drawer(self, number: int) -> dict[bytes, bytes]:
        """What lies in a drawer: digest of a template → its code, marshalled."""
        if number not in self._known:
            self._known[number] = self._load(number) if self._load else {}
        return self._known[number]

    def find(self, key: bytes) -> CodeType | None:
        """The code of a template, if it was compiled before."""
        found = self.drawer(key[0] % DRAWERS).get(key)
        if found is None:
            return None
        self.used.add(key)
        code = marshal.loads(found)
        return code if isinstance(code, CodeType) else None

    def keep(self, key: bytes, code: CodeType) -> None:
        """Remember what was compiled."""
        self.drawer(key[0] % DRAWERS)[key] = marshal.dumps(code)
        self.used.add(key)
        self.changed.add(key[0] % DRAWERS)
