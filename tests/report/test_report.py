"""The verb report: its numbers against SQL and against a calculation by hand, its page, its refusals."""

from __future__ import annotations

import csv
import itertools
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import html5lib
import pytest

from runner.report.words import LANGUAGES
from tests.conftest import ProjectMaker
from tests.report.conftest import MADE, Make, Shop
from tests.warehouse.test_small_shop import SHOP

HTML = "{http://www.w3.org/1999/xhtml}"


def table(shop: Shop, name: str) -> list[dict[str, str]]:
    with (shop.out / f"report_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(shop: Shop, period: str) -> Mapping[str, dict[str, str]]:
    shop.written("--period", period)
    return {row["metric"]: row for row in table(shop, f"{period.replace('..', '_')}_kpis")}


def number(text: str) -> float | None:
    return float(text) if text else None


# --- by hand --------------------------------------------------------------------------------------


def test_the_small_shop_by_hand(small: Shop) -> None:
    """The calculations of tests/warehouse/test_small_shop.py, for February and March."""
    february = figures(small, "2026-02")
    # O2 of Ann, O3 of Bob, O5 of nobody: 50 + 100 * 0.9 + 25; Ann had bought before, Bob had not.
    wanted = {"orders": 3, "gross_revenue": 165, "net_revenue": 165, "active_customers": 2,
              "new_customers": 1, "returning_customers": 1}  # fmt: skip
    assert {name: number(february[name]["value"]) for name in wanted} == wanted
    # January: O1 of Ann, 100 less 10.
    before = {"orders": 1, "gross_revenue": 100, "net_revenue": 90, "new_customers": 1}
    assert {name: number(february[name]["previous"]) for name in before} == before
    assert february["orders"]["year_before"] == ""
    march = figures(small, "2026-03")
    # O8 of 30; back came 30 of O1, O3's 90 and 12 of an unknown order.
    assert number(march["net_revenue"]["value"]) == 30 - 30 - 90 - 12
    assert number(march["refund_rate_amount"]["value"]) == pytest.approx(132 / 30)
    assert number(march["new_customers"]["value"]) == 0
    # By gross revenue Bob's 90 came before Ann's 50 in February; in March only Ann bought.
    top = table(small, "2026-03_top_customers")
    assert [(row["status"], row["rank"], row["rank_prev"]) for row in top] == [("up", "1", "2")]


def test_a_running_month_is_marked_and_compared_with_as_many_days(small: Shop) -> None:
    page = small.written("--period", "2026-04")
    assert "only 14 of 30 days" in page
    april = {row["metric"]: row for row in table(small, "2026-04_kpis")}
    # O11 of Eve; of March only the first 14 days: no order but the sample, and 30 and 12 came back.
    assert number(april["gross_revenue"]["value"]) == 40
    assert number(april["orders"]["previous"]) == 0
    assert number(april["net_revenue"]["previous"]) == -42
    assert "only" not in _text(small.written("--period", "2026-03"), "notice")


def test_a_day_without_anything_is_a_page_of_zeros(small: Shop) -> None:
    page = small.written("--period", "2026-01-20..2026-01-21")
    assert number(table(small, "2026-01-20_2026-01-21_kpis")[0]["value"]) == 0
    assert "Nothing in this period." in page


# --- against SQL ----------------------------------------------------------------------------------

SAME = ("net_revenue", "gross_revenue", "discount_amount", "refund_amount", "total_sales", "orders",
        "units_net", "aov", "active_customers", "new_customers", "returning_customers",
        "returning_customer_rate", "repeat_purchase_rate", "orders_per_active_customer",
        "revenue_per_customer")  # fmt: skip


@pytest.mark.parametrize("month", ["2024-01", "2024-12", "2025-02", "2025-12"])
def test_figures_of_a_month_are_those_of_agg_kpis_monthly(demo: Shop, month: str) -> None:
    found = figures(demo, month)
    names = [*SAME, "units_per_order", "refund_rate", "contribution"]
    ((*values,),) = demo.project.rows(
        f"select {', '.join(names)} from main.agg_kpis_monthly"
        f" where store_id = '(all)' and channel = '(all)' and month = date '{month}-01'"
    )
    renamed = {"units_per_order": "items_per_order", "refund_rate": "refund_rate_amount",
               "contribution": "contribution_margin"}  # fmt: skip
    for name, value in zip(names, values, strict=True):
        got = number(found[renamed.get(name, name)]["value"])
        assert got == pytest.approx(float(str(value))), name


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2025-W23", "2025-06-02", "2025-06-08"),
        ("2025-Q2", "2025-04-01", "2025-06-30"),
        ("2025-03-30..2025-04-11", "2025-03-30", "2025-04-11"),
    ],
)
def test_figures_of_any_days_are_those_of_the_function_kpis(
    demo: Shop, period: str, first: str, last: str
) -> None:
    found = figures(demo, period)
    asked = f"select metric, value from main.kpis(start_date => '{first}', end_date => '{last}')"
    rows = {str(metric): value for metric, value in demo.project.rows(asked)}
    compared = 0
    for name in SAME:
        if name in rows:
            assert number(found[name]["value"]) == pytest.approx(rows[name]), name
            compared += 1
    assert compared >= 12
    lost = demo.project.value(
        "select count(distinct customer_id) from main.fct_customer_lifecycle_events"
        f" where event in ('lapsed', 'lost_refunded') and event_date between '{first}' and '{last}'"
    )
    assert found["churned_customers"]["value"] == str(lost)


