"""The macros that come with the runner: what their SQL gives, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from runner.engines import Opening, Session
from runner.engines.duckdb import connect
from runner.errors import CompileError, DatabaseError
from runner.project.config import ProjectConfig
from runner.project.nodes import Config, Definition, Kind, Macro, Ref, RelationName
from runner.project.profiles import Target
from runner.template.context import provide
from runner.template.environment import Environment, compile_template, render_template
from runner.template.library import Library, MacroFunction, internal_macros
from runner.template.relation import Relation
from runner.template.scope import NeedsDatabase, Scope
from runner.template.world import Flags, World

ROOT = Path()


class Answers:
    """References that lead to relations of their own name."""

    def __init__(self, nodes: Mapping[str, object] | None = None) -> None:
        self.nodes = nodes or {}

    @property
    def selected(self) -> tuple[str, ...]:
        return ()

    def ref(self, definition: Definition, ref: Ref) -> Relation:
        return Relation("memory", "main", ref.name)

    def source(self, definition: Definition, source: str, table: str) -> Relation:
        return Relation("memory", source, table)

    def function(
        self, definition: Definition, ref: Ref, arguments: Mapping[str, object] | None
    ) -> Relation:
        raise NotImplementedError

    def graph(self) -> Mapping[str, object]:
        return {"nodes": self.nodes}


@dataclass(frozen=True)
class Kit:
    """A project with nothing in it but macros, and an empty database."""

    session: Session
    target: str = "dev"
    macros: tuple[Macro, ...] = ()
    dispatch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)
    model: Mapping[str, object] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    nodes: Mapping[str, object] = field(default_factory=dict)
    flags: Flags = Flags()  # noqa: RUF009  frozen
    logged: list[str] = field(default_factory=list)

    def scope(self, *, execute: bool = True, asks: bool = True) -> Scope:
        target = Target(self.target, "shop", ":memory:", "memory", schema="main")
        project = ProjectConfig(ROOT, "dbt_project.yml", "dbt", "shop")
        world = World(
            project, target, {}, {}, {}, self.flags, "id", datetime(2024, 1, 2),
            lambda message, shown: self.logged.append(message),
            lambda message, at: self.logged.append(message),
        )  # fmt: skip
        scope = Scope(
            world,
            Library("shop", self.macros, self.dispatch, Environment()),
            Definition(Kind.MODEL, "m", "shop", "m.sql", "models/m.sql", "models/m.sql"),
            RelationName("memory", "main", "m"),
            provide,
            config=Config(self.config) if execute else None,
            resolver=Answers(self.nodes) if execute else None,
            inventory=self.session.inventory() if execute and asks else None,
            session=self.session if execute and asks else None,
            model=lambda: self.model,
        )
        scope.give(self.extra)
        return scope

    def render(self, text: str, *, execute: bool = True, asks: bool = True) -> str:
        """A template's text; without `execute` as in pass 1, without `asks` with no database."""
        scope = self.scope(execute=execute, asks=asks)
        template = compile_template(scope.library.environment, text, "models/m.sql")
        return str(render_template(template, scope.names())).strip()

    def value_of(self, expression: str) -> object:
        """What an expression of Jinja gives."""
        kept: list[object] = []
        scope = self.scope()
        names = scope.names()
        names["keep"] = kept.append
        template = compile_template(
            scope.library.environment, f"{{% do keep({expression}) %}}", "m"
        )
        render_template(template, names)
        return kept[0]

    def rows(self, text: str) -> list[tuple[object, ...]]:
        return list(self.session.query(self.render(text)).values)

    def cell(self, expression: str) -> tuple[object, str]:
        """The value and type of a template that is one SQL expression."""
        rows = self.session.query(f"select {self.render(expression)}")
        return rows.values[0][0], rows.types[0]

    def kind(self, expression: str) -> str:
        """The type of a template that is one SQL expression, without fetching it."""
        return self.session.describe(f"select {self.render(expression)}")[0].type


@pytest.fixture
def kit() -> Iterator[Kit]:
    target = Target("dev", "shop", ":memory:", "memory")
    engine = connect(Opening(target, ":memory:", ROOT))
    session = engine.session()
    session.execute("set timezone = 'UTC'")
    yield Kit(session)
    session.close()
    engine.close()


def macro(text: str, package: str = "shop") -> Macro:
    """A macro of a project or package, by its text."""
    name = text.split("macro ")[1].split("(")[0]
    return Macro(name, package, "macros/m.sql", "macros/m.sql", text, 1)


# --- values ---------------------------------------------------------------------------------------


TYPES = [
    ("string", "VARCHAR"),
    ("timestamp", "TIMESTAMP"),
    ("float", "FLOAT"),
    ("numeric", "DECIMAL(28,6)"),
    ("bigint", "BIGINT"),
    ("int", "INTEGER"),
    ("boolean", "BOOLEAN"),
]


@pytest.mark.parametrize(("word", "expected"), TYPES)
def test_type_names(kit: Kit, word: str, expected: str) -> None:
    assert kit.cell(f"cast(null as {{{{ dbt.type_{word}() }}}})") == (None, expected)
    assert kit.render(f"{{{{ type_{word}() }}}}") == kit.render(f"{{{{ dbt.type_{word}() }}}}")


