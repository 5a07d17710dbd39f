"""Releases: each build in a file of its own, published by one atomic change of a link.

The path that readers open is a relative link to `.runner/<name>/releases/<id>/<name>.duckdb` beside
it. A release's own path is never used twice. Knows files and links, not models; the database is
opened and closed by others.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import struct
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from runner.errors import TargetError

STORAGE_VERSIONS: Mapping[int, str] = {64: "v1.0.0", 65: "v1.1.0", 66: "v1.3.0", 67: "v1.4.0",
                                       68: "v1.5.0"}  # fmt: skip
RECORD = "release.json"
FICLONE = 0x40049409
"""Linux's request to share a file's blocks instead of copying them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a published database lies.

    link: the path that readers open. folder: what belongs to it.
    """

    link: Path

    @property
    def folder(self) -> Path:
        return self.link.parent / ".runner" / self.link.stem

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    def current(self) -> Path | None:
        """The real file that readers see now, or None when there is none."""
        if not self.link.exists():
            return None
        return self.link.resolve()


@dataclass(frozen=True, slots=True)
class Release:
    """A build's own file, and what is known of it."""

    id: str
    file: Path
    status: str = "building"
    """`building`, `published` or `failed`."""
    started_at: str = ""
    command: str = ""


def check_place(place: Place) -> None:
    """Refuse what cannot be a published database, before anything is begun.

    Raises TargetError.
    """
    link = place.link
    if link.is_dir():
        raise TargetError(f"{link} is a folder", hint="give a file's path in profiles.yml")
    if not link.parent.is_dir():
        raise TargetError(
            f"the folder {link.parent} does not exist", hint="make it, or give another path"
        )
    if link.is_symlink() and not link.exists():
        raise TargetError(
            f"{link} points to {os.readlink(link)}, which is gone",
            hint=f"remove the link to start anew: rm {link}",
        )
    if link.exists() and not link.is_symlink() and _is_tracked(link):
        raise TargetError(
            f"{link} is tracked by git and cannot become a link to releases",
            hint='set publish = "in_place" in [tool.runner.settings], or build another path',
        )
    if link.exists():
        check_place_file(link)


def check_place_file(file: Path) -> None:
    """Refuse a file that is no DuckDB database. Raises TargetError."""
    try:
        with open(file, "rb") as opened:
            head = opened.read(20)
    except OSError as error:
        raise TargetError(f"{file} cannot be read: {error.strerror}") from None
    if head and (len(head) < 20 or head[8:12] != b"DUCK"):
        raise TargetError(
            f"{file} is no DuckDB database",
            hint="move it away, or give another path in profiles.yml",
        )


def _is_tracked(file: Path) -> bool:
    if not any((folder / ".git").exists() for folder in file.resolve().parents):
        return False
    git = shutil.which("git")
    if git is None:
        return False
    command = [git, "ls-files", "--error-unmatch", file.name]
    found = subprocess.run(command, cwd=file.parent, capture_output=True, check=False)
    return found.returncode == 0


def begin(place: Place, now: datetime, command: str, *, copy: bool) -> Release:
    """Make room for a build, with a copy of the current release in it where asked.

    The caller holds the build lock. Raises TargetError when there is no room or no right to write.
    """
    id_ = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    folder = place.releases / id_
    file = folder / place.link.name
    if not file.suffix:
        file = file.with_suffix(".duckdb")
    release = Release(id_, file, "building", now.isoformat(timespec="seconds"), command)
    current = place.current()
    try:
        folder.mkdir(parents=True, mode=0o700)
        note(release)
        if copy and current is not None:
            copy_file(current, file)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise TargetError(
            f"the build cannot be begun in {folder}: {error.strerror}",
            hint="is the disk full?" if error.errno == 28 else None,
        ) from None
    return release


def note(release: Release) -> None:
    """Write down what is known of a release, beside its file."""
    text = {"id": release.id, "status": release.status, "started_at": release.started_at,
            "command": release.command}  # fmt: skip
    target = release.file.parent / RECORD
    pending = target.with_suffix(".new")
    pending.write_text(json.dumps(text), "utf-8")
    os.replace(pending, target)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks where the file system can."""
    with open(source, "rb") as there, open(target, "wb") as here:
        try:
            import fcntl

            fcntl.ioctl(here.fileno(), FICLONE, there.fileno())
            return
        except (ImportError, OSError):
            pass
    shutil.copyfile(source, target)


def storage_version(file: Path) -> str:
    """The storage version that a file's header states, `v1.0.0`."""
    with open(file, "rb") as opened:
        head = opened.read(20)
    number = int(struct.unpack("<Q", head[12:20])[0])
    return STORAGE_VERSIONS.get(number, str(number))


