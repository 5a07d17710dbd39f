"""Data tests in bulk: many plain ones in one statement, `not_null` and `unique` of a column in one scan,
all those of one function from one call.

Which tests are plain, and the statement, are decided without a database. A statement that fails is
repeated test by test, so each test ends as it would have ended alone. Rows are fetched only for
what failed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import current_thread

from msgspec import Struct

from runner.engines import Session
from runner.errors import Location, RunnerError
from runner.plan.checks import built_in
from runner.plan.plan import Step
from runner.plan.status import Status
from runner.project.nodes import Kind, Node, quote
from runner.run.events import Result, Timing
from runner.run.execute import Executor, test_query
from runner.sql.compile import Compiled, Compiler
from runner.sql.tokens import tokens, without_semicolon
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
    called: tuple[str, str] | None = None
    """The call of a function that it is over, as it stands in the query, and the function's name."""


def company(
    executor: Executor, step: Step, is_small: Callable[[Iterable[str]], bool]
) -> str | None:
    """What stands for the steps that this one may be done with in one statement; None: it is done alone.

    Tests of small relations are done together, and those of a function, however large: to compute
    it is what they cost.
    """
    if not is_plain(executor, step):
        return None
    if is_small(step.node.parents):
        return "small"
    check = step.node.definition.check
    target = executor.compiler.nodes.get(check.target) if check is not None else None
    return target.id if target is not None and target.kind is Kind.FUNCTION else None


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

    A `not_null` and a `unique` over the same column are answered by one pass over its values. What
    several of them call is computed once.
    """
    calls = Counter(question.called for question in questions if question.called is not None)
    shared = {call: f"called_{n}" for n, (call, times) in enumerate(calls.items()) if times > 1}
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
        f"select {number} as number, count(*) as failures from (\n{_over(question, shared)}\n)"
        for number, question in enumerate(questions)
        if number not in fused
    ]
    ctes = ",\n".join(
        f"{name} as materialized (\nselect * from {call}\n)" for (call, _), name in shared.items()
    )
    return (f"with {ctes}\n" if ctes else "") + "\nunion all ".join(branches)


def _over(question: Question, shared: Mapping[tuple[str, str], str]) -> str:
    """A question's query, over what was computed for all that call the same."""
    if question.called is None or question.called not in shared:
        return question.query
    call, function = question.called
    return question.query.replace(call, f"{shared[question.called]} as {quote(function)}")


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
    if target is not None and target.kind is Kind.FUNCTION:
        call = call_in(query, str(compiler.relation(target)))
        return Question(query, check.test, called=(call, target.name) if call else None)
    if check.test in ("not_null", "unique") and target is not None and isinstance(column, str):
        relation = str(compiler.relation(target))
        if query == built_in(check.test, {"model": relation, "column_name": column}):
            return Question(query, check.test, (relation, column))
    return Question(query, check.test)


def call_in(query: str, function: str) -> str | None:
    """The one call of a function in a query, with its arguments; None where it is not called once."""
    if query.count(function) != 1:
        return None
    text = query[query.index(function) :]
    depth, end = 0, len(function)
    for token in tokens(text[end:]):
        end += len(token.text)
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth <= 0:
            break
    return text[:end] if depth == 0 and text[:end].endswith(")") else None
