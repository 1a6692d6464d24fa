"""The trail: who did what, when, to what, and why; and what proves that nothing was taken out of it.

Each entry's hash is SHA-256 over its fields and the hash of the entry before; the head keeps the last
number and hash, so that a trail cut off at its end is noticed too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import Problem

from .columns import to_json
from .shapes import AuditEntry
from .tables import AuditHead, AuditRow, CaseRow, CaseVersion, UploadContent, UploadedCase, UploadRow

FIRST_HASH = "0" * 64
"""What the first entry is chained to."""


def entry_hash(
    before: str, seq: int, at: datetime, who: str, what: str, subject: str, why: str, details: Mapping[str, Any]
) -> str:
    """SHA-256 (hex) of one entry, chained to the one before."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    text = to_json([before, seq, moment, who, what, subject, why, dict(sorted(details.items()))])
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def append(session: Session, head: AuditHead, entries: Iterable[Mapping[str, Any]]) -> None:
    """Add entries at the end of the trail, whose head the caller has locked."""
    seq, last = head.seq, head.hash
    rows = []
    for entry in entries:
        seq += 1
        last = entry_hash(last, seq, **entry)
        rows.append({"seq": seq, "hash": last, **entry})
    if rows:
        session.flush()
        session.execute(AuditRow.__table__.insert(), rows)  # type: ignore[attr-defined]
        head.seq, head.hash = seq, last


def entries_of(session: Session, subject: str | None = None) -> list[AuditEntry]:
    """The trail, or the part of it that is about one case or upload, in order."""
    query = select(AuditRow).order_by(AuditRow.seq)
    if subject is not None:
        query = query.where(AuditRow.subject == subject)
    return [
        AuditEntry(row.seq, row.at, row.who, row.what, row.subject, row.why, row.details)
        for row in session.scalars(query)
    ]


def replayed_states(entries: Iterable[AuditEntry]) -> Counter[str]:
    """How many cases, uploads and uploaded rows are in which state, told from the trail alone.

    Keys are ``case draft``, ``upload checked``, ``row taken``; an entry with ``state`` moves its subject
    there, one with ``rows`` says how many of an upload's rows are in each state.
    """
    states: dict[str, str] = {}
    rows: dict[str, Mapping[str, int]] = {}
    for entry in entries:
        if "state" in entry.details:
            states[entry.subject] = f"{entry.subject.partition(':')[0]} {entry.details['state']}"
        if "rows" in entry.details:
            rows[entry.subject] = entry.details["rows"]
    counts = Counter(states.values())
    for by_state in rows.values():
        counts.update({f"row {state}": n for state, n in by_state.items()})
    return +counts


def stored_states(session: Session) -> Counter[str]:
    """The same counts, from the tables."""
    counts = Counter(f"case {state}" for state in session.scalars(select(CaseRow.state)))
    counts.update(f"upload {state}" for state in session.scalars(select(UploadRow.state)))
    counts.update(f"row {state}" for state in session.scalars(select(UploadedCase.state)))
    return counts


def check_trail(session: Session) -> list[Problem]:
    """Everything that shows that the trail, or what it speaks of, was changed behind the desk's back."""
    problems: list[Problem] = []
    last, seq = FIRST_HASH, 0
    entries = []
    for row in session.scalars(select(AuditRow).order_by(AuditRow.seq)):
        seq += 1
        where = f"trail › entry {row.seq}"
        if row.seq != seq:
            problems.append(_broken("E-TRAIL-GAP", where, f"entry {row.seq} where {seq} should be"))
            seq = row.seq
        if row.hash != entry_hash(last, row.seq, row.at, row.who, row.what, row.subject, row.why, row.details):
            problems.append(_broken("E-TRAIL-HASH", where, "an entry that was changed, or whose predecessor was"))
        last = row.hash
        entries.append(AuditEntry(row.seq, row.at, row.who, row.what, row.subject, row.why, row.details))
    head = session.scalars(select(AuditHead)).one()
    if (head.seq, head.hash) != (seq, last):
        problems.append(_broken("E-TRAIL-END", "trail", f"{seq} entries where the head counts {head.seq}"))
    problems += _check_versions(session, entries)
    problems += _check_uploads(session)
    replayed, stored = replayed_states(entries), stored_states(session)
    for state in sorted(replayed.keys() | stored.keys()):
        if replayed[state] != stored[state]:
            found = f"{stored[state]} × {state!r} in the tables, {replayed[state]} by the trail"
            problems.append(_broken("E-TRAIL-STATES", "trail", found))
    return problems


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
        sha256 = hashlib.sha256(to_json(record).encode("ascii")).hexdigest()
        if noted.pop((f"case:{case_id}", number), None) != sha256:
            where = f"case {case_id} › version {number}"
            problems.append(_broken("E-TRAIL-VERSION", where, "a text other than the one that was saved"))
    problems += [_broken("E-TRAIL-VERSION", f"{subject} › version {number}", "nothing") for subject, number in noted]
    return problems


def _check_uploads(session: Session) -> list[Problem]:
    """Every upload's bytes are those that were acknowledged."""
    problems = []
    query = select(UploadRow.id, UploadRow.sha256).where(UploadRow.state != "erased").order_by(UploadRow.id)
    for upload_id, sha256 in session.execute(query).all():
        data = session.scalar(select(UploadContent.data).where(UploadContent.upload_id == upload_id))
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            problems.append(_broken("E-UPLOAD-BYTES", f"upload {upload_id}", "bytes other than those that were sent"))
    return problems


def _broken(code: str, where: str, found: str) -> Problem:
    return Problem(
        code,
        where,
        found,
        "the trail as the desk wrote it",
        next_step="restore the database from a backup, and find out who has access to it",
    )
