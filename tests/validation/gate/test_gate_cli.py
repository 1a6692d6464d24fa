"""``clinval gate`` as it is typed: exit codes, formats, and the files that it writes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from model.network.load import load_network
from model.network.save import save_network
from model.network.toml_text import quoted
from tests.validation import synthetic
from validation import run
from validation.__main__ import FrontDoor
from validation.comparison import compare
from validation.comparison.record import make_record, save_record
from validation.gate import load_known_failures
from validation.results import Run

ROOT = Path(__file__).resolve().parents[3]
NETWORK = synthetic.network(8, 16, seed=11)
CARDS = synthetic.cards(NETWORK, 160, seed=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base and a candidate on disk, the candidate blind in one must-not-miss condition."""
    folder = tmp_path_factory.mktemp("gate")
    save_network(NETWORK, folder / "base")
    blind = replace(NETWORK.conditions[3], links=dict(list(NETWORK.conditions[3].links.items())[:1]))
    conditions = (*NETWORK.conditions[:3], blind, *NETWORK.conditions[4:])
    save_network(replace(NETWORK, conditions=conditions), folder / "candidate")
    for name in ("base", "candidate"):
        run(folder / name, CARDS, runs=folder / f"runs-{name}", workers=1)
    return folder


def gate(place: Path, base: str, candidate: str, *more: str, rules: str = "") -> Result:
    path = place / "gate.toml"
    path.write_text(f"format = 1\n{rules}", "utf-8")
    runs = [str(place / f"runs-{name}") for name in (base, candidate)]
    return clinval(*runs, "--rules", str(path), *more)


def clinval(*arguments: str) -> Result:
    """``clinval gate …`` through the front door, which turns refusals into exit codes."""
    return CliRunner().invoke(FrontDoor(name="clinval"), ["gate", *arguments])


def test_a_model_against_itself_passes(place: Path) -> None:
    said = gate(place, "base", "base", "--format", "plain")
    assert said.exit_code == 0
    assert said.stdout.splitlines()[-1] == "0 broken · 0 fixed → GATE PASSED"
    assert "50 cases played a second time gave the same result" in said.stdout


def test_a_harmful_candidate_fails_and_the_cases_are_named(place: Path) -> None:
    said = gate(place, "base", "candidate", "--format", "plain")
    assert said.exit_code == 1
    assert said.stdout.splitlines()[-1].endswith("GATE FAILED")
    assert "must-not-miss condition left the top 3" in said.stdout
    assert re.search(r"- c03-\d+: Condition 3 no\. [123] before, now no\. \d", said.stdout)


def test_json_is_the_verdict(place: Path) -> None:
    said = gate(place, "base", "candidate", "--format", "json")
    record = json.loads(said.stdout)
    assert (said.exit_code, record["status"], record["heading"]) == (1, "fail", "GATE FAILED")
    assert record["counts"]["comparable"] == 160


def test_the_projects_own_rules(place: Path) -> None:
    runs = [str(place / f"runs-{name}") for name in ("base", "candidate")]
    assert clinval(*runs, "--rules", str(ROOT / "gate.toml")).exit_code == 1


def test_waivers_are_proposed_and_then_hold(place: Path) -> None:
    proposed = gate(place, "base", "candidate", "--propose-waivers").stdout
    said = gate(place, "base", "candidate", rules=proposed)
    assert said.exit_code == 2  # nobody has signed
    completed = proposed.replace('reviewer = ""', 'reviewer = "A. Smith"').replace('reason = ""', 'reason = "agreed"')
    said = gate(place, "base", "candidate", "--format", "json", rules=completed)
    findings = json.loads(said.stdout)["findings"]
    assert not [one for one in findings if (one["rule"], one["status"]) == ("G1", "fail")]


def test_the_ratchet_is_written_signed_and_held(place: Path) -> None:
    path = place / "known.toml"
    path.unlink(missing_ok=True)
    rules = f"[ratchet]\nfile = {quoted(path.name)}\n"
    said = gate(place, "base", "base", "--update-ratchet", str(path), rules=rules)
    assert said.exit_code == 0
    text = path.read_text("utf-8")
    wrong = [name for name, row in Run.open(place / "runs-base").rows.items() if row["rank_right"] != 1]
    assert text.count("[[known_failure]]") == len(wrong) > 1
    assert gate(place, "base", "base", rules=rules).exit_code == 2  # without owner and reason it is refused
    owned = text.replace('owner = ""', 'owner = "J. Doe"').replace('reason = ""', 'reason = "known"')
    path.write_text(owned, "utf-8")
    assert gate(place, "base", "base", rules=rules).exit_code == 1  # nobody has signed
    path.write_text(owned.replace('signed_off_by = ""', 'signed_off_by = "A. Smith"'), "utf-8")
    assert gate(place, "base", "base", rules=rules).exit_code == 0
    before = place / "before.toml"
    before.write_text(owned, "utf-8")
    path.write_text(owned, "utf-8")
    assert gate(place, "base", "base", "--base-ratchet", str(before), rules=rules).exit_code == 0
    said = gate(place, "base", "base", "--update-ratchet", str(path), rules=rules)
    assert "0 taken out, 0 proposed" in said.stdout
    assert [entry.case for entry in load_known_failures(path)] == sorted(wrong)


def test_inconclusive_stops_unless_it_is_accepted(place: Path) -> None:
    rules = "[overall]\nmargin = 0.001\n"
    changed = place / "other"
    if not changed.exists():
        network = load_network(place / "base")
        save_network(network, changed)
        path = changed / "conditions" / "c00.toml"
        path.write_text(path.read_text("utf-8").replace("0.9", "0.89"), "utf-8")
        run(changed, CARDS, runs=place / "runs-other", workers=1)
    said = gate(place, "base", "other", rules=rules)
    assert said.exit_code == 4
    assert "GATE INCONCLUSIVE: a person decides" in said.stdout
    assert gate(place, "base", "other", rules=rules + 'inconclusive = "pass"\n').exit_code == 0


def test_a_model_that_is_gone_is_not_played_again(place: Path) -> None:
    hidden = place / "base"
    hidden.rename(place / "moved")
    try:
        said = gate(place, "base", "base", "--format", "plain")
    finally:
        (place / "moved").rename(hidden)
    assert said.exit_code == 0
    assert "A/A replay not done" in said.stdout


def test_a_run_that_is_not_there(place: Path) -> None:
    said = gate(place, "base", "nowhere")
    assert said.exit_code == 2
    assert "E-NO-RUN" in said.stderr


def test_a_saved_diff_is_judged_by_its_name(place: Path) -> None:
    runs = [Run.open(place / f"runs-{name}") for name in ("base", "candidate")]
    save_record(make_record(compare(*runs), place), place)
    path = place / "gate.toml"
    path.write_text("format = 1\n", "utf-8")
    for saved in (place, place / "diffs"):
        said = clinval(str(saved), "--rules", str(path), "--format", "json")
        assert said.exit_code == 1
        assert json.loads(said.stdout) == json.loads(gate(place, "base", "candidate", "--format", "json").stdout)
