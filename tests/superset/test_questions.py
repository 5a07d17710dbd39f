"""Every chart, with and without each filter of its dashboard: what it shows is what SQL answers."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from client import shown
from questions import QUESTIONS, Asked
from shop import Shop

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
"""The last 365 days of the demo shop: what is shown where no period is chosen."""
QUARTER = (date(2025, 10, 1), date(2025, 12, 31))


@dataclass(frozen=True)
class Choice:
    """A choice in a filter: what a person sees, and what SQL is asked."""

    seen: tuple[str, ...]
    meant: tuple[str, ...] = ()
    arguments: str = ""


CHOICES = {
    "country": Choice(("PT",), ("PT",)),
    "channel": Choice(("Web shop", "Shops"), ("web", "pos")),
    "product": Choice(("Orrin Mug · p100",), ("p100",)),
    "segment": Choice(("Can't lose them", "Champions"), ("cant_lose", "champions")),
    # From the 91st to the 365th day before the end, both days counted: day 1 is the end itself.
    "customer_since": Choice(
        ("91 to 365 days",), (), "since_from := date '{last}' - 364, since_to := date '{last}' - 90"
    ),
    "revenue_band": Choice(("50 to 100",), (), "revenue_min := 50, revenue_max := 99.9999"),
    "marketing_channel": Choice(("paid search", "email"), ("paid_search", "email")),
    "category": Choice(("kitchen",), ("kitchen",)),
    "customer": Choice(("c311",), ("c311",)),
}


def test_every_chart_has_its_question(superset_app: Any) -> None:
    assert set(superset_app.charts()) == {f"shop-{name}" for name in QUESTIONS}


@pytest.mark.parametrize("chosen", ["nothing", "period", *CHOICES, "everything"])
def test_charts_show_what_sql_answers(superset_app: Any, shop: Shop, chosen: str) -> None:
    """Filters reach a chart as in a browser: all of its dashboard but those that leave it out."""
    filters = superset_app.filters()
    wrong, compared = [], 0
    for name, chart in superset_app.charts().items():
        there = filters[chart["dashboard"]]
        names = {each["name"] for each in there}
        always = {"customer"} & names  # One customer's: something is always chosen.
        wanted = {"nothing": set(), "everything": names}.get(chosen, {chosen} & names) | always
        if chosen not in ("nothing", "everything") and chosen not in wanted:
            continue
        heard = [e for e in there if e["name"] in wanted and chart["id"] not in e["excluded"]]
        if chosen in CHOICES and chosen not in {each["name"] for each in heard}:
            continue  # It is asked the same as where nothing is chosen.
        rows = superset_app.ask(chart, dashboard_state(heard))
        expected = shop.rows(QUESTIONS[name.removeprefix("shop-")](asked(heard)))
        compared += 1
        if chosen == "nothing" and not rows:
            wrong.append(f"{name} is empty")
        difference = differs(shown(chart, rows), [list(row) for row in expected])
        if difference:
            wrong.append(f"{name}: {difference}")
    assert not wrong, "\n".join(wrong)
    assert compared > (4 if chosen == "category" else 5)  # The category reaches five charts.


def dashboard_state(heard: list[dict[str, Any]]) -> dict[str, Any]:
    """What a browser sends of the filters that reach a chart."""
    state: dict[str, Any] = {"filters": []}
    for each in heard:
        if each["name"] == "period":
            state["time_range"] = f"{QUARTER[0]} : 2026-01-01"
        else:
            seen = list(CHOICES[each["name"]].seen)
            state["filters"].append({"col": each["column"], "op": "IN", "val": seen})
    return state


def asked(heard: list[dict[str, Any]]) -> Asked:
    names = {each["name"] for each in heard}
    first, last = QUARTER if "period" in names else (FIRST, LAST)
    choices = {name: CHOICES[name] for name in CHOICES if name in names}
    return Asked(
        first, last, {name: c.meant for name, c in choices.items() if c.meant},
        ", ".join(c.arguments.format(last=last) for c in choices.values() if c.arguments),
    )  # fmt: skip


def differs(rows: list[list[Any]], expected: list[list[Any]]) -> str:
    """How two answers differ, as a sentence; empty where they do not. Their order does not count.

    Rows that say nothing (all their figures are zero or absent) may be left out by either.
    """
    ours, theirs = (_sorted(each) for each in (rows, expected))
    if len(ours) != len(theirs):
        return f"{len(ours)} rows instead of {len(theirs)}: {ours[:3]} and {theirs[:3]}"
    for row, other in zip(ours, theirs, strict=True):
        if not all(_same(a, b) for a, b in zip(row, other, strict=True)):
            return f"{row} instead of {other}"
    return ""


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return bool(ours == pytest.approx(theirs, rel=1e-6, abs=1e-6))
    return bool(ours == theirs)


def _sorted(rows: list[list[Any]]) -> list[list[Any]]:
    plain = [[_plain(cell) for cell in row] for row in rows]
    said = [row for row in plain if any(_says(cell) for cell in row)]
    return sorted(said, key=lambda row: [str(_short(cell)) for cell in row])


def _says(cell: Any) -> bool:
    return isinstance(cell, float) and cell != 0


def _short(cell: Any) -> Any:
    return float(f"{cell:.6g}") if isinstance(cell, float) else cell


def _plain(cell: Any) -> Any:
    """Numbers as floats, days as milliseconds, texts without the HTML of links."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC).timestamp() * 1000
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC).timestamp() * 1000
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, str):
        return html.unescape(re.sub(r"<[^>]+>", "", cell))
    return cell
