"""The ledger in the warehouse file: schema `_runner`, read before a build and written with it.

`_runner.nodes` tells how each node was last built, `_runner.invocations` and `_runner.history` what
every command did. All three are plain tables, made to be queried and charted.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from runner.engines import Inventory, Session
from runner.plan.ledger import EMPTY_LEDGER, FORMAT, Entry, Ledger, entry_from
from runner.project.nodes import quote

SCHEMA = "_runner"
TABLES = (
    "create table if not exists {s}.meta (key varchar primary key, value varchar)",
    "create table if not exists {s}.nodes (unique_id varchar primary key, resource_type varchar,"
    " relation varchar, status varchar, row_count bigint, seconds double, built_at timestamp,"
    " invocation_id varchar, fingerprint varchar, entry varchar)",
    "create table if not exists {s}.invocations (invocation_id varchar, started_at timestamp,"
    " seconds double, command varchar, arguments varchar, status varchar, runner_version varchar,"
    " duckdb_version varchar, ci_id varchar, published boolean)",
    "create table if not exists {s}.history (invocation_id varchar, unique_id varchar, status varchar,"
    " reason varchar, seconds double, row_count bigint, failures bigint, message varchar)",
)


def file_iteration(file: IO[bytes]) -> int:
    """How often a DuckDB file was written: the larger iteration of its two database headers.

    A file that was only copied, or opened and closed, keeps its number. The open file is read from,
    not opened anew: closing a second handle would let go of the locks that the process has on it.
    """
    head = os.pread(file.fileno(), 3 * 4096, 0) if hasattr(os, "pread") else _from_start(file)
    if len(head) < 3 * 4096:
        return -1
    return max(int(struct.unpack("<Q", head[at + 8 : at + 16])[0]) for at in (4096, 8192))


def _from_start(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(3 * 4096)


def has_ledger(inventory: Inventory, database: str) -> bool:
    """Does the database hold a ledger?"""
    return (database.lower(), SCHEMA, "nodes") in inventory.objects


def read_ledger(session: Session, database: str, file: IO[bytes]) -> tuple[Ledger, bool]:
    """The ledger of a file, and whether nobody else has written to the file since.

    An entry that cannot be read counts as none.
    """
    schema = f"{quote(database)}.{quote(SCHEMA)}"
    meta = {
        str(k): str(v) for k, v in session.query(f"select key, value from {schema}.meta").values
    }
    if meta.get("format") != str(FORMAT):
        return EMPTY_LEDGER, False
    entries: dict[str, Entry] = {}
    for id, text in session.query(f"select unique_id, entry from {schema}.nodes").values:
        try:
            entries[str(id)] = entry_from(str(text))
        except (ValueError, KeyError, TypeError):
            continue
    files = {
        str(path): (int(size), int(mtime), str(content))
        for path, (size, mtime, content) in json.loads(meta.get("files", "{}")).items()
    }
    sources = {str(k): str(v) for k, v in json.loads(meta.get("sources", "{}")).items()}
    trusted = meta.get("iteration") == str(file_iteration(file))
    return Ledger(entries, files, sources), trusted


def write_ledger(
    session: Session,
    database: str,
    ledger: Ledger,
    changed: Mapping[str, Entry],
    gone: Iterable[str],
    types: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the entries of a build, with the columns of what was built."""
    schema = f"{quote(database)}.{quote(SCHEMA)}"
    session.execute(f"create schema if not exists {schema}")
    for statement in TABLES:
        session.execute(statement.format(s=schema))
    filled = {
        id: replace(entry, columns=tuple(types.get(id, {}).items()))
        for id, entry in changed.items()
    }
    dropped = ", ".join(_text(id) for id in (*filled, *gone))
    session.execute("begin")
    if dropped:
        session.execute(f"delete from {schema}.nodes where unique_id in ({dropped})")
    _insert(session, f"{schema}.nodes", [_row(entry) for entry in filled.values()])
    meta = {
        "format": str(FORMAT),
        "files": json.dumps(ledger.files),
        "sources": json.dumps(ledger.sources),
        "iteration": "-1",
    }
    session.execute(f"delete from {schema}.meta")
    _insert(session, f"{schema}.meta", [f"({_text(k)}, {_text(v)})" for k, v in meta.items()])
    session.execute("commit")


def seal(session: Session, database: str, file: Path) -> None:
    """Note in the file how often it will have been written when it is published.

    The last statement before the final checkpoint: what is written afterwards is somebody else's.
    """
    session.execute("checkpoint")
    with open(file, "rb") as opened:
        written = file_iteration(opened)
    schema = f"{quote(database)}.{quote(SCHEMA)}"
    session.execute(f"update {schema}.meta set value = '{written + 1}' where key = 'iteration'")


def _insert(session: Session, table: str, rows: list[str]) -> None:
    for start in range(0, len(rows), 500):
        session.execute(f"insert into {table} values {', '.join(rows[start : start + 500])}")


def _row(entry: Entry) -> str:
    values = (
        _text(entry.id), _text(entry.kind), _text(entry.relation), _text(entry.status),
        "null" if entry.rows is None else str(entry.rows), str(entry.seconds),
        _text(entry.built_at), _text(entry.invocation), _text(entry.own), _text(entry.as_json()),
    )  # fmt: skip
    return f"({', '.join(values)})"


def _text(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def ci_id(environ: Mapping[str, str]) -> str | None:
    """What the build server calls this run, where there is one."""
    for name in ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG", "BUILD_ID"):
        if environ.get(name):
            return environ[name]
    return None


def time_zone(environ: Mapping[str, str]) -> str:
    """The time zone that the session will be in, as far as the system states it."""
    if environ.get("TZ"):
        return environ["TZ"]
    try:
        return os.readlink("/etc/localtime").rpartition("zoneinfo/")[2]
    except OSError:
        return "system"
