"""A unit test run: the model's query over given rows, compared with the rows expected."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from runner.engines import ColumnType, Session
from runner.errors import Caller, CompileError, DatabaseError, Location, ProjectError
from runner.plan.functions import create_function
from runner.plan.status import Status
from runner.plan.unit_tests import Fixture, differences, fixture_query, read_fixture
from runner.project.nodes import Definition, Kind, Node, Ref, RelationName, quote
from runner.project.signature import NO_SIGNATURE, call_arguments
from runner.run.events import Result
from runner.run.tested import tested_macros, tested_world
from runner.sql.blame import blame_rendered, place_in_query
from runner.sql.compile import Compiled, Compiler
from runner.sql.tokens import first_code, with_ctes, without_semicolon
from runner.template.library import Library
from runner.template.relation import Relation
from runner.template.render import Rendered, node_scope, render_node

_INPUT = re.compile(r"\s*(ref|source|this)\s*(?:\((.*)\))?\s*\Z", re.DOTALL)
_ARGUMENT = re.compile(
    r"""\b(?:v|version)\s*=\s*['"]?(?P<version>[\w.]+)['"]?"""
    r"""|'(?P<single>[^']*)'|"(?P<double>[^"]*)\""""
)
_NAMES = {"ref": 1, "source": 2, "this": 0}
"""How many names a reference has at least."""
GIVEN = "__runner_given__"
MACRO = "__runner_function__"


def run_unit_test(
    compiler: Compiler, node: Node, session: Session, fixtures: Mapping[str, str]
) -> tuple[Result, Compiled]:
    """Run a unit test.

    fixtures: names of fixture files → texts. Raises CompileError for a test that cannot be run.
    """
    case = node.definition.unit
    assert case is not None
    model = compiler.nodes[node.parents[0]]
    at = node.properties.at or Location(node.definition.shown)
    try:
        inputs = _Inputs(compiler, model, session)
        for given in case.given:
            inputs.add(str(given["input"]), read_fixture(given, fixtures))
        compiled = _compiled(compiler, node, model, session, inputs)
        expected = read_fixture(case.expect, fixtures)
        try:
            types = session.describe(compiled.sql)
        except DatabaseError as error:
            raise inputs.in_model(error, compiled, Caller(node.label, at)) from None
        return _compared(node, compiled, expected, types, session), compiled
    except (CompileError, ProjectError) as error:
        raise error.placed(at) from None


