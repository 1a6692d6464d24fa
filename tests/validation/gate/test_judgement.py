"""G3, G4, G5 and the verdict on real runs with planted results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from cases.card import Card
from model.errors import ClinvalError
from tests.validation.gate.planted import QUICK, RIGHT, WRONG, base_run, diff_of, found, of_rank, verdict
from validation.comparison import Diff
from validation.gate import Rules, Verdict, exit_code
from validation.gate.evidence import age_band, clusters, in_safety_slice, slices_of
from validation.gate.rules import (
    EMERGENCIES,
    MUST_NOT_MISS,
    By,
    ClusterBy,
    Continuous,
    Measure,
    Outcome,
    Overall,
    Slices,
)
from validation.gate.statistics import libraries
from validation.gate.statistics.libraries import MissingLibrary, library
from validation.gate.verdict import Status
from validation.store.digests import canonical_json

NAMES = tuple(base_run().rows)


def flips(broken: int, fixed: int, n_right: int = 100) -> Diff:
    """The first ``n_right`` of 160 cases right with the base; so many broken, so many fixed."""
    before = {name: row < n_right for row, name in enumerate(NAMES)}
    after = dict(before)
    after.update(dict.fromkeys(NAMES[:broken], False))
    after.update(dict.fromkeys(NAMES[n_right : n_right + fixed], True))
    return diff_of(of_rank(after), of_base=of_rank(before))


@pytest.mark.parametrize(
    ("broken", "fixed", "status", "words"),
    [
        (5, 0, Status.FAIL, "p = 0.031"),  # ½⁵
        (4, 0, Status.INCONCLUSIVE, "p = 0.062"),
        (1, 1, Status.INCONCLUSIVE, "could well be chance"),
        (0, 1, Status.PASS, "0 broken, 1 fixed"),
        (2, 12, Status.PASS, "A drop of 2 points or more is ruled out"),
        (20, 8, Status.FAIL, "−7.5 points"),
    ],
)
def test_overall(broken: int, fixed: int, status: Status, words: str) -> None:
    judged = verdict(flips(broken, fixed))
    (finding,) = found(judged, "G3")
    assert finding.status is status
    assert words in finding.words
    assert f"100 of 160 (62.5%) before, {100 - broken + fixed} of 160" in finding.words
    (result,) = judged.overall
    assert (result.broken, result.fixed, result.n) == (broken, fixed, 160)


def test_inconclusive_says_what_the_cases_can_show_and_a_team_may_accept_it() -> None:
    judged = verdict(flips(1, 1))
    assert judged.status is Status.INCONCLUSIVE
    assert exit_code(judged) == 4
    assert "These 160 cases show a drop of 4.2 points four times in five" in found(judged, "G3")[0].words
    accepted = verdict(flips(1, 1), replace(QUICK, overall=Overall(inconclusive_passes=True)))
    assert exit_code(accepted) == 0
    assert accepted.heading == "GATE PASSED, inconclusive"


def test_a_significant_harm_inside_the_margin_fails_too() -> None:
    judged = verdict(flips(6, 0), replace(QUICK, overall=Overall(margin=0.5)))
    assert judged.overall[0].low > -0.5
    assert judged.status is Status.FAIL


def test_outcomes_share_alpha() -> None:
    both = replace(QUICK, overall=Overall(outcomes=(Outcome.TOP_1, Outcome.TOP_3)))
    judged = verdict(flips(5, 0), both)
    assert [result.alpha for result in judged.overall] == [0.025, 0.025]
    # .031 > .025; and a case that is now ranked second is still in the top 3.
    assert [result.status for result in judged.overall] == [Status.INCONCLUSIVE, Status.PASS]


def test_strict_outcomes_count_no_alternative() -> None:
    name = NAMES[0]
    alternative = {"rank": 2, "rank_right": 1}
    diff = diff_of({name: alternative}, of_base={name: RIGHT})
    strict = replace(QUICK, overall=Overall(outcomes=(Outcome.STRICT_TOP_1,)))
    assert verdict(diff).overall[0].broken == 0
    assert verdict(diff, strict).overall[0].broken == 1


def family(size: int) -> Diff:
    """Six broken cases, of one family if ``size`` is 6."""
    diff = flips(6, 0)
    for run in (diff.base, diff.candidate):
        cards = dict(run.cards)
        for name in NAMES[:size]:
            cards[name] = cards[name].model_copy(update={"family": "one"})
        run.__dict__["cards"] = cards
    return diff


def test_a_broken_family_is_one_observation() -> None:
    assert verdict(family(0)).overall[0].status is Status.FAIL
    together = verdict(family(6)).overall[0]
    assert together.p_harm == 0.5
    assert together.status is Status.INCONCLUSIVE


def test_slices_by_hand() -> None:
    judged = verdict(flips(6, 0), replace(QUICK, slices=Slices(by=(By.SEX, By.CONDITION), fewest=21)))
    by_sex = {result.name: result for result in judged.slices if result.kind == "sex"}
    cards = base_run().cards
    for sex, result in by_sex.items():
        members = [name for name in NAMES if cards[name].patient.sex == sex]
        assert result.n == len(members)
        assert result.broken == sum(name in NAMES[:6] for name in members)
    assert sum(result.broken for result in by_sex.values()) == 6
    few = [result for result in judged.slices if result.kind == "condition"]
    assert {(result.n, result.p_harm, result.status) for result in few} == {(20, None, Status.NOTE)}
    assert "8 by condition" in found(judged, "G4", Status.NOTE)[0].words


def broken_in(condition: str) -> Diff:
    """All of one condition's 20 cases break; as many others are fixed."""
    inside = [name for name in NAMES if name.startswith(condition)]
    outside = [name for name in NAMES if not name.startswith(condition)]
    before = dict.fromkeys(NAMES, True) | dict.fromkeys(outside[:20], False)
    after = dict.fromkeys(NAMES, True) | dict.fromkeys(inside, False)
    return diff_of(of_rank(after), of_base=of_rank(before))


