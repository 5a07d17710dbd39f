"""The names that templates know: dbt's functions and variables, one entry each.

`provide` answers a name for a scope. A new function is a line in PROVIDERS, or in PLAIN
(functions.py) when it needs nothing of the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import NoReturn

from runner.errors import CompileError
from runner.template.adapter import Adapter
from runner.template.configs import complete_config
from runner.template.environment import compile_template, render_template
from runner.template.functions import PLAIN
from runner.template.library import MISSING
from runner.template.relation import Relation
from runner.template.scope import Scope
from runner.template.table import Table
from runner.template.world import described

INCONSTANT = frozenset({
    "flags", "invocation_args_dict", "should_full_refresh", "dbt_metadata_envs", "invocation_id",
    "run_started_at", "modules", "log", "print", "selected_resources",
})  # fmt: skip
"""Names whose values, or effects, may differ between two commands on the same files."""


def provide(scope: Scope, name: str) -> object:
    """The value of a name in a scope's template, or MISSING."""
    if name in INCONSTANT:
        scope.world.asked.add(name)
        scope.record.fleeting = True
    if name in PLAIN:
        return PLAIN[name]
    provider = PROVIDERS.get(name)
    return MISSING if provider is None else provider(scope)


# --- functions of a scope ---------------------------------------------------------------------


class ConfigCall:
    """`config(…)`, `config.get(…)`, `config.require(…)`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __call__(self, *args: object, **kwargs: object) -> str:
        return self._scope.configure(*args, **kwargs)

    def set(self, name: str, value: object) -> str:
        return self(**{name: value})

    def get(self, name: str, default: object = None, validator: object = None) -> object:
        if self._scope.config is None:
            return self._scope.record.config.get(name, default if default is not None else "")
        value = self._configured(name)
        if value is None:
            value = self._scope.config.meta.get(name)
        return default if value is None else value

    def _configured(self, name: str) -> object:
        """A value as it is configured, else dbt's default of the key."""
        scope = self._scope
        assert scope.config is not None
        value = scope.config.get(name)
        if value is None:
            value = complete_config(scope.definition.kind, scope.config.values).get(name)
        return value

    def meta_get(self, name: str, default: object = None, validator: object = None) -> object:
        if self._scope.config is None:
            return "" if default is None else default
        value = self._scope.config.meta.get(name)
        return default if value is None else value

    def require(self, name: str, validator: object = None) -> object:
        if self._scope.config is None:
            return self._scope.record.config.get(name, "")
        value = self._configured(name)
        if value is None:
            raise CompileError(
                f"the configuration {name!r} is required", hint=f"add it: config({name}=…)"
            )
        return value

    meta_require = require

    def persist_relation_docs(self) -> bool:
        docs = self.get("persist_docs", {})
        return bool(docs.get("relation")) if isinstance(docs, Mapping) else False

    def persist_column_docs(self) -> bool:
        docs = self.get("persist_docs", {})
        return bool(docs.get("columns")) if isinstance(docs, Mapping) else False


class VarCall:
    """`var('name', default)` and `var.has_var('name')`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __call__(self, name: str, *default: object) -> object:
        return self._scope.var(name, *default)

    def has_var(self, name: str) -> bool:
        return self._scope.has_var(name)


class RefCall:
    """`ref(…)`; a class so that a macro named ref may call `builtins.ref`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __call__(self, *args: object, **kwargs: object) -> Relation:
        return self._scope.ref(*args, **kwargs)


