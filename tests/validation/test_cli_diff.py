"""``clinval diff`` and the two columns of ``clinval show``, as a model author and a CI job use them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cases.card import Card
from model.network.save import save_network
from tests.validation.comparison.conftest import CARDS, HURT, NETWORK
from tests.validation.shell import clinval

ENDS = r"\d+ broken · \d+ fixed( · .+)?"


def write_cards(path: Path, cards: list[Card]) -> None:
    path.write_text("".join(f"{card.model_dump_json(exclude_defaults=True)}\n" for card in cards))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two models, their cases, and what ``clinval diff`` said of them."""
    place = tmp_path_factory.mktemp("place")
    save_network(NETWORK, place / "net")
    save_network(HURT, place / "hurt")
    write_cards(place / "cases.jsonl", CARDS)
    told = clinval(*DIFF, "--format", "plain", cwd=place)
    assert told.returncode == 0, told.stderr
    (place / "out.txt").write_text(told.stdout)
    return place


DIFF = ("diff", "./net", "./hurt", "--cases", "cases.jsonl")


def test_what_is_printed(place: Path) -> None:
    lines = (place / "out.txt").read_text().splitlines()
    assert lines[0].startswith("base ")
    assert lines[1].startswith("candidate ")
    assert any(re.match(r"  network changed +[0-9a-f]{12} → [0-9a-f]{12}", line) for line in lines)
    broken = [line for line in lines if line.startswith("BROKEN")]
    assert broken
    for line in broken:
        assert re.match(r"BROKEN +(\S+)  c\d\d → c\d\d  p \S+→\S+  .*clinval show \1 --diff$", line), line
    assert re.fullmatch(ENDS + r" · 60 cases compared", lines[-1])
    assert lines[-1].startswith(f"{len(broken)} broken")


def test_again_it_is_the_same_to_the_byte(place: Path) -> None:
    saved = (
        place / "runs" / "diffs" / (place / "runs" / "diffs" / "latest").read_text().strip() / "diff.json"
    ).read_bytes()
    again = clinval(*DIFF, "--format", "plain", cwd=place)
    assert again.stdout == (place / "out.txt").read_text()
    (file,) = (place / "runs" / "diffs").glob("*/diff.json")
    assert file.read_bytes() == saved


def test_json_is_one_value_with_everything(place: Path) -> None:
    record = json.loads(clinval(*DIFF, "--format", "json", cwd=place).stdout)
    assert record["counts"]["broken"] == sum(case["change"] == "broken" for case in record["changed"])
    assert record["losses"]["all"]["n"] == 60
    assert {figure["name"] for figure in record["figures"]} >= {"top_1", "questions_asked"}
    assert record["verdict"] is record["attribution"] is None


@pytest.mark.parametrize("output", ["rich", "plain"])
def test_a_model_against_itself_is_one_line(place: Path, output: str) -> None:
    told = clinval("diff", "./net", "./net", "--cases", "cases.jsonl", "--format", output, cwd=place)
    assert (told.returncode, told.stdout) == (0, "no difference: 60 cases, equal to the last bit\n")


def test_the_gate_decides_the_exit_code(place: Path) -> None:
    (place / "gate.toml").write_text("format = 1\n")
    told = clinval(*DIFF, "--gate", "--format", "plain", cwd=place)
    assert told.returncode == 1, told.stderr
    assert told.stdout.splitlines()[-1].endswith("→ GATE FAILED")
    saved = json.loads(next((place / "runs" / "diffs").glob("*/diff.json")).read_text())
    assert "verdict" in saved
    same = clinval("diff", "./net", "./net", "--cases", "cases.jsonl", "--gate", "--format", "plain", cwd=place)
    assert (same.returncode, same.stdout) == (
        0,
        "no difference: 60 cases, equal to the last bit → GATE PASSED\n",
    )


def test_blame_names_the_edit(place: Path) -> None:
    told = clinval(*DIFF, "--blame", "--format", "plain", cwd=place)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    blamed = [line.strip() for line in lines[lines.index("Which edit did it") + 1 :] if line.startswith("  ")]
    assert blamed
    assert all(re.match(r"(c03|c07)\.f\d\d |(c03|c07)\.f\d\d added", line) for line in blamed), blamed
    assert any(" broke " in line for line in blamed)
    record = json.loads(clinval(*DIFF, "--blame", "--format", "json", cwd=place).stdout)
    assert len(record["attribution"]["by_edit"]) == len(blamed)


