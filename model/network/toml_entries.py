"""One entry of a network's vocabulary from its TOML table: a finding, a risk factor, a condition.

Every function returns a usable value even where it notes problems, so that one typing error does
not make every reference to the entry look wrong as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .report import Report, shown
from .table import Table, by_sex_and_band, distribution, number
from .text import check_distinct, clean
from .vocabulary import ABSENT, BINARY, PRESENT, SEXES, Condition, Finding, Limits, Link, RiskFactor, Triage

KINDS = ("symptom", "sign", "history")
TRIAGE_LEVELS = tuple(level.label for level in Triage)
OLDEST = 150.0
DEFAULT_LEAK = 0.01
_CODE_SYSTEMS = ("snomed_ct", "hpo", "icd10", "icd11", "umls", "loinc")
_RESERVED_STATES = ("p", "source", "unknown")


def read_finding(identifier: str, table: Table) -> Finding:
    """A table of ``findings.toml``."""
    states = _states(table)
    finding = Finding(
        id=identifier,
        name=table.text("name", None),
        question=table.text("question", None),
        kind=table.choice("kind", KINDS, "symptom"),
        states=states,
        leak=_leak(table, states),
        synonyms=table.texts("synonyms"),
        codes=read_codes(table),
        red_flag=table.flag("red_flag"),
        limits=read_limits(table),
    )
    table.finish()
    return finding


def _states(table: Table) -> tuple[str, ...]:
    states = table.texts("states") or BINARY
    where = table.at("states")
    before = table.report.rejections
    check_distinct(states, "state", where, table.report, code="STATE-TWICE", catalogue=10)
    for state in states:
        if state in _RESERVED_STATES or not state.strip():
            table.report.reject("STATE", where, f"the state {shown(state)}", f"none of {', '.join(_RESERVED_STATES)}")
    if states[:2] != BINARY:
        table.report.reject("STATE", where, shown(list(states)), f"{ABSENT}, {PRESENT} first, then any others")
    return states if table.report.rejections == before else BINARY


def _leak(table: Table, states: tuple[str, ...]) -> tuple[float, ...]:
    value = table.raw("leak")
    where = table.at("leak")
    usual = (1.0 - DEFAULT_LEAK, DEFAULT_LEAK, *(0.0,) * (len(states) - 2))
    if value is None:
        if len(states) > 2:
            table.report.reject("MISSING", where, "nothing", f"a table with {', '.join(states)}")
        else:
            table.report.warn("LEAK-DEFAULT", where, "nothing", f"P(present | no condition); {DEFAULT_LEAK} was taken")
        return usual
    return distribution(value, states, where, table.report) or usual


def read_risk_factor(identifier: str, table: Table, n_bands: int) -> RiskFactor:
    """A table of ``risk_factors.toml``."""
    prevalence = table.raw("prevalence")
    rows = by_sex_and_band(prevalence, n_bands, table.at("prevalence"), table.report)
    risk_factor = RiskFactor(
        id=identifier,
        name=table.text("name", None),
        question=table.text("question"),
        prevalence=rows or ((0.0,) * n_bands,) * 2,
        synonyms=table.texts("synonyms"),
        codes=read_codes(table),
        limits=read_limits(table),
    )
    table.finish()
    return risk_factor


def read_condition(identifier: str, table: Table, n_bands: int, states_of: Mapping[str, tuple[str, ...]]) -> Condition:
    """One file of ``conditions/``; ``states_of`` are the states of the findings that are known."""
    table.raw("id")
    prevalence = table.raw("prevalence")
    rows = by_sex_and_band(prevalence, n_bands, table.at("prevalence"), table.report)
    condition = Condition(
        id=identifier,
        name=table.text("name", None),
        triage=Triage[table.choice("triage", TRIAGE_LEVELS).upper()],
        must_not_miss=table.flag("must_not_miss"),
        specialty=table.text("specialty"),
        description=table.text("description"),
        synonyms=table.texts("synonyms"),
        codes=read_codes(table),
        prevalence=rows or ((0.0,) * n_bands,) * 2,
        odds_ratios=_odds_ratios(table.table("risk_factors")),
        links=_links(table.table("findings"), states_of),
    )
    table.finish()
    return condition


def _odds_ratios(table: Table) -> dict[str, float]:
    ratios = {}
    for key in sorted(table.values):
        ratio = number(table.raw(key), table.at(key), table.report)
        if ratio is not None and ratio <= 0:
            table.report.reject("ODDS-RATIO", table.at(key), f"the odds ratio {ratio:g}", "a number above 0")
        elif ratio is not None:
            ratios[key] = ratio
    return ratios


def _links(table: Table, states_of: Mapping[str, tuple[str, ...]]) -> dict[str, Link]:
    links = {}
    for key in sorted(table.values):
        link = _link(table.raw(key), states_of.get(key), table.at(key), table.report)
        if link is not None:
            links[key] = link
    return links


def _link(value: Any, states: tuple[str, ...] | None, where: str, report: Report) -> Link | None:
    source = ""
    if isinstance(value, dict):
        value = dict(value)
        note = value.pop("source", "")
        if isinstance(note, str):
            source = clean(note, where, report)
        else:
            report.reject("TYPE", f"{where} › source", shown(note), 'a text in "quotes"')
        if "p" in value:
            number_given = value.pop("p")
            for key in value:
                report.reject("UNKNOWN-KEY", f"{where} › {key}", f"the unknown key {shown(key)}", "p and source")
            value = number_given
    if states is None:
        # The finding is not known, which the network's checks say; its states can only be guessed.
        states = tuple(value) if isinstance(value, dict) else BINARY
    probabilities = distribution(value, states, where, report)
    return None if probabilities is None else Link(probabilities, source)


def read_codes(table: Table) -> dict[str, str]:
    """Codes by system: written as keys of the entry itself or in a table ``codes``."""
    codes = {}
    for system in _CODE_SYSTEMS:
        code = table.text(system)
        if code:
            codes[system] = code
    inner = table.table("codes")
    for system in inner.values:
        code = inner.text(system)
        if code:
            codes[system] = code
    return dict(sorted(codes.items()))


def read_limits(table: Table) -> Limits:
    """``sex`` and ``age`` of an entry: whole years, inclusive; what is not written does not limit."""
    sex = table.raw("sex")
    if sex is not None and sex not in SEXES:
        table.report.reject("CHOICE", table.at("sex"), shown(sex), " | ".join(SEXES))
        sex = None
    low, high = None, None
    age = table.raw("age")
    if age is not None:
        if not isinstance(age, list) or len(age) != 2:
            table.report.reject("AGE-LIMITS", table.at("age"), shown(age), "two ages in years, as in [12, 55]")
        else:
            low, high = (number(item, table.at("age"), table.report) for item in age)
            if low is not None and high is not None and not 0 <= low <= high <= OLDEST:
                table.report.reject(
                    "AGE-LIMITS", table.at("age"), shown(age), f"youngest ≤ oldest, within 0 and {OLDEST:g} years"
                )
    return normal_limits(Limits(sex, low, high))


def normal_limits(limits: Limits) -> Limits:
    """Limits that exclude nobody as None, so that equal limits are equal values."""
    low = None if limits.min_age is None or limits.min_age <= 0 else float(limits.min_age)
    high = None if limits.max_age is None or limits.max_age >= OLDEST else float(limits.max_age)
    return Limits(limits.sex, low, high)
