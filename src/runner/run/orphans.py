"""What earlier builds made and the project no longer has: how it is found and taken away. Knows no run.

Tables and views of models and seeds go only when that is asked for; functions hold no data, and would
go on answering from what may be gone. A snapshot's rows are nowhere else: it is never taken away.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from runner.engines import Inventory, ObjectKind
from runner.plan.functions import drop_function
from runner.plan.ledger import Entry, Ledger
from runner.project.nodes import Kind, Node, RelationName, relation_from

HOLDING_DATA = (Kind.MODEL, Kind.SEED)


class Orphan(Struct, frozen=True):
    """A relation that lost its node. macros: of a function, the kinds of macro that are there."""

    id: str
    relation: RelationName
    object: ObjectKind
    macros: frozenset[str] = frozenset()

    @property
    def statements(self) -> tuple[str, ...]:
        """What takes it away."""
        if self.object is ObjectKind.FUNCTION:
            return drop_function(self.relation, self.macros)
        return (f"drop {self.object} if exists {self.relation}",)

    def __str__(self) -> str:
        return f"{self.object} {self.relation.schema}.{self.relation.identifier}"


def find_orphans(
    ledger: Ledger, nodes: Mapping[str, Node], inventory: Inventory, *, tables: bool
) -> frozenset[Orphan]:
    """The orphans of a database. What has the name of a node of the project is none.

    tables: also those that hold data.
    """
    left = [entry for id, entry in ledger.entries.items() if id not in nodes]
    if not left:
        return frozenset()
    kept = {str(node.relation).lower() for node in nodes.values()}
    found = [_orphan(entry, inventory) for entry in left if tables or entry.kind == Kind.FUNCTION]
    return frozenset(
        orphan for orphan in found if orphan and str(orphan.relation).lower() not in kept
    )


def _orphan(entry: Entry, inventory: Inventory) -> Orphan | None:
    """What an entry tells of, if it is still there as it was made."""
    if entry.relation is None or entry.object is None:
        return None
    name = relation_from(entry.relation)
    if entry.object == ObjectKind.FUNCTION:
        macros = inventory.macros(name)
        return Orphan(entry.id, name, ObjectKind.FUNCTION, macros) if macros else None
    if entry.kind not in HOLDING_DATA or inventory.kind(name) != entry.object:
        return None
    return Orphan(entry.id, name, ObjectKind(entry.object))
