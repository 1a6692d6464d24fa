"""An interview: what is known at first, then question, answer, question, answer, until it stops.

Pure functions over a batch of interviews that advance in lock-step, in the shape of blackjax's
samplers: *State* is carried on, *Info* says what happened and may be thrown away.

    interview = Interview(compile_network(network), load_policy(directory))
    state = interview.init(evidence)
    finding, asked = interview.ask(state)          # -1 where an interview has stopped
    state, heard = interview.step(state, finding, answer)

Batch axes as in ``inference.protocol``: B interviews, C conditions, F findings.  What happens in an
interview depends on nothing but its own evidence, answers and seed: not on its row or its batch.
``single_interview`` is the same for one person, with names in place of indices.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from .differential import doubted, order_key
from .inference.protocol import UNKNOWN, BoolArray, Engine, Evidence, FloatArray, IntArray, StateArray
from .policy.applicability import applicable_findings
from .policy.config import FIXED_ORDER, POSTERIOR, RANDOM, Policy
from .policy.questions import SeedArray, best_question, fixed_order, fixed_question, random_question
from .policy.red_flags import RedFlags
from .policy.stopping import StopReason, stop_on_gain, stop_on_posterior

S = TypeVar("S")


class InterviewState(NamedTuple, Generic[S]):
    """What an interview carries on."""

    engine_state: S
    posterior: FloatArray
    """(B, C) P(condition | what is known), or what else the policy ranks by; a row of zeros where
    what is known is impossible."""
    askable: BoolArray
    """(B, F) findings that are not known, were not asked, and can apply to the person."""
    n_asked: IntArray
    """(B,) questions asked."""
    case_seeds: SeedArray
    """(B,) what the random policy draws from."""


class AskInfo(NamedTuple):
    """Why this question, or why none; figures are NaN where none is asked."""

    stop: NDArray[np.int8]
    """(B,) a :class:`StopReason`; ``GOING_ON`` where a question is asked."""
    gain: FloatArray
    """(B,) its expected information gain over the conditions, nats."""
    score: FloatArray
    """(B,) gain + present_weight · P(present)."""
    p_present: FloatArray
    """(B,) P(finding present | what is known)."""
    exact: BoolArray
    """(B,) whether gain and P(present) are exact (see ``Scores``)."""
    red_flag: BoolArray
    """(B,) whether it is asked as a red flag of a plausible dangerous condition."""


class StepInfo(NamedTuple):
    """What an answer changed."""

    posterior: FloatArray
    """(B, C) after the answer."""
    log_evidence: FloatArray
    """(B,) log P(all that is known); -inf where the network calls it impossible."""
    approximate: BoolArray
    """(B,) whether the posterior is a flagged approximation."""


class Interview(Generic[S]):
    """A network's engine and a policy, bound together; holds nothing of any one interview.

    Errors
    ------
    InputError
        Where the policy names findings that the network does not have.
    """

    def __init__(self, engine: Engine[S], policy: Policy) -> None:
        self.engine = engine
        self.policy = policy
        self._red_flags = RedFlags(engine.network, policy)
        self._order = fixed_order(engine.network, policy.questions)

    def init(
        self, evidence: Evidence, case_seeds: SeedArray | None = None, age_years: FloatArray | None = None
    ) -> InterviewState[S]:
        """The state before the first question.

        Parameters
        ----------
        evidence : what the person volunteers, age band, sex and the risk factors that are known
        case_seeds : (B,) a number of each case's own (of its content hash, say); all 0 if left out
        age_years : (B,) exact ages, NaN where not known, for the age limits of findings
        """
        engine_state = self.engine.init(evidence)
        n_cases = len(evidence)
        return InterviewState(
            engine_state,
            self.differential(engine_state),
            (evidence.findings == UNKNOWN) & applicable_findings(self.engine.network, evidence, age_years),
            np.zeros(n_cases, np.int32),
            np.zeros(n_cases, np.uint64) if case_seeds is None else case_seeds,
        )

    def ask(self, state: InterviewState[S]) -> tuple[IntArray, AskInfo]:
        """The next question of each interview: finding index (B,), -1 where it has stopped."""
        candidates, red_flag = self.candidates(state)
        stop = stop_on_posterior(self.policy.stopping, state.posterior, state.n_asked, red_flag)
        stop[(stop == StopReason.GOING_ON) & ~candidates.any(axis=1)] = StopReason.NOTHING_LEFT

        n_cases = len(stop)
        finding = np.full(n_cases, -1, np.int32)
        gain, score, p_present = (np.full(n_cases, np.nan) for _ in range(3))
        exact = np.zeros(n_cases, bool)
        going = np.flatnonzero(stop == StopReason.GOING_ON)
        if len(going):
            whole = len(going) == n_cases
            engine_state = state.engine_state if whole else self.engine.take(state.engine_state, going)
            scores = self.engine.score(engine_state, candidates[going])
            weighed = scores.gain + self.policy.questions.present_weight * scores.p_present
            best = best_question(weighed, candidates[going], self.policy.questions.tie_band)
            if self._weighs_all:
                stop[going] = stop_on_gain(
                    self.policy.stopping, scores.gain.max(axis=1), state.n_asked[going], red_flag[going]
                )
            asks = np.flatnonzero(stop[going] == StopReason.GOING_ON)
            rows, best = going[asks], best[asks]
            finding[rows] = best
            gain[rows] = scores.gain[asks, best]
            score[rows] = weighed[asks, best]
            p_present[rows] = scores.p_present[asks, best]
            exact[rows] = scores.exact[asks, best]
        return finding, AskInfo(stop, gain, score, p_present, exact, red_flag & (finding >= 0))

    def step(
        self, state: InterviewState[S], finding: IntArray, answer: StateArray
    ) -> tuple[InterviewState[S], StepInfo]:
        """Hear the answers: finding index (B,), -1 for no question; answer's state index (B,),
        ``UNKNOWN`` where the person cannot say (the question counts, the evidence stays).

        Errors
        ------
        ValueError
            Where a finding is not askable: it would count twice as evidence.
        """
        asked = np.flatnonzero(finding >= 0)
        if not state.askable[asked, finding[asked]].all():
            again = asked[~state.askable[asked, finding[asked]]][0]
            name = self.engine.network.findings[finding[again]].id
            raise ValueError(f"interview {again}: {name!r} is known, was asked already, or cannot apply")
        engine_state = self.engine.observe(state.engine_state, finding, answer)
        askable = state.askable.copy()
        askable[asked, finding[asked]] = False
        n_asked = state.n_asked + (finding >= 0).astype(np.int32)
        posterior = self.differential(engine_state)
        info = StepInfo(posterior, self.engine.log_evidence(engine_state), self.engine.approximate(engine_state))
        return InterviewState(engine_state, posterior, askable, n_asked, state.case_seeds), info

    def differential(self, engine_state: S) -> FloatArray:
        """(B, C) what the policy ranks conditions by; the posterior where nothing is present yet that
        a condition could explain."""
        config = self.policy.differential
        by_cause = config.rank_by != POSTERIOR
        differential = posterior = self.engine.posterior(engine_state)
        if by_cause:
            explaining = self.engine.explaining(engine_state)
            explains = np.asarray(explaining.any(axis=1))
            differential = np.where(explains[:, None], explaining, posterior)
        if config.doubt == 0.0 or not differential.shape[1]:
            return differential
        leading = differential.argmax(axis=1).astype(np.int32)
        p_leading = posterior[np.arange(len(posterior)), leading]
        sure = np.flatnonzero(p_leading > 1.0 - config.doubt)
        if len(sure):
            others = self.engine.alternatives(self.engine.take(engine_state, sure), leading[sure])[by_cause]
            differential = differential.copy()
            differential[sure] = doubted(differential[sure], others, leading[sure], p_leading[sure], config.doubt)
        return differential

    def order(self, differential: FloatArray) -> FloatArray:
        """(B, C) what the conditions of a differential are listed by, highest first; 0 for none."""
        return order_key(differential, self.engine.network.conditions, self.policy.differential.must_not_miss_weight)

    def take(self, state: InterviewState[S], rows: NDArray[np.intp]) -> InterviewState[S]:
        """The state of some of the interviews: those that go on, say."""
        return InterviewState(
            self.engine.take(state.engine_state, rows),
            state.posterior[rows],
            state.askable[rows],
            state.n_asked[rows],
            state.case_seeds[rows],
        )

    @property
    def _weighs_all(self) -> bool:
        """Whether the policy weighs every candidate, so that a low best gain means something."""
        return self.policy.questions.kind not in (RANDOM, FIXED_ORDER)

    def candidates(self, state: InterviewState[S]) -> tuple[BoolArray, BoolArray]:
        """(B, F) the findings among which the score decides, and (B,) whether they are red flags."""
        config = self.policy.questions
        if config.kind == RANDOM:
            only = random_question(state.askable, state.case_seeds, config.seed)
        elif config.kind == FIXED_ORDER:
            only = fixed_question(state.askable, self._order)
        else:
            pending = self._red_flags.pending(state.posterior, state.askable)
            red_flag = np.asarray(pending.any(axis=1))
            return np.where(red_flag[:, None], pending, state.askable), red_flag
        candidates = np.zeros_like(state.askable)
        rows = np.flatnonzero(only >= 0)
        candidates[rows, only[rows]] = True
        return candidates, np.zeros(len(only), bool)
