"""Programs that came too late: they write to a release that readers no longer see.

A link is resolved before a file is opened, so a program that was about to write when the link was
flipped writes to the release of before. What it writes is in no later release. Knows no models.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from runner.release.files import mark, writer_of
from runner.release.place import Place, log_of
from runner.release.record import current, known


def late_writers(place: Place) -> list[str]:
    """What to say of each release that somebody writes to, or wrote to, after it was replaced.

    Not for a process that has one of them open: see runner.release.files.
    """
    seen, real = current(place), place.current()
    said = []
    for release in known(place):
        file = release.file
        if release.status != "published" or release == seen or file.resolve() == real:
            continue
        with suppress(OSError), open(file, "rb") as opened:
            process, there = writer_of(opened), mark(opened)
            noted = release.mark
            which = f"release {release.id}, which readers no longer see"
            if process is not None:
                said.append(f"process {process} writes to {which}: nothing of it is carried over")
            elif log_of(file).exists() or (
                noted is not None and (noted.bytes, noted.header) != (there.bytes, there.header)
            ):
                said.append(f"another program wrote to {which}: its rows are only in {file}")
    return said


def is_written(file: Path) -> bool:
    """Has somebody a file open to write? Not for one that this process has open."""
    with suppress(OSError), open(file, "rb") as opened:
        return writer_of(opened) is not None
    return False