class Exceptions:
    """`exceptions.raise_compiler_error(…)` and its kin."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def raise_compiler_error(self, msg: object = "", node: object = None) -> NoReturn:
        raise CompileError(str(msg))

    def raise_not_implemented(self, msg: object = "") -> NoReturn:
        raise CompileError(f"not implemented: {msg}")

    raise_database_error = raise_dependency_error = raise_fail_fast_error = raise_compiler_error

    def raise_contract_error(self, yaml_columns: object, sql_columns: object) -> NoReturn:
        raise CompileError("the columns do not match the contract")

    def missing_config(self, model: Mapping[str, object], name: str) -> NoReturn:
        raise CompileError(f"the configuration {name!r} is missing", hint=f"add {name}")

    def missing_materialization(self, model: object, materialization: str) -> NoReturn:
        raise CompileError(f"there is no materialization {materialization!r}")

    def relation_wrong_type(
        self, relation: object, expected: str, model: object = None
    ) -> NoReturn:
        raise CompileError(f"{relation} is no {expected}")

    def column_type_missing(self, column_names: object) -> NoReturn:
        raise CompileError(f"columns without a type: {column_names}")

    def warn(self, msg: object = "", node: object = None) -> str:
        scope = self._scope
        if scope.execute:
            scope.record.fleeting = True
            scope.say(f"warning {msg}", lambda: scope.world.warn(str(msg), None))
        return ""

    def warn_snapshot_timestamp_data_types(self, *_: object) -> str:
        return ""


def _log(scope: Scope) -> Callable[..., str]:
    def log(msg: object = "", info: bool = False) -> str:
        message = str(msg)
        scope.say(message, lambda: scope.world.log(message, info))
        return ""

    return log


def _print(scope: Scope) -> Callable[..., str]:
    def print_(*values: object) -> str:
        message = " ".join(str(value) for value in values)
        scope.say(message, lambda: scope.world.log(message, True))
        return ""

    return print_


def _run_query(scope: Scope) -> Callable[[object], object]:
    def run_query(sql: object) -> object:
        return scope.query(str(sql)) if scope.execute else None

    return run_query


def _statement(scope: Scope) -> Callable[..., str]:
    def statement(
        name: str | None = None,
        fetch_result: bool = False,
        auto_begin: bool = True,
        language: str = "sql",
        caller: Callable[[], str] | None = None,
    ) -> str:
        if not scope.execute or caller is None:
            return ""
        sql = str(caller())
        if fetch_result:
            table = scope.query(sql)
        else:
            scope.database().execute(sql)
            table = Table((), (), ())
        if name is not None:
            scope.results[name] = StatementResult(table)
        return ""

    return statement


class StatementResult(dict[str, object]):
    """What `load_result` gives: what the database said, and the rows as `data` and as `table`."""

    def __init__(self, table: Table, response: object = None) -> None:
        said = response or SimpleNamespace(_message="OK", code="OK", rows_affected=len(table))
        super().__init__(response=said, data=list(table.data), table=table)

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _store_result(scope: Scope) -> Callable[..., str]:
    def store_result(name: str, response: object = None, agate_table: Table | None = None) -> str:
        scope.results[name] = StatementResult(agate_table or Table((), (), ()), response)
        return ""

    return store_result


def _store_raw_result(scope: Scope) -> Callable[..., str]:
    def store_raw_result(
        name: str,
        message: str | None = None,
        code: str | None = None,
        rows_affected: object = None,
        agate_table: Table | None = None,
    ) -> str:
        said = SimpleNamespace(_message=message, code=code, rows_affected=rows_affected)
        scope.results[name] = StatementResult(agate_table or Table((), (), ()), said)
        return ""

    return store_raw_result


def _this(scope: Scope) -> Relation | None:
    name = scope.relation
    if name is None:
        return None
    kind = None
    if scope.execute and scope.inventory is not None:
        kind = scope.inventory.kind(name)
    this = Relation(name.database, name.schema, name.identifier, kind and str(kind))
    return this.watched(scope.look)


def _flags(scope: Scope) -> SimpleNamespace:
    flags = scope.world.flags
    given = {str(key).upper(): value for key, value in flags.arguments.items()}
    known = {
        "WHICH": flags.command,
        "FULL_REFRESH": flags.full_refresh,
        "EMPTY": flags.empty,
        "STORE_FAILURES": flags.store_failures,
    }
    return SimpleNamespace(**{**given, **known})


def _volatile(scope: Scope, name: str, value: object) -> object:
    scope.record.volatile.setdefault(name)
    return value


def _doc(scope: Scope) -> Callable[..., str]:
    def doc(*args: str) -> str:
        call = ", ".join(f"'{arg}'" for arg in args)
        return described(f"{{{{ doc({call}) }}}}", scope.definition.package,
                         scope.world.project.name, scope.world.docs)  # fmt: skip

    return doc


def _render(scope: Scope) -> Callable[[str], str]:
    def render(text: str) -> str:
        template = compile_template(scope.library.environment, text, scope.definition.shown)
        return str(render_template(template, scope.names()))

    return render


def _graph(scope: Scope) -> Mapping[str, object]:
    scope.record.fleeting = True
    if scope.resolver is None:
        kinds = ("nodes", "sources", "exposures", "groups", "metrics", "semantic_models", "unit_tests",
                 "saved_queries", "functions")  # fmt: skip
        return {kind: {} for kind in kinds}
    return scope.resolver.graph()


def _get_where_subquery(scope: Scope) -> Callable[[Relation], object]:
    def get_where_subquery(relation: Relation) -> object:
        where = scope.config.get("where") if scope.config else None
        if not where:
            return relation
        return f"(select * from {relation} where {where}) dbt_subquery"

    return get_where_subquery


def _load_relation(scope: Scope) -> Callable[[Relation], Relation | None]:
    def load_relation(relation: Relation) -> Relation | None:
        return Adapter(scope).get_relation(
            relation.database, relation.schema or "", relation.identifier or ""
        )

    return load_relation


def _of_jinja(name: str) -> Callable[[Scope], object]:
    """A class of Jinja's own, loaded when a template asks for it."""

    def found(scope: Scope) -> object:
        from jinja2 import utils

        return getattr(utils, name)

    return found


