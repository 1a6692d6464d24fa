"""The tests of the gate: pure functions over counts and arrays, none of which knows a case or a file.

==============  ==========================================================================
mcnemar         the exact one-sided test on the cases whose outcome changed
tango           the score interval of a paired difference of proportions
permutation     means of clustered differences: signs flipped, whole clusters together
multiplicity    many tests at once: Benjamini-Hochberg to flag, Holm to block
detectable      the smallest drop that a case set of this size can be expected to show
libraries       scipy and statsmodels, imported when first needed
==============  ==========================================================================
"""
