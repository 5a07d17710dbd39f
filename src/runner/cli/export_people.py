"""The exporters of people: `runner export audiences` and `runner export crm`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from runner.cli.calling import look
from runner.cli.options import PROJECT, taking

if TYPE_CHECKING:
    from runner.app.load import Options, Outside

LAYOUT = typer.Option(help="Columns for: plain, klaviyo, mailchimp, hubspot.")
OUT = typer.Option("--out", help="The folder to write to.")


@taking(PROJECT)
def audiences(
    key: Annotated[
        Optional[list[str]],
        typer.Option(help="A segment, of dim_segments.  [default: all own ones]"),
    ] = None,
    layout: Annotated[str, LAYOUT] = "plain",
    out: Annotated[Path, OUT] = Path("exports"),
    **given: Any,
) -> None:
    """Write who of each segment may be written to, who entered and who left, as files."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app import export_people

        return export_people.export_audiences(
            options, outside, export_people.Wish(tuple(key or ()), layout, out), print
        )

    look("export audiences", verb, given)


@taking(PROJECT)
def crm(
    layout: Annotated[str, LAYOUT] = "plain",
    out: Annotated[Path, OUT] = Path("exports"),
    **given: Any,
) -> None:
    """Write the people whose row has changed since the last export, for a CRM."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app import export_people

        return export_people.export_crm(
            options, outside, export_people.Wish((), layout, out), print
        )

    look("export crm", verb, given)
