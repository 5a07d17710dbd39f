"""The command line with the one verb that is asked for.

Typer describes every option of every verb before it looks at the first word: half of the time of a
command that does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import typer
from typer.main import get_command_name


def narrowed(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """The same command line without the verbs that the words do not ask for.

    All of it where the first word is no verb, but for `--version` alone: help and hints name them all.
    """
    first = words[0] if words else ""
    found = copy(app)
    if first == "--version":
        found.registered_commands, found.registered_groups = app.registered_commands[:1], []
        return found
    found.registered_commands = [
        command for command in app.registered_commands
        if command.callback is not None
        and (command.name or get_command_name(command.callback.__name__)) == first
    ]  # fmt: skip
    found.registered_groups = [group for group in app.registered_groups if group.name == first]
    return found if found.registered_commands or found.registered_groups else app
