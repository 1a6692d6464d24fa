"""``clinval model``: what is printed where, and with which exit code; and ``convert`` beneath it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from model.cli import app
from model.errors import InputError
from model.network import ONE_CONDITION, ClinicalNetwork, TabularNetwork, load_network, save_network
from model.network.convert import convert_network, with_structure
from model.network.expand import as_tabular
from tests.model.network.bad_networks import BIF, TOML, replaced, write_tables, write_toml
from tests.model.network.test_importers import SYMCAT, write_ddxplus

BROKEN = {"conditions/influenza.toml": replaced(TOML["conditions/influenza.toml"], "fever = 0.8", "fevr = 1.8")}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_check_of_a_sound_network(tmp_path: Path) -> None:
    done = run("check", write_toml(tmp_path), "--format", "plain")
    assert done.exit_code == 0
    assert done.stdout.endswith("0 errors · 0 warnings · " + str(tmp_path / "clinic") + " is usable\n")


@pytest.mark.parametrize("fmt", ["rich", "plain"])
def test_check_of_a_broken_network(fmt: str, tmp_path: Path) -> None:
    changes = {**BROKEN, "notes.txt": "hello"}
    done = run("check", write_toml(tmp_path, changes), "--format", fmt)
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["E-PROBABILITY", "W-UNKNOWN-FILE"]
    assert lines[-1].startswith("1 errors · 1 warnings")


def test_check_as_json(tmp_path: Path) -> None:
    done = run("check", write_toml(tmp_path, BROKEN), "--format", "json")
    assert done.exit_code == 2
    value = json.loads(done.stdout)
    assert (value["errors"], value["warnings"]) == (1, 0)
    assert value["problems"][0]["catalogue"] == 40


def test_show_the_network(tmp_path: Path) -> None:
    directory = write_toml(tmp_path)
    value = json.loads(run("show", directory, "--format", "json").stdout)
    assert value["Network"]["conditions"] == "2"
    assert value["Network"]["digest"] == load_network(directory).digest
    assert value["Triage"][1] == {
        "level": "urgent",
        "conditions": "1",
        "such as": "pneumonia",
        "must not be missed": "pneumonia",
    }
    assert "Triage" in run("show", directory).stdout


def test_show_a_condition_a_finding_and_a_risk_factor(tmp_path: Path) -> None:
    directory = write_toml(tmp_path)
    lines = run("show", directory, "pneumonia", "--format", "plain").stdout.splitlines()
    assert "female\t1%\t2%" in lines
    assert "Smoking\t1.5\tsmoking" in lines
    assert lines.index("Cough\t90%\t5%\t18.0\tcough\t") < lines.index("Fever\t70%\t2%\t35.0\tfever\t")
    lines = run("show", directory, "Fever", "--format", "plain").stdout.splitlines()
    assert lines.index("Influenza\t80%\tself_care\tinfluenza") < lines.index("Pneumonia\t70%\turgent\tpneumonia")
    assert "Pneumonia\t1.5\tpneumonia" in run("show", directory, "smoking", "--format", "plain").stdout


def test_show_what_is_not_there(tmp_path: Path) -> None:
    done = run("show", write_toml(tmp_path), "pneumonja")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "did you mean pneumonia" in done.stderr


def test_show_of_tables(tmp_path: Path) -> None:
    path = write_tables(tmp_path, BIF)
    assert json.loads(run("show", path, "--format", "json").stdout)["Network"]["structure"] == "tables"
    assert "parents\tlung, smoke" in run("show", path, "xray", "--format", "plain").stdout


def test_convert_to_tables_and_back(tmp_path: Path) -> None:
    source = write_toml(tmp_path)
    for suffix in (".bif", ".xmlbif"):
        target = tmp_path / f"out{suffix[1:]}" / f"clinic{suffix}"
        assert run("convert", source, target).exit_code == 0
        network, tables = load_network(source), load_network(target)
        assert isinstance(network, ClinicalNetwork)
        assert isinstance(tables, TabularNetwork)
        expected = as_tabular(network)
        assert {v.name: v.table.tolist() for v in tables.variables if len(v.parents) < 2} == {
            v.name: v.table.tolist() for v in expected.variables if len(v.parents) < 2
        }
        assert [condition.id for condition in tables.conditions] == ["influenza", "pneumonia"]
    bif, xmlbif = (load_network(tmp_path / f"out{kind}" / f"clinic.{kind}") for kind in ("bif", "xmlbif"))
    assert bif.digest == xmlbif.digest


@pytest.mark.filterwarnings("ignore")
def test_pgmpy_reads_what_convert_writes(tmp_path: Path) -> None:
    readwrite = pytest.importorskip("pgmpy.readwrite")
    target = tmp_path / "clinic.bif"
    convert_network(write_toml(tmp_path), target)
    network = load_network(target)
    assert isinstance(network, TabularNetwork)
    model = readwrite.BIFReader(str(target)).get_model()
    assert model.check_model()
    for variable in network.variables:
        cpd = model.get_cpds(variable.name)
        assert list(cpd.variables)[1:] == [*variable.parents] or sorted(cpd.variables[1:]) == sorted(variable.parents)
        axes = list(cpd.variables)
        values = cpd.values.transpose([axes.index(name) for name in (variable.name, *variable.parents)])
        assert values.tolist() == variable.table.tolist()


def test_convert_reads_the_figures_the_other_way(tmp_path: Path) -> None:
    source = write_toml(tmp_path)
    assert run("convert", source, tmp_path / "one", "--structure", "one_condition").exit_code == 0
    one = load_network(tmp_path / "one")
    assert isinstance(one, ClinicalNetwork)
    assert one.structure == ONE_CONDITION
    assert with_structure(one, "noisy_or") == load_network(source)


def test_convert_overwrites_nothing(tmp_path: Path) -> None:
    source = write_toml(tmp_path)
    done = run("convert", source, source)
    assert done.exit_code == 2
    assert "E-EXISTS" in done.stderr
    (tmp_path / "x.roles.toml").write_text("mine")
    assert run("convert", source, tmp_path / "x.bif").exit_code == 2
    assert (tmp_path / "x.roles.toml").read_text() == "mine"


def test_three_states_cannot_be_noisy_or(tmp_path: Path) -> None:
    changes = {
        "network.toml": replaced(TOML["network.toml"], "noisy_or", "one_condition"),
        "findings.toml": replaced(
            TOML["findings.toml"],
            "leak = 0.02",
            'states = ["absent", "present", "unsure"]\nleak = { absent = 0.9, present = 0.05, unsure = 0.05 }',
        ),
    }
    for name in ("influenza", "pneumonia"):
        text = TOML[f"conditions/{name}.toml"]
        old = "fever = 0.8" if name == "influenza" else "fever = 0.7"
        changes[f"conditions/{name}.toml"] = replaced(
            text, old, "fever = { absent = 0.2, present = 0.7, unsure = 0.1 }"
        )
    network = load_network(write_toml(tmp_path, changes))
    with pytest.raises(InputError, match="findings with more than two states: fever"):
        with_structure(network, "noisy_or")
    save_network(network, tmp_path / "copy")
    assert load_network(tmp_path / "copy") == network


def test_import(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    done = run("import", "ddxplus", write_ddxplus(tables), tmp_path / "ddxplus", "--format", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["digest"] == load_network(tmp_path / "ddxplus").digest
    (tmp_path / "symcat.json").write_text(json.dumps(SYMCAT))
    done = run("import", "symcat", tmp_path / "symcat.json", tmp_path / "symcat", "--structure", "noisy_or")
    assert done.exit_code == 0
    assert run("import", "symcat", tmp_path / "nothing.json", tmp_path / "other").exit_code == 2
    assert not (tmp_path / "other").exists()


def test_loading_needs_none_of_the_heavy_packages(tmp_path: Path) -> None:
    code = (
        "import sys; from model.network import load_network; load_network(sys.argv[1]); "
        "print(sorted({'pandas', 'pyarrow', 'pgmpy', 'scipy', 'networkx', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(write_toml(tmp_path))], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
