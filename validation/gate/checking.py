"""The gate with all that it needs from disk: what ``clinval gate``, ``diff --gate`` and ``check`` call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..comparison import Diff, compare
from ..origins import Sides
from ..origins.load import model_of_run
from ..planning import Candidate
from ..store.digests import code_digest
from .integrity import aa_replay
from .judge import judge
from .known_failures import KnownFailures, load_known_failures
from .rules import Rules
from .verdict import GateFinding, Verdict
from .withdrawn import Withdrawn


def withdrawn_of(both: Sides) -> Withdrawn | None:
    """What the candidate edited or took out of the case set; None where that is not known."""
    if both.case_changes is None:
        return None
    played = None if both.withdrawn is None else compare(*both.withdrawn)
    return Withdrawn(both.case_changes.withdrawn, played)


def verdict_on(
    diff: Diff,
    rules: Rules,
    *,
    today: date,
    candidate: Candidate | None = None,
    known_before: KnownFailures | None = None,
    withdrawn: Withdrawn | None = None,
    also: Sequence[GateFinding] = (),
) -> Verdict:
    """Play the sample of the candidate again, read the list of known failures, and judge.

    Parameters
    ----------
    candidate : the candidate's model; None: it is read from where the run says that it was, if it is still there.
        A run of other code is not played again: this code may well give other results
    known_before : the base's list of known failures; what it does not hold needs a signature
    withdrawn, also : see :func:`.judge.judge`

    Raises
    ------
    InputError
        The list of known failures is refused, or ``candidate`` is another model than the run's.
    """
    known = None if rules.ratchet.file is None else load_known_failures(rules.ratchet.file)
    aa = None
    if rules.integrity.replay_sample and diff.candidate.manifest.plan.code_digest == code_digest():
        model = candidate or model_of_run(diff.candidate)
        aa = None if model is None else aa_replay(diff.candidate, model, rules.integrity.replay_sample)
    return judge(
        diff, rules, today=today, aa=aa, known=known, known_before=known_before, withdrawn=withdrawn, also=also
    )
