"""The verb `report`: the options of the report that needs no BI tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from runner.cli.calling import look as _look
from runner.cli.options import PROJECT, taking

if TYPE_CHECKING:
    from runner.app.load import Options, Outside


@taking(PROJECT)
def report(
    period: Annotated[
        str,
        typer.Option(help="last-week, last-month, last-quarter, last-year, 2025-12, 2025-W52, 2025-Q4, "
                     "2025 or 2025-12-01..2025-12-14."),
    ] = "last-month",
    language: Annotated[str, typer.Option(help="en, pt, ro, pl or ar.")] = "en",
    out: Annotated[
        Optional[Path], typer.Option(help="Folder of the files.  [default: target/report]")
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Show customers' names, which are personal data.")
    ] = False,
    **given: Any,
) -> None:  # fmt: skip
    """Write a report of the shop: one HTML file, and CSV files of its figures."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.report import write_report

        return write_report(options, outside, period, language, out, print, names=names)

    _look("report", verb, given)
