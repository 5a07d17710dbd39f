"""Languages, numbers, cells and charts."""

from __future__ import annotations

import csv
import re
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
import yaml

from runner.errors import ProjectError
from runner.report import changes, charts
from runner.report.csv_files import METRICS, cell
from runner.report.words import LANGUAGES, words_of
from runner.report.writing import Writer

REPO = Path(__file__).parents[2]
REPORT = REPO / "src" / "runner" / "report"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    english, other = words_of("en"), words_of(language)
    assert other.texts.keys() == english.texts.keys()
    assert set(other.metrics) == set(METRICS)
    assert all([*other.texts.values(), *other.metrics.values(), *other.actions.values()])
    for name, text in english.texts.items():
        assert _fields(other.texts[name]) == _fields(text), name


def _fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in Formatter().parse(text)} - {None}


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    code = "".join(
        file.read_text("utf-8") for file in (*REPORT.glob("*.py"), *REPORT.glob("templates/*.html"))
    )
    known = set(words_of("en").texts)
    assert {name for name in known if not {f'"{name}"', f"'{name}'"} & _quoted(code)} == set()
    assert set(re.findall(r"""\b(?:t|words)\(["'](\w+)["']""", code)) <= known


def _quoted(code: str) -> set[str]:
    return set(re.findall(r"""["']\w+["']""", code))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_of_the_seed_is_translated(language: str) -> None:
    with (REPO / "seeds" / "rfm_segments.csv").open(encoding="utf-8") as file:
        actions = {row["action"] for row in csv.DictReader(file)}
    assert actions == set(words_of(language).actions)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_figures_are_those_of_the_dictionary(language: str) -> None:
    with (REPO / "seeds" / "metrics_dictionary.csv").open(encoding="utf-8") as file:
        labels = {row["metric"]: row[f"label_{language}"] for row in csv.DictReader(file)}
    known = words_of(language).metrics
    assert {metric: labels[metric] for metric in known} == known


def test_words_of_a_shop_s_own_are_shown_as_they_are() -> None:
    assert words_of("pl").action("Send cake") == "Send cake"
    with pytest.raises(ProjectError, match="'de'"):
        words_of("de")


def test_languages_are_files() -> None:
    assert {file.stem for file in (REPORT / "languages").glob("*.yml")} == set(LANGUAGES)
    directions = {
        file.stem: yaml.safe_load(file.read_text("utf-8"))["direction"]
        for file in (REPORT / "languages").glob("*.yml")
    }
    assert [language for language, way in directions.items() if way == "rtl"] == ["ar"]


