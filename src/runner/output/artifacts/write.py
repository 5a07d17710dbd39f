"""Writing an artifact so that a reader sees the old one or the new one, never half of one.

Knows nothing of what artifacts hold.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.output.values import dumps

_HIDDEN = "*****"
_SHORTEST_SECRET = 4


def write_json(path: Path, value: object, *, secrets: Iterable[str] = ()) -> None:
    """Write a value as JSON beside the file, then rename; folders are made.

    secrets: values that are starred out wherever a text holds them. Raises OSError.
    """
    write_text(path, json_without(value, secrets))


def write_text(path: Path, text: str) -> None:
    """Write a text beside the file, then rename."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes beside the file, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def has_any(secrets: Iterable[str], content: bytes) -> bool:
    """Does one of the secrets stand in what was made by `dumps`?"""
    return any(dumps(secret)[1:-1].encode() in content for secret in _looked_for(secrets))


def json_without(value: object, secrets: Iterable[str]) -> str:
    """A value as JSON, its texts without the secrets; keys are left as they are.

    Secrets shorter than four characters are not looked for: they would star out half of a text.
    """
    text = dumps(value)
    if not has_any(secrets, text.encode()):
        return text
    return dumps(_starred(value, _looked_for(secrets)))


def _looked_for(secrets: Iterable[str]) -> list[str]:
    return sorted(
        (secret for secret in set(secrets) if len(secret) >= _SHORTEST_SECRET),
        key=len,
        reverse=True,
    )


def _starred(value: object, secrets: list[str]) -> object:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, _HIDDEN)
        return value
    if isinstance(value, Mapping):
        return {key: _starred(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_starred(item, secrets) for item in value]
    return value
