"""What all verbs have in common: exit codes on closed pipes and full disks, terminals that are not UTF-8,
refusals for programs, and checks of the input before a run."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cases.card import Card
from cases.case_set import CaseSet
from cases.writers import save_cases
from model.errors import InputError
from model.network.network import ClinicalNetwork
from model.network.save import save_network
from model.network.vocabulary import Limits
from tests.validation import synthetic
from tests.validation.shell import COMMAND, clinval, environment
from validation.checked_input import check_input

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 30)
RUN = ("run", "--model", "net", "--cases", "cases.jsonl", "--format", "plain")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a network, cases, and a set that is refused."""
    place = tmp_path_factory.mktemp("place")
    save_network(NETWORK, place / "net")
    (place / "net" / "policy.toml").write_text('format = 1\n[policy]\nkind = "information_gain"\n')
    save_cases(CARDS, place / "cases.jsonl")
    (place / "bad.jsonl").write_text('{"id": NaN}\n')
    return place


def shell(line: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """A line of bash in which ``clinval`` is the program; its status is that of the pipe's first part."""
    script = f'clinval() {{ {" ".join(COMMAND)} "$@"; }}; {line}'
    command = ["bash", "-c", script]
    return subprocess.run(command, cwd=cwd, capture_output=True, env=environment(**variables), check=False, timeout=120)


@pytest.mark.parametrize(
    "verb",
    [
        " ".join(RUN),
        "run --model net --cases cases.jsonl",
        "--help",
        "model show net",
        "cases stats cases.jsonl --format json",
    ],
)
def test_a_reader_that_is_gone_is_no_failed_gate(verb: str, place: Path) -> None:
    told = shell(f"clinval {verb} | true; exit ${{PIPESTATUS[0]}}", place)
    assert (told.returncode, told.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("clinval nonsense", 2),
        ("clinval run", 2),
        ("clinval cases check bad.jsonl", 2),
        ("clinval run --model net --cases cases.jsonl --budget 0s -o late", 4),
        ("clinval --help", 0),
    ],
)
def test_exit_codes_pass_through_the_front_door(line: str, code: int, place: Path) -> None:
    assert shell(line, place).returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("verb", [" ".join(RUN), "model show net", "--help"])
def test_a_full_disk_is_one_line_and_exit_3(verb: str, place: Path) -> None:
    told = shell(f"clinval {verb} > /dev/full", place)
    assert told.returncode == 3
    assert told.stderr.decode().splitlines() == ["E-FILE  reading or writing: found no space left on device"]


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
@pytest.mark.parametrize("verb", ["run --model net --cases cases.jsonl", "show c01-0001"])
def test_a_terminal_that_is_not_utf_8_loses_signs_and_not_the_result(
    verb: str, variables: dict[str, str], place: Path
) -> None:
    usual = shell(f"clinval {verb}", place)
    told = shell(f"clinval {verb}", place, **variables)
    assert (told.returncode, b"Traceback" in told.stderr) == (usual.returncode, False)
    assert len(told.stdout.splitlines()) == len(usual.stdout.splitlines()) > 0


def test_what_the_system_refuses_is_one_line(place: Path) -> None:
    told = clinval("model", "convert", "net", "/proc/x", cwd=place)
    assert told.returncode == 3
    assert told.stderr.startswith("E-FILE  /proc/x")
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--model", "net", "--cases", "bad.jsonl"),
        ("run", "--model", "nowhere", "--cases", "cases.jsonl"),
        ("show", "x", "--run", "nowhere"),
        ("verify", "nowhere"),
        ("model", "fit", "bad.jsonl", "-o", "new"),
        ("model", "check", "nowhere"),
        ("model", "show", "nowhere"),
        ("model", "convert", "nowhere", "new"),
        ("model", "import", "ddxplus", "nowhere", "new"),
        ("crossvalidate", "bad.jsonl"),
        ("cases", "check", "bad.jsonl"),
        ("cases", "stats", "bad.jsonl"),
        ("cases", "export", "bad.jsonl", "-o", "new.csv"),
        ("cases", "import", "goal", "nowhere", "-o", "new.csv"),
        ("cases", "simulate", "--model", "nowhere", "-o", "new.csv"),
    ],
)
def test_with_json_a_refusal_is_one_value_on_stdout(arguments: tuple[str, ...], place: Path) -> None:
    told = clinval(*arguments, "--format", "json", cwd=place)
    assert told.returncode == 2
    assert json.loads(told.stdout)["problems"][0]["severity"] == "reject"
    assert "Traceback" not in told.stderr


def test_fit_destroys_no_network(place: Path) -> None:
    before = {path: path.read_bytes() for path in (place / "net").rglob("*") if path.is_file()}
    told = clinval("model", "fit", "cases.jsonl", "-o", "net", cwd=place)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("E-EXISTS  net: found a directory that is not empty")
    assert {path: path.read_bytes() for path in (place / "net").rglob("*") if path.is_file()} == before


def test_a_network_and_its_policy_are_refused_together(place: Path) -> None:
    shutil.copytree(place / "net", place / "broken")
    (place / "broken" / "findings.toml").write_text("[f")
    (place / "broken" / "policy.toml").write_text("format = 2")
    told = clinval("run", "--model", "broken", "--cases", "cases.jsonl", cwd=place)
    assert told.returncode == 2
    assert "findings.toml" in told.stderr
    assert "policy.toml › format" in told.stderr


