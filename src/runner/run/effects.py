"""Small deeds of a step: statements that count together, files that are written, what is put off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from msgspec import Struct, field

from runner.engines import ObjectKind, Session
from runner.errors import DatabaseError, RunnerError
from runner.plan.indexes import create_indexes
from runner.plan.materialize import File, Request, comments, wanted_columns, wants_indexes
from runner.project.nodes import RelationName


class Pending(Struct):
    """What has to happen when the build is published."""

    files: list[File] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    columns: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Of functions: id → the columns that a call gives, with their types."""
    lock: Lock = field(default_factory=Lock)


Deed = str | Callable[[], None]
"""A statement, or what is done with that which the statements before it have made."""


def in_transaction(session: Session, deeds: Sequence[Deed]) -> list[int | None]:
    """Do what counts together or not at all: the rows that each statement says it wrote."""

    def do(deed: Deed) -> int | None:
        return session.execute(deed) if isinstance(deed, str) else deed()

    if len(deeds) == 1:
        return [do(deeds[0])]
    session.execute("begin")
    try:
        written = [do(deed) for deed in deeds]
        session.execute("commit")
    except BaseException:
        with suppress(RunnerError):
            session.execute("rollback")
        raise
    return written


def rows_of_all(
    relation: RelationName, deeds: Sequence[Deed], written: Sequence[int | None]
) -> int | None:
    """The rows of a table, where one of the statements wrote it whole and said how many."""
    whole = f"create or replace table {relation} as"
    pairs = zip(deeds, written, strict=True)
    return next(
        (rows for deed, rows in pairs if isinstance(deed, str) and deed.startswith(whole)), None
    )


def finish(session: Session, request: Request, kind: ObjectKind) -> list[str]:
    """Describe and index a relation that was just made: the statements that did it.

    Its columns are asked of the relation: to describe its query would mean to plan that once more.
    """
    indexed = wants_indexes(request, kind)
    asked = indexed or wanted_columns(request)
    columns = session.columns(request.relation) if asked else ()
    statements = comments(request, kind, columns)
    if indexed:
        statements += create_indexes(request.relation, request.config, columns)
    if statements:
        session.execute(";\n".join(statements))
    return statements


def make_folder(file: File) -> None:
    """Make the folder of a file that is to be written. Raises DatabaseError when it cannot be."""
    try:
        Path(file.pending).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"the folder of {file.final} cannot be made: {error.strerror}"
        ) from None
