"""Lines 1 to 40 of the bad-input catalogue: each is refused or warned of, by code and by message."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import InputError, Severity
from model.network import check_network, load_network, removed_conditions
from tests.model.network.bad_input_files import FILES
from tests.model.network.bad_input_tables import TABLES
from tests.model.network.bad_networks import (
    BIF,
    TOML,
    XMLBIF,
    replaced,
    write_tables,
    write_toml,
)
from tests.model.network.hostile_files import (
    FINDINGS,
    INFLUENZA,
    NETWORK,
    PNEUMONIA,
    Row,
)

ROWS = [*TABLES, *FILES]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number}-{row.code}-{index}" for index, row in enumerate(ROWS)])
def test_catalogue(row: Row, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    problems = check_network(path)
    matching = [problem for problem in problems if problem.code == row.code and row.message in str(problem)]
    assert matching, "\n".join(map(str, problems))
    assert {problem.catalogue for problem in matching} <= {row.number, *SAME.get(row.number, ())}
    if row.code.startswith("W-"):
        assert not [problem for problem in problems if problem.severity is Severity.REJECT]
        load_network(path)
    else:
        assert matching[0].severity is Severity.REJECT
        with pytest.raises(InputError) as raised:
            load_network(path)
        assert list(raised.value.problems) == problems


SAME: dict[int, tuple[int | None, ...]] = {13: (None,), 15: (13,)}
"""Where one line of the catalogue shows as another."""


def test_every_line_has_a_row() -> None:
    assert {row.number for row in ROWS} | {38} == set(range(1, 41))


def test_38_a_condition_removed_since_the_baseline(tmp_path: Path) -> None:
    base = load_network(write_toml(tmp_path))
    kept = tuple(condition for condition in base.conditions if condition.id != "pneumonia")
    problems = removed_conditions(base, replace(base, conditions=kept))
    assert [(problem.code, problem.catalogue) for problem in problems] == [("E-CONDITION-REMOVED", 38)]
    assert "no 'pneumonia', which clinic has" in str(problems[0])
    renamed = tuple(replace(c, id="pneumonias") if c.id == "pneumonia" else c for c in base.conditions)
    assert removed_conditions(base, replace(base, conditions=renamed))[0].suggestions == ("pneumonias",)
    assert removed_conditions(base, base) == []


def test_18_a_default_row_fills_what_is_not_listed(tmp_path: Path) -> None:
    plain = load_network(write_tables(tmp_path, BIF))
    short = replaced(BIF, "  (no) 0.01, 0.99;\n", "  default 0.01, 0.99;\n")
    assert load_network(write_tables(tmp_path, short)).digest == plain.digest


@pytest.mark.parametrize(("text", "suffix"), [(BIF, ".bif"), (XMLBIF, ".xmlbif")])
def test_15_no_prefix_of_a_file_is_a_smaller_network(text: str, suffix: str, tmp_path: Path) -> None:
    for end in range(len(text.rstrip())):
        path = write_tables(tmp_path, text[:end], suffix)
        problems = check_network(path)
        assert any(problem.severity is Severity.REJECT for problem in problems), f"the first {end} characters"


def test_30_a_large_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path) -> None:
    path = write_tables(tmp_path, BIF)
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    (problem,) = check_network(path)
    assert (problem.code, problem.catalogue) == ("E-FILE-SIZE", 30)
    directory = write_toml(tmp_path)
    with (directory / "findings.toml").open("r+b") as file:
        file.truncate(1 << 40)
    assert [problem.code for problem in check_network(directory)] == ["E-FILE-SIZE"]


def test_30_a_gzip_bomb_is_refused_while_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.network.load.MAX_TABLE_BYTES", 1 << 20)
    path = write_tables(tmp_path, gzip.compress(b" " * (64 << 20)), ".bif.gz")
    assert [problem.code for problem in check_network(path)] == ["E-FILE-SIZE"]


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    changes = {
        INFLUENZA: replaced(replaced(TOML[INFLUENZA], "fever = 0.8", "fewer = 1.8"), '"self_care"', '"selfcare"'),
        PNEUMONIA: replaced(replaced(TOML[PNEUMONIA], "smoking = 1.5", "smoker = -1"), "must_not_miss", "mustnotmiss"),
        FINDINGS: replaced(TOML[FINDINGS], "leak = 0.05", "leek = 0.05"),
        NETWORK: replaced(TOML[NETWORK], "format = 1", "format = 2"),
    }
    codes = sorted(problem.code for problem in check_network(write_toml(tmp_path, changes)))
    assert codes == [
        "E-CHOICE",
        "E-FORMAT",
        "E-ODDS-RATIO",
        "E-PROBABILITY",
        "E-UNKNOWN-KEY",
        "E-UNKNOWN-KEY",
        "W-LEAK-DEFAULT",
        "W-MUST-NOT-MISS",
    ]


def test_all_errors_of_a_bif_come_at_once(tmp_path: Path) -> None:
    text = replaced(BIF, "table 0.3, 0.7", "table 0.3, 0.8")
    text = replaced(text, "(no) 0.01, 0.99", "(nein) 0.01, 0.99")
    text = replaced(text, "(yes, yes) 0.1, 0.5, 0.4", "(yes, yes) 0.1, x, 0.4")
    text = replaced(text, "{ clear, shadow, mass }", "{ clear, shadow, shadow, mass }") + "junk"
    codes = {problem.code for problem in check_network(write_tables(tmp_path, text))}
    assert codes >= {"E-CPT-SUM", "E-PARENT-STATE", "E-STATE-TWICE", "E-STATE-COUNT", "E-JUNK"}


def test_the_sound_networks_have_no_problem(tmp_path: Path) -> None:
    assert check_network(write_toml(tmp_path)) == []
    assert check_network(write_tables(tmp_path, BIF)) == []
    assert check_network(write_tables(tmp_path, XMLBIF, ".xmlbif")) == []
