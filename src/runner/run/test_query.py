"""The query of a data test: a built-in one is made here, any other is a macro or a template."""

from __future__ import annotations

from runner.engines import Session
from runner.errors import CompileError, Location
from runner.plan.checks import built_in
from runner.project.nodes import Node
from runner.sql.compile import Compiled, Compiler
from runner.template.discover import BUILT_IN_CHECKS, check_arguments
from runner.template.render import node_scope


def test_query(compiler: Compiler, node: Node, session: Session | None) -> Compiled:
    """The query whose rows are a test's failures."""
    check = node.definition.check
    if check is None or check.package is not None or check.test not in BUILT_IN_CHECKS:
        return compiler.compile(node, session)
    if compiler.library.find(f"test_{check.test}", node.package) is not None:
        return compiler.compile(node, session)
    resolver = compiler.resolver(node)
    scope = node_scope(
        node, compiler.world, compiler.library, resolver, compiler.inventory, session
    )
    arguments = check_arguments(node.definition, scope, compiler.library)
    try:
        sql = built_in(check.test, arguments)
    except CompileError as error:
        raise error.placed(node.properties.at or Location(node.definition.shown)) from None
    return compiler.finished(node, sql, scope.record, resolver.ephemeral, session)
