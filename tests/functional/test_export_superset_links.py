"""Links between dashboards, labels of choices, and what a choice means: the SQL is filled in and run."""

from __future__ import annotations

from typing import Any

import pytest

from runner.bi.jinja import Chosen, filled
from tests.conftest import Project, ProjectMaker
from tests.functional.test_export_superset import FILES, exported

REPORTS = """
    datasets:
      - name: buyers
        sql: |
          select buyers.*, {{ label('tier', 'buyers.tier') }} as tier_label
          from {{ ref('buyers') }} as buyers
          where {{ kept(tier='buyers.tier', buyer='buyers.buyer') }}
        links:
          link: {dashboard: one, filter: buyer, column: buyer}
        metrics: [amount]
      - name: of_tier
        sql: |
          select buyers.* from {{ report('buyers_of') }} as buyers
        metrics: [amount]
    filters:
      - {name: period, type: period, end: "date '2026-02-01'", days: 31}
      - name: buyer
        choices: {model: buyers, expression: buyer}
      - name: tier
        choices:
          sql: |
            select tier as value, case tier when 'a' then 'The best, of all' else 'Others' end as label
            from {{ ref('buyers') }} group by tier
      - name: since
        choices:
          - {label: lately, arguments: {since_from: "{end} - 9"}}
    dashboards:
      - name: all
        description: Everybody.
        filters: [period, tier, since]
        charts:
          - {name: list, type: list, dataset: buyers, columns: [link, tier_label], order: "tier_label desc, buyer", ignores: [period, since], options: {conditional_formatting: [{column: amount}]}}
          - {name: amount, type: number, dataset: of_tier, metric: amount}
        rows: [[list], [amount]]
      - name: one
        filters: [buyer]
        charts:
          - {name: total, type: number, dataset: buyers, metric: amount}
        rows: [[total]]
    """
SHOP = {
    "models/buyers.sql": """
        select * from (values
            ('Ann', 'a', 10.00::decimal(18, 2), date '2026-01-05'),
            ('O''Brien & <Co>!', 'b', 5.00::decimal(18, 2), date '2026-01-25'),
            ('Zoe', 'c', 2.00::decimal(18, 2), date '2026-01-31')
        ) as buyers (buyer, tier, amount, since)
        """,
    "functions/buyers_of.sql": """
        {{ config(type='table') }}
        select buyers.buyer, buyers.amount
        from {{ ref('buyers') }} as buyers
        where (tier is null or list_contains(string_split(tier, ','), buyers.tier))
            and buyers.since >= coalesce(since_from, date '1900-01-01')
        """,
    "functions/functions.yml": """
        functions:
          - name: buyers_of
            arguments:
              - {name: tier, data_type: varchar, default_value: "null"}
              - {name: since_from, data_type: date, default_value: "null"}
        """,
    "dashboards/reports.yml": REPORTS,
}


@pytest.fixture
def shop(project: ProjectMaker) -> Project:
    made = project(SHOP)
    made.build()
    return made


def asked(shop: Project, files: dict[str, Any], dataset: str, chosen: Chosen, what: str) -> Any:
    """What a dataset answers when something is chosen."""
    sql = files[f"datasets/warehouse/{dataset}.yaml"]["sql"]
    return shop.rows(f"select {what} from ({filled(sql, chosen)}) as data order by all")


def test_a_link_leads_to_a_dashboard_of_the_own_project_with_the_value_chosen(
    shop: Project,
) -> None:
    """The address is by the project's name, and a value with signs stays one value.

    Worked by hand: rison writes ' as !' and ! as !!, an address writes signs as %XX, HTML & as &amp;.
    """
    files = exported(shop)
    slug = files["dashboards/one.yaml"]["slug"]
    (ann,), (brien,), _ = asked(shop, files, "buyers", Chosen(), "link")
    assert ann == (
        f'<a href="/superset/dashboard/{slug}/?native_filters=(NATIVE_FILTER-buyer:(id:NATIVE_FILTER-buyer,'
        "extraFormData:(filters:!((col:buyer,op:IN,val:!(%27Ann%27)))),"
        'filterState:(value:!(%27Ann%27))))">Ann</a>'
    )
    assert "val:!(%27O%21%27Brien%20%26%20%3CCo%3E%21%21%27)" in brien
    assert brien.endswith(">O'Brien &amp; &lt;Co>!</a>")


