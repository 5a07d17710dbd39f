"""A table for PostgreSQL as a value, and the statements that make it. Pure: a server runs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from msgspec import Struct

from runner.bi.postgres_types import LONGEST_NAME, too_long
from runner.errors import ErrorGroup, TargetError
from runner.project.nodes import RelationName, literal, quote


class Name(Struct, frozen=True):
    """Where a table lies in PostgreSQL."""

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{quote(self.schema)}.{quote(self.table)}"

    @property
    def shown(self) -> str:
        """The name as a person writes it."""
        return f"{self.schema}.{self.table}"


class SentColumn(Struct, frozen=True):
    """A column: its type in PostgreSQL, what of the warehouse is sent for it, its comment."""

    name: str
    type: str
    expression: str
    comment: str = ""


class Index(Struct, frozen=True):
    """An index beside the key's."""

    columns: tuple[str, ...]
    unique: bool = False
    method: str = "btree"


class Link(Struct, frozen=True):
    """A foreign key of one column."""

    column: str
    to: Name
    to_column: str


class Table(Struct, frozen=True):
    """A relation of the warehouse as it is to be in PostgreSQL.

    key: the primary key, empty for none. version: stands for the rows; another one for other rows.
    rows: how many there are, as far as is known.
    """

    name: Name
    source: RelationName
    columns: tuple[SentColumn, ...]
    version: str
    comment: str = ""
    key: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    links: tuple[Link, ...] = ()
    rows: int | None = None

    @property
    def query(self) -> str:
        """What is sent, as a query of the warehouse."""
        cells = ", ".join(f"{c.expression} as {quote(c.name)}" for c in self.columns)
        return f"select {cells} from {self.source}"

    @property
    def shape(self) -> str:
        """Stands for all of the definition but comments: another one, and the table is made anew."""
        columns = [(c.name, c.type, c.expression) for c in self.columns]
        return _digest((columns, self.key, self.indexes))

    @property
    def words(self) -> str:
        """Stands for the comments."""
        return _digest((self.comment, [c.comment for c in self.columns]))

    @property
    def joints(self) -> str:
        """Stands for the foreign keys."""
        return _digest([(link.column, str(link.to), link.to_column) for link in self.links])


def _digest(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()[:32]


def check_names(tables: Iterable[Table]) -> None:
    """Raise TargetError for names that PostgreSQL would cut off, all of them at once."""
    errors = []
    for table in tables:
        kinds = [("schema", table.name.schema), ("table", table.name.table)]
        kinds += [(f"column of {table.name.table}", column.name) for column in table.columns]
        for kind, name in kinds:
            if too_long(name):
                errors.append(
                    TargetError(
                        f"the name of the {kind} {name} has {len(name.encode())} bytes;"
                        f" PostgreSQL takes {LONGEST_NAME}",
                        hint="give it a shorter name, or leave it out with --exclude",
                    )
                )
    unique = {str(error): error for error in errors}
    if unique:
        found = list(unique.values())
        raise found[0] if len(found) == 1 else ErrorGroup(found)


def create(table: Table, at: Name) -> str:
    """The statement that makes the empty table."""
    columns = ",\n    ".join(f"{quote(c.name)} {c.type}" for c in table.columns)
    return f"create table {at} (\n    {columns}\n)"


def key_statement(table: Table, at: Name) -> str:
    """The statement that gives it its primary key."""
    return f"alter table {at} add primary key ({_listed(table.key)})"


def index_statements(table: Table, at: Name) -> list[str]:
    """The statements that make its indexes; their names end in `_runner`."""
    return [
        f"create {'unique ' if index.unique else ''}index {quote(_index_name(table, index))}"
        f" on {at} using {quote(index.method)} ({_listed(index.columns)})"
        for index in table.indexes
    ]


def _index_name(table: Table, index: Index) -> str:
    room = LONGEST_NAME - len(f"_{'0' * 8}_runner")
    head = table.name.table.encode()[:room].decode(errors="ignore")
    return f"{head}_{_digest(index)[:8]}_runner"


def comment_statements(table: Table, at: Name) -> list[str]:
    """The statements that describe table and columns."""
    columns = [
        f"comment on column {at}.{quote(c.name)} is {_text(c.comment)}" for c in table.columns
    ]
    return [f"comment on table {at} is {_text(table.comment)}", *columns]


def _text(comment: str) -> str:
    return literal(comment) if comment else "null"


def link_statement(table: Name, link: Link) -> str:
    """The statement that adds a foreign key, to be validated later: adding it reads no row."""
    return (
        f"alter table {table} add foreign key ({quote(link.column)})"
        f" references {link.to} ({quote(link.to_column)}) not valid"
    )


def refill_statements(table: Table, shadow: Name) -> list[str]:
    """The statements that put the rows of one table in place of those of another."""
    columns = _listed([c.name for c in table.columns])
    return [
        f"delete from {table.name}",
        f"insert into {table.name} ({columns}) select {columns} from {shadow}",
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(quote(name) for name in names)
