"""The patient answers from the card and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cases.card import Card
from model.network.vocabulary import Finding, Limits, RiskFactor
from tests.validation import synthetic
from validation.patient import Unreliability, patients

STATES = ("absent", "present", "unsure", "not_mentioned")
NETWORK = replace(
    synthetic.network(4, 4),
    findings=(
        Finding("binary", "Binary", "?"),
        Finding("four", "Four", "?", states=STATES, leak=(0.4, 0.2, 0.2, 0.2)),
        Finding("of_women", "Of women", "?", limits=Limits(sex="female")),
        Finding("of_children", "Of children", "?", limits=Limits(max_age=12)),
    ),
    risk_factors=(
        RiskFactor("smoking", "Smoking", prevalence=((0.2,), (0.2,))),
        RiskFactor("pregnancy", "Pregnancy", prevalence=((0.1,), (0.0,))),
    ),
    conditions=(replace(synthetic.network(1, 2).conditions[0], links={}),),
)
ABSENT, PRESENT, UNSURE, NOT_MENTIONED, UNKNOWN = 0, 1, 2, 3, -1


def card(**fields: Any) -> Card:
    record = {"id": "a", "author": "x", "patient": {"age": 30, "sex": "male"}, "expected": {"condition": "c00"}}
    return Card.model_validate({**record, **fields})


@pytest.mark.parametrize(
    ("unlisted", "binary", "four"),
    [("unknown", UNKNOWN, UNKNOWN), ("absent", ABSENT, ABSENT), ("not_mentioned", UNKNOWN, NOT_MENTIONED)],
)
@pytest.mark.parametrize("override", [False, True])
def test_what_an_unlisted_finding_means(unlisted: str, binary: int, four: int, override: bool) -> None:
    case = card() if override else card(unlisted=unlisted)
    answers = patients([case], NETWORK, unlisted if override else None).answers[0]
    # the other two cannot apply to a man of thirty: no evidence, whatever unlisted means
    assert answers.tolist() == [binary, four, UNKNOWN, UNKNOWN]


def test_listed_states() -> None:
    case = card(findings={"binary": "unsure", "four": "unsure", "of_women": "absent", "of_children": "present"})
    assert patients([case], NETWORK).answers[0].tolist() == [UNKNOWN, UNSURE, ABSENT, PRESENT]


def test_volunteered_findings_are_the_initial_evidence_and_all_of_them_the_full_one() -> None:
    case = card(findings={"binary": {"state": "present", "initial": True}, "four": "present"}, unlisted="absent")
    person = patients([case], NETWORK)
    assert person.evidence.findings[0].tolist() == [PRESENT, UNKNOWN, UNKNOWN, UNKNOWN]
    assert person.full.findings[0].tolist() == [PRESENT, PRESENT, UNKNOWN, UNKNOWN]
    assert person.initial[0].tolist() == [True, False, False, False]


def test_pertinent_negatives_are_the_listed_ones() -> None:
    person = patients([card(findings={"binary": "absent"}, unlisted="absent")], NETWORK)
    assert person.pertinent[0].tolist() == [True, False, False, False]
    assert not person.present.any()


@pytest.mark.parametrize(("pregnant", "state"), [(True, PRESENT), (False, ABSENT), (None, UNKNOWN)])
def test_pregnancy_is_a_risk_factor(pregnant: bool | None, state: int) -> None:
    case = card(patient={"age": 30, "sex": "female", "pregnant": pregnant}, risk_factors={"smoking": "present"})
    assert patients([case], NETWORK).evidence.risk_factors[0].tolist() == [PRESENT, state]


def test_words_that_the_network_does_not_know_are_reported() -> None:
    case = card(findings={"binary": "present", "zzz": "present", "four": "sometimes"}, risk_factors={"yyy": "absent"})
    person = patients([case], NETWORK)
    assert person.not_in_network == (("zzz", "four", "yyy"),)
    assert person.answers[0, 1] == UNKNOWN


def test_an_unreliable_patient_errs_as_often_as_said_and_not_where_nothing_was_said() -> None:
    network = synthetic.network(8, 14)
    cards = synthetic.cards(network, 300)
    honest = patients(cards, network)
    flipped = patients(cards, network, None, Unreliability(flip=0.25))
    assert (flipped.answers != honest.answers).mean() == pytest.approx(0.25, abs=0.03)
    wavering = patients(cards, network, None, Unreliability(unsure=0.25))
    assert (wavering.answers == UNKNOWN).mean() == pytest.approx(0.25, abs=0.03)
    forthcoming = patients(cards, network, None, Unreliability(volunteer=0.25))
    assert forthcoming.initial[honest.present & ~honest.initial].mean() == pytest.approx(0.25, abs=0.03)
    for said in (flipped, wavering, forthcoming):
        assert np.array_equal(said.present, honest.present)


def test_chance_follows_the_case_not_its_place() -> None:
    network = synthetic.network(8, 14)
    cards = synthetic.cards(network, 20)
    errs = Unreliability(flip=0.3, unsure=0.2, volunteer=0.4)
    forward, backward = patients(cards, network, None, errs), patients(cards[::-1], network, None, errs)
    assert np.array_equal(forward.answers, backward.answers[::-1])
    assert np.array_equal(forward.initial, backward.initial[::-1])
    other = patients(cards, network, None, replace(errs, flip_seed=99))
    assert not np.array_equal(forward.answers, other.answers)
    assert np.array_equal(forward.initial, other.initial)  # each use of chance has a seed of its own


def test_a_risk_factor_that_nearly_everybody_has_goes_without_saying() -> None:
    menopause = RiskFactor("postmenopausal", "Past the menopause", prevalence=((0.0, 0.98), (0.0, 0.0)))
    network = replace(
        NETWORK,
        risk_factors=(*NETWORK.risk_factors[:1], menopause),
        age_bands=((0.0, 65.0), (65.0, 150.0)),
    )
    smoking = replace(network.risk_factors[0], prevalence=((0.2, 0.1), (0.2, 0.1)))
    network = replace(network, risk_factors=(smoking, menopause))
    woman, girl = {"age": 70, "sex": "female"}, {"age": 7, "sex": "female"}
    cards = [
        card(patient=woman, unlisted="absent"),
        card(id="b", patient=woman, unlisted="absent", risk_factors={"postmenopausal": "absent"}),
        card(id="c", patient=girl, unlisted="absent"),
        card(id="d", patient={"sex": "female"}, unlisted="absent"),
    ]
    known = patients(cards, network).evidence.risk_factors
    assert known.tolist() == [[ABSENT, UNKNOWN], [ABSENT, ABSENT], [ABSENT, ABSENT], [ABSENT, ABSENT]]
