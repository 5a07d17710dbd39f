"""Annotations and the job summary of GitHub Actions.

Pure: the caller prints the annotations, and writes the summary to $GITHUB_STEP_SUMMARY.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from runner.errors import ErrorGroup, Location, RunnerError
from runner.output.summary import SAMPLE_ROWS, SLOWEST, reason
from runner.output.tables import table_text
from runner.output.words import (
    WORDS,
    command_for_rows,
    counted,
    duration,
    named,
    plural,
    sample_of,
    size,
)
from runner.run.events import Finished, Logged, Result, Status

_MARKS = {
    Status.SUCCESS: "✅",
    Status.PASS: "✅",
    Status.WARN: "⚠️",
    Status.FAIL: "❌",
    Status.ERROR: "❌",
    Status.SKIPPED: "⏭️",
    Status.REUSED: "♻️",
}
_FAILURES = 50


def step_annotations(
    finished: Finished, *, warnings: Iterable[Logged] = (), folder: str = ""
) -> list[str]:
    """A line for each step that failed or warned, and for each warning; errors first.

    folder: the project's folder in the repository, as GitHub wants paths from the repository's.
    """
    failed, warned = [], []
    for result in finished.results:
        name, kind = named(finished, result)
        if result.status.is_bad:
            word = WORDS[result.status][1]
            failed.append(_of_result("error", f"{kind} {name} {word}", result, folder))
        elif result.status is Status.WARN:
            warned.append(_of_result("warning", f"{kind} {name}", result, folder))
    said = dict.fromkeys(
        annotation("warning", "warning", logged.message, logged.at, folder=folder)
        for logged in warnings
    )
    return [*failed, *warned, *said]


def error_annotations(error: RunnerError, *, folder: str = "") -> list[str]:
    """A line for an error that stopped the command, or for each of a group."""
    if isinstance(error, ErrorGroup):
        return [line for each in error.errors for line in error_annotations(each, folder=folder)]
    message = "\n".join(filter(None, (error.message, error.hint and f"hint: {error.hint}")))
    return [annotation("error", "runner", message, error.at, folder=folder)]


def annotation(
    level: str, title: str, message: str, at: Location | None, *, folder: str = ""
) -> str:
    """`::error file=…,line=…,col=…,title=…::message`; level is error, warning or notice."""
    properties: list[tuple[str, object]] = []
    if at is not None:
        properties.append(("file", str(PurePosixPath(folder) / at.path)))
        properties += [(key, n) for key, n in (("line", at.line), ("col", at.column)) if n]
    properties.append(("title", title))
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties)
    return f"::{level} {given}::{_data(message)}"


def job_summary(finished: Finished, *, title: str) -> str:
    """The run in Markdown: counts, what failed and why, what was slow."""
    bad = sum(result.status.is_bad for result in finished.results)
    mark = "❌" if bad or finished.interrupted else "✅"
    steps = f"{plural(len(finished.results), 'step')} in {duration(finished.seconds)}"
    lines = [f"## {mark} {_text(title)}", "", f"{steps}{_state(finished)}", ""]
    lines += ["| | steps |", "|---|---:|"]
    for status, count in counted(finished.results):
        lines.append(f"| {_MARKS[status]} {WORDS[status][1]} | {count:,} |")
    lines += _failures(finished)
    lines += _slowest(finished)
    lines += [f"\n> {_text(note)}" for note in finished.notes]
    return "\n".join(lines) + "\n"


def _of_result(level: str, title: str, result: Result, folder: str) -> str:
    error = result.error
    at = error.at if error and error.at else result.at
    message = error.message if error else result.message or WORDS[result.status][1]
    if error and error.hint:
        message += f"\nhint: {error.hint}"
    return annotation(level, title, message, at, folder=folder)


def _state(finished: Finished) -> str:
    if finished.interrupted:
        return ", interrupted"
    return {True: ", published", False: ", **not published**", None: ""}[finished.published]


def _failures(finished: Finished) -> list[str]:
    failed = [result for result in finished.results if result.status.is_bad]
    lines = ["", "### Failures"] if failed else []
    for result in failed[:_FAILURES]:
        name, kind = named(finished, result)
        why = reason(result)
        found = sample_of(result, SAMPLE_ROWS)
        if found:
            sample, said = found
            why += ["", table_text(sample, width=None, limit=None)]
            command = command_for_rows(result, name)
            why += [f"{said}; all of them: {command}"] if command and said else []
        fence = _fence("\n".join(why))
        head = f"<summary><b>{_html(name)}</b> {_html(kind)}</summary>"
        lines += ["", "<details open>", head, "", f"{fence}text", *why, fence, "", "</details>"]
    if len(failed) > _FAILURES:
        lines += ["", f"… and {len(failed) - _FAILURES:,} more"]
    return lines


def _slowest(finished: Finished) -> list[str]:
    if len(finished.results) <= SLOWEST:
        return []
    top = sorted(finished.results, key=lambda result: -result.seconds)[:SLOWEST]
    lines = ["", "### Slowest", "", "| step | kind | rows | time |", "|---|---|---:|---:|"]
    for result in top:
        name, kind = named(finished, result)
        texts = (_cell(name), _cell(kind), size(result), duration(result.seconds))
        lines.append("| " + " | ".join(texts) + " |")
    return lines


def _fence(text: str) -> str:
    """Backticks that the text cannot close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return fence


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def _text(text: str) -> str:
    """Text in Markdown on one line, without HTML."""
    return _html(" ".join(text.split()))


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As data, and without what ends a property; `;` ends nothing and would not be undone."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
