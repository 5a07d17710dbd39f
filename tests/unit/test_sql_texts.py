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


def test_only_another_text_is_a_change() -> None:
    first = Texts()
    first("select 1")
    second = Texts(lambda: dict(first.used))
    second("select 1")
    assert not second.changed
    second("select 2")
    assert second.changed
