"""A project in a folder of its own, for tests that run the whole pipeline.

`project({path: text})` writes the files, and settings and a profile where they are not given;
`.run("build", "-s", …)` runs a command as the command line would, in this process.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

import runner

SOURCE = Path(runner.__file__).resolve().parents[1]
"""What spawned commands import: the same code as this process."""
DEFAULTS: Mapping[str, str] = {
    "pyproject.toml": """
        [tool.runner]
        name = "shop"
        """,
    "profiles.yml": """
        shop:
          target: dev
          outputs:
            dev:
              type: duckdb
              path: warehouse.duckdb
              threads: 2
        """,
}
FOREIGN = ("DBT_", "RUNNER_", "GITHUB_")
"""Variables of the environment that change what a command does."""


LONG = ("compat", "soak", "property", "e2e", "warehouse", "docs", "report", "demo", "postgres")
"""Suites whose files take long, the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long suites, lest one worker is left with the longest file at the end."""
    rank = {name: number for number, name in enumerate(LONG)}
    here = Path(__file__).parent
    items.sort(key=lambda item: rank.get(item.path.relative_to(here).parts[0], len(LONG)))


def text(written: str) -> str:
    """A text as a file holds it: without the indentation of the test that it stands in."""
    return dedent(written).lstrip("\n")


def hear_interrupts() -> None:
    """Let a new process hear Ctrl-C, even where the suite itself was started in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Result:
    """How a command ended and what it said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict[str, object]]:
        """The objects of `--log-format json`."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def __str__(self) -> str:
        return f"exit {self.exit_code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


@dataclass(frozen=True)
class Project:
    """A project's folder and the commands that are run in it."""

    root: Path
    home: Path

    def write(self, path: str, written: str) -> Path:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(written), "utf-8")
        return file

    def read(self, path: str) -> str:
        """The text of a file of the project."""
        return (self.root / path).read_text("utf-8")

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
        """Run a command in this process."""
        import typer

        from runner.cli import app
        from runner.cli.arguments import spread

        out, err = io.StringIO(), io.StringIO()
        code = 0
        with self.surroundings(env), redirect_stdout(out), redirect_stderr(err):
            argv, sys.argv = sys.argv, ["runner", *arguments]
            try:
                typer.main.get_command(app)(spread(arguments), prog_name="runner")
            except SystemExit as left:
                code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
            finally:
                sys.argv = argv
        return Result(code, out.getvalue(), err.getvalue())

    def build(self, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
        """Build, and be sure that it succeeded."""
        result = self.run("build", *arguments, env=env)
        assert result.exit_code == 0, str(result)
        return result

    @contextmanager
    def surroundings(self, env: Mapping[str, str] | None = None) -> Iterator[None]:
        """The project's folder and a clean environment, and afterwards everything as it was."""
        folder, environ = Path.cwd(), dict(os.environ)
        os.chdir(self.root)
        os.environ.clear()
        os.environ.update(self.environ(env))
        try:
            yield
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environ)

    def environ(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """This process's environment without what changes a command, with a home of its own."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        kept.pop("COLUMNS", None)
        return {**kept, "HOME": str(self.home), "PYTHONPATH": str(SOURCE), **(env or {})}

    def spawn(
        self, *arguments: str, env: Mapping[str, str] | None = None, code: str | None = None
    ) -> subprocess.Popen[str]:
        """Start a command in a process of its own; `code` instead of it is Python to run."""
        command = ["-c", code, *arguments] if code else ["-m", "runner", *arguments]
        return subprocess.Popen(
            [sys.executable, *command], cwd=self.root, env=self.environ(env), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=hear_interrupts,
        )  # fmt: skip

    @property
    def database(self) -> Path:
        """The file that readers open."""
        return self.root / "warehouse.duckdb"

    def rows(self, sql: str, database: Path | None = None) -> list[tuple[object, ...]]:
        """Rows of the published database."""
        with duckdb.connect(str((database or self.database).resolve()), read_only=True) as opened:
            return opened.execute(sql).fetchall()

    def value(self, sql: str) -> object:
        """The one cell of a query's one row."""
        ((cell,),) = self.rows(sql)
        return cell

    def execute(self, sql: str) -> None:
        """Change the database that is published, as somebody else would."""
        with duckdb.connect(str(self.database.resolve())) as opened:
            opened.execute(sql)

    def artifact(self, name: str) -> dict[str, object]:
        """An artifact of the last command, as JSON."""
        loaded = json.loads(self.read(f"target/{name}"))
        assert isinstance(loaded, dict)
        return loaded

    def statuses(self) -> dict[str, str]:
        """How the steps of the last command ended: name → status."""
        found = json.loads(self.read("target/run_results.json"))["results"]
        parts = {r["unique_id"]: r["unique_id"].split(".") for r in found}
        names = {id: part[3] if part[0] == "unit_test" else part[2] for id, part in parts.items()}
        return {names[result["unique_id"]]: result["status"] for result in found}


ProjectMaker = Callable[[Mapping[str, str]], Project]


@pytest.fixture
def project(tmp_path: Path) -> ProjectMaker:
    """Makes a project of `{path: text}`."""

    def make(files: Mapping[str, str]) -> Project:
        made = Project(tmp_path / "shop", tmp_path / "home")
        made.root.mkdir()
        made.home.mkdir()
        given = {key: value for key, value in DEFAULTS.items() if not _replaced(key, files)}
        for path, written in {**given, **files}.items():
            made.write(path, written)
        return made

    return make


def _replaced(path: str, files: Mapping[str, str]) -> bool:
    return path in files or (path == "pyproject.toml" and "dbt_project.yml" in files)
