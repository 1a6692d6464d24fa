"""Many at once, in threads and in processes, and one that is killed: nothing acknowledged is lost (I4)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cases.desk import Conflict, Desk
from cases.desk.shapes import CaseState, CaseView, UploadState
from model.errors import InputError

from .conftest import Doctors, OpenDesk, agree

ROOT = Path(__file__).parents[3]
AT_ONCE = 8


def _all_at_once(calls: list[Callable[[], Any]], most: int = AT_ONCE) -> list[Any]:
    """What each call answers; a conflict is an answer."""

    def answered(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (Conflict, InputError) as error:
            return error

    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(answered, calls))


def test_of_many_saves_over_one_version_one_wins(desk: Desk, doctors: Doctors) -> None:
    """Catalogue 101."""
    case = desk.drafts.create(doctors.anna, {"complaint": "one"})
    answers = _all_at_once(
        [lambda n=n: desk.drafts.save(doctors.anna, case.id, {"complaint": f"by {n}"}, 1) for n in range(AT_ONCE)]
    )
    won = [one for one in answers if isinstance(one, CaseView)]
    assert [one.number for one in won] == [2]
    assert all(one.current.record == won[0].record for one in answers if isinstance(one, Conflict))
    assert len(desk.drafts.versions(doctors.anna, case.id)) == 2
    assert desk.trail.check(doctors.ada) == []


def test_no_update_is_lost_by_who_reads_and_tries_again(desk: Desk, doctors: Doctors) -> None:
    """Eight writers append five words each: all forty are there."""
    case = desk.drafts.create(doctors.anna, {"complaint": "start"})

    def append(writer: int) -> None:
        for number in range(5):
            while True:
                now = desk.drafts.get(doctors.anna, case.id)
                text = f"{now.record['complaint']} {writer}.{number}"
                try:
                    desk.drafts.save(doctors.anna, case.id, {"complaint": text}, now.number)
                    break
                except Conflict:
                    continue

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(append, range(AT_ONCE)))
    words = desk.drafts.get(doctors.anna, case.id).record["complaint"].split()[1:]
    assert Counter(words) == Counter(f"{writer}.{number}" for writer in range(AT_ONCE) for number in range(5))


def test_one_key_makes_one_case(desk: Desk, doctors: Doctors) -> None:
    """Catalogue 100."""
    answers = _all_at_once([lambda: desk.drafts.create(doctors.anna, {"complaint": "x"}, key="k")] * AT_ONCE)
    assert len({one.id for one in answers}) == 1
    assert len(desk.drafts.mine(doctors.anna)) == 1


def test_fifty_uploads_at_once(desk: Desk, doctors: Doctors) -> None:
    files = [f"id\n{number}\n".encode() * 1000 for number in range(50)]
    answers = _all_at_once(
        [lambda data=data: desk.uploads.receive(doctors.anna, "x.csv", [data], no_identifiers=True) for data in files],
        most=50,
    )
    assert {one.state for one in answers} == {UploadState.RECEIVED}
    stored = {desk.uploads.content(doctors.anna, one.id) for one in desk.uploads.mine(doctors.anna)}
    assert stored == set(files)
    assert desk.trail.check(doctors.ada) == []


def test_two_reviewers_decide_at_once(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    agree(desk, doctors.ben, submitted.id)
    agree(desk, doctors.cleo, submitted.id)
    answers = _all_at_once(
        [
            lambda: desk.reviews.decide(doctors.ben, submitted.id, 1, "accept"),
            lambda: desk.reviews.decide(doctors.cleo, submitted.id, 1, "reject", "no"),
        ]
    )
    assert sum(isinstance(one, Conflict) for one in answers) == 1
    review = desk.reviews.review(doctors.ben, submitted.id)
    assert len(review.decisions) == 1
    assert review.case.state in (CaseState.ACCEPTED, CaseState.REJECTED)


def _process(address: str, script: str) -> subprocess.Popen[str]:
    """Another server on the same database."""
    start = """
        import sys
        from cases.desk import Actor, Conflict, Desk, Role
        desk, who = Desk(sys.argv[1]), Actor("issuer|anna", "Anna", {Role.CLINICIAN})
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(start) + textwrap.dedent(script), address],
        cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_two_processes_take_turns(desk: Desk, doctors: Doctors, migrated: str) -> None:
    script = """
        case = sys.stdin.readline().strip()
        for number in range(20):
            while True:
                now = desk.drafts.get(who, case)
                try:
                    desk.drafts.save(who, case, {"complaint": str(int(now.record["complaint"]) + 1)}, now.number)
                    break
                except Conflict:
                    pass
    """
    case = desk.drafts.create(doctors.anna, {"complaint": "0"})
    both = [_process(migrated, script) for _ in range(2)]
    for one in both:
        assert one.stdin is not None
        one.stdin.write(f"{case.id}\n")
        one.stdin.flush()
    for one in both:
        one.communicate(timeout=60)
        assert one.returncode == 0
    now = desk.drafts.get(doctors.anna, case.id)
    assert (now.record["complaint"], now.number) == ("40", 41)
    assert desk.trail.check(doctors.ada) == []


