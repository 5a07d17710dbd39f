"""Whether a build must carry anything over from the release before it. Pure."""

from __future__ import annotations

import re

from runner.engines import Inventory
from runner.plan.plan import Plan, Step
from runner.project.nodes import Kind

BUILT_IN = ("main", "information_schema", "pg_catalog")
_READS_ITSELF = re.compile(r"\{[{%][^{}]*\bthis\b")


def rebuilds_relations(inventory: Inventory, plan: Plan, *, full_refresh: bool) -> bool:
    """Is every schema, table and view that is there made anew by the plan?

    Not so are: what others loaded, snapshots, incremental models unless all is refreshed, models
    whose template reads what it replaces, tables of tests, and what was not selected.
    """
    anew = set()
    for step in plan.steps.values():
        name = step.node.relation
        if name is not None and _is_made_anew(step, full_refresh=full_refresh):
            anew.add((name.database.lower(), name.schema.lower(), name.identifier.lower()))
    made = {(catalog.lower(), schema.lower()) for catalog, schema in plan.schemas()}
    schemas = {
        (catalog, schema)
        for catalog, schema in inventory.schemas
        if schema not in BUILT_IN and catalog not in ("system", "temp")
    }
    return schemas <= made and set(inventory.objects) <= anew


def _is_made_anew(step: Step, *, full_refresh: bool) -> bool:
    node = step.node
    if node.kind is Kind.SEED:
        return True
    if node.kind is not Kind.MODEL:
        return False
    if node.config.materialized == "incremental":
        return full_refresh and node.config.get("full_refresh") is not False
    written = f"{node.definition.text} {node.config.get('pre_hook')}"
    return _READS_ITSELF.search(written) is None
