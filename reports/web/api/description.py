"""The API's OpenAPI document: FastAPI's, with how to sign in, who may call what, and what refusals look like."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from ..access import Access, Body, access_of
from ..problems import ProblemDetails, responses
from ..settings import Settings

CSRF = {
    "name": "X-CSRF-Token",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "Of `GET /api/v1/me`; needed with the cookie, not with a token.",
}

WITH_A_BODY = (400, 408, 413)
"""How any request that has a body may be refused: no form that it says it is, too slow, too large."""


def describe(app: FastAPI, settings: Settings, accesses: dict[tuple[str, str], Access]) -> dict[str, Any]:
    """The document.

    Parameters
    ----------
    accesses
        (method, path) to what the endpoint declares.
    """
    document: dict[str, Any] = FastAPI.openapi(app)
    components = document.setdefault("components", {})
    _, problem = models_json_schema([(ProblemDetails, "serialization")], ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update(problem["$defs"])
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-clinval" if settings.is_https else "clinval"},
        "ci": {"type": "http", "scheme": "bearer", "description": "A token of CI."},
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _add(operation, method, accesses[method.upper(), path], settings)
    return document


def _add(operation: dict[str, Any], method: str, access: Access, settings: Settings) -> None:
    session: list[dict[str, list[str]]] = [{"session": []}] if access.roles or access.needs_no_role else []
    ci: list[dict[str, list[str]]] = [{"ci": []}] if access.ci else []
    operation["security"] = [{}] if access.is_public else session + ci
    operation["x-roles"] = sorted(role.value for role in access.roles)
    if "requestBody" in operation:
        for status, refusal in responses(*WITH_A_BODY).items():
            operation["responses"].setdefault(str(status), refusal)
    if method != "get":
        operation["x-most-bytes"] = getattr(settings.limits, Body(access.body).value)
        if session:
            operation.setdefault("parameters", []).append(CSRF)


def accesses_of(routes: list[Any]) -> dict[tuple[str, str], Access]:
    """(method, path) to what each endpoint of some routers declares."""
    return {(method, route.path): access_of(route.endpoint) for route in routes for method in route.methods}
