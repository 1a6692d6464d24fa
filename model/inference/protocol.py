"""What an inference engine offers: one small protocol, three exact engines behind it.

All arrays have the batch of interviews as their first axis; thousands advance in lock-step.
B interviews, C conditions, F findings, R risk factors, S the largest number of finding states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..network.network import Network

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int32]
StateArray = NDArray[np.int8]

UNKNOWN = -1
"""In every array of states: nothing is known (no evidence)."""


@dataclass(frozen=True)
class Evidence:
    """What is known at the start of a batch of interviews; ``UNKNOWN`` where nothing is."""

    findings: StateArray
    """(B, F) state index of each finding."""
    risk_factors: StateArray
    """(B, R) state index of each risk factor."""
    age_band: StateArray
    """(B,) index of the network's age band."""
    sex: StateArray
    """(B,) index into ``SEXES``."""

    def __len__(self) -> int:
        return len(self.findings)

    @classmethod
    def empty(cls, network: Network, n_cases: int = 1) -> Evidence:
        """Nothing known, for ``n_cases`` interviews."""
        unknown = np.full((n_cases, len(network.findings)), UNKNOWN, np.int8)
        risks = np.full((n_cases, len(network.risk_factors)), UNKNOWN, np.int8)
        nobody = np.full(n_cases, UNKNOWN, np.int8)
        return cls(unknown, risks, nobody, nobody.copy())

    def take(self, rows: NDArray[np.intp]) -> Evidence:
        """The evidence of some of the interviews."""
        return Evidence(self.findings[rows], self.risk_factors[rows], self.age_band[rows], self.sex[rows])


class Scores(NamedTuple):
    """What a policy needs to choose a question; a finding that may not be asked has gain -inf."""

    gain: FloatArray
    """(B, F) expected information gain over the conditions, in nats: the sum over the engine's
    condition variables of their mutual information with the finding, given the evidence."""
    p_present: FloatArray
    """(B, F) P(finding = present | evidence)."""
    exact: BoolArray
    """(B, F) whether the two are exact; False where a finding fell out of the shortlist and keeps
    its estimate (never larger than the best exact one)."""


S = TypeVar("S")


class Engine(Protocol, Generic[S]):
    """Exact inference over a batch of interviews; pure: no method changes its arguments.

    A state ``S`` is a NamedTuple of arrays with the batch first.
    """

    @property
    def network(self) -> Network: ...

    def init(self, evidence: Evidence) -> S:
        """The state of ``len(evidence)`` interviews."""
        ...

    def observe(self, state: S, finding: IntArray, answer: StateArray) -> S:
        """Answers to one question each: finding index (B,), answer's state index (B,).

        ``UNKNOWN`` as the answer, or a negative finding (no question), leaves the evidence alone.
        """
        ...

    def posterior(self, state: S) -> FloatArray:
        """(B, C) P(condition | evidence); a row of zeros where the evidence is impossible."""
        ...

    def explaining(self, state: S) -> FloatArray:
        """(B, C) P(condition present and a cause of at least one present finding | evidence).

        The posterior less what is merely there as often as in anybody: a common cold beside a broken
        leg explains nothing.  Where a structure has no causes to tell apart it is the posterior.
        """
        ...

    def alternatives(self, state: S, condition: IntArray) -> tuple[FloatArray, FloatArray]:
        """``posterior`` and ``explaining`` (B, C), were a ``condition`` (B,) known to be absent.

        What else it could be.  Rows of zeros where the evidence is impossible without it.
        """
        ...

    def log_evidence(self, state: S) -> FloatArray:
        """(B,) log P(evidence); -inf where the network says that the evidence is impossible."""
        ...

    def predict(self, state: S) -> FloatArray:
        """(B, F, S) P(finding = state | evidence) of every finding that is not known yet (what stands
        for a known one is the engine's own affair); zeros beyond a finding's own states."""
        ...

    def score(self, state: S, askable: BoolArray) -> Scores:
        """Gain and P(present) of every finding with ``askable`` (B, F) True."""
        ...

    def approximate(self, state: S) -> BoolArray:
        """(B,) whether an interview's figures are a flagged approximation, not exact."""
        ...

    def take(self, state: S, rows: NDArray[np.intp]) -> S:
        """The state of some of the interviews, in the order of ``rows``."""
        ...
