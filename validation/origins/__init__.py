"""From names to runs: what ``clinval diff BASE CANDIDATE`` may be given, and how each becomes a run.

    from validation.origins import sides

    both = sides("origin/main", ".", model=Path("model/networks/starter"), cases=Path("cases/corpora/starter"))
    both.base.run, both.candidate.run

==============  ==========================================================================
origin          what a name means: a run, a model, a commit, the working tree
git             git's plumbing; trees: a commit's directories as files in a temporary place
case_source     whose cases are played, and what became of the case set
code            whether a commit's code is the code that runs here
worktree        another commit checked out, built and run; launcher: the script that runs it
own_code        a base played by its own code, and seen to have been
load            the models and stored runs that are named
playing         one side played, and what the candidate took out of the case set
obtain          ``sides``: all of it together; side: its result; recorded: what a saved diff keeps of it
==============  ==========================================================================
"""

from .case_source import CaseChanges
from .obtain import obtain, sides
from .origin import Kind, Origin, read_origin
from .playing import Settings
from .side import NothingToCompare, Side, Sides

__all__ = [
    "CaseChanges",
    "Kind",
    "NothingToCompare",
    "Origin",
    "Settings",
    "Side",
    "Sides",
    "obtain",
    "read_origin",
    "sides",
]
