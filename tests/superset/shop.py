"""The demo shop, built by the runner's own commands in a folder of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shop:
    """The demo shop, built in a folder of its own."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "shop.duckdb"

    def run(self, *arguments: str, variables: str = "{}") -> str:
        """Run a command of the runner, which must succeed: what it prints."""
        environ = {
            key: value for key, value in os.environ.items() if not key.startswith("SUPERSET")
        }
        environ |= {"RUNNER_DATABASE": str(self.database), "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(
            [os.environ.get("RUNNER_PYTHON", sys.executable), "-m", "runner", *arguments,
             "--vars", variables, "--project-dir", str(ROOT)],
            cwd=self.folder, env=environ, capture_output=True, text=True, timeout=1800,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the published database."""
        import duckdb

        with duckdb.connect(str(self.database.resolve()), read_only=True) as opened:
            return opened.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        ((cell,),) = self.rows(sql)
        return cell

    def archive(self) -> bytes:
        """The export, made now."""
        self.run("export", "superset", "--out", str(self.folder / "superset.zip"))
        return (self.folder / "superset.zip").read_bytes()