STAMP = "TIMESTAMP"
DATEADD = [
    # The last day of a longer month becomes the last of a shorter one.
    ("'month', 1, \"date '2024-01-31'\"", datetime(2024, 2, 29), STAMP),
    ("'month', -1, \"date '2023-03-31'\"", datetime(2023, 2, 28), STAMP),
    ("'year', 1, \"date '2024-02-29'\"", datetime(2025, 2, 28), STAMP),
    ("'quarter', -1, \"date '2024-05-31'\"", datetime(2024, 2, 29), STAMP),
    ("'QUARTER', 1, \"date '2024-11-30'\"", datetime(2025, 2, 28), STAMP),
    ("'week', 2, \"date '2024-02-20'\"", datetime(2024, 3, 5), STAMP),
    ("'day', 0, \"date '2024-02-29'\"", datetime(2024, 2, 29), STAMP),
    ("'hour', -25, \"timestamp '2024-01-02 00:30:00'\"", datetime(2023, 12, 31, 23, 30), STAMP),
    (
        "'second', '2 + 3', \"timestamp '2024-01-02 00:00:58'\"",
        datetime(2024, 1, 2, 0, 1, 3),
        STAMP,
    ),
    ("'day', 'null', \"date '2024-01-02'\"", None, STAMP),
    ("'day', 1, 'null::date'", None, STAMP),
    # A part of a day rounds, as a cast to a whole number does.
    ("'day', 1.5, \"date '2024-01-01'\"", datetime(2024, 1, 3), STAMP),
    # Literals without a type: dbt's SQL is refused by DuckDB here.
    ("'day', 1, \"'2024-02-28'\"", datetime(2024, 2, 29), STAMP),
    ("'hour', 1, \" '2024-02-28 23:30:00' \"", datetime(2024, 2, 29, 0, 30), STAMP),
    ("'day', 1, 'null'", None, STAMP),
    # By name, and the date is an expression.
    (
        "datepart='month', interval=1, from_date_or_timestamp=\"date '2024-01-01' + 30\"",
        datetime(2024, 2, 29),
        STAMP,
    ),
]


@pytest.mark.parametrize(("arguments", "expected", "kind"), DATEADD)
def test_dateadd(kit: Kit, arguments: str, expected: object, kind: str) -> None:
    assert kit.cell(f"{{{{ dbt.dateadd({arguments}) }}}}") == (expected, kind)
    assert kit.cell(f"{{{{ dateadd({arguments}) }}}}") == (expected, kind)
    assert kit.cell(f"{{{{ dbt.default__dateadd({arguments}) }}}}") == (expected, kind)


def test_dateadd_keeps_the_kind_of_time(kit: Kit) -> None:
    stamp = "timestamptz '2024-01-31 10:00:00+00'"
    assert kit.kind(f'{{{{ dbt.dateadd("month", 1, "{stamp}") }}}}') == "TIMESTAMP WITH TIME ZONE"
    assert kit.cell("{{ dbt.dateadd('hour', 2, \"time '23:00:00'\") }}")[1] == "TIME"


DATEDIFF = [
    ("2024-01-31", "2024-02-01", "day", 1),
    ("2024-01-31", "2024-02-01", "month", 1),
    ("2024-02-01", "2024-01-31", "month", -1),
    ("2023-12-31", "2024-01-01", "year", 1),
    ("2024-03-31", "2024-04-01", "quarter", 1),
    ("2024-01-01 10:59:00", "2024-01-01 11:00:00", "hour", 1),
    ("2024-01-01 00:00:00", "2024-01-01 00:01:30", "second", 90),
    # 'week' counts Sundays: 2024-01-06 is a Saturday, 2024-01-07 a Sunday.
    ("2024-01-06", "2024-01-07", "week", 1),
    ("2024-01-07", "2024-01-08", "week", 0),
    ("2024-01-01", "2024-01-31", "week", 4),
    # One too many backwards: dbt's answer, which projects have in their tables.
    ("2024-01-08", "2024-01-01", "week", -2),
    ("2024-01-07", "2024-01-06", "week", -1),
    # Written otherwise it is DuckDB's own, seven whole days.
    ("2024-01-06", "2024-01-07", "WEEK", 0),
    ("2024-01-03", "2024-01-10", "WEEK", 1),
    ("2024-01-03", "2024-01-09", "weeks", 0),
    ("2024-01-10", "2024-01-03", "weeks", -1),
]


@pytest.mark.parametrize(("first", "second", "part", "expected"), DATEDIFF)
def test_datediff(kit: Kit, first: str, second: str, part: str, expected: int) -> None:
    # Literals and columns, dates and timestamps alike.
    literals = f"{{{{ dbt.datediff(\"'{first}'\", \"'{second}'\", '{part}') }}}}"
    assert kit.cell(literals) == (expected, "BIGINT")
    typed = (
        f"{{{{ datediff(first_date=\"timestamp '{first}'\", second_date=\"timestamp '{second}'\","
        f" datepart='{part}') }}}}"
    )
    assert kit.cell(typed) == (expected, "BIGINT")


@pytest.mark.parametrize("part", ["day", "week", "month"])
def test_datediff_of_nothing_is_nothing(kit: Kit, part: str) -> None:
    assert kit.cell(f"{{{{ dbt.datediff('null', \"'2024-01-01'\", '{part}') }}}}")[0] is None


LAST_DAY = [
    ("2024-02-10", "month", date(2024, 2, 29)),
    ("2023-02-28", "month", date(2023, 2, 28)),
    ("2024-02-10", "quarter", date(2024, 3, 31)),
    ("2024-11-30", "QUARTER", date(2024, 12, 31)),
    ("2024-02-10", "year", date(2024, 12, 31)),
    ("2024-02-10", "week", date(2024, 2, 11)),  # Monday to Sunday
]


@pytest.mark.parametrize(("day", "part", "expected"), LAST_DAY)
def test_last_day(kit: Kit, day: str, part: str, expected: date) -> None:
    for written in (f"date '{day}'", f"timestamp '{day} 23:59:59'", f"'{day}'"):
        assert kit.cell(f'{{{{ dbt.last_day("{written}", "{part}") }}}}') == (expected, "DATE")


