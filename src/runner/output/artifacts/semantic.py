"""Metrics, semantic models and saved queries, as YAML states them, in the manifest's shapes.

Nothing is checked or resolved: the runner computes no metric. What YAML writes short is written
long; what the schema does not know is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from runner.output.artifacts.configs import config_of, unrendered
from runner.output.artifacts.resources import View, depends_on, refs_of
from runner.output.artifacts.statements import stated
from runner.project.nodes import Node
from runner.template.configs import Json, mapping, optional_text, texts

_WINDOW = re.compile(r"^\s*(\d+)\s+([a-z_]+?)s?\s*$", re.IGNORECASE)


def metric_of(node: Node, view: View) -> Json:
    """A metric."""
    said = node.properties
    extra = said.extra
    config = config_of(node)
    return {
        **_common(node, view, config),
        "description": said.description,
        "label": str(extra.get("label") or node.name),
        "type": str(extra.get("type") or "simple"),
        "type_params": _type_params(extra.get("type_params")),
        "filter": _filter(extra.get("filter")),
        "time_granularity": optional_text(extra.get("time_granularity")),
        "sources": [],
        "metrics": [[metric] for metric in node.captured.metrics],
        "meta": config["meta"],
        "tags": texts(extra.get("tags")),
    }


def semantic_model_of(node: Node, view: View) -> Json:
    """A semantic model and where its model lies."""
    extra = node.properties.extra
    parent = next((view.nodes[id] for id in node.parents if id in view.nodes), None)
    relation = parent.relation if parent else None
    defaults = mapping(extra.get("defaults"))
    return {
        **_common(node, view, config_of(node)),
        "model": str(extra.get("model") or ""),
        "node_relation": {
            "alias": relation.identifier,
            "schema_name": relation.schema,
            "database": relation.database,
            "relation_name": str(relation),
        }
        if relation
        else None,
        "description": node.properties.description or None,
        "label": optional_text(extra.get("label")),
        "defaults": {"agg_time_dimension": optional_text(defaults.get("agg_time_dimension"))}
        if defaults
        else None,
        "entities": [_entity(item) for item in _items(extra.get("entities"))],
        "measures": [_measure(item) for item in _items(extra.get("measures"))],
        "dimensions": [_dimension(item) for item in _items(extra.get("dimensions"))],
        "primary_entity": optional_text(extra.get("primary_entity")),
    }


def saved_query_of(node: Node, view: View) -> Json:
    """A saved query."""
    extra = node.properties.extra
    params = mapping(extra.get("query_params"))
    return {
        **_common(node, view, config_of(node)),
        "query_params": {
            "metrics": texts(params.get("metrics")),
            "group_by": texts(params.get("group_by")),
            "where": _filter(params.get("where")),
            "order_by": texts(params.get("order_by")),
            "limit": params.get("limit"),
        },
        "exports": [_export(item) for item in _items(extra.get("exports"))],
        "description": node.properties.description or None,
        "label": optional_text(extra.get("label")),
        "tags": texts(extra.get("tags")),
    }


def _common(node: Node, view: View, config: Json) -> Json:
    return {
        **stated(node),
        "fqn": list(node.fqn),
        "metadata": None,
        "config": config,
        "unrendered_config": unrendered(node),
        "depends_on": depends_on(node, view.macros),
        "refs": refs_of(node),
        "created_at": view.created_at,
        "group": config["group"],
    }


def _items(value: object) -> list[Json]:
    return [dict(mapping(item)) for item in value] if isinstance(value, list | tuple) else []


def _type_params(value: object) -> Json:
    given = mapping(value)
    metrics = given.get("metrics")
    return {
        "measure": _named(given.get("measure"), _measure_input),
        "input_measures": [
            _measure_input(_long(item)) for item in _listed(given.get("input_measures"))
        ],
        "numerator": _named(given.get("numerator"), _metric_input),
        "denominator": _named(given.get("denominator"), _metric_input),
        "expr": optional_text(given.get("expr")),
        "window": _window(given.get("window")),
        "grain_to_date": given.get("grain_to_date"),
        "metrics": None if metrics is None else [_metric_input(_long(m)) for m in _listed(metrics)],
        "conversion_type_params": _conversion(given.get("conversion_type_params")),
        "cumulative_type_params": _cumulative(given.get("cumulative_type_params")),
        "metric_aggregation_params": None,
        "fill_nulls_with": given.get("fill_nulls_with"),
        "join_to_timespine": bool(given.get("join_to_timespine", False)),
        "is_private": None,
    }


def _measure_input(given: Json) -> Json:
    return {
        "name": str(given.get("name")),
        "filter": _filter(given.get("filter")),
        "alias": optional_text(given.get("alias")),
        "join_to_timespine": bool(given.get("join_to_timespine", False)),
        "fill_nulls_with": given.get("fill_nulls_with"),
    }


def _metric_input(given: Json) -> Json:
    return {
        "name": str(given.get("name")),
        "filter": _filter(given.get("filter")),
        "alias": optional_text(given.get("alias")),
        "offset_window": _window(given.get("offset_window")),
        "offset_to_grain": optional_text(given.get("offset_to_grain")),
    }


def _conversion(value: object) -> Json | None:
    given = mapping(value)
    if not given:
        return None
    return {
        "entity": str(given.get("entity")),
        "base_measure": _named(given.get("base_measure"), _measure_input),
        "conversion_measure": _named(given.get("conversion_measure"), _measure_input),
        "base_metric": _named(given.get("base_metric"), _metric_input),
        "conversion_metric": _named(given.get("conversion_metric"), _metric_input),
        "calculation": str(given.get("calculation") or "conversion_rate"),
        "window": _window(given.get("window")),
        "constant_properties": [
            _only(item, "base_property", "conversion_property")
            for item in _items(given.get("constant_properties"))
        ],
    }


def _cumulative(value: object) -> Json | None:
    given = mapping(value)
    if not given:
        return None
    return {
        "window": _window(given.get("window")),
        "grain_to_date": optional_text(given.get("grain_to_date")),
        "period_agg": str(given.get("period_agg") or "first"),
        "metric": _named(given.get("metric"), _metric_input),
    }


def _entity(given: Json) -> Json:
    return {
        **_only(given, "name", "type", "description", "label", "role", "expr"),
        "config": _element_config(given),
    }


def _measure(given: Json) -> Json:
    known = _only(given, "name", "agg", "description", "label", "agg_time_dimension")
    over = mapping(given.get("non_additive_dimension"))
    params = mapping(given.get("agg_params"))
    expr = given.get("expr")
    return {
        **known,
        "create_metric": bool(given.get("create_metric", False)),
        "expr": optional_text(expr),
        "agg_params": {
            "percentile": params.get("percentile"),
            "use_discrete_percentile": bool(params.get("use_discrete_percentile", False)),
            "use_approximate_percentile": bool(params.get("use_approximate_percentile", False)),
        }
        if params
        else None,
        "non_additive_dimension": {
            "name": str(over.get("name")),
            "window_choice": str(over.get("window_choice") or "min"),
            "window_groupings": texts(over.get("window_groupings")),
        }
        if over
        else None,
        "config": _element_config(given),
    }


def _dimension(given: Json) -> Json:
    known = _only(given, "name", "type", "description", "label", "expr")
    params = mapping(given.get("type_params"))
    validity = mapping(params.get("validity_params"))
    return {
        **known,
        "is_partition": bool(given.get("is_partition", False)),
        "type_params": {
            "time_granularity": str(params.get("time_granularity") or "day"),
            "validity_params": {
                "is_start": bool(validity.get("is_start", False)),
                "is_end": bool(validity.get("is_end", False)),
            }
            if validity
            else None,
        }
        if params
        else None,
        "metadata": None,
        "config": _element_config(given),
    }


def _export(given: Json) -> Json:
    config = mapping(given.get("config"))
    return {
        "name": str(given.get("name")),
        "config": {
            "export_as": str(config.get("export_as") or "table"),
            "schema_name": optional_text(config.get("schema_name") or config.get("schema")),
            "alias": optional_text(config.get("alias")),
            "database": optional_text(config.get("database")),
        },
        "unrendered_config": {key: str(value) for key, value in config.items()},
    }


def _element_config(given: Json) -> Json | None:
    config = mapping(given.get("config"))
    return {"meta": dict(mapping(config.get("meta")))} if config else None


def _filter(value: object) -> Json | None:
    """`where` texts: one, a list of them, or already in the manifest's shape."""
    if not value:
        return None
    inner = mapping(value).get("where_filters")
    wheres = [mapping(item).get("where_sql_template") for item in _listed(inner)]
    return {
        "where_filters": [
            {"where_sql_template": str(where)} for where in (wheres if inner else texts(value))
        ]
    }


def _window(value: object) -> Json | None:
    """`7 days` or `{count, granularity}`."""
    if value is None:
        return None
    given = mapping(value)
    if given:
        return _only(dict(given), "count", "granularity")
    match = _WINDOW.match(str(value))
    return {"count": int(match[1]), "granularity": match[2].lower()} if match else None


def _named(value: object, shape: Callable[[Json], Json]) -> Json | None:
    return None if value is None else shape(_long(value))


def _long(value: object) -> Json:
    """`revenue` is short for `{name: revenue}`."""
    return dict(mapping(value)) or {"name": value}


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _only(given: Json, *keys: str) -> Json:
    return {key: given.get(key) for key in keys}
