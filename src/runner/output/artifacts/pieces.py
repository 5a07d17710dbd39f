"""An artifact put together from pieces, those that are as they were taken from the file of before.

Knows nothing of what the pieces hold, nor of how it is known that one is as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from json.encoder import encode_basestring_ascii
from pathlib import Path
from zlib import crc32

from msgspec import Struct, field

from runner.output.values import dumps

_OPENING = b'{"metadata": '
_HEAD_LIMIT = 1 << 16
Span = tuple[int, int, bytes]
"""Where a piece lies behind the artifact's head, and by what it is known again."""


class Piece(Struct, frozen=True):
    """A value in an artifact.

    before: the text between the piece before and this one. mark: two pieces of one key and one mark
    are the same.
    """

    before: str
    key: str
    mark: bytes
    make: Callable[[], object]


Item = tuple[str, bytes, Callable[[], object]]
"""A value in a section: its id, its mark, and what makes it."""


class Section(Struct, frozen=True):
    """A key of an artifact: with a value of its own, or an object of items."""

    name: str
    items: Sequence[Item] = ()
    make: Callable[[], object] = dict
    mark: bytes = b""


class Index(Struct, frozen=True):
    """Where the pieces of a written artifact lie.

    checksum: of all that lies behind its head, against accidents: the index itself is signed.
    """

    checksum: int = 0
    spans: Mapping[str, Span] = field(default_factory=dict)


def assembled(
    metadata: Mapping[str, object], sections: Iterable[Section], file: Path, known: Index
) -> tuple[bytes, Index]:
    """The text of an artifact, and where its pieces lie.

    file: what was written before; known: where its pieces lie, if it is as it was left.
    """
    pieces, after = laid_out(sections)
    old = _body(file) if known.spans else b""
    spans = known.spans if old and crc32(old) == known.checksum else {}
    before = memoryview(old)
    found: dict[str, Span] = {}
    out: list[bytes | memoryview] = []
    at = 0
    for piece in pieces:
        was = spans.get(piece.key)
        opening = piece.before.encode()
        text: bytes | memoryview
        if was is not None and was[2] == piece.mark:
            text = before[was[0] : was[1]]
        else:
            text = dumps(piece.make()).encode()
        out += (opening, text)
        start = at + len(opening)
        at = start + len(text)
        found[piece.key] = start, at, piece.mark
    out.append(after.encode())
    body = b"".join(out)
    head = _OPENING + dumps(metadata).encode()
    return head + body, Index(crc32(body), found)


def laid_out(sections: Iterable[Section]) -> tuple[list[Piece], str]:
    """The pieces of an artifact's sections, and what stands behind the last one."""
    pieces: list[Piece] = []
    close = ""
    for section in sections:
        opening = f"{close}, {dumps(section.name)}: "
        close = ""
        if not section.items:
            pieces.append(Piece(opening, section.name, section.mark, section.make))
            continue
        opening += "{"
        for id, mark, make in section.items:
            before = f"{opening}{encode_basestring_ascii(id)}: "
            pieces.append(Piece(before, f"{section.name} {id}", mark, make))
            opening = ", "
        close = "}"
    return pieces, close + "}"


def whole(metadata: Mapping[str, object], sections: Iterable[Section]) -> dict[str, object]:
    """An artifact as a value."""
    found: dict[str, object] = {"metadata": metadata}
    for section in sections:
        items = {id: make() for id, _, make in section.items}
        found[section.name] = items or section.make()
    return found


def _body(file: Path) -> bytes:
    """What lies behind the head of a written artifact; nothing when it is none."""
    with suppress(OSError, ValueError):
        content = file.read_bytes()
        if content.startswith(_OPENING):
            head = content[len(_OPENING) : _HEAD_LIMIT].decode("ascii", "ignore")
            _, length = json.JSONDecoder().raw_decode(head)
            return content[len(_OPENING) + length :]
    return b""
