"""Red flags of plausible dangerous conditions are asked before anything else.

A red flag is *linked* to a must-not-miss condition that makes it materially more likely than it is
in people who have no condition of the network.  It is *pending* while it is unasked and a condition
that it is linked to is plausible: probable enough to think of, not yet so probable as to be settled.
Where the policy says so, it also takes some hope of a yes, lest a long row of far-fetched questions
take the place of telling ones.
"""

from __future__ import annotations

import numpy as np

from ..inference.protocol import BoolArray, FloatArray
from ..network.network import Network
from ..network.vocabulary import PRESENT
from .config import Policy

MATERIAL_RATIO = 2.0
"""P(present | condition) is at least this many times the leak …"""
MATERIAL_PROBABILITY = 0.05
"""… and at least this: rarer red flags are left to their information gain."""


def red_flag_links(network: Network) -> BoolArray:
    """(C, F) whether finding f is a red flag linked to the must-not-miss condition c."""
    linked = np.zeros((len(network.conditions), len(network.findings)), bool)
    for row, condition in enumerate(network.conditions):
        if not condition.must_not_miss:
            continue
        for finding_id, link in condition.links.items():
            column = network.finding_index[finding_id]
            finding = network.findings[column]
            present = finding.state_index(PRESENT)
            if finding.red_flag and present >= 0:
                probability = link.probabilities[present]
                linked[row, column] = (
                    probability >= MATERIAL_PROBABILITY and probability >= MATERIAL_RATIO * finding.leak[present]
                )
    return linked


class RedFlags:
    """The red flags of one network under one policy."""

    def __init__(self, network: Network, policy: Policy) -> None:
        lowest = policy.questions.red_flag_min_probability
        threshold = policy.stopping.posterior_threshold
        linked = red_flag_links(network)
        self.lowest = 1.0 if lowest is None else lowest
        self.settled = np.inf if threshold is None else threshold
        self.conditions = np.flatnonzero(linked.any(axis=1)) if lowest is not None else np.empty(0, np.intp)
        self.findings = np.flatnonzero(linked[self.conditions].any(axis=0))
        # Sums of a few ones: exact in float32, in whatever order they are added.
        self._links = linked[np.ix_(self.conditions, self.findings)].astype(np.float32)
        self.min_joint = policy.questions.red_flag_min_joint
        self._by_condition = [np.flatnonzero(row) for row in self._links]
        self._p_present = [
            np.array([_p_present(network, int(condition), int(self.findings[finding])) for finding in findings])
            for condition, findings in zip(self.conditions, self._by_condition, strict=True)
        ]

    def pending(self, posterior: FloatArray, askable: BoolArray) -> BoolArray:
        """(B, F) the red flags to ask now."""
        pending = np.zeros_like(askable)
        if len(self.findings):
            probability = posterior[:, self.conditions]
            plausible = (probability >= self.lowest) & (probability < self.settled)
            if self.min_joint > 0.0:
                pending[:, self.findings] = self._hopeful(np.where(plausible, probability, 0.0))
            else:
                pending[:, self.findings] = (plausible.astype(np.float32) @ self._links) > 0
            pending &= askable
        return pending

    def _hopeful(self, probability: FloatArray) -> BoolArray:
        """(B, red flags) those that some condition makes probable enough, condition and flag together."""
        hopeful = np.zeros((len(probability), len(self.findings)), bool)
        for column, (findings, p_present) in enumerate(zip(self._by_condition, self._p_present, strict=True)):
            hopeful[:, findings] |= probability[:, column, None] * p_present >= self.min_joint
        return hopeful


def _p_present(network: Network, condition: int, finding: int) -> float:
    """P(finding present | condition and no other)."""
    item = network.findings[finding]
    return network.conditions[condition].links[item.id].probabilities[item.state_index(PRESENT)]
