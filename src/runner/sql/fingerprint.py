"""What a text of SQL amounts to: its fingerprint, and what in it may answer differently tomorrow.

Comments, white space and the case of keywords do not count; identifiers and literals count as they
are written, since DuckDB names columns by them. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from runner.sql.tokens import Token, code

KEYWORDS = frozenset(
    """all analyze and any array as asc asof at between by case cast check collate column columns
    constraint cross cube current_row desc describe distinct else end except exclude exists extract
    false fetch filter first following for from full glob group grouping having ilike in inner
    intersect interval into is isnull join last lateral left like limit materialized natural not
    notnull null nulls offset on or order outer over partition pivot positional preceding qualify
    range recursive replace right rollup row rows sample select semi anti set sets similar some
    summarize table tablesample then to true try_cast unbounded union unpivot using values when
    where window with within without""".split()
)
VOLATILE_CALLS = frozenset(
    """now random uuid gen_random_uuid uuidv4 uuidv7 current_timestamp get_current_timestamp
    transaction_timestamp nextval currval setseed txid_current getvariable current_query
    clock_timestamp gen_random_bytes get_current_time current_localtimestamp current_localtime
    """.split()
)
VOLATILE_WORDS = frozenset({"current_timestamp", "localtimestamp", "current_time", "localtime"})
DATED_CALLS = frozenset({"today", "current_date"})
DATED_WORDS = frozenset({"current_date"})
OUTSIDE_CALLS = frozenset(
    """read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_ndjson
    read_ndjson_auto read_json_objects read_ndjson_objects read_text read_blob glob sniff_csv
    parquet_metadata parquet_schema parquet_file_metadata parquet_kv_metadata read_xlsx st_read
    delta_scan iceberg_scan sqlite_scan postgres_scan mysql_scan query query_table getenv
    current_setting current_database current_schema current_schemas current_user session_user user
    version sql_auto_complete pragma_table_info pragma_database_size pragma_storage_info
    pragma_show which_secret""".split()
)
OUTSIDE_PREFIXES = ("duckdb_", "pragma_", "pg_", "information_schema")


class Reading(Struct, frozen=True):
    """What a text of SQL reads that is no table.

    volatile: functions that answer differently each time. dated: whether it reads today's date.
    outside: functions that read files, settings or the catalogue.
    """

    volatile: tuple[str, ...] = ()
    dated: bool = False
    outside: tuple[str, ...] = ()


def normalized(sql: str | list[Token]) -> str:
    """A text that two equal pieces of SQL share."""
    return " ".join(_word(token) for token in (code(sql) if isinstance(sql, str) else sql))


def _word(token: Token) -> str:
    lowered = token.text.lower()
    return lowered if token.kind == "word" and lowered in KEYWORDS else token.text


def digest(parts: Iterable[object]) -> str:
    """A short, stable hash of values: 16 hexadecimal digits of sha256.

    Every part is written with its length, so that two lists of parts are never taken for each other.
    """
    found = hashlib.sha256()
    for part in parts:
        text = str(part).encode()
        found.update(f"{len(text)}:".encode() + text)
    return found.hexdigest()[:16]


def reading(sql: str | list[Token]) -> Reading:
    """What a text, or its pieces, reads beside tables."""
    volatile: dict[str, None] = {}
    outside: dict[str, None] = {}
    dated = False
    found = code(sql) if isinstance(sql, str) else sql
    for n, token in enumerate(found):
        if token.kind != "word":
            continue
        name = token.text.lower()
        after = found[n + 1].text if n + 1 < len(found) else ""
        before = found[n - 1].text if n else ""
        if after == "(":
            if name in VOLATILE_CALLS:
                volatile[name] = None
            elif name in DATED_CALLS:
                dated = True
            elif name in OUTSIDE_CALLS or name.startswith(OUTSIDE_PREFIXES):
                outside[name] = None
        elif before != "." and after != ".":
            if name in VOLATILE_WORDS:
                volatile[name] = None
            elif name in DATED_WORDS:
                dated = True
        if name in ("information_schema", "pg_catalog", "sqlite_master"):
            outside[name] = None
    return Reading(tuple(volatile), dated, tuple(outside))
