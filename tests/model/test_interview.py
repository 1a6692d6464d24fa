"""The interview against a plain one-case-at-a-time reference, and its ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.inference.evidence import evidence_from_states
from model.inference.one_condition import OneConditionEngine
from model.inference.protocol import UNKNOWN, Evidence
from model.interview import Interview
from model.network.network import ONE_CONDITION, ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Limits, Link, Triage
from model.policy import Policy, PolicyConfig, StoppingConfig, StopReason
from model.single_interview import SingleInterview
from tests.model.one_condition_networks import random_network
from tests.oracles import enumeration_one_condition as oracle


def clinic(**changes: object) -> ClinicalNetwork:
    """Two conditions, three findings: `rash` tells them apart, `stiff_neck` is meningitis's red flag."""
    findings = (
        Finding("fever", "fever", "Fever?", leak=(0.9, 0.1)),
        Finding("rash", "rash", "Rash?", leak=(0.9, 0.1)),
        Finding("stiff_neck", "stiff neck", "Neck?", leak=(0.99, 0.01), red_flag=True),
    )
    conditions = (
        Condition(
            "measles", "measles", Triage.ROUTINE, prevalence=((0.9,), (0.9,)),
            links={"fever": Link((0.2, 0.8)), "rash": Link((0.05, 0.95))},
        ),
        Condition(
            "meningitis", "meningitis", Triage.EMERGENCY, must_not_miss=True, prevalence=((0.1,), (0.1,)),
            links={"fever": Link((0.2, 0.8)), "rash": Link((0.6, 0.4)), "stiff_neck": Link((0.3, 0.7))},
        ),
    )  # fmt: skip
    settings = {"structure": ONE_CONDITION, **changes}
    return ClinicalNetwork("clinic", conditions, findings, (), **settings)  # type: ignore[arg-type]


def single(policy: Policy, evidence: Evidence | None = None) -> SingleInterview:
    return SingleInterview(OneConditionEngine(clinic()), policy, evidence)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.2]))
def test_asks_what_a_plain_reference_asks(seed: int, present_weight: float) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, 3, 4)
    interview = Interview(
        OneConditionEngine(network),
        Policy(PolicyConfig(present_weight=present_weight), StoppingConfig(max_questions=3)),
    )
    truth = np.array([[rng.integers(len(f.states)) for f in network.findings] for _ in range(3)], np.int8)
    state = interview.init(Evidence.empty(network, 3))
    known: list[dict[int, int]] = [{} for _ in range(3)]
    for _ in range(3):
        finding, info = interview.ask(state)
        for row in range(3):
            scores = {}
            for index, item in enumerate(network.findings):
                if index not in known[row]:
                    heard = oracle.Known(known[row], {})
                    p = np.sum(oracle.predict(network, heard, index), axis=0)[item.states.index("present")]
                    scores[index] = oracle.gain(network, heard, index) + present_weight * p
            assert scores[int(finding[row])] == pytest.approx(max(scores.values()), abs=1e-9)
            assert info.score[row] == pytest.approx(scores[int(finding[row])], abs=1e-9)
            known[row][int(finding[row])] = int(truth[row, finding[row]])
        state, heard_info = interview.step(state, finding, truth[np.arange(3), finding])
        for row in range(3):
            expected = oracle.posterior(network, oracle.Known(known[row], {}))
            np.testing.assert_allclose(heard_info.posterior[row], expected, atol=1e-9)
    finding, info = interview.ask(state)
    assert finding.tolist() == [-1] * 3
    assert info.stop.tolist() == [StopReason.MAX_QUESTIONS] * 3


