"""JSON lines: one object for each event, whatever it holds."""

from __future__ import annotations

import io
import json
import runpy
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from runner.output.jsonlines import jsonlines
from runner.run.events import Event, Logged, Result, Rows, Status, StepFinished

SAMPLE = runpy.run_path(str(Path(__file__).parents[1] / "golden/output/sample_run.py"))


def ticking() -> Callable[[], datetime]:
    """A clock that is a second later each time."""
    ticks = iter(range(10_000))
    noon: datetime = SAMPLE["NOON"]
    return lambda: noon + timedelta(seconds=next(ticks))


def written(*events: Event) -> str:
    stream = io.StringIO()
    listen = jsonlines(stream, invocation_id="abc", pid=7, now=ticking())
    for event in events:
        listen(event)
    return stream.getvalue()


def test_a_run_is_its_golden_file() -> None:
    text = written(*SAMPLE["events"]()).replace('"MainThread"', '"T"')
    text, expected = SAMPLE["golden"]("events.jsonl", text)
    assert text == expected


def test_each_event_is_one_line_in_the_documented_shape() -> None:
    events = list(SAMPLE["events"]())
    lines = [json.loads(line) for line in written(*events).splitlines()]
    assert len(lines) == len(events)
    for line in lines:
        assert set(line) == {"info", "data"}
        assert set(line["info"]) == {
            "category", "code", "extra", "invocation_id", "level", "msg", "name", "pid",
            "thread", "ts",
        }  # fmt: skip
    assert [line["info"]["name"] for line in lines[-2:]] == ["NodeFinished", "CommandCompleted"]
    assert lines[0]["info"]["ts"] == "2026-01-02T12:00:00.000000Z"


def test_a_finished_step_knows_when_it_began() -> None:
    lines = [json.loads(line) for line in written(*SAMPLE["events"]()).splitlines()]
    infos = [line["data"]["node_info"] for line in lines if line["info"]["name"] == "NodeFinished"]
    assert infos[0]["node_started_at"] == "2026-01-02T12:00:05.000000Z"
    assert infos[0]["node_finished_at"] == "2026-01-02T12:00:06.000000Z"


def test_no_value_loses_an_event() -> None:
    circle: dict[str, object] = {}
    circle["self"] = circle
    values = [(Decimal("1.50"), b"\xff", date(2024, 1, 1), float("nan"), object(), "\ud800\n")]
    sample = Rows(tuple("abcdef"), ("X",) * 6, values)
    result = Result("t", Status.FAIL, sample=sample, response={"x": circle, "y": {(1, 2): 3}})
    text = written(StepFinished("t", "t", "test", result, 1, 1), Logged("info", "after"))
    first, second = (json.loads(line) for line in text.splitlines())
    row = first["data"]["run_result"]["sample"]["values"][0]
    assert row[:4] == ["1.50", "\\xFF", "2024-01-01", "nan"]
    assert second["info"]["msg"] == "after"


def test_levels_follow_the_outcome() -> None:
    lines = [json.loads(line) for line in written(*SAMPLE["events"]()).splitlines()]
    levels = {
        line["data"]["node_info"]["unique_id"]: line["info"]["level"]
        for line in lines
        if line["info"]["name"] == "NodeFinished"
    }
    assert levels["model.shop.dim"] == "error"
    assert levels["test.shop.not_null_orders_customer.3c"] == "error"
    assert levels["test.shop.accepted_values_orders_status.2b"] == "warn"
    assert levels["model.shop.fct"] == "info"
    assert lines[3]["info"]["level"] == "warn"
    assert lines[-1]["info"]["level"] == "error"
    assert lines[-1]["data"]["stats"] == {
        "success": 3, "reused": 1, "pass": 1, "warn": 1, "fail": 2, "error": 1, "skipped": 2,
    }  # fmt: skip
