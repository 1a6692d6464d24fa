"""Every figure that a run is judged by: pure functions over arrays, one file a family.

=============  ==========================================================================
estimate       ``Estimate`` (a value with n and interval), ``NotScored``, Wilson, Clopper–Pearson
outcome        top-k, rank, differential precision/recall/F1, NDCG, must-not-miss recall, coverage
triage         exact, safety, under- and over-triage, hazardous under-triage
probability    log score, Brier, reliability curve, expected calibration error
questions      questions asked, evidence recall and precision, red-flag rate, efficiency curve
loss           where the loss is: knowledge, policy, stopping
ddxplus        the measures of the DDXPlus benchmark, by its own definitions
=============  ==========================================================================

N cases, C conditions, F findings.  A case that could not be answered is wrong and stays in N.
"""

from .estimate import Estimate, NotScored, Score

__all__ = ["Estimate", "NotScored", "Score"]
