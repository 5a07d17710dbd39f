"""Small deeds of a step: statements that count together, files that are written, what is put off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from runner.engines import Session
from runner.errors import DatabaseError, RunnerError
from runner.plan.materialize import File
from runner.project.nodes import RelationName


@dataclass(slots=True)
class Pending:
    """What has to happen when the build is published."""

    files: list[File] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    columns: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Of functions: id → the columns that a call gives, with their types."""
    lock: Lock = field(default_factory=Lock)


def in_transaction(
    session: Session, statements: list[str], check: Callable[[], None] | None = None
) -> list[int | None]:
    """Run statements that count together or not at all: the rows that each says it wrote.

    check: looks at what they made, and raises where it may not stay.
    """
    if len(statements) == 1 and check is None:
        return [session.execute(statements[0])]
    session.execute("begin")
    try:
        written = [session.execute(statement) for statement in statements]
        if check is not None:
            check()
        session.execute("commit")
    except BaseException:
        with suppress(RunnerError):
            session.execute("rollback")
        raise
    return written


def rows_of_all(
    relation: RelationName, statements: list[str], written: list[int | None]
) -> int | None:
    """The rows of a table, where one of the statements wrote it whole and said how many."""
    whole = f"create or replace table {relation} as"
    pairs = zip(statements, written, strict=True)
    return next((rows for statement, rows in pairs if statement.startswith(whole)), None)


def make_folder(file: File) -> None:
    """Make the folder of a file that is to be written. Raises DatabaseError when it cannot be."""
    try:
        Path(file.pending).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"the folder of {file.final} cannot be made: {error.strerror}"
        ) from None
