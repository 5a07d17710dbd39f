"""The result of a query as a template sees it: the part of agate's Table that templates use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct


class Row(Sequence[object]):
    """A row: values by position or column name."""

    __slots__ = ("cells", "names")

    def __init__(self, names: tuple[str, ...], cells: tuple[object, ...]) -> None:
        self.names = names
        self.cells = cells

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row):
            return NotImplemented
        return (self.names, self.cells) == (other.names, other.cells)

    def __hash__(self) -> int:
        return hash((self.names, self.cells))

    def __getitem__(self, key: int | str | slice) -> object:  # type: ignore[override]  # also names
        if isinstance(key, str):
            return self.cells[self._position(key)]
        return self.cells[key]

    def _position(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        lowered = [known.lower() for known in self.names]
        if name.lower() in lowered:
            return lowered.index(name.lower())
        raise KeyError(name)

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[object]:
        return iter(self.cells)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.cells[self._position(name)]
        except KeyError:
            raise AttributeError(name) from None

    def keys(self) -> tuple[str, ...]:
        return self.names

    def values(self) -> tuple[object, ...]:
        return self.cells

    def items(self) -> list[tuple[str, object]]:
        return list(zip(self.names, self.cells, strict=True))

    def dict(self) -> dict[str, object]:
        return dict(self.items())

    def get(self, key: str, default: object = None) -> object:
        try:
            return self[key]
        except KeyError:
            return default


class TableColumn(Sequence[object]):
    """A column of a result."""

    __slots__ = ("cells", "data_type", "name")

    def __init__(self, name: str, data_type: str, cells: tuple[object, ...]) -> None:
        self.name = name
        self.data_type = data_type
        self.cells = cells

    def __getitem__(self, key: int | slice) -> object:  # type: ignore[override]  # as a tuple does
        return self.cells[key]

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[object]:
        return iter(self.cells)

    def values(self) -> tuple[object, ...]:
        return self.cells

    def values_distinct(self) -> tuple[object, ...]:
        return tuple(dict.fromkeys(self.cells))

    def values_without_nulls(self) -> tuple[object, ...]:
        return tuple(cell for cell in self.cells if cell is not None)


class Columns(Sequence[TableColumn]):
    """The columns of a result, by position or name."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        self.columns = tuple(columns)

    def __getitem__(self, key: int | str | slice) -> TableColumn:  # type: ignore[override]  # names
        if isinstance(key, str):
            for column in self.columns:
                if column.name.lower() == key.lower():
                    return column
            raise KeyError(key)
        return self.columns[key]  # type: ignore[return-value]  # one of them, or a slice as agate

    def __len__(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[TableColumn]:
        return iter(self.columns)

    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def values(self) -> tuple[TableColumn, ...]:
        return self.columns

    def items(self) -> list[tuple[str, TableColumn]]:
        return [(column.name, column) for column in self.columns]

    def get(self, key: str, default: object = None) -> object:
        try:
            return self[key]
        except KeyError:
            return default


def table_of(
    names: tuple[str, ...], types: tuple[str, ...], rows: Iterable[Sequence[object]]
) -> Table:
    """What a database answered as a template sees it: fractions are decimals, as agate's are."""
    return Table(names, types, tuple(tuple(map(_exact, cells)) for cells in rows))


def _exact(cell: object) -> object:
    return Decimal(repr(cell)) if isinstance(cell, float) else cell


class Table(Struct, frozen=True):
    """A result: rows of values under named columns."""

    column_names: tuple[str, ...]
    column_types: tuple[str, ...]
    data: tuple[tuple[object, ...], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(Row(self.column_names, cells) for cells in self.data)

    @property
    def columns(self) -> Columns:
        return Columns(
            [
                TableColumn(name, kind, tuple(cells[n] for cells in self.data))
                for n, (name, kind) in enumerate(
                    zip(self.column_names, self.column_types, strict=True)
                )
            ]
        )

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def select(self, names: Sequence[str] | str) -> Table:
        """The result with only some columns."""
        wanted = (names,) if isinstance(names, str) else tuple(names)
        places = [self.column_names.index(name) for name in wanted]
        return Table(
            wanted,
            tuple(self.column_types[n] for n in places),
            tuple(tuple(cells[n] for n in places) for cells in self.data),
        )

    def rename(self, column_names: Sequence[str]) -> Table:
        return Table(tuple(column_names), self.column_types, self.data)

    def exclude(self, key: Sequence[str] | str) -> Table:
        """The result without some columns."""
        left_out = (key,) if isinstance(key, str) else tuple(key)
        return self.select([name for name in self.column_names if name not in left_out])

    def order_by(
        self, key: str | Sequence[str] | Callable[[Row], object], reverse: bool = False
    ) -> Table:
        """The result in another order: by one column, several, or what a function says of a row.

        What is missing is greater than everything.
        """

        def rank(row: Row) -> list[tuple[bool, object]]:
            if callable(key):
                found = [key(row)]
            else:
                found = [row[name] for name in ((key,) if isinstance(key, str) else key)]
            return [(value is None, value) for value in found]

        rows = sorted(self.rows, key=rank, reverse=reverse)
        return Table(self.column_names, self.column_types, tuple(row.cells for row in rows))

    def print_csv(self, **_: object) -> None:
        """Print all rows as CSV, as agate does."""
        import csv
        import sys

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([self.column_names, *self.data])

    def print_table(self, max_rows: int = 20, **_: object) -> None:
        """Print the first rows, as agate does."""
        print(" | ".join(self.column_names))
        for cells in self.data[:max_rows]:
            print(" | ".join(str(cell) for cell in cells))
