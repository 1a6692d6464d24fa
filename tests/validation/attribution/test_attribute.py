"""Planted edits are found out, shared out fairly, and charged to whom they belong."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import permutations

import pytest

from cases.card import Card
from cases.readers.load import load_cases
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, Triage
from model.policy.config import DEFAULT_POLICY, FIXED_ORDER, Policy, PolicyConfig, StoppingConfig
from tests.validation import synthetic
from tests.validation.attribution.planted import changed, condition_of, played, scaled
from validation.attribution import attribute, blame_lines, case_lines, edits, with_edits
from validation.attribution.edits import Edit
from validation.comparison.changes import change_of
from validation.planning import Candidate

STARTER = Candidate.load("model/networks/starter")
STARTER_CARDS = load_cases("cases/corpora/starter").cards


# A network in which every probability can be followed by hand: two conditions, and what both may cause.


def rivals(*links_of_one: float, other: float = 0.6, prior: float = 1.0) -> Candidate:
    names = [f"f{i}" for i in range(len(links_of_one))]
    links = {name: Link((1 - p, p)) for name, p in zip(names, links_of_one, strict=True)}
    return Candidate(
        ClinicalNetwork(
            name="rivals",
            conditions=(
                Condition("one", "One", Triage.ROUTINE, prevalence=((0.1,), (0.1,)), links=links),
                Condition("other", "Other", Triage.ROUTINE, prevalence=((0.1 * prior,), (0.1 * prior,)),
                          links={name: Link((1 - other, other)) for name in names}),
            ),
            findings=tuple(Finding(name, name.upper(), "So?", leak=(0.9, 0.1)) for name in names),
            risk_factors=(),
            structure="one_condition",
        ),
        Policy(stopping=StoppingConfig(max_questions=0)),
    )  # fmt: skip


def everything_volunteered(n: int) -> Card:
    findings = {f"f{i}": {"state": "present", "initial": True} for i in range(n)}
    return Card.model_validate(
        {"id": "case", "author": "a", "unlisted": "absent", "complaint": "It hurts.", "findings": findings,
         "patient": {"age": 30, "sex": "female"}, "expected": {"condition": "one"}}
    )  # fmt: skip


def test_two_edits_that_only_harm_together_share_the_harm_equally() -> None:
    base, candidate = rivals(0.9, 0.9), rivals(0.5, 0.5)
    found = attribute(base, candidate, [everything_volunteered(2)])
    (case,) = found.cases
    assert case.words == ("broken",)
    one, other = case.effects
    assert (one.undoes, other.undoes) == (("broken",), ("broken",))
    assert (one.causes, other.causes) == ((), ())
    assert one.shapley == other.shapley == pytest.approx((case.p_candidate - case.p_base) / 2)
    assert case.p_base == pytest.approx(0.81 / (0.81 + 0.36))
    assert case.p_candidate == pytest.approx(0.25 / (0.25 + 0.36))
    assert [(summary.broke, summary.shared) for summary in found.by_edit] == [(1, ("case",)), (1, ("case",))]
    assert next(blame_lines(found)) == "one.f0 .90→.50 broke 1 case, together with others"


def test_two_edits_of_which_either_suffices_are_both_charged() -> None:
    found = attribute(rivals(0.9, 0.9, prior=1.5), rivals(0.5, 0.5, prior=1.5), [everything_volunteered(2)])
    (case,) = found.cases
    assert [(effect.causes, effect.undoes) for effect in case.effects] == [(("broken",), ())] * 2
    assert [summary.broke for summary in found.by_edit] == [1, 1]


def test_where_no_edit_does_it_alone_nor_undoes_it_the_largest_share_is_charged() -> None:
    # Any two of three break it: .9³ = .729 and .9²·.5 = .405 lead .324, .9·.5² = .225 does not.
    found = attribute(rivals(0.9, 0.9, 0.9, prior=1.5), rivals(0.5, 0.5, 0.4, prior=1.5), [everything_volunteered(3)])
    (case,) = found.cases
    assert [(effect.causes, effect.undoes) for effect in case.effects] == [((), ())] * 3
    (summary,) = found.by_edit
    assert found.edits[summary.edit].words == "one.f2 .90→.40"
    assert summary.shared == ("case",)


def test_an_edit_that_only_repairs_is_credited_and_one_that_only_harms_is_charged() -> None:
    base, candidate = rivals(0.9, 0.5, 0.9, other=0.7), rivals(0.3, 0.9, 0.9, other=0.7)
    found = attribute(base, candidate, [everything_volunteered(3)])
    (case,) = found.cases
    assert case.words == ("broken",)
    (summary,) = found.by_edit
    assert found.edits[summary.edit].words == "one.f0 .90→.30"
    assert summary.shared == ()
    shares = {effect.edit: effect.shapley for effect in case.effects}
    assert sorted(shares) == [0, 1]
    assert shares[0] is not None
    assert shares[1] is not None
    assert shares[0] < 0 < shares[1]
    back = attribute(candidate, base, [everything_volunteered(3)])
    assert [summary.fixed for summary in back.by_edit] == [1]


@pytest.mark.parametrize("n", [3, 4])
def test_shares_are_those_of_brute_force_over_orders_of_application(n: int) -> None:
    base = Candidate(synthetic.network(structure="noisy_or"), Policy(stopping=StoppingConfig(max_questions=6)))
    candidate = base
    for number, condition in enumerate(base.network.conditions[:n]):
        links = dict(condition.links)
        name = sorted(links)[number % len(links)]
        links[name] = Link((0.85, 0.15))
        candidate = changed(candidate, condition.id, links=links, prevalence=scaled(condition, 3.0))
    cards = synthetic.cards(base.network, 30)  # type: ignore[arg-type]
    found = attribute(base, candidate, cards, most_edits=n)
    assert len(found.edits) == n
    assert found.cases
    for case in found.cases[:3]:
        card = next(card for card in cards if card.id == case.case_id)
        worth = {}
        for order in permutations(range(n)):
            for k in range(n + 1):
                members = frozenset(order[:k])
                if members not in worth:
                    variant = with_edits(base, candidate, [found.edits[i] for i in members])
                    worth[members] = played(variant, [card])[0]["p_expected"]
        everybody = frozenset(range(n))
        for effect in case.effects:
            one = frozenset({effect.edit})
            assert effect.alone == worth[one] - worth[frozenset()]
            assert effect.reverted == worth[everybody] - worth[everybody - one]
        if case.n_others == 0:
            for effect in case.effects:
                added = [
                    worth[frozenset(order[: order.index(effect.edit) + 1])]
                    - worth[frozenset(order[: order.index(effect.edit)])]
                    for order in permutations(range(n))
                ]
                assert effect.shapley == pytest.approx(math.fsum(added) / len(added), abs=1e-12)
    for case in found.cases:
        total = math.fsum([*(effect.shapley or 0.0 for effect in case.effects), case.others or 0.0])
        assert total == pytest.approx(case.p_candidate - case.p_base, abs=1e-12)


def test_no_shares_where_more_than_eight_edits_matter() -> None:
    base, candidate = rivals(*[0.9] * 9, other=0.85), rivals(*[0.8] * 9, other=0.85)
    found = attribute(base, candidate, [everything_volunteered(9)])
    (case,) = found.cases
    assert len(case.effects) == 9
    assert {effect.shapley for effect in case.effects} == {None}
    assert not case.has_shares
    assert not found.stopped
    (summary, *_) = found.by_edit
    assert summary.broke == 1
    eight = attribute(rivals(*[0.9] * 8, other=0.85), rivals(*[0.8] * 8, other=0.85), [everything_volunteered(8)])
    shares = [effect.shapley or 0.0 for effect in eight.cases[0].effects]
    assert shares == pytest.approx([(eight.cases[0].p_candidate - eight.cases[0].p_base) / 8] * 8)


def test_a_planted_edit_of_the_starter_network_is_named_among_harmless_ones() -> None:
    culprit = condition_of(STARTER, "acute_coronary_syndrome")
    candidate = changed(STARTER, culprit.id, prevalence=scaled(culprit, 0.001))
    for harmless in ("migraine", "common_cold", "cellulitis"):
        condition = condition_of(STARTER, harmless)
        candidate = changed(candidate, harmless, prevalence=scaled(condition, 1.001), name=f"{condition.name}!")
    candidate = replace(candidate, policy=replace(candidate.policy, differential=STARTER.policy.differential))
    found = attribute(STARTER, candidate, STARTER_CARDS)
    assert len(found.edits) == 4
    first = found.by_edit[0]
    assert found.edits[first.edit].path == "acute_coronary_syndrome prevalence"
    assert found.edits[first.edit].file == "conditions/acute_coronary_syndrome.toml"
    assert first.broke >= 1
    assert len(first.never_events) >= 1
    assert first.shared == ()
    before, after = (played(each, list(STARTER_CARDS)) for each in (STARTER, candidate))
    really = {b["case_id"] for b, a in zip(before, after, strict=True) if change_of(b, a) == "broken"}
    assert set(first.cases["broken"]) == really
    for case in found.cases:
        assert found.by_case[case.case_id] == case.effects
    worst = found.cases[0]
    assert any("without it" in line for line in case_lines(found, worst))


def test_a_triage_level_moves_no_probability_and_is_charged_all_the_same() -> None:
    candidate = changed(STARTER, "appendicitis", triage=Triage.SELF_CARE)
    migraine = condition_of(STARTER, "migraine")
    candidate = changed(candidate, "migraine", prevalence=scaled(migraine, 1.01))
    found = attribute(STARTER, candidate, STARTER_CARDS)
    first = found.by_edit[0]
    assert found.edits[first.edit].words == "appendicitis triage emergency→self_care"
    case = next(case for case in found.cases if case.case_id in first.case_ids)
    assert case.effects[0].edit == first.edit
    assert case.effects[0].shapley == case.effects[0].alone == case.effects[0].reverted == 0.0
    assert case.effects[0].undoes == case.words


def test_an_edit_of_the_policy_is_named() -> None:
    policy = replace(DEFAULT_POLICY, stopping=replace(DEFAULT_POLICY.stopping, min_questions=0, max_questions=1))
    migraine = condition_of(STARTER, "migraine")
    candidate = replace(changed(STARTER, "migraine", prevalence=scaled(migraine, 1.01)), policy=policy)
    base = replace(STARTER, policy=DEFAULT_POLICY)
    found = attribute(base, candidate, STARTER_CARDS)
    first = found.by_edit[0]
    assert found.edits[first.edit].words == "policy.max_questions 30→1"
    assert first.broke > 3


def test_a_removed_condition_and_a_fixed_order_that_needs_a_new_finding() -> None:
    without = tuple(c for c in STARTER.network.conditions if c.id != "appendicitis")
    network = STARTER.network
    assert isinstance(network, ClinicalNetwork)
    new = Finding("zebra_sign", "Zebra sign", "Do you see stripes?")
    order = tuple(finding.id for finding in network.findings[:3])
    base = Candidate(network, Policy(PolicyConfig(FIXED_ORDER, order=order)))
    candidate = Candidate(
        replace(network, conditions=without, findings=(*network.findings, new)),
        Policy(PolicyConfig(FIXED_ORDER, order=(new.id, *order))),
    )
    found = attribute(base, candidate, STARTER_CARDS)
    assert [edit.words for edit in found.edits][:2] == ["condition appendicitis removed", "finding zebra_sign added"]
    lost = [case for case in found.cases if case.case_id.startswith("appendicitis")]
    assert lost
    for case in lost:
        assert found.edits[case.effects[0].edit].words == "condition appendicitis removed"
        assert case.p_candidate == 0.0


def test_two_networks_that_share_nothing() -> None:
    network = synthetic.network(3, 4)
    renamed = replace(
        network,
        conditions=tuple(
            replace(c, id=f"x{c.id}", name=f"x{c.name}", links={f"x{name}": link for name, link in c.links.items()})
            for c in network.conditions
        ),
        findings=tuple(replace(f, id=f"x{f.id}", name=f"x{f.name}") for f in network.findings),
    )
    found = attribute(Candidate(network, Policy()), Candidate(renamed, Policy()), synthetic.cards(network, 6))
    assert {case.p_candidate for case in found.cases} == {0.0}
    assert len(found.edits) == 2 * 3 + 2 * 4


def test_a_refit_is_looked_at_in_groups_and_what_was_edited_by_hand_by_itself() -> None:
    network = STARTER.network
    assert isinstance(network, ClinicalNetwork)
    refitted = tuple(
        replace(c, links={name: Link((1 - 0.9 * link.probabilities[1], 0.9 * link.probabilities[1]))
                          for name, link in c.links.items()})
        for c in network.conditions
    )  # fmt: skip
    candidate = Candidate(replace(network, conditions=refitted), replace(STARTER.policy, stopping=StoppingConfig(0.5)))
    found = attribute(STARTER, candidate, STARTER_CARDS[:6], most_edits=20)
    assert found.n_edits > 1000
    assert len(found.edits) == 20
    assert f"{found.n_edits:,} edits were looked at as 20 groups" in found.notes[0]
    assert sum(edit.n_edits for edit in found.edits) == found.n_edits
    assert found.edits[-1].kind == "group"
    whole = with_edits(STARTER, candidate, found.edits)
    assert (whole.network.digest, whole.policy.digest) == (candidate.network.digest, candidate.policy.digest)
    by_hand = condition_of(STARTER, "migraine")
    mixed = Candidate(replace(network, conditions=(refitted[0], *network.conditions[1:])), STARTER.policy)
    mixed = changed(mixed, "migraine", prevalence=scaled(by_hand, 0.5))
    beside = attribute(STARTER, mixed, STARTER_CARDS[:4], most_edits=5)
    assert [edit.kind for edit in beside.edits] == ["group", "prevalence"]


def test_an_edit_is_a_value() -> None:
    (edit,) = edits(STARTER, changed(STARTER, "appendicitis", triage=Triage.URGENT))
    assert edit == Edit.from_dict(json.loads(json.dumps(edit.to_dict())))
    assert hash(edit) == hash(Edit.from_dict(edit.to_dict()))