@pytest.mark.parametrize("kind", ["information_gain", "random"])
def test_a_case_goes_the_same_way_in_every_batch(kind: str) -> None:
    rng = np.random.default_rng(3)
    network = random_network(rng, 8, 20)
    policy = Policy(
        PolicyConfig(kind=kind, seed=2), StoppingConfig(posterior_threshold=0.9, min_gain=0.01, max_questions=8)
    )
    interview = Interview(OneConditionEngine(network), policy)
    truth = np.array([[rng.integers(len(f.states)) for f in network.findings] for _ in range(40)], np.int8)
    seeds = rng.integers(0, 2**63, 40).astype(np.uint64)

    def transcripts(rows: np.ndarray, leave: bool) -> dict[int, bytes]:
        """What happens to each case, as bytes; interviews that ended leave the batch or stay in it."""
        said: dict[int, bytes] = {int(row): b"" for row in rows}
        state = interview.init(Evidence.empty(network, len(rows)), seeds[rows])
        while len(rows):
            finding, info = interview.ask(state)
            going = np.flatnonzero(finding >= 0)
            if not len(going):
                break
            if leave:
                state, rows, finding, info = (
                    interview.take(state, going),
                    rows[going],
                    finding[going],
                    type(info)(*(values[going] for values in info)),
                )
            answer = np.where(finding >= 0, truth[rows, finding], UNKNOWN).astype(np.int8)
            state, heard = interview.step(state, finding, answer)
            for position, row in enumerate(rows):
                if finding[position] >= 0:
                    said[int(row)] += finding[position].tobytes() + info.gain[position].tobytes()
                    said[int(row)] += heard.posterior[position].tobytes()
        return said

    whole = transcripts(np.arange(40), leave=False)
    assert transcripts(np.arange(40), leave=True) == whole
    shuffled = rng.permutation(40)
    for part in (shuffled[:1], shuffled[1:4], shuffled[4:]):
        assert transcripts(part, leave=True).items() <= whole.items()


def test_red_flags_come_first_and_hold_the_interview_open() -> None:
    stopping = StoppingConfig(posterior_threshold=0.85, max_questions=10)
    interview = single(Policy(PolicyConfig(red_flag_min_probability=0.05), stopping))
    assert interview.question is not None
    assert interview.question.id == "stiff_neck", "the threshold is passed, but a red flag is open"
    interview.answer("absent")
    assert interview.transcript[0].red_flag
    assert interview.stop_reason is StopReason.THRESHOLD
    assert single(Policy(PolicyConfig(), stopping)).stop_reason is StopReason.THRESHOLD


def test_without_red_flags_the_most_informative_comes_first() -> None:
    interview = single(Policy())
    assert interview.question is not None
    by_enumeration = [oracle.gain(clinic(), oracle.Known({}, {}), index) for index in range(3)]
    assert interview.question is interview.network.findings[int(np.argmax(by_enumeration))]
    gains = []
    while interview.question is not None:
        interview.answer(None)
        gains.append(interview.transcript[-1].gain)
    assert gains == sorted(gains, reverse=True), "nothing was learnt, so the order is that of the gains"
    assert interview.stop_reason is StopReason.NOTHING_LEFT
    assert [name for name, _ in interview.transcript[-1].differential] == ["measles", "meningitis"]


def test_low_gain_stops_and_min_questions_delays_it() -> None:
    low = StoppingConfig(min_gain=10.0, max_questions=3)
    assert single(Policy(PolicyConfig(), low)).stop_reason is StopReason.LOW_GAIN
    delayed = single(Policy(PolicyConfig(), StoppingConfig(min_gain=10.0, min_questions=1, max_questions=3)))
    delayed.answer(None)
    assert delayed.stop_reason is StopReason.LOW_GAIN
    assert len(delayed.transcript) == 1


def test_low_gain_never_stops_the_baselines() -> None:
    low = StoppingConfig(min_gain=10.0, max_questions=3)
    fixed = single(Policy(PolicyConfig(kind="fixed_order", order=("rash", "fever")), low))
    asked = []
    while fixed.question is not None:
        asked.append(fixed.question.id)
        fixed.answer("absent")
    assert asked == ["rash", "fever"]
    assert fixed.stop_reason is StopReason.NOTHING_LEFT
    random = single(Policy(PolicyConfig(kind="random"), low))
    while random.question is not None:
        random.answer("present")
    assert random.stop_reason is StopReason.MAX_QUESTIONS


