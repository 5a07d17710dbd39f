"""Whether the figures can be trusted: what the warehouse's tests and checks found, how fresh it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from runner.report.asking import Ask, rows_of, text_of
from runner.report.words import LANGUAGES

OPTIONAL = ("rpt_data_quality", "rpt_freshness", "metrics_dictionary")
"""Models that a report shows where a project has them."""


class Finding(Struct, frozen=True):
    """A test that found something: `warn` or `fail`, and how many rows."""

    name: str
    status: str
    rows: int


class Check(Struct, frozen=True):
    """Rows that figures leave out or cannot know: more of them than usual is a warning."""

    labels: Mapping[str, str]
    rows: int
    rate: float | None
    is_warning: bool


class Stale(Struct, frozen=True):
    """A table that ends too long before the last seen day."""

    table: str
    last_day: date


class Quality(Struct, frozen=True):
    """passed: tests that found nothing. built_at: when readers last got new data, in UTC."""

    passed: int
    findings: tuple[Finding, ...]
    built_at: str | None
    checks: tuple[Check, ...] = ()
    stale: tuple[Stale, ...] = ()

    @property
    def warned(self) -> int:
        return sum(finding.status == "warn" for finding in self.findings)

    @property
    def failed(self) -> int:
        return len(self.findings) - self.warned


def checks_of(ask: Ask) -> tuple[Check, ...]:
    """What rpt_data_quality found, warnings first."""
    return tuple(
        Check(
            labels_of(row),
            int(str(row["rows_found"])),
            None if row["rate"] is None else float(str(row["rate"])),
            row["state"] == "warning",
        )
        for row in rows_of(ask(text_of("data_quality")))
    )


def stale_of(ask: Ask) -> tuple[Stale, ...]:
    """The tables that rpt_freshness calls stale."""
    found = []
    for row in rows_of(ask(text_of("freshness"))):
        day = row["last_date"]
        assert isinstance(day, date)
        found.append(Stale(f"{row['source']}.{row['table_name']}", day))
    return tuple(found)


def metrics_of(ask: Ask, language: str) -> Mapping[str, str]:
    """The labels of figures that the shop's own dictionary has."""
    rows = rows_of(ask(text_of("metrics")))
    labels = {str(row["metric"]): labels_of(row).get(language) for row in rows}
    return {metric: label for metric, label in labels.items() if label}


def labels_of(row: Mapping[str, object]) -> Mapping[str, str]:
    """A row's columns label_en, label_pt … by language."""
    said = {language: row[f"label_{language}"] for language in LANGUAGES}
    return {language: str(label) for language, label in said.items() if label}
