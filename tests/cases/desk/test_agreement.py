"""Agreement statistics against examples worked by hand in the literature."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.desk.agreement import cohens_kappa, krippendorffs_alpha, share

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections A, B and C.
BINARY = ("0100000010", "1110010000")
NOMINAL = ("aabbdcccedda", "babbbcccdddd".replace("dddd", "eddd"))
MISSING = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def _units(raters: tuple[str, ...]) -> list[list[str]]:
    return [[answer for answer in unit if answer != "."] for unit in zip(*raters, strict=True)]


@pytest.mark.parametrize(("raters", "alpha", "n"), [(BINARY, 0.095, 10), (NOMINAL, 0.692, 12), (MISSING, 0.743, 11)])
def test_krippendorffs_own_examples(raters: tuple[str, ...], alpha: float, n: int) -> None:
    found = krippendorffs_alpha(_units(raters))
    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert found.n == n
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


def test_cohens_kappa_by_hand() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: p_o = .70, p_e = .50, kappa = .40."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    found = cohens_kappa(pairs)
    assert found.value == pytest.approx(0.4)
    assert found.n == 50
    # Fleiss, Cohen & Everitt (1969), eq. 13, by hand: a = .1608, b = .096, c = (.4 - .5*.6)^2 = .01.
    assert found.low is not None
    assert found.low == pytest.approx(0.4 - 1.959964 * _standard_error(), abs=1e-6)


def _standard_error() -> float:
    p = {("y", "y"): 0.4, ("y", "n"): 0.1, ("n", "y"): 0.2, ("n", "n"): 0.3}
    rows, columns = {"y": 0.5, "n": 0.5}, {"y": 0.6, "n": 0.4}
    chance = sum(rows[one] * columns[one] for one in "yn")
    kappa = (0.7 - chance) / (1 - chance)
    a = sum(p[one, one] * (1 - (rows[one] + columns[one]) * (1 - kappa)) ** 2 for one in "yn")
    b = (1 - kappa) ** 2 * sum(p[i, j] * (columns[i] + rows[j]) ** 2 for i, j in (("y", "n"), ("n", "y")))
    c = (kappa - chance * (1 - kappa)) ** 2
    return math.sqrt((a + b - c) / 50) / (1 - chance)


def test_wilson_by_hand() -> None:
    found = share([True] * 8 + [False] * 2)
    assert (found.value, found.n) == (0.8, 10)
    assert found.low == pytest.approx(0.4902, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4)


@pytest.mark.parametrize("figure", [share([]), cohens_kappa([]), krippendorffs_alpha([]), krippendorffs_alpha([["a"]])])
def test_nothing_to_score_is_said_in_words(figure: object) -> None:
    assert str(figure).startswith("not scored (")


@pytest.mark.parametrize("answers", [[["a", "a"]], [["a", "a"], ["a", "a", "a"]]])
def test_one_answer_to_all_cases_has_no_chance_to_correct_for(answers: list[list[str]]) -> None:
    assert krippendorffs_alpha(answers).value is None
    assert cohens_kappa([one[:2] for one in answers]).value is None


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=2, max_size=2), min_size=2, max_size=12))
def test_alpha_of_two_raters_is_scotts_pi_corrected_for_size(units: list[list[str]]) -> None:
    """With two raters and nothing missing, 1 − α = (1 − π)·(n − 1)/n, n = answers (Krippendorff 2011)."""
    answers = [answer for unit in units for answer in unit]
    chance = sum((answers.count(label) / len(answers)) ** 2 for label in "abc")
    found = krippendorffs_alpha(units).value
    if chance == 1:
        assert found is None
        return
    observed = sum(one == other for one, other in units) / len(units)
    pi = (observed - chance) / (1 - chance)
    n = len(answers)
    assert found == pytest.approx(1 - (1 - pi) * (n - 1) / n)
