"""The world as a unit test wants it: its overrides of variables, of the environment and of macros.

Knows nothing of given rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from runner.template.world import World


def tested_world(world: World, overrides: Mapping[str, object]) -> World:
    """The world with the test's variables and environment."""
    variables, environment = overrides.get("vars"), overrides.get("env_vars")
    if isinstance(variables, Mapping):
        world = replace(world, cli_vars={**world.cli_vars, **variables})
    if isinstance(environment, Mapping):
        changed = {str(k): str(v) for k, v in environment.items()}
        world = replace(world, environ={**world.environ, **changed})
    return world


def tested_macros(overrides: Mapping[str, object]) -> dict[str, object]:
    """Macros that answer what the test says; without a word of it nothing is incremental."""
    macros = overrides.get("macros")
    given = macros if isinstance(macros, Mapping) else {}
    found: dict[str, object] = {str(name): _constant(value) for name, value in given.items()}
    found.setdefault("is_incremental", _constant(False))
    return found


def _constant(value: object) -> Callable[..., object]:
    def constant(*_: object, **__: object) -> object:
        return value

    return constant
