"""Tables of the warehouse into PostgreSQL: made beside, and swapped in one transaction.

All happens in one transaction: changed tables are made and filled in a schema of their own, and take
the place of the old ones at its end. Readers see the old tables until then, and nobody ever sees
that schema. Whatever interrupts an export leaves nothing behind: the server forgets what was not
committed. What was sent, and as what version, stands in `_runner.exports` of the target.

Knows nothing of projects: tables come as values, their rows from `read`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from time import monotonic, sleep
from typing import Any

from msgspec import Struct

from runner.bi.postgres_server import Server, ServerError
from runner.bi.postgres_swap import Old, add_links, swap, validate_links, which_are_there
from runner.bi.postgres_tables import (
    Name,
    Table,
    check_names,
    comment_statements,
    create,
    index_statements,
    key_statement,
)
from runner.errors import DatabaseError, TargetError
from runner.project.nodes import literal, quote

RECORDS = """create table if not exists _runner.exports (
    schema_name text, table_name text, version text not null, shape text not null,
    words text not null, joints text not null, relation oid not null, row_count bigint not null,
    exported_at timestamptz not null, primary key (schema_name, table_name)
)"""
PATIENCE = 10.0
"""Seconds to wait for another export: that of one that was killed ends when the server notices."""
TOLD_EVERY = 5.0
"""Seconds between two lines about one table."""

Say = Callable[[str], None]
Read = Callable[[Table], Any]
"""A table's rows, as a pyarrow RecordBatchReader of its query."""


class Sent(Struct, frozen=True):
    """What an export did: tables that were sent, with their rows, and why each."""

    rows: Mapping[Name, int]
    unchanged: int
    described: int


def export(
    server: Server, schema: str, tables: Sequence[Table], read: Read, say: Say, warn: Say, *,
    full: bool = False, dry_run: bool = False, wait: bool = False,
) -> Sent:  # fmt: skip
    """Bring tables into PostgreSQL, those alone that are not there as they are.

    schema: stands for the whole of the export: two into the same one do not run at once. full: send
    all. dry_run: only say what would be sent. wait: wait for another export, however long.
    Raises TargetError for what is in the way, DatabaseError for what the server refuses.
    """
    check_names(tables)
    _take_turn(server, schema, say, wait=wait)
    there = which_are_there(server, [table.name for table in tables])
    due = {table.name: why for table in tables if (why := _reason(table, there, full=full))}
    changed = [table for table in tables if table.name in due]
    if dry_run:
        for table in changed:
            say(f"  {table.name.shown}: {due[table.name]}")
        server.rollback()
        return Sent({}, len(tables) - len(changed), 0)
    described = [t for t in tables if t.name not in due and there[t.name].words != t.words]
    joined = [t for t in tables if t.name not in due and there[t.name].joints != t.joints]
    if not changed and not described and not joined:
        validate_links(server, tables, warn)
        return Sent({}, len(tables), 0)
    _prepare(server, {table.name.schema for table in changed})
    shadow = _shadow(schema)
    if changed:
        server.execute(f"create schema {quote(shadow)}")
    sent: dict[Name, int] = {}
    places = {t.name: Name(shadow, _apart(t.name, changed)) for t in changed}
    for number, table in enumerate(changed, 1):
        say(f"  {number} of {len(changed)}  {table.name.shown}  {due[table.name]}")
        sent[table.name] = _make(server, table, places[table.name], read, say, warn)
    swap(server, changed, places, there, joined, say)
    _record(server, changed, sent)
    for table in described:
        for statement in comment_statements(table, table.name):
            server.execute(statement)
    add_links(server, tables, {table.name for table in (*changed, *joined)})
    for table in (*described, *joined):
        server.execute(
            f"update _runner.exports set words = {literal(table.words)},"
            f" joints = {literal(table.joints)} where {_is(table.name)}"
        )
    if changed:
        server.execute(f"drop schema {quote(shadow)}")
    server.commit()
    validate_links(server, tables, warn)
    return Sent(sent, len(tables) - len(changed), len(described))


def _shadow(schema: str) -> str:
    return f"_runner_new_{sha256(schema.encode()).hexdigest()[:8]}"


def _apart(name: Name, changed: Iterable[Table]) -> str:
    """The name in the shadow schema: its own, unless a table of another schema has it, too."""
    same = [t.name for t in changed if t.name.table == name.table]
    if len(same) == 1:
        return name.table
    return f"{same.index(name)}_{sha256(str(name).encode()).hexdigest()[:16]}"


