"""A version of a model: what YAML says of it alone, over what is said of every version.

Knows nothing of the files that the versions are written in.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from runner.project.nodes import Column, Properties


def properties_of(base: Properties, own: Properties) -> Properties:
    """A version's properties.

    base: of the model's entry. own: of the item below `versions:`. Its tests replace the model's,
    its columns come after those of the model that `include` and `exclude` leave.
    """
    says_tests = any(own.extra.get(key) is not None for key in ("tests", "data_tests"))
    return replace(
        base,
        config={**base.config, **own.config},
        description=own.description or base.description,
        columns=(*_taken_over(base.columns, own.extra.get("columns")), *own.columns),
        tests=own.tests if says_tests else base.tests,
        docs=own.docs or base.docs,
        constraints=own.constraints or base.constraints,
        access=own.access or base.access,
        deprecation_date=own.deprecation_date,
        version=own.version,
    )


def _taken_over(columns: tuple[Column, ...], written: object) -> tuple[Column, ...]:
    """The model's columns that a version keeps: all, if nothing is said of it."""
    said = [i for i in written if is_choice(i)] if isinstance(written, list | tuple) else []
    if not said:
        return columns
    include, exclude = said[0].get("include"), said[0].get("exclude") or ()
    return tuple(
        column
        for column in columns
        if (include in ("all", "*") or column.name in _names(include))
        and column.name not in _names(exclude)
    )


def is_choice(item: object) -> bool:
    """Whether an item of a version's columns says which of the model's columns it keeps."""
    return isinstance(item, Mapping) and "include" in item and "name" not in item


def _names(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)
