"""What a candidate network lost since its baseline."""

from __future__ import annotations

from ..errors import Problem
from .network import Network
from .report import nearest


def removed_conditions(base: Network, candidate: Network) -> list[Problem]:
    """A rejecting problem for every condition of ``base`` that ``candidate`` does not have.

    Cases that expect it could only fail, which would look like a regression of the model; and a
    condition that nobody meant to remove is the worst regression of all.
    """
    new = [condition.id for condition in candidate.conditions if condition.id not in base.condition_index]
    return [
        Problem(
            "E-CONDITION-REMOVED",
            f"{candidate.name} › conditions",
            f"no {condition.id!r}, which {base.name} has",
            "every condition of the baseline",
            nearest(condition.id, new),
            "put it back, or compare with a baseline that never had it",
            catalogue=38,
        )
        for condition in base.conditions
        if condition.id not in candidate.condition_index
    ]
