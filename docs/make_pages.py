"""Writes docs/reports/, a page a report, from docs/report_pages.yml and what the project says of its tables.

    python docs/make_pages.py

Questions come from reports.yml, tables, columns and functions from their YAML files, formulas from the dictionary of metrics,
settings from settings/README.md. `tests/docs` fails when a page says something else.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent
FOLDER = HERE / "reports"
FILTERS = "store channel country region city product category campaign rfm_segment value_tier segment since_from since_to revenue_min revenue_max".split()


def definitions() -> list[dict[str, Any]]:
    """What report_pages.yml says of each page."""
    found: list[dict[str, Any]] = yaml.safe_load((HERE / "report_pages.yml").read_text("utf-8"))
    return found


def pages() -> dict[str, str]:
    """The text of each file of docs/reports/."""
    return {f"{one['page']}.md": page(one) for one in definitions()}


def page(one: dict[str, Any]) -> str:
    head = f"# {one['title']}\n\n{one['intro']}\n\nWritten by `python docs/make_pages.py`; the words of tables and columns are those in the database.\n"
    parts = [
        head,
        chapter("What it answers", answered(one)),
        chapter("How it is computed", listed(one["how"])),
        chapter("What it does not say", listed(one["not"])),
        chapter("Settings", settings(one)),
        *(table(name) for name in one["tables"]),
        *(function(name) for name in one["functions"]),
    ]
    return "\n".join(part for part in parts if part)


def chapter(title: str, text: str) -> str:
    return f"## {title}\n\n{text}\n" if text else ""


def listed(sentences: list[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


@cache
def questions() -> dict[str, str]:
    rows = yaml.safe_load((HERE / "reports.yml").read_text("utf-8"))
    return {row["id"]: row["question"] for row in rows}


def answered(one: dict[str, Any]) -> str:
    """Its questions, each a link to query and answer; and the tables and functions below."""
    lines = []
    for row in one["rows"]:
        heading = f"{row} · {questions()[row]}"
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        lines.append(f"[{row}](../reports.md#{anchor}) {questions()[row]}")
    places = [f"[`{name}`](#{name})" for name in (*one["tables"], *one["functions"])]
    return "\n\n".join(filter(None, [listed(lines), "In " + ", ".join(places) + "."]))


def settings(one: dict[str, Any]) -> str:
    """Variables with their defaults, and seeds that the owner edits."""
    rows = [
        f"| `{name}` | {variables()[name][0]} | {variables()[name][1]} |"
        for name in one.get("settings", [])
    ]
    heading = ["| variable | default | meaning |", "|---|---|---|"] if rows else []
    seeds = [f"`{name}`" for name in one.get("seeds", [])]
    edited = [f"Data that the owner edits, in `seeds/`: {', '.join(seeds)}."] if seeds else []
    return "\n\n".join(filter(None, ["\n".join(heading + rows), *edited]))


@cache
def variables() -> dict[str, tuple[str, str]]:
    """Default and meaning of each variable, from the settings' page; its links lead there from here."""
    text = (ROOT / "settings" / "README.md").read_text("utf-8").replace("](../docs/", "](../")
    return {
        name: (default, meaning)
        for name, default, meaning in re.findall(
            r"^\| `(\w+)` \| (.*?) \| (.*) \|$", text, re.MULTILINE
        )
    }


@cache
def described(*kinds: str) -> dict[str, dict[str, Any]]:
    """Every model, seed or function by its name, as its YAML file has it."""
    found: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        for path in sorted((ROOT / kind).rglob("*.yml")):
            for entry in (yaml.safe_load(path.read_text("utf-8")) or {}).get(kind) or ():
                found[entry["name"]] = entry
    return found


@cache
def shared_texts() -> dict[str, str]:
    text = (ROOT / "models" / "columns.md").read_text("utf-8")
    return {
        name: " ".join(words.split())
        for name, words in re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", text, re.DOTALL)
    }


def said(text: str) -> str:
    """A description with its shared text, on one line of a table."""
    told = re.sub(r"{{ doc\('(\w+)'\) }}", lambda match: shared_texts()[match[1]], text)
    return " ".join(told.split()).replace("|", "\\|")


def table(name: str) -> str:
    entry = described("models", "seeds")[name]
    keys = ", ".join(f"`{key}`" for key in entry["config"]["grain"])
    columns = [f"| `{c['name']}` | {said(c['description'])} |" for c in entry["columns"]]
    grain = f" One row for each {keys}." if keys else ""
    return "\n".join(
        [
            f"## {name}\n\n{said(entry['description'])}{grain}\n",
            *formulas(name),
            "| column | meaning |\n|---|---|",
            *columns,
            "",
        ]
    )


def formulas(name: str) -> list[str]:
    """What the dictionary of metrics says of the table's columns."""
    with (ROOT / "seeds" / "metrics_dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["relation"] == name]
    if not rows or name == "metrics_dictionary":
        return []
    lines = [
        f"| {row['number']} | {row['label_en']} | {said(row['formula'])} | {said(row['meaning'])} |"
        for row in rows
    ]
    return ["| metric | name | formula | meaning |\n|---|---|---|---|", *lines, ""]


def function(name: str) -> str:
    entry = described("functions")[name]
    arguments = [a for a in entry["arguments"] if a["name"] not in FILTERS]
    lines = [f"| `{signed(a)}` | {said(a.get('description', ''))} |" for a in arguments]
    filters = [f"`{a['name']}`" for a in entry["arguments"] if a["name"] in FILTERS]
    taken = (
        f"Filters: {', '.join(filters)}; empty means all, `'a,b'` any of both.\n" if filters else ""
    )
    columns = [f"| `{c['name']}` | {said(c['description'])} |" for c in entry["columns"]]
    return "\n".join(
        [
            f"## {name}\n\n{said(entry['description'])}\n",
            "| argument | meaning |\n|---|---|",
            *lines,
            "",
            *([taken] if taken else []),
            "| column | meaning |\n|---|---|",
            *columns,
            "",
        ]
    )


def signed(argument: dict[str, Any]) -> str:
    default = argument.get("default_value")
    return argument["name"] if default is None else f"{argument['name']} := {default or repr('')}"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for file_name, written in pages().items():
        (FOLDER / file_name).write_text(written, "utf-8")
