"""The runner's own macros and dbt's: the same templates give the same values and types.

dbt renders everything in one go; both renderings are then run in the same database. Where dbt's SQL
is refused by DuckDB and ours is not, the test says so.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from runner.engines import EMPTY
from runner.project.config import ProjectConfig
from runner.project.nodes import NOTHING, Config, Definition, Kind, Ref, RelationName
from runner.project.profiles import Target
from runner.template.context import provide
from runner.template.environment import Environment, compile_template, render_template
from runner.template.library import Library
from runner.template.relation import Relation
from runner.template.scope import Scope
from runner.template.world import Flags, World

DBT = os.environ.get("RUNNER_DBT")
pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(not DBT, reason="set RUNNER_DBT to a dbt executable with dbt-duckdb"),
]

PARTS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond")
OTHER_PARTS = ("WEEK", "weeks", "Month", "QUARTER", "days", "decade", "century", "microsecond")

VALUES: Mapping[str, str] = {
    # dates: of all kinds, forwards and backwards, over month ends and leap days
    **{f"dateadd {p}": f"dbt.dateadd('{p}', 'n', 'd') }}}}, {{{{ dbt.dateadd('{p}', 1, 't')"
       for p in (*PARTS, *OTHER_PARTS)},
    "dateadd back": "dbt.dateadd('month', -1, 'd') }}, {{ dbt.dateadd('quarter', -3, 't')",
    "dateadd zone": "dbt.dateadd('month', 'n', 'z') }}, {{ dbt.dateadd('hour', 'n', 'z')",
    "dateadd time": "dbt.dateadd('hour', 'n', 't::time')",
    "dateadd part of one": "dbt.dateadd('day', '1.5', 'd') }}, {{ dbt.dateadd('day', 2.5, 'd')",
    "dateadd sum": "dbt.dateadd('day', 'n - 1', \"date '2024-02-28'\")",
    "dateadd nulls": "dbt.dateadd('day', 'null', 'd') }}, {{ dbt.dateadd('day', 1, 'null::date')",
    **{f"date_trunc {p}": f"dbt.date_trunc('{p}', 'd') }}}}, {{{{ dbt.date_trunc('{p}', 't')"
       " }}, {{ dbt.date_trunc('" + p + "', 'z')" for p in PARTS},
    **{f"last_day {p}": f"dbt.last_day('d', '{p}') }}}}, {{{{ dbt.last_day('t', '{p}')"
       " }}, {{ dbt.last_day('z', '" + p + "')" for p in ("year", "quarter", "month", "week", "day", "QUARTER")},
    "date": "dbt.date(2024, 2, 29) }}, {{ dbt.date('n + 2000', '1', '1') }}, {{ date('null', 1, 1)",
    "snapshot_string_as_time": "dbt.snapshot_string_as_time('2024-02-29 12:34:56.789')",
    # texts
    "concat": "dbt.concat(['s', \"'-'\", 's']) }}, {{ dbt.concat(['s'])",
    "hash": "dbt.hash('s') }}, {{ dbt.hash('n') }}, {{ dbt.hash('d') }}, {{ dbt.hash('t')",
    "cast": "dbt.cast('n', dbt.type_string()) }}, {{ dbt.cast('s', 'text') }}, {{ dbt.safe_cast('n', 'bigint')",
    "cast_bool": "dbt.cast_bool_to_text('n > 0')",
    "length": "dbt.length('s') }}, {{ dbt.position(\"'b'\", 's') }}, {{ dbt.position('s', \"'a'\")",
    "right": "dbt.right('s', 2) }}, {{ dbt.right('s', 'n') }}, {{ dbt.right('s', -1)",
    "replace": "dbt.replace('s', \"'|'\", \"''\") }}, {{ dbt.replace('s', 'null', \"'x'\")",
    **{f"split_part {n}": f"dbt.split_part('s', \"'|'\", {n})" for n in (1, 2, 9, -1, -2, 0, "'n'")},
    "split_part nothing": "dbt.split_part('s', \"''\", 1) }}, {{ dbt.split_part('null::text', \"'|'\", 1)",
    "literals": "dbt.string_literal('it') }}, {{ dbt.string_literal(dbt.escape_single_quotes(\"it's\"))",
    "equals": "dbt.equals('n', '1') }}, {{ dbt.equals('n', 'null')",
    "arrays": "dbt.array_construct([1, 2]) }}, {{ dbt.array_construct(['s'], 'text')"
    " }}, {{ dbt.array_construct() }}, {{ dbt.array_construct([], dbt.type_timestamp())",
    "array_append": "dbt.array_append('[n]', 3) }}, {{ dbt.array_append('null', '3')"
    " }}, {{ dbt.array_concat('[n]', '[1]') }}, {{ dbt.array_concat('[n]', 'null')",
    "snapshot_hash": "dbt.snapshot_hash_arguments(['s', 'n', 'd'])",
    **{f"type_{t}": f"dbt.cast('null', dbt.type_{t}())"
       for t in ("string", "timestamp", "int", "bigint", "float", "numeric", "boolean")},
    "true": "dbt.get_true_sql()",
}  # fmt: skip
"""Lists of expressions over the table `moments`."""

QUERIES: Mapping[str, str] = {
    **{f"datediff {p}": "select {{ dbt.datediff('a.t', 'b.t', '" + p + "') }}, {{ dbt.datediff('a.d', 'b.t', '"
       + p + "') }}, {{ dbt.datediff('a.z', 'b.d', '" + p + "') }} from moments as a cross join moments as b"
       for p in (*PARTS, *OTHER_PARTS)},
    "datediff texts": "select {{ dbt.datediff(\"'2024-02-28'\", \"'2024-03-01 10:00:00'\", 'day') }},"
    " {{ dbt.datediff(\"'2024-03-01'\", \"'2024-02-01'\", 'week') }}",
    "now": "select {{ dbt.current_timestamp() }} - now() as a, {{ dbt.snapshot_get_time() }} - now()::timestamp as b,"
    " {{ dbt.current_timestamp_backcompat() }} - now()::timestamp as c,"
    " {{ dbt.current_timestamp_in_utc_backcompat() }} - now()::timestamp as d",
    "series": "{{ dbt.generate_series(7) }}",
    "series of nothing": "{{ dbt.generate_series(0) }}",
    "spine": "{{ dbt.date_spine('day', \"date '2024-02-27'\", \"date '2024-03-02'\") }}",
    "spine of months": "{{ dbt.date_spine('month', \"date '2024-01-31'\", \"date '2024-06-01'\") }}",
    "spine of weeks": "{{ dbt.date_spine('week', \"date '2024-01-03'\", \"date '2024-01-30'\") }}",
    "spine of hours": "{{ dbt.date_spine('hour', \"'2024-01-03 22:30:00'::timestamp\", \"'2024-01-04 02:00:00'::timestamp\") }}",
    "spine of nothing": "{{ dbt.date_spine('day', \"date '2024-02-27'\", \"date '2024-02-27'\") }}",
    "spine backwards": "{{ dbt.date_spine('day', \"date '2024-02-27'\", \"date '2024-02-20'\") }}",
    "listagg": "select {{ dbt.listagg('s', \"'|'\", 'order by n, s') }}, {{ dbt.listagg('s', \"'|'\", 'order by n desc, s', 2) }},"
    " {{ dbt.listagg('n', order_by_clause='order by n, s') }} from moments",
    "any_value": "select {{ dbt.any_value('x') }}, {{ dbt.bool_or('x > 1') }} from (values (null), (2)) as v (x)",
    "sets": "select n from moments {{ dbt.except() }} select 1 {{ dbt.intersect() }} select 2",
    "limited": "{{ dbt.get_limit_subquery_sql('select n from moments order by n', 3) }}",
    "empty": "{{ dbt.get_empty_subquery_sql('select * from moments') }}",
    "test_not_null": "{{ dbt.default__test_not_null('moments', 's') }}",
    "test_unique": "{{ dbt.default__test_unique('moments', 'n') }}",
    "test_accepted_values": "{{ dbt.default__test_accepted_values('moments', 's', ['a|b', 'c']) }}",
    "test_accepted_numbers": "{{ dbt.default__test_accepted_values('moments', 'n', [1, 2], quote=False) }}",
    "test_relationships": "{{ dbt.default__test_relationships('moments', 'n', 's', 'id') }}",
    "test sql": "{{ dbt.get_test_sql('select 1', 'count(*)', '!= 0', '> 5', none) }}",
}  # fmt: skip

RELATIONS = (
    "{% set t = api.Relation.create(database='shop', schema='main', identifier='t', type='table') %}"
    "{% set s = api.Relation.create(database='shop', schema='main', identifier='s', type='table') %}"
    "{% set cols = [api.Column('id', 'int'), api.Column('k', 'int'), api.Column('v v', 'text')] %}"
    "{% set given = {'target_relation': t, 'temp_relation': s, 'dest_columns': cols,"
    " 'incremental_predicates': none} %}"
)
STATEMENTS: Mapping[str, str] = {
    "insert": "dbt.get_insert_into_sql(t, s, cols)",
    "append": "dbt.get_incremental_append_sql(dict(given, unique_key=none))",
    "default": "dbt.get_incremental_default_sql(dict(given, unique_key=none))",
    "default with key": "dbt.get_incremental_default_sql(dict(given, unique_key='id'))",
    "delete+insert": "dbt.get_incremental_delete_insert_sql(dict(given, unique_key=['id', 'k']))",
    "delete+insert one": "dbt.get_delete_insert_merge_sql(t, s, 'id', cols, none)",
    "delete+insert none": "dbt.get_delete_insert_merge_sql(t, s, none, cols, none)",
    "delete+insert when": "dbt.get_delete_insert_merge_sql(t, s, 'id', cols, ['k > 1'])",
    "delete+insert aliased": "dbt.get_delete_insert_merge_sql("
    "t, s, ['id'], cols, ['DBT_INCREMENTAL_TARGET.k > 1'])",
    "merge": "dbt.get_merge_sql(t, s, 'k', cols)",
    "merge two": "dbt.get_incremental_merge_sql(dict(given, unique_key=['id', 'k']))",
    "merge none": "dbt.get_merge_sql(t, s, none, cols)",
    "merge when": "dbt.get_merge_sql(t, s, ['id', 'k'], cols, ['DBT_INTERNAL_DEST.k > 1'])",
    "create view": "dbt.create_view_as(t.incorporate(path={'identifier': 'made'}), 'select 1 as a')",
    "create table": "dbt.create_table_as(False, t.incorporate(path={'identifier': 'made'}), 'select 1 as a')",
    "replace": "dbt.get_replace_sql(s, s, 'select 1 as a')",
    "drop": "dbt.get_drop_sql(s)",
}
TEXTS: Mapping[str, str] = {
    **{f"type_{t}": f"dbt.type_{t}()"
       for t in ("string", "timestamp", "int", "bigint", "float", "numeric", "boolean")},
    "schema": "dbt.generate_schema_name(none, none)",
    "custom schema": "dbt.generate_schema_name(' marts ', none)",
    "schema for env": "dbt.generate_schema_name_for_env('marts', none)",
    "alias": "dbt.generate_alias_name(none, {'name': 'n', 'version': none})",
    "custom alias": "dbt.generate_alias_name(' y ', {'name': 'n', 'version': 2})",
    "version": "dbt.generate_alias_name(none, {'name': 'n', 'version': '1.2'})",
    "database": "dbt.generate_database_name(none, none)",
    "custom database": "dbt.generate_database_name('x', none)",
    "quoted": "dbt.get_quoted_csv(['a', 'b c'])",
    "powers": "dbt.get_powers_of_two(1) ~ ' ' ~ dbt.get_powers_of_two(8) ~ ' ' ~ dbt.get_powers_of_two(9)",
    "validated": "dbt.incremental_validate_on_schema_change('bogus', 'fail')",
    "columns": "dbt.diff_columns(cols, [api.Column('ID', 'int'), api.Column('k', 'int')]) | map(attribute='name') | list",
    "types": "dbt.diff_column_data_types(cols, [api.Column('id', 'text'), api.Column('k', 'int')])",
    "updates": "dbt.get_merge_update_columns(none, ['ID'], cols)",
    "hook": "dbt.after_commit('x') | trim",
    "backup": "dbt.make_backup_relation(t, 'view')",
    "intermediate": "dbt.make_intermediate_relation(t, '_x')",
    "temporary": "dbt.default__make_temp_relation(t, '_x')",
    "information schema": "dbt.information_schema_name('shop')",
    "grants": "dbt.copy_grants() ~ dbt.should_revoke(none) ~ dbt.should_revoke(t, False)",
}  # fmt: skip
BETTER: Mapping[str, tuple[str, object]] = {
    # DuckDB refuses dbt's SQL; ours gives what the person meant.
    "dateadd of a text": ("select ({{ dbt.dateadd('day', 1, \"'2024-02-28'\") }})::text", "2024-02-29 00:00:00"),
    "date_trunc of a text": ("select ({{ dbt.date_trunc('month', \"'2024-02-28'\") }})::text", "2024-02-01 00:00:00"),
    "last_day of a text": ("select ({{ dbt.last_day(\"'2024-02-10'\", 'month') }})::text", "2024-02-29"),
    "spine from a text": ("select count(*) from ({{ dbt.date_spine('day', \"'2024-02-28'\", \"'2024-03-01'\") }})", 2),
    "a quote in a literal": ("select {{ dbt.string_literal(\"it's\") }}", "it's"),
    "safe_cast": ("select {{ dbt.safe_cast(\"'seven'\", 'integer') }}", None),
    "a quote in an accepted value": (
        "select count(*) from ({{ dbt.default__test_accepted_values('moments', 's', ['a|b', \"it's\"]) }})", 7),
    "default__datediff": ("select {{ dbt.default__datediff(\"'2024-02-28'\", \"'2024-03-01'\", 'day') }}", 2),
}  # fmt: skip


def templates() -> dict[str, str]:
    """Every template by its name, each one whole."""
    values = {f"value/{k}": f"select {{{{ {v} }}}} from moments" for k, v in VALUES.items()}
    statements = {f"statement/{k}": f"{{{{ {v} }}}}" for k, v in STATEMENTS.items()}
    texts = {f"text/{k}": f"{{{{ {v} }}}}" for k, v in TEXTS.items()}
    queries = {f"query/{k}": v for k, v in QUERIES.items()}
    return {**values, **queries, **statements, **texts, **{f"better/{k}": v[0] for k, v in BETTER.items()}}  # fmt: skip


@pytest.fixture(scope="module")
def of_dbt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What dbt renders: name → text."""
    root = tmp_path_factory.mktemp("dbt")
    (root / "dbt_project.yml").write_text(
        "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n", "utf-8"
    )
    (root / "profiles.yml").write_text(
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, schema: main}}}\n",
        "utf-8",
    )
    parts = "".join(f"\n@@{name}@@{text}" for name, text in templates().items())
    inline = f"{{% if execute %}}{RELATIONS}{parts}\n@@{{% endif %}}"
    done = subprocess.run(
        [str(DBT), "-q", "--no-use-colors", "compile", "--profiles-dir", ".", "--inline", inline],
        cwd=root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(re.findall(r"@@([^@]+)@@(.*?)(?=\n@@)", done.stdout, re.DOTALL))


class Answers:
    """No other nodes."""

    @property
    def selected(self) -> tuple[str, ...]:
        return ()

    def ref(self, definition: Definition, ref: Ref) -> Relation:
        raise NotImplementedError

    def source(self, definition: Definition, source: str, table: str) -> Relation:
        raise NotImplementedError

    def function(
        self, definition: Definition, ref: Ref, arguments: Mapping[str, object] | None
    ) -> Relation:
        raise NotImplementedError

    def graph(self) -> Mapping[str, object]:
        return NOTHING


def of_runner(text: str) -> str:
    """What we render."""
    target = Target("dev", "shop", "shop.duckdb", "shop")
    project = ProjectConfig(Path(), "dbt_project.yml", "dbt", "shop")
    world = World(
        project, target, {}, {}, {}, Flags(), "id", datetime(2024, 1, 2),
        lambda message, shown: None, lambda message, at: None,
    )  # fmt: skip
    scope = Scope(
        world, Library("shop", (), {}, Environment()),
        Definition(Kind.ANALYSIS, "inline", "shop", "i.sql", "i.sql", "i.sql"),
        RelationName("shop", "main", "inline"), provide, Config(), Answers(), EMPTY,
    )  # fmt: skip
    template = compile_template(scope.library.environment, RELATIONS + text, "i.sql")
    return str(render_template(template, scope.names()))


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as shop;
            use shop;
            set timezone = 'America/New_York';
            create table moments as
            select t::date as d, t::timestamp as t, t::timestamp::timestamptz as z, n, s
            from (values
                ('2024-01-31 00:00:00', 1, 'a|b'), ('2024-02-29 23:59:59.999', -1, ''),
                ('2023-12-31 12:30:15', 13, 'c'), ('2024-03-10 02:30:00', 0, null),
                ('2024-01-07 00:00:00', 2, 'äbc|'), ('2024-01-07 18:00:00', 2, '|'),
                ('2024-01-08 06:00:00', -14, 'it''s'), ('1969-07-20 20:17:40', 400, 'b'),
                ('2024-01-06 23:59:59', null, 'a|b|c'), (null, 5, 'x')
            ) as v (t, n, s);
            create table t (id integer, k integer, "v v" text);
            insert into t values (1, 1, 'o'), (1, 2, 'o'), (2, 1, 'o'), (null, 4, 'o'), (5, null, 'o');
            create table s (id integer, k integer, "v v" text);
            insert into s values (1, 2, 'n'), (3, 3, 'n'), (null, 4, 'n'), (5, null, 'n');
            """
        )
        yield connection


Found = tuple[list[tuple[str, str]], list[tuple[object, ...]]]


def answer(database: duckdb.DuckDBPyConnection, sql: str) -> Found:
    """Names and types of a query's columns, and its rows as sorted texts."""
    shape = [(str(row[0]), str(row[1])) for row in database.execute(f"describe {sql}").fetchall()]
    rows = database.execute(f"select columns(*)::text from (\n{sql}\n)").fetchall()
    return shape, sorted(rows, key=str)


def named(kind: str) -> list[str]:
    return [name for name in templates() if name.startswith(kind)]


@pytest.mark.parametrize("name", [*named("value/"), *named("query/")])
def test_values_are_dbts(
    name: str, of_dbt: Mapping[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    shape, rows = answer(database, of_dbt[name])
    ours, our_rows = answer(database, of_runner(templates()[name]))
    assert our_rows == rows
    assert [kind for _, kind in ours] == [kind for _, kind in shape]
    if "spine" in name or "series" in name or "test" in name:
        assert ours == shape


@pytest.mark.parametrize("name", named("statement/"))
def test_statements_leave_the_same_tables(
    name: str, of_dbt: Mapping[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    def after(sql: str) -> dict[str, Found]:
        database.execute("begin")
        database.execute(sql)
        there = database.execute(
            "select table_name, table_type from information_schema.tables order by 1"
        ).fetchall()
        found = {f"{table} {kind}": answer(database, f"from {table}") for table, kind in there}
        database.execute("rollback")
        return found

    before = after("select 1")
    expected = after(of_dbt[name])
    assert expected != before
    assert after(of_runner(templates()[name])) == expected


@pytest.mark.parametrize("name", named("text/"))
def test_texts_are_dbts(name: str, of_dbt: Mapping[str, str]) -> None:
    assert of_runner(templates()[name]).strip() == of_dbt[name].strip()


@pytest.mark.parametrize("name", named("better/"))
def test_where_dbt_fails_we_do_not(
    name: str, of_dbt: Mapping[str, str], database: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(duckdb.Error):
        database.execute(of_dbt[name]).fetchall()
    expected = BETTER[name.removeprefix("better/")][1]
    assert database.execute(of_runner(templates()[name])).fetchall() == [(expected,)]