def test_a_bad_slice_is_flagged_and_blocks_only_if_it_was_declared() -> None:
    diff = broken_in("c02")
    judged = verdict(diff)
    assert not found(judged, "G4", Status.FAIL)
    (flag,) = found(judged, "G4", Status.FLAG)
    assert any(line.startswith("condition c02: 20 of 20 (100.0%) → 0 of 20") for line in flag.details)
    declared = replace(QUICK, safety_family={"the second": "condition == c02"})
    (finding,) = found(verdict(diff, declared), "G4", Status.FAIL)
    assert finding.title == "safety: the second"
    assert "not chance (p < 0.001)" in finding.words


def test_safety_slices() -> None:
    diff = diff_of({})
    cards = [pair.card for pair in diff.comparable]
    inside = in_safety_slice(diff, MUST_NOT_MISS)
    assert [row for row, card in enumerate(cards) if card.expected.must_not_miss] == inside.tolist()
    inside = in_safety_slice(diff, EMERGENCIES)
    assert [
        row for row, card in enumerate(cards) if card.expected.triage == ("emergency", "emergency")
    ] == inside.tolist()
    nobody = replace(QUICK, safety_family={"nobody": "condition == none_such"})
    assert "0 cases: too few to test." in [one.words for one in found(verdict(diff, nobody), "G4", Status.NOTE)]


@pytest.mark.parametrize(
    ("years", "band"), [(None, ""), (0.0, "0-1"), (1.99, "0-1"), (2, "2-5"), (39.9, "16-39"), (65, "65+"), (90, "65+")]
)
def test_age_bands(years: float | None, band: str) -> None:
    assert age_band(years) == band


def test_every_case_is_in_one_slice_of_each_kind() -> None:
    diff = diff_of({})
    for by in By:
        places = np.concatenate(list(slices_of(diff, by).values()))
        assert sorted(places.tolist()) == list(range(160))


