"""The real server and headless Chromium: every dashboard is opened, filtered, and pictured.

The pictures are left in RUNNER_SUPERSET_PICTURES (default: target/superset), and looked at by people.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from server import Browser, serving
from shop import ROOT, Shop

pytestmark = pytest.mark.browser
DASHBOARDS = ("customers", "top_customers", "rfm", "retention", "sales", "acquisition", "products",
              "satisfaction", "regions", "customer")  # fmt: skip


@pytest.fixture(scope="module")
def pictures() -> Path:
    folder = Path(os.environ.get("RUNNER_SUPERSET_PICTURES") or ROOT / "target" / "superset")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser(superset_app: Any, metadata: Path, pictures: Path) -> Iterator[Browser]:
    """superset_app: has imported the export into the metadata that the server uses."""
    with serving(metadata, pictures / "server.log") as address, Browser(address) as opened:
        yield opened


def texts(browser: Browser) -> str:
    return str(browser.driver.execute_script("return document.body.innerText"))


def card(browser: Browser, title: str) -> str:
    """The figure on a card."""
    return str(browser.driver.execute_script("""
        for (const holder of document.querySelectorAll('.dashboard-component-chart-holder')) {
            const title = holder.querySelector('[data-test="editable-title"], .header-title');
            if (title && title.innerText.trim() === arguments[0])
                return holder.querySelector('.header-line').innerText.trim();
        }""", title))  # fmt: skip


def period(first: str, after: str) -> str:
    """A period as a part of a dashboard's address, in the notation of Superset's links."""
    chosen = f"%27{first} : {after}%27"
    return (f"NATIVE_FILTER-period:(id:NATIVE_FILTER-period,extraFormData:(time_range:{chosen}),"
            f"filterState:(value:{chosen}))")  # fmt: skip


def chosen_in(name: str, column: str, value: str) -> str:
    """A choice in a filter as a part of a dashboard's address."""
    return (f"NATIVE_FILTER-{name}:(id:NATIVE_FILTER-{name},extraFormData:(filters:!((col:{column},"
            f"op:IN,val:!({value})))),filterState:(value:!({value})))")  # fmt: skip


def country(code: str) -> str:
    return chosen_in("country", "country_code", code)


QUARTER = period("2025-10-01", "2026-01-01")
CHOICES = {
    "acquisition": [QUARTER, chosen_in("marketing_channel", "marketing_channel", "email")],
    "products": [QUARTER, chosen_in("category", "category", "kitchen")],
    "customer": [chosen_in("customer", "customer_id", "c311")],
}
"""Dashboard → what is chosen on it; on all others the last quarter and Portugal."""


def open_dashboard(browser: Browser, name: str, chosen: list[str]) -> str:
    """What stands on a dashboard, all of whose charts are drawn."""
    browser.leave()  # Another address of the same page is not loaded anew.
    query = f"?native_filters=({','.join(chosen)})" if chosen else ""
    answers = browser.open(f"/superset/dashboard/shop-{name}/{query}")
    assert answers, name
    assert {answer["status"] for answer in answers} == {200}
    shown = texts(browser)
    for wrong in ("Unexpected error", "See more", "Data error", "DB engine Error"):
        assert wrong not in shown, (name, shown)
    return shown


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_chart_is_drawn_and_follows_what_is_chosen(
    browser: Browser, pictures: Path, name: str
) -> None:
    before = open_dashboard(browser, name, [])
    assert "No results" not in before
    browser.whole_page(pictures / f"{name}.png")
    after = open_dashboard(browser, name, CHOICES.get(name, [QUARTER, country("PT")]))
    browser.whole_page(pictures / f"{name}_chosen.png")
    assert figures(before) != figures(after), name


def figures(shown: str) -> list[str]:
    """The lines of a page that are numbers or percentages."""
    return [line for line in shown.split("\n") if re.fullmatch(r"[\d,.%+-]+", line.strip())]


def test_a_period_and_a_country_change_the_figures(browser: Browser, shop: Shop) -> None:
    """What the cards show is what SQL says of the same period and country."""
    asked = {
        "": "start_date := date '2025-01-01', end_date := date '2025-12-31'",
        period("2025-10-01", "2026-01-01"): "start_date := date '2025-10-01', end_date := date '2025-12-31'",
        f"{period('2025-10-01', '2026-01-01')},{country('PT')}":
            "start_date := date '2025-10-01', end_date := date '2025-12-31', country := 'PT'",
    }  # fmt: skip
    seen = []
    for chosen, arguments in asked.items():
        open_dashboard(browser, "customers", [chosen] if chosen else [])
        figures = dict(shop.rows(f"select metric, value from kpis({arguments})"))
        assert card(browser, "Active customers") == f"{figures['active_customers']:,.0f}"
        assert (
            card(browser, "Net revenue").replace("\xa0", " ") == f"€ {figures['net_revenue']:,.0f}"
        )
        seen.append(card(browser, "Net revenue"))
    assert len(set(seen)) == 3


def test_a_person_chooses_a_country_by_hand(browser: Browser, shop: Shop) -> None:
    """The filter in the bar on the left, its choices, and Apply."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    open_dashboard(browser, "sales", [])
    before = card(browser, "Orders")
    box = browser.driver.find_element(By.ID, "NATIVE_FILTER-country")
    box.click()
    box.send_keys("PT")
    browser.until(
        lambda: browser.driver.find_elements(By.CSS_SELECTOR, ".ant-select-item-option[title=PT]"),
        "the choice PT",
    )
    box.send_keys(Keys.ENTER, Keys.ESCAPE)
    browser.driver.find_element(By.CSS_SELECTOR, "[data-test='filter-bar__apply-button']").click()
    browser.drawn()
    asked = "start_date := date '2025-01-01', end_date := date '2025-12-31', country := 'PT'"
    orders = dict(shop.rows(f"select metric, value from kpis({asked})"))["orders"]
    assert card(browser, "Orders") == f"{orders:,.0f}" != before


def test_a_customer_in_the_list_leads_to_the_report(browser: Browser, shop: Shop) -> None:
    browser.open("/superset/dashboard/shop-customers/")
    link = browser.driver.execute_script(
        "return [...document.querySelectorAll('a')].map(a => [a.innerText, a.getAttribute('href')])"
        ".find(a => (a[1] || '').includes('shop-customer/?native_filters'))"
    )
    customer, address = link
    browser.open(address)
    orders = shop.value(f"select orders from dim_customers where customer_id = '{customer}'")
    assert card(browser, "Orders") == f"{orders:,}"
    assert customer in texts(browser)


def test_the_documented_import_without_a_browser_lacked_a_token(
    browser: Browser, shop: Shop, tmp_path: Path
) -> None:
    """The commands of docs/superset.md, as they stand there, but for the password and the port."""
    page = (ROOT / "docs" / "superset.md").read_text("utf-8")
    block = page.partition("To import without a browser")[2].partition("```console\n")[2]
    *commands, answer = block.partition("\n```")[0].replace("$ ", "").split("\n")
    script = "\n".join(commands).replace("localhost:8088", browser.address)
    shutil.copy(shop.folder / "superset.zip", tmp_path / "superset.zip")
    done = subprocess.run(
        ["bash", "-c", script.replace('"…"', '"admin"')],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == answer == '{"message":"OK"}', done
