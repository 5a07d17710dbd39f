"""What a reference means: the nodes of a project by their names.

Knows nothing of how a reference was found in a text, and of what follows where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from runner.errors import CompileError, did_you_mean
from runner.graph.mistyped import mention
from runner.project.nodes import Definition, Kind, Node, Ref

REFERABLE = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT)


class DisabledError(CompileError):
    """A reference to something that is disabled."""


class MissingError(CompileError):
    """A reference to something that is not there."""


class Index:
    """Finds the node that a reference means."""

    def __init__(self, nodes: Iterable[Node], disabled: Iterable[Node], root: str) -> None:
        self.root = root
        self.by_name: dict[str, list[Node]] = {}
        self.functions: dict[str, list[Node]] = {}
        self.sources: dict[tuple[str, str], list[Node]] = {}
        self.off: dict[str, Node] = {}
        for node in nodes:
            if node.kind in REFERABLE:
                self.by_name.setdefault(node.name, []).append(node)
            elif node.kind is Kind.FUNCTION:
                self.functions.setdefault(node.name, []).append(node)
            elif node.definition.source is not None:
                source = node.definition.source
                self.sources.setdefault((source.source, source.table), []).append(node)
        for node in disabled:
            self.off[node.definition.key if node.kind is Kind.SOURCE else node.name] = node

    def ref(self, definition: Definition, ref: Ref) -> Node:
        """The node of a `ref`. Raises CompileError, at its place, when there is none."""
        candidates = self.by_name.get(ref.name, [])
        if ref.package is not None:
            candidates = [
                node
                for node in candidates
                if ref.package in (node.package, *node.definition.replaced[:1])
            ]
        candidates = _nearest_package(candidates, definition.package, self.root)
        if ref.version is not None:
            candidates = [n for n in candidates if str(n.definition.version) == str(ref.version)]
        elif len(candidates) > 1:
            latest = [n for n in candidates if n.definition.version == n.definition.latest_version]
            candidates = latest or candidates
        if candidates:
            return candidates[0]
        shown = f"{ref.package}.{ref.name}" if ref.package else ref.name
        if ref.version is not None:
            shown += f" version {ref.version}"
        at = mention(definition, r"ref\s*\([^)]*" + re.escape(ref.name) + r"['\"][^)]*\)")
        what = "tests" if definition.check else "reads"
        if ref.name in self.off:
            raise DisabledError(f"{what} {shown}, which is disabled", at=at)
        raise MissingError(
            f"{what} model {shown}, which does not exist",
            at=at,
            hint=self._as_function(ref.name) or did_you_mean(ref.name, self.by_name),
        )

    def function(self, definition: Definition, ref: Ref) -> Node:
        """The node of a `function`. Raises CompileError, at its place, when there is none."""
        candidates = self.functions.get(ref.name, [])
        if ref.package is not None:
            candidates = [node for node in candidates if node.package == ref.package]
        candidates = _nearest_package(candidates, definition.package, self.root)
        if candidates:
            return candidates[0]
        shown = f"{ref.package}.{ref.name}" if ref.package else ref.name
        at = mention(definition, r"function\s*\([^)]*" + re.escape(ref.name) + r"['\"][^)]*\)")
        if ref.name in self.off:
            raise DisabledError(f"calls function {shown}, which is disabled", at=at)
        hint = did_you_mean(ref.name, self.functions)
        if ref.name in self.by_name:
            hint = f"it is a {self.by_name[ref.name][0].kind}: write ref('{ref.name}')"
        raise MissingError(f"calls function {shown}, which does not exist", at=at, hint=hint)

    def _as_function(self, name: str) -> str | None:
        if name not in self.functions:
            return None
        return f"it is a function: write {{{{ function('{name}') }}}}(…)"

    def tested(self, definition: Definition, ref: Ref) -> Node:
        """The model or function that a unit test is of. Raises CompileError when there is none."""
        if definition.version is not None:
            ref = replace(ref, version=definition.version)
        if ref.name in self.functions and ref.name not in self.by_name:
            return self.function(definition, ref)
        return self.ref(definition, ref)

    def source(self, definition: Definition, source: str, table: str) -> Node:
        """The node of a `source`. Raises CompileError, at its place, when there is none."""
        candidates = self.sources.get((source, table), [])
        candidates = _nearest_package(candidates, definition.package, self.root)
        if candidates:
            return candidates[0]
        pattern = r"source\s*\([^)]*" + re.escape(table) + r"['\"][^)]*\)"
        at = mention(definition, pattern)
        if f"{source}.{table}" in self.off:
            raise DisabledError(f"reads source {source}.{table}, which is disabled", at=at)
        known = [f"{s}.{t}" for s, t in self.sources]
        raise MissingError(
            f"reads source {source}.{table}, which is not declared",
            at=at,
            hint=did_you_mean(f"{source}.{table}", known)
            or f"declare it under sources: in a YAML file of {definition.package}",
        )


def _nearest_package(candidates: list[Node], package: str, root: str) -> list[Node]:
    for place_ in (root, package):
        own = [node for node in candidates if node.package == place_]
        if own:
            return own
    return candidates