class _Inputs:
    """Answers a model's references with the rows that the test gives."""

    def __init__(self, compiler: Compiler, model: Node, session: Session) -> None:
        self.compiler = compiler
        self.model = model
        self.session = session
        self.queries: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self.ephemeral: dict[str, Node] = {}
        self.macros: dict[str, str] = {}
        """Of functions that are called: id → the statement that makes a temporary one."""
        self.world = compiler.world
        self.extra: dict[str, object] = {}

    def overridden(self, overrides: Mapping[str, object]) -> None:
        """Answer variables, the environment and macros as the test says."""
        self.world = tested_world(self.world, overrides)
        self.extra |= tested_macros(overrides)
        if "this" in self.given:
            name = self.given["this"]
            self.extra["this"] = Relation(identifier=name, sql=name)

    def query(self, node: Node) -> Compiled:
        """The query of a node with the given rows in CTEs. Functions that it calls are in macros."""
        compiler, session = self.compiler, self.session
        inner = self if node is self.model else self.within(node)
        rendered = self.rendered(node, inner, compiler.library)
        finished = compiler.finished(
            node, rendered.text, rendered.record, inner.ephemeral, session, inner.within
        )
        sql, queries = without_semicolon(finished.sql), self.queries
        if node.kind is Kind.FUNCTION:
            queries = {name: query for name, query in queries.items() if name in sql}
            if queries and not node.is_table_function and not _is_query(sql):
                sql = f"select (\n{sql}\n)"
        for statement in () if node.kind is Kind.FUNCTION else self.macros.values():
            session.execute(statement)
        return replace(finished, sql=with_ctes(sql, list(queries.items())))

    def rendered(self, node: Node, inner: _Inputs, library: Library) -> Rendered:
        """A node's text with the given rows, and the macros of a library."""
        scope = node_scope(
            node, self.world, library, inner, self.compiler.inventory, self.session, self.extra
        )
        return render_node(node, scope)

    def in_model(self, error: DatabaseError, compiled: Compiled, test: Caller) -> DatabaseError:
        """What the database says of the model's query, at the model's own line where that is known."""
        sql, position = getattr(error, "sql", ""), getattr(error, "position", None)
        place, library = place_in_query(sql, position, compiled), self.compiler.library
        if place is None or self.model.kind is Kind.FUNCTION:
            return error
        origin = blame_rendered(
            self.model, compiled.sql, place, library,
            lambda macros: self.rendered(self.model, self, macros).text,
        )  # fmt: skip
        if origin is None:
            return error
        first, *more = error.message.split("\n")
        hint = "\n".join(line for line in more if line.strip()) or None
        return DatabaseError(
            first.rstrip(":") if hint else first, at=origin.at, hint=hint,
            callers=(*origin.callers, test),
        )  # fmt: skip

    def called(self, function: Node) -> Relation:
        """A temporary function over the given rows, and over those it calls itself."""
        name = MACRO + re.sub("[^A-Za-z0-9]", "_", function.label)
        relation = RelationName("temp", "main", name)
        if function.id not in self.macros:
            sql = self.query(function).sql
            temporary = replace(function, relation=relation)
            made = create_function(temporary, sql, frozenset(), temporary=True)
            self.macros[function.id] = made.statements[0]
        return Relation(relation.database, relation.schema, name, "function")

    def add(self, written: str, fixture: Fixture) -> None:
        found = _INPUT.match(written)
        names, version = _arguments(found[2] or "") if found else ([], None)
        if found is None or len(names) < _NAMES[found[1]]:
            raise CompileError(
                f"the input {written!r} is none", hint="write ref('…'), source('…', '…') or this"
            )
        definition = self.model.definition
        if found[1] == "this":
            target, key = self.model, "this"
        elif found[1] == "ref":
            package = names[0] if len(names) == 2 else None
            target = self.compiler.index.ref(definition, Ref(names[-1], package, version))
            key = target.id
        else:
            target = self.compiler.index.source(definition, names[0], names[1])
            key = target.id
        types = self.types(target) if fixture.query is None else ()
        name = GIVEN + re.sub("[^A-Za-z0-9]", "_", target.label)
        self.queries[name] = fixture_query(fixture, types, target.label)
        self.given[key] = name

    def types(self, target: Node) -> tuple[ColumnType, ...]:
        """The columns of what a fixture stands for, as the database or YAML has them."""
        declared = tuple(
            ColumnType(c.name, c.data_type) for c in target.properties.columns if c.data_type
        )
        if target.definition.source is not None and target.definition.source.external_location:
            if declared:
                return declared
            return self.session.describe(f"select * from {self.compiler.relation(target)}")
        if target.is_ephemeral:
            return self.session.describe(self.compiler.compile(target, self.session).sql)
        assert target.relation is not None
        there = self.session.columns(target.relation)
        if there:
            return there
        if declared:
            return declared
        if target.id == self.model.id:
            return ()
        raise CompileError(
            f"the columns of {target.label} are not known: it has not been built",
            hint="build it first, or give its rows as sql",
        )

    def within(self, ephemeral: Node) -> _Inputs:
        """The same answers for an ephemeral model or function that the tested one reads."""
        inner = _Inputs(self.compiler, ephemeral, self.session)
        inner.given, inner.queries, inner.macros = self.given, self.queries, self.macros
        inner.world, inner.extra = self.world, self.extra
        return inner

    @property
    def selected(self) -> tuple[str, ...]:
        return self.compiler.selected

    # --- as a resolver of references ------------------------------------------------------------

    def ref(self, definition: Definition, ref: Ref) -> Relation:
        package = f"'{ref.package}', " if ref.package else ""
        version = "" if ref.version is None else f", v={ref.version!r}"
        written = f"ref({package}'{ref.name}'{version})"
        return self.answer(self.compiler.index.ref(definition, ref), written)

    def source(self, definition: Definition, source: str, table: str) -> Relation:
        found = self.compiler.index.source(definition, source, table)
        return self.answer(found, f"source('{source}', '{table}')")

    def function(
        self, definition: Definition, ref: Ref, arguments: Mapping[str, object] | None
    ) -> Relation:
        return self.called(self.compiler.index.function(definition, ref))

    def answer(self, target: Node, written: str) -> Relation:
        name = self.given.get(target.id)
        if name is not None:
            return Relation(identifier=name, sql=name)
        if target.is_ephemeral:
            self.ephemeral.setdefault(target.id, target)
            return self.compiler.relation(target)
        raise CompileError(
            f"the test gives no rows for {written}, which {self.model.label} reads",
            hint=f"add - input: {written} with rows: []",
        )

    def graph(self) -> Mapping[str, object]:
        return self.compiler.graph()


