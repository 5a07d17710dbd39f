"""Releases: each build in a file of its own, published by one atomic change of a link.

The path that readers open is a relative link to `.runner/<name>/releases/<id>/<name>.duckdb` beside
it. A release's own path is never used twice. Knows files and links, not models; the database is
opened and closed by others.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from msgspec.structs import replace

from runner.errors import TargetError
from runner.release.files import (
    copy_open,
    mark,
    mark_of,
    same_storage,
    storage_version,
    sync,
    sync_folders,
    write_whole,
)
from runner.release.late import is_written
from runner.release.place import Place, check_place_file, log_of
from runner.release.record import COPIED, Asked, Release, current, folders, known, note

_ID = "%Y%m%dT%H%M%S-%f"


def begin(
    place: Place, now: datetime, command: str, source: IO[bytes] | None, *, runner: str = "",
    asked: Asked | None = None,
) -> Release:  # fmt: skip
    """Make room for a build, with a copy of another release in it where that is given.

    source: the file of the current release, or of the failed one that is gone on with, open, and to
    be kept open by its owner. The caller holds the build lock. Raises TargetError when there is no
    room or no right to write.
    """
    id_ = _new_id(place, now)
    folder = place.releases / id_
    release = Release(
        id_, folder / place.file_name, started_at=now.isoformat(timespec="seconds"),
        command=command, runner=runner, asked=asked or Asked(),
    )  # fmt: skip
    try:
        folder.mkdir(parents=True, mode=0o700)
        note(release)
        if source is not None:
            copy_open(source, release.file)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise TargetError(
            f"the build cannot be begun in {folder}: {error.strerror}",
            hint="is the disk full?" if error.errno == 28 else None,
        ) from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return release


def _new_id(place: Place, now: datetime) -> str:
    """The time of the build; after the newest one's, whatever the clock says."""
    there = max((folder.name for folder in folders(place)), default="")
    wanted = now.strftime(_ID)
    if wanted > there:
        return wanted
    try:
        return (datetime.strptime(there[:22], _ID) + timedelta(microseconds=1)).strftime(_ID)
    except ValueError:
        return f"{wanted}{secrets.token_hex(3)}"


def publish(
    place: Place, release: Release, base: IO[bytes] | None, *, wanted_version: str, now: datetime,
    without_links: Callable[[], None],
) -> Release:  # fmt: skip
    """Make a finished build what readers see. Its database has been closed.

    base: what readers see now, where this process has it open. wanted_version: the storage version
    that the header must state. without_links: called before the published file itself is replaced,
    where links cannot be made; raises when somebody has it open.
    Raises TargetError, and leaves everything as it was, when the file is not as it must be.
    """
    file = release.file
    if log_of(file).exists():
        raise TargetError(f"the build left a write-ahead log: {log_of(file)}")
    found = storage_version(file)
    if not same_storage(wanted_version, found):
        raise TargetError(
            f"the build's file has the storage version {found}, not {wanted_version}",
            hint="set storage_version in [tool.runner.settings]",
        )
    old, before = place.current(), current(place)
    if old is not None:
        file.chmod(old.stat().st_mode & 0o777 | 0o600)
    sync(file)
    _keep_plain_file(place, base, release.id)
    # Until the link says otherwise it is a build that was killed; the link is the truth.
    done = replace(release, mark=mark_of(file), published_at=now.isoformat(timespec="seconds"))
    note(done)
    file.parent.chmod(0o755)
    sync_folders(file.parent, place.link.parent)
    _flip(place, file, without_links)
    published = replace(done, status="published")
    with suppress(OSError):  # the next build mends it
        note(published)
        # Where it is no link that was changed, the base has been closed, and its copy is as it was.
        left = mark(base) if base is not None and not base.closed else None
        if before is not None and left is not None and before.mark != left:
            note(replace(before, mark=left))  # what is written from now on comes too late
    return published


def roll_back(
    place: Place, target: Release, base: IO[bytes] | None, now: datetime,
    without_links: Callable[[], None],
) -> tuple[Release, ...]:  # fmt: skip
    """Lead readers to another release; gives those that readers are led back behind.

    base: what readers see now, open, where there is something. The caller holds the build lock.
    Raises TargetError.
    """
    check_place_file(target.file)
    _keep_plain_file(place, base)
    target.file.parent.chmod(0o755)
    again = replace(
        target, status="published", published_at=now.isoformat(timespec="seconds"),
        mark=mark_of(target.file),
    )  # fmt: skip
    _flip(place, target.file, without_links)
    note(again)
    newer = tuple(r for r in known(place) if r.id > target.id and r.status == "published")
    for release in newer:
        note(replace(release, status="rolled_back"))
    hide_others(place)
    return newer


