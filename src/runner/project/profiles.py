"""profiles.yml: which database to build in, and how.

Finds the file, picks the profile and the target, and checks what it says. Texts that hold Jinja
are rendered by a function that the caller gives. Knows nothing of how a database is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct

from runner.errors import Location, ProjectError, did_you_mean
from runner.project import yaml
from runner.project.config import ProjectConfig, read
from runner.project.nodes import NOTHING

Render = Callable[[str, Location], object]
"""Renders a text that may hold Jinja, natively: `"{{ 1 }}"` gives 1."""

KEYS = (
    "type", "path", "database", "schema", "threads", "extensions", "settings", "config_options",
    "attach", "secrets", "external_root", "use_credential_provider", "filesystems", "plugins",
    "module_paths", "remote", "disable_transactions", "retries", "keep_open", "is_ducklake",
)  # fmt: skip


LIMITS = frozenset({
    "memory_limit", "max_memory", "threads", "worker_threads", "temp_directory", "max_temp_directory_size",
})  # fmt: skip
"""Settings that say what a statement may use, and not what it gives."""


class Target(Struct, frozen=True):
    """A target of a profile: a DuckDB database and how to use it."""

    name: str
    profile: str
    path: str
    """As written: a file's path, `:memory:`, `md:…`."""
    database: str
    """Name of the catalog."""
    schema: str = "main"
    threads: int = 1
    extensions: tuple[object, ...] = ()
    settings: Mapping[str, object] = NOTHING
    config_options: Mapping[str, object] = NOTHING
    attach: tuple[Mapping[str, object], ...] = ()
    secrets: tuple[Mapping[str, object], ...] = ()
    external_root: str = "."
    type: str = "duckdb"
    file: str = "profiles.yml"

    @property
    def is_file(self) -> bool:
        """Is the database a file of this machine?"""
        return self.path != ":memory:" and ":" not in self.path.split("/")[0].split("\\")[0]

    def shown(self) -> Mapping[str, object]:
        """What templates may know as `target`: no secrets, no settings."""
        return {
            "name": self.name,
            "target_name": self.name,
            "profile_name": self.profile,
            "type": self.type,
            "path": self.path,
            "database": self.database,
            "dbname": self.database,
            "schema": self.schema,
            "threads": self.threads,
            "external_root": self.external_root,
            "extensions": list(self.extensions),
        }


def find_profiles(project: Path, given: Path | None, home: Path) -> Path | None:
    """The profiles.yml in force: of the folder given, else the project's, else ~/.dbt.

    Raises ProjectError when the folder given has none.
    """
    if given is not None:
        file = given / "profiles.yml"
        if not file.is_file():
            raise ProjectError(f"no profiles.yml in {given}", hint="check --profiles-dir")
        return file
    for folder in (project, home / ".dbt"):
        if (folder / "profiles.yml").is_file():
            return folder / "profiles.yml"
    return None


