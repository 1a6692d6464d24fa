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

from .columns import to_json
from .shapes import AuditEntry
from .tables import AuditHead, AuditRow, CaseRow, UploadedCase, UploadRow

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