def test_top_customers_are_those_of_agg_top_customers(demo: Shop) -> None:
    demo.written("--period", "2025-12")
    found = [
        (int(row["position"]), int(row["rank"]), row["rank_prev"] or None, row["status"],
         row["customer_id"], int(row["orders"]), float(row["gross_revenue"]), float(row["net_revenue"]))
        for row in table(demo, "2025-12_top_customers")
    ]  # fmt: skip
    wanted = demo.project.rows("""
        select
            position, rank, cast(rank_prev as varchar), status, customer_id, orders,
            cast(gross_revenue as double), cast(net_revenue as double)
        from main.agg_top_customers
        where period_grain = 'month' and period_start = '2025-12-01' and channel = '(all)'
            and rank is not null
        order by position
    """)
    assert len(found) > 100
    assert found == wanted


def test_top_customers_of_a_week_are_those_of_the_function(demo: Shop) -> None:
    demo.written("--period", "2025-W50")
    found = [
        (row["customer_id"], int(row["rank"]), row["status"], float(row["net_revenue"]))
        for row in table(demo, "2025-W50_top_customers")
    ]
    wanted = demo.project.rows("""
        select customer_id, rank, status, cast(net_revenue as double)
        from main.top_customers(start_date => '2025-12-08', end_date => '2025-12-14', limit_n => null)
        where rank is not null
        order by position
    """)
    assert len(found) > 20
    assert found == wanted


def test_segments_and_their_moves_are_those_of_the_marts(demo: Shop) -> None:
    demo.written("--period", "2025-12")
    segments = {row["segment"]: row for row in table(demo, "2025-12_segments")}
    scored = demo.project.rows("""
        select segment, cast(customers as varchar) from main.agg_rfm_monthly
        where month = '2025-12-01'
    """)
    counts = {str(segment): customers for segment, customers in scored}
    assert {
        key: row["customers"] for key, row in segments.items() if row["customers"] != "0"
    } == counts
    moves: dict[tuple[str, str], int] = {}
    for row in table(demo, "2025-12_segment_customers"):
        key = (row["segment_before"], row["segment"])
        moves[key] = moves.get(key, 0) + 1
    wanted = demo.project.rows("""
        select from_segment, to_segment, customers from main.agg_rfm_migration
        where month = '2025-12-01'
    """)
    assert moves == {(before, now): customers for before, now, customers in wanted}
    entered = dict.fromkeys(segments, 0)
    for before, now, customers in wanted:
        if before != now and now in entered:
            entered[str(now)] += int(str(customers))
    assert {key: int(row["entered"]) for key, row in segments.items()} == entered


