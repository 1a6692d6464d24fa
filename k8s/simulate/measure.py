"""Measure what the simulation is reckoned with: ``python -m k8s.simulate.measure`` prints the lines for constants.toml.

Seconds of processor time, not of the wall clock: they mean the same on a busy machine.  Cases are synthetic,
300 conditions × 1,000 findings, 8 to 10 findings present, 20 questions a case, as in ``make bench``.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from model.policy.config import INFORMATION_GAIN, Policy, PolicyConfig, StoppingConfig
from validation.bench.synthetic import cards, network, patients
from validation.executors.local import LocalExecutor
from validation.executors.ray import RayExecutor
from validation.runner import run

N_CASES, N_QUESTIONS = 1000, 20
START = (
    "import ray, validation.executors.ray.actor, validation.replay\n"
    "from validation.bench.synthetic import network\n"
    "from model.inference.compile import compile_network\n"
    "compile_network(network(300, 1000))\n"
)


def main() -> None:
    """Print the measured constants."""
    net = network(300, 1000)
    case_cards = cards(net, *patients(net, N_CASES, at_least=8, at_most=10))
    policy = Policy(
        PolicyConfig(kind=INFORMATION_GAIN),
        StoppingConfig(posterior_threshold=None, min_gain=0.0, min_questions=N_QUESTIONS, max_questions=N_QUESTIONS),
    )
    with tempfile.TemporaryDirectory() as runs:
        begin = time.process_time()
        done = run(net, case_cards, policy=policy, executor=LocalExecutor(1), runs=Path(runs) / "local")
        spent_s = time.process_time() - begin
        whole_s = sum(done.manifest.timings_s.values())
        print(f"case_s = {spent_s * done.manifest.timings_s['replay'] / whole_s / N_CASES:.5f}")

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", START], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"worker_start_s = {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.2f}")

        # The driver's own work, with many shards and with few: the difference is what a shard costs it.
        os.environ.setdefault("RAY_AUTH_MODE", "disabled")
        driver_s, n_shards = [], []
        for shard_s in (0.02, 3.0):
            begin = time.process_time()
            done = run(
                net, case_cards, policy=policy, executor=RayExecutor(2, shard_s=shard_s), runs=Path(runs) / str(shard_s)
            )
            driver_s.append(time.process_time() - begin)
            n_shards.append(len(done.manifest.shards))
        print(f"driver_shard_s = {(driver_s[0] - driver_s[1]) / (n_shards[0] - n_shards[1]):.5f}  # {n_shards} shards")


if __name__ == "__main__":
    main()
