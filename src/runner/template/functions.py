"""The names that templates know which need nothing of their own scope: dbt's plain functions."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import NoReturn

from runner.errors import CompileError
from runner.template.library import Returned
from runner.template.relation import CTE_PREFIX, Column, Relation
from runner.template.table import Table

DBT_VERSION = "1.12.0"
"""The version of dbt whose language is spoken."""


def _return(data: object = None) -> NoReturn:
    raise Returned(data)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Table):
        return [row.dict() for row in value.rows]
    if isinstance(value, set | tuple):
        return list(value)
    return str(value)


def _tojson(value: object, default: object = None, sort_keys: bool = False) -> object:
    try:
        return json.dumps(value, sort_keys=sort_keys, default=_plain)
    except (TypeError, ValueError):
        return default


def _fromjson(string: str, default: object = None) -> object:
    try:
        return json.loads(string)
    except (TypeError, ValueError):
        return default


def _toyaml(value: object, default: object = None, sort_keys: bool = False) -> object:
    import yaml

    try:
        return yaml.safe_dump(value, sort_keys=sort_keys)
    except yaml.YAMLError:
        return default


def _fromyaml(value: str, default: object = None) -> object:
    import yaml

    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        return default


def _set(value: Iterable[object], default: object = None) -> object:
    try:
        return set(value)
    except TypeError:
        return default


def _set_strict(value: Iterable[object]) -> set[object]:
    try:
        return set(value)
    except TypeError as error:
        raise CompileError(f"set_strict: {error}") from None


def _zip(*args: Iterable[object], default: object = None) -> object:
    try:
        return list(zip(*args, strict=False))
    except TypeError:
        return default


def _zip_strict(*args: Iterable[object]) -> list[tuple[object, ...]]:
    try:
        return list(zip(*args, strict=False))
    except TypeError as error:
        raise CompileError(f"zip_strict: {error}") from None


def _local_md5(value: str) -> str:
    return hashlib.md5(value.encode()).hexdigest()


def _diff_of_two_dicts(
    first: Mapping[str, list[str]], second: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    lowered = {k.casefold(): [v.casefold() for v in values] for k, values in second.items()}
    left: dict[str, list[str]] = {}
    for key, values in first.items():
        rest = [v for v in values if v.casefold() not in lowered.get(key.casefold(), [])]
        if rest:
            left[key] = rest
    return left


def _public(module: object) -> SimpleNamespace:
    names = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
    return SimpleNamespace(**{name: getattr(module, name) for name in names if name != "sys"})


class _Modules:
    """`modules`: the public names of a few modules, imported when they are asked for."""

    _KNOWN = ("datetime", "re", "itertools", "pytz")

    def __getattr__(self, name: str) -> SimpleNamespace:
        if name not in self._KNOWN:
            raise AttributeError(name)
        return _public(import_module(name))


class _RelationApi:
    """`api.Relation`."""

    Table = "table"
    View = "view"
    CTE = "cte"
    External = "external"

    @staticmethod
    def create(
        database: str | None = None,
        schema: str | None = None,
        identifier: str | None = None,
        type: str | None = None,
        quote_policy: Mapping[str, bool] | None = None,
        **_: object,
    ) -> Relation:
        relation = Relation(database, schema, identifier, type)
        return relation.quote(**quote_policy) if quote_policy else relation

    @staticmethod
    def add_ephemeral_prefix(name: str) -> str:
        return f"{CTE_PREFIX}{name}"

    @staticmethod
    def get_relation_type(value: str) -> str:
        return value

    def __call__(self, **parts: str | None) -> Relation:
        named = {"kind" if part == "type" else part: value for part, value in parts.items()}
        return Relation(**named)  # type: ignore[arg-type]  # parts of a name


PLAIN: Mapping[str, object] = {
    "return": _return,
    "tojson": _tojson,
    "fromjson": _fromjson,
    "toyaml": _toyaml,
    "fromyaml": _fromyaml,
    "set": _set,
    "set_strict": _set_strict,
    "zip": _zip,
    "zip_strict": _zip_strict,
    "local_md5": _local_md5,
    "diff_of_two_dicts": _diff_of_two_dicts,
    "modules": _Modules(),
    "api": SimpleNamespace(Relation=_RelationApi(), Column=Column),
    "dbt_version": DBT_VERSION,
    "range": range,
    "dict": dict,
    "thread_id": "main",
    "True": True,
    "False": False,
    "None": None,
}
