"""The command `runner`: verbs, their help and examples. What a verb does is imported when it runs."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from runner import __version__
from runner.cli.arguments import spread
from runner.cli.boundary import guarded
from runner.cli.calling import enter
from runner.cli.calling import listened as _listened
from runner.cli.calling import look as _look
from runner.cli.export import export_app
from runner.cli.narrow import narrowed
from runner.cli.options import PROJECT, RUNNING, SELECTION, taking
from runner.cli.release import release_app
from runner.cli.reporting import report
from runner.cli.sources import source_app
from runner.errors import Exit, ProjectError

if TYPE_CHECKING:
    from runner.app.command import Options, Outside

app = typer.Typer(
    name="runner",
    epilog="Start here: runner init shop · cd shop · runner build · runner show agg_kpis_monthly",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if (stream.encoding or "").lower() in ("ascii", "ansi_x3.4-1968", "us-ascii"):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # text streams of a process
    # A command makes many values that live until it ends: looking for rubbish among them costs more
    # than there is to find.
    gc.set_threshold(500_000, 50, 50)
    try:
        words = spread(sys.argv[1:])
        narrowed(app, words)(words, prog_name="runner")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.stdout.flush()
        sys.exit(int(Exit.INTERRUPTED))
    except SystemExit as ended:
        _leave(ended.code)
        raise


def _leave(code: object) -> None:
    """End the process at once, if nothing is left to be done: taking a project's values apart, which
    Python does otherwise, costs a tenth of a short command.
    """
    watched = sys.gettrace() is not None or sys.getprofile() is not None
    if not isinstance(code, int) or threading.active_count() > 1 or watched:
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # Python has an exit code for it
    os._exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"runner {__version__}")
        raise typer.Exit


@app.callback()
def all_verbs(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Builds a tested SQL warehouse in a DuckDB file from dbt-style models."""


# --- verbs that build and test ---------------------------------------------------------------------


def _run(command: str, **given: Any) -> None:
    with_sql = given["log_format"] == "json"

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.again import run_again

        return int(run_again(options, outside, enter=enter, with_sql=with_sql).exit)

    _listened(command, verb, inside=False, **given)


@app.command(epilog="Example: runner build -s +fct_orders --full-refresh")
@taking((*RUNNING, "dry_run", "full", "full_refresh", "fail_fast", "store_failures", "empty", "drop_orphans",
         "indirect_selection", "resource_types", "exclude_resource_types"))  # fmt: skip
def build(**given: Any) -> None:
    """Build seeds, models and snapshots in order and test each; publish if nothing failed."""
    if given.pop("dry_run"):
        _plan(given)
    else:
        _run("build", **given)


def _plan(given: dict[str, Any]) -> None:
    for name in ("log_format", "junit", "quiet", "verbose"):
        given.pop(name)

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.why import explain_plan

        return explain_plan(options, outside, print)

    _look("build", verb, given)


@app.command(epilog="Example: runner run -s tag:daily")
@taking((*RUNNING, "full_refresh", "fail_fast", "empty"))
def run(**given: Any) -> None:
    """Build models, without seeds, snapshots and tests."""
    _run("run", **given)


@app.command(epilog="Example: runner test -s fct_orders --store-failures")
@taking((*RUNNING, "fail_fast", "store_failures", "indirect_selection"))
def test(**given: Any) -> None:
    """Run data tests and unit tests on what is in the database."""
    _run("test", **given)


@app.command(epilog="Example: runner seed -s channel_map")
@taking((*RUNNING, "full_refresh"))
def seed(**given: Any) -> None:
    """Load the CSV files of the seed folders as tables."""
    _run("seed", **given)


@app.command(epilog="Example: runner snapshot -s customers_history")
@taking(RUNNING)
def snapshot(**given: Any) -> None:
    """Record what has changed in the tables that snapshots watch."""
    _run("snapshot", **given)


@app.command(epilog="Example: runner retry · runner retry --vars '{as_of: 2026-01-01}'")
@taking(("wait", *PROJECT, "threads", "target_path", "log_format", "junit", "quiet", "verbose"))
def retry(**given: Any) -> None:
    """Do what the last command left undone: go on with a build that failed."""
    _listened("retry", _again, **given)


def _again(options: Options, outside: Outside) -> int:
    from runner.app.retry import last_command
    from runner.app.run import run

    found = last_command(options, outside)
    return int(run(found[0], outside, found[1]).exit) if found else int(Exit.DONE)


app.add_typer(
    source_app, name="source", help="See how fresh the sources are.",
    epilog="Example: runner source freshness",
)  # fmt: skip


# --- verbs that look ---------------------------------------------------------------------------------


@app.command("compile", epilog="Example: runner compile -s fct_orders · runner compile --inline "
             "\"select * from {{ ref('fct_orders') }}\"")  # fmt: skip
@taking((*SELECTION, *PROJECT, "full_refresh", "target_path", "quiet"))
def compile_(
    inline: Annotated[Optional[str], typer.Option(help="A template to compile.")] = None,
    **given: Any,
) -> None:
    """Write the SQL of models and tests to target/compiled; print it for one of them."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.look import compile_nodes

        return compile_nodes(options, outside, inline, print)

    _look("compile", verb, given)


@taking((*SELECTION, "resource_types", "exclude_resource_types", "indirect_selection",
         *PROJECT, "quiet"))  # fmt: skip
def _ls(
    output: Annotated[str, typer.Option(help="selector, name, path or json.")] = "selector",
    output_keys: Annotated[Optional[list[str]], typer.Option(help="Keys of --output json.")] = None,
    **given: Any,
) -> None:
    """List what a selection names, one a line."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.look import list_nodes

        return list_nodes(options, outside, output, tuple(output_keys or ()), print)

    _look("list", verb, given)


