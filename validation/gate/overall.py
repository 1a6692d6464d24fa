"""G3: is the candidate worse over all?

Two questions, because "not shown to be worse" is not "shown to be not worse":

harm            McNemar's exact one-sided test at α.  Significant harm FAILS, however small it is: the
                margin is what chance may hide, not what may be given away.
non-inferiority the lower bound of the paired difference (Tango's score interval, one-sided at the same α)
                lies above −δ: PASS.
neither         INCONCLUSIVE: a person decides, told the smallest change that this case set can show.

Cases of one family break together.  Where there are families, harm must also be significant when the
signs of whole families are flipped; with families of one case this is McNemar's test again.  The
interval and the smallest detectable drop take cases as independent.

Of several outcomes any one may show harm, so they share α; all must be shown not worse to pass, so each
interval has the whole of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .evidence import Bools, Ints
from .rules import Outcome, Overall
from .statistics import mcnemar, tango
from .statistics.detectable import detectable_drop
from .statistics.permutation import sign_flip
from .verdict import GateFinding, OverallResult, Status
from .wording import chance, plural, points, share

UNSURE = np.array([Status.INCONCLUSIVE, Status.PASS, Status.FAIL])


def statuses(p_harm: NDArray[np.float64], low: NDArray[np.float64], alpha: float, margin: float) -> NDArray[np.str_]:
    """PASS, FAIL or INCONCLUSIVE for each pair of a p and a lower bound; arrays of one shape."""
    found: NDArray[np.str_] = UNSURE[np.where(p_harm <= alpha, 2, np.where(low > -margin, 1, 0))]
    return found


def overall(before: Bools, after: Bools, families: Ints, rules: Overall, outcome: Outcome) -> OverallResult:
    """One outcome of at least one case.

    Parameters
    ----------
    before, after : (N,) right with the base, right with the candidate
    families : (N,) labels of cases that move together
    """
    n = len(before)
    broken, fixed = int((before & ~after).sum()), int((after & ~before).sum())
    alpha = rules.alpha / len(rules.outcomes)
    p_harm = float(mcnemar.harm(broken, fixed))
    net = np.bincount(families, weights=before.astype(float) - after).astype(np.float64)
    if np.bincount(families[before != after], minlength=1).max(initial=0) > 1:
        p_harm = max(p_harm, sign_flip(net))
    low, high = (float(bound) for bound in tango.interval(fixed, broken, n, rules.alpha))
    return OverallResult(
        outcome=outcome,
        n=n,
        right_base=int(before.sum()),
        right_candidate=int(after.sum()),
        broken=broken,
        fixed=fixed,
        difference=(fixed - broken) / n,
        low=low,
        high=high,
        p_harm=p_harm,
        alpha=alpha,
        margin=rules.margin,
        detectable=detectable_drop(n, (broken + fixed) / n, alpha),
        status=Status(str(statuses(np.array(p_harm), np.array(low), alpha, rules.margin))),
    )


def no_difference(result: OverallResult, same_model: bool) -> GateFinding:
    """For two runs that are equal to the last bit: there is nothing to infer from."""
    words = (
        "The candidate is the base."
        if same_model
        else f"No result moved by a single bit: none of these {plural(result.n, 'case')} sees what was edited. "
        "If the edit was meant to do something, a case for it is missing."
    )
    return GateFinding("G3", Status.PASS, "no difference", words)


def finding(result: OverallResult) -> GateFinding:
    """One outcome in words."""
    changed = (
        f"Right (where {Outcome(result.outcome).words}): {share(result.right_base, result.n)} before, "
        f"{share(result.right_candidate, result.n)} now; {result.broken} broken, {result.fixed} fixed. "
    )
    interval = (
        f"Change {points(result.difference)}; on other cases of this kind it may be anything from "
        f"{points(result.low)} to {points(result.high)}. "
    )
    margin = f"{100 * result.margin:g} points"
    if result.status is Status.FAIL:
        words = changed + interval + f"More broke than chance would break: {chance(result.p_harm)}."
        next_step = "look at the broken cases; `clinval diff … --blame` names the edits that did it"
        return GateFinding("G3", Status.FAIL, "worse over all", words, next_step)
    if result.status is Status.PASS:
        words = changed + interval + f"A drop of {margin} or more is ruled out."
        return GateFinding("G3", Status.PASS, "not worse over all", words)
    words = changed + interval + (
        f"A drop of {margin} is not ruled out, and harm is not shown: what broke {chance(result.p_harm)}. "
        + smallest(result)
    )  # fmt: skip
    next_step = "a person looks at the changed cases and decides; more cases make the next verdict surer"
    return GateFinding("G3", Status.INCONCLUSIVE, "cannot tell", words, next_step)


def smallest(result: OverallResult) -> str:
    """What this case set can show, as a sentence."""
    cases = f"These {plural(result.n, 'case')}"
    if result.detectable is None:
        return f"{cases} are too few to show any drop at all."
    drop = f"{100 * result.detectable:.1f} points"
    return f"{cases} show a drop of {drop} four times in five; a smaller one often goes unseen."
