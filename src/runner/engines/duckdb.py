"""DuckDB behind the engine port: opening a file, running statements, reading the catalogue.

The only module that imports duckdb. Knows nothing of models or plans.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import duckdb

from runner.engines import ColumnType, Inventory, ObjectKind, Opening, Rows, Space
from runner.engines.duckdb_setup import bytes_of, cannot_open, setting, setup_statements
from runner.engines.sql_error import Interrupted, SqlError
from runner.errors import DatabaseError, Location, TargetError
from runner.project.nodes import RelationName, literal, quote

T = TypeVar("T")

VERSION = duckdb.__version__
OWN = "_runner"
"""The schema of our own tables."""
_BATCH = 100_000
"""Rows of an Arrow batch."""

_THREADS = {"threads", "worker_threads"}
_ONE_THREAD = {"threads": "1"}
"""While a file is opened: several threads hand each other the tables of a file at more cost than it spares."""

_TAKEN = ("memory", "system", "temp")
"""Catalogs that a database without a file has already."""
SYSTEM_SCHEMAS = ("information_schema", "pg_catalog")


def connect(opening: Opening) -> DuckDB:
    """Open a DuckDB database with the target's settings, extensions, secrets and attachments.

    Raises TargetError when the file is locked, unreadable or of another kind.
    """
    target = opening.target
    given = {key: setting(value) for key, value in target.config_options.items()}
    alone = not _THREADS & given.keys()
    config = {**(_ONE_THREAD if alone else {}), **given, "errors_as_json": "true"}
    try:
        if opening.written_as is None or target.database.lower() in _TAKEN:
            engine = DuckDB(
                duckdb.connect(opening.path, read_only=opening.read_only, config={**config}),
                opening.path,
            )
        else:
            engine = _attached(opening, opening.written_as, config)
    except duckdb.Error as error:
        raise cannot_open(opening, str(error), VERSION) from None
    connection = engine.connection
    try:
        if alone:
            _run(connection, "reset threads", lambda: None)
        for statement in setup_statements(opening):
            _run(connection, statement, lambda: None)
    except SqlError as error:
        connection.close()
        raise TargetError(
            f"target {target.name!r} cannot be set up: {error.message}",
            at=Location(target.file),
            hint="check extensions, settings, secrets and attach in profiles.yml",
        ) from None
    return engine


def _attached(opening: Opening, version: str, config: Mapping[str, str]) -> DuckDB:
    """A file opened as what is attached to a database without a file: DuckDB then takes a storage
    version for a file that is there already, too. Left to itself it goes on in the format of its
    first version, in which a file of many tables takes four times as long to open.
    """
    beside = {"temp_directory": f"{opening.path}.tmp"}
    connection = duckdb.connect(":memory:", config={**beside, **config})
    catalog = quote(opening.target.database)
    try:
        connection.execute(
            f"attach {literal(opening.path)} as {catalog} (storage_version {literal(version)});"
            f" use {catalog}"
        )
    except duckdb.Error:
        connection.close()
        raise
    return DuckDB(connection, opening.path, catalog)


UNPACKED = 4
"""How many times as large a table may be in memory as it is in a file."""

AT_WORK = 3
"""How many times as much as a file holds its statements may be at work on, side by side."""

_MEMORY_LIMIT = "select current_setting('memory_limit')"
_MEMORY_TAKEN = "select sum(memory_usage_bytes) from duckdb_memory()"

KEPT = "1MB"
"""What a database is asked to keep that lets go of its memory: next to nothing."""


class DuckDB:
    """An open DuckDB database: sessions are cursors of one connection.

    catalog: what they use, where it is another than the database itself.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: str, catalog: str | None = None
    ) -> None:
        self.connection = connection
        self.path = path
        self.catalog = catalog
        self.lock = threading.Lock()
        self.is_scarce = False
        self.limit: int | None = None

    def session(self) -> DuckDBSession:
        with self.lock:
            cursor = self.connection.cursor()
        if self.catalog is not None:
            _run(cursor, f"use {self.catalog}", lambda: None)
        return DuckDBSession(cursor)

    def width(self, threads: int | None) -> None:
        setting = "reset threads" if threads is None else f"set threads = {threads}"
        with self.lock:
            _run(self.connection.cursor(), setting, lambda: None)

    def spare(self) -> bool:
        """What of a file does not fit into memory comes and goes all the time. There it takes
        several times the room that it has in the file. Where a large file's small tables are built,
        little memory is taken.
        """
        if not os.path.exists(self.path):
            return False
        if self.limit is None:
            with self.lock:
                self.limit = bytes_of(str(self._value(_MEMORY_LIMIT)))
        size = os.path.getsize(self.path)
        if not self.is_scarce and size * UNPACKED > self.limit:
            from runner.engines.jemalloc import give_back_soon  # for large data alone

            self.is_scarce = True
            give_back_soon()
        if size * AT_WORK <= self.limit:
            return False
        with self.lock:
            return int(str(self._value(_MEMORY_TAKEN))) * 2 > self.limit

    def _value(self, query: str) -> object:
        """The one value that a query answers with; to be asked under the lock."""
        ((value,),) = self.connection.cursor().execute(query).fetchall()
        return value

    def let_go(self) -> None:
        """A lower limit drops blocks that nobody reads now, whether or not it can be met."""
        with self.lock, suppress(duckdb.Error):
            cursor, limit = self.connection.cursor(), str(self._value(_MEMORY_LIMIT))
            with suppress(duckdb.OutOfMemoryException):
                cursor.execute(f"set memory_limit = {literal(KEPT)}")
            cursor.execute(f"set memory_limit = {literal(limit)}")

    def close(self) -> None:
        self.connection.close()


