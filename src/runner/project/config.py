"""The project file: `dbt_project.yml`, or `[tool.runner]` in `pyproject.toml`.

Finds it, reads it, and refuses what it does not know. Values that hold Jinja are left as they are
written: who has a template engine renders them. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runner.errors import Location, ProjectError, did_you_mean, line_of
from runner.project import yaml
from runner.project.nodes import NOTHING

Warn = Callable[[str, Location | None], None]
VARS_FILE = "vars.yml"
"""Variables of a dbt project, in a file of their own beside dbt_project.yml."""

RESOURCE_TREES = (
    "models", "seeds", "snapshots", "sources", "tests", "data_tests", "unit_tests", "analyses",
    "exposures", "metrics", "semantic-models", "saved-queries", "functions",
)  # fmt: skip
PATH_KEYS: Mapping[str, tuple[str, ...]] = {
    "model-paths": ("models",),
    "seed-paths": ("seeds",),
    "test-paths": ("tests",),
    "snapshot-paths": ("snapshots",),
    "analysis-paths": ("analyses",),
    "macro-paths": ("macros",),
    "function-paths": ("functions",),
    "dashboard-paths": ("dashboards",),
    "docs-paths": (),
    "asset-paths": (),
}
OLD_KEYS = {"source-paths": "model-paths", "data-paths": "seed-paths"}
OTHER_KEYS = (
    "name", "version", "config-version", "profile", "target-path", "log-path", "clean-targets",
    "packages-install-path", "quoting", "on-run-start", "on-run-end", "require-dbt-version",
    "dispatch", "vars", "flags", "query-comment", "packages", "restrict-access", "dbt-cloud",
    "anchors",
)  # fmt: skip
SETTINGS: Mapping[str, tuple[object, str]] = {
    "publish": (None, "what a build makes visible: all, built or in_place"),
    "keep_releases": (3, "how many releases are kept for rollback"),
    "storage_version": ("v1.1.0", "DuckDB storage version of the published file"),
    "drop_orphans": (
        False,
        "whether builds drop what models and seeds left that are no longer there",
    ),
    "vars_file": (None, "YAML file of variables laid over the project's own; not as a package"),
}


class Named(Struct, frozen=True):
    """A package that a project names: one that comes with the runner, or one in a folder."""

    name: str | None = None
    local: str | None = None
    at: Location | None = None


class ProjectConfig(Struct, frozen=True):
    """A project file's settings, with their defaults filled in."""

    root: Path
    file: str
    """The project file's name, as it is shown."""
    style: str
    """`runner` for `[tool.runner]`, `dbt` for dbt_project.yml."""
    name: str
    version: str | None = None
    profile: str | None = None
    paths: Mapping[str, tuple[str, ...]] = NOTHING  # type: ignore[assignment]  # empty mapping
    """`model-paths` and so on → folders."""
    target_path: str = "target"
    packages_path: str = "dbt_packages"
    clean_targets: tuple[str, ...] = ()
    vars: Mapping[str, object] = NOTHING
    early_vars: Mapping[str, object] = NOTHING
    """Those of vars.yml, which the Jinja of dbt_project.yml sees, too."""
    trees: Mapping[str, Mapping[str, object]] = NOTHING  # type: ignore[assignment]  # likewise
    """`models`, `seeds` … → folder configuration as written."""
    dispatch: tuple[Mapping[str, object], ...] = ()
    on_run_start: tuple[str, ...] = ()
    on_run_end: tuple[str, ...] = ()
    quoting: Mapping[str, object] = NOTHING
    flags: Mapping[str, object] = NOTHING
    settings: Mapping[str, object] = NOTHING
    require_dbt_version: tuple[str, ...] = ()
    packages: tuple[Named, ...] = ()
    """The packages that a `[tool.runner]` project builds upon, as written."""
    bases: tuple[str, ...] = ()
    """The names of these packages, once they are found."""
    raw: Mapping[str, object] = NOTHING

    @property
    def strict(self) -> bool:
        """Is what is not understood refused? In dbt's own files it is only warned of, as by dbt."""
        return self.style == "runner"


class RunHook(Struct, frozen=True):
    """A statement around a run, and the project file that states it."""

    text: str
    project: ProjectConfig
    number: int


def hooks_around(
    projects: Iterable[ProjectConfig], root: ProjectConfig, which: str
) -> tuple[RunHook, ...]:
    """The hooks `on_run_start` or `on_run_end`: of packages by their names, then of the project."""
    ordered = sorted(projects, key=lambda project: (project.name == root.name, project.name))
    return tuple(
        RunHook(text, project, number)
        for project in ordered
        for number, text in enumerate(getattr(project, which))
    )


