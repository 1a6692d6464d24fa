"""The list of edits between two candidates: complete, each on its own, and in an author's words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.network.network import ClinicalNetwork, Network
from model.network.vocabulary import Limits, Link, Triage
from model.policy.config import FIXED_ORDER, RANDOM, DifferentialConfig, Policy, PolicyConfig, StoppingConfig
from tests.model.network.strategies import clinical_networks, tabular_networks
from tests.validation import synthetic
from validation.attribution.edits import Edit, edits, with_edits
from validation.planning import Candidate

NETWORK = synthetic.network()
POLICIES = [
    Policy(),
    Policy(PolicyConfig(present_weight=0.1, seed=3), StoppingConfig(0.9, 1e-3, 2, 8)),
    Policy(PolicyConfig(RANDOM, seed=7), StoppingConfig(min_gain=0.5)),
    Policy(PolicyConfig(RANDOM, seed=8), differential=DifferentialConfig("explaining", 20.0)),
]
MODEST = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    network: Network = draw(st.one_of(clinical_networks(), clinical_networks(plain=True), tabular_networks()))
    policy = draw(st.sampled_from(POLICIES))
    if draw(st.booleans()):
        order = tuple(finding.id for finding in network.findings)
        policy = replace(policy, questions=PolicyConfig(FIXED_ORDER, order=order))
    return Candidate(network, policy)


@st.composite
def related(draw: st.DrawFn) -> tuple[Candidate, Candidate]:
    """Two candidates that share most of what they are, or nothing."""
    one, other = draw(candidates()), draw(candidates())
    if isinstance(one.network, ClinicalNetwork) and isinstance(other.network, ClinicalNetwork) and draw(st.booleans()):
        fields = ("findings", "risk_factors", "structure", "age_bands", "population", "temperature")
        shared = replace(one.network, **{name: getattr(one.network, name) for name in fields})
        kept = tuple(condition for condition in shared.conditions if draw(st.booleans()))
        changed = tuple(
            replace(
                condition,
                triage=draw(st.sampled_from(list(Triage))),
                links={name: link for name, link in condition.links.items() if draw(st.booleans())},
                prevalence=tuple(tuple(p / 2 for p in row) for row in condition.prevalence),
            )
            for condition in kept
        )
        other = Candidate(replace(shared, conditions=tuple(draw(st.permutations(changed)))), one.policy)
    return one, other


def digests(candidate: Candidate) -> tuple[str, str]:
    return candidate.network.digest, candidate.policy.digest


@MODEST
@given(related(), st.randoms(use_true_random=False))
def test_all_edits_make_the_candidate_and_none_leave_the_base(pair: tuple[Candidate, Candidate], dice: Any) -> None:
    base, candidate = pair
    found = list(edits(base, candidate))
    assert digests(with_edits(base, candidate, found)) == digests(candidate)
    assert digests(with_edits(base, candidate, [])) == digests(base)
    back = list(edits(candidate, base))
    assert len(back) == len(found)
    assert digests(with_edits(candidate, base, back)) == digests(base)
    dice.shuffle(found)
    half = found[: len(found) // 2]
    assert digests(with_edits(base, candidate, half)) == digests(with_edits(base, candidate, half[::-1]))
    between = with_edits(base, candidate, half)
    rest = edits(between, candidate)
    assert digests(with_edits(between, candidate, rest)) == digests(candidate)
    assert [edit.words for edit in edits(base, base)] == []


@MODEST
@given(related())
def test_every_edit_alone_changes_the_digest_and_comes_back_from_json(pair: tuple[Candidate, Candidate]) -> None:
    base, candidate = pair
    for edit in edits(base, candidate):
        assert Edit.from_dict(edit.to_dict()) == edit
        assert edit.words
        alone = with_edits(base, candidate, [edit])
        waits = len(edit.keys) > 1 or edit.path == "policy.order"  # for what it needs, which may be another edit
        structural = waits or edit.kind in ("condition", "finding", "risk_factor", "order", "variables")
        assert structural or digests(alone) != digests(base)


def _with(network: ClinicalNetwork, condition: str, **changes: Any) -> ClinicalNetwork:
    conditions = tuple(replace(c, **changes) if c.id == condition else c for c in network.conditions)
    return replace(network, conditions=conditions)


def _with_finding(network: ClinicalNetwork, finding: str, **changes: Any) -> ClinicalNetwork:
    return replace(network, findings=tuple(replace(f, **changes) if f.id == finding else f for f in network.findings))


C00 = NETWORK.conditions[0]
LINKED = next(iter(C00.links))
BANDED = replace(
    NETWORK,
    age_bands=((0.0, 16.0), (16.0, 40.0), (40.0, 150.0)),
    population=((0.2, 0.2, 0.1), (0.2, 0.2, 0.1)),
    conditions=tuple(replace(c, prevalence=((0.01, 0.02, 0.03), (0.01, 0.02, 0.04))) for c in NETWORK.conditions),
    risk_factors=tuple(replace(r, prevalence=((0.1, 0.2, 0.3),) * 2) for r in NETWORK.risk_factors),
)


@pytest.mark.parametrize(
    ("base", "candidate", "words", "file"),
    [
        (_with(NETWORK, "c00", links={**C00.links, LINKED: Link((0.3, 0.7))}),
         _with(NETWORK, "c00", links={**C00.links, LINKED: Link((0.65, 0.35))}),
         f"c00.{LINKED} .70→.35", "conditions/c00.toml"),
        (NETWORK, _with(NETWORK, "c00", links={**C00.links, "f99": Link((0.3, 0.7))}), "c00.f99 added .70",
         "conditions/c00.toml"),
        (NETWORK, _with(NETWORK, "c00", odds_ratios={}), "c00.smoking removed (was 2)", "conditions/c00.toml"),
        (NETWORK, _with(NETWORK, "c00", odds_ratios={"smoking": 1.5}), "c00.smoking 2.0→1.5", "conditions/c00.toml"),
        (NETWORK, _with(NETWORK, "c00", triage=Triage.EMERGENCY), "c00 triage self_care→emergency",
         "conditions/c00.toml"),
        (NETWORK, _with(NETWORK, "c00", must_not_miss=True), "c00 must not miss no→yes", "conditions/c00.toml"),
        (NETWORK, _with(NETWORK, "c00", prevalence=((0.002,), (0.03,))), "c00 prevalence female .020→.002",
         "conditions/c00.toml"),
        (BANDED, _with(BANDED, "c00", prevalence=((0.01, 0.002, 0.03), (0.01, 0.002, 0.04))),
         "c00 prevalence 16-39 .020→.002", "conditions/c00.toml"),
        (BANDED, _with(BANDED, "c00", prevalence=((0.1,) * 3,) * 2),
         "c00 prevalence 0-15 .01→.10, 16-39 .02→.10, female 40+ .03→.10 and 1 more", "conditions/c00.toml"),
        (NETWORK, _with_finding(NETWORK, "f01", leak=(0.8, 0.2)), "leak of f01 .05→.20", "findings.toml"),
        (NETWORK, _with_finding(NETWORK, "f01", red_flag=True), "red flag of f01 no→yes", "findings.toml"),
        (NETWORK, _with_finding(NETWORK, "f01", limits=Limits("female", 12.0, None)),
         "limits of f01 none→female from 12", "findings.toml"),
        (NETWORK, replace(NETWORK, conditions=NETWORK.conditions[1:]), "condition c00 removed", "conditions/c00.toml"),
        (NETWORK, replace(NETWORK, temperature=1.5), "temperature 1→1.5", "network.toml"),
        (NETWORK, replace(NETWORK, population=((0.4,), (0.6,))), "population female .50→.40, male .50→.60",
         "network.toml"),
        (NETWORK, replace(NETWORK, conditions=NETWORK.conditions[::-1]), "order of the conditions changed",
         "network.toml"),
        (NETWORK, _with_finding(NETWORK, "f01", name="Another name"),
         "wording: 1 names, questions, synonyms or codes", ""),
    ],
)  # fmt: skip
def test_words_of_the_network(base: ClinicalNetwork, candidate: ClinicalNetwork, words: str, file: str) -> None:
    if words.startswith("c00.f99"):
        extra = replace(NETWORK.findings[0], id="f99", name="Finding 99")
        base, candidate = (replace(network, findings=(*network.findings, extra)) for network in (base, candidate))
    (edit,) = edits(Candidate(base, Policy()), Candidate(candidate, Policy()))
    assert (edit.words, edit.file, edit.part) == (words, file, "network")
    assert edit.changes_replay == (not words.startswith("wording"))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Policy(), Policy(stopping=StoppingConfig(max_questions=10)), ["policy.max_questions 30→10"]),
        (Policy(), Policy(stopping=StoppingConfig(0.9)), ["policy.posterior_threshold none→0.9"]),
        (Policy(), Policy(PolicyConfig(seed=1)), []),
        (Policy(PolicyConfig(RANDOM)), Policy(PolicyConfig(RANDOM, seed=1)), ["policy.seed 0→1"]),
        (Policy(PolicyConfig(RANDOM)), Policy(PolicyConfig(RANDOM, present_weight=1)), []),
        (Policy(), Policy(PolicyConfig(RANDOM, seed=1), StoppingConfig(min_gain=0.5, max_questions=9)),
         ["policy.kind information_gain→random, with 2 more", "policy.max_questions 30→9"]),
        (Policy(), Policy(differential=DifferentialConfig(must_not_miss_weight=20.0)),
         ["policy.must_not_miss_weight 1→20"]),
    ],
)  # fmt: skip
def test_words_of_the_policy(before: Policy, after: Policy, words: list[str]) -> None:
    found = edits(Candidate(NETWORK, before), Candidate(NETWORK, after))
    assert [edit.words for edit in found] == words
    assert {(edit.part, edit.file) for edit in found} <= {("policy", "policy.toml")}


def test_a_finding_that_goes_takes_its_links_along_and_each_condition_stays_valid() -> None:
    findings = tuple(finding for finding in NETWORK.findings if finding.id != LINKED)
    without = tuple(
        replace(c, links={name: link for name, link in c.links.items() if name != LINKED}) for c in NETWORK.conditions
    )
    smaller = replace(NETWORK, findings=findings, conditions=without[1:])
    base, candidate = Candidate(NETWORK, Policy()), Candidate(smaller, Policy())
    condition, finding = edits(base, candidate)
    assert (condition.words, finding.words) == ("condition c00 removed", f"finding {LINKED} removed")
    alone = with_edits(base, candidate, [finding]).network
    assert "c00" in alone.condition_index
    assert all(LINKED not in c.links for c in alone.conditions)


def test_two_kinds_of_network_differ_as_a_whole() -> None:
    from model.network.expand import as_tabular

    tabular = as_tabular(NETWORK)
    base, candidate = Candidate(NETWORK, Policy()), Candidate(tabular, Policy())
    (edit,) = edits(base, candidate)
    assert edit.words == "the whole network changed"
    assert digests(with_edits(base, candidate, [edit])) == digests(candidate)
