"""What texts of SQL amount to, each found out once and kept between commands.

A text alone decides, so it is known by its digest. Knows nothing of who wrote it.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from hashlib import blake2b
from itertools import pairwise

from msgspec import Struct

from runner.sql.fingerprint import Reading, digest, normalized, reading
from runner.sql.tables import Named, named_tables
from runner.sql.tokens import code


class Amount(Struct, frozen=True):
    """A text's fingerprint, and what it reads: beside tables, and as tables.

    calls: names in front of a parenthesis, in lower case.
    """

    fingerprint: str
    reading: Reading
    named: Named
    calls: tuple[str, ...]


class Texts:
    """Amounts by the digests of their texts.

    load: gives those of earlier commands; called when the first text is asked for.
    """

    def __init__(self, load: Callable[[], dict[bytes, bytes]] = dict) -> None:
        self._load: Callable[[], dict[bytes, bytes]] | None = load
        self._known: dict[bytes, bytes] = {}
        self.used: dict[bytes, bytes] = {}

    @property
    def known(self) -> Mapping[bytes, bytes]:
        """Those of earlier commands, as far as they have been asked for."""
        return self._known

    def __call__(self, sql: str) -> Amount:
        """What a text amounts to."""
        if self._load is not None:
            self._known, self._load = self._load(), None
        key = blake2b(sql.encode(errors="surrogatepass"), digest_size=16).digest()
        found = self.used.get(key) or self._known.get(key)
        if found is None:
            amount = amount_of(sql)
            found = marshal.dumps((
                amount.fingerprint, amount.reading.volatile, amount.reading.dated,
                amount.reading.outside, amount.named.tables, amount.named.files, amount.calls,
            ))  # fmt: skip
        self.used[key] = found
        fingerprint, volatile, dated, outside, tables, files, calls = marshal.loads(found)
        return Amount(fingerprint, Reading(volatile, dated, outside), Named(tables, files), calls)


def amount_of(sql: str) -> Amount:
    """What a text amounts to, found out anew."""
    pieces = code(sql)
    called = {
        piece.text.strip('"').lower()
        for piece, after in pairwise(pieces)
        if after.text == "(" and piece.kind in ("word", "quoted")
    }
    return Amount(
        digest([normalized(pieces)]), reading(pieces), named_tables(pieces), tuple(sorted(called))
    )
