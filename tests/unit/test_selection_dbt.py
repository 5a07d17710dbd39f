"""Selections of a small shop, as dbt makes them.

The expected sets came from dbt-core 1.12.6 with dbt-duckdb 1.11.1: `dbt ls -s …` in a project with
the same files as `SHOP` below (output as ids, analyses left out). They are written short: a model
by its name, `t:` a test, `u:` a unit test, other kinds in full.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from runner.graph.graph import Graph
from runner.graph.selection import Selection, select
from runner.project.nodes import (
    Check,
    Config,
    Definition,
    Kind,
    Node,
    Properties,
    SourceTable,
    UnitCase,
)

FINANCE: dict[str, object] = {
    "materialized": "table",
    "meta": {
        "owner": "finance",
        "nested": {"deep": 3},
        "list": ["red", "blue"],
        "flag": True,
    },
}
STAGING: dict[str, object] = {"tags": ["staging"], "materialized": "view"}


def node(
    kind: Kind,
    name: str,
    file: str,
    fqn: str,
    *parents: Node,
    package: str = "shop",
    yaml: str | None = None,
    version: int | None = None,
    config: Mapping[str, object] | None = None,
) -> Node:
    definition = Definition(
        kind,
        name,
        package,
        file.partition("/")[2],
        file,
        file if package == "shop" else f"dbt_packages/{package}/{file}",
        properties=Properties(path=yaml),
        fqn=tuple(fqn.split(".")),
        version=version,
        latest_version=2 if version else None,
    )
    return Node(definition, Config(config or {}), parents=tuple(parent.id for parent in parents))


def model(name: str, folder: str, *parents: Node, **config: object) -> Node:
    file = f"models/{folder}/{name}.sql"
    base = FINANCE if folder.startswith("marts") else STAGING
    fqn = f"shop.{folder.replace('/', '.')}.{name}"
    yaml = f"models/{folder}/_staging.yml" if name in ("stg_orders", "stg_customers") else None
    return node(Kind.MODEL, name, file, fqn, *parents, yaml=yaml, config={**base, **config})


def source(name: str, table: str, **config: object) -> Node:
    file = "models/staging/_sources.yml"
    made = node(Kind.SOURCE, table, file, f"shop.staging.{name}.{table}", config=config)
    return replace(
        made,
        definition=replace(made.definition, source=SourceTable(name, table, table, None, name)),
    )


def generic(test: str, name: str, file: str, fqn: str, *parents: Node, **config: object) -> Node:
    package = fqn.partition(".")[0]
    made = node(Kind.TEST, name, file, f"{fqn}.{name}", *parents, package=package, config=config)
    check = Check(test, None, {}, parents[-1].id)
    return replace(made, definition=replace(made.definition, check=check))


def singular(name: str, *parents: Node, **config: object) -> Node:
    return node(Kind.TEST, name, f"tests/{name}.sql", f"shop.{name}", *parents, config=config)


def shop() -> Graph:
    orders = source("raw", "orders", tags=["rawtag"])
    customers = source("raw", "customers", tags=["rawtag"])
    events = source("ext", "events")
    regions = node(
        Kind.SEED, "regions", "seeds/regions.csv", "shop.regions", yaml="seeds/_seeds.yml"
    )
    base = node(
        Kind.MODEL, "pkg_base", "models/staging/pkg_base.sql", "pkg.staging.pkg_base", package="pkg"
    )
    top = node(Kind.MODEL, "pkg_top", "models/pkg_top.sql", "pkg.pkg_top", base, package="pkg")
    stg_orders = model("stg_orders", "staging", orders)
    stg_customers = model("stg_customers", "staging", customers)
    stg_events = model("stg_events", "staging", events, materialized="ephemeral")
    fct_orders = model(
        "fct_orders",
        "marts/core",
        stg_orders,
        stg_customers,
        regions,
        top,
        tags=["nightly", "core"],
        access="public",
        group="finance",
    )
    daily = model(
        "orders_daily", "marts/core", fct_orders, tags=["nightly"], materialized="incremental"
    )
    fct_events = model("fct_events", "marts", stg_events)
    dims = {
        number: node(
            Kind.MODEL,
            "dim_customers",
            f"models/marts/dim_customers_v{number}.sql",
            f"shop.marts.dim_customers.v{number}",
            stg_customers,
            yaml="models/marts/_marts.yml",
            version=number,
            config=FINANCE,
        )
        for number in (1, 2, 3)
    }
    report = model("report", "marts", dims[2], fct_orders, access="private", group="finance")
    old_report = model("old_report", "marts", dims[1])
    spine = model("spine", "marts")
    snapshot = node(
        Kind.SNAPSHOT, "snap_orders", "snapshots/snap.sql", "shop.snap.snap_orders", stg_orders
    )
    look = node(Kind.ANALYSIS, "look", "analyses/look.sql", "shop.analysis.look", fct_events)
    marts = "models/marts/_marts.yml"
    unit = node(
        Kind.UNIT_TEST,
        "unit_fct",
        marts,
        "shop.marts.fct_orders.unit_fct",
        fct_orders,
        config={"tags": ["unittag"]},
    )
    unit = replace(unit, definition=replace(unit.definition, unit=UnitCase("fct_orders", (), {})))
    dashboard = node(
        Kind.EXPOSURE,
        "dashboard",
        marts,
        "shop.marts.dashboard",
        fct_orders,
        config={"tags": ["exp"]},
    )
    sem = node(Kind.SEMANTIC_MODEL, "sem_orders", marts, "shop.marts.sem_orders", fct_orders)
    revenue = node(Kind.METRIC, "revenue", marts, "shop.marts.revenue", sem)
    saved = node(Kind.SAVED_QUERY, "saved_rev", marts, "shop.marts.saved_rev", revenue)
    staging = ("models/staging/_staging.yml", "shop.staging")
    tests = [
        generic("unique", "unique_stg_orders_id", *staging, stg_orders),
        generic("not_null", "not_null_stg_orders_id", *staging, stg_orders, severity="warn"),
        generic("relationships", "relationships", *staging, stg_customers, stg_orders),
        generic("unique", "unique_stg_customers_id", *staging, stg_customers, tags=["slow"]),
        generic(
            "not_null",
            "source_not_null_raw_orders_id",
            "models/staging/_sources.yml",
            "shop.staging",
            orders,
        ),
        *(
            generic("not_null", f"not_null_dim_customers_v{n}_id", marts, "shop.marts", dim)
            for n, dim in dims.items()
        ),
        generic("unique", "unique_fct_orders_id", marts, "shop.marts", fct_orders),
        generic("unique", "unique_regions_id", "seeds/_seeds.yml", "shop", regions),
        generic("unique", "unique_pkg_base_id", "models/_pkg.yml", "pkg", base),
        singular("assert_ok", fct_orders, stg_customers),
        singular("lonely", tags=["slow"], severity="warn"),
        singular("mixed", stg_orders, events),
        singular("far", daily, stg_orders),
    ]
    others = [
        orders, customers, events, regions, base, top, stg_orders, stg_customers, stg_events,
        fct_orders, daily, fct_events, *dims.values(), report, old_report, spine, snapshot, look,
        unit, dashboard, sem, revenue, saved,
    ]  # fmt: skip
    return Graph({each.id: each for each in (*others, *tests)})


SELECTORS: Mapping[str, object] = {
    "nightly": {
        "union": [
            {"method": "tag", "value": "nightly", "parents": True, "parents_depth": 1},
            {"exclude": [{"method": "resource_type", "value": "test"}]},
        ]
    },
    "strs": "tag:nightly+",
    "kv": {"tag": "core"},
    "combo": {
        "intersection": [
            {"method": "fqn", "value": "shop.marts", "children": True},
            "tag:nightly",
        ]
    },
    "ex2": {
        "method": "fqn",
        "value": "shop.staging",
        "children": True,
        "children_depth": 1,
        "exclude": [{"method": "selector", "value": "nightly"}, "resource_type:test"],
    },
    "viaself": {"method": "selector", "value": "kv"},
    "caut": {"method": "fqn", "value": "fct_orders", "indirect_selection": "cautious"},
    "cp": {"method": "fqn", "value": "stg_events", "childrens_parents": True},
    "nested": {
        "union": [{"intersection": ["tag:nightly", {"exclude": ["tag:core"]}]}, "stg_events"]
    },
    "u_caut": {
        "union": [
            {"method": "fqn", "value": "stg_orders", "indirect_selection": "cautious"},
            {"method": "fqn", "value": "stg_customers"},
        ]
    },
    "u_caut2": {
        "union": [
            {"method": "fqn", "value": "stg_orders", "indirect_selection": "cautious"},
            {"method": "fqn", "value": "stg_customers", "indirect_selection": "cautious"},
        ]
    },
}
SHOP = shop()


def short(id: str) -> str:
    kind, package, name = id.split(".", 2)
    sign = {"model": "", "test": "t:", "unit_test": "u:"}.get(kind, f"{kind}:")
    return (
        sign
        + ("" if package == "shop" else f"{package}.")
        + name.replace("fct_orders.unit", "unit")
    )


def chosen(command: str) -> Selection:
    parser = argparse.ArgumentParser()
    parser.add_argument("--select", nargs="*", default=[])
    parser.add_argument("--exclude", nargs="*", default=[])
    parser.add_argument("--indirect-selection", default="eager")
    words = command.split()
    given = parser.parse_args(words if command.startswith("--") else ["--select", *words])
    return select(
        SHOP,
        given.select,
        given.exclude,
        indirect=given.indirect_selection,
        selectors=SELECTORS,
    )


def listed(command: str) -> str:
    ids = chosen(command).ids
    return " ".join(sorted(short(id) for id in ids if not id.startswith("analysis.")))


FROM_DBT = [
    (
        "shop.staging",
        "stg_customers stg_events stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:relationships t:source_not_null_raw_orders_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "staging",
        "pkg.pkg_base stg_customers stg_events stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:pkg.unique_pkg_base_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "shop.staging.*",
        "stg_customers stg_events stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:relationships t:source_not_null_raw_orders_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "stg_*",
        "stg_customers stg_events stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:relationships t:unique_stg_customers_id "
        "t:unique_stg_orders_id",
    ),
    ("*.core.*", "fct_orders orders_daily t:assert_ok t:far t:unique_fct_orders_id u:unit_fct"),
    ("shop.marts.core.?ct_orders", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    ("shop.[m]arts.core", ""),
    (
        "shop.?arts.core.*",
        "fct_orders orders_daily t:assert_ok t:far t:unique_fct_orders_id u:unit_fct",
    ),
    (
        "*orders",
        "fct_orders semantic_model:sem_orders snapshot:snap_orders stg_orders t:assert_ok "
        "t:far t:mixed t:not_null_stg_orders_id t:relationships t:unique_fct_orders_id "
        "t:unique_stg_orders_id u:unit_fct",
    ),
    ("marts.fct_orders", "u:unit_fct"),
    ("core.fct_orders", ""),
    ("pkg", "pkg.pkg_base pkg.pkg_top t:pkg.unique_pkg_base_id"),
    ("dashboard", "exposure:dashboard"),
    (
        "stg_orders.sql",
        "stg_orders t:far t:mixed t:not_null_stg_orders_id t:relationships t:unique_stg_orders_id",
    ),
    (
        "file:_staging.yml",
        "t:not_null_stg_orders_id t:relationships t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "file:stg_*.sql",
        "stg_customers stg_events stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:relationships t:unique_stg_customers_id "
        "t:unique_stg_orders_id",
    ),
    ("fct_orders", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    (
        "+fct_orders",
        "fct_orders pkg.pkg_base pkg.pkg_top seed:regions source:raw.customers "
        "source:raw.orders stg_customers stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:pkg.unique_pkg_base_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_fct_orders_id t:unique_regions_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id u:unit_fct",
    ),
    (
        "1+fct_orders",
        "fct_orders pkg.pkg_top seed:regions stg_customers stg_orders t:assert_ok t:far "
        "t:mixed t:not_null_stg_orders_id t:relationships t:unique_fct_orders_id "
        "t:unique_regions_id t:unique_stg_customers_id t:unique_stg_orders_id u:unit_fct",
    ),
    (
        "2+fct_orders",
        "fct_orders pkg.pkg_base pkg.pkg_top seed:regions source:raw.customers "
        "source:raw.orders stg_customers stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:pkg.unique_pkg_base_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_fct_orders_id t:unique_regions_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id u:unit_fct",
    ),
    (
        "fct_orders+",
        "exposure:dashboard fct_orders metric:revenue orders_daily report "
        "saved_query:saved_rev semantic_model:sem_orders t:assert_ok t:far "
        "t:unique_fct_orders_id u:unit_fct",
    ),
    (
        "fct_orders+1",
        "exposure:dashboard fct_orders orders_daily report semantic_model:sem_orders "
        "t:assert_ok t:far t:unique_fct_orders_id u:unit_fct",
    ),
    ("0+fct_orders", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    (
        "+stg_orders+",
        "exposure:dashboard fct_orders metric:revenue orders_daily report "
        "saved_query:saved_rev semantic_model:sem_orders snapshot:snap_orders "
        "source:raw.orders stg_orders t:assert_ok t:far t:mixed t:not_null_stg_orders_id "
        "t:relationships t:source_not_null_raw_orders_id t:unique_fct_orders_id "
        "t:unique_stg_orders_id u:unit_fct",
    ),
    (
        "1+stg_orders+1",
        "fct_orders snapshot:snap_orders source:raw.orders stg_orders t:assert_ok t:far "
        "t:mixed t:not_null_stg_orders_id t:relationships t:source_not_null_raw_orders_id "
        "t:unique_fct_orders_id t:unique_stg_orders_id u:unit_fct",
    ),
    ("@stg_events", "fct_events source:ext.events stg_events t:mixed"),
    (
        "@stg_orders",
        "dim_customers.v2 exposure:dashboard fct_orders metric:revenue orders_daily "
        "pkg.pkg_base pkg.pkg_top report saved_query:saved_rev seed:regions "
        "semantic_model:sem_orders snapshot:snap_orders source:ext.events "
        "source:raw.customers source:raw.orders stg_customers stg_orders t:assert_ok t:far "
        "t:mixed t:not_null_dim_customers_v2_id t:not_null_stg_orders_id "
        "t:pkg.unique_pkg_base_id t:relationships t:source_not_null_raw_orders_id "
        "t:unique_fct_orders_id t:unique_regions_id t:unique_stg_customers_id "
        "t:unique_stg_orders_id u:unit_fct",
    ),
    (
        "@+regions",
        "dim_customers.v2 exposure:dashboard fct_orders metric:revenue orders_daily "
        "pkg.pkg_base pkg.pkg_top report saved_query:saved_rev seed:regions "
        "semantic_model:sem_orders source:raw.customers source:raw.orders stg_customers "
        "stg_orders t:assert_ok t:far t:mixed t:not_null_dim_customers_v2_id "
        "t:not_null_stg_orders_id t:pkg.unique_pkg_base_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_fct_orders_id t:unique_regions_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id u:unit_fct",
    ),
    (
        "dim_customers",
        "dim_customers.v1 dim_customers.v2 dim_customers.v3 t:not_null_dim_customers_v1_id "
        "t:not_null_dim_customers_v2_id t:not_null_dim_customers_v3_id",
    ),
    ("dim_customers.v1", "dim_customers.v1 t:not_null_dim_customers_v1_id"),
    ("dim_customers_v1", "dim_customers.v1 t:not_null_dim_customers_v1_id"),
    ("dim_customers.*", ""),
    (
        "dim_customers+",
        "dim_customers.v1 dim_customers.v2 dim_customers.v3 old_report report "
        "t:not_null_dim_customers_v1_id t:not_null_dim_customers_v2_id "
        "t:not_null_dim_customers_v3_id",
    ),
    ("version:latest", "dim_customers.v2 t:not_null_dim_customers_v2_id"),
    ("version:old", "dim_customers.v1 t:not_null_dim_customers_v1_id"),
    ("version:prerelease", "dim_customers.v3 t:not_null_dim_customers_v3_id"),
    ("tag:nightly", "fct_orders orders_daily t:assert_ok t:far t:unique_fct_orders_id u:unit_fct"),
    ("tag:n*", "fct_orders orders_daily t:assert_ok t:far t:unique_fct_orders_id u:unit_fct"),
    ("tag:slow", "t:lonely t:unique_stg_customers_id"),
    ("tag:unittag", "u:unit_fct"),
    ("tag:core,tag:nightly", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    (
        "tag:core tag:slow",
        "fct_orders t:assert_ok t:lonely t:unique_fct_orders_id t:unique_stg_customers_id "
        "u:unit_fct",
    ),
    (
        "stg_orders,tag:staging fct_events",
        "fct_events stg_orders t:far t:mixed t:not_null_stg_orders_id t:relationships "
        "t:unique_stg_orders_id",
    ),
    (
        "fct_orders,tag:nightly orders_daily,tag:core",
        "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct",
    ),
    ("stg_orders,stg_customers", "t:relationships"),
    (
        "models/staging",
        "pkg.pkg_base source:ext.events source:raw.customers source:raw.orders stg_customers "
        "stg_events stg_orders t:assert_ok t:far t:mixed t:not_null_stg_orders_id "
        "t:pkg.unique_pkg_base_id t:relationships t:source_not_null_raw_orders_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "./models/staging/",
        "pkg.pkg_base source:ext.events source:raw.customers source:raw.orders stg_customers "
        "stg_events stg_orders t:assert_ok t:far t:mixed t:not_null_stg_orders_id "
        "t:pkg.unique_pkg_base_id t:relationships t:source_not_null_raw_orders_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "path:models/staging/*",
        "source:ext.events source:raw.customers source:raw.orders stg_customers stg_events "
        "stg_orders t:assert_ok t:far t:mixed t:not_null_stg_orders_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "path:models/staging/_staging.yml",
        "stg_customers stg_orders t:assert_ok t:far t:mixed t:not_null_stg_orders_id "
        "t:relationships t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "path:models/staging/_sources.yml",
        "source:ext.events source:raw.customers source:raw.orders t:mixed "
        "t:source_not_null_raw_orders_id",
    ),
    (
        "path:models/*/core",
        "fct_orders orders_daily t:assert_ok t:far t:unique_fct_orders_id u:unit_fct",
    ),
    (
        "path:models/[sm]*/s*.sql",
        "spine stg_customers stg_events stg_orders t:assert_ok t:far t:mixed "
        "t:not_null_stg_orders_id t:relationships t:unique_stg_customers_id "
        "t:unique_stg_orders_id",
    ),
    ("path:models/pkg_top.sql", ""),
    ("tests/lonely.sql", "t:lonely"),
    ("package:pkg", "pkg.pkg_base pkg.pkg_top t:pkg.unique_pkg_base_id"),
    ("config.materialized:ephemeral", "stg_events"),
    ("config.materialized:incremental", "orders_daily t:far"),
    ("config.severity:WARN", "t:lonely t:not_null_stg_orders_id"),
    (
        "config.meta.owner:finance,resource_type:model",
        "dim_customers.v1 dim_customers.v2 dim_customers.v3 fct_events fct_orders old_report "
        "orders_daily report spine t:assert_ok t:far t:not_null_dim_customers_v1_id "
        "t:not_null_dim_customers_v2_id t:not_null_dim_customers_v3_id t:unique_fct_orders_id "
        "u:unit_fct",
    ),
    ("config.meta.list:red,fct_orders", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    (
        "config.meta.flag:True,resource_type:model,tag:core",
        "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct",
    ),
    (
        "config.tags:nightly",
        "fct_orders orders_daily t:assert_ok t:far t:unique_fct_orders_id u:unit_fct",
    ),
    ("config.tags:unittag", ""),
    ("config.contract.enforced:false,seeds/regions.csv", "seed:regions t:unique_regions_id"),
    (
        "resource_type:source",
        "source:ext.events source:raw.customers source:raw.orders t:mixed "
        "t:source_not_null_raw_orders_id",
    ),
    ("resource_type:unit_test", "u:unit_fct"),
    ("test_name:relationships", "t:relationships"),
    ("test_name:unit_fct", "u:unit_fct"),
    ("test_type:singular", "t:assert_ok t:far t:lonely t:mixed"),
    ("test_type:unit", "u:unit_fct"),
    ("test_type:schema,package:pkg", "t:pkg.unique_pkg_base_id"),
    ("source:raw", "source:raw.customers source:raw.orders t:source_not_null_raw_orders_id"),
    ("source:raw.orders", "source:raw.orders t:source_not_null_raw_orders_id"),
    ("source:shop.raw.orders", "source:raw.orders t:source_not_null_raw_orders_id"),
    ("source:*.events", "source:ext.events t:mixed"),
    ("source:ext+", "fct_events source:ext.events stg_events t:mixed"),
    (
        "+exposure:dashboard",
        "exposure:dashboard fct_orders pkg.pkg_base pkg.pkg_top seed:regions "
        "source:raw.customers source:raw.orders stg_customers stg_orders t:assert_ok t:far "
        "t:mixed t:not_null_stg_orders_id t:pkg.unique_pkg_base_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_fct_orders_id t:unique_regions_id "
        "t:unique_stg_customers_id t:unique_stg_orders_id u:unit_fct",
    ),
    ("+saved_query:saved_rev,resource_type:metric", "metric:revenue"),
    ("semantic_model:sem_orders", "semantic_model:sem_orders"),
    ("metric:shop.revenue", "metric:revenue"),
    ("group:finance", "fct_orders report t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    ("access:public", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    ("access:private", "report"),
    ("unit_test:unit_fct", "u:unit_fct"),
    (
        "+unique_stg_orders_id",
        "source:raw.orders stg_orders t:far t:mixed t:not_null_stg_orders_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_stg_orders_id",
    ),
    (
        "stg_orders --indirect-selection cautious",
        "stg_orders t:not_null_stg_orders_id t:unique_stg_orders_id",
    ),
    (
        "stg_orders --indirect-selection buildable",
        "stg_orders t:mixed t:not_null_stg_orders_id t:unique_stg_orders_id",
    ),
    ("stg_orders --indirect-selection empty", "stg_orders"),
    (
        "stg_orders stg_customers --indirect-selection cautious",
        "stg_customers stg_orders t:not_null_stg_orders_id t:relationships "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "stg_orders stg_customers --indirect-selection buildable",
        "stg_customers stg_orders t:mixed t:not_null_stg_orders_id t:relationships "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "fct_orders --indirect-selection buildable",
        "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct",
    ),
    (
        "fct_orders,tag:core stg_customers,tag:staging --indirect-selection cautious",
        "fct_orders stg_customers t:assert_ok t:unique_fct_orders_id "
        "t:unique_stg_customers_id u:unit_fct",
    ),
    (
        "source:ext stg_orders --indirect-selection cautious",
        "source:ext.events stg_orders t:mixed t:not_null_stg_orders_id t:unique_stg_orders_id",
    ),
    ("@stg_events --indirect-selection empty", "fct_events source:ext.events stg_events"),
    (
        "stg_orders --exclude unique_stg_orders_id",
        "stg_orders t:far t:mixed t:not_null_stg_orders_id t:relationships",
    ),
    (
        "stg_orders --exclude stg_customers",
        "stg_orders t:far t:mixed t:not_null_stg_orders_id t:unique_stg_orders_id",
    ),
    (
        "stg_orders stg_customers --exclude stg_customers --indirect-selection cautious",
        "stg_orders t:not_null_stg_orders_id t:relationships t:unique_stg_orders_id",
    ),
    ("stg_orders stg_customers --exclude stg_customers --indirect-selection empty", "stg_orders"),
    (
        "stg_orders+ --exclude tag:nightly",
        "exposure:dashboard metric:revenue report saved_query:saved_rev "
        "semantic_model:sem_orders snapshot:snap_orders stg_orders t:mixed "
        "t:not_null_stg_orders_id t:relationships t:unique_stg_orders_id",
    ),
    (
        "--exclude shop.marts staging resource_type:test",
        "pkg.pkg_top seed:regions snapshot:snap_orders source:ext.events source:raw.customers "
        "source:raw.orders",
    ),
    (
        "selector:nightly",
        "fct_orders orders_daily pkg.pkg_top seed:regions stg_customers stg_orders u:unit_fct",
    ),
    (
        "selector:strs",
        "exposure:dashboard fct_orders metric:revenue orders_daily report "
        "saved_query:saved_rev semantic_model:sem_orders t:assert_ok t:far "
        "t:unique_fct_orders_id u:unit_fct",
    ),
    ("selector:kv", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    (
        "+selector:kv",
        "fct_orders pkg.pkg_base pkg.pkg_top seed:regions source:raw.customers "
        "source:raw.orders stg_customers stg_orders t:assert_ok t:unique_fct_orders_id "
        "u:unit_fct",
    ),
    (
        "selector:kv+1",
        "exposure:dashboard fct_orders orders_daily report semantic_model:sem_orders "
        "t:assert_ok t:unique_fct_orders_id u:unit_fct",
    ),
    (
        "selector:combo",
        "fct_orders orders_daily t:assert_ok t:far t:unique_fct_orders_id u:unit_fct",
    ),
    (
        "selector:ex2",
        "dim_customers.v1 dim_customers.v2 dim_customers.v3 fct_events snapshot:snap_orders "
        "stg_events",
    ),
    ("selector:viaself", "fct_orders t:assert_ok t:unique_fct_orders_id u:unit_fct"),
    ("selector:caut", "fct_orders t:unique_fct_orders_id u:unit_fct"),
    (
        "+selector:caut",
        "fct_orders pkg.pkg_base pkg.pkg_top seed:regions source:raw.customers "
        "source:raw.orders stg_customers stg_orders t:unique_fct_orders_id u:unit_fct",
    ),
    ("selector:cp", "fct_events source:ext.events stg_events t:mixed"),
    ("selector:nested", "orders_daily stg_events t:far"),
    (
        "selector:u_caut",
        "stg_customers stg_orders t:assert_ok t:not_null_stg_orders_id t:relationships "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    ("selector:kv --indirect-selection empty", "fct_orders"),
    # Found by comparing thousands of random selections.
    (
        "stg_orders stg_customers --exclude test_name:relationships --indirect-selection cautious",
        "stg_customers stg_orders t:not_null_stg_orders_id t:unique_stg_customers_id "
        "t:unique_stg_orders_id",
    ),
    (
        "stg_orders,resource_type:model stg_customers,resource_type:model "
        "--indirect-selection cautious",
        "stg_customers stg_orders t:not_null_stg_orders_id t:relationships "
        "t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    (
        "3+config.severity:warn,+staging 2+path:models/marts,stg_customers,test_type:generic "
        "--indirect-selection buildable",
        "source:raw.orders stg_orders t:mixed t:not_null_stg_orders_id t:relationships "
        "t:source_not_null_raw_orders_id t:unique_stg_customers_id t:unique_stg_orders_id",
    ),
    ("selector:kv,1+tag:slow far --indirect-selection buildable", "t:assert_ok t:far"),
    (
        "far orders_daily stg_orders --exclude far --indirect-selection buildable",
        "orders_daily stg_orders t:mixed t:not_null_stg_orders_id t:relationships "
        "t:unique_stg_orders_id",
    ),
]


@pytest.mark.parametrize(("command", "expected"), FROM_DBT, ids=[row[0] for row in FROM_DBT])
def test_selects_what_dbt_selects(command: str, expected: str) -> None:
    assert listed(command) == expected


def test_everything_is_selected_without_criteria() -> None:
    # dbt ls without options lists these 39; the analysis is selectable but not listed by default.
    assert len(listed("--exclude nothing_of_the_kind").split()) == 39
    assert select(SHOP, [], []).ids == frozenset(SHOP.nodes)


def test_analyses_are_selectable_by_name() -> None:
    # dbt ls -s +look --resource-type all
    assert {short(id) for id in chosen("+look --indirect-selection empty").ids} == {
        "analysis:look",
        "fct_events",
        "stg_events",
        "source:ext.events",
    }


@pytest.mark.parametrize(
    ("command", "same_as"),
    [
        # Each of these selects nothing in dbt 1.12.6.
        ("config.materialized:incre*", "config.materialized:incremental"),
        ("config.meta.nested.deep:3,fct_orders", "tag:core,fct_orders"),
        ("access:publi?", "access:public"),
        ("_sources.yml", "file:_sources.yml"),
        ("path:dbt_packages/pkg", "package:pkg"),
        # dbt refuses these.
        ("resource_type:sourc*", "resource_type:source"),
        ("wildcard:stg_events", "fqn:stg_events"),
    ],
)
def test_reads_more_than_dbt_does(command: str, same_as: str) -> None:
    assert listed(command) == listed(same_as)
    assert listed(command) != ""


def test_a_cautious_union_in_yaml_takes_in_a_test_of_its_parts() -> None:
    # dbt's documentation: cautious runs the tests whose nodes are all selected. dbt 1.12.6 does so
    # for `-s 'stg_orders stg_customers'`, but forgets t:relationships for the same union in YAML.
    assert "t:relationships" in listed("selector:u_caut2")
    assert listed("selector:u_caut2") == listed(
        "stg_orders stg_customers --indirect-selection cautious"
    )
