"""Order among nodes, circles, and what waits for what."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from runner.errors import CompileError
from runner.graph.graph import Graph, build_order, check_circles, critical_path
from runner.project.nodes import Config, Definition, Kind, Node

KINDS = {"t": Kind.TEST, "u": Kind.UNIT_TEST, "s": Kind.SOURCE, "e": Kind.EXPOSURE}


def graph(**reads: str) -> Graph:
    """Nodes by name with the names that each reads. t_… is a test, u_… a unit test, e_… …"""
    ids = {name: f"{KINDS.get(name.split('_')[0], Kind.MODEL)}.p.{name}" for name in reads}
    nodes = {}
    for name, parents in reads.items():
        kind = Kind(ids[name].split(".")[0])
        definition = Definition(kind, name, "p", f"{name}.sql", f"m/{name}.sql", f"m/{name}.sql")
        of = tuple(ids.get(parent, f"model.p.{parent}") for parent in parents.split())
        nodes[ids[name]] = Node(definition, Config({}), parents=of)
    return Graph(nodes)


def id_of(name: str) -> str:
    return f"{KINDS.get(name.split('_')[0], Kind.MODEL)}.p.{name}"


def names(ids: object) -> str:
    assert isinstance(ids, (list, tuple, set, frozenset, dict))
    found = [str(id).rsplit(".", 1)[-1] for id in ids]
    return " ".join(found if isinstance(ids, (list, tuple, dict)) else sorted(found))


def edges(order: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {names([id]): names(before) for id, before in order.items()}


DIAMOND = graph(a="", b="a", c="a", d="b c", e="d")


def test_order_puts_parents_first_and_ties_by_id() -> None:
    assert names(graph(z="", b="z", c="z", a="b").order) == "z b a c"


def test_a_parent_that_is_not_there_is_no_edge() -> None:
    found = graph(a="gone", b="a")
    assert found.parents[id_of("a")] == ()
    assert names(found.order) == "a b"


def test_ancestors_and_descendants() -> None:
    def up(name: str, depth: int | None = None) -> str:
        return names(DIAMOND.ancestors([id_of(name)], depth))

    def down(name: str, depth: int | None = None) -> str:
        return names(DIAMOND.descendants([id_of(name)], depth))

    assert up("e") == "a b c d"
    assert up("e", 0) == ""
    assert up("e", 1) == "d"
    assert up("e", 2) == "b c d"
    assert up("a") == ""
    assert down("a") == "b c d e"
    assert down("a", 1) == "b c"
    assert names(DIAMOND.ancestors([id_of("d"), id_of("b")], 1)) == "a b c"
    assert names(DIAMOND.ancestors(["model.p.unknown"])) == ""


def test_subgraph_keeps_order_through_what_is_not_selected() -> None:
    # a <- b <- c <- d: with b and c left out, d still waits for a.
    chain = graph(a="", b="a", c="b", d="c", other="")
    assert edges(chain.subgraph([id_of("d"), id_of("a")])) == {"a": "", "d": "a"}


def test_subgraph_names_only_the_nearest() -> None:
    chain = graph(a="", b="a", c="b")
    assert edges(chain.subgraph([id_of(n) for n in "abc"])) == {"a": "", "b": "a", "c": "b"}


def test_no_circle_is_no_error() -> None:
    check_circles(DIAMOND)


@pytest.mark.parametrize(
    ("reads", "path"),
    [
        ({"b": "a", "a": "b"}, "a -> b -> a"),
        ({"a": "a"}, "a -> a"),
        # a reads c, c reads b, b reads a; x only reads into the circle.
        ({"a": "c", "b": "a", "c": "b", "x": "a", "_0": ""}, "a -> c -> b -> a"),
        ({"ok": "", "d": "c ok", "c": "d"}, "c -> d -> c"),
        # a only reads into the circle, and comes upon it at c.
        ({"a": "c", "b": "d", "c": "b", "d": "c"}, "b -> d -> c -> b"),
    ],
)
def test_a_circle_is_named_from_its_first_node(reads: dict[str, str], path: str) -> None:
    found = graph(**reads)
    with pytest.raises(CompileError) as caught:
        check_circles(found)
    assert caught.value.message == f"these read each other in a circle: {path}"
    assert caught.value.at is not None
    assert caught.value.at.path == f"m/{path.split()[0]}.sql"
    with pytest.raises(CompileError, match="circle"):
        _ = found.order


def test_reach_ends_in_a_circle() -> None:
    found = graph(a="b", b="a")
    assert names(found.ancestors([id_of("a")])) == names(found.descendants([id_of("b")])) == "a b"


def test_long_chains_need_no_recursion() -> None:
    length = 5000
    chain = {f"m{n:04}": f"m{n - 1:04}" if n else "" for n in range(length)}
    long = graph(**chain, t_one="m0000")
    check_circles(long)
    assert len(long.ancestors([id_of(f"m{length - 1:04}")])) == length - 1
    order = build_order(long, long.nodes, with_tests=True)
    assert order[id_of("m0001")] == (id_of("m0000"), "test.p.t_one")
    assert critical_path(order, {})[id_of("m0000")] == length
    with pytest.raises(CompileError, match="m0000 -> m4999 -> "):
        check_circles(graph(**(chain | {"m0000": f"m{length - 1:04}"})))


def test_run_alone_has_no_edges_from_tests() -> None:
    found = graph(a="", b="a", t_a="a")
    order = build_order(found, found.nodes, with_tests=False)
    assert edges(order) == {"a": "", "b": "a", "t_a": "a"}


def test_a_test_stands_before_what_reads_its_node() -> None:
    found = graph(a="", b="a", c="b", t_a="a")
    order = build_order(found, found.nodes, with_tests=True)
    assert edges(order) == {"a": "", "t_a": "a", "b": "a t_a", "c": "b"}


def test_a_test_blocks_through_a_model_that_is_not_selected() -> None:
    found = graph(a="", b="a", c="b", t_a="a")
    order = build_order(found, [id_of("a"), id_of("c"), id_of("t_a")], with_tests=True)
    assert edges(order) == {"a": "", "t_a": "a", "c": "a t_a"}


def test_a_test_of_a_node_that_is_not_selected_still_blocks() -> None:
    found = graph(s_raw="", b="s_raw", t_raw="s_raw")
    order = build_order(found, [id_of("b"), id_of("t_raw")], with_tests=True)
    assert edges(order) == {"t_raw": "", "b": "t_raw"}


def test_a_test_of_two_nodes_blocks_what_reads_both() -> None:
    # dbt: t_ab holds up c, which reads a and b, but not x, which reads a alone.
    found = graph(a="", b="", x="a", c="a b", d="c", t_ab="a b")
    order = build_order(found, found.nodes, with_tests=True)
    assert edges(order) == {
        "a": "", "b": "", "t_ab": "a b", "c": "a b t_ab", "d": "c", "x": "a",
    }  # fmt: skip


def test_a_test_of_a_node_and_its_child_blocks_below_the_child() -> None:
    found = graph(a="", b="a", x="a", c="b", t_ab="a b")
    order = build_order(found, found.nodes, with_tests=True)
    assert edges(order) == {"a": "", "b": "a", "t_ab": "a b", "c": "b t_ab", "x": "a"}


def test_two_tests_across_two_models_make_no_circle() -> None:
    # dbt-core issue 5277: m2 and m3 read m1, one test of m1 and m2, one of m1 and m3. Were each to
    # block all that reads m1, m2 and m3 would wait for each other.
    found = graph(m1="", m2="m1", m3="m1", t_12="m1 m2", t_13="m1 m3")
    order = build_order(found, found.nodes, with_tests=True)
    assert edges(order) == {
        "m1": "", "m2": "m1", "m3": "m1", "t_12": "m1 m2", "t_13": "m1 m3",
    }  # fmt: skip


def test_a_test_of_nothing_blocks_nothing() -> None:
    found = graph(a="", t_alone="")
    assert edges(build_order(found, found.nodes, with_tests=True)) == {"a": "", "t_alone": ""}


def test_exposures_do_not_wait_for_tests() -> None:
    found = graph(a="", t_a="a", e_board="a")
    order = build_order(found, found.nodes, with_tests=True)
    assert edges(order) == {"a": "", "e_board": "a", "t_a": "a"}


def test_unit_tests_run_before_their_model_and_after_its_parents_tests() -> None:
    found = graph(a="", b="a", c="b", t_a="a", t_b="b", u_b="b", u_more="b")
    order = build_order(found, found.nodes, with_tests=True)
    assert edges(order) == {
        "a": "",
        "t_a": "a",
        "u_b": "a t_a",
        "u_more": "a t_a",
        "b": "a t_a u_b u_more",
        "t_b": "b",
        "c": "b t_b",
    }


def test_a_unit_test_without_its_model_holds_up_what_follows_the_model() -> None:
    found = graph(a="", b="a", c="b", u_b="b")
    order = build_order(found, [id_of("a"), id_of("c"), id_of("u_b")], with_tests=True)
    assert edges(order) == {"a": "", "u_b": "a", "c": "a u_b"}


def test_critical_path_is_the_longest_time_to_the_end() -> None:
    steps = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}
    seconds = {"a": 1.0, "b": 10.0, "c": 2.0, "d": 5.0, "e": 3.0}
    assert critical_path(steps, seconds) == {"a": 16.0, "b": 15.0, "c": 7.0, "d": 5.0, "e": 3.0}


def test_a_step_without_a_time_counts_as_the_mean() -> None:
    # Known: 2 and 4 s, so the new step b counts 3 s.
    found = critical_path({"a": (), "b": ("a",), "c": ("b",)}, {"a": 2.0, "c": 4.0, "gone": 99.0})
    assert found == {"a": 9.0, "b": 7.0, "c": 4.0}


def test_without_times_the_number_of_waiting_steps_decides() -> None:
    steps = {"a": (), "b": ("a", "not a step"), "c": ("a",), "d": ("b", "c"), "e": ()}
    assert critical_path(steps, {}) == {"a": 3.0, "b": 1.0, "c": 1.0, "d": 0.0, "e": 0.0}


def test_the_order_of_steps_is_valid_as_it_stands() -> None:
    found = graph(z="", a="z", t_z="z", u_a="a")
    seen: set[str] = set()
    for step, before in build_order(found, found.nodes, with_tests=True).items():
        assert seen.issuperset(before)
        seen.add(step)
    assert all(x < y for x, y in pairwise(found.children[id_of("z")]))
