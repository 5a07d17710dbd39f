"""Damaged files: a build stops with file and line, `debug --sources` says the same, nothing is lost."""

from __future__ import annotations

import gzip
import json
from typing import Any

import duckdb
import pytest

from tests.conftest import Project, ProjectMaker, Result

HEADER = "order_id,note,ordered_at,amount\n"
ROWS = "".join(f"O{n},n{n},2026-01-10 09:00:00,{n}.50\n" for n in range(1, 6))
SOURCES = """\
sources:
  - name: raw
    tables:
      - name: orders
        config: {external_location: "data/orders.*"}
        meta: {key: [order_id]}
        columns:
          - {name: order_id, data_type: varchar, constraints: [{type: not_null}]}
          - {name: note, data_type: varchar}
          - {name: ordered_at, data_type: timestamp}
          - {name: amount, data_type: "decimal(18, 2)"}
          - {name: paid, data_type: boolean}
"""
MODEL = "{{ config(materialized='table') }} select * from {{ source('raw', 'orders') }}"
MANY = HEADER + "".join(
    f"O{n},c{n * 7919 % 1000},2026-01-10 09:00:00,{n}.50\n" for n in range(50_000)
)


def with_sources(project: ProjectMaker, declared: str) -> Project:
    made = project({"models/m.sql": MODEL, "models/sources.yml": declared})
    (made.root / "data").mkdir()
    return made


@pytest.fixture
def shop(project: ProjectMaker) -> Project:
    return with_sources(project, SOURCES)


def put(shop: Project, content: bytes, name: str = "orders.csv") -> None:
    (shop.root / "data" / name).write_bytes(content)


def facts(shop: Project, result: Result | None = None) -> dict[str, Any]:
    done = result or shop.run("debug", "--sources", "--output", "json")
    (entry,) = json.loads(done.stdout)["sources"]
    found: dict[str, Any] = entry
    return found


def saying(result: Result) -> str:
    return result.stdout + result.stderr


