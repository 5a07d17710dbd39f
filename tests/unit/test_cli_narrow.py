"""The command line with one verb alone says what the whole one says."""

from __future__ import annotations

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from runner.cli import app
from runner.cli.narrow import narrowed


def verbs(of: typer.Typer) -> list[str]:
    return sorted(get_command(of).commands)  # type: ignore[attr-defined]  # it is a group


@pytest.mark.parametrize("verb", verbs(app))
def test_a_verbs_help_is_that_of_the_whole(verb: str) -> None:
    alone = narrowed(app, [verb, "--help"])
    assert verbs(alone) == [verb]
    said = [
        CliRunner().invoke(each, [verb, "--help"], prog_name="runner").output
        for each in (alone, app)
    ]
    assert said[0] == said[1]
    assert "Usage: runner " + verb in said[0]


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["biuld"], ["--unknown", "build"]])
def test_what_names_no_verb_is_answered_by_all_of_them(words: list[str]) -> None:
    assert narrowed(app, words) is app


def test_the_version_takes_no_description_of_all_verbs() -> None:
    alone = narrowed(app, ["--version"])
    assert len(verbs(alone)) == 1
    result = CliRunner().invoke(alone, ["--version"], prog_name="runner")
    assert result.exit_code == 0
    assert result.output.startswith("runner ")
