"""From a folder to linked nodes: the stages that every verb begins with."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from runner.errors import Location, ProjectError, RunnerError
from runner.graph.context import Context
from runner.graph.graph import Graph, check_circles
from runner.graph.link import Linked, link
from runner.graph.selection import Selection, select
from runner.graph.yaml_selectors import NamedSelectors, read_selectors
from runner.project import yaml
from runner.project.config import ProjectConfig, find_root, load_project, read
from runner.project.definitions import Written, read_package
from runner.project.files import Package, find_packages
from runner.project.nodes import Definition, Doc, Macro, Node
from runner.project.profiles import Target, find_profiles, load_target
from runner.run.events import Listener, Logged
from runner.template.discover import discover
from runner.template.environment import Environment, Values
from runner.template.library import Library
from runner.template.world import ABSENT, Flags, World, described, env_var, find_var


@dataclass(frozen=True, slots=True)
class Options:
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
    indirect_selection: str = "eager"
    full: bool = False
    dry_run: bool = False
    full_refresh: bool = False
    fail_fast: bool = False
    store_failures: bool = False
    empty: bool = False
    wait: bool = False
    target_path: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    """All options by their names, for templates and artifacts."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What a command knows of the world around it, given by who starts it."""

    environ: Mapping[str, str]
    folder: Path
    """The working folder when the command was started."""
    home: Path
    now: Callable[[], datetime]
    listener: Listener
    cpus: int = 4


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project read, linked and ready to be asked."""

    config: ProjectConfig
    target: Target
    packages: tuple[Package, ...]
    world: World
    library: Library
    linked: Linked
    graph: Graph
    macros: tuple[Macro, ...]
    docs: tuple[Doc, ...]
    selectors: NamedSelectors

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self.linked.nodes

    @property
    def target_folder(self) -> Path:
        """Where compiled SQL and artifacts go."""
        return self.config.root / self.config.target_path


def parse_vars(text: str | None) -> Mapping[str, object]:
    """The variables of `--vars`: a YAML mapping. Raises ProjectError for anything else."""
    if not text or not text.strip():
        return {}
    value = yaml.load(text, "--vars")
    if isinstance(value, Mapping):
        return dict(value)
    raise ProjectError(
        f"--vars must be a mapping, not {value!r}", hint="write --vars '{as_of: 2026-01-01}'"
    )


def load(options: Options, outside: Outside) -> Loaded:
    """Read a project and link its nodes.

    Raises ProjectError, CompileError or an ErrorGroup with the places of what is wrong.
    """
    warn = _warner(outside)
    values = Values()
    root = find_root(project_folder(options, outside))
    config = load_project(root, warn)
    if options.target_path:
        config = replace(config, target_path=options.target_path)
    target = _target(options, outside, config, values)
    config = _rendered_settings(config, options, outside, target, values)
    packages = find_packages(config, warn)
    packages = tuple(
        p if p.is_root else replace(
            p, config=_rendered_settings(p.config, options, outside, target, values)
        )
        for p in packages
    )  # fmt: skip
    configs = {package.name: package.config for package in packages}
    world = World(
        project=config,
        target=target,
        cli_vars=options.vars,
        packages=configs,
        environ=outside.environ,
        flags=Flags(
            options.command, options.full_refresh, options.empty, options.store_failures,
            options.arguments,
        ),
        invocation_id=str(uuid.uuid4()),
        started_at=outside.now(),
        log=lambda message, info: outside.listener(Logged("info" if info else "debug", message)),
        warn=warn,
        values=values,
    )  # fmt: skip
    written = [
        read_package(package, _properties_renderer(world, package.name), warn)
        for package in packages
    ]
    docs = tuple(doc for w in written for doc in w.docs)
    world = replace(world, docs={(doc.package, doc.name): doc for doc in docs})
    macros = tuple(macro for w in written for macro in w.macros)
    library = Library(config.name, macros, _dispatch(config, configs), Environment())
    definitions = _described(written, world)
    captured = discover(definitions, world, library)
    linked = link(definitions, captured, world, library)
    graph = Graph(linked.nodes)
    check_circles(graph)
    for node in linked.nodes.values():
        if node.config.mapping("contract").get("enforced"):
            warn(f"the contract of {node.label} is read, but not enforced yet", node.properties.at)
    return Loaded(config, target, packages, world, library, linked, graph, macros, docs,
                  _selectors(config))  # fmt: skip


def load_settings(options: Options, outside: Outside) -> tuple[ProjectConfig, Target]:
    """The project file and the target alone, for verbs that need no models.

    Raises ProjectError.
    """
    config = load_project(find_root(project_folder(options, outside)), _warner(outside))
    return config, _target(options, outside, config, Values())


def project_folder(options: Options, outside: Outside) -> Path:
    """The folder to look for the project from: the one given, else where the command was started."""
    return (outside.folder / (options.project_dir or "")).resolve()


def _warner(outside: Outside) -> Callable[[str, Location | None], None]:
    return lambda message, at: outside.listener(Logged("warning", message, at))


def _target(options: Options, outside: Outside, config: ProjectConfig, values: Values) -> Target:
    file = find_profiles(
        config.root,
        (outside.folder / options.profiles_dir).resolve()
        if options.profiles_dir
        else _environment_folder(outside),
        outside.home,
    )

    def render(text: str, at: Location) -> object:
        names = {
            "env_var": lambda name, default=ABSENT: env_var(
                outside.environ, name, default, secrets=True
            ),
            "var": _var(options.vars),
        }
        return values(text, names, at)

    return load_target(
        config, file, render, profile=options.profile, target=options.target,
        threads=options.threads, default_threads=outside.cpus if config.style == "runner" else 1,
    )  # fmt: skip


def _environment_folder(outside: Outside) -> Path | None:
    given = outside.environ.get("DBT_PROFILES_DIR")
    return (outside.folder / given).resolve() if given else None


def _var(known: Mapping[str, object]) -> Callable[..., object]:
    def var(name: str, default: object = ABSENT) -> object:
        if name in known:
            return known[name]
        if default is not ABSENT:
            return default
        from runner.errors import CompileError, did_you_mean

        raise CompileError(
            f"the variable {name!r} has no value",
            hint=did_you_mean(name, known) or f"give it a default: var('{name}', '…')",
        )

    return var


_HOOKS = ("pre-hook", "post-hook", "pre_hook", "post_hook")


def _rendered_settings(
    config: ProjectConfig, options: Options, outside: Outside, target: Target, values: Values
) -> ProjectConfig:
    """A project file with the Jinja of its folder configuration rendered.

    In our own projects `var` sees the project's variables; in dbt's, as there, only the command
    line's.
    """
    known: dict[str, object] = dict(options.vars)
    if config.style == "runner":
        known = {**config.vars, **known}
    names: dict[str, object] = {
        "env_var": lambda name, default=ABSENT: env_var(
            outside.environ, name, default, secrets=False
        ),
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
    return replace(config, trees=trees)  # type: ignore[arg-type]  # mappings stay mappings


def _properties_renderer(world: World, package: str) -> Callable[[str, Location], object]:
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


def _dispatch(
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


def _described(written: list[Written], world: World) -> list[Definition]:
    """All definitions, with the doc blocks of their descriptions filled in."""
    definitions: list[Definition] = []
    for definition in (d for w in written for d in w.definitions):
        properties = definition.properties
        texts = (properties.description, *(c.description for c in properties.columns))
        if not any("{{" in text for text in texts):
            definitions.append(definition)
            continue

        def fill(text: str, package: str = definition.package) -> str:
            return described(text, package, world.project.name, world.docs)

        try:
            columns = tuple(replace(c, description=fill(c.description)) for c in properties.columns)
            filled = replace(properties, description=fill(properties.description), columns=columns)
        except RunnerError as error:
            raise error.placed(properties.at or Location(definition.shown)) from None
        definitions.append(replace(definition, properties=filled))
    return definitions


def _selectors(config: ProjectConfig) -> NamedSelectors:
    """selectors.yml, every definition checked. Raises SelectionError or ProjectError."""
    file = config.root / "selectors.yml"
    if not file.is_file():
        return NamedSelectors({}, None)
    loaded = yaml.load(read(file, "selectors.yml"), "selectors.yml")
    return read_selectors(loaded if isinstance(loaded, Mapping) else {})


def choose(loaded: Loaded, options: Options, listener: Listener) -> Selection:
    """The nodes that the options select; says so when a criterion names nothing."""
    include: tuple[str, ...] = options.select
    if options.selector:
        include = (f"selector:{options.selector}",)
    elif not include and not options.exclude and loaded.selectors.default:
        include = (f"selector:{loaded.selectors.default}",)
    selection = select(
        loaded.graph, include, options.exclude, indirect=options.indirect_selection,
        selectors=loaded.selectors.definitions, context=Context(),
    )  # fmt: skip
    for warning in selection.warnings:
        listener(Logged("warning", warning))
    return selection


def system(listener: Listener) -> Outside:
    """The world as this process finds it."""
    from datetime import UTC

    return Outside(
        os.environ, Path.cwd(), Path.home(), lambda: datetime.now(UTC), listener,
        os.cpu_count() or 1,
    )  # fmt: skip
