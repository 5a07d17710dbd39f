"""Answers to surveys, ratings and tickets: the last answer of a person in a wave counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from statistics import median

from tests.support.shop.files import Row, at, day
from tests.support.shop.periods import month_of
from tests.support.shop.sales import Sales


def answers(sales: Sales, kind: str) -> list[Row]:
    """The answers of a survey that count."""
    last: dict[tuple[str, str], Row] = {}
    for row in sales.files["surveys"]:
        if row["survey_type"] != kind or not row["responded_at"] or not row["score"]:
            continue
        key = (row["wave"], sales.people[row["customer_id"]])
        if key not in last or (last[key]["responded_at"], last[key]["response_id"]) < (
            row["responded_at"],
            row["response_id"],
        ):
            last[key] = row
    return list(last.values())


def of_month(rows: Iterable[Row], field: str, month: date) -> list[Row]:
    return [row for row in rows if row[field] and month_of(day(row[field])) == month]


def scores(rows: Iterable[Row], field: str = "score") -> list[int]:
    return [int(row[field]) for row in rows if row[field]]


def nps(found: list[int]) -> float:
    return 100 * (sum(s >= 9 for s in found) - sum(s <= 6 for s in found)) / len(found)


def hours(rows: Iterable[Row], field: str) -> float:
    """The median of the hours from a ticket's opening."""

    def apart(sooner: datetime, later: datetime) -> float:
        return (later - sooner).total_seconds() / 3600

    return median(apart(at(r["created_at"]), at(r[field])) for r in rows if r[field])
