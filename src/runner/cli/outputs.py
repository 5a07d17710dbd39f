"""Which outputs listen to a command: console or JSON lines, JUnit, GitHub."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.run.events import Event, Listener

Close = Callable[[], None]


def console_listener(*, quiet: bool, verbose: int) -> tuple[Listener, Close]:
    """The console as this process has it."""
    from runner.output.console import console, wants_color

    stream = sys.stdout
    watched = stream.isatty()
    shown = console(
        stream,
        color=wants_color(os.environ, watched),
        width=os.get_terminal_size().columns if watched else None,
        terminal=watched and os.environ.get("TERM") != "dumb",
        quiet=quiet,
        verbosity=verbose,
        github=os.environ.get("GITHUB_ACTIONS") == "true",
    )
    return shown, shown.close


def listeners(
    log_format: str, *, quiet: bool, verbose: int, junit: Path | None, command: str
) -> tuple[Listener, Close]:
    """One listener that tells all outputs, and what closes them.

    Raises ProjectError for an unknown format.
    """
    from runner.errors import ProjectError

    if log_format == "json":
        first, close = _json_lines()
    elif log_format == "text":
        first, close = console_listener(quiet=quiet, verbose=verbose)
    else:
        raise ProjectError(f"--log-format is {log_format!r}", hint="it can be text or json")
    target = junit.resolve() if junit else None

    mute = False

    def listen(event: Event) -> None:
        nonlocal mute
        if not mute:
            try:
                first(event)
            except OSError as error:
                # Whoever reads the output has stopped (`| head`); the build goes on.
                if error.errno not in (errno.EPIPE, errno.ENOSPC):
                    raise
                mute = True
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _reports(event, target, command)

    return listen, close


def _json_lines() -> tuple[Listener, Close]:
    import uuid
    from datetime import UTC, datetime

    from runner.output.jsonlines import jsonlines

    listener = jsonlines(
        sys.stdout,
        invocation_id=str(uuid.uuid4()),
        pid=os.getpid(),
        now=lambda: datetime.now(UTC),
    )
    return listener, lambda: None


def _reports(event: Event, junit: Path | None, command: str) -> None:
    """What is written once, when the steps are done: JUnit, GitHub's annotations and summary."""
    from runner.run.events import Finished

    if not isinstance(event, Finished):
        return
    if junit is not None:
        import socket
        from datetime import UTC, datetime

        from runner.output.junit import junit_xml

        text = junit_xml(
            event,
            name=f"runner {command}",
            started_at=datetime.now(UTC),
            hostname=socket.gethostname(),
        )
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_text(text, "utf-8")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from runner.output.github import job_summary, step_annotations

        for line in step_annotations(event, folder=folder_in_repository()):
            print(line)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with open(summary, "a", encoding="utf-8") as file:
                file.write(job_summary(event, title=f"runner {command}"))


def folder_in_repository() -> str:
    """The project's folder relative to the repository that GitHub has checked out."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return ""
    relative = os.path.relpath(os.getcwd(), workspace)
    return "" if relative == "." or relative.startswith("..") else relative
