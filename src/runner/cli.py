"""The command `runner`: options, help and exit codes. What a verb does is imported when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from runner import __version__
from runner.errors import Exit, RunnerError

if TYPE_CHECKING:
    from runner.app.load import Options, Outside
    from runner.run.events import Event, Listener

app = typer.Typer(
    name="runner",
    help="Builds a tested SQL warehouse in a DuckDB file from dbt-style models.",
    epilog="Start here: runner init shop · runner build · runner show dim_customers",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Select = Annotated[
    Optional[list[str]],
    typer.Option("--select", "-s", "--models", "-m", help="What to take: names, +graph+, tag:, path:, …"),
]
Exclude = Annotated[Optional[list[str]], typer.Option("--exclude", help="What to leave out.")]
Selector = Annotated[Optional[str], typer.Option("--selector", help="A selector of selectors.yml.")]
ProjectDir = Annotated[
    Optional[Path], typer.Option("--project-dir", help="The project's folder (default: here or above).")
]
ProfilesDir = Annotated[
    Optional[Path], typer.Option("--profiles-dir", help="The folder of profiles.yml.")
]
Profile = Annotated[Optional[str], typer.Option("--profile", help="The profile to use.")]
Target = Annotated[Optional[str], typer.Option("--target", "-t", help="The target to build in.")]
Vars = Annotated[
    Optional[str], typer.Option("--vars", help="Variables, as YAML: '{as_of: 2026-01-01}'.")
]
VarsFile = Annotated[
    Optional[Path], typer.Option("--vars-file", help="A YAML file of variables; --vars wins over it.")
]
Threads = Annotated[Optional[int], typer.Option("--threads", min=1, help="Steps at a time.")]
TargetPath = Annotated[
    Optional[str], typer.Option("--target-path", help="Folder for compiled SQL and artifacts.")
]
FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", "-f", help="Make incremental models anew.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", "-x", help="Begin nothing new after a failure.")]
StoreFailures = Annotated[
    bool, typer.Option("--store-failures", help="Keep the rows that tests find, as tables.")
]
Empty = Annotated[bool, typer.Option("--empty", help="Build with no rows: only to see that it works.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait while another build is running.")]
LogFormat = Annotated[
    str, typer.Option("--log-format", help="text, or json: one object a line.")
]
JUnit = Annotated[
    Optional[Path], typer.Option("--junit", help="Also write a JUnit XML report to this file.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only say what failed.")]
Verbose = Annotated[
    int, typer.Option("--verbose", "-v", count=True, help="Say more; debug messages too.")
]
Indirect = Annotated[
    str,
    typer.Option("--indirect-selection", help="Tests taken along: eager, cautious, buildable, empty."),
]
Resources = Annotated[
    Optional[list[str]],
    typer.Option("--resource-type", help="Only these kinds: model, seed, snapshot, test, …"),
]


def main() -> None:
    """Run the command line and exit with its code."""
    _utf8()
    try:
        app()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        _leave(Exit.INTERRUPTED)


def _leave(code: Exit) -> None:
    sys.stdout.flush()
    sys.exit(int(code))


def _utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and (stream.encoding or "").lower() in ("ascii", "ansi_x3.4-1968"):
            stream.reconfigure(errors="replace")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"runner {__version__}")
        raise typer.Exit


@app.callback()
def options_of_all(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Builds a tested SQL warehouse in a DuckDB file from dbt-style models."""


# --- the boundary: errors become messages and exit codes -------------------------------------


