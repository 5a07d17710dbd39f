"""The tables that a query names, by a scan of its text.

Errs on the side of finding too much: what is found and not known makes a step "always changed",
which costs time; what is missed would make a step stale, which costs truth. Knows no catalogue.
"""

from __future__ import annotations

from msgspec import Struct, field

from runner.project.nodes import RelationName
from runner.sql.tokens import Token, code

_BEFORE_TABLE = frozenset({"from", "join", "pivot", "unpivot", "summarize", "describe", "table",
                           "show", "update", "into"})  # fmt: skip
_ENDS_FROM = frozenset(
    """where group order having qualify window limit offset union intersect except select sample
    using on returning set values fetch for""".split()
)
_WRITES = frozenset({"insert", "update", "delete", "merge", "truncate"})
_BEFORE_WRITTEN = frozenset({"into", "from", "or", "replace", "ignore", "table"})
_NOT_NAMES = frozenset({"lateral", "only", "recursive", "select", "values", "with", "from"})


class _Frame(Struct):
    """What stands between two parentheses."""

    opened_by_call: bool
    has_select: bool = False
    in_from: bool = False
    tokens: int = 0


class Named(Struct, frozen=True):
    """What a query names in the place of tables.

    tables: dotted names as their parts, unquoted. files: texts that stand for files.
    """

    tables: tuple[tuple[str, ...], ...] = ()
    files: tuple[str, ...] = ()


class _Scan(Struct):
    found: list[Token]
    ctes: set[str] = field(default_factory=set)
    tables: dict[tuple[str, ...], None] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)


def named_tables(sql: str | list[Token]) -> Named:
    """The tables and files that a query, or its pieces, names; its own CTEs left out."""
    scan = _Scan(code(sql) if isinstance(sql, str) else sql)
    frames = [_Frame(opened_by_call=False)]
    for n, token in enumerate(scan.found):
        frame = frames[-1]
        word = token.text.lower() if token.kind == "word" else ""
        if token.text == "(":
            frames.append(_Frame(opened_by_call=_is_call(scan.found, n)))
            frame.tokens += 1
            continue
        if token.text == ")":
            if len(frames) > 1:
                frames.pop()
            continue
        if word == "select":
            frame.has_select = True
        if word == "as":
            _note_cte(scan, n)
        if word == "from":
            if _is_clause(scan.found, n, frame):
                frame.in_from = True
                _take(scan, n + 1)
        elif word in _BEFORE_TABLE and not _is_unpivot_names(scan.found, n):
            if word == "join":
                frame.in_from = True
            _take(scan, n + 1)
        elif word in _ENDS_FROM:
            frame.in_from = word in ("using", "on") and frame.in_from
        elif token.text == "," and frame.in_from:
            _take(scan, n + 1)
        frame.tokens += 1
    tables = tuple(t for t in scan.tables if not _is_cte(t, scan.ctes))
    return Named(tables, tuple(scan.files))


def _is_unpivot_names(found: list[Token], n: int) -> bool:
    """Is this the INTO of `unpivot … into name metric value amount`, which names columns?"""
    words = [token.text.lower() for token in found[n : n + 4]]
    return len(words) == 4 and words[:2] == ["into", "name"] and words[3] == "value"


def _is_cte(table: tuple[str, ...], ctes: set[str]) -> bool:
    """Is it a CTE of the query, or what a recursive one with a key has gathered so far?"""
    own = table[1:] if len(table) == 2 and table[0].lower() == "recurring" else table
    return len(own) == 1 and own[0].lower() in ctes


def _is_call(found: list[Token], n: int) -> bool:
    return n > 0 and found[n - 1].kind in ("word", "quoted") and found[n - 1].text.lower() not in (
        "from", "join", "as", "in", "exists", "any", "all", "some", "lateral", "union", "except",
        "intersect", "and", "or", "not", "select", "where", "on", "materialized", "when", "then",
        "else", "by", "having", "values", "using",
    )  # fmt: skip


def _is_clause(found: list[Token], n: int, frame: _Frame) -> bool:
    """Does this FROM name tables, and is no part of `extract(… from …)` or `is distinct from`?"""
    before = found[n - 1].text.lower() if n else ""
    if before == "distinct" and n > 1 and found[n - 2].text.lower() in ("is", "not"):
        return False
    return frame.has_select or frame.tokens == 0 or not frame.opened_by_call


def _note_cte(scan: _Scan, n: int) -> None:
    """`name as (`, `name (a, b) as (` and `name (a, b) using key (a) as (` make a CTE's name."""
    found = scan.found
    after = n + 1
    while after < len(found) and found[after].text.lower() in ("not", "materialized"):
        after += 1
    if after >= len(found) or found[after].text != "(":
        return
    before = _before_brackets(found, n - 1)
    if before > 0 and [t.text.lower() for t in found[before - 1 : before + 1]] == ["using", "key"]:
        before = _before_brackets(found, before - 2)
    if before >= 0 and found[before].kind in ("word", "quoted"):
        scan.ctes.add(_plain(found[before]).lower())


def _before_brackets(found: list[Token], n: int) -> int:
    """The token before the brackets that end at a token; the token itself where there are none."""
    depth = 0
    while n >= 0 and (depth or found[n].text == ")"):
        depth += {")": 1, "(": -1}.get(found[n].text, 0)
        n -= 1
    return n


def _take(scan: _Scan, n: int) -> None:
    """Note the dotted name or text that begins at a token, unless it is a call or a subquery."""
    found = scan.found
    while n < len(found) and found[n].text.lower() in ("lateral", "only"):
        n += 1
    if n >= len(found):
        return
    if found[n].kind == "string":
        scan.files[found[n].text] = None
        return
    parts: list[str] = []
    while n < len(found) and found[n].kind in ("word", "quoted"):
        if found[n].kind == "word" and found[n].text.lower() in _NOT_NAMES and not parts:
            return
        parts.append(_plain(found[n]))
        if n + 1 < len(found) and found[n + 1].text == ".":
            n += 2
            continue
        break
    if not parts or (n + 1 < len(found) and found[n + 1].text == "("):
        return
    scan.tables[tuple(parts)] = None


def _plain(token: Token) -> str:
    if token.kind == "quoted":
        return token.text[1:-1].replace('""', '"')
    return token.text


def changes(sql: str, relation: RelationName) -> bool:
    """Does one of the statements of a text write to the rows of a relation?"""
    found = code(sql)
    own = [relation.database.lower(), relation.schema.lower(), relation.identifier.lower()]
    for n, token in enumerate(found):
        if token.kind != "word" or (n and found[n - 1].text != ";"):
            continue
        at = n + 1
        while at < len(found) and found[at].text.lower() in _BEFORE_WRITTEN:
            at += 1
        if token.text.lower() in _WRITES:
            parts = [part.lower() for part in _dotted(found, at)]
            if parts and parts == own[-len(parts) :]:
                return True
    return False


def _dotted(found: list[Token], n: int) -> list[str]:
    parts = []
    while n < len(found) and found[n].kind in ("word", "quoted"):
        parts.append(_plain(found[n]))
        if n + 1 >= len(found) or found[n + 1].text != ".":
            break
        n += 2
    return parts
