"""The comment as its reader meets it: on a phone, tired, and perhaps not alone."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module

import pytest

from reports.data import ReportData, report_data, run_data
from reports.data.case_shapes import Effect
from reports.data.shapes import EditSummary
from reports.markdown import MARKER, MOST_CHARACTERS, comment
from tests.reports import samples
from tests.reports.markdown.rendered import Page
from validation.comparison import Diff, compare

OURS = {
    "details", "summary", "br", "sub", "p", "strong", "em", "code", "pre", "table", "thead", "tbody", "tr", "th",
    "td", "ol", "ul", "li", "h4", "blockquote",
}  # fmt: skip


def test_the_verdict_is_the_first_line(data: ReportData) -> None:
    marker, headline, *_ = comment(data).splitlines()
    assert marker == MARKER
    assert data.verdict is not None
    assert data.verdict.heading in headline
    assert f"{data.counts['broken']} broken" in headline
    assert f"of {data.n_comparable} cases" in headline


def test_a_clinicians_cases_come_first_with_words_and_command(plain_data: ReportData) -> None:
    written = comment(plain_data)
    page = Page(written)
    assert page.headings[0].startswith("For a clinician first")
    first = next(case for case in plain_data.cases if case.never_events)
    assert first.command in page.code
    assert first.id in page.prose
    assert written.index("For a clinician first") < written.index("#### Broken")


def test_every_broken_case_is_named_and_percentages_have_counts(plain_data: ReportData) -> None:
    page = Page(comment(plain_data))
    for case in plain_data.cases:
        if case.change == "broken":
            assert case.id in page.prose
    for percentage in re.finditer(r"of (\d+) \(([\d.]+) %\)", page.prose):
        assert int(percentage[1]) > 0
    assert "could be chance" in page.prose
    assert f"clinval diff {plain_data.commands[0].split(' ', 2)[2]}" in "".join(page.code)


def test_what_was_so_before_is_folded(plain_data: ReportData) -> None:
    written = comment(plain_data)
    folded = written.index("<details>")
    place = written.index("Inherited from the base")
    assert place > folded
    assert all(name in written[place:] for name in plain_data.inherited_failures[:3])
    assert written.count("<details>") == written.count("</details>")


def test_changed_cases_stand_apart_from_the_model(data: ReportData) -> None:
    page = Page(comment(data))
    assert "Not comparable (3)" in page.prose
    assert {"case-edited", "case-new", "case-removed"} <= set(page.code)


def test_a_case_set_that_changed_is_told_apart(plain_data: ReportData) -> None:
    changed = replace(plain_data, case_changes={"edited": ("one",), "removed": ("two", "three")}, remarks=("By hand.",))
    page = Page(comment(changed))
    assert "The case set changed (1 edited, 2 removed); both models played the candidate's" in page.prose
    assert "removed (2): two, three" in page.prose
    assert "By hand." in page.prose


def test_what_a_reviewer_has_to_agree_with_is_told_whatever_the_verdict(plain_diff: Diff) -> None:
    same = compare(plain_diff.base, plain_diff.base)
    passing = report_data(same, verdict=samples.judged(same))
    assert passing.verdict is not None
    flag = replace(
        passing.verdict.findings[0], rule="G0", status="flag", title="cases made easier", words="1 case asks less.",
        next_step="agree", cases=("c1",), details=("c1: fever need not be asked",),
    )  # fmt: skip
    written = comment(replace(passing, verdict=replace(passing.verdict, findings=(*passing.verdict.findings, flag))))
    above = Page(written[: written.index("<details>")]).prose
    assert "GATE PASSED" in above
    assert "⚠ G0 cases made easier: 1 case asks less." in above
    assert "c1: fever need not be asked" in above
    assert "→ agree" in above


def test_one_line_where_nothing_flipped(plain_diff: Diff) -> None:
    same = compare(plain_diff.base, plain_diff.base)
    written = comment(report_data(same, verdict=samples.judged(same)))
    assert len(written.strip().splitlines()) == 2
    assert "equal to the last bit" in written
    quiet = replace(report_data(same), is_empty=False)
    assert comment(quiet) == f"{MARKER}\nno case flipped: 72 cases played by both models\n"
    assert comment(quiet, marker="<!-- other -->").splitlines() == ["<!-- other -->", *comment(quiet).splitlines()[1:]]
    noted = replace(quiet, notes=("gate.toml changed",))
    assert comment(noted).splitlines()[2:] == ["", "> gate.toml changed"]


def test_one_line_is_not_enough_where_the_gate_objects(plain_diff: Diff) -> None:
    same = compare(plain_diff.base, plain_diff.base)
    passing = report_data(same, verdict=samples.judged(same))
    assert passing.verdict is not None
    finding = replace(passing.verdict.findings[0], status="fail", title="waiver expired", words="Since last week.")
    failing = replace(passing.verdict, status="FAIL", passes=False, findings=(finding,))
    written = comment(replace(passing, verdict=failing))
    assert "waiver expired" in written
    assert len(written.splitlines()) > 10


def test_nothing_comparable_says_so(data: ReportData) -> None:
    written = comment(replace(data, n_comparable=0, cases=(), figures=(), conditions=()))
    assert "nothing to compare" in written.splitlines()[1]


def test_blame(plain_data: ReportData) -> None:
    edit = EditSummary("c01.f03 .70→.07", "conditions/c01.toml", 4, 1, 2, 0)
    effect = Effect("c01.f03 .70→.07", -0.5, -0.6, -0.55, ("broken",))
    cases = tuple(replace(case, effects=(effect,)) for case in plain_data.cases)
    page = Page(comment(replace(plain_data, edits=(edit,), cases=cases)))
    assert "Which edit did it" in page.headings
    assert page.code.count("c01.f03 .70→.07") > 1
    assert "conditions/c01.toml" in page.prose
    assert "broke 4, fixed 1, 2 new never-events" in page.cells
    assert "reverting it undoes: broken" in page.prose


@pytest.mark.parametrize("link", ["https://ci.example/runs/1/report.html", ""])
def test_a_link_to_the_report(plain_data: ReportData, link: str) -> None:
    assert (f"({link})" in comment(plain_data, report=link)) == bool(link)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://a b", "https://a)[x](https://b", "http://a.example"])
def test_no_other_link(plain_data: ReportData, link: str) -> None:
    assert comment(plain_data, report=link) == comment(plain_data)


def test_harmful_texts_are_texts(data: ReportData) -> None:
    """BAD_INPUT 91, as far as a comment goes: no markup, no mention, no link, no lost cell."""
    for harmful in (samples.hostile(data), samples.hostile(replace(data, base=None))):
        page = Page(comment(harmful))
        assert set(page.tags) <= OURS
        assert page.comments == [" clinval "]
        for pattern in (r"@\w", r"#\d", r"://", r"(?i)www\.", "\x00", "\u202e"):
            assert not re.search(pattern, page.prose), pattern
        assert page.tables
        for rows in page.tables:
            assert len(set(rows)) == 1
        assert page.tags.count("details") == page.tags.count("summary")


@pytest.mark.parametrize("text", ["", "漢字と長い文章" * 60, "<@|`&>" * 120, samples.HOSTILE * 8])
@pytest.mark.parametrize("n", [1, 200, 5000])
def test_it_always_fits(data: ReportData, n: int, text: str) -> None:
    for given in (samples.many(data, n, text), samples.many(samples.hostile(data), n, text)):
        written = comment(given)
        assert len(written) <= MOST_CHARACTERS
        assert written.startswith(MARKER)
        page = Page(written)
        assert all(len(set(rows)) == 1 for rows in page.tables)
        if n == 5000:
            assert re.search(r"and \d+ more in the report", page.prose)


def test_at_worst_the_verdict_alone(plain_data: ReportData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("reports.markdown.comment"), "MOST_CHARACTERS", 500)
    written = comment(plain_data)
    assert len(written) <= 500
    assert plain_data.verdict is not None
    assert plain_data.verdict.heading in written
    assert "it is in the report" in written


def test_a_run_has_a_page_of_its_own(plain_diff: Diff) -> None:
    data = run_data(plain_diff.candidate)
    page = Page(comment(data))
    assert f"{data.counts['wrong']} wrong" in page.prose
    assert all(case.id in page.prose for case in data.cases[:5])
    assert "Figures" in page.headings