def _reason(table: Table, there: Mapping[Name, Old], *, full: bool) -> str | None:
    """Why a table is to be sent, or None where it is not."""
    old = there.get(table.name)
    if old is None:
        return "new"
    if not old.is_ours:
        raise TargetError(
            f"{table.name.shown} is there already, and no export made it",
            hint="give another --schema, or drop it",
        )
    if full:
        return "asked for"
    if old.shape != table.shape:
        return "its columns, key or indexes have changed"
    return None if old.version == table.version else "changed"


def _take_turn(server: Server, schema: str, say: Say, *, wait: bool) -> None:
    """Wait until no other export into the schema runs; the transaction then keeps the turn."""
    number = int.from_bytes(sha256(f"runner export {schema}".encode()).digest()[:8], "big", signed=True)  # fmt: skip
    began, told = monotonic(), False
    while server.rows(f"select pg_try_advisory_xact_lock({number})") != [(True,)]:
        if not wait and monotonic() - began > PATIENCE:
            raise TargetError(
                f"another export into {schema} is running{_holder(server, number)}",
                hint="wait for it: --wait",
            )
        if not told:
            say(f"waiting for another export into {schema}{_holder(server, number)}")
            told = True
        sleep(0.3)


def _holder(server: Server, number: int) -> str:
    key = number & 0xFFFFFFFFFFFFFFFF
    found = server.rows(
        "select a.pid, to_char(a.xact_start, 'HH24:MI:SS') from pg_locks l"
        " join pg_stat_activity a using (pid) where l.locktype = 'advisory' and l.granted"
        f" and l.classid::bigint = {key >> 32} and l.objid::bigint = {key & 0xFFFFFFFF}"
    )
    return f" (process {found[0][0]} of the server, since {found[0][1]})" if found else ""


def _prepare(server: Server, schemas: set[str]) -> None:
    """Make the schemas and the table of records where they are missing."""
    wanted = sorted({"_runner", *schemas})
    listed = ", ".join(literal(schema) for schema in wanted)
    found = server.rows(f"select nspname::text from pg_namespace where nspname in ({listed})")
    for schema in wanted:
        if (schema,) not in found:
            server.execute(f"create schema {quote(schema)}")
    server.execute(RECORDS)


def _make(server: Server, table: Table, at: Name, read: Read, say: Say, warn: Say) -> int:
    """Make and fill a table beside the old one: how many rows."""
    server.execute(create(table, at))
    counted = [0]
    try:
        told = server.fill(at.schema, at.table, _counting(table, read(table), counted, say))
    except DatabaseError as error:
        raise _unfilled(table, error) from None
    if told not in (-1, counted[0]):
        raise DatabaseError(f"{table.name.shown}: {counted[0]:,} rows sent, {told:,} arrived")
    if table.key:
        failed = server.attempt(key_statement(table, at))
        if failed is not None and failed.state not in ("23505", "23502"):
            raise failed
        if failed is not None:
            warn(f"{table.name.shown} has no primary key: {failed.message}")
    for statement in (*index_statements(table, at), *comment_statements(table, at)):
        server.execute(statement)
    server.execute(f"analyze {at}")
    return counted[0]


def _counting(table: Table, reader: Any, counted: list[int], say: Say) -> Any:
    """The same batches; how many rows have passed is counted, and told now and then."""
    import pyarrow

    def batches() -> Iterator[Any]:
        told = monotonic()
        for batch in reader:
            counted[0] += batch.num_rows
            if monotonic() - told > TOLD_EVERY:
                told = monotonic()
                of = f" of {table.rows:,}" if table.rows else ""
                say(f"      {table.name.shown}: {counted[0]:,}{of} rows")
            yield batch

    return pyarrow.RecordBatchReader.from_batches(reader.schema, batches())


def _unfilled(table: Table, error: DatabaseError) -> DatabaseError:
    state = error.state if isinstance(error, ServerError) else ""
    hint = None
    if "0x00" in error.message:
        hint = "PostgreSQL's texts cannot hold the character NUL: take it out in the model"
    elif state == "22008":
        hint = "PostgreSQL's calendar begins in 4713 BC: bound the column in the model"
    elif state == "53100":
        hint = "the server's disk is full; what was there before is still there"
    return DatabaseError(f"{table.name.shown}: {error.message}", hint=hint)


def _record(server: Server, tables: Iterable[Table], sent: Mapping[Name, int]) -> None:
    for table in tables:
        values = ", ".join(
            literal(text)
            for text in (table.name.schema, table.name.table, table.version, table.shape,
                         table.words, table.joints)
        )  # fmt: skip
        server.execute(f"delete from _runner.exports where {_is(table.name)}")
        server.execute(
            f"insert into _runner.exports values ({values}, {literal(str(table.name))}::regclass,"
            f" {sent[table.name]}, now())"
        )


def _is(name: Name) -> str:
    return f"schema_name = {literal(name.schema)} and table_name = {literal(name.table)}"