class DuckDBSession:
    """A cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor

    def execute(self, sql: str) -> int | None:
        def written() -> int | None:
            # What writes rows answers with one value of this name, and any other statement with none.
            described = self.cursor.description
            row = self.cursor.fetchone() if described and described[0][0] == "Count" else None
            return int(row[0]) if row else None

        return _run(self.cursor, sql, written)

    def query(self, sql: str, limit: int | None = None) -> Rows:
        def fetch() -> Rows:
            described = self.cursor.description or []
            fetched = self.cursor.fetchall() if limit is None else self.cursor.fetchmany(limit)
            return Rows(
                tuple(str(d[0]) for d in described), tuple(str(d[1]) for d in described), fetched
            )

        return _run(self.cursor, sql, fetch)

    def batches(self, query: str) -> object:
        # Of `execute`, DuckDB 2 would keep the whole result.
        return _told(query, lambda: self.cursor.sql(query).to_arrow_reader(_BATCH))

    def describe(self, query: str) -> tuple[ColumnType, ...]:
        rows = self.query(f"describe {query}")
        return tuple(ColumnType(str(row[0]), str(row[1])) for row in rows.values)

    def columns(self, name: RelationName) -> tuple[ColumnType, ...]:
        with suppress(SqlError):  # The list of all columns costs as much as there are.
            return self.describe(str(name))
        rows = self.query(
            "select column_name, data_type from duckdb_columns()"
            f" where lower(database_name) = lower({literal(name.database)})"
            f" and lower(schema_name) = lower({literal(name.schema)})"
            f" and lower(table_name) = lower({literal(name.identifier)}) order by column_index"
        )
        return tuple(ColumnType(str(row[0]), str(row[1])) for row in rows.values)

    def inventory(self) -> Inventory:
        tables = self.query(
            "select database_name, schema_name, table_name, 'table', estimated_size"
            " from duckdb_tables() where not temporary"
            " union all select database_name, schema_name, view_name, 'view', 0 from duckdb_views()"
            " where not internal and not temporary"
        )
        schemas = self.query("select database_name, schema_name from duckdb_schemas()")
        functions = self.query(
            "select distinct database_name, schema_name, function_name, function_type"
            " from duckdb_functions() where not internal and function_type like '%macro'"
        )
        return Inventory(
            {
                (str(d).lower(), str(s).lower(), str(n).lower()): ObjectKind(str(kind))
                for d, s, n, kind, _ in tables.values
            },
            frozenset((str(d).lower(), str(s).lower()) for d, s in schemas.values),
            frozenset(
                (str(d).lower(), str(s).lower(), str(n).lower(), str(kind))
                for d, s, n, kind in functions.values
            ),
            max((int(str(rows)) for _, s, _, _, rows in tables.values if s != OWN), default=0),
        )

    def catalog(
        self, names: Collection[str] | None = None
    ) -> dict[tuple[str, str, str], dict[str, str]]:
        wanted = ", ".join(literal(name) for name in names) if names is not None else ""
        only = f" and lower(table_name) in ({wanted})" if wanted else ""
        if names is not None and not wanted:
            return {}
        rows = self.query(
            "select database_name, schema_name, table_name, column_name, data_type"
            f" from duckdb_columns() where not internal{only} order by 1, 2, 3, column_index"
        )
        found: dict[tuple[str, str, str], dict[str, str]] = {}
        for database, schema, name, column, kind in rows.values:
            key = (str(database).lower(), str(schema).lower(), str(name).lower())
            found.setdefault(key, {})[str(column)] = str(kind)
        return found

    def extras(self) -> frozenset[tuple[str, str, str, str]]:
        rows = self.query(
            "select 'function', database_name, schema_name, function_name from duckdb_functions()"
            " where not internal union all"
            " select 'type', database_name, schema_name, type_name from duckdb_types()"
            " where not internal union all"
            " select 'sequence', database_name, schema_name, sequence_name from duckdb_sequences()"
        )
        return frozenset(
            (str(kind), str(d).lower(), str(s).lower(), str(n).lower())
            for kind, d, s, n in rows.values
            if d not in ("system", "temp")
        )

    def space(self) -> Space:
        ((block, total, free),) = self.query(
            "select block_size, total_blocks, free_blocks from pragma_database_size()"
            " where database_name = current_database()"
        ).values
        return Space(int(str(block)) * int(str(total)), int(str(block)) * int(str(free)))

    def copy_file(self, source: Path, target: Path, catalog: str, storage_version: str) -> None:
        there, here = quote("_runner_copied"), quote(catalog)
        self.execute(f"attach {literal(str(source))} as {there} (read_only)")
        try:
            self.execute(
                f"attach {literal(str(target))} as {here} (storage_version {literal(storage_version)})"
            )
            self.execute(f"copy from database {there} to {here}; checkpoint {here}; detach {here}")
            # Read back from the file: an older storage version may be unable to hold something.
            self.execute(f"attach {literal(str(target))} as {here} (read_only)")
            differing = _differing(self._contents("_runner_copied"), self._contents(catalog))
            if differing:
                raise DatabaseError(f"the copy differs in {', '.join(differing[:3])}")
        finally:
            for name in (here, there):
                with suppress(DatabaseError):
                    self.execute(f"detach {name}")

    def _contents(self, catalog: str) -> dict[str, tuple[object, ...]]:
        """All that the catalogue says of a database: a name for people → its definition."""
        found: dict[str, tuple[object, ...]] = {}
        for kind, columns in _CONTENTS.items():
            where = f"database_name = {literal(catalog)}"
            if kind not in ("sequence", "index"):
                where += " and not internal"
            relation = f"duckdb_{kind}{'es' if kind == 'index' else 's'}()"
            query = f"select {columns} from {relation} where {where} order by all"
            for schema, name, *definition in self.query(query).values:
                if kind == "table":
                    definition.append(self.count(RelationName(catalog, str(schema), str(name))))
                key = f"{kind} {schema}.{name}"
                found[key] = (*found.get(key, ()), *definition)
        return found

    def count(self, name: RelationName) -> int:
        return int(str(self.query(f"select count(*) from {name}").values[0][0]))

    def content(self, name: RelationName) -> tuple[object, ...]:
        columns = tuple((column.name, column.type) for column in self.columns(name))
        rows = self.query(
            "select count(*), sum(hash(content, position)::hugeint), bit_xor(hash(content, position))"
            f" from (select t as content, row_number() over () as position from {name} as t)"
        )
        return (columns, *rows.values[0])

    def save(self, name: RelationName, value: object) -> None:
        view = "_runner_python_model"
        try:
            self.cursor.register(view, value)
        except duckdb.Error as error:
            raise DatabaseError(
                f"the model returned a value of type {type(value).__name__}, which is no table",
                hint="return a DuckDB relation, a data frame or an Arrow table",
            ) from error
        try:
            self.execute(f"create or replace table {name} as select * from {view}")
        finally:
            self.cursor.unregister(view)

    def raw(self) -> object:
        return self.cursor

    def interrupt(self) -> None:
        self.cursor.interrupt()

    def close(self) -> None:
        self.cursor.close()


_CONTENTS: Mapping[str, str] = {
    "table": "schema_name, table_name, sql, comment",
    "view": "schema_name, view_name, sql, comment",
    "function": "schema_name, function_name, function_type, parameters, parameter_types,"
                " macro_definition, comment",
    "type": "schema_name, type_name, logical_type, labels, comment",
    "sequence": "schema_name, sequence_name, sql, last_value, comment",
    "index": "schema_name, index_name, sql, comment",
    "schema": "schema_name, schema_name, comment",
}  # fmt: skip
"""Kind of thing → the columns of its catalogue: schema, name, and what must survive a copy."""


def _differing(there: Mapping[str, object], here: Mapping[str, object]) -> list[str]:
    return sorted(name for name in {*there, *here} if there.get(name) != here.get(name))


def _run(cursor: duckdb.DuckDBPyConnection, sql: str, fetch: Callable[[], T]) -> T:
    return _told(sql, lambda: (cursor.execute(sql), fetch())[1])


def _told(sql: str, run: Callable[[], T]) -> T:
    try:
        return run()
    except duckdb.InterruptException:
        raise Interrupted("interrupted") from None
    except duckdb.Error as error:
        raise sql_error(str(error), type(error).__name__, sql) from None


def sql_error(said: str, kind: str, sql: str) -> SqlError:
    """What DuckDB said, as a value: its sentence and the position it names."""
    try:
        value = json.loads(said[said.index("{") :])
        message = str(value["exception_message"])
        kind = str(value.get("exception_type", kind))
        position = value.get("position")
    except (ValueError, KeyError, TypeError):
        message, position = said, None
    place = int(position) if position is not None and str(position).isdigit() else None
    message = re.sub(r"\n\nLINE \d+:.*", "", message, flags=re.DOTALL).strip()
    # Tables of the system that happen to sound alike help nobody.
    message = re.sub(r'\nDid you mean "(?:pg_|information_schema|sqlite_).*', "", message)
    return _in_file(message, sql) or SqlError(kind, message, sql, place)


def _in_file(message: str, sql: str) -> SqlError | None:
    """An error in a file that was read, at the line of that file."""
    from runner.engines.csv_errors import csv_fault  # for errors alone
    from runner.engines.json_errors import json_fault

    for kind, fault in (("CSV", csv_fault(message)), ("JSON", json_fault(message))):
        if fault is not None:
            error = SqlError(kind, fault[0], sql, None)
            _, error.at, error.hint = fault
            return error
    return None
