"""A connection to PostgreSQL by ADBC: statements, rows, and tables of Arrow batches.

The only module that loads the driver. Knows nothing of what is exported. What the server says goes
through here, so that no password stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from msgspec import Struct

from runner.bi.postgres_dsn import passwords, without_passwords
from runner.errors import DatabaseError, TargetError

NEEDED = "pip install 'runner-sql[postgres]'"
_SETTINGS = (
    "set client_encoding = 'UTF8'",
    "set standard_conforming_strings = on",
    "set search_path = pg_catalog",
    "set statement_timeout = 0",
    "set lock_timeout = 0",
    "set idle_in_transaction_session_timeout = 0",
    "set application_name = 'runner export'",
)


class ServerError(DatabaseError):
    """What PostgreSQL said; state: its SQLSTATE, or empty where the connection itself is gone."""

    def __init__(self, message: str, state: str) -> None:
        super().__init__(message)
        self.state = state


class Server(Struct, frozen=True):
    """An open connection, always in a transaction."""

    connection: Any
    secrets: frozenset[str]

    def execute(self, statement: str) -> None:
        """Run one statement. Raises ServerError."""
        with self._told(), self.connection.cursor() as cursor:
            cursor.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query and fetch its rows. Raises ServerError."""
        with self._told(), self.connection.cursor() as cursor:
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def fill(self, schema: str, table: str, batches: Any) -> int:
        """Append Arrow record batches to a table: how many rows. Raises ServerError."""
        with self._told(), self.connection.cursor() as cursor:
            return int(cursor.adbc_ingest(table, batches, mode="append", db_schema_name=schema))

    def commit(self) -> None:
        """Make it so, and begin anew. Raises ServerError."""
        self.execute("commit")
        self.execute("begin")

    def rollback(self) -> None:
        """Forget all since the last commit, and begin anew. Raises ServerError."""
        self.execute("rollback")
        self.execute("begin")

    def attempt(self, statement: str) -> ServerError | None:
        """Run a statement that is undone alone where it fails: how it failed, or None.

        Raises ServerError where the connection is gone.
        """
        self.execute("savepoint attempt")
        try:
            self.execute(statement)
        except ServerError as error:
            if not error.state:
                raise
            self.execute("rollback to savepoint attempt")
            return error
        self.execute("release savepoint attempt")
        return None

    @contextmanager
    def _told(self) -> Iterator[None]:
        import adbc_driver_postgresql.dbapi as driver

        try:
            yield
        except driver.Error as error:
            raise ServerError(*told(error, self.secrets)) from None


def told(error: Any, secrets: frozenset[str]) -> tuple[str, str]:
    """What the driver's error says, for people, and its SQLSTATE."""
    said = without_passwords(str(error), secrets)
    state = str(getattr(error, "sqlstate", None) or "").strip("\0")
    said = re.sub(r"\.?\s*SQLSTATE: \w*\s*$", "", said)
    said = re.sub(r"\n+Query was:.*", "", said, flags=re.DOTALL)
    found = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.*)", said, re.DOTALL)
    message = found[1] if found else re.sub(r"^\w+: (?:\[libpq\] )?", "", said)
    return message.strip(), state


@contextmanager
def connected(dsn: str) -> Iterator[Server]:
    """A connection for a while; what is not committed at its end never was.

    Raises TargetError where the driver is missing, or the server cannot be reached.
    """
    try:
        import adbc_driver_postgresql.dbapi as driver
        import pyarrow  # noqa: F401  # the driver loads without it and fails when it is fed
    except ImportError as error:
        raise TargetError(
            f"the driver for PostgreSQL is not installed ({error.name} is missing)", hint=NEEDED
        ) from None
    secrets = passwords(dsn)
    try:
        # Transactions are begun and ended by statements: the driver's own know no savepoints.
        connection = driver.connect(dsn, autocommit=True)
    except driver.Error as error:
        message, _ = told(error, secrets)
        raise TargetError(
            f"PostgreSQL cannot be reached: {message}",
            hint="check the DSN; a password belongs into PGPASSWORD or ~/.pgpass",
        ) from None
    server = Server(connection, secrets)
    try:
        for setting in _SETTINGS:
            server.execute(setting)
        server.execute("begin")
        yield server
    finally:
        with suppress(driver.Error):  # the server may be gone; what is not committed never was
            connection.close()
