"""manifest.json: dbt's schema, and what readers look for in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from dbt_artifacts_parser.parser import parse_manifest_v12
from dbt_artifacts_parser.parsers.manifest.manifest_v12 import ManifestV12
from msgspec.structs import replace

from runner.output.artifacts.inputs import CompiledText, Contents, Invocation
from runner.output.artifacts.manifest import manifest, primary_keys
from runner.output.values import dumps
from runner.project.nodes import (
    Captured,
    Check,
    Column,
    Config,
    Definition,
    Doc,
    Kind,
    Macro,
    Node,
    Properties,
    Ref,
    RelationName,
    SourceTable,
    UnitCase,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
INVOCATION = Invocation(
    id="abc", started_at=NOON, generated_at=NOON, version="0.1.0", project_name="shop",
    command="build", database="ware", env={"team": "blue"},
)  # fmt: skip


def node(
    kind: Kind,
    name: str,
    *,
    parents: tuple[str, ...] = (),
    config: Mapping[str, object] | None = None,
    relation: bool = True,
    captured: Captured = Captured(),  # noqa: B008  frozen
    **definition: Any,
) -> Node:
    file = definition.pop("file", f"{kind}s/{name}.sql")
    written = Definition(
        kind=kind, name=name, package="shop", path=file.partition("/")[2], file=file, shown=file,
        fqn=("shop", name), checksum="0" * 64, **definition,
    )  # fmt: skip
    place = RelationName("ware", "main", name) if relation else None
    return Node(written, Config(config or {}), captured, parents, place)


def generic(
    test: str, target: str, column: str | None, suffix: str, *, parents: tuple[str, ...],
    refs: tuple[Ref, ...] = (), config: Mapping[str, object] | None = None, **arguments: object,
) -> Node:  # fmt: skip
    given = {**arguments, "column_name": column, "model": "{{ get_where_subquery(ref('orders')) }}"}
    return node(
        Kind.TEST, f"{test}_orders", parents=parents, relation=False, suffix=suffix,
        config=config,
        captured=Captured(refs=refs, macros=("macro.dbt.test_x", "macro.shop.cents")),
        check=Check(test, None, given, target, column), file="models/orders.yml",
    )  # fmt: skip


SAID = Properties(
    description="{{ doc('orders_text') }} and more",
    config={"group": "finance"},
    columns=(
        Column("order_id", "{{ doc('shop', 'key_text') }}", tags=("key",), meta={"pk": True}),
        Column("Amount", data_type="decimal(10,2)", constraints=({"type": "not_null"},)),
    ),
    docs={"node_color": "#ff0000"},
    constraints=({"type": "check", "expression": "amount > 0"},),
    path="models/orders.yml",
    extra={"time_spine": {"standard_granularity_column": "day"}},
)
ORDERS = node(
    Kind.MODEL,
    "orders",
    parents=("source.shop.raw.orders", "model.shop.stg"),
    config={
        "materialized": "incremental", "tags": "daily", "unique_key": ["order_id"],
        "pre_hook": "select 1", "post-hook": [{"sql": "select 2", "transaction": False}, " "],
        "meta": {"owner": "ann"}, "group": "finance", "contract": {"enforced": True},
        "my_own": {"x": 1}, "persist_docs": None,
    },
    captured=Captured(
        refs=(Ref("stg"),), sources=(("raw", "orders"),), macros=("macro.shop.cents", "macro.dbt.y")
    ),
    text="select {{ cents('a') }}\n",
    properties=SAID,
)  # fmt: skip
NODES = (
    node(
        Kind.SOURCE, "orders", file="models/_sources.yml",
        source=SourceTable(
            "raw", "orders", "raw_orders", None, "main", "raw data", "files", "loaded_at",
            freshness={"warn_after": {"count": 12, "period": "hour"}}, source_meta={"x": 1},
            tags=("rawtag",), external_location="data/{name}.csv",
        ),
        properties=Properties(description="raw", columns=(Column("order_id"),)),
    ),
    node(Kind.MODEL, "stg", parents=("seed.shop.customers",), config={"materialized": "ephemeral"},
         relation=False, text="select 1"),
    ORDERS,
    node(Kind.MODEL, "dim", version=2, latest_version=2, config={"access": "public"}),
    node(Kind.SEED, "customers", file="seeds/customers.csv", text="a,b\n1,2\n", root="/home/shop"),
    node(Kind.SNAPSHOT, "history", config={
        "strategy": "check", "check_cols": "all", "unique_key": "id",
        "snapshot_meta_column_names": {"dbt_valid_to": "valid_to"},
    }),
    node(Kind.TEST, "assert_small", parents=("model.shop.orders",), relation=False),
    generic("unique", "model.shop.orders", "order_id", "1a", parents=("model.shop.orders",)),
    generic("not_null", "model.shop.orders", "order_id", "2b", parents=("model.shop.orders",),
            config={"severity": "warn"}),
    generic("relationships", "model.shop.orders", "customer_id", "3c",
            parents=("model.shop.orders", "seed.shop.customers"),
            refs=(Ref("orders"), Ref("customers")), to="ref('customers')", field="id"),
    generic("not_null", "source.shop.raw.orders", "order_id", "4d",
            parents=("source.shop.raw.orders",)),
    node(Kind.UNIT_TEST, "counts", relation=False, parents=("model.shop.stg", "model.shop.orders"),
         unit=UnitCase("orders", ({"input": "ref('stg')", "rows": [{"a": 1}]},),
                       {"rows": "a\n1", "format": "csv"}, {"vars": {"x": 1}})),
    node(Kind.ANALYSIS, "look", parents=("model.shop.orders",), relation=False),
    node(Kind.OPERATION, "shop-on-run-end-0", relation=False, config={"tags": ["on-run-end"]}),
    node(Kind.EXPOSURE, "dash", parents=("model.shop.orders",), relation=False,
         captured=Captured(refs=(Ref("orders"),)),
         properties=Properties(description="d", extra={
             "type": "dashboard", "owner": {"email": "a@x.y", "slack": "#a"}, "url": "https://x",
         })),
    node(Kind.GROUP, "finance", relation=False,
         properties=Properties(extra={"owner": {"name": "Fin"}})),
    node(Kind.SEMANTIC_MODEL, "orders_sm", relation=False, parents=("model.shop.orders",),
         properties=Properties(extra={
             "model": "ref('orders')", "defaults": {"agg_time_dimension": "day"},
             "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
             "measures": [{"name": "total", "agg": "sum", "expr": 1, "unknown": 1}],
             "dimensions": [{"name": "day", "type": "time",
                             "type_params": {"time_granularity": "day"}}],
         })),
    node(Kind.METRIC, "revenue", relation=False, parents=("semantic_model.shop.orders_sm",),
         properties=Properties(extra={
             "label": "Revenue", "type": "simple", "filter": "{{ Dimension('a') }} = 1",
             "type_params": {"measure": "total", "window": "7 days",
                             "metrics": ["a", {"name": "b", "offset_window": "1 month"}]},
         })),
    node(Kind.SAVED_QUERY, "weekly", relation=False, parents=("metric.shop.revenue",),
         properties=Properties(extra={
             "query_params": {"metrics": ["revenue"], "group_by": ["day"], "where": ["a = 1"]},
             "exports": [{"name": "e", "config": {"export_as": "table", "schema": "x"}}],
         })),
)  # fmt: skip
CONTENTS = Contents(
    nodes={each.id: each for each in NODES},
    disabled=(node(Kind.MODEL, "off", config={"enabled": False}),),
    macros=(
        Macro("cents", "shop", "macros/m.sql", "macros/m.sql",
              "{% macro cents(col, digits=round(1, 2), names=['a', 'b']) %}x{% endmacro %}", 1),
    ),
    docs=(
        Doc("orders_text", "shop", "models/docs.md", "Orders text"),
        Doc("key_text", "shop", "models/docs.md", "The key"),
    ),
    compiled={"model.shop.orders": CompiledText(
        "select 1", (("model.shop.stg", "select 2"),), "target/compiled/orders.sql")},
    types={"model.shop.orders": {"order_id": "INTEGER", "amount": "DECIMAL(12,2)"}},
)  # fmt: skip


def plain(value: object) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(dumps(value))
    return loaded


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return plain(manifest(CONTENTS, INVOCATION))


def test_a_strict_reader_takes_it(made: dict[str, Any]) -> None:
    parse_manifest_v12(made)


def test_it_is_valid_by_the_readers_schema(made: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(ManifestV12.model_json_schema()).validate(made)


def test_unknown_configuration_stays_in_config(made: dict[str, Any]) -> None:
    orders = made["nodes"]["model.shop.orders"]
    assert orders["config"]["my_own"] == {"x": 1}
    assert "my_own" not in orders
    assert orders["unrendered_config"]["my_own"] == {"x": 1}


def test_configuration_has_every_key_in_its_shape(made: dict[str, Any]) -> None:
    config = made["nodes"]["model.shop.orders"]["config"]
    assert config["tags"] == ["daily"]
    assert config["pre-hook"] == [{"sql": "select 1", "transaction": True, "index": None}]
    assert config["post-hook"] == [{"sql": "select 2", "transaction": False, "index": None}]
    assert config["contract"] == {"enforced": True, "alias_types": True}
    assert config["docs"] == {"show": True, "node_color": "#ff0000"}
    assert config["persist_docs"] == {}
    assert config["on_schema_change"] == "ignore"
    names = made["nodes"]["snapshot.shop.history"]["config"]["snapshot_meta_column_names"]
    assert names["dbt_valid_to"] == "valid_to"
    assert names["dbt_scd_id"] is None


def test_code_and_relation_are_always_there(made: dict[str, Any]) -> None:
    orders = made["nodes"]["model.shop.orders"]
    assert orders["raw_code"] == "select {{ cents('a') }}"
    assert orders["compiled_code"] == "select 1"
    assert orders["extra_ctes"] == [{"id": "model.shop.stg", "sql": "select 2"}]
    assert orders["relation_name"] == '"ware"."main"."orders"'
    assert made["nodes"]["model.shop.stg"]["compiled_code"] is None
    assert made["nodes"]["model.shop.stg"]["relation_name"] is None
    assert made["nodes"]["seed.shop.customers"]["raw_code"] == ""


def test_doc_blocks_are_filled_in_and_named(made: dict[str, Any]) -> None:
    orders = made["nodes"]["model.shop.orders"]
    assert orders["description"] == "Orders text and more"
    assert orders["doc_blocks"] == ["doc.shop.orders_text"]
    assert orders["columns"]["order_id"]["description"] == "The key"
    assert orders["columns"]["order_id"]["doc_blocks"] == ["doc.shop.key_text"]


def test_types_are_the_stated_ones_else_the_databases(made: dict[str, Any]) -> None:
    columns = made["nodes"]["model.shop.orders"]["columns"]
    assert columns["order_id"]["data_type"] == "INTEGER"
    assert columns["Amount"]["data_type"] == "decimal(10,2)"


def test_column_meta_and_tags_stand_flat_and_under_config(made: dict[str, Any]) -> None:
    column = made["nodes"]["model.shop.orders"]["columns"]["order_id"]
    assert column["meta"] == column["config"]["meta"] == {"pk": True}
    assert column["tags"] == column["config"]["tags"] == ["key"]


def test_relationships_name_the_referenced_node_first(made: dict[str, Any]) -> None:
    test = made["nodes"]["test.shop.relationships_orders.3c"]
    assert test["depends_on"]["nodes"] == ["seed.shop.customers", "model.shop.orders"]
    assert [ref["name"] for ref in test["refs"]] == ["customers", "orders"]


def test_generic_tests_say_what_they_test(made: dict[str, Any]) -> None:
    test = made["nodes"]["test.shop.not_null_orders.2b"]
    assert test["attached_node"] == "model.shop.orders"
    assert test["column_name"] == "order_id"
    assert test["file_key_name"] == "models.orders"
    assert test["test_metadata"]["name"] == "not_null"
    assert test["test_metadata"]["kwargs"]["column_name"] == "order_id"
    assert test["config"]["severity"] == "warn"
    assert test["schema"] == "main_dbt_test__audit"
    assert test["group"] == "finance"
    assert "{{ test_not_null(**_dbt_generic_test_kwargs) }}" in test["raw_code"]
    assert made["nodes"]["test.shop.not_null_orders.4d"]["attached_node"] is None


def test_only_macros_that_the_manifest_holds_are_depended_on(made: dict[str, Any]) -> None:
    assert made["nodes"]["model.shop.orders"]["depends_on"]["macros"] == ["macro.shop.cents"]
    assert set(made["macros"]) == {"macro.shop.cents"}


def test_a_macros_arguments_are_read_from_its_first_line(made: dict[str, Any]) -> None:
    arguments = made["macros"]["macro.shop.cents"]["arguments"]
    assert [argument["name"] for argument in arguments] == ["col", "digits", "names"]


def test_maps_hold_every_resource_and_are_each_others_mirror(made: dict[str, Any]) -> None:
    parents, children = made["parent_map"], made["child_map"]
    assert set(parents) == set(children) == {each.id for each in NODES} - {"group.shop.finance"}
    assert children["source.shop.raw.orders"] == [
        "model.shop.orders",
        "test.shop.not_null_orders.4d",
    ]
    forward = {(parent, id) for id, found in parents.items() for parent in found}
    assert forward == {(parent, id) for parent, found in children.items() for id in found}


def test_a_unit_test_depends_on_its_model_alone(made: dict[str, Any]) -> None:
    id = "unit_test.shop.orders.counts"
    assert made["unit_tests"][id]["depends_on"]["nodes"] == ["model.shop.orders"]
    assert made["parent_map"][id] == ["model.shop.orders"]
    assert made["unit_tests"][id]["expect"] == {"rows": "a\n1", "format": "csv", "fixture": None}


def test_external_sources_are_named_by_their_file(made: dict[str, Any]) -> None:
    source = made["sources"]["source.shop.raw.orders"]
    assert source["relation_name"] == "'data/orders.csv'"
    assert source["freshness"]["warn_after"] == {"count": 12, "period": "hour"}
    assert source["freshness"]["error_after"] == {"count": None, "period": None}


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("data/{name}-{identifier}.csv", "'data/orders-raw_orders.csv'"),
        ("read_csv('data/{name}.csv')", "read_csv('data/orders.csv')"),
        ("'data/*.csv'", "'data/*.csv'"),
    ],
)
def test_a_file_is_named_as_dbt_duckdb_names_it(location: str, name: str) -> None:
    source = NODES[0].definition.source
    assert source is not None
    spec = replace(source, external_location=location)
    each = replace(NODES[0], definition=replace(NODES[0].definition, source=spec))
    made = plain(manifest(replace(CONTENTS, nodes={each.id: each}), INVOCATION))
    assert made["sources"][each.id]["relation_name"] == name


def test_groups_and_their_members(made: dict[str, Any]) -> None:
    assert made["groups"]["group.shop.finance"]["owner"] == {"email": None, "name": "Fin"}
    assert made["group_map"]["finance"][0] == "model.shop.orders"


def test_versions_and_access(made: dict[str, Any]) -> None:
    dim = made["nodes"]["model.shop.dim.v2"]
    assert (dim["version"], dim["latest_version"], dim["access"]) == (2, 2, "public")


def test_metrics_are_written_long(made: dict[str, Any]) -> None:
    params = made["metrics"]["metric.shop.revenue"]["type_params"]
    assert params["measure"]["name"] == "total"
    assert params["window"] == {"count": 7, "granularity": "day"}
    assert params["metrics"][1]["offset_window"] == {"count": 1, "granularity": "month"}


def test_metadata_has_no_environment_but_what_was_passed(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_ENV_CUSTOM_ENV_other", "leak")
    assert made["metadata"]["env"] == {"team": "blue"}
    assert made["metadata"]["generated_at"] == "2026-01-02T12:00:00.000000Z"
    assert "leak" not in dumps(manifest(CONTENTS, INVOCATION))


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ((("unique", "a"), ("unique", "b"), ("not_null", "b")), ["b"]),
        ((("unique", "a"),), ["a"]),
        ((("not_null", "a"),), None),
    ],
)
def test_a_models_key_is_what_is_tested_to_be_one(
    tests: tuple[tuple[str, str], ...], expected: list[str] | None
) -> None:
    nodes = [
        generic(test, "model.shop.orders", column, column, parents=()) for test, column in tests
    ]
    assert primary_keys(nodes).get("model.shop.orders") == expected


def test_a_stated_key_wins() -> None:
    said = replace(SAID, constraints=({"type": "primary_key", "columns": ["x", "y"]},))
    model = replace(ORDERS, definition=replace(ORDERS.definition, properties=said))
    tested = generic("unique", "model.shop.orders", "order_id", "1", parents=())
    assert primary_keys([model, tested]) == {"model.shop.orders": ["x", "y"]}


def test_a_thousand_models_cost_little() -> None:
    """In calls of Python functions, which are the same number on every machine; 137 for each model."""
    few, many = (_calls(models) for models in (100, 200))
    assert (many - few) / 100 < 300


def _calls(models: int) -> int:
    """How many functions are called while a chain of so many models is written."""
    nodes = {}
    for number in range(models):
        name = f"model_{number}"
        written = replace(ORDERS.definition, name=name)
        parents = (f"model.shop.model_{number - 1}",) if number else ()
        each = replace(ORDERS, definition=written, parents=parents)
        nodes[each.id] = each
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        text = dumps(manifest(replace(CONTENTS, nodes=nodes), INVOCATION))
    finally:
        sys.setprofile(None)
    assert len(text) > 1_000 * models
    return calls
