"""The verdict of a diff under the rules: G0 to G5 in order.

**The whole gate errs at most α of the time.**  G1 and G2 are facts.  G3 is tested at α, but a test on whole
numbers spends less (:func:`.statistics.mcnemar.spent`); what it leaves is for all that was declared to
block beside it, the safety family and the declared measures, which Holm's procedure holds together.
Given which cases changed and by how much, and equal models, G3 rejects with probability ``spent`` and
the others together with α − ``spent`` at most: α in all.  G3's power is not touched, so that the
smallest detectable drop is what METRICS says; the others have a third of α or so, now more, now less, which
is why a few slices that matter are declared and not many.  Flags are not blocks and cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ..comparison import Diff
from .continuous import measure_findings, measures
from .evidence import clusters, right
from .integrity import SelfReplay, integrity
from .known_failures import KnownFailures
from .never_events import Waived, never_events
from .overall import finding, no_difference, overall
from .ratchet import ratchet
from .rules import ClusterBy, Rules
from .slices import SAFETY, slice_findings, slices
from .statistics.mcnemar import spent
from .statistics.multiplicity import blocking
from .verdict import GateFinding, MeasureResult, OverallResult, SliceResult, Status, Verdict
from .withdrawn import Withdrawn, withdrawn_findings

OUT_OF_SIGHT = "never-event-out-of-sight"
"""In the counts of a verdict: new never-events in cases that the candidate edited or took out."""
ORDER = (Status.INCOMPLETE, Status.FAIL, Status.INCONCLUSIVE, Status.FLAG, Status.PASS, Status.NOTE)


def judge(
    diff: Diff,
    rules: Rules,
    *,
    today: date,
    aa: SelfReplay | None = None,
    known: KnownFailures | None = None,
    known_before: KnownFailures | None = None,
    withdrawn: Withdrawn | None = None,
    also: Sequence[GateFinding] = (),
) -> Verdict:
    """May the candidate replace the base?

    Parameters
    ----------
    diff : base and candidate on one case set; ``clinval check`` replays the base model on the candidate's
    today : decides which waivers and known failures have expired
    aa : what came of playing some of the candidate's cases a second time (:func:`.integrity.aa_replay`);
        None: that was not done, and the verdict says so
    known, known_before : the candidate's list of known failures, and the base's
    withdrawn : the cases that the candidate edited or took out, as the base has them; None: not known
    also : what the two runs cannot know, say that the rules themselves changed
    """
    findings = [*integrity(diff, rules.integrity, aa), *also]
    accepted: list[Waived] = []
    if withdrawn is not None:
        told, accepted = withdrawn_findings(withdrawn, diff.candidate.cards, rules, today)
        findings += told
    out_of_sight = [case for found in findings if found.rule == "G1" for case in found.cases]
    results: list[OverallResult] = []
    parts: list[SliceResult] = []
    means: list[MeasureResult] = []
    if diff.comparable:
        findings += never_events(diff, rules.waivers, today, accepted, is_clean=not out_of_sight)
        findings += ratchet(diff, known, known_before, rules.ratchet.block_new_failures, today)
        results, nothing_moved = _overall(diff, rules)
        if nothing_moved:
            findings.append(no_difference(results[0], same_model=not any(part.is_changed for part in diff.inputs)))
        else:
            findings += [finding(result) for result in results]
        before, after = right(diff.comparable, rules.overall.outcomes[0])
        parts = slices(diff, before, after, rules)
        means = measures(diff, rules.continuous, rules.slices.q)
        parts, means = judged_together(parts, means, rules, left_of_alpha(results, rules))
        findings += slice_findings(parts, rules.slices.q) + measure_findings(means)
    counts = {str(change): count for change, count in diff.counts.items()}
    counts |= {str(event): count for event, count in diff.event_counts.items()}
    return Verdict(
        status=status_of(findings),
        findings=tuple(sorted(findings, key=lambda one: (one.rule, ORDER.index(one.status)))),
        overall=tuple(results),
        slices=tuple(parts),
        measures=tuple(means),
        counts={**counts, OUT_OF_SIGHT: len(out_of_sight), "comparable": len(diff.comparable)},
        rules_digest=rules.digest,
        inconclusive_passes=rules.overall.inconclusive_passes,
    )


def status_of(findings: Sequence[GateFinding]) -> Status:
    """INCOMPLETE beats all: what is missing might have failed.  Then what blocks, then what cannot be told."""
    statuses = {found.status for found in findings}
    return next((one for one in (Status.INCOMPLETE, Status.FAIL, Status.INCONCLUSIVE) if one in statuses), Status.PASS)


def _overall(diff: Diff, rules: Rules) -> tuple[list[OverallResult], bool]:
    """One result an outcome, and whether the two runs are equal to the last bit, in which case all pass."""
    families, _by = clusters([pair.card for pair in diff.comparable], ClusterBy.FAMILY)
    results = [
        overall(*right(diff.comparable, outcome), families, rules.overall, outcome)
        for outcome in rules.overall.outcomes
    ]
    nothing_moved = diff.is_empty and len(diff.comparable) == len(diff.pairs)
    return [replace(one, status=Status.PASS) if nothing_moved else one for one in results], nothing_moved


def left_of_alpha(results: Sequence[OverallResult], rules: Rules) -> float:
    """What the tests of G3 leave of α for the others that block."""
    used = sum(float(spent(result.broken + result.fixed, result.alpha)) for result in results)
    return max(0.0, rules.overall.alpha - used)


def judged_together(
    parts: Sequence[SliceResult], means: Sequence[MeasureResult], rules: Rules, alpha: float
) -> tuple[list[SliceResult], list[MeasureResult]]:
    """All that was declared to block, as one family by Holm's procedure at ``alpha``."""
    family: list[SliceResult | MeasureResult] = [
        part for part in parts if part.kind == SAFETY and part.p_harm is not None
    ]
    family += [mean for mean in means if mean.measure in rules.continuous.blocking and mean.p_harm is not None]
    rejected = blocking([one.p_harm if one.p_harm is not None else 1.0 for one in family], alpha)
    # By identity: two slices of the same cases are equal.
    failed = {id(one) for one, is_rejected in zip(family, rejected, strict=True) if is_rejected}
    return (
        [replace(part, status=Status.FAIL) if id(part) in failed else part for part in parts],
        [replace(mean, status=Status.FAIL) if id(mean) in failed else mean for mean in means],
    )
