"""A world, a library and definitions made in code, for tests without a disk or a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from runner.engines import EMPTY, Inventory
from runner.graph.link import Linked, link
from runner.project.blocks import find_blocks
from runner.project.config import PATH_KEYS, ProjectConfig
from runner.project.nodes import Config, Definition, Kind, Macro, Properties
from runner.project.profiles import Target
from runner.sql.compile import Compiler
from runner.template.discover import discover
from runner.template.environment import Environment
from runner.template.library import Library
from runner.template.world import Flags, World


def make_world(
    variables: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    full_refresh: bool = False,
) -> World:
    """A world of the project `shop` with a target in memory."""
    config = ProjectConfig(
        root=Path("/nowhere"), file="pyproject.toml", style="runner", name="shop",
        paths=PATH_KEYS, vars=variables or {},
    )  # fmt: skip
    return World(
        project=config,
        target=Target("dev", "shop", ":memory:", "memory"),
        cli_vars={},
        packages={"shop": config},
        environ=environ or {},
        flags=Flags(full_refresh=full_refresh),
        invocation_id="00000000-0000-0000-0000-000000000000",
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        log=lambda message, info: None,
        warn=lambda message, at: None,
    )


def make_library(macros: str = "", package: str = "shop") -> Library:
    """A library of the macros in a text."""
    found = [
        Macro(
            f"test_{block.name}" if block.word == "test" else block.name,
            package, "macros/m.sql", "macros/m.sql", block.text, block.first_line, block.word,
        )
        for block in find_blocks(macros, "macros/m.sql", ("macro", "test"))
    ]  # fmt: skip
    return Library("shop", found, {}, Environment())


def model(name: str, text: str, **config: object) -> Definition:
    """A model of the project `shop`."""
    return Definition(
        Kind.MODEL, name, "shop", f"{name}.sql", f"models/{name}.sql", f"models/{name}.sql",
        text=text, fqn=("shop", name), properties=Properties(config=config),
    )  # fmt: skip


def linked(definitions: Iterable[Definition], world: World, library: Library) -> Linked:
    """The definitions, looked through and linked."""
    known = list(definitions)
    return link(known, discover(known, world, library), world, library)


def compiler_of(
    definitions: Iterable[Definition],
    *,
    macros: str = "",
    world: World | None = None,
    inventory: Inventory = EMPTY,
) -> Compiler:
    """A compiler over definitions made in code."""
    known, library = world or make_world(), make_library(macros)
    found = linked(definitions, known, library)
    return Compiler(found.nodes, found.disabled, known, library, lambda node: None, inventory)


NO_CONFIG = Config()
