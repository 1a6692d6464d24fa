"""The policy beside a network: checked with it, and taken along when it is converted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from model.cli import app
from model.network import check_network, load_network
from model.policy.config import load_policy
from tests.model.network.bad_networks import TOML, replaced, write_toml
from tests.model.network.test_importers import SYMCAT

POLICY = 'format = 1\n[policy]\nkind = "fixed_order"\norder = ["cough", "fever"]\n'
INFLUENZA = "conditions/influenza.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("policy", "code", "words"),
    [
        ("format = 1\n[policy\n", "E-SYNTAX", "clinic/policy.toml › line 2"),
        ("format = 1\n[policy]\nkind = ", "E-TRUNCATED", "clinic/policy.toml: found an unfinished end"),
        ("format = 1\n[polcy]\n", "E-POLICY-KEY", "did you mean policy?"),
        ("format = 2\n", "E-POLICY-VALUE", "clinic/policy.toml › format: found 2"),
        (
            replaced(POLICY, "cough", "cogh"),
            "E-FINDING",
            "the unknown finding 'cogh'; expected a finding of the network",
        ),
        (b"format = 1 # M\xfcller\n", "E-ENCODING", "clinic/policy.toml"),
        (b"\x80\x04", "E-PICKLE", "clinic/policy.toml"),
    ],
)
def test_a_broken_policy_is_listed_with_the_other_problems(
    policy: str | bytes, code: str, words: str, tmp_path: Path
) -> None:
    broken = replaced(TOML[INFLUENZA], "fever = 0.8", "fever = 1.8")
    directory = write_toml(tmp_path, {INFLUENZA: broken, "policy.toml": policy})
    problems = check_network(directory)
    assert [problem.code for problem in problems] == ["E-PROBABILITY", code]
    assert words in str(problems[1])
    assert run("check", directory).exit_code == 2


@pytest.mark.parametrize("policy", [POLICY, ""])
def test_a_sound_policy_or_none_has_no_problem(policy: str, tmp_path: Path) -> None:
    assert check_network(write_toml(tmp_path, {"policy.toml": policy} if policy else {})) == []


@pytest.mark.parametrize(
    ("target", "copied", "left"),
    [("new", True, "MODEL_CARD.md"), ("new.bif", False, "policy.toml, MODEL_CARD.md"), ("new.xmlbif", False, "policy")],
)
def test_convert_takes_the_policy_along_or_says_that_it_does_not(
    target: str, copied: bool, left: str, tmp_path: Path
) -> None:
    source = write_toml(tmp_path, {"policy.toml": POLICY, "MODEL_CARD.md": "# Clinic"})
    done = run("convert", source, "--out", tmp_path / target, "--format", "json")
    assert done.exit_code == 0, done.output
    (problem,) = (entry for entry in json.loads(done.stdout)["problems"] if entry["code"] == "W-NOT-COPIED")
    assert problem["found"].startswith(f"files that were not taken along: {left}")
    assert "W-NOT-COPIED" in done.stderr
    if copied:
        assert load_policy(tmp_path / target).digest == load_policy(source).digest
        assert check_network(tmp_path / target) == []


def test_convert_of_a_network_alone_says_nothing(tmp_path: Path) -> None:
    done = run("convert", write_toml(tmp_path), tmp_path / "new")
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("form", ["{target}", "-o {target}", "--out {target}"])
def test_the_target_of_an_import_has_a_place_and_a_name(form: str, tmp_path: Path) -> None:
    (tmp_path / "symcat.json").write_text(json.dumps(SYMCAT))
    target = tmp_path / "new"
    done = run("import", "symcat", tmp_path / "symcat.json", *form.format(target=target).split())
    assert done.exit_code == 0, done.output
    assert load_network(target).conditions
    again = run("import", "symcat", tmp_path / "symcat.json", target)
    assert (again.exit_code, "E-EXISTS" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"), [([], "missing"), (["a", "-o", "b"], "give one of them"), (["-o", ""], "an empty name")]
)
def test_exactly_one_target(arguments: list[str], words: str, tmp_path: Path) -> None:
    source = write_toml(tmp_path)
    for verb in (["convert", source], ["import", "symcat", source]):
        done = run(*verb, *arguments)
        assert done.exit_code == 2
        assert words in done.stderr
