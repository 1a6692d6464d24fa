"""``clinval report`` as a shell calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from defusedxml import ElementTree
from typer.testing import CliRunner, Result

from reports.cli.report import Kind, app, kind_of
from reports.data import ReportData, from_json, report_data, to_json
from reports.data.saved import open_data, provenance_of
from reports.markdown import MARKER
from tests.reports import samples
from validation.comparison import Diff
from validation.comparison.record import Origin, make_record, save_record
from validation.store.files import StoreError


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of runs with two of them, and their diff with its verdict."""
    runs = tmp_path_factory.mktemp("saved") / "runs"
    diff = samples.a_diff(runs)
    record = make_record(
        diff, runs, base=Origin(label="origin/main (3f2a91c)", kind="ref", commit="3f2a91c" * 5),
        candidate=Origin(label="working tree", kind="worktree"), verdict=samples.judged(diff).to_dict(),
    )  # fmt: skip
    save_record(record, runs)
    return runs


def report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("what", ["diffs", "diffs/latest-itself", "diff.json"])
def test_a_saved_diff_is_found(saved: Path, what: str, tmp_path: Path) -> None:
    key = (saved / "diffs" / "latest").read_text().strip()
    path = {"diffs": saved / "diffs", "diff.json": saved / "diffs" / key / "diff.json"}.get(what, saved / "diffs" / key)
    out = tmp_path / "report.json"
    result = report(path, "-o", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(out)
    data = from_json(out.read_bytes())
    assert data.title == "origin/main (3f2a91c) → working tree"
    assert data.verdict is not None
    assert f"clinval show --base 3f2a91c3f2a9 --candidate . {data.cases[0].id}" == data.cases[0].command


def test_kinds_by_their_endings(saved: Path, tmp_path: Path) -> None:
    for name in ("report.md", "report.xml", "report.json"):
        assert report(saved / "diffs", "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "report.md").read_text().startswith(MARKER)
    assert ElementTree.parse(tmp_path / "report.xml").getroot().tag == "testsuites"
    assert json.loads((tmp_path / "report.json").read_text())["n_comparable"] == 72
    assert report(saved / "diffs", "-o", tmp_path / "comment", "--as", "markdown").exit_code == 0
    assert (tmp_path / "comment").read_bytes() == (tmp_path / "report.md").read_bytes()


def test_html(saved: Path, tmp_path: Path) -> None:
    assert report(saved / "diffs", "-o", tmp_path / "report.html").exit_code == 0
    assert (tmp_path / "report.html").read_text().lower().startswith("<!doctype html>")


def test_a_run(saved: Path, tmp_path: Path) -> None:
    """``runs`` itself is the latest run, which was the candidate's."""
    assert report(saved, "-o", tmp_path / "run.json").exit_code == 0
    data = from_json((tmp_path / "run.json").read_bytes())
    assert data.is_run
    assert data.candidate.n_finished == 72


def test_a_report_is_replaced_whole(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.md"
    for _ in range(2):
        assert report(saved / "diffs", "-o", out).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "report.htlm"], "E-KIND report.htlm: found the ending '.htlm'; expected a name that ends in .html"),
        (["-o", "report"], "no ending"),
        (["-o", " "], "empty name"),
        (["-o", "report.md", "--static"], "--static is about charts"),
        (["nowhere", "-o", "report.md"], "E-NO-DIFF runs/diffs: found nothing there"),
        (["elsewhere", "-o", "report.md"], "E-NO-RUN elsewhere: found nothing there"),
        (["-o", "report.md", "--as", "pdf"], "pdf"),
    ],
)
def test_bad_input(
    saved: Path, arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first argument is an option of the saved diff's report, or says where to look instead."""
    monkeypatch.chdir(tmp_path)
    if arguments[0] == "nowhere":
        result = report(*arguments[1:])
    else:
        result = report(*([] if arguments[0] == "elsewhere" else [saved / "diffs"]), *arguments)
    told = result.output + str(result.exception or "")
    assert result.exit_code != 0
    assert words in " ".join(told.split())


def test_a_record_changed_by_hand_is_refused(saved: Path, tmp_path: Path) -> None:
    key = (saved / "diffs" / "latest").read_text().strip()
    copy = tmp_path / "diffs" / key
    copy.mkdir(parents=True)
    record = (saved / "diffs" / key / "diff.json").read_text()
    (copy / "diff.json").write_text(record.replace("working tree", "another tree"))
    with pytest.raises(StoreError, match="changed after it was written"):
        open_data(copy)


def test_the_saved_diff_is_the_diff(saved: Path) -> None:
    diff = Diff.open(saved / "diffs")
    from validation.comparison.record import read_record

    again: ReportData = report_data(
        diff, verdict=samples.judged(diff), provenance=provenance_of(read_record(saved / "diffs"), saved)
    )
    assert to_json(open_data(saved / "diffs")) == to_json(again)


def test_endings() -> None:
    assert [kind_of(Path(f"a{suffix}")) for suffix in (".HTML", ".htm", ".md", ".xml", ".json")] == [
        Kind.HTML, Kind.HTML, Kind.MARKDOWN, Kind.JUNIT, Kind.JSON,
    ]  # fmt: skip
