"""The one data object that every report is made of.

==============  ==========================================================================
shapes          ``ReportData``: verdict, provenance, counts, figures, cases
case_shapes     one case: vignette, interviews, parting, effects
figure_shapes   many cases: figures, calibration, curves, loss shares
==============  ==========================================================================
"""

from .shapes import ReportData

__all__ = ["ReportData"]
