"""The plan: which nodes are run, in which order, and why.

Pure: it knows the graph, what was selected and how long steps took, and runs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from runner.graph.graph import Graph, build_order, critical_path
from runner.project.nodes import Kind, Node

COMMANDS: Mapping[str, frozenset[Kind]] = {
    "build": frozenset(
        {Kind.MODEL, Kind.SEED, Kind.SNAPSHOT, Kind.FUNCTION, Kind.TEST, Kind.UNIT_TEST}
    ),
    "run": frozenset({Kind.MODEL}),
    "seed": frozenset({Kind.SEED}),
    "snapshot": frozenset({Kind.SNAPSHOT}),
    "test": frozenset({Kind.TEST, Kind.UNIT_TEST}),
}
"""Command → the kinds of nodes that it runs."""


class Step(Struct, frozen=True):
    """One node to be built or tested."""

    id: str
    node: Node
    after: tuple[str, ...]
    """Ids of the steps that must end before."""
    reason: str
    priority: float = 0.0
    """Seconds, or steps, that wait for it: the larger the earlier."""

    @property
    def kind(self) -> str:
        """What is made or checked, for people."""
        node = self.node
        if node.kind is Kind.MODEL:
            return node.config.materialized
        return "hook" if node.kind is Kind.OPERATION else str(node.kind)


class Plan(Struct, frozen=True):
    """The steps of a command, in an order in which they could be run one by one."""

    steps: Mapping[str, Step]

    def schemas(
        self, *, store_failures: bool = False, among: Collection[str] | None = None
    ) -> tuple[tuple[str, str], ...]:
        """The schemas, with their databases, that steps write in.

        store_failures: are the rows that tests find kept, whatever the tests' configuration says?
        among: ids of the steps that count, else all.
        """
        found = {
            (step.node.relation.database, step.node.relation.schema)
            for id, step in self.steps.items()
            if among is None or id in among
            if step.node.relation is not None and (store_failures or _is_stored(step.node))
        }
        return tuple(sorted(found))


def _is_stored(node: Node) -> bool:
    if node.kind in (Kind.TEST, Kind.UNIT_TEST):
        return node.config.flag("store_failures") or bool(node.config.get("store_failures_as"))
    return True


def runnable(graph: Graph, selected: Iterable[str], command: str) -> set[str]:
    """The selected nodes that are steps of a command."""
    kinds = COMMANDS[command]
    return {
        id for id in selected if graph.nodes[id].kind in kinds and not graph.nodes[id].is_ephemeral
    }


def make_plan(graph: Graph, selected: Collection[str], command: str) -> Plan:
    """The plan of a command over the selected nodes."""
    chosen = runnable(graph, selected, command)
    edges = _after_makers(graph, build_order(graph, chosen, with_tests=command == "build"))
    return Plan({id: Step(id, graph.nodes[id], tuple(edges[id]), "selected") for id in edges})


def still_to_do(
    plan: Plan, settled: Collection[str], seconds: Mapping[str, float]
) -> dict[str, Step]:
    """The steps that are not settled, waiting for each other alone, with what to begin first.

    seconds: how long steps took the last time, where that is known.
    """
    edges = {
        id: tuple(other for other in step.after if other not in settled)
        for id, step in plan.steps.items()
        if id not in settled
    }
    priority = critical_path(edges, seconds)
    return {
        id: replace(plan.steps[id], after=after, priority=priority[id])
        for id, after in edges.items()
    }


def _after_makers(
    graph: Graph, edges: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """The edges, with readers of a source after the step that makes the source's table.

    Projects declare a seed's table as a source as well; nothing in the project says that one comes
    first. An edge is only added where it closes no circle.
    """
    makers = {
        str(graph.nodes[id].relation).lower(): id
        for id in edges
        if graph.nodes[id].kind in (Kind.SEED, Kind.MODEL, Kind.SNAPSHOT)
    }
    sources = {
        node.id: makers[str(node.relation).lower()]
        for node in graph.nodes.values()
        if node.kind is Kind.SOURCE and str(node.relation).lower() in makers
    }
    if not sources:
        return edges
    added = {id: list(before) for id, before in edges.items()}
    for source, maker in sources.items():
        below = graph.ancestors([maker])
        if source in below:
            continue
        readers = (id for id in graph.descendants([source]) if id in added and id not in below)
        for id in readers:
            if source in graph.nodes[id].parents and maker not in (id, *added[id]):
                added[id].append(maker)
    return {id: tuple(before) for id, before in added.items()}
