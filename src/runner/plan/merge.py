"""The incremental strategy merge, with dbt-duckdb's settings: clauses, conditions, expressions.

Pure. Columns come in as names. Follows dbt-duckdb's documented behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runner.errors import CompileError
from runner.project.nodes import Config, RelationName, quote

TARGET, SOURCE = "DBT_INTERNAL_DEST", "DBT_INTERNAL_SOURCE"
BASIC = (
    "merge_update_condition",
    "merge_insert_condition",
    "merge_update_columns",
    "merge_exclude_columns",
    "merge_update_set_expressions",
)
"""Settings that `merge_clauses` takes the place of."""
SETTINGS = (*BASIC, "merge_clauses", "merge_on_using_columns", "merge_returning_columns")
MODES = {"by_name": "by name", "by_position": "by position"}


def merge_statement(
    relation: RelationName,
    source: str,
    columns: Sequence[str],
    key: Sequence[str],
    config: Config,
) -> str:
    """The statement that brings a source's rows into a table by a key.

    columns: those that are written. key: the columns of it; where there are none, all rows are added. Raises CompileError for settings that exclude each other.
    """
    clauses = _clauses(config)
    lines = [
        f"merge into {relation} as {TARGET}",
        f"using {source} as {SOURCE}",
        _join(key, config),
        *(_line("when matched", clause, columns) for clause in clauses["when_matched"]),
        *(_line("when not matched", clause, columns) for clause in clauses["when_not_matched"]),
    ]
    returning = config.texts("merge_returning_columns")
    return "\n".join([*lines, f"returning {', '.join(returning)}"] if returning else lines)


def _join(key: Sequence[str], config: Config) -> str:
    predicates = [*config.texts("predicates"), *config.texts("incremental_predicates")]
    using = config.texts("merge_on_using_columns")
    if using and predicates:
        raise CompileError(
            "merge_on_using_columns and incremental_predicates exclude each other",
            hint="DuckDB's merge takes `using` or `on`: write unique_key instead",
        )
    if using:
        return f"using ({', '.join(using)})"
    # Without a key no row of the table is one of the new, and all are added: as dbt-duckdb does it.
    same = [f"{SOURCE}.{key_column(name)} = {TARGET}.{key_column(name)}" for name in key] or [
        "false"
    ]
    return f"on {' and '.join(f'({condition})' for condition in (*same, *predicates))}"


def _clauses(config: Config) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """The clauses of both kinds: those written, or those that the basic settings make."""
    chosen, left_out = update_columns_of(config)
    for name in ("merge_update_condition", "merge_insert_condition"):
        if not isinstance(config.get(name), str | None):
            raise CompileError(f"{name} must be a text, not {config.get(name)!r}")
    expressions = config.get("merge_update_set_expressions") or {}
    if not isinstance(expressions, Mapping):
        raise CompileError(f"merge_update_set_expressions must be a mapping, not {expressions!r}")
    update = {"include": chosen, "exclude": left_out, "set_expressions": expressions}
    basic: dict[str, Sequence[Mapping[str, object]]] = {
        "when_matched": [{"action": "update", "mode": "explicit", "update": update,
                          "condition": config.get("merge_update_condition")}],
        "when_not_matched": [{"action": "insert", "condition": config.get("merge_insert_condition")}],
    }  # fmt: skip
    written = config.get("merge_clauses")
    return basic if written is None else {**basic, **_written(written, config)}


def update_columns_of(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that a merge updates, and those that it leaves. Raises CompileError for others."""
    for name in ("merge_update_columns", "merge_exclude_columns"):
        if not isinstance(config.get(name), list | tuple | None):
            raise CompileError(
                f"{name} must be a list, not {config.get(name)!r}", hint=f"write {name}=['…']"
            )
    chosen, left_out = config.texts("merge_update_columns"), config.texts("merge_exclude_columns")
    if chosen and left_out:
        raise CompileError("merge_update_columns and merge_exclude_columns exclude each other")
    return chosen, left_out


def _written(written: object, config: Config) -> dict[str, Sequence[Mapping[str, object]]]:
    kinds = ("when_matched", "when_not_matched")
    if not isinstance(written, Mapping) or not any(kind in written for kind in kinds):
        raise CompileError("merge_clauses is a mapping of when_matched, when_not_matched or both")
    conflicting = [name for name in BASIC if config.get(name)]
    if conflicting:
        raise CompileError(f"merge_clauses takes the place of {', '.join(conflicting)}",
                           hint="take them out, and write what they say as clauses")  # fmt: skip
    found: dict[str, Sequence[Mapping[str, object]]] = {}
    for kind in kinds:
        if kind in written:
            clauses = written[kind]
            if not isinstance(clauses, list | tuple) or not clauses:
                raise CompileError(f"merge_clauses: {kind} must be a list of clauses")
            if not all(isinstance(clause, Mapping) for clause in clauses):
                raise CompileError(f"merge_clauses: each clause of {kind} must be a mapping")
            found[kind] = clauses
    return found


def _line(when: str, clause: Mapping[str, object], columns: Sequence[str]) -> str:
    by = f" by {clause['by']}" if clause.get("by") else ""
    condition = clause.get("condition")
    conditions = [condition] if isinstance(condition, str) else _listed(condition)
    only = "".join(f" and ({each})" for each in conditions if each)
    return f"{when}{by}{only} then {_action(clause, columns, inserting='not' in when)}"


def _action(clause: Mapping[str, object], columns: Sequence[str], *, inserting: bool) -> str:
    action, mode = clause.get("action"), clause.get("mode")
    if action in ("delete", "do_nothing"):
        return str(action).replace("_", " ")
    if action == "error":
        message = str(clause.get("error_message") or "").replace("'", "''")
        return f"error '{message}'" if message else "error"
    if action == "update" and inserting:
        return _set(_mapping(clause, "set_expressions"), ())
    if action == "update":
        if mode in MODES or mode == "star":
            return f"update {MODES.get(str(mode), 'set *')}"
        update = _mapping(clause, "update")
        return _set(_mapping(update, "set_expressions"), _updated(update, columns))
    if action == "insert":
        if mode in MODES or mode == "star":
            return f"insert {MODES.get(str(mode), '*')}"
        insert = _mapping(clause, "insert")
        names = _listed(insert.get("columns")) or [quote(name) for name in columns]
        values = _listed(insert.get("values")) or [f"{SOURCE}.{quote(name)}" for name in columns]
        return f"insert ({_csv(names)}) values ({_csv(values)})"
    raise CompileError(f"merge_clauses: {action!r} is no action",
                       hint="one of: update, insert, delete, do_nothing, error")  # fmt: skip


def _updated(update: Mapping[str, object], columns: Sequence[str]) -> list[str]:
    chosen = {str(name).lower() for name in _listed(update.get("include"))}
    left_out = {str(name).lower() for name in _listed(update.get("exclude"))}
    return [
        name
        for name in columns
        if (not chosen or name.lower() in chosen) and name.lower() not in left_out
    ]


def _set(expressions: Mapping[str, object], updated: Iterable[str]) -> str:
    said = {str(name).strip('"').lower() for name in expressions}
    sets = [f"{name} = {expression}" for name, expression in expressions.items()]
    sets += [f"{quote(n)} = {SOURCE}.{quote(n)}" for n in updated if n.lower() not in said]
    return f"update set {', '.join(sets)}" if sets else "do nothing"


def key_column(name: str) -> str:
    """A column of a key, quoted unless it is an expression or quoted already."""
    return name if name.startswith('"') or not name.isidentifier() else quote(name)


def _mapping(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = values.get(key)
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _csv(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)
