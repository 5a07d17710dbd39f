"""Rows as a table, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from runner.output.paint import cells
from runner.output.tables import rows_csv, rows_json, table_text
from runner.run.events import Rows

ORDERS = Rows(
    ("order_id", "customer", "amount"),
    ("INTEGER", "VARCHAR", "DECIMAL(10,2)"),
    [(1, "Ann", Decimal("1.50")), (None, "日本", None), (300, "", Decimal("0.00"))],
)


def test_numbers_stand_to_the_right_and_null_is_visible() -> None:
    assert table_text(ORDERS, width=80, limit=None).split("\n") == [
        "order_id  customer  amount",
        "────────  ────────  ──────",
        "       1  Ann         1.50",
        "    NULL  日本        NULL",
        "     300              0.00",
    ]


def test_the_limit_says_what_it_leaves_out() -> None:
    lines = table_text(ORDERS, width=80, limit=1).split("\n")
    assert lines[2:] == ["       1  Ann         1.50", "… 2 more rows"]


def test_no_rows_are_said_to_be_none() -> None:
    assert table_text(Rows(("a",), ("INTEGER",), []), width=80, limit=5).endswith("(no rows)")


def test_null_is_dim_and_a_text_null_is_not() -> None:
    rows = Rows(("a",), ("VARCHAR",), [(None,), ("NULL",)])
    lines = table_text(rows, width=80, limit=None, color=True).split("\n")
    assert lines[2:] == ["\x1b[2mNULL\x1b[0m", "NULL"]


@pytest.mark.parametrize("width", [20, 33, 60])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    rows = Rows(
        ("short", "long", "wide", "number"),
        ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT"),
        [("a", "x" * 90, "日" * 40, 10**17)],
    )
    lines = table_text(rows, width=width, limit=None).split("\n")
    assert all(cells(line) <= width for line in lines[:3])
    assert "…" in lines[2]


def test_columns_that_do_not_fit_are_named() -> None:
    rows = Rows(("aaaaaaaa", "bbbbbbbb", "cc"), ("VARCHAR",) * 3, [("1", "2", "3")])
    lines = table_text(rows, width=10, limit=None).split("\n")
    assert lines[0] == "aaaaaaaa"
    assert lines[-1] == "… 2 more columns: bbbbbbbb, cc"


def test_columns_without_types_are_shown() -> None:
    assert "1" in table_text(Rows(("a",), (), [(1,)]), width=80, limit=None).split("\n")[2]


def test_a_cell_cannot_move_the_cursor() -> None:
    text = table_text(Rows(("a",), ("VARCHAR",), [("x\x1b[2J\ny",)]), width=80, limit=None)
    assert "\x1b" not in text
    assert "x\\x1b[2J\\ny" in text


def test_csv_tells_null_from_empty_text_and_quotes_what_must_be() -> None:
    rows = Rows(("a", 'b"c'), ("VARCHAR", "VARCHAR"), [(None, ""), ("x,y", "line\nend")])
    assert rows_csv(rows) == 'a,"b""c"\n,""\n"x,y","line\nend"\n'


def test_csv_is_read_back() -> None:
    read = list(csv.reader(io.StringIO(rows_csv(ORDERS))))
    assert read[1] == ["1", "Ann", "1.50"]


def test_json_has_decimals_as_exact_numbers() -> None:
    text = rows_json(ORDERS)
    assert '{"order_id": 1, "customer": "Ann", "amount": 1.50}' in text
    read = json.loads(text, parse_float=Decimal)
    assert read[2] == {"order_id": 300, "customer": "", "amount": Decimal("0.00")}
    assert read[1]["amount"] is None


def test_json_of_no_rows_is_an_empty_list() -> None:
    assert json.loads(rows_json(Rows(("a",), ("INTEGER",), []))) == []


def test_json_keeps_columns_of_the_same_name() -> None:
    read = json.loads(rows_json(Rows(("a", "a"), ("INTEGER",) * 2, [(1, 2)])))
    assert read == [{"a": 1, "a_2": 2}]