def test_date_trunc(kit: Kit) -> None:
    assert kit.cell("{{ dbt.date_trunc('week', \"date '2024-02-29'\") }}")[0] == datetime(
        2024, 2, 26
    )
    assert kit.cell("{{ date_trunc(datepart='month', date=\"'2024-02-29'\") }}") == (
        datetime(2024, 2, 1),
        STAMP,
    )


def test_date(kit: Kit) -> None:
    assert kit.cell("{{ dbt.date(2024, 2, 29) }}") == (date(2024, 2, 29), "DATE")
    assert kit.cell("{{ date(year='2000 + 24', month='1', day='null') }}") == (None, "DATE")


def test_current_times_have_dbts_types(kit: Kit) -> None:
    assert kit.kind("{{ dbt.current_timestamp() }}") == "TIMESTAMP WITH TIME ZONE"
    for name in (
        "current_timestamp_backcompat",
        "current_timestamp_in_utc_backcompat",
        "snapshot_get_time",
    ):
        assert kit.cell(f"{{{{ {name}() }}}}")[1] == STAMP
    assert kit.cell("{{ snapshot_string_as_time('2024-01-02 03:04:05') }}") == (
        datetime(2024, 1, 2, 3, 4, 5),
        STAMP,
    )


TEXTS: list[tuple[str, object, str]] = [
    ("concat([\"'a'\", \"'b'\"])", "ab", "VARCHAR"),
    ("concat(fields=[\"'a'\"])", "a", "VARCHAR"),
    ("hash(\"'a'\")", "0cc175b9c0f1b6a831c399e269772661", "VARCHAR"),  # printf a | md5sum
    ("hash(field='1')", "c4ca4238a0b923820dcc509a6f75849b", "VARCHAR"),
    ("hash('null')", None, "VARCHAR"),
    ("string_literal('it')", "it", "VARCHAR"),
    ('string_literal(dbt.escape_single_quotes("it\'s"))', "it's", "VARCHAR"),
    ('string_literal("it\'s")', "it's", "VARCHAR"),
    ("string_literal(value='')", "", "VARCHAR"),
    ("cast(field=\"'7'\", type=dbt.type_int())", 7, "INTEGER"),
    ("safe_cast(\"'7'\", 'integer')", 7, "INTEGER"),
    ("safe_cast(field=\"'seven'\", type='integer')", None, "INTEGER"),
    ("safe_cast(\"'2024-02-30'\", 'date')", None, "DATE"),
    ("cast_bool_to_text('1 = 1')", "true", "VARCHAR"),
    ("cast_bool_to_text(field='null::boolean')", None, "VARCHAR"),
    ("length(\"'äb'\")", 2, "BIGINT"),
    ("length(expression='null::text')", None, "BIGINT"),
    ("right(\"'abc'\", 2)", "bc", "VARCHAR"),
    ("right(string_text=\"'abc'\", length_expression='0')", "", "VARCHAR"),
    ("right(\"'abc'\", 9)", "abc", "VARCHAR"),
    ("replace(\"'banana'\", \"'an'\", \"'-'\")", "b--a", "VARCHAR"),
    ("replace(field=\"'a'\", old_chars=\"'a'\", new_chars=\"''\")", "", "VARCHAR"),
    ("position(\"'n'\", \"'banana'\")", 3, "BIGINT"),
    ("position(substring_text=\"'x'\", string_text=\"'banana'\")", 0, "BIGINT"),
    ("split_part(\"'a|b|c'\", \"'|'\", 2)", "b", "VARCHAR"),
    ("split_part(string_text=\"'a|b|c'\", delimiter_text=\"'|'\", part_number=-1)", "c", "VARCHAR"),
    ("split_part(\"'a|b|c'\", \"'|'\", 4)", None, "VARCHAR"),
    ("split_part(\"'a|b|c'\", \"'|'\", 0)", None, "VARCHAR"),
    ("split_part(\"'abc'\", \"'|'\", '1')", "abc", "VARCHAR"),
    ("default__split_part(\"'a|b|c'\", \"'|'\", 4)", "", "VARCHAR"),
    ("equals('1', '1')", True, "BOOLEAN"),
    ("equals(expr1='1', expr2='null')", None, "BOOLEAN"),
    ("array_construct([1, 2])", [1, 2], "INTEGER[]"),
    ("array_construct(inputs=[\"'a'\"], data_type='text')", ["a"], "VARCHAR[]"),
    ("array_construct()", [], "INTEGER[]"),
    ("array_construct([], dbt.type_string())", [], "VARCHAR[]"),
    ("array_append('[1]', 2)", [1, 2], "INTEGER[]"),
    ("array_append(array='[1]', new_element='null')", [1, None], "INTEGER[]"),
    ("array_concat('[1]', '[2, 3]')", [1, 2, 3], "INTEGER[]"),
    ("array_concat(array_1='[1]', array_2='null')", [1], "INTEGER[]"),
    ("get_true_sql()", True, "BOOLEAN"),
    # printf "a|" | md5sum: the null counts as an empty text.
    ("snapshot_hash_arguments([\"'a'\", 'null'])", "93d5e5ca331bf91422ad249e13ec13d4", "VARCHAR"),
]


@pytest.mark.parametrize(("call", "expected", "kind"), TEXTS)
def test_texts_casts_and_arrays(kit: Kit, call: str, expected: object, kind: str) -> None:
    assert kit.cell(f"{{{{ dbt.{call} }}}}") == (expected, kind)
    assert kit.cell(f"{{{{ {call} }}}}") == (expected, kind)


def test_a_null_makes_a_joined_text_null(kit: Kit) -> None:
    text = "select {{ dbt.concat(['a', 'b']) }} from (values ('x', 'y'), ('x', null)) as t (a, b)"
    assert kit.rows(text) == [("xy",), (None,)]


def test_cast_refuses_where_safe_cast_does_not(kit: Kit) -> None:
    with pytest.raises(DatabaseError):
        kit.cell("{{ dbt.cast(\"'seven'\", 'integer') }}")


