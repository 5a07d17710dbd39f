"""`--log-format json`: one JSON object a line for each event, in the shape of dbt's logs.

    {"info": {"name", "code", "level", "msg", "ts", "invocation_id", "pid", "thread",
              "category", "extra"},
     "data": {…}}

`info` is the same for each line: `ts` is UTC to the microsecond, `level` is debug, info, warn or
error, `msg` is the sentence that a person would read. Names and codes are dbt's where dbt has the
event, so that readers of its logs find what they look for:

    event         name              code  data
    Started       ConcurrencyLine   Q027  command, node_count, num_threads, target_name
    StepStarted   NodeStart         Q024  node_info
    StepFinished  NodeFinished      Q025  node_info, run_result, index, total
    Logged        JinjaLogInfo …    I062… msg, place (path, line, column, or null)
    Finished      CommandCompleted  Q039  success, elapsed, interrupted, published, database,
                                          stats (status → count), notes

`node_info` has unique_id, node_name, resource_type, materialized, node_status, node_started_at,
node_finished_at, node_relation (relation_name), and place. `run_result` has status, message,
execution_time, num_failures, rows, thread, timing_info, adapter_response, sample (columns, types,
values), compiled_code, error (message, place, hint).

Values that JSON does not know (decimals, dates, bytes) are text. Lines are ASCII, so no encoding of
the stream can lose one. Knows nothing of the console.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TextIO

from runner.errors import Location, RunnerError, describe
from runner.output.values import dumps
from runner.output.words import duration, plural
from runner.run.events import (
    Event,
    Finished,
    Listener,
    Logged,
    Result,
    Rows,
    Started,
    Status,
    StepFinished,
    StepStarted,
)

_LEVELS = {"warning": "warn", "print": "info"}
_STEP_LEVELS = {Status.FAIL: "error", Status.ERROR: "error", Status.WARN: "warn"}
_LOGGED = {
    "debug": ("JinjaLogDebug", "I063"),
    "info": ("JinjaLogInfo", "I062"),
    "warn": ("JinjaLogWarning", "I061"),
    "error": ("LogMessage", "Z000"),
}


def jsonlines(
    stream: TextIO, *, invocation_id: str, pid: int, now: Callable[[], datetime]
) -> Listener:
    """A listener that writes each event as a line, at once. May be called from any thread."""
    lock = threading.Lock()
    begun: dict[str, datetime] = {}

    def listen(event: Event) -> None:
        with lock:
            moment = now()
            if isinstance(event, StepStarted):
                begun[event.id] = moment
            started = begun.get(event.id) if isinstance(event, StepFinished) else None
            line = event_line(
                event, at=moment, started=started, invocation_id=invocation_id, pid=pid
            )
            stream.write(line + "\n")
            stream.flush()

    return listen


def event_line(
    event: Event, *, at: datetime, started: datetime | None, invocation_id: str, pid: int
) -> str:
    """One event as JSON; see the module for its keys. started: when a finished step began."""
    name, code, level, message, data = _described(event, at, started)
    thread = event.result.thread if isinstance(event, StepFinished) else _thread_name()
    info = {
        "category": "",
        "code": code,
        "extra": {},
        "invocation_id": invocation_id,
        "level": level,
        "msg": message,
        "name": name,
        "pid": pid,
        "thread": thread,
        "ts": _stamp(at),
    }
    return dumps({"info": info, "data": data})


def _thread_name() -> str:
    return threading.current_thread().name


def _described(
    event: Event, at: datetime, started: datetime | None
) -> tuple[str, str, str, str, Mapping[str, object]]:
    """Name, code, level, message and data of an event."""
    match event:
        case Started():
            message = f"Concurrency: {plural(event.threads, 'thread')} (target='{event.target}')"
            data: dict[str, object] = {
                "command": event.command,
                "node_count": event.total,
                "num_threads": event.threads,
                "target_name": event.target,
            }
            return "ConcurrencyLine", "Q027", "info", message, data
        case StepStarted():
            data = {"node_info": _node_info(event.id, event.name, event.kind, "started", at, None)}
            return "NodeStart", "Q024", "debug", f"Began running node {event.id}", data
        case StepFinished():
            return _step_finished(event, at, started)
        case Logged():
            level = _LEVELS.get(event.level, event.level)
            name, code = _LOGGED.get(level, _LOGGED["info"])
            message = f"{event.at}: {event.message}" if event.at else event.message
            data = {"msg": event.message, "place": _place(event.at)}
            return name, code, level, message, data
        case Finished():
            return _finished(event)


def _step_finished(
    event: StepFinished, at: datetime, started: datetime | None
) -> tuple[str, str, str, str, Mapping[str, object]]:
    result = event.result
    status = str(result.status)
    message = f"{event.done} of {event.total} {status.upper()} {event.kind} {event.name}"
    message += f" in {duration(result.seconds)}"
    if result.message:
        message += f": {result.message}"
    level = _STEP_LEVELS.get(result.status, "info")
    info = _node_info(event.id, event.name, event.kind, status, started, at)
    info["node_relation"] = {"relation_name": result.relation or ""}
    info["place"] = _place(result.at)
    data = {
        "node_info": info,
        "run_result": _run_result(result),
        "index": event.done,
        "total": event.total,
    }
    return "NodeFinished", "Q025", level, message, data


def _finished(event: Finished) -> tuple[str, str, str, str, Mapping[str, object]]:
    success = not event.interrupted and not any(r.status.is_bad for r in event.results)
    word = "succeeded" if success else "was interrupted" if event.interrupted else "failed"
    message = f"Command {word} after {duration(event.seconds)}"
    data = {
        "success": success,
        "elapsed": event.seconds,
        "interrupted": event.interrupted,
        "published": event.published,
        "database": event.database,
        "stats": dict(Counter(str(result.status) for result in event.results)),
        "notes": event.notes,
    }
    return "CommandCompleted", "Q039", "info" if success else "error", message, data


def _node_info(
    id: str, name: str, kind: str, status: str, started: datetime | None, ended: datetime | None
) -> dict[str, object]:
    return {
        "unique_id": id,
        "node_name": name,
        "resource_type": id.partition(".")[0],
        "materialized": kind,
        "node_status": status,
        "node_started_at": _stamp(started) if started else "",
        "node_finished_at": _stamp(ended) if ended else "",
    }


def _run_result(result: Result) -> dict[str, object]:
    return {
        "status": str(result.status),
        "message": result.message,
        "execution_time": result.seconds,
        "num_failures": result.failures,
        "rows": result.rows,
        "thread": result.thread,
        "timing_info": [
            {
                "name": timing.name,
                "started_at": _stamp(timing.started_at),
                "completed_at": _stamp(timing.completed_at),
            }
            for timing in result.timing
        ],
        "adapter_response": result.response,
        "sample": _rows(result.sample),
        "compiled_code": result.compiled,
        "error": _error(result.error),
    }


def _rows(rows: Rows | None) -> dict[str, object] | None:
    if rows is None:
        return None
    return {"columns": rows.columns, "types": rows.types, "values": list(rows.values)}


def _error(error: RunnerError | None) -> dict[str, object] | None:
    if error is None:
        return None
    return {
        "message": error.message,
        "place": _place(error.at),
        "hint": error.hint,
        "text": describe(error),
    }


def _place(at: Location | None) -> dict[str, object] | None:
    return None if at is None else {"path": at.path, "line": at.line, "column": at.column}


def _stamp(moment: datetime) -> str:
    """UTC to the microsecond with a Z; a moment without a zone is UTC already."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"
