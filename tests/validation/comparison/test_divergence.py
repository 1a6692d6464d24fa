"""Where two interviews part: by hand, and against the policies that asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.errors import InputError
from model.inference.compile import compile_network
from model.interview import Interview
from tests.validation.comparison.conftest import BASE, CANDIDATE
from validation.comparison import Diff
from validation.comparison.divergence import divergence, trajectory
from validation.comparison.played import options_of
from validation.comparison.weighing import weigh
from validation.comparison.words_of_pair import in_words
from validation.patient import patients


def interview(*questions: str, stop: str = "threshold", answers: str = "") -> dict[str, Any]:
    """A row with these questions; ``answers`` : a letter each, y or n, present throughout if left out."""
    said = ["present" if letter == "y" else "absent" for letter in answers or "y" * len(questions)]
    transcript = [
        {
            "finding": finding, "answer": answer, "gain": 0.5 / place, "p_present": 0.3, "exact": True,
            "red_flag": False, "leading": [{"condition": "flu", "p": 0.1 * place}],
        }
        for place, (finding, answer) in enumerate(zip(questions, said, strict=True), start=1)
    ]  # fmt: skip
    n = len(questions) + 1
    return {
        "transcript": transcript, "stop": stop, "initial_leading": [{"condition": "cold", "p": 0.2}],
        "p_expected_after": [0.1] * n, "rank_after": [2] * n, "differential": [], "outcome": "answered",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("base", "candidate", "number", "findings"),
    [
        (interview("a", "b"), interview("a", "b"), None, None),
        (interview(), interview(), None, None),
        (interview("a", "b"), interview("a", "c"), 2, ("b", "c")),
        (interview("a"), interview("b"), 1, ("a", "b")),
        (interview("a"), interview("a", "b"), 2, (None, "b")),
        (interview("a", "b", "c"), interview("a"), 2, ("b", None)),
        (interview(), interview("a"), 1, (None, "a")),
        (interview("a", stop="threshold"), interview("a", stop="max_questions"), None, None),
        (interview("a", "b", answers="yn"), interview("a", "b", answers="yy"), 2, ("b", "b")),
    ],
)
def test_the_first_question_that_is_not_the_same(
    base: dict[str, Any], candidate: dict[str, Any], number: int | None, findings: tuple[str | None, ...] | None
) -> None:
    parted = divergence(base, candidate)
    if number is None:
        assert parted is None
        return
    assert parted is not None
    assert parted.number == number
    assert (parted.base.finding, parted.candidate.finding) == findings
    assert parted.is_about_the_answer is (findings == ("b", "b"))
    for move in (parted.base, parted.candidate):
        assert (move.stop is None) is (move.finding is not None)
        assert move.finding is None or move.gain == 0.5 / number
    assert parted.to_dict()["number"] == number


def test_a_trajectory_begins_with_what_was_volunteered() -> None:
    steps = trajectory(interview("a", "b"))
    assert [step.number for step in steps] == [0, 1, 2]
    assert [step.leading for step in steps] == ["cold", "flu", "flu"]
    assert [step.finding for step in steps] == [None, "a", "b"]
    assert trajectory({**interview(), "rank_after": [], "p_expected_after": []}) == ()


def test_both_models_scores_are_what_their_policies_computed(diff: Diff) -> None:
    n_weighed = 0
    for pair in diff.comparable:
        base, candidate = diff.rows(pair.case_id)
        parted = divergence(base, candidate)
        if parted is None:
            continue
        models = (BASE, options_of(diff.base)), (CANDIDATE, options_of(diff.candidate))
        weighing = weigh(parted, pair.card, base, candidate, *models)
        for view, move, (model, _) in zip(
            (weighing.base, weighing.candidate), (parted.base, parted.candidate), models, strict=True
        ):
            assert view.asked == move.finding
            if move.finding is None:
                continue
            own = view.weights[weighing.findings.index(move.finding)]
            assert own is not None
            assert (own.gain, own.p_present, own.place) == (move.gain, move.p_present, 1)
            assert own.score == move.gain + model.policy.questions.present_weight * own.p_present
            for weight in view.weights:
                assert weight is not None
                assert 1 <= weight.place <= view.n_askable
                if weight.red_flag == own.red_flag:
                    assert weight.score <= own.score + model.policy.questions.tie_band
            n_weighed += 1
        if parted.number > 1:
            assert weighing.base.p_expected == base["p_expected_after"][parted.number - 1]
            assert weighing.candidate.p_leading == candidate["transcript"][parted.number - 2]["leading"][0]["p"]
    assert n_weighed > 10


def test_the_other_question_is_scored_by_the_engine_itself(diff: Diff) -> None:
    """At the first question nothing needs replaying: the scores are the engine's on what was volunteered."""
    for pair in diff.comparable:
        base, candidate = diff.rows(pair.case_id)
        parted = divergence(base, candidate)
        if parted is None or parted.number > 1 or parted.candidate.finding is None:
            continue
        weighing = weigh(
            parted, pair.card, base, candidate, (BASE, options_of(diff.base)), (CANDIDATE, options_of(diff.candidate))
        )
        play: Interview[Any] = Interview(compile_network(BASE.network), BASE.policy)
        state = play.init(patients([pair.card], BASE.network).evidence)
        gain = play.engine.score(state.engine_state, state.askable).gain[0]
        other = weighing.base.weights[weighing.findings.index(parted.candidate.finding)]
        assert other is not None
        assert other.gain == gain[BASE.network.finding_index[parted.candidate.finding]]
        return
    pytest.fail("no interview parts at its first question")


