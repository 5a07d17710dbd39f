"""The canonical files as rows of texts, and the few ways to read a text."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

Row = dict[str, str]
Files = dict[str, list[Row]]
K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


def read(folder: Path) -> Files:
    """Each file's rows under its name; what is missing is the empty text."""
    return {
        path.stem: list(csv.DictReader(path.read_text("utf-8").splitlines()))
        for path in sorted(folder.glob("*.csv"))
    }


def number(text: str) -> Fraction:
    """An exact number; nothing is 0."""
    return Fraction(text) if text else Fraction(0)


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day(text: str) -> date:
    return at(text).date()


def true(text: str) -> bool:
    return text == "true"


def grouped(rows: Iterable[R], key: Callable[[R], K]) -> dict[K, list[R]]:
    """The rows under each key, in their order."""
    found: dict[K, list[R]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)