def test_a_choice_means_its_value_in_conditions_and_in_functions(shop: Project) -> None:
    files = exported(shop)
    best = Chosen(values={"tier": ["The best, of all"]})
    others = Chosen(values={"tier": ["Others"]})
    nobody = Chosen(values={"tier": ["a"]})  # The value, which is not what a person sees.
    for dataset in ("buyers", "of_tier"):
        assert asked(shop, files, dataset, best, "buyer") == [("Ann",)]
        assert asked(shop, files, dataset, others, "buyer") == [("O'Brien & <Co>!",), ("Zoe",)]
        assert asked(shop, files, dataset, nobody, "buyer") == []
    labels = asked(shop, files, "buyers", Chosen(), "buyer, tier_label")
    assert [label for _, label in labels] == ["The best, of all", "Others", "Others"]
    choices = files["datasets/warehouse/choices_of_tier.yaml"]["sql"]
    assert shop.rows(f"select position, tier from ({choices}) order by 1") == [
        (1, "Others"), (2, "The best, of all"),
    ]  # fmt: skip


def test_a_choice_counted_from_the_end_of_the_period_was_counted_from_today(shop: Project) -> None:
    """The function knows of no period; the choice does. The last ten days before 1 February: from
    the 22nd. With a period to the 14th (its end is the day after): from the 5th."""
    files = exported(shop)
    lately = {"since": ["lately"]}
    assert asked(shop, files, "of_tier", Chosen(values=lately), "buyer") == [
        ("O'Brien & <Co>!",), ("Zoe",),
    ]  # fmt: skip
    period = Chosen(("2026-01-10", "2026-01-15"), lately)
    assert asked(shop, files, "of_tier", period, "buyer") == [
        ("Ann",), ("O'Brien & <Co>!",), ("Zoe",),
    ]  # fmt: skip


def test_a_list_sorts_by_all_that_order_names_and_options_may_hold_lists(shop: Project) -> None:
    files = exported(shop)
    params = files["charts/all.list.yaml"]["params"]
    assert params["order_by_cols"] == ['["tier_label", false]', '["buyer", true]']
    assert params["conditional_formatting"] == [{"column": "amount"}]


def test_a_dashboard_begins_with_what_it_is_about(shop: Project) -> None:
    files = exported(shop)
    position = files["dashboards/all.yaml"]["position"]
    first = position[position["GRID_ID"]["children"][0]]["children"][0]
    assert position[first]["meta"]["code"] == (
        "Everybody. *Where no period is chosen: the last 31 days.*"
    )
    # One without description and period begins with its charts.
    assert "MARKDOWN-1" not in files["dashboards/one.yaml"]["position"]


def test_axes_leave_out_zeros_at_the_end_and_lists_show_a_column_as_it_is(
    project: ProjectMaker,
) -> None:
    """A metric of the same name as a column shows money without cents; the list shows the column."""
    changed = FILES["dashboards/sales.yml"].replace(
        "- {name: by_day, type: line, dataset: days, x: day, metric: amount}",
        "- {name: by_day, type: line, dataset: days, x: day, metric: amount, format: money}\n"
        "          - {name: rows, type: list, dataset: days, columns: [day, amount]}",
    ).replace("- [by_day]", "- [by_day, rows]")  # fmt: skip
    made = project({**FILES, "dashboards/sales.yml": changed})
    made.build()
    files = exported(made)
    assert files["charts/sales.by_day.yaml"]["params"]["y_axis_format"] == ",.2~f"
    cells = files["charts/sales.rows.yaml"]["params"]["column_config"]
    assert cells["amount"]["d3NumberFormat"] == ",.2f"