def _builtins(scope: Scope) -> SimpleNamespace:
    names = ("ref", "source", "config")
    return SimpleNamespace(**{name: PROVIDERS[name](scope) for name in names})


def _model(scope: Scope) -> Mapping[str, object]:
    return scope.model() if scope.model is not None else {}


PROVIDERS: Mapping[str, Callable[[Scope], object]] = {
    "ref": RefCall,
    "source": lambda s: s.source,
    "function": lambda s: s.function,
    "metric": lambda s: s.metric,
    "config": ConfigCall,
    "var": VarCall,
    "env_var": lambda s: s.env_var,
    "this": _this,
    "model": _model,
    "node": _model,
    "target": lambda s: s.world.target.shown(),
    "execute": lambda s: s.execute,
    "adapter": Adapter,
    "run_query": _run_query,
    "statement": _statement,
    "load_result": lambda s: s.results.get,
    "store_result": _store_result,
    "store_raw_result": _store_raw_result,
    "selected_resources": lambda s: list(s.resolver.selected) if s.resolver else [],
    "is_incremental": lambda s: s.is_incremental,
    "should_full_refresh": lambda s: s.full_refresh,
    "load_relation": _load_relation,
    "load_cached_relation": _load_relation,
    "exceptions": Exceptions,
    "log": _log,
    "print": _print,
    "flags": _flags,
    "doc": _doc,
    "render": _render,
    "graph": _graph,
    "builtins": _builtins,
    "context": lambda s: s.names(),
    "project_name": lambda s: s.world.project.name,
    "invocation_id": lambda s: _volatile(s, "invocation_id", s.world.invocation_id),
    "run_started_at": lambda s: _volatile(s, "run_started_at", s.world.started_at),
    "invocation_args_dict": lambda s: dict(s.world.flags.arguments),
    "dbt_metadata_envs": lambda s: {
        k.removeprefix("DBT_ENV_CUSTOM_ENV_"): v
        for k, v in s.world.environ.items()
        if k.startswith("DBT_ENV_CUSTOM_ENV_")
    },
    "namespace": _of_jinja("Namespace"),
    "cycler": _of_jinja("Cycler"),
    "joiner": _of_jinja("Joiner"),
    "get_where_subquery": _get_where_subquery,
    "pre_hooks": lambda s: list(s.config.texts("pre_hook")) if s.config else [],
    "post_hooks": lambda s: list(s.config.texts("post_hook")) if s.config else [],
}
