"""What is the same for every template of one invocation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct, field

from runner.errors import CompileError, Location, did_you_mean
from runner.project.config import ProjectConfig
from runner.project.nodes import NOTHING, Definition, Doc
from runner.project.profiles import Target
from runner.template.environment import Values

SECRET_PREFIX = "DBT_ENV_SECRET"
ABSENT = object()


class Flags(Struct, frozen=True):
    """The command and the options that templates may ask for."""

    command: str = "build"
    full_refresh: bool = False
    empty: bool = False
    store_failures: bool = False
    arguments: Mapping[str, object] = NOTHING


class World(Struct, frozen=True):
    """Project, target, variables, environment and the invocation, as templates see them."""

    project: ProjectConfig
    target: Target
    cli_vars: Mapping[str, object]
    packages: Mapping[str, ProjectConfig]
    environ: Mapping[str, str]
    flags: Flags
    invocation_id: str
    started_at: datetime
    log: Callable[[str, bool], None]
    """Takes a message, and whether it is also shown on the console."""
    warn: Callable[[str, Location | None], None]
    docs: Mapping[tuple[str, str], Doc] = field(default_factory=dict)
    values: Values = field(default_factory=Values)
    asked: set[str] = field(default_factory=set)
    """Names that templates asked for and that may mean something else in the next command."""
    said: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """What templates said aloud, how often: of a node, of its own text or a hook's."""
    folder_config: Callable[[Definition], Mapping[str, object]] = lambda definition: NOTHING
    """How the project's folders configure a resource."""

    def var(self, name: str, default: object, package: str) -> object:
        """A variable as the templates of a package see it.

        The command line wins, then what the project says for the package, then what it says for
        all, then the package's own project file; of the project itself, then those of the packages
        that it builds upon. Raises CompileError when there is none.
        """
        found = find_var(name, package, self.project, self.packages, self.cli_vars)
        if found is not ABSENT:
            return found
        if default is not ABSENT:
            return default
        known = known_vars(package, self.project, self.packages, self.cli_vars)
        raise CompileError(
            f"the variable {name!r} has no value",
            hint=did_you_mean(name, known)
            or f"pass --vars '{{{name}: …}}' or set it in the project",
        )


def find_var(
    name: str,
    package: str,
    project: ProjectConfig,
    packages: Mapping[str, ProjectConfig],
    cli_vars: Mapping[str, object],
) -> object:
    """A variable's value, or ABSENT."""
    if name in cli_vars:
        return cli_vars[name]
    for tree in _layers(package, project, packages, cli_vars):
        if name in tree and not (name in packages and isinstance(tree[name], Mapping)):
            return tree[name]
    return ABSENT


def known_vars(
    package: str,
    project: ProjectConfig,
    packages: Mapping[str, ProjectConfig],
    cli_vars: Mapping[str, object],
) -> dict[str, object]:
    """All variables that have a value in a package, with it."""
    layers = _layers(package, project, packages, cli_vars)
    return {
        name: value
        for tree in reversed(layers)
        for name, value in tree.items()
        if not (name in packages and isinstance(value, Mapping))
    }


def _layers(
    package: str,
    project: ProjectConfig,
    packages: Mapping[str, ProjectConfig],
    cli_vars: Mapping[str, object],
) -> list[Mapping[str, object]]:
    """Where a package's variables are looked for, the first place first."""
    layers = [cli_vars]
    own = packages.get(package, project).name
    bases = project.bases if own == project.name else ()
    for config in dict.fromkeys((project.name, own, *bases)):
        tree = packages[config].vars if config in packages else project.vars
        scope = config if config in bases else package
        inner = tree.get(scope)
        layers += [inner, tree] if isinstance(inner, Mapping) else [tree]
    return layers


def env_var(
    environ: Mapping[str, str], name: str, default: object = ABSENT, *, secrets: bool
) -> object:
    """An environment variable.

    Raises CompileError when it is not set, or secret where secrets would be written down.
    """
    if name.startswith(SECRET_PREFIX) and not secrets:
        raise CompileError(
            f"the secret {name} may only be used in profiles.yml and packages.yml",
            hint="a model's SQL is written to disk",
        )
    if name in environ:
        return environ[name]
    if default is not ABSENT:
        return default
    raise CompileError(
        f"the environment variable {name} is not set",
        hint=f"set it, or give a default: env_var('{name}', '…')",
    )


_DOC = re.compile(
    r"\{\{\s*doc\(\s*(['\"])(?P<first>\w+)\1(?:\s*,\s*(['\"])(?P<second>\w+)\3)?\s*\)\s*\}\}"
)


def described(text: str, package: str, root: str, docs: Mapping[tuple[str, str], Doc]) -> str:
    """A description with its doc blocks filled in.

    Raises CompileError for a doc block that does not exist.
    """
    if "{{" not in text:
        return text

    def block(match: re.Match[str]) -> str:
        if match["second"]:
            places, name = [match["first"]], match["second"]
        else:
            places, name = [package, root, *(p for p, _ in docs)], match["first"]
        for place in places:
            if (place, name) in docs:
                return docs[place, name].text
        raise CompileError(
            f"there is no doc block {name!r}", hint=did_you_mean(name, [n for _, n in docs])
        )

    return _DOC.sub(block, text)
