"""The export in a real Superset: imported twice, every chart asked, figures compared with SQL."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from shop import Shop


def only(column: str, *values: str) -> dict[str, Any]:
    return {"col": column, "op": "IN", "val": list(values)}


@pytest.fixture(scope="session")
def choices(shop: Shop) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Filter's column → argument in SQL, and choices: what a person sees, what SQL is asked."""
    products = shop.rows("""
        select p.product_name || ' · ' || p.product_id, p.product_id
        from fct_order_items as i join dim_products as p using (product_id)
        join fct_orders as o using (order_id)
        where o.is_valid and o.order_date >= date '2025-07-01'
        group by all order by sum(i.gross_revenue) desc limit 12""")
    same = shop.rows("select country_code from dim_customers group by 1 order by 1")
    channels = shop.rows("select channel_name, channel from dim_channels order by 1")
    segments = shop.rows("""
        select coalesce(label_en, upper(rfm_segment[1]) || rfm_segment[2:]), rfm_segment
        from dim_customers left join seeds.rfm_segments
            on preset = 'putler_11' and segment = rfm_segment
        where rfm_segment <> 'out_of_window' group by all order by 1""")
    return {
        "country_code": ("country", [(a, a) for (a,) in same]),
        "channel": ("channel", channels),
        "product": ("product", products),
        "rfm_segment": ("rfm_segment", segments),
    }


SINCE = {
    "up to 30 days": {"since_from": "{end} - 29"},
    "31 to 90 days": {"since_from": "{end} - 89", "since_to": "{end} - 30"},
    "91 to 365 days": {"since_from": "{end} - 364", "since_to": "{end} - 90"},
    "1 to 2 years": {"since_from": "{end} - 729", "since_to": "{end} - 365"},
    "more than 2 years": {"since_to": "{end} - 730"},
}
BANDS = {
    "below 50": {"revenue_max": "49.9999"},
    "50 to 100": {"revenue_min": "50", "revenue_max": "99.9999"},
    "100 to 250": {"revenue_min": "100", "revenue_max": "249.9999"},
    "250 to 500": {"revenue_min": "250", "revenue_max": "499.9999"},
    "500 and more": {"revenue_min": "500"},
}


