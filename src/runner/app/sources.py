"""The verb debug --sources: what is in the files of each source that a model reads."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from runner.app.compile import scratch_session
from runner.app.load import Loaded, Options, Outside, load
from runner.engines.duckdb_files import source_files, source_patterns
from runner.engines.source_facts import Facts, Fault, source_facts
from runner.errors import Exit, ProjectError, RunnerError, describe
from runner.project.nodes import Kind, Node

OUTPUTS = ("text", "json")
SHOWN = 12
"""How many files that no source reads are named."""


def report_sources(
    options: Options, outside: Outside, output: str, say: Callable[[str], None]
) -> int:
    """Say of each source, place by place, what was found and what cannot be read.

    output: text or json. Returns 0 when every row can be read, 2 when something has to be mended.
    Raises the errors of loading the project.
    """
    if output not in OUTPUTS:
        raise ProjectError(f"--output is {output!r}", hint=f"one of: {', '.join(OUTPUTS)}")
    loaded = load(options, outside)
    session = scratch_session(loaded)
    nodes = [node for node in used_sources(loaded) if reads_files(node)]
    facts = [entry for node in nodes for entry in source_facts(node, session)]
    unread = _unread(nodes)
    if output == "json":
        described = [_described(entry) for entry in facts]
        say(json.dumps({"sources": described, "unread_files": unread}, indent=2))
    else:
        for entry in facts:
            say("\n".join(_lines(entry)))
        if unread:
            shown = ", ".join(unread[:SHOWN]) + (", …" if len(unread) > SHOWN else "")
            say(f"read by no source: {shown}")
        say(_summary(facts))
    wrong = any(entry.state == "wrong" for entry in facts)
    return int(Exit.USAGE if wrong else Exit.DONE)


def used_sources(loaded: Loaded) -> Iterator[Node]:
    """The sources in files that something enabled reads, in their order."""
    read = {parent for node in loaded.nodes.values() for parent in node.parents}
    for node in loaded.nodes.values():
        source = node.definition.source
        if node.kind is not Kind.SOURCE or source is None or node.id not in read:
            continue
        if source.external_location is not None:
            yield node


def reads_files(node: Node) -> bool:
    """Does a source name files, rather than a call of its own?"""
    source = node.definition.source
    return source is not None and "(" not in (source.external_location or "(").split("/")[0]


def _unread(nodes: list[Node]) -> list[str]:
    """Files beside those of the sources that no source reads: of another name or kind than is looked for.

    In folders of data only, not in the project's own. A page about the files is none of them.
    """
    folders, read = set(), set()
    for node in nodes:
        folders |= {os.path.dirname(pattern) for pattern in source_patterns(node) or ()}
        with suppress(RunnerError):
            read |= {os.path.normpath(file) for file in source_files(node) or ()}
    there = {
        os.path.normpath(path)
        for folder in folders - {"", "."}
        for path in glob.glob(f"{folder}/*")
        if os.path.isfile(path) and not os.path.basename(path).startswith("README")
    }
    return sorted(there - read)


def _lines(facts: Facts) -> Iterator[str]:
    place = f" ({facts.place})" if facts.place else ""
    name = f"{facts.source}{place}"
    if facts.state == "absent":
        yield f"{name}: absent, read as empty ({facts.pattern})"
        return
    if facts.files and not (facts.state == "wrong" and not facts.refused):
        days = f", {facts.date_column} {facts.first} to {facts.last}" if facts.first else ""
        yield f"{name}: {_count(facts.rows, 'row')} in {_files(facts.files)}{days}"
    else:
        yield f"{name}: wrong"
    if facts.missing:
        yield f"    missing, read as empty: {', '.join(facts.missing)}"
    if facts.unknown:
        yield f"    unknown, not read: {', '.join(facts.unknown)}"
    if facts.keyless:
        yield f"    without a key, dropped: {_count(facts.keyless, 'row')}"
    if facts.empty:
        told = ", ".join(f"{name} ({_count(count, 'row')})" for name, count in facts.empty)
        yield f"    without a value that is required: {told}"
    if facts.repeated:
        yield f"    repeated keys: {_count(facts.repeated, 'row')} more than keys"
    for note in facts.notes:
        yield f"    {note}"
    if facts.refused:
        yield f"    refused, a build would stop: {_count(facts.refused, 'row')}"
    for fault in facts.faults:
        yield from (f"    {line}" for line in _told(fault).split("\n"))
    if len({(f.at.path, f.at.line) for f in facts.faults if f.at}) < facts.refused:
        yield "    …"


def _told(fault: Fault) -> str:
    return describe(RunnerError(fault.message, at=fault.at, hint=fault.hint))


def _files(files: tuple[str, ...]) -> str:
    return files[0] if len(files) == 1 else f"{len(files)} files of {os.path.dirname(files[0])}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _summary(facts: list[Facts]) -> str:
    states = [entry.state for entry in facts]
    parts = [f"{states.count(state)} {state}" for state in ("found", "absent", "wrong")]
    return ", ".join(parts)


def _described(facts: Facts) -> dict[str, object]:
    return {
        "source": facts.source,
        "place": facts.place,
        "state": facts.state,
        "pattern": facts.pattern,
        "files": list(facts.files),
        "rows": facts.rows,
        "date_column": facts.date_column,
        "first": facts.first,
        "last": facts.last,
        "missing_columns": list(facts.missing),
        "unknown_columns": list(facts.unknown),
        "rows_without_key": facts.keyless,
        "rows_without_required_value": dict(facts.empty),
        "rows_with_repeated_key": facts.repeated,
        "refused_rows": facts.refused,
        "faults": [
            {
                "file": fault.at.path if fault.at else None,
                "line": fault.at.line if fault.at else None,
                "message": fault.message,
                "hint": fault.hint,
            }
            for fault in facts.faults
        ],
        "notes": list(facts.notes),
    }
