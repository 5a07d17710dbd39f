"""Signatures of functions: what YAML states, how calls are written, what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from runner.errors import Location, ProjectError
from runner.project.signature import Signature, call_arguments, read_signature, value_sql

AT = Location("functions/kpis.yml", 2, 5)


def read(*arguments: object, strict: bool = True) -> Signature:
    return read_signature("kpis", {"arguments": list(arguments)}, AT, strict=strict)


def refused(*arguments: object) -> str:
    with pytest.raises(ProjectError) as found:
        read(*arguments)
    assert found.value.at is not None
    assert found.value.at.path == AT.path
    return found.value.message


def test_a_default_is_sql_as_in_dbt_and_the_empty_text_a_text() -> None:
    found = read(
        {"name": "a"}, {"name": "b", "default_value": ""}, {"name": "c", "default_value": "'BR'"},
        {"name": "d", "default_value": None}, {"name": "e", "default_value": 0.5},
    )  # fmt: skip
    assert found.shown == "(a, b := '', c := 'BR', d := null, e := 0.5)"


def test_a_call_takes_what_is_given_else_the_example_else_the_default() -> None:
    found = read(
        {"name": "since", "example": date(2026, 1, 1)},
        {"name": "until", "data_type": "date"},
        {"name": "country", "default_value": ""},
    )
    assert (
        call_arguments("kpis", found, {"UNTIL": "2026-02-01"})
        == """("since" := '2026-01-01', "until" := '2026-02-01')"""
    )
    assert call_arguments("kpis", found, {}, nulls=True).endswith('"until" := cast(null as date))')
    with pytest.raises(ProjectError, match="until of the function kpis is not given"):
        call_arguments("kpis", found, {})
    with pytest.raises(ProjectError, match="has no argument 'untill'") as wrong:
        call_arguments("kpis", found, {"untill": 1})
    assert wrong.value.hint == "did you mean until?"


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "null"), (True, "true"), (3, "3"), (0.5, "0.5"), ("it's", "'it''s'"),
        (date(2026, 1, 2), "'2026-01-02'"), ([1, "a"], "[1, 'a']"), ("", "''"),
    ],
)  # fmt: skip
def test_values_are_written_as_sql(value: object, sql: str) -> None:
    assert value_sql(value) == sql


def test_what_cannot_be_a_signature_is_refused_with_its_place() -> None:
    assert refused("start_date") == "an argument of kpis has no name"
    assert refused({"name": "a"}, {"name": "A"}) == "the function kpis has two arguments called A"
    assert refused({"name": "a", "default_value": 1}, {"name": "b"}) == (
        "the argument b of kpis must be given, and stands behind a, which need not"
    )
    assert refused({"name": "a", "exampel": 1}) == "unknown key 'exampel' in the argument a of kpis"
    assert read({"name": "a", "exampel": 1}, strict=False).names == ("a",)
    with pytest.raises(ProjectError, match="must be a list"):
        read_signature("kpis", {"arguments": "a, b"}, AT, strict=True)
    with pytest.raises(ProjectError, match="returns of kpis must be a mapping"):
        read_signature("kpis", {"returns": "date"}, AT, strict=True)
