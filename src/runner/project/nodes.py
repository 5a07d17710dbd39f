"""The frozen values that describe a project: what was written, and what became of it.

A `Definition` is a resource as its file states it. A `Node` is the same resource once its template
has been looked through (pass 1) and its references have been resolved. Knows nothing of how
templates are rendered, of SQL or of the database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Never

from msgspec import Struct
from msgspec.structs import force_setattr

from runner.errors import Location
from runner.project.signature import Signature


class _Empty(dict[str, object]):
    """An empty mapping that stays so, and may therefore be a default value."""

    def __setitem__(self, key: str, value: object) -> Never:
        raise TypeError("this mapping is frozen")

    def __hash__(self) -> int:  # type: ignore[override]  # dict has None; this one never changes
        return 0

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING: Mapping[str, object] = _Empty()


class Kind(StrEnum):
    """Resource types, under the names that dbt gives them."""

    MODEL = "model"
    SEED = "seed"
    SNAPSHOT = "snapshot"
    FUNCTION = "function"
    SOURCE = "source"
    TEST = "test"
    UNIT_TEST = "unit_test"
    ANALYSIS = "analysis"
    OPERATION = "operation"
    EXPOSURE = "exposure"
    METRIC = "metric"
    SEMANTIC_MODEL = "semantic_model"
    SAVED_QUERY = "saved_query"
    GROUP = "group"


class Column(Struct, frozen=True):
    """A column as YAML describes it."""

    name: str
    description: str = ""
    data_type: str | None = None
    tests: tuple[TestEntry, ...] = ()
    meta: Mapping[str, object] = NOTHING
    tags: tuple[str, ...] = ()
    constraints: tuple[Mapping[str, object], ...] = ()
    quote: bool | None = None
    granularity: str | None = None


class TestEntry(Struct, frozen=True):
    """A generic test under `data_tests:` as written: its name, arguments and configuration."""

    __test__ = False

    test: str
    """Name as written: `not_null`, `dbt_utils.unique_combination_of_columns`."""
    arguments: Mapping[str, object] = NOTHING
    config: Mapping[str, object] = NOTHING
    name: str | None = None
    """The name that the person gave to this test, if any."""
    description: str = ""
    at: Location | None = None


class Properties(Struct, frozen=True):
    """What YAML says about one resource."""

    description: str = ""
    config: Mapping[str, object] = NOTHING
    columns: tuple[Column, ...] = ()
    tests: tuple[TestEntry, ...] = ()
    meta: Mapping[str, object] = NOTHING
    docs: Mapping[str, object] = NOTHING
    constraints: tuple[Mapping[str, object], ...] = ()
    versions: tuple[Properties, ...] = ()
    latest_version: str | int | float | None = None
    version: str | int | float | None = None
    access: str | None = None
    group: str | None = None
    deprecation_date: str | None = None
    extra: Mapping[str, object] = NOTHING
    """Keys of this kind of resource alone: an exposure's owner, a macro's arguments."""
    path: str | None = None
    """The YAML file, relative to its package's folder."""
    at: Location | None = None


NO_PROPERTIES = Properties()


class SourceTable(Struct, frozen=True):
    """What YAML says about the source that a table belongs to, and of the table as a source."""

    source: str
    table: str
    identifier: str
    database: str | None
    schema: str
    description: str = ""
    """Of the source, not of the table."""
    loader: str = ""
    loaded_at_field: str | None = None
    loaded_at_query: str | None = None
    freshness: Mapping[str, object] = NOTHING
    source_meta: Mapping[str, object] = NOTHING
    tags: tuple[str, ...] = ()
    quoting: Mapping[str, object] = NOTHING
    external_location: str | None = None
    optional: bool = False
    places: tuple[tuple[str, str], ...] = ()
    """Names and paths of the places it lies in; `{path}` in the location stands for each of them."""


class UnitCase(Struct, frozen=True):
    """A unit test: rows given for each input, rows expected of the model."""

    model: str
    given: tuple[Mapping[str, object], ...]
    expect: Mapping[str, object]
    overrides: Mapping[str, object] = NOTHING
    arguments: Mapping[str, object] = NOTHING
    """What a tested function is called with."""


class Check(Struct, frozen=True):
    """What a generic test checks: which test, on which node and column, with which arguments."""

    test: str
    package: str | None
    """The package named before the dot, as in `dbt_utils.star`."""
    arguments: Mapping[str, object]
    """As the test's macro takes them: `model` is the template text of the tested relation."""
    target: str
    """Id of the node that the test is attached to."""
    column: str | None = None


class Definition(Struct, frozen=True):
    """A resource as written, before any template has been looked at."""

    kind: Kind
    name: str
    package: str
    path: str
    """Relative to the folder that it was found in, `staging/stg_orders.sql`."""
    file: str
    """Relative to its package's folder, `models/staging/stg_orders.sql`."""
    shown: str
    """The same file as it is shown to the person, relative to the project's folder."""
    root: str = ""
    """Absolute path of its package's folder."""
    text: str = ""
    language: str = "sql"
    first_line: int = 1
    """The line of the file that the text begins on: blocks in a file have their own."""
    checksum: str = ""
    """sha256 of the text, or of a seed's bytes."""
    properties: Properties = NO_PROPERTIES
    fqn: tuple[str, ...] = ()
    source: SourceTable | None = None
    unit: UnitCase | None = None
    check: Check | None = None
    signature: Signature | None = None
    """Of a function."""
    block_config: Mapping[str, object] = NOTHING
    """Configuration that belongs to the definition itself, as of a test's YAML entry."""
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    suffix: str = ""
    """What tells generic tests of one name apart in their ids."""
    replaced: tuple[str, ...] = ()
    """The fqn of what it stands in for, of a package that the project builds upon."""
    id: str = ""
    """Of what stands above: dbt's unique id, `model.shop.stg_orders`. It is asked for more often than anything else."""

    def __post_init__(self) -> None:
        end = f".{self.suffix}" if self.suffix else ""
        force_setattr(self, "id", f"{self.kind}.{self.package}.{self.key}{end}")

    @property
    def key(self) -> str:
        """The id without resource type and package."""
        if self.source:
            return f"{self.source.source}.{self.source.table}"
        if self.unit:
            end = "" if self.version is None else f"_v{self.version}"
            return f"{self.unit.model}.{self.name}{end}"
        if self.version is not None:
            return f"{self.name}.v{self.version}"
        return self.name


