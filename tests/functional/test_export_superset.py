"""`runner export superset`: what is written, and what is refused with its place. Superset itself: tests/superset."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Project, ProjectMaker

SALES = """
    datasets:
      - name: sales_of_period
        function: sales
        metrics:
          - amount
          - {name: average, ratio: [amount, orders], format: money}
      - name: days
        model: orders
        period: day
        filters: {country: country}
        metrics: [amount]
    filters:
      - {name: period, type: period, end: "date '2026-02-01'", days: 31}
      - {name: country, choices: {model: orders, expression: country}}
    dashboards:
      - name: sales
        description: What was sold.
        filters: [period, country]
        charts:
          - {name: total, type: number, dataset: sales_of_period, metric: amount}
          - {name: by_day, type: line, dataset: days, x: day, metric: amount}
        rows:
          - {charts: [total], height: 20}
          - [by_day]
    """
FILES = {
    "models/orders.sql": """
        select * from (values
            (1, date '2026-01-03', 'PT', 10.00::decimal(18, 2)),
            (2, date '2026-01-20', 'PL', 5.50::decimal(18, 2))
        ) as orders (order_id, day, country, amount)
        """,
    "models/orders.yml": """
        models:
          - name: orders
            description: All orders.
            config: {materialized: table}
            columns:
              - {name: amount, description: What was paid.}
        """,
    "functions/sales.sql": """
        {{ config(type='table') }}
        select orders.country, count(*) as orders, sum(orders.amount) as amount
        from {{ ref('orders') }} as orders
        where orders.day between start_date and end_date
            and (nullif(country, '') is null or list_contains(string_split(country, ','), orders.country))
        group by orders.country
        """,
    "functions/functions.yml": """
        functions:
          - name: sales
            description: Sales by country.
            arguments:
              - {name: start_date, data_type: date, example: 2026-01-01}
              - {name: end_date, data_type: date, example: 2026-01-31}
              - {name: country, data_type: varchar, default_value: "null"}
        """,
    "dashboards/sales.yml": SALES,
}


@pytest.fixture
def shop(project: ProjectMaker) -> Project:
    made = project(FILES)
    made.build()
    return made


def exported(shop: Project, *arguments: str) -> dict[str, Any]:
    """The files of the ZIP by their paths."""
    result = shop.run("export", "superset", "--out", "s.zip", *arguments)
    assert result.exit_code == 0, str(result)
    with zipfile.ZipFile(shop.root / "s.zip") as archive:
        return {
            name.removeprefix("runner/"): yaml.safe_load(archive.read(name))
            for name in archive.namelist()
        }


def test_the_zip_holds_database_datasets_charts_and_dashboards(shop: Project) -> None:
    files = exported(shop)
    assert sorted(files) == [
        "charts/sales.by_day.yaml", "charts/sales.total.yaml", "dashboards/sales.yaml",
        "databases/warehouse.yaml", "datasets/warehouse/choices_of_country.yaml",
        "datasets/warehouse/days.yaml", "datasets/warehouse/sales_of_period.yaml", "metadata.yaml",
    ]  # fmt: skip
    assert files["databases/warehouse.yaml"]["sqlalchemy_uri"] == f"duckdb:///{shop.database}"
    arguments = files["databases/warehouse.yaml"]["extra"]["engine_params"]["connect_args"]
    assert arguments["read_only"] is True
    average = files["datasets/warehouse/sales_of_period.yaml"]["metrics"][1]
    assert average["expression"] == "sum(amount)::double / nullif(sum(orders), 0)"
    assert average["d3format"] == ",.2f"
    (amount,) = files["datasets/warehouse/days.yaml"]["metrics"]
    assert (amount["description"], amount["d3format"]) == ("What was paid.", ",.0f")
    charts = [files["charts/sales.total.yaml"], files["charts/sales.by_day.yaml"]]
    names = {f["table_name"]: f["uuid"] for p, f in files.items() if p.startswith("datasets/")}
    assert [c["dataset_uuid"] for c in charts] == [names["sales_of_period"], names["days"]]
    placed = [p["meta"] for p in files["dashboards/sales.yaml"]["position"].values()
              if isinstance(p, dict) and p["type"] == "CHART"]  # fmt: skip
    assert [p["uuid"] for p in placed] == [c["uuid"] for c in charts]
    country = files["dashboards/sales.yaml"]["metadata"]["native_filter_configuration"][1]
    assert country["targets"] == [
        {"datasetUuid": names["choices_of_country"], "column": {"name": "country"}}
    ]


def test_the_same_project_gives_the_same_bytes_and_ids_do_not_depend_on_the_uri(
    shop: Project,
) -> None:
    first = exported(shop)
    content = (shop.root / "s.zip").read_bytes()
    shop.build("--full")
    exported(shop)
    assert (shop.root / "s.zip").read_bytes() == content
    other = exported(shop, "--database-uri", "duckdb:////data/shop.duckdb")
    assert other["databases/warehouse.yaml"]["sqlalchemy_uri"] == "duckdb:////data/shop.duckdb"
    assert {p: f.get("uuid") for p, f in other.items()} == {
        p: f.get("uuid") for p, f in first.items()
    }


def test_dashboards_are_exposures(shop: Project) -> None:
    listed = shop.run("ls", "-s", "+exposure:sales", "--output", "name")
    assert sorted(listed.stdout.split()) == ["orders", "sales", "sales"]
    shop.run("parse")
    exposure = json.loads(shop.read("target/manifest.json"))["exposures"]["exposure.shop.sales"]
    assert exposure["type"] == "dashboard"
    assert sorted(exposure["depends_on"]["nodes"]) == ["function.shop.sales", "model.shop.orders"]


MISTAKES = {
    "an unknown key": ("period: day", "priod: day", "unknown key 'priod' in dataset days", 9),
    "an unknown model": ("model: orders\n        period", "model: ordersz\n        period",
                         "ordersz", 8),
    "an unknown function": ("function: sales", "function: salesz", "salesz", 3),
    "an unknown column": ("x: day,", "x: dya,", "no column 'dya'", 21),
    "an unknown metric": ("metric: amount}\n        rows", "metric: amountz}\n        rows",
                          "no metric 'amountz'", 21),
    "a metric that is no column": ("- amount\n", "- amonut\n", "amonut", 5),
    "an unknown chart": ("type: number", "type: numbr", "no chart of type 'numbr'", 20),
    "an unknown filter": ("filters: [period, country]", "filters: [period, contry]", "contry", 16),
    "an unknown period": ("period: day", "period: dayy", "no column 'dayy'", 9),
    "a chart without a place": ("- [by_day]", "- [total2]", "total2", 24),
    "a filter that a chart does not follow": ("filters: {country: country}", "label: Days",
                                              "does not follow the filter country", 21),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place(shop: Project, name: str) -> None:
    right, wrong, message, line = MISTAKES[name]
    assert right in SALES
    changed = SALES.replace(right, wrong, 1)
    if name.startswith("a filter that"):
        changed = changed.replace("expression: country}}", "expression: country}, column: land}")
    shop.write("dashboards/sales.yml", changed)
    result = shop.run("export", "superset")
    assert result.exit_code == 2, str(result)
    assert message in result.stderr
    assert f"dashboards/sales.yml:{line}:" in result.stderr


def test_nothing_is_written_before_the_warehouse_is_built(project: ProjectMaker) -> None:
    made = project(FILES)
    result = made.run("export", "superset", "--out", "s.zip")
    assert (result.exit_code, "build it: runner build" in result.stderr) == (2, True)
    assert not (made.root / "s.zip").exists()


def test_the_project_replaces_a_dashboard_of_its_package(
    project: ProjectMaker, tmp_path: Path
) -> None:
    made = project({
        **{f"base/{path}": text for path, text in FILES.items()},
        "base/pyproject.toml": '[tool.runner]\nname = "base"\n',
        "pyproject.toml": '[tool.runner]\nname = "shop"\npackages = [{ local = "base" }]\n',
        "dashboards/mine.yml": """
            dashboards:
              - name: sales
                label: My sales
                charts:
                  - {name: total, type: number, dataset: sales_of_period, metric: amount}
                rows: [[total]]
            """,
    })  # fmt: skip
    made.build()
    files = exported(made)
    assert files["dashboards/sales.yaml"]["dashboard_title"] == "My sales"
    assert "charts/sales.by_day.yaml" not in files