@pytest.mark.parametrize("moment", ["while bytes come", "inside the transaction"])
def test_a_server_that_is_killed_in_an_upload(
    moment: str, doctors: Doctors, migrated: str, open_desk: OpenDesk
) -> None:
    """SIGKILL: what was acknowledged is there, what was not is not, and the next server goes on."""
    waits = "print('half', flush=True); time.sleep(60)"
    script = f"""
        import time
        for number in range(3):
            print(desk.uploads.receive(who, "x.csv", [b"id\\n%d\\n" % number], no_identifiers=True).id, flush=True)
        if {moment == "inside the transaction"}:
            import cases.desk.uploads
            real = cases.desk.uploads.upload_view
            def slow(*arguments):
                {waits}
            cases.desk.uploads.upload_view = slow
        incoming = desk.uploads.receiving(who, "half.csv", no_identifiers=True)
        for _ in range(40):
            incoming.write(b"x" * 100_000)
        if {moment == "while bytes come"}:
            {waits}
        incoming.finish()
    """
    server = _process(migrated, script)
    assert server.stdout is not None
    acknowledged = [server.stdout.readline().strip() for _ in range(3)]
    assert server.stdout.readline() == "half\n"
    os.kill(server.pid, signal.SIGKILL)
    server.communicate(timeout=30)
    after = open_desk(migrated)
    assert {one.id for one in after.uploads.mine(doctors.anna)} == set(acknowledged)
    assert [after.uploads.content(doctors.anna, one) for one in acknowledged] == [b"id\n0\n", b"id\n1\n", b"id\n2\n"]
    assert after.trail.check(doctors.ada) == []
    assert after.uploads.receive(doctors.anna, "x.csv", [b"more"], no_identifiers=True).size == 4


def test_a_full_disk_changes_nothing(tmp_path: Path, open_desk: OpenDesk) -> None:
    """The n-th page fails: what was acknowledged stays, what was not leaves nothing."""
    from cases.desk import DatabaseError

    desk = open_desk(f"sqlite:///{tmp_path / 'small.db'}")
    desk.upgrade()
    anna = desk.people.sign_in("anna", "Anna", ["clinician"])
    acknowledged = []
    with desk.store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limited(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 60}")

    from sqlalchemy import event

    event.listen(desk.store.engine, "checkout", limited)

    def fill() -> None:
        for _ in range(100):
            acknowledged.append(desk.uploads.receive(anna, "x.csv", [os.urandom(30_000)], no_identifiers=True).id)

    with pytest.raises(DatabaseError, match=r"E-DATABASE-FULL.*nothing was changed"):
        fill()
    assert acknowledged
    assert {one.id for one in desk.uploads.mine(anna)} == set(acknowledged)