class Ref(Struct, frozen=True):
    """A `ref(…)` as written."""

    name: str
    package: str | None = None
    version: str | int | float | None = None


class Captured(Struct, frozen=True):
    """What pass 1 found in a template."""

    refs: tuple[Ref, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    metrics: tuple[str, ...] = ()
    config: Mapping[str, object] = NOTHING
    macros: tuple[str, ...] = ()
    """Ids of the macros that it calls."""
    vars: tuple[str, ...] = ()
    env_vars: tuple[str, ...] = ()
    functions: tuple[Ref, ...] = ()


class RelationName(Struct, frozen=True):
    """Where a node lies in the database."""

    database: str
    schema: str
    identifier: str

    def __str__(self) -> str:
        return f"{quote(self.database)}.{quote(self.schema)}.{quote(self.identifier)}"

    @property
    def identifier_quoted(self) -> str:
        """The last part alone, as a statement over the relation may call it."""
        return quote(self.identifier)


def relation_from(text: str) -> RelationName:
    """A relation from its name as it is printed: `"db"."main"."kpis"`. Raises ValueError."""
    parts = [p.replace('""', '"') for p in re.findall(r'"((?:[^"]|"")*)"', text)]
    if len(parts) != 3:
        raise ValueError(f"{text} is no relation")
    return RelationName(*parts)


def quote(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal, quoted."""
    return "'" + text.replace("'", "''") + "'"


class Config(Struct, frozen=True):
    """A node's merged configuration: file over YAML over the project file's folders."""

    values: Mapping[str, object] = NOTHING

    def get(self, key: str, default: object = None) -> object:
        """The value of a key, or of its entry under `meta`, or the default."""
        if key in self.values:
            return self.values[key]
        return default

    def text(self, key: str) -> str | None:
        """A text value, or None."""
        value = self.values.get(key)
        return None if value is None else str(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """A yes-or-no value."""
        value = self.values.get(key)
        return default if value is None else bool(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A value that may be one text or a list of them."""
        value = self.values.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if isinstance(value, Sequence):
            return tuple(str(item) for item in value)
        return (str(value),)

    def mapping(self, key: str) -> Mapping[str, object]:
        """A value that is a mapping, empty if absent."""
        value = self.values.get(key)
        return value if isinstance(value, Mapping) else NOTHING

    @property
    def enabled(self) -> bool:
        return self.flag("enabled", True)

    @property
    def materialized(self) -> str:
        return str(self.values.get("materialized", "view"))

    @property
    def tags(self) -> tuple[str, ...]:
        return self.texts("tags")

    @property
    def meta(self) -> Mapping[str, object]:
        return self.mapping("meta")


class Node(Struct, frozen=True):
    """A resource whose template has been looked through and whose references are resolved."""

    definition: Definition
    config: Config
    captured: Captured = Captured()
    parents: tuple[str, ...] = ()
    """Ids of what it reads, in the order of first mention."""
    relation: RelationName | None = None

    @property
    def id(self) -> str:
        return self.definition.id

    @property
    def kind(self) -> Kind:
        return self.definition.kind

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def package(self) -> str:
        return self.definition.package

    @property
    def fqn(self) -> tuple[str, ...]:
        return self.definition.fqn

    @property
    def properties(self) -> Properties:
        return self.definition.properties

    @property
    def tags(self) -> tuple[str, ...]:
        return self.config.tags

    @property
    def label(self) -> str:
        """How the node is called on the console: `stg_orders`, `raw.orders`, `orders.v2`."""
        return self.definition.key

    @property
    def resource_types(self) -> tuple[str, ...]:
        """The names by which its kind is asked for: a function for tables has two."""
        return ("function", "table_function") if self.is_table_function else (str(self.kind),)

    @property
    def is_table_function(self) -> bool:
        """Is it a function that stands where a table may stand?"""
        return self.kind is Kind.FUNCTION and self.config.get("type") == "table"

    @property
    def is_ephemeral(self) -> bool:
        return self.kind is Kind.MODEL and self.config.materialized == "ephemeral"


class Macro(Struct, frozen=True):
    """A macro, generic test, materialization or similar block of a macro file."""

    name: str
    package: str
    file: str
    """Relative to its package's folder."""
    shown: str
    text: str
    first_line: int
    block: str = "macro"
    """`macro`, `test` or `materialization`."""
    properties: Properties = NO_PROPERTIES

    @property
    def id(self) -> str:
        return f"macro.{self.package}.{self.name}"


class Doc(Struct, frozen=True):
    """A `{% docs %}` block."""

    name: str
    package: str
    file: str
    text: str
