"""A real PostgreSQL server for the tests: Debian's, started in a temporary folder, on a socket there.

Skipped with a message where the server or the driver is missing; never in CI.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

USER = "nobody"
"""Who runs the server where the tests are run by root, which PostgreSQL refuses."""


def programs() -> Path | None:
    """The folder of the server's programs, the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    there = shutil.which("postgres")
    return Path(there).parent if there else None


def absent(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@dataclass(frozen=True)
class Postgres:
    """A server of the tests. folder: its data, socket and log."""

    folder: Path
    programs: Path

    def _run(self, *command: str) -> str:
        demoted = ["setpriv", f"--reuid={USER}", "--regid=nogroup", "--clear-groups"]
        before = demoted if os.geteuid() == 0 else []
        done = subprocess.run(
            [*before, str(self.programs / command[0]), *command[1:]],
            capture_output=True, text=True, check=False, cwd=self.folder,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}\n{self.log}"
        return done.stdout

    @property
    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text("utf-8", errors="replace") if file.exists() else ""

    def make(self) -> None:
        """Make the cluster: texts in UTF-8, trust on the socket, no fsync."""
        self._run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "postgres", "-N",
                  "--locale=C", "-E", "UTF8")  # fmt: skip

    def start(self) -> None:
        options = (
            f"-k {self.folder} -c listen_addresses='' -c max_connections=40 -c fsync=off"
            " -c shared_buffers=32MB -c max_wal_size=256MB"
        )
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-o", options, "-w", "-l",
                  f"{self.folder}/log", "start")  # fmt: skip

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", mode, "stop")

    def crash(self) -> None:
        """As a power cut: the server's processes are killed, and what was committed is replayed."""
        head = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(head)], capture_output=True, text=True, check=True
        ).stdout.split()
        for process in (head, *map(int, children)):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.wait_gone(head)
        # Nobody may have collected the dead process yet; after a power cut its number is free.
        for left in (self.folder / "data/postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def wait_gone(self, process: int) -> None:
        for _ in range(200):
            if not Path(f"/proc/{process}").exists() or "Z" in _state(process):
                return
            time.sleep(0.05)
        raise AssertionError(f"process {process} is still there")

    def dsn(self, database: str, user: str = "postgres") -> str:
        return f"host={self.folder} user={user} dbname={database}"


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@dataclass(frozen=True)
class Target:
    """A database of the server, as a test sees it."""

    server: Postgres
    name: str

    @property
    def dsn(self) -> str:
        return self.server.dsn(self.name)

    def connect(self, user: str = "postgres") -> Any:
        import adbc_driver_postgresql.dbapi as driver

        return driver.connect(self.server.dsn(self.name, user))

    def rows(self, query: str, user: str = "postgres") -> list[tuple[Any, ...]]:
        with self.connect(user) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def value(self, query: str) -> Any:
        ((cell,),) = self.rows(query)
        return cell

    def execute(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
            connection.commit()


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """The server, one for each worker."""
    found = programs()
    if found is None:
        absent("PostgreSQL's server is not installed (apt install postgresql)")
    for package in ("adbc_driver_postgresql", "pyarrow"):
        if importlib.util.find_spec(package) is None:
            absent(f"{package} is not installed: pip install 'runner-sql[postgres]'")
    assert found is not None
    # A socket's path has 107 bytes at most, which pytest's folders may exceed.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    postgres = Postgres(folder, found)
    try:
        postgres.make()
        postgres.start()
        yield postgres
    finally:
        if (folder / "data/postmaster.pid").exists():
            postgres.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def target(server: Postgres, request: pytest.FixtureRequest) -> Callable[[], Target]:
    """Makes a new, empty database."""
    made: list[str] = []

    def make() -> Target:
        name = f"t{len(made)}_{abs(hash(request.node.nodeid)) % 10**9}"
        _autocommit(server, f'create database "{name}"')
        made.append(name)
        return Target(server, name)

    return make


def _autocommit(server: Postgres, statement: str) -> None:
    """Run a statement that no transaction may hold."""
    import adbc_driver_postgresql.dbapi as driver

    with (
        driver.connect(server.dsn("postgres"), autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
