"""The release that a build starts from, held open so that nobody can write to it meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol, TypeVar

from msgspec import Struct

from runner.engines import Engine, InUse, Session
from runner.errors import TargetError
from runner.release.files import Mark, keep_writers_out, mark, mark_of
from runner.release.place import Place, log_of
from runner.release.record import Release, current, written_by_others

T = TypeVar("T")

POLL = 0.2
"""Seconds between two looks at what is waited for."""


class Connect(Protocol):
    """Opens a database's file. Raises InUse when another program has it open."""

    def __call__(self, path: Path, *, read_only: bool) -> Engine:
        """The open database."""


class Base(Struct):
    """The current release, kept from being written to.

    file: its open file, to be copied from. is_foreign: another program has written to it since it
    was published. The database itself is opened when it is asked for.
    """

    file: IO[bytes]
    release: Release | None
    is_foreign: bool
    _connect: Callable[[], Engine]
    _engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The database, open to be read."""
        if self._engine is None:
            self._engine = self._connect()
        return self._engine

    def session(self) -> Session:
        """A session that reads it."""
        return self.engine.session()

    def close(self) -> None:
        """Let others write again."""
        if self._engine is not None:
            self._engine.close()
        self.file.close()


def hold(
    place: Place,
    connect: Connect,
    *,
    wait: bool,
    say: Callable[[str], None],
    is_known: Callable[[IO[bytes]], bool] = lambda file: False,
    damaged: bool = False,
) -> Base | None:
    """Keep writers out of the current release, or give None when there is none.

    A write-ahead log beside it, which a writer left, is put into it first. is_known: is all that
    will be asked of this open file known, so that the database may stay closed? damaged: hold it
    even if it cannot be read. Raises InUse when somebody has it open for writing and we are not to
    wait for them, TargetError when it cannot be read.
    """
    real = place.current()
    if real is None:
        return None
    return waited(lambda: _hold(place, real, connect, is_known, damaged), wait=wait, say=say)


def _hold(
    place: Place, real: Path, connect: Connect, is_known: Callable[[IO[bytes]], bool], damaged: bool
) -> Base:
    def reading() -> Engine:
        return connect(real, read_only=True)

    for _ in range(10):
        if log_of(real).exists():
            engine = connect(real, read_only=False)
            session = engine.session()
            session.execute("checkpoint")
            session.close()
            engine.close()
        file = open(real, "rb")  # noqa: SIM115  # open as long as the base is
        opened: Engine | None = None
        try:
            if not damaged:
                _check_whole(place, mark(file))
            if not (keep_writers_out(file) and is_known(file)):
                opened = reading()
                keep_writers_out(file)
        except BaseException:
            file.close()
            raise
        if not log_of(real).exists():
            seen = mark(file)
            return Base(file, current(place), written_by_others(place, seen), reading, opened)
        # Somebody wrote, and went, between our two looks.
        if opened is not None:
            opened.close()
        file.close()
    raise TargetError(
        f"{place.link} has a write-ahead log that does not go away: {log_of(real)}",
        hint="close the program that writes to it",
    )


def _check_whole(place: Place, seen: Mark) -> None:
    """See that the current release has not lost its end: every write by DuckDB changes the header.

    DuckDB itself only says so when it reads a block that is missing. Raises TargetError.
    """
    release = current(place)
    known = release.mark if release is not None else None
    if known is not None and known.header == seen.header and seen.bytes < known.bytes:
        raise TargetError(
            f"{place.link} is damaged or only a part of a database:"
            f" {seen.bytes:,} bytes are there of {known.bytes:,}",
            hint="put a whole copy in its place, or roll back",
        )


def why_stale(failed: Release, seen: Base | None) -> str | None:
    """Why a failed build cannot be gone on with; None when it can.

    seen: what readers see now.
    """
    if not failed.file.is_file():
        return "the failed build has been removed"
    if failed.asked.done is None:
        return "the failed build broke off, and how far it came is not known"
    known = failed.mark
    there = mark_of(failed.file)
    same = known is not None and (known.bytes, known.header) == (there.bytes, there.header)
    if not same or log_of(failed.file).exists():
        return "the file of the failed build is not as it was left"
    if seen is not None and seen.is_foreign:
        return "the database was written by another program since the failed build"
    if (seen.release.id if seen and seen.release else None) != failed.asked.base or (
        seen is not None and seen.release is None
    ):
        return "readers see another release than the one that the failed build began from"
    return None


def hold_failed(failed: Release, connect: Connect) -> Base:
    """Open a failed build to begin from it. Raises TargetError when it cannot be read."""
    file = open(failed.file, "rb")  # noqa: SIM115  # open as long as the base is

    def reading() -> Engine:
        return connect(failed.file, read_only=True)

    try:
        engine = reading()
    except BaseException:
        file.close()
        raise
    keep_writers_out(file)
    return Base(file, failed, False, reading, engine)


def waited(does: Callable[[], T], *, wait: bool, say: Callable[[str], None]) -> T:
    """Do something once nobody else has the file open. Says once what is waited for.

    Raises InUse when we are not to wait.
    """
    said = False
    while True:
        try:
            return does()
        except InUse as error:
            if not wait:
                raise
            if not said:
                say(f"{error.message}: waiting")
            said = True
            time.sleep(POLL)
