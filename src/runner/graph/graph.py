"""The graph of a project: who reads whom, in which order things are made, and what waits for what.

Knows nothing of selectors, of SQL, or of how a step is run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from heapq import heapify, heappop, heappush
from types import MappingProxyType

from msgspec import Struct

from runner.errors import CompileError
from runner.project.nodes import Kind, Node

TESTS = frozenset({Kind.TEST, Kind.UNIT_TEST})
DATA = frozenset({Kind.SOURCE, Kind.SEED, Kind.MODEL, Kind.SNAPSHOT, Kind.ANALYSIS, Kind.FUNCTION})
"""What can be tested, or wait for a test. An exposure or a metric is not run, so it cannot wait."""


class Graph(Struct, frozen=True, dict=True):
    """Nodes by their id; an edge leads from each of a node's parents to the node.

    A parent that is not among the nodes (a disabled one) is no edge. A unit test has one parent,
    the model that it tests.
    """

    nodes: Mapping[str, Node]

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """Id → ids of what it reads, each once, in the order of first mention."""
        return MappingProxyType(
            {
                id: tuple(dict.fromkeys(p for p in node.parents if p in self.nodes))
                for id, node in self.nodes.items()
            }
        )

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Id → ids of what reads it, sorted."""
        return MappingProxyType(_children(self.parents))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All ids, parents before children; where either could come first, the lesser id.

        Raises CompileError where the nodes read each other in a circle.
        """
        order = sort(self.parents, self.children)
        if len(order) < len(self.nodes):
            check_circles(self)
        return order

    def ancestors(self, ids: Iterable[str], depth: int | None = None) -> frozenset[str]:
        """What these read, over at most `depth` steps. One of them only if another reads it."""
        return _reach(self.parents, ids, depth)

    def descendants(self, ids: Iterable[str], depth: int | None = None) -> frozenset[str]:
        """What reads these, over at most `depth` steps. One of them only if it reads another."""
        return _reach(self.children, ids, depth)

    def subgraph(self, selected: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The selected ids in their order, each with the nearest selected ones that it reads.

        What it reads through others that are not selected counts, so that the order among the
        selected stays that of the whole graph.
        """
        nearest = _nearest(self.order, self.parents, frozenset(selected))
        return {id: nearest[id] for id in self.order if id in nearest}


def check_circles(graph: Graph) -> None:
    """Raise CompileError, naming the circle and placed in its first node's file, if there is one.

    By steps, never by recursion: chains of thousands of nodes are common.
    """
    sorted_ids = set(sort(graph.parents))
    left = sorted(id for id in graph.nodes if id not in sorted_ids)
    if not left:
        return
    # What cannot be sorted has a parent that cannot be sorted, so this walk must come round.
    stuck = frozenset(left)
    walked: dict[str, int] = {}
    path: list[str] = []
    at = left[0]
    while at not in walked:
        walked[at] = len(path)
        path.append(at)
        at = min(parent for parent in graph.parents[at] if parent in stuck)
    circle = path[walked[at] :]
    first = circle.index(min(circle))
    circle = [*circle[first:], *circle[:first], circle[first]]
    nodes = [graph.nodes[id] for id in circle]
    from runner.graph.mistyped import mention  # only for this error's place

    reference = r"ref\s*\([^)]*" + re.escape(nodes[1].name) + r"['\"][^)]*\)"
    raise CompileError(
        f"these read each other in a circle: {' -> '.join(node.label for node in nodes)}",
        at=mention(nodes[0].definition, reference),
        hint="each reads the next one; take one of these references out",
    )


def build_order(
    graph: Graph, selected: Collection[str], *, with_tests: bool
) -> dict[str, tuple[str, ...]]:
    """The selected ids in a valid order, each with the selected ids that must end before it starts.

    with_tests: as `build` wants it. A test stands before everything that reads all of the nodes
    that it tests (what reads only some of them does not wait for it, so no circle can come up), and
    a unit test before its model. Without: tests just follow what they test.
    Source: dbt's documentation of `dbt build`, "skipping on failures" and "multi-parent tests".
    """
    if not with_tests:
        return graph.subgraph(selected)
    chosen = frozenset(selected)
    before = dict(graph.parents)
    for test, blocked in _blocked(graph, chosen).items():
        for id in blocked:
            before[id] = (*before[id], test)
    place = {id: number for number, id in enumerate(graph.order)}
    models = {
        id: max(graph.parents[id], key=place.__getitem__)
        for id in graph.order
        if graph.nodes[id].kind is Kind.UNIT_TEST and id in chosen and graph.parents[id]
    }
    before |= {unit: before[model] for unit, model in models.items()}
    for unit, model in models.items():
        before[model] = (*before[model], unit)
    order = sort(before)
    nearest = _nearest(order, before, chosen)
    return {id: nearest[id] for id in order if id in nearest}


