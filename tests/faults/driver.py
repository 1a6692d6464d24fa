"""A run on Ray in a process of its own: python -m tests.faults.driver RUNS …

Prints the cases finished as they are, then the result digest, the status and what was done twice.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.validation import synthetic
from validation.cli.run import exit_code
from validation.deadline import Deadline, stopped_by_signals
from validation.executors import Executor
from validation.executors.local import LocalExecutor
from validation.executors.ray import RayExecutor
from validation.runner import run

N_CASES, SHARD = 1200, 40


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs")
    parser.add_argument("--executor", default="ray")
    parser.add_argument("--address", default="local")
    parser.add_argument("--budget", type=float)
    parser.add_argument("--cases", type=int, default=N_CASES)
    given = parser.parse_args()
    network = synthetic.network(100, 200, structure="noisy_or")
    executor: Executor = LocalExecutor(1)
    if given.executor == "ray":
        executor = RayExecutor(2, given.address, shard_s=None)
    deadline = Deadline(given.budget)
    with stopped_by_signals(deadline):
        result = run(
            network,
            synthetic.cards(network, given.cases),
            runs=given.runs if "://" in given.runs else Path(given.runs),
            executor=executor,
            shard_size=SHARD,
            deadline=deadline,
            progress=lambda done, total: print(f"{done} of {total}", flush=True),
        )
    retries = result.manifest.retries
    counts = (retries[name] for name in ("resumed_cases", "worker_deaths", "redone_cases"))
    print(result.manifest.results_sha256, result.manifest.status, *counts)
    return exit_code(result)


if __name__ == "__main__":
    raise SystemExit(main())
