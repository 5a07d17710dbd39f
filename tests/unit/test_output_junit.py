"""JUnit XML: the common schema, and nothing that XML cannot hold."""

from __future__ import annotations

import runpy
from pathlib import Path
from xml.etree import ElementTree

from runner.output.junit import junit_xml
from runner.run.events import Finished, Result, Status

SAMPLE = runpy.run_path(str(Path(__file__).parents[1] / "golden/output/sample_run.py"))
SUITE = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"}
CASE = {"name", "classname", "time", "file", "line"}


def xml(finished: Finished) -> str:
    return junit_xml(finished, name="runner build", started_at=SAMPLE["NOON"], hostname="box")


def test_a_run_is_its_golden_file() -> None:
    text, expected = SAMPLE["golden"]("junit.xml", xml(SAMPLE["FINISHED"]))
    assert text == expected


def test_only_what_the_common_schema_knows() -> None:
    root = ElementTree.fromstring(xml(SAMPLE["FINISHED"]))
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert set(suite.attrib) == SUITE
        for case in suite:
            assert case.tag == "testcase"
            assert set(case.attrib) <= CASE
            assert len(case) <= 1
            assert all(child.tag in ("skipped", "error", "failure", "system-out") for child in case)


def test_counts_add_up() -> None:
    root = ElementTree.fromstring(xml(SAMPLE["FINISHED"]))
    for key, expected in (("tests", 11), ("failures", 2), ("errors", 1), ("skipped", 2)):
        assert int(root.attrib[key]) == expected
        assert sum(int(suite.attrib[key]) for suite in root) == expected
    assert len(root.findall(".//failure")) == 2
    assert len(root.findall(".//error")) == 1
    assert len(root.findall(".//skipped")) == 2


def test_a_failure_says_where_and_shows_its_rows() -> None:
    root = ElementTree.fromstring(xml(SAMPLE["FINISHED"]))
    case = root.find(".//testcase[@name='not_null_orders_customer']")
    assert case is not None
    assert (case.get("file"), case.get("line")) == ("models/orders.yml", "12")
    assert case.get("classname") == "models.orders"
    text = case.findtext("failure") or ""
    assert "12 rows are null" in text
    assert "runner show --failures not_null_orders_customer" in text
    assert "17.50" in text  # the seventh row: all that were fetched are given here


def test_what_xml_cannot_hold_is_removed() -> None:
    name = "a\x00b\x1b<&\"'>\ud800\uffff日"
    result = Result("test.x", Status.FAIL, "bad \x08 \x0b value ]]> & <")
    text = xml(Finished((result,), 1.0, {"test.x": (name, "test")}))
    text.encode()
    case = ElementTree.fromstring(text).find(".//testcase")
    assert case is not None
    assert case.get("name") == "ab<&\"'>日"
    assert case.findtext("failure") == "bad \\x08 \\x0b value ]]> & <"


def test_no_results_are_valid() -> None:
    assert ElementTree.fromstring(xml(Finished((), 0.0, {}))).get("tests") == "0"
