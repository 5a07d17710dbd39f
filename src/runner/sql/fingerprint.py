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
    ago current_connection_id current_query_id current_transaction_id""".split()
)
SAMPLE = "sample"
"""Stands among what is volatile for rows that are drawn at random."""
VOLATILE_WORDS = frozenset({"current_timestamp", "localtimestamp", "current_time", "localtime"})
DATED_CALLS = frozenset({"today", "current_date"})
DATED_WORDS = frozenset({"current_date"})
OUTSIDE_CALLS = frozenset(
    """read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_ndjson
    read_ndjson_auto read_json_objects read_ndjson_objects read_text read_blob glob sniff_csv
    parquet_metadata parquet_schema parquet_file_metadata parquet_kv_metadata read_xlsx st_read
    read_json_objects_auto read_duckdb parquet_full_metadata parquet_bloom_probe
    delta_scan iceberg_scan sqlite_scan postgres_scan mysql_scan query query_table getenv
    json_execute_serialized_sql in_search_path current_catalog current_role current_setting current_database current_schema current_schemas current_user session_user user
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
        after = found[n + 1].text if n + 1 < len(found) else ""
        if token.kind != "word" and not (token.kind == "quoted" and after == "("):
            continue
        name = token.text.strip('"').lower()
        before = found[n - 1].text if n else ""
        if after == "(":
            if name in VOLATILE_CALLS:
                volatile[name] = None
            elif name in DATED_CALLS or (name == "age" and _has_one_argument(found, n + 1)):
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
        if _draws_rows(found, n):
            volatile[SAMPLE] = None
    return Reading(tuple(volatile), dated, tuple(outside))


def _has_one_argument(found: list[Token], opened: int) -> bool:
    """Is there one argument between the bracket here and its end? `age(moment)` counts from today."""
    depth = 0
    for token in found[opened:]:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if depth == 0:
            break
        if depth == 1 and token.text == ",":
            return False
    return True


def _draws_rows(found: list[Token], n: int) -> bool:
    """Does `tablesample …` or `using sample …` begin here, without a seed: other rows each time?"""
    words = [token.text.lower() for token in found[n : n + 2]]
    if words[0] != "tablesample" and words != ["using", "sample"]:
        return False
    return not any(_is_seed(found, at) for at in range(n, min(n + 16, len(found))))


def _is_seed(found: list[Token], n: int) -> bool:
    """Is a seed given here, as `repeatable (42)` or in `(reservoir, 42)`?"""
    words = [token.text.lower() for token in found[n : n + 4]]
    if words[:2] == ["repeatable", "("]:
        return True
    return len(words) == 4 and words[1] == "," and words[3] == ")" and words[2].isdigit()
