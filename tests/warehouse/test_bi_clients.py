"""What BI programs find in the built demo shop: types that all of them know, comments, keys, questions."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from typing import Any

import pytest

from tests.support.once import demo_shop
from tests.warehouse.conftest import REPO, Warehouse

READ = ("main", "pii", "seeds")
"""Schemas that people look at; the others are the warehouse's own steps."""
SAFE = re.compile(
    r"BIGINT|INTEGER|SMALLINT|BOOLEAN|DOUBLE|VARCHAR|DATE|TIMESTAMP|DECIMAL\(\d+,\d+\)"
)
"""Scalars that every client maps: no lists, structs, enums, intervals, unsigned or huge integers."""


def test_what_is_published_has_types_that_all_clients_know(demo: Warehouse) -> None:
    columns = demo.tuples("""
        select schema_name, table_name, column_name, data_type
        from duckdb_columns()
        where database_name = current_database() and not internal
    """)
    assert len(columns) > 2000
    assert [column for column in columns if not SAFE.fullmatch(str(column[3]))] == []


def test_what_people_look_at_is_described(demo: Warehouse) -> None:
    listed = ", ".join(f"'{schema}'" for schema in READ)
    silent = demo.tuples(f"""
        select schema_name, name, column_name
        from (
            select schema_name, table_name as name, null as column_name, comment, internal
            from duckdb_tables()
            union all
            select schema_name, view_name, null, comment, internal from duckdb_views()
            union all
            select schema_name, table_name, column_name, comment, internal from duckdb_columns()
            union all
            select schema_name, function_name, null, comment, internal from duckdb_functions()
        )
        where schema_name in ({listed}) and coalesce(comment, '') = '' and not internal
        order by all
    """)
    assert silent == []


# --- Metabase's questions ----------------------------------------------------------------------------

SCRIPT = runpy.run_path(str(REPO / "docs/make_metabase.py"))
FUNCTIONS: list[Any] = SCRIPT["functions"]()


def test_the_page_has_the_questions_of_all_functions() -> None:
    page = (REPO / "docs/metabase.md").read_text("utf-8")
    assert page == SCRIPT["updated"](page), "run: python docs/make_metabase.py"


def test_every_table_function_has_a_question(demo: Warehouse) -> None:
    there = demo.tuples("""
        select distinct function_name from duckdb_functions()
        where database_name = current_database() and function_type = 'table_macro'
    """)
    assert {node.name for node in FUNCTIONS} == {name for (name,) in there}


@pytest.mark.parametrize("node", FUNCTIONS, ids=lambda node: node.name)
def test_a_question_answers_filled_in_or_not(demo: Warehouse, node: Any) -> None:
    """As Metabase sends it: with the needed variables alone, and with all of them."""
    arguments = node.definition.signature.arguments
    needed = {a.name: a.example for a in arguments if a.default is None}
    assert None not in needed.values(), "an argument that must be given has an example"
    everything = {a.name: a.example or a.default for a in arguments}
    for values in (needed, everything):
        sent = SCRIPT["filled"](SCRIPT["question"](node), values)
        assert "{{" not in sent
        assert "[[" not in sent
        demo.connection.execute(sent).fetchmany(1)


def test_a_variable_that_is_left_empty_is_the_default(demo: Warehouse) -> None:
    """By hand: a bracket goes with its variable, the rest stays."""
    fill = SCRIPT["filled"]
    sql = "f(\n    {{a}}\n    [[, b := {{b}}]]\n    [[, c := {{c}}]]\n)"
    assert fill(sql, {"a": "1", "c": "3"}) == "f(\n    1\n    \n    , c := 3\n)"


