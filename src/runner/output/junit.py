"""`--junit FILE`: results as JUnit XML, for the readers of GitHub, GitLab, Jenkins and Azure.

One suite for each resource type. A failed test is a `failure`, a broken step an `error`, a skipped
one `skipped`; warnings and what was unchanged pass and say so in `system-out`. Only elements and
attributes of the common schema, and in its order; `file` and `line` as pytest writes them.
Knows nothing of files: the caller writes the text.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from runner.output.summary import reason
from runner.output.tables import table_text
from runner.output.words import command_for_rows, named, sample_of
from runner.run.events import Finished, Result, Status

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAMPLE_ROWS = 20


def junit_xml(finished: Finished, *, name: str, started_at: datetime, hostname: str) -> str:
    """The whole file, with its XML declaration. name: of the outermost suite, `runner build`."""
    root = Element("testsuites", _totals(name, finished.results, finished.seconds))
    stamp = _stamp(started_at)
    for kind in dict.fromkeys(_kind(result) for result in finished.results):
        results = tuple(result for result in finished.results if _kind(result) == kind)
        attributes = _totals(kind, results, sum(result.seconds for result in results))
        attributes |= {"timestamp": stamp, "hostname": _clean(hostname)}
        suite = SubElement(root, "testsuite", attributes)
        for result in results:
            suite.append(_case(finished, result))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _totals(name: str, results: tuple[Result, ...], seconds: float) -> dict[str, str]:
    def count(status: Status) -> str:
        return str(sum(result.status is status for result in results))

    return {
        "name": _clean(name),
        "tests": str(len(results)),
        "failures": count(Status.FAIL),
        "errors": count(Status.ERROR),
        "skipped": count(Status.SKIPPED),
        "time": f"{seconds:.3f}",
    }


def _case(finished: Finished, result: Result) -> Element:
    name, kind = named(finished, result)
    attributes = {
        "classname": _clean(_class_name(result)),
        "name": _clean(name),
        "time": f"{result.seconds:.3f}",
    }
    if result.at is not None:
        attributes["file"] = _clean(result.at.path)
        if result.at.line is not None:
            attributes["line"] = str(result.at.line)
    case = Element("testcase", attributes)
    why = reason(result)
    match result.status:
        case Status.FAIL | Status.ERROR:
            tag = "failure" if result.status is Status.FAIL else "error"
            outcome = SubElement(case, tag, {"message": _clean(why[0]), "type": _clean(kind)})
            outcome.text = _clean("\n".join([*why, *_rows_found(result, name)]))
        case Status.SKIPPED:
            SubElement(case, "skipped", {"message": _clean(result.message or "skipped")})
        case Status.WARN:
            said = SubElement(case, "system-out")
            said.text = _clean("\n".join(["warning: " + why[0], *_rows_found(result, name)]))
        case Status.REUSED:
            SubElement(case, "system-out").text = "unchanged"
        case _:
            pass
    return case


def _rows_found(result: Result, name: str) -> list[str]:
    found = sample_of(result, _SAMPLE_ROWS)
    if found is None:
        return []
    sample, title = found
    command = command_for_rows(result, name)
    more = [f"{title}; all of them: {command}"] if command and title else []
    return ["", table_text(sample, width=None, limit=None), *more]


def _kind(result: Result) -> str:
    return result.id.partition(".")[0]


def _class_name(result: Result) -> str:
    """The file as a dotted path, which readers show as folders; else the id without its name."""
    if result.at is not None:
        path = PurePosixPath(result.at.path)
        return ".".join(part for part in path.with_suffix("").parts if part not in ("/", ".", ".."))
    return ".".join(result.id.split(".")[:2])


def _stamp(moment: datetime) -> str:
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _clean(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("", text)
