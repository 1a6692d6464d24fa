"""What MLflow is told of a run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.request import urlopen

import pytest

from tests.validation import synthetic
from validation import tracking
from validation.results import Run
from validation.runner import run
from validation.tracking import KEY, RESULTS, MissingLibrary, NotTracked, record_of, track

NETWORK = synthetic.network()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(NETWORK, synthetic.cards(NETWORK, 16), runs=tmp_path_factory.mktemp("runs"), workers=1)


def test_it_is_told_parameters_figures_and_what_identifies_the_run(done: Run) -> None:
    record = record_of(done)
    figures = done.metrics()
    assert record.metrics["outcome.top_1"] == figures["top_1"].value
    assert record.metrics["outcome.top_1.low"] == figures["top_1"].low
    assert record.metrics["n_finished"] == 16
    assert record.parameters["network_digest"] == NETWORK.digest
    assert record.parameters["policy.policy.kind"] == done.manifest.plan.policy.name
    assert record.tags[KEY] == done.manifest.plan.key
    # MLflow's limits: 100 parameters of 6,000 characters, 1,000 metrics; names of letters, digits and _-./ :
    assert len(record.parameters) <= 100
    assert len(record.metrics) <= 1000
    assert all(set("@%'\"") & set(name) == set() for name in record.metrics)


class Client:
    """Keeps what it is told, as MLflow's own client would send it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.runs: list[Any] = []

    def get_experiment_by_name(self, name: str) -> Any:
        return SimpleNamespace(experiment_id="7") if name == "known" else None

    def create_experiment(self, name: str) -> str:
        self.told.append(("experiment", name))
        return "8"

    def search_runs(self, experiment_ids: list[str], filter_string: str, max_results: int) -> list[Any]:
        self.told.append(("search", (experiment_ids, filter_string, max_results)))
        return self.runs

    def create_run(self, experiment_id: str, run_name: str, tags: dict[str, str]) -> Any:
        made = SimpleNamespace(info=SimpleNamespace(run_id="r1"))
        self.told.append(("run", (experiment_id, run_name, tags)))
        self.runs.append(made)
        return made

    def log_batch(self, run_id: str, metrics: list[Any], params: list[Any]) -> None:
        self.told.append(("batch", (run_id, dict(m[:2] for m in metrics), dict(params))))

    def log_artifact(self, run_id: str, local_path: str) -> None:
        self.told.append(("artifact", (run_id, Path(local_path).name, Path(local_path).is_file())))

    def set_terminated(self, run_id: str, status: str) -> None:
        print("View run at …")  # as MLflow does, on stdout
        self.told.append(("end", (run_id, status)))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    mlflow, entities = ModuleType("mlflow"), ModuleType("mlflow.entities")
    mlflow.MlflowClient = lambda tracking_uri: made  # type: ignore[attr-defined]  # noqa: ARG005
    entities.Metric = lambda *fields: fields  # type: ignore[attr-defined]
    entities.Param = lambda *fields: fields  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    monkeypatch.setitem(sys.modules, "mlflow.entities", entities)
    monkeypatch.setattr(tracking, "find_spec", lambda _: True)
    return made


def test_a_run_is_told_once(done: Run, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    record = record_of(done)
    assert track(done, "http://mlflow") == "r1"
    assert capsys.readouterr().out == "", "results go there, and nothing else"
    told = dict(client.told)
    assert told["batch"] == ("r1", record.metrics, record.parameters)
    assert told["artifact"] == ("r1", "manifest.json", True)
    assert told["end"] == ("r1", "FINISHED")
    assert told["run"][2][RESULTS] == done.manifest.results_sha256
    client.told.clear()
    assert track(done, "http://mlflow", "known") == "r1"
    assert [what for what, _ in client.told] == ["search"]


def test_a_server_that_is_away_does_not_take_the_run_with_it(
    done: Run, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("nobody\nthere")

    monkeypatch.setattr(client, "log_batch", away)
    with pytest.raises(NotTracked, match=r"W-TRACK  http://mlflow.*nobody there.*the run itself is stored"):
        track(done, "http://mlflow")


def test_without_the_library_it_says_which_one(done: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "find_spec", lambda _: None)
    with pytest.raises(MissingLibrary, match=r"E-EXTRA.*clinval\[mlflow\]") as caught:
        track(done, "http://mlflow")
    assert caught.value.exit_code == 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of MLflow's own server, over a database of its own."""
    if find_spec("mlflow") is None:
        pytest.skip("mlflow is not installed: pip install mlflow")
    if find_spec("mlflow.server") is None or find_spec("sqlalchemy") is None or find_spec("fastapi") is None:
        pytest.skip("only mlflow-skinny is installed, which has no server: pip install mlflow")
    place = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += [
        "--backend-store-uri",
        f"sqlite:///{place}/mlflow.db",
        "--artifacts-destination",
        str(place / "artifacts"),
    ]
    running = subprocess.Popen(
        command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(600):
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
                break
            assert running.poll() is None, "MLflow's server ended"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def test_mlflow_itself_takes_it_over_http(
    done: Run, server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlflow import MlflowClient

    run_id = track(done, server)
    assert capsys.readouterr().out == ""
    client = MlflowClient(tracking_uri=server)
    kept = client.get_run(run_id)
    record = record_of(done)
    assert kept.info.status == "FINISHED"
    assert kept.data.metrics == pytest.approx(record.metrics)
    assert kept.data.params == record.parameters
    assert record.tags.items() <= kept.data.tags.items()
    (artifact,) = client.list_artifacts(run_id)
    copy = client.download_artifacts(run_id, artifact.path, str(tmp_path))
    assert Path(copy).read_bytes() == (done.path / "manifest.json").read_bytes()
    assert track(done, server) == run_id, "a run is told once"