def load_target(
    config: ProjectConfig,
    file: Path | None,
    render: Render,
    *,
    profile: str | None = None,
    target: str | None = None,
    threads: int | None = None,
    default_threads: int = 4,
) -> Target:
    """The target to build in.

    A `[tool.runner]` project without profiles.yml builds in warehouse.duckdb beside it.
    Raises ProjectError with the place of what is wrong.
    """
    name = profile or config.profile or config.name
    if file is None:
        if config.style == "dbt":
            raise ProjectError(
                f"no profiles.yml in {config.root} or ~/.dbt",
                hint=f"write one with a profile {name!r}, or pass --profiles-dir",
            )
        return Target(
            target or "dev",
            name,
            "warehouse.duckdb",
            "warehouse",
            threads=threads or default_threads,
        )
    shown = _shown(file, config.root)
    text = read(file, shown)
    loaded = yaml.load(text, shown)
    profiles = loaded if isinstance(loaded, Mapping) else {}

    def at(*keys: str | int) -> Location:
        return yaml.locate(text, shown, keys)

    if name not in profiles:
        names = [str(key) for key in profiles if key != "config"]
        raise ProjectError(
            f"there is no profile {name!r}",
            at=Location(shown),
            hint=did_you_mean(name, names) or f"it has: {', '.join(names) or 'none'}",
        )
    chosen = profiles[name]
    outputs = chosen.get("outputs") if isinstance(chosen, Mapping) else None
    if not isinstance(outputs, Mapping) or not outputs:
        raise ProjectError(f"profile {name!r} has no outputs", at=at(name))
    wanted = target or _rendered(
        chosen.get("target", "default"), render, lambda: at(name, "target")
    )
    if target is None and "target" not in chosen and len(outputs) == 1:
        wanted = next(iter(outputs))
    wanted = str(wanted)
    if wanted not in outputs:
        raise ProjectError(
            f"profile {name!r} has no target {wanted!r}",
            at=at(name, "outputs"),
            hint=did_you_mean(wanted, outputs) or f"it has: {', '.join(map(str, outputs))}",
        )
    output = outputs[wanted]
    if not isinstance(output, Mapping):
        raise ProjectError(f"target {wanted!r} is no mapping", at=at(name, "outputs", wanted))
    values = {
        str(key): _rendered(value, render, partial(at, name, "outputs", wanted, str(key)))
        for key, value in output.items()
    }
    return _build(wanted, name, values, lambda key: at(name, "outputs", wanted, key),
                  shown, threads, default_threads)  # fmt: skip


def _build(
    name: str,
    profile: str,
    values: Mapping[str, object],
    at: Callable[[str], Location],
    file: str,
    threads: int | None,
    default_threads: int,
) -> Target:
    kind = values.get("type")
    if kind != "duckdb":
        raise ProjectError(
            f"target {name!r} is of type {kind!r}; only duckdb is known",
            at=at("type"),
            hint="write: type: duckdb",
        )
    for key in values:
        if key not in KEYS:
            raise ProjectError(
                f"unknown key {key!r} in target {name!r}",
                at=at(key),
                hint=did_you_mean(key, KEYS) or f"known are: {', '.join(KEYS)}",
            )
    path = str(values.get("path") or ":memory:")
    database = values.get("database") or _catalog(path)
    given = threads if threads is not None else values.get("threads", default_threads)
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ProjectError(f"threads is {given!r}; it is a number from 1", at=at("threads"))
    return Target(
        name=name,
        profile=profile,
        path=path,
        database=str(database),
        schema=str(values.get("schema") or "main"),
        threads=given,
        extensions=_listed(values, "extensions", at),
        settings=_mapped(values, "settings", at),
        config_options=_mapped(values, "config_options", at),
        attach=tuple(v for v in _listed(values, "attach", at) if isinstance(v, Mapping)),
        secrets=tuple(v for v in _listed(values, "secrets", at) if isinstance(v, Mapping)),
        external_root=str(values.get("external_root") or "."),
        file=file,
    )


def _catalog(path: str) -> str:
    if path == ":memory:":
        return "memory"
    base = path.removeprefix("md:").split("?")[0].replace("\\", "/").rsplit("/", 1)[-1]
    return base.rsplit(".", 1)[0] if "." in base else base or "my_db"


def _listed(
    values: Mapping[str, object], key: str, at: Callable[[str], Location]
) -> tuple[object, ...]:
    value = values.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ProjectError(f"{key} must be a list", at=at(key))
    return tuple(value)


def _mapped(
    values: Mapping[str, object], key: str, at: Callable[[str], Location]
) -> Mapping[str, object]:
    value = values.get(key)
    if value is None:
        return NOTHING
    if not isinstance(value, Mapping):
        raise ProjectError(f"{key} must be a mapping", at=at(key))
    return value


def _rendered(value: object, render: Render, at: Callable[[], Location]) -> object:
    """The value with its Jinja rendered; the place is looked up only where there is some."""
    if isinstance(value, str):
        return render(value, at()) if "{{" in value or "{%" in value else value
    if isinstance(value, list):
        return [_rendered(item, render, at) for item in value]
    if isinstance(value, Mapping):
        return {key: _rendered(item, render, at) for key, item in value.items()}
    return value


def _shown(file: Path, root: Path) -> str:
    try:
        return str(file.relative_to(root))
    except ValueError:
        return str(file)
