"""Roles of a BIF or XMLBIF network: what each form of a line means, and networks of any bytes."""

from __future__ import annotations

import gzip
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import Problem
from model.network import Role, TabularNetwork, Triage, check_network, load_network, save_network
from tests.model.network.bad_networks import BIF, ROLES, XMLBIF, replaced, write_tables

PEOPLE = """\
network people {
}
variable Age {
  type discrete [ 2 ] { old, young };
}
variable Sex {
  type discrete [ 2 ] { M, F };
}
variable fault {
  type discrete [ 3 ] { none, valve, pump };
}
variable noise {
  type discrete [ 2 ] { no, yes };
}
probability ( Age ) {
  table 0.25, 0.75;
}
probability ( Sex ) {
  table 0.4, 0.6;
}
probability ( fault | Age, Sex ) {
  (old, M) 0.1, 0.2, 0.7;
  (old, F) 0.2, 0.2, 0.6;
  (young, M) 0.8, 0.1, 0.1;
  (young, F) 0.9, 0.04, 0.06;
}
probability ( noise | fault ) {
  (none) 0.99, 0.01;
  (valve) 0.5, 0.5;
  (pump) 0.2, 0.8;
}
"""
PEOPLE_ROLES = """\
title = "People"
must_not_miss = ["fault=pump"]
[conditions]
fault = "*"
[findings]
rattle = { variable = "noise", state = "yes", question = "Does it rattle?", red_flag = true, kind = "sign" }
[triage]
"fault=none" = "self_care"
"fault=valve" = "urgent"
"fault=pump" = "emergency"
[demographics]
age = { variable = "Age", bands = { young = "0-39", old = "40+" } }
sex = { variable = "Sex", female = "F", male = "M" }
"""


def load_people(folder: Path) -> TabularNetwork:
    network = load_network(write_tables(folder, PEOPLE, roles=PEOPLE_ROLES))
    assert isinstance(network, TabularNetwork)
    return network


def test_every_state_can_be_a_condition(tmp_path: Path) -> None:
    network = load_people(tmp_path)
    assert [condition.id for condition in network.conditions] == ["fault=none", "fault=pump", "fault=valve"]
    assert network.condition_roles == (Role("fault", "none"), Role("fault", "pump"), Role("fault", "valve"))
    assert [condition.triage for condition in network.conditions] == [
        Triage.SELF_CARE,
        Triage.EMERGENCY,
        Triage.URGENT,
    ]
    assert [condition.must_not_miss for condition in network.conditions] == [False, True, False]


def test_a_finding_keeps_its_states_and_knows_which_means_present(tmp_path: Path) -> None:
    (rattle,) = load_people(tmp_path).findings
    assert (rattle.id, rattle.name, rattle.question) == ("rattle", "rattle", "Does it rattle?")
    assert (rattle.kind, rattle.red_flag, rattle.states, rattle.present) == ("sign", True, ("no", "yes"), "yes")
    assert [rattle.state_index(state) for state in ("present", "absent", "yes", "unsure")] == [1, 0, 1, -1]


def test_age_and_sex_get_the_order_of_every_axis_over_them(tmp_path: Path) -> None:
    network = load_people(tmp_path)
    by_name = {variable.name: variable for variable in network.variables}
    assert network.age_bands == ((0.0, 40.0), (40.0, 150.0))
    assert [network.age_band(age) for age in (39.5, 40, None)] == [0, 1, -1]
    assert by_name["Age"].states == ("young", "old")
    assert by_name["Sex"].states == ("F", "M")
    assert by_name["Age"].table.tolist() == [0.75, 0.25]
    fault = by_name["fault"]
    assert fault.parents == ("Age", "Sex")
    assert fault.table[:, 0, 0].tolist() == [0.9, 0.04, 0.06]
    assert fault.table[:, 1, 1].tolist() == [0.1, 0.2, 0.7]


def test_roles_come_back_and_may_be_given_in_code(tmp_path: Path) -> None:
    network = load_people(tmp_path)
    save_network(network, tmp_path / "copy")
    assert load_network(tmp_path / "copy") == network
    roles = tmp_path / "elsewhere.toml"
    roles.write_text(PEOPLE_ROLES)
    (tmp_path / "people.bif.gz").write_bytes(gzip.compress(PEOPLE.encode()))
    assert load_network(tmp_path / "people.bif.gz", roles=roles).digest == network.digest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('young = "0-39"', 'young = "0-49"', "E-AGE-BANDS"),
        ('young = "0-39"', 'young = "²"', "E-AGE-BANDS"),
        ('young = "0-39", ', "", "bands › young: found nothing"),
        ('female = "F"', 'female = "M"', "E-STATE"),
        ('variable = "Sex"', 'variable = "Sexes"', "did you mean Sex?"),
        ('fault = "*"', 'fault = { state = "*", triage = "urgent" }', "the unknown key 'triage'"),
        (
            'fault = "*"',
            'fault = "*"\npump = { variable = "fault", state = "pump" }',
            "two conditions for fault = pump",
        ),
        ('"fault=pump" = "emergency"', '"fault=pumps" = "emergency"', "did you mean fault=pump"),
        ('state = "yes"', 'state = "*"', "found *; expected the state that means present"),
        ('kind = "sign"', 'kind = "signal"', "did you mean sign?"),
    ],
)
def test_mistakes_in_roles(old: str, new: str, message: str, tmp_path: Path) -> None:
    problems = check_network(write_tables(tmp_path, PEOPLE, roles=replaced(PEOPLE_ROLES, old, new)))
    assert [p for p in problems if message in str(p) and p.code.startswith("E-")], "\n".join(map(str, problems))


