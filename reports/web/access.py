"""Who may call what: every endpoint says so beside its name, and nothing is read of a request before it is held.

    router = guarded_router(prefix="/api/v1", tags=["cases"])

    @router.post("/cases")
    @allow(Role.CLINICIAN)
    def create(who: Who, …): …

A route without a declaration does not come into being (:class:`GuardedRoute`).  The desk checks role and
ownership once more, by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from cases.desk import Actor, Role

from .middleware.bodies import BODILESS, paced
from .middleware.strict import StrictRequest
from .problems import Refusal
from .services import Services
from .sessions import Session

__all__ = [
    "EVERY_ROLE",
    "Access",
    "Body",
    "GuardedRoute",
    "Role",
    "Services",
    "Visitor",
    "Who",
    "Work",
    "access_of",
    "allow",
    "guarded_router",
    "public",
    "services_of",
    "signed_in",
    "visitor_of",
    "who_of",
]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf_token"
EVERY_ROLE = tuple(Role)
_ACCESS = "__clinval_access__"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Body(Enum):
    """How much an endpoint takes; the figures are settings (:class:`~.settings.BodyLimits`)."""

    OTHER = "other_bytes"
    UPLOAD = "upload_bytes"
    RUN = "run_bytes"


@dataclass(frozen=True, slots=True)
class Access:
    """What an endpoint asks of its caller."""

    roles: frozenset[Role]
    """One of them will do."""
    is_public: bool = False
    """Anybody may call."""
    needs_no_role: bool = False
    """Any person who is signed in may call."""
    ci: bool = False
    """Whether a CI token will do."""
    body: Body = Body.OTHER


def allow(*roles: Role, ci: bool = False, body: Body = Body.OTHER) -> Callable[[Endpoint], Endpoint]:
    """Declare that persons with one of these roles may call; ``ci``: a CI token as well."""
    return _declare(Access(frozenset(roles), ci=ci, body=body))


def signed_in(endpoint: Endpoint) -> Endpoint:
    """Declare that whoever is signed in may call, even without any role."""
    return _declare(Access(frozenset(), needs_no_role=True))(endpoint)


def public(endpoint: Endpoint) -> Endpoint:
    """Declare that anybody may call."""
    return _declare(Access(frozenset(), is_public=True))(endpoint)


def _declare(access: Access) -> Callable[[Endpoint], Endpoint]:
    def declare(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ACCESS, access)
        return endpoint

    return declare


def access_of(endpoint: Callable[..., Any]) -> Access:
    """What was declared.

    Raises
    ------
    TypeError
        Nothing was.
    """
    access = getattr(endpoint, _ACCESS, None)
    if not isinstance(access, Access):
        raise TypeError(
            f"{endpoint.__module__}.{endpoint.__qualname__} does not say who may call it: see reports.web.access"
        )
    return access


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who calls."""

    who: Actor | None = None
    session: Session | None = None
    is_ci: bool = False


class GuardedRoute(APIRoute):
    """A route that looks at who calls, at what rate and from which page, before it reads the body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.access = access_of(endpoint)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        """FastAPI's own handler behind our checks."""
        handle = super().get_route_handler()
        access = access_of(self.endpoint)

        async def guarded(request: Request) -> Response:
            services: Services = request.app.state.services
            limits = services.settings.limits
            if request.method not in BODILESS:
                receive = paced(request.scope, request.receive, limits, getattr(limits, access.body.value))
                request = StrictRequest(request.scope, receive, request._send)
            visitor = identify(request, services)
            request.state.visitor = visitor
            services.count(request, visitor)
            _may(visitor, access)
            if request.method not in SAFE and not visitor.is_ci:
                await _from_our_page(request, visitor, services)
            return await handle(request)

        return guarded


def guarded_router(prefix: str = "", tags: Iterable[str | Enum] = (), **options: Any) -> APIRouter:
    """A router whose every route has to say who may call it."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=GuardedRoute, **options)


def identify(request: Request, services: Services) -> Visitor:
    """Who calls: by CI token, or by the cookie.

    Raises
    ------
    Refusal
        401 for a token that is none of ours (catalogue 106).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if not services.is_ci_token(token.strip()):
            raise _unauthorised("This token is not known.")
        return Visitor(is_ci=True)
    session = services.sessions.read(request)
    return Visitor(session.who if session else None, session)


def _may(visitor: Visitor, access: Access) -> None:
    if access.is_public or (access.ci and visitor.is_ci):
        return
    if visitor.is_ci:
        raise Refusal(403, "E-NOT-ALLOWED", "A CI token may not do this.", "sign in as a person")
    if visitor.who is None:
        raise _unauthorised("Nobody is signed in.")
    if not access.needs_no_role and not visitor.who.has(*access.roles):
        wanted = " or ".join(sorted(role.value.replace("_", " ") for role in access.roles))
        needs = f"This needs the role {wanted}." if wanted else "This is for CI, with a token of its own."
        raise Refusal(403, "E-NOT-ALLOWED", needs, "ask an administrator for it")


async def _from_our_page(request: Request, visitor: Visitor, services: Services) -> None:
    """Refuse what another site made this browser send (catalogue 90): by what the browser says of its origin,
    and by a token that only our pages know."""
    origin, fetch_site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "none")
    if fetch_site not in ("same-origin", "none") or (origin is not None and origin not in services.settings.origins):
        raise _forged("The request came from another site.")
    if visitor.session is None:
        raise _forged("The form has no session.")
    token = request.headers.get(CSRF_HEADER)
    if token is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get(CSRF_FIELD)
        token = field if isinstance(field, str) else None
    if token is None or not services.sessions.is_csrf_token(visitor.session, token):
        raise _forged("The form's token is missing or is of another session.")


def _forged(detail: str) -> Refusal:
    return Refusal(403, "E-CSRF", detail, "reload the page and send it again; nothing was changed")


def _unauthorised(detail: str) -> Refusal:
    return Refusal(401, "E-SIGN-IN", detail, "sign in and try again", {"WWW-Authenticate": 'Bearer realm="clinval"'})


def visitor_of(request: Request) -> Visitor:
    """Who calls, as the guard found."""
    visitor: Visitor = request.state.visitor
    return visitor


def who_of(request: Request) -> Actor:
    """The person who is signed in."""
    who = visitor_of(request).who
    if who is None:
        raise _unauthorised("Nobody is signed in.")
    return who


def services_of(request: Request) -> Services:
    """What the endpoints work with."""
    services: Services = request.app.state.services
    return services


if TYPE_CHECKING:
    Who = Actor
    Work = Services
else:
    Who = Annotated[Actor, Depends(who_of)]
    """A parameter of an endpoint: the person who is signed in."""
    Work = Annotated[Services, Depends(services_of)]
    """A parameter of an endpoint: :class:`~.services.Services`."""
