"""The ledger in the warehouse file: schema `_runner`, read before a build and written with it.

`_runner.nodes` tells how each node was last built, `_runner.invocations` and `_runner.history` what
every command did. All three are plain tables, made to be queried and charted.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from msgspec.structs import replace

from runner.engines import Inventory, Session
from runner.plan.ledger import EMPTY_LEDGER, FORMAT, Entry, Ledger, entry_from
from runner.project.nodes import literal, quote

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
        return EMPTY_LEDGER, True  # of another version of the runner: nothing is known
    entries: dict[str, Entry] = {}
    for id, text in session.query(f"select unique_id, entry from {schema}.nodes").values:
        try:
            entries[str(id)] = entry_from(str(text))
        except (ValueError, KeyError, TypeError):
            continue
    files = {
        str(path): (int(size), int(mtime), int(ctime), str(content))
        for path, (size, mtime, ctime, content) in json.loads(meta.get("files", "{}")).items()
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
) -> Mapping[str, Entry]:
    """Write the entries of a build, with the columns of what was built; gives them as written.

    A part of whatever transaction the caller has begun.
    """
    schema = f"{quote(database)}.{quote(SCHEMA)}"
    session.execute(f"create schema if not exists {schema}")
    for statement in TABLES:
        session.execute(statement.format(s=schema))
    filled = {
        id: replace(entry, columns=entry.columns or tuple(types.get(id, {}).items()))
        for id, entry in changed.items()
    }
    dropped = ", ".join(literal(id) for id in (*filled, *gone))
    session.execute(  # entries of another format tell nothing
        f"delete from {schema}.nodes where not exists"
        f" (from {schema}.meta where key = 'format' and value = '{FORMAT}')"
    )
    if dropped:
        session.execute(f"delete from {schema}.nodes where unique_id in ({dropped})")
    insert(session, f"{schema}.nodes", [_row(entry) for entry in filled.values()])
    meta = {
        "format": str(FORMAT),
        "files": json.dumps(ledger.files),
        "sources": json.dumps(ledger.sources),
        "iteration": "-1",
    }
    session.execute(f"delete from {schema}.meta")
    insert(session, f"{schema}.meta", meta.items())
    return filled


def seal(session: Session, database: str, file: Path) -> int:
    """Note in the file how often it will have been written when it is published; gives the number.

    The last statement before the final checkpoint: what is written afterwards is somebody else's.
    A checkpoint of DuckDB's own in between makes the number wrong: `is_sealed` says so.
    """
    with open(file, "rb") as opened:
        written = file_iteration(opened)
    schema = f"{quote(database)}.{quote(SCHEMA)}"
    session.execute(f"update {schema}.meta set value = '{written + 1}' where key = 'iteration'")
    return written + 1


def is_sealed(file: Path, iteration: int) -> bool:
    """Was a closed file written as often as is noted in it?"""
    with open(file, "rb") as opened:
        return file_iteration(opened) == iteration


def insert(session: Session, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Add rows of plain values to a table, some hundred in one statement."""
    texts = [f"({', '.join(value_sql(value) for value in row)})" for row in rows]
    for start in range(0, len(texts), 500):
        session.execute(f"insert into {table} values {', '.join(texts[start : start + 500])}")


def value_sql(value: object) -> str:
    """A plain value as SQL; what is no number or truth value is text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else literal(str(value))


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.id, entry.kind, entry.relation, entry.status, entry.rows, entry.seconds,
        entry.built_at, entry.invocation, entry.own, entry.as_json(),
    )  # fmt: skip
