"""Steps over threads: each when what it waits for has ended well, the most urgent first.

Knows steps, threads and outcomes; what a step does is a function that the caller gives.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct

from runner.plan.plan import Step
from runner.plan.status import Status
from runner.run.events import Result

S = TypeVar("S")


class Work(Struct, Generic[S], frozen=True):
    """How steps are run.

    open: a session for one thread. run: does a step, never raises but for bugs.
    interrupt: stops what the sessions are doing, from another thread.
    together: what stands for the steps that this one may be done along with, of those that are ready
    as well; nothing: it is done alone.
    run_together: does such steps; their results in their order.
    waiting: called every half second in which no step ended, with how many seconds it has been.
    again: shall a step that ended like this be done once more?
    one_by_one: are steps to be done one after another by now? Asked before each that is begun.
    """

    open: Callable[[], S]
    run: Callable[[Step, S], Result]
    close: Callable[[S], None]
    interrupt: Callable[[S], None]
    started: Callable[[Step], None]
    finished: Callable[[Step, Result], None]
    together: Callable[[Step], object] = lambda step: None
    run_together: Callable[[Sequence[Step], S], Sequence[Result]] | None = None
    waiting: Callable[[float], None] = lambda seconds: None
    again: Callable[[Result], bool] = lambda result: False
    one_by_one: Callable[[], bool] = lambda: False


GROUP = 100
"""Steps that are done together at most."""


Done: TypeAlias = SimpleQueue[tuple[tuple[Step, ...], Sequence[Result] | BaseException]]


class Interruption(Exception):  # no error of the program's
    """Ctrl-C: the results so far, those of the steps that were not run among them."""

    def __init__(self, results: dict[str, Result]) -> None:
        super().__init__()
        self.results = results


def run_steps(
    steps: Mapping[str, Step], work: Work[S], *, threads: int, fail_fast: bool = False
) -> dict[str, Result]:
    """Run the steps of a plan: id → result, in the order of their ending.

    A step whose predecessor failed, or was skipped, is skipped, and only that. With fail_fast
    nothing new is begun after the first failure. Raises Interruption on Ctrl-C, when every running
    statement has been stopped.
    """
    results: dict[str, Result] = {}
    waiting = {id: len(step.after) for id, step in steps.items()}
    readers: dict[str, list[str]] = {id: [] for id in steps}
    order = {id: number for number, id in enumerate(steps)}
    for step in steps.values():
        for id in step.after:
            readers[id].append(step.id)
    ready = [(-s.priority, order[s.id], s.id) for s in steps.values() if not waiting[s.id]]
    heapq.heapify(ready)
    todo: SimpleQueue[tuple[Step, ...] | None] = SimpleQueue()
    done: Done = SimpleQueue()
    count = max(1, min(threads, len(steps)))
    sessions: list[S] = []
    workers: list[threading.Thread] = []
    stopping = threading.Event()

    def work_on(session: S) -> None:
        while (group := todo.get()) is not None and not stopping.is_set():
            try:
                if len(group) == 1 or work.run_together is None:
                    done.put((group, [work.run(step, session) for step in group]))
                else:
                    done.put((group, work.run_together(group, session)))
            except BaseException as error:
                done.put((group, error))

    def at_once() -> int:
        return 1 if work.one_by_one() else count

    def together(step: Step) -> object:
        return None if step.id in repeated else work.together(step)

    def next_group() -> tuple[Step, ...]:
        first = steps[heapq.heappop(ready)[2]]
        company = None if fail_fast or work.run_together is None else together(first)
        if not company:
            return (first,)
        others = [id for _, _, id in ready if together(steps[id]) == company][: GROUP - 1]
        if others:
            taken = set(others)
            ready[:] = [item for item in ready if item[2] not in taken]
            heapq.heapify(ready)
        return (first, *(steps[id] for id in others))

    def finish(step: Step, result: Result) -> None:
        results[step.id] = result
        work.finished(step, result)
        blocked = result.status.is_bad or result.status is Status.SKIPPED
        for id in readers[step.id]:
            waiting[id] -= 1
            if blocked:
                causes.setdefault(id, step)
            if waiting[id] == 0:
                if id in causes:
                    skip(steps[id], causes[id])
                else:
                    heapq.heappush(ready, (-steps[id].priority, order[id], id))

    causes: dict[str, Step] = {}

    def skip(step: Step, cause: Step) -> None:
        skipped.append((step, _skipped(step, cause, results.get(cause.id))))

    skipped: list[tuple[Step, Result]] = []
    repeated: set[str] = set()
    running = 0
    failed = False
    try:
        while ready or running or skipped:
            while skipped:
                finish(*skipped.pop())
            while ready and running < at_once() and not (fail_fast and failed):
                group = next_group()
                if len(workers) <= running:
                    sessions.append(work.open())
                    thread = threading.Thread(
                        target=work_on, args=(sessions[-1],), name=f"Thread-{len(workers) + 1}",
                        daemon=True,
                    )  # fmt: skip
                    thread.start()
                    workers.append(thread)
                running += 1
                for step in group:
                    work.started(step)
                todo.put(group)
            if not running:
                if fail_fast and failed:
                    break
                continue
            group, outcome = _next(done, work.waiting)
            running -= 1
            if isinstance(outcome, BaseException):
                raise outcome
            for step, result in zip(group, outcome, strict=True):
                if work.again(result):
                    repeated.add(step.id)
                    heapq.heappush(ready, (-math.inf, order[step.id], step.id))
                else:
                    failed = failed or result.status.is_bad
                    finish(step, result)
        for step in steps.values():
            if step.id not in results:
                finish_unrun(step, results, work, "not run: --fail-fast after a failure")
    except KeyboardInterrupt:
        stopping.set()
        for _ in workers:
            todo.put(None)
        while alive := [thread for thread in workers if thread.is_alive()]:
            # Again and again: a statement may begin only after the first time.
            for session in sessions:
                work.interrupt(session)
            alive[0].join(timeout=0.05)
        while not done.empty():
            group, outcome = done.get()
            if isinstance(outcome, BaseException):
                continue
            for step, result in zip(group, outcome, strict=True):
                results[step.id] = result
                work.finished(step, result)
        for step in steps.values():
            if step.id not in results:
                results[step.id] = Result(step.id, Status.SKIPPED, "not run: interrupted")
        raise Interruption(results) from None
    finally:
        for _ in workers:
            todo.put(None)
        for thread in workers:
            thread.join(timeout=30)
        for session in sessions:
            work.close(session)
    return results


def finish_unrun(step: Step, results: dict[str, Result], work: Work[S], message: str) -> None:
    """A step that was not begun, as skipped."""
    results[step.id] = Result(step.id, Status.SKIPPED, message)
    work.finished(step, results[step.id])


def _next(
    done: Done, waiting: Callable[[float], None]
) -> tuple[tuple[Step, ...], Sequence[Result] | BaseException]:
    """The next outcome; waits in short turns, so that Ctrl-C is heard on every platform."""
    from queue import Empty

    seconds = 0.0
    while True:
        try:
            return done.get(timeout=0.5)
        except Empty:
            seconds += 0.5
            waiting(seconds)


def _skipped(step: Step, cause: Step, result: Result | None) -> Result:
    if result is not None and result.status is Status.SKIPPED and result.message:
        return Result(step.id, Status.SKIPPED, result.message)
    what = "test " if cause.kind in ("test", "unit_test") else ""
    return Result(step.id, Status.SKIPPED, f"because {what}{cause.node.label} failed")
