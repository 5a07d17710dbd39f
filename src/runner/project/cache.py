"""The project's values as bytes, and back.

Only values of known kinds are written, so that what comes back is what was there. Knows nothing of
where the bytes lie.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from runner.errors import Location
from runner.project.nodes import (
    Captured,
    Check,
    Column,
    Config,
    Definition,
    Doc,
    Kind,
    Macro,
    Node,
    Properties,
    Ref,
    RelationName,
    SourceTable,
    TestEntry,
    UnitCase,
)


class Unkept(Exception):  # no error: the value is not put into the cache
    """A value of a type that is not known to come back the same."""


def to_bytes(value: object) -> bytes:
    """A value of the project as bytes. Raises Unkept when something in it is not plain."""
    out = BytesIO()
    try:
        _Pickler(out, pickle.HIGHEST_PROTOCOL).dump(value)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        raise Unkept from error
    return out.getvalue()


def from_bytes(content: bytes) -> object:
    """The value again, as a new one."""
    return pickle.loads(content)


_VALUES = (
    Captured, Check, Column, Config, Definition, Doc, Location, Macro, Node, Properties, Ref,
    RelationName, SourceTable, TestEntry, UnitCase,
)  # fmt: skip
_FIELDS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(name for name in kind.__struct_fields__ if (kind, name) != (Definition, "id"))
    for kind in _VALUES
}
_PLAIN = frozenset({
    ("runner.project.yaml", "Map"), ("runner.project.yaml", "Seq"), ("datetime", "date"),
    ("datetime", "datetime"), ("datetime", "time"), ("datetime", "timedelta"),
    ("datetime", "timezone"), ("decimal", "Decimal"), ("runner.project.nodes", "_Empty"),
})  # fmt: skip


class _Pickler(pickle.Pickler):
    """Pickles the project's own values by their fields, plain values as they are, nothing else."""

    def reducer_override(self, value: object) -> Any:
        kind: type = type(value)
        names = _FIELDS.get(kind)
        if names is not None:
            return kind, tuple([getattr(value, name) for name in names])
        if kind is Kind:
            return Kind, (str(value),)
        if isinstance(value, type):
            if value in _FIELDS or value is Kind or _name(value) in _PLAIN:
                return NotImplemented
        elif _name(kind) in _PLAIN:
            return NotImplemented
        raise pickle.PicklingError(f"not plain: {kind}")


def _name(kind: object) -> tuple[str, str]:
    return str(getattr(kind, "__module__", "")), str(getattr(kind, "__qualname__", ""))
