"""DuckDB's allocator, where it is jemalloc (on Linux), told to give freed memory back soon.

It keeps what was freed for a second, beside what `memory_limit` allows: of a million customers
within 1 GB half a gigabyte more. What is given back at once must be fetched again for the next block: a
thousand small models cost two thirds more CPU then, a million customers a quarter. So it is kept for a
moment (https://jemalloc.net/jemalloc.3.html: dirty_decay_ms), and small data are left alone.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator

Control = Callable[..., int]
DECAYS = ("dirty_decay_ms", "muzzy_decay_ms")
SOON = 10
"""Milliseconds."""


def give_back_soon() -> bool:
    """From now on keep freed memory for a moment only. False where the allocator is another one."""
    control = _control()
    if control is None:
        return False
    soon = ctypes.c_ssize_t(SOON)
    for name in _names(control):
        control(name, None, None, ctypes.byref(soon), ctypes.c_size_t(ctypes.sizeof(soon)))
    return True


def decays() -> list[int]:
    """Milliseconds that freed memory is kept for, of each arena; empty for another allocator."""
    control = _control()
    if control is None:
        return []
    read = ((_read(control, name, ctypes.c_ssize_t(0))) for name in _names(control))
    return [decay for decay in read if decay is not None]


def _control() -> Control | None:
    """jemalloc's mallctl, in the library that DuckDB is; it is loaded already."""
    library = getattr(sys.modules.get("_duckdb"), "__file__", None)
    if library is None:
        return None
    try:
        control: Control = ctypes.CDLL(library).duckdb_je_mallctl
    except (AttributeError, OSError):
        return None
    return control


def _names(control: Control) -> Iterator[bytes]:
    """The settings for new arenas, and of each arena. One that is not in use has none."""
    arenas = _read(control, b"arenas.narenas", ctypes.c_uint(0)) or 0
    for decay in DECAYS:
        yield f"arenas.{decay}".encode()
        yield from (f"arena.{number}.{decay}".encode() for number in range(arenas))


def _read(control: Control, name: bytes, into: ctypes.c_ssize_t | ctypes.c_uint) -> int | None:
    size = ctypes.c_size_t(ctypes.sizeof(into))
    failed = control(name, ctypes.byref(into), ctypes.byref(size), None, ctypes.c_size_t(0))
    return None if failed else into.value
