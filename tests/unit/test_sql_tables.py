"""Which tables a query names. Every expectation is read off the query by eye."""

from __future__ import annotations

import pytest

from runner.sql.fingerprint import digest, normalized, reading
from runner.sql.tables import named_tables


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select * from a", {"a"}),
        ('select * from "W"."main"."t x" as t', {"W.main.t x"}),
        ("select * from a join b using (id) left join c on c.id = a.id", {"a", "b", "c"}),
        ("select * from a, b.c x, (select 1 from d) e", {"a", "b.c", "d"}),
        ("with x as (select * from a) select * from x, X", {"a"}),
        ("with x (m, n) as materialized (select * from a), y as (select * from x) from y", {"a"}),
        ("select extract(year from ordered_at) from a", {"a"}),
        ("select 1 from a where x is distinct from y and u is not distinct from v", {"a"}),
        ("select trim(both ' ' from name), substring(x from 2) from a", {"a"}),
        ("select * from range(3), a", {"a"}),
        ("select count(*) from (from b)", {"b"}),
        ("select * from a where id in (select id from b) order by c, d", {"a", "b"}),
        ("select (select max(x) from c), y from a group by z, w", {"a", "c"}),
        ("pivot t on x using sum(y)", {"t"}),
        ("unpivot t on columns(*) into name metric value amount", {"t"}),
        ("insert into name select * from a", {"name", "a"}),
        ("select * from a semi join b on a.i = b.i, c", {"a", "b", "c"}),
        ("select 'from x', \"from y\" /* from z */ from a -- from q", {"a"}),
        ("select * from a union all select * from b", {"a", "b"}),
        ("select * from lateral (select * from b) l, a", {"a", "b"}),
        ("select first(x order by y), list(z) from a, b", {"a", "b"}),
        ("select case when exists (select 1 from b) then 1 end from a", {"a", "b"}),
        (
            "with recursive l (i, m) using key (i) as (select i, i from a union"
            " select b.i, l.m from l join b on l.i = b.i join recurring.l as s on s.i = b.i) from l",
            {"a", "b"},
        ),
        ("select * from recurring.t join l using (i)", {"recurring.t", "l"}),
    ],
)  # fmt: skip
def test_tables_are_found(sql: str, tables: set[str]) -> None:
    assert {".".join(parts) for parts in named_tables(sql).tables} == tables


def test_a_file_named_as_a_table_is_found() -> None:
    assert named_tables("select * from 'data/x.csv' join read_csv('y')").files == ("'data/x.csv'",)


def test_comments_white_space_and_the_case_of_keywords_do_not_count() -> None:
    assert normalized("SELECT a -- x\nFROM t") == normalized("select  a\n from /* y */ t")


@pytest.mark.parametrize(
    "other", ["select A from t", "select a from t where 'X' = 'X'", "select a from u"]
)
def test_names_and_literals_count_as_they_are_written(other: str) -> None:
    assert normalized("select a from t") != normalized(other)


def test_a_digest_tells_lists_of_parts_apart() -> None:
    assert digest(["ab", "c"]) != digest(["a", "bc"])


def test_what_answers_differently_each_time_is_found() -> None:
    found = reading("select now(), t.now, \"now\", 'now()', uuid() from t where d < CURRENT_DATE")
    assert found.volatile == ("now", "uuid")
    assert found.dated
    assert reading("select * from read_csv('x'), duckdb_tables()").outside == (
        "read_csv",
        "duckdb_tables",
    )
    assert reading("select 1 from information_schema.tables").outside == ("information_schema",)
