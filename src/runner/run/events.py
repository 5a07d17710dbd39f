"""What happens while a command runs, as values that every output reads.

Knows nothing of consoles, files or the database: a listener is any function of one event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct, field

from runner.engines import Rows
from runner.errors import Location, RunnerError
from runner.plan.status import Status

__all__ = ["Rows", "Status"]


class Timing(Struct, frozen=True):
    """A named part of a step: `compile`, `execute`."""

    name: str
    started_at: datetime
    completed_at: datetime


class Result(Struct, frozen=True):
    """How one step ended."""

    id: str
    status: Status
    message: str = ""
    """A sentence for the summary: `1,000 rows`, `3 rows are null`, the error."""
    seconds: float = 0.0
    rows: int | None = None
    """Rows of the table that was made, or None where they are not counted."""
    failures: int | None = None
    """Rows that a test found."""
    sample: Rows | None = None
    """The first rows that a test found; cells that differ, for a unit test."""
    error: RunnerError | None = None
    compiled: str | None = None
    """The SQL that was run."""
    relation: str | None = None
    at: Location | None = None
    """The file and line that the step comes from, for annotations."""
    timing: tuple[Timing, ...] = ()
    thread: str = "main"
    response: Mapping[str, object] = field(default_factory=dict)
    """What the database said, as run_results.json's adapter_response."""


class Started(Struct, frozen=True):
    """The command begins to run its steps."""

    command: str
    total: int
    threads: int
    target: str
    """Name of the target and its database, `dev (warehouse.duckdb)`."""


class StepStarted(Struct, frozen=True):
    """A step begins."""

    id: str
    name: str
    kind: str
    """What is made or checked: `table`, `view`, `seed`, `test`, `unit_test`."""


class StepFinished(Struct, frozen=True):
    """A step has ended."""

    id: str
    name: str
    kind: str
    result: Result
    done: int
    total: int


class Logged(Struct, frozen=True):
    """Something to say that is no step: `info`, `warning`, `debug`; print and log of templates."""

    level: str
    message: str
    at: Location | None = None


class Finished(Struct, frozen=True):
    """The command has run its steps."""

    results: tuple[Result, ...]
    seconds: float
    names: Mapping[str, tuple[str, str]]
    """Id → name and kind, for the summary."""
    database: str | None = None
    """The file that readers open."""
    published: bool | None = None
    """Was it made visible? None where the target has no releases."""
    interrupted: bool = False
    notes: tuple[str, ...] = ()


Event: TypeAlias = Started | StepStarted | StepFinished | Logged | Finished
Listener: TypeAlias = Callable[[Event], None]
