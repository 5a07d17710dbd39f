"""The compiler of a loaded project, and the SQL of a plan's steps."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

from msgspec.structs import replace

from runner import engines
from runner.app.load import Loaded
from runner.app.sheet import Sheet
from runner.engines import Inventory, Opening, Session
from runner.errors import CompileError, Location, RunnerError, collect
from runner.plan.plan import Plan
from runner.project.nodes import Kind, Node
from runner.run.execute import test_query
from runner.sql.compile import Compiled, Compiler, NeedsDatabase


def scratch_session(loaded: Loaded) -> Callable[[], Session]:
    """A session on a database in memory, opened when it is first asked for."""
    scratch: list[Session] = []

    def session() -> Session:
        if not scratch:
            memory = replace(loaded.target, path=":memory:", attach=(), config_options={})
            engine = engines.connect(Opening(memory, ":memory:", loaded.config.root))
            scratch.append(engine.session())
        return scratch[0]

    return session


def make_compiler(loaded: Loaded, inventory: Inventory) -> Compiler:
    """The compiler of a project, with its file sources."""
    session = scratch_session(loaded)
    known: dict[str, str | None] = {}

    def source_sql(node: Node) -> str | None:
        source = node.definition.source
        if source is None or source.external_location is None:
            return None
        if node.id not in known:
            from runner.engines.duckdb_files import source_sql as file_sql

            typed = loaded.config.style == "runner"
            known[node.id] = file_sql(node, typed=typed, open_session=session)
        return known[node.id]

    return Compiler(
        loaded.nodes, loaded.linked.disabled, loaded.world, loaded.library, source_sql, inventory,
        partial(_graph, loaded),
    )  # fmt: skip


def _graph(loaded: Loaded) -> Mapping[str, object]:
    """What templates see of the project: what its manifest will tell."""
    from runner import __version__
    from runner.output.artifacts.inputs import Contents, Invocation
    from runner.output.artifacts.manifest import graph_of

    world = loaded.world
    invocation = Invocation(
        world.invocation_id, world.started_at, world.started_at, __version__, loaded.config.name,
        command="", database=loaded.target.database, schema=loaded.target.schema,
    )  # fmt: skip
    return graph_of(Contents(loaded.nodes, macros=loaded.macros, docs=loaded.docs), invocation)


def compile_plan(
    plan: Plan, compiler: Compiler, sheet: Sheet | None = None, *, steps_tell: bool = False
) -> dict[str, Compiled]:
    """The SQL of every step that can be compiled without asking the database.

    sheet: what earlier commands compiled. steps_tell: a template that cannot be rendered has no SQL,
    as one that asks the database; its step is to tell why. Raises the errors of all templates
    together, then only those of sources whose files are missing.
    """
    from runner.engines.duckdb_files import AbsentFile

    compiled: dict[str, Compiled] = {}
    errors: list[RunnerError] = []
    for step in plan.steps.values():
        node = step.node
        if node.kind in (Kind.SEED, Kind.UNIT_TEST) or node.definition.language == "python":
            continue
        known = sheet.find(node) if sheet is not None else None
        if known is not None:
            compiled[node.id] = known
            continue
        try:
            if node.kind is Kind.TEST:
                compiled[node.id] = test_query(compiler, node, None)
            else:
                compiled[node.id] = compiler.compile(node)
            if sheet is not None:
                sheet.made[node.id] = compiled[node.id]
        except NeedsDatabase:
            continue
        except RunnerError as error:
            if not steps_tell or isinstance(error, AbsentFile):
                errors.append(error)
    collect(_absent_together(_distinct(errors), compiler.world.project.name))
    return compiled


def _absent_together(errors: list[RunnerError], project: str) -> list[RunnerError]:
    """The missing files of one source as one mistake, which says what belongs into the folder.

    One file alone, of a source of the project's own, is told where the source is declared.
    """
    from runner.engines.duckdb_files import AbsentFile

    found: dict[tuple[str, str], list[AbsentFile]] = {}
    for error in errors:
        if isinstance(error, AbsentFile) and error.node.definition.source is not None:
            key = error.node.definition.source.source, error.folder
            found.setdefault(key, []).append(error)
    together: list[RunnerError] = []
    for (source, folder), absent in found.items():
        if len(absent) == 1 and absent[0].node.package == project:
            continue
        absent.sort(key=lambda error: (error.at and error.at.line) or 0)
        names = ", ".join(error.node.name for error in absent)
        width = max(len(error.node.name) for error in absent)
        if os.path.isdir(folder):
            there = sorted(name for name in os.listdir(folder) if not name.startswith("README"))
            found_there = f"; it holds: {', '.join(there[:8])}" if there else ""
        else:
            found_there = "; there is no such folder"
        together.append(
            CompileError(
                f"files of the source {source} are missing: {names}{found_there}",
                at=Location(folder),
                hint="put them there, as .csv, .parquet or .json, with at least these columns:"
                + "".join(
                    f"\n    {error.node.name:<{width}}  {', '.join(error.required()) or 'any'}"
                    for error in absent
                ),
            )
        )
        errors = [error for error in errors if error not in absent]
    return [*together, *errors]


def _distinct(errors: list[RunnerError]) -> list[RunnerError]:
    """Each mistake once, however many nodes meet it."""
    seen: dict[tuple[str, str], RunnerError] = {}
    for error in errors:
        seen.setdefault((error.message, str(error.at)), error)
    return list(seen.values())
