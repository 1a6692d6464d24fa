"""The corpora as they are published become cards; nothing is lost, doubled or made up."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from cases import load_cases
from cases.checks import check_cases
from cases.folds import fold_of
from cases.importers import import_ddxplus, import_goal
from cases.writers import save_cases
from model.errors import InputError
from tests.corpora import corpus

GOAL = {
    "id": "7", "disease": "croup", "explicit": {"cough": 1, "fever": 0},
    "implicit": {"cough": 0, "stridor": 1, "rash": 0, "drooling": None},
}  # fmt: skip
HEADER = "AGE,DIFFERENTIAL_DIAGNOSIS,SEX,PATHOLOGY,EVIDENCES,INITIAL_EVIDENCE\n"
EVIDENCES = "['E_53', 'E_54_@_V_161', 'E_54_@_V_183', 'E_91']"
ROW = f"""4,"[['Croup', 0.75], ['Bronchiolitis', 0.25]]",F,Croup,"{EVIDENCES}",E_91\n"""


def _goal_file(folder: Path, *goals: dict[str, object]) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("".join(json.dumps(goal) + "\n" for goal in goals))
    return path


def test_a_goal_becomes_a_card(tmp_path: Path) -> None:
    card = import_goal(_goal_file(tmp_path, GOAL), unlisted="unknown").cards[0]
    assert {name: (said.state, said.initial) for name, said in card.findings.items()} == {
        "cough": ("present", True),  # Said in both; the patient's own word counts.
        "fever": ("absent", True),
        "stridor": ("present", False),
        "rash": ("absent", False),
        "drooling": ("unsure", False),
    }
    assert (card.expected.condition, card.kind, card.unlisted, card.split) == ("croup", "corpus", "unknown", "train")
    assert card.id.endswith("-7")


def test_a_consultation_annotated_twice_stays_in_one_fold(tmp_path: Path) -> None:
    case_set = import_goal(_goal_file(tmp_path, *({**GOAL, "disease": d} for d in ("a", "b", "c"))))
    ids = [card.id for card in case_set]
    assert ids == [ids[0], f"{ids[0]}.2", f"{ids[0]}.3"]
    assert len({fold_of(card, 97) for card in case_set}) == 1


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"disease": None}, "no text under 'disease'"),
        ({"explicit": {"cough": 2}}, "2 as an answer under 'explicit'"),
        ({"implicit": {"cough": True}}, "True as an answer"),
        ({"implicit": {"cough": [1]}}, "[1] as an answer"),
        ({"implicit": None}, "no findings under 'implicit'"),
    ],
)
def test_a_goal_that_is_none_is_set_aside(change: dict[str, object], part: str, tmp_path: Path) -> None:
    case_set = import_goal(_goal_file(tmp_path, GOAL, {**GOAL, **change}))
    assert (len(case_set), case_set.n_read) == (1, 2)
    assert part in str(case_set.problems[0])
    assert "line 2" in str(case_set.problems[0])


def test_a_patient_of_ddxplus_becomes_a_card(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text(HEADER + ROW)
    (tmp_path / "release_conditions.json").write_text('{"Croup": {"severity": 2}, "URTI": {"severity": 5}}')
    card = import_ddxplus(tmp_path).cards[0]
    assert {name: said.initial for name, said in card.findings.items()} == {"E_53": False, "E_54": False, "E_91": True}
    assert (card.patient.age_years, card.patient.sex, card.unlisted) == (4, "female", "absent")
    assert card.expected.differential == (("Croup", 0.75), ("Bronchiolitis", 0.25))
    assert card.expected.must_not_miss == ("Croup",)


def test_ids_of_ddxplus_do_not_depend_on_the_order(tmp_path: Path) -> None:
    other = ROW.replace("4,", "5,", 1)
    ids = []
    for rows in ([ROW, other, ROW], [other, ROW, ROW]):
        (tmp_path / "patients.csv").write_text(HEADER + "".join(rows))
        ids.append({card.patient.age: card.id for card in reversed(import_ddxplus(tmp_path).cards)})
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("['E_53'", "__import__('os'); ['E_53'", "EVIDENCES: found no list"),
        ("['E_53'", "[" * 3000 + "'E_53'", "EVIDENCES: found no list"),
        (",E_91\n", ",E_7\n", "INITIAL_EVIDENCE"),
        ("4,", "four,", "'four'"),
        (",F,", ",X,", "'X'"),
        (",E_91\n", "\n", "5 cells"),
    ],
)
def test_a_patient_that_is_none_is_set_aside(old: str, new: str, part: str, tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text(HEADER + ROW + ROW.replace(old, new, 1))
    case_set = import_ddxplus(tmp_path)
    assert (len(case_set), case_set.n_read) == (1, 2)
    assert part in str(case_set.problems[0])


def test_another_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text("id,author\na,b\n")
    with pytest.raises(InputError, match="no column AGE, DIFFERENTIAL_DIAGNOSIS"):
        import_ddxplus(tmp_path)


@pytest.mark.parametrize("name", ["mz10", "muzhi", "dxy", "symcat_sd90"])
def test_every_record_of_a_corpus_becomes_one_card(name: str, tmp_path: Path) -> None:
    folder = corpus(name)
    goals = [json.loads(line) for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    case_set = import_goal(folder)
    assert case_set.quarantined == ()
    assert len(case_set) == len(goals)
    words = {1: "present", 0: "absent", None: "unsure"}
    for card, goal in zip(case_set, goals, strict=True):
        answers = {**goal["implicit"], **goal["explicit"]}
        assert {name: said.state for name, said in card.findings.items()} == {k: words[v] for k, v in answers.items()}
        assert set(card.initial_findings) == set(goal["explicit"])
        assert card.expected.condition == goal["disease"]
    save_cases(case_set.cards, tmp_path / "cases.jsonl")
    again = load_cases(tmp_path / "cases.jsonl")
    assert again.cards == case_set.cards
    assert not check_cases(again).rejected
    sizes = Counter(fold_of(card, 5) for card in case_set)
    assert max(sizes.values()) < 1.5 * min(sizes.values())


def test_ddxplus_counts_evidences_as_its_published_table_does() -> None:
    folder = corpus("ddxplus")
    case_set = import_ddxplus(folder)
    table = json.loads((folder / "train_evidence_given_condition.json").read_text(encoding="utf-8"))["probabilities"]
    with (folder / "patients.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (len(case_set), case_set.quarantined, len(case_set.index)) == (len(rows), (), len(rows))
    conditions = Counter(card.expected.condition for card in case_set)
    listed = Counter(name for card in case_set for name in card.findings)
    # The ten categorical and five multiple-choice evidences: defaults listed count as present.
    for name in ("E_54", "E_55", "E_56", "E_57", "E_58", "E_59", "E_130", "E_131", "E_135", "E_152", "E_204"):
        expected = sum(count * table[condition].get(name, 0.0) for condition, count in conditions.items())
        assert listed[name] == pytest.approx(expected, abs=1.5)
    assert not check_cases(case_set).rejected
