"""Whether the figures can be trusted: how the warehouse's tests went, and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A test that found something: `warn` or `fail`, and how many rows."""

    name: str
    status: str
    rows: int


@dataclass(frozen=True, slots=True)
class Quality:
    """passed: tests that found nothing. built_at: when readers last got new data, in UTC."""

    passed: int
    findings: tuple[Finding, ...]
    built_at: str | None

    @property
    def warned(self) -> int:
        return sum(finding.status == "warn" for finding in self.findings)

    @property
    def failed(self) -> int:
        return len(self.findings) - self.warned
