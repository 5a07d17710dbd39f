"""A selection as it is written: criteria, and the sets that they are combined into.

Knows how `--select` and `--exclude` are spelt, and nothing of nodes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from runner.errors import Location, SelectionError, did_you_mean
from runner.graph.methods import SELECTOR_METHODS, TAKES_WORDS


class Indirect(StrEnum):
    """Which tests come along with the nodes that are selected."""

    EAGER = "eager"
    """Those that test any selected node."""
    CAUTIOUS = "cautious"
    """Those that test selected nodes only."""
    BUILDABLE = "buildable"
    """Those that test selected nodes, their ancestors or sources only."""
    EMPTY = "empty"
    """None but those that are named."""


class Criterion(Struct, frozen=True):
    """One criterion: `2+config.materialized:table+`.

    A depth of None is without limit. indirect: its own mode, in YAML; None: the command's.
    """

    method: str
    value: str
    words: tuple[str, ...] = ()
    """What stands after the method's dot: `("meta", "owner")`."""
    parents: bool = False
    parents_depth: int | None = None
    children: bool = False
    children_depth: int | None = None
    childrens_parents: bool = False
    indirect: Indirect | None = None
    text: str = ""
    """As it was written."""
    at: Location | None = None

    def __str__(self) -> str:
        return self.text or written(self)


class Union(Struct, frozen=True):
    """What any of the parts gives."""

    parts: tuple[Expression, ...]


class Intersection(Struct, frozen=True):
    """What all of the parts give; nothing if there are none."""

    parts: tuple[Expression, ...]
    text: str = ""
    """As it was written, on the command line."""

    def __str__(self) -> str:
        return self.text


class Difference(Struct, frozen=True):
    """What the one gives and the other does not."""

    included: Expression
    excluded: Expression


Expression: TypeAlias = Criterion | Union | Intersection | Difference

_CRITERION = re.compile(
    r"(?P<childrens_parents>@)?"
    r"(?P<parents>(?P<parents_depth>\d*)\+)?"
    r"(?:(?P<method>[\w.]+):)?"
    r"(?P<value>.*?)"
    r"(?P<children>\+(?P<children_depth>\d*))?",
    re.DOTALL,
)
_STRAY_OPERATOR = re.compile(r"\A(?:@|\d*\+)|\+\d*\Z")
_FILES = (".sql", ".py", ".csv", ".yml", ".yaml")


def parse_command(arguments: Sequence[str], option: str = "--select") -> Union:
    """The union that the arguments of `--select` or `--exclude` spell.

    Criteria are divided by spaces, those that must all hold by commas. Raises SelectionError placed
    in the arguments as they would stand side by side.
    """
    line = " ".join(arguments)
    parts = []
    for word in re.finditer(r"\S+", line):
        at = Location(option, 1, word.start() + 1, line, len(word[0]))
        parts.append(_parse_word(word[0], at))
    return Union(tuple(parts))


def parse_text(text: str) -> Expression:
    """The same for a text inside a YAML selector; a lone criterion is not wrapped."""
    parts = tuple(_parse_word(word, None) for word in text.split())
    return parts[0] if len(parts) == 1 else Union(parts)


def _parse_word(word: str, at: Location | None) -> Criterion | Intersection:
    pieces = word.split(",")
    if len(pieces) == 1:
        return parse_criterion(word, at)
    if not all(pieces):
        raise SelectionError(
            f"{word} has a comma with nothing on one side",
            at=at,
            hint="a comma stands between criteria that must all hold, without spaces",
        )
    parts: list[Criterion] = []
    column = at.column if at and at.column else 1
    for piece in pieces:
        here = at and Location(at.path, at.line, column, at.text, len(piece))
        parts.append(parse_criterion(piece, here))
        column += len(piece) + 1
    return Intersection(tuple(parts), text=word)


def parse_criterion(text: str, at: Location | None = None) -> Criterion:
    """One criterion from its text. Raises SelectionError if it is malformed."""
    found = _CRITERION.fullmatch(text)
    assert found is not None, "the pattern matches any text"
    value = found["value"]
    if found["childrens_parents"] and found["children"]:
        raise SelectionError(
            f"{text} has @ before and + behind",
            at=at,
            hint="@ takes in what reads the node already, and all that those read; leave out the +",
        )
    if not value:
        raise SelectionError(f"{text} names nothing", at=at, hint="expected a name or method:value")
    if found["method"] is None and _STRAY_OPERATOR.search(value):
        raise SelectionError(
            f"{text} has graph operators that do not go together",
            at=at,
            hint="expected @name, +name, 2+name, name+, name+3 or 2+name+3",
        )
    method, *words = (found["method"] or default_method(value)).split(".")
    check_method(method, tuple(words), text, at)
    return Criterion(
        method,
        value,
        tuple(words),
        parents=found["parents"] is not None,
        parents_depth=_number(found["parents_depth"]),
        children=found["children"] is not None,
        children_depth=_number(found["children_depth"]),
        childrens_parents=found["childrens_parents"] is not None,
        text=text,
        at=at,
    )


def written(criterion: Criterion) -> str:
    """The text that parse_criterion reads as this criterion, with its method named."""
    before = "@" if criterion.childrens_parents else ""
    if criterion.parents:
        before += f"{_digits(criterion.parents_depth)}+"
    after = f"+{_digits(criterion.children_depth)}" if criterion.children else ""
    return f"{before}{'.'.join((criterion.method, *criterion.words))}:{criterion.value}{after}"


def default_method(value: str) -> str:
    """What a value without a method is: a path, a file's name, or a resource's name."""
    if "/" in value or "\\" in value:
        return "path"
    return "file" if value.lower().endswith(_FILES) else "fqn"


def check_method(
    method: str, words: tuple[str, ...], text: str, at: Location | None = None
) -> None:
    """Raise SelectionError if there is no such method, or it takes no words after a dot."""
    if method not in SELECTOR_METHODS:
        near = did_you_mean(method, SELECTOR_METHODS)
        listed = f"methods: {', '.join(SELECTOR_METHODS)}"
        raise SelectionError(
            f"{text}: there is no selector method {method}",
            at=at,
            hint=f"{near}\n{listed}" if near else listed,
        )
    if words and method not in TAKES_WORDS:
        raise SelectionError(
            f"{text}: {method} takes nothing after a dot", at=at, hint=f"expected {method}:<value>"
        )


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _digits(depth: int | None) -> str:
    return "" if depth is None else str(depth)
