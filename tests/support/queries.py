"""What a build in this process asks DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from runner.engines import Rows
from runner.engines.duckdb import DuckDBSession


@contextmanager
def queries() -> Iterator[list[str]]:
    """The queries that sessions put while the block runs, in their order."""
    asked: list[str] = []
    query = DuckDBSession.query

    def heard(self: DuckDBSession, sql: str, limit: int | None = None) -> Rows:
        asked.append(sql)
        return query(self, sql, limit)

    with patch.object(DuckDBSession, "query", heard):
        yield asked
