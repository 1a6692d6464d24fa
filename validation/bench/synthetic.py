"""Synthetic networks and patients of any size, from a seed: for load, not for medicine.

Findings differ in popularity by Zipf's law, as they do in QMR: a few (fever, fatigue) belong to many
conditions, most to few.  Links are weak, middling or strong in the shares .45, .40, .15.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cases.card import Card, CardFinding, Expected, Patient
from model.inference.protocol import Evidence
from model.network.network import NOISY_OR, ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, Triage

_ZIPF = 0.8
_STRENGTHS = ((0.02, 0.2), (0.2, 0.6), (0.6, 0.95))
_STRENGTH_SHARES = (0.45, 0.40, 0.15)
_MOST_CONDITIONS_A_FINDING = 120


def network(
    n_conditions: int, n_findings: int, seed: int = 0, links: int = 25, structure: str = NOISY_OR
) -> ClinicalNetwork:
    """A network of ``n_conditions`` × ``n_findings`` with about ``links`` findings a condition."""
    random = np.random.default_rng(seed)
    popularity = 1.0 / (1.0 + np.arange(n_findings)) ** _ZIPF
    random.shuffle(popularity)
    leak = 10.0 ** random.uniform(-3.3, -1.5, n_findings)
    taken = np.zeros(n_findings, np.int64)
    findings = tuple(
        Finding(f"finding_{i:04}", f"Finding {i}", f"Do you have finding {i}?", leak=(1.0 - float(p), float(p)))
        for i, p in enumerate(leak)
    )
    conditions = []
    for d in range(n_conditions):
        weight = np.where(taken < _MOST_CONDITIONS_A_FINDING, popularity, 0.0)
        chosen = random.choice(n_findings, max(3, int(random.poisson(links))), replace=False, p=weight / weight.sum())
        taken[chosen] += 1
        own = {}
        for f in np.sort(chosen):
            low, high = _STRENGTHS[random.choice(3, p=_STRENGTH_SHARES)]
            present = 1.0 - (1.0 - leak[f]) * (1.0 - random.uniform(low, high))
            own[findings[f].id] = Link((1.0 - float(present), float(present)))
        prevalence = float(np.clip(10.0 ** random.normal(-2.7, 0.6), 1e-5, 0.08))
        conditions.append(
            Condition(
                f"condition_{d:03}",
                f"Condition {d}",
                Triage(d % 4),
                must_not_miss=d % 10 == 0,
                prevalence=((prevalence,), (prevalence,)),
                links=own,
            )
        )
    return ClinicalNetwork(
        f"synthetic-{n_conditions}x{n_findings}",
        tuple(conditions),
        findings,
        (),
        structure=structure,
        age_bands=((0.0, 150.0),),
        population=((0.5,), (0.5,)),
    )


def patients(
    net: ClinicalNetwork, n_patients: int, seed: int = 1, at_least: int = 8, at_most: int = 99
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The first condition (patients,) and the findings (patients, F) of people with one to three
    conditions and ``at_least`` to ``at_most`` findings present; who has more reports some of them."""
    random = np.random.default_rng(seed)
    prevalence = np.sqrt([condition.prevalence[0][0] for condition in net.conditions])
    leak = np.array([finding.leak[1] for finding in net.findings])
    main: list[int] = []
    present: list[NDArray[np.bool_]] = []
    while len(main) < n_patients:
        own = random.choice(len(prevalence), random.choice((1, 1, 1, 2, 2, 3)), False, prevalence / prevalence.sum())
        silent = 1.0 - leak
        for d in own:
            for identifier, link in net.conditions[d].links.items():
                f = net.finding_index[identifier]
                silent[f] *= link.probabilities[0] / (1.0 - leak[f])
        findings = random.random(len(leak)) >= silent
        if findings.sum() < at_least:
            continue
        unreported = random.permutation(np.flatnonzero(findings))[random.integers(at_least, at_most + 1) :]
        findings[unreported] = False
        main.append(int(own[0]))
        present.append(findings)
    return np.array(main, np.intp), np.array(present)


def evidence(
    net: ClinicalNetwork, present: NDArray[np.bool_], n_present: int, n_absent: int, seed: int = 4
) -> Evidence:
    """``n_present`` and ``n_absent`` findings of each patient known, drawn at random."""
    random = np.random.default_rng(seed)
    known = Evidence.empty(net, len(present))
    known.sex[:] = known.age_band[:] = 0
    for row, findings in enumerate(present):
        for value, most in ((True, n_present), (False, n_absent)):
            chosen = random.permutation(np.flatnonzero(findings == value))[:most]
            known.findings[row, chosen] = value
    return known


def cards(net: ClinicalNetwork, main: NDArray[np.intp], present: NDArray[np.bool_]) -> list[Card]:
    """The patients as cases: one finding volunteered, what is not listed is absent."""
    result = []
    for row, (condition, findings) in enumerate(zip(main, present, strict=True)):
        listed = [net.findings[f].id for f in np.flatnonzero(findings)]
        result.append(
            Card(
                id=f"simulated-{row:05}",
                author="validation.bench.synthetic",
                kind="simulated",
                split="test",
                unlisted="absent",
                complaint="",
                patient=Patient(age=40.0, sex="female"),
                findings={f: CardFinding(state="present", initial=f == listed[0]) for f in listed},
                expected=Expected(condition=net.conditions[condition].id),
            )
        )
    return result
