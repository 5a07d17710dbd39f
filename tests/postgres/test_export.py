"""`runner export postgres` into a real server: types, keys, comments, grants, and what is sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from tests.conftest import Project, ProjectMaker, Result
from tests.postgres.conftest import Target

TargetMaker = Callable[[], Target]

SHOP: Mapping[str, str] = {
    "models/customers.sql": """
        {{ config(materialized='table') }}
        select * from (values (1, 'Ann'), (2, 'Bob')) as t(customer_id, name)
        """,
    "models/orders.sql": """
        {{ config(materialized='table') }}
        select order_id, customer_id, amount
        from (values (10, 1, 12.50::decimal(18, 4)), (11, 2, 7), (12, null, 0.0001))
            as t(order_id, customer_id, amount)
        """,
    "models/totals.sql": """
        {{ config(materialized='view') }}
        select customer_id, sum(amount) as amount from {{ ref('orders') }} group by customer_id
        """,
    "models/shop.yml": """
        models:
          - name: customers
            description: Who it's for.
            config: {grain: [customer_id]}
            columns:
              - {name: customer_id, description: "The customer."}
          - name: orders
            description: >
              Every
              order.
            config: {grain: [order_id], indexes: [{columns: [amount]}]}
            columns:
              - name: customer_id
                description: "Who bought."
                data_tests:
                  - relationships:
                      arguments: {to: ref('customers'), field: customer_id}
          - name: totals
            columns:
              - {name: customer_id, data_tests: [unique]}
        """,
}


def export(project: Project, target: Target, *arguments: str) -> Result:
    result = project.run("export", "postgres", target.dsn, *arguments)
    assert result.exit_code == 0, str(result)
    return result


@pytest.fixture
def shop(project: ProjectMaker) -> Project:
    made = project(SHOP)
    made.build()
    return made


# --- what arrives ------------------------------------------------------------------------------


VALUES = {
    "yes": ("true", "boolean", "true"),
    "tiny": ("(-7)::tinyint", "smallint", "-7"),
    "small": ("(-32768)::smallint", "smallint", "-32768"),
    "whole": ("2147483647::integer", "integer", "2147483647"),
    "big": ("(-9223372036854775808)::bigint", "bigint", "-9223372036854775808"),
    "ubig": ("18446744073709551615::ubigint", "numeric(20,0)", "18446744073709551615"),
    "huge": ("99999999999999999999999999999999999999::hugeint", "numeric(38,0)", "9" * 38),
    "money": ("(-12345678901234.5678)::decimal(18, 4)", "numeric(18,4)", "-12345678901234.5678"),
    "cent": ("0.0001::decimal(18, 4)", "numeric(18,4)", "0.0001"),
    "none": ("0::decimal(9, 2)", "numeric(9,2)", "0.00"),
    "wide": (
        "'-1234567890123456789012345678.0123456789'::decimal(38, 10)",
        "numeric(38,10)", "-1234567890123456789012345678.0123456789",
    ),
    "ratio": ("0.1::double", "double precision", "0.1"),
    "not_a_number": ("'nan'::double", "double precision", "NaN"),
    "no_end": ("'-inf'::double", "double precision", "-Infinity"),
    "single": ("1.5::float", "real", "1.5"),
    "empty": ("''", "text", ""),
    "odd": (
        "'quote '' \" back\\slash' || chr(9) || chr(10) || chr(13) || chr(127) || ' ż ü 漢 🛒 \\N'",
        "text", "quote ' \" back\\slash\t\n\r\x7f ż ü 漢 🛒 \\N",
    ),
    "day": ("date '2024-02-29'", "date", "2024-02-29"),
    "old_day": ("date '1969-12-31'", "date", "1969-12-31"),
    "for_ever": ("'infinity'::date", "date", "infinity"),
    "since_ever": ("'-infinity'::date", "date", "-infinity"),
    "moment": ("timestamp '1999-12-31 23:59:59.999999'", "timestamp without time zone",
               "1999-12-31 23:59:59.999999"),
    "never": ("'infinity'::timestamp", "timestamp without time zone", "infinity"),
    "long_ago": ("'-infinity'::timestamp", "timestamp without time zone", "-infinity"),
    "nano": ("'2024-01-01 00:00:00.123456789'::timestamp_ns", "timestamp without time zone",
             "2024-01-01 00:00:00.123456"),
    "zoned": ("timestamptz '2024-06-01 12:00:00+02'", "timestamp with time zone",
              "2024-06-01 10:00:00+00"),
    "clock": ("time '23:59:59.999999'", "time without time zone", "23:59:59.999999"),
    "span": ("interval '1 month 2 days 3 microseconds'", "interval", "1 mon 2 days 00:00:00.000003"),
    "id": ("'123e4567-e89b-12d3-a456-426614174000'::uuid", "uuid",
           "123e4567-e89b-12d3-a456-426614174000"),
    "bytes": ("'\\x00\\xFF'::blob", "bytea", "\\x00ff"),
    "list": ("[1, null, 3]", "json", "[1,null,3]"),
    "struct": ("{'a': 'x\"y'}", "json", '{"a":"x\\"y"}'),
    "kind": ("'b'::enum('a', 'b')", "text", "b"),
    'O"dd Näme': ("1", "integer", "1"),
}  # fmt: skip
"""Column → its value in DuckDB, PostgreSQL's type, and the value as PostgreSQL prints it."""


