"""The main job at size: synthetic cases replayed by two processes through ``validation.run``."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from model.policy.config import INFORMATION_GAIN, Policy, PolicyConfig, StoppingConfig

from ..executors.local import LocalExecutor
from ..runner import run
from .synthetic import cards, network, patients

WORKERS = 2
_SAMPLE_S = 0.1


@dataclass(frozen=True)
class Replay:
    n_cases: int
    n_questions: float
    """Asked, mean a case."""
    replay_s: float
    whole_s: float
    """With checking the cases, committing the shards and scoring."""
    peak_bytes: int
    """Of this process and all its descendants together; shared pages are counted once."""

    @property
    def cases_a_second(self) -> float:
        return self.n_cases / self.replay_s


def replay(
    n_conditions: int, n_findings: int, n_cases: int, n_questions: int, at_least: int = 8, at_most: int = 10
) -> Replay:
    """Exactly ``n_questions`` a case, patients with ``at_least`` to ``at_most`` findings present."""
    net = network(n_conditions, n_findings)
    case_cards = cards(net, *patients(net, n_cases, at_least=at_least, at_most=at_most))
    policy = Policy(
        PolicyConfig(kind=INFORMATION_GAIN),
        StoppingConfig(posterior_threshold=None, min_gain=0.0, min_questions=n_questions, max_questions=n_questions),
    )
    with tempfile.TemporaryDirectory() as runs, _Memory() as memory:
        begin = time.perf_counter()
        done = run(net, case_cards, policy=policy, executor=LocalExecutor(WORKERS), runs=Path(runs))
        whole_s = time.perf_counter() - begin
        asked = float(done.to_pandas()["n_questions"].mean())
        replay_s = float(done.manifest.timings_s["replay"])
    return Replay(n_cases, asked, replay_s, whole_s, memory.peak)


class _Memory(threading.Thread):
    """Samples the memory of the process tree until told to stop (Linux)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._over = threading.Event()

    def __enter__(self) -> _Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(_SAMPLE_S):
            self.peak = max(self.peak, sum(_proportional_bytes(pid) for pid in _tree(os.getpid())))


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended meanwhile
                continue
            children.setdefault(parent, []).append(int(entry.name))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


def _proportional_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