LISTED = "from (values (3, 'c'), (1, 'a'), (2, null), (4, 'd')) as t (n, v)"
LISTAGG = [
    ("'v'", "c,a,d"),
    ("'v', \"'|'\", 'order by n'", "a|c|d"),
    ("'v', \"'|'\", 'order by n desc', 3", "d|c"),  # the null is one of the three
    ("measure='v', delimiter_text=\"'-'\", order_by_clause='order by n', limit_num=1", "a"),
    ("'v', \"'|'\", 'order by n', 0", "a|c|d"),
    ("'n', \"'|'\", 'order by n'", "1|2|3|4"),
    ("'n', \"'|'\", 'order by n', 2", "1|2"),
]


@pytest.mark.parametrize(("arguments", "expected"), LISTAGG)
def test_listagg(kit: Kit, arguments: str, expected: str) -> None:
    assert kit.rows(f"select {{{{ dbt.listagg({arguments}) }}}} {LISTED}") == [(expected,)]


def test_aggregates(kit: Kit) -> None:
    one = "from (values (null), (1)) as t (x)"
    assert kit.rows(f"select {{{{ dbt.any_value('x') }}}} {one}") == [(None,)]
    assert kit.rows(f"select {{{{ dbt.default__any_value(expression='x') }}}} {one}") == [(1,)]
    assert kit.rows(f"select {{{{ bool_or('x = 1') }}}} {one}") == [(True,)]
    assert kit.rows(f"select {{{{ dbt.bool_or(expression='x = 2') }}}} {one}") == [(False,)]


def test_set_operations(kit: Kit) -> None:
    assert kit.rows("select unnest([1, 2]) {{ dbt.except() }} select 2") == [(1,)]
    assert kit.rows("select unnest([1, 2]) {{ intersect() }} select 2") == [(2,)]


# --- rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "power"), [(1, 1), (2, 1), (3, 2), (8, 3), (9, 4), (1024, 10), (1025, 11)]
)
def test_powers_of_two(kit: Kit, bound: int, power: int) -> None:
    assert kit.value_of(f"dbt.get_powers_of_two({bound})") == power


def test_powers_of_two_need_a_bound_above_nought(kit: Kit) -> None:
    with pytest.raises(CompileError, match="upper bound must be positive"):
        kit.render("{{ get_powers_of_two(upper_bound=0) }}")


def test_generate_series(kit: Kit) -> None:
    assert kit.rows("{{ dbt.generate_series(3) }}") == [(1,), (2,), (3,)]
    assert kit.rows("select count(*) from ({{ generate_series(upper_bound=0) }})") == [(0,)]
    rows = kit.session.query(kit.render("{{ dbt.generate_series(1) }}"))
    assert (rows.columns, rows.types) == (("generated_number",), ("BIGINT",))


def test_intervals_are_counted_by_the_database(kit: Kit) -> None:
    call = "dbt.get_intervals_between(\"'2024-01-31'\", \"'2024-03-01'\", 'month')"
    assert kit.value_of(call) == 2
    assert kit.render(f"{{{{ {call} }}}}", execute=False) == "1"
    with pytest.raises(NeedsDatabase):
        kit.render(f"{{{{ {call} }}}}", asks=False)


SPINES = [
    # The end is left out.
    ("day", "date '2024-02-28'", "date '2024-03-01'", [datetime(2024, 2, 28), datetime(2024, 2, 29)]),
    ("month", "'2024-01-31'", "'2024-04-15'", [datetime(2024, 1, 31), datetime(2024, 2, 29),
                                               datetime(2024, 3, 31)]),
    ("week", "date '2024-01-01'", "date '2024-01-15'", [datetime(2024, 1, 1), datetime(2024, 1, 8)]),
    ("quarter", "date '2023-11-30'", "date '2024-02-01'", [datetime(2023, 11, 30)]),
    ("day", "date '2024-01-01'", "date '2024-01-01'", []),
    ("day", "date '2024-01-02'", "date '2024-01-01'", []),
    ("day", "null::date", "date '2024-01-01'", []),
]  # fmt: skip


@pytest.mark.parametrize(("part", "start", "end", "expected"), SPINES)
def test_date_spine(kit: Kit, part: str, start: str, end: str, expected: list[datetime]) -> None:
    text = f'select * from ({{{{ dbt.date_spine("{part}", "{start}", "{end}") }}}}) order by 1'
    rows = kit.session.query(kit.render(text, asks=False))  # no database while compiling
    assert [row[0] for row in rows.values] == expected
    assert (rows.columns, rows.types) == ((f"date_{part}",), (STAMP,))


def test_date_spine_between_what_a_query_finds(kit: Kit) -> None:
    kit.session.execute("create table periods as select date '2024-01-01' + unnest([0, 4]) as step")
    text = """
        with spine as ({{ date_spine(
            datepart='day',
            start_date='(select min(step) from periods)',
            end_date='(select max(step) from periods)'
        ) }})
        select count(*), max(date_day) from spine
    """
    assert kit.rows(text) == [(4, datetime(2024, 1, 4))]


# --- names ----------------------------------------------------------------------------------------


def test_schema_names(kit: Kit) -> None:
    assert kit.render("{{ generate_schema_name(none, none) }}") == "main"
    assert kit.render("{{ generate_schema_name(' marts ', model) }}") == "main_marts"
    assert kit.render("{{ dbt.default__generate_schema_name('marts', none) }}") == "main_marts"
    call = "{{ generate_schema_name_for_env(' marts ', none) }}"
    assert kit.render(call) == "main"
    assert replace(kit, target="prod").render(call) == "marts"
    assert (
        replace(kit, target="prod").render("{{ generate_schema_name_for_env(none, none) }}")
        == "main"
    )


