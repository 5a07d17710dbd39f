"""Annotations and the job summary of GitHub Actions."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from runner.errors import ErrorGroup, Location, ProjectError
from runner.output.github import annotation, error_annotations, job_summary, step_annotations
from runner.run.events import Finished, Logged, Result, Rows, Status

SAMPLE = runpy.run_path(str(Path(__file__).parents[1] / "golden/output/sample_run.py"))


def test_a_run_is_its_golden_files() -> None:
    old = Logged("warning", "old key", Location("models/x.yml", 3))
    lines = step_annotations(SAMPLE["FINISHED"], warnings=[old, old], folder="shop")
    text, expected = SAMPLE["golden"]("annotations.txt", "\n".join(lines) + "\n")
    assert text == expected
    text, expected = SAMPLE["golden"](
        "job_summary.md", job_summary(SAMPLE["FINISHED"], title="runner build")
    )
    assert text == expected


def unescaped(line: str) -> tuple[dict[str, str], str]:
    """What GitHub's runner reads: split first, then `%3A`, `%2C`, `%0D`, `%0A` and `%25`, once."""
    head, _, message = line.removeprefix("::error ").partition("::")
    pairs = (part.partition("=") for part in head.split(","))

    def undo(text: str, codes: tuple[str, ...]) -> str:
        meaning = {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}
        for code in codes:
            text = text.replace(code, meaning[code])
        return text

    every = ("%0D", "%0A", "%3A", "%2C", "%25")
    return {key: undo(value, every) for key, _, value in pairs}, undo(
        message, every[:2] + every[4:]
    )


@pytest.mark.parametrize("text", ["a:b,c;d=e", "100 % sure", "two\r\nlines::x", "%0A literally"])
def test_any_text_survives_the_way_to_github(text: str) -> None:
    line = annotation("error", text, text, Location(f"models/{text}.sql", 3, 4))
    assert "\n" not in line
    properties, message = unescaped(line)
    assert properties == {"file": f"models/{text}.sql", "line": "3", "col": "4", "title": text}
    assert message == text


def test_an_annotation_without_a_place_has_only_a_title() -> None:
    assert annotation("warning", "t", "m", None) == "::warning title=t::m"


def test_each_error_of_a_group_is_annotated() -> None:
    group = ErrorGroup(
        [ProjectError("one", at=Location("a.yml", 1)), ProjectError("two", hint="do")]
    )
    assert error_annotations(group, folder="shop") == [
        "::error file=shop/a.yml,line=1,title=runner::one",
        "::error title=runner::two%0Ahint: do",
    ]


def test_data_cannot_break_out_of_the_summary() -> None:
    rows = Rows(("a",), ("VARCHAR",), [("``` <script>",)])
    result = Result("t", Status.FAIL, "x", sample=rows, failures=1)
    text = job_summary(Finished((result,), 1.0, {"t": ("<b>|", "test")}), title="t")
    assert "<b>&lt;b&gt;|</b>" in text
    assert text.count("````") == 2  # a longer fence than the data's


def test_a_run_without_failures_is_good_news() -> None:
    result = Result("t", Status.PASS)
    text = job_summary(Finished((result,), 1.0, {}, published=True), title="build")
    assert text.startswith("## ✅ build\n")
    assert "Failures" not in text
    assert "published" in text
