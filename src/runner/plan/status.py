"""How a step can end."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How a step ended, under the names that dbt's run_results.json uses."""

    SUCCESS = "success"
    """A model, seed or snapshot was built."""
    PASS = "pass"
    """A test found nothing."""
    WARN = "warn"
    """A test found rows, and its severity is warn."""
    FAIL = "fail"
    """A test found rows."""
    ERROR = "error"
    """The database refused, or the template could not be rendered."""
    SKIPPED = "skipped"
    """Something that it reads failed, or the build was interrupted."""
    REUSED = "reused"
    """Nothing that it is made from has changed."""

    @property
    def is_bad(self) -> bool:
        """Does it fail the command?"""
        return self in (Status.FAIL, Status.ERROR)

    @property
    def was_run(self) -> bool:
        """Was it run to its end, with an outcome that is not bad?"""
        return self in (Status.SUCCESS, Status.PASS, Status.WARN)
