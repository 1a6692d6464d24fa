"""The tables.  What has happened is only ever added to: triggers refuse to change or delete it (``APPEND_ONLY``).

Cases and uploads go by opaque random ids, which may stand in addresses and logs; the card's own id, which
may name the diagnosis, is a column of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .columns import Json, UtcTime

APPEND_ONLY = ("case_version", "opinion", "decision", "audit", "publication", "publication_case")
"""The tables that the database itself keeps from being changed."""

OpaqueId = String(32)


class Base(DeclarativeBase):
    """All tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map = {str: Text, datetime: UtcTime}  # noqa: RUF012


class PersonRow(Base):
    """Somebody who has signed in."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    signed_in_as: Mapped[str]
    """The name as the sign-in gave it."""
    name: Mapped[str] = mapped_column(unique=True)
    """The same, told apart from others of that name."""
    roles: Mapped[Any] = mapped_column(Json)


class UploadRow(Base):
    """A file as it was sent, and how far it has come."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(OpaqueId, primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    filename: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    statement: Mapped[str]
    """What the person stated about patient identifiers, in the words that were shown."""
    state: Mapped[str] = mapped_column(String(16))
    """``received``, ``checked``, ``refused`` (nothing in it can be used) or ``erased``."""
    revision: Mapped[int]
    """Raised by every change of its rows; a change names the revision that it was made for."""
    format: Mapped[str] = mapped_column(default="")
    confirmed: Mapped[Any] = mapped_column(Json)
    problems: Mapped[Any] = mapped_column(Json)
    """Of the file as a whole."""


class UploadContent(Base):
    """The bytes, apart from the rest: listing uploads does not load them."""

    __tablename__ = "upload_content"

    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class UploadedCase(Base):
    """One row of an upload."""

    __tablename__ = "upload_row"

    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 0, in the order of the file."""
    number: Mapped[int]
    """Row or line of the file."""
    place: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    """``ready``, ``waiting`` (to be mended), ``held`` (may identify a patient), ``taken`` or ``dropped``."""
    cells: Mapped[Any] = mapped_column(Json)
    mended: Mapped[bool]
    """Whether ``cells`` differ from the file's."""
    record: Mapped[Any] = mapped_column(Json)
    """The card, in the network's ids; null where there is none."""
    problems: Mapped[Any] = mapped_column(Json)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"), index=True)
    """What became of it."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it was dropped."""


class CaseRow(Base):
    """A case as it stands; how it came to be is in its versions, opinions, decisions and the trail."""

    __tablename__ = "case"

    id: Mapped[str] = mapped_column(OpaqueId, primary_key=True)
    card_id: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    """``draft``, ``in_review``, ``accepted``, ``rejected`` or ``withdrawn``."""
    stage: Mapped[str] = mapped_column(String(16), default="")
    """In review: ``first``, ``third`` (two doctors disagree) or ``approval`` (of a reviewer's edit)."""
    number: Mapped[int]
    """Of the current version."""
    card_version: Mapped[int]
    """What the card of the current version is numbered: raised by the first edit after an acceptance."""
    accepted_number: Mapped[int | None]
    """The last version that was accepted; it is what is published."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    statement: Mapped[str] = mapped_column(default="")
    """What its owner states about patient identifiers, until it is handed in; blank: nothing yet."""
    changed_after: Mapped[str] = mapped_column(default="")
    """``accepted``, ``rejected`` or ``preview``: a change since then waits for a reason in words."""
    change_reason: Mapped[str] = mapped_column(default="")
    """That reason, as far as it is written, until the case is handed in."""


class CaseVersion(Base):
    """What a case said at one time: every save adds one."""

    __tablename__ = "case_version"

    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    card_version: Mapped[int]
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    why: Mapped[str]
    record: Mapped[Any] = mapped_column(Json)
    """The card's fields as far as they are filled in, without those that the desk sets itself."""
    record_sha256: Mapped[str] = mapped_column(String(64))
    content_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of the card; null while it is not complete."""
    evidence_sha256: Mapped[str] = mapped_column(String(64))
    """Of what a blind reviewer sees: an opinion counts for every version with the same evidence."""


class OpinionRow(Base):
    """What one doctor thought of a case before seeing the author's answer."""

    __tablename__ = "opinion"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "number"], ["case_version.case_id", "case_version.number"]),
        UniqueConstraint("case_id", "card_version", "by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(OpaqueId)
    number: Mapped[int]
    card_version: Mapped[int]
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    blind: Mapped[bool]
    """False: the doctor had to do with an earlier version, whose answer was no secret any more."""
    condition: Mapped[str]
    triage: Mapped[str] = mapped_column(String(16))
    differential: Mapped[Any] = mapped_column(Json)
    comment: Mapped[str]
    certainty: Mapped[int | None]
    """Per cent."""


class DecisionRow(Base):
    """What a reviewer, or the author of a reviewer's edit, decided on a version."""

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "number"], ["case_version.case_id", "case_version.number"]),
        UniqueConstraint("case_id", "number", "by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(OpaqueId)
    number: Mapped[int]
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    """``accept``, ``edit`` or ``reject``."""
    reason: Mapped[str]
    agreed: Mapped[bool | None]
    """Whether the decider's own opinion had been the expected answer; null: none was asked for."""


class AssignmentRow(Base):
    """Who is busy with a case in review: taken from the queue, or assigned by an administrator."""

    __tablename__ = "assignment"

    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    reviewer: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class AuditRow(Base):
    """One entry of the trail; each holds the hash of the one before (:mod:`cases.desk.audit`)."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(ForeignKey("person.id"))
    what: Mapped[str]
    subject: Mapped[str]
    why: Mapped[str]
    details: Mapped[Any] = mapped_column(Json)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the trail, one row: whoever writes holds it, so that writers take turns."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class IdempotencyRow(Base):
    """An answer that was given under a key: the same request again gets the same answer."""

    __tablename__ = "idempotency"

    person: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    response: Mapped[Any] = mapped_column(Json)


class PublicationRow(Base):
    """A branch that accepted cases were written to."""

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("branch", "commit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    branch: Mapped[str]
    commit: Mapped[str] = mapped_column(String(64))
    corpus: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    """Of the published cases as a set (:attr:`cases.CaseSet.digest`)."""


class PublishedCase(Base):
    """Which version of which case a publication holds."""

    __tablename__ = "publication_case"
    __table_args__ = (ForeignKeyConstraint(["case_id", "number"], ["case_version.case_id", "case_version.number"]),)

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(OpaqueId, primary_key=True)
    number: Mapped[int]
