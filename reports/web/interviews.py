"""The interview over HTTP: open one, get a question, answer it, see the differential and the advice.

The server keeps nothing: the state of an interview travels with its client, signed, and holds what was
said, never a name.  Any process can go on with it, for ``HOURS``, as long as model and policy are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from model.errors import InputError
from model.inference.evidence import evidence_from_states
from model.inference.protocol import UNKNOWN
from model.interview import AskInfo, InterviewState
from model.network.vocabulary import Finding, Triage
from model.policy.stopping import StopReason
from model.triage import advise
from model.words import nearest

from .services import Checker
from .settings import Settings

HOURS = 4
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Person:
    """What is known before the first question."""

    age_years: float | None = None
    sex: str | None = None
    risk_factors: Mapping[str, str] | None = None
    findings: Mapping[str, str] | None = None
    """Volunteered: id to state."""
    seed: int = 0
    """Of the random policy, if the model has that."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question."""

    finding: str
    text: str
    states: tuple[str, ...]
    """The answers that it takes; null as well: cannot say."""
    red_flag: bool
    gain: float
    """Expected information gain, nats."""
    p_present: float


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the differential."""

    condition: str
    name: str
    p: float
    triage: str
    must_not_miss: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """Where an interview stands."""

    state: str
    """To be sent back with the answer, as it is."""
    question: Asked | None
    """None: it is over."""
    stop: str
    """Why it is over; ``going on`` where it is not."""
    n_asked: int
    differential: tuple[Place, ...]
    """The leading conditions, in the policy's order; empty where the evidence is impossible."""
    advice: str | None
    """Triage level: ``self_care``, ``routine``, ``urgent`` or ``emergency``."""
    approximate: bool


class Interviews:
    """Interviews with one checker."""

    def __init__(self, checker: Checker, settings: Settings) -> None:
        self._checker = checker
        self._serializer = URLSafeTimedSerializer(settings.secret, salt="clinval interview")
        self._model = [checker.network.digest, checker.policy.digest]

    def open(self, person: Person) -> Turn:
        """Begin.

        Raises
        ------
        InputError
            With everything that the model does not know.
        """
        return self._turn(person, [])

    def answer(self, state: str, finding: str, said: str | None) -> Turn:
        """Go on; ``finding`` is the one that was asked.

        Raises
        ------
        InputError
            The state is not ours, too old, or of another model; another question was asked, or the answer is
            none of its.
        """
        person, answers = self._read(state)
        return self._turn(person, [*answers, (finding, said)])

    def _turn(self, person: Person, answers: Sequence[tuple[str, str | None]]) -> Turn:
        interview, network = self._checker.interview, self._checker.network
        evidence = evidence_from_states(
            network, [person.findings or {}], [person.risk_factors or {}], [person.age_years], [person.sex]
        )
        ages = np.array([np.nan if person.age_years is None else person.age_years])
        state = interview.init(evidence, np.array([person.seed], np.uint64), ages)
        approximate = bool(interview.engine.approximate(state.engine_state)[0])
        for number, (name, said) in enumerate(answers):
            if number == len(answers) - 1:  # The earlier ones were asked by us: the signature says so.
                self._must_have_asked(state, name)
            index = np.array([network.finding_index[name]], np.int32)
            state, heard = interview.step(state, index, np.array([self._code(name, said)], np.int8))
            approximate |= bool(heard.approximate[0])
        finding, info = interview.ask(state)
        posterior = state.posterior[0]
        return Turn(
            state=self._write(person, answers),
            question=None if finding[0] < 0 else _asked(network.findings[finding[0]], info),
            stop=StopReason(int(info.stop[0])).label,
            n_asked=len(answers),
            differential=self._differential(state),
            advice=_advice(int(advise(state.posterior, network.conditions)[0])) if posterior.any() else None,
            approximate=approximate,
        )

    def _must_have_asked(self, state: InterviewState[Any], name: str) -> None:
        finding, _ = self._checker.interview.ask(state)
        asked = None if finding[0] < 0 else self._checker.network.findings[finding[0]].id
        if asked != name:
            expected = "no answer: the interview is over" if asked is None else f"an answer to {asked!r}"
            raise InputError.single(
                "E-QUESTION", "interview › finding", "an answer to another question", expected=expected
            )

    def _code(self, name: str, said: str | None) -> int:
        if said is None:
            return UNKNOWN
        finding = self._checker.network.findings[self._checker.network.finding_index[name]]
        code = finding.state_index(said)
        if code < 0:
            raise InputError.single(
                "E-FINDING-STATE", f"interview › {name}", "another answer", expected=" or ".join(finding.states),
                suggestions=nearest(said, finding.states), catalogue=71,
            )  # fmt: skip
        return code

    def _differential(self, state: InterviewState[Any]) -> tuple[Place, ...]:
        key = self._checker.interview.order(state.posterior)[0]
        order = np.argsort(-key, kind="stable")[:SHOWN]
        conditions, p = self._checker.network.conditions, state.posterior[0]
        return tuple(
            Place(c.id, c.name, float(p[row]), c.triage.label, c.must_not_miss)
            for row in order.tolist()
            if p[row] > 0 and (c := conditions[row])
        )

    def _write(self, person: Person, answers: Sequence[tuple[str, str | None]]) -> str:
        who = [person.age_years, person.sex, person.risk_factors or {}, person.findings or {}, person.seed]
        return str(self._serializer.dumps([self._model, who, list(answers)]))

    def _read(self, text: str) -> tuple[Person, list[tuple[str, str | None]]]:
        try:
            model, who, answers = self._serializer.loads(text, max_age=HOURS * 3600)
        except SignatureExpired:
            raise _refused("one that ended", f"one of the last {HOURS} hours") from None
        except (BadSignature, ValueError, TypeError):
            raise _refused("none of ours", "the `state` of the last answer, unchanged") from None
        if model != self._model:
            raise _refused("one of another model", "one that this model began")
        return Person(*who), [(finding, said) for finding, said in answers]


def _asked(finding: Finding, info: AskInfo) -> Asked:
    return Asked(
        finding.id, finding.question or finding.name, finding.states, bool(info.red_flag[0]), float(info.gain[0]),
        float(info.p_present[0]),
    )  # fmt: skip


def _advice(level: int) -> str | None:
    return Triage(level).label if level >= 0 else None


def _refused(found: str, expected: str) -> InputError:
    return InputError.single(
        "E-INTERVIEW", "interview › state", found, expected=expected, next_step="begin a new interview"
    )
