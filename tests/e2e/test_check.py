"""``clinval check`` as a shell runs it: what is checked, what is written, and how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.validation.origins.conftest import CASES, MODEL, commit_all, git, replace_in
from tests.validation.shell import clinval

CONDITION = MODEL / "conditions" / "c03.toml"  # must not be missed

pytestmark = pytest.mark.usefixtures("checked_repository")


def check(*arguments: str, base: str = "main") -> subprocess.CompletedProcess[str]:
    return clinval("check", "--base", base, "--format", "plain", *arguments, cwd=Path.cwd())


def make_worse() -> None:
    """A condition of which nothing is left."""
    lines = CONDITION.read_text().splitlines()
    kept = [f"{line.split(' = ')[0]} = 0.001" if line.startswith("f") and line[1].isdigit() else line for line in lines]
    CONDITION.write_text("\n".join(kept) + "\n")


def rewrite_the_model(name: str) -> None:
    shutil.copytree(MODEL, MODEL.with_name(name))
    shutil.copytree(CASES, CASES.with_name(name))
    replace_in(MODEL.with_name(name) / "network.toml", 'name = "synthetic"', f'name = "{name}"')


def test_no_change_passes_in_one_line() -> None:
    done = check()
    assert done.returncode == 0, done.stdout + done.stderr
    verdict, reports = done.stdout.splitlines()
    assert verdict.endswith("GATE PASSED")
    assert reports.startswith("reports: runs/check/report.html")


def test_harm_fails_and_every_report_says_so() -> None:
    make_worse()
    done = check()
    assert done.returncode == 1, done.stdout + done.stderr
    place = Path("runs/check")
    assert "GATE FAILED" in (place / "report.html").read_text()
    comment = (place / "comment.md").read_text()
    assert comment.startswith("<!-- clinval synthetic -->\n")
    assert "GATE FAILED" in comment
    assert "clinval check --base main --model model/networks/small --cases cases/corpora/small" in comment
    assert int(ET.parse(place / "junit.xml").getroot().get("failures", "0")) > 0
    record = json.loads((place / "diff.json").read_text())
    assert record["verdict"]["status"] == "fail"
    assert record["attribution"]["by_edit"]
    assert str(Path.cwd()) not in (place / "diff.json").read_text()


def test_the_rules_say_which_cases_are_played(checked_repository: Path) -> None:
    with Path("gate.toml").open("a") as rules:
        rules.write('[cases]\nselect = "sex == female"\n')
    commit_all(checked_repository, "half of them")
    assert check("--no-blame", base="HEAD").stdout.startswith("no difference: 8 cases")
    assert check("--no-blame", "-k", "", base="HEAD").stdout.startswith("no difference: 16 cases")
    make_worse()
    check("--no-blame")
    assert "8 of 16 cases are played: sex == female" in Path("runs/check/comment.md").read_text()


def test_without_blame_nothing_is_attributed() -> None:
    make_worse()
    assert check("--no-blame").returncode == 1
    assert json.loads(Path("runs/check/diff.json").read_text())["attribution"] is None


def test_what_changed_is_what_is_checked(checked_repository: Path) -> None:
    rewrite_the_model("large")
    commit_all(checked_repository, "another model")
    assert "checking large" in check().stderr  # nothing changed: the first of equally large ones
    make_worse()
    done = check()
    assert "checking small" in done.stderr
    assert done.returncode == 1
    card = min(CASES.with_name("large").rglob("*.toml"))
    replace_in(card, 'sex = "', 'pregnant = false\nsex = "')
    done = check()
    assert "checking large, small" in done.stderr
    assert done.returncode == 1  # the worst of both
    assert {path.name for path in Path("runs/check").iterdir() if path.is_dir()} == {"large", "small"}
    assert (Path("runs/check/large/comment.md").read_text()).startswith("<!-- clinval large -->\n")
    records = json.loads(clinval("check", "--base", "main", "--format", "json", cwd=checked_repository).stdout)
    assert [record["verdict"]["status"] for record in records][1] == "fail"


def test_a_new_model_has_nothing_to_be_compared_with() -> None:
    rewrite_the_model("new")
    done = check("--model", str(MODEL.with_name("new")), "--cases", str(CASES))
    assert done.returncode == 4
    assert "E-NEW-MODEL" in done.stderr


def test_time_that_is_up_is_no_verdict() -> None:
    done = check("--budget", "0s")
    assert done.returncode == 4
    assert "GATE INCOMPLETE" in done.stdout


def test_what_others_merged_since_is_not_the_candidates(checked_repository: Path) -> None:
    git(checked_repository, "checkout", "--quiet", "-b", "feature")
    commit_all(checked_repository, "mine")
    git(checked_repository, "checkout", "--quiet", "main")
    make_worse()
    commit_all(checked_repository, "theirs")
    git(checked_repository, "checkout", "--quiet", "feature")
    assert check().returncode == 0
    done = check("--from-tip")  # the candidate lacks what was made worse: it is better
    assert "synthetic" in done.stdout
    assert json.loads(Path("runs/check/diff.json").read_text())["is_empty"] is False


def test_rules_that_the_candidate_changed_are_told() -> None:
    rules = Path("gate.toml").read_text()
    Path("gate.toml").write_text(rules + "# a comment is a change too\n")
    done = check()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gate.toml changed: the candidate was judged by other rules than main" in done.stdout
    assert "- nothing but comments and layout" in done.stdout
    Path("gate.toml").write_text(rules.replace("[overall]", "[overall]\nmargin = 0.5"))
    assert "- overall.margin 0.02 → 0.5" in check().stdout
    assert "overall.margin 0.02 → 0.5" in Path("runs/check/comment.md").read_text()


def test_a_failure_cannot_be_edited_or_removed_out_of_sight() -> None:
    """A change that breaks cases and touches exactly these cases, so that none is left to fail."""
    make_worse()
    assert check("--no-blame").returncode == 1
    record = json.loads(Path("runs/check/diff.json").read_text())
    unsafe = sorted(
        {case for found in record["verdict"]["findings"] if found["rule"] == "G1" for case in found["cases"]}
    )
    assert len(unsafe) > 1
    files = {path.stem: path for path in CASES.rglob("*.toml")}
    for case in unsafe[1:]:
        files[case].unlink()
    text = files[unsafe[0]].read_text()
    files[unsafe[0]].write_text(
        "\n".join(line for line in text.splitlines() if not line.startswith(("must_not_miss", "triage"))) + "\n"
    )
    done = check("--no-blame")
    assert done.returncode == 1, done.stdout
    assert "never-event in a case edited or taken out" in done.stdout
    assert f"{unsafe[0]}: " in done.stdout
    assert "cases taken out" in done.stdout
    assert "cases made easier" in done.stdout
    comment = Path("runs/check/comment.md").read_text()
    assert comment.index("never-event in a case edited or taken out") < comment.index("<details>")


def test_a_known_failure_that_the_base_does_not_list_needs_a_signature(checked_repository: Path) -> None:
    replace_in(Path("gate.toml"), "[overall]", '[ratchet]\nfile = "known.toml"\n[overall]')
    Path("known.toml").write_text("format = 1\n")
    commit_all(checked_repository, "an empty list")
    make_worse()
    check("--no-blame")
    proposed = clinval("gate", "runs", "--update-ratchet", "known.toml", cwd=checked_repository)
    assert "proposed" in proposed.stdout, proposed.stderr
    runs = Path("runs").rename("played")
    empty = check("--no-blame")
    assert (empty.returncode, "known_failure 1 › owner: found an empty text" in empty.stderr) == (2, True)
    assert not Path("runs").exists()  # told before any case is played
    played = runs.rename("runs")
    assert played.exists()
    replace_in(Path("known.toml"), 'owner = ""\nreason = ""', 'owner = "A"\nreason = "known"')
    assert "signed off by nobody but the owner" in check("--no-blame").stdout
    replace_in(Path("known.toml"), 'signed_off_by = ""', 'signed_off_by = "B"')
    assert "signed off by nobody but the owner" not in check("--no-blame").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "model/networks/small"], "go together"),
        (["--rules", "nowhere.toml"], "no such file"),
        (["--base", "nowhere"], "neither a path here nor a git ref"),
        (["--base", "--output=x"], "not an option"),
        (["--candidate", "-x"], "not an option"),
        (["--budget", "soon"], "is not a duration"),
    ],
)
def test_refused_before_anything_is_played(arguments: list[str], words: str) -> None:
    done = check(*arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert not Path("runs").exists()


def test_a_base_that_is_no_commit_needs_a_model() -> None:
    done = check(base=f"./{MODEL}")
    assert done.returncode == 2
    assert "E-CHECK-MODEL" in done.stderr
