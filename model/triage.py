"""The advice on urgency that follows from a differential: a rule that a clinician can check by hand.

The advice is the most urgent level among the conditions that *count*:

1. the leading condition, whatever its probability;
2. a condition in the first ``top_k`` with at least ``min_probability``;
3. a must-not-miss condition with at least ``must_not_miss_probability``, wherever it stands.

It errs towards the urgent: one plausible emergency outweighs any number of harmless alternatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .inference.protocol import FloatArray
from .network.vocabulary import Condition

NO_ADVICE = -1


@dataclass(frozen=True, slots=True)
class TriageRule:
    """Which conditions count; part of the candidate, recorded with every run."""

    top_k: int = 3
    min_probability: float = 0.10
    must_not_miss_probability: float = 0.05


DEFAULT_RULE = TriageRule()


def advise(posterior: FloatArray, conditions: Sequence[Condition], rule: TriageRule = DEFAULT_RULE) -> NDArray[np.int8]:
    """The level advised for each interview.

    Parameters
    ----------
    posterior : (B, C) P(condition | evidence)
    conditions : C conditions, in the order of the axis

    Returns
    -------
    (B,) a :class:`~model.network.vocabulary.Triage` level; ``NO_ADVICE`` where the evidence was
    impossible (a row of zeros).
    """
    level = np.array([condition.triage for condition in conditions], np.int8)
    dangerous = np.array([condition.must_not_miss for condition in conditions], bool)
    order = np.argsort(-posterior, axis=1, kind="stable")[:, : rule.top_k]
    counts = (posterior >= rule.must_not_miss_probability) & dangerous
    rows = np.arange(len(posterior))[:, None]
    counts[rows, order] |= posterior[rows, order] >= rule.min_probability
    counts[rows, order[:, :1]] = True
    advice: NDArray[np.int8] = np.where(counts, level, np.int8(NO_ADVICE)).max(axis=1, initial=NO_ADVICE)
    advice[posterior.max(axis=1, initial=0.0) == 0.0] = NO_ADVICE
    return advice
