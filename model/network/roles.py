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

from collections.abc import Iterator, Mapping
from typing import Any

from .checks import check_names
from .names import some
from .network import Role, TabularNetwork, Variable
from .report import Report, nearest, shown
from .roles_demographics import read_age, read_sex
from .roles_reader import EVERY_STATE, Reader
from .table import Table
from .text import check_distinct
from .toml_entries import KINDS, TRIAGE_LEVELS, read_codes, read_limits
from .vocabulary import Condition, Finding, RiskFactor, Triage


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
    reader = Reader({variable.name: variable for variable in variables}, report)
    demographics = top.table("demographics")
    age_variable, bands, variables = read_age(demographics, variables, reader)
    sex_variable, variables = read_sex(demographics, variables, reader)
    demographics.finish()
    reader = Reader({variable.name: variable for variable in variables}, report)
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


def _conditions(top: Table, reader: Reader) -> list[tuple[Condition, Role]]:
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


def _with_present_state(section: Table, reader: Reader) -> Iterator[tuple[str, Variable, str, Table]]:
    """The readable entries of a section in which one state means present, by name."""
    for name in sorted(section.values):
        entry = reader.entry(section, name)
        if entry is None:
            continue
        variable, state, details = entry
        if state == EVERY_STATE:
            reader.report.reject("STATE", section.at(name), "*", "the state that means present", catalogue=12)
            continue
        yield name, variable, state, details


def _findings(section: Table, reader: Reader) -> list[tuple[Finding, str]]:
    findings = []
    unasked = []
    for name, variable, state, details in _with_present_state(section, reader):
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


def _risk_factors(section: Table, reader: Reader) -> list[tuple[RiskFactor, str]]:
    factors = []
    for name, variable, state, details in _with_present_state(section, reader):
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
