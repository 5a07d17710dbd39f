"""Every report function as clients call it: read-only, prepared, attached, and with hostile values.

The functions are those of the project: a new one is tested by itself. A few hostile values each
time; RUNNER_ALL=1 gives some to every argument of every function, and every one to each name.
"""

from __future__ import annotations

import random
import re

import duckdb
import pytest

from runner.project.signature import Argument
from tests.support.sample import ALL
from tests.warehouse import asking
from tests.warehouse.conftest import Warehouse

REPORTS = asking.functions()
NAMES = sorted(REPORTS)

HOSTILE = (
    "'", "''", '"', "'; drop table fct_orders; --", "') --", "%", "_", "w%", "\\", "\\'", "$1", "?", "*",
    ",", ",,", "a,,b", "' , '", "(a|b)", "[", "\\s*", "x" * 20_000, "a," * 500, "ąęŁ", "漢字", "🙂",
    "e\u0301", "\u202eabc", "\ufeff", "a\tb\r\nc", "\x01\x07\x1b[31m\x7f", "{{ x }}", "{x}", "NULL", "null",
    "true", "0x10", "1e999", "nan", "inf", "-1", "1;2", "1,5", "2026-13-45", "2026-02-30", "2026-1-1",
    "01/02/2026", "infinity", "-infinity", "epoch", "9999-12-31", "0001-01-01", "5881580-07-10", "99999999999-01-01",
)  # fmt: skip
COUNTS = ("limit_n", "offset_n", "k", "min_orders")
CHOICES = {
    "audience": ("channel",), "churn": ("method",), "cohorts": ("grain", "split_by", "measure"),
    "concentration": ("measure",), "customer_chart": ("grain", "lost_on"), "customer_list": ("order_by",),
    "facets": ("facet",), "market_penetration": ("level", "period"), "nps": ("by",), "rfm": ("scope",),
    "rfm_chart": ("scope",), "rfm_migration": ("scope",), "sales_by": ("by",), "segment_profile": ("by",),
    "top_customers": ("rank_by",),
}  # fmt: skip
"""Arguments that take one of a few words, which the error about another one lists."""
UNKNOWN = "nobody has this name"
"""A plain text that is no value of anything: the answer to a hostile text is the answer to this."""
DAYS = re.compile(r"(start|end|from|to)_date|since_(from|to)")
NUMBERS = re.compile(r"limit_n|offset_n|min_orders|k|top_share|revenue_(min|max)")

Answer = tuple[str, object]


@pytest.fixture(scope="module")
def client(demo: Warehouse) -> duckdb.DuckDBPyConnection:
    """The file of the demo shop, opened read-only."""
    return demo.connection


def path(demo: Warehouse) -> str:
    return str(
        demo.value("select path from duckdb_databases() where database_name = current_database()")
    )


def given(report: str) -> dict[str, object]:
    """The arguments that must be given, with their examples."""
    examples = {a.name: str(a.example) for a in REPORTS[report] if a.default is None}
    return {
        name: duckdb.sql(f"select {value}").fetchall()[0][0] for name, value in examples.items()
    }


def answer(
    client: duckdb.DuckDBPyConnection, report: str, arguments: dict[str, object], prefix: str = ""
) -> Answer:
    """("rows", what came) or (the kind of the error, what it says), with prepared parameters."""
    named = ", ".join(f'"{name}" := ?' for name in arguments)
    try:
        found = client.execute(
            f"from {prefix}{report}({named})", list(arguments.values())
        ).fetchall()
    except duckdb.Error as error:
        return type(error).__name__, str(error)
    return "rows", sorted(found, key=repr)


def cast(client: duckdb.DuckDBPyConnection, argument: Argument, value: str) -> object:
    """The value as a day or number, as DuckDB reads it; an exception where it is none."""
    kind = "date" if DAYS.fullmatch(argument.name) else "decimal(18, 4)"
    if argument.name in ("limit_n", "offset_n", "min_orders", "k"):
        kind = "bigint"
    elif argument.name == "top_share":
        kind = "decimal(9, 6)"
    elif argument.data_type == "boolean":
        kind = "boolean"
    (found,) = client.execute(f"select cast(trim(?) as {kind})::varchar", [value]).fetchone() or ()
    return found


