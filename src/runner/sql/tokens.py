"""A scanner of SQL: where comments, strings, names and words begin and end.

Enough to change a text without harming what stands in quotes. Knows no grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of SQL: `space`, `comment`, `string`, `quoted`, `word`, `number` or `sign`."""

    kind: str
    text: str
    start: int


_BLANK = ("space", "comment")


def tokens(sql: str) -> Iterator[Token]:
    """All pieces of a text; joined, they are the text."""
    return _tokens(sql, ())


def code(sql: str) -> list[Token]:
    """The pieces that are no white space or comments."""
    return list(_tokens(sql, _BLANK))


def first_code(sql: str, count: int) -> list[Token]:
    """So many of them from the beginning, or all where there are fewer."""
    return list(islice(_tokens(sql, _BLANK), count))


def _tokens(sql: str, without: tuple[str, ...]) -> Iterator[Token]:
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "sign"
        if kind not in without:
            yield Token("string" if kind == "tag" else kind, match[0], match.start())


def is_empty(sql: str) -> bool:
    """Is there nothing to run?"""
    return all(token.text == ";" for token in _tokens(sql, _BLANK))


def without_semicolon(sql: str) -> str:
    """A single query without the semicolon that may end it, nor what follows it.

    It can stand before a closing bracket: a comment that ends it is a line of its own.
    """
    if ";" not in sql:
        kept = sql.rstrip()
        return f"{kept}\n" if "--" in kept[kept.rfind("\n") + 1 :] else sql
    found = code(sql)
    while found and found[-1].text == ";":
        sql = sql[: found[-1].start]
        found = found[:-1]
    if found and "--" in sql[found[-1].start + len(found[-1].text) :]:
        sql = sql.rstrip() + "\n"
    return sql


def without_catalog(sql: str, catalog: str) -> str:
    """The text with `"catalog"."schema"."name"` written as `"schema"."name"`.

    Stored views and table functions may not name their own database file: it could be opened under
    another name.
    """
    quoted = '"' + catalog.replace('"', '""') + '"'
    if quoted not in sql:
        return sql
    found = code(sql)
    cuts: list[tuple[int, int]] = []
    for n, token in enumerate(found[:-4]):
        signs = (found[n + 1].text, found[n + 3].text)
        before = found[n - 1].text if n else ""
        if token.text == quoted and signs == (".", ".") and before != ".":
            cuts.append((token.start, found[n + 2].start))
    for start, end in reversed(cuts):
        sql = sql[:start] + sql[end:]
    return sql


def with_ctes(sql: str, ctes: list[tuple[str, str]]) -> str:
    """The query with more CTEs before its own.

    ctes: names and queries, in an order in which each may read those before it.
    """
    if not ctes:
        return sql
    added = ", ".join(f"{name} as (\n{query}\n)" for name, query in ctes)
    found = first_code(sql, 2)
    if found and found[0].kind == "word" and found[0].text.lower() == "with":
        after = found[0]
        if len(found) > 1 and found[1].text.lower() == "recursive":
            after = found[1]
        end = after.start + len(after.text)
        return f"{sql[:end]} {added},{sql[end:]}"
    start = found[0].start if found else 0
    return f"{sql[:start]}with {added}\n{sql[start:]}"
