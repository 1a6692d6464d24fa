"""Faults of disk and directory: I1 one result a case, I2 equal results, I3 otherwise incomplete."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from model.errors import InputError
from tests.validation import synthetic
from validation.deadline import Deadline
from validation.replay import ReplayOptions
from validation.results import Run
from validation.runner import run
from validation.store import files
from validation.store.directory import RunDirectory
from validation.store.files import DeterminismAlarm, StoreError, commit_new, replace_file
from validation.verification import verify

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 24)


def play(runs: Path, **given: Any) -> Run:
    return run(NETWORK, CARDS, **{"runs": runs, "workers": 1, "shard_size": 6, **given})


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return play(tmp_path_factory.mktemp("runs"))


def test_a_finished_run_is_not_computed_twice(tmp_path: Path) -> None:
    first = play(tmp_path)
    second = play(tmp_path, shard_size=24, workers=2)
    assert (first.reused, second.reused) == (False, True)
    assert second.path == first.path
    assert second.manifest == first.manifest


def test_fresh_computes_again_beside_it(tmp_path: Path) -> None:
    first, second = play(tmp_path), play(tmp_path, fresh=True)
    assert not second.reused
    assert second.path.name == f"{first.path.name}-2"
    assert second.manifest.results_sha256 == first.manifest.results_sha256


def test_another_option_is_another_run(tmp_path: Path) -> None:
    first, second = play(tmp_path), play(tmp_path, options=ReplayOptions(unlisted="unknown"))
    assert first.path != second.path
    assert first.manifest.results_sha256 != second.manifest.results_sha256


def stop_after(n_cases: int) -> tuple[Deadline, Any]:
    deadline = Deadline()

    def progress(done: int, _: int) -> None:
        if done >= n_cases:
            deadline.cancel("interrupted")

    return deadline, progress


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, faultless: Run) -> None:
    deadline, progress = stop_after(12)
    partial = play(tmp_path, deadline=deadline, progress=progress)
    assert (partial.is_complete, partial.manifest.n_finished, partial.manifest.reason) == (False, 12, "interrupted")
    assert partial.manifest.exclusions == {"interrupted": 12}
    assert partial.metrics()["top_1"].n == 12
    assert not verify(partial.path)
    whole = play(tmp_path, shard_size=5)
    assert whole.is_complete
    assert whole.manifest.retries["resumed_cases"] == 12
    assert whole.manifest.results_sha256 == faultless.manifest.results_sha256
    assert whole.manifest.metrics == faultless.manifest.metrics
    assert not (whole.path / "partial.json").exists()


def test_no_time_at_all_is_incomplete(tmp_path: Path) -> None:
    result = play(tmp_path, deadline=Deadline(0.0))
    assert (result.is_complete, result.manifest.n_finished, result.manifest.reason) == (False, 0, "out of time")
    assert Run.open(result.path).table.num_rows == 0


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    return data[:200] + bytes([data[200] ^ 4]) + data[201:]


@pytest.mark.parametrize("damage", [cut, flip])
def test_a_damaged_shard_is_quarantined_and_recomputed(tmp_path: Path, faultless: Run, damage: Any) -> None:
    first = play(tmp_path)
    shard = first.directory.shards / first.manifest.shards[1].name
    shard.write_bytes(damage(shard.read_bytes()))
    assert [problem.code for problem in verify(first.path)] == ["E-VERIFY-HASH"]
    again = play(tmp_path)
    assert not again.reused
    assert again.manifest.retries["quarantined_shards"] == 1
    assert again.manifest.results_sha256 == faultless.manifest.results_sha256
    assert not verify(again.path)
    assert (again.path / "quarantine" / shard.name).exists()


def test_two_writers_one_wins_and_the_other_says_so(tmp_path: Path, faultless: Run) -> None:
    directory = RunDirectory(tmp_path / faultless.manifest.plan.key)
    directory.lock()
    with pytest.raises(StoreError, match="another process is writing this very run"):
        play(tmp_path)
    directory.unlock()
    assert play(tmp_path).is_complete


def test_a_file_in_the_way_is_reported(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("not a directory")
    with pytest.raises(StoreError, match="E-STORE"):
        play(tmp_path / "runs")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full.*what is finished is kept"),
        (errno.EROFS, "read-only; choose another place"),
        (errno.EACCES, "no permission to write"),
    ],
)
def test_a_disk_that_refuses_is_found_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def refuse(*_: object) -> Path:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files, "_write_temporary", refuse)
    monkeypatch.setattr("validation.runner.LocalExecutor.run", lambda *_: pytest.fail("work was done"))
    with pytest.raises(StoreError, match=words) as caught:
        play(tmp_path)
    assert caught.value.exit_code == 3


def test_too_little_room_is_found_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr("validation.store.files.shutil.disk_usage", lambda _: usage)
    with pytest.raises(StoreError, match="MiB are free and this run needs about"):
        play(tmp_path)


def test_the_nth_write_fails_for_every_n(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faultless: Run) -> None:
    write, n_failures = files._write_temporary, 0
    for n in range(1, 40):
        countdown = iter(range(n, -1, -1))

        def failing(path: Path, data: bytes, countdown: Any = countdown) -> Path:
            if next(countdown, 1) == 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(path, data)

        runs = tmp_path / str(n)
        monkeypatch.setattr(files, "_write_temporary", failing)
        try:
            play(runs)
        except StoreError:
            n_failures += 1
        else:
            break
        finally:
            monkeypatch.setattr(files, "_write_temporary", write)
        whole = play(runs)
        assert whole.manifest.results_sha256 == faultless.manifest.results_sha256
        assert not verify(whole.path)
        assert not list(runs.rglob(".tmp-*"))
    else:
        pytest.fail("a write never succeeded")
    assert n_failures >= 9  # preflight, plan, cases, model, four shards, manifest


def test_a_commit_is_whole_or_not_there_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "a"
    commit_new(path, b"one")
    commit_new(path, b"one")  # the same again: ignored
    with pytest.raises(DeterminismAlarm, match="the result differs"):
        commit_new(path, b"two")
    assert path.read_bytes() == b"one"
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_opening_what_is_no_run_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"E-NO-RUN.*nothing there.*clinval run"):
        Run.open(tmp_path / "nowhere")
