"""Where a published database and its releases lie, and what may not lie there."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

from runner.errors import TargetError


class Place(Struct, frozen=True):
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

    @property
    def file_name(self) -> str:
        """The name of the database's file in the folder of a release."""
        return self.link.name if self.link.suffix else f"{self.link.name}.duckdb"

    def current(self) -> Path | None:
        """The real file that readers see now, or None when there is none."""
        if not self.link.exists():
            return None
        return self.link.resolve()


def log_of(file: Path) -> Path:
    """The write-ahead log of a database's file."""
    return file.with_name(file.name + ".wal")


def check_place(place: Place) -> None:
    """Refuse what cannot be a published database, before anything is begun.

    Raises TargetError.
    """
    link = place.link
    check_path(place)
    if link.is_symlink() and not link.exists():
        kept = any(place.releases.glob(f"*/{glob.escape(place.file_name)}"))
        raise TargetError(
            f"{link} points to {os.readlink(link)}, which is gone",
            hint="runner rollback leads to a release that is kept" if kept
            else f"remove the link to start anew: rm {link}",
        )  # fmt: skip
    if link.exists():
        check_place_file(link)


def check_path(place: Place) -> None:
    """Refuse a path where no link can be. Raises TargetError."""
    link = place.link
    if link.is_dir():
        raise TargetError(f"{link} is a folder", hint="give a file's path in profiles.yml")
    if not link.parent.is_dir():
        raise TargetError(
            f"the folder {link.parent} does not exist", hint="make it, or give another path"
        )
    if link.exists() and not link.is_symlink() and _is_tracked(link):
        raise TargetError(
            f"{link} is tracked by git and cannot become a link to releases",
            hint='set publish = "in_place" in [tool.runner.settings], or build another path',
        )


def check_place_file(file: Path) -> None:
    """Refuse a file that is no DuckDB database. Raises TargetError.

    Not for a file that this process has open: see runner.release.files.
    """
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