app.command("ls", epilog="Example: runner ls -s tag:daily --resource-type model")(_ls)
app.command("list", hidden=True, epilog="Example: runner list -s +fct_orders")(_ls)


@app.command(epilog="Example: runner show dim_customers -n 20 · runner show --inline \"select 1\" "
             "--output json")  # fmt: skip
@taking(("select", *PROJECT, "quiet"))
def show(
    name: Annotated[
        Optional[str], typer.Argument(help="A model, seed, snapshot, source or test.")
    ] = None,
    inline: Annotated[Optional[str], typer.Option(help="A query to run.")] = None,
    failures: Annotated[
        Optional[str], typer.Option(help="A test, to see the rows that it finds.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Rows at most; -1 for all.")] = 10,
    output: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
    **given: Any,
) -> None:
    """Show rows: of what was built, of a query, or those that a test finds."""
    selected = given.pop("select")
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.show import show_rows

        wanted = name or (selected[0] if selected else None)
        return show_rows(
            options, outside, wanted, inline, failures, limit, output, sys.stdout, width=width
        )

    _look("show", verb, given, quiet=True)


@app.command(epilog="Example: runner parse")
@taking((*PROJECT, "target_path", "quiet"))
def parse(**given: Any) -> None:
    """Read the project, say what is wrong, and write target/manifest.json."""
    say = (lambda line: None) if given["quiet"] else print

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.again import parse_again

        return parse_again(options, outside, say, enter=enter)

    _look("parse", verb, given, inside=False)


@app.command(epilog="Example: runner debug · runner debug --sources")
@taking(PROJECT)
def debug(
    sources: Annotated[
        bool, typer.Option("--sources", help="Say what is in each source's files, row by row.")
    ] = False,
    output: Annotated[str, typer.Option(help="With --sources: text or json.")] = "text",
    **given: Any,
) -> None:
    """Check project, profile, database and source files, and say what was found."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.debug import check_all
        from runner.app.sources import report_sources

        if sources:
            return report_sources(options, outside, output, print)
        return check_all(options, outside, print)

    _look("debug", verb, given)


@app.command(epilog="Example: runner releases")
@taking(PROJECT)
def releases(
    output: Annotated[str, typer.Option(help="table or json.")] = "table", **given: Any
) -> None:
    """List the releases: what built them, how large they are, which one readers see."""
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.releases import list_releases

        return list_releases(options, outside, output, print, width=width)

    _look("releases", verb, given)


@app.command(epilog="Example: runner rollback")
@taking(("wait", *PROJECT))
def rollback(
    release: Annotated[
        Optional[str], typer.Argument(help="A release's id (default: the one before).")
    ] = None,
    **given: Any,
) -> None:
    """Lead readers back to an earlier release, at once."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.releases import roll_back_to

        return roll_back_to(options, outside, release, print)

    _look("rollback", verb, given)


app.add_typer(
    release_app, name="release", help="Export the current release.",
    epilog="Example: runner release export shop.duckdb",
)  # fmt: skip
app.command("report", epilog="Example: runner report --period 2025-12 --language pl --out reports")(
    report
)
app.add_typer(
    export_app, name="export", help="Write what other programs read: audiences, dashboards.",
    epilog="Example: runner export superset --out superset.zip",
)  # fmt: skip


@app.command(epilog="Example: runner clean")
@taking(("project_dir",))
def clean(**given: Any) -> None:
    """Delete the folders of clean-targets, target/ by default. Never the database."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.clean import clean_folders

        return clean_folders(options, outside, print)

    _look("clean", verb, given)


@app.command(epilog="Example: runner init shop · cd shop · runner build")
def init(
    name: Annotated[str, typer.Argument(help="The new project's folder and name.")],
    time_zone: Annotated[
        Optional[str], typer.Option(help="The shop's time zone.  [default: UTC]")
    ] = None,
    currency: Annotated[
        Optional[str], typer.Option(help="Of reported money.  [default: that of most orders]")
    ] = None,
    adapter: Annotated[
        Optional[str], typer.Option(help="Layout of the shop's files.  [default: canonical]")
    ] = None,
    empty: Annotated[bool, typer.Option("--empty", help="A project without the shop.")] = False,
    dbt: Annotated[bool, typer.Option("--dbt", help="A project that dbt builds, too.")] = False,
) -> None:
    """Make a project: a shop's warehouse from its files, or an empty one."""

    def verb() -> int:
        from runner.app.init import Wish, init_project

        if empty and dbt:
            raise ProjectError("--empty and --dbt are two kinds of projects", hint="choose one")
        kind = "empty" if empty else "dbt" if dbt else "shop"
        return init_project(Path.cwd(), Wish(name, kind, time_zone, currency, adapter), print)

    guarded(verb)


@app.command(epilog="Example: runner why fct_orders")
@taking((*PROJECT, "full", "full_refresh", "wait"))
def why(
    name: Annotated[str, typer.Argument(help="A model, seed, snapshot or test.")], **given: Any
) -> None:
    """Say whether a build would make a node anew, and why."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.why import explain_node

        return explain_node(options, outside, name, print)

    _look("build", verb, given)


@app.command(epilog="Example: runner history fct_orders -n 5")
@taking(PROJECT)
def history(
    name: Annotated[Optional[str], typer.Argument(help="A node; all commands without.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Lines at most.")] = 20,
    **given: Any,
) -> None:
    """Show what was built when: the last commands, or the last builds of one node."""
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.history import show_history

        return show_history(options, outside, name, limit, print, width=width)

    _look("history", verb, given)
