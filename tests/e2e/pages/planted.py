"""One of everything that a page can show, put there through the API: files, cases and reviews in every state."""

from __future__ import annotations

import copy
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import openpyxl

from ..serving import Person

DR_A, DR_B, DR_C = 0, 1, 2
RECORD: dict[str, Any] = {
    "source": "from the author's practice, changed so that nobody is known by it",
    "specialty": "surgery",
    "complaint": "My belly has hurt since last night and now it is all on the right.",
    "patient": {"age": 23, "sex": "female", "pregnant": False},
    "unlisted": "absent",
    "findings": {
        "abdominal_pain": {"state": "present", "initial": True},
        "right_lower_abdominal_pain": {"state": "present", "initial": True},
        "nausea": "present", "loss_of_appetite": "present", "fever": "unsure", "diarrhoea": "absent",
    },
    "expected": {
        "condition": "appendicitis", "acceptable": ["diverticulitis"], "must_not_miss": ["appendicitis"],
        "triage": ["urgent", "emergency"], "must_ask": [{"finding": "fever", "by": 10}],
    },
    "notes": "Ultrasound the next morning: an inflamed appendix.",
}  # fmt: skip
HEAD = "id,author,age,age_unit,sex,pregnant,complaint,initial,present,absent,expected,must_not_miss,unlisted\n"
ROWS = """\
fine-1,Dr A,23,years,female,,It hurts low on the right.,right_lower_abdominal_pain,nausea,diarrhoea,appendicitis,appendicitis,absent
fine-2,Dr A,54,years,male,,A crushing pain in my chest.,chest_pain,sweating,fever,acute_coronary_syndrome,acute_coronary_syndrome,unknown
word-1,Dr A,31,years,female,,I feel so sick.,abdominal_pain,nausae; feverr,diarrhoea,gastroenteritis,,absent
age-1,Dr A,6 months,years,male,,He is hot and cries.,fever,cough,,influenza,,unknown
both-1,Dr A,41,years,female,,My head.,headache,fever; nausea,fever,migraine,,unknown
man-1,Dr A,33,years,male,yes,Burning when I pass water.,dysuria,fever,,cystitis,,unknown
scope-1,Dr A,61,years,female,,I am so tired.,fatigue,headache,,zebra disease,,unknown
twin-1,Dr A,23,years,female,,It hurts low on the right.,right_lower_abdominal_pain,nausea,diarrhoea,appendicitis,appendicitis,absent
rival-1,Dr A,24,years,female,,It hurts.,right_lower_abdominal_pain,nausea,diarrhoea,gastroenteritis,,absent
held-1,Dr A,44,years,female,,"I am Mrs Smith, born 12/03/1980, and my back hurts.",low_back_pain,,fever,mechanical_low_back_pain,,unknown
"""  # noqa: E501


class Served(Protocol):
    """What there is to know of a server."""

    address: str


@dataclass
class Planted:
    """Addresses of what was planted, by what it shows."""

    server: Served
    places: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.places[name]


def plant(server: Served) -> Planted:
    """Fill an empty desk."""
    planted = Planted(server)
    with Person(server, DR_A) as author, Person(server, DR_B) as second, Person(server, DR_C) as third:
        planted.places |= _uploads(author) | _cases(author, second, third)
    return planted


def upload(author: Person, name: str, data: bytes, *, check: bool = True) -> Mapping[str, Any]:
    """Send a file; the upload as it is then."""
    sent = author.upload(data, name)
    assert sent.status_code == 201, sent.text
    if not check:
        return dict(sent.json())
    checked = author.post(f"/uploads/{sent.json()['id']}/check")
    assert checked.status_code == 200, checked.text
    return dict(checked.json())


