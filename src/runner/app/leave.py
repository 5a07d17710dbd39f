"""Leaving a standing: what a command that had nothing to do depended on, and what it told.

The counterpart of standing.py, for the command that went the whole way. In doubt nothing is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from runner.app.command import Options, Outside, project_folder
from runner.app.fixtures import fixture_files
from runner.app.load import Loaded
from runner.app.settings import profiles_folder
from runner.app.standing import Published, Standing, Told, keep, key_of
from runner.app.watch import (
    SECRET_VARIABLES,
    Watch,
    data_files,
    names_below,
    time_zone,
    variables,
)
from runner.engines.duckdb_files import source_patterns
from runner.output.artifacts.again import artifact_of
from runner.project.files import skipped_in
from runner.project.store import Look, look_of

PROJECT_FILES = ("dbt_project.yml", "pyproject.toml")
ROOT_FILES = ("selectors.yml", "packages.yml", "dependencies.yml", "profiles.yml", "vars.yml")
ARTIFACTS = ("manifest.json", "run_results.json", "catalog.json")
CLOCK_STEP = 100_000_000
"""Nanoseconds by which the time of a change may lie behind the clock."""
OF_OPTIONS = frozenset({
    "flags", "invocation_args_dict", "should_full_refresh", "dbt_metadata_envs",
    "selected_resources",
})  # fmt: skip
"""Names of templates that mean the same for the same options and variables."""


def leave(
    loaded: Loaded,
    options: Options,
    outside: Outside,
    told: Told,
    *,
    published: Published | None,
    outputs: Iterable[str],
    written: Iterable[str],
    dated: bool,
) -> None:
    """Leave a standing for the same command.

    published: the database as it was when nothing had to be done in it. outputs: other files that
    were written. written: names of the artifacts. dated: does something depend on today's date?
    """
    store = loaded.memory.store
    if store is None or not _is_knowable(loaded, options, outside):
        return
    artifacts = [artifact_of(loaded.target_folder / name) for name in written]
    found = tuple(artifact for artifact in artifacts if artifact is not None)
    with suppress(OSError, _Restless):
        wrote = (*outputs, *(artifact.path for artifact in found))
        watch = _watch(loaded, options, outside, wrote, dated=dated)
        if len(found) == len(artifacts):
            standing = Standing(key_of(options, outside), watch, published, told, found)
            keep(store, options.command, standing, loaded.memory.secrets)


def _is_knowable(loaded: Loaded, options: Options, outside: Outside) -> bool:
    """Is all that the command depends on among what a watch can tell?"""
    usual = loaded.config.root / (options.target_path or "target") == loaded.target_folder
    secret = any(name.startswith(SECRET_VARIABLES) for name in outside.environ)
    return (
        usual
        and not secret
        and not loaded.memory.secrets
        and not loaded.target.attach
        and loaded.memory.asked <= OF_OPTIONS
    )


class _Restless(Exception):  # no error: nothing is left
    """Something changed while the command was at work, so that it may not have seen it."""


def _watch(
    loaded: Loaded, options: Options, outside: Outside, outputs: Iterable[str], *, dated: bool
) -> Watch:
    """What the command depended on. Raises _Restless, or OSError."""
    memory = loaded.memory
    files: dict[str, bytes | None] = {}
    for path in _files(loaded, options, outside):
        try:
            _check_calm(look_of(path), memory.now)
            files[path] = memory.contents.digest(path)
        except FileNotFoundError:
            files[path] = None
    patterns = {p for node in loaded.nodes.values() for p in source_patterns(node) or ()}
    data = {pattern: data_files(pattern) for pattern in sorted(patterns)}
    for found in data.values():
        for _, look in found:
            _check_calm(look, memory.now)
    folders = []
    for top, skipped in _folders(loaded):
        for folder, below, _ in os.walk(top):
            below[:] = [name for name in below if not name.startswith(".") and name not in skipped]
            _check_calm(look_of(folder), memory.now)
        folders.append((top, skipped, names_below(top, skipped)))
    return Watch(
        files=files,
        looks=memory.contents.looks(),
        outputs={path: look_of(path) for path in outputs},
        data=data,
        folders=tuple(folders),
        variables=variables(memory.variables() | {"DBT_PROFILES_DIR"}, outside.environ),
        zone=time_zone(outside.environ),
        today=outside.now().astimezone().strftime("%Y-%m-%d") if dated else None,
    )


def _check_calm(look: Look, began: int) -> None:
    if max(look[1], look[2]) >= began - CLOCK_STEP:
        raise _Restless


def _files(loaded: Loaded, options: Options, outside: Outside) -> Iterator[str]:
    """Every file that was read, or looked for, to know what the project is."""
    root = loaded.config.root
    start = project_folder(options, outside)
    for folder in (start, *start.parents):
        yield from (str(folder / name) for name in PROJECT_FILES)
        if folder == root:
            break
    yield from (str(root / name) for name in ROOT_FILES)
    if loaded.config.settings.get("vars_file") is not None:
        yield str(root / str(loaded.config.settings["vars_file"]))
    profiles = profiles_folder(options, outside)
    yield str((profiles or outside.home / ".dbt") / "profiles.yml")
    for folder in _children(root / loaded.config.packages_path):
        yield from (str(folder / name) for name in PROJECT_FILES)
    for package in loaded.packages:
        yield from (str(package.config.root / name) for name in (*PROJECT_FILES, *ROOT_FILES))
        yield from (file.absolute for file in package.files)
    yield from (str(file) for file in fixture_files(loaded))


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _folders(loaded: Loaded) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Every folder that was looked through for files, with the names that are passed over in it."""
    tops: dict[tuple[str, tuple[str, ...]], None] = {}
    for package in loaded.packages:
        skipped = tuple(sorted(skipped_in(package.config)))
        for folders in package.config.paths.values():
            tops.update(dict.fromkeys((str(package.config.root / f), skipped) for f in folders))
    tops[(str(loaded.config.root / loaded.config.packages_path), ())] = None
    return tops
