"""The run as a notebook sees it, and its figures against the rows that they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from model.errors import InputError
from model.network.vocabulary import Triage
from tests.validation import synthetic
from tests.validation.poison import PoisonWork
from validation import run
from validation.arrow import array_of
from validation.cli.run import exit_code
from validation.executors import Finished, Shard, Work
from validation.executors.local import LocalExecutor
from validation.explanation import explain, in_words
from validation.record import consequences
from validation.replay import ReplayOptions
from validation.results import Run
from validation.score import never_events
from validation.summary import as_html, as_record, case_line, verdict

NETWORK = synthetic.network(12, 20, seed=5)
CARDS = synthetic.cards(NETWORK, 48, seed=5)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(NETWORK, CARDS, runs=tmp_path_factory.mktemp("runs"), workers=1)


def test_figures_agree_with_the_rows(result: Run) -> None:
    rows, figures = list(result.rows.values()), result.metrics()
    assert len(rows) == 48
    assert figures["top_1"].value == np.mean([row["rank_right"] == 1 for row in rows])
    assert figures["top_3"].value == np.mean([1 <= row["rank"] <= 3 for row in rows])
    assert figures["coverage"].value == 1.0
    assert figures["questions_asked"].value == np.mean([len(result.row(name)["transcript"]) for name in result.rows])
    listed = [row for row in rows if row["must_not_miss"]]
    assert figures["must_not_miss_recall"].n == len(listed)
    assert figures["must_not_miss_recall"].value == np.mean([1 <= row["rank_must_not_miss"] <= 3 for row in listed])
    shares = [figures[name].value for name in ("right", "knowledge", "policy", "stopping")]
    assert sum(shares) == pytest.approx(1.0)
    curve = figures["efficiency_curve"]
    assert curve.top_1[0] == figures["initial_top_1"].value
    assert curve.top_1[-1] == figures["top_1"].value
    assert sum(cell.n for cell in figures["reliability"]) == 48
    assert sum(entry.n for entry in result.by_condition()) == 48


def test_frames(result: Run) -> None:
    cases, questions = result.to_pandas(), result.transcripts()
    assert len(cases) == 48
    assert {"rank", "p_expected", "loss", "author", "age_years", "sex"} <= set(cases.columns)
    assert len(questions) == cases["n_questions"].sum()
    last = questions.groupby("case_id")["p_expected"].last()
    assert (last == cases.loc[last.index, "p_expected"]).all()


def test_a_run_prints_itself(result: Run) -> None:
    for text in (repr(result), as_html(result)):
        assert "must-not-miss in top 3" in text
        assert str(result.path) in text
    assert verdict(result).endswith("48 of 48 cases → COMPLETE")
    assert as_record(result)["n_finished"] == 48


def test_wrong_cases_are_listed_with_the_never_events_first(result: Run) -> None:
    wrong = result.wrong()
    assert {row["case_id"] for row in wrong} == {
        name for name, row in result.rows.items() if row["rank_right"] != 1 or row["never_events"]
    }
    unsafe = [bool(row["never_events"]) for row in wrong]
    assert unsafe == sorted(unsafe, reverse=True)
    for row in wrong:
        word, line = case_line(row)
        assert word == ("UNSAFE" if row["never_events"] else "WRONG")
        assert line.endswith(f"clinval show {row['case_id']}")


def test_an_unknown_case_is_refused_with_the_nearest(result: Run) -> None:
    with pytest.raises(InputError, match=r"no case 'c01-001'.*did you mean c01-0001"):
        result.row("c01-001")


def test_contributions_are_exact_leave_one_out(result: Run) -> None:
    """Naive Bayes at temperature 1: what an answer contributes is its log likelihood ratio."""
    for row in result.wrong()[:6]:
        card = result.cards[row["case_id"]]
        told = explain(result.row(card.id), card, NETWORK, ReplayOptions())
        subject, rival = (NETWORK.conditions[NETWORK.condition_index[name]] for name in (told.subject, told.rival))
        findings = {finding.name: finding for finding in NETWORK.findings}
        checked = 0
        for item in (*told.known, *told.not_asked):
            finding = findings.get(item.what)
            if finding is None:
                continue
            state = finding.state_index(item.answer)
            p, q = (
                condition.links[finding.id].probabilities[state]
                if finding.id in condition.links
                else finding.leak[state]
                for condition in (subject, rival)
            )
            assert item.log_odds == pytest.approx(np.log(p / q), abs=1e-6)
            checked += 1
        assert checked >= row["n_questions"]


@pytest.mark.parametrize(
    ("loss", "stop", "words"),
    [
        ("knowledge", "max_questions", "Knowledge: even if everything in this case were known"),
        ("policy", "max_questions", "Policy: with everything in this case known"),
        ("stopping", "threshold", "stopped by itself after 4 questions, because it was already sure"),
        ("stopping", "low_gain", "because no question promised enough"),
    ],
)
def test_why_a_case_was_lost_in_words(result: Run, loss: str, stop: str, words: str) -> None:
    row = {**result.row("c00-0000"), "loss": loss, "stop": stop, "n_questions": 4, "rank_right": 2, "never_events": []}
    (sentence,) = in_words(row, result.vocabulary, None)
    assert words in sentence


def test_opening_the_directory_of_all_runs_opens_the_latest(result: Run) -> None:
    assert Run.open(result.path.parent).path == result.path
    assert Path(Run.open(result.path).path) == result.path


class PoisonedExecutor(LocalExecutor):
    """Plays everything but one case, which raises."""

    def run(self, work: Work, shards: Sequence[Shard], should_stop: Callable[[], bool]) -> Iterator[Finished]:
        poisoned = PoisonWork(work.network, work.policy, work.options, at="c00-0000", how="raise")
        return super().run(poisoned, shards, should_stop)


def test_a_case_that_fails_stays_in_every_denominator(tmp_path: Path) -> None:
    hurt = run(NETWORK, CARDS, runs=tmp_path, executor=PoisonedExecutor(1))
    figures = hurt.metrics()
    assert hurt.manifest.outcomes == {"answered": 47, "failed": 1}
    assert (figures["coverage"].value, figures["coverage"].n, figures["top_1"].n) == (47 / 48, 48, 48)
    assert figures["questions_asked"].n == 48
    whole = run(NETWORK, CARDS, runs=tmp_path / "whole", workers=1).metrics()
    for name in ("evidence_recall", "evidence_precision"):
        assert figures[name].n == whole[name].n, name
        assert figures[name].value < whole[name].value, name
    assert figures["questions_asked"].value >= whole["questions_asked"].value
    assert figures["brier"].value > whole["brier"].value
    assert sum(figures[name].value for name in ("right", "knowledge", "policy", "stopping")) == pytest.approx(1.0)
    row = hurt.row("c00-0000")
    assert row["loss"] == "knowledge"
    assert in_words(row, hurt.vocabulary, None) == [
        "The case could not be played: ValueError: this case is poison. It counts as wrong."
    ]
    assert exit_code(hurt) == 3
    assert "1 failed" in verdict(hurt)
    assert as_record(hurt)["retries"] == hurt.manifest.retries
    assert hurt.manifest.retries["cases_given_up"] == 1
    n_halved = hurt.manifest.retries["shards_halved"]
    assert f"{n_halved} shards halved, 1 case given up" in repr(hurt)


def test_where_nothing_went_wrong_nothing_is_said_of_it(result: Run) -> None:
    assert set(result.manifest.retries.values()) == {0}
    assert "mended" not in repr(result)


def test_an_emergency_that_was_not_advised_is_a_never_event() -> None:
    row = {"must_not_miss": [], "rank_must_not_miss": 0, "triage_least": 3, "triage_advice": -1}
    assert never_events(row) == ["emergency not advised"]
    assert never_events(row | {"triage_advice": 1}) == ["emergency advised routine"]
    assert never_events(row | {"triage_advice": 3}) == []
    assert never_events(row | {"triage_least": 2}) == []


class Failing(LocalExecutor):
    """Plays nothing but a case that raises."""

    def run(self, work: Work, shards: Sequence[Shard], should_stop: Callable[[], bool]) -> Iterator[Finished]:
        poisoned = PoisonWork(work.network, work.policy, work.options, at=shards[0][0].id, how="raise")
        return super().run(poisoned, shards, should_stop)


def test_an_emergency_that_cannot_be_played_is_unsafe_and_said(tmp_path: Path) -> None:
    emergency = next(card for card in CARDS if (card.expected.triage_range or (0, 0))[0] == Triage.EMERGENCY)
    hurt = run(NETWORK, [emergency], runs=tmp_path, executor=Failing(1))
    (row,) = hurt.wrong()
    assert case_line(row)[0] == "UNSAFE"
    assert hurt.metrics()["under_triage"].value == 1.0
    assert "Unsafe: emergency not advised." in in_words(row, hurt.vocabulary, None)


def test_approximate_cases_are_counted_and_said(result: Run) -> None:
    assert "approximate" not in repr(result)
    assert as_record(result)["n_approximate"] == 0
    hurt = Run(result.directory, result.manifest.model_copy(update={"n_approximate": 3}))
    assert "3 of 48 cases (too many present findings" in repr(hurt)
    assert as_record(hurt)["n_approximate"] == 3
    row = {**result.row("c00-0000"), "approximate": True}
    assert any(sentence.startswith("Approximate: ") for sentence in in_words(row, result.vocabulary, None))


def test_approximate_cases_are_counted_from_the_results(result: Run) -> None:
    flags = array_of([row % 3 == 0 for row in range(48)], pa.bool_())
    table = result.table.set_column(result.table.schema.get_field_index("approximate"), "approximate", flags)
    found = consequences(table, result.vocabulary, result.manifest.plan, "")
    assert found.pop("n_approximate") == 16
    assert found.pop("results_sha256") != result.manifest.results_sha256
    assert found == {name: getattr(result.manifest, name) for name in found}


def test_incomplete_never_stands_without_a_reason(result: Run) -> None:
    hurt = Run(result.directory, result.manifest.model_copy(update={"status": "incomplete"}))
    assert "INCOMPLETE (no reason was recorded; the same command goes on)" in verdict(hurt)
