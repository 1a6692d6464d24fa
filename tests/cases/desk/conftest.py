"""A desk on SQLite and on a real PostgreSQL, four doctors, and cases to work with."""

from __future__ import annotations

import copy
import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from cases.desk import Actor, Desk, Role
from cases.desk.audit import FIRST_HASH
from cases.desk.shapes import CaseView
from cases.desk.tables import Base
from model.network import ClinicalNetwork
from tests.lacking import lacks

from .postgres import NoServer, server

KINDS = ("sqlite", "postgresql")
_names = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server, with a place for the database's name; the reason why there is none."""
    try:
        with server() as address:
            yield address
    except NoServer as reason:
        yield f"none: {reason}"


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    return new_postgres(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of each kind, once it was needed, a database with its tables made: SQLite's is copied, PostgreSQL's emptied."""
    return {"sqlite": str(tmp_path_factory.mktemp("templates") / "desk.db")}


def new_postgres(address: str) -> str:
    """A new database of the server at ``address``; skips where there is none, in CI fails."""
    if address.startswith("none: "):
        lacks(address.removeprefix("none: "))
    name = f"desk{next(_names)}"
    engine = create_engine(address.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return address.format(name=name)


class Ticking:
    """A clock that goes on by a second whenever it is read, so that every moment is another."""

    def __init__(self) -> None:
        self.now = datetime(2027, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


OpenDesk = Callable[..., Desk]


@pytest.fixture
def open_desk(network: ClinicalNetwork) -> Iterator[OpenDesk]:
    """Opens desks that are closed after the test."""
    opened: list[Desk] = []

    def opens(address: str, **options: Any) -> Desk:
        opened.append(Desk(address, **{"network": network, "clock": Ticking(), **options}))
        return opened[-1]

    yield opens
    for one in opened:
        one.close()


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest, tmp_path: Path, templates: dict[str, str]) -> str:
    """The address of a database with its tables made."""
    if request.param == "sqlite":
        template = Path(templates["sqlite"])
        if not template.exists():
            _upgrade(f"sqlite:///{template}")
        return f"sqlite:///{shutil.copy(template, tmp_path)}"
    address = request.getfixturevalue("postgres")
    if "postgresql" not in templates:
        templates["postgresql"] = new_postgres(address)
        _upgrade(templates["postgresql"])
    _empty(templates["postgresql"])
    return templates["postgresql"]


def _upgrade(address: str) -> None:
    desk = Desk(address)
    desk.upgrade()
    desk.close()


def _empty(address: str) -> None:
    """Back to what the migrations leave; only a superuser can, with the triggers switched off."""
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
        connection.execute(text(f"INSERT INTO audit_head VALUES (1, 0, '{FIRST_HASH}')"))
    engine.dispose()


@pytest.fixture
def desk(migrated: str, open_desk: OpenDesk) -> Desk:
    """A desk with its tables made."""
    return open_desk(migrated)


@dataclass(frozen=True)
class Doctors:
    """Who acts in the tests."""

    anna: Actor
    """Writes cases."""
    ben: Actor
    cleo: Actor
    """Ben and Cleo review, and write cases of their own."""
    ada: Actor
    """Administers."""


@pytest.fixture
def doctors(desk: Desk) -> Doctors:
    """Four people who have signed in."""
    return sign_in(desk)


def sign_in(desk: Desk) -> Doctors:
    """The four, at a desk."""
    both = [Role.CLINICIAN, Role.REVIEWER]
    return Doctors(
        desk.people.sign_in("issuer|anna", "Anna", [Role.CLINICIAN]),
        desk.people.sign_in("issuer|ben", "Ben", both),
        desk.people.sign_in("issuer|cleo", "Cleo", both),
        desk.people.sign_in("issuer|ada", "Ada", [Role.ADMINISTRATOR]),
    )


@pytest.fixture
def case_record(record: dict[str, Any]) -> dict[str, Any]:
    """A complete case as a page sends it: without what the desk sets itself."""
    return {name: value for name, value in record.items() if name not in ("id", "author", "review_state")}


@pytest.fixture
def other_record(case_record: dict[str, Any]) -> dict[str, Any]:
    """Another complete case."""
    other = copy.deepcopy(case_record)
    other["patient"]["age"] = 61
    other["findings"] = {"diarrhoea": {"state": "present", "initial": True}, "nausea": "present", "fever": "absent"}
    other["complaint"] = "I have been on the toilet all night."
    other["expected"] = {"condition": "gastroenteritis", "triage": ["self_care", "routine"]}
    return other


@pytest.fixture
def submitted(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> CaseView:
    """Anna's case, in review."""
    case = desk.drafts.create(doctors.anna, case_record, card_id="appendicitis-001")
    return desk.drafts.submit(doctors.anna, case.id, case.number, no_identifiers=True)


def agree(desk: Desk, who: Actor, case_id: str, number: int = 1) -> None:
    """The expected answer, blind."""
    desk.reviews.give_opinion(who, case_id, number, condition="appendicitis", triage="urgent")


def disagree(desk: Desk, who: Actor, case_id: str, number: int = 1) -> None:
    """Another answer, blind."""
    desk.reviews.give_opinion(who, case_id, number, condition="gastroenteritis", triage="routine")


def accept(desk: Desk, case: CaseView, who: Actor) -> None:
    """A blind opinion that agrees, and an accept."""
    expected = case.record["expected"]
    desk.reviews.give_opinion(who, case.id, case.number, condition=expected["condition"], triage=expected["triage"][0])
    desk.reviews.decide(who, case.id, case.number, "accept")
