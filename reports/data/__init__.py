"""The one data object that every report is made of.

    from reports.data import report_data, run_data

    report_data(diff, verdict=…, provenance=…)     # two models
    run_data(run)                                  # one

==============  ==========================================================================
shapes          ``ReportData``: verdict, provenance, counts, figures, cases
case_shapes     one case: vignette, interviews, parting, effects
figure_shapes   many cases: figures, calibration, curves, loss shares
build           from a diff or a run to ``ReportData``
provenance      what the sides are called, and what has to be known of their runs
from_cases      single cases, with ``parting`` where two interviews part
from_gate       the verdict; ``from_attribution`` the edits and the changed rows of the model
from_runs       many cases; ``figures`` with their differences and ``significance``
words           what happened, in sentences
serial          as JSON and back
saved           of a run or a diff on disk
==============  ==========================================================================
"""

from .build import report_data, run_data
from .provenance import Origin, Provenance
from .serial import from_json, to_json
from .shapes import ReportData

__all__ = ["Origin", "Provenance", "ReportData", "from_json", "report_data", "run_data", "to_json"]