def test_a_quarter_s_moves_are_from_its_first_day_to_its_last(demo: Shop) -> None:
    demo.written("--period", "2025-Q4")
    found = {
        (row["customer_id"], row["segment_before"], row["segment"])
        for row in table(demo, "2025-Q4_segment_customers")
        if row["segment_before"] != "entered" and row["segment"] != "left"
    }
    wanted = demo.project.rows("""
        select now.customer_id, before.segment, now.segment
        from main.fct_rfm_snapshots as now
        inner join main.fct_rfm_snapshots as before using (customer_id, preset)
        where now.month = '2025-12-01' and before.month = '2025-09-01'
    """)
    assert found == set(wanted)


def test_cohorts_know_nothing_of_what_came_after_the_period(demo: Shop) -> None:
    demo.written("--period", "2025-06")
    rows = table(demo, "2025-06_cohorts")
    assert {row["cohort_month"] for row in rows} == {
        *(f"2024-{month:02}-01" for month in range(6, 13)),
        *(f"2025-{month:02}-01" for month in range(1, 7)),
    }
    known = {
        (row["cohort_month"], int(row["month_number"])): number(row["retention_rate"])
        for row in rows
        if row["is_complete"] == "true"
    }
    wanted = demo.project.rows("""
        select cast(cohort_month as varchar), month_number, retention_rate
        from main.agg_cohort_retention
        where split_by = 'all' and month_number <= 12
            and cohort_month >= '2024-06-01'
            and cohort_month + to_months(cast(month_number as integer)) <= date '2025-06-01'
    """)
    assert known == {(month, number_): pytest.approx(rate) for month, number_, rate in wanted}


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_valid_and_needs_nothing_else(demo: Shop, language: str) -> None:
    page = demo.written("--language", language)
    html5lib.HTMLParser(strict=True).parse(page)
    for foreign in (
        "http:",
        "https:",
        "//",
        "<script",
        "<link",
        "@import",
        "<img",
        "src=",
        "javascript",
    ):
        assert foreign not in page.replace("<!DOCTYPE html>", ""), foreign
    assert re.findall(r"url\(([^)]*)\)", page) == ["#hatch-lost"]
    assert "default-src 'none'" in page
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    assert page.count("<svg") >= 5
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for label in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(label.split()) <= set(ids)
    tree = html5lib.parse(page)
    assert {th.get("scope") for th in tree.iter(f"{HTML}th")} == {"col", "colgroup", "row"}
    for part, allowed in {"dl": "dt dd div", "ul": "li", "tr": "th td", "tbody": "tr"}.items():
        for parent in tree.iter(f"{HTML}{part}"):
            inside = {str(child.tag).removeprefix(HTML) for child in parent}
            assert inside <= set(allowed.split()), part
    levels = [int(h.tag[-1]) for h in tree.iter() if re.fullmatch(rf"{HTML}h[1-6]", str(h.tag))]
    assert levels.count(1) == 1
    assert all(now <= before + 1 for before, now in itertools.pairwise(levels)), "none is skipped"


def test_the_page_shows_the_figures_of_the_files(demo: Shop) -> None:
    page = demo.written("--period", "2025-12")
    rows = {row["metric"]: row for row in table(demo, "2025-12_kpis")}
    cards = _text(page, "cards")
    assert f"€{float(rows['net_revenue']['value']):,.2f}" in cards
    assert f"{int(rows['new_customers']['value']):,}" in cards
    now, before = (float(rows["orders"][column]) for column in ("value", "previous"))
    assert f"{(now - before) / before:+.1%}" in cards
    first = table(demo, "2025-12_top_customers")[0]
    assert first["customer_id"] in page
    assert f"€{float(first['gross_revenue']):,.2f}" in page
    last = [row for row in table(demo, "2025-12_cohorts") if row["is_complete"] == "false"]
    assert page.count('class="open"') == len([r for r in last if r["month_number"] != "0"])