# The patterns of CLDR: `decimal`, `currency`, `percent` and `yMMMM` of each language.
@pytest.mark.parametrize(
    ("language", "count", "money", "share", "month"),
    [
        ("en", "1,234,567", "€14,175.26", "5.1%", "December 2025"),
        ("pt", "1.234.567", "€ 14.175,26", "5,1%", "dezembro de 2025"),
        ("ro", "1.234.567", "14.175,26 EUR", "5,1 %", "decembrie 2025"),
        ("pl", "1 234 567", "14 175,26 €", "5,1%", "grudzień 2025"),
        ("ar", "1,234,567", "14,175.26 €", "5.1%", "ديسمبر 2025"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    language: str, count: str, money: str, share: str, month: str
) -> None:
    writer = Writer(language, "EUR")

    def plain(text: str) -> str:
        return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200f", "")

    assert plain(writer.count(1234567)) == count
    assert plain(writer.money(Decimal("14175.2648"))) == money
    assert plain(writer.percent(0.0508)) == share
    assert plain(writer.month(date(2025, 12, 1))) == month
    assert writer.money(None) == writer.percent(None) == writer.count(None) == "–"


def test_a_change_says_whether_it_is_good() -> None:
    words, writer = words_of("en"), Writer("en", "EUR")

    def change(metric: str, now: object, before: object) -> tuple[str, str, str] | None:
        found = changes.change_of(metric, now, before, writer, words)
        if found is None:
            return None
        return f"{found.number} {found.unit}".strip(), found.sign, found.tone

    assert change("orders", 331, 293) == ("+13.0%", "▲", "better")  # 38 / 293 = 0.1297
    assert change("churned_customers", 34, 19) == ("+78.9%", "▲", "worse")  # 15 / 19
    assert change("refund_rate_amount", 0.05, 0.048) == ("+0.2 pp", "▲", "worse")
    assert change("discount_amount", 90, 100) == ("-10.0%", "▼", "even")
    # From a loss to a profit is up, though the quotient of the two is below zero.
    assert change("net_revenue", 50, -100) == ("+150.0%", "▲", "better")
    assert change("orders", 5, 5) == ("0.0%", "=", "even")
    assert change("refund_rate_amount", 0.0481, 0.048) == ("0.0 pp", "=", "even"), (
        "a share in points"
    )
    assert change("refund_rate_amount", 0, 0) == ("0.0 pp", "=", "even")
    assert change("orders", 5, 0) is None
    assert change("orders", 0, 5) == ("-100.0%", "▼", "worse")
    assert change("orders", 5, None) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"), ("+48 1", "'+48 1"), ("-2", "'-2"), ("@a", "'@a"), ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"), ("a=1", "a=1"), ("", ""), (-2, -2), (Decimal("-2.50"), Decimal("-2.50")),
        (None, None), (True, "true"), (date(2025, 1, 2), date(2025, 1, 2)),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(value: object, shown: object) -> None:
    assert cell(value) == shown


CHART = charts.Chart(
    "c", "Title <b>", "Text & more", ("Jan", "Feb"),
    (charts.Series("Won", "new", (3.0, 4.0)), charts.Series("Lost", "lost", (-1.0, -2.0))),
)  # fmt: skip


def test_a_chart_is_static_and_says_what_it_shows() -> None:
    svg = charts.drawn(CHART, narrow=False, mirrored=False, written=lambda value: f"{value:.0f}")
    assert svg == charts.drawn(CHART, narrow=False, mirrored=False, written=lambda v: f"{v:.0f}")
    for foreign in ("script", "style", "http", "<!--", "pygal", "href", "url("):
        assert foreign not in svg
    assert '<title id="c-wide-title">Title &lt;b&gt;</title>' in svg
    assert '<desc id="c-wide-text">Text &amp; more</desc>' in svg
    assert svg.count("<rect") == 4
    assert ">Jan</text>" in svg
    # As high as they are large: 3 + 4 above the line to 1 + 2 below.
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"', svg)]
    assert heights[0] / heights[2] == pytest.approx(3, rel=0.01)
    assert heights[1] / heights[3] == pytest.approx(2, rel=0.01)


def test_a_mirrored_chart_runs_from_right_to_left() -> None:
    plain, mirrored = (
        charts.drawn(CHART, narrow=True, mirrored=way, written=lambda value: f"{value:.0f}")
        for way in (False, True)
    )

    def place(svg: str, label: str) -> float:
        found = re.search(rf'<text x="(-?[\d.]+)"[^>]*>{label}</text>', svg)
        assert found, svg
        return float(found[1])

    assert place(plain, "Jan") < place(plain, "Feb")
    assert place(mirrored, "Jan") > place(mirrored, "Feb")
    assert place(plain, "0") < 0 < place(mirrored, "Jan") < place(mirrored, "0")


# By hand: a fifth of the span, up to 1, 2 or 5 times a power of ten, and never less than one.
@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [
        (0, 14175, [0, 5000, 10000, 15000]),  # a fifth is 2835
        (-102, 165, [-200, -100, 0, 100, 200]),  # 53.4
        (-2, 2, [-2, -1, 0, 1, 2]),  # 0.8: half a customer is no mark
        (-40, 254, [-100, 0, 100, 200, 300]),  # 58.8
        (0, 1, [0, 1]),
        (0, 0, [0, 1]),
        (-3, 0, [-3, -2, -1, 0]),
    ],
)
def test_a_scale_has_round_whole_numbers(low: float, high: float, scale: list[int]) -> None:
    assert charts.ticks(low, high) == scale


def test_the_scale_of_a_small_shop_said_one_below_it() -> None:
    """Of two customers 0.8 and 1.6 were marked, and written as 1 and 2: bars seemed to be higher."""
    chart = charts.Chart("c", "t", "d", ("Jan", "Feb"), (charts.Series("Won", "new", (1.0, 2.0)),))
    svg = charts.drawn(chart, narrow=False, mirrored=False, written=lambda value: f"{value:.0f}")
    marks = re.findall(r'<text x="-[\d.]+" y="([\d.]+)" class="">(\d)</text>', svg)
    places = {mark: float(y) for y, mark in marks}
    assert list(places) == ["0", "1", "2"]
    tops = [float(y) for y in re.findall(r'<rect x="[\d.]+" y="([\d.]+)"', svg)]
    # A text stands a third of its height below its line.
    assert tops[0] - places["1"] == pytest.approx(tops[1] - places["2"], abs=0.2)
    assert abs(tops[0] - places["1"]) < 5


def test_the_bar_of_a_shop_s_first_month_was_as_wide_as_the_page() -> None:
    one = charts.Chart("c", "t", "d", ("Jan",), (charts.Series("Won", "new", (3.0,)),))
    svg = charts.drawn(one, narrow=False, mirrored=False, written=str)
    ((x, width),) = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    (label,) = re.findall(r'<text x="([\d.]+)"[^>]*>Jan</text>', svg)
    assert float(width) == 60
    assert float(x) + 30 == pytest.approx(float(label), abs=1), "in the middle, above its label"


def test_a_chart_of_nothing_is_drawn() -> None:
    nothing = charts.Chart("c", "t", "d", ("Jan",), (charts.Series("Won", "new", (0.0,)),))
    svg = charts.drawn(nothing, narrow=True, mirrored=False, written=str)
    assert "<rect" not in svg


def test_the_library_of_charts_leaves_imports_alone() -> None:
    charts.drawn(CHART, narrow=True, mirrored=False, written=str)
    assert [hook for hook in sys.meta_path if type(hook).__module__ == "pygal"] == []
