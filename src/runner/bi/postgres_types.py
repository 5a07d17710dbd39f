"""How a column of the warehouse travels to PostgreSQL: its type there, and what is sent of it.

Values go as PostgreSQL's own binary form. Days and times are sent as the integers that this form
is made of, counted from 2000-01-01, so that `infinity` and every microsecond arrive as they are.
Pure: knows no server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.project.nodes import quote

LONGEST_NAME = 63
"""Bytes; PostgreSQL cuts longer names off without a word that anybody reads."""

_MICROSECONDS = 946_684_800_000_000
"""From 1970-01-01 to 2000-01-01."""
_DAY = (
    "case when isinf({c}) then case when {c} > date '2000-01-01' then 2147483647 else -2147483648 end"
    " else date_diff('day', date '2000-01-01', {c}) end::integer"
)
_MOMENT = (
    "case when isinf({c}) then case when {c} > timestamp '2000-01-01' then 9223372036854775807"
    " else -9223372036854775807 - 1 end"
    f" else epoch_us({{c}}) - {_MICROSECONDS} end::bigint"
)
_ZONED = _MOMENT.replace("timestamp '2000-01-01'", "timestamptz '2000-01-01 00:00:00+00'")
_PLAIN: Mapping[str, tuple[str, str]] = {
    "BOOLEAN": ("boolean", "{c}"),
    "TINYINT": ("smallint", "{c}::smallint"),
    "SMALLINT": ("smallint", "{c}"),
    "INTEGER": ("integer", "{c}"),
    "BIGINT": ("bigint", "{c}"),
    "UTINYINT": ("smallint", "{c}::smallint"),
    "USMALLINT": ("integer", "{c}::integer"),
    "UINTEGER": ("bigint", "{c}::bigint"),
    "UBIGINT": ("numeric(20,0)", "{c}::decimal(20, 0)"),
    "HUGEINT": ("numeric(38,0)", "{c}::decimal(38, 0)"),
    "UHUGEINT": ("numeric(38,0)", "{c}::decimal(38, 0)"),
    "FLOAT": ("real", "{c}"),
    "DOUBLE": ("double precision", "{c}"),
    "VARCHAR": ("text", "{c}"),
    "DATE": ("date", _DAY),
    "TIME": ("time without time zone", "epoch_us({c})::bigint"),
    "TIMESTAMP": ("timestamp without time zone", _MOMENT),
    "TIMESTAMP_S": ("timestamp without time zone", _MOMENT.replace("{c}", "{c}::timestamp")),
    "TIMESTAMP_MS": ("timestamp without time zone", _MOMENT.replace("{c}", "{c}::timestamp")),
    "TIMESTAMP_NS": ("timestamp without time zone", _MOMENT.replace("{c}", "{c}::timestamp")),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", _ZONED),
    "INTERVAL": ("interval", "{c}"),
    "UUID": ("uuid", "unhex(replace({c}::varchar, '-', ''))"),
    "BLOB": ("bytea", "{c}"),
    "JSON": ("json", "{c}::varchar"),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_NESTED = re.compile(r"^(STRUCT|MAP|UNION|VARIANT)\b|\]$")


def sent_as(name: str, kind: str) -> tuple[str, str]:
    """PostgreSQL's type for a column of DuckDB's type `kind`, and the expression that is sent.

    Lists, structs and maps become `json`; what PostgreSQL has no like of, text.
    """
    column = quote(name)
    decimal = _DECIMAL.fullmatch(kind)
    if decimal:
        return f"numeric({decimal[1]},{decimal[2]})", column
    if kind in _PLAIN:
        there, expression = _PLAIN[kind]
        return there, expression.format(c=column)
    if _NESTED.search(kind):
        return "json", f"to_json({column})::varchar"
    return "text", f"{column}::varchar"


def too_long(name: str) -> bool:
    """Would PostgreSQL cut this name off?"""
    return len(name.encode()) > LONGEST_NAME
