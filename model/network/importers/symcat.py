"""SymCat's tables, P(symptom | disease) with age and sex, as a network.

Read from one JSON file: disease → ``symptoms`` {name: P(symptom | disease)}, ``age`` {band: share of the
disease's patients}, ``gender`` {Female, Male: share}.

- *Ids* are the names, without spaces around them.
- *Links* are the figures as they stand; a symptom that a disease does not list has its leak,
  ``DEFAULT_LEAK`` (the smallest listed figure is 0.01).
- *Prevalence*: the tables say nothing of how frequent a disease is, so all are equally frequent, and
  age and sex are independent given the disease.  With P(sex | d) and P(band | d) the shares, mixed with
  ``SHARE_SMOOTHING`` of the mean over all diseases (some are 0 for want of patients):
  population(sex, band) = mean over d of P(sex | d) · P(band | d), and
  prevalence(d | sex, band) = P(sex | d) · P(band | d) / (n · population(sex, band)).
- *Triage* is routine for all and nothing is marked as must-not-miss: the tables do not say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import raise_if_rejected
from ..checks import check_clinical
from ..network import ONE_CONDITION, ClinicalNetwork
from ..report import Report, shown
from ..toml_reader import parse_age_bands
from ..toml_writer import in_order
from ..vocabulary import Condition, Finding, Link, Triage
from .json_table import member, probabilities, read_json_object

DEFAULT_LEAK = 1e-3
SHARE_SMOOTHING = 0.01
_GENDERS = ("Female", "Male")


def import_symcat(path: str | Path, *, structure: str = ONE_CONDITION, leak: float = DEFAULT_LEAK) -> ClinicalNetwork:
    """The network that the file holds, read as ``structure``; :class:`InputError` with all problems."""
    path = Path(path)
    report = Report()
    table = read_json_object(path, report)
    raise_if_rejected(report.problems)
    ages = _labels(table, report)
    labels = [label.replace("< 1", "0").replace("<1", "0") for label in ages]
    bands = parse_age_bands(list(labels), f"{path.name} › age", report)
    names = list(table)
    symptoms = {
        name: probabilities(member(table[name], "symptoms", name, report), f"{name} › symptoms", report)
        for name in names
    }
    by_age = _shares(table, names, "age", ages, report)
    by_sex = _shares(table, names, "gender", _GENDERS, report)
    raise_if_rejected(report.problems)
    population, prevalence = _demography(by_sex, by_age)
    findings = dict.fromkeys(symptom.strip() for listed in symptoms.values() for symptom in listed)
    network = in_order(
        ClinicalNetwork(
            name=path.stem,
            conditions=tuple(
                Condition(
                    id=name.strip(),
                    name=name.strip(),
                    triage=Triage.ROUTINE,
                    prevalence=tuple(tuple(row) for row in prevalence[index].tolist()),
                    links={symptom.strip(): Link((1.0 - p, p)) for symptom, p in symptoms[name].items()},
                )
                for index, name in enumerate(names)
            ),
            findings=tuple(
                Finding(name, name, f"Do you have this: {name}?", leak=(1.0 - leak, leak)) for name in findings
            ),
            risk_factors=(),
            title="SymCat",
            description="Imported from SymCat's tables; every disease equally frequent.",
            age_bands=bands,
            population=tuple(tuple(row) for row in population.tolist()),
            structure=structure,
        )
    )
    check_clinical(network, path.name, report)
    raise_if_rejected(report.problems)
    return network


def _labels(table: Mapping[str, Any], report: Report) -> list[str]:
    """The age bands, which must be the same for all diseases."""
    first = next(iter(table.values()))
    ages = list(member(first, "age", "the first disease", report))
    for name, entry in table.items():
        if isinstance(entry, dict) and list(entry.get("age", ages)) != ages:
            report.reject("AGE-BANDS", f"{name} › age", shown(list(entry["age"])), ", ".join(ages))
    return ages


def _shares(
    table: Mapping[str, Any], names: Sequence[str], key: str, columns: Sequence[str], report: Report
) -> NDArray[np.float64]:
    """(diseases, columns) shares, each row summing to 1, smoothed towards the mean row."""
    rows = []
    for name in names:
        row = probabilities(member(table[name], key, name, report), f"{name} › {key}", report)
        if sorted(row) != sorted(columns):
            report.reject("BANDS", f"{name} › {key}", shown(sorted(row)), ", ".join(columns), catalogue=17)
        rows.append([row.get(column, 0.0) for column in columns])
    shares = np.array(rows, np.float64)
    total = shares.sum(axis=1, keepdims=True)
    for name in np.array(names)[total[:, 0] <= 0]:
        report.reject("CPT-SUM", f"{name} › {key}", "shares that sum to 0", "1", catalogue=3)
    shares = shares / np.where(total > 0, total, 1.0)
    return np.asarray((1.0 - SHARE_SMOOTHING) * shares + SHARE_SMOOTHING * shares.mean(axis=0), np.float64)


def _demography(
    by_sex: NDArray[np.float64], by_age: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Population (2, bands) and prevalence (diseases, 2, bands) of equally frequent diseases."""
    joint = by_sex[:, :, None] * by_age[:, None, :]
    population = joint.mean(axis=0)
    return population / population.sum(), joint / joint.sum(axis=0)
