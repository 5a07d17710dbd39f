"""Shops built from demo/, once for all its tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo"
LAYOUTS = ("shopify", "woocommerce", "olist", "online_retail")


def build(folder: Path, *arguments: str) -> Path:
    """A copy of the project without its files, built by our own runner."""
    shutil.copytree(
        DEMO, folder, ignore=shutil.ignore_patterns("data", "*.duckdb*", "target", ".runner")
    )
    return again(folder, *arguments)


def again(folder: Path, *arguments: str) -> Path:
    """The same copy, built once more with other settings."""
    for name in ("data", *(f"layouts/{layout}" for layout in LAYOUTS)):
        (folder / name).mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-m", "runner", "build", "--project-dir", str(folder), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def make_shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    return lambda name, *arguments: build(tmp_path_factory.mktemp(name) / "demo", *arguments)


@pytest.fixture(scope="session")
def shop(make_shop: Callable[..., Path]) -> Path:
    """The committed shop, on two threads, with its exports in foreign layouts."""
    return make_shop("shop", "--vars", f"{{layouts: [{', '.join(LAYOUTS)}]}}", "--threads", "2")


@pytest.fixture(scope="session")
def double_shop(make_shop: Callable[..., Path]) -> Path:
    """Twice as many people, on one thread."""
    return make_shop("double", "--vars", "{customers: 2000}", "--threads", "1")


@pytest.fixture(scope="session")
def rotten(make_shop: Callable[..., Path]) -> Path:
    """The same shop at dirt 3, on two threads."""
    return make_shop("rotten", "--vars", "{dirt: 3}", "--threads", "2")
