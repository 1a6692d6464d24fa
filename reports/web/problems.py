"""Every refusal: what, where, what was expected, what to do next; as RFC 9457 says, or as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from cases.desk import Conflict, DatabaseError, NotAllowed, NotFound
from model.errors import ClinvalError, InputError, Problem

OVERSIZE = 93
"""Of the bad-input catalogue."""
MEDIA_TYPE = "application/problem+json"


class ProblemItem(BaseModel):
    """One thing that is wrong, and where."""

    code: str
    where: str
    found: str
    expected: str = ""
    suggestions: list[str] = []
    next_step: str = ""
    severity: str = "reject"
    catalogue: int | None = None

    @classmethod
    def of(cls, problem: Problem) -> ProblemItem:
        return cls(
            code=problem.code, where=problem.where, found=problem.found, expected=problem.expected,
            suggestions=list(problem.suggestions), next_step=problem.next_step, severity=problem.severity.value,
            catalogue=problem.catalogue,
        )  # fmt: skip


class ProblemDetails(BaseModel):
    """Why a request was refused (RFC 9457), in words for people."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    title: str
    """The kind of refusal, in a few words."""
    status: int
    detail: str
    """What is wrong, in one sentence."""
    code: str
    """Stable, for programs: ``E-CONFLICT``."""
    next_step: str = ""
    problems: list[ProblemItem] = Field(default_factory=list)
    """Every single thing that is wrong with the input."""
    current: Any = None
    """After a conflict: what is stored now."""


class RefusedInput(HTTPException):
    """Bad input that is found while a body is read, where nothing but an HTTPException gets through FastAPI."""

    def __init__(self, error: InputError) -> None:
        super().__init__(422, str(error))
        self.error = error


TITLES: Mapping[int, str] = {
    400: "The request was not understood",
    401: "Please sign in",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This cannot be done here",
    408: "The request came too slowly",
    409: "Somebody else was quicker",
    413: "This is too large",
    415: "This kind of content is not read",
    422: "Something has to be mended",
    428: "Say which version this is for",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "The database does not answer",
}


class Refusal(HTTPException):
    """A request that is refused before any service is asked."""

    def __init__(
        self, status: int, code: str, detail: str, next_step: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code, self.next_step = code, next_step


def details_of(error: Exception) -> ProblemDetails:
    """The problem document of anything that a request may end with."""
    for kind, describe in _DESCRIBED:
        if isinstance(error, kind):
            return describe(error)
    return _details(
        500, "E-INTERNAL", "An unexpected error; it was written to the log without any of your text.",
        "try again; if it happens again, tell whoever runs this page, with the number of the request",
    )  # fmt: skip


def as_json(details: ProblemDetails, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """For programs."""
    content = details.model_dump(mode="json")
    return JSONResponse(content, details.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def plain(value: Any) -> Any:
    """A desk's value as plain JSON values."""
    from pydantic import TypeAdapter

    return None if value is None else TypeAdapter(type(value)).dump_python(value, mode="json")


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the refusals of an endpoint."""
    return {
        status: {
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in statuses
    }


def _details(status: int, code: str, detail: str, next_step: str = "") -> ProblemDetails:
    title = TITLES.get(status, "The request was refused")
    return ProblemDetails(title=title, status=status, detail=detail, code=code, next_step=next_step)


def _of_problems(items: Sequence[ProblemItem]) -> ProblemDetails:
    first = items[0]
    more = f" (and {len(items) - 1} more)" if len(items) > 1 else ""
    expected = f"; expected {first.expected}" if first.expected else ""
    status = 413 if first.catalogue == OVERSIZE else 422
    details = _details(status, first.code, f"{first.where}: found {first.found}{expected}{more}.", first.next_step)
    details.problems = list(items)
    return details


def _of_pydantic(error: Mapping[str, Any]) -> ProblemItem:
    """What a request's schema refused; never with the value itself, which may be a patient's."""
    place = error.get("loc", ())
    where = " › ".join(str(part)[:40] for part in place) or "request"
    found = "nothing" if error.get("type") == "missing" else "a value that does not fit"
    if error.get("type") == "json_invalid":
        return ProblemItem(code="E-JSON", where="body", found="no valid JSON", expected="JSON")
    return ProblemItem(code="E-FIELD", where=where, found=found, expected=_expectation(error))


def _expectation(error: Mapping[str, Any]) -> str:
    """The schema's own words, but for those of our validators, which may quote the input."""
    if error.get("type") in ("value_error", "assertion_error"):
        return "a value of the documented form"
    message = str(error.get("msg", "")).removeprefix("Input should be ").removeprefix("Value error, ")
    return "a value" if message == "Field required" else message


def _code_and_words(error: ClinvalError) -> tuple[str, str]:
    code, _, words = str(error).partition("  ")
    return (code, words) if words else ("E-FAILED", str(error))


def _sentence(status: int) -> str:
    return {404: "There is no such page.", 405: "This address does not take that kind of request."}.get(
        status, TITLES.get(status, "The request was refused") + "."
    )


def _of_conflict(error: Conflict) -> ProblemDetails:
    details = _details(409, "E-CONFLICT", error.reason, error.next_step)
    details.current = plain(error.current)
    return details


def _of_http(error: HTTPException) -> ProblemDetails:
    return _details(error.status_code, f"E-HTTP-{error.status_code}", _sentence(error.status_code))


_DESCRIBED: tuple[tuple[type[Exception], Callable[[Any], ProblemDetails]], ...] = (
    (Refusal, lambda error: _details(error.status_code, error.code, error.detail, error.next_step)),
    (RefusedInput, lambda error: details_of(error.error)),
    (HTTPException, _of_http),
    # Nobody reads this one: whoever asked has gone, which is no error on our side.
    (ClientDisconnect, lambda _: _details(400, "E-CUT-OFF", "The request was cut off on its way; nothing was kept.")),
    (RequestValidationError, lambda error: _of_problems([_of_pydantic(one) for one in error.errors()])),
    (NotAllowed, lambda error: _details(403, "E-NOT-ALLOWED", error.reason, error.next_step)),
    (NotFound, lambda error: _details(404, "E-NOT-FOUND", f"There is no such {error.what}, or it is somebody else's.")),
    (Conflict, _of_conflict),
    (InputError, lambda error: _of_problems([ProblemItem.of(problem) for problem in error.problems])),
    (DatabaseError, lambda error: _details(503, *_code_and_words(error), "try again in a minute; nothing was changed")),
    (ClinvalError, lambda error: _details(500, *_code_and_words(error))),
)
"""The first that fits."""
