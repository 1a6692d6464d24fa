"""Runs and diffs: browsed by people, posted by CI with a token of its own (106), never trusted unread (36)."""

from __future__ import annotations

import io
import json
import resource
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from reports.web import Settings
from validation import run
from validation.comparison import compare
from validation.comparison.record import make_record

from .conftest import CI_TOKEN, Browser

STARTER = "model/networks/starter"
TAR = {"Content-Type": "application/x-tar"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two runs and their diff."""
    runs = tmp_path_factory.mktemp("made") / "runs"
    cases = "cases/corpora/starter/appendicitis"
    base = run(STARTER, cases, runs=runs, workers=1)
    other = tmp_path_factory.mktemp("model") / "starter"
    shutil.copytree(STARTER, other)
    policy = other / "policy.toml"
    policy.write_text(policy.read_text("utf-8").replace("max_questions", "max_questions = 6\n# was ", 1), "utf-8")
    candidate = run(other, cases, runs=runs, workers=1)
    record = make_record(compare(base, candidate), runs)
    target = runs / "diffs" / record.key
    target.mkdir(parents=True)
    (target / "diff.json").write_bytes(record.model_copy(update={"sha256": record.seal()}).to_bytes())
    return runs


@pytest.fixture
def ci(app: FastAPI) -> TestClient:
    return TestClient(app, headers={"Authorization": f"Bearer {CI_TOKEN}"}, raise_server_exceptions=False)


def keys(made: Path) -> list[str]:
    return sorted(path.name for path in made.iterdir() if len(path.name) == 16)


def packed(directory: Path, change: Callable[[tarfile.TarFile], None] | None = None) -> bytes:
    """As ``tar -cf - -C DIRECTORY .`` makes it."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for path in sorted(directory.rglob("*")):
            if path.name != "lock":
                tar.add(path, f"./{path.relative_to(directory)}", recursive=False)
        if change is not None:
            change(tar)
    return data.getvalue()


def test_from_ci_to_the_reader(ci: TestClient, browser: Callable[..., Browser], made: Path) -> None:
    for key in keys(made):
        posted = ci.post("/api/v1/runs", content=packed(made / key), headers=TAR)
        assert posted.status_code == 201, posted.text
        assert posted.json()["key"] == key
        again = ci.post("/api/v1/runs", content=packed(made / key), headers=TAR)
        assert again.json() == posted.json(), "the same run again is the same run"
    record = next((made / "diffs").glob("*/diff.json"))
    diff = ci.post("/api/v1/diffs", content=record.read_bytes(), headers={"Content-Type": "application/json"})
    assert diff.status_code == 201, diff.text

    reader = browser("Dr B")
    lines = reader.get("/runs").json()
    assert sorted(line["key"] for line in lines) == keys(made)
    assert all(line["status"] == "complete" and line["n_finished"] > 0 for line in lines)
    shown = reader.get(f"/runs/{keys(made)[0]}").json()
    assert shown["base"] is None
    diffs = reader.get("/diffs").json()
    assert [line["key"] for line in diffs] == [record.parent.name]
    assert reader.get(f"/diffs/{record.parent.name}").json()["base"] is not None
    for page in ("/runs", f"/diffs/{record.parent.name}"):
        shown = reader.http.get(page, headers={"Accept": "text/html"})
        assert shown.status_code == 200, shown.text
        assert record.parent.name in shown.text or "comparison of two models" in shown.text
    assert reader.get(f"/runs/{'0' * 16}").status_code == 404
    assert reader.get("/runs/..%2f..%2fetc").status_code in (404, 422)


def test_a_diff_of_unknown_runs(ci: TestClient, made: Path) -> None:
    record = next((made / "diffs").glob("*/diff.json")).read_bytes()
    refused = ci.post("/api/v1/diffs", content=record)
    assert refused.status_code == 422
    assert [problem["code"] for problem in refused.json()["problems"]] == ["E-DIFF-RUN"] * 2


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff", b'{"format": 1}'])
def test_something_else_as_a_diff(ci: TestClient, body: bytes, settings: Settings) -> None:
    assert ci.post("/api/v1/diffs", content=body).status_code == 422
    assert not list(settings.runs.rglob("diff.json"))


def _member(name: str, data: bytes = b"x", **attributes: Any) -> Callable[[tarfile.TarFile], None]:
    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data) if attributes.get("type", tarfile.REGTYPE) == tarfile.REGTYPE else 0
        for attribute, value in attributes.items():
            setattr(info, attribute, value)
        tar.addfile(info, io.BytesIO(data))

    return add


