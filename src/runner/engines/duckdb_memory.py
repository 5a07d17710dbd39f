"""How soon DuckDB's allocator gives memory back to the system. To be imported before duckdb is.

DuckDB's allocator is jemalloc, which keeps what a statement has freed for a second, beside what
`memory_limit` allows: of a million customers within 1 GB half a gigabyte more. It reads this setting
once, when it is loaded (https://jemalloc.net/jemalloc.3.html, opt.dirty_decay_ms). At thirty milliseconds
a thousand small models cost one or two hundredths more CPU; at once, two thirds more. Where DuckDB
has another allocator nobody reads it.
"""

from __future__ import annotations

import os

SETTING = "DUCKDB_JE_MALLOC_CONF"
DECAY = 30
"""Milliseconds."""

os.environ.setdefault(SETTING, f"dirty_decay_ms:{DECAY},muzzy_decay_ms:{DECAY}")
