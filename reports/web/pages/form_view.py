"""A record as the form and the pages show it: terms by name, in the order in which they were written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from model.errors import Problem, Severity
from model.network.network import Network
from model.network.vocabulary import Condition, Finding, RiskFactor

from .record_form import STATES

if TYPE_CHECKING:
    from cases.vocabulary import Vocabulary

    from ..services import Services


@dataclass(frozen=True, slots=True)
class Listed:
    """A term in a list of the form."""

    id: str
    name: str
    known: bool
    """Whether the model has it."""
    state: str = ""
    initial: bool = False
    pertinent: str = ""
    """``yes``, ``no``, or "" where the state decides."""
    by: Any = ""
    states: tuple[str, ...] = STATES
    """That it can be in."""
    question: str = ""


@dataclass(frozen=True, slots=True)
class FormView:
    """What the form shows."""

    patient: Mapping[str, Any]
    texts: Mapping[str, str]
    unlisted: str
    findings: Sequence[Listed]
    risk_factors: Sequence[Listed]
    condition: Listed | None
    triage: tuple[str, str]
    lists: Mapping[str, Sequence[Listed]]
    """``acceptable``, ``must_not_miss``, ``impossible``, ``must_ask``."""
    overrides: Mapping[str, str] = field(default_factory=dict)


class Names:
    """The network's terms by id; a word that it does not know stands for itself."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._terms: Mapping[str, Mapping[str, Finding | RiskFactor | Condition]] = {
            "findings": {term.id: term for term in network.findings},
            "risk_factors": {term.id: term for term in network.risk_factors},
            "conditions": {term.id: term for term in network.conditions},
        }

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """From words to ids."""
        from cases.vocabulary import Vocabulary

        return Vocabulary.from_network(self.network)

    def finding(self, term_id: str) -> str:
        """Its name."""
        return self.name("findings", term_id)

    def risk_factor(self, term_id: str) -> str:
        """Its name."""
        return self.name("risk_factors", term_id)

    def condition(self, term_id: str) -> str:
        """Its name."""
        return self.name("conditions", term_id)

    def name(self, kind: str, term_id: str) -> str:
        """Of a term of ``findings``, ``risk_factors`` or ``conditions``."""
        term = self._terms[kind].get(term_id)
        return str(term_id) if term is None else term.name

    def any(self, term_id: str) -> str:
        """Of a term of whatever kind."""
        return next((self.name(kind, term_id) for kind in self._terms if self.knows(kind, term_id)), term_id)

    def knows(self, kind: str, term_id: str) -> bool:
        """Whether the network has it."""
        return term_id in self._terms[kind]

    def question(self, finding_id: str) -> str:
        """How the model asks for a finding."""
        position = self.network.finding_index.get(finding_id)
        return "" if position is None else self.network.findings[position].question

    def states(self, finding_id: str) -> tuple[str, ...]:
        """What a card can say of a finding: the three usual words, then states of the network's own."""
        position = self.network.finding_index.get(finding_id)
        own = () if position is None else self.network.findings[position].states
        return (*STATES, *(state for state in own if state not in (*STATES, "not_mentioned")))


_NAMES: WeakKeyDictionary[Services, Names] = WeakKeyDictionary()


def names_of(work: Services) -> Names:
    """The names of the served network, made once."""
    if work not in _NAMES:
        _NAMES[work] = Names(work.checker.network)
    return _NAMES[work]


def view_of(record: Mapping[str, Any], names: Names) -> FormView:
    """A record, whatever it holds, as the form shows it."""
    expected = _mapping(record.get("expected"))
    condition = expected.get("condition")
    triage = expected.get("triage")
    levels = [triage, triage] if isinstance(triage, str) else [str(one) for one in _list(triage)]
    return FormView(
        patient=_patient(record.get("patient")),
        texts={name: str(record.get(name) or "") for name in ("complaint", "specialty", "source", "licence", "notes")},
        unlisted=str(record.get("unlisted") or "unknown"),
        findings=[_finding(name, entry, names) for name, entry in _mapping(record.get("findings")).items()],
        risk_factors=[
            Listed(name, names.risk_factor(name), names.knows("risk_factors", name), str(state))
            for name, state in _mapping(record.get("risk_factors")).items()
        ],
        condition=_term("conditions", str(condition), names) if condition else None,
        triage=(levels[0], levels[-1]) if levels else ("", ""),
        lists={
            **{
                kind: [_term("conditions", str(one), names) for one in _list(expected.get(kind))]
                for kind in ("acceptable", "must_not_miss", "impossible")
            },
            "must_ask": [_ask(one, names) for one in _list(expected.get("must_ask"))],
        },
        overrides={str(code): str(reason) for code, reason in _mapping(record.get("overrides")).items()},
    )


@dataclass(frozen=True, slots=True)
class Complaint:
    """A problem of a case in plain words, with what a button could do about it."""

    code: str
    severity: str
    title: str
    """The part of the form."""
    anchor: str
    sentence: str
    takes: Sequence[tuple[str, str]] = ()
    """Label and value of buttons ``do``."""
    overridable: bool = False


