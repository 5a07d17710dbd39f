"""The packages of a project: those it builds upon, those that lie in its folder.

A `[tool.runner]` project names in `packages` what it builds upon: a package that comes with the
runner (`shop`, this repository's warehouse) or a folder. In dbt's way, packages that `dbt deps` has
put into the packages folder and the `local` ones of packages.yml are used where they lie. Nothing
is downloaded. Knows nothing of what the files mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from runner.errors import Location, ProjectError, RunnerError, did_you_mean, place
from runner.project import yaml
from runner.project.config import Named, ProjectConfig, Warn, load_project, read
from runner.project.files import Package, find_files

BUILT_IN = ("shop",)
_CODE = Path(__file__).resolve().parents[1]


def find_packages(config: ProjectConfig, warn: Warn) -> tuple[Package, ...]:
    """The project first, then the packages that it builds upon, then the installed ones.

    Raises ProjectError for a package that is not there, or when two have one name.
    """
    found = _Found(config, warn)
    bases = [found.add(folder, at) for folder, at in _bases(config)]
    for folder in (*_installed(config), *_local(config)):
        found.add(folder)
    _look_for_absent(config, found.packages, warn)
    root = replace(config, bases=tuple(base.name for base in bases))
    return (
        Package(root, True, tuple(find_files(config, config.root))),
        *(Package(p, False, tuple(find_files(p, config.root))) for p in found.packages.values()),
    )


def _look_for_absent(config: ProjectConfig, there: Collection[str], warn: Warn) -> None:
    """Warn of packages that packages.yml names to be downloaded, and that are not installed.

    What a package is called stands in the package itself; it is taken to be the last part of what
    names it. Where as many are installed as are named, one may only be called otherwise.
    """
    named: list[tuple[str, str, Location]] = []
    for name in ("packages.yml", "dependencies.yml"):
        file = config.root / name
        if not file.is_file():
            continue
        text = read(file, name)
        loaded = yaml.load(text, name)
        entries = loaded.get("packages") if isinstance(loaded, dict) else None
        for entry in entries or ():
            given = entry if isinstance(entry, dict) else {}
            source = str(given.get("package") or given.get("git") or "")
            if source:
                last = source.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
                at = place(name, text, max(0, text.find(source)), len(source))
                named.append((source, last.replace("-", "_"), at))
    installed = {folder.name for folder in _installed(config)}
    if len(named) <= len(installed):
        return
    for source, last, at in named:
        if last not in there and last not in installed:
            where = f"{config.packages_path}/{last}"
            warn(f"the package {source} is not installed: it belongs in {where} (dbt deps)", at)


def built_in_folder(name: str) -> Path:
    """Where a package lies that comes with the runner: inside the wheel, or in a checkout its root.

    Raises ProjectError when there is none of that name.
    """
    if name not in BUILT_IN:
        raise ProjectError(
            f"no package {name!r} comes with the runner",
            hint=did_you_mean(name, BUILT_IN) or f"there is: {', '.join(BUILT_IN)}",
        )
    for folder in (_CODE / "packages" / name, _CODE.parents[1]):
        if (folder / "pyproject.toml").is_file():
            return folder
    raise ProjectError(
        f"the package {name!r} is missing from this installation of the runner",
        hint="install the runner again: pip install --force-reinstall runner-sql",
    )


class _Found(Struct, dict=True):
    """The packages met so far, by their names."""

    project: ProjectConfig
    warn: Warn
    packages: dict[str, ProjectConfig] = field(default_factory=dict)

    def add(self, folder: Path, at: Location | None = None) -> ProjectConfig:
        """Take the package of a folder, unless it is taken already: it, or a copy of it."""
        package = self._load(folder)
        there = self.project if package.name == self.project.name else None
        there = there or self.packages.setdefault(package.name, package)
        if there is package or there.root.resolve() == folder.resolve():
            return there
        if there.root.parent.name == self.project.packages_path and there is not self.project:
            return there
        if there is self.project:
            raise ProjectError(
                f"the project is called {package.name}, and so is a package of its: {folder}",
                at=at,
                hint=f"give the project another name: my_{package.name}",
            )
        raise ProjectError(f"two packages are called {package.name}: {there.root} and {folder}")

    def _load(self, folder: Path) -> ProjectConfig:
        """The project file of a package; what is said of it names that file, not the project's."""
        try:
            package = load_project(folder, self.warn, is_package=True)
        except RunnerError as error:
            if error.at is not None:
                error.at = replace(error.at, path=_shown(folder, error.at.path, self.project))
            raise
        return replace(package, file=_shown(folder, package.file, self.project))


def _shown(folder: Path, file: str, project: ProjectConfig) -> str:
    path = folder / file
    return str(path.relative_to(project.root) if path.is_relative_to(project.root) else path)


def _bases(config: ProjectConfig) -> Iterator[tuple[Path, Location | None]]:
    for named in config.packages:
        try:
            yield _base(config, named), named.at
        except ProjectError as error:
            raise error.placed(named.at or Location(config.file)) from None


def _base(config: ProjectConfig, named: Named) -> Path:
    if named.name is not None:
        return built_in_folder(named.name)
    folder = (config.root / str(named.local)).resolve()
    if not any((folder / name).is_file() for name in ("dbt_project.yml", "pyproject.toml")):
        raise ProjectError(f"the local package {named.local} has no project file")
    return folder


def _installed(config: ProjectConfig) -> list[Path]:
    folder = config.root / config.packages_path
    if not folder.is_dir():
        return []
    return sorted(f for f in folder.iterdir() if (f / "dbt_project.yml").is_file())


def _local(config: ProjectConfig) -> list[Path]:
    """The folders of `local:` packages, and of those that they name in turn."""
    found: list[Path] = []
    waiting = [config.root]
    while waiting:
        place = waiting.pop(0)
        for name in ("packages.yml", "dependencies.yml"):
            file = place / name
            if not file.is_file():
                continue
            shown = name if place == config.root else str(file)
            loaded = yaml.load(read(file, shown), shown)
            entries = loaded.get("packages") if isinstance(loaded, dict) else None
            for entry in entries or ():
                local = entry.get("local") if isinstance(entry, dict) else None
                if not isinstance(local, str):
                    continue
                # As dbt has it, such a path counts from the project's folder, whoever names it.
                folder = (config.root / local).resolve()
                if not (folder / "dbt_project.yml").is_file():
                    raise ProjectError(
                        f"the local package {local} has no dbt_project.yml", at=Location(shown)
                    )
                if folder not in found:
                    found.append(folder)
                    waiting.append(folder)
    return found
