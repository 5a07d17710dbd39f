"""The libraries that only reports need, imported when they are used: `runner-sql[report]`."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def missing_libraries() -> list[str]:
    """Those that are not installed."""
    found = []
    for name, load in (("babel", lambda: import_module("babel")), ("pygal", pygal)):
        try:
            load()
        except ImportError:
            found.append(name)
    return found


def pygal() -> Any:
    """pygal, without the hook that it puts among Python's: every failing import would warn of that."""
    module = import_module("pygal")
    sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__module__ != "pygal"]
    return module
