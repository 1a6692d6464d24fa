"""Which question: ties, random order, fixed order, red flags, age and sex limits, stop reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.errors import InputError
from model.inference.protocol import Evidence
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Limits, Link, Triage
from model.policy import Policy, PolicyConfig, StoppingConfig, StopReason
from model.policy.applicability import applicable_findings
from model.policy.questions import best_question, fixed_order, fixed_question, random_question
from model.policy.red_flags import RedFlags, red_flag_links
from model.policy.stopping import stop_on_gain, stop_on_posterior


@pytest.mark.parametrize(
    ("score", "candidates", "expected"),
    [
        ([0.1, 0.3, 0.2], [1, 1, 1], 1),
        ([0.3, 0.3, 0.3], [1, 1, 1], 0),
        ([0.3, 0.3 + 5e-10, 0.1], [1, 1, 1], 0),
        ([0.3, 0.3 + 5e-9, 0.1], [1, 1, 1], 1),
        ([0.3, 0.3, 0.3], [0, 1, 1], 1),
        ([0.9, 0.1, 0.1], [0, 0, 1], 2),
        ([-np.inf, -np.inf, -np.inf], [0, 0, 0], -1),
        ([0.0, 0.0, 0.0], [1, 1, 1], 0),
    ],
)
def test_best_question_and_its_tie_band(score: list[float], candidates: list[int], expected: int) -> None:
    assert best_question(np.array([score]), np.array([candidates], bool), 1e-9).tolist() == [expected]


def test_no_findings_no_question() -> None:
    nothing = np.zeros((2, 0), bool)
    assert best_question(np.zeros((2, 0)), nothing, 0.0).tolist() == [-1, -1]
    assert random_question(nothing, np.zeros(2, np.uint64), 0).tolist() == [-1, -1]
    assert fixed_question(nothing, np.zeros(0, np.int32)).tolist() == [-1, -1]


def test_random_question_depends_on_the_case_alone() -> None:
    seeds = np.array([3, 2**64 - 1, 17, 3], np.uint64)
    candidates = np.ones((4, 50), bool)
    chosen = random_question(candidates, seeds, seed=5)
    assert chosen[0] == chosen[3]
    for row in range(4):
        assert random_question(candidates[:1], seeds[row : row + 1], seed=5)[0] == chosen[row]
    assert (random_question(candidates, seeds, seed=6) != chosen).any()


def test_random_question_is_uniform() -> None:
    candidates = np.zeros((20_000, 6), bool)
    candidates[:, [1, 2, 4, 5]] = True
    chosen = random_question(candidates, np.arange(20_000, dtype=np.uint64), seed=0)
    counts = np.bincount(chosen, minlength=6)
    assert counts[[0, 3]].tolist() == [0, 0]
    assert (abs(counts[[1, 2, 4, 5]] - 5000) < 5 * np.sqrt(20_000 * 0.25 * 0.75)).all()


def test_fixed_question_follows_the_order() -> None:
    order = np.array([2, 0], np.int32)
    candidates = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 0]], bool)
    assert fixed_question(candidates, order).tolist() == [2, 0, -1]


def network_of(findings: list[Finding], conditions: list[Condition]) -> ClinicalNetwork:
    return ClinicalNetwork(
        "n",
        tuple(conditions),
        tuple(findings),
        (),
        age_bands=((0, 6), (6, 16), (16, 150)),
        population=((1 / 6,) * 3,) * 2,
    )


def test_fixed_order_names_every_unknown_finding() -> None:
    network = network_of([Finding("fever", "fever", "?")], [])
    with pytest.raises(InputError) as caught:
        fixed_order(network, PolicyConfig(kind="fixed_order", order=("fevr", "fever", "xyz")))
    assert [problem.suggestions for problem in caught.value.problems] == [("fever",), ()]


RED_FLAG_CASES = [
    # P(present | condition), leak, must not miss, red flag -> linked
    (0.70, 0.01, True, True, True),
    (0.70, 0.01, False, True, False),
    (0.70, 0.01, True, False, False),
    (0.04, 0.001, True, True, False),
    (0.15, 0.10, True, True, False),
    (0.20, 0.10, True, True, True),
]


@pytest.mark.parametrize(("p", "leak", "must_not_miss", "red_flag", "expected"), RED_FLAG_CASES)
def test_red_flag_links(p: float, leak: float, must_not_miss: bool, red_flag: bool, expected: bool) -> None:
    finding = Finding("f", "f", "?", leak=(1 - leak, leak), red_flag=red_flag)
    condition = Condition("c", "c", Triage.EMERGENCY, must_not_miss=must_not_miss, links={"f": Link((1 - p, p))})
    assert red_flag_links(network_of([finding], [condition])).tolist() == [[expected]]


def test_pending_red_flags_need_a_plausible_unsettled_condition() -> None:
    findings = [Finding(f"f{i}", "f", "?", red_flag=True) for i in range(2)]
    conditions = [
        Condition(f"c{i}", "c", Triage.EMERGENCY, must_not_miss=i < 2, links={f"f{i % 2}": Link((0.3, 0.7))})
        for i in range(3)
    ]
    network = network_of(findings, conditions)
    policy = Policy(PolicyConfig(red_flag_min_probability=0.02), StoppingConfig(posterior_threshold=0.95))
    posterior = np.array([[0.02, 0.019, 0.9], [0.5, 0.4, 0.0], [0.96, 0.0, 0.0], [0.0, 0.0, 0.0]])
    askable = np.ones((4, 2), bool)
    pending = RedFlags(network, policy).pending(posterior, askable)
    assert pending.tolist() == [[True, False], [True, True], [False, False], [False, False]]
    askable[1, 0] = False
    assert RedFlags(network, policy).pending(posterior, askable)[1].tolist() == [False, True]
    off = replace(policy, questions=PolicyConfig())
    assert not RedFlags(network, off).pending(posterior, askable).any()


@pytest.mark.parametrize(
    ("min_joint", "expected"),
    [
        (0.0, [[True, True], [True, True]]),
        (0.02, [[True, False], [True, True]]),  # .04 · .7 ≥ .02, .04 · .3 not; the second person by c1
        (0.05, [[False, False], [False, True]]),
    ],
)
def test_pending_red_flags_need_hope_of_a_yes(min_joint: float, expected: list[list[bool]]) -> None:
    findings = [Finding(f"f{i}", "f", "?", red_flag=True) for i in range(2)]
    conditions = [
        Condition(f"c{i}", "c", Triage.EMERGENCY, must_not_miss=True, links=links)
        for i, links in enumerate(({"f0": Link((0.3, 0.7)), "f1": Link((0.7, 0.3))}, {"f1": Link((0.1, 0.9))}))
    ]
    policy = Policy(PolicyConfig(red_flag_min_probability=0.01, red_flag_min_joint=min_joint))
    pending = RedFlags(network_of(findings, conditions), policy).pending(
        np.array([[0.04, 0.0], [0.04, 0.06]]), np.ones((2, 2), bool)
    )
    assert pending.tolist() == expected


def test_hope_does_not_make_a_condition_plausible() -> None:
    finding = Finding("f", "f", "?", red_flag=True)
    condition = Condition("c", "c", Triage.EMERGENCY, must_not_miss=True, links={"f": Link((0.1, 0.9))})
    policy = Policy(PolicyConfig(red_flag_min_probability=0.1, red_flag_min_joint=0.01))
    flags = RedFlags(network_of([finding], [condition]), policy)
    assert flags.pending(np.array([[0.09], [0.1]]), np.ones((2, 1), bool)).tolist() == [[False], [True]]


@pytest.mark.parametrize(
    ("limits", "age", "band", "sex", "expected"),
    [
        (Limits(), None, -1, -1, True),
        (Limits(sex="female"), None, -1, 0, True),
        (Limits(sex="female"), None, -1, 1, False),
        (Limits(sex="female"), None, -1, -1, True),
        (Limits(min_age=12), None, -1, -1, True),
        (Limits(min_age=12), None, 0, -1, False),
        (Limits(min_age=12), None, 1, -1, True),
        (Limits(min_age=12), 7.0, 1, -1, False),
        (Limits(min_age=12), 12.0, 1, -1, True),
        (Limits(max_age=5), None, 0, -1, True),
        (Limits(max_age=5), None, 1, -1, False),
        (Limits(max_age=5), 5.9, 0, -1, True),
        (Limits(max_age=3), 4.0, 0, -1, False),
        (Limits(sex="male", min_age=16), 40.0, 2, 1, True),
        (Limits(sex="male", min_age=16), 40.0, 2, 0, False),
    ],
)
def test_age_and_sex_limits(limits: Limits, age: float | None, band: int, sex: int, expected: bool) -> None:
    network = network_of([Finding("f", "f", "?", limits=limits)], [])
    evidence = Evidence.empty(network)
    evidence.age_band[0], evidence.sex[0] = band, sex
    ages = np.array([np.nan if age is None else age])
    assert applicable_findings(network, evidence, ages).tolist() == [[expected]]


STOPPING = StoppingConfig(posterior_threshold=0.9, min_gain=0.01, min_questions=2, max_questions=5)


@pytest.mark.parametrize(
    ("leading", "asked", "held_open", "expected"),
    [
        (0.5, 2, False, StopReason.GOING_ON),
        (0.9, 2, False, StopReason.THRESHOLD),
        (0.9, 1, False, StopReason.GOING_ON),
        (0.9, 2, True, StopReason.GOING_ON),
        (0.5, 5, True, StopReason.MAX_QUESTIONS),
        (0.95, 5, False, StopReason.MAX_QUESTIONS),
        (0.0, 0, False, StopReason.IMPOSSIBLE_EVIDENCE),
        (0.0, 5, False, StopReason.IMPOSSIBLE_EVIDENCE),
    ],
)
def test_stop_on_posterior(leading: float, asked: int, held_open: bool, expected: StopReason) -> None:
    posterior = np.array([[leading, 0.0]])
    stop = stop_on_posterior(STOPPING, posterior, np.array([asked], np.int32), np.array([held_open]))
    assert StopReason(stop[0]) is expected


@pytest.mark.parametrize(
    ("gain", "asked", "held_open", "expected"),
    [
        (0.01, 2, False, StopReason.GOING_ON),
        (0.009, 2, False, StopReason.LOW_GAIN),
        (0.009, 1, False, StopReason.GOING_ON),
        (0.009, 2, True, StopReason.GOING_ON),
    ],
)
def test_stop_on_gain(gain: float, asked: int, held_open: bool, expected: StopReason) -> None:
    stop = stop_on_gain(STOPPING, np.array([gain]), np.array([asked], np.int32), np.array([held_open]))
    assert StopReason(stop[0]) is expected


def test_labels() -> None:
    assert [reason.label for reason in StopReason] == [
        "going_on", "threshold", "low_gain", "max_questions", "nothing_left", "impossible_evidence",
    ]  # fmt: skip
