"""Our reading of BIF and XMLBIF equals pgmpy's on the networks inside pgmpy's package."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import InputError
from model.network import TabularNetwork, load_network
from model.network.report import Report
from model.network.tabular_build import build_variables
from model.network.xmlbif import parse_xmlbif

QUICK = ["alarm", "andes", "asia", "cancer", "child", "earthquake", "hailfinder", "hepar2", "insurance", "munin1"]
QUICK += ["pathfinder", "pigs", "sachs", "survey", "water", "win95pts"]
ROUNDED = ["alarm", "hepar2", "munin1", "pathfinder", "sachs", "water"]
"""Those whose published columns are off by more than 1e-9."""


def example(name: str) -> Path:
    """The file of one of pgmpy's example networks; skips where there is none."""
    found = importlib.util.find_spec("pgmpy")
    path = Path(found.origin or "").parent / "utils" / "example_models" / f"{name}.bif.gz" if found else Path()
    if not path.is_file():
        pytest.skip(f"pgmpy's package holds no {name}.bif.gz")
    return path


def some_roles(names: list[str], states_of: dict[str, list[str]]) -> dict[str, Any]:
    """The first variable as conditions, the others as findings."""
    return {
        "conditions": {names[0]: "*"},
        "findings": {name: states_of[name][0] for name in names[1:]},
        "triage": {f"{names[0]}={state}": "urgent" for state in states_of[names[0]]},
        "must_not_miss": [f"{names[0]}={states_of[names[0]][0]}"],
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", QUICK)
def test_equals_pgmpys_reading(name: str) -> None:
    from pgmpy.readwrite import BIFReader

    path = example(name)
    model = BIFReader(string=gzip.decompress(path.read_bytes()).decode()).get_model()
    states_of = {cpd.variable: cpd.state_names[cpd.variable] for cpd in model.get_cpds()}
    network = load_network(path, roles=some_roles(sorted(states_of), states_of), normalise=name in ROUNDED)
    assert isinstance(network, TabularNetwork)
    assert {v.name: list(v.states) for v in network.variables} == states_of
    for variable in network.variables:
        cpd = model.get_cpds(variable.name)
        axes = list(cpd.variables)
        assert sorted(axes[1:]) == list(variable.parents)
        theirs = np.asarray(cpd.values).transpose([axes.index(axis) for axis in (variable.name, *variable.parents)])
        atol = 1e-6 if name in ROUNDED else 1e-9
        np.testing.assert_allclose(variable.table, theirs, rtol=0, atol=atol)
        np.testing.assert_allclose(variable.table.sum(axis=0), 1.0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ROUNDED)
def test_rounded_columns_are_refused_unless_normalising_is_asked_for(name: str) -> None:
    path = example(name)
    with pytest.raises(InputError, match="load with normalise") as raised:
        load_network(path, roles={})
    assert {problem.code for problem in raised.value.problems} >= {"E-CPT-SUM"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["asia", "insurance", "win95pts"])
def test_pgmpys_xmlbif_reads_the_same(name: str, tmp_path: Path) -> None:
    from pgmpy.readwrite import BIFReader, XMLBIFWriter

    path = example(name)
    model = BIFReader(string=gzip.decompress(path.read_bytes()).decode()).get_model()
    XMLBIFWriter(model).write(str(tmp_path / "model.xmlbif"))
    report = Report()
    raw = parse_xmlbif((tmp_path / "model.xmlbif").read_text(encoding="utf-8"), name, report)
    variables = build_variables(raw, name, report)
    assert [p for p in report.problems if p.code.startswith("E-")] == []
    # pgmpy's writer makes identifiers of state names; the figures are what is compared here.
    for variable in variables:
        cpd = model.get_cpds(variable.name)
        axes = list(cpd.variables)
        theirs = np.asarray(cpd.values).transpose([axes.index(axis) for axis in (variable.name, *variable.parents)])
        np.testing.assert_allclose(variable.table, theirs, rtol=0, atol=1e-9)
