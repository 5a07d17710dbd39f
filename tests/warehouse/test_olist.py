"""The Olist layout: the sample's reference figures through the adapter, and its traps by hand.

Reference: ../shared/reference/olist, counted independently; its DEFINITIONS.md says how.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.sample import only_whole
from tests.warehouse.conftest import PART, Build, Warehouse

PARTS = "+fct_orders +dim_customers +fct_order_items +agg_lead_conversion +path:models/staging"


@pytest.fixture(scope="module")
def olist(build: Build, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("olist_files")
    for file in [
        *(shared / "data/olist_sample").iterdir(),
        *(shared / "data/olist_funnel").iterdir(),
    ]:
        (folder / file.name).symlink_to(file)
    return build("olist", {"adapters": ["olist"], "data_dir": str(folder)}, *PART, PARTS)


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, dict[str, object]]:
    text = (shared / "reference/olist/olist.json").read_text()
    found: dict[str, dict[str, object]] = json.loads(text)
    return found


def test_totals(olist: Warehouse, reference: dict[str, dict[str, object]]) -> None:
    """Valid: neither canceled nor unavailable, and with an item. Revenue is goods without freight."""
    wanted = reference["olist_sample"]
    row = olist.row(
        "select count(*) as valid_orders, count(distinct customer_id) as valid_customers,"
        " sum(gross_revenue) as merchandise_revenue, sum(shipping_amount) as freight"
        " from fct_orders where is_valid"
    )
    assert row["valid_orders"] == wanted["valid_orders"]
    assert row["valid_customers"] == wanted["valid_customers"]
    assert row["merchandise_revenue"] == Decimal(str(wanted["merchandise_revenue"]))
    assert row["freight"] == Decimal(str(wanted["freight"]))
    assert (
        olist.value("select count(*) from dim_customers where orders > 1")
        == wanted["repeat_customers"]
    )


def test_months(olist: Warehouse, shared: Path) -> None:
    with (shared / "reference/olist/olist_sample_monthly.csv").open() as file:
        wanted = [
            (
                r["m"],
                int(r["orders"]),
                int(r["customers"]),
                Decimal(r["revenue"]),
                Decimal(r["freight"]),
            )
            for r in csv.DictReader(file)
        ]
    assert wanted
    assert (
        olist.tuples(
            "select strftime(order_date, '%Y-%m'), count(*), count(distinct customer_id),"
            " sum(gross_revenue), sum(shipping_amount) from fct_orders where is_valid group by 1 order by 1"
        )
        == wanted
    )


def test_states(olist: Warehouse, shared: Path) -> None:
    with (shared / "reference/olist/olist_sample_by_state.csv").open() as file:
        wanted = {
            (r["customer_state"], int(r["orders"]), int(r["customers"]), Decimal(r["revenue"]))
            for r in csv.DictReader(file)
        }
    found = olist.tuples(
        "select orders.region_id, count(*), count(distinct orders.customer_id), sum(gross_revenue)"
        " from fct_orders as orders inner join staging.stg_orders using (order_id)"
        " where is_valid group by 1"
    )
    assert set(found) == wanted


def test_categories(olist: Warehouse, shared: Path) -> None:
    with (shared / "reference/olist/olist_sample_categories.csv").open() as file:
        wanted = {
            (r["product_category_name"], int(r["items"]), Decimal(r["revenue"]))
            for r in csv.DictReader(file)
        }
    found = olist.tuples(
        "select coalesce(products.category, '(none)'), count(*), sum(items.unit_price)"
        " from staging.stg_order_items as items inner join fct_orders using (order_id)"
        " left join staging.stg_products as products using (product_id) where is_valid group by 1"
    )
    assert {*found} >= wanted


def test_reviews(olist: Warehouse, reference: dict[str, dict[str, object]]) -> None:
    wanted = reference["olist_sample"]
    assert olist.row(
        "select count(*) as reviews_rows, count(distinct order_id) as orders_reviewed"
        " from staging.stg_reviews"
    ) == {key: wanted[key] for key in ("reviews_rows", "orders_reviewed")}
    assert olist.value("select count(*) from staging.stg_reviews where customer_id is null") == 0


def test_payments(olist: Warehouse, reference: dict[str, dict[str, object]]) -> None:
    wanted = reference["olist_sample"]["payments"]
    assert isinstance(wanted, dict)
    found = olist.tuples(
        "select method, count(*), sum(amount) from staging.stg_payments group by 1"
    )
    assert {str(m): (n, v) for m, n, v in found} == {
        method: (value["rows"], Decimal(value["value"])) for method, value in wanted.items()
    }


def test_late_deliveries(olist: Warehouse, reference: dict[str, dict[str, object]]) -> None:
    wanted = reference["olist_sample"]
    assert olist.row(
        "select count(*) as delivered_orders_with_dates,"
        " count(*) filter (where delivered_at::date > promised_at::date) as late_orders from staging.stg_orders"
        " where delivered_at is not null and promised_at is not null"
    ) == {key: wanted[key] for key in ("delivered_orders_with_dates", "late_orders")}


def test_leads(olist: Warehouse, reference: dict[str, dict[str, object]], shared: Path) -> None:
    wanted = reference["olist_funnel"]
    assert olist.row(
        "select count(*) as leads, count(converted_at) as won from staging.stg_leads"
    ) == {key: wanted[key] for key in ("leads", "won")}
    with (shared / "reference/olist/olist_funnel_by_origin.csv").open() as file:
        origins = {(r["origin"], int(r["leads"]), int(r["won"])) for r in csv.DictReader(file)}
    found = olist.tuples(
        "select coalesce(lead_source, '(null)'), count(*), count(converted_at)"
        " from staging.stg_leads group by 1"
    )
    assert {*found} == origins


def test_states_of_orders(olist: Warehouse, reference: dict[str, dict[str, object]]) -> None:
    """approved, invoiced and processing are paid; canceled and unavailable are cancelled."""
    wanted = reference["olist_sample"]
    status = wanted["status"]
    assert isinstance(status, dict)
    found = olist.tuples("select status, count(*) from staging.stg_orders group by 1")
    assert set(found) == {
        ("cancelled", status["canceled"] + status["unavailable"]),
        ("delivered", status["delivered"]),
        ("paid", status["approved"] + status["invoiced"] + status["processing"]),
        ("pending", status["created"]),
        ("shipped", status["shipped"]),
    }
    # What Olist calls canceled is told apart by the file alone: both words mean called off.
    assert status["canceled"] / sum(status.values()) == wanted["cancel_rate_all_orders"]


def test_rates(olist: Warehouse, reference: dict[str, dict[str, object]]) -> None:
    """Freight is no merchandise; a customer with two orders is a repeat customer."""
    wanted = reference["olist_sample"]
    row = olist.row(
        "select sum(gross_revenue) / count(*) as aov_merchandise,"
        " (select count(*) filter (where orders > 1) / count(*) filter (where orders > 0) from dim_customers)"
        " as repeat_rate from fct_orders where is_valid"
    )
    assert row == {key: wanted[key] for key in ("aov_merchandise", "repeat_rate")}


def test_scores(olist: Warehouse, reference: dict[str, dict[str, object]], shared: Path) -> None:
    """The score of each order's last answer: when it was answered is in the file alone."""
    wanted = reference["olist_sample"]
    file = shared / "data/olist_sample/order_reviews.parquet"
    last = (
        f"(select review_id, order_id from '{file}' qualify row_number() over (partition by order_id"
        " order by review_answer_timestamp desc, review_id) = 1)"
    )
    olist.connection.execute(
        "create or replace temp view last_scores as select score, delivered_at, promised_at"
        f" from staging.stg_reviews join {last} using (review_id, order_id)"
        " left join staging.stg_orders using (order_id)"
    )
    counts = wanted["score_counts_latest_per_order"]
    assert isinstance(counts, dict)
    found = olist.tuples("select score::varchar, count(*) from last_scores group by 1")
    assert set(found) == set(counts.items())
    assert olist.row(
        "select avg(score) as mean_score_latest_per_order,"
        " 100.0::double * (count(*) filter (where score = 5) - count(*) filter (where score <= 3)) / count(*)"
        " as nps_like_5_vs_1to3,"
        " count(*) filter (where score >= 4) / count(*) as csat_4_5,"
        " avg(score) filter (where delivered_at::date > promised_at::date) as mean_score_late,"
        " avg(score) filter (where delivered_at::date <= promised_at::date) as mean_score_on_time,"
        " from last_scores"
    ) == pytest.approx(
        {
            key: wanted[key]
            for key in (
                *("mean_score_latest_per_order", "nps_like_5_vs_1to3", "csat_4_5"),
                *("mean_score_late", "mean_score_on_time"),
            )
        },
        rel=1e-15,
    )
    assert (
        olist.value(
            "select count(*) filter (where delivered_at::date > promised_at::date) / count(*)"
            " from staging.stg_orders where delivered_at is not null and promised_at is not null"
        )
        == wanted["late_rate"]
    )


