"""What every command did: a log beside the releases, folded into the file at each publishing.

The log is append-only, a JSON object a line; it also knows the commands that published nothing. In
the file it is `_runner.invocations` and `_runner.history`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from runner.app.command import given_arguments
from runner.app.database import open_readers
from runner.app.invocations import Invocation, ci_id, read_log
from runner.app.ledger import SCHEMA, insert
from runner.app.load import Loaded, Options, Outside, load
from runner.app.warehouse import Warehouse
from runner.engines import Rows, Session
from runner.engines.duckdb import VERSION
from runner.errors import Exit, ProjectError, did_you_mean
from runner.output.tables import table_text
from runner.plan.status import Status
from runner.project.nodes import literal, quote
from runner.run.events import Result


def describe_invocation(
    loaded: Loaded,
    options: Options,
    outside: Outside,
    results: Iterable[Result],
    *,
    seconds: float,
    interrupted: bool,
    published: bool | None,
) -> Invocation:
    """A command as the log tells of it. Values of secret variables are never among its arguments."""
    known = list(results)
    bad = any(result.status.is_bad for result in known)
    done = any(result.status is not Status.REUSED for result in known)
    status = "interrupted" if interrupted else "failed" if bad else "done" if done else "unchanged"
    return Invocation(
        id=loaded.world.invocation_id,
        started_at=loaded.world.started_at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        seconds=round(seconds, 3),
        command=options.command,
        arguments=json.dumps(given_arguments(options), default=str, sort_keys=True),
        status=status,
        published=published,
        ci=ci_id(outside.environ),
        steps=tuple(_step(result) for result in known if result.status is not Status.REUSED),
        duckdb=VERSION,
    )


def _step(result: Result) -> Mapping[str, object]:
    return {
        "id": result.id,
        "status": str(result.status),
        "seconds": round(result.seconds, 4),
        "rows": result.rows,
        "failures": result.failures,
        "message": result.message,
    }


def fold(session: Session, database: str, folder: Path, current: Invocation) -> None:
    """Put the invocations of the log, and the current one, into the file that is built."""
    schema = f"{quote(database)}.{quote(SCHEMA)}"
    there = {
        str(r[0]) for r in session.query(f"select invocation_id from {schema}.invocations").values
    }
    for said in (*read_log(folder), json.loads(current.as_json())):
        if said["id"] in there:
            continue
        there.add(str(said["id"]))
        values = (said["id"], said["started_at"], said["seconds"], said["command"], said["arguments"],
                  said["status"], said["runner"], said["duckdb"], said["ci"], said["published"])  # fmt: skip
        insert(session, f"{schema}.invocations", [values])
        steps = [
            (said["id"], s["id"], s["status"], None, s["seconds"], s["rows"], s["failures"], s["message"])
            for s in said["steps"]
        ]  # fmt: skip
        insert(session, f"{schema}.history", steps)


def show_history(
    options: Options, outside: Outside, name: str | None, limit: int, say: Callable[[str], None],
    *, width: int | None,
) -> int:  # fmt: skip
    """Print the last invocations, or the last times that one node was built or tested.

    The file tells of them up to its publishing, the log beside it of those since. Raises
    ProjectError where nothing was done yet, and for a name that no node has.
    """
    loaded = load(options, outside)
    unique_id = None if name is None else _named(loaded, name)
    place = Warehouse(loaded.config, loaded.target, outside.folder).place
    log = [] if place is None else read_log(place.folder)
    with open_readers(loaded) as (inventory, session):
        published = (loaded.target.database.lower(), SCHEMA, "history") in inventory.objects
        if not log and not published:
            raise ProjectError("there is no history yet", hint="make it: runner build")
        schema = f"{quote(loaded.target.database)}.{quote(SCHEMA)}"
        told: list[tuple[object, ...]] = []
        if session is not None and published:
            ids = session.query(f"select invocation_id from {schema}.invocations").values
            there = {row[0] for row in ids}
            log = [said for said in log if said["id"] not in there]
            told += session.query(_in_file(schema, unique_id, limit)).values
    told += [row for said in log for row in _in_log(said, unique_id)]
    told.sort(key=lambda row: str(row[1]))
    told.sort(key=lambda row: str(row[0]), reverse=True)
    columns = INVOCATIONS if unique_id is None else STEPS
    rows = [(str(began)[:19], *rest) for began, _, *rest in told[:limit]]
    shown = Rows(("started_at", *columns), ("VARCHAR", *columns.values()), rows)
    say(table_text(shown, width=width, limit=None).rstrip("\n"))
    return int(Exit.DONE)


INVOCATIONS = {"command": "VARCHAR", "status": "VARCHAR", "published": "BOOLEAN", "seconds": "DOUBLE",
               "steps": "BIGINT", "ci_id": "VARCHAR"}  # fmt: skip
STEPS = {"command": "VARCHAR", "status": "VARCHAR", "row_count": "BIGINT", "failures": "BIGINT",
         "seconds": "DOUBLE", "message": "VARCHAR"}  # fmt: skip
"""What is shown of invocations, and of the steps of one node, after the time they began."""


def _named(loaded: Loaded, name: str) -> str:
    labels = {node.label: node.id for node in loaded.nodes.values()}
    labels |= {node.name: node.id for node in loaded.nodes.values()}
    if name not in labels:
        raise ProjectError(f"there is no node {name!r}", hint=did_you_mean(name, labels))
    return labels[name]


def _in_file(schema: str, unique_id: str | None, limit: int) -> str:
    """The query of the file's invocations or steps: when they began, whose, and what is shown."""
    began = "strftime(i.started_at, '%Y-%m-%d %H:%M:%S.%f'), i.invocation_id, i.command"
    last = f"order by i.started_at desc, i.invocation_id limit {limit}"
    if unique_id is None:
        steps = f"select count(*) from {schema}.history h where h.invocation_id = i.invocation_id"
        shown = f"{began}, i.status, i.published, i.seconds, ({steps}), i.ci_id"
        return f"select {shown} from {schema}.invocations i {last}"
    return (
        f"select {began}, h.status, h.row_count, h.failures, h.seconds, h.message"
        f" from {schema}.history h join {schema}.invocations i using (invocation_id)"
        f" where h.unique_id = {literal(unique_id)} {last}"
    )


def _in_log(said: Mapping[str, Any], unique_id: str | None) -> list[tuple[object, ...]]:
    """The same of a line of the log."""
    began = (said["started_at"], said["id"], said["command"])
    if unique_id is None:
        steps = len(said["steps"])
        return [(*began, said["status"], said["published"], said["seconds"], steps, said["ci"])]
    return [
        (*began, step["status"], step["rows"], step["failures"], step["seconds"], step["message"])
        for step in said["steps"] if step["id"] == unique_id
    ]  # fmt: skip
