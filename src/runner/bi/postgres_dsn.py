"""Where a PostgreSQL server is, and what of that may never be shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from runner.errors import TargetError

VARIABLE = "RUNNER_POSTGRES_DSN"
OF_LIBPQ = ("PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE")
"""Variables with which libpq finds a server by itself."""
HIDDEN = "***"

_IN_URI = re.compile(r"(\bpostgres(?:ql)?://[^\s:/@]*:)([^\s/]*)(?=@)", re.IGNORECASE)
_AS_KEY = re.compile(
    r"(\b(?:ssl)?password\s*=\s*)('(?:\\.|[^'\\])*'|(?:\\.|[^\s'&\\])+)", re.IGNORECASE
)


def find_dsn(given: str | None, environ: Mapping[str, str]) -> str:
    """The server to write to: as given, or as the environment says; libpq's own variables count.

    Raises TargetError where nothing says it.
    """
    found = given or environ.get(VARIABLE)
    if found:
        return found
    if any(environ.get(name) for name in OF_LIBPQ):
        return "postgresql://"
    raise TargetError(
        "no PostgreSQL server is named",
        hint=f"give its DSN, postgresql://user@host/database, or set {VARIABLE} or PGSERVICE",
    )


def passwords(text: str) -> frozenset[str]:
    """The passwords that stand in a DSN, as they are written there and as they are meant."""
    found = set()
    for pattern in (_IN_URI, _AS_KEY):
        for match in pattern.finditer(text):
            written = match[2]
            plain = re.sub(r"\\(.)", r"\1", written[1:-1] if written[:1] == "'" else written)
            found |= {written, plain, unquote(written)}
    return frozenset(secret for secret in found if secret)


def without_passwords(text: str, known: frozenset[str] = frozenset()) -> str:
    """A text without the passwords of the DSNs in it, and without those that are known."""
    shown = _AS_KEY.sub(rf"\1{HIDDEN}", _IN_URI.sub(rf"\1{HIDDEN}", text))
    for secret in sorted(known, key=len, reverse=True):
        shown = shown.replace(secret, HIDDEN)
    return shown
