"""Fixture files of unit tests: where they lie, and their texts. Knows nothing of the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.app.load import Loaded


def fixture_files(loaded: Loaded) -> Iterator[Path]:
    """The fixture files of the project and its packages."""
    for package in loaded.packages:
        for folder in package.config.paths["test-paths"]:
            for pattern in ("fixtures/**/*.csv", "fixtures/**/*.sql"):
                yield from sorted((package.config.root / folder).glob(pattern))


def fixture_texts(loaded: Loaded) -> Mapping[str, str]:
    """Name of the file → its text; of files of one name the first."""
    found: dict[str, str] = {}
    for file in fixture_files(loaded):
        if file.name not in found:
            found[file.name] = file.read_text("utf-8")
    return found
