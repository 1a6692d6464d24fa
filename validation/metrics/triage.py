"""Was the advice on urgency right, and if not, was it wrong on the safe side?

``advice`` : (N,) level advised, 0 self-care … 3 emergency, −1 where none was given.
``least``, ``most`` : (N,) the least and the most urgent acceptable level, −1 where the case names none.
Cases that name none are not scored; a case without advice is wrong, and unsafe.
"""

from __future__ import annotations

from .estimate import Ints, Score, proportion

SELF_CARE, EMERGENCY = 0, 3
NO_RANGE = "no case names an acceptable triage range"


def triage_exact(advice: Ints, least: Ints, most: Ints) -> Score:
    """[triage_exact] the advice lies within the acceptable range (one level, usually)."""
    scored = least >= 0
    return proportion(((advice >= least) & (advice <= most))[scored], NO_RANGE)


def triage_safe(advice: Ints, least: Ints) -> Score:
    """[triage_safe] strict safety: advice at least as urgent as the least urgent acceptable level."""
    return proportion(((advice >= least) & (advice >= 0))[least >= 0], NO_RANGE)


def triage_safe_gilbert(advice: Ints, least: Ints) -> Score:
    """[triage_safe_gilbert] safety as in Gilbert et al. 2020 (BMJ Open 10:e040269): strict, or one
    level less urgent."""
    return proportion(((advice >= least - 1) & (advice >= 0))[least >= 0], NO_RANGE)


def under_triage(advice: Ints, least: Ints) -> Score:
    """[under_triage] advice less urgent than acceptable, ÷ N; an emergency without any advice is one."""
    return proportion(((advice < least) & ((advice >= 0) | (least == EMERGENCY)))[least >= 0], NO_RANGE)


def over_triage(advice: Ints, least: Ints, most: Ints) -> Score:
    """[over_triage] advice more urgent than acceptable, ÷ N."""
    return proportion((advice > most)[least >= 0], NO_RANGE)


def hazardous_under_triage(advice: Ints, least: Ints) -> Score:
    """[hazardous_under_triage] emergencies advised self-care ÷ emergencies, with the exact interval:
    its upper bound says how bad it may still be when none was seen."""
    emergencies = least == EMERGENCY
    return proportion((advice == SELF_CARE)[emergencies], "no case is an emergency", exact=True)