ALIASES = [
    ("none, {'name': 'orders', 'version': none}", "orders"),
    ("' shop_orders ', {'name': 'orders', 'version': 2}", "shop_orders"),
    ("none, {'name': 'orders', 'version': 2}", "orders_v2"),
    ("none, {'name': 'orders', 'version': 1.5}", "orders_v1_5"),
    ("custom_alias_name=none, node={'name': 'orders'}", "orders"),
]


@pytest.mark.parametrize(("arguments", "expected"), ALIASES)
def test_alias_names(kit: Kit, arguments: str, expected: str) -> None:
    assert kit.render(f"{{{{ generate_alias_name({arguments}) }}}}") == expected


def test_database_names(kit: Kit) -> None:
    assert kit.render("{{ generate_database_name(none, none) }}") == "memory"
    assert (
        kit.render("{{ generate_database_name(custom_database_name='lake', node=none) }}") == "lake"
    )


# --- overriding -----------------------------------------------------------------------------------


def test_a_project_overrides_by_dispatch_and_may_call_the_default(kit: Kit) -> None:
    doubled = macro(
        "{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) %}"
        "{{ return(dbt.default__dateadd(datepart, 2 * interval, from_date_or_timestamp)) }}"
        "{% endmacro %}"
    )
    changed = replace(kit, macros=(doubled,))
    assert changed.cell("{{ dbt.dateadd('day', 1, \"date '2024-01-01'\") }}")[0] == datetime(
        2024, 1, 3
    )
    # 31 December is two days before 1 January + 2 years less 1 day: last_day goes through dispatch.
    assert changed.cell("{{ dbt.last_day(\"date '2024-01-01'\", 'year') }}")[0] == date(
        2025, 12, 30
    )


def test_a_package_is_searched_where_the_project_says(kit: Kit) -> None:
    spark = macro("{% macro default__concat(fields) %}concat_ws('', {{ fields | join(', ') }}){% endmacro %}", "utils")  # fmt: skip
    there = replace(kit, macros=(spark,))
    call = "{{ dbt.concat([\"'a'\", 'null']) }}"
    assert there.cell(call)[0] is None
    searched = replace(there, dispatch={"dbt": ("shop", "utils", "dbt")})
    assert searched.cell(call)[0] == "a"


def test_a_project_overrides_a_generic_test(kit: Kit) -> None:
    own = macro("{% macro default__test_not_null(model, column_name) %}select 'mine'{% endmacro %}")
    assert replace(kit, macros=(own,)).render("{{ test_not_null('t', 'c') }}") == "select 'mine'"


@pytest.mark.parametrize("name", sorted(internal_macros()))
def test_every_dispatched_name_has_a_default(kit: Kit, name: str) -> None:
    text = internal_macros()[name].text
    if "adapter.dispatch('" in text:
        asked = text.split("adapter.dispatch('")[1].split("'")[0]
        assert f"default__{asked}" in internal_macros()
    kit.scope().library.compiled(internal_macros()[name])  # and it is Jinja


# --- generic tests --------------------------------------------------------------------------------


@pytest.fixture
def orders(kit: Kit) -> Kit:
    kit.session.execute(
        "create table orders as select * from (values"
        " (1, 'new', 10), (2, 'new', 11), (2, null, null), (null, 'it''s', 12)) as t (id, state, customer)"
    )
    kit.session.execute("create table customers as select unnest([10, 11, null]) as id")
    return kit


def test_not_null(orders: Kit) -> None:
    assert orders.rows("{{ test_not_null(model=ref('orders'), column_name='id') }}") == [(None,)]
    stored = replace(orders, config={"store_failures": True})
    assert stored.rows("{{ dbt.test_not_null(ref('orders'), 'id') }}") == [(None, "it's", 12)]


def test_unique(orders: Kit) -> None:
    rows = orders.session.query(orders.render("{{ test_unique(ref('orders'), 'id') }}"))
    assert rows.columns == ("unique_field", "n_records")
    assert list(rows.values) == [(2, 2)]  # nulls may be many


def test_accepted_values(orders: Kit) -> None:
    call = "{{ test_accepted_values(model=ref('orders'), column_name='state', values=['old']) }}"
    rows = orders.session.query(orders.render(call) + " order by 1")
    assert rows.columns == ("value_field", "n_records")
    assert list(rows.values) == [("it's", 1), ("new", 2)]
    quotes = "{{ test_accepted_values(ref('orders'), 'state', ['new', \"it's\"]) }}"
    assert orders.rows(quotes) == []
    escaped = "{{ test_accepted_values(ref('orders'), 'state', ['new', \"it''s\"]) }}"
    assert orders.rows(escaped) == []
    numbers = "{{ test_accepted_values(ref('orders'), 'id', [1], quote=False) }}"
    assert orders.rows(numbers) == [(2, 2)]


def test_relationships(orders: Kit) -> None:
    call = "{{ test_relationships(ref('orders'), 'customer', to=ref('customers'), field='id') }}"
    rows = orders.session.query(orders.render(call))
    assert (rows.columns, list(rows.values)) == (("from_field",), [(12,)])


@pytest.mark.parametrize(
    ("configured", "flag", "expected"),
    [(None, False, False), (None, True, True), (False, True, False), (True, False, True)],
)
def test_should_store_failures(
    kit: Kit, configured: bool | None, flag: bool, expected: bool
) -> None:
    config = {} if configured is None else {"store_failures": configured}
    asked = replace(kit, config=config, flags=Flags(store_failures=flag))
    assert asked.value_of("should_store_failures()") is expected


