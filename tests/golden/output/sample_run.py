"""A run with one step of each outcome, worked out by hand, and the comparison with golden files.

Loaded with `runpy.run_path`, so that it works under any import mode of pytest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from runner.errors import DatabaseError, Location
from runner.run.events import (
    Event,
    Finished,
    Logged,
    Result,
    Rows,
    Started,
    Status,
    StepFinished,
    StepStarted,
    Timing,
)

FOLDER = Path(__file__).parent
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
NULL_ROWS = Rows(
    ("order_id", "customer", "amount"),
    ("INTEGER", "VARCHAR", "DECIMAL(10,2)"),
    [(number, None, Decimal("2.50") * number) for number in range(1, 8)],
)
DIFFERENCE = Rows(
    ("row", "column", "expected", "actual"),
    ("INTEGER", "VARCHAR", "VARCHAR", "VARCHAR"),
    [(1, "amount", "4.00", "3.00"), (2, "name", "Ann", None)],
)
BROKEN = DatabaseError(
    'column "custommer_id" does not exist',
    at=Location("models/marts/dim.sql", 2, 8, "select custommer_id from {{ ref('a') }}", 12),
    hint="did you mean customer_id?",
)
STEPS: tuple[tuple[str, str, Result], ...] = (
    ("customers", "seed", Result("seed.shop.customers", Status.SUCCESS, rows=2, seconds=0.031)),
    (
        "stg_orders",
        "table",
        Result(
            "model.shop.stg_orders",
            Status.SUCCESS,
            rows=2431,
            seconds=0.12,
            compiled="select 1",
            relation='"shop"."main"."stg_orders"',
            timing=(Timing("execute", NOON, NOON + timedelta(milliseconds=120)),),
            thread="Thread-1",
        ),
    ),
    ("dim_same", "table", Result("model.shop.dim_same", Status.REUSED)),
    (
        "unique_orders_order_id",
        "test",
        Result("test.shop.unique_orders_order_id.1a", Status.PASS, seconds=0.01, failures=0),
    ),
    (
        "accepted_values_orders_status",
        "test",
        Result(
            "test.shop.accepted_values_orders_status.2b",
            Status.WARN,
            "3 rows have another status",
            0.02,
            failures=3,
            at=Location("models/orders.yml", 14, 9),
        ),
    ),
    (
        "not_null_orders_customer",
        "test",
        Result(
            "test.shop.not_null_orders_customer.3c",
            Status.FAIL,
            "12 rows are null",
            0.02,
            failures=12,
            sample=NULL_ROWS,
            at=Location("models/orders.yml", 12, 9),
        ),
    ),
    (
        "orders_are_counted",
        "unit_test",
        Result(
            "unit_test.shop.orders.orders_are_counted",
            Status.FAIL,
            "2 cells differ",
            0.05,
            failures=2,
            sample=DIFFERENCE,
            at=Location("models/orders.yml", 30),
        ),
    ),
    ("dim", "view", Result("model.shop.dim", Status.ERROR, seconds=0.004, error=BROKEN)),
    ("fct", "table", Result("model.shop.fct", Status.SKIPPED, "dim failed")),
    ("fct_daily", "table", Result("model.shop.fct_daily", Status.SKIPPED, "dim failed")),
    (
        "fct_events",
        "incremental",
        Result("model.shop.fct_events", Status.SUCCESS, rows=1, seconds=71.3),
    ),
)
FINISHED = Finished(
    results=tuple(result for _, _, result in STEPS),
    seconds=73.4,
    names={result.id: (name, kind) for name, kind, result in STEPS},
    database="warehouse.duckdb",
    published=False,
    notes=("2 models are views that 5 others read",),
)


def events() -> Iterator[Event]:
    """Everything that is told during the run."""
    old = Logged("warning", "`tests:` is now `data_tests:`", Location("models/x.yml", 3))
    yield Started("build", len(STEPS), 2, "dev (warehouse.duckdb)")
    yield Logged("info", "hello\nworld")
    yield Logged("debug", "select 1 took long")
    yield old
    yield old
    for done, (name, kind, result) in enumerate(STEPS, start=1):
        yield StepStarted(result.id, name, kind)
        yield StepFinished(result.id, name, kind, result, done, len(STEPS))
    yield FINISHED


def golden(name: str, text: str) -> tuple[str, str]:
    """The text and the golden file's; `UPDATE_GOLDEN=1` writes the file anew."""
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    return text, path.read_text(encoding="utf-8")
