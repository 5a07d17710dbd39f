"""What templates know as a relation and a column.

The values that `ref`, `source`, `this` and `api.Relation` give to a template, with the methods that
dbt's relations have. Knows nothing of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from runner.project.nodes import quote

TYPES = ("table", "view", "cte", "external", "materialized_view", "ephemeral", "function")
CTE_PREFIX = "__dbt__cte__"
"""Of the name of an ephemeral model's CTE, as dbt writes it."""
METADATA = {"type": "DuckDBRelation"}
LABELS = {"STRING": "TEXT"}
"""Names of types that `api.Column.translate_type` writes otherwise."""
_SAID_OF_ALL: Mapping[str, object] = {
    "dbt_created": False, "limit": None, "event_time_filter": None, "require_alias": False,
    "catalog": None, "renameable_relations": [], "replaceable_relations": [], "external": None,
}  # fmt: skip
"""What dbt writes down of every relation of DuckDB's."""


class Relation(Struct, frozen=True, eq=False):
    """A relation as a template sees it; printed, it is its quoted name.

    kind: what lies there, or what says so to somebody who asks. Raises nothing when parts are missing: they are left out of the name.
    """

    database: str | None = None
    schema: str | None = None
    identifier: str | None = None
    kind: str | Callable[[], str | None] | None = None
    sql: str | None = None
    """What is printed instead of the name: a file's columns, an ephemeral model's CTE."""
    shown: tuple[str, ...] = ("database", "schema", "identifier")
    quotes: tuple[str, ...] = ("database", "schema", "identifier")
    """The parts that are printed quoted."""

    @property
    def type(self) -> str | None:
        return self.kind() if callable(self.kind) else self.kind

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Relation):
            return NotImplemented
        return self._parts() == other._parts() and self.type == other.type

    def __hash__(self) -> int:
        return hash(self._parts())

    def _parts(self) -> tuple[object, ...]:
        return self.database, self.schema, self.identifier, self.sql, self.shown, self.quotes

    def watched(self, asked: Callable[[], object]) -> Relation:
        """The relation, which calls a function when a template asks for its type."""
        kind = self.kind

        def told() -> str | None:
            asked()
            return kind() if callable(kind) else kind

        return Relation(
            self.database, self.schema, self.identifier, told, self.sql, self.shown, self.quotes
        )

    def render(self) -> str:
        if self.sql is not None:
            return self.sql
        parts = []
        for part in ("database", "schema", "identifier"):
            value = getattr(self, part)
            if value and part in self.shown:
                parts.append(quote(value) if part in self.quotes else value)
        return ".".join(parts)

    def __str__(self) -> str:
        return self.render()

    def __html__(self) -> str:
        return self.render()

    @property
    def name(self) -> str | None:
        return self.identifier

    @property
    def table(self) -> str | None:
        return self.identifier

    @property
    def is_table(self) -> bool:
        return self.type == "table"

    @property
    def is_view(self) -> bool:
        return self.type == "view"

    @property
    def is_cte(self) -> bool:
        return self.type in ("cte", "ephemeral")

    @property
    def is_materialized_view(self) -> bool:
        return False

    @property
    def path(self) -> Relation:
        return self

    def include(
        self,
        database: bool | None = None,
        schema: bool | None = None,
        identifier: bool | None = None,
    ) -> Relation:
        """The relation with only some parts of its name printed."""
        given = {"database": database, "schema": schema, "identifier": identifier}
        kept = {part for part in self.shown if given[part] is not False}
        kept |= {part for part, wanted in given.items() if wanted}
        return replace(self, shown=tuple(p for p in given if p in kept))

    def quote(
        self,
        database: bool | None = None,
        schema: bool | None = None,
        identifier: bool | None = None,
    ) -> Relation:
        """The relation with some parts of its name printed quoted or bare."""
        given = {"database": database, "schema": schema, "identifier": identifier}
        kept = {part for part in self.quotes if given[part] is not False}
        kept |= {part for part, wanted in given.items() if wanted}
        return replace(self, quotes=tuple(p for p in given if p in kept))

    def incorporate(
        self, path: dict[str, str | None] | None = None, type: str | None = None, **_: object
    ) -> Relation:
        """The relation with other parts or another type."""
        changed = replace(self, **(path or {}), sql=None) if path else self
        return replace(changed, kind=type) if type else changed

    def replace_path(self, **parts: str | None) -> Relation:
        return self.incorporate(parts)

    def without_identifier(self) -> Relation:
        return self.include(identifier=False)

    def without_quotes(self) -> Relation:
        return replace(self, quotes=())

    def matches(
        self,
        database: str | None = None,
        schema: str | None = None,
        identifier: str | None = None,
    ) -> bool:
        pairs = ((database, self.database), (schema, self.schema), (identifier, self.identifier))
        return all(a is None or (b or "").lower() == a.lower() for a, b in pairs)

    def information_schema(self, view: str | None = None) -> Relation:
        """The information schema of the relation's database, or one of its views."""
        named = Relation(self.database, "INFORMATION_SCHEMA", view)
        return named.quote(schema=False, identifier=False)

    def information_schema_only(self) -> Relation:
        return self.information_schema()

    def quoted(self, identifier: str) -> str:
        """Any name, quoted as the relation's parts are."""
        return quote(identifier)

    def to_dict(self, omit_none: bool = False) -> dict[str, object]:
        """The relation as dbt writes it down."""
        parts = ("database", "schema", "identifier")
        known: dict[str, object] = {
            "path": {part: getattr(self, part) for part in parts},
            "type": self.type,
            "quote_character": '"',
            "include_policy": {part: part in self.shown for part in parts},
            "quote_policy": {part: part in self.quotes for part in parts},
            **_SAID_OF_ALL,
        }
        return {key: value for key, value in known.items() if value is not None or not omit_none}

    def get(self, key: str, default: object = None) -> object:
        """A part by name. `metadata` is what dbt_utils knows a relation by."""
        return METADATA if key == "metadata" else getattr(self, key, default)

    def limited(self, rows: int) -> Relation:
        """The relation with no more than some of its rows, as `--empty` reads it."""
        return replace(self, sql=f"(select * from {self.render()} limit {rows})")