def test_names_are_shown_only_when_they_are_wanted(demo: Shop) -> None:
    ((id, first, last),) = demo.project.rows("""
        select p.customer_id, p.first_name, p.last_name
        from main.agg_top_customers as t inner join pii.customers_pii as p using (customer_id)
        where t.period_grain = 'month' and t.period_start = '2025-12-01' and t.channel = '(all)'
            and p.first_name is not null
        order by t.rank, t.position limit 1
    """)
    name = " ".join(str(part) for part in (first, last) if part)
    assert name not in demo.written()
    assert "customer_name" not in (demo.out / "report_2025-12_top_customers.csv").read_text("utf-8")
    named = demo.written("--names")
    assert f"<bdi>{name}</bdi>" in named
    rows = {row["customer_id"]: row for row in table(demo, "2025-12_top_customers")}
    assert rows[str(id)]["customer_name"] == name


def test_a_name_cannot_write_into_the_page_or_be_a_formula(of_files: Make) -> None:
    files = {**SHOP, "customers": SHOP["customers"].replace(",Ann,", ",=1+<script>x</script>,")}
    shop = of_files(files)
    page = shop.written("--period", "2026-01", "--names")
    assert "&lt;script&gt;x" in page
    assert "<script" not in page
    html5lib.HTMLParser(strict=True).parse(page)
    assert table(shop, "2026-01_top_customers")[0]["customer_name"] == "'=1+<script>x</script>"


def test_what_tests_found_stands_on_the_page(of_files: Make) -> None:
    shop = of_files(SHOP)
    assert "No checks are on record" in shop.written("--period", "2026-02")
    shop.project.build("-q", "--vars-file", "vars.yml", "--full", "--select", "fct_kpis_daily")
    tests = shop.project.value(
        "select count(*) from _runner.nodes where resource_type in ('test', 'unit_test')"
    )
    assert int(str(tests)) > 3
    passed = _text(shop.written("--period", "2026-02"), "quality")
    assert f"Checks passed: {tests}" in passed
    assert "found something" not in passed
    name = "test.shop.fct_kpis_daily_equal_orders_and_refunds"
    shop.project.execute(f"""
        update _runner.nodes
        set status = 'warn', entry = json_merge_patch(entry, '{{"failures": 7}}')
        where unique_id = '{name}'
    """)
    warned = _text(shop.written("--period", "2026-02"), "quality")
    assert f"Checks passed: {int(str(tests)) - 1}" in warned
    assert "Checks that found something to look at: 1" in warned
    assert re.search(r"fct_kpis_daily_equal_orders_and_refunds\s+7", warned)


def test_what_figures_leave_out_stands_on_the_page(demo: Shop) -> None:
    page = html5lib.parse(demo.written("--language", "pl"))
    (box,) = (part for part in page.iter(f"{HTML}section") if part.get("class") == "quality")
    shown = [
        tuple("".join(cell.itertext()).strip() for cell in line)
        for line in box.iter(f"{HTML}tr")
        if line.find(f"{HTML}td") is not None
    ]
    wanted = demo.project.rows("""
        select
            label_pl || case when state = 'warning' then ' ! do sprawdzenia' else '' end,
            cast(rows_found as varchar)
        from main.rpt_data_quality where state in ('warning', 'note')
        order by state = 'note', sort
        limit 8
    """)
    assert wanted
    assert [(label, rows.replace("\u00a0", "")) for label, rows, _ in shown] == wanted
    stale = demo.project.rows("""
        select source || '.' || table_name from main.rpt_freshness
        where is_stale order by days_behind desc, source, table_name
    """)
    said = ["".join(part.itertext()) for part in box.iter(f"{HTML}li")]
    assert [text for text in said if ": nic po " in text] == [
        text for (name,) in stale for text in said if str(name) in text
    ]
    assert len([text for text in said if ": nic po " in text]) == len(stale)


