"""``clinval run --executor ray``: a real local Ray, started and left, and what is told when there is none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pytest

from cases.writers import save_cases
from model.network.save import save_network
from tests.validation import synthetic
from tests.validation.shell import COMMAND, clinval, environment
from validation.cli import worker_progress
from validation.executors.ray import WorkerStatus
from validation.executors.ray import cluster as cluster_module
from validation.executors.ray.cluster import MissingLibrary, NoCluster, joined, library
from validation.executors.ray.watching import Doing

NETWORK = synthetic.network()
RUN = ("run", "--model", "net", "--cases", "cases.jsonl")
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the cluster's packages are not installed")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place")
    save_network(NETWORK, place / "net")
    (place / "net" / "policy.toml").write_text('format = 1\n[policy]\nkind = "information_gain"\n')
    save_cases(synthetic.cards(NETWORK, 40), place / "cases.jsonl")
    return place


@pytest.mark.slow
@needs_ray
def test_the_same_bytes_as_local_and_nothing_but_results_on_stdout(place: Path) -> None:
    here = clinval(*RUN, "--format", "json", "-o", "here", cwd=place)
    options = ("--executor", "ray", "--workers", "2", "--progress", "workers", "-o", "there", "--format", "json")
    # A home of its own, in which nothing may be left: Ray would keep a token there.
    home = place / "home"
    home.mkdir()
    variables = environment(HOME=str(home))
    variables.pop("RAY_AUTH_MODE", None)
    there = subprocess.run(
        [*COMMAND, *RUN, *options], cwd=place, capture_output=True, text=True, env=variables, check=False, timeout=120
    )
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    digests = []
    for told in (here, there):
        run = Path(json.loads(told.stdout)["run"])
        digests.append(json.loads((place / run / "manifest.json").read_text())["results_sha256"])
    assert digests[0] == digests[1]
    assert not (home / ".ray").exists()


@needs_ray
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:9", "no Ray cluster that can be joined (.*refused.*); is the address right?"),
        ("ray://127.0.0.1:9", "`clinval submit` takes it there"),
        ("auto", "start one (`ray start --head`), or use --address local"),
        ("nonsense", "is no address; write local, auto or host:port"),
    ],
)
def test_where_there_is_no_cluster_it_says_so_soon(address: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    monkeypatch.setattr(cluster_module, "KNOCK_S", 0.6)
    with pytest.raises(NoCluster) as caught, joined(address, 1):
        pass
    assert re.search(f"E-RAY  {address}: .*{re.escape(words).replace(re.escape('.*'), '.*')}", str(caught.value))


def test_on_a_cluster_an_incomplete_run_is_a_success_with_a_verdict_to_read(place: Path) -> None:
    late = (*RUN, "--budget", "0", "--format", "plain", "-o", "late")
    assert clinval(*late, cwd=place).returncode == 4
    told = clinval(*late, "--evaluated-is-success", cwd=place)
    assert told.returncode == 0
    assert "INCOMPLETE" in told.stdout.splitlines()[-1]
    refused = clinval("run", "--model", "nowhere", "--cases", "cases.jsonl", "--evaluated-is-success", cwd=place)
    assert refused.returncode == 2


@pytest.mark.parametrize("option", [("--progress", "workers"), ("--address", "auto")])
def test_options_of_ray_need_ray(place: Path, option: Sequence[str]) -> None:
    told = clinval(*RUN, *option, cwd=place)
    assert told.returncode == 2
    assert "add --executor ray" in told.stderr


def test_without_the_packages_it_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "find_spec", lambda _: None)
    with pytest.raises(MissingLibrary, match=r"E-EXTRA .*make \.venv/\.cluster") as caught:
        library()
    assert caught.value.exit_code == 2


def test_ray_is_not_loaded_before_it_is_needed() -> None:
    script = "import sys, validation.executors.ray, validation.cli.run; sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], env=environment(), check=False).returncode == 0


def statuses(*doing: Doing) -> list[WorkerStatus]:
    return [WorkerStatus(n, "abcdef01", 100 + n, what, 1.25, 40, 1000, 9, 1) for n, what in enumerate(doing)]


def test_workers_in_trouble_are_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    with worker_progress.shown_workers("replaying") as (_, watch):
        for _ in range(3):
            watch(statuses(Doing.PLAYING, Doing.AWAY))
        watch(statuses(Doing.PLAYING, Doing.PLAYING))
        watch(statuses(Doing.SILENT, Doing.PLAYING))
    assert capsys.readouterr().err.splitlines() == ["worker 1 on abcdef01: away", "worker 0 on abcdef01: silent"]


def test_the_table_shows_those_in_trouble_first() -> None:
    from rich.console import Console

    table = worker_progress._Table("replaying cases")
    table.progress(0, 5000)
    table.progress(1000, 5000)
    table.watch(statuses(*[Doing.PLAYING] * 30, Doing.AWAY))
    console = Console(width=150, record=True, file=StringIO())
    console.print(table.draw())
    lines = console.export_text().splitlines()
    assert "replaying cases: 1,000 of 5,000" in lines[0]
    rows = [line for line in lines if "abcdef01" in line]
    assert len(rows) == worker_progress.MOST_ROWS
    assert " 30 " in rows[0]
    assert "away" in rows[0]
    assert "31 workers: 30 playing, 1 away" in lines[-1]
