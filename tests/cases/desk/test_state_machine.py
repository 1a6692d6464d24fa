"""Whatever doctors do in whatever order: nobody approves their own, history only grows, two sign off."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from cases.desk import Actor, Conflict, Desk, NotAllowed, NotFound, Role
from cases.desk.audit import entries_of, replayed_states, stored_states
from cases.desk.shapes import CaseState
from cases.desk.tables import APPEND_ONLY, CaseRow, CaseVersion, DecisionRow, OpinionRow
from model.errors import InputError
from model.network import ClinicalNetwork

from .conftest import Ticking

REFUSALS = (Conflict, InputError, NotAllowed, NotFound)
CONDITIONS = ("appendicitis", "gastroenteritis")
people = st.integers(0, 3)
conditions = st.sampled_from(CONDITIONS)


class ReviewMachine(RuleBasedStateMachine):
    """Four doctors, each of whom may write and review, and a handful of cases."""

    address: str
    network: ClinicalNetwork
    record: dict[str, Any]
    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.address, network=self.network, clock=Ticking())
        both = [Role.CLINICIAN, Role.REVIEWER]
        self.doctors = [self.desk.people.sign_in(f"d{number}", f"Doctor {number}", both) for number in range(4)]
        self.history: dict[str, list[Any]] = {}
        self.seed = random.Random(0)

    def teardown(self) -> None:
        assert self.desk.trail.check(Actor("ada", "Ada", frozenset({Role.ADMINISTRATOR}))) == []
        self.desk.close()

    def _record(self, variant: int) -> dict[str, Any]:
        record = copy.deepcopy(self.record)
        record["patient"]["age"] = 20 + variant
        return record

    def _try(self, call: Any) -> Any:
        try:
            return call()
        except REFUSALS:
            return None

    @initialize(target=cases)
    def first(self) -> str:
        return self.write(0)

    @rule(target=cases, who=people)
    def write(self, who: int) -> str:
        case = self.desk.drafts.create(self.doctors[who], self._record(self.seed.randrange(60)))
        self._try(lambda: self.desk.drafts.submit(self.doctors[who], case.id, 1, no_identifiers=True))
        return case.id

    @rule(case=cases, who=people, variant=st.integers(0, 5), number=st.integers(1, 4))
    def save(self, case: str, who: int, variant: int, number: int) -> None:
        self._try(lambda: self.desk.drafts.save(self.doctors[who], case, self._record(variant), number))

    @rule(case=cases, who=people, number=st.integers(1, 4))
    def submit(self, case: str, who: int, number: int) -> None:
        self._try(lambda: self.desk.drafts.submit(self.doctors[who], case, number, no_identifiers=True))

    @rule(case=cases, who=people, for_good=st.booleans())
    def take_back(self, case: str, who: int, for_good: bool) -> None:
        back = self.desk.drafts.withdraw if for_good else self.desk.drafts.recall
        self._try(lambda: back(self.doctors[who], case, "second thoughts"))

    @rule(case=cases, who=people, condition=conditions)
    def give_opinion(self, case: str, who: int, condition: str) -> None:
        blind = self._try(lambda: self.desk.reviews.case_for_review(self.doctors[who], case))
        if blind is not None:
            give = self.desk.reviews.give_opinion
            self._try(lambda: give(self.doctors[who], case, blind.number, condition=condition, triage="urgent"))

    @rule(
        case=cases,
        who=people,
        verdict=st.sampled_from(["accept", "accept", "edit", "reject"]),
        variant=st.integers(0, 9),
    )
    def decide(self, case: str, who: int, verdict: str, variant: int) -> None:
        seen = self._try(lambda: self.desk.reviews.review(self.doctors[who], case))
        if seen is None:
            return
        before = seen.case
        after = self._try(
            lambda: self.desk.reviews.decide(
                self.doctors[who], case, before.number, verdict, "because", record=self._record(variant)
            )
        )
        assert (after is not None) <= seen.may_decide
        if after is not None:
            assert before.by != self.doctors[who].id

    @invariant()
    def nobody_approves_their_own(self) -> None:
        """A decision is never on a text of the decider's; an opinion never of the owner's."""
        with self.desk.store.read() as session:
            on = (CaseVersion.case_id == DecisionRow.case_id) & (CaseVersion.number == DecisionRow.number)
            own = select(DecisionRow.id).join(CaseVersion, on).where(DecisionRow.by == CaseVersion.by)
            assert session.scalars(own).all() == []
            owner = (
                select(OpinionRow.id)
                .join(CaseRow, CaseRow.id == OpinionRow.case_id)
                .where(OpinionRow.by == CaseRow.owner)
            )
            assert session.scalars(owner).all() == []

    @invariant()
    def an_accepted_text_has_two_people(self) -> None:
        """Who wrote it and who accepted it; and if their opinions differed first, a third."""
        with self.desk.store.read() as session:
            for case in session.scalars(select(CaseRow).where(CaseRow.accepted_number.is_not(None))):
                version = session.get_one(CaseVersion, (case.id, case.accepted_number))
                decisions = session.scalars(
                    select(DecisionRow)
                    .where(DecisionRow.case_id == case.id, DecisionRow.number == case.accepted_number)
                    .order_by(DecisionRow.id)
                ).all()
                assert decisions[-1].kind == "accept"
                assert decisions[-1].by != version.by
                if version.by == case.owner and decisions[-1].agreed is False:
                    assert len({version.by, *(one.by for one in decisions)}) >= 3
        if any(one.state is CaseState.ACCEPTED for one in self.desk.drafts.accepted(self.doctors[0])):
            assert all(card.reviewer not in (None, card.author) for card in self.desk.publishing.cards(self.doctors[0]))

    @invariant()
    def history_only_grows(self) -> None:
        with self.desk.store.read() as session:
            for table in APPEND_ONLY:
                rows = [tuple(row) for row in session.connection().execute(text(f"SELECT * FROM {table}"))]
                missing = set(self.history.get(table, [])) - set(rows)
                assert not missing
                self.history[table] = rows

    @invariant()
    def the_trail_tells_the_states(self) -> None:
        with self.desk.store.read() as session:
            assert replayed_states(entries_of(session)) == stored_states(session)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_review_state_machine(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, network: ClinicalNetwork, case_record: dict[str, Any]
) -> None:
    from . import conftest

    numbers = iter(range(10_000))

    def new_address() -> str:
        if kind == "sqlite":
            address = f"sqlite:///{tmp_path / str(next(numbers))}.db"
        else:
            address = conftest.new_postgres(request.getfixturevalue("postgres"))
        conftest._upgrade(address)
        return address

    class Machine(ReviewMachine):
        def __init__(self) -> None:
            self.address, self.network, self.record = new_address(), network, case_record
            super().__init__()

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15 if kind == "sqlite" else 4, stateful_step_count=30, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
