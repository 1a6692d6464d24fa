"""G0, G1 and G2: what is a fact needs no test of significance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from model.errors import InputError
from model.network.vocabulary import Triage
from tests.validation import synthetic
from tests.validation.gate.planted import (
    NETWORK,
    OTHER,
    QUICK,
    RIGHT,
    TODAY,
    WRONG,
    base_run,
    diff_of,
    found,
    planted,
    played,
    verdict,
)
from validation import run
from validation.comparison import Event, compare
from validation.gate import KnownFailure, Verdict, Waiver, aa_replay, exit_code, load_rules, verdict_on
from validation.gate.integrity import SelfReplay
from validation.gate.known_failures import KnownFailures
from validation.gate.never_events import proposed_waivers
from validation.gate.ratchet import updated
from validation.gate.rules import Integrity, RatchetRules
from validation.gate.verdict import Status
from validation.planning import Candidate
from validation.results import Row
from validation.store.manifest import Manifest

LOST = {"rank_must_not_miss": 4}
MISSED_EMERGENCY = {"triage_advice": int(Triage.URGENT)}
TOMORROW = TODAY + timedelta(days=1)


def rows_where(test: Callable[[Row], bool]) -> list[str]:
    return [name for name, row in base_run().rows.items() if test(row)]


def safe(row: Row) -> bool:
    return bool(row["must_not_miss"]) and 1 <= row["rank_must_not_miss"] <= 3


def recognised(row: Row) -> bool:
    return bool(row["triage_least"] == Triage.EMERGENCY and row["triage_advice"] == Triage.EMERGENCY)


def asks(row: Row) -> bool:
    return any(0 <= ask["asked_at"] <= ask["by"] for ask in row["must_ask"])


def dropped(row: Row) -> dict[str, object]:
    return {"must_ask": [{**ask, "asked_at": -1} for ask in row["must_ask"]]}


def test_every_single_never_event_blocks() -> None:
    """100 %: each kind, planted alone in every case that can have it, among 160 that stay as they are."""
    n = 0
    for title, test, plant in (
        ("must-not-miss condition left the top 3", safe, lambda _row: LOST),
        ("emergency newly under-triaged", recognised, lambda _row: MISSED_EMERGENCY),
        ("must-ask red flag no longer asked", asks, dropped),
    ):
        cases = rows_where(test)
        assert len(cases) >= 10
        for name in cases[:12]:
            judged = verdict(diff_of({name: plant(base_run().rows[name])}))
            assert judged.status is Status.FAIL
            assert exit_code(judged) == 1
            (finding,) = found(judged, "G1", Status.FAIL)
            assert (finding.title, finding.cases) == (title, (name,))
            assert name in finding.details[0]
            n += 1
    assert n >= 30


def test_better_averages_do_not_help() -> None:
    wrong = rows_where(lambda row: row["rank_right"] != 1)
    name = rows_where(safe)[0]
    judged = verdict(diff_of({**dict.fromkeys(wrong, RIGHT), name: LOST}))
    assert judged.overall[0].difference > 0
    assert judged.overall[0].status is Status.PASS
    assert judged.status is Status.FAIL


def test_old_never_events_do_not_block() -> None:
    name = rows_where(safe)[0]
    judged = verdict(diff_of({name: {**LOST, "p_top": 0.5}}, of_base={name: LOST}))
    assert not found(judged, "G1", Status.FAIL)


def test_a_planted_edit_of_the_model_is_caught(tmp_path: Path) -> None:
    """A must-not-miss condition loses its findings; what is then lost was counted from the rows alone."""
    conditions = tuple(
        replace(one, links=dict(list(one.links.items())[:1])) if one.must_not_miss else one
        for one in NETWORK.conditions
    )
    cards = list(base_run().cards.values())
    candidate = run(replace(NETWORK, conditions=conditions), cards, runs=tmp_path, workers=1)
    before = base_run().rows
    lost = tuple(name for name, row in candidate.rows.items() if safe(before[name]) and not safe(row))
    assert lost
    judged = verdict(compare(base_run(), candidate))
    (finding,) = [one for one in found(judged, "G1", Status.FAIL) if "top 3" in one.title]
    assert finding.cases == lost
    assert judged.status is Status.FAIL


def waiver_for(name: str, **changes: object) -> Waiver:
    base = base_run()
    plan = base.manifest.plan
    usual = Waiver(
        name,
        base.cards[name].content_hash,
        Event.MUST_NOT_MISS_LOST,
        OTHER,
        plan.policy.digest,
        "A. Smith",
        "agreed",
        TODAY,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_a_waiver_lets_its_case_through_and_says_so() -> None:
    one, other = rows_where(safe)[:2]
    diff = diff_of({one: LOST})
    waived = verdict(diff, replace(QUICK, waivers=(waiver_for(one),)))
    assert not found(waived, "G1", Status.FAIL)
    (finding,) = found(waived, "G1", Status.FLAG)
    assert "waived by A. Smith until 2026-11-23: agreed" in finding.details[0]
    both = verdict(diff_of({one: LOST, other: LOST}), replace(QUICK, waivers=(waiver_for(one),)))
    assert found(both, "G1", Status.FAIL)[0].cases == (other,)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expired on 2026-11-22"),
        ({"case_hash": OTHER}, "the case has changed since"),
        ({"network": "f" * 64}, "the model has changed since"),
        ({"policy": "f" * 64}, "the model has changed since"),
        ({"event": Event.RED_FLAG_DROPPED}, "nothing to waive"),
        ({"case": "nobody"}, "no such case"),
    ],
)
def test_a_waiver_holds_for_one_case_one_model_and_a_time(changes: dict[str, object], why: str) -> None:
    name = rows_where(safe)[0]
    judged = verdict(diff_of({name: LOST}), replace(QUICK, waivers=(waiver_for(name, **changes),)))
    assert judged.status is Status.FAIL
    (idle,) = [one for one in found(judged, "G1", Status.NOTE) if one.title == "idle waivers"]
    assert why in idle.details[0]


def test_a_proposed_waiver_works_once_a_reviewer_has_completed_it(tmp_path: Path) -> None:
    name = rows_where(safe)[0]
    diff = diff_of({name: LOST})
    text = proposed_waivers(diff, TOMORROW)
    path = tmp_path / "gate.toml"
    path.write_text("format = 1\n" + text, "utf-8")
    with pytest.raises(InputError) as error:
        load_rules(path)
    assert [problem.where.rpartition(" ")[2] for problem in error.value.problems] == ["reviewer", "reason"]
    path.write_text(
        "format = 1\n" + text.replace('reviewer = ""', 'reviewer = "A"').replace('reason = ""', 'reason = "b"')
    )
    assert not found(verdict(diff, load_rules(path)), "G1", Status.FAIL)
    assert proposed_waivers(diff_of({}), TOMORROW) == ""


def entry_for(name: str, **changes: object) -> KnownFailure:
    digest = base_run().cards[name].content_hash
    return replace(KnownFailure(name, digest, "J. Doe", "known", TODAY, "A. Smith"), **changes)  # type: ignore[arg-type]


def failing() -> str:
    return rows_where(lambda row: row["rank_right"] != 1)[0]


def passing() -> str:
    return rows_where(lambda row: row["rank_right"] == 1)[0]


@pytest.mark.parametrize(
    ("known", "before", "title"),
    [
        (lambda: (entry_for(passing()),), (), "listed cases that pass"),
        (lambda: (entry_for(failing(), signed_off_by=""),), (), "entries without sign-off"),
        (lambda: (entry_for(failing(), signed_off_by="J. Doe"),), (), "entries without sign-off"),
        (lambda: (entry_for(failing(), expires=TODAY - timedelta(days=1)),), (), "expired entries"),
    ],
)
def test_the_ratchet_blocks(known: Callable[[], KnownFailures], before: KnownFailures, title: str) -> None:
    judged = verdict(diff_of({}), known=known(), known_before=before)
    (finding,) = found(judged, "G2", Status.FAIL)
    assert finding.title == title
    assert judged.status is Status.FAIL


def test_the_ratchet_lets_pass_what_is_signed_or_was_there_before() -> None:
    signed = entry_for(failing())
    unsigned = replace(signed, signed_off_by="")
    assert verdict(diff_of({}), known=(signed,)).status is Status.PASS
    assert verdict(diff_of({}), known=(unsigned,), known_before=(unsigned,)).status is Status.PASS
    assert verdict(diff_of({}), known=(unsigned,)).status is Status.FAIL
    assert found(verdict(diff_of({})), "G2", Status.NOTE)[0].title == "no list of known failures"


def test_new_failures_are_reported_or_block() -> None:
    judged = verdict(diff_of({}), known=())
    assert "failures not on the list" in [one.title for one in found(judged, "G2", Status.NOTE)]
    blocking = replace(QUICK, ratchet=RatchetRules(block_new_failures=True))
    assert found(verdict(diff_of({}), blocking, known=()), "G2", Status.FAIL)[0].cases


def test_an_entry_of_an_edited_case_is_told() -> None:
    stale = entry_for(failing(), case_hash=OTHER)
    judged = verdict(diff_of({}), known=(stale,))
    assert "entries without a case" in [one.title for one in found(judged, "G2")]


def test_the_updated_list_signs_nothing() -> None:
    good, bad = passing(), failing()
    diff = diff_of({})
    kept = entry_for(bad)
    now = updated(diff, (entry_for(good), kept), TODAY)
    assert {entry.case for entry in now} == set(rows_where(lambda row: row["rank_right"] != 1))
    assert kept in now
    proposed = [entry for entry in now if entry != kept]
    assert {(entry.owner, entry.reason, entry.signed_off_by) for entry in proposed} == {("", "", "")}
    assert {entry.expires for entry in proposed} == {date(2027, 2, 21)}


def test_the_same_model_passes_in_one_sentence() -> None:
    judged = verdict(compare(base_run(), base_run()))
    assert judged.status is Status.PASS
    assert found(judged, "G3")[0].words == "The candidate is the base."
    edited = verdict(diff_of({}))
    assert "No result moved by a single bit" in found(edited, "G3")[0].words


def incomplete(judged: Verdict) -> list[str]:
    return [one.title for one in found(judged, "G0", Status.INCOMPLETE)]


def test_two_case_sets_are_incomplete_and_still_reported() -> None:
    cards = list(base_run().cards.values())
    smaller = played(cards[:120])
    judged = verdict(compare(base_run(), smaller))
    assert incomplete(judged) == ["two case sets"]
    assert exit_code(judged) == 4
    assert judged.counts["comparable"] == 120
    assert "40 removed" in found(judged, "G0")[0].words
    harmed = planted(smaller, dict.fromkeys([name for name in smaller.rows if safe(smaller.rows[name])], LOST))
    both = verdict(compare(base_run(), harmed))
    assert both.status is Status.INCOMPLETE
    assert found(both, "G1", Status.FAIL)


def test_a_renamed_case_is_the_same_case() -> None:
    first, *rest = base_run().cards.values()
    renamed = played([first.model_copy(update={"id": "renamed"}), *rest])
    judged = verdict(compare(base_run(), renamed))
    assert judged.status is Status.PASS
    assert judged.counts["comparable"] == 160


def test_nothing_comparable() -> None:
    other = played(synthetic.cards(NETWORK, 20, seed=99))
    judged = verdict(compare(base_run(), other))
    assert "nothing comparable" in incomplete(judged)
    assert exit_code(judged) == 4
    assert judged.overall == ()


def test_an_unfinished_run_is_incomplete() -> None:
    candidate = planted(base_run(), {})
    names = list(candidate.rows)
    candidate.__dict__["rows"] = {name: candidate.rows[name] for name in names[:100]}
    candidate.__dict__["table"] = candidate.table.slice(0, 100)
    update: dict[str, object] = {"status": "incomplete", "reason": "budget", "results_sha256": OTHER}
    candidate.manifest = Manifest.model_validate(candidate.manifest.model_dump() | update)
    judged = verdict(compare(base_run(), candidate))
    assert incomplete(judged) == ["the candidate is incomplete"]
    assert "60 cases of 160 (budget)" in found(judged, "G0", Status.INCOMPLETE)[0].words


def test_two_results_of_one_case_are_incomplete() -> None:
    candidate = planted(base_run(), {})
    candidate.__dict__["table"] = pa.concat_tables([candidate.table, candidate.table.slice(0, 1)])
    judged = verdict(compare(base_run(), candidate))
    assert incomplete(judged) == ["results that do not fit"]


def test_a_crash_of_the_harness_is_no_verdict_on_the_model() -> None:
    name = passing()
    judged = verdict(diff_of({name: {"outcome": "crashed", **WRONG}}))
    assert incomplete(judged) == ["the harness failed"]


def test_other_options_are_incomplete() -> None:
    candidate = planted(base_run(), {})
    plan = candidate.manifest.plan
    options = {**plan.options, "unlisted": "unknown"}
    candidate.manifest = candidate.manifest.model_copy(update={"plan": plan.model_copy(update={"options": options})})
    judged = verdict(compare(base_run(), candidate))
    assert incomplete(judged) == ["two ways to play"]
    assert "unlisted differ" in found(judged, "G0")[0].words


def test_a_removed_condition_blocks_unless_it_is_named(tmp_path: Path) -> None:
    """Catalogue 38."""
    fewer = replace(NETWORK, conditions=NETWORK.conditions[:-1])
    cards = [card for card in base_run().cards.values() if card.expected.condition != "c07"][:40]
    diff = compare(played(cards), run(fewer, cards, runs=tmp_path, workers=1))
    (finding,) = found(verdict(diff), "G0", Status.FAIL)
    assert finding.details == ("c07",)
    named = replace(QUICK, integrity=Integrity(removed_conditions=("c07",)))
    assert not found(verdict(diff, named), "G0", Status.FAIL)


def test_playing_again_gives_the_same_bits() -> None:
    candidate = Candidate.load(NETWORK)
    again = aa_replay(base_run(), candidate, 30)
    assert again == SelfReplay(30, ())
    assert aa_replay(base_run(), candidate, 10_000).n == 160
    judged = verdict(diff_of({}), aa=again)
    assert "30 cases played a second time" in " ".join(one.words for one in found(judged, "G0", Status.PASS))


def test_a_replay_that_differs_is_incomplete() -> None:
    tampered = planted(base_run(), {})
    table = tampered.table
    place = table.column_names.index("p_expected")
    moved = table["p_expected"].to_pandas() + 1e-16 + table["p_expected"].to_pandas() * 2.3e-16
    tampered.__dict__["table"] = table.set_column(place, table.schema.field(place), [moved.to_numpy()])
    tampered.manifest = base_run().manifest
    again = aa_replay(tampered, Candidate.load(NETWORK), 20)
    assert len(again.differing) == 20
    judged = verdict(diff_of({}), aa=again)
    assert incomplete(judged) == ["A/A replay differs"]
    assert exit_code(judged) == 4


def test_only_its_own_model_can_play_a_run_again() -> None:
    with pytest.raises(InputError, match="E-ANOTHER-MODEL"):
        aa_replay(base_run(), Candidate.load(synthetic.network(8, 16, seed=12)), 5)
    judged = verdict_on(diff_of({}), QUICK, today=TODAY)
    assert "A/A replay not done" in [one.title for one in found(judged, "G0", Status.NOTE)]


def test_a_run_of_other_code_is_not_played_again() -> None:
    """It might well differ, and would be no fault of the candidate."""
    candidate = planted(base_run(), {})
    plan = base_run().manifest.plan.model_copy(update={"code_digest": OTHER})
    candidate.manifest = base_run().manifest.model_copy(update={"plan": plan})
    judged = verdict_on(compare(base_run(), candidate), QUICK, today=TODAY, candidate=Candidate.load(NETWORK))
    assert "A/A replay not done" in [one.title for one in found(judged, "G0", Status.NOTE)]
    same = verdict_on(compare(base_run(), base_run()), QUICK, today=TODAY, candidate=Candidate.load(NETWORK))
    assert "A/A replay" in [one.title for one in found(same, "G0", Status.PASS)]
