"""A real run, and candidates made from it by planting results in its rows."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cases.card import Card
from tests.validation import synthetic
from validation import run
from validation.comparison import Diff, compare
from validation.gate import Rules, Verdict, judge
from validation.gate.rules import Continuous
from validation.gate.verdict import GateFinding, Status
from validation.results import Run
from validation.store.files import sha256

NETWORK = synthetic.network(8, 16, seed=11)
TODAY = date(2026, 11, 23)
QUICK = Rules(continuous=Continuous(flips=199))
OTHER = "0" * 63 + "1"
"""A digest of no model."""

Changes = Mapping[str, Mapping[str, Any]]


def played(cards: list[Card], folder: str = "") -> Run:
    """The cards replayed for real."""
    return run(NETWORK, cards, runs=Path(folder or mkdtemp(prefix="gate-")), workers=1)


@cache
def base_run(n: int = 160) -> Run:
    """A real run of so many cases."""
    return played(synthetic.cards(NETWORK, n, seed=4))


def planted(base: Run, changes: Changes) -> Run:
    """``base`` with other results in some rows, as another model's run."""
    candidate = copy.copy(base)
    candidate.__dict__["rows"] = {name: {**row, **changes.get(name, {})} for name, row in base.rows.items()}
    plan = base.manifest.plan
    other = plan.model_copy(update={"network": plan.network.model_copy(update={"digest": OTHER}), "key": "0" * 16})
    results = sha256(repr(sorted(changes.items())).encode()) if changes else base.manifest.results_sha256
    candidate.manifest = base.manifest.model_copy(update={"plan": other, "results_sha256": results})
    return candidate


def diff_of(changes: Changes, base: Run | None = None, of_base: Changes | None = None) -> Diff:
    """The real run against itself with planted results, on either side."""
    base = base or base_run()
    before = planted(base, of_base) if of_base is not None else base
    return compare(before, planted(base, changes))


def verdict(diff: Diff, rules: Rules = QUICK, **more: Any) -> Verdict:
    """Judged on a fixed day."""
    return judge(diff, rules, today=TODAY, **more)


def found(verdict: Verdict, rule: str, *statuses: Status) -> list[GateFinding]:
    """The findings of one rule, of these statuses if any are named."""
    return [one for one in verdict.findings if one.rule == rule and (not statuses or one.status in statuses)]


RIGHT: Mapping[str, Any] = {"rank": 1, "rank_right": 1}
WRONG: Mapping[str, Any] = {"rank": 2, "rank_right": 2}


def of_rank(ranks: Mapping[str, bool]) -> dict[str, Mapping[str, Any]]:
    """Case id to whether it is right, as planted results."""
    return {name: RIGHT if is_right else WRONG for name, is_right in ranks.items()}
