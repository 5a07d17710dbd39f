"""The `config` of a node as dbt's schema has it: every key, with its default.

Knows nothing of where the values were written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from runner.project.nodes import Kind

Json: TypeAlias = dict[str, object]

_BASE: Json = {
    "enabled": True,
    "alias": None,
    "schema": None,
    "database": None,
    "tags": [],
    "meta": {},
    "group": None,
    "static_analysis": None,
}
_NODE: Json = {
    **_BASE,
    "materialized": "view",
    "incremental_strategy": None,
    "batch_size": None,
    "lookback": 1,
    "begin": None,
    "persist_docs": {},
    "post-hook": [],
    "pre-hook": [],
    "quoting": {},
    "column_types": {},
    "full_refresh": None,
    "unique_key": None,
    "on_schema_change": "ignore",
    "on_configuration_change": "apply",
    "grants": {},
    "packages": [],
    "docs": {"show": True, "node_color": None},
    "contract": {"enforced": False, "alias_types": True},
    "event_time": None,
    "concurrent_batches": None,
}
_DEFAULTS: Mapping[Kind, Json] = {
    Kind.MODEL: {
        **_NODE,
        "access": "protected",
        "freshness": None,
        "on_error": None,
        "latest_version_pointer": {"enabled": None, "alias": None},
    },
    Kind.SEED: {**_NODE, "materialized": "seed", "delimiter": ",", "quote_columns": None},
    Kind.SNAPSHOT: {
        **_NODE,
        "materialized": "snapshot",
        "strategy": None,
        "target_schema": None,
        "target_database": None,
        "updated_at": None,
        "check_cols": None,
        "snapshot_meta_column_names": {
            "dbt_valid_to": None,
            "dbt_valid_from": None,
            "dbt_scd_id": None,
            "dbt_updated_at": None,
            "dbt_is_deleted": None,
        },
        "dbt_valid_to_current": None,
    },
    Kind.ANALYSIS: _NODE,
    Kind.FUNCTION: {
        **_NODE,
        "materialized": "function",
        "type": "scalar",
        "volatility": None,
        "runtime_version": None,
        "entry_point": None,
        "snowflake": {"quote_args": True},
    },
    Kind.OPERATION: _NODE,
    Kind.TEST: {
        **_BASE,
        "schema": "dbt_test__audit",
        "materialized": "test",
        "severity": "ERROR",
        "store_failures": None,
        "store_failures_as": None,
        "sql_header": None,
        "where": None,
        "limit": None,
        "fail_calc": "count(*)",
        "warn_if": "!= 0",
        "error_if": "!= 0",
    },
    Kind.SOURCE: {
        "enabled": True,
        "event_time": None,
        "freshness": None,
        "loaded_at_field": None,
        "loaded_at_query": None,
        "meta": {},
        "tags": [],
        "static_analysis": None,
    },
    Kind.EXPOSURE: {"enabled": True, "tags": [], "meta": {}},
    Kind.UNIT_TEST: {"tags": [], "meta": {}, "enabled": True, "static_analysis": None},
    Kind.METRIC: {"enabled": True, "group": None, "meta": {}},
    Kind.SEMANTIC_MODEL: {"enabled": True, "group": None, "meta": {}},
    Kind.SAVED_QUERY: {
        "enabled": True,
        "group": None,
        "meta": {},
        "export_as": None,
        "schema": None,
        "cache": {"enabled": False},
    },
    Kind.GROUP: {"meta": {}},
}
_NEVER_NULL = (
    "persist_docs",
    "quoting",
    "column_types",
    "grants",
    "meta",
    "tags",
    "on_configuration_change",
    "materialized",
    "enabled",
    "severity",
    "fail_calc",
    "warn_if",
    "error_if",
    "delimiter",
    "latest_version_pointer",
    "access",
)
_HOOKS = {"pre_hook": "pre-hook", "post_hook": "post-hook", "pre-hook": "pre-hook",
          "post-hook": "post-hook"}  # fmt: skip


def complete_config(kind: Kind, values: Mapping[str, object]) -> Json:
    """All keys of the kind's configuration, then those that only this project knows."""
    defaults = _DEFAULTS[kind]
    config = dict(defaults)
    for key, value in values.items():
        if value is None and key in _NEVER_NULL:
            continue
        if key in _HOOKS:
            config[_HOOKS[key]] = hooks(value)
        elif key in _SHAPES:
            config[key] = _SHAPES[key](value)
        elif key in _JOINED and key in defaults:
            config[key] = {**mapping(defaults[key]), **mapping(value)}
        else:
            config[key] = value
    return config


