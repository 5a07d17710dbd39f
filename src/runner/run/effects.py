"""Small deeds of a step: statements that count together, folders of files that are written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from runner.engines import Session
from runner.errors import DatabaseError, RunnerError
from runner.plan.materialize import File
from runner.project.nodes import RelationName


def in_transaction(session: Session, statements: list[str]) -> list[int | None]:
    """Run statements that count together or not at all: the rows that each says it wrote."""
    if len(statements) == 1:
        return [session.execute(statements[0])]
    session.execute("begin")
    try:
        written = [session.execute(statement) for statement in statements]
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
