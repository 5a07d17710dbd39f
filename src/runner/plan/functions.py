"""Functions as DuckDB macros: the statements that make one, and what it gives against what is said.

A macro's arguments have no types (files of the storage version v1.0.0 cannot hold them), so a body
casts what it is given. Its text names no catalog, so that the file can be opened by any name. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runner.engines import ColumnType, ObjectKind
from runner.errors import CompileError, Location, did_you_mean
from runner.plan.materialize import Made, macro_text, parameter_list, table_macro
from runner.project.nodes import Column, Node, RelationName, literal, quote
from runner.project.signature import NO_SIGNATURE, call_arguments
from runner.sql.tokens import without_semicolon

TYPES = ("scalar", "aggregate", "table")
MACROS = {"table": "table_macro"}
"""Type of a function → what DuckDB calls its macro, `macro` for all others."""


def create_function(
    node: Node, query: str, there: frozenset[str], *, temporary: bool = False
) -> Made:
    """What makes a function; a temporary one is of this session alone and may name catalogs.

    query: its rendered body. there: the kinds of macro that already have its name; one of the other
    kind is dropped. Raises CompileError for what DuckDB has no macro for.
    """
    kind = function_type(node)
    relation = node.relation
    assert relation is not None
    if node.properties.extra.get("overloads"):
        raise CompileError(
            f"{node.name} has overloads, which cannot be built",
            at=node.properties.at,
            hint="write a function for each, or give arguments a default_value",
        )
    signature = node.definition.signature or NO_SIGNATURE
    macro = macro_kind(node)
    drops = [_drop(other, relation) for other in sorted(there - {macro})]
    parameters = parameter_list((a.name, a.default) for a in signature.arguments)
    if kind == "table":
        create = table_macro(relation, parameters, query, temporary=temporary)
    else:
        create = _scalar_macro(relation, parameters, signature.returns, query, temporary=temporary)
    return Made((*drops, create, *_comment(node, macro)), ObjectKind.FUNCTION)


def function_type(node: Node) -> str:
    """A function's type: `scalar`, `aggregate` or `table`.

    Raises CompileError for another one, and for a function that is not SQL.
    """
    kind = str(node.config.get("type") or "scalar")
    at = Location(node.definition.shown)
    if kind not in TYPES:
        raise CompileError(
            f"the function {node.name} is of type {kind!r}",
            at=node.properties.at or at,
            hint=did_you_mean(kind, TYPES) or f"one of: {', '.join(TYPES)}",
        )
    if node.definition.language != "sql":
        raise CompileError(
            f"a function of DuckDB is SQL, and {node.name} is {node.definition.language}", at=at
        )
    return kind


def macro_kind(node: Node) -> str:
    """What DuckDB calls the macro of a node."""
    if node.config.materialized == "table_function":
        return "table_macro"
    return MACROS.get(str(node.config.get("type")), "macro")


def drop_function(relation: RelationName, macros: Iterable[str]) -> tuple[str, ...]:
    """What takes the macros of a name away."""
    return tuple(_drop(macro, relation) for macro in sorted(macros))


def _drop(macro: str, relation: RelationName) -> str:
    return f"drop macro {'table ' if macro == 'table_macro' else ''}if exists {relation}"


def _scalar_macro(
    relation: RelationName, parameters: str, returns: str | None, query: str, *, temporary: bool
) -> str:
    body, word = macro_text(relation, query, temporary=temporary)
    head = f"create or replace {word} {relation}{parameters}"
    if returns is None:
        return f"{head} as (\n{body}\n)"
    return f"{head} as cast((\n{body}\n) as {returns})"


def _comment(node: Node, macro: str) -> list[str]:
    said = node.properties.description
    if not said or not node.config.mapping("persist_docs").get("relation"):
        return []
    kind = "macro table" if macro == "table_macro" else "macro"
    return [f"comment on {kind} {node.relation} is {literal(said)}"]


# --- what a function gives ---------------------------------------------------------------------


def example_call(node: Node, given: Mapping[str, object], *, nulls: bool = False) -> str:
    """A query that calls a function with what is given, else with its examples and defaults.

    nulls: what has neither is null. Raises ProjectError for arguments that do not fit.
    """
    signature = node.definition.signature or NO_SIGNATURE
    call = f"{node.relation}{call_arguments(node.name, signature, given, nulls=nulls)}"
    return (
        f"select * from {call}"
        if node.is_table_function
        else f"select {call} as {quote(node.name)}"
    )


def bound_query(node: Node, query: str) -> str:
    """A query that binds a function's body with its arguments as columns of one row.

    An error of a macro's body is placed at its call; of this query, at its place in the body.
    """
    signature = node.definition.signature or NO_SIGNATURE
    body = without_semicolon(query)
    listed = ", ".join(
        f"{a.example or a.default or _null(a.data_type)} as {quote(a.name)}"
        for a in signature.arguments
    )
    given = f"(select {listed or '1'}) as _runner_arguments"
    if node.is_table_function:
        return f"select * from {given}, lateral (\n{body}\n) as _runner_body"
    return f"select (\n{body}\n) from {given}"


def _null(kind: str | None) -> str:
    return f"cast(null as {kind})" if kind else "null"


def compare_columns(
    node: Node, given: Iterable[ColumnType], wanted: Mapping[str, str]
) -> CompileError | None:
    """An error if a function gives other columns than its YAML describes, None if it does not.

    wanted: the types that are declared, as the database spells them, by column in lower case.
    """
    declared: Mapping[str, Column] = {c.name.lower(): c for c in node.properties.columns}
    there = {column.name.lower(): column for column in given}
    found = [f"{c.name} is described, but not given" for n, c in declared.items() if n not in there]
    found += [
        f"{c.name} ({c.type}) is given, but not described"
        for n, c in there.items()
        if n not in declared
    ]
    found += [
        f"{column.name} is {column.type}, and described as {wanted[name]}"
        for name, column in there.items()
        if name in wanted and wanted[name] != column.type
    ]
    if not found:
        return None
    return CompileError(
        f"{node.name} gives other columns than its YAML describes: {found[0]}",
        at=node.properties.at or Location(node.definition.shown),
        hint="\n".join(found[1:]) or None,
    )
