"""The command line as a person and a CI job use it: output, exit codes, start-up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cases.writers import save_cases
from model.network.save import save_network
from tests.validation import synthetic
from tests.validation.shell import clinval
from validation.cli.options import seconds

NETWORK = synthetic.network()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a network, its cases, and a finished run."""
    place = tmp_path_factory.mktemp("place")
    save_network(NETWORK, place / "net")
    cards = synthetic.cards(NETWORK, 24)
    (place / "cases.jsonl").write_text("".join(f"{card.model_dump_json(exclude_defaults=True)}\n" for card in cards))
    finished = clinval("run", "--model", "net", "--cases", "cases.jsonl", "--format", "plain", cwd=place)
    assert finished.returncode == 0, finished.stderr
    (place / "out.txt").write_text(finished.stdout)
    same = [card for card in cards if card.expected.condition == cards[0].expected.condition]
    for name, some in (("one_case", cards[:1]), ("one_condition", same)):
        save_cases(some, place / f"{name}.jsonl")
    for name in ("empty", "pipes"):
        (place / name).mkdir()
    os.mkfifo(place / "pipe.jsonl")
    os.mkfifo(place / "pipes" / "pipe.toml")
    (place / "loop").symlink_to("loop")
    (place / "latin.csv").write_bytes("id,author\r\na,Müller\r\n".encode("windows-1252"))
    return place


RUN = ("run", "--model", "net", "--cases", "cases.jsonl")


def modules_after(*arguments: str, cwd: Path) -> tuple[str, set[str]]:
    """What ``clinval`` printed, and the modules that it had loaded by its end."""
    script = (
        "import sys; sys.argv = ['clinval', *sys.argv[1:]]\n"
        "from validation.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", script, *arguments]
    told = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=True)
    text, _, modules = told.stdout.rstrip().rpartition("\n")
    return text, set(modules.split())


def test_help_lists_the_verbs_and_loads_no_room(tmp_path: Path) -> None:
    text, modules = modules_after("--help", cwd=tmp_path)
    assert all(verb in text for verb in ("run", "show", "verify", "crossvalidate", "cases", "model"))
    assert not modules & {"numpy", "pyarrow", "pandas", "pydantic", "cases"}


def test_a_run_loads_nothing_that_it_does_not_need(place: Path) -> None:
    text, modules = modules_after(*RUN, "-o", "other", cwd=place)
    assert "COMPLETE" in text
    assert not modules & {"pandas", "pgmpy", "scipy", "networkx", "sklearn"}


def test_the_summary_and_the_last_lines(place: Path) -> None:
    text = (place / "out.txt").read_text()
    for words in ("coverage", "top 1", "strict", "must-not-miss in top 3", "calibration error", "Where the loss is"):
        assert words in text
    assert re.search(r"^(WRONG |UNSAFE) \S+  expected c\d\d.*  clinval show \S+$", text, re.M)
    assert re.fullmatch(r"\d+ right · \d+ wrong · \d+ unsafe · 24 of 24 cases → COMPLETE", text.splitlines()[-1])


def test_again_it_says_that_it_was_computed_before(place: Path) -> None:
    again = clinval(*RUN, "--format", "plain", cwd=place)
    assert again.returncode == 0
    assert "already computed" in again.stdout
    assert again.stderr == ""


def test_json_is_one_value(place: Path) -> None:
    record = json.loads(clinval(*RUN, "--format", "json", cwd=place).stdout)
    assert record["status"] == "complete"
    assert record["metrics"]["outcome"]["top_1"]["n"] == 24


@pytest.mark.parametrize("output", ["rich", "plain", "json"])
def test_show_a_case(place: Path, output: str) -> None:
    case = re.findall(r"clinval show (\S+)", (place / "out.txt").read_text())[0]
    shown = clinval("show", case, "--format", output, cwd=place)
    assert shown.returncode == 0, shown.stderr
    if output == "json":
        record = json.loads(shown.stdout)
        assert record["case"]["id"] == record["result"]["case_id"] == case
        assert record["explanation"]["known"]
    else:
        for words in (case, "volunteered", "question", "everything it can answer", "Why", "What was known"):
            assert words in shown.stdout, words


def test_show_without_the_model_still_shows_the_interview(place: Path) -> None:
    (place / "net").rename(place / "moved")
    try:
        shown = clinval("show", "c01-0001", cwd=place)
        assert shown.returncode == 0
        assert "The network is no longer at net" in shown.stdout
        assert "What was known" in clinval("show", "c01-0001", "--model", "moved", cwd=place).stdout
    finally:
        (place / "moved").rename(place / "net")


def test_verify(place: Path) -> None:
    told = clinval("verify", "runs", cwd=place)
    assert (told.returncode, told.stdout.splitlines()[-1].endswith("→ VERIFIED")) == (0, True)
    record = json.loads(clinval("verify", "runs", "--format", "json", cwd=place).stdout)
    assert record["verified"] is True


def test_no_budget_is_incomplete_and_can_be_resumed(place: Path) -> None:
    late = clinval(*RUN, "--budget", "0s", "-o", "late", "--format", "plain", cwd=place)
    assert late.returncode == 4
    assert "0 of 24 cases → INCOMPLETE (out of time; the same command goes on)" in late.stdout
    assert clinval(*RUN, "-o", "late", cwd=place).returncode == 0


def test_a_selection_names_what_is_left_out(place: Path) -> None:
    some = clinval(*RUN, "-k", "sex == female", "--limit", "5", "--format", "plain", cwd=place)
    assert some.returncode == 0
    assert "12 not selected, 7 beyond --limit (of 24 cases)" in some.stdout
    assert some.stdout.splitlines()[-1].endswith("5 of 5 cases → COMPLETE")