def find_root(start: Path) -> Path:
    """The first folder from `start` upwards that holds a project file.

    Raises ProjectError when there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "dbt_project.yml").is_file() or "runner" in _tool_tables(folder):
            return folder
    raise ProjectError(
        f"no project here: neither dbt_project.yml nor [tool.runner] in pyproject.toml"
        f" in {start} or above",
        hint="change to a project's folder, pass --project-dir, or make one with: runner init NAME",
    )


def load_project(root: Path, warn: Warn, *, is_package: bool = False) -> ProjectConfig:
    """Read the project file of a folder, and vars.yml beside it, which counts for no package.

    Raises ProjectError with the place of what is wrong.
    """
    dbt_file = root / "dbt_project.yml"
    table = _tool_tables(root).get("runner")
    if table is not None and not isinstance(table, Mapping):
        raise ProjectError("[tool.runner] is not a table", at=Location("pyproject.toml"))
    settings = _settings(table or {}, root)
    if dbt_file.is_file():
        others = [key for key in (table or {}) if key != "settings"]
        if others:
            raise ProjectError(
                f"the project is described twice: in dbt_project.yml and by {others[0]!r}"
                " in [tool.runner] of pyproject.toml",
                at=_toml_place(root, others[0]),
                hint="keep one of them; only [tool.runner.settings] goes beside dbt_project.yml",
            )
        text = read(dbt_file, "dbt_project.yml")
        raw = yaml.load(text, "dbt_project.yml")
        where: _YamlPlaces | _TomlPlaces = _YamlPlaces(text, "dbt_project.yml")
        style = "dbt"
    elif table is not None:
        raw = {key: value for key, value in table.items() if key != "settings"}
        where = _TomlPlaces(root)
        style = "runner"
    else:
        raise ProjectError(f"no project file in {root}")
    if not isinstance(raw, Mapping):
        raise ProjectError("the project file is no mapping", at=Location("dbt_project.yml"))
    project = _build(root, style, raw, where, settings, warn)
    return project if style == "runner" or is_package else _with_vars(project, where, warn)


def _with_vars(project: ProjectConfig, where: Places, warn: Warn) -> ProjectConfig:
    """A dbt project with the variables of its vars.yml, if it has one."""
    file = project.root / VARS_FILE
    if not file.is_file():
        return project
    text = read(file, VARS_FILE)
    raw = yaml.load(text, VARS_FILE) or {}
    if not isinstance(raw, Mapping):
        raise ProjectError("vars.yml is a mapping", at=Location(VARS_FILE, 1))
    if raw and "vars" not in raw:
        hint = "write its variables below vars:"
        warn(f"vars.yml has no key 'vars', and is passed over ({hint})", Location(VARS_FILE, 1))
    found = _mapping(raw, "vars", _YamlPlaces(text, VARS_FILE))
    if not found:
        return project
    if project.vars:
        raise ProjectError(
            "variables stand both in dbt_project.yml and in vars.yml",
            at=where("vars"),
            hint="keep one of them",
        )
    return replace(project, vars=found, early_vars=found)


Places = Callable[[str], Location]


class _YamlPlaces:
    def __init__(self, text: str, path: str) -> None:
        self.text, self.file = text, path

    def __call__(self, key: str) -> Location:
        return yaml.locate(self.text, self.file, (key,))


class _TomlPlaces:
    file = "pyproject.toml"

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, key: str) -> Location:
        return _toml_place(self.root, key)


def _build(
    root: Path,
    style: str,
    raw: Mapping[str, object],
    where: _YamlPlaces | _TomlPlaces,
    settings: Mapping[str, object],
    warn: Warn,
) -> ProjectConfig:
    known = {*PATH_KEYS, *OLD_KEYS, *OTHER_KEYS, *RESOURCE_TREES}
    for key in raw:
        if key in known:
            continue
        message = f"unknown key {key!r} in the project file"
        if style == "runner":
            raise ProjectError(message, at=where(key), hint=did_you_mean(key, known))
        warn(message, where(key))
    name = raw.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[^\d\W]\w*", name):
        raise ProjectError(
            "the project has no name" if name is None else f"{name!r} cannot be a project's name",
            at=where("name"),
            hint="give it letters, digits and underscores: name: shop",
        )
    paths = {key: _texts(raw, key, where, default) for key, default in PATH_KEYS.items()}
    for old, new in OLD_KEYS.items():
        if old in raw:
            paths[new] = _texts(raw, old, where, ())
    if not paths["docs-paths"]:
        folders = ("model", "seed", "snapshot", "analysis", "macro", "test", "function")
        paths["docs-paths"] = tuple(f for kind in folders for f in paths[f"{kind}-paths"])
    trees = {}
    for key in RESOURCE_TREES:
        tree = _mapping(raw, key, where)
        if tree:
            trees[{"data_tests": "tests"}.get(key, key)] = tree
    if "packages-install-path" in raw:
        packages = str(raw["packages-install-path"])
    else:
        packages = "dbt_packages"
    target = str(raw.get("target-path") or "target")
    dispatch = raw.get("dispatch") or ()
    if not isinstance(dispatch, list | tuple) or not all(isinstance(d, Mapping) for d in dispatch):
        raise ProjectError("dispatch must be a list of mappings", at=where("dispatch"))
    return ProjectConfig(
        root=root,
        file=where.file,
        style=style,
        name=name,
        version=None if raw.get("version") is None else str(raw["version"]),
        profile=None if raw.get("profile") is None else str(raw["profile"]),
        paths=paths,
        target_path=target,
        packages_path=packages,
        clean_targets=_texts(raw, "clean-targets", where, (target,)),
        vars=_mapping(raw, "vars", where),
        trees=trees,
        dispatch=tuple(dispatch),
        on_run_start=_texts(raw, "on-run-start", where, ()),
        on_run_end=_texts(raw, "on-run-end", where, ()),
        quoting=_mapping(raw, "quoting", where),
        flags=_mapping(raw, "flags", where),
        settings=settings,
        require_dbt_version=_texts(raw, "require-dbt-version", where, ()),
        packages=_packages(raw, where) if style == "runner" else (),
        raw=raw,
    )


def _texts(
    raw: Mapping[str, object], key: str, where: Places, default: tuple[str, ...]
) -> tuple[str, ...]:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ProjectError(f"{key} must be a list of texts", at=where(key))


def _mapping(raw: Mapping[str, object], key: str, where: Places) -> Mapping[str, object]:
    value = raw.get(key)
    if value is None:
        return NOTHING
    if isinstance(value, Mapping):
        return value
    raise ProjectError(f"{key} must be a mapping, not {value!r}", at=where(key))


def _packages(raw: Mapping[str, object], where: Places) -> tuple[Named, ...]:
    """`packages = ["shop", { local = "../ours" }]`."""
    given = raw.get("packages") or []
    found: list[Named] = []
    for item in given if isinstance(given, list) else [None]:
        if isinstance(item, str):
            found.append(Named(name=item, at=where("packages")))
        elif isinstance(item, Mapping) and [*item] == ["local"] and isinstance(item["local"], str):
            found.append(Named(local=item["local"], at=where("packages")))
        else:
            raise ProjectError(
                "packages must be a list of names and folders",
                at=where("packages"),
                hint='write packages = ["shop"], or packages = [{ local = "../ours" }]',
            )
    return tuple(found)


def _settings(table: Mapping[str, object], root: Path) -> Mapping[str, object]:
    given = table.get("settings", {})
    if not isinstance(given, Mapping):
        raise ProjectError("settings must be a table", at=_toml_place(root, "settings"))
    for key in given:
        if key not in SETTINGS:
            raise ProjectError(
                f"unknown key {key!r} in [tool.runner.settings]",
                at=_toml_place(root, key),
                hint=did_you_mean(key, SETTINGS) or f"there are: {', '.join(SETTINGS)}",
            )
    publish = given.get("publish")
    if publish not in (None, "all", "built", "in_place"):
        raise ProjectError(
            f"publish is {publish!r}; it can be all, built or in_place",
            at=_toml_place(root, "publish"),
        )
    return {key: default for key, (default, _) in SETTINGS.items()} | dict(given)


def _tool_tables(folder: Path) -> Mapping[str, object]:
    file = folder / "pyproject.toml"
    if not file.is_file():
        return {}
    text = read(file, "pyproject.toml")
    if "tool.runner" not in text and "[tool]" not in text:
        return {}
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        at = line_of("pyproject.toml", text, int(found[1]), int(found[2])) if found else None
        message = re.sub(r"\s*\(at .*\)", "", str(error))
        raise ProjectError(
            f"not valid TOML: {message}", at=at or Location("pyproject.toml")
        ) from None
    return tool if isinstance(tool, Mapping) else {}


def _toml_place(root: Path, key: str) -> Location:
    text = read(root / "pyproject.toml", "pyproject.toml")
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("["):
            inside = line.lstrip().startswith("[tool.runner")
            found = re.search(rf"\b{re.escape(key)}\b", line) if inside else None
        else:
            found = re.match(rf"\s*\"?({re.escape(key)})\"?\s*=", line) if inside else None
        if found:
            at = line_of("pyproject.toml", text, number, found.start(found.re.groups) + 1)
            return Location(at.path, at.line, at.column, at.text, len(key))
    return Location("pyproject.toml")


def read(file: Path, shown: str) -> str:
    """A text file's content, whatever its line ends; a clear error if it is not UTF-8.

    Raises ProjectError when it cannot be read.
    """
    try:
        return decoded(file.read_bytes(), shown)
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", at=Location(shown)) from None


def decoded(content: bytes, shown: str) -> str:
    """A text file's content from its bytes.

    Raises ProjectError with the place of a byte that is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8-sig")
        line = error.object.split(b"\n")[before.count("\n")].decode("utf-8", "replace")
        raise ProjectError(
            f"not UTF-8: the byte {error.object[error.start]:#04x} cannot be read",
            at=Location(
                shown, before.count("\n") + 1, len(before) - before.rfind("\n"), line.rstrip("\r")
            ),
            hint="save the file as UTF-8",
        ) from None