def told_config(kind: Kind, values: Mapping[str, object]) -> Json:
    """The configuration as a template sees it in `model.config`: without what is null."""
    known = complete_config(kind, values)
    return {key: _without_nulls(key, value) for key, value in known.items() if value is not None}


def _without_nulls(key: str, value: object) -> object:
    if key in _SHOWN_SHORT and isinstance(value, Mapping):
        return {inner: item for inner, item in value.items() if item is not None}
    return value


def hooks(value: object) -> list[Json]:
    """Hooks as objects: `select 1`, a list of such texts, or `{sql, transaction}`."""
    given = value if isinstance(value, list | tuple) else [value] if value is not None else []
    return [hook for item in given if (hook := _hook(item))]


def docs(value: object) -> Json:
    """`docs` with both keys."""
    given = mapping(value)
    show = given.get("show")
    color = given.get("node_color")
    return {
        "show": show is None or bool(show),
        "node_color": None if color is None else str(color),
    }


def contract(value: object) -> Json:
    """`contract` with both keys; `contract: true` is short for enforced."""
    given = mapping(value)
    enforced = given.get("enforced", False) if given else value is True
    return {"enforced": bool(enforced), "alias_types": bool(given.get("alias_types", True))}


def texts(value: object) -> list[str]:
    """A list of texts from one of them or several."""
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return [str(value)]


def mapping(value: object) -> Mapping[str, object]:
    """A mapping, empty if it is anything else."""
    return value if isinstance(value, Mapping) else {}


def optional_text(value: object) -> str | None:
    """Text or null."""
    return None if value is None else str(value)


def optional_flag(value: object) -> bool | None:
    """True, false or null."""
    return None if value is None else bool(value)


def freshness(value: object) -> Json | None:
    """A source's thresholds, with all keys, or None where it has none."""
    given = mapping(value)
    if not given:
        return None
    return {
        "warn_after": _threshold(given.get("warn_after")),
        "error_after": _threshold(given.get("error_after")),
        "filter": optional_text(given.get("filter")),
    }


def _threshold(value: object) -> Json:
    given = mapping(value)
    return {"count": given.get("count"), "period": given.get("period")}


def _hook(value: object) -> Json | None:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            loaded = json.loads(value)
        except ValueError:
            loaded = None
        value = loaded if isinstance(loaded, dict) and "sql" in loaded else value
    if isinstance(value, Mapping):
        transaction = bool(value.get("transaction", True))
        return {"sql": str(value.get("sql") or ""), "transaction": transaction, "index": None}
    text = str(value)
    return {"sql": text, "transaction": True, "index": None} if text.strip() else None


def _distinct(value: object) -> list[str]:
    return list(dict.fromkeys(texts(value)))


def _copied(value: object) -> Json:
    return dict(mapping(value))


def _on_or_off(value: object) -> str | None:
    """YAML reads a bare `off` as false."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return optional_text(value)


_SHAPES: Mapping[str, Callable[[object], object]] = {
    "tags": _distinct,
    "packages": texts,
    "docs": docs,
    "contract": contract,
    "meta": _copied,
    "enabled": bool,
    "access": str,
    "severity": str,
    "schema": optional_text,
    "database": optional_text,
    "alias": optional_text,
    "group": optional_text,
    "where": optional_text,
    "on_schema_change": optional_text,
    "full_refresh": optional_flag,
    "store_failures": optional_flag,
    "quote_columns": optional_flag,
    "static_analysis": _on_or_off,
}
_JOINED = ("snapshot_meta_column_names", "latest_version_pointer")
_SHOWN_SHORT = ("docs", *_JOINED)
