"""Does the gate keep its two promises?

A candidate that is as good as the base is blocked at most α of the time, by all tests together; a drop of
the smallest detectable size is caught at least 4 times in 5.  Thousands of comparisons are drawn and put
through the very functions that the gate calls, and some through the whole of ``judge``.

"As good as" is about the tests: whether a never-event is new is a fact and no test, so none is drawn here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.validation.gate.planted import QUICK, base_run, diff_of, found, of_rank, planted, verdict
from validation.comparison import compare
from validation.gate.evidence import ClusterBy, Ints
from validation.gate.judge import judged_together, left_of_alpha
from validation.gate.overall import overall, statuses
from validation.gate.rules import Continuous, Measure, Outcome, Overall, Rules
from validation.gate.slices import SAFETY, slice_results
from validation.gate.statistics import mcnemar, tango
from validation.gate.statistics.detectable import detectable_drop
from validation.gate.statistics.permutation import clustered_mean
from validation.gate.verdict import MeasureResult, Status

ALPHA = 0.05


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """statsmodels' ``multipletests`` collects garbage at each call, and the smallest detectable drop is
    for the words alone: neither can change a verdict, and both take most of the time."""
    monkeypatch.setattr("gc.collect", lambda *_: 0)
    monkeypatch.setattr("validation.gate.overall.detectable_drop", lambda *_: None)


def most(n: int, p: float) -> int:
    """Hits that chance would pass once in a thousand simulations, of ``n`` with probability ``p`` each."""
    return int(stats.binom.isf(1e-3, n, p))


def drawn(n: int, discordance: float, drop: float, size: int, seed: int) -> tuple[Ints, Ints]:
    """(size,) broken and fixed cases of so many comparisons."""
    p = [(discordance + drop) / 2, (discordance - drop) / 2, 1 - discordance]
    broken, fixed, _same = np.random.default_rng(seed).multinomial(n, p, size=size).T
    return broken, fixed


@pytest.mark.parametrize("n", [134, 500, 5000])
@pytest.mark.parametrize("discordance", [0.02, 0.05, 0.10])
def test_overall_keeps_both_promises(n: int, discordance: float) -> None:
    size = 20_000

    def failed(drop: float, seed: int) -> int:
        broken, fixed = drawn(n, max(discordance, drop), drop, size, seed)
        low = tango.interval(fixed, broken, n, ALPHA).low
        return int((statuses(mcnemar.harm(broken, fixed), low, ALPHA, 0.02) == Status.FAIL).sum())

    assert failed(0.0, seed=n) <= most(size, ALPHA)
    drop = detectable_drop(n, discordance, ALPHA)
    assert drop is not None
    assert failed(drop, seed=n + 1) >= size - most(size, 0.2)


@pytest.mark.parametrize(
    ("n", "discordance", "drop"), [(500, 0.05, 0.0259), (5000, 0.02, 0.0052), (5000, 0.10, 0.0113)]
)
def test_the_published_drops_are_caught(n: int, discordance: float, drop: float) -> None:
    """METRICS' table, with the whole of the gate's default rules: the margin does not hide them."""
    size = 20_000
    broken, fixed = drawn(n, discordance, drop, size, seed=1)
    low = tango.interval(fixed, broken, n, ALPHA).low
    caught = (statuses(mcnemar.harm(broken, fixed), low, ALPHA, Overall().margin) == Status.FAIL).mean()
    assert caught >= 0.79


def test_non_inferiority_errs_at_most_as_often_as_agreed() -> None:
    """A candidate that is worse by exactly the margin passes at most α of the time."""
    size, n = 20_000, 1000
    for discordance in (0.03, 0.06, 0.12):
        broken, fixed = drawn(n, discordance, 0.02, size, seed=2)
        low = tango.interval(fixed, broken, n, ALPHA).low
        passed = (statuses(mcnemar.harm(broken, fixed), low, ALPHA, 0.02) == Status.PASS).sum()
        assert passed <= most(size, ALPHA) * 1.1  # a score interval is approximate: .05 may be .054


DECLARED = Rules(
    continuous=Continuous(blocking=(Measure.LOG_SCORE,), flips=199),
    safety_family={"a": "must-not-miss", "b": "emergencies"},
)


def blocked(
    before: np.ndarray, after: np.ndarray, moved: np.ndarray, rules: Rules, families: Ints
) -> tuple[bool, bool]:
    """Whether G3 blocks, and whether anything else does, as ``judge`` would have it."""
    n = len(before)
    result = overall(before, after, families, rules.overall, Outcome.TOP_1)
    inside = {(SAFETY, "a"): np.arange(0, n, 3), (SAFETY, "b"): np.arange(0, n, 6)}
    parts = slice_results(before, after, inside, rules.slices.fewest)
    mean = clustered_mean(moved, families, rules.continuous.flips)
    measure = MeasureResult(
        "log_score", n, 0.0, mean.mean, mean.mean, mean.low, mean.high, mean.p, n, ClusterBy.FAMILY, Status.PASS
    )
    judged = judged_together(parts, [measure], rules, left_of_alpha([result], rules))
    others = any(one.status is Status.FAIL for kind in judged for one in kind)
    return result.status is Status.FAIL, others


@pytest.mark.parametrize("size_of_family", [1, 4])
@pytest.mark.parametrize("discordance", [0.03, 0.10])
def test_an_equal_candidate_is_blocked_at_most_alpha_of_the_time(discordance: float, size_of_family: int) -> None:
    """Everything that was declared to block, together; probabilities move with the outcomes, families as one."""
    chance = np.random.default_rng(int(100 * discordance) + size_of_family)
    n, size = 480, 400
    families = np.repeat(np.arange(n // size_of_family), size_of_family)
    together = 0
    for _ in range(size):
        flip = (chance.random(n // size_of_family) < discordance)[families]
        worse = (chance.random(n // size_of_family) < 0.5)[families]
        before = np.where(flip, worse, True)
        after = np.where(flip, ~worse, True)
        tilt = np.where(chance.random(n // size_of_family) < 0.5, 1.0, -1.0)[families]
        moved = before.astype(float) - after + tilt * np.abs(chance.normal(0, 0.3, n))
        together += any(blocked(before, after, moved, DECLARED, families))
    assert together <= most(size, ALPHA)


def test_a_drop_of_the_detectable_size_in_the_safety_family_alone_is_blocked() -> None:
    """20 of 160 safety cases break while 20 others are mended: on average nothing happened."""
    before = np.ones(480, bool)
    after = before.copy()
    after[np.arange(0, 60, 3)] = False
    mended = np.arange(1, 60, 3)
    before[mended] = False
    overall_blocks, others_block = blocked(before, after, np.zeros(480), DECLARED, np.arange(480))
    assert not overall_blocks
    assert others_block


def test_through_the_whole_gate() -> None:
    """Real runs of 480 cases; flips planted in their rows; the verdict is the gate's own."""
    base = base_run(480)
    names = np.array(list(base.rows))
    rules = replace(QUICK, safety_family={"emergencies": "emergencies"}, continuous=Continuous(flips=99, measures=()))
    chance = np.random.default_rng(5)
    drop = detectable_drop(480, 0.05, ALPHA)
    assert drop is not None
    statuses_of: dict[float, list[Status]] = {0.0: [], drop: []}
    size = 30
    for planted_drop, verdicts in statuses_of.items():
        for _ in range(size):
            u = chance.random(480)
            broken = u < (0.05 + planted_drop) / 2
            fixed = (u >= (0.05 + planted_drop) / 2) & (u < 0.05)
            before = dict(zip(names.tolist(), (~fixed).tolist(), strict=True))
            after = dict(zip(names.tolist(), (~broken).tolist(), strict=True))
            diff = compare(planted(base, of_rank(before)), planted(base, of_rank(after)))
            judged = verdict(diff, rules)
            assert not found(judged, "G1", Status.FAIL)
            verdicts.append(judged.status)
    assert statuses_of[0.0].count(Status.FAIL) <= most(size, ALPHA)
    assert statuses_of[drop].count(Status.FAIL) >= size - most(size, 0.2)
    assert Status.PASS not in statuses_of[drop]


def test_the_seed_decides_and_nothing_else() -> None:
    rows = base_run().rows
    diff = diff_of({name: {"brier": rows[name]["brier"] + 1e-3 * (place % 7 - 2)} for place, name in enumerate(rows)})
    one, other = verdict(diff), verdict(diff)
    assert one == other
    seeded = replace(QUICK, continuous=Continuous(flips=199, seed=1))
    changed = verdict(diff, seeded)
    assert [result.difference for result in changed.measures] == [result.difference for result in one.measures]