def _keep_plain_file(place: Place, base: IO[bytes] | None, before: str | None = None) -> None:
    """A plain file that lies where the link is to be becomes a release of its own.

    before: the release that it must come before, whatever its time says.
    """
    link = place.link
    if link.is_symlink() or base is None or current(place) is not None:
        return
    changed = datetime.fromtimestamp(link.stat().st_mtime, UTC)
    if before is not None and changed.strftime(_ID) >= before:
        changed = datetime.strptime(before[:22], _ID) - timedelta(microseconds=1)
    while (folder := place.releases / f"{changed.strftime(_ID)}-before").exists():
        changed -= timedelta(microseconds=1)
    folder.mkdir(parents=True, mode=0o700)
    target = folder / place.file_name
    try:
        os.link(link, target)
    except OSError:
        copy_open(base, target)
    time = changed.isoformat(timespec="seconds")
    note(
        Release(folder.name, target, "published", time, time, "by another program", mark=mark(base))
    )


def _flip(place: Place, file: Path, without_links: Callable[[], None]) -> None:
    link = place.link
    pending = link.with_name(f".{link.name}.{secrets.token_hex(3)}")
    try:
        os.symlink(os.path.relpath(file, link.parent), pending)
    except OSError:
        _put_file(place, file, pending, without_links)
    try:
        os.replace(pending, link)
    except OSError as error:
        pending.unlink(missing_ok=True)
        raise TargetError(
            f"{link} cannot be replaced: {error.strerror}",
            hint="close the programs that have it open",
        ) from None
    sync(link.parent)
    with suppress(OSError):
        _point(place, file)


def _put_file(place: Place, file: Path, pending: Path, without_links: Callable[[], None]) -> None:
    """Without symbolic links the file itself is put in place: a hard link, or else a copy."""
    if place.link.exists():
        without_links()
    log = log_of(place.link)
    if log.exists():
        raise TargetError(f"{log} is in the way", hint="open and close the database once")
    try:
        try:
            os.link(file, pending)
        except OSError:
            shutil.copy2(file, pending)
            sync(pending)
    except OSError as error:
        pending.unlink(missing_ok=True)
        raise TargetError(f"{place.link} cannot be written: {error.strerror}") from None


def _point(place: Place, file: Path) -> None:
    """Remember of which release a copy is, where the file system does not tell."""
    pointer = place.folder / COPIED
    if place.link.samefile(file):
        pointer.unlink(missing_ok=True)
    else:
        write_whole(pointer, json.dumps({"id": file.parent.name}))


def fail(release: Release, done: tuple[str, ...] | None = None) -> Release:
    """Keep a build that is not to be published, to be looked at or gone on with. Raises OSError.

    done: ids of the steps that ended well; None where that is not known.
    """
    failed = replace(release, status="failed", asked=replace(release.asked, done=done))
    if release.file.is_file():
        with open(release.file, "rb") as file:
            failed = replace(failed, mark=mark(file))
    note(failed)
    return failed


def discard(release: Release) -> None:
    """Remove a build that nobody wants to see."""
    shutil.rmtree(release.file.parent, ignore_errors=True)


def tidy(place: Place, keep: int) -> None:
    """Remove builds that were killed, all but the newest failed one, and old releases.

    keep: how many releases remain, the current one among them. The caller holds the build lock.
    What readers see is never removed, nor what somebody writes to.
    """
    seen = current(place)
    real = place.current()
    there = known(place)
    published = [r for r in there if r.status == "published" and r != seen]
    behind = [r for r in there if r.status == "rolled_back"]
    newest = max((r.id for r in there if r.status == "published"), default="")
    failed = [r for r in there if r.status == "failed" and r.id > newest]
    older = max(0, keep - 1) if seen is not None else keep
    kept = {r.file.parent for r in (*published[:older], *behind[:1], *failed[:1])}
    if seen is not None:
        kept.add(seen.file.parent)
    for folder in folders(place):
        in_sight = real is not None and folder.resolve() == real.parent
        if folder in kept or in_sight or _is_anothers(place, folder):
            continue
        if not is_written(folder / place.file_name):
            shutil.rmtree(folder, ignore_errors=True)
    stray = re.compile(rf"\.{re.escape(place.link.name)}\.[0-9a-f]{{6}}")
    for path in place.link.parent.iterdir():
        if stray.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()
    hide_others(place)


def _is_anothers(place: Place, folder: Path) -> bool:
    """Does the folder belong to `shop.db`, when the place is of `shop.duckdb`?"""
    names = {place.file_name, f"{place.file_name}.wal"}
    with suppress(OSError):
        databases = [path for path in folder.iterdir() if path.stem == place.link.stem]
        return any(path.is_file() and path.name not in names for path in databases)
    return False


def hide_others(place: Place) -> None:
    """Let nobody else open a release that is not the current one; who has it open keeps it."""
    real = place.current()
    for folder in folders(place):
        if real is None or folder.resolve() != real.parent:
            with suppress(OSError):
                folder.chmod(0o700)
