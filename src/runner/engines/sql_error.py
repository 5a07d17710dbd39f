"""What a database says of a statement that it did not do. Imports no database."""

from __future__ import annotations

import re

from runner.errors import DatabaseError

_COMMIT_WITHOUT_MEMORY = re.compile(r"Failed to commit: (could not|failed to) (allocate|pin)")
"""A commit says what went wrong inside it, but not of what kind it was."""


class SqlError(DatabaseError):
    """What DuckDB said of a statement, with the position in it where it is known.

    position: the character of the statement that the error is about, from 0.
    """

    def __init__(self, kind: str, message: str, sql: str, position: int | None) -> None:
        super().__init__(message)
        self.kind = kind
        self.sql = sql
        self.position = position
        self.cannot_write = "Could not write" in message or "No space left" in message
        no_commit = _COMMIT_WITHOUT_MEMORY.match(message) is not None
        self.out_of_memory = kind == "Out of Memory" or no_commit


class Interrupted(DatabaseError):
    """The statement was stopped by `interrupt()`."""
