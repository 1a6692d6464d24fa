"""What the variables of a BIF or XMLBIF network mean: the roles file.

::

    name = "asia"                        # and title, description, licence: optional
    normalise = false                    # true: accept columns rounded to about seven digits
    must_not_miss = ["lung"]

    [conditions]
    lung = "yes"                         # variable = the state that means "present"
    fault = "*"                          # every state is a condition of its own, with id "fault=state"

    [findings]
    xray = "abnormal"                    # keyed by the variable, or by an id that the table explains
    breathless = { variable = "dysp", state = "yes", name = "Short of breath", question = "Are you short of breath?" }

    [risk_factors]
    smoke = "yes"

    [triage]                             # condition id = level
    lung = "urgent"

    [demographics]
    age = { variable = "Age", bands = { young = "0-39", old = "40+" } }
    sex = { variable = "Sex", female = "F", male = "M" }

A finding keeps all states of its variable, in the variable's order.  The variable of sex has its
states put in the order of ``SEXES``, the one of age in the order of the bands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .checks import check_names
from .names import some
from .network import Role, TabularNetwork, Variable
from .report import Report, nearest, shown
from .table import Table
from .text import check_distinct
from .toml_entries import KINDS, TRIAGE_LEVELS, read_codes, read_limits
from .toml_reader import parse_age_bands
from .vocabulary import SEXES, Condition, Finding, RiskFactor, Triage

EVERY_STATE = "*"


@dataclass(frozen=True)
class _Reader:
    """The variables by name, and where problems go."""

    variables: dict[str, Variable]
    report: Report

    def entry(self, section: Table, name: str) -> tuple[Variable, str, Table] | None:
        """Variable, state and further texts of one line; None with a problem."""
        value = section.raw(name)
        where = section.at(name)
        details = Table(value if isinstance(value, dict) else {}, where, self.report)
        state = details.raw("state") if isinstance(value, dict) else value
        variable = self.variable(details.text("variable", name), where)
        if variable is None:
            return None
        if not isinstance(state, str) or (state != EVERY_STATE and state not in variable.states):
            near = nearest(state, variable.states) if isinstance(state, str) else ()
            found = "no state" if state is None else f"the unknown state {shown(state)}"
            self.report.reject("STATE", where, found, some(list(variable.states), 6), near=near, catalogue=12)
            return None
        return variable, state, details

    def variable(self, name: Any, where: str) -> Variable | None:
        """The variable of that name; None with a problem."""
        if isinstance(name, str) and name in self.variables:
            return self.variables[name]
        near = nearest(name, self.variables) if isinstance(name, str) else ()
        found = f"the unknown variable {shown(name)}"
        self.report.reject("VARIABLE", where, found, "a variable of the network", near=near, catalogue=11)
        return None


def wants_normalising(values: Mapping[str, Any]) -> bool:
    """Whether a roles file accepts columns that are rounded."""
    return values.get("normalise") is True


def read_roles(
    values: Mapping[str, Any], variables: tuple[Variable, ...], where: str, report: Report, *, name: str
) -> TabularNetwork:
    """The network that ``variables`` are under the roles in ``values`` (a roles file as TOML gave it).

    ``name`` is used where the roles do not give one.
    """
    top = Table(values, where, report)
    top.flag("normalise")
    reader = _Reader({variable.name: variable for variable in variables}, report)
    demographics = top.table("demographics")
    age_variable, bands, variables = _age(demographics, variables, reader)
    sex_variable, variables = _sex(demographics, variables, reader)
    demographics.finish()
    reader = _Reader({variable.name: variable for variable in variables}, report)
    conditions = _conditions(top, reader)
    findings = _findings(top.table("findings"), reader)
    risk_factors = _risk_factors(top.table("risk_factors"), reader)
    network = TabularNetwork(
        name=top.text("name", name),
        conditions=tuple(condition for condition, _ in conditions),
        findings=tuple(finding for finding, _ in findings),
        risk_factors=tuple(factor for factor, _ in risk_factors),
        title=top.text("title"),
        description=top.text("description"),
        licence=top.text("licence"),
        age_bands=bands,
        variables=variables,
        condition_roles=tuple(role for _, role in conditions),
        finding_variables=tuple(variable for _, variable in findings),
        risk_factor_variables=tuple(variable for _, variable in risk_factors),
        age_variable=age_variable,
        sex_variable=sex_variable,
    )
    top.finish()
    _check(network, where, report)
    return network


def _conditions(top: Table, reader: _Reader) -> list[tuple[Condition, Role]]:
    report = reader.report
    section, triage = top.table("conditions"), top.table("triage")
    must_not_miss = set(top.texts("must_not_miss"))
    found: list[tuple[str, Role, Table]] = []
    for name in section.values:
        entry = reader.entry(section, name)
        if entry is None:
            continue
        variable, state, details = entry
        if state == EVERY_STATE:
            nothing = Table({}, details.where, report)
            found += [(f"{name}={each}", Role(variable.name, each), nothing) for each in variable.states]
            details.finish()
        else:
            found.append((name, Role(variable.name, state), details))
    ids = sorted(identifier for identifier, _, _ in found)
    check_distinct(ids, "condition", section.where, report)
    for key in [*triage.values, *sorted(must_not_miss)]:
        if key not in ids:
            near = nearest(key, ids)
            at = triage.at(key) if key in triage.values else top.at("must_not_miss")
            report.reject("CONDITION", at, f"the unknown condition {shown(key)}", "one of [conditions]", near=near)
    conditions = []
    for identifier, role, details in sorted(found, key=lambda item: item[0]):
        condition = Condition(
            id=identifier,
            name=details.text("name", identifier),
            triage=Triage[triage.choice(identifier, TRIAGE_LEVELS, Triage.ROUTINE.label).upper()],
            must_not_miss=identifier in must_not_miss,
            specialty=details.text("specialty"),
            description=details.text("description"),
            synonyms=details.texts("synonyms"),
            codes=read_codes(details),
        )
        details.finish()
        conditions.append((condition, role))
    without = [condition.id for condition, _ in conditions if condition.id not in triage.values]
    if without:
        report.warn("TRIAGE-DEFAULT", top.at("triage"), f"no level for {some(without)}", "one; routine was taken")
    return conditions


def _findings(section: Table, reader: _Reader) -> list[tuple[Finding, str]]:
    findings = []
    unasked = []
    for name in sorted(section.values):
        entry = reader.entry(section, name)
        if entry is None:
            continue
        variable, state, details = entry
        if state == EVERY_STATE:
            reader.report.reject("STATE", section.at(name), "*", "the state that means present", catalogue=12)
            continue
        label = details.text("name", name)
        question = details.text("question")
        if not question:
            unasked.append(name)
        finding = Finding(
            id=name,
            name=label,
            question=question or f"{label}?",
            kind=details.choice("kind", KINDS, "symptom"),
            states=variable.states,
            leak=(),
            synonyms=details.texts("synonyms"),
            codes=read_codes(details),
            red_flag=details.flag("red_flag"),
            limits=read_limits(details),
            present=state,
        )
        findings.append((finding, variable.name))
        details.finish()
    if unasked:
        found = f"no question text for {some(unasked)}"
        reader.report.warn("QUESTION-DEFAULT", section.where, found, "one; the name was taken")
    return findings


def _risk_factors(section: Table, reader: _Reader) -> list[tuple[RiskFactor, str]]:
    factors = []
    for name in sorted(section.values):
        entry = reader.entry(section, name)
        if entry is None:
            continue
        variable, state, details = entry
        if state == EVERY_STATE:
            reader.report.reject("STATE", section.at(name), "*", "the state that means present", catalogue=12)
            continue
        factor = RiskFactor(
            id=name,
            name=details.text("name", name),
            question=details.text("question"),
            states=variable.states,
            synonyms=details.texts("synonyms"),
            codes=read_codes(details),
            limits=read_limits(details),
            present=state,
        )
        details.finish()
        factors.append((factor, variable.name))
    return factors


def _age(
    section: Table, variables: tuple[Variable, ...], reader: _Reader
) -> tuple[str | None, tuple[tuple[float, float], ...], tuple[Variable, ...]]:
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


def _state_labels(bands: Table, variable: Variable, reader: _Reader) -> dict[str, str] | None:
    labels = {}
    for state in variable.states:
        label = bands.text(state, None)
        if label:
            labels[state] = label
    before = reader.report.rejections
    bands.finish()
    return labels if len(labels) == len(variable.states) and reader.report.rejections == before else None


def _first_year(label: str) -> float:
    digits = "".join(c if c.isdigit() else " " for c in label).split()
    return float(digits[0][:6]) if digits else 0.0


def _sex(section: Table, variables: tuple[Variable, ...], reader: _Reader) -> tuple[str | None, tuple[Variable, ...]]:
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


def _check(network: TabularNetwork, where: str, report: Report) -> None:
    if not network.conditions:
        report.reject("EMPTY", f"{where} › conditions", "no condition", "at least one", catalogue=14)
    if not network.findings:
        report.reject("EMPTY", f"{where} › findings", "no finding", "at least one", catalogue=14)
    check_names("condition", network.conditions, where, report)
    check_names("finding", network.findings, where, report)
    check_names("risk factor", network.risk_factors, where, report)
    demographics = [name for name in (network.age_variable, network.sex_variable) if name is not None]
    shared = sorted({role.variable for role in network.condition_roles})
    played = [*shared, *network.finding_variables, *network.risk_factor_variables, *demographics]
    for name in sorted({name for name in played if played.count(name) > 1}):
        report.reject("ROLE-TWICE", where, f"more than one role for {shown(name)}", "one role a variable")
    states = [(role.variable, role.state) for role in network.condition_roles]
    for variable, state in sorted({role for role in states if states.count(role) > 1}):
        report.reject("ROLE-TWICE", where, f"two conditions for {variable} = {state}", "one condition a state")
    if network.conditions and not any(condition.must_not_miss for condition in network.conditions):
        report.warn("MUST-NOT-MISS", where, "no condition under must_not_miss", "at least one", catalogue=39)


def check_paths(network: TabularNetwork, where: str, report: Report) -> None:
    """A warning for findings that no path in the network joins to a condition."""
    neighbours: dict[str, list[str]] = {variable.name: [] for variable in network.variables}
    for variable in network.variables:
        for parent in variable.parents:
            neighbours[variable.name].append(parent)
            neighbours[parent].append(variable.name)
    reached = {role.variable for role in network.condition_roles}
    frontier = sorted(reached)
    while frontier:
        for other in neighbours[frontier.pop()]:
            if other not in reached:
                reached.add(other)
                frontier.append(other)
    pairs = zip(network.findings, network.finding_variables, strict=True)
    orphans = [finding.id for finding, variable in pairs if variable not in reached]
    if orphans and network.conditions:
        found = f"findings that nothing joins to a condition: {some(orphans)}"
        report.warn("UNEXPLAINED", f"{where} › findings", found, "a path between them", catalogue=40)