class Column(Struct, frozen=True):
    """A column as a template sees it: dbt's `api.Column` for DuckDB."""

    column: str
    dtype: str
    char_size: int | None = None
    numeric_precision: int | None = None
    numeric_scale: int | None = None

    @property
    def name(self) -> str:
        return self.column

    @property
    def quoted(self) -> str:
        return quote(self.column)

    @property
    def data_type(self) -> str:
        return self.string_type(self.string_size()) if self.is_string() else self.dtype

    @property
    def expanded_data_type(self) -> str:
        return self.data_type

    def is_string(self) -> bool:
        return self.dtype.lower().split("(")[0] in (
            "text", "varchar", "char", "string", "bpchar", "character varying", "character",
        )  # fmt: skip

    def is_integer(self) -> bool:
        return self.dtype.lower() in (
            "tinyint", "smallint", "integer", "int", "bigint", "hugeint",
            "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
        )  # fmt: skip

    def is_float(self) -> bool:
        return self.dtype.lower() in ("float", "double", "real")

    def is_numeric(self) -> bool:
        return self.dtype.lower().split("(")[0] in ("decimal", "numeric")

    def is_number(self) -> bool:
        return self.is_integer() or self.is_float() or self.is_numeric()

    def string_size(self) -> int:
        return self.char_size or 256

    def can_expand_to(self, other: Column) -> bool:
        return False

    def literal(self, value: object) -> str:
        return f"{value}::{self.data_type}"

    @classmethod
    def create(cls, name: str, label_or_dtype: str) -> Column:
        return cls(name, cls.translate_type(label_or_dtype))

    @classmethod
    def translate_type(cls, dtype: str) -> str:
        return LABELS.get(dtype.upper(), dtype)

    @classmethod
    def string_type(cls, size: int) -> str:
        return f"character varying({size})"

    @classmethod
    def numeric_type(cls, dtype: str, precision: object, scale: object) -> str:
        if precision is None or scale is None:
            return dtype
        return f"{dtype}({precision},{scale})"
