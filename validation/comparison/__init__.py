"""Two runs paired case by case: what changed in the inputs, what changed in the results, and where.

    from validation.comparison import compare

    diff = compare(Run.open(base), Run.open(candidate))
    diff                          # the summary
    diff.to_pandas()              # one row a case
    diff.changed                  # what a person has to look at, the worst first

==============  ==========================================================================
words           what can happen to a case, each in a word that can be grepped
pairing         which case of one run is which of the other, by content
changes         what happened to one pair
inputs          what of the inputs changed, and what must be known to read the difference
diff            ``Diff``: all pairs, counts, and what of the inputs changed
divergence      where two interviews of a case part; weighing: both models' scores there
losses, figures what was lost to what, and every figure, before and after
summary         a comparison in a page; words_of_pair: one case in sentences
record          a diff on disk (record_shapes: what it holds); played: how a run was played
==============  ==========================================================================
"""

from .diff import Diff, compare
from .pairing import CasePair
from .words import Change, Event

__all__ = ["CasePair", "Change", "Diff", "Event", "compare"]
