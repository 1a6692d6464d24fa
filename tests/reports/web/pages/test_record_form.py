"""The form of a case: what its fields and buttons make of a record, and back."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile

from model.errors import Problem, Severity
from model.network.load import load_network
from reports.web.pages.form_view import Names, complaints, view_of
from reports.web.pages.record_form import record_of_form

FINDINGS = ("abdominal_pain", "fever", "nausea", "vomiting", "diarrhoea")
CONDITIONS = ("appendicitis", "gastroenteritis", "migraine")


@cache
def _names() -> Names:
    return Names(load_network(Path("model/networks/starter")))


def _record(fields: list[tuple[str, str]], stored: dict[str, Any] | None = None) -> dict[str, Any]:
    return record_of_form(FormData(list[tuple[str, str | UploadFile]](fields)), stored or {}, _names().vocabulary)


def _form_of(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What a browser sends of the form that shows this record, untouched."""
    view = view_of(record, _names())
    fields = [(name, text) for name, text in view.texts.items()]
    fields += [("unlisted", view.unlisted), ("condition", view.condition.name if view.condition else "")]
    fields += [("triage_least", view.triage[0]), ("triage_most", view.triage[1])]
    patient = view.patient
    fields += [("age", str(patient.get("age", ""))), ("age_unit", patient.get("age_unit", "years"))]
    fields += [("sex", patient.get("sex", ""))]
    fields += [("pregnant", {True: "yes", False: "no"}.get(patient.get("pregnant"), ""))]  # type: ignore[arg-type]
    for kind, listed in (("finding", view.findings), ("risk_factor", view.risk_factors)):
        for row, one in enumerate(listed):
            fields += [(f"{kind}_row", str(row)), (f"{kind}_{row}", one.id), (f"{kind}_{row}_state", one.state)]
            if one.initial:
                fields.append((f"{kind}_{row}_initial", "yes"))
            fields.append((f"{kind}_{row}_pertinent", one.pertinent))
    for kind in ("acceptable", "must_not_miss", "impossible"):
        fields += [(kind, one.id) for one in view.lists[kind]]
    for row, one in enumerate(view.lists["must_ask"]):
        fields += [("must_ask_row", str(row)), (f"must_ask_{row}", one.id), (f"must_ask_{row}_by", str(one.by or ""))]
    return fields


_stated = st.sampled_from(["present", "absent", "unsure"])
_entry = st.one_of(_stated, _stated.map(lambda state: {"state": state, "initial": True}))
_records = st.fixed_dictionaries(
    {
        "unlisted": st.sampled_from(["unknown", "absent"]),
        "patient": st.fixed_dictionaries(
            {"age": st.integers(0, 120), "age_unit": st.sampled_from(["years", "months"])},
            optional={"sex": st.sampled_from(["female", "male"]), "pregnant": st.booleans()},
        ),
        "findings": st.dictionaries(st.sampled_from(FINDINGS), _entry, min_size=1),
        "expected": st.fixed_dictionaries(
            {"condition": st.sampled_from((*CONDITIONS, "a condition of no model"))},
            optional={
                "acceptable": st.lists(st.sampled_from(CONDITIONS), min_size=1, unique=True),
                "triage": st.just(["urgent", "emergency"]),
                "must_ask": st.lists(
                    st.builds(lambda by: {"finding": "fever", "by": by}, st.integers(1, 30)), min_size=1, max_size=1
                ),
            },
        ),
    },
    optional={
        "complaint": st.just("My belly hurts."),
        "notes": st.just("none"),
        "opinions": st.just([{"doctor": "X", "condition": "migraine"}]),
    },
)


@settings(max_examples=60, deadline=None)
@given(record=_records)
def test_a_form_that_is_sent_untouched_changes_nothing(record: dict[str, Any]) -> None:
    again = _record(_form_of(record), record)
    assert again == record
    assert list(again["findings"]) == list(record["findings"])


BUTTONS = [
    ("add finding present", {"add_finding": "stomach ache"}, {"abdominal_pain": {"state": "present", "initial": True}}),
    ("add finding absent", {"add_finding": "Fever (measured 38 °C or more)"}, {"fever": "absent"}),
    ("add finding absent", {"add_finding": "a word that nobody knows"}, {"a word that nobody knows": "absent"}),
    ("add finding present", {}, {}),
    ("add nonsense present", {"add_nonsense": "fever"}, {}),
]


@pytest.mark.parametrize(("button", "fields", "findings"), BUTTONS)
def test_buttons_that_add(button: str, fields: dict[str, str], findings: dict[str, Any]) -> None:
    assert _record([("do", button), *fields.items()]).get("findings", {}) == findings


def test_only_the_first_present_finding_is_volunteered_by_itself() -> None:
    fields = _form_of({"findings": {"nausea": {"state": "present", "initial": True}}})
    record = _record([*fields, ("do", "add finding present"), ("add_finding", "fever")])
    assert record["findings"] == {"nausea": {"state": "present", "initial": True}, "fever": "present"}


def test_buttons_that_remove_and_replace() -> None:
    stored = {"findings": {"nausae": "present", "fever": "absent"}, "expected": {"condition": "appendicitus"}}
    fields = _form_of(stored)
    assert list(_record([*fields, ("do", "remove finding fever")])["findings"]) == ["nausae"]
    assert _record([*fields, ("do", "take finding 0 nausea")])["findings"] == {"nausea": "present", "fever": "absent"}
    assert _record([*fields, ("do", "take finding 9 nausea")])["findings"] == stored["findings"]
    taken = _record([*fields, ("do", "take condition appendicitis")])
    assert taken["expected"]["condition"] == "appendicitis"


def test_what_is_no_number_is_kept_for_the_checks_to_name() -> None:
    assert _record([("age", "six months")])["patient"]["age"] == "six months"
    assert _record([("age", "1.5")])["patient"]["age"] == 1.5
    assert "patient" not in _record([("age", "")])


def test_fields_that_the_form_does_not_show_stay() -> None:
    stored = {
        "opinions": [{"doctor": "X", "condition": "migraine"}],
        "overrides": {"E-AGE": "so it is"},
        "kind": "doctor",
    }
    assert _record([], stored) == {**stored, "unlisted": "unknown"}
    without = _record([("override", "E-AGE"), ("override_E-AGE", "")], stored)
    assert "overrides" not in without


def test_problems_are_told_with_names_and_buttons() -> None:
    record = {"findings": {"nausae": "present"}, "expected": {"condition": "appendicitus", "acceptable": ["migrain"]}}
    found = [
        Problem("W-HINT", "case x › complaint", "something", severity=Severity.WARN),
        Problem("E-UNKNOWN-FINDING", "case x › findings › nausae", "no finding", "a finding", ("nausea",)),
        Problem("E-OUT", "case x › expected › condition", "'appendicitis'", "another", ("appendicitis",)),
        Problem("E-UNKNOWN", "case x › expected › acceptable › 0", "no condition", "one", ("migraine",)),
    ]
    told = complaints(found, record, _names())
    assert [one.code for one in told] == ["E-UNKNOWN-FINDING", "E-OUT", "E-UNKNOWN", "W-HINT"]
    assert told[0].takes == [("Nausea", "take finding 0 nausea")]
    assert told[1].takes == [("Appendicitis", "take condition appendicitis")]
    assert told[1].sentence.startswith("Found “Appendicitis”; expected another. Did you mean “Appendicitis”?")
    assert told[2].takes == [("Migraine", "take acceptable 0 migraine")]
