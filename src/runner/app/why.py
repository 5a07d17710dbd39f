"""The plan in words: what a build would do and why, without doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from runner.app.compile import compile_plan, make_compiler
from runner.app.database import Database
from runner.app.keep import make_keeper
from runner.app.load import Loaded, Options, Outside, choose, load
from runner.errors import Exit, ProjectError, did_you_mean
from runner.plan.changes import Judgement
from runner.plan.plan import Plan, make_plan
from runner.project.nodes import Kind, Node

Say = Callable[[str], None]


def explain_plan(options: Options, outside: Outside, say: Say) -> int:
    """`runner build --dry-run`: a line for each step that would be done, and how many would not."""
    loaded = load(options, outside)
    ids = choose(loaded, options, outside.listener).ids
    plan = make_plan(loaded.graph, ids, "build")
    judged = judgements(loaded, options, outside, plan)
    todo = [id for id, judgement in judged.items() if not judgement.reuse]
    width = max((len(plan.steps[id].node.label) for id in todo), default=0)
    for id in todo:
        step = plan.steps[id]
        say(f"  {step.node.label:<{min(width, 48)}}  {step.kind:<11}  {judged[id].reason}")
    unchanged = len(judged) - len(todo)
    say(
        f"\n  {len(todo):,} to do, {unchanged:,} unchanged"
        if todo
        else f"  all {unchanged:,} unchanged"
    )
    return int(Exit.DONE)


def explain_node(options: Options, outside: Outside, name: str, say: Say) -> int:
    """`runner why NAME`: would a node be built, and why; what makes it so, further up."""
    loaded = load(options, outside)
    known = {n.label: n.id for n in loaded.nodes.values() if n.kind is not Kind.SOURCE}
    known |= {n.name: n.id for n in loaded.nodes.values() if n.kind is not Kind.SOURCE}
    if name not in known:
        raise ProjectError(f"there is no node {name!r}", hint=did_you_mean(name, known))
    id = known[name]
    plan = make_plan(loaded.graph, {id, *loaded.graph.ancestors([id])}, "build")
    if id not in plan.steps:
        say(f"{name} is never built: it is {loaded.nodes[id].config.materialized}")
        return int(Exit.DONE)
    judged = judgements(loaded, options, outside, plan)
    say(f"{name}: {judged[id].reason}")
    origin = _origin(loaded, loaded.nodes[id])
    if origin:
        say(f"  {origin}")
    chain = _chain(plan, judged, id)
    for number, other in enumerate(chain, 1):
        say(f"{'  ' * number}{plan.steps[other].node.label}: {judged[other].reason}")
    return int(Exit.DONE)


def _origin(loaded: Loaded, node: Node) -> str | None:
    """Where a node comes from that is not simply the project's own."""
    definition = node.definition
    if definition.replaced:
        return f"{definition.shown}, in place of {'.'.join(definition.replaced)}"
    if node.package != loaded.config.name:
        return f"of the package {node.package}: {definition.shown}"
    return None


def _chain(plan: Plan, judged: Mapping[str, Judgement], id: str) -> list[str]:
    """The steps above that a step would be done because of, the nearest first."""
    found: list[str] = []
    here = id
    while True:
        above = [
            other
            for other in plan.steps[here].after
            if not judged[other].reuse
            and plan.steps[other].node.kind not in (Kind.TEST, Kind.UNIT_TEST)
        ]
        if not above or not judged[here].reason.startswith(("parent ", "parents ")):
            return found
        here = above[0]
        found.append(here)


def judgements(
    loaded: Loaded, options: Options, outside: Outside, plan: Plan
) -> dict[str, Judgement]:
    """What a build would say of every step. A step after one that is built may still be spared,
    when that one comes out as it was.
    """
    database = Database(loaded, options, outside)
    with ExitStack() as stack:
        stack.callback(database.close)
        database.look(stack)
        compiler = make_compiler(loaded, database.inventory)
        compiler.selected = tuple(plan.steps)
        compiled = compile_plan(plan, compiler)
        keeper = make_keeper(loaded, options, outside, database, compiler)
        judged: dict[str, Judgement] = {}
        for id, step in plan.steps.items():
            found = keeper.judge(step.node, compiled.get(id))
            if found.reuse:
                built = [
                    parent for parent in keeper.gather.inputs(step.node)
                    if parent in judged and not judged[parent].reuse
                ]  # fmt: skip
                if built:
                    names = ", ".join(loaded.nodes[parent].label for parent in built)
                    said = f"parent {names} is" if len(built) == 1 else f"parents {names} are"
                    found = Judgement(False, f"{said} built")
            judged[id] = found
    return judged
