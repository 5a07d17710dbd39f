"""Several sources at once: rows united, keys known by their source, what one of them lacks is empty."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse.conftest import PART, Build, TryBuild, Warehouse

# Both shops number their orders from 1 and know a customer c1: two orders, two people.
WEB = {
    "customers": "customer_id,email\nc1,ann@x.com\n",
    "orders": "order_id,customer_id,ordered_at,status,currency\n1,c1,2026-01-10 09:00:00,paid,EUR\n",
    "order_items": "order_id,line_no,product_id,quantity,unit_price\n1,1,mug,2,30\n",
    "refunds": "refund_id,order_id,refunded_at,amount\nr1,1,2026-01-12 09:00:00,30\n",
    "regions": "region_id,region_name,country_code\nBY,Bavaria,DE\n",
}
MARKET = {
    "customers": "customer_id,email\nc1,bob@x.com\nc2,Ann@X.com\n",
    "orders": (
        "order_id;customer_id;ordered_at;status;currency;store_id\n"
        "1;c1;2026-01-11 09:00:00;paid;EUR;north\n"
        "2;;2026-01-12 09:00:00;paid;EUR;\n"
    ),
    "order_items": "order_id,line_no,product_id,quantity,unit_price\n1,1,mug,1,5\n2,1,mug,1,7\n",
    "regions": "region_id,region_name,country_code\nBY,Bayern,DE\nBE,Berlin,DE\n",
}
LINES = (
    "row_no,invoice,stock_code,description,quantity,invoice_date,unit_price,customer_id,country\n"
    "1,1,10001,Cup,3,2026-01-13 09:00:00,2.50,77,Germany\n"
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    root = tmp_path_factory.mktemp("sources")
    for name, tables in (("web", WEB), ("market", MARKET)):
        (root / name).mkdir()
        for table, text in tables.items():
            (root / name / f"{table}.csv").write_text(text)
    (root / "lines.csv").write_text(LINES)
    return [
        {"name": "web", "adapter": "canonical", "path": str(root / "web")},
        {"name": "market", "adapter": "canonical", "path": str(root / "market")},
        {"name": "old", "adapter": "online_retail", "path": str(root / "lines.csv")},
    ]


@pytest.fixture(scope="module")
def shop(build: Build, sources: list[dict[str, str]]) -> Warehouse:
    variables = {"sources": sources, "currency": "EUR", "fx_max_age_days": 0}
    return build("several", variables, *PART, "+path:models/staging")


def test_orders_of_all_sources_are_united_under_their_sources(shop: Warehouse) -> None:
    assert shop.tuples(
        "select source, order_id, customer_id, store_id from staging.stg_orders order by order_id"
    ) == [
        ("market", "market:1", "market:c1", "north"),
        ("market", "market:2", None, "market"),
        ("old", "old:1", "old:77", "old"),
        ("web", "web:1", "web:c1", "web"),
    ]


def test_what_belongs_together_stays_together(shop: Warehouse) -> None:
    assert shop.tuples(
        "select orders.order_id, sum(quantity * unit_price) from staging.stg_orders as orders"
        " inner join staging.stg_order_items using (order_id) group by all order by all"
    ) == [
        ("market:1", Decimal(5)),
        ("market:2", Decimal(7)),
        ("old:1", Decimal("7.5")),
        ("web:1", Decimal(60)),
    ]
    assert shop.tuples("select refund_id, order_id from staging.stg_refunds") == [
        ("web:r1", "web:1")
    ]


def test_shared_vocabularies_are_not_prefixed_and_the_first_source_counts(shop: Warehouse) -> None:
    assert shop.tuples("select region_id, region_name from staging.stg_regions order by 1") == [
        ("BE", "Berlin"),
        ("BY", "Bavaria"),
    ]


def test_a_campaign_is_of_its_source_whoever_names_it(
    build: Build, sources: list[dict[str, str]]
) -> None:
    """Both shops have a campaign 1. Its message had one row, its visits, leads and money that of no source."""
    web, market = (Path(source["path"]) for source in sources[:2])
    told = {
        "campaigns": "campaign_id,channel,sent_at,cost,currency\n1,email,2026-01-11 08:00:00,{},EUR\n",
        "sessions": "session_id,started_at,campaign\ns1,2026-01-11 09:00:00,1\ns2,2026-01-11 10:00:00,\n",
        "leads": "lead_id,created_at,source,campaign\nl1,2026-01-11 09:00:00,fair,1\n",
        "marketing_spend": (
            "spend_date,channel,campaign,amount,currency\n"
            "2026-01-11,email,1,{},EUR\n2026-01-11,radio,,3,EUR\n"
        ),
    }
    for path, cost in ((web, 5), (market, 7)):
        for table, text in told.items():
            (path / f"{table}.csv").write_text(text.format(cost))
    shop = build(
        "campaigns",
        {"sources": sources[:2], "currency": "EUR"},
        *PART,
        *("+agg_campaign_performance", "+int_marketing_spend", "+int_lead_conversions"),
    )
    assert shop.tuples(
        "select campaign_id, sessions, cost from agg_campaign_performance order by all"
    ) == [
        ("market:1", 1, Decimal(14)),
        ("web:1", 1, Decimal(10)),
    ]
    assert shop.tuples(
        "select campaign_id from intermediate.int_lead_conversions order by all"
    ) == [("market:1",), ("web:1",)]
    assert shop.tuples(
        "select campaign, count(*) from staging.stg_marketing_spend group by all order by all"
    ) == [("", 2), ("market:1", 1), ("web:1", 1)]


def test_the_sources_are_listed_with_their_adapters(shop: Warehouse) -> None:
    assert shop.tuples("select source, adapter from staging.stg_sources order by position") == [
        ("web", "canonical"),
        ("market", "canonical"),
        ("old", "online_retail"),
    ]


def test_one_source_keeps_its_keys(build: Build, sources: list[dict[str, str]]) -> None:
    shop = build("single", {"sources": sources[:1]}, *PART, "+stg_orders")
    assert shop.tuples("select source, order_id from staging.stg_orders") == [("web", "1")]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "a", "adapter": "canonical"}, "needs name, adapter and path"),
        ({"name": "a", "adapter": "magento", "path": "x"}, "there is no adapter magento"),
        ({"name": "web", "adapter": "canonical", "path": "x"}, "names of sources must differ"),
        ({"name": "a:b", "adapter": "canonical", "path": "x"}, "have no colon"),
    ],
)
def test_a_wrong_list_of_sources_is_refused(
    try_build: TryBuild, sources: list[dict[str, str]], entry: dict[str, str], said: str
) -> None:
    done = try_build("wrong", {"sources": [sources[0], entry]}, *PART, "+stg_orders")
    assert done.returncode == 2
    assert said in done.stderr


def test_repeated_keys_are_one_row_and_equal_rows_without_a_key_stay(
    build: Build, tmp_path: Path
) -> None:
    """A file delivered twice repeats every key; of conflicting rows the one further on its way stays.

    Two equal lines of an order under different numbers are two lines. Discounts have no key.
    """
    head = "order_id,ordered_at,status,currency,paid_at,delivered_at\n"
    orders = tmp_path / "orders"
    orders.mkdir()
    first = (
        head
        + "A,2026-01-01 10:00:00, Paid ,eur,2026-01-01 10:05:00,\nB,2026-01-02 10:00:00,paid,EUR,2026-01-02 10:05:00,\n"
    )
    again = (
        head
        + "B,2026-01-02 10:00:00,delivered,EUR,,2026-01-04 09:00:00\n,2026-01-05 10:00:00,paid,EUR,,\n"
    )
    (orders / "1.csv").write_text(first)
    (orders / "2.csv").write_text(first)
    (orders / "3.csv").write_text(again)
    (tmp_path / "customers.csv").write_text("customer_id\n")
    item = "A,{},mug,1,9\n"
    (tmp_path / "order_items.csv").write_text(
        "order_id,line_no,product_id,quantity,unit_price\n"
        + item.format(1) + item.format(2) + item.format(2)
    )  # fmt: skip
    (tmp_path / "order_discounts.csv").write_text("order_id,code,amount\nA,X,1\nA,X,1\n")
    shop = build(
        "repeated",
        {"data_dir": str(tmp_path)},
        *PART,
        "stg_orders stg_order_items stg_order_discounts order_status_map",
    )
    assert shop.tuples(
        "select order_id, status, currency, discount_amount from staging.stg_orders order by 1"
    ) == [("A", "paid", "EUR", 0), ("B", "delivered", "EUR", 0)]
    assert shop.tuples("select order_item_id from staging.stg_order_items order by 1") == [
        ("A-1",),
        ("A-2",),
    ]
    assert shop.value("select count(*) from staging.stg_order_discounts") == 2
