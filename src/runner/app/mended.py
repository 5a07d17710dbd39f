"""A reading in which some files have other texts: their nodes made anew, if nothing else follows.

What a text refers to and how it configures itself decides about all that other nodes are. Where that
is what it was, only the text itself is another. Knows nothing of where readings are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec.structs import replace

from runner.app.memory import Memory, Reading
from runner.errors import ProjectError, RunnerError
from runner.project.files import File, read_file
from runner.project.nodes import Kind, Node
from runner.project.store import Contents
from runner.template.library import Library
from runner.template.world import World

TEMPLATES = (Kind.MODEL, Kind.TEST, Kind.ANALYSIS)
"""Kinds of which a file is one template."""


def mended(
    reading: Reading, changed: Iterable[File], world: World, library: Library, memory: Memory
) -> tuple[Reading, list[Node]] | None:
    """The reading with these files as they are now, and the nodes that are others.

    None where more has to be read anew, be it only to say what is wrong.
    """
    from runner.template.discover import discover_one
    from runner.template.scan import Scanner

    made = _made_of(reading)
    warned = {at.path for _, at in reading.warnings if at is not None}
    scanner = Scanner(library)
    found: list[Node] = []
    for file in changed:
        of_file = made.get(file.absolute, [])
        if len(of_file) != 1 or of_file[0].id not in reading.nodes or file.shown in warned:
            return None
        node = of_file[0]
        try:
            renewed = _renewed(node, file, memory.contents)
            if renewed is None or (
                renewed.kind is not Kind.SEED
                and discover_one(renewed.definition, world, library, scanner) != node.captured
            ):
                return None
        except RunnerError:
            return None
        found.append(renewed)
    nodes = {**reading.nodes, **{node.id: node for node in found}}
    return replace(reading, nodes=nodes), found


def _made_of(reading: Reading) -> dict[str, list[Node]]:
    """Files → the nodes that are made of them, tests of their properties left out."""
    found: dict[str, list[Node]] = {}
    for node in (*reading.nodes.values(), *reading.disabled.values()):
        definition = node.definition
        if definition.check is None and definition.unit is None:
            found.setdefault(f"{definition.root}/{definition.file}", []).append(node)
    return found


def _renewed(node: Node, file: File, contents: Contents) -> Node | None:
    """The node with the file's text. Raises RunnerError when that cannot be read."""
    definition = node.definition
    if node.kind is Kind.SEED and file.suffix == ".csv":
        try:
            digest = contents.digest(file.absolute)
        except OSError as error:
            raise ProjectError(f"cannot be read: {error.strerror}") from None
        return replace(node, definition=replace(definition, checksum=digest.hex()))
    if node.kind not in TEMPLATES or file.suffix != ".sql":
        return None
    text = read_file(file, contents)
    if "endsnapshot" in text:
        return None
    checksum = hashlib.sha256(text.strip().encode()).hexdigest()
    return replace(node, definition=replace(definition, text=text, checksum=checksum))
