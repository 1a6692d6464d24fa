"""Figures in pairs, lines for terminals, and the rows of a model that changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.network.expand import as_tabular
from model.network.network import TabularNetwork
from model.network.vocabulary import Link, Triage
from model.policy.config import Policy, StoppingConfig
from tests.validation import synthetic
from validation.attribution import Attribution, CaseAttribution, Effect, blame_lines, case_lines, changed_rows, edits
from validation.attribution.credit import by_edit
from validation.attribution.edits import with_edits
from validation.attribution.numbers import in_pair, probabilities
from validation.planning import Candidate

NETWORK = synthetic.network()
BASE = Candidate(NETWORK, Policy())


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (0.7, 0.35, (".70", ".35")),
        (0.01, 0.002, (".010", ".002")),
        (0.05, 0.2, (".05", ".20")),
        (0.5, 0.5000001, (".5000000", ".5000001")),
        (0.0, 0.25, ("0", ".25")),
        (1.0, 0.25, ("1", ".25")),
        (0.123456, 0.2, (".1235", ".2000")),
        (1e-7, 0.2, ("1e-07", ".2")),
        (0.0123, 0.0123, (".0123", ".0123")),
    ],
)
def test_two_probabilities_have_the_decimals_that_tell_them_apart(
    before: float, after: float, texts: tuple[str, str]
) -> None:
    assert probabilities(before, after) == texts


def test_other_figures_have_no_more_decimals_than_they_need() -> None:
    assert in_pair(1.5, 3.0) == ("1.5", "3.0")
    assert in_pair(2.0, 30.0) == ("2", "30")
    assert in_pair(-0.5, 2.0) == ("−.5", "2.0")


def _case(case_id: str, words: tuple[str, ...], *effects: Effect) -> CaseAttribution:
    return CaseAttribution(case_id, words, 0.75, 0.4, effects)


def attribution(*cases: CaseAttribution) -> Attribution:
    links = {name: Link((0.9, 0.1)) for name in list(NETWORK.conditions[0].links)[:2]}
    condition = replace(NETWORK.conditions[0], links={**NETWORK.conditions[0].links, **links})
    changed = Candidate(replace(NETWORK, conditions=(condition, *NETWORK.conditions[1:])), Policy())
    found = edits(BASE, changed)
    return Attribution(found, cases, by_edit(cases), len(found))


def test_lines_of_a_blame() -> None:
    alone = Effect(0, -0.35, -0.35, -0.35, ("broken",), ("broken",))
    cases = [_case(f"a-{number}", ("broken",), alone) for number in range(3)]
    cases.append(
        _case("a-3", ("broken", "must-not-miss-lost"), replace(alone, undoes=("broken", "must-not-miss-lost")))
    )
    cases.append(_case("b", ("fixed",), Effect(0, 0.3, 0.3, 0.3, ("fixed",), ("fixed",))))
    neither = (Effect(0, 0.0, 0.0, -0.1), Effect(1, 0.0, 0.0, -0.25))
    cases.append(_case("c", ("worse-rank",), *neither))
    found = attribution(*cases)
    first, second = (found.edits[index].words for index in (0, 1))
    assert list(blame_lines(found)) == [
        f"{first} broke 4 cases, fixed 1, 1 new never-event",
        f"{second} changed 1 case otherwise, together with others",
    ]
    assert found.by_edit[0].case_ids == ("a-3", "a-0", "a-1", "a-2", "b")
    assert (found.by_edit[0].broke, found.by_edit[0].fixed, found.by_edit[0].other) == (4, 1, 0)


def test_lines_of_a_case() -> None:
    effects = (
        Effect(0, -0.3, -0.31, -0.305, ("broken",), ("broken", "must-not-miss-lost")),
        Effect(1, 0.0, -0.004, -0.04, (), ("broken",)),
    )
    case = replace(_case("c-1", ("broken", "must-not-miss-lost"), *effects), n_others=4, others=-0.0051)
    found = attribution(case)
    assert list(case_lines(found, case)) == [
        "c-1  broken must-not-miss-lost  p .75→.40",
        f"  {found.edits[0].words}  −.30 of it, alone −.30, last −.31; without it none of this",
        f"  {found.edits[1].words}  −.04 of it, alone 0, last −.004; without it no broken",
        "  4 other edits together  −.01 of it",
    ]
    unshared = replace(case, effects=tuple(replace(effect, shapley=None) for effect in effects), others=None)
    assert list(case_lines(attribution(unshared), unshared, most=1)) == [
        "c-1  broken must-not-miss-lost  p .75→.40",
        f"  {found.edits[0].words}  alone −.30, last −.31; without it none of this",
        "  and 1 more",
    ]


def test_rows_of_a_model_that_changed_and_no_others() -> None:
    first, second, *others = NETWORK.conditions
    name = next(iter(first.links))
    candidate = Candidate(
        replace(
            NETWORK,
            conditions=(
                replace(
                    first, links={**first.links, name: Link((0.85, 0.15))}, triage=Triage.EMERGENCY, name="New name"
                ),
                *others,
            ),
        ),
        Policy(stopping=StoppingConfig(max_questions=10)),
    )
    rows = changed_rows(BASE, candidate)
    was = first.links[name].probabilities[1]
    told = [(row.group, row.kind, row.what, row.before, row.after, row.file) for row in rows if row.group != "c01"]
    assert told == [
        ("c00", "link", f"c00.{name}", f"{was:.2f}"[1:], ".15", "conditions/c00.toml"),
        ("c00", "triage", "c00 triage", "self_care", "emergency", "conditions/c00.toml"),
        ("policy", "policy", "policy.max_questions", "30", "10", "policy.toml"),
        ("wording", "wording", "name of c00", "Condition 0", "New name", ""),
    ]
    removed = [row for row in rows if row.group == "c01"]
    assert {row.what for row in removed} >= {"condition c01", *(f"c01.{link}" for link in second.links)}
    assert all(row.before and not row.after for row in removed if row.kind in ("condition", "link", "prevalence"))
    assert changed_rows(BASE, BASE) == ()


def test_tables_are_edited_one_by_one_and_new_parents_as_a_whole() -> None:
    tabular = as_tabular(synthetic.network(2, 3))
    assert isinstance(tabular, TabularNetwork)
    place = next(i for i, variable in enumerate(tabular.variables) if variable.parents and len(variable.states) == 2)
    variable = tabular.variables[place]
    table = variable.table.copy()
    table[..., -1] = 0.5
    variables = list(tabular.variables)
    variables[place] = replace(variable, table=table)
    base = Candidate(tabular, Policy())
    candidate = Candidate(replace(tabular, variables=tuple(variables)), Policy())
    (edit,) = edits(base, candidate)
    assert (edit.kind, edit.path) == ("table", f"table of {variable.name}")
    assert edit.words.startswith(f"table of {variable.name} P({variable.states[0]} | ")
    assert with_edits(base, candidate, [edit]).network.digest == candidate.network.digest
    orphan = replace(variable, parents=(), table=table.reshape(2, -1)[:, 0])
    variables[place] = orphan
    joints = edits(base, Candidate(replace(tabular, variables=tuple(variables)), Policy()))
    assert [each.words for each in joints] == ["variables and roles changed"]
