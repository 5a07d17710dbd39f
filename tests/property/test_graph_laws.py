"""Laws of graphs: order, reach, and what waits for what."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from runner.graph.graph import Graph, build_order, check_circles, critical_path
from runner.project.nodes import Config, Definition, Kind, Node

KINDS = (Kind.MODEL, Kind.MODEL, Kind.MODEL, Kind.SEED, Kind.TEST, Kind.TEST, Kind.UNIT_TEST)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs without circles; tests read and are not read, a unit test reads one model."""
    nodes: dict[str, Node] = {}
    readable: list[str] = []
    # Names are drawn apart from the order of reading, so that ties by id are put to the test.
    for number in draw(st.permutations(range(draw(st.integers(1, 14))))):
        kind = draw(st.sampled_from(KINDS))
        models = [id for id in readable if id.startswith("model")]
        if kind is Kind.UNIT_TEST and not models:
            kind = Kind.MODEL
        name = f"n{number:02}"
        definition = Definition(kind, name, "p", name, name, name)
        if kind is Kind.UNIT_TEST:
            parents = [draw(st.sampled_from(models))]
        elif readable and kind is not Kind.SEED:
            parents = draw(st.lists(st.sampled_from(readable), max_size=3, unique=True))
        else:
            parents = []
        nodes[definition.id] = Node(definition, Config({}), parents=tuple(parents))
        if kind in (Kind.MODEL, Kind.SEED):
            readable.append(definition.id)
    return Graph(nodes)


@st.composite
def graphs_and_some(draw: st.DrawFn) -> tuple[Graph, frozenset[str]]:
    graph = draw(graphs())
    return graph, draw(st.frozensets(st.sampled_from(sorted(graph.nodes))))


def closure(edges: Mapping[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    """All (above, below) pairs, by plain repetition."""
    found = {(parent, child) for child, parents in edges.items() for parent in parents}
    while True:
        more = {(a, d) for a, b in found for c, d in found if b == c} - found
        if not more:
            return found
        found |= more


def is_in_order(edges: Mapping[str, tuple[str, ...]]) -> bool:
    place = {id: number for number, id in enumerate(edges)}
    return all(place[p] < place[id] for id, parents in edges.items() for p in parents)


@given(graphs())
def test_order_has_everything_once_with_parents_first(graph: Graph) -> None:
    check_circles(graph)
    assert sorted(graph.order) == sorted(graph.nodes)
    assert is_in_order({id: graph.parents[id] for id in graph.order})


@given(graphs())
def test_order_takes_the_least_that_is_ready(graph: Graph) -> None:
    done: set[str] = set()
    for id in graph.order:
        ready = [n for n in graph.nodes if n not in done and done.issuperset(graph.parents[n])]
        assert id == min(ready)
        done.add(id)


@given(graphs_and_some())
def test_reach_is_the_closure_of_edges(given_: tuple[Graph, frozenset[str]]) -> None:
    graph, some = given_
    pairs = closure(graph.parents)
    assert graph.ancestors(some) == {above for above, below in pairs if below in some}
    assert graph.descendants(some) == {below for above, below in pairs if above in some}


@given(graphs_and_some(), st.integers(0, 4))
def test_depth_adds_one_step_at_a_time(given_: tuple[Graph, frozenset[str]], depth: int) -> None:
    graph, some = given_
    nearer = graph.ancestors(some, depth)
    parents = {p for id in some | nearer for p in graph.parents[id]}
    assert graph.ancestors(some, depth + 1) == nearer | parents
    assert graph.ancestors(some, len(graph.nodes)) == graph.ancestors(some)


@given(graphs_and_some())
def test_a_subgraph_keeps_who_is_above_whom(given_: tuple[Graph, frozenset[str]]) -> None:
    graph, some = given_
    part = graph.subgraph(some)
    assert set(part) == some
    assert is_in_order(part)
    whole = {(a, b) for a, b in closure(graph.parents) if a in some and b in some}
    assert closure(part) == whole


@given(graphs_and_some())
def test_build_order_is_valid_and_keeps_the_order_of_data(
    given_: tuple[Graph, frozenset[str]],
) -> None:
    graph, some = given_
    order = build_order(graph, some, with_tests=True)
    assert set(order) == some
    assert is_in_order(order)
    units = {id for id in some if graph.nodes[id].kind is Kind.UNIT_TEST}
    data = {pair for pair in closure(graph.subgraph(some)) if not units.intersection(pair)}
    assert data <= closure(order)


@given(graphs_and_some())
def test_tests_block_exactly_what_reads_all_that_they_test(
    given_: tuple[Graph, frozenset[str]],
) -> None:
    graph, some = given_
    waits = closure(build_order(graph, some, with_tests=True))
    above = closure(graph.parents)
    kinds = {id: graph.nodes[id].kind for id in some}
    for test in (id for id in some if kinds[id] is Kind.TEST):
        tested = graph.parents[test]
        for id in (id for id in some if kinds[id] in (Kind.MODEL, Kind.SEED)):
            reads_all = bool(tested) and all((parent, id) in above for parent in tested)
            assert ((test, id) in waits) == reads_all


@given(graphs_and_some())
def test_unit_tests_wait_for_what_their_model_waits_for(
    given_: tuple[Graph, frozenset[str]],
) -> None:
    graph, some = given_
    order = build_order(graph, some, with_tests=True)
    for unit in (id for id in some if graph.nodes[id].kind is Kind.UNIT_TEST):
        (model,) = graph.parents[unit]
        if model in some:
            assert unit in order[model]
            own = {
                id
                for id in order[model]
                if graph.nodes[id].kind is Kind.UNIT_TEST and graph.parents[id] == (model,)
            }
            assert set(order[unit]) == set(order[model]) - own


@given(
    graphs(),
    st.dictionaries(st.integers(0, 13), st.floats(0.5, 100).map(lambda s: round(s, 1)), max_size=9),
)
def test_a_step_is_longer_than_any_that_waits_for_it(graph: Graph, times: dict[int, float]) -> None:
    order = build_order(graph, graph.nodes, with_tests=True)
    seconds = {id: times[n] for n, id in enumerate(order) if n in times}
    priority = critical_path(order, seconds)
    mean = sum(seconds.values()) / len(seconds) if seconds else 0.0
    for id, before in order.items():
        waiting = [child for child, parents in order.items() if id in parents]
        if seconds:
            rest = max((priority[child] for child in waiting), default=0.0)
            assert priority[id] == seconds.get(id, mean) + rest
        else:
            below = {b for a, b in closure(order) if a == id}
            assert priority[id] == len(below)
        assert all(priority[parent] > priority[id] for parent in before)
