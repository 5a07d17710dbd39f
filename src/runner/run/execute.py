"""One step done: its statements run, its answer judged, its result told.

The only place where a step meets a database. Errors of the person's SQL end in a result with the
line of the template; anything else is a bug and is passed on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import current_thread

from msgspec import Struct
from msgspec.structs import replace

from runner.engines import EMPTY, Inventory, ObjectKind, Session
from runner.errors import CompileError, DatabaseError, Location, RunnerError, did_you_mean, line_of
from runner.plan.checks import verdict, verdict_query
from runner.plan.functions import create_function, function_type
from runner.plan.materialize import MATERIALIZATIONS, Made, Request, is_to_finish, make_room
from runner.plan.plan import Step
from runner.plan.status import Status
from runner.project.config import read
from runner.project.nodes import Kind, Node, RelationName
from runner.run.effects import Deed, Pending, finish, in_transaction, make_folder, rows_of_all
from runner.run.events import Result, Timing
from runner.run.functions import try_function
from runner.run.node_hooks import rendered_hooks
from runner.run.python_model import run_python_model
from runner.run.test_query import test_query
from runner.sql.compile import Compiled, Compiler
from runner.sql.tokens import code, is_empty, without_semicolon

SAMPLE = 10
"""Failing rows that are fetched to be shown."""


class Executor(Struct, frozen=True):
    """Does steps. One for a command; used by all of its threads.

    compiled: what could be compiled beforehand. fixtures: texts of fixture files, by name.
    """

    compiler: Compiler
    compiled: Mapping[str, Compiled]
    inventory: Inventory
    fixtures: Mapping[str, str]
    pending: Pending
    store_failures: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(self, step: Step, session: Session) -> Result:
        """Do one step. Raises nothing but bugs."""
        started = self.clock()
        begin = time.perf_counter()
        done = _Done()
        try:
            result = RUNNERS[step.node.kind](self, step, session, done)
        except RunnerError as error:
            result = self.failed(step.node, error, done, session)
        ended = self.clock()
        timing = (
            Timing("compile", started, done.compiled_at or ended),
            Timing("execute", done.compiled_at or ended, ended),
        )
        node = step.node
        return replace(
            result,
            seconds=time.perf_counter() - begin,
            compiled=done.compiled.sql if done.compiled else result.compiled,
            relation=str(node.relation) if node.relation and node.kind not in (Kind.TEST, Kind.UNIT_TEST) else None,
            at=result.at or _stated_at(node),
            timing=timing,
            thread=current_thread().name,
        )  # fmt: skip

    def failed(
        self, node: Node, error: RunnerError, done: _Done, session: Session | None
    ) -> Result:
        """The result of a step that ended in an error, with its place in the template."""
        placed = error
        sql = getattr(error, "sql", None)
        if isinstance(error, DatabaseError) and isinstance(sql, str):
            placed = self.placed(node, error, sql, done.compiled, session)
        elif error.at is None:
            from runner.sql.blame import place_of_named

            error.at = place_of_named(error.message, node) or _stated_at(node)
        return Result(node.id, Status.ERROR, placed.message, error=placed, at=placed.at)

    def placed(
        self,
        node: Node,
        error: DatabaseError,
        sql: str,
        compiled: Compiled | None,
        session: Session | None,
    ) -> DatabaseError:
        """A database error at the line of the template that its SQL comes from."""
        if error.at is not None:
            return error
        from runner.sql.blame import blame, place_in_query

        lines = error.message.expandtabs(2).split("\n")
        hint = "\n".join(line for line in lines[1:] if line.strip()) or None
        hint = self.unbuilt(node, lines[0]) or hint
        known = DatabaseError(lines[0].rstrip(":") if hint else lines[0], hint=hint)
        position = place_in_query(sql, getattr(error, "position", None), compiled)
        try:
            if compiled is not None and node.definition.language == "sql":
                origin = blame(self.compiler, node, compiled, position, session)
                known.at, known.callers = origin.at, origin.callers
        except RunnerError:
            known.at = None
        known.at = known.at or _stated_at(node)
        known.cannot_write, known.out_of_memory = error.cannot_write, error.out_of_memory
        if known.cannot_write:
            known.hint = hint or "is the disk full?"
        elif known.at.line is None and hint is None:
            known.hint = f"the statement: {' '.join(sql.split())[:200]}"
        return known

    def unbuilt(self, node: Node, message: str) -> str | None:
        """What to do about a table or function that is missing because it has not been built."""
        found = re.match(r"(?:Table|Scalar)( Function)? with name (.+) does not exist", message)
        for id in node.parents if found else ():
            parent = self.compiler.nodes[id]
            name = parent.relation
            if found and name is not None and name.identifier.lower() == found[2].lower():
                if parent.kind is Kind.FUNCTION and not found[1]:
                    return f"{found[2]} is a function: call it, {{{{ function('{found[2]}') }}}}(…)"
                return f"it has not been built: runner build -s +{node.name}"
        return None

    def compile(self, node: Node, session: Session, done: _Done) -> Compiled:
        """A node's SQL, from before or made now."""
        compiled = self.compiled.get(node.id)
        if compiled is None:
            compiled = self.compiler.compile(node, session)
        done.compiled = compiled
        done.compiled_at = self.clock()
        return compiled


