"""Why the desk refuses something that is not bad input."""

from __future__ import annotations

from typing import Any

from model.errors import ClinvalError


class NotAllowed(ClinvalError):
    """The person has not the role, or must not do this to this case (their own, say)."""

    exit_code = 2

    def __init__(self, reason: str, next_step: str = "") -> None:
        self.reason, self.next_step = reason, next_step
        super().__init__(f"E-NOT-ALLOWED  {reason}" + (f"; {next_step}" if next_step else ""))


class NotFound(ClinvalError):
    """There is none, or it is somebody else's and must not be seen: the two look the same."""

    exit_code = 2

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"E-NOT-FOUND  no such {what}")


class Conflict(ClinvalError):
    """Somebody else was quicker, or the case is in a state in which this cannot be done."""

    exit_code = 2

    def __init__(self, reason: str, current: Any = None, next_step: str = "") -> None:
        self.reason, self.next_step = reason, next_step
        self.current = current
        """As it stands now (:class:`~.shapes.CaseView`, :class:`~.shapes.UploadView`), where the person may see it."""
        super().__init__(f"E-CONFLICT  {reason}" + (f"; {next_step}" if next_step else ""))


class DatabaseError(ClinvalError):
    """The database does not answer, is full, or is of another version of the program."""
