"""Drivers that are killed, told to end, cut off or misled; the same command goes on afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.faults.driver import N_CASES, SHARD
from tests.validation.shell import ROOT
from validation.deadline import INCOMPLETE
from validation.executors.ray.temporary import PREFIX
from validation.store.directory import read_parquet
from validation.verification import verify

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the cluster's packages are not installed: make .venv/.test"),
]


class Driver:
    """A driver in a process of its own; ``output`` is what it has said so far."""

    def __init__(self, runs: Path, *arguments: str, temporary: Path, **environment: str) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.faults.driver", str(runs), *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), **environment},
        )  # fmt: skip
        self.output: list[str] = []

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def until(self, n_cases: int) -> None:
        """Wait for so many finished cases."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line.strip())
            words = line.split()
            if words[1:2] == ["of"] and int(words[0]) >= n_cases:
                return
        pytest.fail(f"it ended before {n_cases} cases: {self.output}")

    def end(self, timeout: float = 100.0) -> tuple[int, list[str]]:
        """The exit code and the words of the last line."""
        rest, _ = self.process.communicate(timeout=timeout)
        self.output += rest.splitlines()
        return self.process.returncode, self.output[-1].split() if self.output else []


@pytest.fixture(scope="module")
def temporary() -> Iterator[Path]:
    """A temporary directory with a short name."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory, temporary: Path) -> str:
    """Of the results of a run without faults or Ray."""
    with Driver(tmp_path_factory.mktemp("runs"), "--executor=local", temporary=temporary) as driver:
        code, words = driver.end()
    assert (code, words[1]) == (0, "complete")
    return words[0]


def resumed(runs: Path, digest: str, *arguments: str, temporary: Path, **environment: str) -> int:
    """Run the same command again; how many cases it found finished: every one that was committed, and no
    case is played again."""
    committed = {case_id for shard in runs.rglob("shards/*.parquet") for case_id in case_ids(shard)}
    with Driver(runs, *arguments, temporary=temporary, **environment) as again:
        code, words = again.end()
    assert (code, words[:2]) == (0, [digest, "complete"]), again.output
    (run,) = (path for path in runs.iterdir() if path.is_dir())
    assert not verify(run)
    assert not list(runs.rglob(".tmp-*"))
    assert int(words[2]) == len(committed)
    assert sum(len(case_ids(shard)) for shard in run.glob("shards/*.parquet")) == N_CASES
    print(f"{N_CASES - len(committed)} of {N_CASES} cases played after the fault, {words[2]} kept")
    return len(committed)


def case_ids(shard: Path) -> list[str]:
    """Of a committed shard."""
    found: list[str] = read_parquet(shard.read_bytes(), ["case_id"])["case_id"].to_pylist()
    return found


def children(pid: int) -> dict[int, str]:
    """The children of a process: pid to name."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
        except (OSError, NotADirectoryError):
            continue
        if rest.split()[1:2] == [str(pid)]:
            found[int(entry.name)] = name
    return found


def gone(pids: dict[int, str], within_s: float = 15.0) -> bool:
    """Whether these processes end by themselves."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not any(_is_alive(pid) for pid in pids):
            return True
        time.sleep(0.2)
    return False


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_driver_leaves_nothing_behind_and_a_stale_address_misleads_nobody(
    tmp_path: Path, temporary: Path, digest: str
) -> None:
    with Driver(tmp_path, temporary=temporary) as driver:
        driver.until(300)
        started = children(driver.process.pid)
        assert "gcs_server" in started.values()
        driver.process.kill()
        driver.process.wait()
        assert gone(started), "Ray outlived its driver"
    assert list(temporary.glob(f"{PREFIX}*")), "a killed driver cannot tidy up"
    stale = Path("/tmp/ray/ray_current_cluster")
    is_mine = not stale.exists()
    if is_mine:
        stale.parent.mkdir(exist_ok=True)
        stale.write_text("127.0.0.1:1")
    try:
        kept = resumed(tmp_path, digest, temporary=temporary, RAY_ADDRESS="127.0.0.1:1")
    finally:
        if is_mine:
            stale.unlink()
    assert kept >= 300
    assert not list(temporary.glob(f"{PREFIX}*")), "the next one did it for it"


def test_sigterm_ends_it_incomplete_in_time_and_it_can_be_resumed(tmp_path: Path, temporary: Path, digest: str) -> None:
    with Driver(tmp_path, temporary=temporary) as driver:
        driver.until(200)
        begin = time.monotonic()
        driver.process.send_signal(signal.SIGTERM)
        code, words = driver.end(timeout=30)
        took_s = time.monotonic() - begin
    assert (code, words[1]) == (INCOMPLETE, "incomplete")
    assert took_s < 10
    assert resumed(tmp_path, digest, "--executor=local", temporary=temporary) >= 200


def test_without_its_head_a_run_ends_or_dies_and_goes_on_in_another_cluster(
    tmp_path: Path, temporary: Path, digest: str
) -> None:
    # A minute of patience by default; the run would be over by then.
    with Driver(tmp_path, temporary=temporary, RAY_gcs_rpc_server_reconnect_timeout_s="1") as driver:
        driver.until(100)
        head = [pid for pid, name in children(driver.process.pid).items() if name == "gcs_server"]
        os.kill(head[0], signal.SIGKILL)
        code, _ = driver.end()
    print(f"the driver whose GCS was killed ended with {code}")
    if code != 0:  # never a pass that is none (I3)
        assert resumed(tmp_path, digest, temporary=temporary) >= 100
    else:
        assert driver.output[-1].split()[:2] == [digest, "complete"]


@pytest.mark.parametrize("lost", ["req_failure_prob", "resp_failure_prob"])
def test_lost_messages_cost_time_and_nothing_else(tmp_path: Path, temporary: Path, digest: str, lost: str) -> None:
    """A third of the calls do not arrive, or their answers do not; the first twelve of them."""
    chances = {"req_failure_prob": 0, "resp_failure_prob": 0, "in_flight_failure_prob": 0, lost: 33}
    failure = {"CoreWorkerService.grpc_client.PushTask": {"num_failures": 12, **chances}}
    with Driver(tmp_path, temporary=temporary, RAY_testing_rpc_failure=json.dumps(failure)) as driver:
        code, words = driver.end()
    assert (code, words[:2]) == (0, [digest, "complete"]), driver.output
    assert int(words[3]) <= 2, "a lost message is nobody's death, but at the end nobody asks a second time"
    assert int(words[4]) <= 12 * SHARD, "a lost message costs one shard"


def test_of_two_drivers_of_one_run_one_wins_and_the_other_says_so(tmp_path: Path, temporary: Path, digest: str) -> None:
    with Driver(tmp_path, temporary=temporary) as first:
        first.until(1)
        with Driver(tmp_path, temporary=temporary) as second:
            code, _ = second.end()
        assert code == 1  # this little driver does not catch it, as the command does
        assert any(
            "E-RUN-LOCKED" in line and "another process is writing this very run" in line for line in second.output
        )
        code, words = first.end()
    assert (code, words) == (0, [digest, "complete", "0", "0", "0"]), "undisturbed"
