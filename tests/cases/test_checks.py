"""Cases against a network: each row names its line of the bad-input catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cases import Card, CaseSet, parse_cases
from cases.checks import CheckReport, check_cases, check_edits, check_leakage
from cases.checks.possible import listed_evidence, possible_under
from model.errors import InputError, Problem, Severity
from model.network import ClinicalNetwork, RiskFactor

Vary = Callable[..., dict[str, Any]]
Q, HOLD, W = Severity.QUARANTINE, Severity.HOLD, Severity.WARN

# catalogue, changes to a faultless card, code, severity, parts of the message
ONE_CASE = [
    (69, {"findings": {"nasuea": "present"}}, "E-UNKNOWN-FINDING", Q, ["'nasuea'", "did you mean nausea"]),
    (69, {"risk_factors": {"smokes": "present"}}, "E-UNKNOWN-RISK-FACTOR", Q, ["'smokes'", "smoking"]),
    (69, {"expected": {"must_ask": ["fevr"]}}, "E-UNKNOWN-FINDING", Q, ["must_ask", "'fevr'", "fever"]),
    (70, {"findings": {"side pain": "present"}}, "E-AMBIGUOUS", Q, ["rlq_pain or flank_pain"]),
    (71, {"findings": {"fever": "yes"}}, "E-STATE", Q, ["'yes'", "absent or present or unsure"]),
    (72, {"findings": {"feeling sick": "absent"}}, "E-CONTRADICTION", Q, ["'nausea' both present and absent"]),
    (74, {"patient": {"sex": "male", "pregnant": True}}, "E-PREGNANT-MALE", Q, ["pregnant male", "overrides"]),
    (76, {"patient": {"sex": "male"}, "findings": {"missed_period": "present"}}, "E-SEX-LIMIT", Q,
     ["male patient", "female only"]),
    (76, {"patient": {"age": 70}, "findings": {"missed_period": "present"}}, "E-AGE-LIMIT", Q,
     ["70 years", "from 12 to 55 years"]),
    (76, {"patient": {"age": 18, "age_unit": "months"}, "findings": {"missed_period": "present"}}, "E-AGE-LIMIT",
     Q, ["1.5 years"]),
    (78, {"expected": {"condition": "appendicits"}}, "W-CONDITION", W,
     ["'appendicits'", "did you mean appendicitis", "counts as a failure"]),
    (78, {"expected": {"acceptable": ["colitis"]}}, "W-CONDITION", W, ["acceptable", "'colitis'"]),
    (85, {"complaint": "They say it is an inflamed APPENDIX."}, "W-DIAGNOSIS-NAMED", W, ["complaint"]),
    (86, {"complaint": "Mail me at john.doe@example.org"}, "E-IDENTIFIER", HOLD, ["e-mail", "character 12"]),
    (86, {"complaint": "Ring +49 170 1234567 please"}, "E-IDENTIFIER", HOLD, ["telephone"]),
    (86, {"complaint": "My number is 555-0199"}, "E-IDENTIFIER", HOLD, ["telephone"]),
    (86, {"complaint": "I was born on 3 May 1980"}, "E-IDENTIFIER", HOLD, ["date"]),
    (86, {"notes": "DOB 03/05/1980"}, "E-IDENTIFIER", HOLD, ["date", "notes"]),
    (86, {"notes": "MRN: AB12345"}, "E-IDENTIFIER", HOLD, ["record"]),
    (86, {"notes": "case of Mrs. Stein"}, "E-IDENTIFIER", HOLD, ["name"]),
    (86, {"complaint": "I live at 12 Harley Street"}, "E-IDENTIFIER", HOLD, ["address"]),
    (88, {"expected": {"must_not_miss": []}}, "W-MUST-NOT-MISS", W, ["did you mean appendicitis?"]),
]  # fmt: skip

HARMLESS_TEXTS = [
    "My temperature was 37.2-37.6, then 38.5 for 3 days.",
    "Blood pressure 120/80, pulse 88; I took 500 mg twice, 10.5 in all.",
    "It started at 10:30, about 2 weeks ago; pain 7/10. I am 34.",
    "I felt ill on 12 May and my doctor said to wait 24-48 hours.",
    "Pain since Monday. I drink 2-3 glasses a day and smoked from 2010 to 2015.",
]


def _set(*records: dict[str, Any]) -> CaseSet:
    return CaseSet(tuple(Card.model_validate(record) for record in records), name="test")


def _codes(report: CheckReport) -> list[str]:
    return [problem.code for problem in report.problems]


def _only(report: CheckReport, code: str) -> Problem:
    found = [problem for problem in report.problems if problem.code == code]
    assert len(found) == 1, [str(problem) for problem in report.problems]
    return found[0]


IDENTIFYING = {
    "an e-mail": "john.doe@example.org",
    "a date": "12/03/1980",
    "a telephone": "0170 1234567",
    "a number": "4857773456",
    "a record": "MRN AB12345",
    "an SSN": "078-05-1120",
    "a name": "Mrs Stein",
}
FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "complaint": lambda text: {"complaint": text},
    "notes": lambda text: {"notes": text},
    "id": lambda text: {"id": text},
    "source": lambda text: {"source": text},
    "family": lambda text: {"family": text},
    "specialty": lambda text: {"specialty": text},
    "author": lambda text: {"author": text},
    "condition": lambda text: {"expected": {"condition": text}},
    "acceptable": lambda text: {"expected": {"acceptable": [text]}},
    "comment": lambda text: {"opinions": [{"doctor": "X", "condition": "appendicitis", "comment": text}]},
    "doctor": lambda text: {"opinions": [{"doctor": text, "condition": "appendicitis"}]},
    "opinion": lambda text: {"opinions": [{"doctor": "X", "condition": text}]},
    "override": lambda text: {"overrides": {"E-SEX-LIMIT": text}},
}


@pytest.mark.parametrize("kind", IDENTIFYING)
@pytest.mark.parametrize("field", FIELDS)
def test_86_in_every_field_it_is_held_and_never_echoed(
    field: str, kind: str, vary: Vary, network: ClinicalNetwork
) -> None:
    text = IDENTIFYING[kind]
    report = check_cases(_set(vary(**FIELDS[field](text))), network)
    found = [one for one in report.problems if one.code == "E-IDENTIFIER"]
    is_name = field in ("author", "doctor") and kind in ("a name", "a record", "an SSN")
    assert bool(found) is not is_name
    if found:
        assert {one.severity for one in found} == {HOLD}
        assert not any(text in str(one) for one in report.problems)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "appendicitis-001"}, {"id": "EXAMPLE-1"}, {"id": "dxy-000123"}, {"id": "case-12345678-3"},
        {"source": "BMJ 2015;351:h3480, doi:10.1136/bmj.h3480, PMID: 26157077"}, {"source": "ISBN 978-0-306-40615-7"},
        {"source": "https://doi.org/10.13026/1234567, accessed 12 May 2024"}, {"author": "Dr Smith"},
        {"expected": {"condition": "HP:0002017"}},
    ],
    ids=str,
)  # fmt: skip
def test_86_ids_and_citations_identify_nobody(changes: dict[str, Any], vary: Vary, network: ClinicalNetwork) -> None:
    assert "E-IDENTIFIER" not in _codes(check_cases(_set(vary(**changes)), network))


def test_a_faultless_case_has_no_problem(record: dict[str, Any], network: ClinicalNetwork) -> None:
    report = check_cases(_set(record), network, is_possible=possible_under(network), strict=True)
    assert report.problems == ()
    assert report.accepted.cards == report.case_set.cards


@pytest.mark.parametrize("row", ONE_CASE, ids=lambda row: f"{row[0]}-{row[2]}")
def test_one_case(row: Any, vary: Vary, network: ClinicalNetwork) -> None:
    catalogue, changes, code, severity, parts = row
    report = check_cases(_set(vary(**changes)), network)
    problem = _only(report, code)
    assert (problem.catalogue, problem.severity) == (catalogue, severity)
    for part in parts:
        assert part in str(problem)
    assert len(report.accepted) == (severity is W)
    strict = check_cases(_set(vary(**changes)), network, strict=True)
    assert strict.rejected == (severity is not W)


@pytest.mark.parametrize("text", HARMLESS_TEXTS)
def test_86_what_identifies_nobody_is_not_held(text: str, vary: Vary, network: ClinicalNetwork) -> None:
    assert check_cases(_set(vary(complaint=text)), network).problems == ()


def test_86_the_words_are_never_echoed(vary: Vary, network: ClinicalNetwork) -> None:
    report = check_cases(_set(vary(complaint="I am Mr Stein, stein@example.org, born on 3 May 1980")), network)
    assert len(report.problems) == 3
    assert not any(word in str(problem) for problem in report.problems for word in ("Stein", "example", "1980"))


def test_69_the_nearest_three_are_named(vary: Vary, network: ClinicalNetwork) -> None:
    report = check_cases(_set(vary(findings={"pain": "present"})), network)
    suggestions = _only(report, "E-UNKNOWN-FINDING").suggestions
    assert len(suggestions) == 3
    assert {"rlq_pain", "flank_pain"} <= set(suggestions)


def test_words_are_replaced_by_ids_and_that_is_recorded(vary: Vary, network: ClinicalNetwork) -> None:
    written = vary(
        findings={"rlq_pain": None, "Right iliac fossa PAIN": {"state": "present", "initial": True}},
        expected={"condition": "Acute appendicitis", "must_ask": ["301754002"]},
    )
    report = check_cases(_set(written), network)
    card = report.case_set.cards[0]
    assert list(card.findings) == ["nausea", "diarrhoea", "fever", "rlq_pain"]
    assert card.findings["rlq_pain"].initial
    assert card.expected.condition == "appendicitis"
    assert card.expected.must_ask[0].finding == "rlq_pain"
    assert [note.code for note in report.case_set.normalisations] == ["W-SYNONYM"] * 3
    assert report.problems == ()


def test_72_the_same_answer_twice_is_one_answer(vary: Vary, network: ClinicalNetwork) -> None:
    report = check_cases(_set(vary(findings={"feeling sick": {"state": "present", "initial": True}})), network)
    assert report.problems == ()
    assert report.case_set.cards[0].findings["nausea"].initial


def test_73_evidence_of_probability_zero(vary: Vary, network: ClinicalNetwork) -> None:
    no_appendicitis = ClinicalNetwork(
        "smaller", network.conditions[1:], network.findings, network.risk_factors,
        age_bands=network.age_bands, structure="one_condition",
    )  # fmt: skip
    cards = _set(vary(), vary(id="b", findings={"rlq_pain": "absent"}))
    report = check_cases(cards, no_appendicitis, is_possible=possible_under(no_appendicitis))
    problem = _only(report, "E-IMPOSSIBLE")
    assert (problem.catalogue, problem.severity) == (73, Q)
    assert [card.id for card in report.accepted] == ["b"]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("E-PREGNANT-MALE", {"patient": {"sex": "male", "pregnant": True}}),
        ("E-AGE-LIMIT", {"patient": {"age": 57}, "findings": {"missed_period": "present"}}),
        ("E-IDENTIFIER", {"notes": "after Dr House"}),
    ],
)
def test_74_a_reason_overrides(code: str, changes: dict[str, Any], vary: Vary, network: ClinicalNetwork) -> None:
    reason = "a late menopause, as the author saw it"
    report = check_cases(_set(vary(**changes, overrides={code: reason})), network, strict=True)
    problem = _only(report, code)
    assert problem.severity is W
    assert reason not in str(problem)
    assert len(report.accepted) == 1


def test_80_an_id_twice_rejects_the_set(record: dict[str, Any], vary: Vary, network: ClinicalNetwork) -> None:
    report = check_cases(_set(record, vary(patient={"age": 60})), network)
    assert (_only(report, "E-DUPLICATE-ID").catalogue, report.rejected) == (80, True)
    with pytest.raises(InputError, match="E-DUPLICATE-ID"):
        report.raise_if_rejected()


def test_81_the_same_content_under_another_id(vary: Vary, network: ClinicalNetwork) -> None:
    report = check_cases(_set(vary(), vary(id="b", author="KL", complaint="Ow.")), network)
    problem = _only(report, "E-DUPLICATE")
    assert (problem.catalogue, problem.severity) == (81, Q)
    assert "'appendicitis-001'" in str(problem)
    assert [card.id for card in report.accepted] == ["appendicitis-001"]


def test_81_records_of_a_corpus_may_repeat(vary: Vary, network: ClinicalNetwork) -> None:
    report = check_cases(_set(vary(kind="corpus"), vary(id="b", kind="corpus")), network, strict=True)
    assert _only(report, "W-DUPLICATE").severity is W
    assert len(report.accepted) == 2


def test_82_near_duplicates_by_findings_share_a_cluster(vary: Vary, network: ClinicalNetwork) -> None:
    answers = dict.fromkeys(("flank_pain", "fever", "diarrhoea"), "present")
    cards = _set(
        vary(complaint="", findings=answers),
        vary(complaint="", id="one-more", findings={**answers, "missed_period": "absent"}),
        vary(complaint="", id="two-others", findings={**answers, "nausea": "absent", "rlq_pain": "absent"}),
        vary(complaint="", id="a-year-older", findings=answers, patient={"age": 24}),
        vary(complaint="", id="old", findings=answers, patient={"age": 60}),
        vary(complaint="", id="man", findings=answers, patient={"sex": "male"}),
    )
    found = [problem for problem in check_cases(cards, network).problems if problem.code == "W-NEAR-DUPLICATE"]
    assert [problem.where for problem in found] == ["case one-more", "case a-year-older"]
    assert all(problem.catalogue == 82 for problem in found)
    assert all("one cluster of 3, named after 'appendicitis-001'" in str(problem) for problem in found)


def test_82_near_duplicates_by_text(vary: Vary, network: ClinicalNetwork) -> None:
    text = "Since last night my belly hurts, and now the pain is on the right."
    other = vary(id="b", complaint=text.replace("hurts", "aches"), findings={"fever": "present", "nausea": "absent"})
    report = check_cases(_set(vary(complaint=text), other), network)
    assert _only(report, "W-NEAR-DUPLICATE").where == "case b"
    unlike = {**other, "complaint": "I have been sick three times today and feel hot."}
    assert check_cases(_set(vary(complaint=text), unlike), network).problems == ()


def test_83_the_same_findings_with_another_diagnosis(vary: Vary, network: ClinicalNetwork) -> None:
    other = {"condition": "gastroenteritis", "must_not_miss": []}
    report = check_cases(_set(vary(), vary(id="b", expected=other)), network)
    problem = _only(report, "W-CONFLICT")
    assert (problem.catalogue, problem.severity) == (83, W)
    assert "'appendicitis-001', which expects 'appendicitis'" in str(problem)
    for agreed in (
        vary(id="b", expected={**other, "acceptable": ["appendicitis"]}),
        vary(id="b", expected=other, patient={"sex": "male"}),
        vary(id="b", expected=other, findings={"fever": "present"}),
    ):
        assert "W-CONFLICT" not in _codes(check_cases(_set(vary(), agreed), network))


def test_84_a_training_case_in_the_test_set(vary: Vary, network: ClinicalNetwork) -> None:
    train, test = vary(split="train"), vary(id="b", split="test", author="KL")
    report = check_cases(_set(train, test), network)
    assert (_only(report, "E-LEAKAGE").catalogue, report.rejected) == (84, True)
    (leak,) = check_leakage(_set(train), _set(test))
    assert (leak.code, leak.severity) == ("E-LEAKAGE", Severity.REJECT)
    (same_id,) = check_leakage(_set(train), _set(vary(patient={"age": 60})))
    assert same_id.severity is Severity.REJECT
    corpus = {"kind": "corpus"}
    (relaxed,) = check_leakage(_set({**train, **corpus}), _set({**test, **corpus}))
    assert relaxed.severity is W
    assert check_leakage(_set(train), _set(vary(id="b", patient={"age": 60}))) == []


@pytest.mark.parametrize(
    ("changes", "is_edit"),
    [
        ({}, False),
        ({"notes": "seen again", "reviewer": "KL"}, False),
        ({"complaint": "Ow."}, True),
        ({"findings": {"fever": "present"}}, True),
        ({"findings": {"fever": "present"}, "version": 2}, False),
        ({"author": "KL"}, True),
    ],
)
def test_89_a_signed_off_case_changes_by_version(changes: dict[str, Any], is_edit: bool, vary: Vary) -> None:
    problems = check_edits(_set(vary()), _set(vary(**changes)))
    assert [(p.code, p.catalogue, p.severity) for p in problems] == [("E-EDITED", 89, Severity.REJECT)] * is_edit
    assert check_edits(_set(vary(review_state="draft")), _set(vary(**changes))) == []
    assert len(check_edits(_set(vary(version=3)), _set(vary(**changes)))) == 1


def test_what_was_set_aside_while_reading_stays_counted(record: dict[str, Any], network: ClinicalNetwork) -> None:
    text = "id,author,expected\na,JD,appendicitis\nb,,appendicitis\n"
    case_set = parse_cases(text.encode(), "c.csv")
    report = check_cases(case_set, network)
    assert (report.n_read, len(report.accepted)) == (2, 1)
    assert [one.id for one in report.accepted.quarantined] == ["b"]
    assert check_cases(case_set, network, strict=True).rejected
    assert check_cases(replace(case_set, cards=(Card.model_validate(record),), places=("x",))).n_read == 2


def test_73_unknown_risk_factors_are_absent_where_they_can_be(vary: Vary, network: ClinicalNetwork) -> None:
    everybody = RiskFactor("breathing", "Breathing", prevalence=((1.0,), (1.0,)))
    other = RiskFactor("travel", "Recent travel", prevalence=((0.1,), (0.1,)))
    network = replace(network, risk_factors=(*network.risk_factors, everybody, other))
    evidence = listed_evidence([Card.model_validate(vary(risk_factors={"smoking": "present"}))], network)
    assert evidence.risk_factors.tolist() == [[1, -1, 0]]
    assert evidence.findings.tolist() == [[1, -1, 1, 0, -1, -1]]
    assert (evidence.sex.tolist(), evidence.age_band.tolist()) == ([0], [0])
