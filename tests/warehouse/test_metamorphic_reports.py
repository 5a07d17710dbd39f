"""What must not change any report, or must change each in one exact way: every published relation and function.

A part of the demo shop with all its tables. One change of all that changes nothing runs in CI; every change by
itself, and real data, with RUNNER_ALL=1. Small hand lists of the core are in test_metamorphic.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.sample import ALL, only_whole
from tests.warehouse.conftest import Warehouse, run_build
from tests.warehouse.differences import differences
from tests.warehouse.shops import CALLS, REAL, Report, Shop, demo_part, reports

pytestmark = pytest.mark.timeout(900)

# The tables and functions; their tests run where the warehouse itself is built.
KINDS = ("--resource-types", "model", "--resource-types", "seed", "--resource-types", "function")
# 2024 becomes 1996: months, leap days and days of the week fall alike.
YEARS = 28
SPAN = timedelta(days=365 * YEARS + YEARS // 4)

Reports = dict[str, Report]
Make = Callable[..., Reports]


@pytest.fixture(scope="module", params=["demo", *(REAL if ALL else ())])
def shop(request: pytest.FixtureRequest, repo: Path) -> Shop:
    if request.param == "demo":
        return demo_part(repo / "demo" / "data", 80, 20)
    shared: Path = request.getfixturevalue("shared")
    return REAL[request.param](shared / "data")


@pytest.fixture(scope="module")
def somebody(shop: Shop) -> str:
    """Who has most orders; nobody, where all are nameless."""
    found = shop.connection.execute(
        "select customer_id from orders where customer_id is not null group by 1"
        " order by count(*) desc, 1 limit 1"
    ).fetchone()
    return str(found[0]) if found else "nobody"


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, shop: Shop, somebody: str) -> Make:
    """Build the shop, told differently, and read all its reports: make("name", changes, …)."""

    def made(
        name: str, *tellings: dict[str, str], as_of: date = shop.as_of, customer: str = somebody
    ) -> Reports:
        folder = tmp_path_factory.mktemp(name)
        for changes in tellings:
            shop.write(folder / "data", changes)
            settings: dict[str, object] = {
                "as_of": str(as_of),
                "currency": shop.currency,
                "rfm_min_customers": 10,
                "data_dir": str(folder / "data"),
            }
            done = run_build(folder / "shop.duckdb", settings, *KINDS)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        warehouse = Warehouse(folder / "shop.duckdb")
        try:
            return reports(warehouse, as_of, customer)
        finally:
            warehouse.connection.close()

    return made


@pytest.fixture(scope="module")
def plain(make: Make) -> Reports:
    return make("plain", {})


def in_any_order(table: str) -> str:
    return f"select * from {table} order by hash(rowid * 7919 + 13)"


# Equal rows of it count twice: it has no key.
KEYLESS = {"order_discounts"}


def twice(query: str, table: str) -> str:
    return query if table in KEYLESS else f"({query}) union all ({query})"


# Ids of the shop's own; those of channels, regions, stores and campaigns are words that stand elsewhere, too.
VOCABULARY = {"channel_id", "region_id", "store_id", "parent_region_id", "campaign_id"}


def renamed(shop: Shop, table: str) -> str:
    """Each id gets a sign in front that sorts behind all letters: their order stays."""
    ids = [
        column
        for column in shop.columns(table)
        if (column.endswith("_id") and column not in VOCABULARY) or column == "source_customer_key"
    ]
    cells = ", ".join(f"'~' || {column} as {column}" for column in ids)
    return f"select * replace ({cells}) from {table}" if ids else f"from {table}"


def without_sign(relation: str, column: str, value: object, row: Mapping[str, object]) -> object:
    return value.replace("~", "") if isinstance(value, str) else value


# What is made of ids by hashing: who is held back, and how a row is recognised.
HASHES = {"is_holdout", "holdout", "row_hash"}


def of_hashes(relation: str, column: str) -> bool:
    return column in HASHES


def stripped(found: Reports) -> Reports:
    return {
        name: Report(
            report.names,
            report.types,
            [tuple(without_sign("", "", cell, {}) for cell in row) for row in report.rows],
        )
        for name, report in found.items()
    }


def test_every_function_is_called(repo: Path) -> None:
    """A function that is added is compared, too."""
    assert {path.stem for path in (repo / "functions/reports").glob("*.sql")} == set(CALLS)


def test_the_part_has_something_in_every_report(plain: Reports, shop: Shop) -> None:
    """A comparison of empty tables says nothing."""
    if "sessions" in shop.names:
        assert [name for name, report in plain.items() if not report.rows] == []
    assert plain["main.fct_orders"].rows


def test_shuffled_twice_and_under_other_ids(
    make: Make, plain: Reports, shop: Shop, somebody: str
) -> None:
    """All that changes nothing, at once."""
    changes = {
        table: f"select * from ({twice(renamed(shop, table), table)}) as rows order by hash(rows)"
        for table in shop.names
    }
    other = stripped(make("other", changes, customer=f"~{somebody}"))
    tells("main.rpt_data_quality", "state", other, plain)
    same_but(other, plain, apart=lambda *cell: of_hashes(*cell) or of_repeats(*cell))


def of_repeats(relation: str, column: str) -> bool:
    """What says that rows came twice."""
    return relation == "main.rpt_data_quality" or (relation, column) == (
        "main.rpt_freshness",
        "row_count",
    )


def tells(relation: str, column: str, actual: Reports, expected: Reports) -> None:
    """That something of a column is another."""
    place = expected[relation].names.index(column)
    cells = [
        sorted(str(row[place]) for row in found[relation].rows) for found in (actual, expected)
    ]
    assert cells[0] != cells[1], (relation, column)


def same_but(actual: Reports, expected: Reports, **allowed: Callable[..., object]) -> None:
    found = differences(actual, expected, **allowed)  # type: ignore[arg-type]
    assert not found, "\n".join(found)


# --- each by itself --------------------------------------------------------------------------------


def earlier(shop: Shop, table: str) -> str:
    """Every moment and day 28 years before."""
    cells = []
    for column in shop.columns(table):
        if column.endswith("_at"):
            cells.append(f"({column}::timestamp - interval {SPAN.days} day)::varchar as {column}")
        elif column.endswith("_date") or column == "valid_from":
            cells.append(f"({column}::date - {SPAN.days})::varchar as {column}")
    return f"select * replace ({', '.join(cells)}) from {table}" if cells else f"from {table}"


DAY = re.compile(r"\d{4}-\d\d-\d\d")


def moved(relation: str, column: str, value: object, row: Mapping[str, object]) -> object:
    """A day, a year, or a text with a day in it, 28 years before."""
    if isinstance(value, datetime | date):
        return value - SPAN
    if isinstance(value, int) and column in ("year", "iso_year"):
        return value - YEARS
    if isinstance(value, str):
        return DAY.sub(lambda found: str(date.fromisoformat(found[0]) - SPAN), value)
    return value


@only_whole
def test_other_dates(make: Make, plain: Reports, shop: Shop) -> None:
    """All dates are 28 years earlier, and nothing else changes; ids of events are made of their seconds."""
    changes = {table: earlier(shop, table) for table in shop.names}
    other = make("earlier", changes, as_of=shop.as_of - SPAN)
    same_but(other, plain, became=moved, apart=lambda _, column: column in ("event_id", "row_hash"))


# Columns of the sources that hold money.
PRICES = {
    *("subtotal", "discount_amount", "shipping_amount", "tax_amount", "total_amount", "amount"),
    *("fulfilment_cost", "unit_price", "compare_at_price", "unit_cost", "list_price", "fee_amount"),
    *("cost", "line_amount"),
}
MONEY = re.compile(
    r"amount|revenue|sales(_|$)|spend|cost|contribution|cogs|monetary|headroom|price|fx_gain_loss"
    r"|order_value|(^|_)aov(_|$)|(^|_)ltv(_|$)|(^|_)cac$|profit|gini_(numerator|denominator)"
)
NO_MONEY = re.compile(r"rate|share|ratio|index|_target|roi|roas|correlation|error|ltv_to_cac|days")
# Sums of money or of people, as the row says: the value of the row is compared.
SIDES = {"numerator", "denominator", "base_numerator", "base_denominator"}
# They stand on the seed's parameters of order values, which are not ten times as much.
PREDICTED = re.compile(
    r"predicted|expected_order_value|value_log_likelihood|backtest_(expected_)?revenue"
)
# Rounded to fewer digits than the money that they are of.
ROUNDED = {
    "headroom": 0.001,
    "opportunity_revenue": 0.001,
    "aov": 0.051,
    "repeat_order_value": 0.001,
}


def is_money(column: str) -> bool:
    return bool(MONEY.search(column)) and not NO_MONEY.search(column)


def ten_times(relation: str, column: str, value: object, row: Mapping[str, object]) -> object:
    named = row.get("metric") or row.get("dimension_value")
    of_row = (relation == "kpis()" or row.get("dimension") == "figure") and column in (
        "value",
        "prev",
        "yoy",
        "base_value",
    )
    if isinstance(value, Decimal | float) and is_money(str(named) if of_row else column):
        return value * 10
    return value


def seen_alone(found: Reports) -> Reports:
    """Without the row of kpis that is predicted."""
    report = found["kpis()"]
    metric = report.names.index("metric")
    rows = [row for row in report.rows if not PREDICTED.search(str(row[metric]))]
    return {**found, "kpis()": replace(report, rows=rows)}


@only_whole
def test_prices_times_ten(make: Make, shop: Shop) -> None:
    """In one currency all money is ten times as much, and nothing else changes.

    An order's discount is given by its dearest line: shared over the lines it is rounded to cents.
    """

    def priced(factor: int) -> dict[str, str]:
        changes = {}
        for table in shop.names:
            cells = []
            for column in shop.columns(table):
                if column == "currency":
                    cells.append(f"if({column} is null, null, '{shop.currency}') as {column}")
                elif column in PRICES or (table, column) == ("carts", "value"):
                    cells.append(f"({column}::decimal(18, 4) * {factor})::varchar as {column}")
            if cells:
                changes[table] = f"select * replace ({', '.join(cells)}) from {table}"
        if "discount_amount" in shop.columns("orders"):
            changes["order_items"] = (
                f"with priced as ({changes['order_items']}) select priced.* replace (if(row_number() over ("
                "partition by order_id order by quantity::decimal(18, 4) * unit_price::decimal(18, 4) desc, line_no) = 1,"
                f" orders.discount_amount::decimal(18, 4) * {factor}, 0)::varchar as discount_amount)"
                " from priced join orders using (order_id)"
            )
        if "fx_rates" in shop.names:
            changes["fx_rates"] = "from fx_rates limit 0"
        return changes

    cheap, dear = (
        seen_alone(make(name, priced(factor))) for name, factor in (("cheap", 1), ("dear", 10))
    )
    same_but(
        dear,
        cheap,
        became=ten_times,
        apart=lambda _, column: column in SIDES | {"row_hash"} or bool(PREDICTED.search(column)),
        near=lambda _, column: ROUNDED.get(column, 0.0),
    )


@only_whole
def test_what_is_dated_as_of_or_later_is_not_seen(make: Make, plain: Reports, shop: Shop) -> None:
    """Dated on as_of and later: copies of the first order, and more given back. Only what is said of files differs."""
    order = "(select min(order_id) from orders where status in ('delivered', 'paid'))"
    moments = ", ".join(
        f"('late{n}', '{shop.as_of + timedelta(days=n)} 00:00:00')" for n in (0, 120)
    )
    late = f"(values {moments}) as late (id, moment)"
    told = [
        name for name in shop.columns("orders") if re.fullmatch("(paid|shipped|delivered)_at", name)
    ]
    cells = ", ".join(f"moment as {name}" for name in ["ordered_at", *told])
    changes = {
        "orders": f"from orders union all select one.* replace (id as order_id, {cells})"
        f" from orders as one, {late} where order_id = {order}",
        "order_items": "from order_items union all"
        " select one.* replace (id as order_id, '99999' as unit_price)"
        f" from order_items as one, {late} where order_id = {order}",
    }
    if "refunds" in shop.names:
        changes["refunds"] = (
            "from refunds union all select one.* replace (id as refund_id, moment as refunded_at,"
            f" '10' as amount) from (from refunds order by refund_id limit 1) as one, {late}"
        )
    other = make("late", changes)
    tells("main.rpt_data_quality", "state", other, plain)
    same_but(other, plain, apart=lambda relation, _: relation.startswith("main.rpt_"))


@only_whole
def test_loaded_in_two_increments(make: Make, plain: Reports, shop: Shop) -> None:
    """Half of the history first, then all, in the same file."""
    half = shop.as_of - timedelta(days=300)
    first = {}
    for table in shop.names:
        moments = [
            column
            for column in ("ordered_at", "refunded_at", "occurred_at", "started_at", "created_at")
            if column in shop.columns(table)
        ]
        if moments and table != "products":
            first[table] = f"from {table} where {moments[0]} < '{half}'"
    ordered = f"order_id in (select order_id from orders where ordered_at < '{half}')"
    for table in {"order_items", "order_discounts", "payments", "reviews"} & set(shop.names):
        first[table] = f"from {table} where {ordered}"
    same_but(make("increments", first, {}), plain)


# What is said of customers alone.
OF_CUSTOMERS = {
    *("main.dim_customers", "main.fct_customer_clv", "main.fct_customer_products"),
    *("main.fct_customer_lifecycle_events", "main.fct_rfm_snapshots", "main.agg_cohort_retention"),
    *("main.agg_repeat_ladder", "main.agg_rfm_migration", "rfm()", "rfm_migration()", "churn()"),
    *("cohorts()", "top_customers()", "customer_list()", "pii.exp_crm_customers"),
}


@only_whole
def test_without_the_nameless(make: Make, plain: Reports, shop: Shop, somebody: str) -> None:
    """No customer's figures change; what the shop's months lose stood in the anonymous columns.

    What to offer is learned from all baskets.
    """
    kept = "order_id in (select order_id from orders where customer_id is not null)"
    changes: dict[str, str] = {
        **{
            table: f"from {table} where {kept}"
            for table in ("orders", "order_items", "order_discounts", "payments")
            if table in shop.names
        },
    }
    if "refunds" in shop.names:
        changes["refunds"] = (
            f"from refunds where {kept} or order_id is null and customer_id is not null"
        )
    if somebody == "nobody":
        pytest.skip("nobody would be left")
    named = make("named", changes)
    theirs = ({name: found[name] for name in OF_CUSTOMERS} for found in (named, plain))
    same_but(
        *theirs,
        apart=lambda _, column: column.startswith("recommended_product") or column == "row_hash",
    )

    def months(found: Reports) -> dict[object, dict[str, object]]:
        report = found["main.agg_kpis_monthly"]
        rows = [dict(zip(report.names, row, strict=True)) for row in report.rows]
        return {
            row["month"]: row
            for row in rows
            if row["store_id"] == "(all)" and row["channel"] == "(all)"
        }

    before, after = months(plain), months(named)
    for month, row in after.items():
        for column in ("orders", "units", "gross_revenue", "refund_amount", "net_revenue"):
            less = before[month][column] - before[month][f"anonymous_{column}"]  # type: ignore[operator]
            assert row[column] == less, (month, column)