def _compiled(
    compiler: Compiler, node: Node, model: Node, session: Session, inputs: _Inputs
) -> Compiled:
    """The query of the model, or the call of the function, over the given rows."""
    case = node.definition.unit
    assert case is not None
    inputs.overridden(case.overrides)
    if model.kind is not Kind.FUNCTION:
        if case.arguments:
            raise CompileError(
                f"the test gives arguments, and {model.label} is no function",
                hint="take arguments: away",
            )
        return replace(inputs.query(model), id=node.id)
    relation = inputs.called(model)
    for statement in inputs.macros.values():
        session.execute(statement)
    signature = model.definition.signature or NO_SIGNATURE
    call = f"{relation}{call_arguments(model.name, signature, case.arguments)}"
    sql = (
        f"select * from {call}"
        if model.is_table_function
        else f"select {call} as {quote(model.name)}"
    )
    return Compiled(node.id, sql)


def _arguments(inside: str) -> tuple[list[str], str | None]:
    """The names between the brackets of a reference, and the version that it asks for."""
    names: list[str] = []
    version: str | None = None
    for found in _ARGUMENT.finditer(inside):
        if found["version"]:
            version = found["version"]
        else:
            names.append(found["single"] or found["double"] or "")
    return names, version


def _is_query(sql: str) -> bool:
    """Is a scalar function's body a query, not an expression?"""
    return first_code(sql, 1)[0].text.lower() in ("select", "with", "from", "values")


def _compared(
    node: Node,
    compiled: Compiled,
    expected: Fixture,
    types: tuple[ColumnType, ...],
    session: Session,
) -> Result:
    known = {column.name.lower(): column for column in types}
    if expected.query is not None:
        wanted = session.query(expected.query)
        columns, want = wanted.columns, wanted.values
    else:
        columns = expected.columns or tuple(column.name for column in types)
        for name in columns:
            if name.lower() not in known:
                raise CompileError(
                    f"the model has no column {name!r}",
                    hint=f"it has: {', '.join(c.name for c in types)}",
                )
        chosen = [known[name.lower()] for name in columns]
        want = session.query(
            fixture_query(replace(expected, columns=columns), chosen, "the model")
        ).values
    listed = ", ".join(quote(known.get(c.lower(), ColumnType(c, "")).name) for c in columns)
    have = session.query(
        f"select {listed} from (\n{without_semicolon(compiled.sql)}\n) as actual"
    ).values
    found = differences(have, want, columns)
    if found is None:
        return Result(node.id, Status.PASS, failures=0)
    count = len(found.values)
    message = f"{count} cell{'s differ' if count != 1 else ' differs'} from what was expected"
    return Result(node.id, Status.FAIL, message, failures=count, sample=found)
