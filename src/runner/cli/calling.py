"""How a verb is called: its options read, its outputs listening, its errors told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.cli.boundary import guarded
from runner.cli.options import make_options

if TYPE_CHECKING:
    from runner.app.command import Options, Outside
    from runner.run.events import Listener


def listened(
    command: str, does: Callable[[Options, Outside], int], *, log_format: str, quiet: bool,
    verbose: int, junit: Path | None, inside: bool = True, **given: Any,
) -> None:  # fmt: skip
    """Call what builds or tests: its events are heard by all outputs. given: its other options.

    inside: in the project's folder from the start.
    """

    def verb() -> int:
        from runner.cli.outputs import listeners

        listener, close = listeners(
            log_format, quiet=quiet, verbose=verbose, junit=junit, command=command
        )
        try:
            options = make_options(command, **given)
            return does(options, _outside(listener, options, inside=inside))
        finally:
            close()

    guarded(verb)


def look(
    command: str, verb: Callable[[Options, Outside], int], given: dict[str, Any], *,
    quiet: bool = False, inside: bool = True,
) -> None:  # fmt: skip
    """Call what only looks: the console shows its warnings. quiet: it shows nothing, asked for or not."""
    asked = bool(given.pop("quiet", False))

    def looking() -> int:
        from runner.cli.outputs import console_listener

        listener, close = console_listener(quiet=quiet or asked, verbose=0)
        try:
            options = make_options(command, **given)
            return verb(options, _outside(listener, options, inside=inside))
        finally:
            close()

    guarded(looking)


def _outside(listener: Listener, options: Options, *, inside: bool) -> Outside:
    """The world around the command."""
    from runner.app.command import system

    outside = system(listener)
    if inside:
        enter(options, outside)
    return outside


def enter(options: Options, outside: Outside) -> None:
    """The working folder becomes the project's, as in dbt."""
    from runner.app.command import project_folder
    from runner.project.config import find_root

    os.chdir(find_root(project_folder(options, outside)))
