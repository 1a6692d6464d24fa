"""Who a browser speaks for: a signed cookie, and the token that proves that a form came from our page.

The cookie holds the session's random id, the person and the roles as they were at sign-in; it cannot be
changed without the secret, and ends after ``session_hours``.  Signing in or out gives a new id, so that an id
planted before is worth nothing after (catalogue 104).  An id that was signed out is refused by this process
until it would have ended anyway.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from cases.desk import Actor, Role

from .settings import Settings


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's."""

    id: str
    who: Actor | None = None
    """None: not signed in; only there to guard the sign-in form."""


class Sessions:
    """Gives, reads and ends sessions."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self._serializer = URLSafeTimedSerializer(settings.secret, salt="clinval session")
        self._key = settings.secret.encode()
        self._seconds = int(settings.session_hours * 3600)
        self._secure = settings.is_https
        self.cookie = "__Host-clinval" if settings.is_https else "clinval"
        self._now = now
        self._ended: dict[str, float] = {}
        """Id to the moment from which it need not be remembered."""

    def read(self, request: Request) -> Session | None:
        """The session of a request; None where there is none that is valid."""
        text = request.cookies.get(self.cookie)
        if not text:
            return None
        try:
            held = self._serializer.loads(text, max_age=self._seconds)
            who = held["who"]
            actor = None if who is None else Actor(who[0], who[1], frozenset(Role(role) for role in who[2]))
            session = Session(held["id"], actor)
        except (BadSignature, KeyError, TypeError, ValueError, IndexError):
            return None
        return None if session.id in self._ended else session

    def start(self, response: Response, who: Actor | None = None) -> Session:
        """Put a new session, with a new id, into the answer."""
        session = Session(secrets.token_urlsafe(24), who)
        held = None if who is None else [who.id, who.name, sorted(who.roles)]
        response.set_cookie(
            self.cookie, self._serializer.dumps({"id": session.id, "who": held}), max_age=self._seconds, path="/",
            secure=self._secure, httponly=True, samesite="lax",
        )  # fmt: skip
        return session

    def end(self, session: Session) -> None:
        """Sign out: every copy of the cookie is worth nothing from now on."""
        now = self._now()
        self._ended = {id_: until for id_, until in self._ended.items() if until > now}
        self._ended[session.id] = now + self._seconds

    def forget(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="lax")

    def csrf_token(self, session: Session) -> str:
        """What forms of this session carry (``csrf_token``, or the header ``X-CSRF-Token``)."""
        return hmac.new(self._key, f"csrf {session.id}".encode(), hashlib.sha256).hexdigest()

    def is_csrf_token(self, session: Session, token: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.csrf_token(session).encode(), token.encode("utf-8", "replace"))