def test_impossible_evidence_ends_the_interview() -> None:
    network = random_network(np.random.default_rng(0), 2, 2)
    certain = {f.id: Link((1.0,) + (0.0,) * (len(f.states) - 1)) for f in network.findings}
    conditions = tuple(
        Condition(each.id, each.id, Triage.ROUTINE, prevalence=each.prevalence, links=certain)
        for each in network.conditions
    )
    network = ClinicalNetwork("n", conditions, network.findings, (), structure=ONE_CONDITION)
    evidence = Evidence.empty(network)
    evidence.findings[0, 0] = 1
    interview = SingleInterview(OneConditionEngine(network), Policy(), evidence)
    assert interview.question is None
    assert interview.stop_reason is StopReason.IMPOSSIBLE_EVIDENCE


def test_known_and_inapplicable_findings_are_not_asked() -> None:
    network = random_network(np.random.default_rng(1), 2, 3)
    findings = list(network.findings)
    findings[2] = Finding(
        findings[2].id, "f", "?", states=findings[2].states, leak=findings[2].leak, limits=Limits("male")
    )
    network = ClinicalNetwork("n", network.conditions, tuple(findings), (), structure=ONE_CONDITION)
    evidence = evidence_from_states(network, [{findings[0].id: "present"}], sex=["female"])
    interview = SingleInterview(OneConditionEngine(network), Policy(), evidence)
    assert interview.question is findings[1]
    interview.answer("absent")
    assert interview.stop_reason is StopReason.NOTHING_LEFT


def test_a_finding_is_never_heard_twice() -> None:
    network = clinic()
    interview = Interview(OneConditionEngine(network), Policy())
    state = interview.init(evidence_from_states(network, [{}, {"rash": "present"}]))
    with pytest.raises(ValueError, match=r"interview 1: 'rash' is known"):
        interview.step(state, np.array([1, 1], np.int32), np.array([0, 0], np.int8))


def test_cannot_say_costs_a_question_and_changes_nothing() -> None:
    interview = single(Policy(PolicyConfig(), StoppingConfig(max_questions=1)))
    before = interview.differential()
    interview.answer(None)
    assert interview.differential() == before
    assert interview.stop_reason is StopReason.MAX_QUESTIONS


def test_messages_of_a_single_interview() -> None:
    interview = single(Policy(PolicyConfig(), StoppingConfig(max_questions=1)))
    with pytest.raises(InputError, match=r"the unknown state 'presnt'.*did you mean present"):
        interview.answer("presnt")
    interview.answer("present")
    with pytest.raises(InputError, match=r"it stopped \(max_questions\)"):
        interview.answer("present")
    with pytest.raises(ValueError, match="one person"):
        single(Policy(), Evidence.empty(clinic(), 2))


def test_evidence_from_states_lists_every_problem() -> None:
    network = clinic()
    with pytest.raises(InputError) as caught:
        evidence_from_states(
            network,
            [{"fevr": "present", "rash": "maybe"}, {"rash": "unsure"}],
            age_years=[-1, 3],
            sex=["female", "f"],
        )
    assert [problem.code for problem in caught.value.problems] == ["E-VOCABULARY", "E-STATE", "E-AGE", "E-SEX"]
    assert caught.value.problems[0].suggestions == ("fever",)


def test_evidence_from_states() -> None:
    evidence = evidence_from_states(
        clinic(), [{"rash": "unsure"}, {"fever": "absent"}], age_years=[None, 3], sex=["male", None]
    )
    assert evidence.findings.tolist() == [[-1, -1, -1], [0, -1, -1]]
    assert evidence.age_band.tolist() == [-1, 0]
    assert evidence.sex.tolist() == [1, -1]
