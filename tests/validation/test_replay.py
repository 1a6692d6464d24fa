"""The lock-step replay against one interview at a time, and the ways in which a case can end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cases.card import Card
from model.inference.compile import compile_network
from model.interview import Interview
from model.network.vocabulary import Link
from model.policy.config import Policy, PolicyConfig, StoppingConfig
from model.single_interview import SingleInterview
from tests.validation import synthetic
from validation.columns import SCHEMA, table_of, table_of_lost
from validation.patient import patients
from validation.replay import Interrupted, ReplayOptions, first_conditions, replay
from validation.target import ranks

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 40)
POLICY = Policy(PolicyConfig(present_weight=0.1), StoppingConfig(0.9, 1e-3, 2, 8))


def rows(cards: list[Card], network: Any = NETWORK, policy: Policy = POLICY, **options: Any) -> list[dict[str, Any]]:
    chosen = ReplayOptions(**options)
    result = replay(Interview(compile_network(network), policy), cards, chosen)
    table = table_of(result, cards, network, chosen)
    table.validate(full=True)
    listed: list[dict[str, Any]] = table.to_pylist()
    return listed


def test_every_case_is_the_interview_that_one_person_would_have_had() -> None:
    engine = compile_network(NETWORK)
    for card, row in zip(CARDS, rows(CARDS), strict=True):
        person = patients([card], NETWORK)
        single = SingleInterview(engine, POLICY, person.evidence, age_years=card.patient.age_years)
        while (finding := single.question) is not None:
            state = person.answers[0, NETWORK.finding_index[finding.id]]
            single.answer(None if state < 0 else finding.states[state])
        assert row["stop"] == single.stop_reason.label
        assert row["n_questions"] == len(single.transcript) == len(row["transcript"])
        for asked, exchange in zip(row["transcript"], single.transcript, strict=True):
            assert (asked["finding"], asked["answer"]) == (exchange.finding.id, exchange.answer)
            assert (asked["gain"], asked["p_present"]) == (exchange.gain, exchange.p_present)
            assert [(entry["condition"], entry["p"]) for entry in asked["leading"]] == list(exchange.differential)
        differential = [(condition.id, p) for condition, p in single.differential()]
        assert [(entry["condition"], entry["p"]) for entry in row["differential"]] == differential[:20]


def test_brackets_are_the_posteriors_on_initial_and_full_evidence() -> None:
    engine = compile_network(NETWORK)
    for card, row in zip(CARDS, rows(CARDS), strict=True):
        person = patients([card], NETWORK)
        expected = NETWORK.condition_index[card.expected.condition]
        for bracket, evidence in (("initial", person.evidence), ("full", person.full)):
            posterior = engine.posterior(engine.init(evidence))[0]
            assert row[f"{bracket}_p_expected"] == posterior[expected]
            better = sum(p > posterior[expected] for p in posterior)
            assert row[f"{bracket}_rank"] > better
        assert row["p_expected_after"][0] == row["initial_p_expected"]
        assert row["p_expected_after"][-1] == row["p_expected"]
        assert row["rank_after"][-1] == row["rank_right"]


def test_an_expected_condition_that_the_model_lacks_is_played_and_wrong() -> None:
    card = CARDS[0].model_copy(update={"expected": CARDS[0].expected.model_copy(update={"condition": "zebra"})})
    (row,) = rows([card])
    assert row["outcome"] == "not_in_model"
    assert (row["rank"], row["rank_right"], row["p_expected"]) == (0, 0, 0.0)
    assert row["n_questions"] > 0
    assert row["differential"]


def test_an_acceptable_alternative_counts_beside_the_strict_figure() -> None:
    first = rows(CARDS)[1]
    runner_up = first["differential"][1]["condition"]
    expected = CARDS[1].expected.model_copy(
        update={"condition": runner_up, "acceptable": (first["differential"][0]["condition"],)}
    )
    (row,) = rows([CARDS[1].model_copy(update={"expected": expected})])
    assert (row["rank"], row["rank_right"]) == (2, 1)


def test_impossible_evidence_is_a_named_outcome_of_that_case_alone() -> None:
    certain = tuple(replace(c, links={**c.links, "f00": Link((0.0, 1.0))}) for c in NETWORK.conditions)
    network = replace(NETWORK, conditions=certain)
    impossible = _with_f00(CARDS[0], "absent")
    possible = _with_f00(CARDS[1], "present")
    lost, fine = rows([impossible, possible], network)
    assert (lost["outcome"], lost["stop"], lost["n_questions"]) == ("impossible_evidence", "impossible_evidence", 0)
    assert (lost["rank"], lost["p_expected"], lost["differential"], lost["triage_advice"]) == (0, 0.0, [], -1)
    assert lost["brier"] == 2.0
    assert fine["outcome"] == "answered"
    assert [fine] == rows([possible], network)


def _with_f00(card: Card, state: str) -> Card:
    told = card.findings[next(iter(card.findings))].model_copy(update={"state": state, "initial": True})
    return card.model_copy(update={"findings": {**card.findings, "f00": told}})


def test_must_ask_findings_are_timed() -> None:
    listed = next(iter(CARDS[0].findings))
    asks = [{"finding": listed, "by": 1}, {"finding": "nobody_knows_it"}]
    transcript = rows(CARDS[:1])[0]["transcript"]
    asks.append({"finding": transcript[2]["finding"], "by": 2})
    expected = CARDS[0].expected.model_dump() | {"must_ask": asks}
    (row,) = rows([Card.model_validate(CARDS[0].model_dump() | {"expected": expected})])
    assert row["must_ask"] == [
        {"finding": listed, "by": 1, "asked_at": 0},
        {"finding": "nobody_knows_it", "by": -1, "asked_at": -1},
        {"finding": transcript[2]["finding"], "by": 2, "asked_at": 3},
    ]


def test_a_replay_can_be_interrupted_between_two_questions() -> None:
    calls = iter([False, False, True])
    with pytest.raises(Interrupted):
        replay(Interview(compile_network(NETWORK), POLICY), CARDS, should_stop=lambda: next(calls))


def test_rows_of_lost_cases_have_the_worst_of_every_result() -> None:
    table = table_of_lost(CARDS, ReplayOptions(), "crashed", "its worker died", network=NETWORK, most_questions=9)
    table.validate(full=True)
    assert table.schema == SCHEMA
    for card, row in zip(CARDS, table.to_pylist(), strict=True):
        assert (row["case_id"], row["outcome"], row["error"]) == (card.id, "crashed", "its worker died")
        assert (row["rank"], row["rank_right"], row["triage_advice"], row["brier"]) == (0, 0, -1, 2.0)
        assert row["n_questions"] == 9
        assert all(ask["asked_at"] == -1 for ask in row["must_ask"])


def test_what_lost_cases_had_to_find_is_counted_as_for_any_other() -> None:
    told = {"f00": {"state": "absent", "pertinent": True}, "f999": {"state": "present"}, "f01": {"state": "unsure"}}
    cards = [Card.model_validate(card.model_dump() | {"findings": {**card.findings, **told}}) for card in CARDS]
    lost = table_of_lost(cards, ReplayOptions(), "failed", "", network=NETWORK, most_questions=99).to_pylist()
    for row, played in zip(lost, rows(cards), strict=True):
        for name in ("initial", "initial_present", "present", "negatives"):
            assert row[f"n_{name}"] == played[f"n_{name}"], name
        assert (row["n_asked"], row["n_present_asked"], row["n_negatives_asked"]) == (0, 0, 0)
        assert row["n_questions"] == len(NETWORK.findings)
    assert {row["n_negatives"] for row in lost} == {1}


def test_equal_probabilities_rank_by_index_and_zero_is_not_on_the_list() -> None:
    posterior = np.array([[0.4, 0.4, 0.2, 0.0]])
    for condition, rank in ((0, 1), (1, 2), (2, 3), (3, 0), (-1, 0)):
        assert ranks(posterior, np.array([condition], np.int32)).tolist() == [rank]
    which, p = first_conditions(posterior, 5)
    assert which.tolist() == [[0, 1, 2, -1, -1]]
    assert p.tolist() == [[0.4, 0.4, 0.2, 0.0, 0.0]]
