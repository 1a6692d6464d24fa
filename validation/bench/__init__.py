"""`make bench`: our engines beside pgmpy and pyAgrum, pair by pair, in one run.

Seconds mean little on a shared machine; the ratios, taken in turn on the same inputs, do.
"""
