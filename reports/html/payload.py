"""The cases of a report for its script: arrays instead of records, gzip, base64.

``assets/store.js`` reads it; a change here is a change there.  Names stand once, by number.  Compressed,
5,000 cases with both interviews take a few MB, and no text of a case can end a script element.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from ..data import ReportData
from ..data.case_shapes import Case, Interview, Leading, Parting, Question, Weight
from .words import LABELS, SIGNS, TONES

SHOWN_AFTER = 1
"""Leading conditions kept of each question: what the page shows."""
PLAIN = ("complaint", "age", "sex", "pregnant", "triage", "unlisted", "author", "reviewer", "review_state", "version")
"""What the page shows of a card as it stands."""


class Index:
    """Ids by number, in the order in which they are first met."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        return self._places.setdefault(name, len(self._places))

    @property
    def names(self) -> list[str]:
        return list(self._places)


def compressed(data: ReportData, drawings: Mapping[str, str]) -> str:
    """The payload as text for a script element; equal data give equal text.

    ``drawings`` : case id to the SVG of its trajectory, where the page cannot draw
    """
    text = json.dumps(payload(data, drawings), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0)).decode("ascii")


def payload(data: ReportData, drawings: Mapping[str, str]) -> dict[str, Any]:
    """What the script knows: all cases, and the names that they use."""
    conditions, findings = Index(), Index()
    cases = [_case(case, conditions, findings) for case in data.cases]
    other = [
        [
            line.id, conditions[line.expected], line.specialty, line.words,
            None if line.base_leading is None else conditions[line.base_leading],
            None if line.leading is None else conditions[line.leading],
            line.base_rank, line.rank, _p(line.base_p), _p(line.p), line.base_questions, line.questions,
        ]
        for line in data.other_cases
    ]  # fmt: skip
    names = data.names
    called = {**names.risk_factors, **names.findings}
    return {
        "conditions": [[name, names.conditions.get(name, name)] for name in conditions.names],
        "findings": [
            [name, called.get(name, name.replace("_", " ")), names.questions.get(name, "")] for name in findings.names
        ],
        "cases": cases,
        "other": other,
        "drawings": dict(drawings),
        "words": {"labels": LABELS, "signs": SIGNS, "tones": TONES},
        "is_run": data.is_run,
    }


def _case(case: Case, conditions: Index, findings: Index) -> dict[str, Any]:
    card = case.vignette
    vignette: dict[str, Any] = {name: getattr(card, name) for name in PLAIN}
    vignette["expected"] = conditions[card.expected]
    for name in ("acceptable", "must_not_miss", "impossible"):
        vignette[name] = [conditions[condition] for condition in getattr(card, name)]
    for name in ("findings", "risk_factors"):
        vignette[name] = [
            [findings[one.id], one.state, int(one.initial), int(one.pertinent)] for one in getattr(card, name)
        ]
    vignette["must_ask"] = [[findings[ask.finding], ask.by] for ask in card.must_ask]
    return {
        "id": case.id,
        "base_id": case.base_id,
        "change": case.change,
        "events": list(case.events),
        "never": list(case.never_events),
        "words": case.words,
        "expected": conditions[case.expected],
        "specialty": case.specialty,
        "card": vignette,
        "base": None if case.base is None else _interview(case.base, conditions, findings),
        "candidate": _interview(case.candidate, conditions, findings),
        "parting": None if case.parting is None else _parting(case.parting, findings),
        "effects": [[e.edit, _p(e.alone), _p(e.reverted), _p(e.share), list(e.undoes)] for e in case.effects],
        "command": case.command,
    }


def _parting(part: Parting, findings: Index) -> dict[str, Any]:
    weights = (part.base_of_base, part.base_of_candidate, part.candidate_of_base, part.candidate_of_candidate)
    return {
        "number": part.number,
        "base": None if part.base_finding is None else findings[part.base_finding],
        "candidate": None if part.candidate_finding is None else findings[part.candidate_finding],
        "base_stop": part.base_stop,
        "candidate_stop": part.candidate_stop,
        "words": part.words,
        "weights": [_weight(weight) for weight in weights],
    }


def _interview(interview: Interview, conditions: Index, findings: Index) -> dict[str, Any]:
    return {
        "outcome": interview.outcome,
        "error": interview.error,
        "right": int(interview.right),
        "rank": interview.rank,
        "p": _p(interview.p_expected),
        "differential": _leading(interview.differential[:5], conditions),
        "advice": interview.advice,
        "stop": interview.stop,
        "loss": interview.loss,
        "approximate": int(interview.approximate),
        "never": list(interview.never_events),
        "initial": [interview.initial_rank, _p(interview.initial_p_expected)],
        "full": [interview.full_rank, _p(interview.full_p_expected)],
        "start": _leading(interview.initial_leading[:SHOWN_AFTER], conditions),
        "after": [_p(p) for p in interview.p_expected_after],
        "questions": [_question(question, conditions, findings) for question in interview.transcript],
    }


def _question(question: Question, conditions: Index, findings: Index) -> list[Any]:
    flags = int(question.red_flag) + 2 * int(not question.exact)
    leading = [part for pair in _leading(question.leading[:SHOWN_AFTER], conditions) for part in pair]
    return [findings[question.finding], question.answer, round(question.gain, 3), flags, *leading]


def _leading(places: tuple[Leading, ...], conditions: Index) -> list[list[Any]]:
    return [[conditions[place.condition], _p(place.p)] for place in places]


def _weight(weight: Weight | None) -> list[Any] | None:
    if weight is None:
        return None
    return [_p(weight.gain), _p(weight.p_present), weight.place, int(weight.red_flag)]


def _p(number: float | None) -> float | None:
    """To four significant digits, more than the page shows; what is not certain does not become so."""
    if number is None:
        return None
    rounded = float(f"{number:.4g}")
    return 0.9999 if rounded == 1 and number < 1 else rounded
