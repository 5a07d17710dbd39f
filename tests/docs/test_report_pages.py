"""docs/reports/: a page a report, generated; every question, mart, function and setting is on one."""

from __future__ import annotations

import runpy
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.docs.pages import ROOT

SCRIPT = runpy.run_path(str(ROOT / "docs" / "make_pages.py"))
DEFINED: list[dict[str, Any]] = SCRIPT["definitions"]()
CHAPTERS = ("## What it answers", "## How it is computed", "## What it does not say")


def test_the_pages_are_what_the_project_says() -> None:
    written = {path.name: path.read_text("utf-8") for path in (ROOT / "docs/reports").glob("*.md")}
    assert written == SCRIPT["pages"](), "python docs/make_pages.py"


@pytest.mark.parametrize("one", DEFINED, ids=lambda one: one["page"])
def test_a_page_says_what_it_answers_how_and_what_not(one: dict[str, Any]) -> None:
    text = SCRIPT["page"](one)
    assert all(chapter in text for chapter in CHAPTERS)
    assert one["how"]
    assert one["not"]


def test_the_index_lists_every_page() -> None:
    index = (ROOT / "docs/warehouse.md").read_text("utf-8")
    for one in DEFINED:
        assert f"| [{one['title']}](reports/{one['page']}.md) | {one['intro']} |" in index


def test_every_question_is_on_one_page() -> None:
    rows = yaml.safe_load((ROOT / "docs/reports.yml").read_text("utf-8"))
    on_pages = Counter(row for one in DEFINED for row in one["rows"])
    assert on_pages == Counter(row["id"] for row in rows)


def test_every_mart_and_every_report_function_has_a_page() -> None:
    marts = {path.stem for path in (ROOT / "models/marts").rglob("*.sql")}
    tables = {name for one in DEFINED for name in one["tables"]}
    assert marts - tables == set()
    functions = {path.stem for path in (ROOT / "functions/reports").glob("*.sql")}
    assert functions - {name for one in DEFINED for name in one["functions"]} == set()


OF_NO_REPORT = {
    # how files are read: docs/adapters.md
    "adapter_tables",
    "online_retail_file",
}


def test_every_setting_has_a_page() -> None:
    named = {name for one in DEFINED for name in one.get("settings", ())}
    assert set(SCRIPT["variables"]()) - named == OF_NO_REPORT


def test_every_seed_that_is_named_is_there() -> None:
    for one in DEFINED:
        for name in one.get("seeds", ()):
            assert (ROOT / "seeds" / f"{name}.csv").is_file(), one["page"]
