"""The files of a project or a package, found and read.

The only module that walks the project's folders. Knows which folder holds what, not what the
files mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from runner.errors import Location, ProjectError
from runner.project.config import ProjectConfig, decoded
from runner.project.store import Contents, walk


class File(Struct, frozen=True):
    """A file of a package."""

    section: str
    """The setting whose folders it was found in, `model-paths`."""
    suffix: str
    path: str
    """Relative to that folder."""
    file: str
    """Relative to the package's folder."""
    shown: str
    """Relative to the project's folder, for people."""
    absolute: str


class Package(Struct, frozen=True):
    """The project itself or an installed package, with its files."""

    config: ProjectConfig
    is_root: bool
    files: tuple[File, ...]

    @property
    def name(self) -> str:
        return self.config.name


SUFFIXES = {
    "model-paths": (".sql", ".py", ".yml", ".yaml", ".md"),
    "seed-paths": (".csv", ".yml", ".yaml", ".md"),
    "test-paths": (".sql", ".yml", ".yaml", ".md"),
    "snapshot-paths": (".sql", ".yml", ".yaml", ".md"),
    "analysis-paths": (".sql", ".yml", ".yaml", ".md"),
    "macro-paths": (".sql", ".yml", ".yaml", ".md"),
    "function-paths": (".sql", ".py", ".js", ".yml", ".yaml", ".md"),
    "dashboard-paths": (".yml", ".yaml"),
    "docs-paths": (".md",),
}


def find_files(config: ProjectConfig, shown_from: Path) -> Iterator[File]:
    """Every file of a package that may matter, in a fixed order, each once."""
    seen: set[str] = set()
    try:
        prefix = str(config.root.relative_to(shown_from))
    except ValueError:
        prefix = str(config.root)
    prefix = "" if prefix == "." else prefix.replace(os.sep, "/") + "/"
    skipped = skipped_in(config)
    for section, suffixes in SUFFIXES.items():
        for folder in config.paths[section]:
            top = config.root / folder
            for relative in sorted(walk(str(top), "", skipped)):
                suffix = os.path.splitext(relative)[1]
                file = relative if folder in (".", "") else f"{folder.rstrip('/')}/{relative}"
                if suffix not in suffixes or file in seen:
                    continue
                seen.add(file)
                yield File(section, suffix, relative, file, prefix + file, str(top / relative))


def skipped_in(config: ProjectConfig) -> frozenset[str]:
    """Names that are passed over in a package's folders."""
    return frozenset((config.packages_path, config.target_path))


def read_file(file: File, contents: Contents) -> str:
    """The text of a file. Raises ProjectError when it cannot be read."""
    try:
        return decoded(contents.read(file.absolute), file.shown)
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", at=Location(file.shown)) from None
