"""Values of any type as text: for a cell, for a CSV field, as JSON.

Knows nothing of tables, events or files.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def plain(value: object) -> str:
    """A value as a person or a CSV reader sees it; None is the caller's to show.

    Decimals keep their digits and never take an exponent; timestamps have a space as in SQL;
    bytes are `\\xAB`; lists, structs and maps are JSON.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes | bytearray | memoryview):
        return _hex(bytes(value))
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return exact_json(value)
    return str(value)


def printable(text: str) -> str:
    """The text on one line, with control characters written out: a cell cannot move the cursor."""
    return _CONTROL.sub(_written_out, text) if not text.isprintable() else text


def lines_of(text: str) -> list[str]:
    """The text's lines, without control characters: a message cannot move the cursor either."""
    return [printable(line) for line in text.split("\n")]


def dumps(value: object) -> str:
    """Compact JSON of any value, in ASCII; what JSON does not know becomes text.

    Decimals, dates, bytes and not-a-number become strings: no reader loses digits or stops.
    """
    try:
        return json.dumps(value, default=_text_for_json, allow_nan=False, separators=(", ", ": "))
    except (TypeError, ValueError, RecursionError):
        return json.dumps(_tamed(value, ()), allow_nan=False)


def exact_json(value: object) -> str:
    """JSON whose numbers have exactly the digits of the value: a decimal 1.50 stays `1.50`."""
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, Mapping):
        pairs = (f"{_quoted(_key(key))}: {exact_json(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(exact_json(item) for item in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return _quoted(str(value))
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    return _quoted(_text_for_json(value) if not isinstance(value, str) else value)


def unique_names(names: Iterable[str]) -> list[str]:
    """Column names with `_2`, `_3` … after those that came before: JSON keys must differ."""
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate)
        found.append(candidate)
    return found


def _quoted(text: object) -> str:
    try:
        shown = json.dumps(text, ensure_ascii=False)
        shown.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return shown


def _text_for_json(value: object) -> object:
    """The default of the C encoder: a JSON value for what it does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    try:
        return plain(value)
    except Exception:  # a foreign __str__ may do anything, and no event may be lost for it
        return object.__repr__(value)


def _tamed(value: object, above: tuple[int, ...]) -> object:
    """A copy that the C encoder accepts: text keys, no not-a-number, no circles."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if id(value) in above or len(above) > 100:
        return "…"
    inside = (*above, id(value))
    if isinstance(value, Mapping):
        return {_key(key): _tamed(item, inside) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_tamed(item, inside) for item in value]
    return _text_for_json(value)


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    return "null" if key is None else str(_text_for_json(key))


def _hex(value: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in value)


def _written_out(match: re.Match[str]) -> str:
    character = match.group()
    number = ord(character)
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
