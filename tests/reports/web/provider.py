"""A small OpenID Connect provider that is strict where it matters, and wrong where a test asks for it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Form, Request
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

from reports.web.server import listen

CLIENT, SECRET = "clinval", "the client's secret"


@dataclass
class Provider:
    """What it knows, and in what it lies."""

    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    forger: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    """Another key under the same name."""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "17", "name": "Dr Ada", "roles": ["clinician"]})
    lie: str = ""
    """``signature``, ``algorithm``, or nothing; claims lie by themselves."""
    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    n_keys_read: int = 0
    key_id: str = "one"

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.lie == "algorithm":  # "alg": "none", the oldest trick.
            parts = [b'{"alg":"none"}', jwt_payload(claims)]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        key = self.forger if self.lie == "signature" else self.key
        return jwt.encode({"alg": "RS256", "kid": self.key_id}, claims, key)


def jwt_payload(claims: dict[str, Any]) -> bytes:
    import json

    return json.dumps(claims).encode()


def application(provider: Provider) -> FastAPI:
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        return {
            "issuer": provider.address,
            "authorization_endpoint": f"{provider.address}/authorize",
            "token_endpoint": f"{provider.address}/token",
            "jwks_uri": f"{provider.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        provider.n_keys_read += 1
        return {"keys": [provider.key.as_dict(private=False)]}

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        asked = request.query_params
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        provider.grants[code] = {name: asked[name] for name in ("nonce", "code_challenge", "redirect_uri")}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    @app.post("/token")
    def token(
        request: Request,
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
    ) -> Response:
        user, _, password = (
            base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
        )
        grant = provider.grants.pop(code, None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        if (
            grant is None
            or (user, password) != (CLIENT, SECRET)
            or challenge != grant["code_challenge"]
            or redirect_uri != grant["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        made = {
            "access_token": "a",
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": provider.id_token(grant["nonce"]),
        }
        return JSONResponse(made)

    return app


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """The provider on the loopback."""
    socket = listen("127.0.0.1", 0)
    provider.address = f"http://127.0.0.1:{socket.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(application(provider), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(20)
        socket.close()
