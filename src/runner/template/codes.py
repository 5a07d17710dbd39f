"""Compiled templates, kept between commands. Knows nothing of how they are compiled."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from types import CodeType


class Codes:
    """Compiled templates by what they were compiled from.

    load: gives those of earlier commands; called when the first template is asked for.
    """

    def __init__(self, load: Callable[[], dict[bytes, bytes]] = dict) -> None:
        self._load: Callable[[], dict[bytes, bytes]] | None = load
        self._known: dict[bytes, bytes] = {}
        self.used: set[bytes] = set()
        self.added = 0

    @property
    def known(self) -> dict[bytes, bytes]:
        """Digest of a template → its code, marshalled."""
        if self._load is not None:
            self._known, self._load = self._load(), None
        return self._known

    def find(self, key: bytes) -> CodeType | None:
        """The code of a template, if it was compiled before."""
        found = self.known.get(key)
        if found is None:
            return None
        self.used.add(key)
        code = marshal.loads(found)
        return code if isinstance(code, CodeType) else None

    def keep(self, key: bytes, code: CodeType) -> None:
        """Remember what was compiled."""
        self.known[key] = marshal.dumps(code)
        self.used.add(key)
        self.added += 1