def test_an_encoding_can_be_confirmed(place: Path) -> None:
    text = (place / "cases.jsonl").read_text().replace('"author": "', '"author": "Müller, ')
    (place / "latin.jsonl").write_bytes(text.encode("windows-1252"))
    command = ("run", "--model", "net", "--cases", "latin.jsonl", "-o", "latin")
    assert "--encoding windows-1252" in clinval(*command, cwd=place).stderr
    assert clinval(*command, "--encoding", "windows-1252", cwd=place).returncode == 0


def varied(**changes: Any) -> Card:
    """A card of the network with something wrong."""
    return Card.model_validate({**CARDS[0].model_dump(mode="json"), "id": "wrong", "kind": "doctor", **changes})


PREGNANT = {"age": 30, "sex": "male", "pregnant": True}
WRONG = [
    (74, "E-PREGNANT-MALE", {"patient": PREGNANT}),
    (81, "E-DUPLICATE", {"complaint": "other words"}),
    (86, "E-IDENTIFIER", {"complaint": "Write to jane@example.org", "patient": {"age": 77, "sex": "male"}}),
]


@pytest.mark.parametrize(("catalogue", "code", "changes"), WRONG, ids=[row[1] for row in WRONG])
def test_doctors_cases_are_checked_before_a_run(catalogue: int, code: str, changes: dict[str, Any]) -> None:
    good = CARDS[0].model_copy(update={"kind": "doctor"})
    cases = CaseSet((good, varied(**changes)))
    with pytest.raises(InputError) as refused:
        check_input(cases, NETWORK)
    assert [(problem.code, problem.catalogue) for problem in refused.value.problems] == [(code, catalogue)]
    kept, warnings = check_input(cases, NETWORK, accept_rest=True)
    assert (kept.cards, warnings, kept.n_read) == ((good,), [], 2)
    assert kept.quarantined[0].problems[0].code == code


def with_first_finding(**changes: Any) -> ClinicalNetwork:
    """The network with another first finding, which no condition explains."""
    first = NETWORK.findings[0]
    conditions = tuple(
        replace(condition, links={name: link for name, link in condition.links.items() if name != first.id})
        for condition in NETWORK.conditions
    )
    return replace(NETWORK, conditions=conditions, findings=(replace(first, **changes), *NETWORK.findings[1:]))


@pytest.mark.parametrize(
    ("catalogue", "code", "changes"),
    [
        (73, "E-IMPOSSIBLE", {"leak": (1.0, 0.0)}),
        (76, "E-SEX-LIMIT", {"limits": Limits(sex="female")}),
        (76, "E-AGE-LIMIT", {"limits": Limits(max_age=12)}),
    ],
)
def test_what_the_network_cannot_have(catalogue: int, code: str, changes: dict[str, Any]) -> None:
    network = with_first_finding(**changes)
    card = varied(findings={network.findings[0].id: "present"}, patient={"age": 40, "sex": "male"})
    with pytest.raises(InputError) as refused:
        check_input(CaseSet((card,)), network)
    assert [(problem.code, problem.catalogue) for problem in refused.value.problems] == [(code, catalogue)]


def test_one_id_for_two_cases_cannot_be_accepted() -> None:
    cases = CaseSet((varied(), varied(complaint="Ow.", patient={"age": 3})))
    with pytest.raises(InputError) as refused:
        check_input(cases, NETWORK, accept_rest=True)
    assert {problem.catalogue for problem in refused.value.problems} == {80}


def test_a_contradiction_is_no_unknown_word() -> None:
    finding = NETWORK.findings[0]
    card = varied(findings={finding.id: "present", finding.name.upper(): "absent"})
    with pytest.raises(InputError) as refused:
        check_input(CaseSet((card,)), NETWORK, ignore_unknown_words=True)
    assert [problem.catalogue for problem in refused.value.problems] == [72]


def test_what_the_author_answered_for_is_a_warning() -> None:
    cases = CaseSet((varied(patient=PREGNANT, overrides={"E-PREGNANT-MALE": "a trans man"}),))
    kept, warnings = check_input(cases, NETWORK)
    assert (kept, [problem.code for problem in warnings]) == (cases, ["E-PREGNANT-MALE"])


def test_the_words_are_refused_with_the_rest() -> None:
    cases = CaseSet((varied(patient=PREGNANT), varied(id="words", findings={"f999": "present"})))
    with pytest.raises(InputError) as refused:
        check_input(cases, NETWORK)
    assert [problem.code for problem in refused.value.problems] == ["E-UNKNOWN-FINDING", "E-PREGNANT-MALE"]


def test_a_corpus_is_played_as_it_is() -> None:
    cases = CaseSet((varied(kind="corpus", patient=PREGNANT), varied(id="b", kind="corpus", patient=PREGNANT)))
    assert check_input(cases, NETWORK) == (cases, [])


def test_run_refuses_what_the_checks_refuse(place: Path) -> None:
    save_cases([*CARDS[:5], varied(patient=PREGNANT)], place / "wrong.jsonl")
    command = ("run", "--model", "net", "--cases", "wrong.jsonl", "-o", "checked", "--format", "plain")
    told = clinval(*command, cwd=place)
    assert told.returncode == 2
    assert "E-PREGNANT-MALE" in told.stderr
    rest = clinval(*command, "--accept-rest", cwd=place)
    assert rest.returncode == 0, rest.stderr
    assert "1 quarantined" in rest.stdout
