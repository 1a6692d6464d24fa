"""What each worker is doing, for whoever watches a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple


class Doing(StrEnum):
    """What a worker is doing, in a word."""

    STARTING = "starting"
    """Waiting for a place on the cluster, or compiling the model."""
    PLAYING = "playing"
    IDLE = "idle"
    AWAY = "away"
    """Its process died or cannot be reached; it is asked again and again."""
    SILENT = "silent"
    """It has had its shard for much too long, and another has been given a copy."""


class WorkerStatus(NamedTuple):
    """One worker, at one moment."""

    number: int
    node: str
    """Of the cluster, its first eight characters; empty until the worker has started."""
    pid: int
    doing: Doing
    for_s: float
    """How long it has been doing that, in seconds."""
    cases_in_hand: int
    cases_done: int
    shards_done: int
    starts: int
    """Of its process: one, and one for each death."""


Watcher = Callable[[Sequence[WorkerStatus]], None]
"""Called now and then, and once at the end."""
