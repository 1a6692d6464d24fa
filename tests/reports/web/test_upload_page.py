"""The page of an upload, whatever kind of file it was and whatever its rows leave out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from cases.card import Card
from cases.phenopackets import export_phenopackets
from cases.template import template_csv, template_xlsx
from model.network.load import load_network
from model.network.network import ClinicalNetwork

from .conftest import RECORD, Browser

NETWORK = load_network(Path("model/networks/starter"))
CARD: dict[str, Any] = {"id": "appendicitis-9", "author": "Dr A", **RECORD}
HEADER = "id,author,complaint,age,sex,present,initial,expected condition"


def as_phenopackets() -> bytes:
    assert isinstance(NETWORK, ClinicalNetwork)
    packets, _ = export_phenopackets([Card.model_validate(CARD)], NETWORK)
    return json.dumps(packets).encode()


FILES = [
    ("a.json", json.dumps([CARD]).encode(), 1),
    ("a.jsonl", f"{json.dumps(CARD)}\n{json.dumps({**CARD, 'id': 'b', 'complaint': ''})}\n".encode(), 2),
    ("packets.json", as_phenopackets(), 1),
    ("no-complaint.csv", f"{HEADER}\na,Dr A,,23,female,nausea,nausea,appendicitis\n".encode(), 1),
    ("no-age.csv", f"{HEADER}\na,Dr A,My belly hurts,,,nausea,nausea,appendicitis\n".encode(), 1),
    ("no-diagnosis.csv", f"{HEADER}\na,Dr A,My belly hurts,23,female,nausea,nausea,\n".encode(), 1),
    ("no-id.csv", f"{HEADER}\n,Dr A,My belly hurts,23,female,nausea,nausea,appendicitis\n".encode(), 1),
    ("nothing.csv", f"{HEADER}\na,,,,,,,\n".encode(), 1),
]


@pytest.mark.parametrize(("name", "data", "n_rows"), FILES, ids=[name for name, _, _ in FILES])
def test_every_kind_of_file_is_shown(app: FastAPI, name: str, data: bytes, n_rows: int) -> None:
    doctor = Browser(app, "Dr A")
    sent = doctor.send("POST", "/uploads", files={"file": (name, data)}, data={"no_identifiers": "true"})
    assert sent.status_code == 201, sent.text
    address = f"/uploads/{sent.json()['id']}"
    assert sum(doctor.post(f"{address}/check").json()["rows"].values()) == n_rows
    for tab in ("ready", "waiting", "held"):
        page = doctor.http.get(address, params={"show": tab}, headers={"Accept": "text/html"})
        assert page.status_code == 200, page.text


@pytest.mark.parametrize(
    ("name", "made"), [("cases.csv", template_csv), ("cases.xlsx", template_xlsx)], ids=["csv", "xlsx"]
)
def test_the_templates_are_downloaded(app: FastAPI, name: str, made: Any) -> None:
    answer = Browser(app, "Dr A").http.get(f"/template/{name}")
    assert answer.status_code == 200
    assert answer.content == made(NETWORK)
    assert name in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "row",
    [
        "a,Dr A,write to jane.doe@example.org,23,female,nausea,nausea,appendicitis",
        "a,Dr A,write to jane.doe@example.org,-1,male,fevr,nausea,apendicitis",  # waits for other things too
        "jane.doe@example.org,Dr A,My belly hurts,23,female,nausea,nausea,appendicitis",
    ],
)
def test_what_may_identify_a_patient_is_held_and_never_shown_86(app: FastAPI, row: str) -> None:
    doctor = Browser(app, "Dr A")
    file = {"file": ("a.csv", f"{HEADER}\n{row}\n".encode())}
    address = f"/uploads/{doctor.send('POST', '/uploads', files=file, data={'no_identifiers': 'true'}).json()['id']}"
    assert doctor.post(f"{address}/check").json()["rows"]["held"] == 1
    shown = doctor.get(f"{address}/rows").text
    for tab in ("ready", "waiting", "held"):
        shown += doctor.http.get(address, params={"show": tab}, headers={"Accept": "text/html"}).text
    assert "E-IDENTIFIER" in shown
    assert "jane.doe" not in shown
