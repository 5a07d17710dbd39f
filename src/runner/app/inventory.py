"""What is in the databases of a target, asked before anything is built. Knows no models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from runner import engines
from runner.app.warehouse import Warehouse
from runner.engines import Engine, Inventory, Opening


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
