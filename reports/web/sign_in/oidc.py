"""OpenID Connect by Authlib: authorisation code with PKCE; state, nonce, signature, issuer, audience and times
are checked by it.

What has to be remembered between leaving and coming back (state, nonce, the PKCE verifier, where to go on)
travels in a signed cookie of ten minutes, so that any process can take the visitor back.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import Query, Request
from itsdangerous import URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from cases.desk import Role

from ..access import Work, guarded_router, public, visitor_of
from ..middleware.log import LOGGER
from ..pages.rendering import render
from ..problems import Refusal
from ..services import Services
from ..settings import OpenIdConnect
from .going_on import own_page

router = guarded_router(include_in_schema=False)
COOKIE, MINUTES = "clinval_sign_in", 10
RETURN = "/sign-in/return"
NAME_CLAIMS = ("name", "preferred_username", "email", "sub")


@router.get("/sign-in")
@public
async def leave(request: Request, work: Work, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """Go to the identity provider."""
    work.count_sign_in(request)
    target = own_page(next)
    held: dict[str, Any] = {}
    request.scope["session"] = held  # Where Authlib keeps its state; ours is the signed cookie.
    try:
        answer: Response = await client_of(work).authorize_redirect(request, work.settings.public_url + RETURN)
    except Exception as error:
        raise _unreachable() from error
    text = _serializer(work).dumps({"next": target, "held": held})
    answer.set_cookie(
        COOKIE, text, max_age=60 * MINUTES, path=RETURN, secure=work.settings.is_https, httponly=True, samesite="lax"
    )
    return answer


@router.get(RETURN)
@public
async def come_back(request: Request, work: Work) -> Response:
    """Back from the identity provider: who it is, if everything proves true."""
    work.count_sign_in(request)
    target, claims = await _claims(request, work)
    assert work.settings.oidc is not None
    subject, name = f"{work.settings.oidc.issuer}|{claims['sub']}", _name(claims)
    who = await run_in_threadpool(work.desk.people.sign_in, subject, name, roles_in(claims, work.settings.oidc))
    answer = RedirectResponse(target, 303)
    before = visitor_of(request).session
    if before is not None:
        work.sessions.end(before)
    work.sessions.start(answer, who)
    answer.delete_cookie(COOKIE, path=RETURN, secure=work.settings.is_https, httponly=True, samesite="lax")
    return answer


@router.get("/signed-out")
@public
def signed_out(request: Request) -> Response:
    """After signing out here; the identity provider may still know the person."""
    return render(request, "signed_out.html.j2")


def roles_in(claims: Mapping[str, Any], oidc: OpenIdConnect) -> frozenset[Role]:
    """The roles that the id token's claim stands for; what it says beside is nothing to us."""
    value: Any = claims
    for part in oidc.roles_claim.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(oidc.roles[one] for one in listed if isinstance(one, str) and one in oidc.roles)


def client_of(work: Services) -> Any:
    """Authlib's client, made once an application: it remembers the provider's addresses and keys."""
    oidc = work.settings.oidc
    assert oidc is not None
    return _client(oidc.issuer, oidc.client_id, oidc.client_secret, oidc.scope)


@cache
def _client(issuer: str, client_id: str, client_secret: str, scope: str) -> Any:
    from authlib.integrations.starlette_client import OAuth

    return OAuth().register(
        "clinval", client_id=client_id, client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": scope, "code_challenge_method": "S256", "timeout": 10.0},
    )  # fmt: skip


async def _claims(request: Request, work: Services) -> tuple[str, Mapping[str, Any]]:
    """Where to go on, and what the provider says of the person.

    Raises
    ------
    Refusal
        401 where anything does not prove true: which of it is for the log, not for the page.
    """
    try:
        kept = _serializer(work).loads(request.cookies.get(COOKIE, ""), max_age=60 * MINUTES)
        request.scope["session"] = kept["held"]
        token = await client_of(work).authorize_access_token(request, leeway=60)
        claims: Mapping[str, Any] = token["userinfo"]
        assert work.settings.oidc is not None
        if claims["iss"].rstrip("/") != work.settings.oidc.issuer or not claims["sub"]:
            raise ValueError("another issuer than the one of the settings")
    except Exception as error:  # Authlib, joserfc and httpx each have errors of their own for a lie.
        LOGGER.warning("sign-in was refused: %s", type(error).__name__)
        detail = "The identity provider did not confirm who you are."
        raise Refusal(401, "E-OIDC", detail, "sign in again") from error
    return own_page(kept["next"]), claims


def _name(claims: Mapping[str, Any]) -> str:
    return next(str(claims[name]).strip() for name in NAME_CLAIMS if str(claims.get(name) or "").strip())[:200]


def _serializer(work: Services) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(work.settings.secret, salt="clinval sign-in")


def _unreachable() -> Refusal:
    return Refusal(503, "E-OIDC", "The identity provider does not answer.", "try again in a minute")
