"""The verbs that build and test: build, run, test, seed, snapshot."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from runner.app.compile import compile_plan, make_compiler
from runner.app.database import Database, column_types
from runner.app.load import Loaded, Options, Outside, choose, load
from runner.app.write import write_artifacts, write_compiled
from runner.engines import Session
from runner.errors import Exit
from runner.plan.plan import Plan, Step, make_plan
from runner.plan.status import Status
from runner.project.nodes import quote
from runner.run.events import Finished, Logged, Result, Started, StepFinished, StepStarted
from runner.run.execute import Executor
from runner.run.hooks import run_hooks
from runner.run.scheduler import Interruption, Work, run_steps
from runner.sql.compile import Compiled, Compiler


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    exit: Exit
    results: tuple[Result, ...]
    published: bool | None


def run(options: Options, outside: Outside) -> Outcome:
    """Build, run, seed, snapshot or test what the options select.

    Raises RunnerError for what is wrong before the first step.
    """
    started = time.perf_counter()
    loaded = load(options, outside)
    selection = choose(loaded, options, outside.listener)
    plan = make_plan(loaded.graph, _of_kinds(loaded, selection.ids, options), options.command)
    database = Database(loaded, options, outside)
    with ExitStack() as stack:
        stack.callback(database.close)
        database.look(stack)
        compiler = make_compiler(loaded, database.inventory)
        compiler.selected = tuple(plan.steps)
        compiled = compile_plan(plan, compiler)
        write_compiled(loaded, compiled)
        if not plan.steps:
            outside.listener(Logged("warning", "nothing to do: nothing was selected"))
        database.open(stack, plan)
        results, interrupted = _steps(loaded, options, outside, plan, compiler, compiled, database)
        types = column_types(loaded, database.engine)
        published, notes = database.finish(results, interrupted)
    finished = Finished(
        results=tuple(results.values()),
        seconds=time.perf_counter() - started,
        names={step.id: (step.node.label, step.kind) for step in plan.steps.values()},
        database=database.shown,
        published=published,
        interrupted=interrupted,
        notes=notes,
    )
    outside.listener(finished)
    write_artifacts(loaded, options, outside, compiled, finished.results, finished.seconds, types)
    return Outcome(_exit(results, interrupted), finished.results, published)


def _of_kinds(loaded: Loaded, ids: Iterable[str], options: Options) -> list[str]:
    """The ids of the resource types asked for, all when none is."""
    kinds = set(options.resource_types)
    return [id for id in ids if not kinds or "all" in kinds or str(loaded.nodes[id].kind) in kinds]


def _exit(results: Mapping[str, Result], interrupted: bool) -> Exit:
    if interrupted:
        return Exit.INTERRUPTED
    return Exit.FAILED if any(r.status.is_bad for r in results.values()) else Exit.DONE


def _steps(
    loaded: Loaded,
    options: Options,
    outside: Outside,
    plan: Plan,
    compiler: Compiler,
    compiled: Mapping[str, Compiled],
    database: Database,
) -> tuple[dict[str, Result], bool]:
    """Run the plan's steps, with the project's hooks before and after."""
    engine = database.engine
    assert engine is not None
    listen = outside.listener
    executor = Executor(
        compiler, compiled, database.inventory, _fixtures(loaded), database.pending,
        options.store_failures, outside.now,
    )  # fmt: skip
    total = len(plan.steps)
    done: list[str] = []

    def finished(step: Step, result: Result) -> None:
        done.append(step.id)
        listen(StepFinished(step.id, step.node.label, step.kind, result, len(done), total))

    def starting(step: Step) -> None:
        listen(StepStarted(step.id, step.node.label, step.kind))

    work: Work[Session] = Work(
        open=engine.session,
        run=executor.run,
        close=lambda session: session.close(),
        interrupt=lambda session: session.interrupt(),
        started=starting,
        finished=finished,
    )
    session = engine.session()
    listen(Started(options.command, total, loaded.target.threads, database.described))
    interrupted = False
    try:
        for catalog, schema in plan.schemas:
            session.execute(f"create schema if not exists {quote(catalog)}.{quote(schema)}")
        run_hooks(compiler, loaded.config.on_run_start, "on-run-start", session)
        try:
            results = run_steps(
                plan.steps, work, threads=loaded.target.threads, fail_fast=options.fail_fast
            )
        except Interruption as stopped:
            results, interrupted = stopped.results, True
        if not interrupted:
            run_hooks(compiler, loaded.config.on_run_end, "on-run-end", session,
                      results=results, schemas=_built_schemas(plan, results))  # fmt: skip
    finally:
        session.close()
    return results, interrupted


def _built_schemas(plan: Plan, results: Mapping[str, Result]) -> tuple[tuple[str, str], ...]:
    """The schemas that something was built in, for templates of on-run-end."""
    built = {id for id, result in results.items() if result.status is Status.SUCCESS}
    return Plan({id: step for id, step in plan.steps.items() if id in built}).schemas


def _fixtures(loaded: Loaded) -> Mapping[str, str]:
    """Fixture files of unit tests: name → text."""
    found: dict[str, str] = {}
    for package in loaded.packages:
        for folder in package.config.paths["test-paths"]:
            for pattern in ("fixtures/**/*.csv", "fixtures/**/*.sql"):
                for file in sorted((package.config.root / folder).glob(pattern)):
                    found.setdefault(file.name, file.read_text("utf-8"))
    return found
