"""Files of the disk: copied, made durable, known again by their header. Knows no releases.

A process that closes any handle of a file gives up all locks that it holds on it (POSIX), those of
DuckDB among them. So what reads a database that this process has open takes a handle that its owner
keeps open, and that handle is locked as well where the system knows locks of a handle (Linux).
"""

from __future__ import annotations

import errno
import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from msgspec import Struct

FICLONE = 0x40049409
"""Linux's request to share a file's blocks instead of copying them."""
HEADER = 3 * 4096
"""A DuckDB file begins with its main header and two that count its checkpoints."""
BLOCK = 1 << 18
PAGE = 4096
_ZEROS = bytes(BLOCK // 2)
STORAGE_VERSIONS: Mapping[int, str] = {
    64: "v1.0.0", 65: "v1.2.0", 66: "v1.3.0", 67: "v1.4.0", 68: "v1.5.0",
}  # fmt: skip
"""What a header states → the first version of DuckDB, from 1.0 on, that writes it."""


class Mark(Struct, frozen=True):
    """By what a file is known again: any write by DuckDB changes the header."""

    bytes: int
    mtime_ns: int
    header: str
    """SHA-256 of the headers, as hexadecimal digits."""


def mark(file: IO[bytes]) -> Mark:
    """The mark of an open file."""
    stat = os.fstat(file.fileno())
    file.seek(0)
    return Mark(stat.st_size, stat.st_mtime_ns, hashlib.sha256(file.read(HEADER)).hexdigest())


def mark_of(file: Path) -> Mark:
    """The mark of a file that this process does not have open."""
    with open(file, "rb") as opened:
        return mark(opened)


def keep_writers_out(file: IO[bytes]) -> bool:
    """Lock an open file against writers until it is closed, whoever else closes a handle of it.

    False where the system knows no such locks, or somebody has it open for writing.
    """
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        whole = struct.pack("hhqqi", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, whole)
        return True
    return False


def is_being_written(file: IO[bytes]) -> bool | None:
    """Does somebody have an open file locked for writing? None where the system does not tell."""
    lock = _lock_of(file)
    return None if lock is None else lock[0]


def writer_of(file: IO[bytes]) -> int | None:
    """The process that has an open file locked for writing; None where there is none, or no telling."""
    locked, process = _lock_of(file) or (False, 0)
    return process if locked else None


def _lock_of(file: IO[bytes]) -> tuple[bool, int] | None:
    """Is an open file locked for writing, and by which process? None where the system does not tell."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        asked = struct.pack("hhqqi", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        answer = struct.unpack("hhqqi", fcntl.fcntl(file, fcntl.F_OFD_GETLK, asked))
        return bool(answer[0] != fcntl.F_UNLCK), int(answer[4])
    return None


def copy_open(source: IO[bytes], target: Path) -> None:
    """Copy an open file, sharing its blocks where the file system can. Raises OSError.

    Zeros at the end of a block of the database become a hole: of a small table's block, most of it.
    What is a hole already is not read.
    """
    with open(target, "wb") as here:
        try:
            import fcntl

            fcntl.ioctl(here.fileno(), FICLONE, source.fileno())
            return
        except (ImportError, OSError):
            pass
        _copy_data(source.fileno(), here.fileno(), os.fstat(source.fileno()).st_size)


def _copy_data(source: int, target: int, size: int) -> None:
    """Copy what is no zero, block by block; the file is as long as the other in any case."""
    os.ftruncate(target, size)
    block = memoryview(bytearray(BLOCK))
    for start, end in _extents(source, size):
        at = start
        while at < end:
            # A database's blocks lie behind its headers.
            boundary = HEADER + ((at - HEADER) // BLOCK + 1) * BLOCK
            length = min(boundary, end) - at
            read = _read_at(source, block[:length], at)
            if not read:
                raise OSError("the file became shorter while it was copied")
            _write_at(target, block[: _without_zeros(block, read)], at)
            at += read


def _extents(file: int, size: int) -> Iterator[tuple[int, int]]:
    """Where in a file there is data, from the start; all of it where the system does not tell."""
    at = 0
    while at < size:
        try:
            start = os.lseek(file, at, os.SEEK_DATA)
            end = os.lseek(file, start, os.SEEK_HOLE)
        except AttributeError:
            start, end = at, size
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole is left
                return
            start, end = at, size
        yield start, end
        at = end


def _read_at(file: int, block: memoryview, at: int) -> int:
    """Read into a block, without a copy where the system can; gives how much was read."""
    if hasattr(os, "preadv"):
        return os.preadv(file, [block], at)
    os.lseek(file, at, os.SEEK_SET)
    found = os.read(file, len(block))
    block[: len(found)] = found
    return len(found)


def _without_zeros(block: memoryview, length: int) -> int:
    """The length of the beginning of a block without the zeros at its end, in whole pages."""
    whole = block.obj
    assert isinstance(whole, bytearray)
    step = BLOCK // 2
    while step >= PAGE:
        if whole.endswith(_ZEROS[:step], 0, length):
            length -= step
        else:
            step //= 2
    return length


def _write_at(file: int, piece: memoryview, at: int) -> None:
    while piece:
        if hasattr(os, "pwrite"):
            written = os.pwrite(file, piece, at)
        else:
            os.lseek(file, at, os.SEEK_SET)
            written = os.write(file, piece)
        piece, at = piece[written:], at + written


def copy_range(source: int, target: int, start: int, end: int) -> None:
    """Copy bytes between open files, to where the target stands. Raises OSError.

    In the kernel where it can be, which costs a seventh of reading and writing.
    """
    with suppress(AttributeError, OSError):
        while start < end:
            done = os.copy_file_range(source, target, end - start, start)
            if not done:
                break
            start += done
    os.lseek(source, start, os.SEEK_SET)
    while start < end:
        piece = os.read(source, min(1 << 20, end - start))
        if not piece:
            raise OSError("the file became shorter while it was copied")
        for_now = memoryview(piece)
        while for_now:
            for_now = for_now[os.write(target, for_now) :]
        start += len(piece)


def storage_version(file: Path) -> str:
    """The storage version that a file's header states, `v1.0.0`."""
    with open(file, "rb") as opened:
        head = opened.read(20)
    number = int(struct.unpack("<Q", head[12:20])[0])
    return STORAGE_VERSIONS.get(number, str(number))


def same_storage(written: str, found: str) -> bool:
    """Is the storage version that a person asks for, `v1.1.3`, the one that a header states?"""
    if written == "latest":
        return True

    def parts(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.lstrip("v").split(".") if part.isdigit())

    if found not in STORAGE_VERSIONS.values():
        return parts(written) > parts(max(STORAGE_VERSIONS.values()))
    wanted = [name for name in STORAGE_VERSIONS.values() if parts(name) <= parts(written)]
    return (wanted[-1] if wanted else "v1.0.0") == found


def sync(path: Path) -> None:
    """See that a file, or a folder's list of names, is on the disk. Raises OSError for files."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    except OSError:
        if path.is_file():
            raise
    finally:
        os.close(handle)


def sync_folders(innermost: Path, outermost: Path) -> None:
    """See that the names of a folder and of those around it are on the disk."""
    folder = innermost
    while folder != outermost and outermost in folder.parents:
        sync(folder)
        folder = folder.parent
    sync(outermost)


def write_whole(target: Path, text: str) -> None:
    """Write a small file so that it is there wholly, or as it was. Raises OSError."""
    pending = target.with_suffix(".new")
    try:
        pending.write_text(text, "utf-8")
        sync(pending)
        os.replace(pending, target)
    except OSError:
        with suppress(OSError):
            pending.unlink()
        raise
