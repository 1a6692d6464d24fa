"""What Ray's workers bring home and the disk does to it: full, cut, flipped, twice, two writers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.validation import synthetic
from validation.executors.ray import RayExecutor
from validation.results import Run
from validation.runner import run
from validation.store.directory import RunDirectory
from validation.store.files import StoreError
from validation.verification import verify

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_here")]

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 200)


def play(runs: Path, **given: Any) -> Run:
    executor = RayExecutor(2, shard_s=None)
    return run(NETWORK, CARDS, **{"runs": runs, "executor": executor, "shard_size": 20, **given})


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(NETWORK, CARDS, runs=tmp_path_factory.mktemp("runs"), workers=1)


def is_whole(result: Run, faultless: Run) -> bool:
    """I1 and I2."""
    assert not verify(result.path)
    assert sorted(result.table["case_id"].to_pylist()) == sorted(card.id for card in CARDS)
    return result.manifest.results_sha256 == faultless.manifest.results_sha256


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a file system can be mounted only by root, and not in every container")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_fills_up_stops_it_and_it_goes_on_when_there_is_room(small_disk: Path, faultless: Run) -> None:
    ballast = small_disk / "ballast"

    def fill(done: int, _: int) -> None:
        if done >= 60 and not ballast.exists():
            with suppress(OSError), ballast.open("wb", buffering=0) as file:  # until no space is left
                while True:
                    file.write(bytes(4096))

    with pytest.raises(StoreError, match=r"the disk is full; free some space and run the same command again"):
        play(small_disk / "runs", progress=fill)
    (directory,) = (path for path in (small_disk / "runs").iterdir() if path.is_dir())
    assert not (directory / "manifest.json").exists(), "I3: nothing that could be taken for a pass"
    committed = 20 * len(list((directory / "shards").glob("*.parquet")))
    ballast.unlink()
    again = play(small_disk / "runs")
    assert is_whole(again, faultless)
    kept = again.manifest.retries["resumed_cases"]
    assert kept == committed >= 60, "what is committed is not played again"


@pytest.mark.parametrize("damage", [lambda d: d[: len(d) // 2], lambda d: d[:200] + bytes([d[200] ^ 4]) + d[201:]])
def test_a_damaged_shard_alone_is_played_again(
    tmp_path: Path, faultless: Run, damage: Callable[[bytes], bytes]
) -> None:
    first = play(tmp_path)
    shard = first.directory.shards / first.manifest.shards[1].name
    shard.write_bytes(damage(shard.read_bytes()))
    again = play(tmp_path)
    assert is_whole(again, faultless)
    assert again.manifest.retries["quarantined_shards"] == 1
    assert again.manifest.retries["resumed_cases"] == 180


def test_shards_committed_twice_by_runs_of_different_cut_are_one_result(tmp_path: Path, faultless: Run) -> None:
    assert is_whole(play(tmp_path), faultless)
    assert is_whole(play(tmp_path, fresh=True, shard_size=7), faultless)  # unequal would be the alarm


def test_two_writers_one_wins_and_the_other_says_so(tmp_path: Path, faultless: Run) -> None:
    directory = RunDirectory(tmp_path / faultless.manifest.plan.key)
    directory.lock()
    with pytest.raises(StoreError, match="another process is writing this very run"):
        play(tmp_path)
    directory.unlock()
    assert is_whole(play(tmp_path), faultless)
