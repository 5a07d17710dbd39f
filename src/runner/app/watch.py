"""What a command's outcome depends on outside of its options, and whether that is still so.

A watch is a plain value: files by content, folders by the names in them, variables by digest.
Looking whether it holds opens only files that look different, and needs no settings, templates or
database. Knows nothing of what the command did.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from importlib.util import find_spec

from msgspec import Struct

from runner.project.store import Contents, Look, digest_of, look_of, walk

OWN_VARIABLES = "DBT_ENV_"
"""The beginning of variables that commands read without being asked to."""
SECRET_VARIABLES = "DBT_ENV_SECRET"


class Watch(Struct, frozen=True):
    """What was there when a command ended.

    files: path → SHA-256, None where there must be none. looks: of those that changed long enough
    before. outputs: what the command itself wrote, by look alone. data: pattern → files and their
    looks. folders: path and the names skipped in it → digest of the names below. variables: name →
    digest, None where it was not set. zone: time zone. today: the date, where something reads it.
    """

    files: Mapping[str, bytes | None]
    looks: Mapping[str, tuple[Look, bytes]]
    outputs: Mapping[str, Look]
    data: Mapping[str, tuple[tuple[str, Look], ...]]
    folders: tuple[tuple[str, tuple[str, ...], bytes], ...]
    variables: Mapping[str, bytes | None]
    zone: str
    today: str | None


def holds(watch: Watch, environ: Mapping[str, str], contents: Contents, today: str) -> bool:
    """Is everything as it was? contents: knows the looks of the watch, and learns new ones."""
    try:
        return (
            watch.variables == variables(watch.variables, environ)
            and watch.zone == time_zone(environ)
            and watch.today in (None, today)
            and all(names_below(top, skip) == names for top, skip, names in watch.folders)
            and all(_is_same(path, was, contents) for path, was in watch.files.items())
            and all(look_of(path) == was for path, was in watch.outputs.items())
            and all(data_files(pattern) == was for pattern, was in watch.data.items())
        )
    except OSError:
        return False


def _is_same(path: str, was: bytes | None, contents: Contents) -> bool:
    if was is None:
        return not os.path.lexists(path)
    return contents.digest(path) == was


def variables(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, bytes | None]:
    """Digests of variables: of these, and of all that commands read by themselves."""
    wanted = {*names, *(name for name in environ if name.startswith(OWN_VARIABLES))}
    return {
        name: digest_of((name, environ[name])) if name in environ else None
        for name in sorted(wanted)
    }


def names_below(top: str, skipped: Iterable[str]) -> bytes:
    """A digest of the names of the files below a folder; hidden ones do not count.

    skipped: names that are passed over in the folder itself.
    """
    names = "\0".join(sorted(walk(top, "", frozenset(skipped))))
    return blake2b(names.encode(errors="surrogatepass"), digest_size=32).digest()


def data_files(pattern: str) -> tuple[tuple[str, Look], ...]:
    """The files that a pattern finds, as they look. Raises OSError."""
    from glob import glob

    return tuple((file, look_of(file)) for file in sorted(glob(pattern)))


def time_zone(environ: Mapping[str, str]) -> str:
    """The time zone that the session will be in, as far as the system states it."""
    if environ.get("TZ"):
        return environ["TZ"]
    try:
        return os.readlink("/etc/localtime").rpartition("zoneinfo/")[2]
    except OSError:
        return "system"


def engine_stamp() -> tuple[object, ...]:
    """The engine as it is installed: another version has other files."""
    found: list[object] = []
    for name in ("duckdb", "_duckdb"):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            found += [spec.origin, look_of(spec.origin)]
            site = os.path.dirname(os.path.dirname(spec.origin))
            found += sorted(e for e in os.listdir(site) if e.startswith("duckdb-"))
    return tuple(found)