def test_figures_are_called_what_the_shop_calls_them(of_files: Make) -> None:
    shop = of_files(SHOP)
    shop.project.build("-q", "--vars-file", "vars.yml", "--select", "metrics_dictionary", *MADE)
    assert "Net revenue" in shop.written("--period", "2026-02")
    shop.project.execute("""
        update main.metrics_dictionary set label_en = 'Money in' where metric = 'net_revenue'
    """)
    page = shop.written("--period", "2026-02")
    assert "Money in" in page
    assert "Net revenue<" not in page


def test_the_same_again_gives_the_same_bytes(demo: Shop) -> None:
    first = demo.written("--period", "2025-11")
    kept = {file: file.read_bytes() for file in demo.out.glob("report_2025-11*")}
    assert len(kept) == 7
    assert demo.written("--period", "2025-11") == first
    assert {file: file.read_bytes() for file in kept} == kept


# --- what cannot be reported ----------------------------------------------------------------------


def test_an_empty_shop_is_told_that_there_is_nothing(of_files: Make) -> None:
    heads = {
        name: SHOP[name].splitlines()[0] + "\n" for name in ("customers", "orders", "order_items")
    }
    result = of_files(heads).report()
    assert result.exit_code == 2
    assert "no valid order yet" in result.stderr


def test_a_period_to_come_is_refused(small: Shop) -> None:
    result = small.report("--period", "2026-05")
    assert result.exit_code == 2
    assert "2026-05 has not begun" in result.stderr


def test_a_project_without_the_shop_is_told_what_it_lacks(project: ProjectMaker) -> None:
    other = project({"models/one.sql": "select 1 as id"})
    assert "there is no database yet" in other.run("report").stderr
    other.build()
    result = other.run("report")
    assert result.exit_code == 2
    assert "this project has no int_as_of" in result.stderr


def test_a_missing_library_is_named(small: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygal", None)
    result = small.report()
    assert result.exit_code == 2
    assert "a report needs pygal" in result.stderr
    assert "runner-sql[report]" in result.stderr


def test_models_may_stand_in_other_schemas(small: Shop, tmp_path: Path) -> None:
    """A shop's own settings name the schemas; the report asks the project for them."""
    root = tmp_path / "renamed"
    root.mkdir()
    for file in small.project.root.iterdir():
        if file.name not in ("pyproject.toml", "warehouse.duckdb", ".runner", "target"):
            (root / file.name).symlink_to(file.resolve())
    written = (small.project.root / "pyproject.toml").read_text("utf-8")
    moved = written.replace('"+schema" = "intermediate"', '"+schema" = "between"')
    assert moved != written
    moved += (
        '\n[tool.runner.models.shop.marts]\n"+schema" = "reports"\n'
        if "models.shop.marts]" not in moved
        else ""
    )
    (root / "pyproject.toml").write_text(moved, "utf-8")
    from runner.report.figures import MODELS
    from tests.conftest import Project

    shop = Shop(Project(root, tmp_path), tmp_path / "out")
    parts = " ".join(f"+{name}" for name in MODELS)
    shop.project.build("-q", "--vars-file", "vars.yml", "--select", parts, *MADE)
    assert timeless(shop.written("--period", "2026-02")) == timeless(
        small.written("--period", "2026-02")
    )


def timeless(page: str) -> str:
    """A page without the time of the build."""
    said = re.sub(r"built at <bdi[^>]*>\S+ \d\d:\d\d UTC", "built", page)
    assert said != page
    return said


def _text(page: str, named: str) -> str:
    """The text of the elements of a class."""
    tree = html5lib.parse(page)
    found = [part for part in tree.iter() if named in str(part.get("class", "")).split()]
    return " ".join(" ".join(part.itertext()) for part in found)