def test_options_of_the_policy_and_the_patient(place: Path) -> None:
    few = clinval(*RUN, "--max-questions", "1", "--unlisted", "unknown", "--flip", "0.5", "--format", "json", cwd=place)
    record = json.loads(few.stdout)
    assert record["metrics"]["questions"]["question_quantiles"]["1"] <= 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--model", "nowhere", "--cases", "cases.jsonl"), "nowhere"),
        (("run", "--model", "net", "--cases", "nowhere"), "E-NO-FILE"),
        ((*RUN, "-k", "zebra"), "E-NO-MATCH"),
        ((*RUN, "--budget", "soon"), "is not a duration"),
        ((*RUN, "--workers", "0"), "--workers"),
        (("show", "c01-001"), "did you mean c01-0001"),
        (("show", "x", "--run", "nowhere"), "E-NO-RUN"),
        (("verify", "nowhere"), "E-NO-RUN"),
        (("nonsense",), "No such command"),
        (("model", "fit", "cases.jsonl", "-o", "fitted", "--folds", "3"), "E-FOLDS"),
        (("crossvalidate", "cases.jsonl", "--questions", "few"), "numbers of questions"),
        (("run", "--model", "/not/there/net", "--cases", "cases.jsonl"), "/not/there/net"),
        (("run", "--model", "net", "--cases", "net"), "E-NETWORK-AS-CASES  net: found a network; expected cases"),
        ((*RUN, "-o", ""), "an empty name"),
        (("model", "fit", "cases.jsonl", "-o", ""), "an empty name"),
        (("cases", "export", "cases.jsonl", "-o", " "), "an empty name"),
        (("model", "convert", "net", ""), "an empty name"),
        (("model", "fit", "one_case.jsonl", "-o", "fitted"), "found 1 case; expected at least 2 cases"),
        (("model", "fit", "one_condition.jsonl", "-o", "fitted"), "found 1 condition; expected at least 2"),
        (
            ("cases", "import", "ddxplus", "empty", "-o", "x.jsonl"),
            "E-NO-FILE  empty/patients.csv: found nothing there",
        ),
        (("cases", "import", "goal", "empty", "-o", "x.jsonl"), "E-NO-FILE  empty/cases.jsonl: found nothing there"),
        (("run", "--model", "net", "--cases", "pipe.jsonl"), "E-FILE  pipe.jsonl: found a pipe or device"),
        (("run", "--model", "net", "--cases", "pipes"), "E-FILE  pipe.toml: found a pipe or device"),
        (("run", "--model", "loop", "--cases", "cases.jsonl"), "loop"),
        (("run", "--model", "net", "--cases", "loop"), "loop"),
        (("run", "--model", "net", "--cases", "latin.csv"), "confirm with --encoding windows-1252"),
    ],
)
def test_bad_input_exits_with_2_and_words_not_a_traceback(place: Path, arguments: tuple[str, ...], words: str) -> None:
    told = clinval(*arguments, cwd=place)
    assert told.returncode == 2
    assert words in told.stderr
    assert "Traceback" not in told.stderr
    assert told.stdout == ""


def test_every_problem_of_the_words_is_listed_at_once(place: Path) -> None:
    card = synthetic.cards(NETWORK, 1)[0].model_dump(mode="json", exclude_defaults=True)
    card["findings"] |= {"f999": {"state": "present"}, "headake": {"state": "present"}}
    (place / "words.jsonl").write_text(json.dumps(card) + "\n")
    command = ("run", "--model", "net", "--cases", "words.jsonl")
    told = clinval(*command, cwd=place)
    assert told.returncode == 2
    assert told.stderr.count("E-UNKNOWN-FINDING") == 2
    assert "--ignore-unknown-words" in told.stderr
    ignored = clinval(*command, "--ignore-unknown-words", "--format", "plain", cwd=place)
    assert ignored.returncode == 0
    assert "f999 (1), headake (1)" in ignored.stdout


def test_fit_and_crossvalidate(place: Path) -> None:
    cards = synthetic.cards(NETWORK, 120, seed=9)
    (place / "corpus.jsonl").write_text("".join(f"{card.model_dump_json(exclude_defaults=True)}\n" for card in cards))
    fit = "model fit corpus.jsonl -o fitted --folds 4 --exclude-fold 1 --format json"
    fitted = clinval(*fit.split(), cwd=place)
    assert fitted.returncode == 0, fitted.stderr
    record = json.loads(fitted.stdout)
    assert record["cases"] + record["left_out"] == 120
    assert record["left_out"] > 10
    replayed = clinval("run", "--model", "fitted", "--cases", "corpus.jsonl", "--ignore-unknown-words", cwd=place)
    assert replayed.returncode == 0, replayed.stderr  # a fitted network has no risk factors
    by_folds = "crossvalidate corpus.jsonl --folds 3 --questions 4 --unlisted absent --unlisted unknown --format json"
    folds = clinval(*by_folds.split(), cwd=place)
    assert folds.returncode == 0, folds.stderr
    by_absent, by_unknown = json.loads(folds.stdout)
    assert (by_absent["unlisted"], by_unknown["unlisted"]) == ("absent", "unknown")
    assert by_absent["scores"][0]["top_1"]["n"] == 120
    assert by_absent["scores"][0]["top_1"]["value"] > 0.5


@pytest.mark.parametrize(("text", "expected"), [("20m", 1200), ("90s", 90), ("1h30m", 5400), ("2.5", 2.5), ("0s", 0)])
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected
