"""Exact inference where exactly one condition is present: naive Bayes over a batch of interviews.

    P(d | evidence) ∝ P(d | age, sex) · Π_r P(risk factor r | d) · Π_f P(answer f | d)

    gain(f) = H(Σ_d P_d θ_ds) − Σ_d P_d H(θ_ds)      mutual information of condition and finding f

A risk factor is a child of the condition whose odds ratio multiplies the odds of its base rate; age
band and sex are its parents; whatever is not known sums out.  Weights are kept as logarithms, so
that no number of answers underflows, and evidence of probability zero is a log weight of -inf.

The arithmetic is ``kernels/one_condition.c``: a case has the same result to the bit whatever batch it
is in and whatever the processor.
"""

from __future__ import annotations

import ctypes
import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..network.network import ClinicalNetwork
from ..network.vocabulary import PRESENT, SEXES
from .native import array, function
from .protocol import BoolArray, Evidence, FloatArray, IntArray, Scores, StateArray

LANES = 8
"""Conditions and findings are padded to a multiple of this in the kernel's arrays (``lanes.h``)."""


class OneConditionState(NamedTuple):
    """B interviews; C* is the number of conditions padded to a multiple of ``LANES``."""

    log_weights: FloatArray
    """(B, C*) log P(condition, evidence), -inf in the padding."""
    posterior: FloatArray
    """(B, C*) P(condition | evidence); a row of zeros where the evidence is impossible."""
    calibrated: FloatArray
    """(B, C*) the same with the network's temperature."""
    log_evidence: FloatArray
    """(B,) log P(evidence)."""


