"""Draws docs/images/build.svg: what `runner build` prints for the demo shop, in a terminal's colours.

    python docs/images/make_picture.py

The output is real; most of its lines in the middle are left out, and the picture says how many.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("build.svg")
FIRST, LAST = 10, 8
"""Lines of steps that are shown before and after the gap."""
WIDTH = 98
THEME = TerminalTheme(
    (24, 27, 33),
    (214, 218, 224),
    [(60, 64, 72), (224, 108, 117), (126, 190, 110), (222, 176, 104), (97, 160, 230),
     (190, 130, 210), (86, 182, 194), (214, 218, 224)],
)  # fmt: skip


def printed() -> list[str]:
    """The lines of a build of the demo shop, with their ANSI colours."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "FORCE_COLOR": "1",
            "PYTHONPATH": str(ROOT / "src"),
            "RUNNER_DATABASE": f"{folder}/warehouse.duckdb",
        }
        command = [sys.executable, "-m", "runner", "build"]
        command += ["--project-dir", str(ROOT), "--target-path", f"{folder}/target"]
        done = subprocess.run(
            command, cwd=folder, env=environ, text=True, capture_output=True, check=True
        )
    return done.stdout.rstrip("\n").split("\n")


def shortened(lines: list[str]) -> list[str]:
    """The lines with a gap in the middle of the steps."""
    end = next(n for n, line in enumerate(lines) if "slowest" in line) - 1
    steps = lines[2:end]
    gap = f"\x1b[2m  … {len(steps) - FIRST - LAST} more steps\x1b[0m"
    return [*lines[:2], *steps[:FIRST], "", gap, "", *steps[-LAST:], *lines[end:]]


def picture(lines: list[str]) -> str:
    """The lines as SVG, without fonts from elsewhere."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    for line in ["\x1b[2m$\x1b[0m runner build", "", *lines]:
        text = Text.from_ansi(line)
        text.truncate(WIDTH, overflow="ellipsis")
        console.print(text, no_wrap=True)
    svg = console.export_svg(title="runner build", theme=THEME, unique_id="build")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")
    return re.sub(r"<!--.*?-->\s*", "", svg)


if __name__ == "__main__":
    PICTURE.write_text(picture(shortened(printed())), "utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")
