"""Which days a period has, and what it is compared with. All dates from a calendar."""

from __future__ import annotations

from datetime import date

import pytest

from runner.errors import ProjectError
from runner.report.figures import two_states
from runner.report.periods import Period, Span, period_of

D = date
BEGUN, NEW_YEAR = D(2024, 1, 1), D(2026, 1, 1)


def of(text: str, as_of: date = NEW_YEAR, first_day: date = BEGUN) -> Period:
    return period_of(text, as_of=as_of, first_day=first_day)


@pytest.mark.parametrize(
    ("text", "as_of", "name", "first", "last"),
    [
        # A month is over on the first day after it, and not a day earlier.
        ("last-month", D(2026, 1, 1), "2025-12", D(2025, 12, 1), D(2025, 12, 31)),
        ("last-month", D(2025, 12, 31), "2025-11", D(2025, 11, 1), D(2025, 11, 30)),
        # 1 January 2026 is a Thursday: the last whole week ended on Sunday, 28 December.
        ("last-week", D(2026, 1, 1), "2025-W52", D(2025, 12, 22), D(2025, 12, 28)),
        ("last-week", D(2026, 1, 5), "2026-W01", D(2025, 12, 29), D(2026, 1, 4)),
        ("last-quarter", D(2026, 1, 1), "2025-Q4", D(2025, 10, 1), D(2025, 12, 31)),
        ("last-year", D(2025, 12, 31), "2024", D(2024, 1, 1), D(2024, 12, 31)),
        ("2024-02", D(2026, 1, 1), "2024-02", D(2024, 2, 1), D(2024, 2, 29)),
        ("2025-w1", D(2026, 1, 1), "2025-W01", D(2024, 12, 30), D(2025, 1, 5)),
        ("2025-q1", D(2026, 1, 1), "2025-Q1", D(2025, 1, 1), D(2025, 3, 31)),
        ("2025-05-04..2025-05-06", D(2026, 1, 1), "2025-05-04..2025-05-06", D(2025, 5, 4), D(2025, 5, 6)),
    ],
)  # fmt: skip
def test_days(text: str, as_of: date, name: str, first: date, last: date) -> None:
    period = of(text, as_of)
    assert (period.name, period.whole) == (name, Span(first, last))
    assert period.is_complete
    assert period.buckets[-1].last == last


def test_what_a_period_is_compared_with() -> None:
    march = of("2025-03")
    assert march.previous == Span(D(2025, 2, 1), D(2025, 2, 28))
    assert march.year_before == Span(D(2024, 3, 1), D(2024, 3, 31))
    # 52 weeks earlier: the same weekdays.
    week = of("2025-W10")
    assert week.year_before == Span(D(2024, 3, 4), D(2024, 3, 10))
    assert of("2025").year_before is None  # that is the period before
    days = of("2025-05-04..2025-05-06")
    assert days.previous == Span(D(2025, 5, 1), D(2025, 5, 3))
    assert of("2024-02-29..2024-02-29", first_day=D(2020, 1, 1)).year_before == Span(
        D(2023, 2, 28), D(2023, 2, 28)
    )


def test_nothing_is_compared_with_days_before_the_shop() -> None:
    january = of("2024-01")
    assert january.previous is None
    assert january.year_before is None
    assert of("2024-02").previous is not None
    assert len(of("2024-02").buckets) == 2


def test_a_period_that_is_not_over_is_cut_and_compared_with_as_many_days() -> None:
    running = of("2025-12", D(2025, 12, 11))
    assert not running.is_complete
    assert running.seen == Span(D(2025, 12, 1), D(2025, 12, 10))
    assert running.previous == Span(D(2025, 11, 1), D(2025, 11, 10))
    assert running.year_before == Span(D(2024, 12, 1), D(2024, 12, 10))
    assert running.buckets[-1] == running.seen
    # Never more days than the other period has: 1 to 30 March against the 28 of February.
    assert of("2025-03", D(2025, 3, 31)).previous == Span(D(2025, 2, 1), D(2025, 2, 28))


def test_charts_have_a_bar_a_month_a_week_or_a_day() -> None:
    months = of("2025-12").buckets
    assert (len(months), months[0].first) == (13, D(2024, 12, 1))
    assert [b.days for b in of("2025-W20").buckets] == [7] * 13
    assert [b.days for b in of("2025-05-01..2025-05-20").buckets] == [1] * 20
    assert of("2024-01-01..2025-12-31").bucket_grain == "month"
    assert len(of("2024-01-01..2025-12-31").buckets) == 24


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-01", "has not begun"),
        ("2023-12", "has nothing in 2023-12"),
        ("last-years", "--period is 'last-years'"),
        ("2025-13", "--period is '2025-13'"),
        ("2025-W54", "--period is '2025-W54'"),
        ("2025-05-06..2025-05-04", "ends before it begins"),
        ("2025-05-06..", "--period is '2025-05-06..'"),
    ],
)
def test_what_is_no_period_is_said(text: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        of(text)


def test_a_new_shop_without_a_whole_month_is_told_when_it_began() -> None:
    with pytest.raises(ProjectError) as raised:
        of("last-month", as_of=D(2025, 6, 20), first_day=D(2025, 6, 1))
    assert "2025-06-01" in str(raised.value)


def test_segments_are_those_of_the_last_month_that_was_over() -> None:
    states = [Span(D(2025, m, 1), D(2025, m, d)) for m, d in ((9, 30), (10, 31), (11, 30))]
    september, october, november = states
    assert two_states(states, of("2025-11")) == (november, october)
    assert two_states(states, of("2025-Q4", D(2025, 12, 5))) == (november, september)
    # Within a week nothing is scored: what moved is the last month.
    assert two_states(states, of("2025-W46")) == (october, september)
    assert two_states(states, of("2025-09")) == (september, None)
    assert two_states(states, of("2025-08")) == (None, None)
