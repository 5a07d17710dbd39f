"""The demo shop's laws of buying, staying and spending, found again by the warehouse from its files alone.

A textbook shop (no season, no effect of channels or promotions) of people whose rates, dropout and baskets the generator
knows. What is estimated may miss the law by chance; how far is stated for each figure and computed from the shop itself:

- parameters: twice the log-likelihood that the law lacks against the fit is a chi-square with as many degrees of freedom
  as parameters (Wilks); 999 in 1,000 shops lie below the bound;
- sums over people: the difference between truth and prediction of each person is independent of the others', so the sum
  has their squares' sum as its variance; 3.3 standard deviations hold 999 in 1,000 shops.

RUNNER_ALL=1 makes a shop ten times as large, which forgives less.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, lgamma, log, log1p, sqrt

import duckdb
import pytest

from tests.demo.conftest import build as build_demo
from tests.support.sample import ALL
from tests.warehouse.conftest import PART, run_build

pytest.importorskip("scipy", reason="scipy is not installed: pip install runner-sql[clv]")

PEOPLE = 20_000 if ALL else 2_000
TEXTBOOK = (
    f"{{customers: {PEOPLE}, seed: 11, season: false, channel_effect: false, promotion_effect: 0}}"
)
R, ALPHA, A, B = 0.6, 8.0, 0.8, 3.2
"""Laws of the generator: orders a week ~ Gamma(0.6) / 8, leaving after a repeat order ~ Beta(0.8, 3.2)."""
P, Q, V = 6.0, 4.0, 25.0
"""Baskets: 25 euros times Gamma(6) by Gamma(4)."""
SURE = 3.3
CHI_SQUARE = {3: 16.27, 4: 18.47}
"""Bounds that 999 in 1,000 stay below, by degrees of freedom."""

Shop = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The warehouse `w`, with parameters fitted, and beside it the generator's database `t`."""
    folder = build_demo(tmp_path_factory.mktemp("textbook") / "demo", "--vars", TEXTBOOK)
    database = tmp_path_factory.mktemp("clv_truth") / "clv_truth.duckdb"
    variables: dict[str, object] = {
        "data_dir": str(folder / "data"),
        "currency": "EUR",
        "clv_parameters": "fit",
    }
    done = run_build(database, variables, *PART, "+fct_customer_clv", "+fct_clv_model_runs")
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as w (read_only)")
        connection.execute(f"attach '{folder / 'demo.duckdb'}' as t (read_only)")
        connection.execute("""
            create view people as
            select clv.*, truth.*
            from w.fct_customer_clv as clv
            inner join t.truth.truth_identities as accounts on clv.customer_id = accounts.account_id
            inner join t.truth.truth_customers as truth on accounts.person_id = truth.person_id
        """)
        yield connection


def row(shop: Shop, query: str) -> dict[str, float]:
    cursor = shop.execute(query)
    names = [column[0] for column in cursor.description or ()]
    (values,) = cursor.fetchall()
    return dict(zip(names, map(float, values), strict=True))


def likelihood(shop: Shop, r: float, alpha: float, a: float, b: float) -> float:
    """Of all purchase days under BG/NBD (Fader, Hardie and Lee 2005, equation 6), computed here."""
    total = 0.0
    for x, t_x, t, n in shop.execute(
        "select x, t_x, t_seen, count(*) from w.fct_customer_clv group by all"
    ).fetchall():
        stays = lgamma(b + x) + lgamma(a + b) - lgamma(b) - lgamma(a + b + x)
        each = lgamma(r + x) - lgamma(r) + r * log(alpha) + stays - (r + x) * log(alpha + t)
        if x:
            each += log1p(exp(log(a / (b + x - 1)) + (r + x) * log((alpha + t) / (alpha + t_x))))
        total += n * each
    return total