def test_payments_cover_the_items(
    olist: Warehouse, reference: dict[str, dict[str, object]]
) -> None:
    wanted = reference["olist_sample"]
    assert olist.row(
        "select count(*) filter (where paid = total_amount) as orders_payment_equals_items,"
        " count(*) filter (where paid <> total_amount) as orders_payment_differs"
        " from (select order_id, sum(amount) as paid from staging.stg_payments group by 1)"
        " join staging.stg_orders using (order_id) where total_amount is not null"
    ) == {key: wanted[key] for key in ("orders_payment_equals_items", "orders_payment_differs")}


def test_days_until_a_lead_closes(
    olist: Warehouse, reference: dict[str, dict[str, object]], shared: Path
) -> None:
    """By calendar days; one deal was closed before the first contact."""
    wanted = reference["olist_funnel"]
    days = "datediff('day', created_at, converted_at)"
    assert olist.row(
        f"select count(converted_at) / count(*) as conversion, median({days}) as median_days_to_close,"
        f" avg({days}) as mean_days_to_close, count(*) filter (where {days} < 0) as negative_days"
        " from staging.stg_leads"
    ) == {
        key: wanted[key]
        for key in ("conversion", "median_days_to_close", "mean_days_to_close", "negative_days")
    }
    for name, of in (("month", "strftime(created_at, '%Y-%m')"), ("origin", "lead_source")):
        with (shared / f"reference/olist/olist_funnel_by_{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        found = olist.tuples(
            f"select coalesce({of}, '(null)'), count(*), count(converted_at),"
            f" count(converted_at) / count(*), median({days}) from staging.stg_leads group by 1"
        )
        key = "m" if name == "month" else "origin"
        assert {row[:4] for row in found} == {
            (r[key], int(r["leads"]), int(r["won"]), float(r["conversion"])) for r in rows
        }
        if name == "origin":
            assert {row[0]: row[4] for row in found} == {
                r["origin"]: float(r["median_days_to_close"]) for r in rows
            }


