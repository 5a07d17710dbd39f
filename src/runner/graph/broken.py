"""Macros that are no Jinja, told when their files are read and not when somebody calls them.

Only parses: a filter that is not known is told where it is used, as dbt does it. Knows nothing of
how macros are called.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from runner.errors import CompileError, RunnerError, collect
from runner.project.nodes import Macro
from runner.template.environment import syntax_error
from runner.template.library import as_macro

if TYPE_CHECKING:
    from runner.template.jinja import Environment


def refuse_broken(macros: Iterable[Macro], packages: Iterable[str]) -> None:
    """Raise CompileError, or several in one, for macros of these packages that are no Jinja.

    Materializations are passed over: the runner has its own.
    """
    from runner.template.jinja import Environment

    environment = Environment()
    named = frozenset(packages)
    errors: list[RunnerError] = []
    for macro in macros:
        if macro.package in named and macro.block != "materialization":
            found = _broken(environment, macro)
            if found is not None:
                errors.append(found)
    collect(errors)


def _broken(environment: Environment, macro: Macro) -> CompileError | None:
    import jinja2

    above = "\n" * (macro.first_line - 1)
    try:
        environment.parse(above + as_macro(macro), macro.shown, macro.shown)
    except jinja2.TemplateSyntaxError as error:
        return syntax_error(error, above + macro.text, macro.shown)
    return None
