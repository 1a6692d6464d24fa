"""The main figures of a run by group of cases: specialty, condition, author, or whatever a card says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from cases.card import Card

from .metrics.estimate import wilson
from .results import Row, Run

TOO_FEW = 10
"""Cases below which a group's figures say little."""


class By(StrEnum):
    """What cases are grouped by."""

    SPECIALTY = "specialty"
    """Of the card; where it names none, of the expected condition."""
    CONDITION = "condition"
    AUTHOR = "author"
    SEX = "sex"


@dataclass(frozen=True, slots=True)
class GroupScore:
    """How one group came out; shares of its n cases."""

    group: str
    n: int
    full_top_1: float
    """Right on the full evidence."""
    top_1: float
    """Right at the end of the interview."""
    low: float
    high: float
    """Wilson's interval of ``top_1``."""
    top_3: float
    knowledge: float
    policy: float
    stopping: float
    """The three shares of the loss; with ``top_1`` they sum to 1."""
    unsafe: int
    """Cases with a never-event."""


def by_group(run: Run, by: By) -> list[GroupScore]:
    """One entry a group, in the order of their names."""
    names = group_names(run, by)
    groups: dict[str, list[Row]] = {}
    for case_id, row in run.rows.items():
        groups.setdefault(names[case_id], []).append(row)
    return [_score(name, groups[name]) for name in sorted(groups)]


def group_names(run: Run, by: By) -> dict[str, str]:
    """Case id to the name of its group, of all cases of the run, played or not."""
    specialty = {condition.id: condition.specialty for condition in run.vocabulary.conditions}

    def name(card: Card) -> str:
        expected = card.expected.condition
        return {
            By.SPECIALTY: card.specialty or specialty.get(expected, ""),
            By.CONDITION: expected,
            By.AUTHOR: card.author,
            By.SEX: card.patient.sex or "",
        }[by]

    return {case_id: name(card) or "not said" for case_id, card in run.cards.items()}


def _score(name: str, rows: Sequence[Row]) -> GroupScore:
    n = len(rows)
    right = sum(row["rank_right"] == 1 for row in rows)

    def share(true: Sequence[bool]) -> float:
        return sum(true) / n

    low, high = wilson(right, n)
    return GroupScore(
        group=name,
        n=n,
        full_top_1=share([row["full_rank_right"] == 1 for row in rows]),
        top_1=right / n,
        low=low,
        high=high,
        top_3=share([1 <= row["rank_right"] <= 3 for row in rows]),
        knowledge=share([row["loss"] == "knowledge" for row in rows]),
        policy=share([row["loss"] == "policy" for row in rows]),
        stopping=share([row["loss"] == "stopping" for row in rows]),
        unsafe=sum(bool(row["never_events"]) for row in rows),
    )


def group_lines(scores: Sequence[GroupScore]) -> list[str]:
    """The groups as aligned lines of text, a heading first."""
    width = max([len(score.group) for score in scores] + [5])
    lines = [f"{'':{width}}     n  full top 1   top 1 [95 %]        top 3   knowledge  policy  stopping  unsafe"]
    for score in scores:
        few = "  too few" if score.n < TOO_FEW else ""
        lines.append(
            f"{score.group:{width}} {score.n:5}  {score.full_top_1:10.1%}  {score.top_1:6.1%} "
            f"[{score.low:4.0%}, {score.high:4.0%}]  {score.top_3:6.1%}  {score.knowledge:9.1%}  {score.policy:6.1%}  "
            f"{score.stopping:8.1%}  {score.unsafe:6}{few}"
        )
    return lines


def as_records(scores: Sequence[GroupScore]) -> list[dict[str, Any]]:
    """The groups for JSON."""
    return [asdict(score) for score in scores]