def cases() -> list[tuple[str, Argument, str]]:
    """Every argument with some of the values, and every value with some argument of each name; or a few."""
    chance = random.Random(5)
    every = [(report, argument) for report in NAMES for argument in REPORTS[report]]
    if not ALL:
        return [(*one, chance.choice(HOSTILE)) for one in chance.sample(every, 40)]
    named = {argument.name: one for one in every if (argument := one[1])}
    found = {(*one, value) for one in named.values() for value in HOSTILE}
    found |= {(*one, value) for one in every for value in chance.sample(HOSTILE, 6)}
    return sorted(found, key=str)


@pytest.mark.parametrize(
    ("report", "argument", "value"),
    cases(),
    ids=lambda part: part.name if isinstance(part, Argument) else ascii(part)[:24],
)
def test_a_hostile_value_has_the_right_answer_or_a_clear_error(
    client: duckdb.DuckDBPyConnection, report: str, argument: Argument, value: str
) -> None:
    """A text that is no value finds what an unknown one finds; a day or number is one, or is refused."""
    found = answer(client, report, {**given(report), argument.name: value})
    is_typed = DAYS.fullmatch(argument.name) or NUMBERS.fullmatch(argument.name)
    if not is_typed and argument.data_type != "boolean":
        unknown = answer(client, report, {**given(report), argument.name: UNKNOWN})
        assert found[0] == unknown[0]
        if found[0] == "rows":
            assert found == unknown
        else:
            assert re.search("is none of|is not|no such|no segment", str(found[1])), found
        return
    try:
        typed = cast(client, argument, value)
    except duckdb.Error:
        assert found[0] in ("ConversionException", "InvalidInputException"), found
        assert value[:10] in str(found[1]) or "out of range" in str(found[1]), found
        return
    plain = answer(client, report, {**given(report), argument.name: typed})
    assert found[0] == plain[0]
    if found[0] == "rows":
        assert found == plain
    else:
        assert re.search("out of range|is not|[Oo]verflow|infinit", str(found[1])), found


@pytest.mark.parametrize(
    ("report", "name"),
    [(report, one.name) for report in NAMES for one in REPORTS[report] if one.name in COUNTS],
)
def test_what_is_no_whole_number_is_refused_by_the_arguments_name(
    client: duckdb.DuckDBPyConnection, report: str, name: str
) -> None:
    """k and min_orders took 2.5 for 3 and -1 for 0."""
    for value in ("-1", "2.5", 2.5, -1, "some"):
        kind, said = answer(client, report, {**given(report), name: value})
        assert kind == "InvalidInputException"
        assert f"{name} is no whole number from 0 up: {value}" in str(said)
    assert answer(client, report, {**given(report), name: "2.0"}) == answer(
        client, report, {**given(report), name: 2}
    )


def nobody(report: str) -> dict[str, object]:
    """The arguments that must be given, and a country where nobody has bought."""
    return {**given(report), "country": "XX"}


@pytest.mark.parametrize(
    ("report", "name"), [(report, name) for report, names in CHOICES.items() for name in names]
)
def test_a_word_is_a_choice_in_any_case_and_any_other_an_error_where_nobody_is_found_too(
    client: duckdb.DuckDBPyConnection, report: str, name: str
) -> None:
    """In capitals only facets and sales_by took it; where nobody had bought, seven took everything."""
    kind, said = answer(client, report, nobody(report) | {name: "mistyped"})
    assert (kind, f"{name} is none of: " in str(said)) == ("InvalidInputException", True), said
    words = re.findall(r"\w+", str(said).split("is none of: ")[1])
    word = words[-1]
    assert answer(client, report, given(report) | {name: f" {word.upper()} "}) == answer(
        client, report, given(report) | {name: word}
    )


@pytest.mark.parametrize(
    ("report", "name"),
    [
        ("customer_list", "limit_n"), ("customer_list", "offset_n"), ("lookalikes", "k"),
        ("recommend", "limit_n"), ("top_customers", "limit_n"), ("top_customers", "min_orders"),
    ],
)  # fmt: skip
def test_what_is_no_whole_number_is_refused_where_nobody_is_found(
    client: duckdb.DuckDBPyConnection, report: str, name: str
) -> None:
    kind, said = answer(client, report, nobody(report) | {name: -1})
    assert (kind, f"{name} is no whole number" in str(said)) == ("InvalidInputException", True)


