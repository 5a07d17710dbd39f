"""What compiled templates work with: macros' names, native values. Needs no template engine."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable
from typing import Any

MACRO_PREFIX = "dbt_macro__"


class MacroHolder:
    """An object whose attributes are macros."""


class Text(str):
    """A text that stays one, whatever it looks like."""

    __slots__ = ()


def native_value(values: Iterable[Any]) -> Any:
    """The value of a rendered text: that of its only expression, or what the text reads as."""
    parts = list(values)
    if not parts:
        return ""
    if len(parts) == 1:
        if isinstance(parts[0], Text) or not isinstance(parts[0], str):
            return str(parts[0]) if isinstance(parts[0], Text) else parts[0]
        text = parts[0]
    else:
        text = "".join(str(part) for part in parts)
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, TypeError):
        return text
