"""Values as text and as JSON."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from runner.output.values import dumps, exact_json, plain, printable, unique_names


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (True, "true"),
        (12, "12"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (datetime(2024, 1, 2, 3, 4, 5), "2024-01-02 03:04:05"),
        (date(2024, 1, 2), "2024-01-02"),
        (b"\x00\xff", "\\x00\\xFF"),
        ([1, Decimal("2.50"), None], "[1, 2.50, null]"),
        ({"a": "x"}, '{"a": "x"}'),
    ],
)
def test_plain_is_what_a_person_reads(value: object, text: str) -> None:
    assert plain(value) == text


def test_printable_keeps_a_cell_on_its_line() -> None:
    assert printable("a\nb\x1b[31m\u2028ü") == "a\\nb\\x1b[31m\\u2028ü"


def test_exact_json_keeps_the_digits_of_decimals() -> None:
    value = {"amount": Decimal("1.50"), "deep": [Decimal("12345678901234567890.12")]}
    assert exact_json(value) == '{"amount": 1.50, "deep": [12345678901234567890.12]}'


def test_exact_json_has_no_number_that_json_has_not() -> None:
    text = exact_json([float("nan"), float("inf"), Decimal("NaN"), 0.1])
    assert json.loads(text) == ["nan", "inf", "NaN", 0.1]


def test_exact_json_is_json_for_any_text() -> None:
    text = 'quote " backslash \\ newline \n ü \ud800'
    assert json.loads(exact_json([text])) == [text]


class _Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.50"), "1.50"),
        (datetime(2024, 1, 2), "2024-01-02T00:00:00"),
        (b"\x01", "\\x01"),
        (MappingProxyType({"a": (1, 2)}), {"a": [1, 2]}),
        ({date(2024, 1, 2): 1, None: 2, 3: 4}, {"2024-01-02": 1, "null": 2, "3": 4}),
        ([float("nan"), 1.5], ["nan", 1.5]),
        ({1, 2}, [1, 2]),
        ("\ud800", "\ud800"),
    ],
)
def test_dumps_takes_any_value(value: object, expected: object) -> None:
    assert json.loads(dumps({"v": value})) == {"v": expected}


def test_dumps_survives_circles_and_hostile_objects() -> None:
    circle: list[object] = [1]
    circle.append(circle)
    assert json.loads(dumps({"v": circle}))["v"][0] == 1
    assert "_Hostile" in json.loads(dumps([_Hostile()]))[0]


def test_dumps_is_ascii() -> None:
    assert dumps("ü日").isascii()


def test_unique_names_never_give_a_name_twice() -> None:
    assert unique_names(["a", "a", "a_2", "b", "a"]) == ["a", "a_2", "a_2_2", "b", "a_3"]
