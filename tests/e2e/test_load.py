"""Many rows, many people, and a server that dies: nothing is lost, nothing half is visible (I4).

Only counts and memory are held here, not seconds, which depend on what else the machine does; the goal of 10,000
rows in 20 s is measured with ``python -m tests.e2e.test_load [starter|primary_care]``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from model.network.vocabulary import Limits
from tests.cases.desk.conftest import KINDS, new_postgres, postgres

from .serving import Person, Server, network, served

__all__ = ["postgres"]

pytestmark = pytest.mark.slow

N_ROWS = 10_000
N_PEOPLE = 50
MOST_MIB = 900
"""Of the whole server while it checks and takes 10,000 rows; it starts with 150 MiB."""


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; the server makes its tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    return new_postgres(request.getfixturevalue("postgres"))


def cases_csv(model: str, n_rows: int, *, seed: int = 0, bad_every: int = 0) -> bytes:
    """Rows of findings drawn at random, no two alike; every ``bad_every``-th has a word that nobody knows."""
    net, draw = network(model), random.Random(seed)
    findings = [one.name for one in net.findings if one.limits == Limits()]
    conditions = [one.id for one in net.conditions]
    text = io.StringIO(newline="")
    write = csv.writer(text)
    write.writerow(["id", "author", "age", "sex", "complaint", "initial", "present", "absent", "expected", "unlisted"])
    for number in range(n_rows):
        first, *present = draw.sample(findings, 6)
        absent = [one for one in draw.sample(findings, 5) if one not in (first, *present)]
        if bad_every and number % bad_every == 0:
            present[0] = f"{present[0][:-2]}qz"
        row = [f"load-{seed}-{number}", "A. Doctor", draw.randrange(25, 60), draw.choice(["female", "male"])]
        row += [f"It began {number} minutes ago.", first, "; ".join(present), "; ".join(absent)]
        write.writerow([*row, draw.choice(conditions), "unknown"])
    return text.getvalue().encode()


def test_ten_thousand_rows(tmp_path: Path) -> None:
    data = cases_csv("starter", N_ROWS, bad_every=100)
    with served(tmp_path, f"sqlite:///{tmp_path / 'desk.db'}") as server, Person(server) as author:
        upload = author.upload(data).json()["id"]
        checked = author.post(f"/uploads/{upload}/check").json()
        assert sum(checked["rows"].values()) == N_ROWS
        waiting = author.get(f"/uploads/{upload}/rows", params={"state": "waiting", "most": 500}).json()
        unknown = {row["position"] for row in waiting for one in row["problems"] if one["code"] == "E-UNKNOWN-FINDING"}
        assert unknown == set(range(0, N_ROWS, 100))
        assert checked["rows"]["ready"] > 0.9 * N_ROWS
        n_ready = checked["rows"]["ready"]
        taken = author.post(f"/uploads/{upload}/take", version=checked["revision"], json={"count": n_ready})
        assert len(set(taken.json()["cases"])) == n_ready
        assert len(author.get("/cases").json()) == n_ready
        assert server.peak_mib < MOST_MIB


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each answers; they start together."""
    barrier = threading.Barrier(len(calls))

    def start(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(start, calls))


def test_fifty_people_upload_at_once(tmp_path: Path, database: str) -> None:
    files = [cases_csv("starter", 20, seed=number) for number in range(N_PEOPLE)]
    with served(tmp_path, database, people=N_PEOPLE) as server:
        people = at_once([partial(Person, server, n) for n in range(N_PEOPLE)])

        def whole_way(author: Person, data: bytes) -> list[int]:
            sent = author.upload(data)
            if sent.status_code != 201:
                return [sent.status_code]
            checked = author.post(f"/uploads/{sent.json()['id']}/check")
            ready = checked.json()["rows"].get("ready", 0)
            take = author.post(
                f"/uploads/{sent.json()['id']}/take", version=checked.json()["revision"], json={"count": ready}
            )
            return [sent.status_code, checked.status_code, take.status_code, ready, len(take.json()["cases"])]

        answers = at_once([partial(whole_way, *one) for one in zip(people, files, strict=True)])
        assert {tuple(one[:3]) for one in answers} == {(201, 200, 200)}
        assert all(ready == n_cases > 0 for *_, ready, n_cases in answers)
        for author, data, answer in zip(people, files, answers, strict=True):
            assert [one["sha256"] for one in author.get("/uploads").json()] == [hashlib.sha256(data).hexdigest()]
            assert len(author.get("/cases").json()) == answer[-1]
            author.http.close()
    assert re.findall(r".* 5\d\d \d+ ms$", server.log, re.MULTILINE) == []
    assert trail_of(database) == []


