"""Data tests in bulk: many plain ones in one statement, `not_null` and `unique` of a column in one scan.

Which tests are plain, and the statement, are decided without a database. A statement that fails is
repeated test by test, so each test ends as it would have ended alone. Rows are fetched only for
what failed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import current_thread

from msgspec import Struct

from runner.engines import Session
from runner.errors import Location, RunnerError
from runner.plan.checks import built_in
from runner.plan.plan import Step
from runner.plan.status import Status
from runner.project.nodes import Kind, Node
from runner.run.events import Result, Timing
from runner.run.execute import Executor, test_query
from runner.sql.compile import Compiled, Compiler
from runner.sql.tokens import without_semicolon
from runner.template.discover import BUILT_IN_CHECKS

_OWN_RULES = (
    "where", "limit", "warn_if", "error_if", "fail_calc", "store_failures", "store_failures_as",
)  # fmt: skip
"""Configuration of a test that has to be looked at for itself."""


class Question(Struct, frozen=True):
    """A test's query, and what it is over where another test can be answered by the same scan."""

    query: str
    test: str
    scanned: tuple[str, str] | None = None
    """The relation and the column."""


def is_plain(executor: Executor, step: Step) -> bool:
    """May this step be done in one statement with others?"""
    node = step.node
    check = node.definition.check
    return (
        node.kind is Kind.TEST
        and check is not None
        and check.package is None
        and check.test in BUILT_IN_CHECKS
        and not executor.store_failures
        and all(node.config.get(key) is None for key in _OWN_RULES)
        and executor.compiler.library.find(f"test_{check.test}", node.package) is None
    )


def bulk_query(questions: Sequence[Question]) -> str:
    """One statement with the failures of every question: rows of (number, failures).

    A `not_null` and a `unique` over the same column are answered by one pass over its values.
    """
    scans: dict[tuple[str, str], dict[str, int]] = {}
    for number, question in enumerate(questions):
        if question.scanned is not None:
            scans.setdefault(question.scanned, {}).setdefault(question.test, number)
    branches: list[str] = []
    fused: set[int] = set()
    for (relation, column), asked in scans.items():
        if len(asked) == 2:
            fused.update(asked.values())
            branches.append(
                f"select unnest([{asked['not_null']}, {asked['unique']}]) as number,"
                " unnest([nulls, repeated]) as failures from (\n"
                "select coalesce(sum(times) filter (value is null), 0)::bigint as nulls,"
                " count(*) filter (value is not null and times > 1) as repeated from (\n"
                f"select {column} as value, count(*) as times from {relation} group by {column}\n))"
            )
    branches += [
        f"select {number} as number, count(*) as failures from (\n{question.query}\n)"
        for number, question in enumerate(questions)
        if number not in fused
    ]
    return "\nunion all ".join(branches)


def run_bulk(executor: Executor, steps: Sequence[Step], session: Session) -> list[Result]:
    """Do plain tests together; their results in their order. Raises nothing but bugs.

    A test that finds something is done once more, alone, for its rows and its message.
    """
    if not steps:
        return []
    started, begin = executor.clock(), time.perf_counter()
    try:
        compiled = [
            executor.compiled.get(step.id) or test_query(executor.compiler, step.node, session)
            for step in steps
        ]
        asked = [
            _question(executor.compiler, s.node, c) for s, c in zip(steps, compiled, strict=True)
        ]
        compiled_at = executor.clock()
        answer = session.query(bulk_query(asked))
    except RunnerError:
        return [executor.run(step, session) for step in steps]
    failures = {int(str(number)): int(str(count)) for number, count in answer.values}
    ended, seconds = executor.clock(), (time.perf_counter() - begin) / len(steps)
    timing = (Timing("compile", started, compiled_at), Timing("execute", compiled_at, ended))
    return [
        executor.run(step, session)
        if failures[number]
        else Result(
            step.id, Status.PASS, seconds=seconds, failures=0, compiled=compiled[number].sql,
            at=step.node.properties.at or Location(step.node.definition.shown), timing=timing,
            thread=current_thread().name, response={"_message": "OK"},
        )
        for number, step in enumerate(steps)
    ]  # fmt: skip


def _question(compiler: Compiler, node: Node, compiled: Compiled) -> Question:
    """A test's question; its scan is known only where the query is exactly that of its kind."""
    check = node.definition.check
    assert check is not None
    query = without_semicolon(compiled.sql)
    target = compiler.nodes.get(check.target)
    column = check.arguments.get("column_name")
    if check.test in ("not_null", "unique") and target is not None and isinstance(column, str):
        relation = str(compiler.relation(target))
        if query == built_in(check.test, {"model": relation, "column_name": column}):
            return Question(query, check.test, (relation, column))
    return Question(query, check.test)
