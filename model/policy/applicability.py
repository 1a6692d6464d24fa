"""Which findings can apply to a person at all, by sex and age."""

from __future__ import annotations

import math

import numpy as np

from ..inference.protocol import BoolArray, Evidence, FloatArray
from ..network.network import Network
from ..network.vocabulary import SEXES, Limits


def applicable_findings(network: Network, evidence: Evidence, age_years: FloatArray | None = None) -> BoolArray:
    """(B, F) False where a finding's age or sex limits exclude the person.

    Sex and age that are not known exclude nothing.  ``age_years`` (B,), NaN where not known, says
    it exactly; without it an age band excludes what lies wholly outside the limits.
    """
    limits = [finding.limits for finding in network.findings]
    n_cases = len(evidence)
    youngest, oldest = _age_range(network, evidence, age_years)
    allowed = np.ones((n_cases, len(limits)), bool)
    for finding, limit in enumerate(limits):
        if limit == Limits():
            continue
        if limit.sex is not None:
            allowed[:, finding] &= (evidence.sex < 0) | (evidence.sex == SEXES.index(limit.sex))
        if limit.min_age is not None:
            allowed[:, finding] &= oldest >= limit.min_age
        if limit.max_age is not None:
            allowed[:, finding] &= youngest < limit.max_age + 1  # "up to 12" includes the year of being 12
    return allowed


def _age_range(network: Network, evidence: Evidence, age_years: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """The least and greatest age in years that each person may have, each (B,)."""
    youngest, oldest = np.zeros(len(evidence)), np.full(len(evidence), math.inf)
    for band, (low, high) in enumerate(network.age_bands):
        inside = evidence.age_band == band
        youngest[inside] = low
        oldest[inside] = np.nextafter(high, -math.inf)
    if age_years is not None:
        known = ~np.isnan(age_years)
        youngest[known] = oldest[known] = age_years[known]
    return youngest, oldest
