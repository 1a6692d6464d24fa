"""A network fitted to cards: the bridge from ``cases`` to ``model.fit``."""

from __future__ import annotations

from collections.abc import Sequence

from cases.card import Card
from model.errors import InputError
from model.fit import fit_network
from model.network.network import ClinicalNetwork


def fit_to_cards(
    cards: Sequence[Card],
    name: str,
    *,
    unlisted: str | None = None,
    smoothing: float | None = None,
    temperature: float | None = None,
    n_questions: int = 15,
) -> ClinicalNetwork:
    """A ``one_condition`` network estimated from ``cards``; see :func:`model.fit.fit_network`.

    Parameters
    ----------
    unlisted : what a finding means that a card does not list; None: what the cards say, if they agree

    Raises
    ------
    InputError
        There are fewer than two cards or two conditions, or the cards do not agree on ``unlisted``.
    """
    conditions = dict.fromkeys(card.expected.condition for card in cards)
    for n, one, several in ((len(cards), "case", "cases"), (len(conditions), "condition", "conditions")):
        if n < 2:
            found = f"{n} {one if n == 1 else several}"
            raise InputError.single("E-FIT-SIZE", name, found, expected=f"at least 2 {several}, to tell apart")
    said = sorted({card.unlisted for card in cards})
    if unlisted is None and len(said) != 1:
        raise InputError.single(
            "E-FIT-UNLISTED", name, f"cards that say unlisted = {', '.join(said)}",
            expected="one meaning", next_step="choose one with --unlisted",
        )  # fmt: skip
    return fit_network(
        name,
        [{finding: listed.state for finding, listed in card.findings.items()} for card in cards],
        [card.expected.condition for card in cards],
        unlisted=unlisted or said[0],
        initial=[set(card.initial_findings) for card in cards],
        smoothing=smoothing,
        temperature=temperature,
        n_questions=n_questions,
    )
