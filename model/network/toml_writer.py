"""A network written as a directory of TOML files: canonical, stable, and made for pull requests.

One line a figure, in the order of the ids, so that a changed number is one changed line.  Numbers
are written in the shortest form that reads back to the same float64; reading what was written gives
an equal network with an equal digest, provided that its entries were in the order of their ids
(:func:`in_order`), which is the order that reading gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from .names import file_stem
from .network import ClinicalNetwork
from .toml_entries import OLDEST, normal_limits
from .toml_reader import FORMAT
from .toml_text import code_lines, inline_table, key, limit_lines, list_lines, number, numbers, quoted, text_lines
from .vocabulary import BINARY, Condition, Finding, Link, RiskFactor

Grid = Sequence[Sequence[float]]


def in_order(network: ClinicalNetwork) -> ClinicalNetwork:
    """``network`` with conditions, findings, risk factors and links in the order of their ids."""
    conditions = tuple(
        replace(
            condition,
            codes=dict(sorted(condition.codes.items())),
            odds_ratios=dict(sorted(condition.odds_ratios.items())),
            links=dict(sorted(condition.links.items())),
        )
        for condition in sorted(network.conditions, key=lambda condition: condition.id)
    )
    return replace(
        network,
        conditions=conditions,
        findings=tuple(
            replace(finding, codes=dict(sorted(finding.codes.items())), limits=normal_limits(finding.limits))
            for finding in sorted(network.findings, key=lambda finding: finding.id)
        ),
        risk_factors=tuple(
            replace(factor, codes=dict(sorted(factor.codes.items())), limits=normal_limits(factor.limits))
            for factor in sorted(network.risk_factors, key=lambda factor: factor.id)
        ),
    )


def write_directory(network: ClinicalNetwork, directory: Path) -> None:
    """Write ``network``; files of conditions that it no longer has are removed, others are left."""
    network = in_order(network)
    states_of = {finding.id: finding.states for finding in network.findings}
    files = {"network.toml": _network_text(network), "findings.toml": _findings_text(network)}
    if network.risk_factors:
        files["risk_factors.toml"] = _risk_factors_text(network)
    for condition in network.conditions:
        stem = file_stem(condition.id)
        if f"conditions/{stem}.toml" in files:
            raise InputError.single("E-ID", condition.id, "two conditions whose files would have one name")
        files[f"conditions/{stem}.toml"] = condition_text(condition, states_of)
    folder = directory / "conditions"
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.toml")):
        if f"conditions/{path.name}" not in files:
            path.unlink()
    if not network.risk_factors:
        (directory / "risk_factors.toml").unlink(missing_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")


def age_band_labels(bands: Iterable[tuple[float, float]]) -> list[str]:
    """((0, 18), (18, 150)) as ["0-17", "18+"]."""
    labels = []
    for low, high in bands:
        if low != int(low) or high != int(high):
            raise InputError.single("E-AGE-BANDS", "age_bands", f"{low:g} to {high:g}", expected="whole years")
        last = int(high) - 1
        labels.append(f"{int(low)}+" if high == OLDEST else str(last) if last == low else f"{int(low)}-{last}")
    return labels


def _grid_lines(name: str, grid: Grid) -> list[str]:
    """Probabilities of shape (2, bands): one number or one list where that says it all."""
    female, male = grid
    if tuple(female) != tuple(male):
        return [f"{name}.female = {_row(female)}", f"{name}.male = {_row(male)}"]
    return [f"{name} = {_row(female)}"]


def _row(row: Sequence[float]) -> str:
    return number(row[0]) if len(set(row)) == 1 else numbers(row)


def _distribution(probabilities: Sequence[float], states: Sequence[str]) -> str:
    if tuple(states) == BINARY and probabilities[0] == 1.0 - probabilities[1]:
        return number(probabilities[1])
    return inline_table({state: number(p) for state, p in zip(states, probabilities, strict=True)})


def _network_text(network: ClinicalNetwork) -> str:
    lines = [f"format = {FORMAT}", f"name = {quoted(network.name)}"]
    lines += text_lines(title=network.title, description=network.description, licence=network.licence)
    lines.append(f"structure = {quoted(network.structure)}")
    if network.temperature != 1.0:
        lines.append(f"temperature = {number(network.temperature)}")
    lines += list_lines("age_bands", age_band_labels(network.age_bands))
    lines += ["", "# Share of the patients by sex and age band; all of them sum to 1.", "[population]"]
    lines += [f"female = {numbers(network.population[0])}", f"male = {numbers(network.population[1])}"]
    return "\n".join(lines) + "\n"


def _findings_text(network: ClinicalNetwork) -> str:
    return "\n".join(_finding_text(finding) for finding in network.findings)


def _finding_text(finding: Finding) -> str:
    lines = [f"[{key(finding.id)}]", f"name = {quoted(finding.name)}", f"question = {quoted(finding.question)}"]
    lines += text_lines(kind=finding.kind)
    lines += list_lines("synonyms", finding.synonyms) + code_lines(finding.codes)
    lines += ["red_flag = true"] if finding.red_flag else []
    lines += limit_lines(finding.limits)
    lines += list_lines("states", finding.states) if finding.states != BINARY else []
    lines.append(f"leak = {_distribution(finding.leak, finding.states)}")
    return "\n".join(lines) + "\n"


def _risk_factors_text(network: ClinicalNetwork) -> str:
    return "\n".join(_risk_factor_text(factor) for factor in network.risk_factors)


def _risk_factor_text(factor: RiskFactor) -> str:
    lines = [f"[{key(factor.id)}]", f"name = {quoted(factor.name)}", *text_lines(question=factor.question)]
    lines += list_lines("synonyms", factor.synonyms) + code_lines(factor.codes) + limit_lines(factor.limits)
    lines += _grid_lines("prevalence", factor.prevalence)
    return "\n".join(lines) + "\n"


def condition_text(condition: Condition, states_of: Mapping[str, Sequence[str]]) -> str:
    """The file of one condition."""
    lines = [f"id = {quoted(condition.id)}"] if file_stem(condition.id) != condition.id else []
    lines.append(f"name = {quoted(condition.name)}")
    lines += text_lines(specialty=condition.specialty, description=condition.description)
    lines += list_lines("synonyms", condition.synonyms) + code_lines(condition.codes)
    lines.append(f"triage = {quoted(condition.triage.label)}")
    lines += ["must_not_miss = true"] if condition.must_not_miss else []
    lines += _grid_lines("prevalence", condition.prevalence)
    if condition.odds_ratios:
        lines += ["", "[risk_factors]"]
        lines += [f"{key(factor)} = {number(ratio)}" for factor, ratio in sorted(condition.odds_ratios.items())]
    lines += ["", "[findings]"]
    for finding, link in sorted(condition.links.items()):
        lines.append(f"{key(finding)} = {_link(link, states_of.get(finding, BINARY))}")
    return "\n".join(lines) + "\n"


def _link(link: Link, states: Sequence[str]) -> str:
    value = _distribution(link.probabilities, states)
    if not link.source:
        return value
    if value.startswith("{"):
        return f"{value[:-2]}, source = {quoted(link.source)} }}"
    return f"{{ p = {value}, source = {quoted(link.source)} }}"
