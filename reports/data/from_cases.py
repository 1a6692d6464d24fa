"""Cases as a report shows them, from cards and rows of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from shlex import quote
from typing import Any

from cases.card import Card
from model.network.vocabulary import Triage
from validation.comparison import CasePair, Change
from validation.comparison.changes import is_right, leading
from validation.comparison.words import SYMBOLS
from validation.results import IN_FULL, Row, Run

from .case_shapes import Case, CaseLine, Effect, Interview, Leading, Listed, MustAsk, Parting, Question, Vignette
from .case_shapes import NotComparable as NotComparableCase
from .words import Narrator

SHOWN = 5
"""Conditions of a differential that a person is shown."""
SHOWN_AFTER_QUESTION = 3
ONE_SIDED = {
    Change.EDITED: "the case was edited: what changed may be the case, not the model",
    Change.NEW: "only the candidate's case set has it",
    Change.REMOVED: "only the base's case set has it",
    Change.NOT_PLAYED: "one of the runs has no result for it (incomplete)",
}


def rows_in_full(run: Run, ids: Sequence[str]) -> dict[str, Row]:
    """Case id to all of its results, read in one go (:meth:`Run.row` reads one)."""
    place = {case_id: number for number, case_id in enumerate(run.rows)}
    courses = run.table.select(list(IN_FULL)).take([place[case_id] for case_id in ids]) if ids else None
    records: list[dict[str, Any]] = [] if courses is None else courses.to_pylist()
    return {case_id: {**run.rows[case_id], **course} for case_id, course in zip(ids, records, strict=True)}


def vignette(card: Card, unlisted: str) -> Vignette:
    """The case as its author wrote it; ``unlisted`` as it was replayed."""
    patient, expected = card.patient, card.expected
    levels = expected.triage_range
    return Vignette(
        complaint=card.complaint,
        age="" if patient.age is None else f"{patient.age:g} {patient.age_unit}",
        sex=patient.sex or "",
        pregnant=patient.pregnant,
        findings=tuple(Listed(name, f.state, f.initial, f.pertinent) for name, f in card.findings.items()),
        risk_factors=tuple(Listed(name, state) for name, state in card.risk_factors.items()),
        expected=expected.condition,
        acceptable=expected.acceptable,
        must_not_miss=expected.must_not_miss,
        impossible=expected.impossible,
        triage="" if levels is None else " to ".join(_spoken(item) for item in dict.fromkeys(levels)),
        must_ask=tuple(MustAsk(ask.finding, ask.by) for ask in expected.must_ask),
        unlisted=unlisted,
        author=card.author,
        reviewer=card.reviewer,
        review_state=card.review_state,
        specialty=card.specialty,
        source=card.source,
        split=card.split,
        version=card.version,
        content_hash=card.content_hash,
    )


def interview(row: Row) -> Interview:
    """What one model made of a case; ``row`` in full."""
    return Interview(
        outcome=row["outcome"],
        error=row["error"],
        right=is_right(row),
        rank=row["rank"],
        rank_right=row["rank_right"],
        rank_must_not_miss=row["rank_must_not_miss"] if row["must_not_miss"] else None,
        p_expected=row["p_expected"],
        differential=_leading(row["differential"], SHOWN),
        advice=_spoken(Triage(row["triage_advice"])) if row["triage_advice"] >= 0 else "",
        stop=row["stop"],
        loss=row["loss"],
        n_questions=row["n_questions"],
        approximate=row["approximate"],
        never_events=tuple(row["never_events"]),
        initial_rank=row["initial_rank"],
        initial_p_expected=row["initial_p_expected"],
        initial_leading=_leading(row["initial_leading"], SHOWN_AFTER_QUESTION),
        full_rank=row["full_rank"],
        full_p_expected=row["full_p_expected"],
        full_leading=_leading(row["full_leading"], SHOWN),
        transcript=tuple(_question(question) for question in row["transcript"]),
        rank_after=tuple(row["rank_after"]),
        p_expected_after=tuple(row["p_expected_after"]),
    )


def changed_case(
    pair: CasePair,
    base: Row,
    candidate: Row,
    narrator: Narrator,
    *,
    specialty: str,
    parting: Parting | None,
    effects: tuple[Effect, ...],
    show: str,
) -> Case:
    """A pair in full; ``show`` completes the command that shows it."""
    return Case(
        id=pair.case_id,
        base_id=pair.base_id,
        change=pair.change.value,
        symbol=SYMBOLS[pair.change],
        events=tuple(event.value for event in pair.events),
        never_events=tuple(event.value for event in pair.never_events),
        words=narrator.pair(pair),
        expected=candidate["expected"],
        specialty=specialty,
        vignette=vignette(pair.card, candidate["unlisted"]),
        base=interview(base),
        candidate=interview(candidate),
        parting=parting,
        effects=effects,
        command=show_command(pair.case_id, show),
    )


def single_case(row: Row, card: Card, narrator: Narrator, *, specialty: str, show: str) -> Case:
    """A case of one run in full."""
    right = is_right(row)
    return Case(
        id=card.id,
        base_id=None,
        change="right" if right else "wrong",
        symbol=SYMBOLS[Change.FIXED] if right else SYMBOLS[Change.BROKEN],
        events=(),
        never_events=tuple(row["never_events"]),
        words=narrator.row(row),
        expected=row["expected"],
        specialty=specialty,
        vignette=vignette(card, row["unlisted"]),
        base=None,
        candidate=interview(row),
        parting=None,
        effects=(),
        command=show_command(card.id, show),
    )


def line(case_id: str, base: Row | None, row: Row, narrator: Narrator, specialty: str) -> CaseLine:
    """A case that nobody has to look at."""
    return CaseLine(
        id=case_id,
        expected=row["expected"],
        specialty=specialty,
        words=narrator.unchanged(base, row),
        base_leading=None if base is None else leading(base),
        leading=leading(row),
        base_rank=None if base is None else base["rank"],
        rank=row["rank"],
        base_p=None if base is None else base["p_expected"],
        p=row["p_expected"],
        base_questions=None if base is None else base["n_questions"],
        questions=row["n_questions"],
    )


def not_comparable(pair: CasePair) -> NotComparableCase:
    """A case of which the two models cannot be compared, and why."""
    words = ONE_SIDED[pair.change]
    if pair.base_id not in (None, pair.case_id):
        words += f" (it was called {pair.base_id})"
    return NotComparableCase(pair.case_id, pair.change.value, words, pair.card.expected.condition)


def show_command(case_id: str, where: str) -> str:
    """What shows a case in a terminal; an id that looks like an option is kept from being one."""
    guard = "-- " if case_id.startswith("-") else ""
    return f"clinval show{where} {guard}{quote(case_id)}"


def _spoken(level: Triage) -> str:
    return level.label.replace("_", " ")


def _leading(entries: Iterable[Mapping[str, Any]], n: int) -> tuple[Leading, ...]:
    return tuple(Leading(entry["condition"], entry["p"]) for entry in list(entries)[:n])


def _question(question: Mapping[str, Any]) -> Question:
    return Question(
        finding=question["finding"],
        answer=question["answer"],
        gain=question["gain"],
        p_present=question["p_present"],
        red_flag=question["red_flag"],
        exact=question["exact"],
        leading=_leading(question["leading"], SHOWN_AFTER_QUESTION),
    )
