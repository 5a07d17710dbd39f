"""Verbs that first look whether the same command did the same before.

What the whole way needs is imported only by who goes it.
"""

from __future__ import annotations

from collections.abc import Callable

from runner.app.command import Options, Outcome, Outside
from runner.app.standing import tell_again

Say = Callable[[str], None]
Enter = Callable[[Options, Outside], None]
"""Goes into the project's folder."""


def _stays(options: Options, outside: Outside) -> None:
    """Where the working folder is the project's already."""


def run_again(
    options: Options, outside: Outside, *, enter: Enter = _stays, with_sql: bool = False
) -> Outcome:
    """Build, run, seed, snapshot or test what the options select, as far as there is anything to do.

    with_sql: does the listener want the SQL of what is passed over? Raises RunnerError for what is
    wrong before the first step.
    """
    told = None if with_sql else tell_again(options, outside)
    if told is not None:
        return told
    from runner.app.run import run

    enter(options, outside)
    return run(options, outside)


def parse_again(options: Options, outside: Outside, say: Say, *, enter: Enter = _stays) -> int:
    """Read the whole project and write its manifest, unless nothing has changed in it."""
    told = tell_again(options, outside, say)
    if told is not None:
        return int(told.exit)
    from runner.app.look import parse_project

    enter(options, outside)
    return parse_project(options, outside, say)
