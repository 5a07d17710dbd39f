"""The files of a project or a package, found and read.

The only module that walks the project's folders. Knows which folder holds what, not what the
files mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.errors import Location, ProjectError
from runner.project.cache import Contents
from runner.project.config import ProjectConfig, decoded


@dataclass(frozen=True, slots=True)
class File:
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


@dataclass(frozen=True, slots=True)
class Package:
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
    skipped = {config.packages_path, config.target_path}
    for section, suffixes in SUFFIXES.items():
        for folder in config.paths[section]:
            top = config.root / folder
            for relative in sorted(_walk(str(top), "", skipped)):
                suffix = os.path.splitext(relative)[1]
                file = relative if folder in (".", "") else f"{folder.rstrip('/')}/{relative}"
                if suffix not in suffixes or file in seen:
                    continue
                seen.add(file)
                yield File(section, suffix, relative, file, prefix + file, str(top / relative))


def _walk(folder: str, prefix: str, skipped: set[str]) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.name.startswith(".") or (not prefix and entry.name in skipped):
            continue
        if entry.is_dir():
            yield from _walk(entry.path, f"{prefix}{entry.name}/", skipped)
        else:
            yield prefix + entry.name


def read_file(file: File, contents: Contents) -> str:
    """The text of a file. Raises ProjectError when it cannot be read."""
    try:
        return decoded(contents.read(file.absolute), file.shown)
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", at=Location(file.shown)) from None