# What is wrong → the file, the line it is told of (None: no line), words of the message and of the hint.
FAULTS: dict[str, tuple[bytes, int | None, str, str]] = {
    "a changed header": (
        (HEADER.replace("order_id", "number") + ROWS).encode(),
        1, "lacks the column 'order_id'", "the file has: number, note",
    ),
    "no header": (ROWS.encode(), 1, "none of the declared columns", "the first line must be a header"),
    "an empty file": (b"", 1, "the file is empty", "export it again"),
    "a page instead of data": (b"<!DOCTYPE html>\n<html></html>\n", 1, "none of the declared columns", "header"),
    "a column twice": (
        (b"order_id,note,order_id,amount\nO1,a,O2,1\n"), 1, "has the column 'order_id' twice", "rename",
    ),
    "another delimiter in the rows": (
        (HEADER + ROWS.replace(",", ";")).encode(),
        2, "the line has 1 cell, the header 4", "separated by a comma, this line by a semicolon",
    ),
    "another delimiter in the header": (
        (HEADER.replace(",", ";") + ROWS).encode(),
        2, "the line has 1 cell, the header 4", "separated by a semicolon, this line by a comma",
    ),
    "one cell too many": (
        (HEADER + ROWS + "O6,n6,2026-01-10 09:00:00,6.50,x\n").encode(),
        7, "the line has 5 cells, the header 4", "put quotes around a cell",
    ),
    "a last line of remarks": (
        (HEADER + ROWS + "5 rows\n").encode(), 7, "the line has 1 cell, the header 4", "a line of remarks",
    ),
    "cut off in a row": ((HEADER + ROWS + "O6,n6,2026-01").encode(), 7, "3 cells, the header 4|ordered_at", "cut off|days as"),
    "cut off in quotes": (
        (HEADER + ROWS + 'O6,"n6 and so').encode(), 7, "a quoted cell does not end", "is the file cut off",
    ),
    "zeros at the end": ((HEADER + ROWS).encode() + b"\0" * 9, 7, "the line has 1 cell, the header 4", "cut off"),
    "Windows-1252": (
        (HEADER + "O1,Müller,2026-01-10 09:00:00,1\n").encode("cp1252"),
        2, "not in UTF-8: byte 0xFC, which Windows-1252 has for 'ü'", "iconv -f WINDOWS-1252",
    ),
    "Windows-1252 far below": (
        (MANY + "O1,Müller,2026-01-10 09:00:00,1\n").encode("cp1252"), 50_002, "the line is not in UTF-8", "Windows-1252",
    ),
    "UTF-16": ((HEADER + ROWS).encode("utf-16"), 1, "in UTF-16, not in UTF-8", "iconv -f UTF-16"),
    "UTF-16 without a mark": ((HEADER + ROWS).encode("utf-16-le"), 1, "in UTF-16, not in UTF-8", "iconv -f UTF-16"),
    "decimal commas": (
        (HEADER + ROWS).replace(",", ";").replace(".50", ",50").encode(),
        2, "column amount: Could not convert string \"1,50\" to 'DECIMAL'", "write numbers with a point",
    ),
    "separators of thousands": (
        (HEADER + 'O1,n,2026-01-10 09:00:00,"1,234.50"\n').encode(),
        2, 'column amount: Could not convert string "1,234.50"', "without separators of thousands",
    ),
    "a currency sign": (
        (HEADER + "O1,n,2026-01-10 09:00:00,€1.50\n").encode(), 2, "column amount: Could not convert", "write the amount alone",
    ),
    "a currency's name": (
        (HEADER + "O1,n,2026-01-10 09:00:00,1.50 EUR\n").encode(), 2, "column amount: Could not convert", "write the amount alone",
    ),
    "seconds since 1970": (
        (HEADER + "O1,n,1714606200,1\n").encode(), 2, "column ordered_at: Could not convert", "write days as 2026-01-31",
    ),
    "a zone by its name": (
        (HEADER + "O1,n,2026-01-10 09:00:00 EST,1\n").encode(), 2, "column ordered_at: the time '2026-01-10 09:00:00 EST' names its zone", "write days as 2026-01-31",
    ),
    "years of two digits": (
        (HEADER + "O1,n,05/01/26 09:00,1\n").encode(), 2, "column ordered_at: the time '05/01/26 09:00' has no year of four digits", "write days as 2026-01-31",
    ),
    "years of two digits in front": (
        (HEADER + "O1,n,26-01-05,1\n").encode(), 2, "column ordered_at: the time '26-01-05' has no year of four digits", "write days as 2026-01-31",
    ),
    "half days": (
        (HEADER + "O1,n,2026-01-10 09:00:00 PM,1\n").encode(), 2, "column ordered_at: the time '2026-01-10 09:00:00 PM' is told with AM or PM", "write days as 2026-01-31",
    ),
    "days of another country": (
        (HEADER + "O1,n,10.01.2026 09:00,1\n").encode(), 2, "column ordered_at: Could not convert", "write days as 2026-01-31",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_damaged_csv_file_is_an_error_with_its_line(shop: Project, name: str) -> None:
    content, line, message, hint = FAULTS[name]
    put(shop, content)
    built = shop.run("build")
    assert built.exit_code in (1, 2)
    assert f"data/orders.csv:{line}" in saying(built)
    assert any(part in saying(built) for part in message.split("|"))
    assert any(part in saying(built) for part in hint.split("|"))
    looked = shop.run("debug", "--sources", "--output", "json")
    assert looked.exit_code == 2
    entry = facts(shop, looked)
    assert entry["state"] == "wrong"
    (fault, *_) = entry["faults"]
    assert (fault["file"], fault["line"]) == ("data/orders.csv", line)
    assert any(part in fault["message"] for part in message.split("|"))


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_the_line_is_told_below_cells_of_several_lines(shop: Project, name: str) -> None:
    """DuckDB counts rows: the fault was told of line 3, which is within the note of the first order."""
    told = (
        HEADER + 'O1,"one\r\ntwo\nthree",2026-01-10 09:00:00,1.50\nO2,,2026-01-10 09:00:00,many\n'
    )
    put(shop, gzip.compress(told.encode()) if name.endswith(".gz") else told.encode(), name)
    assert f"data/{name}:5: column amount" in saying(shop.run("build"))
    assert [fault["line"] for fault in facts(shop)["faults"]] == [5]


def test_what_is_damaged_replaces_nothing(shop: Project) -> None:
    put(shop, (HEADER + ROWS).encode())
    shop.build()
    put(shop, (HEADER + ROWS + "O6").encode())
    assert shop.run("build").exit_code == 1
    assert shop.value("select count(*) from m") == 5


# Files that look odd and are whole: nothing may be lost of them.
WHOLE: dict[str, bytes] = {
    "no end of the last line": (HEADER + ROWS).rstrip("\n").encode(),
    "a byte order mark": (HEADER + ROWS).encode("utf-8-sig"),
    "ends of Windows": (HEADER + ROWS).replace("\n", "\r\n").encode(),
    "ends of old Macs": (HEADER + ROWS).replace("\n", "\r").encode(),
    "semicolons": (HEADER + ROWS).replace(",", ";").encode(),
    "tabs": (HEADER + ROWS).replace(",", "\t").encode(),
    "a line that names the delimiter": ("sep=;\n" + (HEADER + ROWS).replace(",", ";")).encode(),
    "empty lines at the end": (HEADER + ROWS + "\n\n").encode(),
    "quotes everywhere": ('"' + HEADER + ROWS).replace(",", '","').replace("\n", '"\n"').encode()[:-1],
    "line ends in quotes": (HEADER + ROWS.replace("n3", '"n\n3"')).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_read_whole(shop: Project, name: str) -> None:
    put(shop, WHOLE[name])
    shop.build()
    # 1.50 + 2.50 + 3.50 + 4.50 + 5.50 = 17.50
    assert shop.rows("select count(*), sum(amount), min(ordered_at)::varchar from m") == [
        (5, pytest.approx(17.5), "2026-01-10 09:00:00")
    ]
    assert facts(shop)["rows"] == 5


def test_a_last_line_without_an_end_is_told(shop: Project) -> None:
    """It may be cut off in its last cell: nobody can know."""
    put(shop, (HEADER + ROWS).rstrip("\n").encode())
    assert facts(shop)["notes"] == ["data/orders.csv: the last line has no end; is the file whole?"]


def test_times_with_an_offset_become_utc(shop: Project) -> None:
    put(shop, (HEADER + "O1,a,2026-01-10T09:00:00+02:00,1\nO2,b,2026-01-10T09:00:00Z,2\n").encode())
    shop.build()
    assert shop.rows("select ordered_at::varchar from m order by order_id") == [
        ("2026-01-10 07:00:00",),
        ("2026-01-10 09:00:00",),
    ]


# How a moment is written, in a file of one row and in one of many → the moment in UTC.
MOMENTS = {
    "2026-01-10 09:00:00": "2026-01-10 09:00:00",
    "2026-01-10T09:00:00": "2026-01-10 09:00:00",
    "2026-01-10T09:00:00Z": "2026-01-10 09:00:00",
    "2026-01-10T09:00:00.250Z": "2026-01-10 09:00:00.25",
    "2026-01-10 09:00:00+02": "2026-01-10 07:00:00",
    "2026-01-10T09:00:00-05:30": "2026-01-10 14:30:00",
    "2026-01-10 09:00:00 -0400": "2026-01-10 13:00:00",
    "2026-01-10": "2026-01-10 00:00:00",
}


@pytest.mark.parametrize("written", MOMENTS)
def test_a_moment_is_utc_in_a_file_of_one_row(shop: Project, written: str) -> None:
    """The offset of a file's only row was forgotten: its last row did not count as a sample."""
    put(shop, f"{HEADER}O1,a,{written},1\n".encode())
    shop.build()
    assert shop.rows("select ordered_at::varchar from m") == [(MOMENTS[written],)]


@pytest.mark.parametrize(
    "written", [*MOMENTS, "2026-01-10T09:00:00+0200", "2026-01-10 09:00:00 +02:00"]
)
@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_a_moment_that_is_a_text_in_parquet_or_json_is_utc(
    shop: Project, kind: str, written: str
) -> None:
    """Its offset was forgotten in Parquet, and in JSON unless it was written +02:00."""
    file = shop.root / "data" / f"orders.{kind}"
    duckdb.execute(f"copy (select 'O1' as order_id, '{written}' as ordered_at) to '{file}'")
    shop.build()
    moment = MOMENTS.get(written, "2026-01-10 07:00:00")
    assert shop.rows("select ordered_at::varchar from m") == [(moment,)]


def test_an_offset_far_below_is_not_forgotten(shop: Project) -> None:
    """A system that began to write offsets; the file's beginning has none, and is longer than what is looked at."""
    late = "".join(f"L{n},l,2026-02-01T09:00:00+02:00,1\n" for n in range(9))
    put(shop, (MANY + late).encode())
    shop.build()
    assert shop.rows("select distinct ordered_at::varchar from m where note = 'l'") == [
        ("2026-02-01 07:00:00",)
    ]


@pytest.fixture
def american(project: ProjectMaker) -> Project:
    declared = SOURCES.replace(
        "meta: {key: [order_id]}",
        "meta: {key: [order_id], time_formats: ['%m/%d/%Y %H:%M', '%d.%m.%Y']}",
    )
    return with_sources(project, declared)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("1/10/2026 9:05", "2026-01-10 09:05:00"),
        ("12/01/2026 18:26", "2026-12-01 18:26:00"),
        ("10.01.2026", "2026-01-10 00:00:00"),
        ("2026-01-10 09:05:00", "2026-01-10 09:05:00"),
    ],
)
def test_times_may_be_in_a_declared_format(american: Project, written: str, moment: str) -> None:
    put(american, f"{HEADER}O1,a,{written},1\nO2,b,,2\n".encode())
    american.build()
    assert american.rows("select ordered_at::varchar from m order by order_id") == [
        (moment,),
        (None,),
    ]
    assert facts(american)["first"] == moment[:10]


def test_a_time_that_has_not_the_format_of_its_file_is_refused(american: Project) -> None:
    """The first of them decide; 13 is no month, and the row is not skipped."""
    rows = "".join(f"O{n},a,12/{1 + n % 9}/2026 9:05,1\n" for n in range(9_000))
    put(american, (HEADER + rows + "P,a,13/1/2026 9:05,1\n").encode())
    built = american.run("build")
    assert built.exit_code == 1
    assert "data/orders.csv:9002: column ordered_at: Could not convert" in saying(built)
    assert facts(american)["refused_rows"] == 1


ALSO = SOURCES.replace(
    "{name: order_id, data_type: varchar,",
    "{name: order_id, data_type: varchar, meta: {also: [Number, 'Order No']},",
).replace(
    "{name: note, data_type: varchar}", "{name: note, data_type: varchar, meta: {also: [Remark]}}"
)


@pytest.fixture
def renamed(project: ProjectMaker) -> Project:
    made = project({"models/m.sql": MODEL, "models/sources.yml": ALSO})
    (made.root / "data").mkdir()
    return made


def test_a_column_is_found_under_its_other_names(renamed: Project) -> None:
    """Each file has its own; with both, the column's own name counts."""
    (renamed.root / "data/orders").mkdir()
    put(renamed, b"number,Remark,amount\nO1,a,1\n", "orders/1.csv")
    put(renamed, b"Order No;note;Remark;amount\nO2;b;x;2\n", "orders/2.csv")
    renamed.build()
    assert renamed.rows("select order_id, note from m order by order_id") == [
        ("O1", "a"),
        ("O2", "b"),
    ]
    found = facts(renamed)
    assert found["missing_columns"] == ["ordered_at", "paid"]
    assert found["unknown_columns"] == []


def test_a_column_that_has_none_of_its_names_is_told_with_all_of_them(renamed: Project) -> None:
    put(renamed, b"Nummer,note,amount\nO1,a,1\n")
    built = renamed.run("build")
    assert built.exit_code == 2
    assert (
        "data/orders.csv:1: the source raw.orders lacks the column 'order_id' or 'Number' or 'Order No'"
        in built.stderr
    )


def test_a_parquet_column_is_found_under_its_other_name(renamed: Project) -> None:
    file = renamed.root / "data/orders.parquet"
    duckdb.sql(f"copy (select 'O1' as \"Order No\", 'a' as remark) to '{file}'")
    renamed.build()
    assert renamed.rows("select order_id, note from m") == [("O1", "a")]


def test_a_day_with_a_year_of_two_digits_was_read_as_a_day_of_the_year_5(
    project: ProjectMaker,
) -> None:
    shop = with_sources(project, SOURCES.replace("timestamp", "date"))
    put(shop, b"order_id,ordered_at\nO1,2026-01-10\nO2,05/01/26\n")
    built = shop.run("build")
    assert built.exit_code == 2
    assert "data/orders.csv:3: column ordered_at: the time '05/01/26' has no year" in built.stderr


def test_days_are_told_of_the_first_time_that_is_there(project: ProjectMaker) -> None:
    declared = SOURCES.replace(
        "{name: ordered_at,",
        "{name: paid_at, data_type: timestamp}\n          - {name: ordered_at,",
    )
    made = project({"models/m.sql": MODEL, "models/sources.yml": declared})
    (made.root / "data").mkdir()
    put(made, (HEADER + ROWS).encode())
    assert (facts(made)["date_column"], facts(made)["first"]) == ("ordered_at", "2026-01-10")


def test_time_formats_are_a_list(project: ProjectMaker) -> None:
    declared = SOURCES.replace("{key: [order_id]}", "{time_formats: '%d.%m.%Y'}")
    made = project({"models/m.sql": MODEL, "models/sources.yml": declared})
    (made.root / "data").mkdir()
    put(made, (HEADER + ROWS).encode())
    built = made.run("build")
    assert built.exit_code == 2
    assert "time_formats of the source raw.orders is not a list of texts" in built.stderr


@pytest.mark.parametrize("text", ["[]", "[ ]\n", "[\n]"])
def test_an_empty_list_in_json_is_a_table_without_rows(shop: Project, text: str) -> None:
    """The last page of an interface, or a shop that has no refunds yet."""
    put(shop, text.encode(), "orders.json")
    shop.build()
    assert shop.rows("select * from m") == []
    assert (facts(shop)["state"], facts(shop)["rows"]) == ("found", 0)


# What is wrong with a JSON file → its bytes, words of the message, words of the hint.
JSON_FAULTS: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "the file is empty", "export it again"),
    "blanks": (b" \n", "the file is empty", "export it again"),
    "a byte order mark": (b'\xef\xbb\xbf[{"order_id": "O1"}]', "a byte order mark", "tail -c +4"),
    "UTF-16": ('[{"order_id": "O1"}]'.encode("utf-16"), "in UTF-16", "iconv"),
    "Windows-1252": ('[{"order_id": "Müller"}]'.encode("cp1252"), "not in UTF-8", "iconv"),
    "an error instead of data": (
        b'{"code": "cannot_view", "message": "no"}', "none of the declared columns; read as: code, message", "a list of objects",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", JSON_FAULTS)
def test_a_json_file_that_is_no_data_is_an_error_with_its_line(shop: Project, name: str) -> None:
    content, message, hint = JSON_FAULTS[name]
    put(shop, content, "orders.json")
    built = shop.run("build")
    assert built.exit_code == 2
    assert "data/orders.json:1: " in built.stderr
    assert message in built.stderr
    assert hint in built.stderr
    assert facts(shop)["state"] == "wrong"


@pytest.mark.parametrize(
    "page", ['{"code": "no_route", "message": "", "data": {}}', '{"orders": [{"order_id": "O2"}]}', "null"]
)  # fmt: skip
def test_a_page_of_json_that_is_something_else_was_lost_among_others(
    shop: Project, page: str
) -> None:
    """An interface that failed once: its answer was a row without a key, which is dropped."""
    (shop.root / "models/sources.yml").write_text(SOURCES.replace("orders.*", "orders*.json"))
    put(shop, b'[{"order_id": "O1"}]', "orders_1.json")
    put(shop, page.encode(), "orders_2.json")
    built = shop.run("build")
    assert built.exit_code == 2
    assert "data/orders_2.json:1: the source raw.orders has none of the declared" in built.stderr


def test_parquet_files_are_read_each_by_its_own_names(renamed: Project) -> None:
    """What only the first file calls by the column's own name was null in the others."""
    for number, name in enumerate(("order_id", "Order No"), 1):
        file = renamed.root / "data" / f"orders_{number}.parquet"
        duckdb.execute(f"copy (select 'O{number}' as \"{name}\", 'n' as note) to '{file}'")
    declared = renamed.root / "models/sources.yml"
    declared.write_text(declared.read_text().replace("orders.*", "orders*.parquet"))
    renamed.build()
    assert renamed.rows("select order_id from m order by 1") == [("O1",), ("O2",)]


def test_a_parquet_file_among_others_that_lacks_a_required_column_is_refused(
    shop: Project,
) -> None:
    (shop.root / "models/sources.yml").write_text(SOURCES.replace("orders.*", "orders*.parquet"))
    for number, name in enumerate(("order_id", "id"), 1):
        file = shop.root / "data" / f"orders_{number}.parquet"
        duckdb.execute(f"copy (select 'O{number}' as {name}, 'n' as note) to '{file}'")
    built = shop.run("build")
    assert built.exit_code == 2
    assert (
        "data/orders_2.parquet:1: the source raw.orders lacks the column 'order_id'" in built.stderr
    )


def test_a_packed_file_that_is_cut_off_is_refused(shop: Project) -> None:
    """DuckDB reads such a file up to where it ends, and says nothing."""
    packed = gzip.compress(MANY.encode())
    put(shop, packed, "orders.csv.gz")
    shop.build()
    assert shop.value("select count(*) from m") == 50_000
    put(shop, packed[:60_000], "orders.csv.gz")
    built = shop.run("build")
    assert built.exit_code == 2
    assert "data/orders.csv.gz: the packed file is damaged or cut off" in built.stderr


def test_a_parquet_file_that_is_cut_off_is_refused(shop: Project) -> None:
    file = shop.root / "data/orders.parquet"
    duckdb.sql(f"copy (select 'O' || i as order_id from range(9999) t(i)) to '{file}'")
    file.write_bytes(file.read_bytes()[:9999])
    built = shop.run("build")
    assert built.exit_code == 2
    assert "data/orders.parquet: the source raw.orders cannot be read" in built.stderr
    assert facts(shop)["state"] == "wrong"


@pytest.mark.parametrize("name", ["orders.json", "orders.jsonl"])
def test_a_json_file_that_is_cut_off_is_refused(shop: Project, name: str) -> None:
    rows = [json.dumps({"order_id": f"O{n}", "amount": n}) for n in range(99)]
    whole = "\n".join(rows) if name.endswith("l") else f"[{', '.join(rows)}]"
    put(shop, whole.encode(), name)
    shop.build()
    assert shop.value("select count(*) from m") == 99
    put(shop, whole[: len(whole) // 2].encode(), name)
    built = shop.run("build")
    assert built.exit_code == 2
    assert f"data/{name}:" in built.stderr
    assert "the source raw.orders cannot be read: no JSON: " in built.stderr


def test_a_value_that_is_required_and_is_not_there_is_told(project: ProjectMaker) -> None:
    """Only keys were looked at: orders without a time were dropped by the models, and nobody knew."""
    sources = SOURCES.replace(
        "ordered_at, data_type: timestamp}",
        "ordered_at, data_type: timestamp, constraints: [{type: not_null}]}",
    )
    shop = with_sources(project, sources)
    put(shop, f"{HEADER}O1,a,2026-01-10 09:00:00,1\nO2,b,,2\nO3,c,,3\n".encode())
    assert facts(shop)["rows_without_required_value"] == {"ordered_at": 2}
    said = shop.run("debug", "--sources").stdout
    assert "    without a value that is required: ordered_at (2 rows)\n" in said
    sparse = sources.replace(
        "constraints: [{type: not_null}]}\n          - {name: amount",
        "constraints: [{type: not_null}], meta: {sparse: true}}\n          - {name: amount",
    )
    assert sparse != sources
    (shop.root / "models/sources.yml").write_text(sparse)
    assert facts(shop)["rows_without_required_value"] == {}


def test_files_that_no_source_reads_are_named(shop: Project) -> None:
    """A sheet beside the CSV file, and a name in capitals: nobody said that they are left out."""
    put(shop, (HEADER + ROWS).encode())
    for name in ("orders.xlsx", "Refunds.csv", "README.md", ".DS_Store"):
        put(shop, b"x", name)
    said = shop.run("debug", "--sources")
    assert said.exit_code == 0
    assert "read by no source: data/Refunds.csv, data/orders.xlsx\n" in said.stdout
    told = json.loads(shop.run("debug", "--sources", "--output", "json").stdout)
    assert told["unread_files"] == ["data/Refunds.csv", "data/orders.xlsx"]


def test_the_sources_are_told_in_full(shop: Project) -> None:
    """O2 stands twice, one row has no key, two cannot be read; extra is not declared, paid is not there."""
    rows = [
        "O1,a,2026-01-10 09:00:00,1,x",
        "O2,b,2026-02-01 09:00:00,2,x",
        "O2,b,2026-02-01 09:00:00,2,x",
        ",c,2026-01-05 09:00:00,3,x",
        "O4,d,2026-01-05 09:00:00,many,x",
        "O5,e",
    ]
    put(shop, ("order_id,note,ordered_at,amount,extra\n" + "\n".join(rows) + "\n").encode())
    entry = facts(shop)
    faults = entry.pop("faults")
    assert entry == {
        "source": "raw.orders",
        "place": None,
        "state": "wrong",
        "pattern": "data/orders.*",
        "files": ["data/orders.csv"],
        "rows": 4,
        "date_column": "ordered_at",
        "first": "2026-01-05",
        "last": "2026-02-01",
        "missing_columns": ["paid"],
        "unknown_columns": ["extra"],
        "rows_without_key": 1,
        "rows_without_required_value": {},
        "rows_with_repeated_key": 1,
        "refused_rows": 2,
        "notes": [],
    }
    assert [(f["line"], f["message"]) for f in faults] == [
        (6, "column amount: Could not convert string \"many\" to 'DECIMAL'"),
        (7, "the line has 2 cells, the header 5"),
    ]
    said = shop.run("debug", "--sources")
    assert said.exit_code == 2
    assert said.stdout == (
        "raw.orders: 4 rows in data/orders.csv, ordered_at 2026-01-05 to 2026-02-01\n"
        "    missing, read as empty: paid\n"
        "    unknown, not read: extra\n"
        "    without a key, dropped: 1 row\n"
        "    repeated keys: 1 row more than keys\n"
        "    refused, a build would stop: 2 rows\n"
        "    data/orders.csv:6: column amount: Could not convert string \"many\" to 'DECIMAL'\n"
        "      6 | O4,d,2026-01-05 09:00:00,many,x\n"
        "      hint: correct the file, or declare another type for the column\n"
        "    data/orders.csv:7: the line has 2 cells, the header 5\n"
        "      7 | O5,e\n"
        "      hint: is the file cut off here, or is this a line of remarks?\n"
        "0 found, 0 absent, 1 wrong\n"
    )


JSON_PLACES: dict[str, tuple[bytes, str, str]] = {
    "a number that is none": (
        b'[\n {"order_id": "O1", "amount": 1},\n {"order_id": "O2",\n  "amount": "x9"}\n]',
        "data/orders.json:4: column amount: ",
        '"x9"',
    ),
    "a number that is none, on lines of their own": (
        b'{"order_id": "O1", "amount": 1}\n{"order_id": "O2", "amount": "x9"}\n',
        "data/orders.json:2: column amount: ",
        '"x9"',
    ),
    "a list that does not end": (
        b'[\n {"order_id": "O1", "amount": 1},\n {"order_id": "O2", "amount": 2',
        "data/orders.json:3:",
        "is the file cut off?",
    ),
    "a comma that is missing": (
        b'[\n {"order_id": "O1", "amount": 1}\n {"order_id": "O2", "amount": 2}\n]',
        "data/orders.json:3:",
        "no JSON",
    ),
    "a text that does not end": (
        b'{"order_id": "O1", "amount": 1}\n{"order_id": "O2\n{"order_id": "O3", "amount": 3}\n',
        "data/orders.json:2:",
        "no JSON",
    ),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("name", list(JSON_PLACES))
def test_a_fault_in_json_is_told_with_its_line(shop: Project, name: str, packed: bool) -> None:
    content, place, words = JSON_PLACES[name]
    if packed:
        content, place = gzip.compress(content), place.replace(".json", ".json.gz")
    put(shop, content, "orders.json.gz" if packed else "orders.json")
    built = shop.run("build")
    assert built.exit_code != 0
    for said in (saying(built), saying(shop.run("debug", "--sources"))):
        assert place in said, said
        assert words in said, said
    assert "auto_detect" not in saying(built)  # of DuckDB's reader, which nobody called


def test_the_record_is_told_where_a_wrong_value_in_json_stands_twice(shop: Project) -> None:
    put(shop, b'[{"order_id": "O1",\n "note": "x", "amount": "x"}]', "orders.json")
    built = shop.run("build")
    assert built.exit_code == 1
    assert "data/orders.json:1: record 1: " in saying(built), saying(built)
