"""The model's words: search with typing errors, and the list of all."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from ..access import EVERY_ROLE, Who, Work, allow, guarded_router
from ..problems import responses
from ..search import KINDS, LONGEST_QUERY, Hit, Kind
from . import PREFIX

router = guarded_router(f"{PREFIX}/vocabulary", tags=["vocabulary"], responses=responses(401, 403, 422, 429))


class Model(BaseModel):
    """The model that cases are checked against."""

    name: str
    title: str
    digest: str
    n_conditions: int
    n_findings: int
    n_risk_factors: int


@router.get("")
@allow(*EVERY_ROLE)
async def model(work: Work) -> Model:
    """Which model it is."""
    network = work.checker.network
    return Model(
        name=network.name, title=network.title, digest=network.digest, n_conditions=len(network.conditions),
        n_findings=len(network.findings), n_risk_factors=len(network.risk_factors),
    )  # fmt: skip


@router.get("/search")
@allow(*EVERY_ROLE)
def search(
    who: Who,  # noqa: ARG001
    work: Work,
    q: Annotated[str, Query(max_length=LONGEST_QUERY, description="Words, a synonym or a code.")],
    kind: Annotated[list[Kind] | None, Query()] = None,
    most: Annotated[int, Query(ge=1, le=50)] = 8,
) -> list[Hit]:
    """What the words may mean: what begins with them first, then what holds them, then what is like them."""
    hits: list[Hit] = work.vocabulary(q, kind or KINDS, most)
    return hits
