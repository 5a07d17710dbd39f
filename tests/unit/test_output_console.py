"""The console: golden files of a whole run, and what each option changes."""

from __future__ import annotations

import io
import runpy
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from runner.errors import DatabaseError, Location
from runner.output.console import console, wants_color
from runner.run.events import Event, Finished, Logged, Result, Started, Status, StepFinished

SAMPLE = runpy.run_path(str(Path(__file__).parents[1] / "golden/output/sample_run.py"))
golden, sample_events = SAMPLE["golden"], SAMPLE["events"]


def shown(events: Iterable[Event], **options: Any) -> str:
    stream = io.StringIO()
    usual: dict[str, Any] = {
        "color": False, "width": 90, "terminal": False, "quiet": False, "verbosity": 0,
    }  # fmt: skip
    listener = console(stream, **usual | options)
    for event in events:
        listener(event)
    listener.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("console_plain.txt", {}),
        ("console_color.txt", {"color": True}),
        ("console_quiet.txt", {"quiet": True}),
        ("console_verbose.txt", {"verbosity": 1}),
    ],
)
def test_a_run_looks_like_its_golden_file(name: str, options: dict[str, Any]) -> None:
    text, expected = golden(name, shown(sample_events(), **options))
    assert text == expected


def test_a_failing_test_shows_its_first_rows_and_the_command_for_all() -> None:
    text = shown(sample_events())
    assert (
        "first 5 of 12 rows; all of them: runner show --failures not_null_orders_customer" in text
    )
    assert "         5  NULL       12.50" in text
    assert "17.50" not in text


def test_failures_are_numbered_in_the_order_of_the_plan_however_they_came() -> None:
    failed = [Result(id, Status.ERROR, "no") for id in ("model.b", "model.a")]
    names = {"model.a": ("a", "table"), "model.b": ("b", "table")}
    text = shown([Finished(tuple(failed), 0.3, names)])
    assert text.index("1) a  table") < text.index("2) b  table")


def test_a_unit_test_shows_each_cell_that_differs() -> None:
    lines = shown(sample_events()).splitlines()
    assert "       1  amount  4.00      3.00" in lines
    assert "       2  name    Ann       NULL" in lines


def test_an_error_is_shown_with_its_place_and_mark() -> None:
    text = shown(sample_events())
    assert "models/marts/dim.sql:2:8: column" in text
    assert "^^^^^^^^^^^^ did you mean customer_id?" in text


def test_skipped_steps_stand_below_what_they_wait_for() -> None:
    assert "    dim failed: fct, fct_daily\n" in shown(sample_events())


def test_warnings_are_given_once_and_counted() -> None:
    text = shown(sample_events())
    assert text.count("`tests:` is now `data_tests:`") == 1
    assert "(2 times)" in text


def test_many_warnings_are_shortened_unless_asked_for() -> None:
    events: list[Event] = [Logged("warning", f"old key {n}") for n in range(30)]
    events.append(Finished((), 1.0, {}))
    assert "… 20 more with -v" in shown(events)
    assert "old key 29" in shown(events, verbosity=1)


def test_warnings_are_not_lost_when_the_command_stops_early() -> None:
    assert "warning: careful" in shown([Logged("warning", "careful")])


def test_quiet_says_nothing_when_nothing_fails() -> None:
    result = Result("model.a.b", Status.SUCCESS)
    events: list[Event] = [
        Started("build", 1, 1, "dev"),
        Logged("info", "hello"),
        Logged("warning", "careful"),
        StepFinished("model.a.b", "b", "table", result, 1, 1),
        Finished((result,), 1.0, {}),
    ]
    assert shown(events, quiet=True) == ""


def test_what_templates_print_is_always_printed_as_it_is() -> None:
    assert shown([Logged("print", "a\nb")], quiet=True) == "a\nb\n"


def test_long_names_are_whole_in_a_log_and_cut_in_a_terminal() -> None:
    name = "relationships_" + "x" * 60
    event = StepFinished("t", name, "test", Result("t", Status.PASS), 1, 1)
    assert name in shown([event])
    assert name not in shown([event], terminal=True)
    assert "x…" in shown([event], terminal=True)


def test_an_interrupted_run_says_so() -> None:
    assert "  interrupted\n" in shown([Finished((), 1.0, {}, interrupted=True)])


def test_a_published_database_is_said_and_quoted_for_the_shell() -> None:
    text = shown([Finished((), 1.0, {}, database="my ware.duckdb", published=True)])
    assert "my ware.duckdb  published" in text
    assert "duckdb -readonly 'my ware.duckdb'" in text
    assert 'duckdb.connect("my ware.duckdb", read_only=True)' in text


def test_github_folds_a_long_run_and_obeys_no_data() -> None:
    result = Result("t", Status.FAIL, "::error::pwned", seconds=0.1)
    events: list[Event] = [
        Started("build", 100, 2, "dev"),
        StepFinished("t", "t", "test", result, 1, 100),
        Logged("print", "  ::set-output name=x::y\n##[group]z"),
        Finished((result,), 1.0, {"t": ("t", "test")}),
    ]
    lines = [line.strip() for line in shown(events, github=True).splitlines()]
    assert [line for line in lines if line.startswith("::")] == ["::group::steps", "::endgroup::"]
    assert not any("##[" in line for line in lines)
    assert lines.index("::endgroup::") < lines.index("failures (1)")


def test_a_stream_that_cannot_hold_a_character_gets_a_question_mark() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console(stream, color=False, width=80, terminal=False, quiet=False, verbosity=0)(
        Logged("info", "Zürich …")
    )
    assert raw.getvalue() == b"  Z?rich ?\n"


def test_a_message_cannot_move_the_cursor() -> None:
    result = Result("t", Status.ERROR, "bad \x1b[2J value\rhidden")
    error = DatabaseError("worse \x1b[2J value", at=Location("a.sql", 1, 1, "select '\x1b[2J'"))
    worse = Result("u", Status.ERROR, error=error)
    events: list[Event] = [
        StepFinished("t", "t", "test", result, 1, 1),
        Logged("warning", "\x1b]0;title\x07"),
        Finished((result, worse), 1.0, {"t": ("t", "test"), "u": ("u", "view")}),
    ]
    text = shown(events)
    assert "\x1b" not in text
    assert "\r" not in text
    assert "bad \\x1b[2J value\\rhidden" in text


def test_the_bar_shows_what_runs_and_goes_away() -> None:
    text = shown(sample_events(), terminal=True, color=True)
    assert "11/11" in text
    assert text.index("\x1b[?25h") < text.index("slowest")  # the cursor is back for the summary
    assert "runner show --failures not_null_orders_customer" in text


def test_the_bar_is_only_for_who_watches() -> None:
    assert "11/11" not in shown(sample_events())
    assert "11/11" not in shown(sample_events(), terminal=True, quiet=True)


def test_rich_is_not_loaded_before_a_step_runs_in_a_terminal() -> None:
    code = """
import io, sys
from runner.errors import DatabaseError, Location
from runner.output.console import console
from runner.run.events import Finished, Started
show = console(io.StringIO(), color=True, width=80, terminal=True, quiet=False, verbosity=0)
show(Started("build", 0, 1, "dev"))
show(Finished((), 0.1, {}))
show.close()
print(sorted({"rich", "duckdb", "sqlglot", "jinja2", "yaml"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("environ", "isatty", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_follows_the_environment(
    environ: dict[str, str], isatty: bool, expected: bool
) -> None:
    assert wants_color(environ, isatty) is expected
