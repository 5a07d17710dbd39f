"""What a project's settings become once their Jinja is rendered: target, folder configuration.

Also the names that YAML values may use, and the texts that may not be written down. Knows nothing
of a project's files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runner.errors import CompileError, Location, ProjectError, did_you_mean
from runner.project import yaml
from runner.project.config import ProjectConfig, read
from runner.project.profiles import Target, find_profiles, load_target
from runner.template.environment import Values
from runner.template.world import ABSENT, World, env_var, find_var, known_vars

if TYPE_CHECKING:
    from runner.app.command import Options, Outside

SECRET_WORDS = ("password", "secret", "token", "key")
SHORTEST_SECRET = 4
"""Characters: anything shorter would be found everywhere."""


def read_target(
    options: Options,
    outside: Outside,
    config: ProjectConfig,
    values: Values,
    environ: Mapping[str, str],
) -> Target:
    """The target to build in. environ: what the profile's own `env_var` sees."""
    file = find_profiles(config.root, profiles_folder(options, outside), outside.home)

    def render(text: str, at: Location) -> object:
        names = {
            "env_var": lambda name, default=ABSENT: env_var(environ, name, default, secrets=True),
            "var": _var(options.vars),
        }
        return values(text, names, at)

    return load_target(
        config, file, render, profile=options.profile, target=options.target,
        threads=options.threads, default_threads=outside.cpus if config.style == "runner" else 1,
    )  # fmt: skip


def profiles_folder(options: Options, outside: Outside) -> Path | None:
    """The folder of profiles.yml that the command line or the environment names."""
    given = options.profiles_dir or outside.environ.get("DBT_PROFILES_DIR")
    return (outside.folder / given).resolve() if given else None


def _var(known: Mapping[str, object]) -> Callable[..., object]:
    def var(name: str, default: object = ABSENT) -> object:
        if name in known:
            return known[name]
        if default is not ABSENT:
            return default
        raise CompileError(
            f"the variable {name!r} has no value",
            hint=did_you_mean(name, known) or f"give it a default: var('{name}', '…')",
        )

    return var


_HOOKS = ("pre-hook", "post-hook", "pre_hook", "post_hook")


def with_vars_file(config: ProjectConfig) -> ProjectConfig:
    """The project to build with the variables of its `vars_file` laid over its own.

    Raises ProjectError when the file is missing or is no mapping.
    """
    name = config.settings.get("vars_file")
    if name is None:
        return config
    file = config.root / str(name)
    if not file.is_file():
        raise ProjectError(
            f"the vars_file {name} of [tool.runner.settings] is missing", at=Location(config.file)
        )
    given = yaml.load(read(file, str(name)), str(name))
    if not isinstance(given, Mapping):
        raise ProjectError("a file of variables is a mapping", at=Location(str(name), 1))
    return replace(config, vars={**config.vars, **given})


def rendered_settings(
    config: ProjectConfig,
    project: ProjectConfig,
    packages: Mapping[str, ProjectConfig],
    options: Options,
    environ: Mapping[str, str],
    target: Target,
    values: Values,
) -> ProjectConfig:
    """A project file, of the project or of a package, with the Jinja of its folders rendered.

    In our own projects `var` sees the variables as templates do; in dbt's, as there, only the
    command line's and those of vars.yml.
    """
    known: dict[str, object] = {**config.early_vars, **options.vars}
    if config.style == "runner":
        known = known_vars(config.name, project, packages, options.vars)
    names: dict[str, object] = {
        "env_var": lambda name, default=ABSENT: env_var(environ, name, default, secrets=False),
        "var": _var(known),
        "target": target.shown(),
    }

    def rendered(value: object) -> object:
        if isinstance(value, str):
            if "{{" in value or "{%" in value:
                return values(value, names, Location(config.file))
            return value
        if isinstance(value, Mapping):
            return {
                key: item if str(key).lstrip("+") in _HOOKS else rendered(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [rendered(item) for item in value]
        return value

    trees = {key: rendered(tree) for key, tree in config.trees.items()}
    return replace(config, trees=trees)


def properties_renderer(world: World, package: str) -> Callable[[str, Location], object]:
    def var(name: str, default: object = ABSENT) -> object:
        return world.var(name, default, package)

    def has_var(name: str) -> bool:
        return find_var(name, package, world.project, world.packages, world.cli_vars) is not ABSENT

    names: dict[str, object] = {
        "var": var,
        "has_var": has_var,
        "env_var": lambda name, default=ABSENT: env_var(
            world.environ, name, default, secrets=False
        ),
        "target": world.target.shown(),
        "project_name": world.project.name,
    }
    return lambda text, at: world.values(text, names, at)


def dispatch_orders(
    config: ProjectConfig, packages: Mapping[str, ProjectConfig]
) -> Mapping[str, tuple[str, ...]]:
    """macro namespace → the packages that dispatch looks in, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in config.dispatch:
        namespace, order = entry.get("macro_namespace"), entry.get("search_order")
        if not isinstance(namespace, str) or not isinstance(order, list):
            raise ProjectError(
                "an entry of dispatch needs macro_namespace and search_order",
                at=Location(config.file),
            )
        found[namespace] = tuple(str(name) for name in order)
    return found


def secrets(target: Target, environ: Mapping[str, str]) -> list[str]:
    """Texts that may not be written down: secret variables and what the profile calls secret."""
    found = [v for k, v in environ.items() if k.startswith("DBT_ENV_SECRET")]
    for mapping in (*target.secrets, target.settings, *target.attach):
        for key, value in mapping.items():
            if any(word in str(key).lower() for word in SECRET_WORDS):
                found.append(str(value))
    return found