def test_a_project_dispatches_back_to_the_where_subquery(orders: Kit) -> None:
    text = "{{ adapter.dispatch('get_where_subquery', 'dbt')(ref('orders')) }}"
    assert orders.render(text) == '"memory"."main"."orders"'
    filtered = replace(orders, config={"where": "id = 2"})
    assert filtered.rows(f"select count(*) from {text}") == [(2,)]


def test_test_sql_counts_failures(orders: Kit) -> None:
    call = "{{ get_test_sql('select * from orders', 'count(*)', '!= 0', '> 2', limit) }}"
    assert replace(orders, extra={"limit": None}).rows(call) == [(4, True, True)]
    assert replace(orders, extra={"limit": 2}).rows(call) == [(2, True, False)]


# --- relations ------------------------------------------------------------------------------------

RELATION = "api.Relation.create(database='memory', schema='side', identifier='t', type='table')"


def tables(kit: Kit) -> list[str]:
    rows = kit.session.query(
        "select table_schema || '.' || table_name from information_schema.tables order by 1"
    )
    return [str(row[0]) for row in rows.values]


def schemas(kit: Kit) -> list[object]:
    rows = kit.session.query(
        "select schema_name from system.information_schema.schemata"
        " where catalog_name = 'memory' order by 1"
    )
    return [row[0] for row in rows.values]


def test_relations_are_made_renamed_emptied_and_dropped(kit: Kit) -> None:
    set_r = f"{{% set r = {RELATION} %}}"
    kit.render(set_r + "{% do create_schema(r) %}{% do dbt.create_schema(relation=r) %}")
    kit.session.execute(kit.render(set_r + "{{ create_table_as(False, r, 'select 1 as a') }}"))
    assert tables(kit) == ["side.t"]
    kit.render(set_r + "{% do truncate_relation(r) %}")
    assert kit.rows("select count(*) from side.t") == [(0,)]
    renamed = "{% set n = r.incorporate(path={'identifier': 'N'}) %}"
    kit.render(set_r + renamed + "{% do rename_relation(from_relation=r, to_relation=n) %}")
    assert tables(kit) == ["side.N"]
    kit.render(set_r + renamed + "{% do drop_relation_if_exists(relation=n) %}")
    kit.render("{% do drop_relation_if_exists(none) %}")
    assert tables(kit) == []
    kit.render("{% do drop_schema_named('side') %}")
    assert schemas(kit) == ["main"]


def test_doing_nothing_while_parsing(kit: Kit) -> None:
    kit.render(f"{{% do create_schema({RELATION}) %}}", execute=False)
    assert schemas(kit) == ["main"]
    assert kit.render("{{ get_columns_in_query('select 1 as a') }}", execute=False) == "[]"


def test_statements_for_tables_and_views(kit: Kit) -> None:
    relation = "{% set r = api.Relation.create(schema='main', identifier='t', type='table') %}"
    view = "{% set v = api.Relation.create(schema='main', identifier='t', type='view') %}"
    kit.session.execute(kit.render(relation + "{{ get_create_sql(r, 'select 1 as a') }}"))
    assert kit.rows("select a from main.t") == [(1,)]
    kit.session.execute(
        kit.render(relation + view + "{{ get_replace_sql(r, v, 'select 2 as a') }}")
    )
    assert kit.rows("select a from main.t") == [(2,)]
    kit.session.execute(kit.render(view + "{{ get_rename_sql(v, 'u') }}"))
    assert tables(kit) == ["main.u"]
    kit.session.execute(
        kit.render("{{ get_drop_sql(api.Relation.create(identifier='u', type='view')) }}")
    )
    assert tables(kit) == []


def test_a_view_is_made_with_the_header(kit: Kit) -> None:
    text = (
        "{{ create_view_as(api.Relation.create(identifier='v', type='view'), 'select n() as a') }}"
    )
    headed = replace(kit, config={"sql_header": "create macro n() as 7;"})
    kit.session.execute(headed.render(text))
    assert kit.rows("select a from v") == [(7,)]


def test_a_contract_types_and_guards_the_table(kit: Kit) -> None:
    model = {
        "columns": {
            "id": {"name": "id", "data_type": "integer", "constraints": [{"type": "not_null"}]},
            "Price": {"name": "Price", "data_type": "decimal(9,2)", "quote": True, "constraints": [
                {"type": "check", "expression": '"Price" > 0'}]},
        },
        "constraints": [{"type": "primary_key", "columns": ["id"]}],
    }  # fmt: skip
    bound = replace(kit, config={"contract": {"enforced": True}}, model=model)
    text = "{{ create_table_as(False, api.Relation.create(identifier='t'), 'select 3 as \"Price\", 1 as id') }}"
    kit.session.execute(bound.render(text))
    assert kit.rows("select * from t") == [(1, Decimal("3.00"))]
    for bad in ("(null, 1)", "(2, 0)", "(1, 5)"):
        with pytest.raises(DatabaseError, match=r"(?i)constraint"):
            kit.session.execute(f"insert into t values {bad}")


def test_python_is_no_table_of_sql(kit: Kit) -> None:
    with pytest.raises(CompileError, match="takes SQL, not python"):
        kit.render("{{ create_table_as(False, this, 'x', language='python') }}")


def test_temporary_intermediate_and_backup_relations(kit: Kit) -> None:
    text = f"{{% set r = {RELATION} %}}{{% set t = make_temp_relation(r, '_x') %}}"
    assert (
        kit.render(text + "{{ t.identifier[:3] }} {{ t.schema }} {{ t.type }}") == "t_x None table"
    )
    kit.session.execute(kit.render(text + "{{ create_table_as(True, t, 'select 1 as a') }}"))
    names = text + "{{ make_intermediate_relation(r) }} {{ make_backup_relation(r, 'view').type }}"
    assert kit.render(names) == '"memory"."side"."t__dbt_tmp" view'
    assert (
        kit.render(text + "{{ make_backup_relation(r, 'view', suffix='_old') }}")
        == '"memory"."side"."t_old"'
    )


