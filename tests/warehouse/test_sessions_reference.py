"""Online shoppers' sessions against ../shared/reference/sessions.json: who bought, of whom.

12,330 visits with month, kind of visitor and whether they ended in a purchase. Each that did is a web order here; the
kind of visitor stands as the device, which the funnel is divided by.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.conftest import PART, Build, Warehouse

VISITS = """
    select 's' || row_number() over () as id, strptime('2017' || left("Month", 3), '%Y%b') as moment,
        "VisitorType" as visitor, "Revenue" = 1 as bought
    from '{file}'
"""


@pytest.fixture(scope="module")
def shop(build: Build, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("shoppers")
    file = shared / "data/sessions/online_shoppers_intention.parquet"
    session = duckdb.connect()
    session.execute(f"create table visits as {VISITS.format(file=file)}")
    tables = {
        "sessions": "select id as session_id, moment as started_at, visitor as device, 'direct' as source from visits",
        "orders": "select id as order_id, id as session_id, moment as ordered_at, 'paid' as status, 'EUR' as currency,"
        " 'web' as channel_id from visits where bought",
        "order_items": "select id as order_id, 1 as line_no, 'p' as product_id, 1 as quantity, 1 as unit_price"
        " from visits where bought",
        "customers": "select '' as customer_id where false",
        "sales_channels": "select 'web' as channel_id, 'Web' as channel_name, 'online_store' as channel_type",
    }
    for name, query in tables.items():
        session.execute(f"copy ({query}) to '{folder}/{name}.csv' (header)")
    variables = {"data_dir": str(folder), "as_of": "2018-01-01"}
    return build("shoppers", variables, *PART, "+agg_funnel_daily")


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((shared / "reference/sessions.json").read_text())
    return found


def test_the_funnel(shop: Warehouse, reference: dict[str, object]) -> None:
    visitors = reference["by_visitor"]
    assert isinstance(visitors, dict)
    found = shop.tuples(
        "select device, sum(sessions), sum(purchase_sessions), sum(orders),"
        " sum(purchase_sessions) / sum(sessions) from agg_funnel_daily group by 1"
    )
    assert {row[0]: row[1:] for row in found} == {
        kind.lower(): (all_["sessions"], all_["converted"], all_["converted"], all_["conversion"])
        for kind, all_ in visitors.items()
    }


def test_the_conversion_rate(shop: Warehouse, reference: dict[str, object]) -> None:
    assert shop.row(
        "select sum(sessions) as sessions, sum(orders) as converted,"
        " sum(orders) / sum(sessions) as conversion from agg_funnel_daily"
    ) == {key: reference[key] for key in ("sessions", "converted", "conversion")}
