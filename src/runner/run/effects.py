"""Small deeds of a step: statements that count together, folders of files that are written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from runner.engines import Session
from runner.errors import DatabaseError, RunnerError
from runner.plan.materialize import File


def in_transaction(session: Session, statements: list[str]) -> None:
    """Run statements that count together or not at all."""
    if len(statements) == 1:
        session.execute(statements[0])
        return
    session.execute("begin")
    try:
        for statement in statements:
            session.execute(statement)
        session.execute("commit")
    except BaseException:
        with suppress(RunnerError):
            session.execute("rollback")
        raise


def make_folder(file: File) -> None:
    """Make the folder of a file that is to be written. Raises DatabaseError when it cannot be."""
    try:
        Path(file.pending).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"the folder of {file.final} cannot be made: {error.strerror}"
        ) from None
