"""The documentation under test: what it shows happens, what it names is there.

`UPDATE_DOCS=1` writes what commands print into the pages; read the difference.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.conftest import Project, Result
from tests.docs.pages import PAGES, ROOT, Console, File, Story, same, stories, without_slowest
from tests.support.once import SAID, demo_shop, linked

STORIES = [story for page in PAGES for story in stories(page)]


# --- scratch projects ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Gives a folder that holds this repository's warehouse, built once for all workers."""
    return partial(demo_shop, tmp_path_factory)


def begin(kind: str, folder: Path, shop: Callable[[], Path]) -> Path:
    """The folder in which a story of this kind begins.

    empty: nothing there. init, dbt: a project as `runner init --empty` and `--dbt` make it; built:
    the first, and built.
    shop: this repository's warehouse, built from the demo shop; fresh: not built yet.
    """
    if kind == "empty":
        return folder
    if kind == "fresh":
        return linked(folder / "runner")
    if kind == "shop":
        return Path(shutil.copytree(shop(), folder / "runner", symlinks=True))
    assert kind in ("init", "dbt", "built"), f"there is no project {kind!r}"
    made = Project(folder, folder).run("init", "shop", "--dbt" if kind == "dbt" else "--empty")
    assert made.exit_code == 0, str(made)
    if kind == "built":
        Project(folder / "shop", folder).build("-q")
    return folder / "shop"


@dataclass
class Shell:
    """Where a story has come to: the working folder and how the last command ended."""

    project: Project
    exit_code: int = 0
    told: str | None = None
    """What `runner build` printed here, where it has been run already."""

    def run(self, command: str) -> list[str]:
        """Run a command; the lines that it prints."""
        if self.told is not None and command == "runner build":
            said, self.told = self.told, None
            return said.splitlines()
        words = shlex.split(command)
        env: dict[str, str] = {}
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, env[name] = words.pop(0).partition("=")
        if words == ["echo", "$?"]:
            return [str(self.exit_code)]
        if words[0] == "cd":
            self.project = replace(self.project, root=self.project.root / words[1])
            return []
        result = self._runner(words[1:], env) if words[0] == "runner" else self._other(command)
        self.exit_code = result.exit_code
        return (result.stdout + result.stderr).splitlines()

    def _runner(self, words: list[str], env: Mapping[str, str]) -> Result:
        target = None
        if len(words) > 2 and words[-2] == ">":
            target = self.project.root / words[-1]
            words = words[:-2]
        result = self.project.run(*words, env=env)
        if target is None:
            return result
        target.write_text(result.stdout, "utf-8")
        return replace(result, stdout="")

    def _other(self, command: str) -> Result:
        environ = self.project.environ()
        environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.project.root, env=environ, text=True,
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_what_is_shown_happens(story: Story, tmp_path: Path, shop: Callable[[], Path]) -> None:
    blocks = [act for act in story.acts if isinstance(act, Console) and act.skipped is None]
    if not blocks:
        return
    assert story.project != "none", f"{story.page.name}:{blocks[0].first}: say <!-- project: … -->"
    # A story that begins with the first build goes on from the one that was made for all.
    built = story.project == "fresh" and blocks[0] is story.acts[0] and (
        blocks[0].commands[0].text == "runner build"
    )  # fmt: skip
    folder = begin("shop" if built else story.project, tmp_path, shop)
    home = tmp_path / "home"
    home.mkdir()
    told = (shop().parent / SAID).read_text("utf-8") if built else None
    shell = Shell(Project(folder, home), told=told)
    updated: list[tuple[Console, list[str]]] = []
    for act in story.acts:
        if isinstance(act, File):
            shell.project.root.joinpath(act.path).parent.mkdir(parents=True, exist_ok=True)
            shell.project.root.joinpath(act.path).write_text(act.text, "utf-8")
        elif act.skipped is None:
            updated.append((act, _play(story, act, shell)))
    if os.environ.get("UPDATE_DOCS"):
        _write(story.page, updated)


def _play(story: Story, block: Console, shell: Shell) -> list[str]:
    """Run the commands of a block and compare; the block's lines as they should be."""
    lines: list[str] = []
    for number, command in enumerate(block.commands):
        printed = shell.run(command.text)
        asked = [other.text for other in block.commands[number : number + 2]]
        where = f"{story.page.name}:{command.line}: {command.text}"
        said = "\n".join(printed)
        if "echo $?" not in asked:
            assert shell.exit_code == 0, f"{where}\nexit {shell.exit_code}\n{said}"
        alike = same(command.printed, printed, any_numbers=block.any_numbers)
        if not os.environ.get("UPDATE_DOCS"):
            assert alike, f"{where}\n{said}"
        lines += [f"$ {command.text}", *(command.printed if alike else without_slowest(printed))]
    return lines