def test_get_or_create_relation(orders: Kit) -> None:
    there = orders.value_of("get_or_create_relation('memory', 'main', 'orders', 'table')")
    missing = orders.value_of("get_or_create_relation('memory', 'main', 'nope', type='view')")
    assert cast(list[object], there)[0] is True
    assert missing == [False, Relation("memory", "main", "nope", "view")]


def test_schemas_are_listed(kit: Kit) -> None:
    kit.session.execute("create schema side")
    listed = "{{ list_schemas('memory').columns[0].values() | list }}"
    assert kit.render(listed) == "['main', 'side']"
    asked = "{{ check_schema_exists(api.Relation.create(database='memory'), 'SIDE').rows[0][0] }}"
    assert kit.render(asked) == "1"
    assert kit.render("{{ information_schema_name('memory') }}") == "memory.INFORMATION_SCHEMA"


def test_grants_are_passed_over(kit: Kit) -> None:
    assert kit.render("{{ apply_grants(this, {'select': ['x']}, should_revoke=True) }}") == ""
    assert kit.value_of("copy_grants()") is True
    assert kit.value_of("should_revoke(none)") is False
    assert kit.value_of("should_revoke(this, full_refresh_mode=False)") is True


# --- columns --------------------------------------------------------------------------------------


def test_columns_of_queries_and_relations(orders: Kit) -> None:
    assert orders.value_of("get_columns_in_query('select 1 as a, 2 as \"B c\"')") == ["a", "B c"]
    columns = (
        "get_column_schema_from_query('select 1.5 as a', none) | map(attribute='dtype') | list"
    )
    assert orders.value_of(columns) == ["DECIMAL(2,1)"]
    there = "get_columns_in_relation(ref('orders')) | map(attribute='name') | list"
    assert orders.value_of(there) == ["id", "state", "customer"]


def test_empty_and_limited_subqueries(orders: Kit) -> None:
    empty = orders.session.query(
        orders.render("{{ get_empty_subquery_sql('select * from orders') }}")
    )
    assert (empty.columns, list(empty.values)) == (("id", "state", "customer"), [])
    limited = "select count(*) from ({{ get_limit_subquery_sql('select * from orders', 3) }})"
    assert orders.rows(limited) == [(3,)]


def test_names_are_quoted_and_compared(kit: Kit) -> None:
    assert kit.value_of("get_quoted_csv(['a', 'b \"c'])") == '"a", "b ""c"'
    assert kit.value_of("get_quoted_csv([])") == ""
    a, b = "api.Column('a', 'INTEGER')", "api.Column('B', 'VARCHAR')"
    kept = kit.value_of(f"diff_columns([{a}, {b}], [{a}]) | map(attribute='name') | list")
    assert kept == ["B"]
    wider = kit.value_of(f"diff_column_data_types([api.Column('a', 'BIGINT'), {b}], [{a}, {b}])")
    assert wider == [{"column_name": "a", "new_type": "BIGINT"}]


# --- incremental ----------------------------------------------------------------------------------

COLUMNS = (
    "{% set columns = [api.Column('id', 'INTEGER'), api.Column('k', 'INTEGER'),"
    " api.Column('v v', 'VARCHAR')] %}"
)
ARGUMENTS = (
    "{'target_relation': ref('t'), 'temp_relation': ref('s'), 'unique_key': KEY,"
    " 'dest_columns': columns, 'incremental_predicates': none}"
)
OLD: list[tuple[object, ...]] = [(1, 1, "old"), (1, 2, "old"), (2, 1, "old"), (None, 1, "old")]
NEW: list[tuple[object, ...]] = [(1, 1, "new"), (3, 1, "new"), (None, 1, "new")]
INCREMENTAL: list[tuple[str, list[tuple[object, ...]]]] = [
    ("get_insert_into_sql(ref('t'), ref('s'), columns)", OLD + NEW),
    (f"get_incremental_append_sql({ARGUMENTS.replace('KEY', 'none')})", OLD + NEW),
    (f"get_incremental_default_sql({ARGUMENTS.replace('KEY', 'none')})", OLD + NEW),
    ("get_delete_insert_merge_sql(ref('t'), ref('s'), [], columns, none)", OLD + NEW),
    # Null keys equal nothing, so they are added again and again, as in dbt.
    ("get_delete_insert_merge_sql(ref('t'), ref('s'), 'id', columns)", OLD[2:] + NEW),
    (f"get_incremental_default_sql({ARGUMENTS.replace('KEY', repr('id'))})", OLD[2:] + NEW),
    ("get_delete_insert_merge_sql(ref('t'), ref('s'), ['id', 'k'], columns)", OLD[1:] + NEW),
    (
        "get_delete_insert_merge_sql(ref('t'), ref('s'), 'id', columns, incremental_predicates=['k > 1'])",
        [OLD[0], *OLD[2:], *NEW],
    ),
    ("get_delete_insert_merge_sql(ref('t'), ref('s'), ['id'], columns, 'k > 1')", [OLD[0], *OLD[2:], *NEW]),
    ("get_merge_sql(ref('t'), ref('s'), none, columns)", OLD + NEW),
    ("get_merge_sql(ref('t'), ref('s'), unique_key=['id', 'k'], dest_columns=columns)", [NEW[0], *OLD[1:], *NEW[1:]]),
    (f"get_incremental_merge_sql({ARGUMENTS.replace('KEY', repr(['id', 'k']))})", [NEW[0], *OLD[1:], *NEW[1:]]),
    (
        "get_merge_sql(ref('t'), ref('s'), ['id', 'k'], columns,"
        " ['DBT_INTERNAL_DEST.\"v v\" = \\'x\\''])",
        OLD + NEW,
    ),
]  # fmt: skip


