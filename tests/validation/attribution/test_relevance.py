"""Edits that are not replayed with a case, because they provably cannot matter to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.network.vocabulary import Limits, Link, RiskFactor
from model.policy.config import Policy, PolicyConfig, StoppingConfig
from tests.validation import synthetic
from tests.validation.attribution.planted import played
from validation.attribution import edits, with_edits
from validation.attribution.relevance import relevance
from validation.attribution.variant import Between
from validation.planning import Candidate
from validation.replay import DEFAULT_OPTIONS


def banded(structure: str) -> Candidate:
    network = synthetic.network(structure=structure, seed=1)
    smoking, asbestos = network.risk_factors[0], RiskFactor("asbestos", "Asbestos", "Asbestos?")
    return Candidate(
        replace(
            network,
            age_bands=((0.0, 40.0), (40.0, 150.0)),
            population=((0.25, 0.25), (0.25, 0.25)),
            conditions=tuple(
                replace(c, prevalence=((0.01, 0.02), (0.03, 0.04)), odds_ratios={"smoking": 2.0, "asbestos": 1.5})
                for c in network.conditions
            ),
            findings=tuple(
                replace(f, limits=Limits("female") if i % 3 == 0 else Limits(None, 30.0) if i % 3 == 1 else Limits())
                for i, f in enumerate(network.findings)
            ),
            risk_factors=tuple(replace(r, prevalence=((0.1, 0.2), (0.3, 0.4))) for r in (smoking, asbestos)),
        ),
        Policy(PolicyConfig(red_flag_min_probability=0.01), StoppingConfig(max_questions=6)),
    )


@pytest.mark.parametrize("structure", ["noisy_or", "one_condition"])
@pytest.mark.parametrize("unlisted", ["absent", "unknown"])
def test_an_edit_that_is_not_replayed_would_have_changed_nothing_to_the_last_bit(structure: str, unlisted: str) -> None:
    base = banded(structure)
    first, second = base.network.conditions[:2]
    network = replace(
        base.network,
        conditions=(
            replace(first, prevalence=((0.01, 0.2), (0.03, 0.04)), odds_ratios={"smoking": 9.0, "asbestos": 1.5}),
            replace(second, links={name: Link((0.75, 0.25)) for name in second.links}, name="Another name"),
            *base.network.conditions[2:],
        ),
        findings=tuple(
            replace(f, leak=(0.9, 0.1), red_flag=not f.red_flag) if i in (3, 4) else f
            for i, f in enumerate(base.network.findings)
        ),
    )
    candidate = replace(base, network=network)
    cards = synthetic.cards(base.network, 12, unlisted=unlisted)  # type: ignore[arg-type]
    found = edits(base, candidate)
    relevant = relevance(Between(base, candidate), found, cards, DEFAULT_OPTIONS)
    assert relevant.any()
    n_tested = {edit.kind: 0 for edit in found}
    for index, edit in enumerate(found):
        rest = [other for other in found if other is not edit]
        for others in ([], rest, rest[::2]):
            without, applied = (
                played(with_edits(base, candidate, those), cards) for those in (others, [*others, edit])
            )
            for row, (one, other) in enumerate(zip(without, applied, strict=True)):
                if not relevant[row, index]:
                    n_tested[edit.kind] += 1
                    assert one == other
    wanted = {"prevalence", "link", "leak", "red_flag", "wording"} | (
        {"odds_ratio"} if structure == "noisy_or" else set()
    )
    assert {kind for kind, n in n_tested.items() if n} == wanted
