"""Every stage of the pipeline over one small project, as text that a person can read.

UPDATE_GOLDEN=1 writes the expected files anew: read what changed before you commit it. The compiled
SQL is run as well, and its answer checked by hand.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.app.compile import compile_plan, make_compiler
from runner.app.database import open_readers
from runner.app.load import Loaded, Options, Outside, choose, load
from runner.app.run import run
from runner.engines import EMPTY, Inventory, ObjectKind
from runner.plan.materialize import MATERIALIZATIONS, Request, comments
from runner.plan.plan import Plan, make_plan
from runner.project.nodes import Kind

HERE = Path(__file__).parent
MADE = Inventory({("warehouse", "main_marts", "orders_log"): ObjectKind.TABLE}, frozenset())


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    folder = tmp_path / "project"
    shutil.copytree(HERE / "project", folder)
    monkeypatch.chdir(folder)
    return Outside(
        {}, folder, tmp_path, lambda: datetime(2026, 1, 2, tzinfo=UTC), lambda event: None
    )


@pytest.fixture
def loaded(outside: Outside) -> Loaded:
    return load(Options(), outside)


def plan_of(loaded: Loaded, outside: Outside) -> Plan:
    return make_plan(loaded.graph, choose(loaded, Options(), outside.listener).ids, "build")


def expect(name: str, text: str) -> None:
    """Compare with the expected file, or write it."""
    file = HERE / "expected" / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.rstrip() + "\n", "utf-8")
    assert text.rstrip() + "\n" == file.read_text("utf-8")


def test_definitions_become_nodes(loaded: Loaded) -> None:
    lines = []
    for node in sorted(loaded.nodes.values(), key=lambda node: node.id):
        lines += [
            node.id,
            f"  file     {node.definition.shown}:{node.definition.first_line}",
            f"  relation {node.relation}",
            f"  parents  {', '.join(node.parents)}",
            f"  config   {dict(sorted(node.config.values.items()))}",
        ]
    expect("nodes.txt", "\n".join(lines))


def test_nodes_become_a_plan(loaded: Loaded, outside: Outside) -> None:
    plan = plan_of(loaded, outside)
    lines = [
        f"{step.node.label} ({step.kind}) after {', '.join(sorted(step.after)) or 'nothing'}"
        for step in plan.steps.values()
    ]
    expect("plan.txt", "\n".join([*lines, "", *(".".join(s) for s in plan.schemas())]))


@pytest.mark.parametrize(("state", "inventory"), [("new", EMPTY), ("again", MADE)])
def test_nodes_become_sql(
    loaded: Loaded, outside: Outside, state: str, inventory: Inventory
) -> None:
    compiled = compile_plan(plan_of(loaded, outside), make_compiler(loaded, inventory))
    parts = [f"-- {id}\n{item.sql.strip()}\n" for id, item in sorted(compiled.items())]
    expect(f"compiled_{state}.sql", "\n".join(parts))


def test_sql_becomes_statements(loaded: Loaded, outside: Outside) -> None:
    plan = plan_of(loaded, outside)
    compiled = compile_plan(plan, make_compiler(loaded, EMPTY))
    parts = []
    for id, step in sorted(plan.steps.items()):
        node = step.node
        if node.kind is not Kind.MODEL:
            continue
        assert node.relation is not None
        request = Request(
            node.relation, compiled[id].sql, node.config, description=node.properties.description
        )
        made = MATERIALIZATIONS[node.config.materialized].make(request)
        said = (*made.statements, *comments(request, made.kind, ()))
        parts.append(f"-- {id}\n" + ";\n".join(said) + ";\n")
    expect("statements.sql", "\n".join(parts))


def test_the_statements_make_what_was_worked_out_by_hand(outside: Outside) -> None:
    outcome = run(Options(), outside)
    assert int(outcome.exit) == 0
    with open_readers(load(Options(), outside)) as (_, session):
        assert session is not None
        rows = session.query("select * from main_marts.customers order by customer_id").values
        # customer 7: 2.50 placed, 10.00 shipped; customer 8: 4.00 placed
        assert rows == [(7, 2, 250, 1000), (8, 1, 400, 0)]
        views = session.query("select * from main_marts.country_view order by country").values
        assert [(c, str(a)) for c, a in views] == [("BR", "10.0000"), ("PL", "6.5000")]
