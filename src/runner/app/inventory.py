"""What is in the databases of a target: its relations, and the columns of those that are nodes'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress

from msgspec.structs import replace

from runner import engines
from runner.app.ledger import SCHEMA
from runner.app.load import Loaded
from runner.app.warehouse import Warehouse
from runner.engines import Engine, Inventory, ObjectKind, Opening
from runner.engines.sql_error import SqlError
from runner.plan.ledger import Ledger
from runner.plan.plan import Plan
from runner.plan.status import Status
from runner.project.nodes import Kind, Node
from runner.run.events import Result

LEDGER = frozenset({"meta", "nodes", "invocations", "history"})
FEW = 20
"""Relations up to which the columns of each are asked for."""
MANY = 200
"""Relations above which the columns of all are read at once."""
_MADE = {
    "table": ObjectKind.TABLE, "incremental": ObjectKind.TABLE, "view": ObjectKind.VIEW,
}  # fmt: skip


def inventory_of(engine: Engine) -> Inventory:
    """What an open database holds."""
    with closing(engine.session()) as session:
        return session.inventory()


def one_value(engine: Engine, query: str) -> str:
    """The one cell of a query's one row, as text."""
    with closing(engine.session()) as session:
        return str(session.query(query).values[0][0])


def attached(warehouse: Warehouse) -> Inventory:
    """What is in the databases that are attached to the target: releases do not hold it."""
    if not warehouse.target.attach:
        return engines.EMPTY
    with only_attached(warehouse) as engine:
        there = inventory_of(engine)
    objects = {name: kind for name, kind in there.objects.items() if name[0] != "memory"}
    return Inventory(
        objects,
        frozenset(s for s in there.schemas if s[0] != "memory"),
        frozenset(f for f in there.functions if f[0] != "memory"),
    )


@contextmanager
def only_attached(warehouse: Warehouse) -> Iterator[Engine]:
    """An engine that has the attached databases and nothing else. Raises TargetError."""
    settings = replace(warehouse.target, settings={}, path=":memory:")
    engine = engines.connect(Opening(settings, ":memory:", warehouse.config.root))
    try:
        yield engine
    finally:
        engine.close()


def together(one: Inventory, other: Inventory) -> Inventory:
    """What is in one or the other."""
    unknown = one.largest is None or other.largest is None
    return Inventory(
        {**one.objects, **other.objects},
        one.schemas | other.schemas,
        one.functions | other.functions,
        None if unknown else max(one.largest or 0, other.largest or 0),
    )


def inventory_after(
    before: Inventory, loaded: Loaded, plan: Plan, results: Mapping[str, Result]
) -> Inventory | None:
    """What is in a database after a build that was carried out in it.

    None where something may have been made that the results do not tell of: by hooks, by failures
    that are stored, by a step that did not succeed.
    """
    database = loaded.target.database.lower()
    there = {
        name for catalog, schema, name in before.objects if (catalog, schema) == (database, SCHEMA)
    }
    around = loaded.on_run_start or loaded.on_run_end
    if not there >= LEDGER or before.largest is None or around:
        return None
    made: dict[tuple[str, str, str], ObjectKind] = {}
    largest = before.largest
    for id, result in results.items():
        node = loaded.nodes[id]
        if result.status is Status.REUSED or (node.kind is Kind.TEST and not _is_stored(node)):
            continue
        kind = _MADE.get(node.config.materialized) if node.kind is Kind.MODEL else None
        name = node.relation
        hooks = node.config.texts("pre_hook") or node.config.texts("post_hook")
        if kind is None or name is None or hooks or result.status is not Status.SUCCESS:
            return None
        if node.definition.language != "sql" or name.database.lower() != database:
            return None
        if kind is ObjectKind.TABLE and result.rows is None:
            return None
        made[name.database.lower(), name.schema.lower(), name.identifier.lower()] = kind
        largest = max(largest, result.rows or 0)
    schemas = {(catalog.lower(), schema.lower()) for catalog, schema in plan.schemas()}
    return Inventory(
        {**before.objects, **made}, before.schemas | schemas, before.functions, largest
    )


def _is_stored(node: Node) -> bool:
    return node.config.flag("store_failures") or bool(node.config.get("store_failures_as"))


def known_types(ledger: Ledger) -> dict[str, dict[str, str]]:
    """The columns of what is in the database, as its ledger has them: id → column → type."""
    return {id: dict(entry.columns) for id, entry in ledger.entries.items() if entry.columns}


def types_after(
    loaded: Loaded,
    engine: Engine | None,
    results: Mapping[str, Result],
    ledger: Ledger,
    tried: Mapping[str, Mapping[str, str]],
) -> dict[str, dict[str, str]]:
    """The columns of what is in the database after a run: id → column → type.

    ledger: as it was before. tried: the columns of functions that were made.
    """
    known = known_types(ledger)
    reused = (id for id, result in results.items() if result.status is Status.REUSED)
    types = column_types(loaded, engine, {id: known[id] for id in reused if id in known})
    for id, node in loaded.nodes.items():
        if node.kind is Kind.FUNCTION and (id in tried or id in known):
            types[id] = dict(tried.get(id) or known.get(id) or {})
    return types


def column_types(
    loaded: Loaded,
    engine: Engine | None,
    known: Mapping[str, Mapping[str, str]],
) -> dict[str, dict[str, str]]:
    """The columns, with their types, of every node that is in the database.

    known: those of nodes that are as they were.
    """
    assert engine is not None
    placed = {
        node.id: node.relation
        for node in loaded.nodes.values()
        if node.relation is not None and node.kind not in (Kind.TEST, Kind.ANALYSIS, Kind.FUNCTION)
    }
    asked = {id: name for id, name in placed.items() if id not in known}
    found = {id: dict(known[id]) for id in placed if id in known}
    session = engine.session()
    try:
        if len(asked) <= FEW:  # to list the columns of all tables costs as much as there are
            for id, name in asked.items():
                with suppress(SqlError):
                    found[id] = {column.name: column.type for column in session.describe(str(name))}
        rest = {name.identifier.lower() for id, name in asked.items() if id not in found}
        there = session.catalog(rest if len(rest) <= MANY else None)
    finally:
        session.close()
    for id, name in asked.items():
        key = (name.database.lower(), name.schema.lower(), name.identifier.lower())
        if id not in found and key in there:
            found[id] = there[key]
    # In the nodes' order, however they were found.
    return {id: found[id] for id in placed if id in found}
