"""The gate's tests against worked examples, published figures, brute force, scipy and statsmodels."""

from __future__ import annotations

from itertools import product
from math import comb, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from validation.gate.statistics import mcnemar, tango
from validation.gate.statistics.detectable import detectable_drop, power_at
from validation.gate.statistics.multiplicity import blocking, flagged
from validation.gate.statistics.permutation import MOST_ENUMERATED, clustered_mean, sign_flip

COUNTS = st.tuples(st.integers(0, 40), st.integers(0, 40))


def test_mcnemar_by_hand() -> None:
    # 6 broken, 1 fixed: P(X ≥ 6 | 7, ½) = (7 + 1) / 128.
    assert mcnemar.harm(6, 1) == pytest.approx(8 / 128)
    assert mcnemar.harm([0, 0, 3], [0, 5, 3]).tolist() == pytest.approx([1.0, 1.0, 42 / 64])


@given(COUNTS)
@settings(max_examples=60, deadline=None)
def test_mcnemar_against_scipy_and_statsmodels(counts: tuple[int, int]) -> None:
    broken, fixed = counts
    p = float(mcnemar.harm(broken, fixed))
    if broken + fixed:
        assert p == pytest.approx(stats.binomtest(broken, broken + fixed, 0.5, alternative="greater").pvalue)
    if broken > fixed:
        table = [[50, broken], [fixed, 50]]
        assert min(1.0, 2 * p) == pytest.approx(statsmodels_mcnemar(table, exact=True).pvalue)


@pytest.mark.parametrize("alpha", [0.05, 0.025, 0.01])
def test_critical_and_spent_by_counting(alpha: float) -> None:
    for pairs in range(40):
        tails = [sum(comb(pairs, k) for k in range(least, pairs + 1)) / 2**pairs for least in range(pairs + 2)]
        fewest = next(least for least, tail in enumerate(tails) if tail <= alpha)
        assert int(mcnemar.critical(pairs, alpha)) == fewest
        assert float(mcnemar.spent(pairs, alpha)) == pytest.approx(tails[fewest], abs=1e-15)


@pytest.mark.parametrize(
    ("gained", "lost", "n", "alpha", "low", "high"),
    [
        # Fagerland, Lydersen & Laake (2014), airway hyper-responsiveness (Bentur et al. 2009): (1, 1, 7, 12).
        (1, 7, 21, 0.025, -0.517, -0.026),
        # R, PropCIs::scoreci.mp(25, 28, 618, conf.level = 0.90), which estimates (28 − 25) / 618.
        (28, 25, 618, 0.05, -0.0148, 0.0247),
    ],
)
def test_tango_published(gained: int, lost: int, n: int, alpha: float, low: float, high: float) -> None:
    found = tango.interval(gained, lost, n, alpha)
    decimals = len(str(low).partition(".")[2])
    assert (round(float(found.low), decimals), round(float(found.high), decimals)) == (low, high)


def test_tango_without_discordant_pairs_by_hand() -> None:
    # q(d) = −d for d < 0, so T = −n·d / √(n(−2d + d − d²)) = z solves to d = −z² / (n + z²).
    z = stats.norm.isf(0.05)
    for n in (1, 10, 134, 5000):
        found = tango.interval(0, 0, n, 0.05)
        assert float(found.low) == pytest.approx(-z * z / (n + z * z), rel=1e-9)
        assert float(found.high) == pytest.approx(z * z / (n + z * z), rel=1e-9)


def brute_force_score(gained: int, lost: int, n: int, d: float) -> float:
    """T(d) with the constrained maximum found by searching over P(lost), not by formula."""

    def minus_log_likelihood(p_lost: float) -> float:
        parts = ((gained, p_lost + d), (lost, p_lost), (n - gained - lost, 1 - 2 * p_lost - d))
        return -sum(count * log(max(p, 1e-300)) for count, p in parts if count)

    bounds = (max(0.0, -d) + 1e-12, (1 - d) / 2 - 1e-12)
    p_lost = optimize.minimize_scalar(minus_log_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return (gained - lost - n * d) / sqrt(n * (2 * p_lost + d * (1 - d)))


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 60), st.sampled_from([0.025, 0.05]))
@settings(max_examples=40, deadline=None)
def test_tango_bounds_are_where_the_brute_force_score_is_z(gained: int, lost: int, rest: int, alpha: float) -> None:
    n = gained + lost + rest
    z = float(stats.norm.isf(alpha))
    low, high = (float(bound) for bound in tango.interval(gained, lost, n, alpha))
    assert brute_force_score(gained, lost, n, low) == pytest.approx(z, abs=2e-4)
    assert brute_force_score(gained, lost, n, high) == pytest.approx(-z, abs=2e-4)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_tango_is_an_interval(gained: int, lost: int, rest: int) -> None:
    n = gained + lost + rest
    if n == 0:
        return
    low, high = tango.interval(gained, lost, n)
    mirrored = tango.interval(lost, gained, n)
    assert -1 <= low <= (gained - lost) / n <= high <= 1
    assert (float(low), float(high)) == (-float(mirrored.high), -float(mirrored.low))
    wider = tango.interval(gained, lost, n, 0.005)
    assert wider.low <= low
    assert high <= wider.high


