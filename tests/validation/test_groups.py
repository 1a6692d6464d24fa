"""Figures by group of cases, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cases.case_set import CaseSet
from tests.validation import synthetic
from validation import run
from validation.executors.local import LocalExecutor
from validation.groups import By, as_records, by_group, group_lines


def test_groups_add_up_to_the_run(tmp_path: Path) -> None:
    network = synthetic.network(6, 12)
    marked = tuple(
        replace(condition, specialty="lungs" if place < 3 else "") for place, condition in enumerate(network.conditions)
    )
    network = replace(network, conditions=marked)
    cards = synthetic.cards(network, 30)
    done = run(network, CaseSet(tuple(cards), name="c"), executor=LocalExecutor(1), runs=tmp_path)
    groups = by_group(done, By.SPECIALTY)
    lungs = {condition.id for condition in marked[:3]}
    assert [group.group for group in groups] == ["lungs", "not said"]
    assert groups[0].n == sum(card.expected.condition in lungs for card in cards)
    for group in groups:
        assert group.top_1 + group.knowledge + group.policy + group.stopping == pytest.approx(1.0)
        assert group.low <= group.top_1 <= group.high
    frame = done.to_pandas()
    right = sum(round(group.top_1 * group.n) for group in groups)
    assert right == (frame["rank_right"] == 1).sum()
    assert sum(group.n for group in by_group(done, By.CONDITION)) == 30
    text = group_lines(groups)
    assert text[1].startswith("lungs")
    assert len({len(line.removesuffix("  too few")) for line in text}) == 1
    assert as_records(groups)[0]["group"] == "lungs"
