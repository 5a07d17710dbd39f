"""What is written down of each release, beside its file, and read again.

Which release is the current one is said by the link alone; a record can be behind it when a build
was killed between the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from runner.release.files import Mark, mark_of, write_whole
from runner.release.place import Place

RECORD = "release.json"
COPIED = "copied.json"
"""Says which release the published file is a copy of, where no links can be made."""


class Asked(Struct, frozen=True):
    """What a build was asked for and how far it came, so that it can be gone on with.

    invocation: its id in the log. base: the release that it began from, None where there was none.
    arguments: of the command line, by name. done: ids of the steps that ended well, of a build that
    failed; None where that is not known.
    """

    invocation: str = ""
    base: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    done: tuple[str, ...] | None = None


class Release(Struct, frozen=True):
    """A build's own file, and what is known of it."""

    id: str
    file: Path
    status: str = "building"
    """`building`, `published`, `failed`, or `rolled_back` when readers were led back behind it."""
    started_at: str = ""
    published_at: str | None = None
    command: str = ""
    runner: str = ""
    duckdb: str = ""
    results: Mapping[str, int] = field(default_factory=dict)
    """How many steps ended how: `built`, `passed`, `warned`, `failed`, `broken`, `skipped`, …"""
    mark: Mark | None = None
    """The file as it was published, or as it was when the build failed."""
    asked: Asked = field(default_factory=Asked)


def note(release: Release) -> None:
    """Write down what is known of a release, beside its file. Raises OSError."""
    known = release.mark
    text = {
        "id": release.id,
        "status": release.status,
        "started_at": release.started_at,
        "published_at": release.published_at,
        "command": release.command,
        "runner": release.runner,
        "duckdb": release.duckdb,
        "results": dict(release.results),
        "bytes": known.bytes if known else None,
        "mtime_ns": known.mtime_ns if known else None,
        "header": known.header if known else None,
        "asked": asdict(release.asked),
    }
    write_whole(release.file.parent / RECORD, json.dumps(text, indent=2, default=str) + "\n")


def known(place: Place) -> list[Release]:
    """The releases that are there, the newest first."""
    found = []
    for folder in folders(place):
        file = folder / place.file_name
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            said = json.loads((folder / RECORD).read_text("utf-8"))
            if file.is_file():
                found.append(_read(said, file))
    return sorted(found, key=lambda release: release.id, reverse=True)


def _read(said: Mapping[str, object], file: Path) -> Release:
    size, mtime, header = said.get("bytes"), said.get("mtime_ns"), said.get("header")
    marked = isinstance(size, int) and isinstance(mtime, int)
    results = said.get("results")
    published = said.get("published_at")
    return Release(
        id=str(said["id"]),
        file=file,
        status=str(said["status"]),
        started_at=str(said["started_at"]),
        published_at=None if published is None else str(published),
        command=str(said["command"]),
        runner=str(said.get("runner") or ""),
        duckdb=str(said.get("duckdb") or ""),
        results={str(k): int(v) for k, v in results.items()} if isinstance(results, dict) else {},
        mark=Mark(int(str(size)), int(str(mtime)), str(header)) if marked else None,
        asked=_read_asked(said.get("asked")),
    )


def _read_asked(said: object) -> Asked:
    if not isinstance(said, dict):
        return Asked()
    base, arguments, done = said.get("base"), said.get("arguments"), said.get("done")
    return Asked(
        str(said.get("invocation") or ""),
        None if base is None else str(base),
        dict(arguments) if isinstance(arguments, dict) else {},
        tuple(str(id) for id in done) if isinstance(done, list) else None,
    )


def folders(place: Place) -> list[Path]:
    """The folders of releases, also of those that were never finished."""
    if not place.releases.is_dir():
        return []
    return [folder for folder in place.releases.iterdir() if folder.is_dir()]


def current(place: Place) -> Release | None:
    """The release that readers see, or None when what they see is no release of ours."""
    real = place.current()
    if real is None:
        return None
    releases = known(place)
    for release in releases:
        if release.file.resolve() == real or release.file.samefile(real):
            return release if release.status == "published" else _mended(release)
    with suppress(OSError, ValueError, KeyError, TypeError):
        copied = json.loads((place.folder / COPIED).read_text("utf-8"))["id"]
        if not place.link.is_symlink():
            return next((release for release in releases if release.id == copied), None)
    return None


def _mended(release: Release) -> Release:
    """A record that a killed build left behind its own publishing."""
    mended = replace(
        release, status="published", published_at=release.published_at or release.started_at
    )
    with suppress(OSError):
        note(mended)
    return mended


def written_by_others(place: Place, there: Mark | None = None) -> bool:
    """Has another program written to what was published, or put a file of its own in its place?

    A file whose time alone has changed was copied, not written. Not for a file that this process
    has open, unless its mark is given: see runner.release.files.
    """
    real = place.current()
    if real is None:
        return False
    release = current(place)
    if release is None:
        return any(other.status == "published" for other in known(place))
    if release.mark is None:
        return False
    seen = there or mark_of(real)
    return (release.mark.bytes, release.mark.header) != (seen.bytes, seen.header)
