"""Diffs and runs made of synthetic models, and the same data with texts that mean harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from cases.card import Card
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Link
from reports.data import ReportData
from reports.data.case_shapes import Case
from reports.data.shapes import GateFinding, Verdict
from tests.validation import synthetic
from validation import run
from validation.comparison import Diff, compare
from validation.gate.judge import judge
from validation.gate.rules import Rules
from validation.gate.verdict import Verdict as Judged
from validation.results import Run

NETWORK = synthetic.network(12, 20, seed=5)


def _with_a_negative(card: Card) -> Card:
    """The same, saying that the first finding it does not list is absent."""
    name = next(finding.id for finding in NETWORK.findings if finding.id not in card.findings)
    return Card.model_validate({**card.model_dump(), "findings": {**card.model_dump()["findings"], name: "absent"}})


CARDS = [_with_a_negative(card) for card in synthetic.cards(NETWORK, 72, seed=5)]
HOSTILE = (
    "a|b `c` ``d`` @octocat @org/team #12 GH-7 <img src=x onerror=alert(1)> --> <!-- clinval --> </details> "
    "[x](javascript:alert(1)) ![y](https://evil.example/p.png) https://evil.example www.evil.example "
    "**bold** _it_ $x$ \u202egnp.exe \x00\x1b[31m\r\n# heading\n\n- item\n</script> 漢字 😀"
)


def worse(source: ClinicalNetwork, places: Sequence[int], factor: float = 0.1) -> ClinicalNetwork:
    """The links of some conditions made weak."""
    conditions = list(source.conditions)
    for place in places:
        links = {}
        for name, link in conditions[place].links.items():
            p = link.probabilities[1] * factor
            links[name] = Link((1.0 - p, p))
        conditions[place] = replace(conditions[place], links=links)
    return replace(source, conditions=tuple(conditions))


BASE = worse(NETWORK, [7, 8], 0.02)
CANDIDATE = worse(NETWORK, [1, 2, 3, 7])
"""Against the base: three conditions spoilt, one mended, and one bad with both."""


def a_run(directory: Path, network: ClinicalNetwork = BASE, cards: list[Card] | None = None) -> Run:
    return run(network, CARDS if cards is None else cards, runs=directory, workers=1)


def a_diff(directory: Path, *, cards: list[Card] | None = None) -> Diff:
    """``cards`` : the candidate's, where they are others."""
    return compare(a_run(directory), a_run(directory, CANDIDATE, cards))


def judged(diff: Diff) -> Judged:
    return judge(diff, Rules(), today=date(2026, 1, 1))


def many(data: ReportData, n: int, text: str = "") -> ReportData:
    """The same with n changed cases, each text of them followed by ``text``."""
    cases = [_renamed(data.cases[place % len(data.cases)], place, text) for place in range(n)]
    events = [replace(data.new_never_events[0], case_id=f"{place}{text}", words=text) for place in range(n)]
    return replace(
        data,
        cases=tuple(cases),
        n_comparable=n,
        new_never_events=tuple(events),
        inherited_never_events=tuple(events),
        inherited_failures=tuple(event.case_id for event in events),
    )


def _renamed(case: Case, place: int, text: str) -> Case:
    vignette = replace(case.vignette, complaint=f"{case.vignette.complaint}{text}")
    return replace(case, id=f"{case.id}-{place}{text}", words=case.words + text, vignette=vignette)


def hostile(data: ReportData) -> ReportData:
    """The same where everything that a person can write is ``HOSTILE``."""
    finding = GateFinding("G1", "fail", "✗", HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), (HOSTILE,))
    names = replace(
        data.names,
        conditions=dict.fromkeys(data.names.conditions, HOSTILE),
        findings=dict.fromkeys(data.names.findings, HOSTILE),
    )
    side = replace(data.candidate, label=HOSTILE, commit=HOSTILE, reason=HOSTILE, versions={"clinval": HOSTILE})
    changed = many(data, 30, HOSTILE)
    return replace(
        changed,
        title=HOSTILE,
        candidate=side,
        base=None if data.base is None else replace(data.base, label=HOSTILE, commit=HOSTILE),
        cases=tuple(replace(case, id=HOSTILE, command=f"clinval show {HOSTILE}") for case in changed.cases),
        names=names,
        notes=(HOSTILE,),
        remarks=(HOSTILE,),
        case_changes={"edited": (HOSTILE,)},
        verdict=Verdict("FAIL", HOSTILE, HOSTILE, False, (finding,)),
        commands=(f"clinval diff {HOSTILE}",),
        not_comparable=tuple(replace(entry, id=HOSTILE, words=HOSTILE) for entry in data.not_comparable),
    )