def test_the_law_of_buying_is_found(shop: Shop) -> None:
    """r, alpha, a and b are as likely as chance allows, and a law somewhat off is not."""
    run = row(
        shop,
        "select r, alpha, a, b, log_likelihood from w.fct_clv_model_runs where model = 'bg_nbd'",
    )
    found = run.pop("log_likelihood")
    assert found == pytest.approx(likelihood(shop, **run), rel=1e-9)
    assert 0 <= 2 * (found - likelihood(shop, R, ALPHA, A, B)) <= CHI_SQUARE[4]
    assert 2 * (found - likelihood(shop, R, 1.5 * ALPHA, A, B)) > CHI_SQUARE[4]
    assert 2 * (found - likelihood(shop, R, ALPHA, 2 * A, B)) > CHI_SQUARE[4]


def spending(shop: Shop, p: float, q: float, v: float) -> float:
    """Of the mean baskets of those who came back under Gamma-Gamma (Fader and Hardie 2013, equation 1a)."""
    rows = shop.execute(
        "select x, repeat_order_value::double from w.fct_customer_clv where x > 0"
    ).fetchall()
    total = 0.0
    for x, mean in rows:
        total += lgamma(p * x + q) - lgamma(p * x) - lgamma(q) + q * log(v) + p * x * log(x)
        total += (p * x - 1) * log(mean) - (p * x + q) * log(x * mean + v)
    return total


def test_the_law_of_spending_is_found(shop: Shop) -> None:
    """The basket paid differs from the one wanted by 6 %, which widens the law: demo/README.md finds 5.96, 4.18 and 26.3."""
    run = row(
        shop,
        "select p, q, v, value_log_likelihood from w.fct_clv_model_runs where model = 'bg_nbd'",
    )
    found = run.pop("value_log_likelihood")
    assert found == pytest.approx(spending(shop, **run), rel=1e-6)
    assert 0 <= 2 * (found - spending(shop, 5.96, 4.18, 26.3)) <= CHI_SQUARE[3]
    assert 2 * (found - spending(shop, P, Q, 1.3 * V)) > CHI_SQUARE[3]


@pytest.mark.parametrize("days", [30, 90, 365])
def test_orders_to_come_are_those_of_the_law(shop: Shop, days: int) -> None:
    sums = row(
        shop,
        f"""
        select
            sum(expected_orders_{days}d) as foretold,
            sum(expected_orders_{days}d_1) as lawful,
            sqrt(sum(pow(expected_orders_{days}d - expected_orders_{days}d_1, 2))) as chance
        from people
        """,
    )
    assert abs(sums["foretold"] - sums["lawful"]) <= SURE * sums["chance"]
    assert sums["chance"] < 0.1 * sums["lawful"], "a band that says something"


def test_money_to_come_is_that_of_the_law(shop: Shop) -> None:
    """Purchase days times their value; the law's euros are of what is wanted, so a hundredth is allowed for the sizes."""
    sums = row(
        shop,
        """
        select
            sum(expected_orders_365d * expected_order_value) as foretold,
            sum(expected_gross_365d_eur) as lawful,
            sqrt(sum(pow(expected_orders_365d * expected_order_value - expected_gross_365d_eur, 2))) as chance
        from people
        """,
    )
    assert abs(sums["foretold"] - sums["lawful"]) <= SURE * sums["chance"] + 0.01 * sums["lawful"]
    assert sums["chance"] < 0.15 * sums["lawful"]


def test_who_is_still_a_customer_is_known_as_far_as_it_can_be(shop: Shop) -> None:
    """In each fifth of p_alive as many are alive as it says, give or take the chance of as many coins."""
    fifths = shop.execute("""
        select count(*), sum(p_alive), count(*) filter (is_alive), sum(p_alive * (1 - p_alive))
        from (select *, ntile(5) over (order by p_alive, person_id) as fifth from people where x > 0)
        group by fifth order by fifth
    """).fetchall()
    shares = []
    for n, foretold, alive, variance in fifths:
        assert abs(alive - foretold) <= SURE * sqrt(variance)
        shares.append(alive / n)
    assert shares[0] < 0.25 < 0.75 < shares[-1], "the fifths differ"
