"""What is said when the steps are done, what matters most last: it is what stays in sight.

Pure: an event in, lines of text out. Knows nothing of streams.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.errors import describe
from runner.output.paint import Paint, Tone, left, right
from runner.output.tables import table_text
from runner.output.values import lines_of
from runner.output.words import (
    WORDS,
    command_for_rows,
    counted,
    duration,
    is_difference,
    named,
    plural,
    sample_of,
)
from runner.run.events import Finished, Result, Rows, Status

SAMPLE_ROWS = 5
SLOWEST = 5
_NAMES = 8
_WARNINGS = 10


def summary(
    finished: Finished,
    *,
    paint: Paint,
    color: bool,
    width: int,
    warnings: Mapping[str, int],
    quiet: bool,
    verbosity: int,
) -> list[str]:
    """The lines after the last step.

    warnings: message → how often it was given. Quiet: only what failed.
    """
    failures = _failures(finished, paint, color, width)
    if quiet:
        return failures
    return [
        *_slowest(finished, paint),
        *_warnings(finished, warnings, paint, verbosity),
        *_skipped(finished, paint, verbosity),
        *failures,
        "",
        *_counts(finished, paint),
        *_notes(finished, paint),
        *_database(finished, paint),
    ]


def _failures(finished: Finished, paint: Paint, color: bool, width: int) -> list[str]:
    """In the plan's order: steps that run side by side fail in any."""
    planned = {id: place for place, id in enumerate(finished.names)}
    failed = sorted(
        (result for result in finished.results if result.status.is_bad),
        key=lambda result: planned.get(result.id, len(planned)),
    )
    lines = ["", paint(f"  failures ({len(failed):,})", Tone.BAD)] if failed else []
    for number, result in enumerate(failed, start=1):
        block = _failure(finished, number, result, paint, color, width)
        lines += ["", *(f"  {line}".rstrip() for line in block)]
    return lines


def _failure(
    finished: Finished, number: int, result: Result, paint: Paint, color: bool, width: int
) -> list[str]:
    name, kind = named(finished, result)
    lines = [f"{number}) {paint(name, Tone.STRONG)}  {paint(kind, Tone.QUIET)}"]
    lines += [f"   {line}" for line in reason(result)]
    found = sample_of(result, SAMPLE_ROWS)
    if found:
        sample, title = found
        lines += ["", *(f"   {line}" for line in _sample(sample, paint, color, width - 5))]
        more = command_for_rows(result, name)
        if more and title:
            lines.append(paint(f"   {title}; all of them: ", Tone.QUIET) + more)
    return lines


def reason(result: Result) -> list[str]:
    """Why a step failed: its error with place and snippet, or place and message."""
    if result.error is not None:
        text = describe(result.error)
        if result.error.at is None and result.at is not None:
            text = f"{result.at}: {text}"
        return lines_of(text)
    lines = lines_of((result.message or WORDS[result.status][1]).strip())
    return [f"{result.at}: {lines[0]}", *lines[1:]] if result.at else lines


def _sample(sample: Rows, paint: Paint, color: bool, width: int) -> list[str]:
    if is_difference(sample):
        return _difference(sample, paint)
    return table_text(sample, width=width, limit=None, color=color).split("\n")


def _difference(sample: Rows, paint: Paint) -> list[str]:
    """A unit test's cells that differ: where, what was expected, what came."""
    table = table_text(sample, width=None, limit=None).split("\n")
    rule = table[1]
    starts = [at for at, mark in enumerate(rule) if mark == "─" and rule[at - 1 : at] != "─"]
    lines = [paint(table[0], Tone.STRONG), paint(rule, Tone.QUIET)]
    for line in table[2:]:
        where, expected, actual = line[: starts[2]], line[starts[2] : starts[3]], line[starts[3] :]
        lines.append(where + paint(expected, Tone.GOOD) + paint(actual, Tone.BAD))
    return lines


def _warnings(
    finished: Finished, warnings: Mapping[str, int], paint: Paint, verbosity: int
) -> list[str]:
    texts = []
    for result in finished.results:
        if result.status is not Status.WARN:
            continue
        name, _ = named(finished, result)
        where = f"  {paint(str(result.at), Tone.QUIET)}" if result.at else ""
        first, *rest = lines_of(result.message or "warned")
        texts.append([f"{name}: {first}{where}", *rest])
    for message, times in warnings.items():
        first, *rest = lines_of(message)
        texts.append([f"{first}  ({times:,} times)" if times > 1 else first, *rest])
    shown = texts if verbosity > 0 else texts[:_WARNINGS]
    lines = [f"    {line}".rstrip() for text in shown for line in text]
    if len(shown) < len(texts):
        lines.append(paint(f"    … {len(texts) - len(shown):,} more with -v", Tone.QUIET))
    head = paint(f"  warnings ({len(texts):,})", Tone.CAUTION)
    return ["", head, *lines] if texts else []


def _skipped(finished: Finished, paint: Paint, verbosity: int) -> list[str]:
    because: dict[str, list[str]] = {}
    for result in finished.results:
        if result.status is Status.SKIPPED:
            because.setdefault(result.message, []).append(named(finished, result)[0])
    if not because:
        return []
    total = sum(len(names) for names in because.values())
    lines = ["", paint(f"  skipped ({total:,})", Tone.STRONG)]
    for why, names in because.items():
        shown = names if verbosity > 0 else names[:_NAMES]
        more = f" and {len(names) - len(shown):,} more" if len(shown) < len(names) else ""
        lines.append(f"    {why}: {', '.join(shown)}{more}" if why else f"    {', '.join(shown)}")
    return lines


def _slowest(finished: Finished, paint: Paint) -> list[str]:
    timed = [result for result in finished.results if result.seconds >= 0.005]
    if len(finished.results) <= SLOWEST or not timed:
        return []
    top = sorted(timed, key=lambda result: -result.seconds)[:SLOWEST]
    lines = ["", paint("  slowest", Tone.STRONG)]
    for result in top:
        name, kind = named(finished, result)
        lines.append(f"    {right(duration(result.seconds), 8)}  {name}  {paint(kind, Tone.QUIET)}")
    return lines


def _counts(finished: Finished, paint: Paint) -> Iterator[str]:
    parts = []
    for status, count in counted(finished.results):
        _, word, tone = WORDS[status]
        parts.append(paint(f"{count:,} {word}", tone))
    steps = f"{plural(len(finished.results), 'step')} in {duration(finished.seconds)}"
    if finished.interrupted:
        yield paint("  interrupted", Tone.BAD)
    yield "  " + paint(steps, Tone.STRONG) + (": " + ", ".join(parts) if parts else "")


def _notes(finished: Finished, paint: Paint) -> Iterator[str]:
    for note in finished.notes:
        first, *rest = lines_of(note)
        yield paint("  note: ", Tone.NAME) + first
        yield from (f"        {line}" for line in rest)


def _database(finished: Finished, paint: Paint) -> list[str]:
    if finished.database is None:
        return []
    state = {
        True: paint("published", Tone.GOOD),
        False: paint("not published, readers keep what they had", Tone.CAUTION),
        None: "",
    }[finished.published]
    path = finished.database
    opened = f"duckdb.connect({_python_text(path)}, read_only=True)"
    lines = [("database", f"{path}  {state}".rstrip())]
    lines += [("shell", f"duckdb -readonly {_shell_word(path)}"), ("python", opened)]
    return ["", *(f"  {paint(left(label, 9), Tone.QUIET)} {text}" for label, text in lines)]


def _shell_word(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _python_text(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