def test_another_model_than_the_one_that_was_played_is_refused(diff: Diff) -> None:
    for pair in diff.changed:
        base, candidate = diff.rows(pair.case_id)
        parted = divergence(base, candidate)
        if parted is None or parted.base.finding is None or parted.candidate.finding is None:
            continue
        options = options_of(diff.base)
        with pytest.raises(InputError, match="E-ANOTHER-MODEL"):
            weigh(parted, pair.card, base, candidate, (CANDIDATE, options), (BASE, options))
        return
    pytest.fail("no interviews part")


def test_what_happened_in_sentences(diff: Diff) -> None:
    said = set()
    for pair in diff.pairs:
        base, candidate = diff.rows(pair.case_id)
        sentences = list(in_words(pair, base, candidate, divergence(base, candidate), str, str))
        assert len(sentences) == 2 + len(pair.events)
        assert all(sentence.endswith(".") for sentence in sentences)
        said.add(sentences[-1].split(" ")[0])
    assert said == {"They", "Both"}
    alone = divergence(interview("a"), interview("a", "b"))
    assert alone is not None
    pair, (base, candidate) = diff.pairs[0], diff.rows(diff.pairs[0].case_id)
    (*_, last) = in_words(pair, base, candidate, alone, str, str)
    assert last == (
        "They part at question 2: the base has stopped, because it was sure enough, the candidate asks for b "
        "(expected gain 0.250 nats)."
    )
    answers = divergence(interview("a", answers="y"), interview("a", answers="n"))
    (*_, last) = in_words(pair, base, candidate, answers, str, str)
    assert "both ask for a, and the answers differ (present, absent)" in last


def test_places_count_from_the_question_that_is_asked() -> None:
    from validation.comparison.weighing import _places

    score = np.array([0.3, 0.5, 0.5 - 1e-12, 0.9, 0.1])
    askable = np.array([True, True, True, True, False])
    candidates = np.array([True, True, True, False, False])
    assert _places(score, candidates, askable, 1e-9).tolist() == [3, 1, 2, 4, 0]
    lower_index_wins = np.array([0.5 - 1e-12, 0.5])
    both = np.array([True, True])
    assert _places(lower_index_wins, both, both, 1e-9).tolist() == [1, 2]