class OneConditionEngine:
    """The :class:`~model.inference.protocol.Engine` of a ``one_condition`` network.

    The temperature enters :meth:`posterior` alone, which a stopping rule and a reader see.  Evidence,
    predictions and gains are the network's own: weighing questions by the flattened posterior chose
    worse ones on two of two corpora of real consultations (0.3 to 0.5 points of top-1).
    """

    def __init__(self, network: ClinicalNetwork) -> None:
        self.network = network
        self._n_conditions = len(network.conditions)
        self._width = _padded(self._n_conditions)
        likelihood = likelihood_table(network)
        self._log_prior = self._padded_log(prior_table(network), -np.inf)
        self._log_risk = self._padded_log(risk_factor_table(network), 0.0)
        self._log_likelihood = self._padded_log(np.ascontiguousarray(likelihood.transpose(1, 2, 0)), 0.0)
        present = np.array([finding.state_index(PRESENT) for finding in network.findings], np.intp)
        self._slots = _present_first(present, likelihood.shape[2])
        self._has_present = present >= 0
        self._tables = _score_tables(likelihood, self._slots, self._width)

    def init(self, evidence: Evidence) -> OneConditionState:
        """See ``protocol.Engine``."""
        log_weights = self._log_prior[evidence.sex.astype(np.intp) + 1, evidence.age_band.astype(np.intp) + 1]
        for index, table in enumerate(self._log_risk):
            known = np.flatnonzero(evidence.risk_factors[:, index] >= 0)
            log_weights[known] += table[evidence.risk_factors[known, index]]
        for index, table in enumerate(self._log_likelihood):
            known = np.flatnonzero(evidence.findings[:, index] >= 0)
            log_weights[known] += table[evidence.findings[known, index]]
        return self._state(log_weights)

    def observe(self, state: OneConditionState, finding: IntArray, answer: StateArray) -> OneConditionState:
        """See ``protocol.Engine``."""
        heard = np.flatnonzero((finding >= 0) & (answer >= 0))
        log_weights = state.log_weights.copy()
        log_weights[heard] += self._log_likelihood[finding[heard], answer[heard]]
        return self._state(log_weights)

    def posterior(self, state: OneConditionState) -> FloatArray:
        """See ``protocol.Engine``."""
        return np.ascontiguousarray(state.calibrated[:, : self._n_conditions])

    def explaining(self, state: OneConditionState) -> FloatArray:
        """The posterior: see ``protocol.Engine``."""
        return self.posterior(state)

    def alternatives(self, state: OneConditionState, condition: IntArray) -> tuple[FloatArray, FloatArray]:
        """See ``protocol.Engine``: the other conditions' shares of what is left."""
        others = self.posterior(state).copy()
        others[np.arange(len(others)), condition] = 0.0
        left = others.sum(axis=1, keepdims=True)
        others = np.divide(others, left, out=np.zeros_like(others), where=left > 0.0)
        return others, others

    def log_evidence(self, state: OneConditionState) -> FloatArray:
        """See ``protocol.Engine``."""
        return state.log_evidence

    def predict(self, state: OneConditionState) -> FloatArray:
        """See ``protocol.Engine``."""
        n_findings, n_slots = self._slots.shape
        by_slot, _ = self._run(state.posterior, n_slots, with_gain=False)
        slots = np.broadcast_to(self._slots, (len(state.posterior), n_findings, n_slots))
        predicted = np.empty(slots.shape)
        np.put_along_axis(predicted, slots, by_slot.transpose(1, 2, 0)[:, :n_findings], axis=2)
        return predicted

    def score(self, state: OneConditionState, askable: BoolArray) -> Scores:
        """See ``protocol.Engine``."""
        n_findings = len(self._slots)
        by_slot, gain = self._run(state.posterior, 1, with_gain=True)
        p_present = np.where(self._has_present, by_slot[0, :, :n_findings], 0.0)
        return Scores(np.where(askable, gain[:, :n_findings], -np.inf), p_present, np.ones(askable.shape, bool))

    def approximate(self, state: OneConditionState) -> BoolArray:
        """See ``protocol.Engine``."""
        return np.zeros(len(state.log_evidence), bool)

    def take(self, state: OneConditionState, rows: NDArray[np.intp]) -> OneConditionState:
        """See ``protocol.Engine``."""
        return OneConditionState(*(values[rows] for values in state))

    def _state(self, log_weights: FloatArray) -> OneConditionState:
        posterior, log_evidence = self._softmax(log_weights, 1.0)
        calibrated = posterior
        if self.network.temperature != 1.0:
            calibrated, _ = self._softmax(log_weights, 1.0 / self.network.temperature)
        return OneConditionState(log_weights, posterior, calibrated, log_evidence)

    def _softmax(self, log_weights: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        posterior, log_evidence = np.empty_like(log_weights), np.empty(len(log_weights))
        _kernels().posterior(*log_weights.shape, sharpness, log_weights, posterior, log_evidence)
        return posterior, log_evidence

    def _run(self, posterior: FloatArray, n_predicted: int, with_gain: bool) -> tuple[FloatArray, FloatArray]:
        """The first ``n_predicted`` slots' probabilities (slots, B, F*), and the gains (B, F*)."""
        n_cases, n_blocks = len(posterior), len(self._tables)
        predicted = np.empty((n_predicted, n_cases, n_blocks * LANES))
        gain = np.empty((n_cases if with_gain else 0, n_blocks * LANES))
        _kernels().score(
            n_cases, self._width, n_blocks, self._slots.shape[1], n_predicted,
            np.ascontiguousarray(posterior), self._tables, predicted, gain.ctypes.data if with_gain else None,
        )  # fmt: skip
        return predicted, gain

    def _padded_log(self, table: FloatArray, padding: float) -> FloatArray:
        """The logarithm of a table whose last axis is the conditions, padded."""
        values = np.ascontiguousarray(table, np.float64)
        log = np.empty_like(values)
        _kernels().log(values.size, values, log)
        padded = np.full((*values.shape[:-1], self._width), padding)
        padded[..., : self._n_conditions] = log
        return padded


def likelihood_table(network: ClinicalNetwork) -> FloatArray:
    """(C, F, S) P(finding = state | condition); zeros beyond a finding's own states.

    A condition that does not name a finding gives it its leak.
    """
    n_states = max((len(finding.states) for finding in network.findings), default=2)
    table = np.zeros((len(network.conditions), len(network.findings), n_states))
    for column, finding in enumerate(network.findings):
        table[:, column, : len(finding.states)] = finding.leak
    for row, condition in enumerate(network.conditions):
        for finding_id, link in condition.links.items():
            table[row, network.finding_index[finding_id], : len(link.probabilities)] = link.probabilities
    return table


def prior_table(network: ClinicalNetwork) -> FloatArray:
    """(3, A + 1, C) P(condition, age band and sex as far as known); index 0 of each axis: not known.

    P(condition | sex, band) is the prevalence, normalised over the conditions.
    """
    n_bands = len(network.age_bands)
    joint = np.zeros((len(SEXES), n_bands, len(network.conditions)))
    for sex in range(len(SEXES)):
        for band in range(n_bands):
            prevalence = [condition.prevalence[sex][band] for condition in network.conditions]
            total = math.fsum(prevalence)
            if total > 0:
                joint[sex, band] = [network.population[sex][band] * share / total for share in prevalence]
    table = np.zeros((len(SEXES) + 1, n_bands + 1, len(network.conditions)))
    table[1:, 1:] = joint
    for index in range(len(network.conditions)):
        table[0, 1:, index] = [math.fsum(joint[:, band, index]) for band in range(n_bands)]
        table[1:, 0, index] = [math.fsum(joint[sex, :, index]) for sex in range(len(SEXES))]
        table[0, 0, index] = math.fsum(joint[:, :, index].ravel())
    return table


def risk_factor_table(network: ClinicalNetwork) -> FloatArray:
    """(R, 2, C) P(risk factor absent, present | condition).

    The odds of its base rate, times the condition's odds ratio; the base rate is its prevalence over
    the network's population.
    """
    table = np.zeros((len(network.risk_factors), 2, len(network.conditions)))
    for row, risk_factor in enumerate(network.risk_factors):
        shares = zip(network.population, risk_factor.prevalence, strict=True)
        base = math.fsum(s * p for share, rate in shares for s, p in zip(share, rate, strict=True))
        for column, condition in enumerate(network.conditions):
            odds = base * condition.odds_ratios.get(risk_factor.id, 1.0)
            table[row, :, column] = (1 - base) / (1 - base + odds), odds / (1 - base + odds)
    return table


def _score_tables(likelihood: FloatArray, slots: NDArray[np.intp], width: int) -> FloatArray:
    """(blocks of findings, slots + 1, C*, LANES) as the kernel reads it, the entropies last."""
    n_conditions, n_findings, n_slots = likelihood.shape
    log = np.empty_like(likelihood)
    _kernels().log(likelihood.size, likelihood, log)
    with np.errstate(invalid="ignore"):  # 0 · -inf
        terms = np.where(likelihood > 0, -likelihood * log, 0.0)
    entropy = np.zeros((n_conditions, n_findings))
    for state in range(n_slots):
        entropy += terms[:, :, state]
    n_blocks = _padded(n_findings) // LANES
    padded = np.zeros((n_slots + 1, width, n_blocks * LANES))
    padded[:-1, :n_conditions, :n_findings] = np.take_along_axis(likelihood, slots[None], 2).transpose(2, 0, 1)
    padded[-1, :n_conditions, :n_findings] = entropy
    return np.ascontiguousarray(padded.reshape(n_slots + 1, width, n_blocks, LANES).transpose(2, 0, 1, 3))


def _present_first(present: NDArray[np.intp], n_states: int) -> NDArray[np.intp]:
    """(F, S) the state in each slot of the kernel's tables: "present" first, the others in order."""
    first = np.maximum(present, 0)
    order = np.tile(np.arange(n_states), (len(present), 1))
    return np.argsort(np.where(order == first[:, None], -1, order), axis=1, kind="stable")


def _padded(n: int) -> int:
    return -(-n // LANES) * LANES


class _Kernels(NamedTuple):
    log: Any
    posterior: Any
    score: Any


@cache
def _kernels() -> _Kernels:
    size, floats = ctypes.c_int64, array(np.float64)
    return _Kernels(
        function("clinval_log", None, size, floats, floats),
        function("clinval_one_condition_posterior", None, size, size, ctypes.c_double, floats, floats, floats),
        function(
            "clinval_one_condition_score", None,
            size, size, size, size, size, floats, floats, floats, ctypes.c_void_p,
        ),
    )  # fmt: skip
