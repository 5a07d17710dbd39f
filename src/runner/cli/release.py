"""The verbs on the current release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runner.cli.calling import look
from runner.cli.options import PROJECT, taking

if TYPE_CHECKING:
    from runner.app.load import Options, Outside

release_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@release_app.command("export", epilog="Example: runner release export shop.duckdb --force")
@taking(PROJECT)
def export_release(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    **given: Any,
) -> None:
    """Write what readers see into one plain, compact DuckDB file."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.releases import export

        return export(options, outside, file, print, force=force)

    look("release export", verb, given)
