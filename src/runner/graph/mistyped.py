"""What a person mistyped in a definition, and the place in its file where that stands."""

from __future__ import annotations

import re
from difflib import get_close_matches

from msgspec.structs import replace

from runner.errors import CompileError, Location, place
from runner.graph.config import CONFIG_KEYS
from runner.project.nodes import Captured, Definition
from runner.template.world import World


def look_for_mistypes(definition: Definition, captured: Captured, world: World) -> None:
    """Warn of what config() of a template names and nobody knows.

    In dbt's projects a key may belong to another adapter: there only of what looks mistyped.
    """
    for key in captured.config:
        if key in CONFIG_KEYS:
            continue
        near = get_close_matches(key, CONFIG_KEYS, n=1, cutoff=0.8)
        if near or world.project.strict:
            own = "what is the project's own belongs below meta"
            hint = f"did you mean {near[0]}?" if near else own
            at = mention(definition, rf"\b{re.escape(key)}\b(?=['\"]?\s*[=:])")
            world.warn(f"unknown configuration {key!r} ({hint})", at)


def not_a_flag(definition: Definition, enabled: object) -> CompileError:
    """The error for `enabled` that is neither true nor false."""
    at = mention(definition, r"\benabled\s*=\s*[^,)\n]+")
    if at.line is None:
        at = definition.properties.at or at
    return CompileError(f"enabled is {enabled!r}", at=at, hint="true or false, without quotes")


def mention(definition: Definition, pattern: str) -> Location:
    """The place in a definition's file where a pattern stands, else the file itself."""
    if definition.check is not None or not definition.text:
        return definition.properties.at or Location(definition.shown)
    found = re.search(pattern, definition.text, re.DOTALL)
    if found is None:
        return Location(definition.shown)
    length = len(found[0].split("\n")[0])
    at = place(definition.shown, definition.text, found.start(), length)
    assert at.line is not None
    return replace(at, line=at.line + definition.first_line - 1)
