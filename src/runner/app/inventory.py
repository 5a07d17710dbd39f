"""What is in the databases of a target: its relations, and the columns of those that are nodes'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from runner import engines
from runner.app.load import Loaded
from runner.app.warehouse import Warehouse
from runner.engines import Engine, Inventory, Opening
from runner.project.nodes import Kind


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
    return Inventory(
        {**one.objects, **other.objects},
        one.schemas | other.schemas,
        one.functions | other.functions,
    )


def column_types(loaded: Loaded, engine: Engine | None) -> dict[str, dict[str, str]]:
    """The columns, with their types, of every node that is in the database."""
    assert engine is not None
    session = engine.session()
    try:
        there = session.catalog()
    finally:
        session.close()
    found: dict[str, dict[str, str]] = {}
    for node in loaded.nodes.values():
        name = node.relation
        if name is None or node.kind in (Kind.TEST, Kind.ANALYSIS, Kind.FUNCTION):
            continue
        columns = there.get((name.database.lower(), name.schema.lower(), name.identifier.lower()))
        if columns:
            found[node.id] = columns
    return found
