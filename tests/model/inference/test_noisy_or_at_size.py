"""The noisy-OR engine where enumeration one world at a time is too slow: many findings present,
every batch, every hash seed; and the flagged approximation beyond the exact width."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from model.inference.configurations import MAX_CONFIGURATIONS
from model.inference.noisy_or import NoisyOrEngine, NoisyOrState
from model.inference.protocol import Evidence
from model.network.network import ClinicalNetwork
from model.network.vocabulary import RiskFactor
from validation.bench.synthetic import evidence, network, patients


def enumerate_conditions(net: ClinicalNetwork, answers: NDArray[np.int8]) -> NDArray[np.float64]:
    """(C,) posterior by all 2^C joint values of the conditions at once; background without effect."""
    n = len(net.conditions)
    worlds = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    prior = np.array([condition.prevalence[0][0] for condition in net.conditions])
    weight = np.prod(np.where(worlds, prior, 1.0 - prior), axis=1)
    for finding, answer in zip(net.findings, answers, strict=True):
        if answer < 0:
            continue
        silent = np.full(2**n, finding.leak[0])
        for column, condition in enumerate(net.conditions):
            if finding.id in condition.links:
                q = condition.links[finding.id].probabilities[0] / finding.leak[0]
                silent *= np.where(worlds[:, column], q, 1.0)
        weight *= 1.0 - silent if answer else silent
    posterior: NDArray[np.float64] = (weight[:, None] * worlds).sum(axis=0) / weight.sum()
    return posterior


@pytest.fixture(scope="module")
def large() -> tuple[NoisyOrEngine, NoisyOrState]:
    net = network(300, 1000)
    _, present = patients(net, 40, at_least=8, at_most=12)
    engine = NoisyOrEngine(net)
    return engine, engine.init(evidence(net, present, 10, 15))


@pytest.mark.parametrize("n_present", [9, 12, 16, 20])
def test_exact_with_many_findings_present(n_present: int) -> None:
    """Where Quickscore's alternating sum has lost every digit."""
    net = network(14, 40, seed=n_present, links=14)
    answers = np.full((1, 40), -1, np.int8)
    answers[0, :n_present] = 1
    answers[0, 30:36] = 0
    engine = NoisyOrEngine(net, max_width=20)
    state = engine.init(replace(Evidence.empty(net), findings=answers))
    np.testing.assert_allclose(engine.posterior(state)[0], enumerate_conditions(net, answers[0]), rtol=0, atol=1e-9)
    assert not engine.approximate(state)[0]


@pytest.mark.parametrize("seed", range(5))
def test_beyond_the_exact_width_it_is_flagged_and_near(seed: int) -> None:
    net = network(14, 60, seed=seed, links=10)
    answers = np.full((1, 60), -1, np.int8)
    answers[0, :18] = 1
    answers[0, 40:50] = 0
    exact = enumerate_conditions(net, answers[0])
    engine = NoisyOrEngine(net, max_width=3)
    state = engine.init(replace(Evidence.empty(net), findings=answers))
    assert engine.approximate(state)[0]
    assert np.abs(engine.posterior(state)[0] - exact).max() < 0.02
    assert np.isfinite(engine.log_evidence(state)[0])
    scores = engine.score(state, answers == -1)
    assert not scores.exact.any()
    assert np.isfinite(scores.gain[answers == -1]).all()


def test_a_case_does_not_depend_on_its_batch(large: tuple[NoisyOrEngine, NoisyOrState]) -> None:
    engine, state = large
    askable = state.answers == -1
    together = engine.posterior(state), *engine.score(state, askable)
    order = np.random.default_rng(0).permutation(len(state.answers))
    for size in (1, 3, 7, 40):
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            part = engine.take(state, rows)
            alone = engine.posterior(part), *engine.score(part, askable[rows])
            for whole, piece in zip(together, alone, strict=True):
                assert whole[rows].tobytes() == piece.tobytes()


