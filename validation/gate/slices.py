"""G4: is the candidate worse for some patients?  Slices are flagged; only a pre-declared family blocks.

Many slices are tested, so some look bad by chance: Benjamini and Hochberg's procedure keeps the share of
false alarms among the flagged ones at q.  The safety family is few, and named before anybody saw the
results: it blocks by Holm's procedure, at what the overall test leaves of α (:mod:`.judge`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..comparison import Diff
from .evidence import Bools, Ints, in_safety_slice, slices_of
from .rules import Rules
from .statistics import mcnemar, tango
from .statistics.multiplicity import flagged
from .verdict import GateFinding, SliceResult, Status
from .wording import chance, plural, points, share

SAFETY = "safety"


def slice_results(
    before: Bools, after: Bools, members: Mapping[tuple[str, str], Ints], fewest: int
) -> list[SliceResult]:
    """One result a slice, in order, not yet judged: PASS, or NOTE where it has too few cases.

    Parameters
    ----------
    before, after : (N,) right with the base, right with the candidate
    members : (kind, name) to the positions of its cases
    fewest : cases that a test needs
    """
    positions = list(members.values())
    n = np.array([len(places) for places in positions], np.int64)
    broken, fixed = (
        np.array([int((one[places] & ~other[places]).sum()) for places in positions], np.int64)
        for one, other in ((before, after), (after, before))
    )
    p = mcnemar.harm(broken, fixed)
    bounds = tango.interval(fixed, broken, np.maximum(n, 1))
    return [
        SliceResult(
            kind=kind,
            name=name,
            n=int(n[row]),
            right_base=int(before[places].sum()),
            right_candidate=int(after[places].sum()),
            broken=int(broken[row]),
            fixed=int(fixed[row]),
            difference=float(fixed[row] - broken[row]) / max(int(n[row]), 1),
            low=float(bounds.low[row]),
            high=float(bounds.high[row]),
            p_harm=float(p[row]) if n[row] >= fewest else None,
            status=Status.PASS if n[row] >= fewest else Status.NOTE,
        )
        for row, ((kind, name), places) in enumerate(members.items())
    ]


def slices(diff: Diff, before: Bools, after: Bools, rules: Rules) -> list[SliceResult]:
    """The safety family, not yet judged, then every slice, flagged or not; by kind, the most harm first."""
    family = {(SAFETY, name): in_safety_slice(diff, cases) for name, cases in rules.safety_family.items()}
    found = slice_results(before, after, family, rules.slices.fewest)
    usual = {(str(by), name): places for by in rules.slices.by for name, places in slices_of(diff, by).items()}
    results = slice_results(before, after, usual, rules.slices.fewest)
    tested = [row for row, result in enumerate(results) if result.p_harm is not None]
    alarms = flagged([results[row].p_harm or 0.0 for row in tested], rules.slices.q)
    for row, is_alarm in zip(tested, alarms, strict=True):
        if is_alarm:
            results[row] = replace(results[row], status=Status.FLAG)
    kinds = [str(by) for by in rules.slices.by]
    return found + sorted(results, key=lambda one: (kinds.index(one.kind), one.difference, one.name))


def slice_findings(results: Sequence[SliceResult], q: float) -> list[GateFinding]:
    """What G4 has to say once the safety family is judged."""
    family = [result for result in results if result.kind == SAFETY]
    findings = [_family_finding(result) for result in family]
    alarms = [result for result in results if result.status is Status.FLAG]
    if alarms:
        words = (
            f"{plural(len(alarms), 'group')} of patients came out worse than with the base. "
            f"Of groups flagged so, about {q:.0%} are false alarms."
        )
        findings.append(
            GateFinding(
                "G4", Status.FLAG, "groups that came out worse", words, "look at their broken cases",
                details=tuple(f"{result.kind} {result.name}: {line(result)}" for result in alarms),
            )
        )  # fmt: skip
    few = [result for result in results if result.status is Status.NOTE and result.kind != SAFETY]
    tested = len(results) - len(few) - len(family)
    if tested and not alarms:
        words = f"None of {plural(tested, 'group')} of patients is worse by more than chance explains."
        findings.append(GateFinding("G4", Status.PASS, "groups of patients", words))
    if few:
        kinds = ", ".join(
            f"{count} by {kind.replace('_', ' ')}" for kind, count in Counter(r.kind for r in few).items()
        )
        words = f"Too few cases in a group to say anything of it: {plural(len(few), 'group')} ({kinds})."
        findings.append(GateFinding("G4", Status.NOTE, "too few", words))
    return findings


def line(result: SliceResult) -> str:
    """One slice's figures."""
    return (
        f"{share(result.right_base, result.n)} → {share(result.right_candidate, result.n)}, {result.broken} broken, "
        f"{result.fixed} fixed, {points(result.difference)} ({points(result.low)} to {points(result.high)})"
        + (f"; {chance(result.p_harm)}" if result.p_harm is not None and result.broken > result.fixed else "")
    )


def _family_finding(result: SliceResult) -> GateFinding:
    title = f"safety: {result.name}"
    if result.p_harm is None:
        words = f"{plural(result.n, 'case')}: too few to test."
        return GateFinding("G4", Status.NOTE, title, words)
    next_step = "this group was declared to block: mend it, or take it up with the clinicians who own gate.toml"
    return GateFinding(
        "G4", result.status, title, line(result) + ".", next_step if result.status is Status.FAIL else ""
    )
