"""Steps that need more memory than there is for all at once: done one after another, then failed."""

from __future__ import annotations

import time
from threading import Barrier, Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.engines.sql_error import SqlError
from runner.errors import DatabaseError
from runner.plan.plan import Step
from runner.plan.status import Status
from runner.project.nodes import Config, Definition, Kind, Node
from runner.run.events import Result
from runner.run.scheduler import Work, run_steps
from runner.run.width import Room, Width

LIMIT = 10


class Memory:
    """A machine's memory, which steps take and give back.

    meet: this many steps, the first ones, wait for each other, so that they surely are at work at once.
    after_first: how many were at work as each step began, once memory had not sufficed. let_go_after:
    how often what had been read was let go of since. spared: how often data and memory were compared.
    outgrown: steps after which there is more data than memory. together: how many were at work as each began.
    """

    def __init__(self, needs: dict[str, int], *, meet: int = 0, outgrown: int = 1000) -> None:
        self.needs = needs
        self.lock = Lock()
        self.to_meet = meet
        self.met = Barrier(max(1, meet))
        self.taken: list[str] = []
        self.narrowed = 0
        self.said: list[str] = []
        self.after_first: list[int] = []
        self.let_go_after = 0
        self.spared = 0
        self.outgrown = outgrown
        self.together: list[int] = []

    def run(self, step: Step, _: None) -> Result:
        with self.lock:
            self.taken.append(step.id)
            self.together.append(len(self.taken))
            if self.said:
                self.after_first.append(len(self.taken))
            meets, self.to_meet = self.to_meet > 0, self.to_meet - 1
        if meets:
            self.met.wait(timeout=60)
        time.sleep(0.001)
        with self.lock:
            used = sum(self.needs[id] for id in self.taken)
            self.taken.remove(step.id)
        if used <= LIMIT + self.narrowed:
            return Result(step.id, Status.SUCCESS)
        error = DatabaseError("failed to allocate")
        error.out_of_memory = True
        return Result(step.id, Status.ERROR, error=error)

    def narrow(self) -> None:
        self.narrowed = 1

    def spare(self) -> bool:
        self.spared += 1
        return self.spared == self.outgrown

    def let_go(self) -> None:
        self.let_go_after += len(self.said) > 0


def step(name: str, after: tuple[str, ...]) -> Step:
    node = Node(Definition(Kind.MODEL, name, "p", name, name, name), Config())
    return Step(name, node, after, "selected")


def done(memory: Memory, after: dict[str, tuple[str, ...]]) -> dict[str, Result]:
    room = Room(Width(None), memory.narrow, memory.spare, memory.let_go, memory.said.append)
    work: Work[None] = Work(
        open=lambda: None, run=memory.run, close=lambda _: None, interrupt=lambda _: None,
        started=lambda _: None, finished=lambda _, __: None, again=room.again,
        one_by_one=room.one_by_one,
    )  # fmt: skip
    return run_steps({id: step(id, after.get(id, ())) for id in memory.needs}, work, threads=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, LIMIT + 3), min_size=1, max_size=8))
def test_only_what_needs_more_than_all_memory_fails(needs: list[int]) -> None:
    memory = Memory({f"s{number}": need for number, need in enumerate(needs)})
    results = done(memory, {})
    assert results.keys() == memory.needs.keys()
    for id, need in memory.needs.items():
        wanted = Status.ERROR if need > LIMIT + 1 else Status.SUCCESS
        assert results[id].status is wanted, (id, need, needs)
    assert (memory.narrowed == 1) == any(need > LIMIT for need in needs)


def test_steps_are_done_one_after_another_once_memory_did_not_suffice() -> None:
    memory = Memory({f"s{number}": 4 for number in range(24)}, meet=4)
    results = done(memory, {})
    assert {result.status for result in results.values()} == {Status.SUCCESS}
    assert memory.said == [
        "memory does not suffice for several steps at once: one after another from here on"
    ]
    # Those that were at work already end beside each other.
    assert set(memory.after_first[4:]) == {1}
    assert len(memory.after_first) >= 12
    assert memory.let_go_after >= 12


def test_steps_are_done_one_after_another_once_there_is_more_data_than_memory() -> None:
    memory = Memory({f"s{number}": 1 for number in range(24)}, meet=4, outgrown=8)
    results = done(memory, {})
    assert {result.status for result in results.values()} == {Status.SUCCESS}
    assert max(memory.together[:8]) > 1
    # Those that were at work already end beside each other; what is found out once holds.
    assert set(memory.together[12:]) == {1}
    assert memory.said == [], "nothing has failed"


def test_a_step_that_was_done_again_is_waited_for() -> None:
    memory = Memory({"a": 6, "b": 6, "c": 1})
    results = done(memory, {"c": ("a", "b")})
    assert list(results)[-1] == "c"
    assert {result.status for result in results.values()} == {Status.SUCCESS}


def test_what_waits_for_a_step_that_fails_for_good_is_skipped() -> None:
    memory = Memory({"a": 12, "b": 6, "c": 1})
    results = done(memory, {"c": ("a",)})
    found = {id: result.status for id, result in results.items()}
    assert found == {"a": Status.ERROR, "b": Status.SUCCESS, "c": Status.SKIPPED}
    assert len(memory.said) == 2


def test_what_was_read_is_kept_while_memory_suffices() -> None:
    memory = Memory({f"s{number}": 1 for number in range(5)})
    room = Room(
        Width(None),
        memory.narrow,
        memory.spare,
        lambda: memory.said.append("let go"),
        memory.said.append,
    )
    assert not any(room.again(Result(id, Status.SUCCESS)) for id in memory.needs)
    assert memory.said == []
    assert memory.spared == len(memory.needs), "after each step"


@pytest.mark.parametrize(
    ("kind", "message", "found"),
    [
        ("Out of Memory", "failed to pin block of size 256.0 KiB (953.5 MiB/953.6 MiB used)", True),
        ("TransactionContext", "Failed to commit: could not allocate block of size 256.0 KiB (953.5 MiB/953.6 MiB used)", True),
        ("TransactionContext", "Failed to commit: PRIMARY KEY or UNIQUE constraint violation: duplicate key", False),
        ("Invalid Input", "could not allocate", False),
    ],
)  # fmt: skip
def test_a_commit_that_lacked_memory_was_an_error_for_good(
    kind: str, message: str, found: bool
) -> None:
    assert SqlError(kind, message, "create table a as select 1", None).out_of_memory is found
