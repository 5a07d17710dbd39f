"""The 44 traps that the specification counts (section 5): which tests catch each, by number, and those that no model can hold.

A test says which traps it catches by "trap N" in its name, description or comment. The table says where the specification
wants one: `unit` is a case worked by hand (a unit test of a model or function, or a test in Python), `data` a query over
the built warehouse.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.warehouse.conftest import REPO, Warehouse

UNIT = {
    *(1, 2, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 23, 24, 25, 27, 28, 31, 32, 35, 36),
    *(38, 40, 41, 42, 43),
}
DATA = {1, 3, 7, 9, 10, 16, 18, 19, 20, 21, 22, 26, 28, 29, 30, 33, 34, 37, 39, 44}
NUMBERS = re.compile(r"traps?[ _](\d+)((?:(?:, | and | to |_and_|_)\d+)*)", re.IGNORECASE)


def numbers(text: str) -> Iterator[int]:
    """The traps that a text names: "trap 3", "traps 3 and 40", "traps 17 to 19"."""
    for match in NUMBERS.finditer(text):
        first, more = int(match[1]), match[2]
        yield first
        for word, number in re.findall(r"(, | and | to |_and_|_)(\d+)", more):
            yield from range(first + 1, int(number) + 1) if word == " to " else (int(number),)
            first = int(number)


@cache
def caught() -> dict[str, dict[int, set[str]]]:
    """Tests of each kind and trap."""
    found: dict[str, dict[int, set[str]]] = {"unit": defaultdict(set), "data": defaultdict(set)}

    def note(kind: str, name: str, text: str) -> None:
        for number in numbers(text):
            found[kind][number].add(name)

    for folder in ("models", "functions"):
        for path in sorted((REPO / folder).rglob("*.yml")):
            for test in (yaml.safe_load(path.read_text("utf-8")) or {}).get("unit_tests") or ():
                note("unit", test["name"], f"{test['name']}: {test.get('description', '')}")
    for path in sorted((REPO / "tests" / "data").glob("*.sql")):
        note("data", path.stem, path.read_text("utf-8"))
    for path in sorted((REPO / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = f"{node.name}: {ast.get_docstring(node) or ''}"
                kind = "data" if "demo" in {arg.arg for arg in node.args.args} else "unit"
                note(kind, node.name, text)
    return found


@pytest.mark.parametrize("number", range(1, 45))
def test_a_trap_is_caught(number: int) -> None:
    """By the kinds of test that the specification asks for."""
    assert number in UNIT | DATA
    found = caught()
    lacking = [
        kind
        for kind, wanted in (("unit", UNIT), ("data", DATA))
        if number in wanted and number not in found[kind]
    ]
    assert not lacking, f"trap {number} has no {lacking} test that names it"


def test_traps_are_read_as_they_are_written() -> None:
    assert [*numbers("traps 3 and 40: a")] == [3, 40]
    assert [*numbers("int_x_traps_3_and_40: b")] == [3, 40]
    assert [*numbers("Traps 17 to 19.")] == [17, 18, 19]
    assert [*numbers("Trap 4, on 3 May")] == [4]


# ---- traps of the whole warehouse ----

CLOCK = re.compile(
    r"\b(current_date|current_timestamp|get_current_timestamp|now\s*\(|today\s*\(|localtimestamp)",
    re.IGNORECASE,
)


def test_trap_24_nothing_that_is_published_reads_the_clock(repo: Path) -> None:
    """Trap 24: scores depend on as_of alone, so a build of another day with the same as_of is the same."""
    readers = [
        path.relative_to(repo).as_posix()
        for folder in ("models", "functions", "macros")
        for path in sorted((repo / folder).rglob("*.sql"))
        if CLOCK.search(re.sub(r"--.*|\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL))
    ]
    assert readers == []


NEVER_SUMMED = ("_rate", "_share", "_index", "aov", "median", "average", "avg_", "_pct", "_per_")


def test_trap_29_days_hold_only_what_adds_up(demo: Warehouse) -> None:
    """Trap 29: no rate, mean or distinct customer stands in the daily facts."""
    described = demo.tuples("select column_name from (describe fct_kpis_daily)")
    columns = [str(name) for (name,) in described]
    assert len(columns) > 20
    assert not [c for c in columns if any(part in c for part in NEVER_SUMMED)]
    assert not {"active_customers", "returning_customers", "repeat_customers"} & set(columns)


# Indexes are a hundred times the quotient of their sides.
TIMES = {"category_affinity_index": 100}


def test_trap_29_every_ratio_is_the_quotient_of_its_sides(demo: Warehouse) -> None:
    """Trap 29: numerator by denominator, both beside it, and null where there is nothing to divide by."""
    metrics = demo.tuples("""
        select metric, relation, column_name, numerator, denominator from metrics_dictionary
        where numerator is not null and column_name is not null
    """)
    assert len(metrics) > 35
    for metric, relation, column, above, below in metrics:
        wrong = demo.tuples(f"""
            select {column}, {above}, {below} from {relation}
            where case
                when {column} is null then {above} is not null and {below} <> 0 and not {unsaid(str(metric))}
                when {below} is null or {below} = 0 then true
                else abs({column} - {TIMES.get(str(metric), 1)} * {above}::double / {below}::double)
                    > 1e-9 * greatest(abs({column}), 1)
            end
            limit 3
        """)
        assert wrong == [], metric


def unsaid(metric: str) -> str:
    """Where a ratio is kept back although both sides are known."""
    return {
        # what is not over, or not known to nineteen parts in twenty, is not said
        "profit_per_customer": "coalesce(cost_coverage_rate < 0.95, true)",
        "contribution_margin_pct": "net_revenue <= 0",
    }.get(metric, "false")


def test_trap_30_customers_of_days_are_not_those_of_the_month(demo: Warehouse) -> None:
    """Trap 30: who buys on two days is one customer of the month; the functions count anew for any dates."""
    days = demo.value("""
        select sum(total_customers)
        from customer_chart('2025-12-01', '2025-12-31', grain := 'day')
    """)
    month = demo.value("""
        select active_customers from agg_kpis_monthly
        where month = '2025-12-01' and store_id = '(all)' and channel = '(all)'
    """)
    live = demo.value("""
        select value from kpis('2025-12-01', '2025-12-31') where metric = 'active_customers'
    """)
    assert live == month
    assert days > month  # type: ignore[operator]


PERIODS = {
    # February of a leap year: 29 days, so the 29 before begin on 3 January; a year ago it had 28.
    ("2024-02-01", "2024-02-29"): (
        (date(2024, 1, 3), date(2024, 1, 31)),
        (date(2023, 2, 1), date(2023, 2, 28)),
    ),
    # March has 31: the 31 before reach back to 30 January.
    ("2024-03-01", "2024-03-31"): (
        (date(2024, 1, 30), date(2024, 2, 29)),
        (date(2023, 3, 1), date(2023, 3, 31)),
    ),
    # 29 February alone is compared with 28 February.
    ("2024-02-29", "2024-02-29"): (
        (date(2024, 2, 28), date(2024, 2, 28)),
        (date(2023, 2, 28), date(2023, 2, 28)),
    ),
}


@pytest.mark.parametrize(("days", "expected"), PERIODS.items())
def test_periods_of_the_demo_shop_are_equally_long(
    demo: Warehouse, days: tuple[str, str], expected: tuple[tuple[date, date], ...]
) -> None:
    found = demo.tuples(f"""
        select first_day, last_day from report_periods('{days[0]}', '{days[1]}')
        where period <> 'current' order by period
    """)
    assert tuple(found) == expected
