"""Laws of selection: sets, graph operators, and text that is read as it was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runner.graph.criteria import Criterion, Indirect, parse_criterion, written
from runner.graph.graph import Graph
from runner.graph.methods import SELECTOR_METHODS
from runner.graph.selection import select
from runner.project.nodes import Config, Definition, Kind, Node

TAGS = ("red", "blue", "green")
MODES = tuple(str(mode) for mode in Indirect)
depths = st.none() | st.integers(0, 40)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    nodes: dict[str, Node] = {}
    readable: list[str] = []
    for number in range(draw(st.integers(1, 10))):
        kind = draw(st.sampled_from((Kind.MODEL, Kind.MODEL, Kind.TEST)))
        name = f"n{number}"
        file = f"models/{name}.sql"
        definition = Definition(kind, name, "p", f"{name}.sql", file, file, fqn=("p", name))
        parents: list[str] = []
        if readable:
            parents = draw(st.lists(st.sampled_from(readable), max_size=3, unique=True))
        tags = draw(st.lists(st.sampled_from(TAGS), max_size=2, unique=True))
        nodes[definition.id] = Node(definition, Config({"tags": tags}), parents=tuple(parents))
        if kind is Kind.MODEL:
            readable.append(definition.id)
    return Graph(nodes)


names = st.integers(0, 9).map(lambda number: f"n{number}")
criteria = st.one_of(
    names,
    names.map(lambda name: f"+{name}"),
    names.map(lambda name: f"{name}+1"),
    names.map(lambda name: f"@{name}"),
    st.sampled_from(TAGS).map(lambda tag: f"tag:{tag}"),
    st.sampled_from(TAGS).map(lambda tag: f"1+tag:{tag}+"),
    st.sampled_from(("resource_type:test", "n[0-4]", "*", "p.n?", "models/n3.sql")),
)


def chosen(graph: Graph, *include: str, mode: str = "eager") -> frozenset[str]:
    return select(graph, include, [], indirect=mode).ids


@given(graphs(), criteria, criteria, st.sampled_from(MODES))
def test_union_does_not_depend_on_order_or_spelling(
    graph: Graph, one: str, other: str, mode: str
) -> None:
    found = chosen(graph, one, other, mode=mode)
    assert found == chosen(graph, other, one, mode=mode)
    assert found == chosen(graph, f"{one} {other}", mode=mode)
    assert found == chosen(graph, one, other, one, mode=mode)
    assert found >= chosen(graph, one, mode=mode) | chosen(graph, other, mode=mode)


@given(graphs(), criteria, criteria, st.sampled_from(("eager", "empty")))
def test_sets_are_sets(graph: Graph, one: str, other: str, mode: str) -> None:
    left, right = chosen(graph, one, mode=mode), chosen(graph, other, mode=mode)
    assert chosen(graph, one, other, mode=mode) == left | right
    assert chosen(graph, f"{one},{other}", mode=mode) == left & right
    assert select(graph, [one], [other], indirect=mode).ids == left - right
    assert select(graph, [], [other], indirect=mode).ids == graph.nodes.keys() - right


@given(graphs(), names)
def test_graph_operators_are_reach(graph: Graph, name: str) -> None:
    own = chosen(graph, name, mode="empty")
    above, below = graph.ancestors(own), graph.descendants(own)
    assert chosen(graph, f"+{name}", mode="empty") == above | own
    assert chosen(graph, f"{name}+", mode="empty") == own | below
    assert chosen(graph, f"+{name}+", mode="empty") == above | own | below
    around = own | below | graph.ancestors(own | below)
    assert chosen(graph, f"@{name}", mode="empty") == around
    assert around == chosen(graph, f"{name}+", f"@{name}", mode="empty")


@given(graphs(), names, st.integers(0, 5))
def test_a_greater_depth_takes_in_more(graph: Graph, name: str, depth: int) -> None:
    near = chosen(graph, f"{depth}+{name}+{depth}", mode="empty")
    assert near <= chosen(graph, f"{depth + 1}+{name}+{depth}", mode="empty")
    assert near <= chosen(graph, f"{depth}+{name}+{depth + 1}", mode="empty")
    assert near <= chosen(graph, f"+{name}+", mode="empty")


@given(graphs(), criteria)
def test_modes_bring_the_tests_that_they_promise(graph: Graph, text: str) -> None:
    empty = chosen(graph, text, mode="empty")
    tests = {
        id: frozenset(graph.parents[id])
        for id, node in graph.nodes.items()
        if node.kind is Kind.TEST and graph.parents[id]
    }
    at_hand = empty | graph.ancestors(empty)
    assert chosen(graph, text, mode="eager") == empty | {t for t, of in tests.items() if of & empty}
    assert chosen(graph, text, mode="cautious") == empty | {
        t for t, of in tests.items() if of <= empty
    }
    assert chosen(graph, text, mode="buildable") == empty | {
        t for t, of in tests.items() if of & empty and of <= at_hand
    }


@given(graphs(), criteria, st.sampled_from(MODES))
def test_a_named_selector_is_its_definition(graph: Graph, text: str, mode: str) -> None:
    found = select(graph, ["selector:x"], [], indirect=mode, selectors={"x": text})
    assert found.ids == chosen(graph, text, mode=mode)


@given(graphs(), st.lists(criteria, min_size=1, max_size=4))
def test_what_is_unmatched_selects_nothing(graph: Graph, texts: list[str]) -> None:
    found = select(graph, texts, [], indirect="empty")
    assert set(found.unmatched) == {text for text in texts if not chosen(graph, text, mode="empty")}
    assert len(found.warnings) == len(found.unmatched)


@given(
    st.builds(
        Criterion,
        st.sampled_from([name for name in SELECTOR_METHODS if name != "config"]),
        st.from_regex(r"[a-z*?.:/]([a-z0-9*?\[\].:@/_ -]*[a-z*?.:/_-])?", fullmatch=True),
        parents=st.booleans(),
        parents_depth=depths,
        children_depth=depths,
        childrens_parents=st.booleans(),
    ),
    st.booleans(),
)
def test_what_is_written_is_read_again(criterion: Criterion, with_children: bool) -> None:
    whole = Criterion(
        criterion.method,
        criterion.value,
        parents=criterion.parents,
        parents_depth=criterion.parents_depth if criterion.parents else None,
        children=with_children and not criterion.childrens_parents,
        children_depth=(
            criterion.children_depth if with_children and not criterion.childrens_parents else None
        ),
        childrens_parents=criterion.childrens_parents,
    )
    assert replace(parse_criterion(written(whole)), text="") == whole
    assert written(parse_criterion(written(whole))) == written(whole)
