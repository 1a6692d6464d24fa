"""The project's own history as the demonstration: three pull requests, three verdicts.

A clone of this very repository at HEAD, its own code, its own ``gate.toml``; nothing but git and Python.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from model.inference.native import library

ROOT = Path(__file__).resolve().parents[2]
CONDITIONS = "model/networks/starter/conditions"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class PullRequest:
    """A branch with edits to a condition each: file, what it says, what it is made to say."""

    branch: str
    edits: tuple[tuple[str, str, str], ...]


HARMFUL = PullRequest("harmful", (("bacterial_meningitis", "fever = 0.8", "fever = 0.02"),))
HARMLESS = PullRequest("harmless", (("appendicitis", "nausea = 0.62", "nausea = 0.63"),))
MIXED = PullRequest(
    "mixed",
    (
        ("pulmonary_embolism", "0.002, 0.0045]", "0.002, 0.02]"),
        ("stroke_or_tia", "one_sided_numbness = 0.4", "one_sided_numbness = 0.02"),
    ),
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository at HEAD, with a branch for each pull request that stems from ``trunk``."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git repository: there is no history to demonstrate anything with")
    place = tmp_path_factory.mktemp("demonstration") / "clinval"
    git(ROOT, "clone", "--quiet", "--no-hardlinks", f"file://{ROOT}", str(place))
    git(place, "checkout", "--quiet", "-B", "trunk", git(ROOT, "rev-parse", "HEAD"))
    shutil.copy(library()._name, place / "model" / "inference")
    for change in (HARMFUL, HARMLESS, MIXED):
        git(place, "checkout", "--quiet", "-b", change.branch, "trunk")
        for condition, old, new in change.edits:
            path = place / CONDITIONS / f"{condition}.toml"
            text = path.read_text()
            assert text.count(old) == 1, f"{path} says {old!r} {text.count(old)} times"
            path.write_text(text.replace(old, new))
        git(place, "commit", "--quiet", "--all", "-m", change.branch)
    return place


def git(place: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=place, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{what}": "demo@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "COLUMNS": "200", **more}


def clinval(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "validation", *arguments]
    return subprocess.run(
        command,
        cwd=clone,
        env=environment(PYTHONPATH=str(clone)),
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def check(clone: Path, change: PullRequest) -> tuple[subprocess.CompletedProcess[str], dict[str, Any], str]:
    """The check of a pull request as CI does it: its record and its comment."""
    git(clone, "checkout", "--quiet", change.branch)
    done = clinval(clone, "check", "--base", "trunk", "--format", "plain")
    assert done.returncode in (0, 1, 4), done.stderr
    assert git(clone, "status", "--porcelain") == ""
    place = clone / "runs" / "check"
    assert {path.name for path in place.iterdir()} == {"report.html", "comment.md", "junit.xml", "diff.json"}
    return done, json.loads((place / "diff.json").read_text()), (place / "comment.md").read_text()


def test_a_harmful_edit_fails_and_is_named(clone: Path) -> None:
    done, record, comment = check(clone, HARMFUL)
    assert done.returncode == 1
    assert done.stdout.rstrip().splitlines()[-2].endswith("GATE FAILED")
    assert record["verdict"]["status"] == "fail"
    assert record["counts"]["broken"] >= 1
    blamed = re.search(r"bacterial_meningitis\.fever \.80?→\.02 broke (\d+)", done.stdout)
    assert blamed is not None, done.stdout
    assert "bacterial_meningitis.fever" in comment
    assert "bacterial_meningitis-older-no-neck-stiffness" in comment


def test_a_harmless_edit_passes_in_one_line(clone: Path) -> None:
    done, record, comment = check(clone, HARMLESS)
    assert done.returncode == 0, done.stdout
    assert record["verdict"]["status"] == "pass"
    assert record["changed"] == []
    assert len(comment.strip().splitlines()) == 2  # the marker, and what there is to say


def test_a_never_event_fails_though_the_averages_rise(clone: Path) -> None:
    done, record, comment = check(clone, MIXED)
    counts, events = record["counts"], record["events"]
    assert (counts["broken"], counts["fixed"]) == (0, 1)
    assert events["must-not-miss-lost"] == 1
    (overall,) = record["verdict"]["overall"]
    assert overall["right_candidate"] > overall["right_base"]
    assert done.returncode == 1, done.stdout
    failed = {finding["rule"] for finding in record["verdict"]["findings"] if finding["status"] == "fail"}
    assert failed == {"G1"}
    blame = {summary["edit"]: summary for summary in record["attribution"]["by_edit"]}
    words = {number: str(record["attribution"]["edits"][number]) for number in blame}
    (harm,) = [number for number, summary in blame.items() if summary["never_events"]]
    (good,) = [number for number, summary in blame.items() if "fixed" in summary["cases"]]
    assert "stroke_or_tia" in words[harm]
    assert "one_sided_numbness" in words[harm]
    assert "pulmonary_embolism" in words[good]
    assert "stroke_or_tia.one_sided_numbness" in comment


def test_no_change_is_an_empty_diff_byte_for_byte(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "trunk")
    arguments = ("--model", "model/networks/starter", "--cases", "cases/corpora/starter")
    first = clinval(clone, "check", "--base", "trunk", *arguments, "-o", "runs/a")
    again = clinval(clone, "check", "--base", "trunk", *arguments, "-o", "runs/b")
    assert first.returncode == again.returncode == 0, first.stdout + first.stderr
    assert json.loads((clone / "runs/a/diff.json").read_text())["is_empty"]
    for name in ("report.html", "comment.md", "junit.xml", "diff.json"):
        one, other = ((clone / place / name).read_bytes() for place in ("runs/a", "runs/b"))
        assert one.replace(b"runs/a", b"runs/b") == other, name