def test_every_type_arrives_as_it_is(project: ProjectMaker, target: TargetMaker) -> None:
    cells = ", ".join(
        f'{value} as "{name.replace(chr(34), chr(34) * 2)}"'
        for name, (value, _, _) in VALUES.items()
    )
    nulls = ", ".join("null" for _ in VALUES)
    made = project({
        "models/kinds.sql": "{{ config(materialized='table') }}\n"
        f"select 1 as row_id, {cells} union all select 2, {nulls}"
    })  # fmt: skip
    made.build()
    there = target()
    export(made, there)
    types = there.rows(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = 'shop.kinds'::regclass and attnum > 1 order by attnum"
    )
    assert types == [(name, kind) for name, (_, kind, _) in VALUES.items()]
    there.execute(f"alter database {there.name} set timezone = 'UTC'")
    texts = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}"::text' for name in VALUES)
    first, second = there.rows(f"select {texts} from shop.kinds order by row_id")
    assert dict(zip(VALUES, first, strict=True)) == {n: v for n, (_, _, v) in VALUES.items()}
    assert set(second) == {None}


def test_keys_links_indexes_and_comments_are_as_declared(
    shop: Project, target: TargetMaker
) -> None:
    there = target()
    result = export(shop, there)
    assert "3 tables with 8 rows" in result.stdout
    constraints = there.rows(
        "select conrelid::regclass::text, pg_get_constraintdef(oid), convalidated from pg_constraint"
        " where connamespace = 'shop'::regnamespace order by 1, contype desc, 2"
    )
    assert constraints == [
        ("shop.customers", "PRIMARY KEY (customer_id)", True),
        ("shop.orders", "PRIMARY KEY (order_id)", True),
        ("shop.orders", "FOREIGN KEY (customer_id) REFERENCES shop.customers(customer_id)", True),
    ]
    # totals has a row without a customer: what is unique is an index, and no primary key.
    indexes = there.rows(
        "select tablename::text, substring(indexdef from 'USING.*') from pg_indexes"
        " where schemaname = 'shop' order by 1, 2"
    )
    assert indexes == [
        ("customers", "USING btree (customer_id)"),
        ("orders", "USING btree (amount)"),
        ("orders", "USING btree (customer_id)"),
        ("orders", "USING btree (order_id)"),
        ("totals", "USING btree (customer_id)"),
    ]
    comments = there.rows(
        "select objoid::regclass::text, objsubid, description from pg_description"
        " where classoid = 'pg_class'::regclass and objoid in"
        " (select oid from pg_class where relnamespace = 'shop'::regnamespace) order by 1, 2"
    )
    assert comments == [
        ("shop.customers", 0, "Who it's for."),
        ("shop.customers", 1, "The customer."),
        ("shop.orders", 0, "Every order."),
        ("shop.orders", 2, "Who bought."),
    ]
    assert there.value("select amount::text from shop.orders where order_id = 12") == "0.0001"
    totals = there.rows("select customer_id, amount::text from shop.totals order by 1")
    assert totals == [(1, "12.5000"), (2, "7.0000"), (None, "0.0001")]
    assert (
        there.rows("select nspname::text from pg_namespace where nspname like '%runner_new%'") == []
    )


# --- what is sent again ----------------------------------------------------------------------------


def test_only_what_has_changed_is_sent(shop: Project, target: TargetMaker) -> None:
    there = target()
    export(shop, there)
    before = dict(there.rows("select relname::text, oid::bigint from pg_class"
                             " where relnamespace = 'shop'::regnamespace and relkind = 'r'"))  # fmt: skip
    assert "nothing new, 3 unchanged" in export(shop, there).stdout
    shop.write("models/customers.sql", SHOP["models/customers.sql"].replace("Bob", "Bea"))
    shop.build()
    said = export(shop, there).stdout
    assert "1 tables with 2 rows, 2 unchanged" in said
    assert "shop.customers  changed" in said
    after = dict(there.rows("select relname::text, oid::bigint from pg_class"
                            " where relnamespace = 'shop'::regnamespace and relkind = 'r'"))  # fmt: skip
    assert {name for name in after if after[name] != before[name]} == {"customers"}
    assert there.rows("select name from shop.customers order by 1") == [("Ann",), ("Bea",)]
    # The table that was not sent points to the new one.
    assert there.rows(
        "select pg_get_constraintdef(oid), convalidated from pg_constraint where contype = 'f'"
    ) == [("FOREIGN KEY (customer_id) REFERENCES shop.customers(customer_id)", True)]
    assert "3 tables with 8 rows" in export(shop, there, "--full").stdout


