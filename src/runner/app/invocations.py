"""The log of what every command did, beside the releases: a JSON object a line.

Knows nothing of the database that the lines are folded into.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from runner import __version__

LOG = "invocations.jsonl"


class Invocation(Struct, frozen=True):
    """A command that ended: what it was asked, how it went, and its steps that were not reused."""

    id: str
    started_at: str
    seconds: float
    command: str
    arguments: str
    status: str
    published: bool | None
    ci: str | None
    steps: tuple[Mapping[str, object], ...]
    runner: str = __version__
    duckdb: str = ""

    def as_json(self) -> str:
        """The invocation as one line of the log."""
        return json.dumps(asdict(self), default=str)


def append(folder: Path, invocation: Invocation) -> None:
    """Add an invocation to the log."""
    append_line(folder, invocation.as_json())


def append_line(folder: Path, line: str) -> None:
    """Add an invocation, as its line, to the log; a log that cannot be written is no error."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / LOG, "a", encoding="utf-8") as log:
            log.write(line + "\n")


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The invocations of the log; a line that cannot be read is left out."""
    found: list[dict[str, Any]] = []
    with suppress(OSError):
        for line in (folder / LOG).read_text("utf-8").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
    return found


def ci_id(environ: Mapping[str, str]) -> str | None:
    """What the build server calls this run, where there is one."""
    for name in ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG", "BUILD_ID"):
        if environ.get(name):
            return environ[name]
    return None