def publish(place: Place, release: Release, *, wanted_version: str | None) -> Release:
    """Make a finished build what readers see. Its database has been closed.

    wanted_version: what the header must state, where the caller cares.
    Raises TargetError, and leaves everything as it was, when the file is not as it must be.
    """
    file = release.file
    wal = file.with_name(file.name + ".wal")
    if wal.exists():
        raise TargetError(f"the build left a write-ahead log: {wal}")
    found = storage_version(file)
    if wanted_version is not None and found != wanted_version:
        raise TargetError(
            f"the build's file has the storage version {found}, not {wanted_version}",
            hint="set storage_version in [tool.runner.settings]",
        )
    _sync(file)
    done = replace(release, status="published")
    _keep_plain_file(place)
    file.parent.chmod(0o755)
    note(done)
    _flip(place, file)
    for other in _folders(place):
        if other != file.parent:
            with suppress(OSError):
                other.chmod(0o700)
    return done


def _keep_plain_file(place: Place) -> None:
    """A plain file that lies where the link is to be becomes a release of its own."""
    link = place.link
    if link.is_symlink() or not link.exists():
        return
    folder = place.releases / "00000000T000000-before"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / link.name
    with suppress(FileNotFoundError):
        target.unlink()
    try:
        os.link(link, target)
    except OSError:
        shutil.copyfile(link, target)
    note(Release(folder.name, target, "published", "", "there before the first release"))


def _flip(place: Place, file: Path) -> None:
    link = place.link
    relative = os.path.relpath(file, link.parent)
    pending = link.with_name(f".{link.name}.{secrets.token_hex(3)}")
    try:
        os.symlink(relative, pending)
    except OSError:
        # Without links the file itself is put in place; a reader of the old one keeps it.
        if link.with_name(link.name + ".wal").exists():
            raise TargetError(
                f"{link}.wal is in the way", hint="open and close the database once"
            ) from None
        shutil.copyfile(file, pending)
    os.replace(pending, link)
    _sync(link.parent)


def _sync(path: Path) -> None:
    """See that what was written is on the disk."""
    flags = os.O_RDONLY
    try:
        handle = os.open(path, flags)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    except OSError:
        if path.is_file():
            raise
    finally:
        os.close(handle)


def fail(release: Release) -> Release:
    """Keep a build that is not to be published, for inspection."""
    failed = replace(release, status="failed")
    note(failed)
    return failed


def discard(release: Release) -> None:
    """Remove a build that nobody wants to see."""
    shutil.rmtree(release.file.parent, ignore_errors=True)


def known(place: Place) -> list[Release]:
    """The releases that are there, the newest first."""
    found = []
    for folder in _folders(place):
        with suppress(OSError, ValueError, KeyError):
            said = json.loads((folder / RECORD).read_text("utf-8"))
            file = next(f for f in folder.iterdir() if f.suffix not in (".json", ".wal", ".new"))
            found.append(
                Release(said["id"], file, said["status"], said["started_at"], said["command"])
            )
    return sorted(found, key=lambda release: release.id, reverse=True)


def _folders(place: Place) -> list[Path]:
    if not place.releases.is_dir():
        return []
    return [folder for folder in place.releases.iterdir() if folder.is_dir()]


def tidy(place: Place, keep: int) -> None:
    """Remove builds that were killed, all but the newest failed one, and old releases.

    The caller holds the build lock. What readers see is never removed.
    """
    current = place.current()
    here = current.parent if current is not None else None
    published = [r for r in known(place) if r.status == "published"]
    failed = [r for r in known(place) if r.status == "failed"]
    newer = [r for r in failed if not published or r.id > published[0].id]
    kept = {r.file.parent for r in (*published[: max(1, keep)], *newer[:1])}
    for folder in _folders(place):
        if folder not in kept and (here is None or folder.resolve() != here):
            shutil.rmtree(folder, ignore_errors=True)
    for stray in place.link.parent.glob(f".{place.link.name}.*"):
        if stray.is_symlink():
            with suppress(OSError):
                stray.unlink()
