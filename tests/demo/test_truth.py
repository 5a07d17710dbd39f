"""What the truth tables promise is what happens: sums within four standard deviations of their law."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest


@pytest.fixture(scope="module")
def truth(double_shop: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(double_shop / "demo.duckdb"), read_only=True) as connection:
        yield connection


def numbers(truth: duckdb.DuckDBPyConnection, query: str) -> tuple[float, ...]:
    row = truth.execute(query).fetchone()
    assert row is not None
    return tuple(float(value) for value in row)


def near(found: float, expected: float, variance: float) -> None:
    assert variance > 0
    assert abs(found - expected) < 4 * variance**0.5, (found, expected, variance**0.5)


def test_people_buy_as_bg_nbd_says(truth: duckdb.DuckDBPyConnection) -> None:
    # repeat orders of a person with rate l and dropout p in t weeks: (1 - exp(-l p t)) / p on average
    found, expected, variance = numbers(
        truth,
        """with people as (
            select purchase_count - 1 as repeats,
                (1 - exp(-weekly_rate * dropout_probability * (731 * 86400 - joined_at_second) / 604800.0))
                / dropout_probability as expected
            from truth.truth_customers
            join (select 'c' || customer_no as person_id, joined_at_second from main.gen_buyers)
                using (person_id)
            where not is_prospect
        ) select sum(repeats), sum(expected), sum((repeats - expected) ** 2) from people""",
    )
    near(found, expected, variance)


def test_rates_and_dropouts_follow_their_laws(truth: duckdb.DuckDBPyConnection) -> None:
    # Beta(0.8, 3.2): mean 0.2, variance 0.8 * 3.2 / (16 * 5) = 0.032
    people, dropouts = numbers(
        truth, "select count(*), sum(dropout_probability) from truth.truth_customers"
    )
    near(dropouts, 0.2 * people, 0.032 * people)
    # Gamma(0.6) / 8: mean 0.075, variance 0.6 / 64; organic people have the factor 1
    people, rates = numbers(
        truth,
        "select count(*), sum(weekly_rate) from truth.truth_customers where acquisition_channel = 'organic'",
    )
    near(rates, 0.075 * people, 0.6 / 64 * people)


def test_those_alive_are_those_expected(truth: duckdb.DuckDBPyConnection) -> None:
    # alive after t weeks: exp(-l p t)
    found, expected, variance = numbers(
        truth,
        """with people as (
            select is_alive::int as alive, exp(-truth_customers.weekly_rate * truth_customers.dropout_probability
                * (731 * 86400 - joined_at_second) / 604800.0) as chance
            from truth.truth_customers
            join main.gen_buyers on person_id = 'c' || customer_no
            where not gen_buyers.is_prospect
        ) select sum(alive), sum(chance), sum(chance * (1 - chance)) from people""",
    )
    near(found, expected, variance)


def test_letters_cause_what_they_should(truth: duckdb.DuckDBPyConnection) -> None:
    caused, expected, variance = numbers(
        truth,
        """select sum(caused_orders), sum(alive_and_sent * lawful_share),
            sum(alive_and_sent * lawful_share * (1 - lawful_share)) from truth.truth_campaigns""",
    )
    near(caused, expected, variance)
    (flash,) = numbers(
        truth,
        "select sum(caused_orders) from truth.truth_campaigns where campaign_id like 'flash%'",
    )
    assert flash > 10
    assert truth.execute(
        "select count(*) from truth.truth_attribution where caused_by_campaign_id is not null"
    ).fetchone() == (int(caused),)


def test_visits_buy_as_often_as_the_law_says(truth: duckdb.DuckDBPyConnection) -> None:
    # visits before an order are geometric: with n orders n / p of them, variance n (1 - p) / p ** 2
    found, expected, variance = numbers(
        truth,
        """select sum(lawful_sessions), sum(lawful_order_sessions / lawful_conversion),
            sum(lawful_order_sessions * (1 - lawful_conversion) / lawful_conversion ** 2)
        from truth.truth_funnel""",
    )
    # some visits of the first fortnight fall before the beginning and are left out
    assert found < expected + 4 * variance**0.5
    assert found > 0.98 * expected - 4 * variance**0.5


def test_planted_pairs_stand_out(truth: duckdb.DuckDBPyConnection) -> None:
    pairs = truth.execute(
        "select planted_share, lift, support, common_orders, orders from truth.truth_pairs"
    ).fetchall()
    assert len(pairs) == 6
    for planted, lift, support, common, orders in pairs:
        assert planted > 0
        assert lift > 1.5
        assert support == pytest.approx(common / orders)


def test_regions_get_their_share(truth: duckdb.DuckDBPyConnection) -> None:
    # the sum over regions of (found - expected) ** 2 / expected is chi squared with 31 degrees of freedom
    regions, chi = numbers(
        truth,
        """select count(*), sum((people - 2000 * lawful_share) ** 2 / (2000 * lawful_share))
        from truth.truth_regions""",
    )
    near(chi, regions - 1, 2 * (regions - 1))


def test_answers_are_more_extreme_than_people(truth: duckdb.DuckDBPyConnection) -> None:
    (deliveries, passive, answers, passive_answers) = numbers(
        truth,
        """select sum(deliveries), sum(deliveries - promoters - detractors), sum(answers),
            sum(answers - answered_promoters - answered_detractors) from truth.truth_satisfaction""",
    )
    assert passive_answers / answers < passive / deliveries


def test_good_leads_convert_more_often(truth: duckdb.DuckDBPyConnection) -> None:
    shares = truth.execute(
        """select quality, sum(converted) / sum(leads), sum(leads * lawful_conversion) / sum(leads)
        from truth.truth_leads group by 1 order by 1"""
    ).fetchall()
    assert [quality for quality, *_ in shares] == ["A", "B", "C"]
    assert shares[0][1] > shares[1][1] > shares[2][1]
    for _, found, lawful in shares:
        assert found == pytest.approx(lawful, abs=0.08)
