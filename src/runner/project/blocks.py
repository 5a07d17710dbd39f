"""The named blocks of a template file: macros, generic tests, snapshots, docs.

A scan of the text alone, so that a project can be read without a template engine.
"""

from __future__ import annotations

import re

from msgspec import Struct

from runner.errors import ProjectError, place

_STRING = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
TAG = re.compile(
    rf"""
    (?P<comment>\{{\#.*?(?:\#\}}|\Z))
    | \{{%[-+]?\s*(?P<word>[a-z_]+)(?P<rest>(?:{_STRING}|[^'"])*?)[-+]?%\}}
    | (?P<expression>\{{\{{(?:{_STRING}|[^'"])*?\}}\}})
    """,
    re.VERBOSE | re.DOTALL,
)
BLOCKS = {
    "macro": "endmacro",
    "test": "endtest",
    "data_test": "enddata_test",
    "materialization": "endmaterialization",
    "snapshot": "endsnapshot",
    "docs": "enddocs",
}


class Block(Struct, frozen=True):
    """A block of a file."""

    word: str
    name: str
    arguments: str
    """What stands behind the name in the opening tag."""
    text: str
    """From the opening to the closing tag, both included."""
    body: str
    first_line: int
    body_line: int
    """The line of the file that the body begins on."""


def find_blocks(text: str, path: str, wanted: tuple[str, ...]) -> list[Block]:
    """The blocks of the wanted kinds, in their order; what stands outside them is passed over.

    Raises ProjectError for a block that is not closed or has no name.
    """
    if not any(word in text for word in wanted):
        return []
    blocks: list[Block] = []
    opened: re.Match[str] | None = None
    raw = False
    for tag in TAG.finditer(text):
        word = tag["word"]
        if word is None:
            continue
        if raw or word in ("raw", "endraw"):
            raw = word != "endraw" and (raw or word == "raw")
            continue
        if opened is None:
            if word in wanted:
                opened = tag
        elif word == BLOCKS[opened["word"]]:
            blocks.append(_block(text, path, opened, tag))
            opened = None
    if opened is not None:
        raise ProjectError(
            f"the {opened['word']} block is never closed",
            at=place(path, text, opened.start(), len(opened[0].split("\n")[0])),
            hint=f"add {{% {BLOCKS[opened['word']]} %}}",
        )
    return blocks


def _block(text: str, path: str, opened: re.Match[str], closed: re.Match[str]) -> Block:
    head = re.match(r"\s*([^\W\d]\w*)\s*(.*)\Z", opened["rest"], re.DOTALL)
    if head is None:
        raise ProjectError(
            f"the {opened['word']} block has no name",
            at=place(path, text, opened.start(), len(opened[0].split("\n")[0])),
        )
    return Block(
        word=opened["word"],
        name=head[1],
        arguments=head[2].strip(),
        text=text[opened.start() : closed.end()],
        body=text[opened.end() : closed.start()],
        first_line=text.count("\n", 0, opened.start()) + 1,
        body_line=text.count("\n", 0, opened.end()) + 1,
    )
