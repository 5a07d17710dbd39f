"""YAML text to values that remember their lines, with the place of a mistake.

A mapping knows where it begins and a list where each of its items does, which costs nothing while
loading; the place of a single key is looked up by reading the text again, when an error needs it.
Knows nothing of what the values mean.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from hashlib import blake2b
from typing import Any

from runner.errors import Location, ProjectError, line_of

Path = tuple[str | int, ...]
"""Keys and list indexes that lead from a file's top to a value."""


class Map(dict[str, object]):
    """A mapping that knows where it begins, lines and columns from 1."""

    line: int = 1
    column: int = 1


class Seq(list[object]):
    """A list that knows where its items begin, lines and columns from 1."""

    places: tuple[tuple[int, int], ...] = ()


class Memo:
    """What texts were read as, kept between commands. A value is made anew each time it is asked.

    known: by the text's digest. used: the digests that were asked for.
    """

    def __init__(self, known: dict[bytes, bytes]) -> None:
        self.known = known
        self.used: set[bytes] = set()
        self.changed = False


_memo: ContextVar[Memo | None] = ContextVar("memo", default=None)
_SECRET = re.compile("password|secret|token|key", re.IGNORECASE)


@contextmanager
def remembering(memo: Memo) -> Iterator[None]:
    """Within this, texts that were read before are not read again, and new ones are added."""
    token = _memo.set(memo)
    try:
        yield
    finally:
        _memo.reset(token)


def load(text: str, path: str, *, strict: bool = False) -> object:
    """The value of a YAML text; `strict` refuses a key that stands twice in one mapping.

    Raises ProjectError with line and column of what cannot be read.
    """
    memo = _memo.get()
    # A profile may hold a password, which is not written down a second time.
    if memo is None or (path.endswith("profiles.yml") and _SECRET.search(text)):
        return _load(text, path, strict=strict)
    key = blake2b(text.encode(errors="surrogatepass"),
                  key=b"strict" if strict else b"",
                  digest_size=16).digest()  # fmt: skip
    memo.used.add(key)
    known = memo.known.get(key)
    if known is not None:
        return pickle.loads(known)
    value = _load(text, path, strict=strict)
    memo.known[key] = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    memo.changed = True
    return value


@cache
def _loader() -> Any:
    """The class that reads YAML; PyYAML is loaded when a text is really read."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C where it is
        """Loads like PyYAML's safe loader and remembers keys that a mapping states twice."""

        repeated: list[tuple[str, int, int]]

        def construct_mapping(
            self, node: yaml.MappingNode, deep: bool = False
        ) -> dict[Hashable, object]:
            seen = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    if key.value in seen:
                        mark = key.start_mark
                        self.repeated.append((key.value, mark.line + 1, mark.column + 1))
                    seen.add(key.value)
            loaded: dict[Hashable, object] = super().construct_mapping(node, deep=deep)
            return loaded

        def map(self, node: yaml.MappingNode) -> Iterator[Map]:
            value = Map()
            value.line, value.column = node.start_mark.line + 1, node.start_mark.column + 1
            yield value
            value.update((str(k), v) for k, v in self.construct_mapping(node).items())

        def seq(self, node: yaml.SequenceNode) -> Iterator[Seq]:
            value = Seq()
            value.places = tuple(
                (item.start_mark.line + 1, item.start_mark.column + 1) for item in node.value
            )
            yield value
            value.extend(self.construct_sequence(node))

    Loader.add_constructor("tag:yaml.org,2002:map", Loader.map)
    Loader.add_constructor("tag:yaml.org,2002:seq", Loader.seq)
    return Loader


def _load(text: str, path: str, *, strict: bool) -> object:
    import yaml

    loader = _loader()(text)
    loader.repeated = []
    try:
        value: object = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context).split())
        bracket = re.match(r"did not find expected ',' or '(.)'", problem)
        if bracket and error.context_mark:
            mark, problem = error.context_mark, f"the bracket is never closed by {bracket[1]!r}"
        at = line_of(path, text, mark.line + 1, mark.column + 1) if mark else Location(path)
        hint = None if bracket else _yaml_hint(text, at)
        raise ProjectError(f"not valid YAML: {problem}", at=at, hint=hint) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ProjectError(f"not valid YAML: {error}", at=Location(path)) from None
    finally:
        loader.dispose()
    if strict and loader.repeated:
        key, line, column = loader.repeated[0]
        raise ProjectError(
            f"the key {key!r} stands twice in one mapping",
            at=line_of(path, text, line, column),
            hint="only one of them would count: join them",
        )
    return value


def _yaml_hint(text: str, at: Location) -> str | None:
    line = at.text or ""
    if "\t" in line:
        return "indent with spaces: YAML refuses tabs"
    if "{{" in line or "{%" in line:
        return "put quotes around a value that begins with a brace"
    if line.count(":") > 1:
        return "put quotes around a value that contains a colon"
    return None


def locate(text: str, path: str, keys: Iterable[str | int]) -> Location:
    """The place of the value that `keys` lead to, or of the last of them that is there."""
    import yaml

    try:
        node = yaml.compose(text, Loader=_loader())
    except yaml.YAMLError:
        return Location(path)
    mark = node.start_mark if node else None
    length = 1
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(key)), None)
            if found is None:
                break
            mark, length, node = found[0].start_mark, len(str(key)), found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            mark, length = node.start_mark, 1
        else:
            break
    if mark is None:
        return Location(path)
    at = line_of(path, text, mark.line + 1, mark.column + 1)
    return Location(at.path, at.line, at.column, at.text, length)
