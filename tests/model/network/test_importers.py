"""Networks from published tables: by a worked example, and from the real files where they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import InputError
from model.network import NOISY_OR, ClinicalNetwork, Triage, check_network, load_network, save_network
from model.network.importers import import_ddxplus, import_symcat

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora"

CONDITIONS = {
    "Flu": {"cond-name-eng": "Flu", "icd10-id": "j11.1", "severity": 3},
    "Sepsis": {"cond-name-eng": "Sepsis", "icd10-id": "A41", "severity": 1},
}
EVIDENCES = {
    "E_1": {"question_en": "Do you have a fever?", "is_antecedent": False},
    "E_2": {"question_en": "Do you smoke?", "is_antecedent": True},
}
SHARES = {
    "condition_counts": {"Flu": 98, "Sepsis": 2},
    "probabilities": {"Flu": {"E_1": 0.5, "E_2": 0.0}, "Sepsis": {"E_1": 1.0, "E_2": 0.5}},
}
SYMCAT = {
    "Flu": {
        "symptoms": {"Fever": 0.8},
        "age": {"< 1": 0.5, "1-4": 0.5, "5+": 0.0},
        "gender": {"Male": 0.5, "Female": 0.5},
    },
    "Torsion": {
        "symptoms": {"Pain ": 0.9},
        "age": {"< 1": 0.0, "1-4": 0.5, "5+": 0.5},
        "gender": {"Male": 1, "Female": 0},
    },
}


def write_ddxplus(folder: Path, **changes: Any) -> Path:
    files = {"release_conditions": CONDITIONS, "release_evidences": EVIDENCES}
    files |= {"train_evidence_given_condition": SHARES, **changes}
    for name, value in files.items():
        (folder / f"{name}.json").write_text(value if isinstance(value, str) else json.dumps(value))
    return folder


def test_ddxplus_by_hand(tmp_path: Path) -> None:
    network = import_ddxplus(write_ddxplus(tmp_path))
    flu, sepsis = network.conditions
    fever, smoking = network.findings
    assert (fever.id, fever.kind, fever.question) == ("E_1", "symptom", "Do you have a fever?")
    assert (smoking.id, smoking.kind) == ("E_2", "history")
    assert flu.links["E_1"].probabilities[1] == pytest.approx((0.5 * 98 + 1) / 100)
    assert "E_2" not in flu.links
    assert smoking.leak[1] == 1e-4
    assert sepsis.links["E_1"].probabilities[1] == pytest.approx(3 / 4)
    assert (flu.triage, flu.must_not_miss) == (Triage.URGENT, False)
    assert (sepsis.triage, sepsis.must_not_miss) == (Triage.EMERGENCY, True)
    assert flu.codes == {"icd10": "J11.1"}
    assert [condition.prevalence for condition in network.conditions] == [((0.98,), (0.98,)), ((0.02,), (0.02,))]


def test_ddxplus_problems_come_at_once(tmp_path: Path) -> None:
    conditions = {**CONDITIONS, "Flu": {**CONDITIONS["Flu"], "severity": 9}}
    shares = {**SHARES, "probabilities": {"Flu": {"E_1": 1.5, "E_9": 0.5}, "Sepsis": {"E_1": 1.0}}}
    folder = write_ddxplus(tmp_path, release_conditions=conditions, train_evidence_given_condition=shares)
    with pytest.raises(InputError) as raised:
        import_ddxplus(folder)
    assert {problem.code for problem in raised.value.problems} >= {"E-SEVERITY", "E-PROBABILITY", "E-FINDING"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"Flu": 1, "Flu": 2}', "E-DUPLICATE-KEY"),
        ('{"Flu": NaN}', "E-NOT-FINITE"),
        ("[" * 100_000, "E-SYNTAX"),
        ('{"Flu": ', "E-SYNTAX"),
        ("[]", "E-TYPE"),
        ("", "E-SYNTAX"),
    ],
)
def test_bad_json_is_refused(text: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        import_ddxplus(write_ddxplus(tmp_path, release_conditions=text))
    assert code in {problem.code for problem in raised.value.problems}


def test_symcat_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "tables.json"
    path.write_text(json.dumps(SYMCAT))
    network = import_symcat(path)
    flu, torsion = network.conditions
    assert network.age_bands == ((0.0, 1.0), (1.0, 5.0), (5.0, 150.0))
    assert [finding.id for finding in network.findings] == ["Fever", "Pain"]
    assert flu.links["Fever"].probabilities[1] == 0.8
    assert torsion.links["Pain"].probabilities[1] == 0.9
    # One per cent of the mean share is mixed in: P(female | torsion) = 0.99 · 0 + 0.01 · 0.25.
    sexes = {"flu": (0.99 * 0.5 + 0.0025, 0.99 * 0.5 + 0.0075), "torsion": (0.0025, 0.9975)}
    ages = {"flu": (0.4975, 0.5, 0.0025), "torsion": (0.0025, 0.5, 0.4975)}
    joint = {name: np.outer(sexes[name], ages[name]) for name in sexes}
    np.testing.assert_allclose(network.population, (joint["flu"] + joint["torsion"]) / 2, atol=1e-12)
    np.testing.assert_allclose(flu.prevalence, joint["flu"] / (joint["flu"] + joint["torsion"]), atol=1e-12)
    assert import_symcat(path, structure=NOISY_OR).structure == NOISY_OR


def test_symcat_with_other_age_bands_is_refused(tmp_path: Path) -> None:
    changed = {**SYMCAT, "Torsion": {**SYMCAT["Torsion"], "age": {"< 1": 0.5, "1+": 0.5}}}
    (tmp_path / "tables.json").write_text(json.dumps(changed))
    with pytest.raises(InputError, match="E-AGE-BANDS"):
        import_symcat(tmp_path / "tables.json")


def corpus(name: str) -> Path:
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"the public corpora are not here ({path})")
    return path


def test_ddxplus_as_published(tmp_path: Path) -> None:
    network = import_ddxplus(corpus("ddxplus"))
    assert (len(network.conditions), len(network.findings)) == (49, 223)
    assert sum(condition.must_not_miss for condition in network.conditions) == 17
    assert sum(condition.prevalence[0][0] for condition in network.conditions) == pytest.approx(1.0)
    _comes_back(network, tmp_path)


@pytest.mark.parametrize(("name", "n_conditions"), [("symcat_200", 200), ("symcat_common", 210)])
def test_symcat_as_published(name: str, n_conditions: int, tmp_path: Path) -> None:
    network = import_symcat(corpus("symcat_tables") / f"{name}.json")
    assert (len(network.conditions), len(network.findings)) == (n_conditions, 322)
    _comes_back(network, tmp_path)


def _comes_back(network: ClinicalNetwork, folder: Path) -> None:
    save_network(network, folder / "network")
    assert load_network(folder / "network") == network
    assert not [problem for problem in check_network(folder / "network") if problem.code.startswith("E-")]
