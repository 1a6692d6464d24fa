"""Where every case and upload stands by the trail alone; and in what the tables say otherwise.

The trail is chained; the tables are not.  Whoever changes one of them behind the desk's back (which text is
accepted, whose it is, whether an opinion was blind) would change what is published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import Problem

from .shapes import AuditEntry, CaseState, Verdict
from .tables import CaseRow, CaseVersion, DecisionRow, OpinionRow, PersonRow, UploadRow


@dataclass
class Standing:
    """One case or upload, as the trail tells of it."""

    owner: str
    state: str = ""
    stage: str = ""
    accepted: int | None = None
    """The text that was accepted last."""
    sha256: str = ""
    """Of an upload's bytes."""


def standings(entries: Iterable[AuditEntry]) -> dict[str, Standing]:
    """Subject to where it stands after these entries; who begins a case, or sends a file, owns it."""
    found: dict[str, Standing] = {}
    for entry in entries:
        if not entry.subject.startswith(("case:", "upload:")):
            continue
        one, details = found.setdefault(entry.subject, Standing(entry.who)), entry.details
        if "state" in details:
            one.state, one.stage = details["state"], details.get("stage", "")
        if entry.what == "hand over":
            one.owner = details["to"]
        if entry.what == Verdict.ACCEPT and details.get("state") == CaseState.ACCEPTED:
            one.accepted = details["decided"]
        if entry.what == "receive":
            one.sha256 = details["sha256"]
    return found


def check_standings(session: Session, entries: Sequence[AuditEntry]) -> list[Problem]:
    """What the tables of cases, versions, opinions, decisions, uploads and persons say and the trail does not."""
    told = standings(entries)
    return [*_cases(session, told), *_versions(session, entries), *_reviews(session, entries),
            *_uploads(session, told), *_people(session, entries)]  # fmt: skip


def _cases(session: Session, told: dict[str, Standing]) -> Iterator[Problem]:
    numbers: dict[str, int] = defaultdict(int)
    for case_id, number in session.execute(select(CaseVersion.case_id, CaseVersion.number)):
        numbers[case_id] = max(number, numbers[case_id])
    cases = session.scalars(select(CaseRow).order_by(CaseRow.id)).all()
    for case in cases:
        one = told.get(f"case:{case.id}", Standing(""))
        yield from _differences(f"case {case.id}", (
            ("state", (case.state, case.stage), (one.state, one.stage)),
            ("owner", case.owner, one.owner),
            ("accepted text", case.accepted_number, one.accepted),
            ("current text", case.number, numbers[case.id]),
        ))  # fmt: skip
    yield from _missing("case", {case.id for case in cases}, told)


def _versions(session: Session, entries: Iterable[AuditEntry]) -> Iterator[Problem]:
    """Every text is by whom, and of when, the trail says; the first after an acceptance raises the card's version."""
    written: dict[tuple[str, int], tuple[str, datetime]] = {}
    accepted: set[tuple[str, int]] = set()
    for entry in entries:
        if "sha256" in entry.details and "number" in entry.details:
            written[entry.subject, entry.details["number"]] = entry.who, entry.at
        if entry.what == Verdict.ACCEPT and entry.details.get("state") == CaseState.ACCEPTED:
            accepted.add((entry.subject, entry.details["decided"]))
    columns = CaseVersion.case_id, CaseVersion.number, CaseVersion.card_version, CaseVersion.by, CaseVersion.at
    before: tuple[str, int, int] | None = None
    for case_id, number, card_version, by, at in session.execute(select(*columns).order_by(*columns[:2])):
        subject, where = f"case:{case_id}", f"case {case_id} › version {number}"
        checks: list[tuple[str, Any, Any]] = [("writer", (by, at), written.get((subject, number)))]
        if before is not None and before[:2] == (case_id, number - 1):
            raised = before[2] + ((subject, number - 1) in accepted)
            checks.append(("version of the card", card_version, raised))
        yield from _differences(where, checks)
        before = case_id, number, card_version


def _reviews(session: Session, entries: Iterable[AuditEntry]) -> Iterator[Problem]:
    """Whether an opinion was blind, and whether a decision was on what its maker had thought."""
    blind, agreed = {}, {}
    for entry in entries:
        if entry.what == "opinion":
            blind[entry.subject, entry.details["version"], entry.who] = entry.details["blind"]
        elif "agreed" in entry.details:
            agreed[entry.subject, entry.details["decided"], entry.who] = entry.details["agreed"]
    for opinion in session.scalars(select(OpinionRow).order_by(OpinionRow.id)):
        place = f"case:{opinion.case_id}", opinion.number, opinion.by
        where = f"case {opinion.case_id} › version {opinion.number} › opinion"
        yield from _differences(where, [("blindness", opinion.blind, blind.get(place))])
    for decision in session.scalars(select(DecisionRow).order_by(DecisionRow.id)):
        place = f"case:{decision.case_id}", decision.number, decision.by
        where = f"case {decision.case_id} › version {decision.number} › decision"
        if place in agreed:
            yield from _differences(where, [("agreement", decision.agreed, agreed[place])])


def _uploads(session: Session, told: dict[str, Standing]) -> Iterator[Problem]:
    columns = UploadRow.id, UploadRow.state, UploadRow.owner, UploadRow.sha256
    uploads = session.execute(select(*columns).order_by(UploadRow.id)).all()
    for upload_id, state, owner, sha256 in uploads:
        one = told.get(f"upload:{upload_id}", Standing(""))
        yield from _differences(f"upload {upload_id}", (
            ("state", state, one.state), ("owner", owner, one.owner), ("SHA-256", sha256, one.sha256),
        ))  # fmt: skip
    yield from _missing("upload", {row.id for row in uploads}, told)


def _people(session: Session, entries: Iterable[AuditEntry]) -> Iterator[Problem]:
    """Names stand on published cards, and never change; entries from before they were noted say nothing."""
    names = {one.subject: one.details["name"] for one in entries if one.what == "sign in" and "name" in one.details}
    for person in session.scalars(select(PersonRow).order_by(PersonRow.id)):
        named = names.get(f"person:{person.id}", person.name)
        yield from _differences(f"person {person.id}", [("name", person.name, named)])


def _missing(kind: str, there: set[str], told: dict[str, Standing]) -> Iterator[Problem]:
    for subject in told:
        if subject.startswith(f"{kind}:") and subject.partition(":")[2] not in there:
            yield broken("E-TRAIL-STANDING", subject.replace(":", " ", 1), f"no such {kind}, of which the trail tells")


def _differences(where: str, checks: Iterable[tuple[str, Any, Any]]) -> Iterator[Problem]:
    for what, stored, told in checks:
        if stored != told:
            yield broken("E-TRAIL-STANDING", where, f"another {what} than the trail tells of")


def broken(code: str, where: str, found: str) -> Problem:
    """What somebody who can write to the database has done."""
    return Problem(
        code,
        where,
        found,
        "the trail as the desk wrote it",
        next_step="restore the database from a backup, and find out who has access to it",
    )
