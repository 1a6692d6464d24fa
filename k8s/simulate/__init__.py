"""What the twenty minutes buy: the fan-out simulated with measured constants.

python -m k8s.simulate            # the table, and fanout.svg beside this file
python -m k8s.simulate.measure    # the constants that can be measured on this machine
"""

from __future__ import annotations

from .model import Constants, Outcome, load_constants, simulate

__all__ = ["Constants", "Outcome", "load_constants", "simulate"]
