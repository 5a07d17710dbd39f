"""Generic tests of the YAML files, as definitions with dbt's names and ids."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from runner.project.nodes import NOTHING, Check, Definition, Kind, Properties, TestEntry

_CALL = re.compile(r"^\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*$", re.DOTALL)


def tests_of(target: Definition, package: str) -> Iterator[Definition]:
    """The tests that YAML gives to a node and its columns."""
    for entry in target.properties.tests:
        yield generic_test(target, entry, None, package)
    for column in target.properties.columns:
        name = f'"{column.name}"' if column.quote else column.name
        for entry in column.tests:
            yield generic_test(target, entry, name, package, column.tags)


def generic_test(
    target: Definition,
    entry: TestEntry,
    column: str | None,
    package: str,
    tags: tuple[str, ...] = (),
) -> Definition:
    """One test as a definition; its name and id are those that dbt gives."""
    namespace, _, test = entry.test.rpartition(".")
    arguments: dict[str, object] = dict(entry.arguments)
    named = dict(arguments)
    if column is not None:
        arguments["column_name"] = named["column_name"] = column
    call = _call_of(target, arguments)
    written = {**arguments, "model": f"{{{{ get_where_subquery({reference(target, call)}) }}}}"}
    short, full = _names(target, namespace or None, test, named)
    if entry.name:
        short = full = entry.name
    config = dict(entry.config)
    if short != full and "alias" not in config:
        config["alias"] = short
    if tags:
        config["tags"] = [*tags, *_tags(config.get("tags"))]
    macro = f"test_{test}" if not namespace else f"{namespace}.test_{test}"
    options = ", ".join(f"{key}={value!r}" for key, value in config.items() if key == "alias")
    head = "{{ config(" + options.replace("'", '"') + ") }}" if options else ""
    check = Check(test, namespace or None, written, target.id, column)
    folders = target.properties.path or target.file
    return Definition(
        kind=Kind.TEST,
        name=full,
        package=package,
        path=f"{short}.sql",
        file=folders,
        shown=entry.at.path if entry.at else target.shown,
        root=target.root,
        text=f"{{{{ {macro}(**_dbt_generic_test_kwargs) }}}}{head}",
        first_line=(entry.at.line if entry.at and entry.at.line else 1),
        properties=Properties(description=entry.description, path=folders, at=entry.at),
        fqn=(package, *_folders(folders, target), full),
        check=check,
        block_config=config,
        checksum="",
        version=None,
        suffix=_hash(full, namespace or None, test, written),
    )


def _call_of(target: Definition, arguments: dict[str, object]) -> dict[str, object]:
    """The arguments that a tested function is called with, taken out of the test's own."""
    if target.signature is None:
        return {}
    return {name: arguments.pop(name) for name in target.signature.names if name in arguments}


def reference(target: Definition, call: Mapping[str, object] = NOTHING) -> str:
    """The Jinja call that names a node: `ref('orders')`, `source('raw', 'orders')`.

    call: what a function is called with.
    """
    if target.signature is not None:
        return f"function('{target.name}', arguments={_literal(call)!r})"
    if target.source:
        return f"source('{target.source.source}', '{target.source.table}')"
    if target.version is not None:
        return f"ref('{target.name}', version='{target.version}')"
    return f"ref('{target.name}')"


def argument_template(value: object) -> object:
    """An argument of a test as a template: `ref('x')` written bare is a call."""
    if isinstance(value, str) and _CALL.match(value):
        return "{{ " + value + " }}"
    return value


def _names(
    target: Definition, namespace: str | None, test: str, arguments: Mapping[str, object]
) -> tuple[str, str]:
    prefix = f"source_{test}" if target.source else test
    prefix = f"{namespace}_{prefix}" if namespace else prefix
    if target.source:
        name = f"{target.source.source}_{target.source.table}"
    elif target.version is not None:
        name = f"{target.name}_v{target.version}"
    else:
        name = target.name
    parts: list[str] = []
    for key in sorted(arguments):
        value = arguments[key]
        if isinstance(value, Mapping):
            parts += [str(item) for item in value.values()]
        elif isinstance(value, list | tuple):
            parts += [str(item) for item in value]
        else:
            parts.append(str(value))
    tail = "__".join(re.sub(r"[^0-9a-zA-Z_]+", "_", part) for part in parts)
    full = f"{prefix}_{name}_{tail}"
    if len(full) < 64:
        return full, full
    return f"{f'{prefix}_{name}'[:30]}_{hashlib.md5(full.encode()).hexdigest()}", full


def _hash(name: str, namespace: str | None, test: str, arguments: Mapping[str, object]) -> str:
    metadata = {"namespace": namespace, "name": test, "kwargs": arguments}
    text = name + repr(_plain(metadata))
    return hashlib.md5(text.encode()).hexdigest()[-10:]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)


def _literal(value: object) -> object:
    """A value of YAML as one that Python can read back from its text."""
    if isinstance(value, Mapping):
        return {str(key): _literal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_literal(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _tags(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _folders(file: str, target: Definition) -> tuple[str, ...]:
    inner = target.path if file == target.file else file.partition("/")[2]
    return tuple(inner.split("/")[:-1])
