"""Charts as Vega-Lite specifications: functions from plain rows to a dict, made with Altair.

A page draws them with the bundle of :func:`javascript_bundle`, or has them drawn here by :func:`to_svg`.
Either way the colours are CSS variables of the page (``theme``), so that one drawing serves a light page,
a dark one and paper.  Each specification has a ``description``: what a screen reader says.

==============  ==========================================================================
theme           the variables, the two sides' signs (colour, shape and dash), fonts
trajectories    what happens question by question: one case, and all cases
calibration     claimed probability against what came true
conditions      dot and interval by condition, the most harmed first
questions       how many questions the interviews took
losses          lost to knowledge, policy, stopping, by specialty
render          to SVG here, or the JavaScript that draws in the browser
==============  ==========================================================================
"""

from .calibration import reliability
from .conditions import condition_intervals
from .losses import KINDS as LOST_TO
from .losses import loss_shares
from .questions import questions_asked
from .render import javascript_bundle, to_svg
from .theme import Spec
from .trajectories import efficiency, trajectory

__all__ = [
    "LOST_TO",
    "Spec",
    "condition_intervals",
    "efficiency",
    "javascript_bundle",
    "loss_shares",
    "questions_asked",
    "reliability",
    "to_svg",
    "trajectory",
]
