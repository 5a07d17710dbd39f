"""A function's signature: its arguments and what it returns, as YAML states them.

The language is dbt's (`arguments`, `data_type`, `default_value`, `returns`), with `example` besides:
the value that the function is called with when it is built, tested or shown. Knows nothing of SQL
beyond how a plain value is written in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from runner.errors import Location, ProjectError, did_you_mean

KEYS = ("name", "data_type", "description", "default_value", "example")


class Argument(Struct, frozen=True):
    """One argument of a function.

    default: SQL, None where it must be given. example: SQL of a value that shows it at work.
    """

    name: str
    data_type: str | None = None
    description: str = ""
    default: str | None = None
    example: str | None = None
    default_value: object = None
    """The default as written."""


class Signature(Struct, frozen=True):
    """What a function takes and gives."""

    arguments: tuple[Argument, ...] = ()
    returns: str | None = None
    """The type of a scalar function's value."""
    returns_description: str = ""

    @property
    def shown(self) -> str:
        """How the function is called, `(start_date, end_date, country := '')`."""
        return f"({', '.join(_shown(argument) for argument in self.arguments)})"

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments' names, in their order."""
        return tuple(argument.name for argument in self.arguments)


NO_SIGNATURE = Signature()


def read_signature(
    name: str, said: Mapping[str, object], at: Location, *, strict: bool
) -> Signature:
    """The signature that a function's YAML entry states.

    strict: refuse keys that are not known. Raises ProjectError with the place of what is wrong.
    """
    listed = said.get("arguments") or ()
    if not isinstance(listed, list | tuple):
        raise ProjectError(
            f"the arguments of {name} must be a list", at=at, hint="begin each with: - name: …"
        )
    found: list[Argument] = []
    for number, item in enumerate(listed):
        here = _place(listed, number, at)
        argument = _argument(name, item, here, strict=strict)
        if argument.name.lower() in {other.name.lower() for other in found}:
            raise ProjectError(
                f"the function {name} has two arguments called {argument.name}", at=here
            )
        if argument.default is None and found and found[-1].default is not None:
            raise ProjectError(
                f"the argument {argument.name} of {name} must be given, and stands behind"
                f" {found[-1].name}, which need not",
                at=here,
                hint="put those without default_value first",
            )
        found.append(argument)
    returns = said.get("returns")
    if returns is not None and not isinstance(returns, Mapping):
        raise ProjectError(
            f"returns of {name} must be a mapping", at=at, hint="write returns: {data_type: …}"
        )
    given = returns if isinstance(returns, Mapping) else {}
    kind = given.get("data_type")
    return Signature(
        tuple(found),
        None if kind is None else str(kind),
        str(given.get("description") or ""),
    )


def call_arguments(
    name: str,
    signature: Signature,
    given: Mapping[str, object],
    *,
    nulls: bool = False,
) -> str:
    """The arguments of a call, as SQL: `(start_date := '2026-01-01')`.

    given: values by name; what is missing is the argument's example, or its default. nulls: what
    has neither is null. Raises ProjectError for arguments that are missing or not known.
    """
    known = {argument.name.lower(): argument for argument in signature.arguments}
    values = {key.lower(): value for key, value in given.items()}
    for key in given:
        if key.lower() not in known:
            raise ProjectError(
                f"the function {name} has no argument {key!r}",
                hint=did_you_mean(key.lower(), known) or f"it takes: {', '.join(known) or 'none'}",
            )
    parts: list[str] = []
    for key, argument in known.items():
        if key in values:
            parts.append(f"{_quoted(argument.name)} := {value_sql(values[key])}")
        elif argument.example is not None:
            parts.append(f"{_quoted(argument.name)} := {argument.example}")
        elif argument.default is None and nulls:
            kind = argument.data_type
            null = f"cast(null as {kind})" if kind else "null"
            parts.append(f"{_quoted(argument.name)} := {null}")
        elif argument.default is None:
            raise ProjectError(
                f"{argument.name} of the function {name} is not given",
                hint=f"give it, or give the argument an example in the YAML of {name}",
            )
    return f"({', '.join(parts)})"


def is_exemplified(signature: Signature) -> bool:
    """Can the function be called with nothing but examples and defaults?"""
    return all(a.example is not None or a.default is not None for a in signature.arguments)


def value_sql(value: object) -> str:
    """A plain value of YAML as SQL; a date is its text, a list a list."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(value_sql(item) for item in value)}]"
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"


def _argument(function: str, item: object, at: Location, *, strict: bool) -> Argument:
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str) or not item["name"]:
        raise ProjectError(
            f"an argument of {function} has no name", at=at, hint="write: - name: start_date"
        )
    name = str(item["name"])
    for key in item:
        if strict and key not in KEYS:
            raise ProjectError(
                f"unknown key {key!r} in the argument {name} of {function}",
                at=at,
                hint=did_you_mean(str(key), KEYS),
            )
    kind = item.get("data_type")
    return Argument(
        name,
        None if kind is None else str(kind),
        str(item.get("description") or ""),
        _default_sql(item["default_value"]) if "default_value" in item else None,
        value_sql(item["example"]) if "example" in item else None,
        item.get("default_value"),
    )


def _default_sql(value: object) -> str:
    """A default: a text is SQL, as in dbt (`"'BR'"`, `"null"`); the empty text is `''`."""
    if isinstance(value, str):
        return value.strip() or "''"
    return value_sql(value)


def _place(listed: object, number: int, at: Location) -> Location:
    places = getattr(listed, "places", ())
    if number >= len(places):
        return at
    line, column = places[number]
    return Location(at.path, line, column)


def _shown(argument: Argument) -> str:
    return argument.name if argument.default is None else f"{argument.name} := {argument.default}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
