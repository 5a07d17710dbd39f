"""How a report asks the warehouse: queries of the folder queries/, which name models by ref."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files

from runner.engines import Rows

Ask = Callable[[str], Rows]
"""Answers a query, compiled by the project: no relation is named here."""
Row = Mapping[str, object]


def text_of(name: str) -> str:
    """The text of a query."""
    return files("runner.report").joinpath("queries", f"{name}.sql").read_text("utf-8")


def rows_of(rows: Rows) -> tuple[Row, ...]:
    """Rows as mappings of column to value."""
    return tuple(dict(zip(rows.columns, values, strict=True)) for values in rows.values)
