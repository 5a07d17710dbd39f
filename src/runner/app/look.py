"""The verbs that look and build nothing: ls, compile, parse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from runner import engines
from runner.app.heard import Heard
from runner.app.leave import ARTIFACTS, leave
from runner.app.load import Loaded, Options, Outside, choose, load
from runner.app.standing import Told
from runner.app.write import write_artifacts, write_compiled
from runner.engines import Inventory, Opening, Session
from runner.errors import Exit, ProjectError
from runner.graph.graph import Graph
from runner.plan.plan import Plan, Step
from runner.project.nodes import Config, Definition, Kind, Node, quote
from runner.sql.compile import Compiled
from runner.template.render import model_of

Say = Callable[[str], None]
COMPILED = frozenset({Kind.MODEL, Kind.SNAPSHOT, Kind.FUNCTION, Kind.TEST, Kind.ANALYSIS})
PREFIXED = (Kind.SOURCE, Kind.EXPOSURE, Kind.METRIC, Kind.SEMANTIC_MODEL, Kind.SAVED_QUERY,
            Kind.UNIT_TEST)  # fmt: skip
OUTPUTS = ("selector", "name", "path", "json")


def list_nodes(
    options: Options, outside: Outside, output: str, keys: tuple[str, ...], say: Say
) -> int:
    """Print the selected nodes, one a line, as `selector`, `name`, `path` or `json`.

    Analyses are left out until `--resource-type` asks for them, as by dbt.
    """
    if output not in OUTPUTS:
        raise ProjectError(f"--output is {output!r}", hint=f"one of: {', '.join(OUTPUTS)}")
    loaded = load(options, outside)
    chosen = choose(loaded, options, outside.listener)
    with_analyses = {"all", str(Kind.ANALYSIS)}
    for id in sorted(chosen.ids):
        node = loaded.nodes[id]
        if not options.asks_for(node.resource_types):
            continue
        if node.kind is Kind.ANALYSIS and with_analyses.isdisjoint(options.resource_types):
            continue
        if output == "path" and node.package in loaded.config.bases:
            say(node.definition.shown)
            continue
        say(_line(node, output, keys))
    return int(Exit.DONE)


def _line(node: Node, output: str, keys: tuple[str, ...]) -> str:
    if output == "name":
        return node.name if node.definition.unit else node.definition.key
    if output == "path":
        return node.definition.file
    if output == "json":
        described = model_of(node)
        wanted = [k for key in keys for k in key.split()] or [
            "name", "resource_type", "package_name", "original_file_path", "unique_id", "alias",
            "config", "tags", "depends_on",
        ]  # fmt: skip
        return json.dumps(
            {key: described.get(key) for key in wanted if key in described}, default=str
        )
    if node.kind in PREFIXED:
        source = node.definition.source
        name = f"{source.source}.{source.table}" if source else node.name
        return f"{node.kind}:{node.package}.{name}"
    return ".".join(node.fqn)


def parse_project(options: Options, outside: Outside, say: Say) -> int:
    """Read the whole project and write its manifest."""
    heard = Heard(outside.listener)
    outside = replace(outside, listener=heard)
    loaded = load(options, outside)
    write_artifacts(loaded, options, outside, {})
    counts: dict[str, int] = {}
    for node in loaded.nodes.values():
        counts[str(node.kind)] = counts.get(str(node.kind), 0) + 1
    parts = [
        f"{number:,} {kind}{'s' if number != 1 else ''}" for kind, number in sorted(counts.items())
    ]
    line = f"{loaded.config.name}: {', '.join(parts) or 'nothing'}"
    say(line)
    leave(loaded, options, outside, Told(tuple(heard.said), (line,)), published=None, outputs=(),
          written=ARTIFACTS[:1], dated=False)  # fmt: skip
    return int(Exit.DONE)


def compile_nodes(options: Options, outside: Outside, inline: str | None, say: Say) -> int:
    """Compile the selected nodes, or a template given inline, and write or print their SQL."""
    from runner.app.compile import compile_plan, make_compiler

    loaded = load(options, outside)
    with _asked_by_templates(loaded) as (inventory, session):
        compiler = make_compiler(loaded, inventory)
        if inline is not None:
            node = inline_node(loaded, inline)
            say(compiler.compile(node, session).sql.strip())
            return int(Exit.DONE)
        chosen = choose(loaded, options, outside.listener)
        steps = {
            id: Step(id, loaded.nodes[id], (), "selected")
            for id in Graph(loaded.nodes).order
            if id in chosen.ids and loaded.nodes[id].kind in COMPILED
        }
        compiled = compile_plan(Plan(steps), compiler)
        for id, step in steps.items():
            if id not in compiled and step.node.definition.language == "sql":
                compiled[id] = compiler.compile(step.node, session)
    write_compiled(loaded, compiled)
    write_artifacts(loaded, options, outside, compiled)
    named = [item for id, item in compiled.items() if loaded.nodes[id].kind is not Kind.TEST]
    if options.select and len(named) == 1:
        say(named[0].sql.strip())
    else:
        say(f"compiled {len(compiled):,} nodes to {loaded.config.target_path}/compiled")
    return int(Exit.DONE)


@contextmanager
def _asked_by_templates(loaded: Loaded) -> Iterator[tuple[Inventory, Session]]:
    """What is published; before the first build, an empty database of the same name."""
    from runner.app.database import open_readers

    with open_readers(loaded) as (inventory, session):
        if session is not None:
            yield inventory, session
            return
    engine = engines.connect(Opening(loaded.target, ":memory:", loaded.config.root))
    try:
        empty = engine.session()
        name = quote(loaded.target.database)
        empty.execute(f"attach ':memory:' as {name}; use {name}")
        yield empty.inventory(), empty
        empty.close()
    finally:
        engine.close()


def inline_node(loaded: Loaded, text: str) -> Node:
    """A query from the command line as a node, its references resolved."""
    from runner.app.compile import make_compiler
    from runner.template.discover import discover_one
    from runner.template.scan import Scanner

    config = loaded.config
    definition = Definition(
        Kind.ANALYSIS, "inline_query", config.name, "inline_query", "inline_query", "<inline>",
        text=text, fqn=(config.name, "inline_query"),
    )  # fmt: skip
    captured = discover_one(definition, loaded.world, loaded.library, Scanner(loaded.library))
    node = Node(definition, Config(), captured)
    index = make_compiler(loaded, engines.EMPTY).index
    parents = [index.ref(definition, ref).id for ref in captured.refs]
    parents += [index.source(definition, s, t).id for s, t in captured.sources]
    parents += [index.function(definition, ref).id for ref in captured.functions]
    return replace(node, parents=tuple(parents))


__all__ = ["Compiled", "compile_nodes", "inline_node", "list_nodes", "parse_project"]
