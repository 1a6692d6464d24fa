r"""The wide layout: one row a case, one column a kind of answer, for CSV and spreadsheets.

A clinician fills in these columns; lists are separated by ``;`` (:mod:`cases.cells`), any column
but ``id``, ``author`` and ``expected`` may be left out or empty, and their order is free::

    id, author, age, age_unit, sex, pregnant, complaint
    initial                        findings volunteered; present unless another column says otherwise
    present, absent, unsure        findings by state
    other_states                   finding=state, for states of the network's own
    pertinent, not_pertinent       where it is not simply "every listed absent finding"
    risk_factors_present, risk_factors_absent, risk_factors_unsure
    expected, acceptable, must_not_miss, impossible
    triage_least, triage_most      self_care, routine, urgent, emergency
    must_ask                       finding, or "finding by 10" (at the latest as question 10)
    differential                   condition=probability
    specialty, family, unlisted, split, kind, version, reviewer, review_state, source, licence
    overrides                      code=reason
    opinions                       JSON
    notes

A card's findings come back grouped by state; nothing else of it changes on the way there and back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from model.errors import Problem, Severity

from .card import AgeUnit, Card, Sex, TriageLevel, Unlisted
from .cells import join_cell, split_cell

STATES = ("present", "absent", "unsure")
COLUMNS = (
    "id",
    "author",
    "age",
    "age_unit",
    "sex",
    "pregnant",
    "complaint",
    "initial",
    *STATES,
    "other_states",
    "pertinent",
    "not_pertinent",
    "risk_factors_present",
    "risk_factors_absent",
    "risk_factors_unsure",
    "expected",
    "acceptable",
    "must_not_miss",
    "impossible",
    "triage_least",
    "triage_most",
    "must_ask",
    "differential",
    "specialty",
    "family",
    "unlisted",
    "split",
    "kind",
    "version",
    "reviewer",
    "review_state",
    "source",
    "licence",
    "overrides",
    "opinions",
    "notes",
)
VERBATIM = frozenset({"complaint", "source", "licence", "specialty", "family", "notes"})
"""Columns whose text is taken as it stands."""

_BY = re.compile(r"(?P<finding>.+) by (?P<number>[1-9][0-9]{0,8}|end)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = re.compile(
    r"[0-9]{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(-[0-9]{2,4})?"
    r"|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}( 00:00(:00)?)?",
    re.IGNORECASE,
)
_DIGIT = re.compile("[0-9]")
_WORDS = {"yes": True, "true": True, "y": True, "no": False, "false": False, "n": False}
"""What people write, in any letter case."""
_CHOICES: Mapping[str, Sequence[str]] = {
    "age_unit": get_args(AgeUnit),
    "sex": get_args(Sex),
    "unlisted": get_args(Unlisted),
    "triage_least": get_args(TriageLevel),
    "triage_most": get_args(TriageLevel),
}
_LETTERS = {("sex", "f"): "female", ("sex", "m"): "male"}


def to_row(card: Card) -> dict[str, str]:
    """One cell a column; nothing is neutralised here (:func:`cases.cells.neutralise`)."""
    patient, expected = card.patient, card.expected
    by_state = {state: list(card.findings_in_state(state)) for state in STATES}
    odd = {name: finding for name, finding in card.findings.items() if finding.pertinent != (finding.state == "absent")}
    return {
        "id": card.id,
        "author": card.author,
        "age": "" if patient.age is None else repr(patient.age).removesuffix(".0"),
        "age_unit": patient.age_unit,
        "sex": patient.sex or "",
        "pregnant": "" if patient.pregnant is None else "yes" if patient.pregnant else "no",
        "complaint": card.complaint,
        "initial": join_cell(card.initial_findings),
        **{state: join_cell(names) for state, names in by_state.items()},
        "other_states": join_cell(
            join_cell((name, finding.state), "=")
            for name, finding in card.findings.items()
            if finding.state not in STATES
        ),
        "pertinent": join_cell(name for name, finding in odd.items() if finding.pertinent),
        "not_pertinent": join_cell(name for name, finding in odd.items() if not finding.pertinent),
        **{
            f"risk_factors_{state}": join_cell(name for name, said in card.risk_factors.items() if said == state)
            for state in STATES
        },
        "expected": expected.condition,
        "acceptable": join_cell(expected.acceptable),
        "must_not_miss": join_cell(expected.must_not_miss),
        "impossible": join_cell(expected.impossible),
        "triage_least": expected.triage[0] if expected.triage else "",
        "triage_most": expected.triage[1] if expected.triage else "",
        "must_ask": join_cell(_ask_text(ask.finding, ask.by) for ask in expected.must_ask),
        "differential": join_cell(join_cell((name, repr(p)), "=") for name, p in expected.differential),
        "specialty": card.specialty,
        "family": card.family,
        "unlisted": card.unlisted,
        "split": card.split,
        "kind": card.kind,
        "version": str(card.version),
        "reviewer": card.reviewer or "",
        "review_state": card.review_state,
        "source": card.source,
        "licence": card.licence,
        "overrides": join_cell(join_cell(pair, "=") for pair in card.overrides.items()),
        "opinions": json.dumps([o.model_dump(mode="json") for o in card.opinions]) if card.opinions else "",
        "notes": card.notes,
    }


def from_row(row: Mapping[str, str], where: str) -> tuple[dict[str, Any], list[Problem]]:
    """The record of one row, and what is wrong with it that no later check could see.

    An empty cell is a cell left out; ``None``, ``NA`` and ``null`` are ordinary words (49).
    """
    problems = _date_mangled(row, where)
    cells = {
        column: text if column in VERBATIM else _spelt(column, text.strip(" \t"))
        for column, text in row.items()
        if text.strip(" \t") or (column in VERBATIM and text)
    }
    lists = {column: split_cell(text) for column, text in cells.items() if column not in VERBATIM}
    record: dict[str, Any] = {
        column: cells[column]
        for column in (
            "id",
            "author",
            "complaint",
            "specialty",
            "family",
            "unlisted",
            "split",
            "kind",
            "reviewer",
            "review_state",
            "source",
            "licence",
            "notes",
        )
        if column in cells
    }
    if "version" in cells:
        record["version"] = int(cells["version"]) if re.fullmatch("[0-9]{1,9}", cells["version"]) else cells["version"]
    record["patient"] = {column: cells[column] for column in ("age", "age_unit", "sex", "pregnant") if column in cells}
    if _NUMBER.fullmatch(cells.get("age", "")):
        record["patient"]["age"] = float(cells["age"])
    if "pregnant" in cells:
        record["patient"]["pregnant"] = _WORDS.get(cells["pregnant"].lower(), cells["pregnant"])
    record["findings"] = _findings(lists, where, problems)
    record["risk_factors"] = _states(
        {state: lists.get(f"risk_factors_{state}", []) for state in STATES}, where, problems, "risk factor"
    )
    expected: dict[str, Any] = {
        column: lists[column] for column in ("acceptable", "must_not_miss", "impossible") if column in lists
    }
    if "expected" in cells:
        expected["condition"] = cells["expected"]
    triage = [cells[column] for column in ("triage_least", "triage_most") if column in cells]
    if triage:
        expected["triage"] = triage
    expected["must_ask"] = [ask_record(text) for text in lists.get("must_ask", [])]
    pairs = [pair(text) for text in lists.get("differential", [])]
    expected["differential"] = [(name, float(p) if _NUMBER.fullmatch(p) else p) for name, p in pairs]
    record["expected"] = expected
    record["overrides"] = dict(pair(text) for text in lists.get("overrides", []))
    if "opinions" in cells:
        record["opinions"] = _opinions(cells["opinions"], where, problems)
    return record, problems


def _spelt(column: str, text: str) -> str:
    """A word of a closed list in its own spelling: ``Female``, ``F``, ``Self-care``; any other text as it is."""
    choices = _CHOICES.get(column, ())
    word = re.sub(r"[\s_-]+", "_", text.lower()) if choices else text
    return word if word in choices else _LETTERS.get((column, word), text)


def _findings(lists: Mapping[str, list[str]], where: str, problems: list[Problem]) -> dict[str, Any]:
    groups = {state: lists.get(state, []) for state in STATES}
    for name, state in (pair(text) for text in lists.get("other_states", [])):
        groups.setdefault(state, []).append(name)
    said = _states(groups, where, problems, "finding")
    initial = lists.get("initial", [])
    for name in initial:
        said.setdefault(name, "present")
    findings: dict[str, Any] = {name: {"state": state} for name, state in said.items()}
    for name in initial:
        findings[name]["initial"] = True
    for column, value in (("pertinent", True), ("not_pertinent", False)):
        for name in lists.get(column, []):
            if name in findings:
                findings[name]["pertinent"] = value
            else:
                problems.append(
                    _problem(
                        "E-FIELD",
                        where,
                        column,
                        f"{name!r}, which no column gives a state",
                        expected="a finding with a state",
                    )
                )
    return findings


def _states(groups: Mapping[str, list[str]], where: str, problems: list[Problem], what: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for state, names in groups.items():
        for name in names:
            if said.setdefault(name, state) != state:
                problems.append(
                    _problem(
                        "E-CONTRADICTION",
                        where,
                        state,
                        f"the {what} {name!r} {said[name]} and {state}",
                        expected="one state",
                        catalogue=72,
                    )
                )
    return said


def _date_mangled(row: Mapping[str, str], where: str) -> list[Problem]:
    return [
        _problem(
            "E-DATE",
            where,
            column,
            f"{value!r}, which a spreadsheet made of something else",
            catalogue=58,
            next_step="format the column as text and enter the value again",
        )
        for column, text in row.items()
        if column not in VERBATIM and column not in ("opinions", "overrides") and _DIGIT.search(text)
        for value in split_cell(text)
        if _DATE.fullmatch(value)
    ]


def _opinions(text: str, where: str, problems: list[Problem]) -> Any:
    from .readers.strict_json import FAILED, loads

    found: list[Problem] = []
    value = loads(text, f"{where} › opinions", found)
    problems += [
        Problem(p.code, p.where, p.found, p.expected, severity=Severity.QUARANTINE, catalogue=p.catalogue)
        for p in found
    ]
    return [] if value is FAILED else value


def splits_deadline(name: str) -> bool:
    """Whether ``must_ask`` would read a part of this finding's name as a deadline: ``woken by 5``."""
    return _BY.fullmatch(name) is not None


def pair(text: str) -> tuple[str, str]:
    """Both halves of ``name=value``; the value is empty where there is no such pair."""
    halves = split_cell(text, "=")
    return (halves[0], halves[1]) if len(halves) == 2 else (text, "")


def _ask_text(finding: str, by: int | None) -> str:
    if by is not None:
        return f"{finding} by {by}"
    return f"{finding} by end" if splits_deadline(finding) else finding


def ask_record(text: str) -> dict[str, Any]:
    """``fever by 5`` as ``{"finding": "fever", "by": 5}``."""
    match = _BY.fullmatch(text)
    if match is None:
        return {"finding": text}
    return {"finding": match["finding"], "by": None if match["number"] == "end" else int(match["number"])}


def _problem(code: str, where: str, column: str, found: str, **details: Any) -> Problem:
    return Problem(code, f"{where} › {column}", found, severity=Severity.QUARANTINE, **details)
