"""Configuration from the project file's folders, and each resource's defaults."""

from __future__ import annotations

from collections.abc import Mapping

from runner.project.config import ProjectConfig
from runner.project.nodes import Definition, Kind
from runner.template.scope import merge_config

TREES: Mapping[Kind, str] = {
    Kind.MODEL: "models",
    Kind.SEED: "seeds",
    Kind.SNAPSHOT: "snapshots",
    Kind.FUNCTION: "functions",
    Kind.SOURCE: "sources",
    Kind.TEST: "tests",
    Kind.UNIT_TEST: "unit_tests",
    Kind.ANALYSIS: "analyses",
    Kind.EXPOSURE: "exposures",
    Kind.METRIC: "metrics",
    Kind.SEMANTIC_MODEL: "semantic-models",
    Kind.SAVED_QUERY: "saved-queries",
}
DEFAULTS: Mapping[Kind, Mapping[str, object]] = {
    Kind.MODEL: {"materialized": "view"},
    Kind.SEED: {"materialized": "seed"},
    Kind.SNAPSHOT: {"materialized": "snapshot"},
    Kind.FUNCTION: {"materialized": "function", "type": "scalar"},
    Kind.TEST: {"materialized": "test", "schema": "dbt_test__audit"},
}


CONFIG_KEYS = frozenset({
    # of dbt's language
    "access", "alias", "batch_size", "begin", "check_cols", "column_types", "concurrent_batches",
    "contract", "database", "dbt_valid_to_current", "delimiter", "docs", "enabled", "error_if",
    "event_time", "fail_calc", "freshness", "full_refresh", "grants", "group", "hard_deletes",
    "incremental_predicates", "incremental_strategy", "invalidate_hard_deletes",
    "latest_version_pointer", "limit", "loaded_at_field", "loaded_at_query", "lookback",
    "materialized", "merge_exclude_columns", "merge_update_columns", "meta", "on_configuration_change",
    "on_error", "on_schema_change", "packages", "persist_docs", "post-hook", "post_hook",
    "predicates", "pre-hook", "pre_hook", "quote_columns", "quoting", "schema", "severity",
    "snapshot_meta_column_names", "sql_header", "static_analysis", "store_failures",
    "store_failures_as", "strategy", "submission_method", "tags", "target_database",
    "target_schema", "unique_key", "updated_at", "warn_if", "where",
    # of dbt-duckdb and of the runner
    "catalog", "external_location", "format", "formatter", "glue_database", "glue_register",
    "grain", "indexes", "location", "merge_clauses", "merge_insert_condition",
    "merge_on_using_columns", "merge_returning_columns", "merge_update_condition",
    "merge_update_set_expressions", "optional", "options", "overrides", "parquet_read_options",
    "partition_by", "partition_columns", "partitioned_by", "plugin", "sorted_by",
    "table_function",
})  # fmt: skip
"""Keys that a template's config() may have without anybody wondering. Others are the project's own."""


def default_config(definition: Definition) -> dict[str, object]:
    """What a resource is configured as when nobody says anything."""
    values = dict(DEFAULTS.get(definition.kind, {}))
    if definition.language == "python" and definition.kind is Kind.MODEL:
        values["materialized"] = "table"
    return values


def merge_folders(
    values: dict[str, object],
    definition: Definition,
    project: ProjectConfig,
    packages: Mapping[str, ProjectConfig],
) -> None:
    """Add what the folders of a resource's own package say of it, then what the project's say."""
    own = packages.get(definition.package, project)
    if own.name != project.name:
        merge_config(values, folder_config(own, definition))
    merge_config(values, folder_config(project, definition))


def folder_config(project: ProjectConfig, definition: Definition) -> dict[str, object]:
    """What a project file says of the folders that a resource lies in, the innermost last."""
    tree = project.trees.get(TREES.get(definition.kind, ""), {})
    values: dict[str, object] = {}
    level: object = tree
    merge_config(values, level_config(tree))
    for part in definition.fqn:
        level = level.get(part) if isinstance(level, Mapping) else None
        if not isinstance(level, Mapping):
            break
        merge_config(values, level_config(level))
    return values


def level_config(level: Mapping[str, object]) -> dict[str, object]:
    """The configuration that stands at one level of the tree, apart from its folders."""
    return {
        key.removeprefix("+"): value
        for key, value in level.items()
        if key.startswith("+") or not isinstance(value, Mapping)
    }