def test_a_changed_comment_sends_no_rows(shop: Project, target: TargetMaker) -> None:
    there = target()
    export(shop, there)
    shop.write("models/shop.yml", SHOP["models/shop.yml"].replace("Who bought.", "The buyer."))
    shop.build()
    assert "nothing new, 3 unchanged" in export(shop, there).stdout
    assert there.value("select col_description('shop.orders'::regclass, 2)") == "The buyer."


def test_a_table_that_was_dropped_there_is_sent_again(shop: Project, target: TargetMaker) -> None:
    there = target()
    export(shop, there)
    there.execute("drop table shop.orders")
    assert "shop.orders  new" in export(shop, there).stdout
    assert there.value("select count(*) from shop.orders") == 3


def test_who_else_wrote_to_the_warehouse_is_seen(shop: Project, target: TargetMaker) -> None:
    there = target()
    export(shop, there)
    shop.execute("update customers set name = 'Eve' where customer_id = 1")
    export(shop, there)
    assert there.rows("select name from shop.customers order by 1") == [("Bob",), ("Eve",)]


def test_a_dry_run_changes_nothing(shop: Project, target: TargetMaker) -> None:
    there = target()
    said = export(shop, there, "--dry-run").stdout
    assert "shop.orders: new" in said
    assert "3 to send, 0 unchanged" in said
    assert (
        there.rows("select nspname::text from pg_namespace where nspname in ('shop', '_runner')")
        == []
    )


def test_a_selection_and_other_schemas(project: ProjectMaker, target: TargetMaker) -> None:
    made = project({
        "models/secret.sql": "{{ config(materialized='table', schema='pii') }} select 'a@b' as email",
        "models/open.sql": "{{ config(materialized='table') }} select 1 as n",
    })  # fmt: skip
    made.build()
    there = target()
    export(made, there, "--schema", "bi")
    tables = "select schemaname::text, tablename::text from pg_tables where schemaname like 'bi%'"
    assert there.rows(tables) == [("bi", "open")], "other schemas are sent only when asked for"
    export(made, there, "--schema", "bi", "-s", "secret")
    assert sorted(there.rows(tables)) == [("bi", "open"), ("bi_main_pii", "secret")]


# --- what people made there stays --------------------------------------------------------------------


def test_grants_owner_and_indexes_of_people_stay(shop: Project, target: TargetMaker) -> None:
    there = target()
    export(shop, there)
    role = there.name
    there.execute(
        f"create role {role} login",
        f"grant usage on schema shop to {role}",
        f"grant select on shop.orders to {role} with grant option",
        f"grant update (amount) on shop.orders to {role}",
        "grant select on shop.customers to public",
        f"alter default privileges in schema shop grant select on tables to {role}",
        "create index of_people on shop.orders (amount desc, order_id) where amount > 1",
        f"alter table shop.customers owner to {role}",
    )
    acl = "select coalesce(relacl::text, '') from pg_class where oid = 'shop.orders'::regclass"
    column = "select attacl::text from pg_attribute where attrelid = 'shop.orders'::regclass and attname = 'amount'"
    before = there.value(acl), there.value(column)
    shop.write("models/more.sql", "{{ config(materialized='table') }} select 1 as n")
    shop.build()
    export(shop, there, "--full")
    assert (there.value(acl), there.value(column)) == before
    assert role in before[0]
    assert there.rows("select amount::text from shop.orders where order_id = 10", user=role) == [
        ("12.5000",)
    ]
    assert there.rows("select n from shop.more", user=role) == [(1,)], "by default privileges"
    assert there.value("select indexdef from pg_indexes where indexname = 'of_people'") == (
        "CREATE INDEX of_people ON shop.orders USING btree (amount DESC, order_id) WHERE (amount > (1)::numeric)"
    )
    assert (
        there.value("select tableowner::text from pg_tables where tablename = 'customers'") == role
    )