def _holes(n_bytes: int) -> bytes:
    """A header of GNU tar for a file of nothing but holes (its manual, "Standard")."""
    header = bytearray(512)
    for at, field in (
        (0, b"model.json"), (100, b"0000644\0"), (108, b"0000000\0" * 2), (124, b"%011o\0" % 0), (136, b"%011o\0" % 0),
        (148, b" " * 8), (156, b"S"), (257, b"ustar  \0"), (386, b"%011o\0%011o\0" % (n_bytes, 0)),
        (483, b"%011o\0" % n_bytes),
    ):  # fmt: skip
        header[at : at + len(field)] = field
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def test_an_archive_of_holes_fills_no_disk_36(ci: TestClient, settings: Settings) -> None:
    """A few hundred bytes that unpack to four gigabytes: refused before one of them is written."""
    archive = _holes(2**32) + bytes(1024)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.next()
        assert member is not None
        assert (member.size, member.isreg()) == (2**32, True)
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**24, most[1]))
    try:
        refused = ci.post("/api/v1/runs", content=archive, headers=TAR)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert refused.status_code == 422
    assert refused.json()["code"] == "E-ARCHIVE"
    assert not list(settings.runs.iterdir())


EVIL = {
    "traversal": _member("../evil.json"),
    "absolute": _member("/tmp/evil.json"),
    "traversal within": _member("shards/../../evil.json"),
    "symlink": _member("plan.json", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": _member("shards/x", type=tarfile.LNKTYPE, linkname="../../../etc/passwd"),
    "device": _member("model.json", type=tarfile.CHRTYPE),
    "pipe": _member("model.json", type=tarfile.FIFOTYPE),
    "a stranger": _member("run.pickle"),
    "another directory": _member("quarantine/x.parquet"),
    "shards twice": _member("shards/shards/x.parquet"),
}


@pytest.mark.parametrize("what", EVIL)
def test_evil_archives_36(ci: TestClient, made: Path, settings: Settings, what: str) -> None:
    before = sorted(settings.runs.parent.rglob("*"))
    refused = ci.post("/api/v1/runs", content=packed(made / keys(made)[0], EVIL[what]), headers=TAR)
    assert refused.status_code == 422, refused.text
    assert refused.json()["code"] == "E-ARCHIVE"
    after = [path for path in sorted(settings.runs.parent.rglob("*")) if path != settings.runs]
    assert after == before, "nothing is left of it"
    assert not Path("/tmp/evil.json").exists()


def test_a_run_that_was_changed(ci: TestClient, made: Path, tmp_path: Path, settings: Settings) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made / keys(made)[0], copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["metrics"]["outcome"]["top_1"]["value"] = 0.123
    (copy / "manifest.json").write_text(json.dumps(manifest))
    refused = ci.post("/api/v1/runs", content=packed(copy), headers=TAR)
    assert refused.status_code == 422
    assert any(problem["code"].startswith("E-VERIFY") for problem in refused.json()["problems"])
    assert str(settings.runs) not in refused.text, "no path of the server's"
    assert not list(settings.runs.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9])
def test_a_cut_archive(ci: TestClient, made: Path, settings: Settings, share: float) -> None:
    whole = packed(made / keys(made)[0]).rstrip(b"\0")
    refused = ci.post("/api/v1/runs", content=whole[: int(share * len(whole))], headers=TAR)
    assert refused.status_code == 422
    assert not [path for path in settings.runs.iterdir() if path.is_dir()]


def test_a_compressed_archive_95(ci: TestClient) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        _member("plan.json", b"0" * 1_000_000)(tar)
    assert ci.post("/api/v1/runs", content=data.getvalue(), headers=TAR).status_code == 422
    assert (
        ci.post("/api/v1/runs", content=data.getvalue(), headers={"Content-Type": "application/gzip"}).status_code
        == 415
    )


def test_people_do_not_post_runs_97(browser: Callable[..., Browser]) -> None:
    assert browser("Administrator").post("/runs").status_code == 403
