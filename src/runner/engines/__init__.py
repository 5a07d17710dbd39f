"""The port to a database, and the engines that implement it.

Everything else in the runner speaks of relations and statements; only the modules of this folder
know how a certain database is opened, asked and told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from runner.errors import TargetError

if TYPE_CHECKING:
    from runner.project.nodes import RelationName
    from runner.project.profiles import Target


class Rows(Struct, frozen=True):
    """A table of values: what a query gave back."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    values: Sequence[tuple[object, ...]]


class ObjectKind(StrEnum):
    """What a name in the database stands for."""

    TABLE = "table"
    VIEW = "view"
    FUNCTION = "function"


class ColumnType(Struct, frozen=True):
    """A column and its type, as the database spells it."""

    name: str
    type: str


class Inventory(Struct, frozen=True):
    """What is in a database: (catalog, schema, name), lower case → what it is.

    functions: the macros, which have names of their own: catalog, schema, name and `macro` or
    `table_macro`.
    """

    objects: Mapping[tuple[str, str, str], ObjectKind]
    schemas: frozenset[tuple[str, str]]
    functions: frozenset[tuple[str, str, str, str]] = frozenset()
    largest: int | None = None
    """About how many rows the largest table has, our own left out; None where that is not known."""

    def kind(self, name: RelationName) -> ObjectKind | None:
        """What a name stands for, or None when it is free."""
        return self.objects.get(
            (name.database.lower(), name.schema.lower(), name.identifier.lower())
        )

    def macros(self, name: RelationName) -> frozenset[str]:
        """The kinds of macro that have a name: `macro`, `table_macro`."""
        place = (name.database.lower(), name.schema.lower(), name.identifier.lower())
        return frozenset(kind for *at, kind in self.functions if tuple(at) == place)


EMPTY = Inventory({}, frozenset(), largest=0)


class InUse(TargetError):
    """Another program has the database open, so that it cannot be opened as it was asked for."""


class Space(Struct, frozen=True):
    """How a database file's blocks are used, in bytes."""

    total: int
    free: int


class Session(Protocol):
    """One thread's way to the database. Errors are `DatabaseError`."""

    def execute(self, sql: str) -> int | None:
        """Run one or more statements: the rows that the last one says it wrote, if it does."""

    def query(self, sql: str, limit: int | None = None) -> Rows:
        """Run a query and fetch its rows, or the first of them."""

    def batches(self, query: str) -> object:
        """A query's rows as a pyarrow RecordBatchReader, for programs that take Arrow."""

    def describe(self, query: str) -> tuple[ColumnType, ...]:
        """The columns that a query would give, without running it."""

    def columns(self, name: RelationName) -> tuple[ColumnType, ...]:
        """The columns of a relation, empty when there is none."""

    def inventory(self) -> Inventory:
        """What is in the database now."""

    def catalog(
        self, names: Collection[str] | None = None
    ) -> dict[tuple[str, str, str], dict[str, str]]:
        """All relations, (catalog, schema, name) in lower case, with their columns and types.

        names: only those with these names, in lower case, in whatever schema.
        """

    def extras(self) -> frozenset[tuple[str, str, str, str]]:
        """What was made that is no relation: (`function`, catalog, schema, name) in lower case."""

    def space(self) -> Space:
        """How the blocks of the opened file are used, as of its last checkpoint."""

    def copy_file(self, source: Path, target: Path, catalog: str, storage_version: str) -> None:
        """Copy a database file with all that is in it into a new one, without its free space.

        catalog: the name that the copied database is known by, to views that name it.
        Raises DatabaseError when something cannot be copied, or is not the same afterwards.
        """

    def count(self, name: RelationName) -> int:
        """The rows of a table."""

    def content(self, name: RelationName) -> tuple[object, ...]:
        """What a table holds, as few values: equal for equal columns and rows in the same order."""

    def save(self, name: RelationName, value: object) -> None:
        """Make a table of a data frame, Arrow table or relation that a Python model returned."""

    def raw(self) -> object:
        """The engine's own connection, for Python models."""

    def interrupt(self) -> None:
        """Stop what is running, from another thread."""

    def close(self) -> None:
        """Give the session back."""


class Engine(Protocol):
    """An open database."""

    def session(self) -> Session:
        """A session for one thread."""

    def width(self, threads: int | None) -> None:
        """How many threads one statement may use from now on; None for as many as there are."""

    def spare(self) -> bool:
        """Give freed memory back soon, from when there may be more data than memory.

        Is there so much that statements beside each other take the memory from one another?
        """

    def let_go(self) -> None:
        """Give back memory that holds nothing but what could be read again."""

    def close(self) -> None:
        """Write everything and close the file."""


class Opening(Struct, frozen=True):
    """How a database is to be opened."""

    target: Target
    path: str
    """The file really opened: a release's own path, not the link."""
    folder: Path
    """What relative paths in the target's settings are relative to."""
    read_only: bool = False
    files_from: Path | None = None
    """The folder that relative paths of data files are relative to."""
    written_as: str | None = None
    """The storage version that is written, whatever the file was made with; None to leave it."""


ENGINES: Mapping[str, str] = {"duckdb": "runner.engines.duckdb"}
"""Engine name → module with a function `connect(opening) -> Engine`."""


def connect(opening: Opening) -> Engine:
    """Open a target's database.

    Raises TargetError when it cannot be opened.
    """
    from importlib import import_module

    opener: Callable[[Opening], Engine] = import_module(ENGINES[opening.target.type]).connect
    return opener(opening)
