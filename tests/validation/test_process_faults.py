"""Processes that die: workers, the driver; real ones, killed for good."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from model.policy.config import DEFAULT_POLICY
from tests.validation import synthetic
from tests.validation.poison import PoisonWork
from validation.executors.incidents import Incidents
from validation.executors.local import LocalExecutor, WorkersCannotStart
from validation.executors.protocol import Finished
from validation.replay import ReplayOptions
from validation.runner import run
from validation.store.directory import read_parquet

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 24)
SHARDS = [tuple(CARDS[start : start + 8]) for start in range(0, 24, 8)]
POISON = CARDS[13].id


def rows(finished: list[Finished]) -> dict[str, dict[str, Any]]:
    """Case id to its row; a case twice is a failure."""
    found = [row for part in finished for row in read_parquet(part.data).to_pylist()]
    assert sorted(row["case_id"] for row in found) == sorted(card.id for card in CARDS)
    return {row["case_id"]: row for row in found}


def play(workers: int, **poison: Any) -> tuple[LocalExecutor, dict[str, dict[str, Any]]]:
    executor = LocalExecutor(workers)
    work = PoisonWork(NETWORK, DEFAULT_POLICY, ReplayOptions(), **poison)
    return executor, rows(list(executor.run(work, SHARDS, lambda: False)))


@pytest.fixture(scope="module")
def faultless() -> dict[str, dict[str, Any]]:
    return play(1)[1]


def test_a_worker_that_is_killed_once_is_replaced_and_nothing_is_lost(
    tmp_path: Path, faultless: dict[str, dict[str, Any]]
) -> None:
    executor, found = play(2, at=POISON, once=tmp_path / "done")
    assert executor.incidents == Incidents(worker_deaths=1, retries=1, redone_cases=8)
    assert found == faultless


def test_a_case_that_kills_every_worker_is_isolated_and_named(faultless: dict[str, dict[str, Any]]) -> None:
    executor, found = play(2, at=POISON)
    lost = found.pop(POISON)
    assert lost["outcome"] == "crashed"
    assert "its worker died 3 times (exit code -9)" in lost["error"]
    assert found == {name: row for name, row in faultless.items() if name != POISON}
    assert executor.incidents.worker_deaths == 3 + 3  # three tries of eight cases, then one each of four, two and one
    assert executor.incidents.redone_cases == 3 * 8 + 4 + 2 + 1
    assert (executor.incidents.shards_halved, executor.incidents.cases_given_up) == (3, 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_case_that_raises_is_isolated_and_named(workers: int, faultless: dict[str, dict[str, Any]]) -> None:
    executor, found = play(workers, at=POISON, how="raise")
    lost = found.pop(POISON)
    assert (lost["outcome"], lost["error"]) == ("failed", "ValueError: this case is poison")
    assert found == {name: row for name, row in faultless.items() if name != POISON}
    assert executor.incidents == Incidents(shards_halved=3, cases_given_up=1)


def test_work_that_cannot_be_compiled_is_an_error_not_an_endless_loop() -> None:
    broken = PoisonWork(None, DEFAULT_POLICY, ReplayOptions())  # type: ignore[arg-type]
    with pytest.raises(WorkersCannotStart, match="cannot be compiled: TypeError"):
        list(LocalExecutor(2).run(broken, SHARDS, lambda: False))


def test_no_process_outlives_a_run() -> None:
    play(2)
    assert not multiprocessing.active_children()


def start(runs: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.validation.driver", str(runs), "--conditions=60", "--cases=1000", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def wait_for_progress(driver: subprocess.Popen[str]) -> int:
    """The cases finished when the first shards had been committed."""
    assert driver.stdout is not None
    for line in driver.stdout:
        done = int(line.split()[0])
        if done > 0:
            return done
    raise AssertionError("the driver ended without progress")


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The result digest of the driver's run, undisturbed."""
    driver = start(tmp_path_factory.mktemp("runs"), "--shard-size=200")
    output, _ = driver.communicate(timeout=60)
    assert driver.returncode == 0
    return output.splitlines()[-1].split()[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_driver_that_is_killed_is_resumed_from_its_shards(tmp_path: Path, long_run: str, workers: int) -> None:
    driver = start(tmp_path, f"--workers={workers}")
    done = wait_for_progress(driver)
    driver.kill()
    driver.communicate()
    assert not list(tmp_path.glob("*/manifest.json"))
    again = start(tmp_path)
    output, _ = again.communicate(timeout=60)
    digest, status, resumed = output.splitlines()[-1].split()
    assert (again.returncode, status) == (0, "complete")
    assert digest == long_run
    assert int(resumed) >= done
    assert not list(tmp_path.rglob(".tmp-*"))
    assert _gone(driver.pid), "processes of the killed driver are still there"


def _gone(session: int) -> bool:
    """Whether every process of a session has ended; they may take a moment to notice."""
    for _ in range(100):
        found = subprocess.run(["ps", "-o", "pid=", "-s", str(session)], capture_output=True, text=True, check=False)
        if not found.stdout.strip():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 4), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_in_good_order(tmp_path: Path, long_run: str, number: int, code: int) -> None:
    driver = start(tmp_path, "--workers=2")
    wait_for_progress(driver)
    before = time.monotonic()
    os.killpg(driver.pid, number) if number == signal.SIGINT else driver.send_signal(number)
    output, _ = driver.communicate(timeout=30)
    assert time.monotonic() - before < 10
    assert driver.returncode == code
    assert output.splitlines()[-1].split()[1] == "incomplete"
    again = start(tmp_path)
    output, _ = again.communicate(timeout=60)
    assert output.splitlines()[-1].split()[0] == long_run


def test_workers_killed_from_outside_cost_nothing_but_time(tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_one(done: int, _: int) -> None:
        workers = multiprocessing.active_children()
        if workers and done and len(killed) < 2:
            killed.append(workers[0].pid or 0)
            os.kill(killed[-1], signal.SIGKILL)

    whole = run(NETWORK, CARDS, runs=tmp_path / "a", workers=1)
    hurt = run(NETWORK, CARDS, runs=tmp_path / "b", workers=2, shard_size=4, progress=kill_one)
    assert len(killed) == 2
    assert hurt.manifest.retries["worker_deaths"] >= 1
    assert hurt.manifest.results_sha256 == whole.manifest.results_sha256
