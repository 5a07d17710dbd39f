"""The demo shop's warehouse, its export, and a real Superset with it. Runs in an environment of its own.

RUNNER_PYTHON: a Python that has the runner's dependencies. RUNNER_SUPERSET_KEEP: a folder in which
the built shop and Superset's metadata stay, so that a second run begins sooner.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

try:
    import superset  # noqa: F401  # is this the environment of Superset?
except ImportError:
    collect_ignore_glob = ["test_*.py"]

sys.path.insert(0, str(Path(__file__).parent))

from shop import Shop  # beside this file


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("RUNNER_SUPERSET_KEEP") or tmp_path_factory.mktemp("superset"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def shop(kept: Path) -> Shop:
    """Built to 2026-01-01, its last day."""
    made = Shop(kept)
    made.run("build", "-q", "--exclude", "test_type:data", "test_type:unit", "--threads", "2")
    return made


@pytest.fixture(scope="session")
def metadata(kept: Path) -> Path:
    """The folder of Superset's metadata."""
    folder = kept / "superset"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def superset_app(shop: Shop, metadata: Path) -> Any:
    """A Superset in this process, the export imported."""
    from client import Superset

    made = Superset(metadata)
    made.import_assets(shop.archive())
    return made