# --- dbt-metabase ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The models as dbt-metabase reads them from our manifest, by schema and name."""
    reader = pytest.importorskip("dbtmetabase.manifest", reason="pip install dbt-metabase")
    folder = tmp_path_factory.mktemp("manifest")
    done = subprocess.run(
        [sys.executable, "-m", "runner", "parse", "--project-dir", str(REPO),
         "--target-path", str(folder)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "RUNNER_DATABASE": str(folder / "none.duckdb")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    read = reader.Manifest(folder / "manifest.json").read_models()
    found = {f"{model.schema}.{model.alias}": model for model in read}
    found["manifest"] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return found


def column(models: dict[str, Any], table: str, name: str) -> Any:
    return next(c for c in models[table].columns if c.name == name)


def test_dbt_metabase_reads_models_and_descriptions(
    models: dict[str, Any], demo: Warehouse
) -> None:
    """Every table and column of the marts that is built is described in what Metabase is given."""
    tables = demo.tuples("""
        select table_name, column_name from duckdb_columns()
        where schema_name = 'main' and not internal and table_name <> 'metrics_dictionary'
    """)
    assert len({table for table, _ in tables}) > 50
    for table, name in tables:
        model = models[f"main.{table}"]
        assert model.description, table
        assert column(models, f"main.{table}", str(name)).description, f"{table}.{name}"


@pytest.mark.parametrize(
    ("table", "name", "to"),
    [
        ("main.fct_orders", "customer_id", "main.dim_customers"),
        ("main.fct_order_items", "order_id", "main.fct_orders"),
        ("main.fct_order_items", "product_id", "main.dim_products"),
        ("main.fct_refund_items", "customer_id", "main.dim_customers"),
        ("main.fct_customer_products", "product_id", "main.dim_products"),
        ("main.fct_customer_clv", "run_id", "main.fct_clv_model_runs"),
        ("pii.customers_pii", "customer_id", "main.dim_customers"),
    ],
)
def test_dbt_metabase_reads_foreign_keys(
    models: dict[str, Any], table: str, name: str, to: str
) -> None:
    found = column(models, table, name)
    assert found.semantic_type == "type/FK"
    assert (found.fk_target_table, found.fk_target_field) == (to, name)


def test_dbt_metabase_reads_every_relationship_of_the_marts(models: dict[str, Any]) -> None:
    """As many foreign keys as the manifest has tests of relationships on models, one a column."""
    nodes = models["manifest"]["nodes"]
    tested = {
        (nodes[node["attached_node"]]["schema"], nodes[node["attached_node"]]["alias"], node["column_name"])
        for node in nodes.values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == "relationships"
        and node["attached_node"] in nodes
        and nodes[node["attached_node"]]["resource_type"] == "model"
        and all(parent.startswith("model.") for parent in node["depends_on"]["nodes"])
    }  # fmt: skip
    read = {
        (model.schema, model.alias, c.name)
        for key, model in models.items()
        if key != "manifest"
        for c in model.columns
        if c.fk_target_table
    }
    assert len(tested) > 15
    assert tested <= read


@pytest.mark.parametrize(
    ("table", "name", "field", "value"),
    [
        ("main.dim_customers", "customer_id", "semantic_type", "type/PK"),
        ("main.dim_customers", "country_code", "semantic_type", "type/Country"),
        ("main.agg_kpis_monthly", "net_revenue", "semantic_type", "type/Currency"),
        ("main.agg_kpis_monthly", "repeat_purchase_rate", "number_style", "percent"),
        ("pii.customers_pii", "email", "semantic_type", "type/Email"),
        ("pii.customers_pii", "phone", "visibility_type", "sensitive"),
    ],
)
def test_dbt_metabase_reads_what_columns_mean(
    models: dict[str, Any], table: str, name: str, field: str, value: str
) -> None:
    assert getattr(column(models, table, name), field) == value


def test_every_metric_is_a_described_column(models: dict[str, Any], demo: Warehouse) -> None:
    """The dictionary's metrics that stand in a table are columns that Metabase shows with a description."""
    metrics = demo.tuples("""
        select distinct relation, column_name from metrics_dictionary
        where relation in (select table_name from duckdb_tables() where schema_name = 'main')
            and column_name is not null
    """)
    assert len(metrics) > 30
    for table, name in metrics:
        assert column(models, f"main.{table}", str(name)).description, f"{table}.{name}"


# --- dbt-artifacts-parser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the build of the demo shop wrote, as dbt-artifacts-parser reads it."""
    parser = pytest.importorskip("dbt_artifacts_parser.parser")
    folder = demo_shop(tmp_path_factory) / "target"
    read = {}
    for name in ("manifest", "run_results", "catalog"):
        said = json.loads((folder / f"{name}.json").read_text("utf-8"))
        read[name] = getattr(parser, f"parse_{name}")(said)
    return read


def test_dbt_artifacts_parser_reads_the_results_of_the_demo_shop(artifacts: dict[str, Any]) -> None:
    manifest, results = artifacts["manifest"], artifacts["run_results"].results
    assert type(manifest).__name__ == "ManifestV12"
    known = {*manifest.nodes, *manifest.unit_tests, *manifest.functions}
    assert len(results) > 900
    assert {result.unique_id for result in results} <= known
    assert {str(getattr(r.status, "value", r.status)) for r in results} <= {
        "success", "pass", "warn", "no-op",
    }  # fmt: skip
    node = manifest.nodes["model.shop.fct_orders"]
    assert node.columns["order_id"].description
    parents = manifest.parent_map["model.shop.fct_orders"]
    assert parents
    assert all("model.shop.fct_orders" in manifest.child_map[parent] for parent in parents)


def test_dbt_artifacts_parser_reads_the_catalog_of_the_demo_shop(
    artifacts: dict[str, Any], demo: Warehouse
) -> None:
    """Every table of the marts with the columns, types and comments that the database has."""
    read = {
        (node.metadata.name, column.name): (column.index, column.type, column.comment or "")
        for node in artifacts["catalog"].nodes.values()
        if node.metadata.schema_ == "main"
        for column in node.columns.values()
    }
    wanted = demo.tuples("""
        select table_name, column_name, column_index, data_type, coalesce(comment, '')
        from duckdb_columns()
        where database_name = current_database() and schema_name = 'main' and not internal
    """)
    assert len(wanted) > 800
    assert read == {(table, column): tuple(rest) for table, column, *rest in wanted}
