"""The gate: is the candidate model worse than the base, and may it be merged?

    from validation.gate import exit_code, load_rules, verdict_on

    verdict = verdict_on(diff, load_rules("gate.toml"), today=date.today())
    verdict                       # every finding in words
    exit_code(verdict)            # 0 pass · 1 fail · 4 incomplete or inconclusive

==============  ==========================================================================
rules, reader   what a team has agreed on; ``gate.toml``
evidence        the comparable cases as arrays; slices and clusters of them
integrity       G0  is there something to judge: one result a case, equal case sets, A/A replay
never_events    G1  what must never happen and newly happens; waivers
withdrawn       G0, G1  what a change takes out of the case set, played as it was
ratchet         G2  the list of known failures (known_failures), which only shrinks
overall         G3  McNemar and Tango: worse, not worse, or cannot tell
slices          G4  groups of patients
continuous      G5  probabilities and questions
judge           all of them, and the α that they share: a pure function
checking        ``verdict_on``: the same with what has to be read and played first
verdict         what came of it; printing, wording: in words
statistics      the tests, over plain counts and arrays
==============  ==========================================================================
"""

from .checking import verdict_on, withdrawn_of
from .integrity import SelfReplay, aa_replay
from .judge import judge
from .known_failures import KnownFailure, load_known_failures
from .reader import load_rules
from .rules import Rules, Waiver
from .verdict import GateFinding, Status, Verdict, exit_code
from .withdrawn import Withdrawn

__all__ = [
    "GateFinding",
    "KnownFailure",
    "Rules",
    "SelfReplay",
    "Status",
    "Verdict",
    "Waiver",
    "Withdrawn",
    "aa_replay",
    "exit_code",
    "judge",
    "load_known_failures",
    "load_rules",
    "verdict_on",
    "withdrawn_of",
]