def test_tango_keeps_its_promise() -> None:
    """Of exact probability, not of luck: sums over every possible pair of counts."""
    n = 60
    gained, lost = (
        np.array(part) for part in zip(*((g, b) for g in range(n + 1) for b in range(n + 1 - g)), strict=True)
    )
    found = tango.interval(gained, lost, n)
    for p_gained, p_lost in ((0.02, 0.06), (0.05, 0.05), (0.1, 0.02), (0.2, 0.3)):
        p = stats.multinomial.pmf(
            np.stack([gained, lost, n - gained - lost], 1), n, [p_gained, p_lost, 1 - p_gained - p_lost]
        )
        covered = p[(found.low <= p_gained - p_lost) & (p_gained - p_lost <= found.high)].sum()
        assert 0.93 <= covered <= 0.99


@pytest.mark.parametrize(
    ("n", "drops"),
    [(500, {0.02: 1.65, 0.05: 2.59, 0.10: 3.65}), (5000, {0.02: 0.51, 0.05: 0.80, 0.10: 1.13})],
)
def test_smallest_detectable_drop_is_the_published_table(n: int, drops: dict[float, float]) -> None:
    for discordance, expected in drops.items():
        found = detectable_drop(n, discordance, 0.05)
        assert found is not None
        assert round(100 * found, 2) == expected
        assert power_at(n, discordance, found, 0.05) == pytest.approx(0.8, abs=1e-6)


def test_power_against_simulation() -> None:
    chance = np.random.default_rng(3)
    n, discordance, drop = 300, 0.06, 0.03
    p = [(discordance - drop) / 2, (discordance + drop) / 2, 1 - discordance]
    fixed, broken, _same = chance.multinomial(n, p, size=40_000).T
    assert np.mean(mcnemar.harm(broken, fixed) <= 0.05) == pytest.approx(power_at(n, discordance, drop, 0.05), abs=0.01)


def test_detectable_where_little_or_nothing_changes() -> None:
    assert detectable_drop(4, 0.0, 0.05) is None  # ½⁴ = .0625: not even all of four
    found = detectable_drop(134, 0.0, 0.05)
    assert found is not None
    assert stats.binom.sf(4, 134, found) == pytest.approx(0.8, abs=1e-6)  # at least five break, none is fixed


def test_sign_flip_by_hand() -> None:
    # Sums 3, 2, 1: of the 8 patterns only +++ (6) and ++− (4) reach … +++ alone reaches 6.
    assert sign_flip(np.array([3.0, 2.0, 1.0])) == 1 / 8
    assert sign_flip(np.array([3.0, -1.0])) == 2 / 4  # 3 − 1 = 2 is reached by +− and ++
    assert sign_flip(np.zeros(4)) == 1.0


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_sign_flip_against_enumeration(sums: list[int]) -> None:
    reached = [
        sum(s * x for s, x in zip(signs, sums, strict=True)) >= sum(sums)
        for signs in product((1, -1), repeat=len(sums))
    ]
    assert sign_flip(np.array(sums, float)) == pytest.approx(np.mean(reached))


def test_sign_flip_against_scipy() -> None:
    sums = np.random.default_rng(0).normal(0.25, 1.0, 60)
    exact = sums[:MOST_ENUMERATED]
    for values, tolerance in ((exact, 1e-12), (sums, 0.012)):
        expected = stats.permutation_test(
            (values,), lambda x, axis: x.sum(axis=axis), permutation_type="samples", vectorized=True,
            n_resamples=9999, alternative="greater", rng=np.random.default_rng(1),
        ).pvalue  # fmt: skip
        assert sign_flip(values) == pytest.approx(expected, abs=tolerance)


def test_single_cases_as_clusters_are_mcnemar() -> None:
    for broken, fixed in ((6, 1), (9, 3), (2, 2)):
        sums = np.array([1.0] * broken + [-1.0] * fixed)
        assert sign_flip(sums) == pytest.approx(float(mcnemar.harm(broken, fixed)))


def test_clusters_move_together() -> None:
    """Twenty equal cases of two authors are two observations, not twenty."""
    differences = np.ones(20)
    alone = clustered_mean(differences + np.arange(20) / 1000, np.arange(20))
    together = clustered_mean(differences, np.repeat([0, 1], 10))
    assert alone.p < 0.001
    assert together.p == 0.25
    assert (together.mean, together.n_clusters) == (1.0, 2)


def test_clustered_interval_by_hand() -> None:
    # Cluster sums 3 and 1 of two cases each: mean 1, residual sums ±1, error √(2/1 · 2) / 4 = ½; t(1) = 12.706.
    found = clustered_mean(np.array([2.0, 1.0, 1.0, 0.0]), np.array([0, 0, 1, 1]))
    assert found.mean == 1.0
    assert found.high - 1.0 == pytest.approx(12.7062 / 2, rel=1e-4)
    # Single cases: the usual interval of a mean.
    values = np.array([0.3, -0.1, 0.8, 0.4, 0.0])
    usual = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    single = clustered_mean(values, np.arange(5))
    assert (single.low, single.high) == pytest.approx(usual)


def test_many_tests_by_hand() -> None:
    p = [0.001, 0.012, 0.03, 0.2]
    # BH at .05: .001 ≤ .0125, .012 ≤ .025, .03 ≤ .0375, .2 > .05.
    assert flagged(p, 0.05) == [True, True, True, False]
    # Holm at .05: .001 ≤ .05/4, .012 ≤ .05/3, .03 > .05/2.
    assert blocking(p, 0.05) == [True, True, False, False]
    assert blocking([0.2, 0.001], 0.05) == [False, True]
    assert flagged([], 0.1) == []
    assert blocking([0.0], 0.0) == [False]
