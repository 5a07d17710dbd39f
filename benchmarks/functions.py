"""Measure the report functions on a built warehouse, by a plain sum over its orders.

    python benchmarks/functions.py warehouse.duckdb [--only kpis rfm] [--threads 2] [--times 3]

A warehouse of a million orders: `runner build --project-dir demo --vars '{customers: 305000, output: …,
format: parquet}'`, then `runner build` with its folder as `data_dir`; see benchmarks/warehouse.py.

Each function is called for a quarter or a year, for the whole history, and for a quarter with filters
of each kind. Wall and CPU seconds (user and system), the best of some, into a temporary table, so that
no time goes into Python's rows; the first of them is not counted. `of a sum` is the CPU by that of a
sum by customer over the valid orders in the same process: it says the same on a busy machine.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass

import duckdb

PLAIN = """
    select count(*), max(orders), max(gross_revenue), max(net_revenue)
    from (
        select
            customer_id, count(*) as orders, sum(gross_revenue) as gross_revenue,
            sum(net_revenue_order_basis) as net_revenue
        from fct_orders where is_valid group by customer_id
    )
"""
QUARTER, YEAR, EVER = "'2025-10-01', '2025-12-31'", "'2025-01-01', '2025-12-31'", "'', ''"
OF_A_PERIOD = {
    "kpis": (QUARTER, ""), "customer_chart": (QUARTER, "grain := 'week'"), "customer_list": (QUARTER, ""),
    "rfm": (YEAR, ""), "rfm_chart": (YEAR, ""), "top_customers": (QUARTER, ""), "concentration": (QUARTER, ""),
    "cohorts": (YEAR, ""), "churn": (QUARTER, ""), "bought_together": (YEAR, ""), "nps": (YEAR, ""),
}  # fmt: skip
"""Reports of any period: the usual one, and other arguments."""
OF_A_DIMENSION = {
    "sales_by": ("day", "product", "channel", "city"),
    "facets": ("country", "product", "segment"),
}
OTHERS = (
    "rfm_migration('2025-09-30', '2025-12-31')", "next_product('')", "recommend('{customer}')",
    "segment_profile('rfm:champions')", "lookalikes('rfm:champions')", "coupon_report('')",
    "market_penetration()", "audience('rfm:champions')", "audience_diff('rfm:champions')",
    "customer_report('{customer}', '2025-01-01', '2025-12-31')", "customer_timeline('{customer}')",
    "customer_products('{customer}')",
)  # fmt: skip
FILTERS = (
    "channel := 'web'", "country := 'PL, RO'", "city := '{city}'", "product := '{product}'", "category := '{category}'",
    "campaign := '{campaign}'", "rfm_segment := 'champions, loyal'", "value_tier := 'gold'",
    "segment := 'rfm:champions'", "since_from := '2025-01-01'", "revenue_min := 100",
    "channel := 'web', category := '{category}', segment := 'rfm:champions', revenue_min := 50",
)  # fmt: skip
FILTERED = ("kpis", "rfm_chart", "customer_chart")


@dataclass(frozen=True, slots=True)
class Cost:
    cpu: float
    wall: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the report functions.")
    parser.add_argument("warehouse", help="a built warehouse")
    parser.add_argument("--only", nargs="+", default=[], help="functions; all by default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    with duckdb.connect(asked.warehouse, read_only=True, config={"threads": asked.threads}) as shop:
        count = shop.execute("select count(*) from fct_orders").fetchall()[0][0]
        plain = best(shop, PLAIN, asked.times)
        print(f"{count:,} orders, {asked.threads} threads; a sum: {plain.cpu:.3f} s of CPU\n")
        print("| call | wall s | CPU s | of a sum |\n|---|---:|---:|---:|")
        slowest = 0.0
        for call in calls(shop):
            if not asked.only or call.partition("(")[0] in asked.only:
                used = best(
                    shop, f"create or replace temp table answer as from {call}", asked.times
                )
                slowest = max(slowest, used.wall)
                print(
                    f"| `{call}` | {used.wall:.2f} | {used.cpu:.2f} | {used.cpu / plain.cpu:.1f} |"
                )
        print(f"\nslowest: {slowest:.2f} s")


def calls(shop: duckdb.DuckDBPyConnection) -> list[str]:
    """Every call, with values that the shop holds."""
    found = {
        name: str(shop.execute(query).fetchall()[0][0]).replace("'", "''")
        for name, query in {
            "customer": "select customer_id from dim_customers order by orders desc, customer_id limit 1",
            "city": "select mode(shipping_city) from fct_orders",
            "product": "select mode(product_id) from fct_order_items",
            "category": "select mode(category) from dim_products",
            "campaign": """
                select mode(campaign_id) from intermediate.int_order_attribution
                where model = 'last_non_direct'
            """,
        }.items()
    }
    listed: list[str] = []
    for report, (period, more) in OF_A_PERIOD.items():
        listed += [
            f"{report}({', '.join(filter(None, (dates, more)))})" for dates in (period, EVER)
        ]
    for report, dimensions in OF_A_DIMENSION.items():
        listed += [f"{report}({dates}, '{of}')" for of in dimensions for dates in (YEAR, EVER)]
    listed += [call.format(**found) for call in OTHERS]
    for report in FILTERED:
        listed += [f"{report}({YEAR}, {chosen.format(**found)})" for chosen in FILTERS]
    return listed


def best(shop: duckdb.DuckDBPyConnection, query: str, times: int) -> Cost:
    """The least of some runs, after one that is not counted."""
    shop.execute(query).fetchall()
    return min((once(shop, query) for _ in range(times)), key=lambda used: used.cpu)


def once(shop: duckdb.DuckDBPyConnection, query: str) -> Cost:
    cpu, wall = used_cpu(), time.perf_counter()
    shop.execute(query).fetchall()
    return Cost(used_cpu() - cpu, time.perf_counter() - wall)


def used_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
