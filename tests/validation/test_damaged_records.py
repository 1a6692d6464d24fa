"""Records that are damaged, missing or of another command: clear errors, and nothing is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from cases.case_set import CaseSet
from model.policy.config import DEFAULT_POLICY
from tests.validation.shell import clinval
from tests.validation.test_store_faults import CARDS, NETWORK, cut, play, stop_after
from validation.planning import Candidate
from validation.results import Run
from validation.runner import run
from validation.store import files
from validation.store.files import StoreError
from validation.verification import verify


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return play(tmp_path_factory.mktemp("runs"))


def garbage(_: bytes) -> bytes:
    return b"\xff\x00 not JSON"


def empty(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [cut, garbage, empty])
def test_a_damaged_manifest_is_set_aside_and_the_shards_count(tmp_path: Path, faultless: Run, damage: Any) -> None:
    first = play(tmp_path)
    manifest = first.path / "manifest.json"
    manifest.write_bytes(damage(manifest.read_bytes()))
    with pytest.raises(StoreError, match=r"E-MANIFEST.*manifest\.json.*the same `clinval run`"):
        Run.open(tmp_path)
    assert [problem.code for problem in verify(first.path)] == ["E-VERIFY-MANIFEST"]
    again = play(tmp_path)
    assert (again.reused, again.manifest.retries["resumed_cases"]) == (False, 24)
    assert again.manifest.results_sha256 == faultless.manifest.results_sha256
    assert not verify(again.path)
    assert (again.path / "quarantine" / "manifest.json").exists()


def test_an_edited_manifest_is_not_reused(tmp_path: Path) -> None:
    first = play(tmp_path)
    manifest = first.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"n_finished": 24', '"n_finished": 25'))
    again = play(tmp_path)
    assert (again.reused, again.manifest.n_finished) == (False, 24)


def test_fresh_beside_a_damaged_manifest_computes_everything(tmp_path: Path) -> None:
    first = play(tmp_path)
    (first.path / "manifest.json").write_bytes(b"")
    again = play(tmp_path, fresh=True)
    assert (again.path.name, again.manifest.retries["resumed_cases"]) == (f"{first.path.name}-2", 0)


@pytest.mark.parametrize("damage", [cut, garbage, empty])
def test_the_record_of_an_interrupted_run_may_be_damaged(tmp_path: Path, faultless: Run, damage: Any) -> None:
    deadline, progress = stop_after(12)
    partial = play(tmp_path, deadline=deadline, progress=progress)
    record = partial.path / "partial.json"
    record.write_bytes(damage(record.read_bytes()))
    assert [problem.code for problem in verify(partial.path)] == ["E-VERIFY-MANIFEST"]
    whole = play(tmp_path)
    assert whole.manifest.retries["resumed_cases"] == 12
    assert whole.manifest.results_sha256 == faultless.manifest.results_sha256


@pytest.mark.parametrize("name", ["model.json", "cases.parquet"])
@pytest.mark.parametrize("damage", [cut, garbage, empty])
def test_a_damaged_description_is_a_clear_error_and_written_again(tmp_path: Path, name: str, damage: Any) -> None:
    first = play(tmp_path)
    (first.path / name).write_bytes(damage((first.path / name).read_bytes()))
    opened = Run.open(tmp_path)
    with pytest.raises(StoreError, match=rf"E-STORE.*{name}"):
        _ = (opened.vocabulary, opened.cards)
    assert [problem.code for problem in verify(tmp_path)] == ["E-VERIFY-HASH"]
    assert not verify(play(tmp_path).path)


def test_a_missing_shard_is_a_clear_error(tmp_path: Path) -> None:
    first = play(tmp_path)
    (first.directory.shards / first.manifest.shards[0].name).unlink()
    with pytest.raises(StoreError, match="it is not there; the same `clinval run` command computes again"):
        Run.open(tmp_path).row("c00-0000")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"../elsewhere\n", b"a\0b"])
def test_a_damaged_latest_is_a_clear_error_and_written_again(tmp_path: Path, content: bytes) -> None:
    first = play(tmp_path)
    (tmp_path / "latest").write_bytes(content)
    for read in (Run.open, verify):
        with pytest.raises(StoreError, match="E-LATEST"):
            read(tmp_path)
    play(tmp_path)
    assert Run.open(tmp_path).path == first.path


def test_a_finished_run_can_be_reused_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = play(tmp_path)

    def refuse(*_: object) -> Path:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files, "_write_temporary", refuse)
    again = play(tmp_path, not_replayed={"not selected": 3})
    assert again.reused
    assert again.manifest.results_sha256 == first.manifest.results_sha256


def test_a_reused_run_is_the_record_of_the_command_that_asked(tmp_path: Path) -> None:
    def as_from(path: str) -> Candidate:
        return Candidate(NETWORK, DEFAULT_POLICY, path)

    first = run(as_from("here"), CARDS, runs=tmp_path, workers=1)
    cases = CaseSet(tuple(CARDS), name="elsewhere", path=Path("elsewhere.jsonl"))
    again = run(as_from("there"), cases, runs=tmp_path, workers=1, not_replayed={"not selected": 3})
    assert again.reused
    for asked in (again, Run.open(tmp_path)):
        plan = asked.manifest.plan
        assert (plan.network.path, plan.cases.name, plan.cases.path) == ("there", "elsewhere", "elsewhere.jsonl")
        assert plan.not_replayed == asked.manifest.exclusions == {"not selected": 3}
    assert again.directory.read_manifest() == first.manifest  # the record itself never changes
    assert not verify(tmp_path)
    assert run(as_from("here"), CARDS, runs=tmp_path, workers=1).manifest == first.manifest
    assert Run.open(tmp_path).manifest == first.manifest


@pytest.mark.parametrize("change", [lambda _: b"garbage", lambda text: text.replace(b'"digest": "', b'"digest": "0')])
def test_an_invocation_that_is_damaged_or_of_another_run_counts_for_nothing(tmp_path: Path, change: Any) -> None:
    first = play(tmp_path)
    play(tmp_path, not_replayed={"not selected": 3})
    note = first.path / "invocation.json"
    note.write_bytes(change(note.read_bytes()))
    assert Run.open(tmp_path).manifest == first.manifest


@pytest.mark.parametrize("verb", [("show", "c00-0000"), ("verify", "runs")])
def test_a_damaged_manifest_has_no_traceback(tmp_path: Path, verb: tuple[str, ...]) -> None:
    (play(tmp_path / "runs").path / "manifest.json").write_bytes(b"{")
    told = clinval(*verb, cwd=tmp_path)
    assert told.returncode == 3
    assert "E-MANIFEST" in told.stdout + told.stderr
    assert "Traceback" not in told.stderr