def test_clusters_keep_families_whole() -> None:
    def card(name: str, author: str, of: str = "") -> Card:
        return Card.model_validate({"id": name, "author": author, "family": of, "expected": {"condition": "c"}})

    cards = [
        card("a", "A"),
        card("a2", "B", "a"),
        card("b", "B"),
        card("c", "A"),
        card("x1", "C", "x"),
        card("x2", "D", "x"),
    ]
    labels, by = clusters(cards, ClusterBy.FAMILY)
    assert (labels.tolist(), by) == ([0, 0, 1, 2, 3, 3], ClusterBy.FAMILY)
    labels, by = clusters(cards, ClusterBy.AUTHOR)
    assert labels.tolist() == [0, 0, 1, 0, 2, 2]  # a2 goes with A, who wrote the case that it varies
    assert clusters(cards, ClusterBy.AUTO)[1] is ClusterBy.FAMILY
    many = [card(f"m{row}", f"author {row % 8}") for row in range(16)]
    assert clusters(many, ClusterBy.AUTO)[1] is ClusterBy.AUTHOR


def more_questions(extra: int) -> Diff:
    return diff_of({name: {"n_questions": row["n_questions"] + extra} for name, row in base_run().rows.items()})


def test_continuous_measures_flag_and_block_only_if_declared() -> None:
    judged = verdict(more_questions(1))
    (result,) = [one for one in judged.measures if one.measure == "questions"]
    assert (result.difference, result.status, result.n_clusters) == (1.0, Status.FLAG, 160)
    assert judged.status is Status.PASS
    declared = replace(QUICK, continuous=Continuous(flips=199, blocking=(Measure.QUESTIONS,)))
    assert found(verdict(more_questions(1), declared), "G5", Status.FAIL)
    assert found(verdict(more_questions(-1), declared), "G5", Status.FAIL) == []


def test_one_author_is_no_test() -> None:
    by_author = replace(QUICK, continuous=Continuous(flips=199, cluster=ClusterBy.AUTHOR))
    judged = verdict(more_questions(1), by_author)
    assert {one.p_harm for one in judged.measures} == {None}
    assert "1 authors are too few" in found(judged, "G5", Status.NOTE)[0].words


def test_a_verdict_comes_back_from_json() -> None:
    rules = replace(QUICK, safety_family={"emergencies": EMERGENCIES})
    judged = verdict(broken_in("c03"), rules)
    record = json.loads(json.dumps(judged.to_dict()))
    assert Verdict.from_dict(record) == judged
    assert canonical_json(judged.to_dict()) == canonical_json(verdict(broken_in("c03"), rules).to_dict())
    assert judged.line.startswith("20 broken · 20 fixed ")
    assert judged.line.endswith("→ " + judged.heading)
    assert repr(judged).endswith(judged.line)
    assert judged.line == record["line"]


def test_the_last_line_names_what_is_unsafe() -> None:
    name = next(
        name for name, row in base_run().rows.items() if row["must_not_miss"] and row["rank_must_not_miss"] == 1
    )
    judged = verdict(diff_of({name: {"rank_must_not_miss": 9, **WRONG}}))
    assert "1 new must-not-miss lost → GATE FAILED" in judged.line
    assert judged.findings_with(Status.FAIL)[0].rule == "G1"


def test_a_failed_gate_is_incomplete_where_something_is_missing() -> None:
    diff = flips(20, 0)
    rows = diff.candidate.rows
    diff.candidate.__dict__["rows"] = {**rows, NAMES[0]: {**rows[NAMES[0]], "outcome": "failed"}}
    judged = verdict(diff)
    assert found(judged, "G3", Status.FAIL)
    assert judged.status is Status.INCOMPLETE


def test_without_the_extra_packages_the_message_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(libraries, "import_module", missing)
    with pytest.raises(
        MissingLibrary, match=r"no scipy; expected the packages of the check; run `make .venv/.check`"
    ) as error:
        library("scipy.stats")
    assert isinstance(error.value, ClinvalError)
    assert error.value.exit_code == 2


def test_reading_rules_needs_no_extra_package() -> None:
    program = "import sys, validation.gate; print([m for m in ('scipy', 'statsmodels', 'pandas') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert said.stdout.strip() == "[]"


def test_the_rules_say_which_they_are() -> None:
    assert verdict(diff_of({})).rules_digest == QUICK.digest != Rules().digest
