"""The scanner of SQL: what is cut off, and what a text can be put into."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.sql.tokens import code, first_code, with_ctes, without_semicolon

PIECES = (
    "select 1",
    " ",
    "\n",
    "-- said",
    "/* so */",
    "';'",
    "'--'",
    '"a;b"',
    ";",
    "$$;--$$",
    "-",
    "\t",
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", "select 1"),
        ("select 1;", "select 1"),
        ("select 1 ; -- done\n", "select 1 "),
        ("select 1;;\n", "select 1"),
        ("select ';' as a", "select ';' as a"),
        ("select 1 -- one", "select 1 -- one\n"),
        ("select 1 -- one; two", "select 1 -- one; two\n"),
        ("select 1 -- one\n\n", "select 1 -- one\n"),
        ("select 1 -- one\n, 2", "select 1 -- one\n, 2"),
        ("select '--'", "select '--'\n"),
    ],
)
def test_a_query_without_its_semicolon(sql: str, expected: str) -> None:
    assert without_semicolon(sql) == expected


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: "from " + "".join(pieces)))
def test_a_query_can_stand_in_brackets(sql: str) -> None:
    """Whatever ends it: the bracket is none of a comment, and no piece of the query is lost."""
    kept = without_semicolon(sql)
    found = [token.text for token in code(f"({kept})")]
    assert found[-1] == ")"
    wanted = [token.text for token in code(sql)]
    while wanted and wanted[-1] == ";":
        wanted.pop()
    assert found[1:-1] == wanted


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.integers(0, 4))
def test_the_first_pieces_are_those_of_all(sql: str, count: int) -> None:
    assert first_code(sql, count) == code(sql)[:count]


def test_ctes_stand_before_those_of_the_query() -> None:
    assert with_ctes("-- why\nwith b as (select 2) from b", [("a", "select 1")]) == (
        "-- why\nwith a as (\nselect 1\n), b as (select 2) from b"
    )
