"""The same run is equal to the bit, whatever the processes, the hash seed and the shards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.validation import synthetic
from validation.runner import run
from validation.sharding import shards, stratified_order


def digest(tmp_path: Path, **given: object) -> str:
    seed = given.pop("hash_seed")
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    finished = subprocess.run(
        [sys.executable, "-m", "tests.validation.driver", str(tmp_path / f"{seed}-{'-'.join(options)}"), *options],
        env={**os.environ, "PYTHONHASHSEED": str(seed)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return finished.stdout.splitlines()[-1].split()[0]


@pytest.mark.slow
@pytest.mark.parametrize("structure", ["one_condition", "noisy_or"])
def test_results_are_equal_over_processes_hash_seeds_and_shard_sizes(tmp_path: Path, structure: str) -> None:
    # every worker count meets every shard size, and every one of ten hash seeds is met
    runs = [(1, 60), (2, 7), (4, 13), (1, 1), (2, 13), (4, 7), (1, 7), (2, 60), (4, 1), (1, 13)]
    digests = {
        digest(tmp_path, hash_seed=seed, workers=workers, shard_size=size, structure=structure)
        for seed, (workers, size) in enumerate(runs)
    }
    assert len(digests) == 1, digests


def test_the_order_of_the_cases_is_of_no_consequence(tmp_path: Path) -> None:
    network = synthetic.network()
    cards = synthetic.cards(network, 30)
    forward = run(network, cards, runs=tmp_path / "a", workers=1, shard_size=8)
    backward = run(network, cards[::-1], runs=tmp_path / "b", workers=1, shard_size=30)
    assert forward.manifest.results_sha256 == backward.manifest.results_sha256
    assert forward.manifest.plan.key == backward.manifest.plan.key
    assert forward.manifest.metrics == backward.manifest.metrics


def test_every_beginning_of_the_order_is_a_fair_sample() -> None:
    cards = synthetic.cards(synthetic.network(4, 8), 400)
    order = stratified_order(cards, seed=3)
    assert sorted(order) == list(range(400))
    for n in (40, 100, 200):
        shares = [sum(cards[row].expected.condition == f"c{c:02d}" for row in order[:n]) for c in range(4)]
        assert all(abs(share - n / 4) <= 3 for share in shares), shares
    assert order != stratified_order(cards, seed=4)


def test_shards_hold_every_case_once() -> None:
    cards = synthetic.cards(synthetic.network(), 50)
    for size in (1, 7, 50, None):
        cut = shards(cards, 1, workers=2, size=size)
        assert sorted(card.id for shard in cut for card in shard) == sorted(card.id for card in cards)
