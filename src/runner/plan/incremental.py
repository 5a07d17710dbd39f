"""Incremental strategies: the statements that add a query's rows to a table.

append, delete+insert and merge, and what to do when the query's columns have changed. Pure: columns
come in as values. Follows dbt's documented behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from runner.engines import ColumnType
from runner.errors import CompileError, did_you_mean
from runner.plan.merge import SETTINGS, key_column, merge_statement
from runner.project.nodes import Config, RelationName, quote

NEW_ROWS = '"_runner_new_rows"'
"""A temporary table: each session has its own."""


class Addition(Struct, frozen=True):
    """Rows to be added: where to, their columns, and which columns are the key."""

    relation: RelationName
    columns: tuple[str, ...]
    key: tuple[str, ...]
    config: Config


def add_to_table(
    relation: RelationName,
    query: str,
    config: Config,
    existing: tuple[ColumnType, ...],
    columns: tuple[ColumnType, ...],
) -> list[str]:
    """Statements that bring a table up to date with the rows of a query.

    existing: the table's columns. columns: the query's.
    Raises CompileError for an unknown strategy, or columns that may not change.
    """
    key = config.texts("unique_key")
    strategy = chosen_strategy(config)
    changes, names = schema_changes(relation, config, existing, columns)
    return [
        f"create or replace temporary table {NEW_ROWS} as\n{query}",
        *changes,
        *STRATEGIES[strategy](Addition(relation, names, key, config)),
        f"drop table {NEW_ROWS}",
    ]


def chosen_strategy(config: Config) -> str:
    """An incremental model's strategy. Raises CompileError for an unknown one."""
    key = config.texts("unique_key")
    strategy = config.text("incremental_strategy") or ("delete+insert" if key else "append")
    if strategy not in STRATEGIES:
        raise CompileError(
            f"the incremental strategy {strategy!r} is not known on DuckDB",
            hint=did_you_mean(strategy, STRATEGIES) or f"one of: {', '.join(STRATEGIES)}",
        )
    return strategy


def schema_changes(
    relation: RelationName,
    config: Config,
    existing: tuple[ColumnType, ...],
    columns: tuple[ColumnType, ...],
) -> tuple[list[str], tuple[str, ...]]:
    """Statements that fit the table to the query's columns, and the columns to write.

    on_schema_change: `ignore` writes the table's own columns; `fail` refuses any difference;
    `append_new_columns` adds; `sync_all_columns` adds, drops and changes types.
    """
    policy = config.text("on_schema_change") or "ignore"
    there = {column.name.lower(): column for column in existing}
    new = {column.name.lower(): column for column in columns}
    added = [c for name, c in new.items() if name not in there]
    gone = [c for name, c in there.items() if name not in new]
    changed = [c for name, c in new.items() if name in there and there[name].type != c.type]
    if policy == "ignore":
        return [], tuple(c.name for c in existing)
    if policy == "fail":
        if added or gone or changed:
            raise CompileError(
                "the query's columns are not the table's: " + _differences(added, gone, changed),
                hint="run with --full-refresh, or set on_schema_change",
            )
        return [], tuple(c.name for c in existing)
    if policy not in ("append_new_columns", "sync_all_columns"):
        choices = ("ignore", "fail", "append_new_columns", "sync_all_columns")
        raise CompileError(
            f"on_schema_change cannot be {policy!r}", hint=f"one of: {', '.join(choices)}"
        )
    statements = [f"alter table {relation} add column {quote(c.name)} {c.type}" for c in added]
    if policy == "append_new_columns":
        kept = [c.name for c in existing if c.name.lower() in new]
        return statements, (*kept, *(c.name for c in added))
    statements += [f"alter table {relation} drop column {quote(c.name)}" for c in gone]
    statements += [
        f"alter table {relation} alter column {quote(c.name)} type {c.type}" for c in changed
    ]
    kept = [c.name for c in existing if c.name.lower() in new]
    return statements, (*kept, *(c.name for c in added))


def _differences(added: list[ColumnType], gone: list[ColumnType], changed: list[ColumnType]) -> str:
    parts = [f"new {c.name}" for c in added]
    parts += [f"missing {c.name}" for c in gone]
    parts += [f"{c.name} is now {c.type}" for c in changed]
    return ", ".join(parts)


def append(addition: Addition) -> list[str]:
    """All rows are added."""
    names = ", ".join(quote(name) for name in addition.columns)
    return [f"insert into {addition.relation} ({names})\nselect {names} from {NEW_ROWS}"]


def delete_insert(addition: Addition) -> list[str]:
    """Rows with a key that comes again are replaced. A key that is null matches nothing.

    Predicates name the table's columns bare, or for a list of keys by dbt's DBT_INCREMENTAL_TARGET.
    """
    if not addition.key:
        return append(addition)
    predicates = "".join(f"\n  and {p}" for p in addition.config.texts("incremental_predicates"))
    predicates += "".join(f"\n  and {p}" for p in addition.config.texts("predicates"))
    if isinstance(addition.config.get("unique_key"), str):
        # It may be an expression, and the predicates see nothing of the new rows.
        key = key_column(addition.key[0])
        found = f"{key} in (select {key} from {NEW_ROWS})"
        delete = f"delete from {addition.relation}\nwhere {found}{predicates}"
        return [delete, *append(addition)]
    target = "DBT_INCREMENTAL_TARGET"
    same = " and ".join(
        f"{NEW_ROWS}.{key_column(name)} = {target}.{key_column(name)}" for name in addition.key
    )
    into = f"delete from {addition.relation} as {target}\nusing {NEW_ROWS}"
    delete = f"{into}\nwhere {same}{predicates}"
    return [delete, *append(addition)]


def merge(addition: Addition) -> list[str]:
    """Rows with a known key are changed, others are added, in one statement."""
    statement = merge_statement(
        addition.relation, NEW_ROWS, addition.columns, addition.key, addition.config
    )
    return [statement]


STRATEGIES: Mapping[str, Callable[[Addition], list[str]]] = {
    "append": append,
    "delete+insert": delete_insert,
    "merge": merge,
}


def settled_query(
    relation: RelationName,
    query: str,
    config: Config,
    existing: tuple[ColumnType, ...],
    columns: tuple[ColumnType, ...],
) -> str | None:
    """The question whether adding a query's rows would leave a table as it is: 0 when it would.

    None where the answer cannot be had by one query: predicates, partial updates, other columns.
    """
    if any(config.get(name) for name in ("incremental_predicates", "predicates", *SETTINGS)):
        return None
    changes, names = schema_changes(relation, config, existing, columns)
    if changes:
        return None
    key = config.texts("unique_key")
    strategy = config.text("incremental_strategy") or ("delete+insert" if key else "append")
    if strategy == "append" or not key:
        return f"select count(*) from (\n{query}\n) as new_rows"
    listed = ", ".join(quote(name) for name in names)
    same = " and ".join(
        f"new_rows.{key_column(name)} = old_rows.{key_column(name)}" for name in key
    )
    return (
        f"with new_rows as materialized (\n{query}\n),\n"
        f"replaced as (\n    select {listed}\n    from {relation} as old_rows\n"
        f"    where exists (select 1 from new_rows where {same})\n)\n"
        f"select (select count(*) from (select {listed} from new_rows except all from replaced))\n"
        f"    + (select count(*) from (from replaced except all select {listed} from new_rows))"
    )
