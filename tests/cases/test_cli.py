"""``clinval cases`` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cases import Card, CaseSet, load_cases
from cases.cli import app
from cases.statistics import Spread, statistics
from cases.writers import save_cases
from model.errors import InputError
from model.network import ClinicalNetwork, save_network

Vary = Callable[..., dict[str, Any]]


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def model(network: ClinicalNetwork, tmp_path: Path) -> Path:
    """The small network as a directory."""
    save_network(network, tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def case_file(vary: Vary, tmp_path: Path) -> Path:
    """Three cases: one faultless, one with an unknown finding, one merely named in its complaint."""
    records = [
        vary(),
        vary(id="b", complaint="Ow.", findings={"nasuea": "present"}, patient={"age": 50}),
        vary(id="c", complaint="I have appendicitis", patient={"age": 80}),
    ]
    path = tmp_path / "cases.jsonl"
    save_cases([Card.model_validate(record) for record in records], path)
    return path


def test_check_accepts_and_sets_aside(case_file: Path, model: Path) -> None:
    result = _run("check", case_file, "--model", model, "--format", "plain")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("quarantine  E-UNKNOWN-FINDING  cases.jsonl › line 2 › findings › nasuea")
    assert lines[1].startswith("warn  W-DIAGNOSIS-NAMED  cases.jsonl › line 3")
    assert lines[-1] == "accept 2 of 3 · 1 quarantining · 1 warnings"


def test_check_strict_rejects(case_file: Path, model: Path) -> None:
    result = _run("check", case_file, "--model", model, "--strict")
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == "REJECTED: accept 0 of 3 · 1 rejecting · 1 warnings"


def test_check_prints_json(case_file: Path, model: Path) -> None:
    report = json.loads(_run("check", case_file, "--model", model, "--format", "json").output)
    assert (report["read"], report["accepted"]) == (3, 2)
    assert [(problem["code"], problem["severity"], problem["catalogue"]) for problem in report["problems"]] == [
        ("E-UNKNOWN-FINDING", "quarantine", 69),
        ("W-DIAGNOSIS-NAMED", "warn", 85),
    ]


@pytest.mark.parametrize("output", ["rich", "plain", "json"])
def test_check_lists_all_that_is_wrong_with_a_file(output: str, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text('{"id": NaN}\n{\n')
    result = _run("check", tmp_path / "c.jsonl", "--format", output)
    assert result.exit_code == 2
    assert "E-NUMBER" in result.output
    assert "E-JSON" in result.output


def test_check_shortens_long_lists_of_warnings(vary: Vary, tmp_path: Path) -> None:
    cards = [Card.model_validate(vary(id=f"c-{number}", kind="corpus")) for number in range(30)]
    save_cases(cards, tmp_path / "cases.csv")
    result = _run("check", tmp_path / "cases.csv")
    assert result.output.count("W-DUPLICATE  ") == 5
    assert "… and 24 more W-DUPLICATE" in result.output


def test_check_compares_with_what_was_signed_off_and_trained_on(vary: Vary, tmp_path: Path) -> None:
    save_cases([Card.model_validate(vary())], tmp_path / "old.jsonl")
    save_cases([Card.model_validate(vary(complaint="Ow."))], tmp_path / "new.jsonl")
    edited = _run("check", tmp_path / "new.jsonl", "--base", tmp_path / "old.jsonl")
    leaked = _run("check", tmp_path / "new.jsonl", "--train", tmp_path / "old.jsonl")
    assert (edited.exit_code, leaked.exit_code) == (2, 2)
    assert "E-EDITED" in edited.output
    assert "E-LEAKAGE" in leaked.output


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.jsonl", "out.parquet", "out"])
def test_export_loses_nothing(name: str, case_file: Path, tmp_path: Path) -> None:
    result = _run("export", case_file, "-o", tmp_path / name)
    assert result.exit_code == 0, result.output
    assert load_cases(tmp_path / name).digest == load_cases(case_file).digest


def test_what_is_written_is_told_to_programs(case_file: Path, model: Path, tmp_path: Path) -> None:
    goal = {"id": "7", "disease": "croup", "explicit": {"cough": 1}, "implicit": {}}
    (tmp_path / "goal.jsonl").write_text(json.dumps(goal) + '\n{"id": 8}\n')
    for arguments, read, written in (
        (["export", case_file], 3, 3),
        (["import", "goal", tmp_path / "goal.jsonl"], 2, 1),
        (["simulate", "--model", model, "-n", 5], 5, 5),
    ):
        out = tmp_path / f"{arguments[0]}.jsonl"
        result = _run(*arguments, "-o", out, "--format", "json")
        assert result.exit_code == 0, result.output
        record = json.loads(result.stdout)
        assert (record["path"], record["read"], record["written"]) == (str(out), read, written)
        assert record["digest"] == load_cases(out).digest
        assert len(record["problems"]) == read - written


def test_export_can_select(case_file: Path, tmp_path: Path) -> None:
    assert _run("export", case_file, "-o", tmp_path / "o.csv", "-k", "age > 40 and not b").exit_code == 0
    assert [card.id for card in load_cases(tmp_path / "o.csv")] == ["c"]


def test_import_writes_cards(tmp_path: Path) -> None:
    goal = {"id": "7", "disease": "croup", "explicit": {"cough": 1}, "implicit": {}}
    (tmp_path / "cases.jsonl").write_text(json.dumps(goal) + "\n")
    result = _run("import", "goal", tmp_path, "-o", tmp_path / "cards", "--unlisted", "absent", "--split", "test")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("1 of 1 cases written")
    card = load_cases(tmp_path / "cards").cards[0]
    assert (card.unlisted, card.split) == ("absent", "test")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["export", "nowhere.csv", "-o", "x.csv"], "E-NO-FILE"),
        (["import", "ddxplus", "nowhere", "-o", "x.csv"], "E-NO-FILE"),
        (["import", "ddxplus", "{cases}", "-o", "x.csv", "--conditions", "nowhere.json"], "E-NO-FILE"),
        (["stats", "{model}"], "E-NETWORK-AS-CASES"),
        (["stats", "net.bif"], "E-NO-FILE"),
        (["stats", "/dev/zero"], "E-FILE"),
        (["stats", "nowhere"], "E-NO-FILE"),
        (["export", "{cases}", "-o", "x.ods"], "E-FORMAT"),
        (["export", "{cases}", "-o", "{cases}"], "E-EXISTS"),
        (["stats", "{cases}", "-k", "zebra"], "E-NO-MATCH"),
    ],
)
def test_bad_usage_is_an_input_error(arguments: list[str], code: str, case_file: Path, model: Path) -> None:
    result = _run(*(argument.format(cases=case_file, model=model) for argument in arguments))
    assert isinstance(result.exception, InputError)  # The front door prints it and exits with 2.
    assert result.exception.problems[0].code == code


def test_stats_count(case_file: Path, network: ClinicalNetwork, model: Path) -> None:
    figures = statistics(load_cases(case_file), network)
    assert (figures.n_cases, figures.n_contents, figures.n_findings) == (3, 3, 5)
    assert figures.conditions == {"appendicitis": 3}
    assert figures.specialties == {"surgery": 3}
    assert figures.conditions_without_case == ("gastroenteritis",)
    assert figures.per_case["present"] == Spread(7 / 3, 2, 2, 3)
    assert figures.ages == {"0+": 3}
    assert statistics(load_cases(case_file)).ages == {"16-39": 1, "40-64": 1, "65+": 1}
    plain = _run("stats", case_file, "--model", model, "--format", "plain").output
    assert "conditions with a case: 1 of 2\n  without: gastroenteritis" in plain
    assert _run("stats", case_file).exit_code == 0
    as_json = json.loads(_run("stats", case_file, "--format", "json").output)
    assert as_json["digest"] == figures.digest


def test_stats_of_unknown_people(vary: Vary) -> None:
    figures = statistics(CaseSet((Card.model_validate(vary(patient=None)),)))
    assert (figures.ages, figures.sexes) == ({"not known": 1}, {"not known": 1})
