"""A run in a process of its own, for tests that kill it: python -m tests.validation.driver RUNS …

Prints the result digest and, as shards are committed, the number of finished cases.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.validation import synthetic
from validation.cli.run import exit_code
from validation.deadline import Deadline, stopped_by_signals
from validation.runner import run

N_CASES = 60


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--shard-size", type=int, default=10)
    parser.add_argument("--conditions", type=int, default=8)
    parser.add_argument("--cases", type=int, default=N_CASES)
    parser.add_argument("--structure", default="one_condition")
    given = parser.parse_args()
    network = synthetic.network(given.conditions, 14 if given.conditions < 20 else 120, structure=given.structure)
    deadline = Deadline()
    with stopped_by_signals(deadline):
        result = run(
            network,
            synthetic.cards(network, given.cases),
            runs=given.runs,
            workers=given.workers,
            shard_size=given.shard_size,
            deadline=deadline,
            progress=lambda done, total: print(f"{done} of {total}", flush=True),
        )
    print(result.manifest.results_sha256, result.manifest.status, result.manifest.retries["resumed_cases"])
    return exit_code(result)


if __name__ == "__main__":
    raise SystemExit(main())
