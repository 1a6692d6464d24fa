"""Which edited parameters changed a case: each edit of a candidate applied alone and reverted alone, the
case replayed, and the movement shared out.

    from validation.attribution import attribute, edits

    edits(base, candidate)                      # every difference of meaning, in an author's words
    found = attribute(base, candidate, cards)   # the cases that changed
    found.by_edit                               # "appendicitis.nausea .70→.35 broke 4 cases, fixed 1"
    found.by_case["appendicitis-014"]           # its edits, by how far they move it

==============  ==========================================================================
parts           a candidate taken apart into the smallest parts that can differ
bundles         which changed parts make up one edit
variant         the base with any set of edits applied
words, numbers  what an edit is called, as the model's files have it
edits           ``Edit``: the list of them
groups          a refit's thousands of edits as few
relevance       edits that provably cannot touch a case
replays         cases replayed under variants, on all processors
shapley         a movement shared out among edits
attribute       all of that for the cases that changed; blame: of a diff, within a minute
credit          what an edit is charged with over all cases
record          ``Attribution``, ``CaseAttribution``, ``Effect``, ``EditSummary``
model_diff      only the rows of a model that changed
lines           short lines for terminals and Markdown
==============  ==========================================================================
"""

from .attribute import attribute
from .blame import blame
from .edits import Edit, edits, with_edits
from .lines import blame_lines, case_lines, summary_line
from .model_diff import ChangedRow, changed_rows
from .record import Attribution, CaseAttribution, EditSummary, Effect

__all__ = [
    "Attribution",
    "CaseAttribution",
    "ChangedRow",
    "Edit",
    "EditSummary",
    "Effect",
    "attribute",
    "blame",
    "blame_lines",
    "case_lines",
    "changed_rows",
    "edits",
    "summary_line",
    "with_edits",
]
