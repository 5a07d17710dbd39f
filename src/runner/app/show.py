"""The verb show: rows of what was built, of a query, or those that a test finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from runner.app.compile import make_compiler
from runner.app.database import open_readers
from runner.app.load import Options, Outside, load
from runner.app.look import inline_node
from runner.engines import Rows, Session
from runner.errors import DatabaseError, Exit, Location, ProjectError, RunnerError, did_you_mean
from runner.output.tables import rows_csv, rows_json, table_text
from runner.plan.functions import example_call
from runner.project.nodes import Kind, Node, quote
from runner.run.execute import test_query
from runner.sql.blame import blame
from runner.sql.compile import Compiled, Compiler
from runner.sql.tokens import without_semicolon

OUTPUTS = ("table", "csv", "json")
SHOWN = (Kind.MODEL, Kind.SEED, Kind.SNAPSHOT, Kind.SOURCE, Kind.FUNCTION)


def show_rows(
    options: Options,
    outside: Outside,
    name: str | None,
    inline: str | None,
    failures: str | None,
    limit: int,
    output: str,
    stream: TextIO,
    *,
    width: int | None,
) -> int:
    """Print rows as a table, CSV or JSON. Reads what was published; builds nothing."""
    if output not in OUTPUTS:
        raise ProjectError(f"--output is {output!r}", hint=f"one of: {', '.join(OUTPUTS)}")
    if sum(given is not None for given in (name, inline, failures)) != 1:
        raise ProjectError(
            "show takes one thing to show", hint='a name, --inline "select …" or --failures TEST'
        )
    loaded = load(options, outside)
    with open_readers(loaded) as (inventory, session):
        if session is None:
            raise ProjectError(
                f"there is no database yet at {loaded.target.path}", hint="make it: runner build"
            )
        compiler = make_compiler(loaded, inventory)
        if inline is not None:
            node = inline_node(loaded, inline)
            compiled = compiler.compile(node, session)
        elif failures is not None:
            tests = {n.name: n for n in loaded.nodes.values() if n.kind is Kind.TEST}
            node = _named(failures, tests, "test")
            compiled = test_query(compiler, node, session)
        else:
            assert name is not None
            node, compiled = _built(name, loaded.nodes.values(), compiler, session)
        rows = _query(compiler, node, compiled, session, limit)
    stream.write(_text(rows, output, width, limit))
    return int(Exit.DONE)


def _text(rows: Rows, output: str, width: int | None, limit: int) -> str:
    if output == "csv":
        text = rows_csv(rows)
    elif output == "json":
        text = rows_json(rows)
    else:
        text = table_text(rows, width=width, limit=None)
    return text if text.endswith("\n") else text + "\n"


def _built(
    name: str, nodes: Iterable[Node], compiler: Compiler, session: Session
) -> tuple[Node, Compiled]:
    known: dict[str, Node] = {}
    for node in nodes:
        if node.kind in SHOWN:
            known.setdefault(node.label, node)
            known.setdefault(node.name, node)
        elif node.kind is Kind.TEST:
            known.setdefault(node.name, node)
    plain = name.removesuffix(".sql").removeprefix("source:")
    plain, call = _call_of(plain) if plain not in known else (plain, None)
    node = _named(plain, known, "model, seed, source or function")
    if node.kind is Kind.TEST:
        return node, test_query(compiler, node, session)
    if node.is_ephemeral:
        return node, compiler.compile(node, session)
    if node.kind is Kind.FUNCTION:
        return node, Compiled(node.id, _function_query(node, call, session))
    if call is not None:
        raise ProjectError(f"{node.label} is no function", hint=f"runner show {node.label}")
    name_ = node.relation
    if name_ is not None and node.kind is not Kind.SOURCE and not session.columns(name_):
        raise ProjectError(
            f"{node.label} has not been built", hint=f"build it: runner build -s +{node.name}"
        )
    return node, Compiled(node.id, f"select * from {compiler.relation(node)}")


def _call_of(name: str) -> tuple[str, str | None]:
    """`kpis('2026-01-01')` as the name and what stands in the parentheses."""
    head, sign, rest = name.partition("(")
    if not sign or not rest.rstrip().endswith(")"):
        return name, None
    return head.strip(), f"({rest.rstrip()}"


def _function_query(node: Node, call: str | None, session: Session) -> str:
    """The query that calls a function, with its examples where no arguments are given."""
    assert node.relation is not None
    if not session.inventory().macros(node.relation):
        raise ProjectError(
            f"{node.label} has not been built", hint=f"build it: runner build -s +{node.name}"
        )
    if call is None:
        return example_call(node, {})
    if node.is_table_function:
        return f"select * from {node.relation}{call}"
    return f"select {node.relation}{call} as {quote(node.name)}"


def _named(name: str, known: dict[str, Node], what: str) -> Node:
    if name not in known:
        raise ProjectError(f"there is no {what} {name!r}", hint=did_you_mean(name, known))
    return known[name]


def _query(
    compiler: Compiler, node: Node, compiled: Compiled, session: Session, limit: int
) -> Rows:
    query = without_semicolon(compiled.sql)
    try:
        return session.query(query, None if limit < 0 else limit)
    except DatabaseError as error:
        lines = error.message.split("\n")
        known = DatabaseError(lines[0], hint="\n".join(lines[1:]).strip() or None)
        position = getattr(error, "position", None)
        try:
            origin = blame(compiler, node, compiled, position, session)
            known.at, known.callers = origin.at, origin.callers
        except RunnerError:
            known.at = Location(node.definition.shown)
        raise known from None