@pytest.mark.slow
def test_a_case_does_not_depend_on_the_hash_seed() -> None:
    code = (
        "import hashlib; from tests.model.inference.test_noisy_or_at_size import *; "
        "net = network(60, 200); _, p = patients(net, 20, at_most=12); engine = NoisyOrEngine(net); "
        "s = engine.init(evidence(net, p, 8, 10)); "
        "print(hashlib.sha256(b''.join(a.tobytes() for a in engine.score(s, s.answers == -1))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": str(seed)}, text=True, check=True,
            capture_output=True,
        ).stdout
        for seed in range(3)
    }  # fmt: skip
    assert len(digests) == 1


def test_the_shortlist_asks_what_looking_at_every_finding_would_ask(large: tuple[NoisyOrEngine, NoisyOrState]) -> None:
    engine, state = large
    askable = state.answers == -1
    short = engine.score(state, askable)
    whole = NoisyOrEngine(engine.network, shortlist=1000).score(state, askable)
    assert whole.exact[askable].all()
    best_short = np.where(askable, short.gain + 0.1 * short.p_present, -1.0).argmax(axis=1)
    best_whole = np.where(askable, whole.gain + 0.1 * whole.p_present, -1.0).argmax(axis=1)
    assert (best_short == best_whole).mean() >= 0.95
    assert short.exact[np.arange(len(best_short)), best_short].all()


def test_methods_leave_their_arguments_alone(large: tuple[NoisyOrEngine, NoisyOrState]) -> None:
    engine, state = large
    before = [values.copy() for values in state]
    engine.posterior(state)[:] = -1.0
    engine.observe(state, np.zeros(40, np.int32), np.zeros(40, np.int8))
    engine.score(state, state.answers == -1)
    assert all((now == then).all() for now, then in zip(state, before, strict=True))
    assert (engine.posterior(state) >= 0.0).all()


def test_observing_equals_knowing_from_the_start(large: tuple[NoisyOrEngine, NoisyOrState]) -> None:
    engine, state = large
    finding = np.array([int(np.flatnonzero(row == -1)[0]) for row in state.answers], np.int32)
    answer = (np.arange(len(finding)) % 2).astype(np.int8)
    heard = engine.observe(state, finding, answer)
    known = Evidence(heard.answers, state.background[:, 2:], state.background[:, 1], state.background[:, 0])
    np.testing.assert_allclose(engine.posterior(heard), engine.posterior(engine.init(known)), rtol=0, atol=1e-12)


def test_too_many_unknown_risk_factors_are_flagged() -> None:
    net = network(20, 40)
    n_risks = MAX_CONFIGURATIONS.bit_length() + 3
    risks = tuple(RiskFactor(f"risk_{i}", f"Risk {i}", prevalence=((0.2,), (0.2,))) for i in range(n_risks))
    ratios = {risk.id: 1.5 for risk in risks}
    conditions = tuple(replace(condition, odds_ratios=ratios) for condition in net.conditions)
    engine = NoisyOrEngine(replace(net, conditions=conditions, risk_factors=risks))
    unknown = Evidence.empty(engine.network)
    known = replace(unknown, risk_factors=np.zeros((1, n_risks), np.int8))
    assert engine.approximate(engine.init(unknown))[0]
    assert not engine.approximate(engine.init(known))[0]
    posterior = engine.posterior(engine.init(unknown))[0]
    assert ((posterior > 0) & (posterior < 1)).all()


def test_a_background_that_nobody_has_is_impossible_however_wide() -> None:
    net = network(14, 60, links=10)
    never = RiskFactor("never", "Never", prevalence=((0.0,), (0.0,)))
    answers = np.full((1, 60), -1, np.int8)
    answers[0, :18] = 1
    engine = NoisyOrEngine(replace(net, risk_factors=(never,)), max_width=3)
    state = engine.init(
        replace(Evidence.empty(engine.network), findings=answers, risk_factors=np.ones((1, 1), np.int8))
    )
    assert not engine.posterior(state).any()
    assert engine.log_evidence(state)[0] == -np.inf
    assert np.isfinite(engine.score(state, answers == -1).gain[answers == -1]).all()
