"""The verbs that build and test: build, run, test, seed, snapshot."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from runner.app.command import Options, Outcome, Outside
from runner.app.compile import compile_plan, make_compiler
from runner.app.database import Database
from runner.app.ended import Ended
from runner.app.fixtures import fixture_texts
from runner.app.heard import Heard
from runner.app.history import describe_invocation, fold
from runner.app.inventory import inventory_after, known_types, types_after
from runner.app.invocations import append
from runner.app.keep import ledger_after, make_keeper
from runner.app.ledger import seal, write_ledger
from runner.app.ledger_copy import Kept
from runner.app.load import Loaded, choose, load
from runner.app.retry import NOT_AGAIN, Again
from runner.app.sheet import open_sheet
from runner.app.standing import Row, Told, publication
from runner.app.write import known_seconds, write_artifacts, write_compiled
from runner.engines import Session
from runner.errors import DatabaseError
from runner.plan.configured import check_configured
from runner.plan.plan import Plan, Step, make_plan, runnable, still_to_do
from runner.plan.status import Status
from runner.project.nodes import quote
from runner.run.bulk import company, run_bulk
from runner.run.events import Finished, Logged, Result, Started, StepFinished, StepStarted
from runner.run.execute import Executor
from runner.run.hooks import run_hooks
from runner.run.keeper import Before, Keeper
from runner.run.orphans import Orphan, find_orphans
from runner.run.scheduler import Interruption, Work, finish_unrun, run_steps
from runner.run.width import Room, Width, file_size, starts_narrow
from runner.sql.compile import Compiled, Compiler


def run(options: Options, outside: Outside, again: Again = NOT_AGAIN) -> Outcome:
    """Build, run, seed, snapshot or test what the options select.

    again: the command that is done again, for those that it left undone. Raises RunnerError for what is wrong before the first step.
    """
    started = time.perf_counter()
    heard = Heard(outside.listener)
    outside = replace(outside, listener=heard)
    loaded = load(options, outside)
    selection = choose(loaded, options, outside.listener)
    ids = again.of(id for id in selection.ids if options.asks_for(loaded.nodes[id].resource_types))
    check_configured(
        loaded.nodes[id] for id in sorted(runnable(loaded.graph, ids, options.command))
    )
    database = Database(loaded, options, outside, again.failed)
    found = None
    with ExitStack() as stack:
        stack.callback(database.close)
        said = len(heard.said)
        database.look(stack)
        undisturbed = len(heard.said) == said
        compiler = make_compiler(loaded, database.inventory)
        keeper = make_keeper(loaded, options, outside, database, compiler)
        plan = make_plan(loaded.graph, ids, options.command)
        compiler.selected = tuple(plan.steps)
        sheet = open_sheet(loaded, database.inventory, keeper.surroundings)
        # Where nothing is published when something fails, all mistakes are told before the first step.
        compiled = compile_plan(plan, compiler, sheet, steps_tell=database.mode != "all")
        sheet.tell(keeper.gather)
        outputs = write_compiled(loaded, compiled, sheet.look)
        if not plan.steps and not again.has_hooks:
            outside.listener(Logged("warning", "nothing to do: nothing was selected"))
        job = Job(loaded, options, outside, plan, compiler, compiled, database, keeper)
        job.tell_orphans()
        settled = job.settled()
        idle = job.is_idle(settled)
        if idle:
            logged = tuple(heard.said)
            job.tell(settled)
            ended = Ended(settled)
            notes: tuple[str, ...] = ()
            types, published = known_types(keeper.ledger), None
            if undisturbed and database.place is not None:
                found = publication(database.place)
        else:
            # A ledger is worth more than a fresh file: what it remembers is carried over.
            database.open(stack, plan if not keeper.ledger.entries else Plan({}))
            ended = job.work(settled)
            types = types_after(loaded, database.engine, ended.results, keeper.ledger,
                                database.pending.columns)  # fmt: skip
            # A failed build's ledger is a help, not a need: what failed it may fail this as well.
            kept = None
            if not ended.cannot_write:
                with suppress(DatabaseError) if ended.is_bad else nullcontext():
                    kept = job.keep(types, ended, time.perf_counter() - started)
                    database.done = ended.done
            noted = kept.iteration if kept is not None else None
            news = keeper.has_passed()
            published, notes = database.finish(ended.results, ended.broken_off, noted, news)
            if published and kept is not None:
                database.copy_ledger(kept)
    finished = Finished(
        results=tuple(ended.results.values()),
        seconds=time.perf_counter() - started,
        names=ended.names(plan),
        database=database.shown if database.is_there else None,
        published=published,
        interrupted=ended.interrupted,
        notes=notes,
    )
    invocation = describe_invocation(
        loaded, options, outside, finished.results, seconds=finished.seconds,
        interrupted=ended.interrupted, published=published,
    )  # fmt: skip
    if database.place is not None:
        append(database.place.folder, invocation)
    outside.listener(finished)
    sheet.keep(keeper.gather, {id: look for id, (_, look) in outputs.items()})
    late = ended.compiled_late(plan, compiled)
    write_compiled(loaded, late)
    compiled = {**compiled, **late}
    write_artifacts(loaded, options, outside, compiled, finished.results, finished.seconds, types)
    if idle and found is not None:
        from runner.app.leave import ARTIFACTS, leave

        told = Told(logged, (), loaded.target.threads, database.described, finished.database,
                    job.rows(settled), invocation.as_json())  # fmt: skip
        leave(loaded, options, outside, told, published=found, written=ARTIFACTS,
              outputs=[path for path, _ in outputs.values()], dated=keeper.gather.is_dated)  # fmt: skip
    return Outcome(ended.exit, finished.results, published)


class Job(Struct, frozen=True):
    """A plan about to be carried out, with all that it needs."""

    loaded: Loaded
    options: Options
    outside: Outside
    plan: Plan
    compiler: Compiler
    compiled: Mapping[str, Compiled]
    database: Database
    keeper: Keeper

    # --- nothing to do ------------------------------------------------------------------------

    def settled(self) -> dict[str, Result]:
        """The results of the steps that are unchanged, as is everything that comes before them."""
        found: dict[str, Result] = {}
        for step in self.plan.steps.values():
            if all(id in found for id in step.after):
                judgement = self.keeper.judge(step.node, self.compiled.get(step.id))
                if judgement.reuse:
                    found[step.id] = self._reused(step, judgement.reason)
        return found

    def is_idle(self, settled: Mapping[str, Result]) -> bool:
        """Is everything unchanged? Hooks around the run are always run."""
        hooks = self.loaded.on_run_start or self.loaded.on_run_end
        if not settled or hooks or self.database.failed:
            return False
        return len(settled) == len(self.plan.steps) and not self.orphans()

    def tell(self, settled: Mapping[str, Result]) -> None:
        """Begin the steps with those of which nothing has to be done."""
        listen, total = self.outside.listener, len(self.plan.steps)
        listen(Started(self.options.command, total, self._threads, self.database.described))
        for number, (id, result) in enumerate(settled.items(), 1):
            step = self.plan.steps[id]
            listen(StepFinished(id, step.node.label, step.kind, result, number, total))

    def rows(self, settled: Mapping[str, Result]) -> tuple[Row, ...]:
        """Steps of which nothing has to be done, as a standing tells them."""
        steps = self.plan.steps
        return tuple(
            (id, steps[id].node.label, steps[id].kind, result.rows, result.relation)
            for id, result in settled.items()
        )

    def _reused(self, step: Step, reason: str) -> Result:
        entry = self.keeper.current(step.id)
        relation = step.node.relation
        return Result(
            step.id,
            Status.REUSED,
            reason,
            rows=entry.rows if entry else None,
            compiled=self.compiled[step.id].sql if step.id in self.compiled else None,
            relation=str(relation) if relation else None,
        )

    @property
    def _threads(self) -> int:
        return self.loaded.target.threads

    # --- something to do ------------------------------------------------------------------------

    def work(self, settled: Mapping[str, Result]) -> Ended:
        """Run the plan's steps but for those that are settled, with the project's hooks around them.

        As dbt does it: a hook that fails ends like a step. When it is one of on-run-start every step
        is skipped, and on-run-end is run none the less.
        """
        engine = self.database.engine
        assert engine is not None
        listen = self.outside.listener
        done = list(settled)
        seconds = known_seconds(self.loaded, self.keeper.ledger)
        todo = still_to_do(self.plan, settled, seconds)

        def finished(step: Step, result: Result) -> None:
            width.ended(result)
            done.append(step.id)
            listen(StepFinished(step.id, step.node.label, step.kind, result, len(done),
                                max(len(done), len(self.plan.steps))))  # fmt: skip

        session = engine.session()
        base = self.database.base
        before = Before(base.session) if base else None
        nodes, largest = self.loaded.nodes.values(), self.database.inventory.largest
        narrow = starts_narrow(self.loaded.target, nodes, largest, file_size)
        if narrow:
            engine.width(1)
        width = Width(partial(engine.width, None) if narrow else None)
        for result in settled.values():
            width.ended(result)
        room = Room(width, partial(engine.width, 1), engine.spare, engine.let_go,
                    lambda text: listen(Logged("warning", text)))  # fmt: skip
        executor = self._executor()
        work: Work[Session] = Work(
            open=engine.session,
            run=self._step(executor, before),
            close=lambda session: session.close(),
            interrupt=lambda session: session.interrupt(),
            started=lambda step: listen(StepStarted(step.id, step.node.label, step.kind)),
            finished=finished,
            together=lambda step: company(executor, step, width.is_small),
            run_together=self._steps_together(executor),
            waiting=width.waiting,
            again=room.again,
            one_by_one=room.one_by_one,
        )
        self.tell(settled)
        results = dict(settled)
        hooks: list[Step] = []
        interrupted = False

        def tell_hook(failed: tuple[Step, Result] | None) -> bool:
            """Note the hook that failed, if any did: is all well?"""
            if failed is not None:
                step, result = failed
                finished(step, result)
                hooks.append(step)
                results[step.id] = result
            return failed is None

        try:
            stored = self.options.store_failures
            for catalog, schema in self.plan.schemas(store_failures=stored):
                session.execute(f"create schema if not exists {quote(catalog)}.{quote(schema)}")
            begun = tell_hook(
                run_hooks(self.compiler, self.loaded.on_run_start, "on-run-start", session)
            )
            try:
                results |= run_steps(
                    todo if begun else {}, work, threads=self._threads,
                    fail_fast=self.options.fail_fast,
                )  # fmt: skip
            except Interruption as stopped:
                results |= stopped.results
                interrupted = True
            if not begun:
                for step in todo.values():
                    finish_unrun(step, results, work, "because on-run-start failed")
            elif not interrupted:
                self.drop_orphans(session)
            if not interrupted:
                written = {id for id, result in results.items() if result.status.was_run}
                tell_hook(run_hooks(
                    self.compiler, self.loaded.on_run_end, "on-run-end", session,
                    results=dict(results) if begun else {},
                    schemas=self.plan.schemas(store_failures=stored, among=written),
                ))  # fmt: skip
        finally:
            session.close()
            if before is not None:
                before.close()
        return Ended(results, interrupted, tuple(hooks), begun)

    def tell_orphans(self) -> None:
        """Name what the project no longer has, where the whole project is built and it stays."""
        options = self.options
        if (options.select or options.exclude or options.selector
                or options.resource_types or options.exclude_resource_types):  # fmt: skip
            return
        left = self._orphans(tables=True) - self.orphans()
        if left:
            shown = ", ".join(sorted(str(orphan) for orphan in left)[:5])
            more = f" and {len(left) - 5} more" if len(left) > 5 else ""
            told = (
                f"no longer in the project: {shown}{more}; --drop-orphans drops what is left over"
            )
            self.outside.listener(Logged("info", told))

    def orphans(self) -> frozenset[Orphan]:
        """What this build takes away, since the project no longer has it."""
        asked = self.options.drop_orphans or self.loaded.config.settings.get("drop_orphans")
        return self._orphans(tables=bool(asked))

    def _orphans(self, *, tables: bool) -> frozenset[Orphan]:
        keeper = self.keeper
        if self.options.command != "build":
            return frozenset()
        # Where another program wrote, what has the name of an orphan may be somebody's by now.
        tables = tables and keeper.trusted
        return find_orphans(keeper.ledger, self.loaded.nodes, keeper.inventory, tables=tables)

    def drop_orphans(self, session: Session) -> None:
        """Take away what is no longer in the project."""
        for orphan in sorted(self.orphans(), key=lambda orphan: orphan.id):
            for statement in orphan.statements:
                session.execute(statement)
            self.keeper.gone.add(orphan.id)
            self.database.dropped = True
            self.outside.listener(Logged("info", f"dropped {orphan}"))

    def _executor(self) -> Executor:
        return Executor(
            self.compiler, self.compiled, self.database.inventory, fixture_texts(self.loaded),
            self.database.pending, self.options.store_failures, self.outside.now,
        )  # fmt: skip

    def _step(self, executor: Executor, before: Before | None) -> Callable[[Step, Session], Result]:
        """What a thread does with a step: look whether it has to be done, do it, note it."""
        keeper = self.keeper

        def run(step: Step, session: Session) -> Result:
            compiled = self.compiled.get(step.id)
            judgement = keeper.judge(step.node, compiled)
            if judgement.reuse:
                return self._reused(step, judgement.reason)
            result = executor.run(step, session)
            keeper.note(step, compiled, result, session, before)
            return result

        return run

    def _steps_together(
        self, executor: Executor
    ) -> Callable[[Sequence[Step], Session], Sequence[Result]]:
        """What a thread does with plain tests that are ready at the same time."""
        keeper = self.keeper

        def run(steps: Sequence[Step], session: Session) -> Sequence[Result]:
            results: dict[str, Result] = {}
            for step in steps:
                judgement = keeper.judge(step.node, self.compiled.get(step.id))
                if judgement.reuse:
                    results[step.id] = self._reused(step, judgement.reason)
            todo = [step for step in steps if step.id not in results]
            for step, result in zip(todo, run_bulk(executor, todo, session), strict=True):
                keeper.note(step, self.compiled.get(step.id), result, session, None)
                results[step.id] = result
            return [results[step.id] for step in steps]

        return run

    def keep(
        self,
        types: Mapping[str, Mapping[str, str]],
        ended: Ended,
        seconds: float,
    ) -> Kept | None:
        """Write the ledger and the history into the file that was built; gives what was written."""
        engine, release, place = self.database.engine, self.database.release, self.database.place
        if engine is None or release is None or place is None:
            return None
        told = describe_invocation(
            self.loaded, self.options, self.outside, ended.results.values(), seconds=seconds,
            interrupted=ended.interrupted,
            published=self.database.publishes(ended.results, ended.broken_off),
        )  # fmt: skip
        keeper, catalog = self.keeper, self.loaded.target.database
        keeper.forget_replaced()
        keeper.forget_unproven()
        gone = keeper.gone
        session = engine.session()
        try:
            after = ledger_after(keeper)
            session.execute("begin")  # one: each of them is written to the disk by itself
            written = write_ledger(session, catalog, after, keeper.entries, gone, types)
            fold(session, catalog, place.folder, told)
            session.execute("commit")
            known = inventory_after(self.database.inventory, self.loaded, self.plan, ended.results)
            stored = self.options.store_failures or self.database.dropped
            inventory = session.inventory() if known is None or stored else known
            iteration = seal(session, catalog, release.file)
        finally:
            session.close()
        return Kept(after.with_entries(written, frozenset(gone)), inventory, iteration)


__all__ = ["Job", "Outcome", "run"]