MISTAKES = {
    "a link to no dashboard": ("{dashboard: one,", "{dashboard: two,", "'two', which does not exist", 8),
    "a link to no filter": ("dashboard: one, filter: buyer", "dashboard: one, filter: tier",
                            "the dashboard one has no filter 'tier'", 8),
    "a link of no column": ("column: buyer}", "column: bayer}", "bayer", 3),
    "an unknown part of a link": ("filter: buyer, column", "fitler: buyer, column",
                                  "unknown key 'fitler' in link link", 8),
    "choices of no model": ("from {{ ref('buyers') }} group", "from {{ ref('byers') }} group",
                            "filter tier reads the model 'byers'", 18),
    "a label of a filter without labels": ("label('tier', 'buyers.tier')",
                                           "label('buyer', 'buyers.tier')",
                                           "the choices of filter buyer have no labels", 3),
    "an order by what is not there": ('"tier_label desc, buyer"', '"tier_label desc, bayer"',
                                      "no column 'bayer'", 31),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place(shop: Project, name: str) -> None:
    right, wrong, message, line = MISTAKES[name]
    assert right in REPORTS
    shop.write("dashboards/reports.yml", REPORTS.replace(right, wrong, 1))
    result = shop.run("export", "superset")
    assert result.exit_code == 2, str(result)
    assert message in result.stderr
    assert f"dashboards/reports.yml:{line}:" in result.stderr, result.stderr
    assert "Candidate" not in result.stderr


def test_money_is_written_with_the_currency_of_the_data_and_nothing_else_is(
    project: ProjectMaker,
) -> None:
    sales = FILES["dashboards/sales.yml"]
    changed = sales.replace(
        "    datasets:\n", '    currency: {model: orders, expression: "\'EUR\'"}\n    datasets:\n', 1
    ).replace(
        "- {name: by_day, type: line, dataset: days, x: day, metric: amount}",
        "- {name: by_day, type: line, dataset: days, x: day, metric: amount}\n"
        "          - {name: rows, type: list, dataset: days, columns: [order_id, amount]}\n"
        "          - {name: counted, type: number, dataset: days, metric: amount, format: count}",
    ).replace("- [by_day]", "- [by_day, rows, counted]")  # fmt: skip
    made = project({**FILES, "dashboards/sales.yml": changed})
    made.build()
    files = exported(made)
    euro = {"symbol": "EUR", "symbolPosition": "prefix"}
    assert files["datasets/warehouse/days.yaml"]["metrics"][0]["currency"] == euro
    assert files["charts/sales.by_day.yaml"]["params"]["currency_format"] == euro
    assert "currency_format" not in files["charts/sales.counted.yaml"]["params"]
    cells = files["charts/sales.rows.yaml"]["params"]["column_config"]
    assert cells["amount"]["currencyFormat"] == euro
    assert "currencyFormat" not in cells["order_id"]
    made.write(
        "dashboards/sales.yml",
        changed.replace("model: orders, expression: \"'", "model: ordersz, expression: \"'"),
    )
    result = made.run("export", "superset")
    assert "dashboards/sales.yml:1:1: currency reads ordersz, which does not exist" in result.stderr


def test_two_figures_of_a_chart_never_have_the_same_colour(shop: Project) -> None:
    """New and returning customers had: Superset gave each the first colour of its own chart."""
    shop.write("dashboards/reports.yml", REPORTS.replace(
        "metrics: [amount]\n      - name: of_tier",
        "metrics: [amount, {name: buyers, expression: count(*)}]\n      - name: of_tier",
    ).replace(
        "{name: total, type: number, dataset: buyers, metric: amount}",
        "{name: total, type: bar, dataset: buyers, x: tier, metrics: [amount, buyers]}",
    ))  # fmt: skip
    colours = exported(shop)["dashboards/one.yaml"]["metadata"]["label_colors"]
    assert sorted(colours) == ["Amount", "Buyers", "amount", "buyers"]
    assert colours["amount"] == colours["Amount"] != colours["Buyers"] == colours["buyers"]