class _Done(Struct):
    """How far a step has come, for its result."""

    compiled: Compiled | None = None
    compiled_at: datetime | None = None


def _stated_at(node: Node) -> Location:
    """Where a node is stated: the entry of a test in its YAML, else the node's file."""
    if node.definition.check is not None or node.kind is Kind.UNIT_TEST:
        return node.properties.at or Location(node.definition.shown)
    return Location(node.definition.shown)


# --- models ----------------------------------------------------------------------------------


def _model(executor: Executor, step: Step, session: Session, done: _Done) -> Result:
    node = step.node
    if node.definition.language == "python":
        return _python(executor, step, session, done)
    compiled = executor.compile(node, session, done)
    _one_query(executor, node, compiled, session)
    return _materialize(executor, node, compiled.sql, session, done)


def _one_query(executor: Executor, node: Node, compiled: Compiled, session: Session) -> None:
    """Refuse an empty text, and a second statement, which would be run and lost."""
    if is_empty(compiled.sql):
        raise CompileError(
            f"the {node.kind} is empty", at=Location(node.definition.shown), hint="write a select"
        )
    if ";" not in compiled.sql:
        return
    pieces = code(without_semicolon(compiled.sql))
    end = next((n for n, piece in enumerate(pieces) if piece.text == ";"), None)
    if end is not None:
        from runner.sql.blame import blame

        second = next(piece for piece in pieces[end:] if piece.text != ";")
        origin = blame(executor.compiler, node, compiled, second.start, session)
        raise CompileError(
            f"a second statement begins here, and a {node.kind} is one query",
            at=origin.at,
            callers=origin.callers,
            hint="move it to a model of its own, or to pre_hook or post_hook",
        )


def _materialize(executor: Executor, node: Node, sql: str, session: Session, done: _Done) -> Result:
    name = node.config.materialized
    materialization = MATERIALIZATIONS.get(name)
    if materialization is None:
        raise CompileError(
            f"the materialization {name!r} is not known",
            at=Location(node.definition.shown),
            hint=did_you_mean(name, MATERIALIZATIONS) or f"one of: {', '.join(MATERIALIZATIONS)}",
        )
    assert node.relation is not None
    there = executor.inventory.kind(node.relation)
    request = Request(
        node.relation,
        sql,
        node.config,
        there,
        full_refresh=_is_full_refresh(executor, node),
        external_root=executor.compiler.world.target.external_root,
        described=node.properties.columns,
        description=node.properties.description,
    )
    if materialization.needs_columns and there is ObjectKind.TABLE:
        query = without_semicolon(sql)
        request = replace(
            request, columns=session.describe(query), existing=session.columns(node.relation)
        )
    return _make(executor, node, materialization.make(request), session, request)


def _is_full_refresh(executor: Executor, node: Node) -> bool:
    given = node.config.get("full_refresh")
    return executor.compiler.world.flags.full_refresh if given is None else bool(given)


def _make(
    executor: Executor,
    node: Node,
    made: Made,
    session: Session,
    request: Request | None = None,
    check: Callable[[], None] | None = None,
) -> Result:
    """Run what makes a relation, with what finishes it, its hooks and a check, in one transaction."""

    def render(sql: str) -> str:
        return executor.compiler.render(node, sql, session)

    before, outside_before = rendered_hooks(node, "pre_hook", render)
    after, outside_after = rendered_hooks(node, "post_hook", render)
    said: list[str] = []
    deeds: list[Deed] = [*before, *made.statements]
    if request is not None and is_to_finish(request, made.kind):
        deeds.append(lambda: said.extend(finish(session, request, made.kind)))
    deeds += [*after, *([check] if check is not None else [])]
    for file in made.files:
        make_folder(file)
    for statement in (*made.before, *outside_before):
        session.execute(statement)
    written = in_transaction(session, deeds)
    for statement in outside_after:
        session.execute(statement)
    with executor.pending.lock:
        executor.pending.files += made.files
        executor.pending.statements += (*made.publish, *(said if made.publish else ()))
    assert node.relation is not None
    rows = None
    if made.kind is ObjectKind.TABLE:
        hooked = before or after or outside_after
        rows = None if hooked else rows_of_all(node.relation, deeds, written)
        rows = session.count(node.relation) if rows is None else rows
    return Result(node.id, Status.SUCCESS, rows=rows, response={"_message": "OK"})


