"""`adapter`: what macros may ask of the database and do to it.

Each method answers as dbt's adapter does. Without a database (pass 1) methods answer emptily; where
the database may not be asked yet, they raise NeedsDatabase, and the template is rendered later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING

from runner.errors import CompileError
from runner.project.nodes import RelationName, literal, quote
from runner.template.library import MISSING
from runner.template.relation import Column, Relation
from runner.template.table import Table

if TYPE_CHECKING:
    from runner.template.scope import Scope


class Adapter:
    """The object that templates know as `adapter`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.Relation = Relation
        self.Column = Column

    def dispatch(
        self,
        macro_name: str,
        macro_namespace: str | None = None,
        packages: Sequence[str] | None = None,
    ) -> Callable[..., object]:
        """The macro that stands for a name on this database. Raises CompileError without one."""
        if "." in macro_name:
            raise CompileError(
                f"dispatch takes a macro's name, not {macro_name!r}",
                hint="name the package as the second argument",
            )
        scope = self._scope
        macro = scope.library.dispatched(macro_name, macro_namespace, scope.definition.package)
        function: Callable[..., object] = scope.names().function(macro)
        return function

    def type(self) -> str:
        return "duckdb"

    def quote(self, identifier: str) -> str:
        return quote(identifier)

    def quote_as_configured(self, identifier: str, quote_key: str) -> str:
        return quote(identifier)

    def quote_seed_column(self, column: str, quote_config: bool | None) -> str:
        return quote(column)

    # --- asking -------------------------------------------------------------------------------

    def get_relation(
        self, database: str | None = None, schema: str = "", identifier: str = ""
    ) -> Relation | None:
        """A relation that is there, or None."""
        if not self._scope.execute:
            return None
        name = RelationName(database or self._scope.world.target.database, schema, identifier)
        kind = self._scope.database().inventory().kind(name)
        if kind is None:
            return None
        return Relation(name.database, name.schema, name.identifier, str(kind))

    def load_relation(self, relation: Relation) -> Relation | None:
        return self.get_relation(
            relation.database, relation.schema or "", relation.identifier or ""
        )

    def get_columns_in_relation(self, relation: Relation) -> list[Column]:
        """The columns of a relation; of an ephemeral model or a subquery, what it would give."""
        if not self._scope.execute:
            return []
        database = self._scope.database()
        if relation.sql is not None:
            found = database.describe(f"select * from {relation.sql}")
        else:
            found = database.columns(self._name(relation))
        return [Column(column.name, column.type) for column in found]

    def get_column_schema_from_query(self, sql: str) -> list[Column]:
        if not self._scope.execute:
            return []
        found = self._scope.database().describe(sql)
        return [Column(column.name, column.type) for column in found]

    def get_missing_columns(self, from_relation: Relation, to_relation: Relation) -> list[Column]:
        """Columns of the first relation that the second has not."""
        there = {c.name.lower() for c in self.get_columns_in_relation(to_relation)}
        columns = self.get_columns_in_relation(from_relation)
        return [c for c in columns if c.name.lower() not in there]

    def list_relations(self, database: str | None, schema: str) -> list[Relation]:
        if not self._scope.execute:
            return []
        catalog = database or self._scope.world.target.database
        rows = self._scope.database().query(
            "select table_name, table_type from information_schema.tables"
            f" where lower(table_catalog) = lower({literal(catalog)})"
            f" and lower(table_schema) = lower({literal(schema)}) order by table_name"
        )
        kinds = {"BASE TABLE": "table", "VIEW": "view"}
        return [
            Relation(catalog, schema, str(name), kinds.get(str(kind), "table"))
            for name, kind in rows.values
        ]

    def list_relations_without_caching(self, schema_relation: Relation) -> list[Relation]:
        return self.list_relations(schema_relation.database, schema_relation.schema or "")

    def list_schemas(self, database: str | None = None) -> list[str]:
        if not self._scope.execute:
            return []
        catalog = database or self._scope.world.target.database
        rows = self._scope.database().query(
            "select schema_name from information_schema.schemata"
            f" where lower(catalog_name) = lower({literal(catalog)}) order by 1"
        )
        return [str(row[0]) for row in rows.values]

    def check_schema_exists(self, database: str | None, schema: str) -> bool:
        return schema.lower() in (name.lower() for name in self.list_schemas(database))

    def already_exists(self, schema: str, table: str) -> bool:
        return self.get_relation(None, schema, table) is not None

    def get_relations_by_pattern(
        self,
        schema_pattern: str,
        table_pattern: str,
        exclude: str = "",
        database: str | None = None,
    ) -> list[Relation]:
        if not self._scope.execute:
            return []
        catalog = database or self._scope.world.target.database
        rows = self._scope.database().query(
            "select distinct table_schema, table_name, table_type from information_schema.tables"
            f" where table_catalog = {literal(catalog)} and table_schema ilike {literal(schema_pattern)}"
            f" and table_name ilike {literal(table_pattern)}"
            f" and table_name not ilike {literal(exclude)} order by 1, 2"
        )
        return [
            Relation(catalog, str(s), str(n), "view" if kind == "VIEW" else "table")
            for s, n, kind in rows.values
        ]

    # --- doing --------------------------------------------------------------------------------

    def execute(
        self, sql: str, auto_begin: bool = False, fetch: bool = False, limit: int | None = None
    ) -> tuple[object, Table]:
        """Run a statement: what the database said, and the rows when they are asked for."""
        if not self._scope.execute:
            return "", Table((), (), ())
        table = Table((), (), ())
        if fetch:
            table = self._scope.query(sql)
        else:
            self._scope.database().execute(sql)
        return SimpleNamespace(_message="OK", code="OK", rows_affected=len(table)), table

    def create_schema(self, relation: Relation) -> str:
        return self._do(f"create schema if not exists {relation.without_identifier()}")

    def drop_schema(self, relation: Relation) -> str:
        return self._do(f"drop schema if exists {relation.without_identifier()} cascade")

    def drop_relation(self, relation: Relation) -> str:
        kind = "view" if relation.type in ("view", "external") else "table"
        return self._do(f"drop {kind} if exists {relation} cascade")

    def truncate_relation(self, relation: Relation) -> str:
        return self._do(f"delete from {relation}")

    def rename_relation(self, from_relation: Relation, to_relation: Relation) -> str:
        new = to_relation.include(database=False, schema=False)
        return self._do(f"alter {from_relation.type or 'table'} {from_relation} rename to {new}")

    def expand_target_column_types(self, from_relation: Relation, to_relation: Relation) -> str:
        """Nothing to do: DuckDB's texts have no length."""
        return ""

    def alter_column_type(self, relation: Relation, column_name: str, new_type: str) -> str:
        return self._do(f"alter table {relation} alter column {quote(column_name)} type {new_type}")

    def commit(self) -> str:
        return ""

    def commit_if_has_connection(self) -> str:
        return ""

    def valid_snapshot_target(self, relation: Relation, *_: object) -> str:
        """Checked when the snapshot is taken."""
        return ""

    def verify_database(self, database: str) -> str:
        return ""

    def get_hard_deletes_behavior(self, config: Mapping[str, object]) -> str:
        return str(config.get("hard_deletes") or "ignore")

    def get_incremental_strategy_macro(self, context: object, strategy: str) -> object:
        macro = self._scope.library.anywhere(f"get_incremental_{strategy}_sql")
        return MISSING if macro is None else self._scope.names().function(macro)

    def is_motherduck(self) -> bool:
        return self._scope.world.target.path.startswith("md:")

    def external_root(self) -> str:
        return self._scope.world.target.external_root

    def _do(self, sql: str) -> str:
        """Run a statement; what is printed in a template is nothing."""
        if self._scope.execute:
            self._scope.database().execute(sql)
        return ""

    def _name(self, relation: Relation) -> RelationName:
        return RelationName(
            relation.database or self._scope.world.target.database,
            relation.schema or "",
            relation.identifier or "",
        )
