"""Selectors that a project names in selectors.yml, read from the YAML as it was loaded."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from runner.errors import SelectionError, did_you_mean
from runner.graph.criteria import (
    Criterion,
    Difference,
    Expression,
    Indirect,
    Intersection,
    Union,
    check_method,
    parse_text,
)

_FLAGS = ("parents", "children", "childrens_parents")
_DEPTHS = ("parents_depth", "children_depth")
_KEYS = ("method", "value", *_FLAGS, *_DEPTHS, "indirect_selection", "exclude")


class NamedSelectors(Struct, frozen=True):
    """The selectors of a project: name → definition as loaded, and which one is the default."""

    definitions: Mapping[str, object]
    default: str | None = None


def read_selectors(loaded: object) -> NamedSelectors:
    """The selectors in the content of selectors.yml, each of them checked.

    `default` must have been rendered. Of two with one name the later counts, as in dbt. Raises
    SelectionError, which names the selector, if the content is not as it should be.
    """
    entries = loaded.get("selectors", []) if isinstance(loaded, Mapping) else None
    if not isinstance(entries, list):
        raise SelectionError("selectors.yml: expected a list under `selectors:`")
    definitions: dict[str, object] = {}
    defaults: dict[str, bool] = {}
    for entry in entries:
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str):
            raise SelectionError(f"selectors.yml: a selector without a name: {entry}")
        parse_definition(entry.get("definition"), name)
        definitions[name] = entry.get("definition")
        defaults[name] = _is_true(entry.get("default", False), name, "default")
    chosen = [name for name, is_default in defaults.items() if is_default]
    if len(chosen) > 1:
        raise SelectionError(
            f"selectors.yml: {' and '.join(chosen)} all have `default: true`",
            hint="keep it at one of them",
        )
    return NamedSelectors(definitions, chosen[0] if chosen else None)


def parse_definition(definition: object, name: str) -> Expression:
    """The expression that the definition of the selector `name` spells.

    definition: a text as after `--select`, or a mapping: `{union: […]}`, `{intersection: […]}`,
    `{tag: nightly}`, `{method: …, value: …, parents: true, …}`. Raises SelectionError.
    """
    if isinstance(definition, str):
        try:
            return parse_text(definition)
        except SelectionError as error:
            raise _wrong(name, error.message, error.hint) from error
    if not isinstance(definition, Mapping):
        raise _wrong(name, f"a definition cannot be {definition!r}", "expected a text or a mapping")
    for key in ("union", "intersection"):
        if key in definition:
            if len(definition) > 1:
                others = ", ".join(str(other) for other in definition if other != key)
                raise _wrong(
                    name,
                    f"{others} beside {key}",
                    f"put an exclude into the list under {key}, as its last item",
                )
            return _parse_set(key, definition[key], name)
    if "method" in definition and "value" in definition:
        return _parse_method(definition, name)
    if len(definition) == 1:
        (method, value), *_ = definition.items()
        return _criterion(str(method), value, name)
    raise _wrong(
        name,
        f"a mapping with the keys {', '.join(map(str, definition))}",
        "expected one key (a method, union or intersection), or `method` and `value`",
    )


def _parse_set(key: str, items: object, name: str) -> Expression:
    if not isinstance(items, list):
        raise _wrong(name, f"{key} is {items!r}", "expected a list")
    excludes = [item for item in items if isinstance(item, Mapping) and set(item) == {"exclude"}]
    if len(excludes) > 1:
        raise _wrong(name, f"{key} has more than one exclude", "put all of it into one list")
    parts = tuple(parse_definition(item, name) for item in items if item not in excludes)
    included = Union(parts) if key == "union" else Intersection(parts)
    return _without(included, excludes[0]["exclude"], name) if excludes else included


def _parse_method(definition: Mapping[str, object], name: str) -> Expression:
    for key in definition:
        near = did_you_mean(key, _KEYS)
        if key not in _KEYS and near:
            raise _wrong(name, f"there is no key {key}", near)
    criterion = _criterion(str(definition["method"]), definition["value"], name)
    parents, children, around = (_is_true(definition.get(key, False), name, key) for key in _FLAGS)
    if children and around:
        raise _wrong(
            name, "both children and childrens_parents", "childrens_parents has the children in it"
        )
    criterion = replace(
        criterion,
        parents=parents,
        children=children,
        childrens_parents=around,
        parents_depth=_depth(definition, "parents", name),
        children_depth=_depth(definition, "children", name),
        indirect=_indirect(definition.get("indirect_selection"), name),
    )
    if "exclude" in definition:
        return _without(criterion, definition["exclude"], name)
    return criterion


def _criterion(method: str, value: object, name: str) -> Criterion:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise _wrong(
            name, f"the value of {method} is {value!r}", "expected a text; use union for several"
        )
    word, *words = method.split(".")
    text = f"{method}:{value}"
    try:
        check_method(word, tuple(words), text)
    except SelectionError as error:
        raise _wrong(name, error.message, error.hint) from error
    return Criterion(word, str(value), tuple(words))


def _without(included: Expression, excluded: object, name: str) -> Difference:
    if not isinstance(excluded, list):
        raise _wrong(name, f"exclude is {excluded!r}", "expected a list")
    return Difference(included, Union(tuple(parse_definition(item, name) for item in excluded)))


def _is_true(value: object, name: str, key: str) -> bool:
    words = {"true": True, "false": False}
    found = value if isinstance(value, bool) else words.get(str(value).strip().lower())
    if found is None:
        raise _wrong(name, f"{key} is {value!r}", "expected true or false")
    return found


def _depth(definition: Mapping[str, object], side: str, name: str) -> int | None:
    """The depth of a side that is asked for at all; dbt does not look at it otherwise."""
    value = definition.get(f"{side}_depth")
    if value is None or not _is_true(definition.get(side, False), name, side):
        return None
    if not str(value).isdecimal():
        raise _wrong(name, f"{side}_depth is {value!r}", "expected a whole number")
    return int(str(value))


def _indirect(value: object, name: str) -> Indirect | None:
    if value is None:
        return None
    modes = [str(mode) for mode in Indirect]
    if value not in modes:
        raise _wrong(name, f"indirect_selection is {value!r}", f"expected {', '.join(modes)}")
    return Indirect(str(value))


def _wrong(name: str, message: str, hint: str | None) -> SelectionError:
    return SelectionError(f"selector {name}: {message}", hint=hint)