def _python(executor: Executor, step: Step, session: Session, done: _Done) -> Result:
    node = step.node
    assert node.relation is not None
    done.compiled = Compiled(node.id, node.definition.text)
    done.compiled_at = executor.clock()
    if node.config.materialized not in ("table", "incremental"):
        raise CompileError(
            f"a Python model cannot be a {node.config.materialized}",
            at=Location(node.definition.shown),
            hint="dbt.config(materialized='table')",
        )
    there = executor.inventory.kind(node.relation)
    adding = (
        node.config.materialized == "incremental"
        and there is ObjectKind.TABLE
        and not _is_full_refresh(executor, node)
    )
    value = run_python_model(executor.compiler, node, session, is_incremental=adding)
    if adding:
        staged = replace(node.relation, identifier=f"{node.relation.identifier}__runner_new")
        session.save(staged, value)
        result = _materialize(executor, node, f"select * from {staged}", session, done)
        session.execute(f"drop table {staged}")
        return result
    for statement in make_room(node.relation, there, ObjectKind.TABLE):
        session.execute(statement)
    session.save(node.relation, value)
    return _make(executor, node, Made(()), session, _documented(node))


def _documented(node: Node) -> Request:
    """What there is to say of a table that no query makes."""
    assert node.relation is not None
    return Request(
        node.relation, "", node.config,
        described=node.properties.columns, description=node.properties.description,
    )  # fmt: skip


# --- seeds and snapshots ---------------------------------------------------------------------


def _seed(executor: Executor, step: Step, session: Session, done: _Done) -> Result:
    from runner.plan.seeds import load_statement, read_seed  # most builds load none

    node = step.node
    definition = node.definition
    assert node.relation is not None
    file = Path(definition.root) / definition.file
    text = read(file, definition.shown)
    columns, _ = read_seed(text, definition.shown, node.config)
    there = executor.inventory.kind(node.relation)
    load = load_statement(node.relation, str(file), columns, node.config)
    statements = (*make_room(node.relation, there, ObjectKind.TABLE), load)
    done.compiled_at = executor.clock()
    try:
        return _make(executor, node, Made(statements), session, _documented(node))
    except DatabaseError as error:
        raise _seed_error(error, definition.shown, text) from None


def _seed_error(error: DatabaseError, shown: str, text: str) -> RunnerError:
    line = error.at.line if error.at else None
    return DatabaseError(
        error.message.split("\n")[0],
        at=line_of(shown, text, line) if line else Location(shown),
        hint="correct the value, or column_types in the seed's configuration"
        if line
        else error.hint,
    )


def _snapshot(executor: Executor, step: Step, session: Session, done: _Done) -> Result:
    compiled = executor.compile(step.node, session, done)
    return _materialize(executor, step.node, compiled.sql, session, done)


# --- functions -------------------------------------------------------------------------------


def _function(executor: Executor, step: Step, session: Session, done: _Done) -> Result:
    node = step.node
    function_type(node)
    compiled = executor.compile(node, session, done)
    _one_query(executor, node, compiled, session)
    assert node.relation is not None
    made = create_function(node, compiled.sql, executor.inventory.macros(node.relation))
    strict = executor.compiler.world.packages[node.package].strict

    def check() -> None:
        given = try_function(node, compiled.sql, session, strict=strict)
        with executor.pending.lock:
            executor.pending.columns[node.id] = {column.name: column.type for column in given}

    return _make(executor, node, made, session, check=check)


# --- tests -----------------------------------------------------------------------------------


def _test(executor: Executor, step: Step, session: Session, done: _Done) -> Result:
    node = step.node
    compiled = executor.compiled.get(node.id) or test_query(executor.compiler, node, session)
    done.compiled, done.compiled_at = compiled, executor.clock()
    query = without_semicolon(compiled.sql)
    stored = _store_as(executor, node)
    if stored is not None:
        assert node.relation is not None
        there = executor.inventory.kind(node.relation)
        statements = make_room(node.relation, there, ObjectKind(stored))
        session.execute(
            ";\n".join([*statements, f"create or replace {stored} {node.relation} as\n{query}"])
        )
        query = f"select * from {node.relation}"
    judged = verdict(session.query(verdict_query(query, node.config)), node.config)
    sample = session.query(query, SAMPLE) if judged.failures and judged.message else None
    return Result(
        node.id, judged.status, judged.message, failures=judged.failures, sample=sample,
        response={"_message": "OK"},
    )  # fmt: skip


def _store_as(executor: Executor, node: Node) -> str | None:
    given = node.config.text("store_failures_as")
    if given in ("table", "view"):
        return given
    wanted = node.config.get("store_failures")
    store = executor.store_failures if wanted is None else bool(wanted)
    return "table" if store and given != "ephemeral" else None


def _unit(executor: Executor, step: Step, session: Session, done: _Done) -> Result:
    from runner.run.unit_test import run_unit_test

    done.compiled_at = executor.clock()
    result, compiled = run_unit_test(executor.compiler, step.node, session, executor.fixtures)
    done.compiled = compiled
    return result


RUNNERS: Mapping[Kind, Callable[[Executor, Step, Session, _Done], Result]] = {
    Kind.MODEL: _model,
    Kind.SEED: _seed,
    Kind.SNAPSHOT: _snapshot,
    Kind.FUNCTION: _function,
    Kind.TEST: _test,
    Kind.UNIT_TEST: _unit,
}

__all__ = ["EMPTY", "Executor", "Pending", "RelationName", "test_query"]
