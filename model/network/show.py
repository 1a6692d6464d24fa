"""A network, or one entry of it, as tables that a clinician can read; rendering is the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from .names import some
from .network import ClinicalNetwork, Network, TabularNetwork
from .report import nearest
from .toml_writer import age_band_labels
from .vocabulary import SEXES, Condition, Finding, RiskFactor, Triage


@dataclass(frozen=True)
class Section:
    """One table under a heading."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _facts(title: str, facts: Sequence[tuple[str, str]]) -> Section:
    return Section(title, ("", ""), tuple((name, value) for name, value in facts if value))


def summarise(network: Network, what: str | None = None) -> list[Section]:
    """``network``, or its condition, finding or risk factor with the id or name ``what``."""
    if what is None:
        return _overview(network)
    entries: list[Condition | Finding | RiskFactor] = []
    entries += [*network.conditions, *network.findings, *network.risk_factors]
    found = [entry for entry in entries if entry.id == what]
    found = found or [entry for entry in entries if entry.name.casefold() == what.casefold()]
    if found:
        return [section for entry in found for section in _entry(network, entry)]
    words = [word for entry in entries for word in (entry.id, entry.name)]
    raise InputError.single(
        "E-WORD",
        network.name,
        f"nothing called {what!r}",
        expected="the id or name of a condition, finding or risk factor",
        suggestions=nearest(what, dict.fromkeys(words)),
    )


def _entry(network: Network, entry: Condition | Finding | RiskFactor) -> list[Section]:
    if isinstance(entry, Condition):
        return _condition(network, entry)
    return _finding(network, entry) if isinstance(entry, Finding) else _risk_factor(network, entry)


def _overview(network: Network) -> list[Section]:
    structure, size = "tables", ""
    if isinstance(network, ClinicalNetwork):
        structure = network.structure
        size = f"{sum(len(condition.links) for condition in network.conditions):,} links"
    elif isinstance(network, TabularNetwork):
        cells = sum(variable.table.size for variable in network.variables)
        size = f"{len(network.variables):,} variables, {cells:,} probabilities"
    bands = ", ".join(age_band_labels(network.age_bands))
    facts = [
        ("name", network.name),
        ("title", network.title),
        ("description", network.description),
        ("licence", network.licence),
        ("structure", structure),
        ("conditions", f"{len(network.conditions):,}"),
        ("findings", f"{len(network.findings):,}"),
        ("risk factors", f"{len(network.risk_factors):,}"),
        ("size", size),
        ("age bands", bands),
        ("red flags", some([finding.id for finding in network.findings if finding.red_flag])),
        ("digest", network.digest),
    ]
    rows = []
    for level in sorted(Triage, reverse=True):
        here = [condition for condition in network.conditions if condition.triage is level]
        grave = [condition.id for condition in here if condition.must_not_miss]
        rows.append((level.label, str(len(here)), some([condition.id for condition in here], 6), some(grave, 6)))
    triage = Section("Triage", ("level", "conditions", "such as", "must not be missed"), tuple(rows))
    return [_facts("Network", facts), triage]


def _shared(entry: Condition | Finding | RiskFactor) -> list[tuple[str, str]]:
    codes = ", ".join(f"{system} {code}" for system, code in sorted(entry.codes.items()))
    return [("id", entry.id), ("synonyms", ", ".join(entry.synonyms)), ("codes", codes)]


def _condition(network: Network, condition: Condition) -> list[Section]:
    facts = [
        *_shared(condition),
        ("triage", condition.triage.label),
        ("must not be missed", "yes" if condition.must_not_miss else "no"),
        ("specialty", condition.specialty),
        ("description", condition.description),
    ]
    sections = [_facts(condition.name, facts)]
    if isinstance(network, TabularNetwork):
        role = network.condition_roles[network.condition_index[condition.id]]
        return [*sections, _family(network, role.variable)]
    if not isinstance(network, ClinicalNetwork):
        return sections
    bands = tuple(age_band_labels(network.age_bands))
    grid = tuple((sex, *map(_percent, row)) for sex, row in zip(SEXES, condition.prevalence, strict=True))
    sections.append(Section("Prevalence by sex and age", ("", *bands), grid))
    if condition.odds_ratios:
        ratios = sorted(condition.odds_ratios.items(), key=lambda item: (-item[1], item[0]))
        rows = tuple((_name(network.risk_factors, key), f"{ratio:g}", key) for key, ratio in ratios)
        sections.append(Section("Risk factors", ("name", "odds ratio", "id"), rows))
    return [*sections, _links(network, condition)]


