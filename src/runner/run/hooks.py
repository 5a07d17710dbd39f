"""on-run-start and on-run-end: a project's statements around a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace

from runner.engines import Session
from runner.errors import DatabaseError, Location, place
from runner.project.config import ProjectConfig
from runner.project.nodes import Config, Definition, Kind, Node
from runner.run.events import Result
from runner.sql.compile import Compiler
from runner.sql.tokens import is_empty
from runner.template.render import model_of


def run_hooks(
    compiler: Compiler,
    texts: Sequence[str],
    which: str,
    session: Session,
    *,
    results: Mapping[str, Result] | None = None,
    schemas: Iterable[tuple[str, str]] = (),
) -> None:
    """Render and run the hooks of a run, in their order.

    results, schemas: what templates of on-run-end may read. Raises DatabaseError with the hook's
    place when a statement is refused.
    """
    if not texts:
        return
    project = compiler.world.project
    listed = list(schemas)
    extra: dict[str, object] = {
        "schemas": [schema for _, schema in listed],
        "database_schemas": listed,
    }
    if results is not None:
        extra["results"] = [_result(compiler, result) for result in results.values()]
    for number, text in enumerate(texts):
        definition = Definition(
            kind=Kind.OPERATION,
            name=f"{project.name}-{which}-{number}",
            package=project.name,
            path=f"hooks/{which}-{number}.sql",
            file=project.file,
            shown=project.file,
            text=text,
        )
        node = Node(definition, Config())
        sql = compiler.render(node, text, session, extra)
        if is_empty(sql):
            continue
        try:
            session.execute(sql)
        except DatabaseError as error:
            raise DatabaseError(
                f"{which} failed: {error.message}", at=_stated_at(project, text), hint=sql.strip()
            ) from None


def _stated_at(project: ProjectConfig, text: str) -> Location:
    """Where a hook stands in the project file: the line that holds its first one."""
    first = text.strip().split("\n")[0].strip()
    with suppress(OSError, ValueError):
        written = (project.root / project.file).read_text("utf-8")
        offset = written.find(first)
        if first and offset >= 0:
            return place(project.file, written, offset, len(first))
    return Location(project.file)


def _result(compiler: Compiler, result: Result) -> SimpleNamespace:
    node = compiler.nodes.get(result.id)
    described = SimpleNamespace(**model_of(node)) if node is not None else None
    return SimpleNamespace(
        node=described,
        unique_id=result.id,
        status=str(result.status),
        message=result.message,
        execution_time=result.seconds,
        failures=result.failures,
        thread_id=result.thread,
        adapter_response=dict(result.response),
        timing=[],
    )
