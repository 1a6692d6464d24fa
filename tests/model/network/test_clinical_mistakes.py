"""Mistakes that doctors make in a network: each is named, with its place, and with the nearest word."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.errors import Severity
from model.network import check_network
from tests.model.network.bad_networks import BIF, ROLES, TOML, Build, replaced, toml, toml_file, write_tables

INFLUENZA, PNEUMONIA = "conditions/influenza.toml", "conditions/pneumonia.toml"
FINDINGS, NETWORK = "findings.toml", "network.toml"

CLINICAL = [
    (
        toml(INFLUENZA, "fever = 0.8", "fevr = 0.8"),
        "E-FINDING",
        "influenza.toml › findings › fevr: found the unknown finding 'fevr'; "
        "expected one of findings.toml; did you mean fever?",
    ),
    (toml(PNEUMONIA, "smoking = 1.5", "smokes = 1.5"), "E-RISK-FACTOR", "did you mean smoking?"),
    (toml(PNEUMONIA, "smoking = 1.5", "smoking = 0"), "E-ODDS-RATIO", "the odds ratio 0; expected a number above 0"),
    (
        toml(PNEUMONIA, "male = 0.015", "man = 0.015"),
        "E-UNKNOWN-KEY",
        "the unknown key 'man'; expected female and male",
    ),
    (toml(PNEUMONIA, "must_not_miss = true", "must_not_mis = true"), "E-UNKNOWN-KEY", "did you mean must_not_miss?"),
    (
        toml(PNEUMONIA, '"urgent"', '"urgently"'),
        "E-CHOICE",
        "expected self_care | routine | urgent | emergency; did you mean urgent?",
    ),
    (toml(INFLUENZA, "cough = { p = 0.7", "cough = { q = 0.7"), "E-STATE", "the unknown state 'q'"),
    (toml(INFLUENZA, "cough = { p = 0.7", "cough = { p = 0.04"), "W-NO-EFFECT", "the leak): cough (0.04 ≤ 0.05)"),
    (
        toml(INFLUENZA, '[findings]\nfever = 0.8\ncough = { p = 0.7, source = "a textbook" }\n', ""),
        "E-NO-FINDINGS",
        "a condition without findings",
    ),
    (toml(FINDINGS, '"Cough"', '"fever"'), "E-NAME-TWICE", "one name for the findings cough, fever"),
    (
        toml(FINDINGS, 'question = "Do you cough?"\n', ""),
        "E-MISSING",
        "cough › question: found nothing; expected a text",
    ),
    (
        toml(FINDINGS, "leak = 0.05", "age = [50, 12]\nleak = 0.05"),
        "E-AGE-LIMITS",
        "[50, 12]; expected youngest ≤ oldest",
    ),
    (toml(FINDINGS, "leak = 0.05", 'sex = "woman"\nleak = 0.05'), "E-CHOICE", "'woman'; expected female | male"),
    (
        toml(FINDINGS, "leak = 0.05", 'synonyms = ["fever"]\nleak = 0.05'),
        "W-SYNONYM-TWICE",
        "the synonym 'fever' of several findings: fever, cough",
    ),
    (
        toml(
            FINDINGS,
            "leak = 0.05",
            'states = ["absent", "present", "unsure"]\nleak = { absent = 0.9, present = 0.05, unsure = 0.05 }',
        ),
        "E-STATES",
        "expected absent and present in a noisy_or network",
    ),
    (toml(FINDINGS, "leak = 0.05\n", ""), "W-LEAK-DEFAULT", "cough › leak: found nothing"),
    (toml(NETWORK, '"0-17", "18+"', '"0-17", "20+"'), "E-AGE-BANDS", "'20+'; expected a band that begins at 18"),
    (toml(NETWORK, '"0-17", "18+"', '"0-17", "18-99"'), "E-AGE-BANDS", "a last band without an end"),
    (toml(NETWORK, '"noisy_or"', '"noisyor"'), "E-CHOICE", "noisy_or | one_condition; did you mean noisy_or?"),
    (
        toml(NETWORK, "format = 1", "format = 1\ntemperature = 2"),
        "E-TEMPERATURE",
        'it belongs to structure = "one_condition"',
    ),
    (toml(NETWORK, "format = 1", "format = 1\ntemperature = 0"), "E-TEMPERATURE", "expected a number above 0"),
    (toml_file("conditions", None), "E-FILE", "no such directory"),
    (toml_file("notes.txt", "hello"), "W-UNKNOWN-FILE", "a file that is not part of a network"),
    (lambda folder: folder / "nowhere", "E-FILE", "no such file"),
    (lambda folder: folder / "no\0where", "E-FILE", "a NUL in the path"),
    (lambda folder: write_tables(folder, BIF, roles=None), "E-ROLES", "clinic.roles.toml: found no such file"),
    (
        lambda folder: write_tables(folder, BIF, roles=replaced(ROLES, 'lung = "yes"', 'lungs = "yes"')),
        "E-VARIABLE",
        "the unknown variable 'lungs'; expected a variable of the network; did you mean lung?",
    ),
    (
        lambda folder: write_tables(folder, BIF, roles=replaced(ROLES, 'lung = "yes"', 'lung = "si"')),
        "E-STATE",
        "the unknown state 'si'; expected yes, no",
    ),
    (
        lambda folder: write_tables(folder, BIF, roles=replaced(ROLES, 'smoke = "yes"', 'xray = "mass"')),
        "E-ROLE-TWICE",
        "more than one role for 'xray'",
    ),
    (
        lambda folder: write_tables(folder, BIF, roles=replaced(ROLES, '[triage]\nlung = "urgent"', "")),
        "W-TRIAGE-DEFAULT",
        "no level for lung",
    ),
]


@pytest.mark.parametrize(
    ("build", "code", "message"), CLINICAL, ids=[f"{row[1]}-{i}" for i, row in enumerate(CLINICAL)]
)
def test_clinical_mistakes(build: Build, code: str, message: str, tmp_path: Path) -> None:
    if code == "E-FILE" and message == "no such directory":
        path = tmp_path / "clinic"
        path.mkdir()
        for name in (NETWORK, FINDINGS):
            (path / name).write_text(TOML[name])
    else:
        path = build(tmp_path)
    problems = check_network(path)
    assert [p for p in problems if p.code == code and message in str(p)], "\n".join(map(str, problems))
    rejected = any(problem.severity is Severity.REJECT for problem in problems)
    assert rejected == code.startswith("E-"), "\n".join(map(str, problems))
