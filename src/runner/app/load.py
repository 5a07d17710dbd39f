"""From a folder to linked nodes: the stages that every verb begins with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runner.app.command import Options, Outside, project_folder
from runner.app.memory import Memory, Reading
from runner.app.settings import (
    SHORTEST_SECRET,
    dispatch_orders,
    properties_renderer,
    read_target,
    rendered_settings,
    secrets,
    with_vars_file,
)
from runner.errors import Location, RunnerError
from runner.graph.config import default_config, merge_folders
from runner.graph.context import Context
from runner.graph.graph import Graph, check_circles
from runner.graph.link import Linked
from runner.graph.selection import Selection, select
from runner.graph.yaml_selectors import NamedSelectors, read_selectors
from runner.project import yaml
from runner.project.config import (
    ProjectConfig,
    RunHook,
    find_root,
    hooks_around,
    load_project,
    read,
)
from runner.project.files import File, Package
from runner.project.nodes import Definition, Doc, Macro, Node
from runner.project.packages import find_packages
from runner.project.profiles import Target
from runner.project.store import Store, digest_of
from runner.run.events import Listener, Logged
from runner.template.environment import Values
from runner.template.library import Library
from runner.template.world import Flags, World, described

if TYPE_CHECKING:
    from runner.project.definitions import Written


class Loaded(Struct, frozen=True):
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
    memory: Memory

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self.linked.nodes

    @property
    def on_run_start(self) -> tuple[RunHook, ...]:
        return hooks_around(self.world.packages.values(), self.config, "on_run_start")

    @property
    def on_run_end(self) -> tuple[RunHook, ...]:
        return hooks_around(self.world.packages.values(), self.config, "on_run_end")

    @property
    def target_folder(self) -> Path:
        """Where compiled SQL and artifacts go."""
        return self.config.root / self.config.target_path


def load(options: Options, outside: Outside) -> Loaded:
    """Read a project and link its nodes, as far as an earlier command has not done so already.

    Raises ProjectError, CompileError or an ErrorGroup with the places of what is wrong.
    """
    root = find_root(project_folder(options, outside))
    memory = Memory(
        _store(root, options.target_path or "target", options, outside), outside.environ, time_ns()
    )
    with yaml.remembering(memory.yaml):
        return _load(root, options, outside, memory)


def _store(root: Path, target_path: str, options: Options, outside: Outside) -> Store | None:
    if not options.cache:
        return None
    return Store(root / target_path / ".cache")


def _load(root: Path, options: Options, outside: Outside, memory: Memory) -> Loaded:
    warn = _warner(outside)
    values = Values(memory.codes, memory.asked)
    config = with_vars_file(load_project(root, warn))
    if options.target_path:
        config = replace(config, target_path=options.target_path)
    elif config.target_path != "target":
        memory.turn(_store(root, config.target_path, options, outside))
    target = read_target(options, outside, config, values, memory.settled)
    memory.secrets = tuple(
        text.encode() for text in secrets(target, outside.environ) if len(text) >= SHORTEST_SECRET
    )
    packages = find_packages(config, warn)
    raw = {package.name: package.config for package in packages}
    packages = tuple(
        replace(p, config=rendered_settings(
            p.config, packages[0].config, raw, options, memory.settled, target, values
        ))
        for p in packages
    )  # fmt: skip
    config = packages[0].config
    selectors = _selectors(config)
    configs = {package.name: package.config for package in packages}

    def warn_and_note(message: str, at: Location | None) -> None:
        memory.warnings.append((message, at))
        warn(message, at)

    world = World(
        project=config,
        target=target,
        cli_vars=options.vars,
        packages=configs,
        environ=memory.environ,
        flags=Flags(
            options.command, options.full_refresh, options.empty, options.store_failures,
            options.arguments,
        ),
        invocation_id=str(uuid.uuid4()),
        started_at=outside.now(),
        log=lambda message, info: outside.listener(Logged("info" if info else "debug", message)),
        warn=warn_and_note,
        values=values,
        asked=memory.asked,
        folder_config=partial(_folder_config, config, configs),
    )  # fmt: skip
    dispatch = dispatch_orders(config, configs)
    settings = _settings_digest(options, target, packages)
    recalled = memory.recall(settings, packages)
    reading = None
    if recalled is not None:
        known, changed = recalled
        library = _library(known, config, dispatch, memory)
        reading = known
        if changed:
            reading = _mended(known, changed, world, library, memory, (settings, packages))
        for message, at in reading.warnings if reading is not None else ():
            warn(message, at)
    if reading is None:
        reading = _read(packages, world, dispatch, memory)
        memory.keep(settings, packages, reading)
        memory.keep_texts()
        library = _library(reading, config, dispatch, memory)
    world = _documented(world, reading)
    linked = Linked(reading.nodes, reading.disabled)
    return Loaded(config, target, packages, world, library, linked, Graph(linked.nodes),
                  reading.macros, reading.docs, selectors, memory)  # fmt: skip


def _library(
    reading: Reading, config: ProjectConfig, dispatch: Mapping[str, tuple[str, ...]], memory: Memory
) -> Library:
    return Library(
        config.name, reading.macros, dispatch, codes=memory.codes, asked=memory.asked,
        bases=config.bases,
    )  # fmt: skip


def _folder_config(
    project: ProjectConfig, packages: Mapping[str, ProjectConfig], definition: Definition
) -> Mapping[str, object]:
    """How defaults and folders configure a resource, before its own words do."""
    values = default_config(definition)
    merge_folders(values, definition, project, packages)
    return values


def _documented(world: World, reading: Reading) -> World:
    return replace(world, docs={(doc.package, doc.name): doc for doc in reading.docs})


def _mended(
    reading: Reading, changed: tuple[File, ...], world: World, library: Library, memory: Memory,
    of: tuple[bytes, tuple[Package, ...]],
) -> Reading | None:  # fmt: skip
    """The earlier reading with some files as they are now, where no more has to be read."""
    from runner.app.mended import mended

    found = mended(reading, changed, _documented(world, reading), library, memory)
    if found is None:
        return None
    renewed, nodes = found
    memory.keep_replaced(*of, renewed, nodes)
    return renewed


def _settings_digest(options: Options, target: Target, packages: tuple[Package, ...]) -> bytes:
    """All that a reading depends on beside files and environment variables."""
    return digest_of((
        options.vars, target.shown(), target.file,
        *((p.config, p.is_root, [(f.section, f.absolute, f.shown) for f in p.files])
          for p in packages),
    ))  # fmt: skip


def _read(
    packages: tuple[Package, ...],
    world: World,
    dispatch: Mapping[str, tuple[str, ...]],
    memory: Memory,
) -> Reading:
    """Read all files, look through all templates, and link the nodes."""
    from runner.graph.broken import refuse_broken
    from runner.graph.link import link
    from runner.project.dashboard_files import read_dashboards
    from runner.project.definitions import read_package
    from runner.project.exposures import exposures
    from runner.project.overrides import settled
    from runner.template.discover import discover

    memory.recall_yaml()
    written = [
        read_package(package, properties_renderer(world, package.name), world.warn,
                     memory.contents)
        for package in packages
    ]  # fmt: skip
    written = settled(written, len(world.project.bases))
    boards = tuple(exposures(
        read_dashboards(packages, memory.contents), world.project.name, str(world.project.root),
        [definition for w in written for definition in w.definitions],
    ))  # fmt: skip
    written[0] = replace(written[0], definitions=(*written[0].definitions, *boards))
    docs = tuple(doc for w in written for doc in w.docs)
    world = replace(world, docs={(doc.package, doc.name): doc for doc in docs})
    macros = tuple(macro for w in written for macro in w.macros)
    library = Library(
        world.project.name, macros, dispatch, codes=memory.codes, asked=memory.asked,
        bases=world.project.bases,
    )  # fmt: skip
    definitions = _described(written, world)
    scans = memory.recall_scans(macros)
    if macros and not scans.known:  # otherwise they are those of an earlier reading
        refuse_broken(macros, (world.project.name, *world.project.bases))
    captured = discover(definitions, world, library, scans)
    linked = link(definitions, captured, world, library)
    check_circles(Graph(linked.nodes))
    for node in linked.nodes.values():
        if node.config.mapping("contract").get("enforced"):
            world.warn(
                f"the contract of {node.label} is read, but not enforced yet", node.properties.at
            )
    return Reading(linked.nodes, linked.disabled, macros, docs, tuple(memory.warnings))


def load_settings(options: Options, outside: Outside) -> tuple[ProjectConfig, Target]:
    """The project file and the target alone, for verbs that need no models.

    Raises ProjectError.
    """
    config = load_project(find_root(project_folder(options, outside)), _warner(outside))
    return config, read_target(options, outside, config, Values(), outside.environ)


def _warner(outside: Outside) -> Callable[[str, Location | None], None]:
    return lambda message, at: outside.listener(Logged("warning", message, at))


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


__all__ = ["Loaded", "Options", "Outside", "choose", "load", "load_settings"]
