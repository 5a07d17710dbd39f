"""Whether a build must carry anything over from the release before it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runner.engines import Inventory, ObjectKind
from runner.plan.plan import Plan, Step
from runner.project.nodes import Config, Kind, Node, RelationName
from runner.release.carry import rebuilds_relations
from tests.support.worlds import model

SYSTEM = frozenset({("shop", "main"), ("shop", "pg_catalog"), ("system", "main"), ("temp", "main")})


def step(name: str, text: str = "select 1", kind: Kind = Kind.MODEL, **config: object) -> Step:
    schema = str(config.pop("schema", "main"))
    definition = replace(model(name, text), kind=kind)
    node = Node(definition, Config({"materialized": "table", **config}),
                relation=RelationName("shop", schema, name))  # fmt: skip
    return Step(node.id, node, (), "selected")


def plan(*steps: Step) -> Plan:
    return Plan({step.id: step for step in steps})


def there(*names: str, schemas: tuple[str, ...] = ()) -> Inventory:
    return Inventory(
        {("shop", "main", name): ObjectKind.TABLE for name in names},
        SYSTEM | {("shop", schema) for schema in schemas},
    )


def test_an_empty_database_has_nothing_to_carry() -> None:
    assert rebuilds_relations(there(), plan(step("a")), full_refresh=False)


@pytest.mark.parametrize(
    ("made", "full_refresh", "anew"),
    [
        (step("a"), False, True),
        (step("A"), False, True),
        (step("a", materialized="view"), False, True),
        (step("a", kind=Kind.SEED), False, True),
        (step("a", kind=Kind.SNAPSHOT), True, False),
        (step("a", kind=Kind.TEST), True, False),
        (step("a", materialized="incremental"), False, False),
        (step("a", materialized="incremental"), True, True),
        (step("a", materialized="incremental", full_refresh=False), True, False),
        (step("a", "select * from {{ this }}"), False, False),
        (step("a", "{% if this %}{% endif %} select 1"), False, False),
        (step("a", "select 1 -- this is no template"), False, True),
        (step("a", pre_hook="insert into log select * from {{ this }}"), False, False),
        (step("b"), True, False),
    ],
)
def test_what_counts_as_made_anew(made: Step, full_refresh: bool, anew: bool) -> None:
    assert rebuilds_relations(there("a"), plan(made), full_refresh=full_refresh) is anew


def test_one_relation_more_must_be_carried() -> None:
    both = plan(step("a"), step("b"))
    assert rebuilds_relations(there("a", "b"), both, full_refresh=False)
    assert not rebuilds_relations(there("a", "b", "c"), both, full_refresh=False)


def test_a_schema_of_somebody_elses_must_be_carried() -> None:
    made = plan(step("a", schema="marts"))
    assert rebuilds_relations(there(schemas=("marts",)), made, full_refresh=False)
    assert not rebuilds_relations(there(schemas=("marts", "raw")), made, full_refresh=False)