_PARTS: Sequence[tuple[tuple[str, ...], str, str]] = (
    (("expected", "condition"), "Expected condition", "expected-condition"),
    (("expected", "triage"), "Expected urgency", "expected-triage"),
    (("expected", "acceptable"), "Also acceptable", "list-acceptable"),
    (("expected", "must_not_miss"), "Must not be missed", "list-must_not_miss"),
    (("expected", "impossible"), "Ruled out", "list-impossible"),
    (("expected", "must_ask"), "Must be asked", "list-must_ask"),
    (("expected",), "Expected answer", "expected-condition"),
    (("patient", "age"), "Age", "age"),
    (("patient",), "Patient", "patient-part"),
    (("findings",), "Findings", "list-finding"),
    (("risk_factors",), "Risk factors", "list-risk_factor"),
    (("complaint",), "The patient's own words", "complaint"),
    (("notes",), "Notes", "notes"),
)
_QUOTED = re.compile(r"'([^'\n]{1,120})'")
_LISTS = {"findings": "finding", "risk_factors": "risk_factor"}


def complaints(problems: Iterable[Problem], record: Mapping[str, Any], names: Names) -> list[Complaint]:
    """What the checks say, the graver first."""
    order = list(Severity)
    return [_complaint(one, record, names) for one in sorted(problems, key=lambda one: order.index(one.severity))]


def _complaint(problem: Problem, record: Mapping[str, Any], names: Names) -> Complaint:
    from cases.intake.check import OVERRIDABLE

    path = tuple(problem.where.split(" › ")[1:])
    title, anchor = next(((title, anchor) for key, title, anchor in _PARTS if path[: len(key)] == key), ("Case", ""))
    word = path[1] if path[:1] in (("findings",), ("risk_factors",)) and len(path) > 1 else ""
    if word:
        title = f"{title}: {names.name(path[0], word)}"
    can_override = problem.code in OVERRIDABLE or problem.code in ("E-DUPLICATE", "E-IMPOSSIBLE")
    can_override = can_override and problem.severity is not Severity.WARN
    if can_override and problem.code in OVERRIDABLE:  # The check's own words are for who writes a file.
        problem = replace(problem, next_step=OVERRIDABLE[problem.code])
    return Complaint(
        problem.code, problem.severity.value, title, anchor, _sentence(problem, path, names),
        _takes(problem, path, word, record, names), can_override,
    )  # fmt: skip


def _sentence(problem: Problem, path: Sequence[str], names: Names) -> str:
    parts = f"Found {problem.found}" + (f"; expected {problem.expected}" if problem.expected else "") + "."
    parts = _QUOTED.sub(lambda match: f"“{names.any(match[1])}”", parts)
    if problem.suggestions:
        kind = _kind(path)
        parts += " Did you mean " + " or ".join(f"“{names.name(kind, one)}”" for one in problem.suggestions) + "?"
    step = problem.next_step
    return parts + (f" {step[0].upper()}{step[1:]}." if step else "")


def _takes(
    problem: Problem, path: Sequence[str], word: str, record: Mapping[str, Any], names: Names
) -> list[tuple[str, str]]:
    if not problem.suggestions:
        return []
    kind = _kind(path)
    named = [(names.name(kind, one), one) for one in problem.suggestions[:3]]
    if tuple(path[:2]) == ("expected", "condition"):
        return [(name, f"take condition {one}") for name, one in named]
    if word and word in _mapping(record.get(path[0])):
        place = list(_mapping(record.get(path[0]))).index(word)
        return [(name, f"take {_LISTS[path[0]]} {place} {one}") for name, one in named]
    if path[:1] == ("expected",) and len(path) > 2 and path[2].isdecimal():
        return [(name, f"take {path[1]} {path[2]} {one}") for name, one in named]
    return []


def _kind(path: Sequence[str]) -> str:
    if path and path[0] in ("findings", "risk_factors"):
        return path[0]
    return "findings" if tuple(path[:2]) == ("expected", "must_ask") else "conditions"


def _finding(name: str, entry: Any, names: Names) -> Listed:
    written = entry if isinstance(entry, Mapping) else {"state": entry}
    pertinent = written.get("pertinent")
    return Listed(
        name, names.finding(name), names.knows("findings", name), str(written.get("state", "")),
        bool(written.get("initial")), {True: "yes", False: "no"}.get(pertinent, "") if pertinent is not None else "",
        states=names.states(name), question=names.question(name),
    )  # fmt: skip


def _term(kind: str, term_id: str, names: Names) -> Listed:
    return Listed(term_id, names.name(kind, term_id), names.knows(kind, term_id))


def _ask(one: Any, names: Names) -> Listed:
    asked = one if isinstance(one, Mapping) else {"finding": one}
    name = str(asked.get("finding", ""))
    return Listed(name, names.finding(name), names.knows("findings", name), by=asked.get("by", ""))


def _patient(value: Any) -> Mapping[str, Any]:
    """With an age as people write it: 45, not 45.0."""
    patient = dict(_mapping(value))
    age = patient.get("age")
    return patient | {"age": int(age)} if isinstance(age, float) and age.is_integer() else patient


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()
