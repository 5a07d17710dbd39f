"""A function made and tried: its macro is created, called once, and its columns compared.

Knows nothing of steps; who runs it takes back what was made when it raises.
"""

from __future__ import annotations

from runner.engines import ColumnType, Session
from runner.errors import DatabaseError, Location
from runner.plan.functions import bound_query, compare_columns, example_call
from runner.project.nodes import Node
from runner.project.signature import NO_SIGNATURE, is_exemplified


def try_function(
    node: Node, body: str, session: Session, *, strict: bool
) -> tuple[ColumnType, ...]:
    """Call a function that has just been made, for no rows: the columns that it gives.

    It is called with its examples; without them, DuckDB has seen at its creation that its body can
    be bound, and it is called with nulls only where its columns have to be known.
    body: its compiled text. strict: must the columns be those that YAML describes, where it describes any?
    Raises CompileError for other columns, DatabaseError when it cannot be called.
    """
    compared = bool(node.properties.columns) and node.is_table_function and (
        strict or bool(node.config.mapping("contract").get("enforced"))
    )  # fmt: skip
    exemplified = is_exemplified(node.definition.signature or NO_SIGNATURE)
    if not exemplified and not compared:
        return ()
    query = example_call(node, {}, nulls=not exemplified)
    try:
        given = _called(query, session) if exemplified else session.describe(query)
    except DatabaseError as error:
        _bind(node, body, session, error)
        raise _not_callable(node, error, exemplified=exemplified) from None
    if compared:
        differs = compare_columns(node, given, _declared(node, session))
        if differs is not None:
            raise differs
    return given


def _called(query: str, session: Session) -> tuple[ColumnType, ...]:
    """The columns that a call gives, which is made for no rows."""
    found = session.query(f"{query} limit 0")
    return tuple(map(ColumnType, found.columns, found.types))


def _declared(node: Node, session: Session) -> dict[str, str]:
    """The types that YAML declares for the columns, as the database spells them."""
    typed = [column for column in node.properties.columns if column.data_type]
    if not typed:
        return {}
    listed = ", ".join(
        f"cast(null as {column.data_type}) as c{n}" for n, column in enumerate(typed)
    )
    try:
        described = session.describe(f"select {listed}")
    except DatabaseError as error:
        raise DatabaseError(
            f"a data_type of {node.name} is no type: {error.message.splitlines()[0]}",
            at=node.properties.at,
        ) from None
    return {c.name.lower(): said.type for c, said in zip(typed, described, strict=True)}


def _bind(node: Node, body: str, session: Session, error: DatabaseError) -> None:
    """Meet the error of a call once more at its place in the body, if it can be met there."""
    try:
        session.describe(bound_query(node, body))
    except DatabaseError as again:
        if again.message.split("\n")[0] == error.message.split("\n")[0]:
            raise again from None


def _not_callable(node: Node, error: DatabaseError, *, exemplified: bool) -> DatabaseError:
    lines = [line for line in error.message.split("\n") if line.strip()]
    hint = "\n".join(lines[1:])
    if not exemplified:
        hint = "it was called with nulls: give its arguments an example in the YAML"
    return DatabaseError(
        f"{node.name} was made, but cannot be called: {lines[0].rstrip(':')}",
        at=Location(node.definition.shown),
        hint=hint or None,
    )
