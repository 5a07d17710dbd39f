"""A command from outside: what it is asked, the world that it finds, and how it ended.

Knows nothing of what a verb does. Imported by every command, so it imports next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from runner.errors import Exit, ProjectError

if TYPE_CHECKING:
    from runner.run.events import Listener, Result


class Options(Struct, frozen=True):
    """What the command line, or a caller, asks for."""

    command: str = "build"
    project_dir: Path | None = None
    profiles_dir: Path | None = None
    profile: str | None = None
    target: str | None = None
    vars: Mapping[str, object] = field(default_factory=dict)
    threads: int | None = None
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    selector: str | None = None
    resource_types: tuple[str, ...] = ()
    """The kinds asked for; empty, `all` or `default`: every one."""
    exclude_resource_types: tuple[str, ...] = ()
    indirect_selection: str = "eager"
    full: bool = False
    dry_run: bool = False
    full_refresh: bool = False
    fail_fast: bool = False
    store_failures: bool = False
    empty: bool = False
    drop_orphans: bool = False
    wait: bool = False
    target_path: str | None = None
    cache: bool = True
    """May what earlier commands read be used, and what this one reads be kept?"""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """All options by their names, for templates and artifacts."""

    def asks_for(self, types: Iterable[str]) -> bool:
        """Is a node of these resource types among the kinds asked for?"""
        named = set(types)
        asked = set(self.resource_types)
        every = not asked or not asked.isdisjoint({"all", "default"})
        return (every or not named.isdisjoint(asked)) and named.isdisjoint(
            self.exclude_resource_types
        )


class Outside(Struct, frozen=True):
    """What a command knows of the world around it, given by who starts it."""

    environ: Mapping[str, str]
    folder: Path
    """The working folder when the command was started."""
    home: Path
    now: Callable[[], datetime]
    listener: Listener
    cpus: int = 4


class Outcome(Struct, frozen=True):
    """How a command ended."""

    exit: Exit
    results: tuple[Result, ...]
    published: bool | None


def parse_vars(text: str | None) -> Mapping[str, object]:
    """The variables of `--vars`: a YAML mapping. Raises ProjectError for anything else."""
    if not text or not text.strip():
        return {}
    from runner.project import yaml

    value = yaml.load(text, "--vars")
    if isinstance(value, Mapping):
        return dict(value)
    raise ProjectError(
        f"--vars must be a mapping, not {value!r}", hint="write --vars '{as_of: 2026-01-01}'"
    )


def asked(options: Options) -> str:
    """What was asked for, as a person typed it but for what does not change the result."""
    parts = ["retry of", options.command] if "retry_of" in options.arguments else [options.command]
    for option, values in (("-s", options.select), ("--exclude", options.exclude)):
        parts += [word for value in values for word in (option, value)]
    parts += ["--selector", options.selector] if options.selector else []
    flags = ("full", "full_refresh", "empty", "store_failures")
    parts += [f"--{flag.replace('_', '-')}" for flag in flags if getattr(options, flag, False)]
    return " ".join(parts)


def given_arguments(options: Options) -> dict[str, object]:
    """The options that were given, by name, for the log and for doing the same again."""
    return {k: v for k, v in options.arguments.items() if v not in (None, False, (), {}, 0)}


def project_folder(options: Options, outside: Outside) -> Path:
    """The folder to look for the project from: the one given, else where the command was started."""
    return (outside.folder / (options.project_dir or "")).resolve()


def system(listener: Listener) -> Outside:
    """The world as this process finds it."""
    return Outside(
        os.environ, Path.cwd(), Path.home(), lambda: datetime.now(UTC), listener,
        os.cpu_count() or 1,
    )  # fmt: skip
