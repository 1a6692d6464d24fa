"""Fitting: counts by hand, what was planted is found again, and the order of cases is no matter."""

from __future__ import annotations

import json

import numpy as np
import pytest

from model.errors import InputError
from model.fit import count, encode, estimate, fit_network
from model.inference.one_condition import OneConditionEngine, likelihood_table
from model.inference.protocol import Evidence
from model.interview import Interview
from model.policy import Policy, PolicyConfig, StoppingConfig
from tests.corpora import corpus

CASES = [
    {"fever": "present", "rash": "absent"},
    {"fever": "present"},
    {"fever": "unsure", "rash": "present"},
    {"rash": "present"},
]
DIAGNOSES = ["flu", "flu", "measles", "measles"]


@pytest.mark.parametrize(
    ("unlisted", "flu_rash", "measles_fever"),
    [
        ("unknown", [1, 0, 0, 0], [0, 0, 1, 0]),
        ("absent", [2, 0, 0, 0], [1, 0, 1, 0]),
        ("not_mentioned", [1, 0, 0, 1], [0, 0, 1, 1]),
    ],
)
def test_counts_by_hand(unlisted: str, flu_rash: list[int], measles_fever: list[int]) -> None:
    counts = count(CASES, DIAGNOSES, unlisted)
    assert (counts.conditions, counts.findings) == (("flu", "measles"), ("fever", "rash"))
    assert counts.cases.tolist() == [2, 2]
    assert counts.states[0, 1].tolist() == flu_rash
    assert counts.states[1, 0].tolist() == measles_fever


def test_estimate_by_hand() -> None:
    network = estimate("hand", count(CASES, DIAGNOSES, "absent"), smoothing=2.0)
    fever, rash = network.findings
    assert fever.states == ("absent", "present", "unsure")
    assert rash.states == ("absent", "present"), "only the states that the cases use"
    # fever over all: absent 1, present 2, unsure 1, each + 0.5, of 5.5
    assert fever.leak == pytest.approx((1.5 / 5.5, 2.5 / 5.5, 1.5 / 5.5), abs=1e-6)
    # measles: absent 1, unsure 1, of 2; + 2 pseudo-cases shared as the leak
    expected = [(1 + 2 * 1.5 / 5.5) / 4, (0 + 2 * 2.5 / 5.5) / 4, (1 + 2 * 1.5 / 5.5) / 4]
    assert network.conditions[1].links["fever"].probabilities == pytest.approx(expected, abs=1e-6)


def test_every_distribution_sums_to_one_and_has_no_zero() -> None:
    network = estimate("sums", count(CASES, DIAGNOSES, "not_mentioned"), smoothing=0.3)
    table = likelihood_table(network)
    np.testing.assert_allclose(table.sum(axis=2), 1.0, atol=1e-12)
    for index, finding in enumerate(network.findings):
        assert (table[:, index, : len(finding.states)] > 0).all()


def test_finds_a_planted_network_again() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.05, 0.95, (3, 6))
    diagnosis = rng.choice(3, 20_000, p=[0.5, 0.3, 0.2])
    drawn = rng.random((20_000, 6)) < truth[diagnosis]
    cases = [{f"f{j}": "present" if yes else "absent" for j, yes in enumerate(row)} for row in drawn]
    network = fit_network("planted", cases, [f"c{d}" for d in diagnosis], unlisted="absent", n_questions=4)
    np.testing.assert_allclose(likelihood_table(network)[:, :, 1], truth, atol=0.03)
    prior = [condition.prevalence[0][0] for condition in network.conditions]
    assert prior == pytest.approx([0.5, 0.3, 0.2], abs=0.02)
    assert network.temperature == pytest.approx(1.0, abs=0.05), "a true naive Bayes model is calibrated as it is"


def test_doubled_findings_need_a_temperature() -> None:
    """Every finding said four times over: naive Bayes counts it four times, the temperature undoes it."""
    rng = np.random.default_rng(1)
    diagnosis = rng.integers(0, 2, 3000)
    drawn = rng.random((3000, 3)) < np.where(diagnosis[:, None] == 0, 0.35, 0.65)
    cases = [
        {f"f{j}_{copy}": "present" if yes else "absent" for j, yes in enumerate(row) for copy in range(4)}
        for row in drawn
    ]
    network = fit_network("doubled", cases, [f"c{d}" for d in diagnosis], unlisted="absent", n_questions=12)
    assert network.temperature == pytest.approx(4.0, rel=0.25)


def test_the_order_of_cases_is_no_matter() -> None:
    rng = np.random.default_rng(2)
    diagnosis = rng.integers(0, 3, 90)
    cases = [{f"f{j}": "present" for j in range(8) if rng.random() < 0.2 + 0.2 * (j % 3 == d)} for d in diagnosis]
    names = [f"c{d}" for d in diagnosis]
    order = rng.permutation(90)
    one = fit_network("order", cases, names)
    other = fit_network("order", [cases[i] for i in order], [names[i] for i in order])
    assert one == other
    assert one.digest == other.digest


def test_encode_by_each_semantics() -> None:
    network = estimate("encode", count(CASES, DIAGNOSES, "not_mentioned"), smoothing=1.0)
    states = network.findings[1].states
    for unlisted, expected in (("unknown", -1), ("absent", 0), ("not_mentioned", states.index("not_mentioned"))):
        evidence, answers = encode(network, [{"fever": "present", "cough": "present"}], unlisted, [{"fever"}])
        assert answers.tolist() == [[1, expected]]
        assert evidence.findings.tolist() == [[1, -1]]


def test_bad_input_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        fit_network("bad", [{"fever": "presnt"}], [], unlisted="missing")
    codes = [(problem.code, problem.catalogue) for problem in caught.value.problems]
    assert codes == [("E-FIT-UNLISTED", None), ("E-FIT-LENGTH", None), ("E-STATE", 71)]
    with pytest.raises(InputError, match="no cases"):
        fit_network("none", [], [])


def test_real_consultations_five_fold() -> None:
    """Dxy: .81 top-1 at 10 questions when measured; less than .78 would be a loss, not chance."""
    words = {1: "present", 0: "absent", None: "unsure"}
    lines = [json.loads(line) for line in (corpus("dxy") / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    cases = [{f: words[v] for f, v in {**each["implicit"], **each["explicit"]}.items()} for each in lines]
    initial = [set(each["explicit"]) for each in lines]
    diagnoses = [each["disease"] for each in lines]
    fold = np.arange(len(cases)) % 5
    right = 0
    for held_out in range(5):
        train, test = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        network = fit_network(
            "dxy", [cases[i] for i in train], [diagnoses[i] for i in train], initial=[initial[i] for i in train]
        )
        interview = Interview(OneConditionEngine(network), Policy(PolicyConfig(), StoppingConfig(max_questions=10)))
        evidence, answers = encode(network, [cases[i] for i in test], "not_mentioned", [initial[i] for i in test])
        right += _right(interview, evidence, answers, np.array([network.condition_index[diagnoses[i]] for i in test]))
    assert right / len(cases) >= 0.78


def _right(interview: Interview[object], evidence: Evidence, answers: np.ndarray, diagnosis: np.ndarray) -> int:
    state = interview.init(evidence)
    for _ in range(10):
        finding, _ = interview.ask(state)
        state, _ = interview.step(state, finding, answers[np.arange(len(answers)), finding])
    return int((state.posterior.argmax(axis=1) == diagnosis).sum())
