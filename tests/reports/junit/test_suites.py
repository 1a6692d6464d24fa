"""JUnit XML as CI systems read it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree

from reports.data import ReportData, run_data
from reports.junit import junit
from tests.reports import samples
from validation.comparison import Diff

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "skipped"},
    "failure": set[str](),
    "skipped": set[str](),
    "property": set[str](),
}
REQUIRED = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"classname", "name"},
    "failure": {"message", "type"},
    "skipped": {"message"},
    "property": {"name", "value"},
}
"""The common schema (windyroad's JUnit.xsd, as Jenkins' xUnit plugin has it), without its times."""


def checked(written: str) -> Element:
    """The tree, after every element, attribute and count was held against the schema."""
    root: Element = ElementTree.fromstring(written.encode(), forbid_dtd=True)
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag], element.tag
        assert set(element.attrib) == REQUIRED.get(element.tag, set()), element.tag
    for suite in root:
        tests = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(tests)
        for attribute, tag in (("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == sum(test.find(tag) is not None for test in tests)
        assert all(len(test) <= 1 for test in tests)
    for attribute in ("tests", "failures", "errors", "skipped"):
        assert int(root.attrib[attribute]) == sum(int(suite.attrib[attribute]) for suite in root)
    return root


def verdicts(root: Element, suite: str) -> dict[str, str]:
    """Test name to ``passed``, ``failure`` or ``skipped``."""
    tests = root.findall(f"testsuite[@name='{suite}']/testcase")
    return {test.attrib["name"]: test[0].tag if len(test) else "passed" for test in tests}


def test_one_test_a_case(diff: Diff, data: ReportData) -> None:
    found = verdicts(checked(junit(data)), "clinval.cases")
    assert sorted(found) == sorted(pair.case_id for pair in diff.pairs)
    for pair in diff.pairs:
        if not pair.is_comparable:
            expected = "skipped"
        elif pair.change == "broken" or any(event.is_harm for event in pair.events):
            expected = "failure"
        else:
            assert pair.candidate is not None
            expected = "passed" if pair.candidate["rank_right"] == 1 else "skipped"
        assert found[pair.case_id] == expected, pair.case_id
    assert set(found.values()) == {"passed", "failure", "skipped"}


def test_a_failure_says_what_happened_and_how_to_see_it(data: ReportData) -> None:
    root = checked(junit(data))
    case = data.cases[0]
    failure = root.find(f".//testcase[@name='{case.id}']/failure")
    assert failure is not None
    assert failure.attrib["message"] == case.words
    assert case.command in (failure.text or "")
    assert set(case.never_events) <= set(failure.attrib["type"].split())


def test_the_gate_is_a_suite_of_its_own(data: ReportData) -> None:
    assert data.verdict is not None
    found = verdicts(checked(junit(data)), "clinval.gate")
    assert len(found) == len({f"{finding.rule} {finding.title}" for finding in data.verdict.findings})
    failing = {f"{f.rule} {f.title}" for f in data.verdict.findings if f.status in ("fail", "incomplete")}
    assert failing
    assert {name for name, verdict in found.items() if verdict == "failure"} == failing
    alone = checked(junit(replace(data, verdict=None)))
    assert [suite.attrib["name"] for suite in alone] == ["clinval.cases"]


def test_a_run_fails_where_it_is_wrong_or_unsafe(plain_diff: Diff) -> None:
    run = plain_diff.candidate
    found = verdicts(checked(junit(run_data(run))), "clinval.cases")
    wrong = {row["case_id"] for row in run.wrong()}
    assert {name for name, verdict in found.items() if verdict == "failure"} == wrong
    assert len(found) == 72


def test_harmful_texts_are_texts(data: ReportData) -> None:
    """BAD_INPUT 52 and 91: control characters, lone surrogates, markup."""
    written = junit(samples.hostile(data))
    root = checked(written)
    assert "\x00" not in written
    assert "<img" not in written
    assert "<img src=x onerror=alert(1)>" in root.findall(".//testcase")[0].attrib["name"]


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\ufffe", "\ud800"])
def test_what_xml_cannot_hold_is_replaced(data: ReportData, character: str) -> None:
    case = replace(data.cases[0], id=f"a{character}b", words=f"c{character}d")
    root = checked(junit(replace(data, cases=(case,), other_cases=(), not_comparable=())))
    assert root.findall(".//testcase")[0].attrib["name"] == "a\ufffdb"


def test_equal_data_equal_bytes(data: ReportData) -> None:
    assert junit(data) == junit(data)
    assert junit(data).startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites')
