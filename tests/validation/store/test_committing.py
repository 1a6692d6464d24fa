"""Shards committed many at once: all of them, none after an error, and never more than may wait."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.validation import synthetic
from validation.executors.local import LocalExecutor
from validation.results import Run
from validation.runner import run
from validation.store.committing import IN_HAND, Committer
from validation.store.directory import RunDirectory, ShardFile
from validation.store.files import DeterminismAlarm, StoreError
from validation.verification import verify


class Slow(RunDirectory):
    """Every commit waits until it is let go, as an object store far away."""

    def __init__(self, path: Path, at_once: int = 3) -> None:
        super().__init__(path)
        self.at_once = at_once
        self.shards.mkdir(parents=True)
        self.let_go = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.fails_at = b""

    def commit_shard(self, data: bytes, case_ids: Sequence[str]) -> ShardFile:
        self.begun.release()
        self.let_go.acquire()
        if data == self.fails_at:
            raise StoreError("E-STORE  the network is down")
        return super().commit_shard(data, case_ids)


def commit(directory: RunDirectory, n: int) -> list[ShardFile]:
    """Shards ``0`` to ``n - 1``."""
    with Committer(directory) as committer:
        found = [shard for k in range(n) for shard in committer.commit(str(k).encode(), [f"c{k}"])]
        return [*found, *committer.rest()]


def test_several_are_on_their_way_at_once_and_all_of_them_arrive(tmp_path: Path) -> None:
    directory = Slow(tmp_path)
    with Committer(directory) as committer:
        given = [(bytes([n]), [f"c{n}"]) for n in range(8)]
        at_first = [shard for data, ids in given for shard in committer.commit(data, ids)]
        assert at_first == [], "nothing was waited for"
        for _ in range(3):
            assert directory.begun.acquire(timeout=10), "three of them have begun while none is finished"
        directory.let_go.release(8)
        found = list(committer.rest())
    assert sorted(shard.case_ids for shard in found) == [(f"c{n}",) for n in range(8)]
    assert {path.name for path in directory.shards.iterdir()} == {shard.name for shard in found}


def test_who_brings_more_than_may_wait_waits(tmp_path: Path) -> None:
    directory = Slow(tmp_path, at_once=2)
    with Committer(directory) as committer:
        for n in range(2 * IN_HAND - 1):
            assert list(committer.commit(bytes([n]), [f"c{n}"])) == []
        directory.let_go.release(1)
        assert len(list(committer.commit(b"last", ["last"]))) == 1
        directory.let_go.release(99)
        assert len(list(committer.rest())) == 2 * IN_HAND - 1


def test_one_that_fails_stops_it_and_nothing_is_written_afterwards(tmp_path: Path) -> None:
    directory = Slow(tmp_path, at_once=2)
    directory.fails_at = b"1"
    directory.let_go.release(3)  # one more than it takes to fail; the others may begin, and wait
    threading.Timer(0.5, directory.let_go.release, [99]).start()
    with pytest.raises(StoreError, match="the network is down"):
        commit(directory, 8)
    written = sorted(path.name for path in directory.shards.iterdir())
    assert 1 <= len(written) < 7, "what was waiting is dropped"
    assert not any(thread.name.startswith("clinval-commit") for thread in threading.enumerate())


def test_two_contents_of_one_name_are_the_alarm_also_at_once(tmp_path: Path) -> None:
    directory = Slow(tmp_path)
    directory.let_go.release(99)
    (first,) = commit(directory, 1)
    (directory.shards / first.name).write_bytes(b"another content")
    with pytest.raises(DeterminismAlarm):
        commit(directory, 1)


def test_a_run_whose_commits_are_many_at_once_is_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = synthetic.network()
    cards = synthetic.cards(network, 24)

    def play(place: str) -> tuple[Run, list[int]]:
        told: list[int] = []
        executor = LocalExecutor(1)
        made = run(
            network, cards, runs=tmp_path / place, executor=executor, shard_size=2,
            progress=lambda done, _: told.append(done),
        )  # fmt: skip
        return made, told

    one, told = play("one")
    monkeypatch.setattr(RunDirectory, "at_once", 4)
    several, told_of_several = play("several")
    assert told_of_several == told == list(range(0, 25, 2))
    assert several.manifest.results_sha256 == one.manifest.results_sha256
    assert several.manifest.shards == one.manifest.shards
    assert not verify(several.path)