def _write(page: Path, blocks: list[tuple[Console, list[str]]]) -> None:
    text = page.read_text("utf-8")
    for block, lines in blocks:
        while lines and not lines[-1]:
            lines.pop()
        old, new = ("```console\n" + "\n".join(part) + "\n```" for part in (block.lines, lines))
        if "\\\n" not in old:
            text = text.replace(old, new, 1)
    page.write_text(text, "utf-8")


def test_what_is_not_run_says_why() -> None:
    for story in STORIES:
        for act in story.acts:
            if isinstance(act, Console) and act.skipped is not None:
                assert len(act.skipped) > 5, f"{story.page.name}:{act.first}"


@pytest.mark.parametrize(
    "verb",
    ["why", "history", "releases", "rollback", "retry", "source freshness", "release export"],
)
def test_verbs_that_tell_of_the_past_have_an_example_that_is_run(verb: str) -> None:
    run = [
        command.text
        for story in STORIES
        for act in story.acts
        if isinstance(act, Console) and act.skipped is None
        for command in act.commands
        if command.printed
    ]
    assert any(text == f"runner {verb}" or text.startswith(f"runner {verb} ") for text in run)


def test_the_comparison_can_fail() -> None:
    shown = ("  OK    a  table  3 rows   0.12 s", "  PASS  b  test   0.00 s", "", "  2 steps")
    printed = ["  PASS  b  test   0.01 s", "  OK    a  table  3 rows   0.99 s", "", "  2 steps"]
    assert same(shown, printed, any_numbers=False)
    assert not same(shown, [*printed, "more"], any_numbers=False)
    assert not same(shown, printed[1:], any_numbers=False)
    assert not same(("3 rows",), ["4 rows"], any_numbers=False)
    assert same(("3 rows",), ["4 rows"], any_numbers=True)
    assert same(("a…c", "…"), ["abc", "d", "e"], any_numbers=False)
    assert not same(("a…c", "…", "f"), ["abc", "d", "e"], any_numbers=False)


# --- what is named is there ------------------------------------------------------------------------

LINKING = (*PAGES, ROOT / "CHANGELOG.md")
OURS = re.compile(
    r"`((?:src|docs|demo|settings|benchmarks|\.github|\.ci"
    r"|tests/(?:unit|functional|golden|property|compat|warehouse|data|demo|docs)"
    r"|models/(?:staging|intermediate|marts))/[\w./-]*)`"
)


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", without_blocks(page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text("utf-8"))):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
def test_paths_exist(page: Path) -> None:
    for path in OURS.findall(without_blocks(page.read_text("utf-8"))):
        assert (ROOT / path).exists(), f"{page.name}: {path}"


# --- the commands ------------------------------------------------------------------------------------


SCRIPT = runpy.run_path(str(ROOT / "docs/make_commands.py"))
VERBS: dict[str, Any] = SCRIPT["commands"]()


def test_the_reference_is_what_the_program_says() -> None:
    page = (ROOT / "docs/commands.md").read_text("utf-8")
    assert page == SCRIPT["updated"](page), "run: python docs/make_commands.py"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_help_has_an_example_that_parses(verb: str) -> None:
    examples = str(VERBS[verb].epilog).removeprefix("Example: ").split(" · ")
    ours = [text.removeprefix("runner ") for text in examples if text.startswith("runner ")]
    assert any(text == verb or text.startswith(f"{verb} ") for text in ours)
    for text in ours:
        called = max((v for v in VERBS if f"{text} ".startswith(f"{v} ")), key=len)
        words = shlex.split(text.removeprefix(called))
        with redirect_stdout(io.StringIO()):
            VERBS[called].make_context(called, words)


def test_every_verb_is_described() -> None:
    page = (ROOT / "docs/commands.md").read_text("utf-8")
    for verb, command in VERBS.items():
        assert command.hidden or f"### runner {verb}" in page


# --- the other files -----------------------------------------------------------------------------------


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    stated = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=!~\[; ]", text)[0] for text in stated}
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    given = re.findall(r"^\| ([\w, -]+) \|", page.partition("## Dependencies")[2], re.MULTILINE)
    reasons = {name.strip() for cell in given for name in cell.split(",")}
    assert names <= reasons


@pytest.mark.parametrize(
    "path",
    [".pre-commit-config.yaml", ".github/workflows/ci.yml", "docs/examples/github-actions.yml"],
)
def test_yaml_can_be_read(path: str) -> None:
    assert isinstance(yaml.safe_load((ROOT / path).read_text("utf-8")), dict)


def test_the_picture_is_an_image_without_anything_from_elsewhere() -> None:
    text = (ROOT / "docs/images/build.svg").read_text("utf-8")
    ElementTree.fromstring(text)
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_page_of_the_source_contract_is_the_contract() -> None:
    script = runpy.run_path(str(ROOT / "docs/make_contract.py"))
    written = (ROOT / "docs/source_contract.md").read_text("utf-8")
    assert written == script["page"](), "run: python docs/make_contract.py"
