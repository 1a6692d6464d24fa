"""One interview at a time, with names in place of indices: for notebooks and for serving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import InputError
from .inference.protocol import UNKNOWN, Engine, Evidence
from .interview import Interview
from .network.vocabulary import Condition, Finding
from .policy.config import Policy
from .policy.stopping import StopReason
from .words import nearest


@dataclass(frozen=True)
class Exchange:
    """One question and its answer, as a transcript shows it."""

    finding: Finding
    answer: str | None
    """A state of the finding; None where the person could not say."""
    gain: float
    """Expected before the answer, nats."""
    p_present: float
    """Before the answer."""
    red_flag: bool
    differential: tuple[tuple[str, float], ...]
    """The leading conditions' ids and probabilities after the answer."""


class SingleInterview:
    """One interview in words, for a notebook or a server.

        interview = SingleInterview(compile_network(network), policy, evidence)
        while (finding := interview.question) is not None:
            interview.answer(input(finding.question))
        interview.differential()

    Parameters
    ----------
    evidence : what is known at first, for one person; nothing if left out
    """

    def __init__(
        self,
        engine: Engine[Any],
        policy: Policy,
        evidence: Evidence | None = None,
        *,
        seed: int = 0,
        age_years: float | None = None,
    ) -> None:
        evidence = Evidence.empty(engine.network) if evidence is None else evidence
        if len(evidence) != 1:
            raise ValueError(f"a single interview is of one person; the evidence is of {len(evidence)}")
        self.network = engine.network
        self._interview = Interview(engine, policy)
        ages = None if age_years is None else np.array([age_years], np.float64)
        self._state = self._interview.init(evidence, np.array([seed % 2**64], np.uint64), ages)
        self._finding, self._asked = self._interview.ask(self._state)
        self.transcript: list[Exchange] = []

    @property
    def question(self) -> Finding | None:
        """The finding to ask for now; None once the interview has stopped."""
        return self.network.findings[self._finding[0]] if self._finding[0] >= 0 else None

    @property
    def stop_reason(self) -> StopReason:
        """Why the interview stopped, or that it has not."""
        return StopReason(int(self._asked.stop[0]))

    def answer(self, state: str | None) -> None:
        """The answer to :attr:`question`: one of the finding's states, None for "cannot say".

        Errors
        ------
        InputError
            Where the finding has no such state, or the interview has stopped.
        """
        finding = self.question
        if finding is None:
            raise InputError.single(
                "E-INTERVIEW-OVER", "interview", "an answer", expected=f"none: it stopped ({self.stop_reason.label})"
            )
        if state is not None and finding.state_index(state) < 0:
            raise InputError.single(
                "E-FINDING-STATE", f"interview › {finding.id}", f"the unknown state {state!r}",
                expected=" or ".join(finding.states), suggestions=nearest(state, finding.states), catalogue=71,
            )  # fmt: skip
        index = UNKNOWN if state is None else finding.state_index(state)
        self._state, _ = self._interview.step(self._state, self._finding, np.array([index], np.int8))
        self.transcript.append(
            Exchange(
                finding,
                state,
                float(self._asked.gain[0]),
                float(self._asked.p_present[0]),
                bool(self._asked.red_flag[0]),
                tuple((condition.id, probability) for condition, probability in self.differential(5)),
            )
        )
        self._finding, self._asked = self._interview.ask(self._state)

    def differential(self, n_leading: int | None = None) -> list[tuple[Condition, float]]:
        """The conditions with their probabilities, the most probable first."""
        posterior = self._state.posterior[0]
        order = np.argsort(-posterior, kind="stable")[:n_leading]
        return [(self.network.conditions[index], float(posterior[index])) for index in order]
