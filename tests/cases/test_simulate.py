"""Cases drawn from a network: the distribution, the promises on the card, and who may not mix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cases.case_set import CaseSet
from cases.checks import check_cases
from cases.readers import load_cases
from cases.simulate import Draw, simulate_cases
from cases.writers import save_cases
from model.errors import InputError
from model.network import load_network
from model.network.convert import with_structure
from model.network.expand import as_tabular
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, RiskFactor, Triage

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "model/networks/starter"


def town() -> ClinicalNetwork:
    """Two conditions of known shares, one risk factor, three findings."""
    findings = tuple(Finding(f"f{i}", f"F{i}", "?", leak=(0.9, 0.1)) for i in range(3))
    risk = RiskFactor("r", "R", prevalence=((0.5,), (0.5,)))
    conditions = (
        Condition(
            "a", "A", Triage.ROUTINE, prevalence=((0.2,), (0.2,)), odds_ratios={"r": 4.0},
            links={"f0": Link((0.1, 0.9))},
        ),
        Condition("b", "B", Triage.EMERGENCY, True, prevalence=((0.1,), (0.1,)), links={"f1": Link((0.5, 0.5))}),
    )  # fmt: skip
    return ClinicalNetwork(
        "town", conditions, findings, (risk,), age_bands=((0.0, 150.0),), population=((0.4,), (0.6,))
    )


@pytest.mark.parametrize("structure", ["noisy_or", "one_condition"])
def test_shares_are_the_networks(structure: str) -> None:
    net = with_structure(town(), structure)
    cards = simulate_cases(net, 4000, seed=1, draw=Draw.BALANCED).cards
    of_a = [card for card in cards if card.expected.condition == "a"]
    assert len(of_a) == 2000
    # Given A, with or without B, f2 is a leak; f0 has P = .9; both are conditioned on something present.
    with_f0 = np.mean(["f0" in card.findings for card in of_a])
    nothing = 0.1 * 0.9 * 0.9 if structure == "one_condition" else 0.1 * 0.9 * (0.9 * 0.9 + 0.1 * 0.5)
    assert with_f0 == pytest.approx(0.9 / (1.0 - nothing), abs=0.025)
    assert np.mean([card.patient.sex == "male" for card in cards]) == pytest.approx(0.6, abs=0.03)
    if structure == "one_condition":  # odds of R are 1 in the population, 4 with A
        assert np.mean(["r" in card.risk_factors for card in of_a]) == pytest.approx(0.8, abs=0.03)


def test_by_prevalence_several_may_be_ill_at_once() -> None:
    cards = simulate_cases(town(), 3000, seed=2).cards
    both = np.mean([len(card.expected.acceptable) == 1 for card in cards])
    # By hand: with the risk factor A has odds 1, so P(A) = .5 * .2 + .5 * .5; something must be present.
    a, b = 0.35, 0.1
    silent_ab, silent_a, silent_b = 0.1 * 0.5 * 0.9, 0.1 * 0.9 * 0.9, 0.9 * 0.5 * 0.9
    p_both = a * b * (1 - silent_ab)
    p_any = p_both + a * (1 - b) * (1 - silent_a) + (1 - a) * b * (1 - silent_b)
    assert both == pytest.approx(p_both / p_any, abs=0.02)


def test_every_card_says_what_it_is_and_passes_the_checks(tmp_path: Path) -> None:
    net = load_network(STARTER)
    case_set = simulate_cases(net, 200, seed=3)
    report = check_cases(case_set, net, strict=True)
    assert not report.rejected, report.problems[:3]
    for card in case_set.cards:
        assert card.kind == "simulated"
        assert card.split == "test"
        assert "starter" in card.source
        assert 1 <= len(card.initial_findings) <= 3
    save_cases(case_set.cards, tmp_path / "out.jsonl")
    assert load_cases(tmp_path / "out.jsonl").digest == case_set.digest


def test_equal_seeds_give_equal_cases() -> None:
    net = load_network(STARTER)
    assert simulate_cases(net, 50, seed=4).digest == simulate_cases(net, 50, seed=4).digest
    assert simulate_cases(net, 50, seed=4).digest != simulate_cases(net, 50, seed=5).digest


def test_simulated_and_written_cases_do_not_mix() -> None:
    net = load_network(STARTER)
    written = load_cases(ROOT / "cases/corpora/starter").cards
    mixed = CaseSet((*written[:3], *simulate_cases(net, 2).cards), name="mixed")
    report = check_cases(mixed, net)
    assert report.rejected
    assert "E-MIXED-KINDS  mixed: found 2 simulated cases among 3 others" in str(report.of_the_set[0])


def test_what_cannot_be_drawn_from_says_so() -> None:
    with pytest.raises(InputError, match="E-SIMULATE"):
        simulate_cases(as_tabular(town()), 1)
    nobody = ClinicalNetwork(
        "nobody", town().conditions[:1], town().findings, (), age_bands=((0.0, 150.0),), population=((0.5,), (0.5,))
    )
    impossible = Condition("c", "C", Triage.ROUTINE, prevalence=((0.0,), (0.0,)))
    with pytest.raises(InputError, match=r"nobody in 10,000 tries; expected c"):
        simulate_cases(
            ClinicalNetwork(
                "nobody", (impossible,), nobody.findings, (), age_bands=nobody.age_bands, population=nobody.population
            ),
            1,
            draw=Draw.BALANCED,
        )
