"""The files of a project and its packages, found and read.

The only module that walks the project's folders. Knows which folder holds what, not what the
files mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.errors import Location, ProjectError
from runner.project import yaml
from runner.project.config import ProjectConfig, Warn, decoded, load_project, read
from runner.project.store import Contents, walk


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
    "docs-paths": (".md",),
}


def find_packages(config: ProjectConfig, warn: Warn) -> tuple[Package, ...]:
    """The project and the packages that lie in its packages folder, the project first.

    A local package that packages.yml names is used where it lies, installed or not.
    Raises ProjectError when two packages have one name.
    """
    packages = [Package(config, True, tuple(find_files(config, config.root)))]
    seen = {config.name: config.root}
    for folder in (*_installed(config), *_local(config)):
        package = load_project(folder, warn)
        there = seen.setdefault(package.name, folder)
        if there != folder:
            if there.resolve() == folder.resolve() or there.parent.name == config.packages_path:
                continue
            raise ProjectError(f"two packages are called {package.name}: {there} and {folder}")
        packages.append(Package(package, False, tuple(find_files(package, config.root))))
    return tuple(packages)


def _installed(config: ProjectConfig) -> list[Path]:
    folder = config.root / config.packages_path
    if not folder.is_dir():
        return []
    return sorted(f for f in folder.iterdir() if (f / "dbt_project.yml").is_file())


def _local(config: ProjectConfig) -> list[Path]:
    found = []
    for name in ("packages.yml", "dependencies.yml"):
        file = config.root / name
        if not file.is_file():
            continue
        loaded = yaml.load(read(file, name), name)
        entries = loaded.get("packages") if isinstance(loaded, dict) else None
        for entry in entries or ():
            local = entry.get("local") if isinstance(entry, dict) else None
            if isinstance(local, str):
                folder = (config.root / local).resolve()
                if not (folder / "dbt_project.yml").is_file():
                    raise ProjectError(
                        f"the local package {local} has no dbt_project.yml", at=Location(name)
                    )
                found.append(folder)
    return found


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
