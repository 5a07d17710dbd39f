"""sources.json, version 3: how fresh the sources are.

Pure: a dictionary comes out, ready for `write_json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runner.output.artifacts.inputs import Freshness, Invocation, metadata, stamp, timings
from runner.project.nodes import Node
from runner.template.configs import Json, freshness

_NO_THRESHOLDS: Json = {
    "warn_after": {"count": None, "period": None},
    "error_after": {"count": None, "period": None},
    "filter": None,
}


def sources(
    results: Iterable[Freshness],
    nodes: Mapping[str, Node],
    invocation: Invocation,
    *,
    elapsed: float,
) -> Json:
    """What `source freshness` found. elapsed: seconds of the whole."""
    return {
        "metadata": metadata(invocation, "sources/v3"),
        "results": [_result(result, nodes.get(result.id)) for result in results],
        "elapsed_time": elapsed,
    }


def _result(result: Freshness, node: Node | None) -> Json:
    loaded, seen = result.max_loaded_at, result.snapshotted_at
    if result.error is not None or loaded is None or seen is None:
        return {"unique_id": result.id, "error": result.error, "status": "runtime error"}
    source = node.definition.source if node else None
    return {
        "unique_id": result.id,
        "max_loaded_at": stamp(loaded),
        "snapshotted_at": stamp(seen),
        "max_loaded_at_time_ago_in_s": (seen - loaded).total_seconds(),
        "status": result.status,
        "criteria": (freshness(source.freshness) if source else None) or _NO_THRESHOLDS,
        "adapter_response": dict(result.response),
        "timing": timings(result.timing),
        "thread_id": result.thread,
        "execution_time": result.seconds,
    }