@pytest.fixture
def incremental(kit: Kit) -> Kit:
    for name, rows in (("t", OLD), ("s", NEW)):
        kit.session.execute(f'create table {name} (id integer, k integer, "v v" varchar)')
        values = ", ".join(f"({'null' if i is None else i}, {k}, '{v}')" for i, k, v in rows)
        kit.session.execute(f"insert into {name} values {values}")
    return kit


@pytest.mark.parametrize(("call", "expected"), INCREMENTAL)
def test_incremental_statements(
    incremental: Kit, call: str, expected: list[tuple[object, ...]]
) -> None:
    incremental.session.execute(incremental.render(f"{COLUMNS}{{{{ dbt.{call} }}}}"))
    assert sorted(incremental.rows("select * from t"), key=str) == sorted(expected, key=str)


def test_merge_updates_only_the_columns_asked_for(incremental: Kit) -> None:
    call = COLUMNS + "{{ get_merge_sql(ref('t'), ref('s'), ['id', 'k'], columns) }}"
    excluded = replace(incremental, config={"merge_exclude_columns": ["V V"]})
    incremental.session.execute(excluded.render(call))
    kept = [OLD[0], *OLD[1:], *NEW[1:]]
    assert sorted(incremental.rows("select * from t"), key=str) == sorted(kept, key=str)
    both = {"merge_exclude_columns": ["id"], "merge_update_columns": ["k"]}
    with pytest.raises(CompileError, match="exclude each other"):
        replace(incremental, config=both).render(call)
    chosen = replace(incremental, config={"merge_update_columns": ["k"]})
    assert "DBT_INTERNAL_SOURCE.k" in chosen.render(call)


def test_changes_of_columns(kit: Kit) -> None:
    kit.session.execute("create table t as select 1 as a, 2 as b, 3 as gone")
    kit.session.execute("create table s as select 1 as a, 'x' as b, 4.5 as fresh")
    found = cast(dict[str, object], kit.value_of("check_for_schema_changes(ref('s'), ref('t'))"))
    assert found["schema_changed"] is True
    # dbt's Column.data_type writes a text with dbt's size of a text that states none
    assert found["new_target_types"] == [{"column_name": "b", "new_type": "character varying(256)"}]
    with pytest.raises(CompileError, match=r"added \['fresh'\], removed \['gone'\].* \['b'\]"):
        kit.render("{% do process_schema_changes('fail', ref('s'), ref('t')) %}")
    assert kit.value_of("process_schema_changes('ignore', ref('s'), ref('t'))") == {}
    kit.render("{% do process_schema_changes('append_new_columns', ref('s'), ref('t')) %}")
    assert kit.session.query("from t").columns == ("a", "b", "gone", "fresh")
    kit.render("{% do process_schema_changes('sync_all_columns', ref('s'), ref('t')) %}")
    after = kit.session.query("from t")
    assert (after.columns, after.types) == (
        ("a", "b", "fresh"),
        ("INTEGER", "VARCHAR", "DECIMAL(2,1)"),
    )
    assert (
        kit.render("{{ check_for_schema_changes(ref('s'), ref('t')).schema_changed }}") == "False"
    )


def test_on_schema_change_is_validated(kit: Kit) -> None:
    assert kit.value_of("incremental_validate_on_schema_change('fail')") == "fail"
    assert kit.value_of("incremental_validate_on_schema_change('bogus', default='fail')") == "fail"
    assert kit.value_of("incremental_validate_on_schema_change(none)") == "ignore"
    assert any("bogus" in message for message in kit.logged)


# --- statements and files -------------------------------------------------------------------------


def test_sql_header_is_configuration(kit: Kit) -> None:
    scope = kit.scope(execute=False)
    text = "{% call set_sql_header(config) %}set threads = 1;{% endcall %}select 1"
    template = compile_template(scope.library.environment, text, "m")
    assert str(render_template(template, scope.names())).strip() == "select 1"
    assert scope.record.config == {"sql_header": "set threads = 1;"}


def test_noop_statement_keeps_a_result(kit: Kit) -> None:
    text = "{% call noop_statement('main', 'OK') %}select 1{% endcall %}{{ load_result('main') is none }}"
    assert kit.render(text) == "False"


def test_hooks_outside_of_transactions(kit: Kit) -> None:
    assert kit.render("{{ after_commit('vacuum') }}") == '{"sql": "vacuum", "transaction": false}'
    assert kit.render("{{ before_begin('vacuum') }}") == '{"sql": "vacuum", "transaction": false}'
    assert kit.render("{{ in_transaction(sql='x') }}") == '{"sql": "x", "transaction": true}'


def test_files_of_external_models_become_views(kit: Kit, tmp_path: Path) -> None:
    file = tmp_path / "far.parquet"
    kit.session.execute(f"copy (select 5 as a) to '{file}'")
    nodes = {
        "model.shop.near": {"depends_on": {"nodes": ["model.shop.far", "model.shop.gone"]}},
        "model.shop.far": external("far", file),
        "model.shop.gone": external("gone", tmp_path / "gone.parquet"),
    }
    ready = replace(kit, nodes=nodes, extra={"selected_resources": ["model.shop.near"]})
    assert ready.render("{{ register_upstream_external_models() }}") == ""
    ready.render("{{ register_upstream_external_models() }}")
    assert kit.rows("select a from side.far") == [(5,)]
    assert tables(kit) == ["side.far"]


def external(name: str, file: Path) -> dict[str, object]:
    config = {"materialized": "external", "location": str(file)}
    return {"database": "memory", "schema": "side", "alias": name, "config": config}


def test_macros_can_be_looked_up(kit: Kit) -> None:
    assert isinstance(kit.value_of("dbt.dateadd"), MacroFunction)
    assert kit.render("{{ dbt['type_int']() }}") == "integer"
