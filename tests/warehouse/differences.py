"""Comparing what two warehouses publish, column by column, with what a change must do to each cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

from tests.warehouse.shops import Report

Cell = Callable[[str, str, object, Mapping[str, object]], object]
"""(relation, column, value, the row) → what the value must have become."""


def same(relation: str, column: str, value: object, row: Mapping[str, object]) -> object:
    return value


def differences(
    actual: Mapping[str, Report],
    expected: Mapping[str, Report],
    *,
    became: Cell = same,
    apart: Callable[[str, str], bool] = lambda relation, column: False,
    near: Callable[[str, str], float] = lambda relation, column: 0.0,
) -> list[str]:
    """What differs: one line a relation and column. None is left out in silence.

    became: what a cell of `expected` must be in `actual`. apart: columns that are not compared. near:
    by how much numbers of a column may differ.
    """
    if actual.keys() != expected.keys():
        return [f"relations: {sorted(actual.keys() ^ expected.keys())}"]
    found: list[str] = []
    for relation, wanted in expected.items():
        have = actual[relation]
        if have.names != wanted.names:
            found.append(f"{relation}: columns {have.names} {wanted.names}")
            continue
        kept = [n for n, name in enumerate(wanted.names) if not apart(relation, name)]
        left = [tuple(row[n] for n in kept) for row in have.rows]
        right = [
            tuple(
                became(relation, wanted.names[n], row[n], dict(zip(wanted.names, row, strict=True)))
                for n in kept
            )
            for row in wanted.rows
        ]
        names = [wanted.names[n] for n in kept]
        found += _unlike(relation, names, left, right, near)
    return found


def _unlike(
    relation: str,
    names: list[str],
    left: list[tuple[object, ...]],
    right: list[tuple[object, ...]],
    near: Callable[[str, str], float],
) -> list[str]:
    if len(left) != len(right):
        return [f"{relation}: {len(left)} rows, expected {len(right)}"]
    bounds = [near(relation, name) for name in names]
    left, right = sorted(left, key=_order), sorted(right, key=_order)
    found: dict[str, str] = {}
    for ours, theirs in zip(left, right, strict=True):
        for name, bound, mine, its in zip(names, bounds, ours, theirs, strict=True):
            if not _alike(mine, its, bound):
                found.setdefault(name, f"{relation}.{name}: {mine!r}, expected {its!r}")
    return list(found.values())


def _order(row: tuple[object, ...]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Keys first: numbers that may differ a little decide last."""
    texts = tuple("" if isinstance(cell, float | Decimal) else str(cell) for cell in row)
    numbers = tuple(float(cell) for cell in row if isinstance(cell, float | Decimal))
    return texts, numbers


def _alike(mine: object, its: object, bound: float) -> bool:
    if isinstance(mine, float) and isinstance(its, float):
        return math.isclose(mine, its, rel_tol=1e-9, abs_tol=bound or 1e-12)
    if isinstance(mine, Decimal) and isinstance(its, Decimal) and bound:
        return abs(mine - its) <= Decimal(str(bound))
    return mine == its
