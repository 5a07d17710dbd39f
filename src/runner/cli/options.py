"""The options of the command line, each stated once, and given to the verbs that take them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from runner.app.command import Options

OPTIONS: dict[str, tuple[Any, Any]] = {
    "select": (
        Annotated[
            Optional[list[str]],
            typer.Option(
                "--select",
                "-s",
                "--models",
                "--model",
                "-m",
                help="What to take: names, +graph+, tag:, path:, …",
            ),
        ],
        None,
    ),
    "exclude": (Annotated[Optional[list[str]], typer.Option(help="What to leave out.")], None),
    "selector": (Annotated[Optional[str], typer.Option(help="A selector of selectors.yml.")], None),
    "indirect_selection": (
        Annotated[str, typer.Option(help="Tests taken along: eager, cautious, buildable, empty.")],
        "eager",
    ),
    "resource_types": (
        Annotated[
            Optional[list[str]],
            typer.Option(
                "--resource-type",
                "--resource-types",
                help="Only these kinds: model, seed, snapshot, test, …",
            ),
        ],
        None,
    ),
    "exclude_resource_types": (
        Annotated[
            Optional[list[str]],
            typer.Option(
                "--exclude-resource-type",
                "--exclude-resource-types",
                help="Not these kinds: --exclude-resource-type unit_test leaves out tests that need no data.",
            ),
        ],
        None,
    ),
    "full_refresh": (
        Annotated[bool, typer.Option("--full-refresh", "-f", help="Make incremental models anew.")],
        False,
    ),
    "dry_run": (
        Annotated[bool, typer.Option("--dry-run", help="Only say what would be done, and why.")],
        False,
    ),
    "full": (
        Annotated[bool, typer.Option("--full", help="Build all, what is unchanged too.")],
        False,
    ),
    "fail_fast": (
        Annotated[
            bool, typer.Option("--fail-fast", "-x", help="Begin nothing new after a failure.")
        ],
        False,
    ),
    "store_failures": (
        Annotated[
            bool, typer.Option("--store-failures", help="Keep the rows that tests find, as tables.")
        ],
        False,
    ),
    "empty": (
        Annotated[
            bool, typer.Option("--empty", help="Build with no rows: only to see that it works.")
        ],
        False,
    ),
    "drop_orphans": (
        Annotated[
            bool,
            typer.Option(
                "--drop-orphans", help="Drop tables and views of models that are no longer there."
            ),
        ],
        False,
    ),
    "wait": (
        Annotated[bool, typer.Option("--wait", help="Wait while another build is running.")],
        False,
    ),
    "vars": (
        Annotated[Optional[str], typer.Option(help="Variables, as YAML: '{as_of: 2026-01-01}'.")],
        None,
    ),
    "vars_file": (
        Annotated[
            Optional[Path], typer.Option(help="A YAML file of variables; --vars wins over it.")
        ],
        None,
    ),
    "target": (
        Annotated[Optional[str], typer.Option("--target", "-t", help="The target to build in.")],
        None,
    ),
    "profile": (Annotated[Optional[str], typer.Option(help="The profile to use.")], None),
    "threads": (Annotated[Optional[int], typer.Option(min=1, help="Steps at a time.")], None),
    "project_dir": (
        Annotated[
            Optional[Path], typer.Option(help="The project's folder (default: here or above).")
        ],
        None,
    ),
    "profiles_dir": (
        Annotated[Optional[Path], typer.Option(help="The folder of profiles.yml.")],
        None,
    ),
    "target_path": (
        Annotated[Optional[str], typer.Option(help="Folder for compiled SQL and artifacts.")],
        None,
    ),
    "log_format": (
        Annotated[str, typer.Option(help="text, or json: one object a line.")],
        "text",
    ),
    "junit": (
        Annotated[Optional[Path], typer.Option(help="Also write a JUnit XML report to this file.")],
        None,
    ),
    "quiet": (Annotated[bool, typer.Option("--quiet", "-q", help="Only say what failed.")], False),
    "verbose": (
        Annotated[
            int, typer.Option("--verbose", "-v", count=True, help="Say more; debug messages too.")
        ],
        0,
    ),
}
PROJECT = ("vars", "vars_file", "target", "profile", "project_dir", "profiles_dir")
SELECTION = ("select", "exclude", "selector")
RUNNING = (*SELECTION, "wait", *PROJECT, "threads", "target_path", "log_format", "junit", "quiet",
           "verbose")  # fmt: skip


def taking(names: Iterable[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb the options of these names, behind the parameters that it states itself.

    The verb receives them as keyword arguments.
    """
    wanted = tuple(names)

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        from inspect import signature

        own = [
            parameter.replace(kind=Parameter.KEYWORD_ONLY)
            for parameter in signature(verb, eval_str=True).parameters.values()
            if parameter.kind is not Parameter.VAR_KEYWORD
        ]
        shared = [
            Parameter(
                name, Parameter.KEYWORD_ONLY, default=OPTIONS[name][1], annotation=OPTIONS[name][0]
            )
            for name in wanted
        ]
        verb.__signature__ = Signature([*own, *shared])  # type: ignore[attr-defined]  # read by typer
        verb.__annotations__ = {p.name: p.annotation for p in (*own, *shared)}
        return verb

    return decorate


def make_options(command: str, **given: object) -> Options:
    """The options of a command as the app takes them; DBT_* variables stand in for absent ones.

    Raises ProjectError for variables that cannot be read.
    """
    from runner.app.command import Options, parse_vars
    from runner.errors import ProjectError

    variables: dict[str, object] = {}
    file = given.pop("vars_file", None)
    if isinstance(file, Path):
        if not file.is_file():
            raise ProjectError(f"there is no file {file}", hint="check --vars-file")
        variables.update(parse_vars(file.read_text("utf-8")))
    text = given.pop("vars", None)
    variables.update(parse_vars(text if isinstance(text, str) else None))
    known: dict[str, object] = {
        "command": command,
        "vars": variables,
        "target": os.environ.get("DBT_TARGET"),
        "profile": os.environ.get("DBT_PROFILE"),
        "target_path": os.environ.get("DBT_TARGET_PATH"),
    }
    for kinds in ("resource_types", "exclude_resource_types"):
        if kinds in given:
            known[kinds] = tuple(os.environ.get(f"DBT_{kinds.upper()}", "").split())
    for key, value in given.items():
        if isinstance(value, list):
            known[key] = tuple(value)
        elif value is not None:
            known[key] = value
    for kinds in ("resource_types", "exclude_resource_types"):
        if known.get(kinds):
            _check_kinds(known[kinds])  # type: ignore[arg-type]  # by name
    shown = {
        key: str(value) if isinstance(value, Path) else value
        for key, value in known.items()
        if key != "command"
    }
    return Options(**known, arguments={"which": command, **shown})  # type: ignore[arg-type]  # by name


def _check_kinds(named: Iterable[str]) -> None:
    """Raises ProjectError for a kind that there is not."""
    from runner.errors import ProjectError, did_you_mean
    from runner.project.nodes import Kind

    for name in named:
        if name not in (*Kind, "table_function", "all", "default"):
            raise ProjectError(f"there is no resource type {name!r}",
                               hint=did_you_mean(name, Kind) or f"one of: {', '.join(Kind)}")  # fmt: skip
