"""An uploaded file on its way to becoming cases: checked row by row, mended cell by cell, handed back annotated.

No web in it and no clock: the same bytes, network and confirmations give the same answer.

    intake = check_upload(data, "cases.xlsx", network, known_cases=library)
    for row in intake.waiting: …            # what is wrong, in which cell, with the words to take instead
    intake = apply_fix(intake, 4, fix)      # one of a problem's ``fixes``
    file = annotated(intake)                # the rows with a column "clinval says"
    cards = intake.ready_cards              # good rows need not wait for the others

shapes.py      what the rest talks about
sources.py     bytes to rows, the format told by ending and content
columns.py     from a problem to the cell that it is about
fixes.py       what can be put there instead
check.py       the checks of each row
beside.py      the checks of all rows beside each other and the known cases
ids.py         what the id of a case may look like, here and in the desk
partial.py     what can be said of a row that is no card yet
annotate.py    the file to hand back
"""

from .annotate import annotated
from .check import apply_fix, apply_fixes, check_upload, edit_cell, override, resume
from .shapes import Confirmed, Edit, Fix, Intake, Row, RowProblem, State, Statistics

__all__ = [
    "Confirmed",
    "Edit",
    "Fix",
    "Intake",
    "Row",
    "RowProblem",
    "State",
    "Statistics",
    "annotated",
    "apply_fix",
    "apply_fixes",
    "check_upload",
    "edit_cell",
    "override",
    "resume",
]