def test_the_funnel_by_month_of_the_lead(olist: Warehouse, shared: Path) -> None:
    """Nobody says which customers the deals are: the source's word counts. One was won before it came, and was no lead."""
    with (shared / "reference/olist/olist_funnel_by_month.csv").open() as file:
        wanted = {r["m"]: (int(r["leads"]), int(r["won"])) for r in csv.DictReader(file)}
    found = {
        str(month): (leads, won)
        for month, leads, won in olist.tuples(
            "select strftime(month, '%Y-%m'), leads, ever_converted_leads"
            " from agg_lead_conversion where channel = '(all)' and quality = '(all)'"
        )
    }
    before, unseen = (
        olist.tuples(
            "select strftime(created_at, '%Y-%m'), count(*) from staging.stg_leads"
            f" where {condition} group by 1"
        )
        for condition in (
            "converted_at < created_at",
            "converted_at::date >= (select as_of from intermediate.int_as_of)",
        )
    )
    assert sum(int(str(count)) for _, count in before) == 1
    for month, count in before:
        leads, won = wanted[str(month)]
        wanted[str(month)] = (leads - int(str(count)), won - int(str(count)))
    for month, count in unseen:
        leads, won = wanted[str(month)]
        wanted[str(month)] = (leads, won - int(str(count)))
    assert found == wanted


