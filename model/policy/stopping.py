"""When an interview has asked enough: pure functions over a batch of interviews."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .config import StoppingConfig

if TYPE_CHECKING:  # a network reads its policy, and the protocol its network
    from ..inference.protocol import BoolArray, FloatArray, IntArray


class StopReason(IntEnum):
    """Why no question is asked; a batch holds them as an int8 array."""

    GOING_ON = 0
    """It has not stopped."""
    THRESHOLD = 1
    """The leading condition is probable enough."""
    LOW_GAIN = 2
    """No question promises enough information."""
    MAX_QUESTIONS = 3
    """The questions ran out."""
    NOTHING_LEFT = 4
    """Every finding that applies to this person is known or was asked."""
    IMPOSSIBLE_EVIDENCE = 5
    """The network gives the evidence probability zero: there is no posterior to go on with."""

    @property
    def label(self) -> str:
        return self.name.lower()


def stop_on_posterior(
    stopping: StoppingConfig, posterior: FloatArray, n_asked: IntArray, held_open: BoolArray
) -> NDArray[np.int8]:
    """The stop reasons that need no scores, ``GOING_ON`` elsewhere; the first that holds of:
    impossible evidence, most questions, threshold.

    Parameters
    ----------
    posterior : (B, C); a row of zeros where the evidence is impossible
    n_asked : (B,) questions asked so far
    held_open : (B,) interviews with a red flag still to ask, which a threshold does not end
    """
    leading = posterior.max(axis=1, initial=0.0)
    stop = np.full(len(posterior), StopReason.GOING_ON, np.int8)
    if stopping.posterior_threshold is not None:
        sure = (leading >= stopping.posterior_threshold) & (n_asked >= stopping.min_questions) & ~held_open
        stop[sure] = StopReason.THRESHOLD
    stop[n_asked >= stopping.max_questions] = StopReason.MAX_QUESTIONS
    stop[leading == 0.0] = StopReason.IMPOSSIBLE_EVIDENCE
    return stop


def stop_on_gain(
    stopping: StoppingConfig, best_gain: FloatArray, n_asked: IntArray, held_open: BoolArray
) -> NDArray[np.int8]:
    """``LOW_GAIN`` where the most informative question falls below the limit, else ``GOING_ON``.

    ``best_gain`` (B,) is in nats, over the questions that the policy weighed.
    """
    low = (best_gain < stopping.min_gain) & (n_asked >= stopping.min_questions) & ~held_open
    return np.where(low, np.int8(StopReason.LOW_GAIN), np.int8(StopReason.GOING_ON))
