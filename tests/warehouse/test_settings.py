"""The page of settings and the code say the same: every variable, with its default."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.warehouse.conftest import TryBuild

REPO = Path(__file__).resolve().parents[2]
READ = re.compile(r"""\b(?:has_)?var\(\s*['"](\w+)['"]""")
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<default>.+?) \| (?P<meaning>.+) \|$", re.MULTILINE)


def page() -> dict[str, str]:
    """Variable → default, as settings/README.md has it."""
    rows = list(ROW.finditer((REPO / "settings/README.md").read_text("utf-8")))
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)), "a variable is on the page twice"
    for row in rows:
        assert len(row["meaning"]) > 30, f"{row['name']}: say what it means and changes"
    return {row["name"]: row["default"] for row in rows}


def project() -> dict[str, object]:
    settings = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))
    found: dict[str, object] = settings["tool"]["runner"]["vars"]
    return found


def read_by() -> dict[str, list[str]]:
    """Variable → the files that read it."""
    found: dict[str, list[str]] = {}
    files = [REPO / "pyproject.toml"]
    for folder in ("models", "macros", "seeds", "functions", "tests/data"):
        files += sorted(
            f for f in (REPO / folder).rglob("*") if f.suffix in (".sql", ".yml", ".py")
        )
    for file in files:
        for name in READ.findall(file.read_text("utf-8")):
            found.setdefault(name, []).append(str(file.relative_to(REPO)))
    return found


def test_every_variable_that_is_read_is_on_the_page() -> None:
    missing = {name: files[0] for name, files in read_by().items() if name not in page()}
    assert missing == {}, "describe them in settings/README.md"


def test_every_variable_of_the_page_is_read() -> None:
    assert [name for name in page() if name not in read_by()] == []


def test_every_variable_of_the_project_file_is_on_the_page() -> None:
    assert [name for name in project() if name not in page()] == []


def test_the_page_has_the_defaults_of_the_project_file() -> None:
    for name, shown in page().items():
        if shown == "not set":
            assert name not in project(), f"{name} is set in the project file"
        else:
            assert name in project(), f"{name} is not in the project file"
            assert yaml.safe_load(shown.strip("`")) == project()[name], name


def test_a_default_in_a_call_is_that_of_the_project_file() -> None:
    """Where a template gives a default of its own, the package must not mean another one."""
    call = re.compile(r"""\bvar\(\s*['"](\w+)['"]\s*,\s*([^()]+?)\s*\)""")
    for folder in ("models", "macros", "tests/data"):
        for file in (REPO / folder).rglob("*.*"):
            if file.suffix not in (".sql", ".yml"):
                continue
            for name, default in call.findall(file.read_text("utf-8")):
                where = f"{file.relative_to(REPO)}: {name}"
                if default == "none":
                    assert name not in project(), f"{where} has a default in the project file"
                else:
                    assert yaml.safe_load(default) == project().get(name), where


def test_settings_for_other_data_name_variables_that_exist() -> None:
    for file in sorted((REPO / "settings").glob("*.yml")):
        assert set(yaml.safe_load(file.read_text("utf-8"))) <= set(page()), file.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acquisition_channel", "atributed"), ("attribution_model", "last-non-direct"),
        ("audience_holdout_share", 10), ("basket_anonymous", "no"), ("churn_window_bounds", [730, 60]),
        ("clv_horizon_days", [30]), ("clv_model", "bgnbd"), ("clv_parameters", "fitted"),
        ("count_zero_value_orders", "false"), ("email_folding", "no"), ("phone_country", "Poland"),
        ("rfm_frequency", "purchase-days"), ("rfm_monetary", "revenue"), ("rfm_scoring", "quantiles"),
        ("value_tier_measure", "profit"),
    ],
)  # fmt: skip
def test_a_value_that_means_nothing_is_refused_before_anything_is_built(
    try_build: TryBuild, name: str, value: object
) -> None:
    """A mistyped word was taken for another, the texts no and false for yes, 10 for all who can be written to."""
    done = try_build("refused", {name: value}, "--dry-run")
    assert (done.returncode, f"the variable {name} is " in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(("name", "value"), [("rfm_scoring", "ntile"), ("email_folding", True)])
def test_a_value_that_means_something_is_taken(
    try_build: TryBuild, name: str, value: object
) -> None:
    assert try_build("taken", {name: value}, "--dry-run").returncode == 0
