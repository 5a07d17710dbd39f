"""on-run-start and on-run-end: a project's statements around a run.

Each is an operation, as dbt calls it: one that fails is told like a step. Knows nothing of what a
failure means for the run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from runner.engines import Session
from runner.errors import DatabaseError, Location, RunnerError, place
from runner.plan.plan import Step
from runner.plan.status import Status
from runner.project.config import RunHook
from runner.project.nodes import Config, Definition, Kind, Node
from runner.run.events import Result
from runner.sql.compile import Compiler
from runner.sql.tokens import is_empty


def run_hooks(
    compiler: Compiler,
    hooks: Sequence[RunHook],
    which: str,
    session: Session,
    *,
    results: Mapping[str, Result] | None = None,
    schemas: Iterable[tuple[str, str]] = (),
) -> tuple[Step, Result] | None:
    """Render and run the hooks of a run, in their order, until one fails: that one, with its result.

    results, schemas: what templates of on-run-end may read. Raises nothing but bugs.
    """
    if not hooks:
        return None
    listed = list(schemas)
    extra: dict[str, object] = {
        "schemas": [schema for _, schema in listed],
        "database_schemas": listed,
    }
    if results is not None:
        extra["results"] = [_Told(compiler, result) for result in results.values()]
    for hook in hooks:
        node = _operation(hook, which)
        begin = time.perf_counter()
        sql = None
        try:
            sql = compiler.render(node, hook.text, session, extra)
            if not is_empty(sql):
                session.execute(sql)
        except RunnerError as error:
            at = _stated_at(compiler.world.project.root, hook)
            placed = _placed(error, which, sql, at)
            _end_transaction(placed, session)
            result = Result(
                node.id, Status.ERROR, placed.message, seconds=time.perf_counter() - begin,
                error=placed, compiled=sql, at=placed.at,
            )  # fmt: skip
            return Step(node.id, node, (), which), result
    return None


def _operation(hook: RunHook, which: str) -> Node:
    project = hook.project
    definition = Definition(
        kind=Kind.OPERATION,
        name=f"{project.name}-{which}-{hook.number}",
        package=project.name,
        path=f"hooks/{which}-{hook.number}.sql",
        file=project.file,
        shown=project.file,
        text=hook.text,
    )
    return Node(definition, Config())


def _placed(error: RunnerError, which: str, sql: str | None, at: Location) -> RunnerError:
    """A hook's error, at the line of the project file or in the macro that it comes from."""
    if isinstance(error, DatabaseError):
        hint = sql.strip() if sql is not None else error.hint
        failed = DatabaseError(f"{which} failed: {error.message}", at=at, hint=hint)
        failed.cannot_write, failed.out_of_memory = error.cannot_write, error.out_of_memory
        return failed
    if error.at is None or error.at.path == at.path:  # a line of the hook is none of the file
        error.at = at
    return error


def _end_transaction(error: RunnerError, session: Session) -> None:
    """Undo what a hook began, lest the next ones are refused. On a full disk that ends the process."""
    if isinstance(error, DatabaseError) and error.cannot_write:
        return
    with suppress(DatabaseError):  # most begin none
        session.execute("rollback")


def _stated_at(root: Path, hook: RunHook) -> Location:
    """Where a hook stands in the project file: the line that holds its first one."""
    shown = hook.project.file
    first = hook.text.strip().split("\n")[0].strip()
    with suppress(OSError, ValueError):
        written = (root / shown).read_text("utf-8")
        offset = written.find(first)
        if first and offset >= 0:
            return place(shown, written, offset, len(first))
    return Location(shown)


class _Described(dict[str, object]):
    """A resource as the manifest tells it, with the method of dbt's own objects."""

    def to_dict(self, omit_none: bool = False) -> dict[str, object]:
        return {key: value for key, value in self.items() if not (omit_none and value is None)}


class _Told:
    """A step's outcome, as templates of on-run-end read it."""

    def __init__(self, compiler: Compiler, result: Result) -> None:
        self._compiler, self._result = compiler, result
        self.unique_id = result.id
        self.status = str(result.status)
        self.message = result.message or None
        self.execution_time = result.seconds
        self.failures = 0 if result.status is Status.PASS else result.failures
        self.thread_id = result.thread
        self.adapter_response = dict(result.response)
        self.timing = [
            {"name": part.name, "started_at": part.started_at, "completed_at": part.completed_at}
            for part in result.timing
        ]

    @property
    def node(self) -> _Described | None:
        """Made when a template asks for it: most hooks look at the outcome alone."""
        for resources in self._compiler.graph().values():
            found = resources.get(self.unique_id) if isinstance(resources, Mapping) else None
            if found is not None:
                sql = self._result.compiled
                return _Described({**found, "compiled": sql is not None, "compiled_code": sql})
        return None

    def to_dict(self, omit_none: bool = False) -> dict[str, object]:
        keys = ("status", "timing", "thread_id", "execution_time", "adapter_response", "message",
                "failures", "unique_id", "node")  # fmt: skip
        return _Described({key: getattr(self, key) for key in keys}).to_dict(omit_none)
