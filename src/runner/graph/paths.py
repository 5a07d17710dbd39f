"""Which nodes lie at a path: a file, a folder, or a pattern of them. Never looks at the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache

from msgspec import Struct

from runner.errors import SelectionError
from runner.project.nodes import Node


class Places(Struct, frozen=True, dict=True):
    """The files of a project's nodes and the folders above them."""

    nodes: Mapping[str, Node]

    def at(self, value: str) -> Iterator[str]:
        """Ids of the nodes whose file, a folder above it or YAML file matches.

        value: relative to the project's folder, `**` for any number of folders. A package's file is
        named by where it lies (`dbt_packages/…`) or, as in dbt, by its path inside the package, if
        the project itself has such a path. Raises SelectionError for an absolute path.
        """
        if value.startswith("/"):
            raise SelectionError(
                f"{value} is not below the project's folder",
                hint="write the path from the project's folder on, as in models/staging",
            )
        pattern = [part for part in value.replace("\\", "/").split("/") if part not in ("", ".")]
        hits = {place for place in self.shown if matches(place.split("/"), pattern)}
        for id, node in self.nodes.items():
            definition = node.definition
            yaml = node.properties.path
            if (
                (yaml is not None and yaml in hits)
                or any(place in hits for place in _and_folders(definition.shown))
                or any(place in hits for place in _and_folders(definition.file))
            ):
                yield id

    @cached_property
    def shown(self) -> frozenset[str]:
        """Every path of the project that is known of, as a person would write it."""
        places: set[str] = set()
        for node in self.nodes.values():
            places.update(_and_folders(node.definition.shown))
            if node.properties.path and node.definition.shown == node.definition.file:
                places.update(_and_folders(node.properties.path))
        return frozenset(places)


def matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Does a path match a pattern part by part? `**` stands for any number of parts, none too."""
    # Index of a pattern part → can the path parts so far be matched by the pattern before it?
    reached = _over_stars({0}, pattern)
    for part in parts:
        step = {at for at in reached if at < len(pattern) and pattern[at] == "**"}
        step |= {
            at + 1
            for at in reached
            if at < len(pattern) and pattern[at] != "**" and fnmatchcase(part, pattern[at])
        }
        reached = _over_stars(step, pattern)
    return bool(pattern) and len(pattern) in reached


def _over_stars(reached: set[int], pattern: Sequence[str]) -> set[int]:
    found = set(reached)
    for at in sorted(reached):
        while at < len(pattern) and pattern[at] == "**":
            at += 1
            found.add(at)
    return found


@lru_cache(maxsize=65536)
def _and_folders(path: str) -> tuple[str, ...]:
    """A path and every folder above it, shortest last."""
    parts = path.split("/")
    return tuple("/".join(parts[:count]) for count in range(len(parts), 0, -1))
