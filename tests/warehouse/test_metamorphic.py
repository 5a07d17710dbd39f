"""What must not change the core, or must change it in one exact way, on a small part of the demo shop.

Every case builds the same sixty customers once more, told differently, and compares whole tables.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.sample import only_whole
from tests.warehouse.conftest import Build, Warehouse, run_build

TABLES = ("fct_orders", "fct_order_items", "fct_refund_items", "dim_customers", "fct_kpis_daily")
# The tables alone: their tests run where the warehouse itself is built.
SELECTION = ("--indirect-selection", "empty", "--select", " ".join(f"+{table}" for table in TABLES))
SETTINGS: dict[str, object] = {"as_of": "2026-01-01", "currency": "EUR", "rfm_min_customers": 10}

Rows = list[dict[str, str]]
Shop = dict[str, Rows]

# Columns of each file that hold ids, moments and money.
IDS = {"order_id", "customer_id", "refund_id", "product_id", "parent_product_id", "payment_id"}
MONEY = {
    *("subtotal", "discount_amount", "shipping_amount", "tax_amount", "total_amount"),
    *("fulfilment_cost", "unit_price", "compare_at_price", "unit_cost", "list_price"),
    *("amount", "fee_amount"),
}
# 2024 becomes 2020: months, quarters and leap days fall alike.
FOUR_YEARS = timedelta(days=1461)


@pytest.fixture(scope="module")
def shop(repo: Path) -> Shop:
    """Sixty customers of the demo with all that is theirs, twenty orders without a name, and the catalogue."""
    files = {
        name: read(repo / "demo" / "data" / f"{name}.csv")
        for name in (
            *("customers", "customer_identities", "orders", "order_items", "payments"),
            *("refunds", "refund_items", "products", "product_costs", "fx_rates"),
        )
    }
    people = {row["customer_id"] for row in files["customers"][:60]}
    nameless = [row["order_id"] for row in files["orders"] if not row["customer_id"]][:20]
    orders = [
        row
        for row in files["orders"]
        if row["customer_id"] in people or row["order_id"] in set(nameless)
    ]
    kept = {row["order_id"] for row in orders}
    refunds = {row["refund_id"] for row in files["refunds"] if row["order_id"] in kept}
    return {
        **files,
        "customers": files["customers"][:60],
        "customer_identities": [
            row for row in files["customer_identities"] if row["customer_id"] in people
        ],
        "orders": orders,
        **{
            name: [row for row in files[name] if row["order_id"] in kept]
            for name in ("order_items", "payments", "refunds")
        },
        "refund_items": [row for row in files["refund_items"] if row["refund_id"] in refunds],
    }


@pytest.fixture(scope="module")
def make(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Warehouse]:
    """Build a shop: make("name", shop, **settings)."""

    def made(name: str, shop: Shop, **settings: object) -> Warehouse:
        folder = written(tmp_path_factory.mktemp(name), shop)
        return build(name, {**SETTINGS, "data_dir": str(folder), **settings}, *SELECTION)

    return made


@pytest.fixture(scope="module")
def plain(make: Callable[..., Warehouse], shop: Shop) -> Warehouse:
    return make("plain", shop)


def read(path: Path) -> Rows:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def written(folder: Path, shop: Shop) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in shop.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    return folder


def changed(shop: Shop, cell: Callable[[str, str], str]) -> Shop:
    """Every cell that is not empty, through cell(column, value)."""
    return {
        table: [
            {name: cell(name, value) if value else value for name, value in row.items()}
            for row in rows
        ]
        for table, rows in shop.items()
    }


def table(warehouse: Warehouse, name: str) -> list[dict[str, object]]:
    return warehouse.rows(f"select * from {name} order by all")


def assert_equal(actual: Warehouse, expected: Warehouse, *names: str) -> None:
    for name in names or TABLES:
        rows = table(expected, name)
        assert rows, name
        assert table(actual, name) == rows, name


def test_the_part_has_what_may_go_wrong(plain: Warehouse) -> None:
    """The comparisons below mean something: refunds, two currencies, people with two keys, nameless orders."""
    assert plain.value("select count(*) from fct_refund_items") > 5  # type: ignore[operator]
    assert plain.value("select count(distinct currency) from fct_orders") == 2
    assert plain.value("select count(*) from fct_orders where is_anonymous") == 20
    assert plain.value("select count(*) from fct_orders where not is_valid") > 5  # type: ignore[operator]


@only_whole
def test_rows_in_any_order(make: Callable[..., Warehouse], plain: Warehouse, shop: Shop) -> None:
    dice = random.Random(7)
    shuffled = {name: dice.sample(rows, len(rows)) for name, rows in shop.items()}
    assert_equal(make("shuffled", shuffled), plain)


@only_whole
def test_loaded_twice(make: Callable[..., Warehouse], plain: Warehouse, shop: Shop) -> None:
    assert_equal(make("twice", {name: rows * 2 for name, rows in shop.items()}), plain)


def test_other_ids(make: Callable[..., Warehouse], plain: Warehouse, shop: Shop) -> None:
    """Each id gets a letter in front; taken away again, every table is as it was."""

    def renamed(column: str, value: str) -> str:
        is_id = column in IDS or column == "source_customer_key"
        return f"~{value}" if is_id else value

    other = make("renamed", changed(shop, renamed))
    for name in TABLES:
        rows = [
            {
                key: value.lstrip("~") if isinstance(value, str) else value
                for key, value in row.items()
            }
            for row in table(other, name)
        ]
        assert rows == table(plain, name), name


@only_whole
def test_other_dates(make: Callable[..., Warehouse], plain: Warehouse, shop: Shop) -> None:
    def earlier(column: str, value: str) -> str:
        if column.endswith("_at"):
            return str(datetime.fromisoformat(value) - FOUR_YEARS)
        if column in ("rate_date", "valid_from"):
            return str(date.fromisoformat(value) - FOUR_YEARS)
        return value

    other = make("earlier", changed(shop, earlier), as_of="2022-01-01")
    for name in TABLES:
        rows = [
            {
                key: value + FOUR_YEARS if isinstance(value, date) else value
                for key, value in row.items()
            }
            for row in table(other, name)
        ]
        assert rows == table(plain, name), name


@only_whole
def test_prices_times_ten(make: Callable[..., Warehouse], shop: Shop) -> None:
    """In one currency, where nothing is rounded, all money is ten times as much, and nothing else changes."""

    def in_euro(column: str, value: str) -> str:
        return "EUR" if column == "currency" else value

    def dearer(column: str, value: str) -> str:
        return str(Decimal(value) * 10) if column in MONEY else value

    euro = changed({name: shop[name] for name in shop if name != "fx_rates"}, in_euro)
    cheap = make("cheap", euro)
    dear = make("dear", changed(euro, dearer))
    ratios = {"fx_rate", "units", "refunded_units", "anonymous_units", "refunded_units_order_basis"}
    quantities = {"quantity", "restocked_quantity", "fm"}
    # Predictions stand on the seed's parameters of order values, which are not ten times as much.
    predicted = {"predicted_clv_12m", "predicted_clv_24m"}
    for name in ("fct_orders", "fct_refund_items", "dim_customers", "fct_kpis_daily"):
        expected = [
            {
                key: value * 10
                if (key == "aov" and isinstance(value, float))
                or (isinstance(value, Decimal) and key not in ratios | quantities)
                else value
                for key, value in row.items()
            }
            for row in table(cheap, name)
        ]
        actual = table(dear, name)
        for ours, theirs in zip(actual, expected, strict=True):
            for key in predicted & set(ours):
                del ours[key], theirs[key]
            # What is rounded once is not ten times what was rounded before: the headroom to four
            # digits, an order's discount to its lines' cents, and so the shares of brands.
            for key, bound in (("headroom", Decimal("0.001")), ("brand_hhi", 0.001)):
                ours_loose, theirs_loose = ours.pop(key, None), theirs.pop(key, None)
                assert ours_loose == pytest.approx(theirs_loose, abs=bound), (name, key)
            assert ours == pytest.approx(theirs) if "aov" in ours else ours == theirs, name


def test_loaded_in_two_increments(
    plain: Warehouse, shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Half of the history first, then all: late refunds, new accounts and all in the same file as before."""
    folder = tmp_path_factory.mktemp("increments")
    early = {row["order_id"] for row in shop["orders"] if row["ordered_at"] < "2025-03-01"}
    first = {
        **shop,
        "customers": [row for row in shop["customers"] if row["created_at"] < "2025-03-01"],
        **{
            name: [row for row in shop[name] if row["order_id"] in early]
            for name in ("orders", "order_items", "payments")
        },
        "refunds": [row for row in shop["refunds"] if row["refunded_at"] < "2025-03-01"],
    }
    variables = {**SETTINGS, "data_dir": str(folder / "data")}
    for increment in (first, shop):
        written(folder / "data", increment)
        done = run_build(folder / "shop.duckdb", variables, *SELECTION)
        assert done.returncode == 0, done.stdout + done.stderr
    grown = Warehouse(folder / "shop.duckdb")
    try:
        assert_equal(grown, plain)
    finally:
        grown.connection.close()


