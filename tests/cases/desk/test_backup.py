"""A copy of the database: one moment of it, whole, while somebody writes; and it can be worked on."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cases.cli import app
from cases.desk import Desk
from cases.desk.backup import back_up
from cases.desk.shapes import CaseView
from model.errors import InputError

from .conftest import Doctors, OpenDesk, accept

ON_SQLITE = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)


@ON_SQLITE
def test_a_copy_while_somebody_writes(
    desk: Desk, doctors: Doctors, submitted: CaseView, open_desk: OpenDesk, tmp_path: Path
) -> None:
    accept(desk, submitted, doctors.ben)
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            written.append(desk.drafts.create(doctors.anna, {"complaint": "Another."}).id)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        sizes = [back_up(desk.store.engine, tmp_path / f"{number}.db") for number in range(5)]
    finally:
        stop.set()
        writer.join()
    assert written
    for number, size in enumerate(sizes):
        path = tmp_path / f"{number}.db"
        assert path.stat().st_size == size
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        copy = open_desk(f"sqlite:///{path}")
        assert copy.trail.check(doctors.ada) == []
        assert copy.publishing.cards(doctors.ada) == desk.publishing.cards(doctors.ada)
    assert not list(tmp_path.glob(".*"))
    copy.drafts.create(doctors.anna, {"complaint": "It goes on."})
    assert copy.trail.check(doctors.ada) == []


@ON_SQLITE
def test_what_is_there_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("mine")
    with pytest.raises(InputError, match="E-EXISTS"):
        back_up(desk.store.engine, there)
    with pytest.raises(InputError, match="E-BACKUP"):
        back_up(desk.store.engine, tmp_path / "nowhere" / "x.db")
    assert there.read_text() == "mine"


@ON_POSTGRESQL
def test_postgresql_has_its_own(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pg_dump"):
        back_up(desk.store.engine, tmp_path / "x.db")


@ON_SQLITE
def test_the_command(desk: Desk, doctors: Doctors, submitted: CaseView, migrated: str, tmp_path: Path) -> None:
    accept(desk, submitted, doctors.ben)

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(app, ["database", *arguments, "--format", "json"])
        return result.exit_code, json.loads(result.output)

    code, said = run("backup", str(tmp_path / "copy.db"), "--database", migrated)
    assert (code, said["problems"]) == (0, [])
    assert said["end"] == desk.trail.end(doctors.ada)
    assert run("check", "--noted", said["end"], "--database", migrated)[0] == 0
    with desk.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE \"case\" SET owner = 'issuer|cleo'")
    code, said = run("backup", str(tmp_path / "broken.db"), "--database", migrated)
    assert (code, [one["code"] for one in said["problems"]]) == (2, ["E-TRAIL-STANDING"])
