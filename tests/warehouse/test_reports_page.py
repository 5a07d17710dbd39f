"""docs/reports.md: every acceptance row has a query, an answer on the demo shop, and shows it as it is."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from tests.warehouse.conftest import Warehouse

ROWS = {"000": 15, "001": 21, "002": 38, "003": 28, "004": 18}
"""How many rows the specification has of each text: 120."""


@pytest.fixture(scope="module")
def maker(repo: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reports", repo / "docs/make_reports.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_a_question_for_every_row_of_the_specification(maker: ModuleType) -> None:
    ids = [row["id"] for row in maker.questions()]
    assert Counter(id[:3] for id in ids) == ROWS
    for text, rows in ROWS.items():
        assert [id for id in ids if id.startswith(text)] == [
            f"{text}-{n:02}" for n in range(1, rows + 1)
        ]


def test_every_question_has_an_answer_on_the_demo_shop(maker: ModuleType, demo: Warehouse) -> None:
    """No answer is empty, and none has a column that says nothing in any of its rows."""
    empty = []
    for row in maker.questions():
        names, rows = maker.answer(demo.connection, row["query"])
        silent = [n for n, *values in zip(names, *rows, strict=True) if set(values) <= {None}]
        if silent or not any(value not in (None, 0) for found in rows for value in found):
            empty.append((row["id"], *silent))
    assert not empty


def test_the_page_shows_what_the_queries_answer(
    maker: ModuleType, demo: Warehouse, repo: Path
) -> None:
    written = (repo / "docs/reports.md").read_text("utf-8")
    assert maker.page(demo.connection) == written, "python docs/make_reports.py warehouse.duckdb"
