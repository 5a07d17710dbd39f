"""What a text of SQL amounts to is the same from the cache as anew."""

from __future__ import annotations

import marshal

from hypothesis import given
from hypothesis import strategies as st

from runner.sql.texts import Texts, amount_of

PIECES = (
    "select", "now()", "current_date", "from", "a.b", '"x"', "'t'", ",", "(", ")", "join", "--c\n",
    "read_csv('f')", "with c as (select 1)", ";", "\n", "é",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_a_text_amounts_to_the_same_the_second_time(sql: str) -> None:
    first = Texts()
    assert first(sql) == amount_of(sql)
    kept = marshal.loads(marshal.dumps(first.used))
    assert Texts(lambda: kept)(sql) == amount_of(sql)


def test_texts_of_earlier_commands_are_told_from_those_of_this_one() -> None:
    first = Texts()
    first("select 1")
    second = Texts(lambda: dict(first.used))
    second("select 1")
    assert second.used.keys() == second.known.keys()
    second("select 2")
    assert len(second.used.keys() - second.known.keys()) == 1