def critical_path(
    edges: Mapping[str, Collection[str]], seconds: Mapping[str, float]
) -> dict[str, float]:
    """Step → seconds from its start to the end of the longest chain of steps that wait for it.

    edges: step → the steps before it, as build_order gives them, without circles. seconds: how
    long a step took the last time. A step without a time counts as the mean of those that have one;
    where none has, a step's priority is the number of steps that wait for it, directly or not.
    """
    parents = {id: tuple(p for p in before if p in edges) for id, before in edges.items()}
    children = _children(parents)
    order = sort(parents, children)
    known = [seconds[id] for id in order if seconds.get(id, 0.0) > 0.0]
    if not known:
        masks = _masks(order, children)
        return {id: float(masks[id].bit_count()) for id in edges}
    mean = sum(known) / len(known)
    longest: dict[str, float] = {}
    for id in reversed(order):
        rest = max((longest[child] for child in children[id]), default=0.0)
        longest[id] = seconds.get(id, mean) + rest
    return {id: longest[id] for id in edges}


def sort(
    parents: Mapping[str, Collection[str]], children: Mapping[str, Collection[str]] | None = None
) -> tuple[str, ...]:
    """Ids with parents before children, ties by id; those in or behind a circle are left out.

    children: what reads each, where that is known.
    """
    children = _children(parents) if children is None else children
    known = frozenset(parents)
    waiting = {id: len(known.intersection(of)) for id, of in parents.items()}
    ready = [id for id, count in waiting.items() if count == 0]
    heapify(ready)
    order: list[str] = []
    while ready:
        id = heappop(ready)
        order.append(id)
        for child in children[id]:
            waiting[child] -= 1
            if waiting[child] == 0:
                heappush(ready, child)
    return tuple(order)


def _children(parents: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {id: [] for id in parents}
    for id in sorted(parents):
        for parent in set(parents[id]):
            if parent in found:
                found[parent].append(id)
    return {id: tuple(children) for id, children in found.items()}


def _reach(
    edges: Mapping[str, tuple[str, ...]], ids: Iterable[str], depth: int | None
) -> frozenset[str]:
    seen: set[str] = set()
    edge: set[str] = {id for id in ids if id in edges}
    steps = 0
    while edge and (depth is None or steps < depth):
        edge = {other for id in edge for other in edges[id]} - seen
        seen |= edge
        steps += 1
    return frozenset(seen)


def _nearest(
    order: Iterable[str], parents: Mapping[str, Collection[str]], selected: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Selected id → the selected ids that it reaches upwards past none that is selected."""
    reached: dict[str, frozenset[str]] = {}
    for id in order:
        above = [
            frozenset((parent,)) if parent in selected else reached[parent]
            for parent in parents[id]
        ]
        reached[id] = frozenset().union(*above) if above else frozenset()
    return {id: tuple(sorted(of)) for id, of in reached.items() if id in selected}


def _blocked(graph: Graph, selected: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Selected test → the nodes that wait for it: the first of those that read all it tests."""
    tests = [id for id in graph.order if graph.nodes[id].kind is Kind.TEST and id in selected]
    if not tests:
        return {}
    made = tuple(id for id in graph.order if graph.nodes[id].kind in DATA)
    below = _masks(made, _children({id: graph.parents[id] for id in made}))
    blocked: dict[str, tuple[str, ...]] = {}
    for test in tests:
        common = -1 if graph.parents[test] else 0
        for parent in graph.parents[test]:
            common &= below.get(parent, 0)
        first: list[str] = []
        while common:
            lowest = common & -common
            id = made[lowest.bit_length() - 1]
            first.append(id)
            common &= ~(lowest | below[id])
        blocked[test] = tuple(first)
    return blocked


def _masks(order: tuple[str, ...], children: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Id → its descendants, as a set of bits: bit n is the n-th id of the order."""
    bit = {id: 1 << number for number, id in enumerate(order)}
    masks: dict[str, int] = {}
    for id in reversed(order):
        mask = 0
        for child in children[id]:
            mask |= bit[child] | masks[child]
        masks[id] = mask
    return masks
