"""Cross-validation: every case once, by a network that has not seen it, read off at each length."""

from __future__ import annotations

import pytest

from cases.folds import fold_of
from model.errors import InputError
from tests.validation import synthetic
from validation import crossvalidation
from validation.crossvalidation import crossvalidate
from validation.fitting import fit_to_cards
from validation.metrics.estimate import Estimate
from validation.replay import replay

NETWORK = synthetic.network(4, 8, seed=2)
CARDS = synthetic.cards(NETWORK, 160, seed=2)


def test_no_network_has_seen_the_cases_that_it_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, played = [], []

    def spy_fit(cards, *rest, **named):  # type: ignore[no-untyped-def]
        fitted.append({card.id for card in cards})
        return fit_to_cards(cards, *rest, **named)

    def spy_play(interview, cards, *rest):  # type: ignore[no-untyped-def]
        played.append({card.id for card in cards})
        return replay(interview, cards, *rest)

    monkeypatch.setattr(crossvalidation, "fit_to_cards", spy_fit)
    monkeypatch.setattr(crossvalidation, "replay", spy_play)
    crossvalidate(CARDS, questions=(3,), n_folds=4, smoothing=1.0, temperature=1.0)
    assert len(fitted) == len(played) == 4
    for fold, (seen, tested) in enumerate(zip(fitted, played, strict=True)):
        assert tested == {card.id for card in CARDS if fold_of(card, 4) == fold}
        assert seen == {card.id for card in CARDS} - tested


def test_shorter_interviews_are_the_beginnings_of_longer_ones() -> None:
    both = crossvalidate(CARDS, questions=(5, 2), n_folds=4, smoothing=1.0, temperature=1.0)
    short = crossvalidate(CARDS, questions=(2,), n_folds=4, smoothing=1.0, temperature=1.0)
    assert [scores.questions for scores in both.scores] == [2, 5]
    assert both.scores[0] == short.scores[0]
    assert both.scores[0].mean_asked == 2.0
    first, second = (scores.evidence_recall for scores in both.scores)
    assert isinstance(first, Estimate)
    assert isinstance(second, Estimate)
    assert second.value >= first.value


def test_unknown_answers_are_fitted_as_a_state_of_their_own() -> None:
    result = crossvalidate(CARDS, questions=(2,), unlisted="unknown", n_folds=3, smoothing=1.0, temperature=1.0)
    assert (result.unlisted, result.fitted_as, result.n_cases) == ("unknown", "not_mentioned", 160)


def test_too_few_cases_for_the_folds() -> None:
    with pytest.raises(InputError, match=r"E-FOLDS.*take fewer folds"):
        crossvalidate(CARDS[:2], n_folds=5)
