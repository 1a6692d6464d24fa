"""Files on their way in: received whole or not at all, kept as they were sent.

What has been acknowledged is in the database; what was cut off on the way left nothing.  What becomes of
the rows is in ``upload_rows.py``.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from model.errors import InputError

from .actors import Actor, Role
from .errors import Conflict, NotFound
from .idempotency import Once
from .shapes import RowState, UploadState, UploadView
from .store import Store
from .tables import UploadContent, UploadedCase, UploadRow
from .wording import clean_text

MOST_BYTES = 25 * 2**20
"""Of one file."""
STATEMENT = "This file holds nothing that identifies a patient: no names, dates of birth, addresses or record numbers."
"""What a person states with every upload."""
_IN_MEMORY = 2**20


class Incoming:
    """A file that is being received; it becomes an upload when :meth:`finish` returns, and not before.

    What has come so far is in memory or in a temporary file without a name: a process that is killed
    leaves nothing behind.
    """

    def __init__(self, store: Store, who: Actor, filename: str, key: str | None, most: int) -> None:
        self._store, self._who, self._filename, self._key, self._most = store, who, filename, key, most
        self._spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Add the next bytes; InputError as soon as they are too many (catalogue 93)."""
        self.size += len(chunk)
        if self.size > self._most:
            raise InputError.single(
                "E-TOO-LARGE", self._filename, f"more than {self._most:,} bytes", expected="a smaller file",
                next_step="share the cases out over several files", catalogue=93,
            )  # fmt: skip
        self._digest.update(chunk)
        self._spool.write(chunk)

    def finish(self) -> UploadView:
        """Store the file; when this returns it outlives a power cut."""
        sha256 = self._digest.hexdigest()
        self._spool.seek(0)
        data = self._spool.read()
        with self._store.write(self._who) as work:
            once = Once(work, self._key, "receive", self._filename, sha256)
            if (before := once.answer()) is not None:
                return upload_view(work.session, own_upload(work.session, self._who, before["upload"]))
            upload = UploadRow(
                id=secrets.token_hex(16), owner=self._who.id, at=work.now, filename=self._filename, sha256=sha256,
                size=self.size, statement=STATEMENT, state=UploadState.RECEIVED.value, revision=0, format="",
                confirmed={}, problems=[],
            )  # fmt: skip
            work.session.add(upload)
            work.session.flush()
            work.session.add(UploadContent(upload_id=upload.id, data=data))
            work.record("receive", f"upload:{upload.id}", STATEMENT, sha256=sha256, size=self.size, state=upload.state)
            work.session.flush()
            once.keep({"upload": upload.id})
            return upload_view(work.session, upload)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spool.close()


class Uploads:
    """Files, and who sent them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def receiving(
        self, who: Actor, filename: str, *, no_identifiers: bool, key: str | None = None, most: int = MOST_BYTES
    ) -> Incoming:
        """A file to be written chunk by chunk, and finished.

        Parameters
        ----------
        filename
            As it was sent; only shown, never used as a path.
        no_identifiers
            The person has confirmed :data:`STATEMENT`.
        key
            Idempotency key: the same file under the same key is one upload.
        most
            Bytes.
        """
        from ..intake.sources import display_name

        who.must_have(Role.CLINICIAN)
        name = clean_text(display_name(filename) or "unnamed", "upload › file name")
        if not no_identifiers:
            raise InputError.single(
                "E-STATEMENT", name, "no statement about patient identifiers", expected=f"“{STATEMENT}”",
                next_step="look through the file, then tick the box", catalogue=86,
            )  # fmt: skip
        return Incoming(self._store, who, name, key, most)

    def receive(
        self, who: Actor, filename: str, chunks: Iterable[bytes], *, no_identifiers: bool, key: str | None = None,
        most: int = MOST_BYTES,
    ) -> UploadView:  # fmt: skip
        """A whole file at once; see :meth:`receiving`."""
        with self.receiving(who, filename, no_identifiers=no_identifiers, key=key, most=most) as incoming:
            for chunk in chunks:
                incoming.write(chunk)
            return incoming.finish()

    def get(self, who: Actor, upload_id: str) -> UploadView:
        """One of the person's own uploads."""
        with self._store.read() as session:
            return upload_view(session, own_upload(session, who, upload_id))

    def mine(self, who: Actor) -> list[UploadView]:
        """The person's own uploads, the last first."""
        query = select(UploadRow).where(UploadRow.owner == who.id).order_by(UploadRow.at.desc(), UploadRow.id)
        with self._store.read() as session:
            return [upload_view(session, upload) for upload in session.scalars(query).all()]

    def content(self, who: Actor, upload_id: str) -> bytes:
        """The bytes as they were sent."""
        with self._store.read() as session:
            return content_of(session, own_upload(session, who, upload_id))

    def erase(self, who: Actor, upload_id: str, reason: str) -> UploadView:
        """Delete the file's bytes and the cells of its rows for good, because they identify somebody.

        For the owner and for administrators.  Cases that were made of its rows stay.
        """
        reason = clean_text(reason, "reason")
        with self._store.write(who) as work:
            upload = work.session.get(UploadRow, upload_id)
            if upload is None or not (upload.owner == who.id or who.has(Role.ADMINISTRATOR)):
                raise NotFound("upload")
            if upload.state != UploadState.ERASED:
                work.session.execute(delete(UploadContent).where(UploadContent.upload_id == upload_id))
                rows = update(UploadedCase).where(UploadedCase.upload_id == upload_id)
                work.session.execute(rows.values(cells={}, record=None, problems=[], mended=False))
                upload.state, upload.filename, upload.problems = UploadState.ERASED.value, "erased", []
                upload.revision += 1
                work.record("erase", f"upload:{upload_id}", reason, state=upload.state)
            work.session.flush()
            return upload_view(work.session, upload)


def own_upload(session: Session, who: Actor, upload_id: str) -> UploadRow:
    """The row of an upload that this person sent; anybody else's looks as if there were none (catalogue 98)."""
    upload = session.get(UploadRow, upload_id)
    if upload is None or upload.owner != who.id:
        raise NotFound("upload")
    return upload


def content_of(session: Session, upload: UploadRow) -> bytes:
    """The bytes of an upload."""
    data = session.scalar(select(UploadContent.data).where(UploadContent.upload_id == upload.id))
    if data is None:
        raise Conflict("the file was erased", upload_view(session, upload))
    return data


def counts_of(session: Session, upload_id: str) -> dict[RowState, int]:
    """How many rows of an upload are in each state; states without any are left out."""
    query = select(UploadedCase.state, func.count()).where(UploadedCase.upload_id == upload_id)
    found = dict(session.execute(query.group_by(UploadedCase.state)).all())
    return {state: found[state] for state in RowState if state in found}


def upload_view(session: Session, upload: UploadRow) -> UploadView:
    """An upload as it is shown."""
    return UploadView(
        upload.id, upload.owner, upload.at, upload.filename, upload.format, upload.sha256, upload.size,
        UploadState(upload.state), upload.revision, upload.confirmed, upload.problems, counts_of(session, upload.id),
    )  # fmt: skip
