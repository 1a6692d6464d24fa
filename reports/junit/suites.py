"""JUnit XML: one test a case, one a finding of the gate.

The schema is the common one of Jenkins, GitLab and GitHub's reporters (``testsuites`` › ``testsuite`` ›
``testcase`` › ``failure``, ``skipped``).  A case fails where this change broke it or made it unsafe; what
was wrong before is skipped with the reason, as a known failure is in pytest; times are left out, since
equal data must give equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from validation.comparison import Change, Event

from ..data.case_shapes import Case
from ..data.shapes import ReportData

HARMS = tuple(event.value for event in Event if event.is_harm)
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


def junit(data: ReportData) -> str:
    """The XML, with its declaration; cases by id, what is not comparable after them."""
    root = ET.Element("testsuites", name="clinval")
    _suite(root, "clinval.cases", list(_cases(data)), data)
    if data.verdict is not None:
        _suite(root, "clinval.gate", list(_findings(data)), data)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, tests: list[ET.Element], data: ReportData) -> None:
    suite = ET.SubElement(root, "testsuite", name=name, tests=str(len(tests)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(test.find(tag) is not None for test in tests)))
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(data):
        ET.SubElement(properties, "property", name=key, value=_clean(value))
    suite.extend(tests)


def _properties(data: ReportData) -> Iterator[tuple[str, str]]:
    sides = {"base": data.base, "candidate": data.candidate}
    for name, side in sides.items():
        if side is not None:
            yield f"{name}", side.label
            yield f"{name}.results_sha256", side.results_sha256
    yield "unlisted", " / ".join(data.unlisted)


def _cases(data: ReportData) -> Iterator[ET.Element]:
    known = frozenset(data.inherited_failures)
    tests = {case.id: _changed(case, is_run=data.is_run) for case in data.cases}
    for line in data.other_cases:
        tests[line.id] = _test("clinval.cases", line.specialty or "cases", line.id)
        if line.id in known:
            _say(tests[line.id], "skipped", f"known: {line.words}")
    for case_id in sorted(tests):
        yield tests[case_id]
    for entry in data.not_comparable:
        test = _test("clinval.cases", "not comparable", entry.id)
        _say(test, "skipped", f"{entry.change}: {entry.words}")
        yield test


def _changed(case: Case, *, is_run: bool) -> ET.Element:
    test = _test("clinval.cases", case.specialty or "cases", case.id)
    harm = [event for event in case.events if event in HARMS]
    broken = case.change in ("wrong", Change.BROKEN)
    if broken or harm or (is_run and case.never_events):
        _say(test, "failure", case.words, f"{case.words}\n{case.command}", " ".join([*harm, case.change]))
    elif not case.candidate.right:
        _say(test, "skipped", f"known: {case.words}")
    return test


def _findings(data: ReportData) -> Iterator[ET.Element]:
    assert data.verdict is not None
    for finding in data.verdict.findings:
        test = _test("clinval.gate", finding.rule, f"{finding.rule} {finding.title}")
        body = "\n".join([finding.words, *finding.details, *([finding.next_step] if finding.next_step else [])])
        if finding.status in ("fail", "incomplete"):
            _say(test, "failure", finding.words, body, finding.status)
        elif finding.status == "inconclusive":
            _say(test, "skipped", finding.words)
        yield test


def _test(suite: str, group: str, name: str) -> ET.Element:
    """A test; dots would divide the group's name into packages."""
    return ET.Element("testcase", classname=_clean(f"{suite}.{group.replace('.', '_')}"), name=_clean(name))


def _say(test: ET.Element, tag: str, message: str, body: str = "", kind: str = "") -> None:
    element = ET.SubElement(test, tag, message=_clean(message))
    if kind:
        element.set("type", kind)
    if body:
        element.text = _clean(body)


def _clean(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value)
