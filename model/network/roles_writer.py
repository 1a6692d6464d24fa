"""The roles file of a tabular network; see :mod:`roles`."""

from __future__ import annotations

from .network import TabularNetwork
from .toml_text import code_lines, inline_table, key, limit_lines, list_lines, quoted, text_lines
from .toml_writer import age_band_labels
from .vocabulary import SEXES, Condition, Finding, Limits, RiskFactor


def roles_text(network: TabularNetwork) -> str:
    """The roles of ``network``'s variables as TOML."""
    lines = [f"name = {quoted(network.name)}"]
    lines += text_lines(title=network.title, description=network.description, licence=network.licence)
    lines += list_lines("must_not_miss", [c.id for c in network.conditions if c.must_not_miss])
    lines += ["", "[triage]"]
    lines += [f"{key(condition.id)} = {quoted(condition.triage.label)}" for condition in network.conditions]
    lines += _demographics(network)
    for condition, role in zip(network.conditions, network.condition_roles, strict=True):
        lines += ["", f"[conditions.{key(condition.id)}]", f"variable = {quoted(role.variable)}"]
        lines += [f"state = {quoted(role.state or '')}", *_condition_lines(condition)]
    for finding, variable in zip(network.findings, network.finding_variables, strict=True):
        lines += ["", f"[findings.{key(finding.id)}]", f"variable = {quoted(variable)}", *_finding_lines(finding)]
    for factor, variable in zip(network.risk_factors, network.risk_factor_variables, strict=True):
        lines += ["", f"[risk_factors.{key(factor.id)}]", f"variable = {quoted(variable)}"]
        lines += [f"state = {quoted(factor.present)}", f"name = {quoted(factor.name)}"]
        lines += [*text_lines(question=factor.question), *_common(factor, factor.limits)]
    return "\n".join(lines) + "\n"


def _condition_lines(condition: Condition) -> list[str]:
    lines = text_lines(name=condition.name, specialty=condition.specialty, description=condition.description)
    return lines + _common(condition, Limits())


def _finding_lines(finding: Finding) -> list[str]:
    lines = text_lines(state=finding.present, name=finding.name, question=finding.question, kind=finding.kind)
    return lines + (["red_flag = true"] if finding.red_flag else []) + _common(finding, finding.limits)


def _common(entry: Condition | Finding | RiskFactor, limits: Limits) -> list[str]:
    return list_lines("synonyms", entry.synonyms) + code_lines(entry.codes) + limit_lines(limits)


def _demographics(network: TabularNetwork) -> list[str]:
    states_of = {variable.name: variable.states for variable in network.variables}
    lines = []
    if network.age_variable is not None:
        labels = zip(states_of[network.age_variable], age_band_labels(network.age_bands), strict=True)
        bands = inline_table({state: quoted(label) for state, label in labels})
        lines.append(f"age = {inline_table({'variable': quoted(network.age_variable), 'bands': bands})}")
    if network.sex_variable is not None:
        states = zip(SEXES, states_of[network.sex_variable], strict=True)
        entry = {"variable": quoted(network.sex_variable), **{sex: quoted(state) for sex, state in states}}
        lines.append(f"sex = {inline_table(entry)}")
    return ["", "[demographics]", *lines] if lines else []
