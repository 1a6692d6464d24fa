"""Costs: before by the list, afterwards from OpenCost, and into a run's manifest without touching its results."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from cases.readers import load_cases
from k8s.cost import LABEL, NoCost, cost_of_run, most, put_into_manifest, totals
from k8s.spec import read_spec
from model.errors import InputError
from model.network.load import load_network
from reports.data import run_data, to_json
from reports.html import write_html
from reports.markdown import comment
from tests.k8s.conftest import SHORT
from validation import Run, run, verify
from validation.store.manifest import Cost, Manifest
from validation.store.objects import Objects
from validation.summary import lines

ROOT = Path(__file__).parents[2]
START, END = "2026-11-23T10:00:00Z", "2026-11-23T10:05:30Z"


@pytest.fixture
def opencost() -> Iterator[tuple[str, list[dict[str, list[str]]], dict[str, Any]]]:
    asked: list[dict[str, list[str]]] = []
    answer: dict[str, Any] = {"code": 200, "data": []}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked.append({"path": [parts.path], **parse_qs(parts.query)})
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", asked, answer
    server.shutdown()
    server.server_close()


def test_what_a_run_cost(opencost: tuple[str, list[dict[str, list[str]]], dict[str, Any]]) -> None:
    address, asked, answer = opencost
    answer["data"] = [{"run-1": {"totalCost": 0.25}, "__idle__": {"totalCost": 9}}, {"run-1": {"totalCost": 0.5}}, None]
    cost = cost_of_run(address, "run-1", START, END)
    assert (cost.amount, cost.currency) == (0.75, "USD")
    assert asked == [
        {
            "path": ["/allocation/compute"],
            "window": ["2026-11-23T09:59:00Z,2026-11-23T10:06:30Z"],
            "aggregate": [f"label:{LABEL}"],
            "accumulate": ["true"],
            "filter": [f'label[{LABEL}]:"run-1"'],
        }
    ]
    with pytest.raises(NoCost, match="E-OPENCOST  run-2: nothing allocated"):
        cost_of_run(address, "run-2", START, END)


@pytest.mark.parametrize(
    "answer", [{}, [], {"data": None}, {"data": [{"a": {"totalCost": None}, "b": {"totalCost": float("nan")}}]}]
)
def test_an_answer_without_costs_is_no_cost(answer: Any) -> None:
    assert totals(answer) == {}


def test_opencost_is_not_there() -> None:
    with pytest.raises(NoCost, match="port-forward"):
        cost_of_run("http://127.0.0.1:9", "run-1", START, END)
    with pytest.raises(InputError, match="E-OPENCOST"):
        cost_of_run("file:///etc/passwd", "run-1", START, END)


def test_the_most_that_it_can_cost() -> None:
    cheap, dear = (most(read_spec(None, {**SHORT, "capacity": c})) for c in ("spot", "on_demand"))
    assert float(cheap.split()[0]) < float(dear.split()[0])
    double = most(read_spec(None, {**SHORT, "capacity": "on_demand", "budget": "40m"}))
    assert float(double.split()[0]) == pytest.approx(2 * float(dear.split()[0]), abs=0.011)


def play(tmp_path: Path) -> Run:
    few = tmp_path / "cases"
    few.mkdir()
    for path in sorted((ROOT / "cases" / "corpora" / "starter").rglob("*.toml"))[:4]:
        shutil.copy(path, few)
    return run(load_network(ROOT / "model" / "networks" / "starter"), load_cases(few), runs=tmp_path / "runs")


def test_a_manifest_gets_its_cost_and_the_run_verifies_as_before(tmp_path: Path) -> None:
    done = play(tmp_path)
    before = done.manifest
    put_into_manifest(str(done.path), Cost(amount=0.75, currency="USD", basis="OpenCost"))
    after = Run.open(done.path).manifest
    assert after.cost == Cost(amount=0.75, currency="USD", basis="OpenCost")
    assert after.results_sha256 == before.results_sha256
    assert list(verify(done.path)) == []
    with pytest.raises(InputError, match="E-RUN"):
        put_into_manifest(str(tmp_path), Cost(amount=1, currency="USD", basis="x"))


def test_the_cost_is_told_wherever_the_run_is(tmp_path: Path) -> None:
    done = play(tmp_path)
    written = {kind: tmp_path / f"report.{kind}" for kind in ("html", "md", "json")}

    def told() -> dict[str, bool]:
        opened = Run.open(done.path)
        data = run_data(opened, origin=None)
        write_html(data, written["html"], static=True)
        written["md"].write_text(comment(data, marker=""), "utf-8")
        written["json"].write_bytes(to_json(data))
        texts = {kind: path.read_text("utf-8") for kind, path in written.items()}
        texts["summary"] = "\n".join(f"{line.label} {line.text}" for line in lines(opened))
        return {kind: "0.75 USD (OpenCost)" in text for kind, text in texts.items()}

    assert not any(told().values())
    put_into_manifest(str(done.path), Cost(amount=0.75, currency="USD", basis="OpenCost"))
    assert all(told().values()), told()


def test_a_manifest_at_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto.server", reason="moto is not installed: make .venv/.test")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    done = play(tmp_path)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host = ":".join(map(str, server.get_host_and_port()))
        with urlopen(Request(f"http://{host}/runs", method="PUT")):
            pass
        address = f"s3://runs/one?endpoint_override={host}&scheme=http&region=us-east-1"
        Objects(address).put("manifest.json", done.manifest.to_bytes())
        put_into_manifest(address, Cost(amount=2.5, currency="USD", basis="OpenCost"))
        after = Manifest.model_validate_json(Objects(address).read("manifest.json") or b"")
        Objects(address).put("manifest.json", b"{")
        with pytest.raises(InputError, match="not as it was written"):
            put_into_manifest(address, Cost(amount=2.5, currency="USD", basis="OpenCost"))
    finally:
        server.stop()
    assert after.is_sealed
    assert after.cost is not None
    assert after.results_sha256 == done.manifest.results_sha256
