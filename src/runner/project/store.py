"""Signed files in the target folder, and what files and variables looked like to a command.

A file that looks exactly as it did (size, times, inode) is taken to have its old content. Each file
of the store is signed, so that nothing which another program or another checkout brought there is
believed. In any doubt there is nothing in the store. Knows nothing of what is kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b, file_digest, sha256
from importlib.util import find_spec
from pathlib import Path

_HEAD = b"runner cache 1\n"
_SETTLED = 3_000_000_000
"""Nanoseconds after which a second change of a file surely gives it another time."""
_SIZE = 32

Look = tuple[int, int, int, int, int]
"""How a file looks from outside: size, mtime, ctime, inode, device."""


# --- signed files ---------------------------------------------------------------------------------


class Store:
    """A folder of signed files; what other code wrote, or what was brought here, is not there.

    The key is a file of the folder, and counts together with its inode and its time of change,
    which no archive, checkout or copy brings along.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = self._known_key()

    def get(self, name: str) -> bytes | None:
        """What was put under a name, or None: never, or by somebody else, or damaged."""
        if self._key is None:
            return None
        try:
            found = (self.folder / name).read_bytes()
        except OSError:
            return None
        start = len(_HEAD) + _SIZE
        content = memoryview(found)[start:]
        signed = found[len(_HEAD) : start] == self._sign(name, content, self._key)
        return found[start:] if signed and found.startswith(_HEAD) else None

    def put(self, name: str, content: bytes) -> None:
        """Keep something under a name, wholly or not at all; a full disk is no error."""
        beside = self.folder / f".{name}.{os.getpid()}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._key = self._key or self._new_key()
            if self._key is not None:
                beside.write_bytes(_HEAD + self._sign(name, content, self._key) + content)
                os.replace(beside, self.folder / name)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)

    def _sign(self, name: str, content: bytes | memoryview, key: bytes) -> bytes:
        # Twice, as HMAC does. Most processors compute this digest themselves.
        inner = sha256(content).digest()
        return sha256(key + f"{name}\0{_code_stamp()}\0".encode() + inner).digest()

    def _known_key(self) -> bytes | None:
        file = str(self.folder / "key")
        try:
            with open(file, "rb") as opened:
                secret = opened.read()
            return digest_of((secret, look_of(file))) if len(secret) == _SIZE else None
        except OSError:
            return None

    def _new_key(self) -> bytes | None:
        with suppress(FileExistsError), open(self.folder / "key", "xb") as opened:
            opened.write(os.urandom(_SIZE))
        return self._known_key()


@cache
def _code_stamp() -> str:
    """Python, this program and the libraries that read texts, as they lie on the disk."""
    found: list[object] = [sys.version]
    for package in ("runner", "jinja2", "yaml"):
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            found += sorted(_looks_below(folder))
    return sha256(repr(found).encode()).hexdigest()


def _looks_below(folder: str) -> Iterator[tuple[str, int, int]]:
    for entry in os.scandir(folder):
        if entry.is_dir():
            if entry.name not in ("__pycache__", "packages"):
                yield from _looks_below(entry.path)
        else:
            stat = entry.stat()
            yield entry.path, stat.st_size, stat.st_mtime_ns


# --- files' contents --------------------------------------------------------------------------------


class Contents:
    """Files' bytes and digests. A file that looks as it did before is not opened for its digest.

    known: what `looks` gave in an earlier command. now: nanoseconds since 1970, before the first
    file is looked at.
    """

    def __init__(self, known: Mapping[str, tuple[Look, bytes]], now: int) -> None:
        self.known = known
        self.now = now
        self._found: dict[str, tuple[Look, bytes]] = {}

    def digest(self, path: str) -> bytes:
        """sha256 of a file. Raises OSError."""
        there = self._found.get(path)
        if there is not None:
            return there[1]
        # Looked at before it is read: a change in between shows as another look the next time.
        look = look_of(path)
        known = self.known.get(path)
        if known is None or known[0] != look:
            with open(path, "rb") as file:
                known = look, file_digest(file, "sha256").digest()
        self._found[path] = known
        return known[1]

    def read(self, path: str) -> bytes:
        """A file's bytes; its digest is from now on that of these bytes. Raises OSError."""
        look = look_of(path)
        with open(path, "rb") as file:
            content = file.read()
        self._found[path] = look, sha256(content).digest()
        return content

    def looks(self) -> dict[str, tuple[Look, bytes]]:
        """Path → look and digest, of the files that changed long enough ago to be trusted."""
        limit = self.now - _SETTLED
        return {
            path: (look, digest)
            for path, (look, digest) in self._found.items()
            if look[1] < limit and look[2] < limit
        }


def look_of(path: str) -> Look:
    """How a file looks now. Raises OSError."""
    stat = os.stat(path)
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev


def walk(folder: str, prefix: str, skipped: frozenset[str]) -> Iterator[str]:
    """The files below a folder, hidden ones left out, as paths in it.

    skipped: names that are passed over in the folder itself.
    """
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.name.startswith(".") or (not prefix and entry.name in skipped):
            continue
        if entry.is_dir():
            yield from walk(entry.path, f"{prefix}{entry.name}/", skipped)
        else:
            yield prefix + entry.name


class Noted(Mapping[str, str]):
    """The environment, noting the variables that somebody asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.environ)

    def __len__(self) -> int:
        return len(self.environ)


def digest_of(parts: Iterable[object]) -> bytes:
    """A digest of values that have a full `repr`."""
    text = repr(list(parts)).encode(errors="surrogatepass")
    return blake2b(text, digest_size=_SIZE).digest()
