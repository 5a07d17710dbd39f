"""Numbers, times and outcomes in a person's words.

Knows nothing of colours or of where the words appear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from runner.output.paint import Tone
from runner.run.events import Finished, Result, Rows, Status

WORDS = {
    Status.SUCCESS: ("OK", "built", Tone.GOOD),
    Status.PASS: ("PASS", "passed", Tone.GOOD),
    Status.WARN: ("WARN", "warned", Tone.CAUTION),
    Status.FAIL: ("FAIL", "failed", Tone.BAD),
    Status.ERROR: ("ERROR", "broken", Tone.BAD),
    Status.SKIPPED: ("SKIP", "skipped", Tone.QUIET),
    Status.REUSED: ("SAME", "unchanged", Tone.QUIET),
}
"""A status as it stands before a step, as it is counted, and its tone."""

DIFFERENCE = ("row", "column", "expected", "actual")
"""Columns of a unit test's sample: one row for each cell that differs."""


def plural(number: int, noun: str) -> str:
    """`1 row`, `2,431 rows`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """`0.12 s`, `2 m 05 s`, `1 h 01 m`."""
    if round(seconds, 2) < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} m" if hours else f"{minutes} m {rest:02} s"


def counted(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """How many steps ended how, in the order of the words above, without zeros."""
    counts = Counter(result.status for result in results)
    return [(status, counts[status]) for status in WORDS if counts[status]]


def named(finished: Finished, result: Result) -> tuple[str, str]:
    """Name and kind of a step."""
    return finished.names.get(result.id, (result.id, ""))


def size(result: Result) -> str:
    """Rows that were made or found, cells that differ; empty where they are not counted."""
    if result.sample is not None and is_difference(result.sample):
        return plural(len(result.sample.values), "cell")
    number = result.failures or result.rows
    return "" if number is None else plural(number, "row")


def is_difference(sample: Rows) -> bool:
    """Is it a unit test's list of cells that differ?"""
    return sample.columns == DIFFERENCE


def command_for_rows(result: Result, name: str) -> str | None:
    """The command that shows all rows that a test found."""
    if result.sample is None or is_difference(result.sample):
        return None
    return f"runner show --failures {name}"


def sample_of(result: Result, limit: int) -> tuple[Rows, str] | None:
    """The first rows that a test found, and what they are of all: `first 5 of 12 rows`.

    A unit test's differences are given whole: they say what is wrong only together.
    """
    sample = result.sample
    if sample is None or not sample.values:
        return None
    if is_difference(sample):
        return sample, ""
    first = Rows(sample.columns, sample.types, sample.values[:limit])
    shown, found = len(first.values), result.failures or len(sample.values)
    return first, f"first {shown:,} of {plural(found, 'row')}" if shown < found else ""
