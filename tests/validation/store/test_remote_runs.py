"""Runs at an address, against a server that speaks S3 over HTTP: the same results, the same promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from model.errors import InputError
from tests.validation import synthetic
from validation.addresses import address_of
from validation.deadline import Deadline
from validation.results import Run
from validation.runner import run
from validation.store import lease
from validation.store.files import StoreError
from validation.store.lease import Lease
from validation.store.objects import Objects
from validation.store.places import cache_of, place_of
from validation.store.remote import RemoteRunDirectory
from validation.verification import verify

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 24)


def play(runs: str | Path, **given: Any) -> Run:
    return run(NETWORK, CARDS, **{"runs": runs, "workers": 1, "shard_size": 6, **given})


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return play(tmp_path_factory.mktemp("runs"))


def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on another machine: the cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / uuid4().hex))


def names(address: str) -> list[str]:
    return [found.name for found in Objects(address).list()]


def test_a_run_lands_there_and_can_be_read_from_another_machine(
    address: str, faultless: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = play(address)
    key = done.manifest.plan.key
    assert done.manifest.results_sha256 == faultless.manifest.results_sha256
    assert done.directory.where == address.partition("?")[0] + f"/{key}"
    beside = {name.removeprefix(f"{key}/").partition("/")[0] for name in names(address)}
    assert beside == {"latest", "plan.json", "cases.parquet", "model.json", "shards", "manifest.json"}
    elsewhere(monkeypatch, tmp_path)
    opened = Run.open(address)
    assert opened.manifest == done.manifest
    assert opened.table.equals(faultless.table)
    assert not verify(address)
    assert not verify(Path(address.replace("nightly?", f"nightly/{key}?")))  # a Path loses a slash
    elsewhere(monkeypatch, tmp_path)
    assert play(address).reused


def stop_after(n_cases: int) -> dict[str, Any]:
    deadline = Deadline()

    def progress(done: int, _: int) -> None:
        if done >= n_cases:
            deadline.cancel("interrupted")

    return {"deadline": deadline, "progress": progress}


def test_an_interrupted_run_goes_on_on_another_machine(
    address: str, faultless: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RemoteRunDirectory, "at_once", 1)  # else the others are on their way by then
    partial = play(address, **stop_after(12))
    assert (partial.is_complete, partial.manifest.n_finished) == (False, 12)
    assert any(name.endswith("partial.json") for name in names(address))
    elsewhere(monkeypatch, tmp_path)
    whole = play(address)
    assert whole.manifest.retries["resumed_cases"] == 12
    assert whole.manifest.results_sha256 == faultless.manifest.results_sha256
    assert not any(name.endswith("partial.json") for name in names(address))
    assert not verify(address)


@pytest.mark.parametrize("damage", [lambda d: d[: len(d) // 2], lambda d: d[:200] + bytes([d[200] ^ 4]) + d[201:]])
def test_a_damaged_shard_is_quarantined_there_and_recomputed(
    address: str, faultless: Run, damage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = play(address)
    shard = f"{first.path.name}/shards/{first.manifest.shards[1].name}"
    objects = Objects(address)
    whole = objects.read(shard)
    assert whole is not None
    objects.put(shard, damage(whole))
    elsewhere(monkeypatch, tmp_path)
    assert [problem.code for problem in verify(address)] == ["E-VERIFY-HASH"]
    again = play(address)
    assert again.manifest.retries["quarantined_shards"] == 1
    assert again.manifest.results_sha256 == faultless.manifest.results_sha256
    assert not verify(address)
    assert objects.read(shard.replace("/shards/", "/quarantine/")) == damage(whole)


def test_a_shard_whose_upload_failed_is_sent_by_the_next_attempt(
    address: str, faultless: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, sent = Objects.put, []

    def fail_at_the_third_shard(objects: Objects, name: str, data: bytes) -> None:
        sent.append(name)
        if sum(name.startswith("shards/") for name in sent) == 3:
            raise StoreError("E-STORE  the network is down")
        put(objects, name, data)

    monkeypatch.setattr(Objects, "put", fail_at_the_third_shard)
    with pytest.raises(StoreError, match="the network is down"):
        play(address)
    monkeypatch.setattr(Objects, "put", put)
    again = play(address)
    assert again.manifest.retries["resumed_cases"] >= 18  # the third was here, if not there
    assert again.manifest.results_sha256 == faultless.manifest.results_sha256
    assert sum("/shards/" in name for name in names(address)) == 4


def test_two_writers_one_wins_and_the_other_says_so(address: str, faultless: Run, tmp_path: Path) -> None:
    key = faultless.manifest.plan.key
    place = place_of(address)
    other = RemoteRunDirectory(tmp_path / "other machine", Objects(address).below(key))
    other.lock()
    with pytest.raises(StoreError, match="another process is writing this very run; wait for it"):
        play(address)
    other.unlock()
    assert play(address).is_complete
    assert place.has(key)
    assert not any("/lock/" in name for name in names(address))


def test_of_two_claims_in_one_second_at_most_one_wins(address: str) -> None:
    for _ in range(3):
        first, second = Lease(Objects(address)), Lease(Objects(address))
        first.acquire()
        with pytest.raises(StoreError, match="E-RUN-LOCKED"):
            second.acquire()
        first.insist()
        first.release()
    assert names(address) == []


def test_a_dead_writer_is_forgotten_and_finds_out_if_it_only_slept(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "HEARTBEATS", 1e-6)  # asleep: no heartbeat comes
    sleeper = Lease(Objects(address), lease_s=1.0)
    sleeper.acquire()
    monkeypatch.setattr(lease.time, "sleep", lambda _: pytest.fail("waited for the dead"))
    taken_over = Lease(Objects(address), lease_s=-1.0)  # by its measure, every other claim is too old
    taken_over.acquire()
    with pytest.raises(StoreError, match=r"E-RUN-LOST.*another took over"):
        sleeper.insist()
    taken_over.release()
    sleeper.release()


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("runs", None),
        ("./a:b", None),
        ("/tmp/x", None),
        ("s3://b/p", "s3://b/p"),
        (Path("s3://b/p"), "s3://b/p"),
        ("gs://b", "gs://b"),
    ],
)
def test_addresses_are_told_from_paths(place: str | Path, address: str | None) -> None:
    assert address_of(place) == address


@pytest.mark.parametrize(
    ("address", "words"), [("ftp://me:secret@b/p", "ftp"), ("file:///tmp/x", "written without file://")]
)
def test_what_nobody_speaks_to_is_refused(address: str, words: str) -> None:
    with pytest.raises(InputError, match=f"E-ADDRESS.*{words}"):
        place_of(address)
    with pytest.raises(InputError) as caught:
        place_of(address)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_away_is_an_error_of_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    gone = "s3://key:secret@b/p?endpoint_override=127.0.0.1:9&scheme=http&region=us-east-1"
    with pytest.raises(StoreError, match=r"E-STORE  s3://.*run the same command again") as caught:
        play(gone)
    assert caught.value.exit_code == 3
    assert "secret" not in str(caught.value)
    assert cache_of(gone).parent == tmp_path / "clinval"
