"""What a database says of a statement that it did not do. Imports no database."""

from __future__ import annotations

from runner.errors import DatabaseError


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
        self.out_of_memory = kind == "Out of Memory"


class Interrupted(DatabaseError):
    """The statement was stopped by `interrupt()`."""