def _links(network: ClinicalNetwork, condition: Condition) -> Section:
    ranked = []
    for key, link in condition.links.items():
        finding = network.findings[network.finding_index[key]]
        present = finding.state_index(finding.present)
        with_it, without = link.probabilities[present], finding.leak[present]
        times = f"{with_it / without:,.1f}" if without > 0 else "∞"
        ranked.append((-with_it, finding.name, _percent(with_it), _percent(without), times, key, link.source))
    rows = tuple((name, *rest) for _, name, *rest in sorted(ranked))
    columns = ("finding", "with it", "without", "ratio", "id", "source")
    return Section("Findings: how often with the condition, and without any", columns, rows)


def _finding(network: Network, finding: Finding) -> list[Section]:
    facts = [
        *_shared(finding),
        ("question", finding.question),
        ("kind", finding.kind),
        ("states", ", ".join(finding.states)),
        ("red flag", "yes" if finding.red_flag else "no"),
        *_limits(finding),
    ]
    if isinstance(network, TabularNetwork):
        variable = network.finding_variables[network.finding_index[finding.id]]
        return [_facts(finding.name, facts), _family(network, variable)]
    present = finding.state_index(finding.present)
    facts.append(("without any condition", _percent(finding.leak[present])))
    ranked = sorted(
        (-condition.links[finding.id].probabilities[present], condition.id, condition)
        for condition in network.conditions
        if finding.id in condition.links
    )
    rows = tuple((condition.name, _percent(-p), condition.triage.label, key) for p, key, condition in ranked)
    columns = ("condition", "with it", "triage", "id")
    return [_facts(finding.name, facts), Section("Conditions, the strongest first", columns, rows)]


def _risk_factor(network: Network, factor: RiskFactor) -> list[Section]:
    sections = [_facts(factor.name, [*_shared(factor), ("question", factor.question), *_limits(factor)])]
    if isinstance(network, TabularNetwork):
        variable = network.risk_factor_variables[network.risk_factor_index[factor.id]]
        return [*sections, _family(network, variable)]
    grid = tuple((sex, *map(_percent, row)) for sex, row in zip(SEXES, factor.prevalence, strict=True))
    sections.append(Section("Prevalence by sex and age", ("", *age_band_labels(network.age_bands)), grid))
    raised = sorted(
        (-condition.odds_ratios[factor.id], condition.id, condition.name)
        for condition in network.conditions
        if factor.id in condition.odds_ratios
    )
    rows = tuple((name, f"{-ratio:g}", key) for ratio, key, name in raised)
    return [*sections, Section("Conditions", ("condition", "odds ratio", "id"), rows)]


def _family(network: TabularNetwork, name: str) -> Section:
    variable = next(each for each in network.variables if each.name == name)
    children = [each.name for each in network.variables if name in each.parents]
    facts = [
        ("variable", name),
        ("states", ", ".join(variable.states)),
        ("parents", ", ".join(variable.parents) or "none"),
        ("children", ", ".join(children) or "none"),
    ]
    return _facts("In the network", facts)


def _limits(entry: Finding | RiskFactor) -> list[tuple[str, str]]:
    limits = entry.limits
    low = "" if limits.min_age is None else f"from {limits.min_age:g}"
    high = "" if limits.max_age is None else f"to {limits.max_age:g}"
    age = " ".join(part for part in (low, high) if part)
    return [("only in", limits.sex or ""), ("only at ages", f"{age} years" if age else "")]


def _name(entries: Sequence[RiskFactor], identifier: str) -> str:
    return next((entry.name for entry in entries if entry.id == identifier), identifier)


def _percent(p: float) -> str:
    """As a person writes it: 85%, 2.5%, 0.0012%."""
    return f"{100 * p:.3g}%"
