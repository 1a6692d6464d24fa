"""What the differential ranks by: the posterior, or what explains something that is present."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.differential import order_key
from model.errors import InputError
from model.inference.noisy_or import NoisyOrEngine
from model.inference.protocol import Evidence
from model.interview import Interview
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, Triage
from model.policy import DEFAULT_POLICY, Policy
from model.policy.config import EXPLAINING, DifferentialConfig, parse_policy

COLD, FRACTURE = 0, 1
SNEEZING, LEG_PAIN = 0, 1


def surgery() -> ClinicalNetwork:
    """A common cold, a rare fracture, and one finding of each."""
    findings = (
        Finding("sneezing", "Sneezing", "Sneezing?", leak=(0.95, 0.05)),
        Finding("leg_pain", "Leg pain", "Leg pain?", leak=(0.8, 0.2)),
    )
    conditions = (
        Condition("cold", "Cold", Triage.SELF_CARE, prevalence=((0.3,), (0.3,)), links={"sneezing": Link((0.2, 0.8))}),
        Condition(
            "fracture", "Fracture", Triage.EMERGENCY, must_not_miss=True, prevalence=((0.01,), (0.01,)),
            links={"leg_pain": Link((0.05, 0.95))},
        ),
    )  # fmt: skip
    return ClinicalNetwork("surgery", conditions, findings, (), age_bands=((0.0, 150.0),), population=((0.5,), (0.5,)))


def differential(policy: Policy, **present: int) -> np.ndarray:
    interview = Interview(NoisyOrEngine(surgery()), policy)
    known = Evidence.empty(surgery())
    for name, value in present.items():
        known.findings[0, surgery().finding_index[name]] = value
    return interview.init(known).posterior[0]


EXPLAINS = replace(DEFAULT_POLICY, differential=DifferentialConfig(EXPLAINING))


def test_the_posterior_puts_a_common_bystander_first() -> None:
    found = differential(DEFAULT_POLICY, leg_pain=1)
    assert found[COLD] == pytest.approx(0.3)
    assert found[COLD] > found[FRACTURE]


def test_explaining_leaves_the_bystander_out() -> None:
    found = differential(EXPLAINS, leg_pain=1)
    # By hand: P(fracture and its link fired, leg pain) / P(leg pain); link = 1 - 0.05 / 0.8.
    link = 1.0 - 0.05 / 0.8
    leg_pain = 0.01 * 0.95 + 0.99 * 0.2
    assert found[FRACTURE] == pytest.approx(0.01 * link / leg_pain)
    assert found[COLD] == 0.0


def test_with_nothing_to_explain_it_is_the_posterior() -> None:
    np.testing.assert_array_equal(differential(EXPLAINS, leg_pain=0), differential(DEFAULT_POLICY, leg_pain=0))


def test_it_is_part_of_the_policy() -> None:
    assert EXPLAINS.digest != DEFAULT_POLICY.digest
    read = parse_policy({"format": 1, "differential": {"rank_by": "explaining"}})
    assert read.differential.rank_by == EXPLAINING
    with pytest.raises(
        InputError, match=r"differential › rank_by: found 'likelihood'; expected posterior or explaining"
    ):
        parse_policy({"format": 1, "differential": {"rank_by": "likelihood"}})


def test_what_must_not_be_missed_comes_second_but_not_first() -> None:
    conditions = [replace(surgery().conditions[0], must_not_miss=mark) for mark in (False, True, False, True)]
    p = np.array([[0.6, 0.02, 0.1, 0.0], [0.1, 0.5, 0.3, 0.05], [0.0, 0.0, 0.0, 0.0]])
    key = order_key(p, conditions, 10.0)
    assert np.argsort(-key, axis=1, kind="stable").tolist()[:2] == [[0, 1, 2, 3], [1, 3, 2, 0]]
    assert ((key == 0) == (p == 0)).all()
    assert order_key(p, conditions, 1.0) is p


def test_the_leading_condition_stays_first_however_dangerous_the_second() -> None:
    conditions = [replace(surgery().conditions[0], must_not_miss=mark) for mark in (False, True)]
    key = order_key(np.array([[0.51, 0.49]]), conditions, 100.0)
    assert key.argmax(axis=1).tolist() == [0]
