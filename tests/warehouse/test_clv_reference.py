"""Buy-till-you-die on CDNOW and Online Retail, against independent fits and the published figures.

Reference: ../shared/reference/cdnow and bgnbd.json of Online Retail A. Tolerances are those of DEFINITIONS.md: log-likelihood
1e-3, parameters and totals 1e-3 relative. The fits need scipy; the prediction in SQL is checked against mpmath.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.conftest import PART, Build, Warehouse

pytest.importorskip("scipy", reason="scipy is not installed: pip install runner-sql[clv]")

CLOSE = 1e-3
NAMES = ("r", "alpha", "a", "b")


@pytest.fixture(scope="module")
def cdnow_reference(shared: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(
        (shared / "reference" / "cdnow" / "bgnbd.json").read_text()
    )
    return figures


@pytest.fixture(scope="module")
def cdnow_settings(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """CDNOW as a shop: a row of the file is an order of one line."""
    folder = tmp_path_factory.mktemp("cdnow")
    rows = f"from read_parquet('{shared / 'data' / 'cdnow' / 'cdnow_sample.parquet'}')"
    with duckdb.connect() as connection:
        for table, query in {
            "customers": f"select distinct customer_id {rows}",
            "orders": f"""
                select row_no as order_id, customer_id, date as ordered_at, 'paid' as status, 'USD' as currency {rows}
            """,
            "order_items": f"""
                select row_no as order_id, 1 as line_no, 'cd' as product_id, 1 as quantity, sales as unit_price {rows}
            """,
        }.items():
            connection.execute(f"copy ({query}) to '{folder / table}.csv' (header)")
    return {
        "adapters": ["canonical"],
        "data_dir": str(folder),
        "currency": "USD",
        "count_zero_value_orders": True,
        "clv_parameters": "fit",
    }


@pytest.fixture(scope="module")
def cdnow(build: Build, cdnow_settings: dict[str, object]) -> Warehouse:
    """The shop at the end of the calibration period; 39 weeks are 273 days."""
    settings = {
        **cdnow_settings,
        "as_of": "1997-10-01",
        "clv_horizon_days": [30, 90, 365, 273],
    }
    return build("cdnow", settings, *PART, "+fct_customer_clv")


@pytest.fixture(scope="module")
def cdnow_later(build: Build, cdnow_settings: dict[str, object]) -> Warehouse:
    """The shop 39 weeks later, which are held back for the back-test."""
    settings = {**cdnow_settings, "as_of": "1998-07-01", "clv_holdout_days": 273}
    return build("cdnow_later", settings, *PART, "+fct_clv_model_runs")


def test_cdnow_parameters(cdnow: Warehouse, cdnow_reference: dict[str, Any]) -> None:
    run = cdnow.row("select * from fct_clv_model_runs where model = 'bg_nbd'")
    expected = cdnow_reference["cdnow_sample"]
    assert (run["customers"], run["value_customers"]) == (2357, expected["gamma_gamma"]["n"])
    assert run["is_converged"] is True
    assert run["log_likelihood"] == pytest.approx(expected["loglik"], abs=CLOSE)
    for name in NAMES:
        assert run[name] == pytest.approx(expected["params"][name], rel=CLOSE), name
    published = cdnow_reference["published_table_rounded_inputs"]["published"]
    assert {name: round(float(str(run[name])), 3) for name in NAMES} == {
        name: published[name] for name in NAMES
    }
    assert round(float(str(run["log_likelihood"])), 1) == published["loglik"]


def test_cdnow_order_values(cdnow: Warehouse, cdnow_reference: dict[str, Any]) -> None:
    run = cdnow.row("select p, q, v, value_log_likelihood from fct_clv_model_runs where is_used")
    expected = cdnow_reference["cdnow_sample"]["gamma_gamma"]
    assert run["value_log_likelihood"] == pytest.approx(expected["loglik"], abs=CLOSE)
    for ours, theirs in {"p": "p", "q": "q", "v": "gamma"}.items():
        assert run[ours] == pytest.approx(expected["params"][theirs], rel=CLOSE), ours
    published = cdnow_reference["gamma_gamma_published_table"]["published"]
    assert [round(float(str(run[name])), 2) for name in "pqv"] == [
        pytest.approx(published[name], abs=0.011) for name in ("p", "q", "gamma")
    ]


def test_cdnow_customers(cdnow: Warehouse, shared: Path) -> None:
    """x, t_x, T, P(alive) and expected purchases in 39 weeks of each of the 2,357 customers."""
    actual = {
        row[0]: row[1:]
        for row in cdnow.tuples("""
            select
                clv.customer_id, clv.x, clv.t_x, clv.t_seen, clv.p_alive,
                clv.p_alive * expectations.orders_if_alive
            from fct_customer_clv as clv
            inner join intermediate.int_clv_expectations as expectations
                on
                    expectations.period = 'all'
                    and expectations.horizon_days = 273
                    and clv.x = expectations.x
                    and round(clv.t_seen * 7) = expectations.seen_days
        """)
    }
    path = shared / "reference" / "cdnow" / "cdnow_sample_summary.csv"
    with path.open(newline="") as lines:
        expected = {row["customer_id"]: row for row in csv.DictReader(lines)}
    assert actual.keys() == expected.keys()
    for key, row in expected.items():
        x, t_x, t, p_alive, orders = actual[key]
        assert x == int(row["x"])
        assert t_x == pytest.approx(float(row["t_x"]), abs=1e-9)
        assert t == pytest.approx(float(row["T"]), abs=1e-9)
        assert p_alive == pytest.approx(float(row["p_alive"]), rel=CLOSE)
        assert orders == pytest.approx(float(row["exp_39w"]), rel=CLOSE)
    # The paper's customer 1.
    assert round(float(str(actual["1"][4])), 3) == 1.226


def test_cdnow_back_test(cdnow_later: Warehouse, cdnow_reference: dict[str, Any]) -> None:
    """Parameters of the first 39 weeks, orders of the next 39: the holdout never reaches the fit."""
    run = cdnow_later.row("select * from fct_clv_model_runs where model = 'bg_nbd'")
    expected = cdnow_reference["cdnow_sample"]
    assert run["backtest_customers"] == expected["customers"]
    assert run["backtest_actual_orders"] == expected["holdout_transactions_actual"]
    assert run["backtest_expected_orders"] == pytest.approx(
        expected["expected_39w_total"], rel=CLOSE
    )
    assert run["backtest_error_rate"] == pytest.approx(
        expected["expected_39w_total"] / expected["holdout_transactions_actual"] - 1, rel=0.01
    )
    calibration = cdnow_later.row("""
        select r, alpha, a, b from intermediate.int_clv_parameters
        where period = 'calibration' and model = 'bg_nbd'
    """)
    for name in NAMES:
        assert calibration[name] == pytest.approx(expected["params"][name], rel=CLOSE), name


def test_online_retail(retail: Warehouse, shared: Path) -> None:
    """The likelihood is almost flat in a and b here, so it and the totals are compared, not the parameters."""
    path = shared / "reference" / "online_retail_a_2009_2010" / "bgnbd.json"
    expected = json.loads(path.read_text())
    run = retail.row("select * from fct_clv_model_runs where model = 'bg_nbd'")
    assert run["customers"] == expected["n"]
    assert run["value_customers"] == expected["gamma_gamma"]["n"]
    assert run["log_likelihood"] == pytest.approx(expected["loglik"], abs=CLOSE)
    assert run["value_log_likelihood"] == pytest.approx(
        expected["gamma_gamma"]["loglik"], abs=CLOSE
    )
    totals = retail.row("""
        select
            sum(clv.p_alive * expectations.orders_if_alive) as orders,
            sum(clv.p_alive * expectations.orders_if_alive * clv.expected_order_value) as value,
            avg(clv.p_alive) as p_alive
        from fct_customer_clv as clv
        inner join intermediate.int_clv_expectations as expectations
            on
                expectations.period = 'all'
                and expectations.horizon_days = 91
                and clv.x = expectations.x
                and round(clv.t_seen * 7) = expectations.seen_days
    """)
    assert totals["orders"] == pytest.approx(expected["expected_orderdays_13w_total"], rel=CLOSE)
    assert totals["value"] == pytest.approx(expected["expected_value_13w_total"], rel=CLOSE)
    assert totals["p_alive"] == pytest.approx(expected["mean_p_alive"], rel=CLOSE)


def published_expectation(
    parameters: list[float], x: int, weeks: float, weeks_ahead: float
) -> float:
    """The bracket of equation 10 of Fader, Hardie and Lee (2005), at 40 digits; p_alive is the rest."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(40):
        r, alpha, a, b, t, ahead = map(mpmath.mpf, (*parameters, weeks, weeks_ahead))
        z = ahead / (alpha + t + ahead)
        series = mpmath.hyp2f1(r + x, b + x, a + b + x - 1, z)
        share = ((alpha + t) / (alpha + t + ahead)) ** (r + x)
        return float((a + b + x - 1) / (a - 1) * (1 - share * series))


def test_series_against_many_digits(cdnow: Warehouse) -> None:
    """Relative error below 4e-14 on every pair of x and T of the shop, a month and a year ahead."""
    run = cdnow.row("select r, alpha, a, b from fct_clv_model_runs where is_used")
    parameters = [float(str(run[name])) for name in NAMES]
    pairs = cdnow.tuples("""
        select x, seen_days, horizon_days, orders_if_alive
        from intermediate.int_clv_expectations
        where period = 'all' and horizon_days in (30, 365) and month_number = 0
    """)
    assert len(pairs) > 500
    for x, days, ahead, value in pairs:
        expected = published_expectation(
            parameters, int(str(x)), int(str(days)) / 7, float(str(ahead)) / 7
        )
        assert math.isclose(float(str(value)), expected, rel_tol=4e-14), (x, days, ahead)
