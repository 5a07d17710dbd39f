"""Data tests: the query whose rows are failures, and the verdict on how many there are.

The built-in tests are functions here; any other is a macro, rendered like a model. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from runner.engines import Rows
from runner.errors import CompileError
from runner.plan.status import Status
from runner.project.nodes import Config, quote
from runner.sql.tokens import without_semicolon


class Asked(Struct, frozen=True):
    """A built-in test's question: the tested relation as SQL, the column and the arguments."""

    model: str
    column: str | None
    arguments: Mapping[str, object]


def _column(asked: Asked, test: str) -> str:
    if asked.column is None:
        raise CompileError(f"the test {test} needs a column", hint="put it under a column")
    return asked.column


def not_null(asked: Asked) -> str:
    """Rows whose column is null."""
    column = _column(asked, "not_null")
    return f"select *\nfrom {asked.model}\nwhere {column} is null"


def unique(asked: Asked) -> str:
    """Values that stand in more than one row, with how many."""
    column = _column(asked, "unique")
    return (
        f"select\n    {column} as unique_field,\n    count(*) as n_records\nfrom {asked.model}\n"
        f"where {column} is not null\ngroup by {column}\nhaving count(*) > 1"
    )


def accepted_values(asked: Asked) -> str:
    """Values that are not among those accepted, with how many rows have them."""
    column = _column(asked, "accepted_values")
    values = asked.arguments.get("values")
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise CompileError(
            "the test accepted_values needs values", hint="write values: [placed, shipped]"
        )
    quoted = bool(asked.arguments.get("quote", True))
    listed = ", ".join(_literal(value, quoted=quoted) for value in values)
    return (
        "with all_values as (\n"
        f"    select {column} as value_field, count(*) as n_records\n    from {asked.model}\n"
        f"    group by {column}\n)\nselect *\nfrom all_values\nwhere value_field not in ({listed})"
    )


def relationships(asked: Asked) -> str:
    """Values that the other relation does not have. Null is no value."""
    column = _column(asked, "relationships")
    to, field = asked.arguments.get("to"), asked.arguments.get("field")
    if not to or not field:
        raise CompileError(
            "the test relationships needs to and field",
            hint="write to: ref('dim_customers') and field: customer_id",
        )
    return (
        f"with child as (\n    select {column} as from_field\n    from {asked.model}\n"
        f"    where {column} is not null\n),\n"
        f"parent as (\n    select {field} as to_field\n    from {to}\n)\n"
        "select from_field\nfrom child\nleft join parent on child.from_field = parent.to_field\n"
        "where parent.to_field is null"
    )


def grain(asked: Asked) -> str:
    """Keys that stand in more than one row, or are null in part, with how many rows have them."""
    columns = asked.arguments.get("columns")
    if not isinstance(columns, Sequence) or isinstance(columns, str) or not columns:
        raise CompileError("the grain needs columns", hint="write grain: [order_id]")
    listed = ", ".join(quote(str(column)) for column in columns)
    nulls = " or ".join(f"{quote(str(column))} is null" for column in columns)
    return (
        f"select {listed}, count(*) as n_records\nfrom {asked.model}\ngroup by {listed}\n"
        f"having count(*) > 1 or bool_or({nulls})"
    )


CHECKS: Mapping[str, Callable[[Asked], str]] = {
    "not_null": not_null,
    "unique": unique,
    "accepted_values": accepted_values,
    "relationships": relationships,
    "grain": grain,
}


def built_in(test: str, arguments: Mapping[str, object]) -> str:
    """The query of a built-in test, from its rendered arguments.

    Raises CompileError for arguments that are missing or unknown.
    """
    column = arguments.get("column_name")
    others = {k: v for k, v in arguments.items() if k not in ("model", "column_name")}
    known = {
        "accepted_values": ("values", "quote"), "relationships": ("to", "field"),
        "grain": ("columns",),
    }.get(test, ())  # fmt: skip
    for name in others:
        if name not in known:
            raise CompileError(
                f"the test {test} has no argument {name!r}",
                hint=f"it takes: {', '.join(known) or 'none'}",
            )
    model = str(arguments["model"])
    return CHECKS[test](Asked(model, None if column is None else str(column), others))


def verdict_query(query: str, config: Config) -> str:
    """The question that is put to the database: failures, should_warn, should_error."""
    calculated = config.text("fail_calc") or "count(*)"
    warn_if = config.text("warn_if") or "!= 0"
    error_if = config.text("error_if") or "!= 0"
    limit = config.get("limit")
    limited = f"\nlimit {int(str(limit))}" if limit is not None else ""
    return (
        f"select\n    {calculated} as failures,\n    {calculated} {warn_if} as should_warn,\n"
        f"    {calculated} {error_if} as should_error\nfrom (\n{without_semicolon(query)}{limited}\n)"
        " as dbt_internal_test"
    )


class Verdict(Struct, frozen=True):
    """What a test's answer means."""

    status: Status
    failures: int
    message: str


def verdict(rows: Rows, config: Config) -> Verdict:
    """A test's status, from its answer and its severity."""
    failures, should_warn, should_error = rows.values[0]
    count = int(str(failures)) if failures is not None else 0
    severity = (config.text("severity") or "error").lower()
    found = f"{count:,} failing row{'s' if count != 1 else ''}"
    if severity == "error" and should_error:
        return Verdict(Status.FAIL, count, found + _configured(config, "error_if"))
    if should_warn:
        return Verdict(Status.WARN, count, found + _configured(config, "warn_if"))
    return Verdict(Status.PASS, count, "")


def _configured(config: Config, key: str) -> str:
    given = config.text(key)
    return f", configured to {key.split('_')[0]} if {given}" if given else ""


def _literal(value: object, *, quoted: bool) -> str:
    if not quoted or isinstance(value, bool | int | float):
        if quoted and isinstance(value, int | float) and not isinstance(value, bool):
            return "'" + str(value) + "'"
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
