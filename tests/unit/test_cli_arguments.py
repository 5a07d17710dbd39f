"""`-s a b` selects both, as in dbt."""

from __future__ import annotations

import pytest

from runner.cli.arguments import spread


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("build -s a b+ tag:x", "build -s a -s b+ -s tag:x"),
        ("build --select a b --exclude c d --full", "build --select a --select b --exclude c --exclude d --full"),
        ("ls --resource-type model seed -s a", "ls --resource-type model --resource-type seed -s a"),
        ("build -s a -s b", "build -s a -s b"),
        ("build --select=a -t dev", "build --select=a -t dev"),
        ("show model --limit 5", "show model --limit 5"),
        ("build -t dev other", "build -t dev other"),
        ("rollback 2026", "rollback 2026"),
        ("build -s", "build -s"),
    ],
)  # fmt: skip
def test_values_of_one_option_are_spread(typed: str, read: str) -> None:
    assert spread(typed.split()) == read.split()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("--no-partial-parse build", "build"),
        ("--debug --log-level debug run -s a b --printer-width=80", "run -s a -s b"),
        ("--quiet ls -s a", "ls -s a --quiet"),
        ("--target test --fail-fast build", "build --target test --fail-fast"),
        ("--profile=shop run", "run --profile=shop"),
        ("-d test --no-use-colors --no-version-check", "test"),
        ("--threads 4 compile -s a", "compile -s a"),
        ("parse --threads=4 --target dev", "parse --target dev"),
        ("--threads 4 build", "build --threads 4"),
        ("--version", "--version"),
        ("--fial-fast build", "--fial-fast build"),
    ],
)
def test_options_that_dbt_takes_before_its_verbs_or_for_itself_were_refused(
    typed: str, read: str
) -> None:
    assert spread(typed.split()) == read.split()
