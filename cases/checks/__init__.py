"""What is wrong with cases once they have been read: lines 69 to 89 of the bad-input catalogue.

words.py      findings, risk factors and conditions against the network's vocabulary
patient.py    pregnancy, age and sex limits
texts.py      the diagnosis named, patients identified (whose text is never echoed)
alike.py      duplicates, near duplicates, conflicts, training cases among the test cases
edits.py      signed-off cases that were changed without a new version
report.py     :func:`check_cases`, which runs them all
"""

from .alike import check_leakage
from .edits import check_edits
from .report import CheckReport, check_cases
from .words import resolve_words

__all__ = ["CheckReport", "check_cases", "check_edits", "check_leakage", "resolve_words"]
