"""An attribution is the same however it is computed, and says what it had no time for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from cases.card import Card
from model.network.vocabulary import Link
from model.policy.config import Policy, StoppingConfig
from tests.validation import synthetic
from tests.validation.attribution.planted import changed
from validation import run
from validation.attribution import Attribution, attribute, blame
from validation.comparison import compare
from validation.deadline import OUT_OF_TIME, Deadline
from validation.planning import Candidate


@cache
def in_full() -> Attribution:
    """Of what is :func:`busy`, in this process."""
    return attribute(*busy(), workers=1)


def busy() -> tuple[Candidate, Candidate, list[Card]]:
    network = synthetic.network(structure="noisy_or", seed=3)
    base = Candidate(network, Policy(stopping=StoppingConfig(max_questions=6)))
    candidate = base
    for number, condition in enumerate(network.conditions):
        links = {name: (Link((0.8, 0.2)) if i == number % 2 else link)
                 for i, (name, link) in enumerate(condition.links.items())}  # fmt: skip
        candidate = changed(candidate, condition.id, links=links)
    return base, candidate, synthetic.cards(network, 40)


def test_equal_inputs_give_equal_bytes_whatever_the_processes_and_the_order_of_the_cards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, candidate, cards = busy()
    here = in_full()
    monkeypatch.setattr("validation.attribution.replays.SMALL", 0)
    there = attribute(base, candidate, cards[::-1], workers=2)
    assert len(here.cases) > 3
    assert json.dumps(here.to_dict()) == json.dumps(there.to_dict())
    assert Attribution.from_dict(json.loads(json.dumps(here.to_dict()))) == here


def test_cases_come_in_the_order_of_harm_and_those_that_do_not_change_are_named() -> None:
    _, _, cards = busy()
    found = in_full()
    assert {*found.unmoved, *(case.case_id for case in found.cases)} == {card.id for card in cards}
    assert found.unmoved
    never = [any(word in ("must-not-miss-lost", "red-flag-dropped", "emergency-under-triaged") for word in case.words)
             for case in found.cases]  # fmt: skip
    assert never == sorted(never, reverse=True)
    assert any("come out alike" in note for note in found.notes)


class AfterCalls(Deadline):
    """A deadline that passes when it has been asked so many times."""

    def __init__(self, calls: int) -> None:
        super().__init__(budget_s=1e9)
        self._left = calls

    def __call__(self) -> bool:
        self._left -= 1
        if self._left < 0:
            self.cancel(OUT_OF_TIME)
        return bool(self.reason)


@pytest.mark.parametrize("calls", [0, 30, 180, 400, 1000])
def test_what_is_not_done_in_time_is_said(calls: int) -> None:
    base, candidate, cards = busy()
    whole = in_full()
    found = attribute(base, candidate, cards, workers=1, deadline=AfterCalls(calls))
    if not found.stopped:
        assert found == whole
        return
    assert found.stopped == OUT_OF_TIME
    assert "Attribution stopped after 1e+09 s (out of time)" in found.notes[-1]
    done = [case.case_id for case in found.cases]
    assert done == [case.case_id for case in whole.cases][: len(done)]
    if found.edits and done:
        assert list(found.not_done) == [case.case_id for case in whole.cases][len(done) :]
        assert f"{len(done)} of {len(whole.cases)} cases" in found.notes[-1] or "all cases" in found.notes[-1]
    else:
        assert set(found.not_done) >= {case.case_id for case in whole.cases}
    for case in found.cases:
        exact = whole.case[case.case_id]
        assert [(e.alone, e.reverted) for e in sorted(case.effects, key=lambda e: e.edit)] == [
            (e.alone, e.reverted) for e in sorted(exact.effects, key=lambda e: e.edit)
        ]


def test_the_blame_of_a_diff_has_a_limit_of_its_own(tmp_path: Path) -> None:
    base, candidate, cards = busy()
    diff = compare(*(run(one, cards, runs=tmp_path) for one in (base, candidate)))
    found = blame(diff, base, candidate, longest_s=0.0)
    assert found.stopped == OUT_OF_TIME
    assert "Attribution stopped after 0 s (out of time)" in found.notes[-1]
    assert "clinval show CASE --diff" in found.notes[-1]
    assert blame(diff, base, candidate).by_case.keys() == {pair.case_id for pair in diff.changed}


def test_equal_candidates_have_no_edits() -> None:
    base, _, cards = busy()
    found = attribute(base, base, cards[:3])
    assert (found.edits, found.cases, found.by_edit) == ((), (), ())
    assert len(found.unmoved) == 3
