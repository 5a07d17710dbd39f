"""Data tests in bulk: one statement says of each test what the test alone would have said."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.plan.checks import built_in, verdict_query
from runner.plan.plan import Step
from runner.plan.status import Status
from runner.project.nodes import NOTHING, Config, Definition, Kind, Node, SourceTable
from runner.project.profiles import Target
from runner.run.bulk import Question, bulk_query, call_in
from runner.run.events import Result
from runner.run.scheduler import Work, run_steps
from runner.run.width import ROW_GROUP, Width, starts_narrow

TESTS = ("not_null", "unique")


def questions(relation: str, columns: str, *, fused: bool) -> list[Question]:
    return [
        Question(
            built_in(test, {"model": relation, "column_name": column}),
            test,
            (relation, column) if fused else None,
        )
        for column, test in product(columns, TESTS)
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.one_of(st.none(), st.integers(0, 3))] * 2), max_size=8),
    st.booleans(),
    st.permutations(range(4)),
)
def test_a_bulk_says_what_each_test_alone_says(
    rows: list[tuple[int | None, int | None]], fused: bool, order: list[int]
) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t (a integer, b integer)")
        if rows:
            connection.executemany("insert into t values (?, ?)", rows)
        asked = [questions("t", "ab", fused=fused)[number] for number in order]
        together = dict(connection.execute(bulk_query(asked)).fetchall())
        alone = [
            connection.execute(verdict_query(question.query, Config())).fetchall()[0][0]
            for question in asked
        ]
    assert [together[number] for number in range(4)] == alone


def test_two_tests_of_one_column_are_one_scan() -> None:
    assert bulk_query(questions("t", "a", fused=True)).count("from t ") == 1
    assert bulk_query(questions("t", "a", fused=False)).count("from t\n") == 2


CALL = """"memory"."main"."f"("a" := ')', "b" := (select max(i) from range(3) as t(i)))"""


def test_tests_of_a_function_called_it_once_each() -> None:
    """At a million customers that took a minute and more for each of its tests."""
    with duckdb.connect() as connection:
        connection.execute(
            "create macro f(a, b) as table select i % 2 as k, nullif(i, b) as v, a as t from range(4) as t(i)"
        )
        asked = [
            Question(query, test, called=(CALL, "f"))
            for test, column in (("not_null", "v"), ("unique", "k"), ("unique", "f.v"))
            for query in [built_in(test, {"model": CALL, "column_name": column})]
        ]
        together = bulk_query(asked)
        assert together.count("main") == 1
        assert dict(connection.execute(together).fetchall()) == {0: 1, 1: 2, 2: 0}
        assert "called" not in bulk_query(asked[:1])


@pytest.mark.parametrize(
    ("query", "call"),
    [
        (f"select 1\nfrom {CALL}\nwhere (1 = 1)", CALL),
        (f"select 1\nfrom {CALL}, {CALL}", None),
        ('select 1 from "memory"."main"."f"', None),
        ('select 1 from "memory"."main"."f"(', None),
    ],
)
def test_where_a_call_ends(query: str, call: str | None) -> None:
    assert call_in(query, '"memory"."main"."f"') == call


def step(name: str, after: tuple[str, ...] = (), kind: Kind = Kind.TEST) -> Step:
    node = Node(Definition(kind, name, "p", name, name, name), Config())
    return Step(name, node, after, "selected")


def done_in_groups(
    steps: list[Step],
    bad: frozenset[str] = frozenset(),
    *,
    fail_fast: bool = False,
    company: Mapping[str, str] | None = None,
) -> tuple[list[tuple[str, ...]], dict[str, Result]]:
    """The groups that the scheduler made of the steps, with one thread, and the results."""
    groups: list[tuple[str, ...]] = []

    def result(done: Step) -> Result:
        return Result(done.id, Status.FAIL if done.id in bad else Status.PASS)

    def alone(one: Step, _: None) -> Result:
        groups.append((one.id,))
        return result(one)

    def together(some: object, _: None) -> list[Result]:
        assert isinstance(some, tuple)
        groups.append(tuple(one.id for one in some))
        return [result(one) for one in some]

    work: Work[None] = Work(
        open=lambda: None, run=alone, close=lambda _: None, interrupt=lambda _: None,
        started=lambda _: None, finished=lambda _, __: None,
        together=lambda one: (
            one.node.kind is Kind.TEST if company is None else company.get(one.node.name)
        ),
        run_together=together,
    )  # fmt: skip
    results = run_steps({s.id: s for s in steps}, work, threads=1, fail_fast=fail_fast)
    return groups, results


def test_what_is_ready_is_done_together_and_the_rest_waits() -> None:
    steps = [
        step("m", kind=Kind.MODEL), step("t1", ("m",)), step("t2", ("m",)),
        step("n", ("m", "t1", "t2"), Kind.MODEL), step("t3", ("n",)),
    ]  # fmt: skip
    groups, results = done_in_groups(steps)
    assert groups == [("m",), ("t1", "t2"), ("n",), ("t3",)]
    assert all(result.status is Status.PASS for result in results.values())


def test_what_is_ready_is_done_with_its_own_company_alone() -> None:
    steps = [step(name) for name in ("f1", "g1", "alone", "f2", "g2")]
    company = {"f1": "f", "f2": "f", "g1": "g", "g2": "g"}
    groups, _ = done_in_groups(steps, company=company)
    assert sorted(groups) == [("alone",), ("f1", "f2"), ("g1", "g2")]


def test_a_failure_in_a_group_skips_what_waits_for_it_alone() -> None:
    steps = [step("t1"), step("t2"), step("a", ("t1",), Kind.MODEL), step("b", ("t2",), Kind.MODEL)]
    _, results = done_in_groups(steps, frozenset({"t1"}))
    found = {id: str(result.status) for id, result in results.items()}
    assert found == {"t1": "fail", "t2": "pass", "a": "skipped", "b": "pass"}


def test_a_group_has_a_hundred_steps_at_most() -> None:
    groups, results = done_in_groups([step(f"t{number:03}") for number in range(250)])
    assert [len(group) for group in groups] == [100, 100, 50]
    assert len(results) == 250


def test_nothing_is_done_together_where_the_first_failure_ends_all() -> None:
    groups, _ = done_in_groups([step("t1"), step("t2")], frozenset({"t1"}), fail_fast=True)
    assert groups == [("t1",)]


# --- threads of a statement -------------------------------------------------------------------------

TARGET = Target("dev", "p", "w.duckdb", "w")


def source(location: str | None) -> Node:
    table = SourceTable("raw", "t", "t", None, "raw", external_location=location)
    return Node(Definition(Kind.SOURCE, "t", "p", "s.yml", "s.yml", "s.yml", source=table),
                Config(NOTHING))  # fmt: skip


@pytest.mark.parametrize(
    ("target", "nodes", "largest", "size", "narrow"),
    [
        (TARGET, [source(None)], 1000, 0, True),
        (TARGET, [], ROW_GROUP + 1, 0, False),
        (TARGET, [], None, 0, False),
        (TARGET, [source("data/*.csv")], 1000, 0, False),
        (TARGET, [step("s", kind=Kind.SEED).node], 0, 8_000_000, True),
        (TARGET, [step("s", kind=Kind.SEED).node], 0, 8_000_001, False),
        (TARGET, [step("s", kind=Kind.SEED).node], 0, None, False),
        (Target("dev", "p", "w.duckdb", "w", settings={"threads": 8}), [], 0, 0, False),
        (Target("dev", "p", "w.duckdb", "w", config_options={"threads": 8}), [], 0, 0, False),
        (Target("dev", "p", "w.duckdb", "w", attach=({"path": "x"},)), [], 0, 0, False),
    ],
)
def test_statements_have_one_thread_only_where_all_is_surely_small(
    target: Target, nodes: list[Node], largest: int | None, size: int | None, narrow: bool
) -> None:
    def size_of(_: Path) -> int | None:
        return size

    assert starts_narrow(target, nodes, largest, size_of) is narrow


def test_a_large_result_or_a_long_wait_widens_once() -> None:
    def large(width: Width) -> None:
        width.ended(Result("m", Status.SUCCESS, rows=ROW_GROUP + 1))

    def long(width: Width) -> None:
        width.waiting(2.0)

    for act in (large, long):
        calls: list[int] = []
        width = Width(partial(calls.append, 1))
        width.ended(Result("m", Status.SUCCESS, rows=ROW_GROUP))
        width.waiting(1.5)
        assert calls == []
        act(width)
        act(width)
        assert calls == [1]


def test_tests_of_large_tables_wanted_their_memory_at_the_same_time() -> None:
    width = Width(lambda: None)
    width.ended(Result("small", Status.SUCCESS, rows=ROW_GROUP))
    assert width.is_small(["small", "a view"])
    width.ended(Result("large", Status.SUCCESS, rows=ROW_GROUP + 1))
    assert width.is_small(["small"])
    assert not width.is_small(["large"])
    assert not width.is_small(["small", "large"])
    assert not width.is_small(["a view"]), "it may be a view of what is large"
