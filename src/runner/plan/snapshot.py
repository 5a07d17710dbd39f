"""Snapshots: the statements that keep every state of a query's rows (type-2 history).

Columns and meaning are dbt's: dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to, and
dbt_is_deleted where deleted rows get a record. Pure: the database's own clock dates what has no
time of its own.
"""

from __future__ import annotations

from msgspec import Struct

from runner.engines import ColumnType
from runner.errors import CompileError
from runner.project.nodes import Config, RelationName, quote

META = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")
NOW = "now()::timestamp"
SOURCE = '"_runner_snapshot_rows"'


class Strategy(Struct, frozen=True):
    """How a snapshot sees that a row has changed."""

    key: tuple[str, ...]
    updated_at: str
    """Expression of the time of a row's state."""
    checked: tuple[str, ...] | None
    """Columns compared: none for the strategy `timestamp`, None for all of them."""
    kind: str
    deletes: str
    open_end: str
    """What dbt_valid_to holds while a row is current."""
    names: dict[str, str]


def strategy_of(config: Config) -> Strategy:
    """A snapshot's strategy. Raises CompileError for what is missing or unknown."""
    kind = config.text("strategy")
    key = config.texts("unique_key")
    if kind not in ("timestamp", "check"):
        raise CompileError(
            "a snapshot needs a strategy" if kind is None else f"unknown strategy {kind!r}",
            hint="strategy='timestamp' with updated_at, or strategy='check' with check_cols",
        )
    if not key:
        raise CompileError("a snapshot needs a unique_key", hint="add unique_key='id'")
    updated_at = config.text("updated_at")
    if kind == "timestamp" and not updated_at:
        raise CompileError("strategy 'timestamp' needs updated_at", hint="name the column")
    columns = config.get("check_cols")
    if kind == "check" and not columns:
        raise CompileError("strategy 'check' needs check_cols", hint="a list of columns, or 'all'")
    checked = None if columns == "all" else config.texts("check_cols")
    deletes = config.text("hard_deletes") or (
        "invalidate" if config.flag("invalidate_hard_deletes") else "ignore"
    )
    if deletes not in ("ignore", "invalidate", "new_record"):
        raise CompileError(
            f"hard_deletes cannot be {deletes!r}", hint="one of: ignore, invalidate, new_record"
        )
    given = config.mapping("snapshot_meta_column_names")
    return Strategy(
        key=key,
        updated_at=updated_at or NOW,
        checked=checked if kind == "check" else (),
        kind=kind,
        deletes=deletes,
        open_end=config.text("dbt_valid_to_current") or "null",
        names={name: str(given.get(name) or name) for name in META},
    )


def _rows(query: str, strategy: Strategy) -> str:
    """The query's rows with their id and the time of their state."""
    parts = [f"coalesce(cast({k} as varchar), '')" for k in (*strategy.key, "_runner_updated_at")]
    scd_id = "md5(" + " || '|' || ".join(parts) + ")"
    return (
        f"select *, {scd_id} as _runner_scd_id\nfrom (\n"
        f"select *, {strategy.updated_at} as _runner_updated_at\nfrom (\n{query}\n) as seen\n) as timed"
    )


def _end(strategy: Strategy) -> str:
    if strategy.open_end == "null":
        return "cast(null as timestamp)"
    return f"cast({strategy.open_end} as timestamp)"


def first_snapshot(relation: RelationName, query: str, config: Config) -> str:
    """The statement that makes a snapshot's table: every row is current."""
    s = strategy_of(config)
    n = s.names
    deleted = f",\n    'False' as {n['dbt_is_deleted']}" if s.deletes == "new_record" else ""
    return (
        f"create or replace table {relation} as\nselect\n"
        f"    * exclude (_runner_updated_at, _runner_scd_id),\n"
        f"    _runner_scd_id as {n['dbt_scd_id']},\n"
        f"    _runner_updated_at as {n['dbt_updated_at']},\n"
        f"    _runner_updated_at as {n['dbt_valid_from']},\n"
        f"    {_first_end(s)} as {n['dbt_valid_to']}{deleted}\n"
        f"from (\n{_rows(query, s)}\n) as rows_seen"
    )


def _first_end(strategy: Strategy) -> str:
    if strategy.open_end == "null":
        return "nullif(_runner_updated_at, _runner_updated_at)"
    return f"coalesce(nullif(_runner_updated_at, _runner_updated_at), {strategy.open_end})"


