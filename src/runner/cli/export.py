"""The verbs `runner export KIND`: the warehouse for another program. One line of EXPORTERS a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from runner.cli.calling import look
from runner.cli.export_people import audiences, crm
from runner.cli.options import PROJECT, taking

if TYPE_CHECKING:
    from runner.app.load import Options, Outside

export_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@taking(PROJECT)
def superset(
    out: Annotated[Path, typer.Option("--out", "-o", help="The ZIP file to write.")] = Path(
        "superset.zip"
    ),
    database_uri: Annotated[
        Optional[str],
        typer.Option(
            help="Where Superset finds the warehouse: duckdb:////data/warehouse.duckdb."
            "  [default: the file that is published here]"
        ),
    ] = None,
    **given: Any,
) -> None:
    """Write the dashboards of the project, with database, datasets and charts, for Superset."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.export import export_superset

        return export_superset(options, outside, out, database_uri, print)

    look("export superset", verb, given)


@taking(("select", "exclude", "selector", "full", "dry_run", "wait", *PROJECT))
def postgres(
    dsn: Annotated[
        Optional[str],
        typer.Argument(
            help="The server: postgresql://user@host/database.  [default: RUNNER_POSTGRES_DSN,"
            " or what PGSERVICE, PGHOST and PGDATABASE name]",
            show_default=False,
        ),
    ] = None,
    schema: Annotated[
        Optional[str],
        typer.Option(help="The schema to write to.  [default: the project's name]"),
    ] = None,
    **given: Any,
) -> None:
    """Bring published tables into PostgreSQL, with keys and comments; only what has changed."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.export_postgres import export_postgres

        return export_postgres(options, outside, dsn, schema, partial(print, flush=True))

    look("export postgres", verb, given)


EXPORTERS: Mapping[str, tuple[Callable[..., None], str]] = {
    "audiences": (audiences, "Example: runner export audiences --key loyal --layout klaviyo"),
    "crm": (crm, "Example: runner export crm --out /srv/crm"),
    "superset": (superset, "Example: runner export superset --out superset.zip"),
    "postgres": (
        postgres,
        "Example: runner export postgres postgresql://runner@localhost/shop --schema shop",
    ),
}
"""Kind → its verb and example. An exporter is one function of `app` and one line here."""

for _kind, (_verb, _example) in EXPORTERS.items():
    export_app.command(_kind, epilog=_example)(_verb)
