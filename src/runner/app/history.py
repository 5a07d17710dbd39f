"""What every command did: a log beside the releases, folded into the file at each publishing.

The log is append-only, a JSON object a line; it also knows the commands that published nothing. In
the file it is `_runner.invocations` and `_runner.history`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from runner.app.command import given_arguments
from runner.app.database import open_readers
from runner.app.invocations import Invocation, ci_id, read_log
from runner.app.ledger import SCHEMA, insert
from runner.app.load import Loaded, Options, Outside, load
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
    """Print the last invocations, or the last times that one node was built or tested."""
    loaded = load(options, outside)
    with open_readers(loaded) as (inventory, session):
        schema = f"{quote(loaded.target.database)}.{quote(SCHEMA)}"
        known = (loaded.target.database.lower(), SCHEMA, "history") in inventory.objects
        if session is None or not known:
            raise ProjectError("there is no history yet", hint="make it: runner build")
        if name is None:
            rows = session.query(
                "select strftime(started_at, '%Y-%m-%d %H:%M:%S') as started_at, command, status,"
                " published, seconds, (select count(*) from"
                f" {schema}.history h where h.invocation_id = i.invocation_id) as steps, ci_id"
                f" from {schema}.invocations i order by i.started_at desc, i.invocation_id limit {limit}"
            )
        else:
            labels = {node.label: node.id for node in loaded.nodes.values()}
            labels |= {node.name: node.id for node in loaded.nodes.values()}
            if name not in labels:
                raise ProjectError(f"there is no node {name!r}", hint=did_you_mean(name, labels))
            rows = session.query(
                "select strftime(i.started_at, '%Y-%m-%d %H:%M:%S') as started_at, i.command, h.status,"
                " h.row_count, h.failures, h.seconds, h.message"
                f" from {schema}.history h join {schema}.invocations i using (invocation_id)"
                f" where h.unique_id = {literal(labels[name])}"
                f" order by i.started_at desc, i.invocation_id limit {limit}"
            )
    say(
        table_text(Rows(rows.columns, rows.types, rows.values), width=width, limit=None).rstrip(
            "\n"
        )
    )
    return int(Exit.DONE)