def next_snapshot(
    relation: RelationName,
    query: str,
    config: Config,
    existing: tuple[ColumnType, ...],
    columns: tuple[ColumnType, ...],
) -> list[str]:
    """Statements that add what has changed since the snapshot was last taken.

    existing: the snapshot's columns. columns: the query's.
    """
    s = strategy_of(config)
    n = s.names
    there = {c.name.lower() for c in existing}
    meta = {n[name].lower() for name in META}
    statements = [
        f"alter table {relation} add column {quote(c.name)} {c.type}"
        for c in columns
        if c.name.lower() not in there
    ]
    is_deleted = n["dbt_is_deleted"]
    if s.deletes == "new_record" and is_deleted.lower() not in there:
        statements.append(f"alter table {relation} add column {is_deleted} varchar")
    names = [c.name for c in columns]
    same_key = " and ".join(f"was.{_col(k)} is not distinct from now_.{_col(k)}" for k in s.key)
    is_current = (
        f"was.{n['dbt_valid_to']} is null"
        if s.open_end == "null"
        else f"(was.{n['dbt_valid_to']} = {s.open_end} or was.{n['dbt_valid_to']} is null)"
    )
    comparable = [c for c in names if c.lower() in there and c.lower() not in meta]
    if s.kind == "timestamp":
        changed = f"was.{n['dbt_valid_from']} < now_._runner_updated_at"
    else:
        compared = comparable if s.checked is None else list(s.checked)
        fresh = [c for c in (names if s.checked is None else compared) if c.lower() not in there]
        tests = [
            f"was.{_col(c)} is distinct from now_.{_col(c)}" for c in compared if c not in fresh
        ]
        tests += [f"now_.{_col(c)} is not null" for c in fresh]
        changed = "(" + (" or ".join(tests) or "false") + ")"
    if s.deletes == "new_record":
        changed = f"({changed} or was.{is_deleted} = 'True')"
    statements.append(f"create or replace temporary table {SOURCE} as\n{_rows(query, s)}")
    listed = ", ".join(quote(c) for c in names)
    deleted_name = f", {is_deleted}" if s.deletes == "new_record" else ""
    deleted_value = ", 'False'" if s.deletes == "new_record" else ""
    target = f"insert into {relation} ({listed}, {n['dbt_scd_id']}, {n['dbt_updated_at']},"
    target += f" {n['dbt_valid_from']}, {n['dbt_valid_to']}{deleted_name})"
    new_rows = (
        f"create or replace temporary table {CHANGED} as\n"
        f"select now_.*, was.{n['dbt_scd_id']} as _runner_was\n"
        f"from {SOURCE} as now_\nleft join {relation} as was\n"
        f"    on {same_key} and {is_current}\n"
        f"where was.{n['dbt_scd_id']} is null or {changed}"
    )
    close = (
        f"update {relation} as was\nset {n['dbt_valid_to']} = now_._runner_updated_at\n"
        f"from {CHANGED} as now_\n"
        f"where was.{n['dbt_scd_id']} = now_._runner_was and {is_current}"
    )
    insert = (
        f"{target}\nselect {listed}, _runner_scd_id, _runner_updated_at, _runner_updated_at,"
        f" {_end(s)}{deleted_value}\nfrom {CHANGED}"
    )
    gone = f"not exists (select 1 from {SOURCE} as now_ where {same_key})"
    deletions: list[str] = []
    if s.deletes == "invalidate":
        deletions = [
            f"update {relation} as was\nset {n['dbt_valid_to']} = {NOW}\nwhere {is_current} and {gone}"
        ]
    elif s.deletes == "new_record":
        kept = [c.name for c in existing if c.name.lower() not in meta]
        columns_kept = ", ".join(quote(c) for c in kept)
        key_text = " || '|' || ".join(
            [
                *(f"coalesce(cast({_col(k)} as varchar), '')" for k in s.key),
                "cast(_runner_now as varchar)",
            ]
        )
        deletions = [
            f"create or replace temporary table {GONE} as\n"
            f"select was.*, {NOW} as _runner_now from {relation} as was\n"
            f"where {is_current} and was.{is_deleted} is distinct from 'True' and {gone}",
            f"update {relation} as was\nset {n['dbt_valid_to']} = gone._runner_now\nfrom {GONE} as gone\n"
            f"where was.{n['dbt_scd_id']} = gone.{n['dbt_scd_id']} and {is_current}",
            f"insert into {relation} ({columns_kept}, {n['dbt_scd_id']}, {n['dbt_updated_at']},"
            f" {n['dbt_valid_from']}, {n['dbt_valid_to']}, {is_deleted})\n"
            f"select {columns_kept}, md5({key_text}), _runner_now, _runner_now, {_end(s)}, 'True'"
            f" from {GONE}",
        ]
    return [*statements, new_rows, close, insert, *deletions]


CHANGED = '"_runner_snapshot_changed"'
GONE = '"_runner_snapshot_gone"'


def _col(name: str) -> str:
    return quote(name) if name.isidentifier() else name
