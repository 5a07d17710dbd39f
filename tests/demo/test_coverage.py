"""A thousand customers are enough: each report of the acceptance list finds rows in the committed files."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.demo.conftest import DEMO

# What a row of the list needs, and how many rows there must be at least.
NEEDS = {
    "000-03 channels": (5, "select distinct channel_id from orders"),
    "000-09 discounts of both types": (2, "select distinct discount_type from order_discounts"),
    "000-09 markdowns": (100, "select * from order_items where compare_at_price > unit_price"),
    "000-10 campaigns with a random holdout": (
        10,
        "select * from campaigns semi join (from campaign_events where event_type = 'holdout') using (campaign_id)",
    ),
    "000-12 pairs bought ten times": (
        6,
        """select 1 from order_items as a join order_items as b using (order_id)
        join products as pa on pa.product_id = a.product_id
        join products as pb on pb.product_id = b.product_id
        where pa.parent_product_id < pb.parent_product_id
        group by pa.parent_product_id, pb.parent_product_id having count(*) >= 10""",
    ),
    "000-12 presents": (10, "select * from order_items where is_gift"),
    "000-13 people with three orders": (
        100,
        "select customer_id from orders where customer_id is not null group by 1 having count(*) >= 3",
    ),
    "000-14 loyalty tiers": (
        3,
        "select distinct loyalty_tier from customers where loyalty_tier is not null",
    ),
    "000-14 members before and after joining": (
        20,
        """select distinct customer_id from customers join orders using (customer_id)
        where ordered_at > loyalty_joined_at""",
    ),
    "000-15 people brought by others": (
        20,
        "select * from customers where referrer_customer_id is not null",
    ),
    "001-02 teams with ratings": (
        3,
        "select team from support_tickets where csat is not null group by 1",
    ),
    "001-02 tickets still open": (1, "select * from support_tickets where resolved_at is null"),
    "001-03 late parcels": (50, "select * from orders where delivered_at > promised_at"),
    "001-08 spend by purpose": (3, "select distinct purpose from marketing_spend"),
    "001-10 leads, won and lost, of each quality": (
        6,
        "select quality, status from leads where status in ('converted', 'lost') group by all",
    ),
    "001-10 leads too young to tell": (5, "select * from leads where status = 'open'"),
    "001-11 costs of two years": (2, "select distinct valid_from from product_costs"),
    "001-13 waves": (
        8,
        "select wave from surveys where survey_type = 'nps' and score is not null group by 1",
    ),
    "001-13 two answers of a person in a wave": (
        5,
        """select 1 from surveys where survey_type = 'nps' and score is not null
        group by customer_id, wave having count(*) > 1""",
    ),
    "001-14 subscriptions cancelled after payment": (
        5,
        "select * from subscriptions where first_paid_at is not null and cancelled_at is not null",
    ),
    "001-16 what mails lead to": (8, "select distinct event_type from campaign_events"),
    "001-20 consent": (4, "select distinct email_consent from customers"),
    "001-20 suppressions": (3, "select distinct reason from suppressions"),
    "002-09 trials": (20, "select * from orders where is_trial"),
    "002-09 trials that did not pay": (
        10,
        "select * from subscriptions where first_paid_at is null",
    ),
    "002-09 active and paid subscriptions": (
        3,
        "select * from subscriptions where first_paid_at is not null and cancelled_at is null",
    ),
    "002-11 people whose every order went back": (
        3,
        """select customer_id from orders where customer_id is not null and not is_trial
        group by 1 having bool_and(status in ('refunded', 'cancelled'))""",
    ),
    "002-18 refunds of each kind": (5, "select distinct reason from refunds"),
    "002-22 countries": (3, "select distinct billing_country_code from orders"),
    "002-35 a regional code with letters and a holdout": (
        15,
        "select * from order_discounts where code like 'FLASH20%'",
    ),
    "002-35 those held out of it": (
        5,
        "select * from campaign_events where campaign_id = 'flash-2025-pt' and event_type = 'holdout'",
    ),
    "002-37 languages": (3, "select distinct language from customers"),
    "002-37 holidays": (50, "select * from holidays"),
    "003-03 keywords": (8, "select distinct keyword from seo_traffic"),
    "003-05 robots": (50, "select * from sessions where is_bot"),
    "003-06 steps of the funnel": (4, "select distinct event_type from web_events"),
    "003-07 families with twenty pieces in the last four weeks": (
        5,
        """select parent_product_id from order_items join orders using (order_id)
        join products using (product_id) where ordered_at >= date '2025-12-04'
        group by 1 having sum(quantity) >= 20""",
    ),
    "003-08 orders of campaigns": (100, "select * from orders where utm_campaign is not null"),
    "003-14 carts left behind, also at the checkout": (
        2,
        """select checkout_started_at is null from carts where order_id is null group by 1""",
    ),
    "003-15 answers of each survey": (
        3,
        "select survey_type from surveys where score is not null group by 1",
    ),
    "003-21 reviews of buyers and of others": (2, "select distinct is_verified from reviews"),
    "003-22 remarks": (9, "select distinct network, sentiment from social_comments"),
    "004-01 age and gender": (3, "select distinct gender from customers"),
    "004-06 two ways to reach people": (2, "select distinct channel from campaigns"),
    "004-10 buyers on offers only": (
        5,
        """select customer_id from orders where customer_id is not null and not is_trial
        group by 1 having count(*) >= 2 and avg((discount_amount > 0)::int) >= 0.9""",
    ),
    "004-11 makers": (8, "select distinct vendor from products where vendor is not null"),
    "004-12 regions with people and customers": (
        30,
        "select region_id from regions join customers using (region_id) where population > 0 group by 1",
    ),
    "K5 two currencies": (2, "select distinct currency from orders"),
    "K6 strangers": (50, "select * from orders where customer_id is null"),
    "K6 second accounts": (
        2,
        "select 1 from customers where phone is not null group by phone having count(*) > 1",
    ),
    "gift cards sold, and used": (20, "select * from payments where method = 'gift_card'"),
    "gift card orders": (20, "select * from orders where is_gift_card_purchase"),
}


@pytest.fixture(scope="module")
def files() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    for path in sorted((DEMO / "data").glob("*.csv")):
        connection.execute(f"create table {path.stem} as from read_csv('{path}')")
    yield connection
    connection.close()


def test_every_canonical_table_is_there(files: duckdb.DuckDBPyConnection) -> None:
    tables = files.execute("select table_name, estimated_size from duckdb_tables()").fetchall()
    assert len(tables) == 30
    assert all(size > 0 for _, size in tables)


@pytest.mark.parametrize("need", NEEDS)
def test_a_report_finds_its_rows(files: duckdb.DuckDBPyConnection, need: str) -> None:
    least, query = NEEDS[need]
    (found,) = files.execute(f"select count(*) from ({query})").fetchone() or (0,)
    assert found >= least
