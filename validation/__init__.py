"""Replay cases against a model, score the outcome, keep the run.

    from validation import run, Run, verify

    result = run("model/networks/starter", "cases/corpora/starter")
    result                        # the summary
    result.to_pandas()            # one row a case
    result.transcripts()          # one row a question
    result.metrics()["top_1"]
    Run.open("runs"), verify("runs")

==============  ==========================================================================
patient         what a patient answers, from the card and nothing else
replay          cases played in lock-step; target: where the expected condition stands
columns         a played shard as an Arrow table: the schema of a run
executors       where shards are played; sharding: which cases are played together
store           immutable, resumable, verifiable runs on disk
runner          ``run``: plan, play what is missing, commit, score; planning: the plan and its key;
                record: what a manifest says of the results
score, metrics  every figure; results: ``Run``; summary: a run in a page
explanation     why a case came out as it did
crossvalidation fit on some folds, replay the others; fitting: cards to a network
comparison      two runs paired case by case: what changed, and where interviews part
gate            the verdict on a diff, by rules that clinicians own
attribution     which edit of the model did it
origins         what a name or git ref stands for, as a run
cli             the verbs, one file each
==============  ==========================================================================
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .crossvalidation import crossvalidate
    from .deadline import Deadline
    from .explanation import explain
    from .fitting import fit_to_cards
    from .patient import Unreliability
    from .planning import Candidate
    from .replay import ReplayOptions
    from .results import Run
    from .runner import run
    from .score import Metrics
    from .verification import verify

__all__ = [
    "Candidate",
    "Deadline",
    "Metrics",
    "ReplayOptions",
    "Run",
    "Unreliability",
    "crossvalidate",
    "explain",
    "fit_to_cards",
    "run",
    "verify",
]

_HOME = {
    "Candidate": "planning",
    "Deadline": "deadline",
    "Metrics": "score",
    "ReplayOptions": "replay",
    "Run": "results",
    "Unreliability": "patient",
    "crossvalidate": "crossvalidation",
    "explain": "explanation",
    "fit_to_cards": "fitting",
    "run": "runner",
    "verify": "verification",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: ``clinval --help`` needs none of them."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
