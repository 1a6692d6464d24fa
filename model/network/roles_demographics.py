"""The variables of age and sex in a roles file: their states brought into the order of those axes."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from .names import some
from .network import Variable
from .roles_reader import Reader
from .table import Table
from .toml_reader import parse_age_bands
from .vocabulary import SEXES


def read_age(
    section: Table, variables: tuple[Variable, ...], reader: Reader
) -> tuple[str | None, tuple[tuple[float, float], ...], tuple[Variable, ...]]:
    """The variable of age, its bands in years, and ``variables`` with its states in their order."""
    if "age" not in section.values:
        return None, (), variables
    entry = section.table("age")
    name = entry.text("variable", None)
    bands = entry.table("bands")
    entry.finish()
    variable = reader.variable(name, entry.at("variable"))
    if variable is None:
        return None, (), variables
    labels = _state_labels(bands, variable, reader)
    if labels is None:
        return None, (), variables
    states = sorted(variable.states, key=lambda state: _first_year(labels[state]))
    parsed = parse_age_bands([labels[state] for state in states], bands.where, reader.report)
    return name, parsed, _reordered(variables, name, states)


def _state_labels(bands: Table, variable: Variable, reader: Reader) -> dict[str, str] | None:
    labels = {}
    for state in variable.states:
        label = bands.text(state, None)
        if label:
            labels[state] = label
    before = reader.report.rejections
    bands.finish()
    return labels if len(labels) == len(variable.states) and reader.report.rejections == before else None


def _first_year(label: str) -> float:
    digits = re.search("[0-9]{1,6}", label)
    return float(digits[0]) if digits else 0.0


def read_sex(
    section: Table, variables: tuple[Variable, ...], reader: Reader
) -> tuple[str | None, tuple[Variable, ...]]:
    """The variable of sex, and ``variables`` with its states in the order of ``SEXES``."""
    if "sex" not in section.values:
        return None, variables
    entry = section.table("sex")
    name = entry.text("variable", None)
    states = [entry.text(sex, None) for sex in SEXES]
    entry.finish()
    variable = reader.variable(name, entry.at("variable"))
    if variable is None:
        return None, variables
    if sorted(states) != sorted(variable.states):
        found = f"the states {some(states)}"
        reader.report.reject("STATE", entry.where, found, f"both of {some(list(variable.states))}", catalogue=12)
        return None, variables
    return name, _reordered(variables, name, states)


def _reordered(variables: tuple[Variable, ...], name: str, states: list[str]) -> tuple[Variable, ...]:
    """``variables`` with the states of one of them in another order, wherever its axis occurs."""
    position = next(index for index, variable in enumerate(variables) if variable.name == name)
    order = [variables[position].states.index(state) for state in states]
    result = []
    for variable in variables:
        axes = [variable.name, *variable.parents]
        if name not in axes:
            result.append(variable)
            continue
        table = np.take(variable.table, order, axis=axes.index(name))
        table.setflags(write=False)
        own = tuple(states) if variable.name == name else variable.states
        result.append(replace(variable, states=own, table=table))
    return tuple(result)
