"""The loop around :mod:`k8s.status`: watch, look again when that ends, and never past the clock.

A watch may end at any moment: by the server's own limit, with 410 where the version is too old, or with
the connection.  Each time the job is looked at afresh, which loses nothing: only the last status counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import names
from .client import FORBIDDEN, GONE, NOT_FOUND, UNAUTHORIZED, ApiError, Cluster
from .status import Observation, State, step

WATCH_S = 60.0
"""One watch at the longest: what a proxy cut off without a word is noticed then."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
SETTLING_S = 120.0
"""A server that has just started knows neither its roles nor its custom kinds yet: it refuses (401, 403), or has never
heard of (404), what it allowed before.  So long it may."""


@dataclass(frozen=True)
class Clock:
    """Seconds that only ever go on, and waiting; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Job:
    """One RayJob in one cluster."""

    cluster: Cluster
    namespace: str
    name: str

    def look(self) -> dict[str, Any]:
        """As it stands now."""
        return self.cluster.get(names.API, names.KIND, self.namespace, self.name)

    def delete(self, uid: str) -> bool:
        """Whether there was this very job."""
        return self.cluster.delete(names.API, names.KIND, self.namespace, self.name, uid)

    def is_absent(self, error: ApiError) -> bool:
        """Whether the server says that there is no such job, and not that it knows no jobs at all."""
        return error.status == NOT_FOUND and f'"{self.name}" not found' in error.message


class Patience:
    """With a server that answered before: which of its errors another look may outlast."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._answered_s = clock, clock.now()

    def answered(self) -> None:
        """It has just said how the job stands."""
        self._answered_s = self._clock.now()

    def outlasts(self, error: ApiError) -> bool:
        """Whether ``error`` is a passing one."""
        settles = error.status in (UNAUTHORIZED, FORBIDDEN, NOT_FOUND)
        if settles:
            return self._clock.now() - self._answered_s < SETTLING_S
        return error.is_passing or error.status == GONE


def follow(job: Job, state: State, until: float, tell: Callable[[State], None], clock: Clock) -> State:
    """The job's end, or where it stood at ``until`` (of ``clock``); ``tell`` hears every change.

    Raises
    ------
    ApiError
        The cluster refuses to be asked; that it does not answer is waited out.
    """
    for seen in looks(job, state.uid, until, clock):
        after = step(state, seen)
        if after != state:
            tell(after)
        state = after
        if state.phase.is_end:
            break
    return state


def looks(job: Job, uid: str, until: float, clock: Clock) -> Iterator[Observation]:
    """Everything that is seen of a job, duplicates included, until ``until`` or until it is not there."""
    failures, patience = 0, Patience(clock)
    while clock.now() < until:
        try:
            there = job.look()
            patience.answered()
            yield Observation.of(there)
            failures = 0
            version = there["metadata"]["resourceVersion"]
            longest = min(WATCH_S, max(1.0, until - clock.now()))
            for kind, event in job.cluster.watch(names.API, names.KIND, job.namespace, job.name, version, longest):
                patience.answered()
                yield Observation.of(event, deleted=kind == "DELETED")
                if clock.now() >= until:
                    return
        except ApiError as error:
            if job.is_absent(error):
                yield Observation(uid=uid, deleted=True)
                return
            if not patience.outlasts(error):
                raise
            failures += 1
            pause = min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_S)
            clock.sleep(max(0.0, min(pause, until - clock.now())))
