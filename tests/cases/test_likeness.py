"""Near duplicates against the definition, and at the size of a full library."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import Card, CaseSet
from cases.checks import check_cases
from cases.likeness import jaccard_matrix, near_duplicate_groups, near_duplicates
from tests.cases.counting import counted

SETS = st.lists(st.frozensets(st.integers(0, 8)), min_size=1, max_size=12)


@given(sets=SETS)
def test_jaccard_is_intersection_over_union(sets: list[frozenset[object]]) -> None:
    matrix = jaccard_matrix(sets)
    for (i, a), (j, b) in combinations(enumerate(sets), 2):
        assert matrix[i, j] == matrix[j, i] == pytest.approx(len(a & b) / len(a | b) if a | b else 0.0)


_CARDS = st.lists(
    st.builds(
        lambda number, names, age, sex, condition: Card.model_validate(
            {
                "id": f"case-{number}",
                "author": "JD",
                "patient": {"age": age, "sex": sex},
                "findings": dict.fromkeys(names, "present"),
                "expected": {"condition": condition},
            }
        ),
        st.integers(0, 99),
        st.lists(st.sampled_from("abcdef"), min_size=3, max_size=6, unique=True),
        st.sampled_from([3, 20, 24, 29, 60]),
        st.sampled_from(["female", "male", None]),
        st.sampled_from(["x", "y"]),
    ),
    max_size=20,
)


@given(cards=_CARDS)
def test_groups_are_the_connected_components_of_the_pairs(cards: list[Card]) -> None:
    reach = np.eye(len(cards), dtype=bool)
    for pair in near_duplicates(cards):
        reach[pair.first, pair.second] = reach[pair.second, pair.first] = True
    for _ in range(5):
        reach = reach @ reach
    components = {tuple(np.flatnonzero(row)) for row in reach if row.sum() > 1}
    assert [tuple(group) for group in near_duplicate_groups(cards, range(len(cards)))] == sorted(components)


@given(cards=_CARDS)
def test_pairs_do_not_depend_on_the_blocks(cards: list[Card]) -> None:
    whole = near_duplicates(cards)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cases.likeness._BLOCK", 3)
        assert near_duplicates(cards) == whole


def _copies(n_cases: int) -> list[Card]:
    (card,) = _many_cards(1, 1)
    patient = card.patient
    return [
        card.model_copy(update={"id": f"c{n}", "patient": patient.model_copy(update={"age": 40 + n / 10_000})})
        for n in range(n_cases)
    ]


def test_thousands_of_copies_are_one_group_and_no_millions_of_pairs() -> None:
    few, many = _copies(500), _copies(4_000)
    near_duplicate_groups(few, range(500))  # What is prepared once.
    _, little = counted(lambda: near_duplicate_groups(few, range(500)))
    (group,), much = counted(lambda: near_duplicate_groups(many, range(4_000)))
    assert len(group) == 4_000
    assert much < 16 * little  # Of the pairs there are 64 times as many.


def _many_cards(n_cases: int, n_conditions: int) -> list[Card]:
    rng = np.random.default_rng(7)
    words = [f"word{number}" for number in range(400)]
    cards = []
    for number in range(n_cases):
        names = rng.choice(500, size=12, replace=False)
        cards.append(
            Card.model_validate(
                {
                    "id": f"case-{number}",
                    "author": "JD",
                    "patient": {"age": int(rng.integers(90)), "sex": "female"},
                    "complaint": " ".join(words[k] for k in rng.integers(400, size=15)),
                    "findings": {f"finding-{k}": "present" if k % 2 else "absent" for k in names},
                    "expected": {"condition": f"condition-{number % n_conditions}"},
                }
            )
        )
    return cards


def test_one_near_duplicate_among_five_thousand_cases() -> None:
    cards = _many_cards(5000, 40)
    edited = cards[17].model_copy(update={"id": "edited", "author": "KL", "findings": {**cards[17].findings}})
    findings = dict(edited.findings)
    findings.pop(next(iter(findings)))
    edited = edited.model_copy(update={"findings": findings})
    few = CaseSet(tuple(cards[:1250]))
    check_cases(few)  # What is prepared once.
    _, little = counted(lambda: check_cases(few))
    report, much = counted(lambda: check_cases(CaseSet((*cards, edited))))
    assert much <= 4.5 * little
    found = [problem for problem in report.problems if problem.code == "W-NEAR-DUPLICATE"]
    assert [(problem.where, "'case-17'" in problem.found) for problem in found] == [("case edited", True)]


def test_the_figures_of_a_pair() -> None:
    cards = _many_cards(3, 1)
    (pair,) = near_duplicates([cards[0], cards[1], cards[0].model_copy(update={"id": "again"})])
    assert pair == (0, 2, 1.0, 100.0)