def test_importing_twice_changes_nothing_and_a_newer_one_updates(
    superset_app: Any, shop: Shop
) -> None:
    # Who looks at a dashboard leaves its colours in it: what is imported takes their place.
    superset_app.import_assets(shop.archive())
    before = superset_app.everything()
    superset_app.import_assets(shop.archive())
    assert superset_app.everything() == before
    from zipfile import ZIP_DEFLATED, ZipFile

    newer = shop.folder / "newer.zip"
    with ZipFile(shop.folder / "superset.zip") as old, ZipFile(newer, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("customers.active_customers.yaml"):
                assert b"slice_name: Active customers" in content
                content = content.replace(b"slice_name: Active customers", b"slice_name: Buyers")
            new.writestr(name, content)
    superset_app.import_assets(newer.read_bytes())
    after = superset_app.everything()
    assert after.keys() == before.keys()
    changed = [key for key in after if after[key] != before[key]]
    assert [after[key]["slice_name"] for key in changed] == ["Buyers"]
    superset_app.import_assets((shop.folder / "superset.zip").read_bytes())
    assert superset_app.everything() == before


def test_the_importer_of_the_dashboards_page_takes_it_as_well(
    superset_app: Any, shop: Shop
) -> None:
    """`/api/v1/dashboard/import/`, which names every file that is wrong; the other does not."""
    import io

    answer = superset_app.post(
        "/api/v1/dashboard/import/",
        data={
            "formData": (io.BytesIO((shop.folder / "superset.zip").read_bytes()), "d.zip"),
            "overwrite": "true",
        },
        content_type="multipart/form-data",
    )
    assert answer.status_code == 200, answer.text


def test_every_chart_answers_by_the_query_that_is_kept(superset_app: Any) -> None:
    """What alerts, reports by e-mail and the API take: the same rows as a browser's query."""
    for name, chart in superset_app.charts().items():
        (result,) = superset_app.get(f"/api/v1/chart/{chart['id']}/data/?force=true")["result"]
        kept, asked = result["data"], superset_app.ask(chart, {})
        assert len(kept) == len(asked), name
        assert sorted(map(str, kept)) == sorted(map(str, asked)), name


def test_values_that_break_sql_are_values(superset_app: Any) -> None:
    """A quote, a percent sign, a template: nothing is found, and nothing breaks."""
    chart = superset_app.charts()["shop-customers.Customers by segment"]
    for nasty in ("O'Brien", "100% cotton", "'; select 1; --", "{{ 1/0 }}", "a,b", 'x"y', "\\"):
        for column in ("country_code", "product", "rfm_segment"):
            assert superset_app.ask(chart, {"filters": [only(column, nasty)]}) == []


def figure(superset_app: Any, name: str, chosen: dict[str, Any]) -> float:
    """The last value of a card."""
    rows = superset_app.ask(superset_app.charts()[name], chosen)
    last = max(rows, key=lambda row: row["day"])
    return float(last["figure"] or 0)


def total(superset_app: Any, name: str, metric: str, chosen: dict[str, Any]) -> float:
    rows = superset_app.ask(superset_app.charts()[name], chosen)
    return sum(float(row[metric] or 0) for row in rows)


def test_fifty_choices_agree_with_each_other_and_with_sql(
    superset_app: Any, shop: Shop, choices: Any
) -> None:
    rng = random.Random(20260101)
    nonzero = 0
    for number in range(50):
        start = rng.randrange(0, 600)
        length = rng.choice([7, 30, 92, 365])
        first, after = shop.rows(
            f"select date '2024-03-01' + {start}, least(date '2024-03-01' + {start + length}, date '2026-01-01')"
        )[0]
        chosen: dict[str, Any] = {"time_range": f"{first} : {after}", "filters": []}
        arguments = [f"start_date := date '{first}'", f"end_date := date '{after}' - 1"]
        for column, (argument, values) in choices.items():
            if rng.random() < 0.35:
                some = rng.sample(values, min(len(values), rng.choice([1, 2, 3])))
                chosen["filters"].append(only(column, *(shown for shown, _ in some)))
                arguments.append(f"{argument} := '{','.join(asked for _, asked in some)}'")
        for column, meanings, chance in (
            ("customer_since", SINCE, 0.2),
            ("revenue_band", BANDS, 0.2),
        ):
            if rng.random() < chance:
                label = rng.choice(list(meanings))
                chosen["filters"].append(only(column, label))
                end = f"date '{after}' - 1"
                arguments += [
                    f"{k} := {v.format(end=f'({end})')}" for k, v in meanings[label].items()
                ]
        sql = dict(shop.rows(f"select metric, value from kpis({', '.join(arguments)})"))
        where = f"choice {number}: {chosen}"
        for card, metric in (("customers.Active customers", "active_customers"),
                             ("customers.New customers", "new_customers"),
                             ("sales.Orders", "orders"), ("sales.Gross revenue", "gross_revenue"),
                             ("sales.Net revenue", "net_revenue")):  # fmt: skip
            assert figure(superset_app, f"shop-{card}", chosen) == pytest.approx(
                sql[metric], abs=0.01
            ), (metric, where)
        assert (
            total(superset_app, "shop-customers.Customers by segment", "customers", chosen)
            == (sql["active_customers"])
        ), where
        assert total(superset_app, "shop-sales.Net revenue by month and channel", "net_revenue",
                     chosen) == pytest.approx(sql["net_revenue"], abs=0.01), where  # fmt: skip
        assert total(superset_app, "shop-sales.Regions", "orders", chosen) == sql["orders"], where
        nonzero += sql["orders"] > 0
    assert nonzero > 30


def test_publishing_twenty_times_under_a_querying_superset(superset_app: Any, shop: Shop) -> None:
    """Queries go on while the warehouse is built and published: none fails, each sees what is there."""
    charts = superset_app.charts()
    card = charts["shop-customers.Active customers"]
    stop, errors, seen = threading.Event(), [], []

    def ask() -> None:
        while not stop.is_set():
            try:
                rows = superset_app.ask(card, {})
                seen.append(max(row["day"] for row in rows))
            except BaseException as error:
                errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        days = []
        for number in range(20):
            as_of = f"2025-12-{10 + number:02d}"
            shop.run("run", "-q", "-s", "int_as_of", "--threads", "2",
                     variables=f"{{as_of: {as_of}}}")  # fmt: skip
            rows = superset_app.ask(card, {})
            days.append(max(row["day"] for row in rows))
    finally:
        stop.set()
        asking.join(120)
        shop.run("run", "-q", "-s", "int_as_of", "--threads", "2")
    assert errors == []
    # The last day that is seen is the one before as_of, published a moment ago each time.
    assert days == [1765238400000.0 + number * 86_400_000 for number in range(20)]
    assert len(seen) > 20
    assert len(set(seen)) > 5
