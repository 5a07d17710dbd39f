"""run_results.json, version 6: how the steps of a command ended.

Pure: a dictionary comes out, ready for `write_json`, or the same as text.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import json

from runner.errors import describe
from runner.output.artifacts.inputs import Invocation, metadata, timings
from runner.output.values import dumps
from runner.project.nodes import Kind
from runner.run.events import Result, Status
from runner.template.configs import Json

_NEVER_COMPILED = (Kind.SEED, Kind.EXPOSURE, Kind.SOURCE, Kind.SAVED_QUERY)


def run_results(results: Iterable[Result], invocation: Invocation, *, elapsed: float) -> Json:
    """The results of a command. elapsed: seconds of the whole."""
    return {
        **_head(invocation),
        "results": [result_of(r) for r in results],
        "elapsed_time": elapsed,
    }


def run_results_text(results: Iterable[Result], invocation: Invocation, *, elapsed: float) -> bytes:
    """The same as JSON in UTF-8. What answers differ by is left to `dumps`; the results, of texts and
    numbers alone, are many and msgspec's. Raises UnicodeEncodeError for a text that is not Unicode.
    """
    head = dumps(_head(invocation)).encode()
    found = json.encode([result_of(r) for r in results])
    return b'%s, "results": %s, "elapsed_time": %s}' % (head[:-1], found, json.encode(elapsed))


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
        "failures": 0 if result.status is Status.PASS else result.failures,
        "unique_id": result.id,
        "compiled": result.compiled is not None if has_code else None,
        "compiled_code": result.compiled if has_code else None,
        "relation_name": result.relation if has_code else None,
        "batch_results": None,
        "overload_results": {"successful": [], "failed": []}
        if result.id.startswith(f"{Kind.FUNCTION}.")
        else None,
    }


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