def test_customer_list_leaves_out_rows_at_the_head_without_a_limit(
    client: duckdb.DuckDBPyConnection,
) -> None:
    """It failed: the limit that stood for none was more than DuckDB takes beside an offset."""
    count = "select count(*) from customer_list('', '', offset_n := ?)"
    (every,) = client.execute(count, [0]).fetchone() or ()
    assert every > 8
    assert client.execute(count, [8]).fetchone() == (every - 8,)


@pytest.mark.parametrize("argument", ["level", "period"])
def test_market_penetration_refuses_what_it_does_not_know(
    client: duckdb.DuckDBPyConnection, argument: str
) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=f"{argument} is none of"):
        client.execute(f"from market_penetration({argument} := 'city')")


@pytest.mark.parametrize("report", [name for name in NAMES if "end_date" in given(name)])
def test_reversed_dates_are_an_empty_period(client: duckdb.DuckDBPyConnection, report: str) -> None:
    kind, rows = answer(
        client, report, {**given(report), "start_date": "2025-12-31", "end_date": "2025-01-01"}
    )
    assert kind == "rows", rows
    assert isinstance(rows, list)
    amounts = [value for row in rows for value in row if isinstance(value, int | float)]
    if report not in ("customer_report", "report_periods"):
        assert not any(amounts), rows[:3]


@pytest.mark.parametrize("report", [name for name in NAMES if "end_date" in given(name)])
def test_days_to_come_hold_nothing_and_are_not_complete(
    client: duckdb.DuckDBPyConnection, report: str
) -> None:
    arguments = {**given(report), "start_date": "2999-01-01", "end_date": "2999-01-31"}
    kind, rows = answer(client, report, arguments)
    assert kind == "rows", rows
    names = [column[0] for column in client.description or ()]
    assert isinstance(rows, list)
    if "is_complete" in names:
        assert not any(row[names.index("is_complete")] for row in rows)


@pytest.mark.parametrize("report", NAMES if ALL else NAMES[::3])
def test_prepared_arguments_are_those_in_the_text(
    client: duckdb.DuckDBPyConnection, report: str
) -> None:
    """All arguments at once, with their examples and defaults."""
    values = {a.name: a.example or a.default for a in REPORTS[report]}
    typed = {n: duckdb.sql(f"select {value}").fetchall()[0][0] for n, value in values.items()}
    named = ", ".join(f'"{name}" := {value}' for name, value in values.items())
    assert answer(client, report, typed) == (
        "rows",
        sorted(client.execute(f"from {report}({named})").fetchall(), key=repr),
    )


def test_an_attached_file_answers_when_it_is_chosen(demo: Warehouse) -> None:
    """And says what it lacks when it is not: a function names schemas, no database. docs/functions.md."""
    other = duckdb.connect()
    other.execute(f"attach {asking.text(path(demo))} as another_name (read_only)")
    for report in NAMES if ALL else NAMES[::5]:
        kind, said = answer(other, report, given(report), prefix="another_name.")
        assert kind in ("CatalogException", "BinderException"), (report, said)
        assert "does not exist" in str(said)
    other.execute("use another_name")
    for report in NAMES if ALL else NAMES[::5]:
        assert answer(other, report, given(report)) == answer(
            demo.connection, report, given(report)
        ), report
    other.close()


def test_functions_and_views_need_no_extension(client: duckdb.DuckDBPyConnection) -> None:
    """Time zones come from ICU, which the browser's build would load from the network: sales_by hung there."""
    stored = client.execute(
        "select function_name, macro_definition from duckdb_functions()"
        " where not internal and macro_definition is not null"
        " union all select view_name, sql from duckdb_views() where not internal"
    ).fetchall()
    zoned = re.compile(
        r"time ?zone|timestamptz|\bnow\(|current_|localtime|\btoday\(", re.IGNORECASE
    )
    found = {name: match[0] for name, text in stored if (match := zoned.search(text))}
    assert len(stored) > 40
    assert found == {}
