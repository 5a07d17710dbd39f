"""Which days a report is of, and which days it is compared with.

A period is counted back from `as_of`, the first day that the warehouse has not seen to its end;
nothing here reads the clock.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from msgspec import Struct

from runner.errors import ProjectError

DAY = timedelta(days=1)
LAST = {"last-week": "week", "last-month": "month", "last-quarter": "quarter", "last-year": "year"}
WRITTEN = "last-week, last-month, last-quarter, last-year, 2025-12, 2025-W52, 2025-Q4, 2025 or 2025-12-01..2025-12-14"
BUCKETS = 13
"""Bars of a chart: a month with the twelve before it, so that the one a year ago is among them."""


class Span(Struct, frozen=True):
    """Days from `first` to `last`, both among them."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Period(Struct, frozen=True):
    """What is reported.

    whole: all its days; seen: those of them that are over. previous and year_before cover as many
    days as have been seen, and are None where the shop was not there yet. buckets: the spans of the
    charts, the oldest first; the last ends with the period.
    """

    name: str
    grain: str
    whole: Span
    seen: Span
    previous: Span | None
    year_before: Span | None
    buckets: tuple[Span, ...]
    bucket_grain: str

    @property
    def is_complete(self) -> bool:
        return self.seen == self.whole


def period_of(text: str, *, as_of: date, first_day: date) -> Period:
    """The period that a text names, as seen on `as_of` by a shop that began on `first_day`.

    Raises ProjectError for another text, and for a period that the shop has seen nothing of.
    """
    name, grain, whole = _last(LAST[text], as_of) if text in LAST else _named(text)
    if whole.last < first_day:
        hint = f"its first day is {first_day}, and the first day it has not seen is {as_of}"
        raise ProjectError(f"the shop has nothing in {name}", hint=hint)
    if whole.first >= as_of:
        raise ProjectError(
            f"{name} has not begun: the warehouse has seen the days before {as_of}",
            hint="an earlier --period, or build the warehouse with newer data",
        )
    seen = Span(whole.first, min(whole.last, as_of - DAY))
    previous = _before(whole, grain)
    year_before = None if grain == "year" else _year_before(whole, grain)
    bucket_grain = _bucket_grain(grain, whole)
    return Period(
        name, grain, whole, seen,
        _comparable(previous, seen, whole, first_day),
        _comparable(year_before, seen, whole, first_day),
        _buckets(bucket_grain, whole, seen, first_day), bucket_grain,
    )  # fmt: skip


def _last(grain: str, as_of: date) -> tuple[str, str, Span]:
    """The last whole period before a day."""
    last = _around(as_of, grain).first - DAY
    whole = _around(last, grain)
    return _name(grain, whole), grain, whole


def _around(day: date, grain: str) -> Span:
    """The week, month, quarter or year that holds a day."""
    if grain == "week":
        first = day - timedelta(days=day.weekday())
        return Span(first, first + timedelta(days=6))
    length = {"month": 1, "quarter": 3, "year": 12}[grain]
    month = (day.month - 1) // length * length + 1
    first = date(day.year, month, 1)
    return Span(first, _months_later(first, length) - DAY)


def _months_later(first: date, months: int) -> date:
    """The first day of the month so many months later, or earlier."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _name(grain: str, whole: Span) -> str:
    if grain == "week":
        year, week, _ = whole.first.isocalendar()
        return f"{year}-W{week:02}"
    if grain == "month":
        return f"{whole.first:%Y-%m}"
    if grain == "quarter":
        return f"{whole.first.year}-Q{(whole.first.month + 2) // 3}"
    return str(whole.first.year)


def _named(text: str) -> tuple[str, str, Span]:
    try:
        grain, whole = _parsed(text)
    except ValueError:
        raise ProjectError(f"--period is {text!r}", hint=f"write {WRITTEN}") from None
    if whole.last < whole.first:
        raise ProjectError(
            f"--period {text} ends before it begins", hint="write the first day first"
        )
    return (text if grain == "days" else _name(grain, whole)), grain, whole


def _parsed(text: str) -> tuple[str, Span]:
    if ".." in text:
        first, _, last = text.partition("..")
        return "days", Span(date.fromisoformat(first), date.fromisoformat(last))
    if found := re.fullmatch(r"(\d{4})-W(\d{1,2})", text, re.IGNORECASE):
        return "week", _around(date.fromisocalendar(int(found[1]), int(found[2]), 1), "week")
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", text, re.IGNORECASE):
        return "quarter", _around(date(int(found[1]), int(found[2]) * 3, 1), "quarter")
    if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return "month", _around(date(int(found[1]), int(found[2]), 1), "month")
    if found := re.fullmatch(r"\d{4}", text):
        return "year", _around(date(int(text), 1, 1), "year")
    raise ValueError(text)


def _before(whole: Span, grain: str) -> Span:
    if grain == "days":
        return Span(whole.first - timedelta(days=whole.days), whole.first - DAY)
    return _around(whole.first - DAY, grain)


def _year_before(whole: Span, grain: str) -> Span:
    """The same a year earlier; of a week the one 52 weeks before, which has the same weekdays."""
    if grain == "week":
        year = timedelta(days=364)
        return Span(whole.first - year, whole.last - year)
    if grain == "days":
        return Span(_same_day(whole.first), _same_day(whole.last))
    return _around(_same_day(whole.first), grain)


def _same_day(day: date) -> date:
    """A year earlier; 29 February is 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _comparable(other: Span | None, seen: Span, whole: Span, first_day: date) -> Span | None:
    """As many days of another period as were seen of this one; None before the shop began."""
    if other is None or other.first < first_day:
        return None
    if seen == whole:
        return other
    return Span(other.first, min(other.last, other.first + (seen.days - 1) * DAY))


def _bucket_grain(grain: str, whole: Span) -> str:
    if grain != "days":
        return "week" if grain == "week" else "month"
    if whole.days <= 2 * BUCKETS:
        return "day"
    return "week" if whole.days <= 7 * BUCKETS else "month"


def _buckets(grain: str, whole: Span, seen: Span, first_day: date) -> tuple[Span, ...]:
    """Charted spans, none wholly before the shop or not begun yet; the last may be cut by as_of."""
    found: list[Span] = []
    last = whole.last
    while len(found) < BUCKETS or last >= whole.first:
        around = Span(last, last) if grain == "day" else _around(last, grain)
        if around.last < first_day:
            break
        if around.first <= seen.last:
            found.append(Span(around.first, min(last, seen.last)))
        last = around.first - DAY
    return tuple(reversed(found))
