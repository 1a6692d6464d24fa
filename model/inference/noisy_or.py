"""Exact inference where several conditions may be present: risk factors → conditions → findings.

Two layers of a three-layer noisy-OR network (QMR-like; Shwe et al. 1991).  The work is done by
``kernels/noisy_or.c``; see DESIGN.md for the method.  Beyond ``max_width`` findings open at once the
figures are a flagged approximation (``loopy.py``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..network.network import ClinicalNetwork
from . import noisy_or_kernels as kernels
from .configurations import Background, Configurations
from .loopy import Loopy
from .protocol import UNKNOWN, BoolArray, Evidence, FloatArray, IntArray, Scores, StateArray

_PRIOR_BYTES = 64 << 20
"""Rows are handed to the kernel in portions whose priors stay below this, whatever the batch; as many are
remembered from one question to the next."""


class NoisyOrState(NamedTuple):
    """What is known in B interviews."""

    answers: StateArray
    """(B, F) 0 absent, 1 present, ``UNKNOWN``."""
    negative: FloatArray
    """(B, C) the product of 1 − link probability over the absent findings."""
    background: StateArray
    """(B, 2 + R) sex, age band, risk factors; ``UNKNOWN`` where not known."""


class Results(NamedTuple):
    """What the engine says about B interviews without a question."""

    posterior: FloatArray
    """(B, C) P(condition | evidence)."""
    explaining: FloatArray
    """(B, C) P(condition present and a cause of a present finding | evidence)."""
    log_evidence: FloatArray
    """(B,)"""
    approximate: BoolArray
    """(B,)"""


class NoisyOrEngine:
    """Implements ``protocol.Engine`` for a :class:`ClinicalNetwork` of structure ``noisy_or``.

    Parameters
    ----------
    max_width : exact up to this many present findings open at once (2^width states)
    shortlist : candidate questions that are scored exactly; the others keep an estimate
    present_weight : weight of P(present) beside the estimated gain in choosing the shortlist
    """

    def __init__(
        self, network: ClinicalNetwork, *, max_width: int = 16, shortlist: int = 24, present_weight: float = 0.1
    ) -> None:
        self.network = network
        self.max_width = max_width
        self.shortlist = shortlist
        self.present_weight = present_weight
        self.kernel = kernels.KernelNetwork(network)
        self._background = Background(network)
        self._loopy = Loopy(self.kernel)
        self._last: tuple[NoisyOrState, Results] | None = None
        self._remembered: dict[bytes, Configurations] = {}
        self._remembered_bytes = 0

    def init(self, evidence: Evidence) -> NoisyOrState:
        """See ``protocol.Engine``."""
        answers = np.ascontiguousarray(evidence.findings, np.int8)
        negative = np.ones((len(answers), len(self.network.conditions)))
        kernels.absorb(self.kernel, answers, negative)
        background = np.column_stack([evidence.sex, evidence.age_band, evidence.risk_factors]).astype(np.int8)
        return NoisyOrState(answers, negative, background)

    def observe(self, state: NoisyOrState, finding: IntArray, answer: StateArray) -> NoisyOrState:
        """See ``protocol.Engine``."""
        heard = (finding >= 0) & (answer != UNKNOWN)
        answers, negative = state.answers.copy(), state.negative.copy()
        answers[heard, finding[heard]] = answer[heard]
        absent = np.where(heard & (answer == 0), finding, -1).astype(np.int32)
        kernels.absorb_one(self.kernel, absent, negative)
        return NoisyOrState(answers, negative, state.background)

    def posterior(self, state: NoisyOrState) -> FloatArray:
        """See ``protocol.Engine``: marginals, which do not sum to 1."""
        return self._results(state).posterior.copy()

    def explaining(self, state: NoisyOrState) -> FloatArray:
        """See ``protocol.Engine``."""
        return self._results(state).explaining.copy()

    def alternatives(self, state: NoisyOrState, condition: IntArray) -> tuple[FloatArray, FloatArray]:
        """See ``protocol.Engine``: as if a finding that the condition never fails to cause were absent."""
        negative = state.negative.copy()
        negative[np.arange(len(negative)), condition] = 0.0
        results = self.run(state._replace(negative=negative))
        return results.posterior, results.explaining

    def log_evidence(self, state: NoisyOrState) -> FloatArray:
        """See ``protocol.Engine``: of the findings and of what is known of the background."""
        return self._results(state).log_evidence.copy()

    def approximate(self, state: NoisyOrState) -> BoolArray:
        """See ``protocol.Engine``."""
        return self._results(state).approximate.copy()

    def predict(self, state: NoisyOrState) -> FloatArray:
        """See ``protocol.Engine``: exact for every finding; a known one has its own state for certain."""
        scores = self._score(state, state.answers == UNKNOWN, len(self.network.findings))
        p_present = np.where(state.answers == UNKNOWN, scores.p_present, state.answers == 1)
        result: FloatArray = np.stack([1.0 - p_present, p_present], axis=2)
        result[np.isneginf(self.log_evidence(state))] = 0.0
        return result

    def score(self, state: NoisyOrState, askable: BoolArray) -> Scores:
        """See ``protocol.Engine``."""
        return self._score(state, askable, self.shortlist)

    def take(self, state: NoisyOrState, rows: NDArray[np.intp]) -> NoisyOrState:
        """See ``protocol.Engine``."""
        return NoisyOrState(state.answers[rows], state.negative[rows], state.background[rows])

    def _results(self, state: NoisyOrState) -> Results:
        """Remembered for the state last asked about, since an interview wants all of it of each.

        Threads share the engine: what is remembered is read once, for it may be another's a moment later.
        """
        last = self._last
        if last is None or last[0] is not state:
            last = self._last = (state, self.run(state))
        return last[1]

    def configurations(self, background: StateArray) -> Configurations:
        """What is not known of one person's background (2 + R,), as configurations to sum over.

        Remembered, since they stay the same through an interview and take as long as a question.
        """
        key = background.tobytes()
        if key not in self._remembered:
            found = self._background.configurations(int(background[0]), int(background[1]), background[2:])
            if self._remembered_bytes + found.priors.nbytes > _PRIOR_BYTES:
                self._remembered, self._remembered_bytes = {}, 0
            self._remembered[key] = found
            self._remembered_bytes += found.priors.nbytes
        return self._remembered[key]

    def kernel_batch(self, state: NoisyOrState) -> tuple[kernels.KernelBatch, list[Configurations]]:
        """The whole batch as the kernel reads it, and its distinct configurations."""
        ((_, distinct, which),) = self._portions(state)
        return kernels.KernelBatch(state.answers, state.negative, distinct, which, self.max_width), distinct

    def run(self, state: NoisyOrState) -> Results:
        """Everything that one pass over a batch yields."""
        portions = self._portions(state)
        if len(portions) == 1:
            return self._run(state, *portions[0][1:])
        shape = len(state.answers), len(self.network.conditions)
        result = Results(np.zeros(shape), np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[0], np.bool_))
        for rows, distinct, which in portions:
            for values, found in zip(result, self._run(self.take(state, rows), distinct, which), strict=True):
                values[rows] = found
        return result

    def _run(self, state: NoisyOrState, distinct: list[Configurations], which: NDArray[np.intp]) -> Results:
        """The same for a batch whose rows have the ``distinct`` configurations at ``which``."""
        batch = kernels.KernelBatch(state.answers, state.negative, distinct, which, self.max_width)
        posterior, explaining, log_evidence, status = kernels.posteriors(self.kernel, batch)
        # Equal but for rounding where a condition cannot be present without being a cause.
        np.minimum(explaining, posterior, out=explaining)
        approximate = np.array([configurations.approximate for configurations in distinct])[which]
        for row in np.flatnonzero(status == kernels.TOO_WIDE):
            approximate[row] = True
            posterior[row], explaining[row], log_evidence[row] = self._loopy.posteriors(
                state.answers[row], state.negative[row], distinct[which[row]]
            )
        return Results(posterior, explaining, log_evidence, approximate)

    def _score(self, state: NoisyOrState, askable: BoolArray, shortlist: int) -> Scores:
        gain, p_present = np.full(askable.shape, -np.inf), np.zeros(askable.shape)
        exact = np.zeros(askable.shape, np.bool_)
        for rows, distinct, which in self._portions(state):
            part = state if len(rows) == len(state.answers) else self.take(state, rows)
            batch = kernels.KernelBatch(part.answers, part.negative, distinct, which, self.max_width)
            gain[rows], p_present[rows], exact[rows], status = kernels.score(
                self.kernel, batch, askable[rows], shortlist, self.present_weight
            )
            for row in np.flatnonzero(status == kernels.TOO_WIDE):
                reduced = self._loopy.reduce(part.answers[row], part.negative[row], distinct[which[row]])
                gain[rows[row]], p_present[rows[row]] = (
                    values[0]
                    for values in kernels.score(
                        self.kernel, reduced, askable[rows[row]][None], shortlist, self.present_weight
                    )[:2]
                )
        gain[askable & np.isneginf(gain)] = 0.0  # impossible evidence: nothing can be learnt any more
        return Scores(gain, p_present, exact)

    def _portions(self, state: NoisyOrState) -> list[tuple[NDArray[np.intp], list[Configurations], NDArray[np.intp]]]:
        """Rows, their distinct configurations, and which of these each row has."""
        keys: dict[bytes, Configurations] = {}
        portions: list[tuple[NDArray[np.intp], list[Configurations], NDArray[np.intp]]] = []
        rows: list[int] = []
        order: dict[bytes, int] = {}
        which: list[int] = []
        used = 0

        def close() -> None:
            if rows:
                distinct = [keys[key] for key in order]
                portions.append((np.array(rows, np.intp), distinct, np.array(which, np.intp)))

        for row, background in enumerate(state.background):
            key = background.tobytes()
            if key not in keys:
                keys[key] = self.configurations(background)
            if key not in order:
                size = keys[key].priors.nbytes
                if used and used + size > _PRIOR_BYTES:
                    close()
                    rows, order, which, used = [], {}, [], 0
                used += size
                order[key] = len(order)
            rows.append(row)
            which.append(order[key])
        close()
        return portions