def test_a_server_killed_while_fifty_upload(tmp_path: Path, database: str) -> None:
    """What was acknowledged is there after the next start, whole; what was not is there whole or not at all."""
    server = Server(tmp_path, database, people=N_PEOPLE)
    people = at_once([partial(Person, server, n) for n in range(N_PEOPLE)])
    acknowledged: list[tuple[int, str, str]] = []
    sent: Counter[str] = Counter()
    enough = threading.Event()

    def send_until_it_dies(number: int) -> None:
        import httpx2 as httpx

        draw = random.Random(number)
        while True:
            data = draw.randbytes(draw.choice((2_000, 100_000, 1_200_000)))
            sha256 = hashlib.sha256(data).hexdigest()
            sent[sha256] += 1
            try:
                answer = people[number].upload(data)
            except httpx.TransportError:
                return
            assert answer.status_code == 201
            acknowledged.append((number, answer.json()["id"], sha256))
            if len(acknowledged) >= N_PEOPLE:
                enough.set()

    with ThreadPoolExecutor(N_PEOPLE) as pool:
        sending = [pool.submit(send_until_it_dies, number) for number in range(N_PEOPLE)]
        assert enough.wait(120)
        server.kill()
        for one in sending:
            one.result()
    with served(tmp_path, database, people=N_PEOPLE) as again:
        kept = contents_of(database)
        assert {(number, upload): sha256 for number, upload, sha256 in acknowledged}.items() <= kept.items()
        assert set(kept.values()) <= set(sent)
        assert len(kept) - len(acknowledged) <= N_PEOPLE  # One of each may have been stored but not answered.
        with Person(again) as author:  # And it goes on.
            own = {upload for number, upload in kept if number == 0}
            assert {one["id"] for one in author.get("/uploads").json()} == own
            upload = author.upload(cases_csv("starter", 5)).json()["id"]
            assert sum(author.post(f"/uploads/{upload}/check").json()["rows"].values()) == 5
    assert trail_of(database) == []


def test_a_sender_that_hangs_up_leaves_nothing(tmp_path: Path) -> None:
    """Half a body, then the line is cut: no upload, and the next one is received."""
    import httpx2 as httpx

    with served(tmp_path, f"sqlite:///{tmp_path / 'desk.db'}") as server, Person(server) as author:

        def half() -> Iterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + b"x" * 500_000
            raise ConnectionAbortedError("the cable was pulled")

        headers = {
            "X-CSRF-Token": author.token, "Idempotency-Key": "half-of-it", "Content-Length": "3000000",
            "Content-Type": "multipart/form-data; boundary=b",
        }  # fmt: skip
        with pytest.raises((ConnectionAbortedError, httpx.TransportError)):
            author.http.post("/api/v1/uploads", headers=headers, content=half())
        assert author.get("/uploads").json() == []
        assert author.upload(b"id\n1\n", key="half-of-it").status_code == 201
        assert [one["size"] for one in author.get("/uploads").json()] == [5]


def trail_of(database: str) -> list[str]:
    """What is wrong with the trail."""
    from cases.desk import Actor, Desk, Role

    desk = Desk(database)
    try:
        return [str(one) for one in desk.trail.check(Actor("test", "Test", frozenset({Role.ADMINISTRATOR})))]
    finally:
        desk.close()


def contents_of(database: str) -> dict[tuple[int, str], str]:
    """Sender and upload to the SHA-256 of the bytes that are stored, which the upload itself says too."""
    from cases.desk import Actor, Desk, Role

    desk = Desk(database)
    try:
        found = {}
        for number in range(N_PEOPLE):
            who = Actor(f"local|doctor {number}", f"Doctor {number}", frozenset({Role.CLINICIAN}))
            for one in desk.uploads.mine(who):
                found[number, one.id] = hashlib.sha256(desk.uploads.content(who, one.id)).hexdigest()
                assert (one.sha256, one.state) == (found[number, one.id], "received")
        return found
    finally:
        desk.close()


def xlsx_of(data: bytes) -> bytes:
    """The same rows as a workbook, as a spreadsheet program would save them."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("cases")
    for row in csv.reader(io.StringIO(data.decode(), newline="")):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def measure(model: str) -> None:
    """Print how long 10,000 rows take from the first byte sent to the last row checked, and how much memory."""
    text = cases_csv(model, N_ROWS, bad_every=100)
    for filename, data in (("cases.csv", text), ("cases.xlsx", xlsx_of(text))):
        with tempfile.TemporaryDirectory() as directory:
            place = Path(directory)
            with served(place, f"sqlite:///{place / 'desk.db'}", model=model) as server, Person(server) as author:
                before, started = server.peak_mib, time.monotonic()
                upload = author.upload(data, filename).json()["id"]
                rows = author.post(f"/uploads/{upload}/check").json()["rows"]
                seconds, peak = time.monotonic() - started, server.peak_mib
        print(f"{model}, {filename}: {len(data) / 2**20:.1f} MiB, {rows}, sent and checked in {seconds:.1f} s")
        print(f"    the server's peak: {peak:.0f} MiB, {before:.0f} MiB before", flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or ["starter", "primary_care"]:
        measure(name)
