"""Evidence arrays from the names of findings and their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InputError, Problem
from ..network.network import Network
from ..network.vocabulary import NOT_MENTIONED, SEXES, UNSURE, Finding, RiskFactor
from ..words import nearest
from .protocol import Evidence, StateArray

States = Mapping[str, str]
"""Finding or risk factor id to the name of its state."""


def evidence_from_states(
    network: Network,
    findings: Sequence[States],
    risk_factors: Sequence[States] | None = None,
    age_years: Sequence[float | None] | None = None,
    sex: Sequence[str | None] | None = None,
) -> Evidence:
    """The evidence of ``len(findings)`` interviews; what is left out is not known.

    ``unsure`` and ``not_mentioned`` are no evidence where a finding has no such state.

    Errors
    ------
    InputError
        With every unknown finding, risk factor, state and sex, and every impossible age.
    """
    n_cases = len(findings)
    evidence = Evidence.empty(network, n_cases)
    problems: list[Problem] = []
    _fill(evidence.findings, findings, network.findings, network.finding_index, "finding", problems)
    if risk_factors is not None:
        _fill(
            evidence.risk_factors, risk_factors, network.risk_factors, network.risk_factor_index,
            "risk factor", problems,
        )  # fmt: skip
    for case, age in enumerate(age_years or ()):
        if age is not None and not 0 <= age <= 130:
            problems.append(Problem("E-AGE", f"case {case} › age", f"{age}", "years from 0 to 130", catalogue=75))
        else:
            evidence.age_band[case] = network.age_band(age)
    for case, name in enumerate(sex or ()):
        if name is not None and name not in SEXES:
            problems.append(Problem("E-SEX", f"case {case} › sex", repr(name), " or ".join(SEXES), catalogue=71))
        elif name is not None:
            evidence.sex[case] = SEXES.index(name)
    if problems:
        raise InputError(problems)
    return evidence


def state_code(item: Finding | RiskFactor, state: str) -> int | None:
    """The index of ``state``; ``UNKNOWN`` (-1) for one that says nothing here; None where it is no state."""
    index = item.state_index(state)
    return index if index >= 0 or state in (UNSURE, NOT_MENTIONED) else None


def _fill(
    out: StateArray,
    cases: Sequence[States],
    items: Sequence[Finding | RiskFactor],
    index: Mapping[str, int],
    noun: str,
    problems: list[Problem],
) -> None:
    for case, states in enumerate(cases):
        for name, state in states.items():
            where = f"case {case} › {name}"
            if name not in index:
                suggestions = nearest(name, tuple(index))
                problems.append(Problem("E-VOCABULARY", where, f"an unknown {noun}", "", suggestions, catalogue=69))
                continue
            item = items[index[name]]
            code = state_code(item, state)
            if code is None:
                suggestions = nearest(state, item.states)
                problems.append(
                    Problem("E-STATE", where, repr(state), " or ".join(item.states), suggestions, catalogue=71)
                )
            else:
                out[case, index[name]] = code
