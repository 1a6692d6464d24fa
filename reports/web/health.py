"""For whoever keeps the server running."""

from __future__ import annotations

from pydantic import BaseModel

from .access import Work, guarded_router, public
from .problems import responses

router = guarded_router("/health", tags=["health"])


class Health(BaseModel):
    """The server answers."""

    status: str = "ok"


@router.get("/live")
@public
async def live() -> Health:
    """Whether the process answers at all."""
    return Health()


@router.get("/ready", responses=responses(503))
@public
def ready(work: Work) -> Health:
    """Whether the database answers, with tables of this program's form."""
    work.desk.ready()
    return Health()
