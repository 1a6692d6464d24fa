"""The check of a cluster as its driver runs it: no repository, all of it left at an address, exit 0 with a verdict."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from k8s import names
from k8s.expand import rayjob
from k8s.spec import read_spec
from tests.k8s.conftest import SHORT
from validation.store.objects import Objects

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "model" / "networks" / "starter"


def image(place: Path) -> Path:
    """What ``/app`` has of it: a base, a candidate that asks nothing, few cases, the rules."""
    shutil.copytree(STARTER, place / "base")
    shutil.copytree(STARTER, place / "candidate")
    policy = place / "candidate" / "policy.toml"
    changed = [line for line in policy.read_text("utf-8").splitlines() if not line.startswith(("max_q", "min_q"))]
    text = "\n".join(changed).replace("[stopping]", "[stopping]\nmax_questions = 0\nmin_questions = 0")
    policy.write_text(text + "\n", "utf-8")
    (place / "cases").mkdir()
    for path in sorted((ROOT / "cases" / "corpora" / "starter").rglob("*.toml"))[:4]:
        shutil.copy(path, place / "cases")
    shutil.copy(ROOT / "gate.toml", place)
    return place


def test_a_regression_is_a_verdict_and_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto.server", reason="moto is not installed: make .venv/.test")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    app, empty = image(tmp_path / "app"), tmp_path / "home"
    empty.mkdir()
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host = ":".join(map(str, server.get_host_and_port()))
        with urlopen(Request(f"http://{host}/runs", method="PUT")):
            pass
        options = f"?endpoint_override={host}&scheme=http&region=us-east-1"
        out, inputs = f"s3://runs/pr{options}", f"s3://runs/inputs{options}"
        for path in (path for name in ("base", "cases") for path in (app / name).rglob("*") if path.is_file()):
            Objects(inputs).put(str(path.relative_to(app)), path.read_bytes())
        shutil.rmtree(app / "base")
        shutil.rmtree(app / "cases")
        spec = read_spec(
            None,
            {**SHORT, "model": None, "kind": "check", "base": f"s3://runs/inputs/base{options}",
             "candidate": "candidate", "cases": f"s3://runs/inputs/cases{options}", "out": out,
             "name": "check-7", "arguments": ["-k", ""]},
        )  # fmt: skip
        words = shlex.split(rayjob(spec)["spec"]["entrypoint"].replace(f"{names.APP}/", f"{app}/"))
        words[words.index("ray")] = "local"
        environment = {**os.environ, "HOME": str(empty), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        for _again in range(2):  # what is there is not played a second time, and is no obstacle
            done = subprocess.run(
                [sys.executable, "-m", "validation", *words[1:]],
                cwd=empty, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert "GATE FAILED" in done.stdout, done.stdout
        assert not re.search("s3:/[^/]", done.stdout), done.stdout
        found = Objects(out)
        there = {one.name for one in found.list()}
        record = json.loads(found.read("checks/check-7/diff.json") or b"{}")
    finally:
        server.stop()
    assert {f"checks/check-7/{name}" for name in ("report.html", "comment.md", "junit.xml", "diff.json")} <= there
    assert "diffs/latest" in there
    assert sum(name.endswith("manifest.json") for name in there) == 2
    assert record["verdict"]["status"] == "fail"
    assert [path for path in empty.rglob("*") if path.name not in (".cache",) and ".cache" not in path.parts] == []
