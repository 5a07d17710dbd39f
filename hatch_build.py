"""Puts the warehouse of this repository into the wheel, as the package `shop` of the runner.

An editable installation gets nothing: there the package is the checkout itself.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "runner/packages/shop"
FOLDERS = {
    "model-paths": ["models"], "macro-paths": ["macros"], "seed-paths": ["seeds"],
    "snapshot-paths": ["snapshots"], "test-paths": ["tests"], "function-paths": ["functions"],
    "dashboard-paths": ["dashboards"],
}  # fmt: skip
BESIDE = ("pyproject.toml", "settings")


class Warehouse(BuildHookInterface):  # type: ignore[type-arg]  # the builder's configuration is not used
    """Includes the project's file and all folders that it names, where they are there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["runner"]
        named = [folder for key, usual in FOLDERS.items() for folder in project.get(key, usual)]
        for path in (*named, *BESIDE):
            if (root / path).exists():
                build_data["force_include"][str(root / path)] = f"{PLACE}/{path}"
