"""What other tools read: the four artifacts of a dbt project, through dbt-artifacts-parser's own schemas."""

from __future__ import annotations

import json

from dbt_artifacts_parser import parser

from tests.conftest import ProjectMaker

FILES = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        profile: shop
        models: {shop: {+materialized: table, +persist_docs: {relation: true, columns: true}}}
        """,
    "seeds/raw_orders.csv": "order_id,customer_id,at\n1,1,2026-01-02 10:00:00\n2,1,2026-01-03 10:00:00\n",
    "models/customers.sql": "select customer_id, count(*) as orders from {{ ref('raw_orders') }} group by 1",
    "models/orders.sql": "select order_id, customer_id from {{ ref('raw_orders') }}",
    "models/seen.sql": "{{ config(materialized='view') }} select * from {{ source('raw', 'events') }}",
    "models/all.yml": """
        models:
          - name: customers
            description: Who buys.
            columns:
              - name: customer_id
                description: The customer.
                data_tests: [unique, not_null]
          - name: orders
            columns:
              - name: customer_id
                data_tests:
                  - relationships: {arguments: {to: ref('customers'), field: customer_id}}
              - name: order_id
                data_tests: [{accepted_values: {arguments: {values: [1], quote: false}, config: {severity: warn}}}]
        unit_tests:
          - name: counted
            model: customers
            given: [{input: ref('raw_orders'), rows: [{order_id: 1, customer_id: 7}]}]
            expect: {rows: [{customer_id: 7, orders: 1}]}
        sources:
          - name: raw
            schema: raw
            tables:
              - name: events
                loaded_at_field: happened_at
                config:
                  freshness:
                    warn_after: {count: 1, period: day}
                    error_after: {count: 100000, period: day}
        exposures:
          - {name: board, type: dashboard, owner: {name: Ann}, depends_on: [ref('customers')]}
        """,
    "snapshots/kept.yml": """
        snapshots:
          - name: kept
            relation: ref('orders')
            config: {unique_key: order_id, strategy: check, check_cols: all}
        """,
    "macros/own.sql": "{% macro own() %}1{% endmacro %}",
}


def test_all_artifacts_of_a_dbt_project_are_read(project: ProjectMaker) -> None:
    made = project(FILES)
    made.execute("""
        create schema raw;
        create table raw.events as select timestamp '2026-01-01' as happened_at;
    """)
    built = made.run("build")
    assert built.exit_code == 0, str(built)
    assert made.run("source", "freshness").exit_code == 0
    read = {
        name: getattr(parser, f"parse_{name}")(json.loads(made.read(f"target/{name}.json")))
        for name in ("manifest", "run_results", "catalog", "sources")
    }
    assert [type(read[name]).__name__ for name in read] == [
        "ManifestV12", "RunResultsV6", "CatalogV1", "SourcesV3",
    ]  # fmt: skip
    manifest = read["manifest"]
    assert manifest.metadata.project_name == "shop"
    assert manifest.metadata.adapter_type == "duckdb"
    assert (
        manifest.nodes["model.shop.customers"].columns["customer_id"].description == "The customer."
    )
    assert "exposure.shop.board" in manifest.child_map["model.shop.customers"]
    assert set(manifest.exposures["exposure.shop.board"].depends_on.nodes) == {
        "model.shop.customers"
    }
    status = {
        r.unique_id: str(getattr(r.status, "value", r.status)) for r in read["run_results"].results
    }
    assert status["model.shop.customers"] == status["snapshot.shop.kept"] == "success"
    assert status["unit_test.shop.customers.counted"] == "pass"
    assert sorted(status.values()).count("warn") == 1, "order 2 is no accepted value"
    catalog = read["catalog"]
    customers = catalog.nodes["model.shop.customers"]
    # dbt-duckdb asks duckdb_tables() and duckdb_columns() for them.
    assert customers.metadata.comment == "Who buys."
    assert [c.comment for c in customers.columns.values()] == ["The customer.", None]
    assert [c.type for c in catalog.nodes["model.shop.customers"].columns.values()] == [
        "INTEGER",
        "BIGINT",
    ]
    assert catalog.sources["source.shop.raw.events"].columns["happened_at"].type == "TIMESTAMP"
    (fresh,) = read["sources"].results
    assert str(getattr(fresh.status, "value", fresh.status)) == "warn"
    assert str(fresh.max_loaded_at).startswith("2026-01-01")