def test_mistakes_in_roles_and_tables_come_together(tmp_path: Path) -> None:
    text = replaced(PEOPLE, "0.4, 0.6", "0.4, 0.7")
    problems = check_network(write_tables(tmp_path, text, roles=replaced(PEOPLE_ROLES, '"noise"', '"nose"')))
    assert {problem.code for problem in problems} >= {"E-CPT-SUM", "E-VARIABLE"}


def test_normalising_is_recorded(tmp_path: Path) -> None:
    text = replaced(PEOPLE, "0.04, 0.06", "0.0400001, 0.06")
    path = write_tables(tmp_path, text, roles=PEOPLE_ROLES)
    assert any(problem.code == "E-CPT-SUM" for problem in check_network(path))
    (warning,) = check_network(path, normalise=True)
    assert "1 columns that do not sum to 1 (off by at most 1.0e-07)" in str(warning)
    assert "they were divided by their sums" in str(warning)
    write_tables(tmp_path, text, roles="normalise = true\n" + PEOPLE_ROLES)
    network = load_network(path)
    assert isinstance(network, TabularNetwork)
    for variable in network.variables:
        np.testing.assert_allclose(variable.table.sum(axis=0), 1.0, rtol=0, atol=1e-15)
    rough = replaced(PEOPLE, "0.04, 0.06", "0.05, 0.06")
    assert any(p.code == "E-CPT-SUM" for p in check_network(write_tables(tmp_path, rough), normalise=True))


def test_a_finding_that_nothing_joins_to_a_condition(tmp_path: Path) -> None:
    text = PEOPLE[: PEOPLE.index("probability ( noise")] + "probability ( noise ) {\n  table 0.9, 0.1;\n}\n"
    problems = check_network(write_tables(tmp_path, text, roles=PEOPLE_ROLES))
    assert [(problem.code, problem.catalogue) for problem in problems] == [("W-UNEXPLAINED", 40)]


def test_comments_properties_and_urls_in_them(tmp_path: Path) -> None:
    text = replaced(BIF, "network clinic {\n", 'network "clinic" { // a name\n  property "see http://x/y; z {";\n')
    text = replaced(text, "variable lung {", "/* the\nlung */ variable lung {\n  property position = (1, 2) ;")
    plain = load_network(write_tables(tmp_path, BIF))
    assert load_network(write_tables(tmp_path, text)).digest == plain.digest
    unclosed = replaced(BIF, "probability ( xray", "/* probability ( xray")
    assert any(p.code == "E-TRUNCATED" for p in check_network(write_tables(tmp_path, unclosed)))


@pytest.mark.parametrize(
    "text",
    [
        "network x {\n}\n" + "/*" * 200_000,
        "network x {\n}\n" + "property " * 100_000,
        "network x {\n}\n" + "variable a {" * 50_000,
        "network x {\n}\n" + "variable a { type discrete [ 1 ] { a }; } " * 20_000,
        "network x {\n}\nprobability (" + " " * 300_000 + "x {\n}\n",
        "network x {\n}\n" + "{" * 300_000,
        replaced(BIF, "(no) 0.01, 0.99;", "(never) 0.01, 0.99;" * 50_000),
        replaced(BIF, "0.01, 0.99", ", ".join(["x"] * 200_000)),
        "\n" * 500_000,
    ],
    ids=["comments", "properties", "unclosed", "one line", "spaces", "braces", "rows", "numbers", "newlines"],
)
def test_hostile_files_take_no_time(text: str, tmp_path: Path) -> None:
    start = time.perf_counter()
    problems = check_network(write_tables(tmp_path, text))
    assert time.perf_counter() - start < 5.0
    assert any(problem.code.startswith("E-") for problem in problems)
    assert len(problems) <= 10_001


@given(st.sampled_from([BIF, XMLBIF, ROLES]), st.randoms(use_true_random=False), st.binary(max_size=12))
@settings(max_examples=150, deadline=None)
def test_no_damage_raises(sound: str, rng: random.Random, junk: bytes) -> None:
    data = bytearray(sound.encode())
    start = rng.randrange(len(data))
    data[start : start + rng.randrange(30)] = junk
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suffix = ".xmlbif" if sound is XMLBIF else ".bif"
        path = write_tables(folder, BIF if sound is ROLES else bytes(data), suffix)
        if sound is ROLES:
            (folder / "clinic.roles.toml").write_bytes(bytes(data))
        problems = check_network(path)
        assert all(isinstance(problem, Problem) for problem in problems)
