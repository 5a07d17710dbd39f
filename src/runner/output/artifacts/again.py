"""An artifact that says the same again, for another command: only its head and its foot are new.

What a manifest holds beside its metadata is not read, only copied. Knows nothing of how artifacts
are made.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from runner.release.files import copy_range

_OPENING = b'{"metadata": '
_FOOT = re.compile(rb', "elapsed_time": [-+.0-9e]+\}\s*\Z')
_HEAD_LIMIT = 1 << 16


class Artifact(Struct, frozen=True):
    """A written artifact: the file, its metadata, and between which bytes everything else lies."""

    path: str
    metadata: Mapping[str, object]
    start: int
    end: int


def artifact_of(path: Path) -> Artifact | None:
    """What is needed to write a file of ours again; None for what is no artifact."""
    with suppress(OSError, ValueError), open(path, "rb") as file:
        head = file.read(_HEAD_LIMIT)
        if not head.startswith(_OPENING):
            return None
        size = os.fstat(file.fileno()).st_size
        text = head[len(_OPENING) :].decode("utf-8", "ignore")
        metadata, length = json.JSONDecoder().raw_decode(text)
        start = len(_OPENING) + len(text[:length].encode())
        file.seek(max(start, size - 64))
        foot = _FOOT.search(file.read())
        return Artifact(str(path), metadata, start, size - len(foot[0]) if foot else size)
    return None


def write_again(artifact: Artifact, stamps: Mapping[str, object], seconds: float) -> Artifact:
    """Put a new file in the place of an artifact's, with these values in its metadata.

    stamps: only keys that the metadata has count. seconds: of the command, where the artifact tells
    it. Raises OSError.
    """
    given = {key: value for key, value in stamps.items() if key in artifact.metadata}
    metadata = {**artifact.metadata, **given}
    head = _OPENING + json.dumps(metadata).encode()
    path = artifact.path
    beside = f"{path}.{os.getpid()}.tmp"
    try:
        with open(path, "rb") as old, open(beside, "wb") as new:
            ends = os.fstat(old.fileno()).st_size
            new.write(head)
            new.flush()
            copy_range(old.fileno(), new.fileno(), artifact.start, artifact.end)
            new.seek(0, os.SEEK_END)
            if ends > artifact.end:
                new.write(f', "elapsed_time": {seconds!r}}}'.encode())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    moved = len(head) - artifact.start
    return Artifact(path, metadata, len(head), artifact.end + moved)
