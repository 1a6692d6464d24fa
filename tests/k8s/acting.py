"""An operator and a queue that play a script: what they do to a job, step by step, while it is watched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from k8s.watch import Clock
from tests.k8s.api_server import ApiServer

RUNNING = {"jobDeploymentStatus": "Running", "jobStatus": "RUNNING"}
DONE = {"jobDeploymentStatus": "Complete", "jobStatus": "SUCCEEDED", "endTime": "2026-11-23T10:05:00Z"}
STARTING = {"jobDeploymentStatus": "Initializing", "startTime": "2026-11-23T10:00:00Z"}


def path_of(job: dict[str, Any]) -> str:
    return f"/apis/ray.io/v1/namespaces/{job['metadata']['namespace']}/rayjobs/{job['metadata']['name']}"


class Acting:
    """From the job's creation on, a thread plays ``steps`` (statuses, or calls), ``pause_s`` apart."""

    def __init__(self, server: ApiServer, path: str, steps: Sequence[Any], pause_s: float = 0.02) -> None:
        self.server, self.path, self.steps, self.pause_s = server, path, steps, pause_s
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> Acting:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join(5)

    def _play(self) -> None:
        while self.path not in self.server.objects:
            if self.stopped.wait(0.005):
                return
        for one in self.steps:
            if self.stopped.wait(self.pause_s):
                return
            if callable(one):
                one()
            elif self.path in self.server.objects:
                self.server.patch(self.path, one.get("status", one), **one.get("spec", {}))


class Ticking:
    """A clock whose seconds pass with looking at it and with sleeping, and not otherwise."""

    def __init__(self, tick_s: float = 0.0) -> None:
        self.time, self.tick_s = 0.0, tick_s
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def clock(self) -> Clock:
        return Clock(self._now, self._sleep)

    def _now(self) -> float:
        self.time += self.tick_s
        return self.time

    def _sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept.append(seconds)
        self.on_sleep()
