"""The verbs on sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from runner.cli.calling import look
from runner.cli.options import PROJECT, SELECTION, taking

if TYPE_CHECKING:
    from runner.app.load import Options, Outside

source_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@source_app.command("freshness", epilog="Example: runner source freshness -s source:raw")
@taking((*SELECTION, *PROJECT, "target_path"))
def source_freshness(
    output: Annotated[
        Optional[Path],
        typer.Option("--output", "-o", help="Another file than target/sources.json."),
    ] = None,
    **given: Any,
) -> None:
    """Say how old the newest rows of each source are, by warn_after and error_after."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.freshness import check_freshness

        return check_freshness(options, outside, output, print)

    look("source freshness", verb, given)
