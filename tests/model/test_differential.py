"""What the differential ranks by: the posterior, or what explains something that is present."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.differential import doubted, order_key
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


def test_doubt_by_hand() -> None:
    # Leading .96; without it the third would be .5 and the second no likelier than before.
    p, alternatives = np.array([[0.96, 0.1, 0.02]]), np.array([[0.0, 0.1, 0.5]])
    found = doubted(p, alternatives, np.array([0], np.int32), np.array([0.96]), 0.1)
    # By hand: P(third | leading) = (.02 − .04 · .5) / .96 = 0, then .9 · 0 + .1 · .5.
    np.testing.assert_allclose(found, [[0.96, 0.1, 0.05]])


@pytest.mark.parametrize(
    ("p_leading", "alternatives"),
    [
        (0.9, [0.0, 1.0]),  # not surer than the doubt allows
        (1.0, [0.0, 0.0]),  # impossible without it: nothing to doubt
    ],
)
def test_without_cause_for_doubt_it_stays_as_it_is(p_leading: float, alternatives: list[float]) -> None:
    p = np.array([[p_leading, 0.3]])
    found = doubted(p, np.array([alternatives]), np.array([0], np.int32), np.array([p_leading]), 0.1)
    np.testing.assert_array_equal(found, p)


@settings(deadline=None)
@given(st.floats(0.0, 0.5), st.floats(0.0, 1.0), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=5))
def test_doubt_keeps_the_leader_and_the_law_of_total_probability(
    doubt: float, p_leading: float, others: list[tuple[float, float]]
) -> None:
    """``others``: P(c | leading present) and P(c | leading absent)."""
    beside, without = np.array(others).reshape(-1, 2).T
    p = np.concatenate([[p_leading], p_leading * beside + (1 - p_leading) * without])
    leading = np.array([p.argmax()], np.int32)
    if leading[0] != 0:
        return
    found = doubted(p[None], np.array([[0.0, *without]]), leading, np.array([p_leading]), doubt)[0]
    believed = min(p_leading, 1.0 - doubt) if without.any() else p_leading
    expected = believed * beside + (1.0 - believed) * without
    np.testing.assert_allclose(found[1:], np.minimum(expected, p_leading), rtol=0.0, atol=1e-9)
    assert found[0] == p_leading
    assert found.argmax() == 0


def test_in_doubt_the_alternative_comes_back() -> None:
    """A second cause of leg pain, explained away by a near-certain fracture."""
    network = surgery()
    bone = replace(network.conditions[FRACTURE], prevalence=((0.97,), (0.97,)))
    sprain = replace(network.conditions[FRACTURE], id="sprain", prevalence=((0.05,), (0.05,)))
    network = replace(network, conditions=(network.conditions[COLD], bone, sprain))
    known = Evidence.empty(network)
    known.findings[0, LEG_PAIN] = 1
    sure, doubting = (
        Interview(NoisyOrEngine(network), replace(EXPLAINS, differential=DifferentialConfig(EXPLAINING, doubt=doubt)))
        .init(known)
        .posterior[0]
        for doubt in (0.0, 0.2)
    )
    alone = Interview(NoisyOrEngine(replace(network, conditions=(network.conditions[COLD], sprain))), EXPLAINS)
    without = alone.init(known).posterior[0, 1]
    assert doubting[FRACTURE] == sure[FRACTURE]
    p = Interview(NoisyOrEngine(network), DEFAULT_POLICY).init(known).posterior[0, FRACTURE]
    beside = (sure[2] - (1.0 - p) * without) / p
    assert doubting[2] == pytest.approx(0.8 * beside + 0.2 * without)
    assert doubting[2] > 1.5 * sure[2]


@pytest.mark.parametrize("doubt", [-0.1, 0.6, "0,1", True])
def test_doubt_that_is_none(doubt: object) -> None:
    with pytest.raises(InputError, match=r"differential › doubt: found .*; expected a probability of at most 0\.5"):
        parse_policy({"format": 1, "differential": {"doubt": doubt}})
    assert parse_policy({"format": 1, "differential": {"doubt": 0.1}}).differential.doubt == 0.1


def test_doubt_depends_on_nothing_but_the_own_evidence() -> None:
    """Some rows of a batch are in doubt and some are not; each is as it is alone."""
    network = surgery()
    bone = replace(network.conditions[FRACTURE], prevalence=((0.97,), (0.97,)))
    network = replace(network, conditions=(network.conditions[COLD], bone))
    interview = Interview(
        NoisyOrEngine(network), replace(EXPLAINS, differential=DifferentialConfig(EXPLAINING, doubt=0.2))
    )
    states = [(-1, 1), (1, 0), (1, 1), (0, 0)]
    batch = Evidence.empty(network, len(states))
    batch.findings[:] = states
    together = interview.init(batch).posterior
    for row, findings in enumerate(states):
        alone = Evidence.empty(network)
        alone.findings[0] = findings
        np.testing.assert_array_equal(together[row], interview.init(alone).posterior[0])
