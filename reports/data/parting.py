"""Where two interviews of a case part, and what both models thought of both questions there."""

from __future__ import annotations

from cases.card import Card
from model.errors import InputError
from validation.comparison.divergence import Divergence, Move, divergence
from validation.comparison.played import options_of
from validation.comparison.weighing import View, weigh
from validation.planning import Candidate
from validation.replay import ReplayOptions
from validation.results import Row, Run

from .case_shapes import Parting, Weight
from .words import Narrator

Models = tuple[tuple[Candidate, ReplayOptions], tuple[Candidate, ReplayOptions]]
"""Base and candidate, each as it was played."""
Weights = tuple[Weight | None, Weight | None, Weight | None, Weight | None]
"""The base's question and the candidate's in the base's eyes, then both in the candidate's."""


def models_of(base: Run, candidate: Run, candidates: tuple[Candidate | None, Candidate | None]) -> Models | None:
    """Both models where both are at hand."""
    one, other = candidates
    return None if one is None or other is None else ((one, options_of(base)), (other, options_of(candidate)))


def parting(base: Row, candidate: Row, card: Card, models: Models | None, narrator: Narrator) -> Parting | None:
    """The first question at which two interviews differ; rows in full.

    Without ``models`` each question has the weight that its own interview recorded, and no other.
    """
    found = divergence(base, candidate)
    if found is None:
        return None
    views = None if models is None else _views(found, card, base, candidate, models)
    if views is None:
        weights: Weights = (_recorded(found.base), None, None, _recorded(found.candidate))
    else:
        ask = [found.base.finding, found.candidate.finding]
        findings = list(dict.fromkeys(name for name in ask if name is not None))
        base_view, candidate_view = views
        weights = (
            _weighed(base_view, findings, ask[0]),
            _weighed(base_view, findings, ask[1]),
            _weighed(candidate_view, findings, ask[0]),
            _weighed(candidate_view, findings, ask[1]),
        )
    return Parting(
        found.number,
        found.base.finding,
        found.candidate.finding,
        found.base.stop or "",
        found.candidate.stop or "",
        *weights,
        words=_words(found, weights, narrator),
    )


def _views(found: Divergence, card: Card, base: Row, candidate: Row, models: Models) -> tuple[View, View] | None:
    """Both models' scores; None where a model at hand is not the one that was played."""
    try:
        weighing = weigh(found, card, base, candidate, *models)
    except InputError:
        return None
    return weighing.base, weighing.candidate


def _recorded(move: Move) -> Weight | None:
    if move.finding is None or move.gain is None or move.p_present is None:
        return None
    return Weight(move.gain, move.p_present, red_flag=move.red_flag)


def _weighed(view: View, findings: list[str], finding: str | None) -> Weight | None:
    weight = None if finding is None else view.weights[findings.index(finding)]
    return None if weight is None else Weight(weight.gain, weight.p_present, weight.place, weight.red_flag)


def _words(found: Divergence, weights: Weights, narrator: Narrator) -> str:
    before = f"At question {found.number}" if found.number > 1 else "At the first question"
    if found.is_about_the_answer:
        asked = narrator.finding(found.base.finding or "")
        answers = f"{_said(found.base)} and {_said(found.candidate)}"
        return f"{before} both ask about {asked}, and the answers differ: {answers}."
    base = _did("the base", found.base, narrator)
    candidate = _did("the candidate", found.candidate, narrator)
    return f"{before} {base}, {candidate}.{_why(weights)}"


def _said(move: Move) -> str:
    return (move.answer or "cannot say").replace("_", " ")


def _did(who: str, move: Move, narrator: Narrator) -> str:
    if move.finding is None:
        return f"{who} had stopped ({(move.stop or 'no reason given').replace('_', ' ')})"
    flag = ", a red flag" if move.red_flag else ""
    return f"{who} asks about {narrator.finding(move.finding)}{flag}"


def _why(weights: Weights) -> str:
    """Both questions in the eyes of both, where both are known."""
    views = []
    for who, own, other in (("base", weights[0], weights[1]), ("candidate", weights[3], weights[2])):
        if own is not None and other is not None:
            views.append(
                f"the {who} expected {own.gain:.3f} nats of its own question and {other.gain:.3f} of the other"
            )
    return f" ({'; '.join(views)})" if views else ""
