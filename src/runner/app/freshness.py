"""`source freshness`: how old the newest rows of the sources are, and whether that is too old."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from runner.app.compile import make_compiler
from runner.app.database import open_readers
from runner.app.load import Loaded, Options, Outside, choose, load
from runner.app.loaded_at import ask
from runner.app.settings import secrets
from runner.app.write import invocation
from runner.engines import Session
from runner.errors import CompileError, Exit, ProjectError, RunnerError, TargetError
from runner.output.artifacts.inputs import Freshness
from runner.plan.freshness import ago, has_limits, is_declared, status_of
from runner.project.nodes import Kind, Node
from runner.run.events import Logged, Timing
from runner.sql.compile import Compiler

Say = Callable[[str], None]
WORDS = {"pass": "PASS", "warn": "WARN", "error": "ERROR", "runtime error": "ERROR"}


def check_freshness(options: Options, outside: Outside, output: Path | None, say: Say) -> int:
    """Ask every selected source that has limits, say how old it is, and write sources.json.

    output: another file than target/sources.json. Raises ProjectError where there is no database.
    """
    begin = time.perf_counter()
    loaded = load(options, outside)
    ids = choose(loaded, options, outside.listener).ids
    nodes = [loaded.nodes[id] for id in sorted(ids) if _is_asked(loaded.nodes[id])]
    if not nodes:
        outside.listener(
            Logged("warning", "nothing to do: no selected source has warn_after or error_after")
        )
    results = _all_checked(nodes, loaded, outside, say) if nodes else []
    _write(loaded, options, outside, results, output, time.perf_counter() - begin)
    bad = any(result.status in ("error", "runtime error") for result in results)
    return int(Exit.FAILED if bad else Exit.DONE)


def _all_checked(nodes: list[Node], loaded: Loaded, outside: Outside, say: Say) -> list[Freshness]:
    with open_readers(loaded) as (inventory, session):
        if session is None:
            raise ProjectError(
                f"there is no database yet at {loaded.target.path}", hint="make it: runner build"
            )
        compiler = make_compiler(loaded, inventory)
        width = max(len(node.label) for node in nodes)
        results = []
        for node in nodes:
            result = _checked(node, compiler, session, outside)
            say(f"  {WORDS[result.status]:<5} {node.label:<{width}}  {_told(node, result)}")
            results.append(result)
    say(f"\n  {_counted(results)}")
    return results


def _is_asked(node: Node) -> bool:
    source = node.definition.source
    try:
        return node.kind is Kind.SOURCE and source is not None and has_limits(source)
    except CompileError as error:
        raise error.placed(node.properties.at) if node.properties.at else error from None


def _checked(node: Node, compiler: Compiler, session: Session, outside: Outside) -> Freshness:
    source = node.definition.source
    assert source is not None
    started, begin = outside.now(), time.perf_counter()
    try:
        if not is_declared(source):
            raise CompileError("nothing says when it was loaded: declare loaded_at_field")
        found = ask(compiler, node, session)
    except RunnerError as error:
        message = error.message.split("\n")[0]
        return Freshness(node.id, "runtime error", error=message)
    ended = outside.now()
    status = status_of(found, source, ended)
    # As dbt has it, a table without rows was loaded at the beginning of time.
    loaded_at = found.loaded_at or ended.replace(
        year=1, month=1, day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return Freshness(
        node.id, status, loaded_at, ended, time.perf_counter() - begin,
        (Timing("compile", started, started), Timing("execute", started, ended)),
    )  # fmt: skip


def _told(node: Node, result: Freshness) -> str:
    if result.error is not None or result.max_loaded_at is None or result.snapshotted_at is None:
        return f"cannot be asked: {result.error}"
    limits = _limits(node, result.status)
    if result.max_loaded_at.year == 1:
        return f"has no rows{limits}"
    seconds = (result.snapshotted_at - result.max_loaded_at).total_seconds()
    return f"loaded {result.max_loaded_at:%Y-%m-%d %H:%M:%S}, {ago(seconds)} ago{limits}"


def _limits(node: Node, status: str) -> str:
    """The limit that was passed, in words."""
    source = node.definition.source
    if status == "pass" or source is None:
        return ""
    given = source.freshness.get(f"{status}_after")
    assert isinstance(given, dict)
    plural = "" if str(given["count"]) == "1" else "s"
    return f": {status} after {given['count']} {given['period']}{plural}"


def _counted(results: list[Freshness]) -> str:
    words = {"pass": "fresh", "warn": "late", "error": "too late", "runtime error": "not asked"}
    parts = []
    for status, word in words.items():
        number = sum(result.status == status for result in results)
        parts += [f"{number:,} {word}"] if number else []
    total = f"{len(results):,} source{'s' if len(results) != 1 else ''}"
    return f"{total}: {', '.join(parts)}"


def _write(
    loaded: Loaded, options: Options, outside: Outside, results: list[Freshness],
    output: Path | None, seconds: float,
) -> None:  # fmt: skip
    from runner.output.artifacts.sources import sources
    from runner.output.artifacts.write import write_json

    told = invocation(loaded, options, outside)
    found = sources(results, loaded.nodes, told, elapsed=seconds)
    file = outside.folder / output if output else loaded.target_folder / "sources.json"
    try:
        write_json(file, found, secrets=secrets(loaded.target, outside.environ))
    except OSError as error:
        raise TargetError(f"{file} cannot be written: {error.strerror}") from None