@only_whole
def test_customers_among_the_inhabitants(build: Build, shared: Path, tmp_path: Path) -> None:
    """Brazil's states of the year 2021 beside Olist's orders: a second source that has regions alone."""
    header = {
        "orders": "order_id,ordered_at,status,currency",
        "order_items": "order_id,line_no,product_id,quantity,unit_price",
        "customers": "customer_id",
    }
    for name, columns in header.items():
        (tmp_path / f"{name}.csv").write_text(columns + "\n")
    duckdb.sql(
        "copy (select uf_code as region_id, state as region_name, 'BR' as country_code, population,"
        f" 2021 as population_year from '{shared}/data/population/brazil_states_ibge_2021.csv')"
        f" to '{tmp_path}/regions.csv'"
    )
    sources = [
        {"name": "olist", "adapter": "olist", "path": str(shared / "data/olist_sample")},
        {"name": "ibge", "adapter": "canonical", "path": str(tmp_path)},
    ]
    variables = {"sources": sources, "currency": "BRL"}
    geo = build("olist_geo", variables, *PART, "+agg_market_penetration +agg_sales_region")
    with (shared / "reference/olist/olist_sample_by_state.csv").open() as file:
        wanted = {
            r["customer_state"]: (
                *(int(r["orders"]), int(r["customers"]), Decimal(r["revenue"])),
                *(int(r["population"]), float(r["customers_per_million"]), float(r["aov"])),
            )
            for r in csv.DictReader(file)
        }
    found = geo.tuples(
        "select region_id, orders, customers, net_revenue_order_basis, population, customers_per_million,"
        " (net_revenue_order_basis * 10000)::bigint / (orders * 10000) from agg_market_penetration"
        " where level = 'region' and period = 'all_time' and orders > 0"
    )
    assert {str(region): tuple(rest) for region, *rest in found} == wanted


def test_the_person_is_not_the_orders_customer_key(build: Build, tmp_path: Path) -> None:
    """Two keys, one person; the address is that of the last key. The files have their public names.

    O1 has two units at 10 and freight 3 and 4; O2 was called off and has no item: its totals are null.
    """
    files = {
        "olist_customers_dataset.csv": '"customer_id","customer_unique_id","customer_zip_code_prefix","customer_city","customer_state"\n'
        '"k1","P","01001","sao paulo","SP"\n"k2","P","20010","rio","RJ"\n',
        "olist_orders_dataset.csv": '"order_id","customer_id","order_status","order_purchase_timestamp","order_approved_at","order_delivered_carrier_date","order_delivered_customer_date","order_estimated_delivery_date"\n'
        '"O1","k1","invoiced","2017-10-02 10:56:33","2017-10-02 11:07:15",,,"2017-10-18 00:00:00"\n'
        '"O2","k2","unavailable","2017-11-02 10:56:33",,,,"2017-11-18 00:00:00"\n',
        "olist_order_items_dataset.csv": '"order_id","order_item_id","product_id","seller_id","shipping_limit_date","price","freight_value"\n'
        '"O1",1,"x","s","2017-10-06 11:07:15",10.00,3.00\n"O1",2,"x","s","2017-10-06 11:07:15",10.00,4.00\n',
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    variables = {"adapters": ["olist"], "data_dir": str(tmp_path)}
    shop = build("olist_hand", variables, *PART, "+path:models/staging")
    assert shop.tuples(
        "select order_id, customer_id, status, subtotal, shipping_amount, total_amount"
        " from staging.stg_orders order by 1"
    ) == [
        ("O1", "P", "paid", Decimal(20), Decimal(7), Decimal(27)),
        ("O2", "P", "cancelled", None, None, None),
    ]
    assert shop.tuples("select customer_id, region_id, postal_code from pii.stg_customers") == [
        ("P", "RJ", "20010")
    ]
    assert shop.tuples(
        "select source_customer_key, customer_id from staging.stg_customer_identities order by 1"
    ) == [("k1", "P"), ("k2", "P")]
    assert shop.tuples("select line_no, quantity, unit_price from staging.stg_order_items") == [
        (1, Decimal(1), Decimal(10)),
        (2, Decimal(1), Decimal(10)),
    ]
