"""The symptom checker over HTTP: open an interview, get a question, answer it, see differential and advice."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..access import EVERY_ROLE, Work, allow, guarded_router
from ..interviews import Person, Turn
from ..problems import responses
from . import PREFIX
from .parameters import Input

router = guarded_router(f"{PREFIX}/interview", tags=["interview"], responses=responses(401, 403, 422, 429))
Word = Annotated[str, Field(max_length=500)]
States = Annotated[dict[Word, Word], Field(max_length=5000)]


class Opening(Input):
    """What is known before the first question."""

    age_years: Annotated[float, Field(ge=0, le=130, allow_inf_nan=False)] | None = None
    sex: Literal["female", "male"] | None = None
    risk_factors: States = Field(default_factory=dict)
    """Id to ``present`` or ``absent``; what is left out is not known."""
    findings: States = Field(default_factory=dict)
    """What the person volunteers: id to a state of the finding."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Of a model that asks at random."""


class Answer(Input):
    """The answer to the question that was asked."""

    state: Annotated[str, Field(max_length=500_000)]
    """Of the last turn, as it was."""
    finding: Word
    """Of the question that is answered."""
    answer: Word | None
    """A state of the finding; null: cannot say."""


@router.post("")
@allow(*EVERY_ROLE, ci=True)
def begin(opening: Opening, work: Work) -> Turn:
    """Open an interview and get the first question; the server keeps nothing of it."""
    person = Person(opening.age_years, opening.sex, opening.risk_factors, opening.findings, opening.seed)
    turn: Turn = work.interviews.open(person)
    return turn


@router.post("/answer")
@allow(*EVERY_ROLE, ci=True)
def answer(said: Answer, work: Work) -> Turn:
    """Answer, and get the next question, or the end."""
    turn: Turn = work.interviews.answer(said.state, said.finding, said.answer)
    return turn
