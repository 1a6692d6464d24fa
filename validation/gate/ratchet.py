"""G2: the list of known failures can only shrink, or grow by a second person's signature.

A failure is a case in which neither the expected condition nor an acceptable alternative leads.  The
list is keyed by the case's content, so that an edited case is looked at anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from ..comparison import CasePair, Diff
from ..comparison.changes import is_right
from .known_failures import KnownFailure, KnownFailures
from .verdict import GateFinding, Status
from .wording import plural

ACCEPTED_FOR = timedelta(days=90)
"""How long a proposed entry is accepted."""
UPDATE = "`clinval gate … --update-ratchet FILE` writes the list anew"


def ratchet(
    diff: Diff, known: KnownFailures | None, before: KnownFailures | None, block_new: bool, today: date
) -> list[GateFinding]:
    """What G2 has to say of the candidate's cases.

    Parameters
    ----------
    known : the candidate's list; None: there is none
    before : the base's list; what it holds was signed off when it came in
    block_new : whether a failure that is not on the list blocks
    """
    if known is None:
        return [GateFinding("G2", Status.NOTE, "no list of known failures", "gate.toml names no ratchet file.")]
    pairs = _by_hash(diff)
    old = {entry.case_hash for entry in before or ()}
    passing = [entry for entry in known if entry.case_hash in pairs and not _fails(pairs[entry.case_hash])]
    unsigned = [
        entry for entry in known if entry.case_hash not in old and entry.signed_off_by in ("", entry.owner)
    ]  # fmt: skip
    expired = [entry for entry in known if today > entry.expires]
    findings = [
        *_blocked(
            "listed cases that pass", passing, "now right and must leave the list, so that they stay right", UPDATE,
            lambda entry: f"{entry.case}: right with the candidate; listed by {entry.owner}",
        ),
        *_blocked(
            "entries without sign-off", unsigned, "new on the list and signed off by nobody but the owner",
            "somebody else than the owner writes their name under signed_off_by",
            lambda entry: f"{entry.case}: owner {entry.owner}, signed off by {entry.signed_off_by or 'nobody'}",
        ),
        *_blocked(
            "expired entries", expired, "past the last day on which it was accepted",
            "mend the case's failure, or sign off a later day",
            lambda entry: f"{entry.case}: expired on {entry.expires}; owner {entry.owner}",
        ),
    ]  # fmt: skip
    listed = {entry.case_hash for entry in known}
    new = [pair for digest, pair in pairs.items() if _fails(pair) and digest not in listed]
    if new:
        words = f"{plural(len(new), 'case')} of {len(pairs):,} wrong with the candidate and not on the list."
        status = Status.FAIL if block_new else Status.NOTE
        next_step = "mend them, or have them signed off: " + UPDATE if block_new else ""
        findings.append(
            GateFinding("G2", status, "failures not on the list", words, next_step, tuple(pair.case_id for pair in new))
        )
    stale = [entry for entry in known if entry.case_hash not in pairs]
    if stale:
        entries = plural(len(stale), "entry", "entries")
        words = f"{entries} of the list without a case that was played: edited, removed or not selected."
        findings.append(
            GateFinding("G2", Status.NOTE, "entries without a case", words, cases=tuple(e.case for e in stale))
        )
    if not any(finding.status is Status.FAIL for finding in findings):
        words = f"{plural(len(known), 'known failure')} on the list, all still failing, signed off and in time."
        findings.insert(0, GateFinding("G2", Status.PASS, "ratchet", words))
    return findings


def updated(diff: Diff, known: KnownFailures, today: date) -> KnownFailures:
    """The list as it should be: without cases that pass or were edited, with every new failure proposed.

    Proposals carry neither owner nor reason nor signature: those are people's to write.
    """
    pairs = _by_hash(diff)
    ids = {pair.case_id for pair in pairs.values()}
    kept = [
        entry
        for entry in known
        if (entry.case_hash in pairs and _fails(pairs[entry.case_hash]))
        or (entry.case_hash not in pairs and entry.case not in ids)
    ]
    listed = {entry.case_hash for entry in kept}
    proposed = [
        KnownFailure(pair.case_id, digest, "", "", today + ACCEPTED_FOR)
        for digest, pair in pairs.items()
        if digest not in listed and _fails(pair)
    ]
    return tuple(sorted([*kept, *proposed], key=lambda entry: (entry.case, entry.case_hash)))


def _by_hash(diff: Diff) -> Mapping[str, CasePair]:
    """The cases that the candidate played, comparable or not."""
    return {pair.card.content_hash: pair for pair in diff.pairs if pair.candidate is not None}


def _fails(pair: CasePair) -> bool:
    return pair.candidate is not None and not is_right(pair.candidate)


def _blocked(
    title: str, entries: Sequence[KnownFailure], what: str, next_step: str, line: Callable[[KnownFailure], str]
) -> list[GateFinding]:
    if not entries:
        return []
    words = f"{plural(len(entries), 'entry', 'entries')} of the list of known failures: {what}."
    return [
        GateFinding(
            "G2", Status.FAIL, title, words, next_step, tuple(entry.case for entry in entries),
            tuple(line(entry) for entry in entries),
        )
    ]  # fmt: skip