def hidden_rows() -> bytes:
    """A workbook with a row that nobody sees."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (HEAD, *ROWS.splitlines()[:2]):
        sheet.append(line.strip().split(","))
    sheet.row_dimensions[2].hidden = True
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _uploads(author: Person) -> dict[str, str]:
    mixed = upload(author, "cases from the ward.csv", (HEAD + ROWS).encode())
    rows = author.get(f"/uploads/{mixed['id']}/rows").json()
    twin, place = next(
        (row, place) for row in rows for place, one in enumerate(row["problems"]) if one["code"] == "E-DUPLICATE"
    )
    left = upload(author, "half done.csv", (HEAD + ROWS.replace("-1,Dr", "-7,Dr").replace("-2,Dr", "-8,Dr")).encode())
    dropped = author.post(
        f"/uploads/{left['id']}/drop", version=left["revision"], json={"positions": [4], "reason": "a mix-up of rows"}
    )
    ready = dropped.json()["rows"]["ready"]
    taken = author.post(f"/uploads/{left['id']}/take", version=dropped.json()["revision"], json={"count": ready})
    assert taken.status_code == 200, taken.text
    erased = upload(author, "wrong file.csv", (HEAD + ROWS).encode() + b"\n")
    author.post(f"/uploads/{erased['id']}/erase", json={"reason": "the wrong file"})
    refused = upload(author, "from the old system.xlsx", b"not a workbook")
    hidden = upload(author, "hidden.xlsx", hidden_rows())
    latin = upload(author, "umlauts.csv", (HEAD + ROWS).replace("Dr A", "Dr Jörg").encode("cp1252"))
    stored = upload(author, "not yet checked.csv", (HEAD + ROWS).encode() + b"\n\n", check=False)
    return {
        "upload, rows to mend": f"/uploads/{mixed['id']}?show=waiting",
        "upload, rows held": f"/uploads/{mixed['id']}?show=held",
        "upload, rows ready": f"/uploads/{mixed['id']}?show=ready",
        "upload, a row beside another": f"/uploads/{mixed['id']}/rows/{twin['position']}/alike/{place}",
        "upload, rows taken": f"/uploads/{left['id']}?show=taken",
        "upload, rows left out": f"/uploads/{left['id']}?show=dropped",
        "upload, refused": f"/uploads/{refused['id']}",
        "upload, hidden rows to confirm": f"/uploads/{hidden['id']}",
        "upload, encoding to confirm": f"/uploads/{latin['id']}",
        "upload, check cut off": f"/uploads/{stored['id']}",
        "upload, erased": f"/uploads/{erased['id']}",
    }


def case_of(age: float, complaint: str = RECORD["complaint"], **expected: Any) -> dict[str, Any]:
    """A record that is like no other."""
    record = copy.deepcopy(RECORD)
    record["patient"]["age"], record["complaint"] = age, complaint
    record["expected"] |= expected
    return record


def new_case(author: Person, record: Mapping[str, Any], card_id: str, *, hand_in: bool = False) -> str:
    """The id of a draft, or of a case in review."""
    made = author.post("/cases", json={"record": dict(record), "card_id": card_id})
    assert made.status_code == 201, made.text
    case = str(made.json()["id"])
    if hand_in:
        sent = author.post(f"/cases/{case}/submit", json={"no_identifiers": True}, version=1)
        assert sent.status_code == 200, sent.text
    return case


def opinion(doctor: Person, case: str, condition: str = "appendicitis", triage: str = "urgent") -> None:
    """The blind half of a review."""
    said = {
        "condition": condition, "triage": triage, "differential": ["gastroenteritis", "ectopic pregnancy"],
        "comment": "The pain has moved, which says most of it.", "certainty": 80,
    }  # fmt: skip
    given = doctor.post(f"/reviews/{case}/opinion", version=1, json=said)
    assert given.status_code == 200, given.text


def decide(doctor: Person, case: str, verdict: str, reason: str = "", record: Any = None) -> None:
    """The other half."""
    said = {"verdict": verdict, "reason": reason, "record": record}
    done = doctor.post(f"/reviews/{case}/decision", version=1, json=said)
    assert done.status_code == 200, done.text


def _cases(author: Person, second: Person, third: Person) -> dict[str, str]:
    draft = new_case(author, case_of(25), "ward-draft")
    empty = new_case(author, {}, "ward-empty")
    faulty = case_of(26)
    faulty["findings"] |= {"pain in the knee cap": "present"}
    faulty["patient"] = {"age": 400, "sex": "male", "pregnant": True}
    faulty["expected"] |= {"condition": "zebra disease", "triage": None}
    unfinished = new_case(author, faulty, "ward-faulty")
    fixed = new_case(author, case_of(27), "ward-previewed")
    assert author.post(f"/cases/{fixed}/answer", version=1).status_code == 200
    missed = new_case(author, case_of(28, condition="migraine", must_not_miss=["migraine"]), "ward-missed")
    assert author.post(f"/cases/{missed}/answer", version=1).status_code == 200

    waiting = new_case(author, case_of(31, "A case that waits for its review."), "ward-waiting", hand_in=True)
    agreed = new_case(author, case_of(32, "A case on which doctors agree."), "ward-agreed", hand_in=True)
    opinion(second, agreed)
    differ = new_case(author, case_of(33, "A case on which doctors differ."), "ward-differ", hand_in=True)
    opinion(second, differ, "gastroenteritis", "routine")
    to_third = new_case(author, case_of(34, "A case that goes to a third."), "ward-third", hand_in=True)
    opinion(second, to_third, "gastroenteritis", "routine")
    decide(second, to_third, "reject", "I would think of a stomach bug first.")
    opinion(third, to_third)
    edited = new_case(author, case_of(35, "A case that a reviewer changed."), "ward-edited", hand_in=True)
    opinion(second, edited)
    better = case_of(35, "A case that a reviewer changed.")
    better["findings"] |= {"fever": "present", "vomiting": "present"}
    decide(second, edited, "edit", "A fever makes it clear.", better)
    accepted = new_case(author, case_of(36, "A case that was accepted."), "ward-accepted", hand_in=True)
    opinion(second, accepted)
    decide(second, accepted, "accept")
    rejected = new_case(author, case_of(37, "A case that was rejected."), "ward-rejected", hand_in=True)
    opinion(second, rejected)
    decide(second, rejected, "reject", "Too little to go by: no examination, no temperature.")
    return {
        "case, form": f"/cases/{draft}/edit",
        "case, empty form": f"/cases/{empty}/edit",
        "case, form with faults": f"/cases/{unfinished}/edit",
        "case, draft": f"/cases/{draft}",
        "case, like others": f"/cases/{draft}/alike",
        "case, preview too early": f"/cases/{empty}/preview",
        "case, preview before the answer": f"/cases/{draft}/preview",
        "case, preview": f"/cases/{fixed}/preview",
        "case, preview of a failure": f"/cases/{missed}/preview",
        "case, in review": f"/cases/{waiting}",
        "case, accepted": f"/cases/{accepted}",
        "case, accepted and edited": f"/cases/{accepted}/edit",
        "case, rejected": f"/cases/{rejected}",
        "review, blind": f"/reviews/{waiting}",
        "review, decision": f"/reviews/{agreed}",
        "review, decision after disagreement": f"/reviews/{differ}",
        "review, edit": f"/reviews/{agreed}/edit",
        "review, third": f"/reviews/{to_third}",
        "review, approval of an edit": f"/reviews/{edited}",
    }
