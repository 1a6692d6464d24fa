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
TEMPERATURES = tuple(round(0.5 * 1.04**step, 2) for step in range(60))  # 0.5 to 5.1
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
    findings : finding id to its state (one of ``STATES``), one mapping a case; findings are ordered
        by name, so that the order of the cases is of no consequence
    conditions : the diagnosis of each case
    unlisted : what a finding that a case does not list was: ``absent``, ``not_mentioned`` (a state to
        learn), or ``unknown`` (not counted; sound only where what is listed does not depend on the
        answer, which in consultations it does)
    initial : the findings that each case volunteers; calibration starts its interviews from them
    smoothing, temperature : α and T; what is None is chosen by inner cross-validation
    n_questions : how long the interviews are for which they are chosen

    Age and sex are not used: every band and sex has the same prior, the condition's share of the cases.

    Errors
    ------
    InputError
        With every unknown state, and lists of unequal length.
    """
    _check(findings, conditions, unlisted, initial)
    if smoothing is None or temperature is None:
        smoothing, temperature = _cross_validate(
            findings, conditions, unlisted, initial, n_questions,
            SMOOTHINGS if smoothing is None else (smoothing,),
            TEMPERATURES if temperature is None else (temperature,),
        )  # fmt: skip
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


def _cross_validate(
    findings: Sequence[Mapping[str, str]],
    conditions: Sequence[str],
    unlisted: str,
    initial: Sequence[Collection[str]] | None,
    n_questions: int,
    smoothings: Sequence[float],
    temperatures: Sequence[float],
) -> tuple[float, float]:
    """The smoothing and temperature of least log loss at the end of held-out interviews; of equals,
    the first."""
    policy = Policy(PolicyConfig(), StoppingConfig(max_questions=n_questions))
    fold = _folds(findings, conditions)
    loss = np.zeros((len(smoothings), len(temperatures)))
    for held_out_fold in range(N_FOLDS):
        train = np.flatnonzero(fold != held_out_fold)
        held_out = np.flatnonzero(fold == held_out_fold)
        counts = count([findings[i] for i in train], [conditions[i] for i in train], unlisted)
        row = {condition: index for index, condition in enumerate(counts.conditions)}
        held_out = np.array([i for i in held_out if conditions[i] in row][:MAX_HELD_OUT], np.intp)
        if not len(held_out):
            continue
        diagnosis = np.array([row[conditions[i]] for i in held_out])
        for index, smoothing in enumerate(smoothings):
            network = estimate("inner fold", counts, smoothing)
            volunteered = None if initial is None else [initial[i] for i in held_out]
            evidence, answers = encode(network, [findings[i] for i in held_out], unlisted, volunteered)
            log_weights = _interview(network, policy, evidence, answers)
            loss[index] += [_log_loss(log_weights, diagnosis, temperature) for temperature in temperatures]
    best_smoothing, best_temperature = np.unravel_index(np.argmin(loss), loss.shape)
    return smoothings[best_smoothing], temperatures[best_temperature]


def _folds(findings: Sequence[Mapping[str, str]], conditions: Sequence[str]) -> NDArray[np.intp]:
    """(N,) the inner fold of each case: every condition dealt out in turn, in the order of the cases."""
    seen: dict[str, int] = {}
    fold = np.empty(len(findings), np.intp)
    for index, condition in enumerate(conditions):
        fold[index] = seen.setdefault(condition, len(seen)) % N_FOLDS
        seen[condition] += 1
    return fold


def _interview(network: ClinicalNetwork, policy: Policy, evidence: Evidence, answers: StateArray) -> FloatArray:
    """(N, C) log P(condition, all heard) when the interviews have ended."""
    engine = OneConditionEngine(network)
    interview = Interview(engine, policy)
    state = interview.init(evidence)
    rows = np.arange(len(evidence))
    for _ in range(policy.stopping.max_questions):
        finding, _ = interview.ask(state)
        state, _ = interview.step(state, finding, np.where(finding >= 0, answers[rows, finding], UNKNOWN).astype(np.int8))
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
    for what, length in (("conditions", len(conditions)), ("initial", len(findings) if initial is None else len(initial))):
        if length != len(findings):
            problems.append(Problem("E-FIT-LENGTH", f"fit › {what}", f"{length} entries", f"{len(findings)}, one a case"))
    for index, case in enumerate(findings):
        for finding, state in case.items():
            if state not in STATES:
                problems.append(
                    Problem("E-STATE", f"case {index} › {finding}", repr(state), " or ".join(STATES),
                            nearest(state, STATES), catalogue=71)
                )  # fmt: skip
    if problems:
        raise InputError(problems)
