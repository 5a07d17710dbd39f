"""How a verb is called: its options read, its outputs listening, its errors told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.cli.boundary import guarded
from runner.cli.options import make_options

if TYPE_CHECKING:
    from runner.app.load import Options, Outside
    from runner.run.events import Listener


def listened(
    command: str, does: Callable[[Options, Outside], int], *, log_format: str, quiet: bool,
    verbose: int, junit: Path | None, **given: Any,
) -> None:  # fmt: skip
    """Call what builds or tests: its events are heard by all outputs. given: its other options."""

    def verb() -> int:
        from runner.cli.outputs import listeners

        listener, close = listeners(
            log_format, quiet=quiet, verbose=verbose, junit=junit, command=command
        )
        try:
            options = make_options(command, **given)
            return does(options, here(listener, options))
        finally:
            close()

    guarded(verb)


def look(
    command: str, verb: Callable[[Options, Outside], int], given: dict[str, Any], *,
    quiet: bool = False,
) -> None:  # fmt: skip
    """Call what only looks: the console shows its warnings."""

    def looking() -> int:
        from runner.cli.outputs import console_listener

        listener, close = console_listener(quiet=quiet, verbose=0)
        try:
            options = make_options(command, **given)
            return verb(options, here(listener, options))
        finally:
            close()

    guarded(looking)


def here(listener: Listener, options: Options) -> Outside:
    """The world around the command; the working folder becomes the project's, as in dbt."""
    from runner.app.load import project_folder, system
    from runner.project.config import find_root

    outside = system(listener)
    os.chdir(find_root(project_folder(options, outside)))
    return outside
