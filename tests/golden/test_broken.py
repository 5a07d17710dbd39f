"""Broken projects: each says where and what to do, exits with its code, and harms nothing.

A case is a text file in `broken/`: what is wrong, the command, the exit code, the files of the
project (`== path`; `== first: path` for a build before, which succeeds), and what the command
prints. `UPDATE_GOLDEN=1` writes what is printed anew; read the difference.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import DEFAULTS, Project, text
from tests.golden.surroundings import SURROUNDINGS

FOLDER = Path(__file__).parent / "broken"
PRINTED = ("stdout", "stderr")


@dataclass(frozen=True)
class Case:
    """A broken project."""

    name: str
    head: str
    command: tuple[str, ...]
    exit_code: int
    env: Mapping[str, str]
    around: str
    """The name of what is wrong with the surroundings of the project."""
    first: Mapping[str, str]
    files: Mapping[str, str]
    printed: Mapping[str, str]


def read_case(path: Path) -> Case:
    """A case as its file states it."""
    head, *parts = re.split(r"^== ", path.read_text("utf-8"), flags=re.MULTILINE)
    sections = {}
    for part in parts:
        title, _, body = part.partition("\n")
        sections[title] = body.rstrip("\n") + "\n" if body.strip() else ""
    command = re.search(r"^\$ runner (.+)$", head, re.MULTILINE)
    code = re.search(r"^exit (\d+)$", head, re.MULTILINE)
    around = re.search(r"^around (\w+)$", head, re.MULTILINE)
    assert command, path
    assert code, path
    return Case(
        path.stem,
        head.strip() + "\n\n",
        tuple(shlex.split(command[1])),
        int(code[1]),
        dict(re.findall(r"^env (\w+)=(.*)$", head, re.MULTILINE)),
        around[1] if around else "as_it_should_be",
        {k.removeprefix("first: "): v for k, v in sections.items() if k.startswith("first: ")},
        {k: v for k, v in sections.items() if k not in PRINTED and not k.startswith("first: ")},
        {k: sections.get(k, "") for k in PRINTED},
    )


def write_case(path: Path, case: Case, printed: Mapping[str, str]) -> None:
    """The case with what is printed now."""
    sections = {
        **{f"first: {name}": body for name, body in case.first.items()},
        **case.files,
        **{name: body for name, body in printed.items() if body},
    }
    path.write_text(
        case.head + "\n".join(f"== {name}\n{body}" for name, body in sections.items()), "utf-8"
    )


CASES = [read_case(path) for path in sorted(FOLDER.glob("*.txt"))]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a published database that holds one table."""
    folder = tmp_path_factory.mktemp("published")
    shop = Project(folder / "shop", folder / "home")
    shop.home.mkdir()
    for path, written in DEFAULTS.items():
        shop.write(path, written.replace("threads: 2", "threads: 1"))
    shop.write("models/kept.sql", "{{ config(materialized='table') }} select 1 as id")
    shop.build()
    shutil.rmtree(shop.root / "models")
    shutil.rmtree(shop.root / "target")
    return shop.root


def start(published: Path, folder: Path, case: Case) -> Project:
    """The case's project, over a database that was published before."""
    shop = Project(folder / "shop", folder / "home")
    shop.home.mkdir()
    shutil.copytree(published, shop.root, symlinks=True)
    if "dbt_project.yml" in case.files:
        (shop.root / "pyproject.toml").unlink()
    if case.first:
        for path, written in case.first.items():
            shop.write(path, written)
        shop.build()
        shutil.rmtree(shop.root / "target")
    for path, written in case.files.items():
        (shop.root / path).parent.mkdir(parents=True, exist_ok=True)
        (shop.root / path).write_text(written, "utf-8")
    return shop


def state(shop: Project) -> tuple[str, str] | None:
    """What readers see: the file that the link leads to, and its bytes."""
    if not shop.database.is_file():
        return None
    content = hashlib.sha256(shop.database.read_bytes()).hexdigest()
    return os.path.realpath(shop.database), content


def steady(printed: str, shop: Project) -> str:
    """What is printed, without what differs from run to run."""
    printed = printed.replace(str(shop.root), "<project>").replace(str(shop.home), "<home>")
    printed = re.sub(r"\b\d{8}T\d{6}-[0-9a-f]{6}\b", "<release>", printed)
    printed = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>", printed)
    printed = re.sub(r" +\d+\.\d\d s", lambda found: "0.00 s".rjust(len(found[0])), printed)
    printed = re.sub(r"(process|PID) \d+", r"\1 <number>", printed)
    return re.sub(r"in use by \S*python\S*", "in use by <python>", printed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_project_says_where_and_what_to_do(
    case: Case, published: Path, tmp_path: Path
) -> None:
    shop = start(published, tmp_path, case)
    with SURROUNDINGS[case.around](shop) as run:
        before = state(shop)
        result = run(*case.command, env=case.env)
        after = state(shop)
    printed = {name: steady(getattr(result, name), shop).rstrip("\n") for name in PRINTED}
    printed = {name: body + "\n" if body else "" for name, body in printed.items()}
    if os.environ.get("UPDATE_GOLDEN"):
        write_case(FOLDER / f"{case.name}.txt", case, printed)
    else:
        assert printed == case.printed
    assert result.exit_code == case.exit_code
    assert "Traceback" not in result.stdout + result.stderr
    assert after == before, "the database is not as it was"


def test_every_case_says_what_is_wrong_in_a_sentence() -> None:
    for case in CASES:
        assert case.head[0].isupper(), case.name
        assert any(case.printed.values()), f"{case.name} expects nothing: UPDATE_GOLDEN=1"


def test_the_readers_of_cases_read_what_they_write(tmp_path: Path) -> None:
    path = tmp_path / "some_case.txt"
    path.write_text(text("""
        Something is wrong.
        $ runner build -s "a b"
        exit 2
        env SHOP=1

        == first: models/a.sql
        select 1

        == models/a.sql
        select 2

        == stderr
        a message
        """), "utf-8")  # fmt: skip
    case = read_case(path)
    assert case.command == ("build", "-s", "a b")
    assert (case.exit_code, case.env, case.around) == (2, {"SHOP": "1"}, "as_it_should_be")
    assert case.first == {"models/a.sql": "select 1\n"}
    assert case.files == {"models/a.sql": "select 2\n"}
    before = path.read_text("utf-8")
    write_case(path, case, case.printed)
    assert path.read_text("utf-8") == before
