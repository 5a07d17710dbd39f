"""Expected purchase days where r or a is large, as fits of shops with few who come back find them."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import pytest
from jinja2 import Environment, StrictUndefined

MODEL = Path(__file__).resolve().parents[2] / "models" / "intermediate" / "int_clv_expectations.sql"
SETTINGS = {"clv_horizon_days": [30, 90, 365], "clv_holdout_days": 90, "clv_model": "bg_nbd"}


def expectations(parameters: tuple[float, ...], x: int, seen_days: int) -> dict[float, float]:
    """orders_if_alive by days ahead, by the model's own SQL over a customer of BG/NBD."""
    template = Environment(undefined=StrictUndefined).from_string(MODEL.read_text("utf-8"))
    query = template.render(
        var=SETTINGS.__getitem__, ref=str, btyd_shift=lambda model: "0", refuse_setting=None
    )
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_clv_parameters as select 'all' as period, 'bg_nbd' as model, ?::double as r, ?::double as alpha, ?::double as a, ?::double as b",
            parameters,
        )
        connection.execute(
            "create table int_clv_histories as select 'all' as period, ?::integer as x, ?::integer as seen_days",
            [x, seen_days],
        )
        rows = connection.execute(query).fetchall()
    names = ("period", "model", "x", "seen_days", "horizon_days", "month_number", "orders")
    return {
        row["horizon_days"]: row["orders"]
        for row in (dict(zip(names, r, strict=True)) for r in rows)
    }


@pytest.mark.parametrize(
    ("parameters", "x", "expected"),
    [
        # By the series of the papers at 40 digits, of 10 weeks seen: 30, 90, 365 and 730 days ahead.
        pytest.param(
            (0.004, 7, 146254, 156077), 0,
            (0.00095127711222771443, 0.0025764591226094483, 0.0075090200484093114, 0.011364138111021753),
            id="nearly-all-leave-at-once",
        ),
        pytest.param(
            (0.8, 8, 100, 15), 2,
            (0.47352978133161752, 0.86233231930442246, 1.135671706074542, 1.1637062040282008),
            id="a-is-large",
        ),
        pytest.param(
            (5000, 1666, 0.3, 3), 1,
            (9.8522790744956043, 23.83977445828694, 68.423719375531572, 113.30982873591329),
            id="all-buy-alike-and-often",
        ),
        pytest.param(
            (160000, 160000, 1.5, 0.5), 0,
            (1.4080791810117132, 1.6785248123838211, 1.8429650723423513, 1.8892334521549143),
            id="r-is-at-the-edge",
        ),
        pytest.param(
            (0.2434, 4.4136, 0.7929, 2.4259), 2,
            (0.62334147810496449, 1.6729981092172667, 4.901120355734525, 7.5933549347144343),
            id="an-ordinary-shop",
        ),
    ],
)  # fmt: skip
def test_large_parameters_give_numbers(
    parameters: tuple[float, ...], x: int, expected: tuple[float, ...]
) -> None:
    """Before, the first was not a number, which failed the build of Olist's sample; the next three were wrong."""
    found = expectations(parameters, x, 70)
    for days, orders in zip((30, 90, 365, 730), expected, strict=True):
        assert math.isclose(found[days], orders, rel_tol=1e-10), days
