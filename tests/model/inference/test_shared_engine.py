"""One engine for all: whoever asks at the same time gets the answer to their own question."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.inference.evidence import evidence_from_states
from model.inference.noisy_or import NoisyOrEngine, NoisyOrState, Results
from model.network import ClinicalNetwork, Condition, Finding, Link, Triage


class Interrupted(NoisyOrEngine):
    """An engine of which another thread asks something else after what is remembered has been read so many times."""

    other: NoisyOrState | None = None
    reads_left = 0

    @property
    def _last(self) -> tuple[NoisyOrState, Results] | None:
        read: tuple[NoisyOrState, Results] | None = self.__dict__.get("remembered")
        self.reads_left -= 1
        if self.other is not None and self.reads_left == 0:
            self.__dict__["remembered"] = (self.other, self.run(self.other))
        return read

    @_last.setter
    def _last(self, value: tuple[NoisyOrState, Results] | None) -> None:
        self.__dict__["remembered"] = value


@pytest.mark.parametrize("reads", [1, 2, 3])
@pytest.mark.parametrize("method", ["posterior", "explaining", "log_evidence"])
def test_a_question_of_another_thread_does_not_answer_mine(method: str, reads: int) -> None:
    condition = Condition("flu", "Flu", Triage.ROUTINE, prevalence=((0.1,), (0.1,)), links={"fever": Link((0.2, 0.8))})
    fever = Finding("fever", "Fever", "Do you have a fever?")
    network = ClinicalNetwork("one", (condition,), (fever,), (), age_bands=((0.0, 150.0),))

    def state_of(engine: NoisyOrEngine, said: str) -> NoisyOrState:
        return engine.init(evidence_from_states(network, [{"fever": said}], [{}], [30.0], ["female"]))

    def ask(engine: NoisyOrEngine, state: NoisyOrState) -> Any:
        return getattr(engine, method)(state)

    quiet, engine = NoisyOrEngine(network), Interrupted(network)
    mine = state_of(engine, "present")
    alone = ask(quiet, state_of(quiet, "present"))
    assert np.array_equal(ask(engine, mine), alone)
    engine.other, engine.reads_left = state_of(engine, "absent"), reads
    assert np.array_equal(ask(engine, mine), alone), "remembered, and then asked for by somebody else"
    assert not np.array_equal(ask(quiet, state_of(quiet, "absent")), alone)
