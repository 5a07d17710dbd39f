"""Python models: `def model(dbt, session)` called with what dbt gives it."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Callable
from types import ModuleType

from runner.engines import Session
from runner.errors import CompileError, Location, RunnerError, line_of
from runner.project.nodes import Node, Ref
from runner.sql.compile import Compiler
from runner.template.relation import Relation


class Dbt:
    """The first argument of a Python model."""

    def __init__(
        self, compiler: Compiler, node: Node, session: Session, *, is_incremental: bool
    ) -> None:
        self._compiler = compiler
        self._node = node
        self._session = session
        self.is_incremental = is_incremental
        relation = node.relation
        assert relation is not None
        self.this = Relation(relation.database, relation.schema, relation.identifier)
        self.config = _Config(node)

    def ref(self, *args: str, v: object = None, version: object = None) -> object:
        """A relation with the rows of a model, seed or snapshot."""
        number = v if v is not None else version
        ref = Ref(
            args[-1],
            args[0] if len(args) == 2 else None,
            number if isinstance(number, str | int | float) else None,
        )
        found = self._compiler.index.ref(self._node.definition, ref)
        return self._table(found)

    def source(self, source: str, table: str) -> object:
        """A relation with the rows of a source."""
        return self._table(self._compiler.index.source(self._node.definition, source, table))

    def _table(self, node: Node) -> object:
        if node.is_ephemeral:
            raise CompileError(
                f"a Python model cannot read {node.label}, which is ephemeral",
                at=Location(self._node.definition.shown),
                hint="make it a view or a table",
            )
        query: Callable[[str], object] = self._session.raw().query  # type: ignore[attr-defined]  # the engine's own connection
        return query(f"select * from {self._compiler.relation(node)}")


class _Config:
    """`dbt.config(…)`, read beforehand, and `dbt.config.get(…)`."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def __call__(self, **_: object) -> None:
        """Nothing: the text was read for it."""

    def get(self, key: str, default: object = None) -> object:
        value = self._node.config.get(key)
        if value is None:
            value = self._node.config.meta.get(key)
        return default if value is None else value

    def meta_get(self, key: str, default: object = None) -> object:
        return self._node.config.meta.get(key, default)


def run_python_model(
    compiler: Compiler, node: Node, session: Session, *, is_incremental: bool
) -> object:
    """What a Python model returns: a relation, a data frame, an Arrow table.

    Raises CompileError with the line of the model's file when its code fails.
    """
    definition = node.definition
    module = ModuleType(f"runner_model_{node.name}")
    try:
        exec(compile(definition.text, definition.shown, "exec"), module.__dict__)
        dbt = Dbt(compiler, node, session, is_incremental=is_incremental)
        value: object = module.__dict__["model"](dbt, session.raw())
    except RunnerError:
        raise
    except Exception as error:
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == definition.shown and frame.lineno
        ]
        at = (
            line_of(definition.shown, definition.text, lines[-1])
            if lines
            else Location(definition.shown)
        )
        raise CompileError(f"{type(error).__name__}: {error}", at=at) from error
    return value


PURE_MODULES = frozenset(
    """math decimal fractions statistics re itertools functools collections operator json string
    dataclasses typing enum pandas numpy scipy pyarrow duckdb polars""".split()
)
IMPURE_NAMES = frozenset({"open", "exec", "eval", "compile", "__import__", "input", "globals"})
IMPURE_CALLS = frozenset(
    """now today utcnow time random sample randint rand randn shuffle uuid4 getenv read_csv
    read_parquet read_json read_sql read_excel system run urlopen sql query execute""".split()
)


def unknown_of_python(text: str) -> tuple[str, ...]:
    """Why a Python model may answer otherwise the next time, by a look at its code; empty if it
    only works on what `dbt.ref` and `dbt.source` give it.
    """
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(text)):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or "."]
        for module in modules:
            if module.split(".")[0] not in PURE_MODULES:
                found[f"imports {module}, which may read anything"] = None
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES:
            found[f"uses {node.id}"] = None
        if isinstance(node, ast.Attribute) and node.attr in IMPURE_CALLS:
            found[f"calls {node.attr}"] = None
    return tuple(found)