def test_without_the_nameless(make: Callable[..., Warehouse], plain: Warehouse, shop: Shop) -> None:
    """Nobody's figures change, and the shop's are less by exactly what stood in the anonymous columns."""
    named = {row["order_id"] for row in shop["orders"] if row["customer_id"]}
    without = {
        **shop,
        **{
            name: [row for row in shop[name] if row["order_id"] in named]
            for name in ("orders", "order_items", "payments", "refunds")
        },
    }
    dropped = make("named", without)
    assert_equal(dropped, plain, "dim_customers")
    sums = """
        select sum(orders{0}), sum(gross_revenue{1}), sum(net_revenue{2}), sum(refund_amount{3})
        from fct_kpis_daily
    """
    less = [
        f" - anonymous_{name}"
        for name in ("orders", "gross_revenue", "net_revenue", "refund_amount")
    ]
    assert plain.value("select sum(anonymous_orders) from fct_kpis_daily") != 0
    assert dropped.tuples(sums.format("", "", "", "")) == plain.tuples(sums.format(*less))


def test_an_order_on_as_of(make: Callable[..., Warehouse], plain: Warehouse, shop: Shop) -> None:
    """What is dated on as_of or later is not seen, nor is its refund or the account it made."""
    template = next(row for row in shop["orders"] if row["status"] == "delivered")
    line = next(row for row in shop["order_items"] if row["order_id"] == template["order_id"])
    moments = ("2026-01-01 00:00:00", "2026-05-05 12:00:00")
    late: Shop = {
        **shop,
        "orders": [
            *shop["orders"],
            *(
                {**template, "order_id": f"late{n}", "ordered_at": at}
                for n, at in enumerate(moments)
            ),
        ],
        "order_items": [
            *shop["order_items"],
            *({**line, "order_id": f"late{n}", "unit_price": "99999"} for n in range(2)),
        ],
        "refunds": [
            *shop["refunds"],
            {
                **dict.fromkeys(shop["refunds"][0], ""),
                "refund_id": "late",
                "order_id": template["order_id"],
                "amount": "10",
                "refunded_at": moments[0],
                "currency": template["currency"],
            },
        ],
    }
    assert_equal(make("on_as_of", late), plain)
