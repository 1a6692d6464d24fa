"""What proves that nothing was taken out of the trail, and that the tables say what it says."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import InputError, Problem

from .audit import FIRST_HASH, entry_hash, replayed_states, stored_states
from .records import record_sha256
from .shapes import AuditEntry, Verdict
from .standing import broken, check_standings
from .tables import AuditHead, AuditRow, CaseVersion, DecisionRow, OpinionRow, UploadContent, UploadRow

SAID = ("condition", "triage", "differential", "comment", "certainty")
"""What an opinion's hash in the trail is over, in this order."""
_NOTED = re.compile(r"(\d{1,9}):([0-9a-f]{64})")


def check_trail(session: Session) -> list[Problem]:
    """Everything that shows that the trail, or what it speaks of, was changed behind the desk's back."""
    problems: list[Problem] = []
    last, seq = FIRST_HASH, 0
    entries = []
    for row in session.scalars(select(AuditRow).order_by(AuditRow.seq)):
        seq += 1
        where = f"trail › entry {row.seq}"
        if row.seq != seq:
            problems.append(broken("E-TRAIL-GAP", where, f"entry {row.seq} where {seq} should be"))
            seq = row.seq
        if row.hash != entry_hash(last, row.seq, row.at, row.who, row.what, row.subject, row.why, row.details):
            problems.append(broken("E-TRAIL-HASH", where, "an entry that was changed, or whose predecessor was"))
        last = row.hash
        entries.append(AuditEntry(row.seq, row.at, row.who, row.what, row.subject, row.why, row.details))
    head = session.scalars(select(AuditHead)).one()
    if (head.seq, head.hash) != (seq, last):
        problems.append(broken("E-TRAIL-END", "trail", f"{seq} entries where the head counts {head.seq}"))
    problems += _check_versions(session, entries)
    problems += _check_opinions(session, entries)
    problems += _check_decisions(session, entries)
    problems += _check_uploads(session)
    problems += check_standings(session, entries)
    replayed, stored = replayed_states(entries), stored_states(session)
    for state in sorted(replayed.keys() | stored.keys()):
        if replayed[state] != stored[state]:
            found = f"{stored[state]} × {state!r} in the tables, {replayed[state]} by the trail"
            problems.append(broken("E-TRAIL-STATES", "trail", found))
    return problems


def check_noted(session: Session, noted: str) -> list[Problem]:
    """Whether the trail leads through an end that was noted before (``17:3f…``)."""
    found = _NOTED.fullmatch(noted.strip())
    if found is None:
        raise InputError.single(
            "E-NOTED", "the noted end", "something else", expected="number:hash, as the check before printed it"
        )
    seq, noted_hash = int(found[1]), found[2]
    stored = session.scalar(select(AuditRow.hash).where(AuditRow.seq == seq))
    if stored == noted_hash:
        return []
    what = "no such entry" if stored is None else "an entry with another hash"
    return [broken("E-TRAIL-NOTED", f"trail › entry {seq}", what)]


def _check_versions(session: Session, entries: Iterable[AuditEntry]) -> list[Problem]:
    """Every version's text is the one whose hash the trail holds."""
    noted = {
        (entry.subject, entry.details["number"]): entry.details["sha256"]
        for entry in entries
        if "sha256" in entry.details and "number" in entry.details
    }
    problems = []
    for case_id, number, record in session.execute(
        select(CaseVersion.case_id, CaseVersion.number, CaseVersion.record).order_by(
            CaseVersion.case_id, CaseVersion.number
        )
    ):
        if noted.pop((f"case:{case_id}", number), None) != record_sha256(record):
            where = f"case {case_id} › version {number}"
            problems.append(broken("E-TRAIL-VERSION", where, "a text other than the one that was saved"))
    problems += [broken("E-TRAIL-VERSION", f"{subject} › version {number}", "nothing") for subject, number in noted]
    return problems


def _check_opinions(session: Session, entries: Iterable[AuditEntry]) -> list[Problem]:
    """Every opinion says what it said."""
    noted: Counter[tuple[Any, ...]] = Counter(
        (entry.subject, entry.details["version"], entry.who, entry.details["opinion"])
        for entry in entries
        if entry.what == "opinion"
    )
    stored: Counter[tuple[Any, ...]] = Counter(
        (f"case:{row.case_id}", row.number, row.by, record_sha256({name: getattr(row, name) for name in SAID}))
        for row in session.scalars(select(OpinionRow))
    )
    return _differences("E-TRAIL-OPINION", "opinion", noted, stored)


def _check_decisions(session: Session, entries: Iterable[AuditEntry]) -> list[Problem]:
    """Every decision is what was decided, for the reason that was given."""
    verdicts = {verdict.value for verdict in Verdict}
    noted: Counter[tuple[Any, ...]] = Counter(
        (entry.subject, entry.details["decided"], entry.who, entry.what, entry.why)
        for entry in entries
        if entry.what in verdicts
    )
    stored: Counter[tuple[Any, ...]] = Counter(
        (f"case:{row.case_id}", row.number, row.by, row.kind, row.reason)
        for row in session.scalars(select(DecisionRow))
    )
    return _differences("E-TRAIL-DECISION", "decision", noted, stored)


def _differences(
    code: str, what: str, noted: Counter[tuple[Any, ...]], stored: Counter[tuple[Any, ...]]
) -> list[Problem]:
    """One problem for every case and version at which the trail and a table differ."""
    keys = sorted({key[:2] for key in ((noted - stored) + (stored - noted))})
    return [broken(code, f"{subject} › version {number}", f"another {what} than was given") for subject, number in keys]


def _check_uploads(session: Session) -> list[Problem]:
    """Every upload's bytes are those that were acknowledged."""
    problems = []
    query = select(UploadRow.id, UploadRow.sha256).where(UploadRow.state != "erased").order_by(UploadRow.id)
    for upload_id, sha256 in session.execute(query).all():
        data = session.scalar(select(UploadContent.data).where(UploadContent.upload_id == upload_id))
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            problems.append(broken("E-UPLOAD-BYTES", f"upload {upload_id}", "bytes other than those that were sent"))
    return problems
