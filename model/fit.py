"""Estimate a ``one_condition`` network from cases: smoothed counts, calibrated.

    P(s | d) = (n_ds + α m_s) / (n_d + α)        m_s = the share of state s over all conditions

A condition's counts are shrunk towards the finding's overall distribution by α pseudo-cases, so that a
state never seen with a condition is rare, not impossible, and a finding that says little says nothing.
α is the smoothing and, with the temperature, is chosen by inner cross-validation: of the pairs on two
short grids the one whose interviews of ``n_questions`` questions end with the least log loss.

(Judged on full evidence instead, both come out too large for an interview that asks 10 of 300
findings: a naive Bayes posterior grows overconfident with the number of findings that it has heard.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, Problem
from .inference.one_condition import OneConditionEngine
from .inference.protocol import UNKNOWN, Evidence, FloatArray, StateArray
from .interview import Interview
from .network.network import ONE_CONDITION, ClinicalNetwork
from .network.vocabulary import ABSENT, BINARY, NOT_MENTIONED, PRESENT, UNSURE, Condition, Finding, Link, Triage
from .policy.config import Policy, PolicyConfig, StoppingConfig
from .words import nearest

STATES = (ABSENT, PRESENT, UNSURE, NOT_MENTIONED)
UNLISTED = ("unknown", ABSENT, NOT_MENTIONED)
SMOOTHINGS = (0.3, 1.0, 3.0, 10.0, 30.0)
TEMPERATURES = tuple(round(1.04**step, 2) for step in range(48))  # 1 to 6.3
"""None below 1: a posterior that gains by being sharpened is of counts smoothed too much."""
N_FOLDS = 5
MAX_HELD_OUT = 400
"""Cases per inner fold that are held out; two numbers need no more."""
BASE_PSEUDO_COUNT = 0.5
"""Jeffreys' pseudo-count of each state in a finding's overall distribution."""


@dataclass(frozen=True)
class Counts:
    """What there is to learn from a list of cases."""

    conditions: tuple[str, ...]
    findings: tuple[str, ...]
    cases: NDArray[np.int64]
    """(C,) cases of each condition."""
    states: NDArray[np.int64]
    """(C, F, 4) cases of a condition in which a finding has each of ``STATES``."""

    @property
    def used(self) -> NDArray[np.bool_]:
        """(F, 4) the states that a finding has: absent and present, and what the cases really use."""
        used: NDArray[np.bool_] = self.states.sum(axis=0) > 0
        used[:, : len(BINARY)] = True
        return used


def fit_network(
    name: str,
    findings: Sequence[Mapping[str, str]],
    conditions: Sequence[str],
    *,
    unlisted: str = NOT_MENTIONED,
    initial: Sequence[Collection[str]] | None = None,
    smoothing: float | None = None,
    temperature: float | None = None,
    n_questions: int = 15,
    title: str = "",
) -> ClinicalNetwork:
    """A network from N cases.

    Parameters
    ----------
    findings : finding id to its state (one of ``STATES``), one mapping a case
    conditions : the diagnosis of each case
    unlisted : what a finding that a case does not list was: ``absent``, ``not_mentioned`` (a state to
        learn), or ``unknown`` (not counted; sound only where what is listed does not depend on the
        answer, which in consultations it does)
    initial : the findings that each case volunteers; calibration starts its interviews from them
    smoothing, temperature : α and T; what is None is chosen by inner cross-validation
    n_questions : how long the interviews are for which they are chosen

    Age and sex are not used: the prior is the condition's share of the cases.  The order of the cases
    is of no consequence.

    Errors
    ------
    InputError
        With every unknown state, and lists of unequal length.
    """
    _check(findings, conditions, unlisted, initial)
    if smoothing is None or temperature is None:
        smoothing, temperature = _cross_validate(
            _Cases(findings, conditions, initial),
            unlisted,
            n_questions,
            SMOOTHINGS if smoothing is None else (smoothing,),
            TEMPERATURES if temperature is None else (temperature,),
        )
    network = estimate(name, count(findings, conditions, unlisted), smoothing)
    description = (
        f"Estimated from {len(conditions)} cases; unlisted findings read as {unlisted}; smoothing {smoothing:g}."
    )
    return replace(network, temperature=temperature, title=title or name, description=description)


def count(findings: Sequence[Mapping[str, str]], conditions: Sequence[str], unlisted: str) -> Counts:
    """Count the states of every finding under every condition; names in sorted order."""
    condition_names = tuple(sorted(set(conditions)))
    finding_names = tuple(sorted({finding for case in findings for finding in case}))
    row = {condition: index for index, condition in enumerate(condition_names)}
    column = {finding: index for index, finding in enumerate(finding_names)}
    n_cases = np.zeros(len(condition_names), np.int64)
    states = np.zeros((len(condition_names), len(finding_names), len(STATES)), np.int64)
    for case, condition in zip(findings, conditions, strict=True):
        n_cases[row[condition]] += 1
        for finding, state in case.items():
            states[row[condition], column[finding], STATES.index(state)] += 1
    if unlisted in STATES:
        states[:, :, STATES.index(unlisted)] += n_cases[:, None] - states.sum(axis=2)
    return Counts(condition_names, finding_names, n_cases, states)


def estimate(name: str, counts: Counts, smoothing: float) -> ClinicalNetwork:
    """The network of the smoothed counts (see the module), with temperature 1."""
    used = counts.used
    overall = np.where(used, counts.states.sum(axis=0) + BASE_PSEUDO_COUNT, 0.0)
    overall /= overall.sum(axis=1, keepdims=True)
    smoothed = counts.states + smoothing * overall
    smoothed /= smoothed.sum(axis=2, keepdims=True)
    findings = tuple(
        Finding(
            finding,
            finding,
            f"{finding}?",
            states=tuple(state for state, is_used in zip(STATES, used[index], strict=True) if is_used),
            leak=_readable(overall[index, used[index]]),
        )
        for index, finding in enumerate(counts.findings)
    )
    share = (counts.cases + 1.0) / (counts.cases + 1.0).sum()
    conditions = tuple(
        Condition(
            condition,
            condition,
            Triage.ROUTINE,
            prevalence=((float(f"{share[row]:.6g}"),),) * 2,
            links={
                finding: Link(_readable(smoothed[row, column, used[column]]))
                for column, finding in enumerate(counts.findings)
            },
        )
        for row, condition in enumerate(counts.conditions)
    )
    return ClinicalNetwork(name, conditions, findings, (), structure=ONE_CONDITION)


def encode(
    network: ClinicalNetwork,
    findings: Sequence[Mapping[str, str]],
    unlisted: str,
    initial: Sequence[Collection[str]] | None = None,
) -> tuple[Evidence, StateArray]:
    """What each case volunteers, and its answer (N, F) to every finding of the network.

    Findings that the network does not have, and states that a finding does not have, are no evidence.
    """
    if unlisted in STATES:
        default = np.array([finding.state_index(unlisted) for finding in network.findings], np.int8)
    else:
        default = np.full(len(network.findings), UNKNOWN, np.int8)
    answers = np.tile(default, (len(findings), 1))
    evidence = Evidence.empty(network, len(findings))
    for row, case in enumerate(findings):
        for finding, state in case.items():
            column = network.finding_index.get(finding)
            if column is not None:
                answers[row, column] = network.findings[column].state_index(state)
                if initial is not None and finding in initial[row]:
                    evidence.findings[row, column] = answers[row, column]
    return evidence, answers


@dataclass(frozen=True)
class _Cases:
    findings: Sequence[Mapping[str, str]]
    conditions: Sequence[str]
    initial: Sequence[Collection[str]] | None

    def take(self, rows: Sequence[int]) -> _Cases:
        return _Cases(
            [self.findings[row] for row in rows],
            [self.conditions[row] for row in rows],
            None if self.initial is None else [self.initial[row] for row in rows],
        )

    def folds(self) -> list[list[int]]:
        """The rows of each inner fold: every condition's cases dealt out in turn.

        They are dealt in the order of a hash of what is in them: random enough, and the same
        whatever order the cases come in.
        """
        folds: list[list[int]] = [[] for _ in range(N_FOLDS)]
        for position, row in enumerate(sorted(range(len(self.findings)), key=self._key)):
            folds[position % N_FOLDS].append(row)
        return folds

    def _key(self, row: int) -> tuple[str, str]:
        content = repr((sorted(self.findings[row].items()), sorted(self.initial[row]) if self.initial else ()))
        return self.conditions[row], hashlib.sha256(content.encode()).hexdigest()


def _cross_validate(
    cases: _Cases, unlisted: str, n_questions: int, smoothings: Sequence[float], temperatures: Sequence[float]
) -> tuple[float, float]:
    """The smoothing and temperature of least log loss at the end of held-out interviews; of equals,
    the first."""
    loss = np.zeros((len(smoothings), len(temperatures)))
    folds = cases.folds()
    for held_out_fold in range(N_FOLDS):
        train = cases.take([row for fold in range(N_FOLDS) if fold != held_out_fold for row in folds[fold]])
        if not train.findings:
            continue
        counts = count(train.findings, train.conditions, unlisted)
        index_of = {condition: index for index, condition in enumerate(counts.conditions)}
        rows = [row for row in folds[held_out_fold] if cases.conditions[row] in index_of]
        held_out = cases.take(rows[:: max(1, len(rows) // MAX_HELD_OUT)])
        diagnosis = np.array([index_of[condition] for condition in held_out.conditions], np.intp)
        for index, smoothing in enumerate(smoothings):
            network = estimate("inner fold", counts, smoothing)
            evidence, answers = encode(network, held_out.findings, unlisted, held_out.initial)
            log_weights = _interview(network, n_questions, evidence, answers)
            loss[index] += [_log_loss(log_weights, diagnosis, temperature) for temperature in temperatures]
    best = int(np.argmin(loss))
    return smoothings[best // len(temperatures)], temperatures[best % len(temperatures)]


def _interview(network: ClinicalNetwork, n_questions: int, evidence: Evidence, answers: StateArray) -> FloatArray:
    """(N, C) log P(condition, all heard) after ``n_questions`` questions chosen by information gain."""
    engine = OneConditionEngine(network)
    interview = Interview(engine, Policy(PolicyConfig(), StoppingConfig(max_questions=n_questions)))
    state = interview.init(evidence)
    rows = np.arange(len(evidence))
    for _ in range(n_questions):
        finding, _ = interview.ask(state)
        state, _ = interview.step(
            state, finding, np.where(finding >= 0, answers[rows, finding], UNKNOWN).astype(np.int8)
        )
    return np.ascontiguousarray(state.engine_state.log_weights[:, : len(network.conditions)])


def _log_loss(log_weights: FloatArray, diagnosis: NDArray[np.intp], temperature: float) -> float:
    """The sum of −log P(diagnosis) at a temperature."""
    scaled = log_weights / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    log_total = np.log(np.exp(scaled).sum(axis=1))
    return float((log_total - scaled[np.arange(len(diagnosis)), diagnosis]).sum())


def _readable(probabilities: FloatArray) -> tuple[float, ...]:
    """Six significant digits, for the reader of the file; the largest takes what is left of 1."""
    largest = int(probabilities.argmax())
    rounded = [float(f"{probability:.6g}") for probability in probabilities]
    rounded[largest] = round(1.0 - sum(p for index, p in enumerate(rounded) if index != largest), 12)
    return tuple(rounded)


def _check(
    findings: Sequence[Mapping[str, str]],
    conditions: Sequence[str],
    unlisted: str,
    initial: Sequence[Collection[str]] | None,
) -> None:
    problems: list[Problem] = []
    if unlisted not in UNLISTED:
        problems.append(Problem("E-FIT-UNLISTED", "fit › unlisted", repr(unlisted), " or ".join(UNLISTED)))
    if not findings:
        problems.append(Problem("E-NO-CASES", "fit", "no cases", "at least one", catalogue=68))
    for what, length in (
        ("conditions", len(conditions)),
        ("initial", len(findings) if initial is None else len(initial)),
    ):
        if length != len(findings):
            problems.append(
                Problem("E-FIT-LENGTH", f"fit › {what}", f"{length} entries", f"{len(findings)}, one a case")
            )
    for index, case in enumerate(findings):
        for finding, state in case.items():
            if state not in STATES:
                problems.append(
                    Problem("E-STATE", f"case {index} › {finding}", repr(state), " or ".join(STATES),
                            nearest(state, STATES), catalogue=71)
                )  # fmt: skip
    if problems:
        raise InputError(problems)
