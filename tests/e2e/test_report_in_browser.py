"""The report in headless Chromium: as it looks on a desk, on a phone and on paper, in each language.

What is measured in the page: nothing is wider than the screen or cut off, no two texts of a chart lie
on one another, and nothing is asked of any other machine. With RUNNER_PICTURES=folder the pictures are kept, to be looked at.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.report.words import LANGUAGES
from tests.e2e.chromium import Browser, chromium, program
from tests.report.conftest import Shop
from tests.report.conftest import demo as demo
from tests.report.conftest import small as small
from tests.support.sample import ALL

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
DESK, PHONE = 1100, 390
PERIODS = (
    ("2025-12", "2025-W50", "2025-Q4", "2025", "2025-11-20..2025-12-14") if ALL else ("2025-W50",)
)

WIDER = """
JSON.stringify([...document.querySelectorAll('body *')].filter(part => {
  if (part.closest('.scroll, .seen-not, svg') && !part.matches('.scroll, svg.chart')) return false;
  const box = part.getBoundingClientRect();
  return box.width && (box.left < -0.5 || box.right > innerWidth + 0.5);
}).map(part => part.tagName + '.' + part.getAttribute('class')))
"""
"""Parts that stick out of the screen, those apart that are moved sideways in a box of their own."""
CUT = """
JSON.stringify([...document.querySelectorAll('p, li, dd, dt, h1, h2, h3, span, bdi, td, th')].filter(part =>
  !part.closest('.seen-not, .track') && part.clientWidth && part.scrollWidth > part.clientWidth + 1
).map(part => part.tagName + ': ' + part.textContent.trim().slice(0, 40)))
"""
"""Texts that are wider than their own box."""
TABLES = """
JSON.stringify([...document.querySelectorAll('.scroll')].filter(box =>
  !box.querySelector('.grid') && box.scrollWidth > box.clientWidth + 1
).map(box => box.textContent.trim().slice(0, 40)))
"""
"""Tables of figures, the grids apart, that must be moved sideways to be read."""
OVERLAPPING = """
JSON.stringify([...document.querySelectorAll('svg.chart')].flatMap(chart => {
  const all = [...chart.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()])
    .filter(([_, box]) => box.width);
  const frame = chart.getBoundingClientRect(), found = [];
  for (const [text, a] of all) {
    if (a.left < frame.left - 0.5 || a.right > frame.right + 0.5 || a.bottom > frame.bottom + 0.5)
      found.push(text + ' sticks out');
    for (const [other, b] of all)
      if (a !== b && a.left < b.right + 2 && b.left < a.right + 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2)
        found.push(text + ' on ' + other);
  }
  return found;
}))
"""
"""Texts of charts that touch another one or leave the chart."""
SHOWN = "[...document.querySelectorAll('svg.chart text')].filter(t => t.getBoundingClientRect().width).length"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    command = program()
    if command is None:
        pytest.skip("Chromium is not installed (apt install chromium)")
    with chromium(command, tmp_path_factory.mktemp("profile")) as running:
        yield running


def found(browser: Browser, script: str) -> list[str]:
    said = json.loads(browser.value(script))
    assert isinstance(said, list)
    return said


def keep(browser: Browser, name: str) -> None:
    """Keep pictures of the page, where somebody wants to look at them."""
    folder = os.environ.get("RUNNER_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.picture(Path(folder) / f"{name}.png")


def check(browser: Browser, file: Path, width: int) -> None:
    browser.open(file, width, phone=width == PHONE)
    assert browser.asked == [file.resolve().as_uri()], "it asks for nothing but itself"
    measure(browser, width)
    assert browser.value(SHOWN) >= 2 * (5 + 4), "labels below the bars and beside them"


def measure(browser: Browser, width: int) -> None:
    browser.value("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert browser.value("innerWidth") == width
    assert browser.value("document.documentElement.scrollWidth") == width
    assert found(browser, WIDER) == []
    assert found(browser, CUT) == []
    assert found(browser, TABLES) == []
    assert found(browser, OVERLAPPING) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_fits_a_desk_a_phone_and_paper(
    demo: Shop, browser: Browser, language: str, tmp_path: Path
) -> None:
    for period in PERIODS:
        demo.written("--period", period, "--language", language)
        file = demo.out / f"report_{period.replace('..', '_')}_{language}.html"
        for width in (DESK, PHONE):
            check(browser, file, width)
            keep(browser, f"{file.stem}_{width}")
        browser.printed(tmp_path / "paper.pdf")
        pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "paper.pdf").read_bytes())
        assert 3 <= len(pages) <= 5
        if "RUNNER_PICTURES" in os.environ:
            (tmp_path / "paper.pdf").replace(
                Path(os.environ["RUNNER_PICTURES"]) / f"{file.stem}.pdf"
            )


def test_a_report_of_a_small_shop_with_little_in_it_fits(small: Shop, browser: Browser) -> None:
    for period in ("2026-02", "2026-04", "2026-01-20..2026-01-21"):
        small.written("--period", period)
        for width in (DESK, PHONE):
            file = small.out / f"report_{period.replace('..', '_')}_en.html"
            browser.open(file, width, phone=width == PHONE)
            measure(browser, width)
            keep(browser, f"small_{period}_{width}")
