"""Documentation pages as values: the projects that they tell of, their files and their commands.

A page says in HTML comments, which a reader does not see, what its next block is:

    <!-- project: init -->          a scratch project begins; what follows happens in it
    <!-- file: models/x.sql -->     the block is that file of the project
    <!-- numbers: any -->           numbers in the console block below may be others
    <!-- skip: needs make -->       the console block below is not run, for this reason

In a `console` block, lines that begin with `$ ` are commands and the others what they print. A line
`…` stands for any lines, `…` in a line for any text. Knows nothing of how a command is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
_DIRECTIVE = re.compile(r"^<!-- (project|file|numbers|skip): (.+?) -->$")


@dataclass(frozen=True)
class Command:
    """A command of a console block, and what the page says that it prints."""

    line: int
    text: str
    printed: tuple[str, ...]


@dataclass(frozen=True)
class Console:
    """A console block. first: its first line between the fences, from 1."""

    first: int
    lines: tuple[str, ...]
    commands: tuple[Command, ...]
    any_numbers: bool
    skipped: str | None


@dataclass(frozen=True)
class File:
    """A file that the page shows, to be written into the project."""

    path: str
    text: str


@dataclass
class Story:
    """What happens in one scratch project."""

    page: Path
    line: int
    project: str
    acts: list[File | Console] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class _Block:
    language: str
    line: int
    lines: tuple[str, ...]


def stories(page: Path) -> list[Story]:
    """The stories of a page. Console blocks outside of any project are in a first one, `none`."""
    found = [Story(page, 1, "none")]
    said: dict[str, str] = {}
    for part in _parts(page.read_text("utf-8")):
        if isinstance(part, _Block):
            story = found[-1]
            if "file" in said:
                story.acts.append(File(said["file"], "\n".join(part.lines) + "\n"))
            elif part.language == "console":
                story.acts.append(_console(part, said))
            said = {}
        elif part[1] == "project":
            found.append(Story(page, part[0], part[2]))
        else:
            said[part[1]] = part[2]
    return [story for story in found if story.acts]


def _parts(text: str) -> Iterator[_Block | tuple[int, str, str]]:
    """Fenced blocks, and directives as line, word and value, in their order."""
    inside: list[str] | None = None
    language, began = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if inside is not None:
            if line == "```":
                yield _Block(language, began + 1, tuple(inside))
                inside = None
            else:
                inside.append(line)
        elif line.startswith("```"):
            inside, language, began = [], line[3:].strip(), number
        elif directive := _DIRECTIVE.match(line):
            yield number, directive[1], directive[2]


def _console(block: _Block, said: dict[str, str]) -> Console:
    commands: list[Command] = []
    printed: list[str] = []
    for offset, line in enumerate(block.lines):
        if line.startswith("$ "):
            printed = []
            commands.append(Command(block.line + offset, line[2:], ()))
        else:
            assert commands, f"line {block.line + offset} prints something before any command"
            last = commands.pop()
            if last.text.endswith("\\") and not printed:
                commands.append(Command(last.line, last.text[:-1] + line.strip(), ()))
                continue
            printed.append(line)
            commands.append(Command(last.line, last.text, tuple(printed)))
    return Console(
        block.line,
        block.lines,
        tuple(commands),
        said.get("numbers") == "any",
        said.get("skip"),
    )


# --- what is printed, compared with what the page says -----------------------------------------------

_STEP = re.compile(r"^  (OK|PASS|FAIL|ERROR|WARN|SKIP)\b")
_BELOW_A_STEP = re.compile(r"^ {8}\S")


def same(shown: tuple[str, ...], printed: list[str], *, any_numbers: bool) -> bool:
    """Is what a command printed what the page shows?

    Times, moments, ids of releases and the list of the slowest steps do not count, nor does the order of
    steps that run side by side.
    """
    return _match(
        _tokens(_plain(list(shown), any_numbers=any_numbers)),
        _tokens(_plain(printed, any_numbers=any_numbers)),
    )


def _plain(lines: list[str], *, any_numbers: bool) -> list[str]:
    plain: list[str] = []
    for line in without_slowest(lines):
        line = re.sub(r"\s+(\d[\d,]*\.\d+ s|\d+ m \d\d s)\b", " <time>", line.rstrip())
        line = re.sub(r"\b\d{8}T\d{6}-[0-9a-f]{6}\b", "<release>", line)
        line = re.sub(r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "<moment>", line)
        if any_numbers:
            line = re.sub(r"\s+<number>", " <number>", re.sub(r"\d+(?:[.,]\d+)*", "<number>", line))
        plain.append(line)
    while plain and not plain[-1]:
        plain.pop()
    return plain


def without_slowest(lines: list[str]) -> list[str]:
    """The lines without the list of the slowest steps."""
    kept: list[str] = []
    slowest = False
    for line in lines:
        slowest = line == "  slowest" or (slowest and line.strip() != "")
        if not slowest:
            kept.append(line)
        elif kept and not kept[-1]:
            kept.pop()
    return kept


@dataclass(frozen=True)
class _Steps:
    """Lines of steps that follow each other; open: the page leaves some of them out."""

    blocks: tuple[str, ...]
    open: bool


def _tokens(lines: list[str]) -> list[str | _Steps]:
    tokens: list[str | _Steps] = []
    blocks: list[str] = []
    left_out = False
    for line in [*lines, ""]:
        if _STEP.match(line):
            blocks.append(line)
        elif blocks and _BELOW_A_STEP.match(line):
            blocks[-1] += "\n" + line
        elif blocks and line.strip() == "…":
            left_out = True
        else:
            if blocks:
                tokens.append(_Steps(tuple(blocks), left_out))
                blocks, left_out = [], False
            tokens.append(line)
    return tokens[:-1]


def _match(shown: list[str | _Steps], printed: list[str | _Steps]) -> bool:
    if not shown:
        return not printed
    first, rest = shown[0], shown[1:]
    if isinstance(first, str) and first.strip() == "…":
        return any(_match(rest, printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and _alike(first, printed[0]) and _match(rest, printed[1:])


def _alike(shown: str | _Steps, printed: str | _Steps) -> bool:
    if isinstance(shown, str) or isinstance(printed, str):
        both = isinstance(shown, str) and isinstance(printed, str)
        return both and _text_alike(str(shown), str(printed))
    left = list(printed.blocks)
    for block in shown.blocks:
        found = next((other for other in left if _text_alike(block, other)), None)
        if found is None:
            return False
        left.remove(found)
    return shown.open or not left


def _text_alike(shown: str, printed: str) -> bool:
    parts = [re.escape(part) for part in shown.split("…")]
    return re.fullmatch(".*".join(parts), printed, re.DOTALL) is not None
