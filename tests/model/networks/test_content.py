"""The networks that the project ships: what a clinical team would check before it looks closer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from model.content import check_content, nearest_pairs
from model.errors import Severity
from model.network import check_network, load_network
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, Triage

ROOT = Path(__file__).resolve().parents[3]
NETWORKS = sorted(path.parent.name for path in (ROOT / "model/networks").glob("*/network.toml"))


def shipped(name: str) -> ClinicalNetwork:
    network = load_network(ROOT / "model/networks" / name)
    assert isinstance(network, ClinicalNetwork)
    return network


@pytest.mark.parametrize("name", NETWORKS)
def test_is_well_formed(name: str) -> None:
    problems = check_network(ROOT / "model/networks" / name)
    assert not [str(problem) for problem in problems]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_condition_is_reached_and_told_apart_and_red_flags_lead_to_danger(name: str) -> None:
    """Also: totals of the prevalences, and questions."""
    assert not [str(problem) for problem in check_content(shipped(name))]


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_an_orphan(name: str) -> None:
    network = shipped(name)
    linked = {finding for condition in network.conditions for finding in condition.links}
    assert not set(network.finding_index) - linked
    used = {risk for condition in network.conditions for risk in condition.odds_ratios}
    assert not set(network.risk_factor_index) - used


@pytest.mark.parametrize("name", NETWORKS)
def test_the_model_card_says_what_it_is_not_for(name: str) -> None:
    assert "not for treating patients" in (ROOT / "model/networks" / name / "MODEL_CARD.md").read_text().lower()


def test_spelling() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "codespell", "model", "cases", "validation", "README.md", "CONTRIBUTING.md"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def twins() -> ClinicalNetwork:
    """Two conditions that nothing tells apart, a red flag that leads nowhere, a sentence for a question."""
    findings = (
        Finding("cough", "Cough", "Do you cough?", leak=(0.9, 0.1)),
        Finding("blood", "Blood", "Blood in what you cough up.", red_flag=True, leak=(0.99, 0.01)),
    )
    same = {"cough": Link((0.2, 0.8))}
    conditions = (
        Condition("a", "A", Triage.ROUTINE, prevalence=((0.9,), (0.9,)), links=same),
        Condition("b", "B", Triage.ROUTINE, prevalence=((0.8,), (0.8,)), links=same),
    )
    return ClinicalNetwork("twins", conditions, findings, (), age_bands=((0.0, 150.0),), population=((0.5,), (0.5,)))


def test_the_checks_find_what_is_wrong() -> None:
    problems = check_content(twins())
    assert {problem.severity for problem in problems} == {Severity.WARN}
    texts = [str(problem) for problem in problems]
    assert [text.split()[0] for text in texts] == [
        "W-UNREACHABLE", "W-INSEPARABLE", "W-RED-FLAG", "W-TOTAL-PREVALENCE", "W-TOTAL-PREVALENCE", "W-QUESTION",
    ]  # fmt: skip
    assert "conditions › b: found a ahead" in texts[0]
    assert "a and b 0.00 apart; expected at least 0.25" in texts[1]


def test_distance_by_hand() -> None:
    net = twins()
    apart = replace(net.conditions[1], links={"cough": Link((0.8, 0.2))})
    (pair,) = nearest_pairs(replace(net, conditions=(net.conditions[0], apart)))
    # One finding differs: -ln(2 sqrt(.8 * .2)); the other is the same leak.
    assert pair.distance == pytest.approx(0.2231435513)


def test_the_command_names_the_nearest_pairs() -> None:
    command = [Path(sys.executable).parent / "clinval", "model", "check", "model/networks/starter", "--content"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in told[:-1]] == ["nearest"] * 10
    assert told[-1].startswith("0 errors · 0 warnings")
