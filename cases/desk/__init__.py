"""The desk: where uploaded and written cases wait, are reviewed and signed off, until git has them.

One database holds it, SQLite on one machine or PostgreSQL for a team; accepted cases leave it as files
on a branch (:class:`Publishing`), and from then on git is the truth.

    desk = Desk("sqlite:///desk.db", network=network)
    desk.upgrade()
    anna = desk.people.sign_in("issuer|17", "Anna", [Role.CLINICIAN])
    upload = desk.uploads.receive(anna, "cases.xlsx", chunks, no_identifiers=True)
    case = desk.drafts.create(anna, record)
    desk.drafts.submit(anna, case.id, case.number, no_identifiers=True)
    blind = desk.reviews.case_for_review(ben, case.id)

Every method of a service is one transaction, takes who acts first, checks role and ownership itself,
and leaves an entry in a trail that only grows.  Times are UTC.

store.py        the database, its transactions, the writers' turns
tables.py       what is stored; migrations/ how it came to be
actors.py       who acts, in which roles; people.py remembers them
uploads.py      files; upload_rows.py their rows, checked_uploads.py what a change starts from,
                repeats.py the same word in many, taking.py from rows to drafts
drafts.py       cases until they are submitted; writing.py new texts, changes.py what differs between two,
                handing_in.py what a hand-in needs, answers.py the answer before the preview
shapes.py       what the services answer                 errors.py   why they refuse
reviews.py      blind opinion, decision; queue.py who may review what; telling.py what owners are told of it
opinions.py     what doctors think; agreement.py how far they agree
publish.py      accepted cases to a branch; git.py the plumbing
administration.py  whose cases there are, for when somebody leaves; backup.py a copy while others work
audit.py        the trail; trail.py who may read it
verification.py what proves the trail whole; standing.py that the tables say what it says

This package needs the extra ``clinval[web]``; nothing else in ``cases`` imports it.
"""

from .needed import require_libraries

require_libraries()

from .actors import Actor, Role  # noqa: E402
from .desk import Desk  # noqa: E402
from .errors import Conflict, DatabaseError, NotAllowed, NotFound  # noqa: E402

__all__ = ["Actor", "Conflict", "DatabaseError", "Desk", "NotAllowed", "NotFound", "Role"]
