"""run_results.json, version 6: how the steps of a command ended.

`run_results` is pure; `run_results_file` is a listener that keeps the file up to date.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from runner.errors import describe
from runner.output.artifacts.configs import Json
from runner.output.artifacts.inputs import Invocation, metadata, timings
from runner.output.artifacts.write import json_without, write_text
from runner.project.nodes import Kind
from runner.run.events import Event, Finished, Listener, Result, Status, StepFinished

_NEVER_COMPILED = (Kind.SEED, Kind.EXPOSURE, Kind.SOURCE, Kind.SAVED_QUERY)
_IDLE_FOR_WORK = 20


def run_results(results: Iterable[Result], invocation: Invocation, *, elapsed: float) -> Json:
    """The results of a command. elapsed: seconds of the whole."""
    return {
        **_head(invocation),
        "results": [result_of(r) for r in results],
        "elapsed_time": elapsed,
    }


def result_of(result: Result) -> Json:
    """One step's result."""
    has_code = result.id.partition(".")[0] not in _NEVER_COMPILED
    return {
        "status": str(result.status),
        "timing": timings(result.timing),
        "thread_id": result.thread,
        "execution_time": result.seconds,
        "adapter_response": _response(result),
        "message": _message(result),
        "failures": result.failures,
        "unique_id": result.id,
        "compiled": result.compiled is not None if has_code else None,
        "compiled_code": result.compiled if has_code else None,
        "relation_name": result.relation if has_code else None,
        "batch_results": None,
        "overload_results": {"successful": [], "failed": []}
        if result.id.startswith(f"{Kind.FUNCTION}.")
        else None,
    }


def run_results_file(
    path: Path,
    invocation: Invocation,
    *,
    clock: Callable[[], float],
    secrets: Iterable[str] = (),
) -> Listener:
    """A listener that rewrites the file as steps finish, so that a crash loses next to nothing.

    Each result is encoded once. The file is rewritten when a step finishes and twenty times as long
    has passed as the last writing took: for a few hundred steps that is nearly each time, for ten
    thousand it stays below 5 % of the time. It is complete when the command has finished.
    clock: seconds that only go forward.
    """
    hidden = tuple(secrets)
    encoded: list[str] = []
    lock = threading.Lock()
    began = clock()
    free_from = began
    head = json_without(_head(invocation), hidden)[:-1]

    def write(elapsed: float) -> None:
        nonlocal free_from
        start = clock()
        results = ",\n".join(encoded)
        write_text(path, f'{head}, "results": [\n{results}\n], "elapsed_time": {elapsed!r}}}\n')
        free_from = clock() + _IDLE_FOR_WORK * (clock() - start)

    def listen(event: Event) -> None:
        with lock:
            if isinstance(event, StepFinished):
                encoded.append(json_without(result_of(event.result), hidden))
                if clock() >= free_from:
                    write(clock() - began)
            elif isinstance(event, Finished):
                encoded[:] = [json_without(result_of(r), hidden) for r in event.results]
                write(event.seconds)

    return listen


def _head(invocation: Invocation) -> Json:
    return {
        "metadata": metadata(invocation, "run-results/v6"),
        "args": {
            **invocation.args,
            "which": invocation.command,
            "vars": dict(invocation.vars),
            "target": invocation.target_name,
            "runner_version": invocation.version,
        },
    }


def _message(result: Result) -> str | None:
    if result.error is not None:
        return describe(result.error)
    return result.message or None


def _response(result: Result) -> Json:
    response = dict(result.response)
    if result.status in (Status.SUCCESS, Status.REUSED):
        response.setdefault("_message", "OK")
        if result.rows is not None:
            response.setdefault("rows_affected", result.rows)
    return response
