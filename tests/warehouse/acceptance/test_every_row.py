"""Every acceptance row of the specification has a test of its own, named by its number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml

from tests.warehouse.conftest import SHARED

ROWS = {"000": 15, "001": 21, "002": 38, "003": 28, "004": 18}
"""How many rows the specification has of each text."""
IDS = [f"{text}-{n:02}" for text, rows in ROWS.items() for n in range(1, rows + 1)]


def numbers_in_names() -> list[str]:
    """The numbers in the names of the tests of this folder."""
    names = [
        node.name
        for path in sorted(Path(__file__).parent.glob("test_*.py"))
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    ]
    found = [re.match(r"test_(\d{3})_(\d\d)_", name) for name in names]
    return sorted(f"{match[1]}-{match[2]}" for match in found if match)


def test_every_row_has_one_test() -> None:
    assert numbers_in_names() == IDS


def test_every_test_asks_the_query_of_its_row() -> None:
    """A test that asked another row's query would show nothing of its own."""
    for path in sorted(Path(__file__).parent.glob("test_0*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            match = isinstance(node, ast.FunctionDef) and re.match(
                r"test_(\d{3})_(\d\d)_", node.name
            )
            if match:
                assert f"ask('{match[1]}-{match[2]}')" in ast.unparse(node), node


def test_the_rows_are_those_of_the_specification(repo: Path) -> None:
    """The list above, the queries, and the specification's tables where they are at hand."""
    queries = yaml.safe_load((repo / "docs" / "reports.yml").read_text("utf-8"))
    assert [row["id"] for row in queries] == IDS
    specification = SHARED / "warehouse" / "spec.md"
    if specification.is_file():
        assert specified(specification.read_text("utf-8")) == IDS


def specified(text: str) -> list[str]:
    """The numbers of the first column; 003-01..03 is three rows."""
    found = []
    for first, last in re.findall(r"^\| (\d{3}-\d\d)(?:\.\.(\d\d))? \|", text, re.MULTILINE):
        stem, begin = first.split("-")
        found += [f"{stem}-{n:02}" for n in range(int(begin), int(last or begin) + 1)]
    return found
