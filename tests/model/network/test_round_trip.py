"""Writing and reading change nothing; the digest says exactly when the meaning is the same."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.network import (
    ClinicalNetwork,
    Condition,
    Limits,
    Link,
    TabularNetwork,
    Triage,
    check_network,
    in_order,
    load_network,
    save_network,
)
from model.network.bif_writer import bif_text
from model.network.expand import as_tabular
from model.network.roles_writer import roles_text
from model.network.xmlbif_writer import xmlbif_text
from tests.model.network.bad_networks import TOML, replaced, write_tables, write_toml
from tests.model.network.strategies import clinical_networks, tabular_networks


@given(clinical_networks())
@settings(max_examples=60, deadline=None)
def test_a_clinical_network_comes_back_equal(network: ClinicalNetwork) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save_network(network, folder)
        back = load_network(folder)
        assert back == network
        assert back.digest == network.digest
        texts = {path: path.read_bytes() for path in Path(folder).rglob("*.toml")}
        save_network(back, folder, overwrite=True)
        assert {path: path.read_bytes() for path in Path(folder).rglob("*.toml")} == texts


@given(st.booleans().flatmap(tabular_networks))
@settings(max_examples=40, deadline=None)
def test_a_tabular_network_comes_back_equal(network: TabularNetwork) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save_network(network, folder)
        back = load_network(folder)
        assert isinstance(back, TabularNetwork)
        assert back == network
        for ours, theirs in zip(back.variables, network.variables, strict=True):
            np.testing.assert_array_equal(ours.table, theirs.table)
        assert back.digest == network.digest


@given(tabular_networks())
@settings(max_examples=20, deadline=None)
def test_bif_and_xmlbif_say_the_same(network: TabularNetwork) -> None:
    with tempfile.TemporaryDirectory() as folder:
        digests = set()
        for suffix, text in ((".bif", bif_text(network)), (".xmlbif", xmlbif_text(network))):
            digests.add(load_network(write_tables(Path(folder), text, suffix, roles_text(network))).digest)
        assert digests == {network.digest}


def test_layout_order_and_comments_do_not_change_the_digest(tmp_path: Path) -> None:
    plain = load_network(write_toml(tmp_path / "plain")).digest
    blocks = TOML["findings.toml"].split("[cough]")
    changes = {
        "findings.toml": "# the other way round\n[cough]" + blocks[1] + "\n" + blocks[0],
        "conditions/influenza.toml": None,
        "conditions/a_file_of_any_name.toml": 'id = "influenza"\n' + TOML["conditions/influenza.toml"],
        "conditions/pneumonia.toml": replaced(
            TOML["conditions/pneumonia.toml"],
            "cough = 0.9\nfever = 0.7",
            'fever = { p = 0.70, source = "x" }\ncough = 9e-1',
        ),
        "network.toml": 'title = "Another title"\n' + TOML["network.toml"],
        "risk_factors.toml": replaced(
            TOML["risk_factors.toml"], "[0.02, 0.2]", "{ female = [0.02, 0.2], male = [0.02, 0.2] }"
        ),
    }
    other = load_network(write_toml(tmp_path / "other", changes))
    assert other.digest == plain
    assert [condition.id for condition in other.conditions] == ["influenza", "pneumonia"]


def test_whatever_changes_an_interview_or_a_score_changes_the_digest(tmp_path: Path) -> None:
    network = load_network(write_toml(tmp_path))
    assert isinstance(network, ClinicalNetwork)
    cough, fever = network.findings
    influenza, pneumonia = network.conditions
    (smoking,) = network.risk_factors

    def with_influenza(changed: Condition) -> ClinicalNetwork:
        return replace(network, conditions=(changed, pneumonia))

    nudged = np.nextafter(0.8, 1.0)
    changed = [
        network,
        replace(network, structure="one_condition"),
        replace(network, temperature=1.5),
        replace(network, population=((0.2, 0.3), (0.1, 0.4))),
        replace(network, age_bands=((0.0, 17.0), (17.0, 150.0))),
        replace(network, findings=(fever, cough)),
        replace(network, findings=(cough, replace(fever, question="Are you hot?"))),
        replace(network, findings=(cough, replace(fever, red_flag=True))),
        replace(network, findings=(cough, replace(fever, limits=Limits("female")))),
        replace(network, findings=(cough, replace(fever, leak=(0.97, 0.03)))),
        replace(network, findings=(cough, replace(fever, synonyms=("hot",)))),
        replace(network, risk_factors=(replace(smoking, prevalence=((0.1, 0.1), (0.1, 0.1))),)),
        with_influenza(replace(influenza, id="flu")),
        with_influenza(replace(influenza, triage=Triage.ROUTINE)),
        with_influenza(replace(influenza, must_not_miss=True)),
        with_influenza(replace(influenza, odds_ratios={"smoking": 1.1})),
        with_influenza(replace(influenza, prevalence=((0.02, 0.02), (0.02, 0.03)))),
        with_influenza(replace(influenza, links={**influenza.links, "fever": Link((1 - nudged, nudged))})),
    ]
    assert len({each.digest for each in changed}) == len(changed)
    same = [
        replace(network, name="x", title="y", description="z", licence="MIT"),
        with_influenza(replace(influenza, description="A virus.", specialty="gp")),
        with_influenza(replace(influenza, links=dict(reversed(influenza.links.items())))),
        with_influenza(
            replace(influenza, links={key: Link(link.probabilities, "me") for key, link in influenza.links.items()})
        ),
    ]
    assert {each.digest for each in same} == {network.digest}


def test_a_network_out_of_order_is_written_in_order(tmp_path: Path) -> None:
    network = load_network(write_toml(tmp_path))
    assert isinstance(network, ClinicalNetwork)
    shuffled = replace(
        network, conditions=tuple(reversed(network.conditions)), findings=tuple(reversed(network.findings))
    )
    save_network(shuffled, tmp_path / "copy")
    assert load_network(tmp_path / "copy") == in_order(shuffled) == network


def test_saving_removes_the_files_of_conditions_that_are_gone_and_no_other(tmp_path: Path) -> None:
    network = load_network(write_toml(tmp_path))
    assert isinstance(network, ClinicalNetwork)
    save_network(network, tmp_path / "copy")
    (tmp_path / "copy" / "MODEL_CARD.md").write_text("# Card")
    save_network(replace(network, conditions=network.conditions[:1]), tmp_path / "copy", overwrite=True)
    assert sorted(path.name for path in (tmp_path / "copy" / "conditions").iterdir()) == ["influenza.toml"]
    assert (tmp_path / "copy" / "MODEL_CARD.md").exists()


@pytest.mark.parametrize("tables", [False, True])
def test_nothing_is_written_over_unless_asked(tables: bool, tmp_path: Path) -> None:
    clinic = load_network(write_toml(tmp_path))
    assert isinstance(clinic, ClinicalNetwork)
    network = as_tabular(clinic) if tables else clinic
    full = tmp_path / "full"
    full.mkdir()
    (full / "policy.toml").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in (full, tmp_path / "file", tmp_path / "loop"):
        with pytest.raises(InputError, match="E-EXISTS"):
            save_network(network, place)
    assert [path.name for path in full.iterdir()] == ["policy.toml"]
    save_network(network, tmp_path / "empty")
    save_network(network, full, overwrite=True)
    assert load_network(tmp_path / "empty").digest == load_network(full).digest


def test_one_changed_figure_is_one_changed_line(tmp_path: Path) -> None:
    network = load_network(write_toml(tmp_path))
    assert isinstance(network, ClinicalNetwork)
    save_network(network, tmp_path / "copy")
    path = tmp_path / "copy" / "conditions" / "pneumonia.toml"
    before = path.read_text().splitlines()
    pneumonia = network.conditions[1]
    changed = replace(pneumonia, links={**pneumonia.links, "fever": Link((1 - 0.75, 0.75))})
    save_network(replace(network, conditions=(network.conditions[0], changed)), tmp_path / "copy", overwrite=True)
    after = path.read_text().splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [("fever = 0.7", "fever = 0.75")]


@given(st.integers(0, len(TOML) - 1), st.randoms(use_true_random=False), st.binary(max_size=12))
@settings(max_examples=80, deadline=None)
def test_no_damage_raises(which: int, rng: random.Random, junk: bytes) -> None:
    name = list(TOML)[which]
    data = bytearray(TOML[name].encode())
    start = rng.randrange(len(data))
    data[start : start + rng.randrange(20)] = junk
    with tempfile.TemporaryDirectory() as folder:
        check_network(write_toml(Path(folder), {name: bytes(data)}))