def test_two_stored_runs_need_no_cases(place: Path) -> None:
    keys = [path.parent.name for path in sorted((place / "runs").glob("*/manifest.json"))]
    told = clinval("diff", f"runs/{keys[0]}", f"runs/{keys[1]}", "--format", "plain", cwd=place)
    assert told.returncode == 0, told.stderr
    assert re.fullmatch(ENDS + " · 60 cases compared", told.stdout.splitlines()[-1])


def test_out_of_time_is_incomplete(place: Path) -> None:
    told = clinval(*DIFF, "--budget", "0s", "-o", "late", "--format", "plain", cwd=place)
    assert told.returncode == 4
    assert "incomplete (0 of 60 cases)" in told.stdout


def test_two_case_sets_without_a_case_in_common_are_not_comparable(place: Path) -> None:
    """The lines say which cases; nothing is called broken."""
    first, second = CARDS[:20], CARDS[20:40]
    for name, cards in (("first", first), ("second", second)):
        write_cards(place / f"{name}.jsonl", cards)
        told = clinval("run", "--model", "net", "--cases", f"{name}.jsonl", "-o", name, "--format", "plain", cwd=place)
        assert told.returncode == 0, told.stderr
    told = clinval("diff", "first", "second", "--format", "plain", cwd=place)
    assert told.returncode == 4
    assert "0; not comparable: 20 case-new, 20 case-removed" in told.stdout
    assert told.stdout.count("\nCASE-NEW") == told.stdout.count("\nCASE-REMOVED") == 20
    assert told.stdout.splitlines()[-1] == "0 broken · 0 fixed · 0 cases compared"


def broken_case(place: Path) -> str:
    found = re.search(r"^BROKEN +(\S+)", (place / "out.txt").read_text(), re.M)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("how", ["--diff", "--base ./net --candidate ./hurt --cases cases.jsonl"])
def test_one_case_in_two_columns(place: Path, how: str) -> None:
    assert clinval(*DIFF, cwd=place).returncode == 0  # the latest diff is this one again
    case = broken_case(place)
    shown = clinval("show", case, *how.split(), "--format", "plain", cwd=place)
    assert shown.returncode == 0, shown.stderr
    for words in (
        case, "BROKEN", "What both models thought of it there", "asked, ", "▶", "the first at which they part",
        "base: what leads", "everything it can answer", "Which edit did it",
    ):  # fmt: skip
        assert words in shown.stdout, words
    record = json.loads(clinval("show", case, *how.split(), "--format", "json", cwd=place).stdout)
    assert record["change"] == "broken"
    number = record["divergence"]["number"]
    one, other = (record[side]["result"]["transcript"] for side in ("base", "candidate"))
    assert [question["finding"] for question in one[: number - 1]] == [q["finding"] for q in other[: number - 1]]
    own = record["weighing"]["base"]["weights"][0]
    assert (own["gain"], own["place"]) == (record["divergence"]["base"]["gain"], 1)


def test_without_the_models_the_interviews_are_still_shown(place: Path) -> None:
    assert clinval(*DIFF, cwd=place).returncode == 0
    (place / "hurt").rename(place / "moved")
    try:
        shown = clinval("show", broken_case(place), "--diff", cwd=place)
        assert shown.returncode == 0, shown.stderr
        assert "The candidate's model is no longer at hand" in shown.stdout
        assert "the first at which they part" in shown.stdout
    finally:
        (place / "moved").rename(place / "hurt")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("diff", "./net", "./nowhere", "--cases", "cases.jsonl"), "nowhere"),
        (("diff", "./net", "./hurt"), "--cases"),
        (("diff", "./net", "./hurt", "--cases", "nowhere"), "nowhere"),
        ((*DIFF, "--gate", "--rules", "no-rules.toml"), "no-rules.toml"),
        ((*DIFF, "--budget", "soon"), "is not a duration"),
        (("show", "c00-0000", "--base", "./net"), "give both, or neither"),
        (("show", "c00-0000", "--diff", "--run", "runs"), "leave it out to see two"),
        (("show", "c00-0000", "--diff", "-o", "nowhere"), "E-NO-DIFF"),
        (("show", "c00-00", "--diff"), "did you mean c00-00"),  # which is the latest diff depends on the tests before
    ],
)
def test_bad_input_exits_with_2_and_words_not_a_traceback(place: Path, arguments: tuple[str, ...], words: str) -> None:
    told = clinval(*arguments, cwd=place)
    assert told.returncode == 2, told.stderr
    assert words in told.stderr
    assert "Traceback" not in told.stderr
    assert told.stdout == ""
