"""What a report says of a single case: the vignette, both interviews, where they part, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding or risk factor as the card has it."""

    id: str
    state: str
    initial: bool = False
    """Volunteered with the complaint."""
    pertinent: bool = False


@dataclass(frozen=True, slots=True)
class MustAsk:
    """A question that a safe interview puts."""

    finding: str
    by: int | None


@dataclass(frozen=True, slots=True)
class Vignette:
    """The case as its author wrote it."""

    complaint: str
    age: str
    """``23 years``; empty where it is not known."""
    sex: str
    pregnant: bool | None
    findings: tuple[Listed, ...]
    """In the order of the card."""
    risk_factors: tuple[Listed, ...]
    expected: str
    acceptable: tuple[str, ...]
    must_not_miss: tuple[str, ...]
    impossible: tuple[str, ...]
    triage: str
    """``urgent to emergency``; empty where no range is given."""
    must_ask: tuple[MustAsk, ...]
    unlisted: str
    author: str
    reviewer: str | None
    review_state: str
    specialty: str
    source: str
    split: str
    version: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Leading:
    """A place on a differential."""

    condition: str
    p: float


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an interview."""

    finding: str
    answer: str | None
    """None: the patient could not say."""
    gain: float
    """Expected before the answer, nats."""
    p_present: float
    """Before the answer."""
    red_flag: bool
    exact: bool
    leading: tuple[Leading, ...]
    """After the answer: the first three."""


@dataclass(frozen=True, slots=True)
class Interview:
    """What one model made of a case."""

    outcome: str
    """``answered``, ``impossible_evidence``, ``not_in_model``, ``crashed`` or ``failed``."""
    error: str
    right: bool
    """The expected condition, or an acceptable one, leads."""
    rank: int
    """Of the expected condition; 0: not on the list."""
    rank_right: int
    """Of it or an acceptable alternative."""
    rank_must_not_miss: int | None
    """The worst of several; 0: not on the list; None: the case names none."""
    p_expected: float
    differential: tuple[Leading, ...]
    advice: str
    """Triage level; empty: none."""
    stop: str
    """Why the interview ended."""
    loss: str
    """``right``, ``knowledge``, ``policy`` or ``stopping``."""
    n_questions: int
    approximate: bool
    never_events: tuple[str, ...]
    """In words."""
    initial_rank: int
    initial_p_expected: float
    initial_leading: tuple[Leading, ...]
    full_rank: int
    full_p_expected: float
    full_leading: tuple[Leading, ...]
    transcript: tuple[Question, ...]
    rank_after: tuple[int, ...]
    """Rank of what is right after question 0, 1, 2 …"""
    p_expected_after: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """What one model thought of one question at the moment where the interviews part."""

    gain: float
    p_present: float
    place: int | None = None
    """Among all that could be asked, from 1; None where the model was not at hand to say."""
    red_flag: bool = False
    """Whether it was due as a red flag, ahead of better questions."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The first question at which the two interviews differ."""

    number: int
    """From 1; the questions before it are the same."""
    base_finding: str | None
    """What the base asked; None: it had stopped."""
    candidate_finding: str | None
    base_stop: str
    """Why the base had stopped; empty where it asked."""
    candidate_stop: str
    base_of_base: Weight | None
    """The base's view of the base's question."""
    base_of_candidate: Weight | None
    """The base's view of the candidate's question."""
    candidate_of_base: Weight | None
    candidate_of_candidate: Weight | None
    words: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What one edit did to one case: movements of P(expected condition) at the end."""

    edit: str
    alone: float
    """The base with this edit alone, minus the base."""
    reverted: float
    """The candidate, minus the candidate without this edit."""
    share: float | None
    """Shapley value: this edit's share of the whole movement; None where too many edits matter."""
    undoes: tuple[str, ...] = ()
    """Words of the case (``broken``, ``red-flag-dropped``) that would not happen without this edit."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case worth a person's look, in full."""

    id: str
    base_id: str | None
    """Another one where the case was renamed."""
    change: str
    """A word of ``validation.comparison.Change``; of a run ``right`` or ``wrong``."""
    symbol: str
    events: tuple[str, ...]
    """New never-events first."""
    never_events: tuple[str, ...]
    """Those of ``events`` that block by themselves."""
    words: str
    """What happened, in a sentence or two that a clinician understands."""
    expected: str
    specialty: str
    """Of the card; where it names none, of the expected condition."""
    vignette: Vignette
    base: Interview | None
    candidate: Interview
    parting: Parting | None
    """None: the same questions in the same order."""
    effects: tuple[Effect, ...]
    """The edits that moved it, the most first."""
    command: str
    """Shows it in a terminal."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case that nobody has to look at."""

    id: str
    expected: str
    specialty: str
    words: str
    """``right with both``, ``wrong with both: gastroenteritis leads``."""
    base_leading: str | None
    """The condition that led; None: no base, or no differential."""
    leading: str | None
    base_rank: int | None
    rank: int
    base_p: float | None
    p: float
    base_questions: int | None
    questions: int


@dataclass(frozen=True, slots=True)
class NotComparable:
    """A case that only one model played, or that is another case now."""

    id: str
    change: str
    words: str
    expected: str
