"""What a clinical network must be as a whole: references, and figures that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

from .names import condition_place, some
from .network import NOISY_OR, ONE_CONDITION, ClinicalNetwork
from .report import Report, nearest, shown
from .vocabulary import BINARY, SEXES, Condition, Finding, RiskFactor

MAX_STATES = 100
"""Of one finding: states are carried as int8."""
MAX_CELLS = 1 << 27
"""Conditions × findings × states of a one-condition network, which is held as one dense array (1 GiB)."""


def check_clinical(
    network: ClinicalNetwork,
    where: str,
    report: Report,
    *,
    findings_known: bool = True,
    conditions_known: bool = True,
) -> None:
    """Add the problems of ``network``, read from ``where``, to ``report``.

    ``findings_known`` and ``conditions_known`` say whether all of them could be read: where they
    could not, nothing is said about what only seems to be missing.
    """
    _check_size(network, where, report)
    check_names("condition", network.conditions, where, report)
    check_names("finding", network.findings, where, report)
    check_names("risk factor", network.risk_factors, where, report)
    if not network.findings and findings_known:
        report.reject("EMPTY", f"{where}/findings.toml", "no finding", "at least one", catalogue=14)
    _check_references(network, where, report, findings_known)
    if network.structure == NOISY_OR:
        _check_noisy_or(network, where, report)
    elif network.structure == ONE_CONDITION:
        _check_one_condition(network, where, report)
    _check_certainties(network, where, report)
    if conditions_known and network.conditions:
        _check_coverage(network, where, report)


def _check_size(network: ClinicalNetwork, where: str, report: Report) -> None:
    for finding in network.findings:
        if len(finding.states) > MAX_STATES:
            found, place = f"{len(finding.states)} states", f"{where}/findings.toml › {finding.id}"
            report.reject("SIZE", place, found, f"at most {MAX_STATES}", catalogue=30)
    cells = len(network.conditions) * sum(len(finding.states) for finding in network.findings)
    if network.structure == ONE_CONDITION and cells > MAX_CELLS:
        report.reject("SIZE", where, f"{cells:,} probabilities", f"at most {MAX_CELLS:,}", catalogue=30)


def check_names(
    what: str, entries: Sequence[Condition] | Sequence[Finding] | Sequence[RiskFactor], where: str, report: Report
) -> None:
    """Names must tell entries apart, because cases may be written with them."""
    named: dict[str, list[str]] = {}
    for entry in entries:
        if entry.name.strip():
            named.setdefault(entry.name.strip().casefold(), []).append(entry.id)
    for ids in named.values():
        if len(ids) > 1:
            report.reject("NAME-TWICE", where, f"one name for the {what}s {some(ids)}", "a name for each")
    words: dict[str, list[str]] = {}
    for entry in entries:
        for word in dict.fromkeys(synonym.strip().casefold() for synonym in entry.synonyms):
            words.setdefault(word, []).append(entry.id)
    for word, ids in words.items():
        owners = list(dict.fromkeys([*named.get(word, ()), *ids]))
        if len(owners) > 1:
            found = f"the synonym {shown(word)} of several {what}s: {some(owners)}"
            report.warn("SYNONYM-TWICE", where, found, "one meaning", next_step="cases that use it are quarantined")


def _check_references(network: ClinicalNetwork, where: str, report: Report, findings_known: bool) -> None:
    for condition in network.conditions:
        place = condition_place(where, condition.id)
        for key in condition.odds_ratios:
            if key not in network.risk_factor_index:
                near = nearest(key, network.risk_factor_index)
                at = f"{place} › risk_factors › {key}"
                report.reject(
                    "RISK-FACTOR", at, f"the unknown risk factor {shown(key)}", "one of risk_factors.toml", near=near
                )
        if not findings_known:
            continue
        for key in condition.links:
            if key not in network.finding_index:
                near = nearest(key, network.finding_index)
                at = f"{place} › findings › {key}"
                report.reject("FINDING", at, f"the unknown finding {shown(key)}", "one of findings.toml", near=near)
        if not condition.links:
            report.reject("NO-FINDINGS", place, "a condition without findings", "at least one under [findings]")


def _check_noisy_or(network: ClinicalNetwork, where: str, report: Report) -> None:
    for finding in network.findings:
        if finding.states != BINARY:
            place = f"{where}/findings.toml › {finding.id} › states"
            report.reject("STATES", place, shown(list(finding.states)), "absent and present in a noisy_or network")
    if network.temperature != 1.0:
        report.reject("TEMPERATURE", f"{where}/network.toml › temperature", f"{network.temperature:g}",
                      'none: it belongs to structure = "one_condition"')  # fmt: skip
    for condition in network.conditions:
        weak = []
        for key, link in condition.links.items():
            index = network.finding_index.get(key)
            if index is None or len(link.probabilities) != 2:
                continue
            if link.probabilities[1] <= network.findings[index].leak[1]:
                weak.append(f"{key} ({link.probabilities[1]:g} ≤ {network.findings[index].leak[1]:g})")
        if weak:
            place = f"{condition_place(where, condition.id)} › findings"
            found = f"no more likely than without the condition (the leak): {some(weak)}"
            report.warn("NO-EFFECT", place, found, "more than the leak", next_step="these links have no effect")


def _check_one_condition(network: ClinicalNetwork, where: str, report: Report) -> None:
    if not network.conditions:
        return
    empty = [
        f"{sex}, ages {low:g} to {high:g}"
        for row, sex in enumerate(SEXES)
        for band, (low, high) in enumerate(network.age_bands)
        if not any(condition.prevalence[row][band] > 0 for condition in network.conditions)
    ]
    if empty:
        found = f"no condition that is possible for {some(empty)}"
        report.reject("PREVALENCE", where, found, "a prevalence above 0 for at least one condition")


def _check_certainties(network: ClinicalNetwork, where: str, report: Report) -> None:
    """Probabilities of 0 and 1 that can make evidence impossible."""
    noisy = network.structure == NOISY_OR
    certain = [
        f"{condition.id} › {key}"
        for condition in network.conditions
        for key, link in condition.links.items()
        if (link.probabilities[-1] == 1.0 if noisy else 0.0 in link.probabilities)
    ]
    certain += [
        f"{finding.id} › leak"
        for finding in network.findings
        if (finding.leak[-1] in (0, 1) if noisy else 0.0 in finding.leak)
    ]
    certain += [c.id for c in network.conditions if noisy and any(1.0 in row for row in c.prevalence)]
    if certain:
        report.warn(
            "CERTAIN",
            where,
            f"{len(certain)} probabilities of 0 or 1 that can make a patient's answers impossible: {some(certain)}",
            "figures between 0 and 1",
            catalogue=21,
        )


def _check_coverage(network: ClinicalNetwork, where: str, report: Report) -> None:
    if not any(condition.must_not_miss for condition in network.conditions):
        report.warn("MUST-NOT-MISS", where, "no condition with must_not_miss = true", "at least one", catalogue=39)
    explained = {key for condition in network.conditions for key in condition.links}
    orphans = [finding.id for finding in network.findings if finding.id not in explained]
    if orphans:
        found = f"findings that no condition explains: {some(orphans)}"
        report.warn("UNEXPLAINED", f"{where}/findings.toml", found, "a condition that names them", catalogue=40)
    never = [c.id for c in network.conditions if not any(any(row) for row in c.prevalence)]
    if never:
        report.warn(
            "NEVER", where, f"conditions whose prevalence is 0 throughout: {some(never)}", "a prevalence above 0"
        )