def _guarded(verb: Callable[[], int]) -> None:
    """Run a verb; a person's mistake is told with its place, our own with a report to send."""
    try:
        code = verb()
    except RunnerError as error:
        _tell(error)
        code = int(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted: nothing was published", file=sys.stderr)
        code = int(Exit.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = int(Exit.DONE)
    except Exception as error:
        code = _bug(error)
    sys.stdout.flush()
    raise typer.Exit(code)


def _tell(error: RunnerError) -> None:
    from runner.errors import describe

    print(describe(error), file=sys.stderr)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from runner.output.github import error_annotations

        for line in error_annotations(error):
            print(line)


def _bug(error: Exception) -> int:
    import platform
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    head = (
        f"runner {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: {' '.join(sys.argv[1:])}\n\n"
    )
    with tempfile.NamedTemporaryFile(
        "w", prefix="runner-report-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(head + text)
    print(
        f"this is a mistake of the runner's, not of yours: {type(error).__name__}: {error}\n"
        f"  the details are in {file.name}: please send them with your report",
        file=sys.stderr,
    )
    return int(Exit.INTERNAL)


# --- shared by the verbs -----------------------------------------------------------------------


def _options(command: str, **given: object) -> Options:
    from runner.app.load import Options, parse_vars
    from runner.errors import ProjectError

    variables: dict[str, object] = {}
    file = given.pop("vars_file", None)
    if isinstance(file, Path):
        if not file.is_file():
            raise ProjectError(f"there is no file {file}", hint="check --vars-file")
        variables.update(parse_vars(file.read_text("utf-8")))
    text = given.pop("vars", None)
    variables.update(parse_vars(text if isinstance(text, str) else None))
    environ = os.environ
    known: dict[str, object] = {
        "command": command,
        "vars": variables,
        "target": environ.get("DBT_TARGET"),
        "profile": environ.get("DBT_PROFILE"),
        "target_path": environ.get("DBT_TARGET_PATH"),
    }
    for key, value in given.items():
        if isinstance(value, list):
            known[key] = tuple(value)
        elif value is not None:
            known[key] = value
    shown = {
        key: str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
        for key, value in known.items()
        if key != "command"
    }
    return Options(**known, arguments={"which": command, **shown})  # type: ignore[arg-type]  # by name


def _here(listener: Listener, options: Options) -> Outside:
    """The world around the command; the working folder becomes the project's, as in dbt."""
    from runner.app.load import system
    from runner.project.config import find_root

    outside = system(listener)
    root = find_root((options.project_dir or outside.folder).resolve())
    os.chdir(root)
    return outside


def _console(*, quiet: bool, verbose: int) -> tuple[Listener, Callable[[], None]]:
    from runner.output.console import console, wants_color

    stream = sys.stdout
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    width = os.get_terminal_size().columns if stream.isatty() else None
    shown = console(
        stream,
        color=wants_color(os.environ, stream.isatty()),
        width=width,
        terminal=terminal,
        quiet=quiet,
        verbosity=verbose,
        github=os.environ.get("GITHUB_ACTIONS") == "true",
    )
    return shown, shown.close


def _listeners(
    log_format: str, *, quiet: bool, verbose: int, junit: Path | None, command: str
) -> tuple[Listener, Callable[[], None]]:
    """One listener that tells all outputs, and what closes them."""
    from runner.errors import ProjectError

    if log_format == "json":
        import uuid
        from datetime import UTC, datetime

        from runner.output.jsonlines import jsonlines

        first: Listener = jsonlines(
            sys.stdout, invocation_id=str(uuid.uuid4()), pid=os.getpid(), now=lambda: datetime.now(UTC)
        )
        close: Callable[[], None] = lambda: None  # noqa: E731  # nothing to close
    elif log_format == "text":
        first, close = _console(quiet=quiet, verbose=verbose)
    else:
        raise ProjectError(f"--log-format is {log_format!r}", hint="it can be text or json")
    target = junit.resolve() if junit else None

    def listen(event: Event) -> None:
        first(event)
        _reports(event, target, command)

    return listen, close


def _reports(event: Event, junit: Path | None, command: str) -> None:
    """What is written once, when the steps are done: JUnit, GitHub's annotations and summary."""
    from runner.run.events import Finished

    if not isinstance(event, Finished):
        return
    if junit is not None:
        import socket
        from datetime import UTC, datetime

        from runner.output.junit import junit_xml

        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_text(
            junit_xml(event, name=f"runner {command}", started_at=datetime.now(UTC),
                      hostname=socket.gethostname()),
            "utf-8",
        )  # fmt: skip
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from runner.output.github import job_summary, step_annotations

        folder = _folder_in_repository()
        for line in step_annotations(event, folder=folder):
            print(line)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with open(summary, "a", encoding="utf-8") as file:
                file.write(job_summary(event, title=f"runner {command}"))


def _folder_in_repository() -> str:
    """The project's folder relative to the repository that GitHub has checked out."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return ""
    relative = os.path.relpath(os.getcwd(), workspace)
    return "" if relative == "." or relative.startswith("..") else relative


def _run(
    command: str, log_format: str, quiet: bool, verbose: int, junit: Path | None, **given: object
) -> None:
    def verb() -> int:
        listener, close = _listeners(
            log_format, quiet=quiet, verbose=verbose, junit=junit, command=command
        )
        try:
            from runner.app.run import run

            options = _options(command, **given)
            outcome = run(options, _here(listener, options))
        finally:
            close()
        return int(outcome.exit)

    _guarded(verb)


# --- verbs that build and test -------------------------------------------------------------------


@app.command(epilog="Example: runner build -s +fct_orders --full-refresh")
def build(
    select: Select = None, exclude: Exclude = None, selector: Selector = None,
    full_refresh: FullRefresh = False, fail_fast: FailFast = False,
    store_failures: StoreFailures = False, empty: Empty = False, wait: Wait = False,
    vars: Vars = None, vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    threads: Threads = None, project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None,
    target_path: TargetPath = None, indirect_selection: Indirect = "eager",
    resource_types: Resources = None, log_format: LogFormat = "text", junit: JUnit = None,
    quiet: Quiet = False, verbose: Verbose = 0,
) -> None:  # fmt: skip
    """Build seeds, models and snapshots in order and test each; publish if nothing failed."""
    _run("build", log_format, quiet, verbose, junit, select=select, exclude=exclude,
         selector=selector, full_refresh=full_refresh, fail_fast=fail_fast,
         store_failures=store_failures, empty=empty, wait=wait, vars=vars, vars_file=vars_file,
         target=target, profile=profile, threads=threads, project_dir=project_dir,
         profiles_dir=profiles_dir, target_path=target_path,
         indirect_selection=indirect_selection, resource_types=resource_types)  # fmt: skip


@app.command(epilog="Example: runner run -s tag:daily")
def run(
    select: Select = None, exclude: Exclude = None, selector: Selector = None,
    full_refresh: FullRefresh = False, fail_fast: FailFast = False, empty: Empty = False,
    wait: Wait = False, vars: Vars = None, vars_file: VarsFile = None, target: Target = None,
    profile: Profile = None, threads: Threads = None, project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None, target_path: TargetPath = None,
    log_format: LogFormat = "text", junit: JUnit = None, quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:  # fmt: skip
    """Build models, without seeds, snapshots and tests."""
    _run("run", log_format, quiet, verbose, junit, select=select, exclude=exclude,
         selector=selector, full_refresh=full_refresh, fail_fast=fail_fast, empty=empty, wait=wait,
         vars=vars, vars_file=vars_file, target=target, profile=profile, threads=threads,
         project_dir=project_dir, profiles_dir=profiles_dir, target_path=target_path)  # fmt: skip


@app.command(epilog="Example: runner test -s fct_orders --store-failures")
def test(
    select: Select = None, exclude: Exclude = None, selector: Selector = None,
    fail_fast: FailFast = False, store_failures: StoreFailures = False, wait: Wait = False,
    vars: Vars = None, vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    threads: Threads = None, project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None,
    target_path: TargetPath = None, indirect_selection: Indirect = "eager",
    log_format: LogFormat = "text", junit: JUnit = None, quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:  # fmt: skip
    """Run data tests and unit tests on what is in the database."""
    _run("test", log_format, quiet, verbose, junit, select=select, exclude=exclude,
         selector=selector, fail_fast=fail_fast, store_failures=store_failures, wait=wait,
         vars=vars, vars_file=vars_file, target=target, profile=profile, threads=threads,
         project_dir=project_dir, profiles_dir=profiles_dir, target_path=target_path,
         indirect_selection=indirect_selection)  # fmt: skip


@app.command(epilog="Example: runner seed -s channel_map")
def seed(
    select: Select = None, exclude: Exclude = None, selector: Selector = None,
    full_refresh: FullRefresh = False, wait: Wait = False, vars: Vars = None,
    vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    threads: Threads = None, project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None,
    target_path: TargetPath = None, log_format: LogFormat = "text", junit: JUnit = None,
    quiet: Quiet = False, verbose: Verbose = 0,
) -> None:  # fmt: skip
    """Load the CSV files of the seed folders as tables."""
    _run("seed", log_format, quiet, verbose, junit, select=select, exclude=exclude,
         selector=selector, full_refresh=full_refresh, wait=wait, vars=vars, vars_file=vars_file,
         target=target, profile=profile, threads=threads, project_dir=project_dir,
         profiles_dir=profiles_dir, target_path=target_path)  # fmt: skip


@app.command(epilog="Example: runner snapshot -s customers_history")
def snapshot(
    select: Select = None, exclude: Exclude = None, selector: Selector = None, wait: Wait = False,
    vars: Vars = None, vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    threads: Threads = None, project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None,
    target_path: TargetPath = None, log_format: LogFormat = "text", junit: JUnit = None,
    quiet: Quiet = False, verbose: Verbose = 0,
) -> None:  # fmt: skip
    """Record what has changed in the tables that snapshots watch."""
    _run("snapshot", log_format, quiet, verbose, junit, select=select, exclude=exclude,
         selector=selector, wait=wait, vars=vars, vars_file=vars_file, target=target,
         profile=profile, threads=threads, project_dir=project_dir, profiles_dir=profiles_dir,
         target_path=target_path)  # fmt: skip


# --- verbs that look -------------------------------------------------------------------------------


def _look(command: str, verb: Callable[[Options, Outside], int], *, quiet: bool = True,
          **given: object) -> None:  # fmt: skip
    def guarded() -> int:
        listener, close = _console(quiet=quiet, verbose=0)
        try:
            options = _options(command, **given)
            return verb(options, _here(listener, options))
        finally:
            close()

    _guarded(guarded)


@app.command("compile", epilog="Example: runner compile -s fct_orders · runner compile --inline \"select * from {{ ref('fct_orders') }}\"")
def compile_(
    select: Select = None, exclude: Exclude = None, selector: Selector = None,
    inline: Annotated[Optional[str], typer.Option("--inline", help="A template to compile.")] = None,
    vars: Vars = None, vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    full_refresh: FullRefresh = False, project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None, target_path: TargetPath = None,
) -> None:  # fmt: skip
    """Write the SQL of models and tests to target/compiled; print it for one of them."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.look import compile_nodes

        return compile_nodes(options, outside, inline, print)

    _look("compile", verb, quiet=False, select=select, exclude=exclude, selector=selector,
          vars=vars, vars_file=vars_file, target=target, profile=profile,
          full_refresh=full_refresh, project_dir=project_dir, profiles_dir=profiles_dir,
          target_path=target_path)  # fmt: skip


def _ls(
    select: Select = None, exclude: Exclude = None, selector: Selector = None,
    output: Annotated[
        str, typer.Option("--output", help="selector, name, path or json.")
    ] = "selector",
    output_keys: Annotated[
        Optional[list[str]], typer.Option("--output-keys", help="Keys of --output json.")
    ] = None,
    resource_types: Resources = None, vars: Vars = None, vars_file: VarsFile = None,
    target: Target = None, profile: Profile = None, project_dir: ProjectDir = None,
    profiles_dir: ProfilesDir = None, indirect_selection: Indirect = "eager",
) -> None:  # fmt: skip
    """List what a selection names, one a line."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.look import list_nodes

        return list_nodes(options, outside, output, tuple(output_keys or ()), print)

    _look("list", verb, quiet=False, select=select, exclude=exclude, selector=selector,
          resource_types=resource_types, vars=vars, vars_file=vars_file, target=target,
          profile=profile, project_dir=project_dir, profiles_dir=profiles_dir,
          indirect_selection=indirect_selection)  # fmt: skip


app.command("ls", epilog="Example: runner ls -s tag:daily --resource-type model")(_ls)
app.command("list", hidden=True, help="The same as ls.")(_ls)


@app.command(epilog="Example: runner show dim_customers -n 20 · runner show --inline \"select 1\" --output json")
def show(
    name: Annotated[Optional[str], typer.Argument(help="A model, seed, snapshot, source or test.")] = None,
    select: Select = None,
    inline: Annotated[Optional[str], typer.Option("--inline", help="A query to run.")] = None,
    failures: Annotated[
        Optional[str], typer.Option("--failures", help="A test, to see the rows that it finds.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Rows at most; -1 for all.")] = 10,
    output: Annotated[str, typer.Option("--output", help="table, csv or json.")] = "table",
    vars: Vars = None, vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None,
) -> None:  # fmt: skip
    """Show rows: of what was built, of a query, or those that a test finds."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.show import show_rows

        wanted = name or (select[0] if select else None)
        return show_rows(
            options, outside, wanted, inline, failures, limit, output, sys.stdout,
            width=os.get_terminal_size().columns if sys.stdout.isatty() else None,
        )  # fmt: skip

    _look("show", verb, vars=vars, vars_file=vars_file, target=target, profile=profile,
          project_dir=project_dir, profiles_dir=profiles_dir)  # fmt: skip


@app.command(epilog="Example: runner parse")
def parse(
    vars: Vars = None, vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None,
    target_path: TargetPath = None,
) -> None:  # fmt: skip
    """Read the project, say what is wrong, and write target/manifest.json."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.look import parse_project

        return parse_project(options, outside, print)

    _look("parse", verb, quiet=False, vars=vars, vars_file=vars_file, target=target,
          profile=profile, project_dir=project_dir, profiles_dir=profiles_dir,
          target_path=target_path)  # fmt: skip


@app.command(epilog="Example: runner debug")
def debug(
    vars: Vars = None, vars_file: VarsFile = None, target: Target = None, profile: Profile = None,
    project_dir: ProjectDir = None, profiles_dir: ProfilesDir = None,
) -> None:  # fmt: skip
    """Check project, profile, database and source files, and say what was found."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.debug import check_all

        return check_all(options, outside, print)

    _look("debug", verb, quiet=False, vars=vars, vars_file=vars_file, target=target,
          profile=profile, project_dir=project_dir, profiles_dir=profiles_dir)  # fmt: skip


@app.command(epilog="Example: runner clean")
def clean(project_dir: ProjectDir = None) -> None:
    """Delete the folders of clean-targets, target/ by default. Never the database."""

    def verb(options: Options, outside: Outside) -> int:
        from runner.app.clean import clean_folders

        return clean_folders(options, outside, print)

    _look("clean", verb, project_dir=project_dir)


@app.command(epilog="Example: runner init shop · cd shop · runner build")
def init(
    name: Annotated[str, typer.Argument(help="The new project's folder and name.")],
    dbt: Annotated[
        bool, typer.Option("--dbt", help="Write dbt_project.yml instead of pyproject.toml.")
    ] = False,
) -> None:
    """Make a small project that builds: settings, profile, a seed, models and tests."""

    def verb() -> int:
        from runner.app.init import init_project

        return init_project(Path.cwd(), name, dbt=dbt, say=print)

    _guarded(verb)


if __name__ == "__main__":
    main()