def test_views_upon_a_table_go_on(shop: Project, target: TargetMaker) -> None:
    there = target()
    export(shop, there)
    there.execute("create view public.names as select name from shop.customers")
    shop.write("models/customers.sql", SHOP["models/customers.sql"].replace("Bob", "Bea"))
    shop.build()
    export(shop, there)
    assert there.rows("select name from public.names order by 1") == [("Ann",), ("Bea",)]
    shop.write("models/customers.sql", SHOP["models/customers.sql"].replace("name)", "called)"))
    shop.build()
    result = shop.run("export", "postgres", there.dsn)
    assert result.exit_code == 2
    assert (
        "shop.customers has another form now, and the view public.names depends on it"
        in result.stderr
    )
    assert there.rows("select name from public.names order by 1") == [("Ann",), ("Bea",)]


def test_a_table_of_somebody_else_is_not_touched(shop: Project, target: TargetMaker) -> None:
    there = target()
    there.execute("create schema shop", "create table shop.orders as select 'mine' as whose")
    result = shop.run("export", "postgres", there.dsn)
    assert result.exit_code == 2
    assert "shop.orders is there already, and no export made it" in result.stderr
    assert there.rows("select * from shop.orders") == [("mine",)]
    assert there.value("select to_regclass('shop.customers') is null") is True


# --- what is refused ---------------------------------------------------------------------------------


def test_names_that_would_be_cut_are_refused(project: ProjectMaker, target: TargetMaker) -> None:
    long, column = "m" * 64, "ż" * 32  # 64 bytes in 32 characters
    made = project({
        f"models/{long}.sql": f'{{{{ config(materialized="table") }}}} select 1 as "{column}"',
        f"models/{'n' * 63}.sql": '{{ config(materialized="table") }} select 1 as n',
    })  # fmt: skip
    made.build()
    there = target()
    result = made.run("export", "postgres", there.dsn)
    assert result.exit_code == 2
    assert f"the name of the table {long} has 64 bytes; PostgreSQL takes 63" in result.stderr
    assert f"the name of the column of {long} {column} has 64 bytes" in result.stderr
    export(made, there, "-s", "n" * 63)
    assert there.value(f"select n from shop.{'n' * 63}") == 1


@pytest.mark.parametrize(
    ("query", "said", "hint"),
    [
        ("select 'a' || chr(0) as x", "0x00", "cannot hold the character NUL"),
        ("select date '10000-01-01 (BC)' as x", "out of range", "begins in 4713 BC"),
        ("select 170141183460469231731687303715884105727::hugeint as x", "shop.new_one", ""),
    ],
)
def test_what_postgres_cannot_hold_leaves_all_as_it_was(
    shop: Project, target: TargetMaker, query: str, said: str, hint: str
) -> None:
    there = target()
    export(shop, there)
    shop.write("models/customers.sql", SHOP["models/customers.sql"].replace("Bob", "Bea"))
    shop.write("models/new_one.sql", f"{{{{ config(materialized='table') }}}} {query}")
    shop.build()
    result = shop.run("export", "postgres", there.dsn)
    assert result.exit_code == 1, str(result)
    assert "shop.new_one" in result.stderr
    assert said in result.stderr
    assert hint in result.stderr
    assert there.rows("select name from shop.customers order by 1") == [("Ann",), ("Bob",)]
    assert there.value("select to_regclass('shop.new_one') is null") is True


def test_a_key_or_link_that_does_not_hold_is_told_and_left_out(
    project: ProjectMaker, target: TargetMaker
) -> None:
    files = dict(SHOP)
    files["pyproject.toml"] = (
        '[tool.runner]\nname = "shop"\n[tool.runner.settings]\npublish = "built"'
    )
    files["models/orders.sql"] = files["models/orders.sql"].replace("(11, 2, 7)", "(10, 9, 7)")
    made = project(files)
    assert made.run("build").exit_code == 1, "the tests of grain and relationships fail"
    there = target()
    result = export(made, there)
    assert "shop.orders has no primary key" in result.stdout + result.stderr
    assert "shop.orders has no foreign key" in result.stdout + result.stderr
    assert "not built yet, and left out: totals" in result.stdout + result.stderr
    assert there.value("select count(*) from shop.orders") == 3
    assert there.rows("select conname::text from pg_constraint where contype = 'f'") == []
    assert "nothing new" in export(made, there).stdout


def test_money_keeps_every_digit(project: ProjectMaker, target: TargetMaker) -> None:
    """A sum of a thousand amounts that a double would get wrong: 1000 * 0.1 + 2 ** 53 + 1."""
    made = project({
        "models/money.sql": """
            {{ config(materialized='table') }}
            select 0.1::decimal(38, 4) as amount from range(1000)
            union all select 9007199254740993
            """
    })  # fmt: skip
    made.build()
    there = target()
    export(made, there)
    total = Decimal(there.value("select sum(amount)::text from shop.money"))
    assert total == 1000 * Decimal("0.1") + 2**53 + 1
