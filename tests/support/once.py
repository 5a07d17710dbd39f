"""What is made once for all workers of a session of the tests, and only read from then on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.release.lock import build_lock
from tests.conftest import Project

ROOT = Path(__file__).resolve().parents[2]
LINKED = (
    "dashboards", "demo", "functions", "macros", "models", "profiles.yml", "pyproject.toml", "seeds",
    "settings", "tests/data",
)  # fmt: skip


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` fills; the first worker does it, and the others wait.

    name: of the folder. A folder that `make` could not fill is made anew by the next that asks.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with build_lock(folder, f"the tests' {name}", wait=True):
        filled = folder / "filled"
        if not (folder / "done").exists():
            shutil.rmtree(filled, ignore_errors=True)
            filled.mkdir()
            make(filled)
            (folder / "done").touch()
    return filled


def linked(folder: Path) -> Path:
    """A folder with this repository's warehouse project in it.

    What the folders hold are links, the folders are not: what a test adds to them (a model, a
    dashboard) does not come into the repository.
    """
    for name in LINKED:
        source = ROOT / name
        for each in source.iterdir() if source.is_dir() else [source]:
            link = folder / each.relative_to(ROOT)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(each)
    return folder


SAID = "runner-build.txt"


def demo_shop(factory: pytest.TempPathFactory) -> Path:
    """The folder of this repository's project, built from the demo shop by `runner build`.

    Beside it, in SAID: what that command printed.
    """

    def make(folder: Path) -> None:
        done = Project(linked(folder / "runner"), folder).build()
        (folder / SAID).write_text(done.stdout + done.stderr, "utf-8")

    return once(factory, "demo-shop", make) / "runner"
