"""Handing in by the pages: the statement about identifiers, a reason for a late change; the history tells both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..conftest import RECORD, Browser, form_token

HTML = {"Accept": "text/html"}
HTMX = {**HTML, "HX-Request": "true"}
FIELDS = {
    "age": "23", "age_unit": "years", "sex": "female", "unlisted": "absent", "complaint": "My belly hurts.",
    "finding_row": ["0", "1"], "finding_0": "right_lower_abdominal_pain", "finding_0_state": "present",
    "finding_0_initial": "yes", "finding_1": "diarrhoea", "finding_1_state": "absent", "condition": "Appendicitis",
    "triage_least": "urgent", "triage_most": "emergency", "asks_statement": "yes",
}  # fmt: skip


class Form:
    """The form of one case in a browser: knows the token and which text is open."""

    def __init__(self, author: Browser, case: str) -> None:
        self.author, self.address = author, f"/cases/{case}"
        page = author.http.get(f"{self.address}/edit", headers=HTML).text
        self.token, self.number = form_token(page), int(re.findall(r'id="number" value="(\d+)"', page)[0])

    def send(self, do: str = "", headers: dict[str, str] | None = None, **changes: Any) -> Any:
        fields = {**FIELDS, **changes, "do": do, "number": str(self.number), "csrf_token": self.token}
        answer = self.author.http.post(f"{self.address}/edit", data=fields, headers=headers or HTMX)
        found = re.findall(r'id="number" value="(\d+)"', answer.text)
        self.number = int(found[0]) if found else self.number
        return answer

    def history(self) -> str:
        page = self.author.http.get(self.address, headers=HTML).text
        return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page[page.index("history-title") :]))


def new_form(author: Browser) -> Form:
    return Form(author, author.post("/cases", {"record": {}}).json()["id"])


def test_what_is_missing_is_said_and_what_was_typed_is_saved(browser: Callable[..., Browser]) -> None:
    form = new_form(browser("Dr A"))
    refused = form.send("submit")
    assert refused.status_code == 422
    assert "Saved, but not handed in." in refused.text
    assert "Look through the case, then tick the box" in refused.text
    whole = form.send("submit", headers=HTML)
    assert whole.status_code == 422
    assert "not handed in" in whole.text
    assert 'value="23"' in whole.text, "a browser without script keeps the form"
    assert form.send("submit", no_identifiers="yes").headers["HX-Redirect"] == form.address
    history = form.history()
    assert "stated that it identifies no patient" in history
    assert "This case holds nothing that identifies a patient" in history


def test_the_tick_is_remembered_and_can_be_taken_out(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    form = new_form(author)
    ticked = re.compile(r'id="no_identifiers"[^>]* checked')
    for sent, expected in (("yes", True), ("", False), ("yes", True)):
        form.send(no_identifiers=sent)
        page = author.http.get(f"{form.address}/edit", headers=HTML).text
        assert bool(ticked.search(page)) is expected
    other = {name: value for name, value in FIELDS.items() if name != "asks_statement"}
    fields = {**other, "number": str(form.number), "csrf_token": form.token}
    assert author.http.post(f"{form.address}/edit", data=fields, headers=HTML).status_code == 303
    assert ticked.search(author.http.get(f"{form.address}/edit", headers=HTML).text), "a page without the box"


def test_a_change_after_the_preview_is_asked_for_its_reason(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    form = new_form(author)
    assert 'name="reason"' not in form.send(no_identifiers="yes").text
    fixed = {"number": str(form.number), "csrf_token": form.token}
    assert author.http.post(f"{form.address}/preview", data=fixed, headers=HTML).status_code == 303
    late = form.send(age="32", no_identifiers="yes")
    assert 'id="late-change" hx-swap-oob="true"' in late.text
    assert "Why was it changed after the preview?" in late.text
    again = form.send(age="33", no_identifiers="yes", reason="")
    assert 'id="late-change"' not in again.text, "the field that somebody is typing into is not replaced"
    refused = form.send("submit", age="33", no_identifiers="yes", reason=" ")
    assert refused.status_code == 422
    assert "Say why it was changed" in refused.text
    form.send(age="33", no_identifiers="yes", reason="a slip of the pen")
    page = author.http.get(f"{form.address}/edit", headers=HTML).text
    assert 'value="a slip of the pen"' in page, "kept while the case is written"
    assert form.send("submit", age="33", no_identifiers="yes", reason="a slip of the pen").status_code == 200
    history = form.history()
    assert "age 23 → 33" in history, "two saves of one sitting are one line, with what they changed together"
    assert "age 32" not in history
    assert "a slip of the pen" in history


def test_an_answer_in_the_preview_says_why_itself(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    form = new_form(author)
    form.send(no_identifiers="yes")
    said = {"number": str(form.number), "csrf_token": form.token}
    author.http.post(f"{form.address}/preview", data=said, headers=HTML)
    said |= {"finding": "vomiting", "state": "absent"}
    assert author.http.post(f"{form.address}/answer", data=said, headers=HTML).status_code == 303
    assert "the model asked, in the preview (added Vomiting: absent)" in form.history()
    now = author.get(form.address).json()
    handed_in = author.http.post(
        f"{form.address}/submit", data={"number": str(now["number"]), "csrf_token": form.token}, headers=HTML
    )
    assert handed_in.status_code == 303


def test_several_at_once_state_it_once(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    ages = (23, 61)
    cases = [
        author.post("/cases", {"record": {**RECORD, "patient": {"age": age, "sex": "female"}}}).json()["id"]
        for age in ages
    ]
    page = author.http.get("/cases", headers=HTML).text
    assert "The ticked cases hold nothing that identifies a patient" in page
    fields: dict[str, Any] = {"case": [f"{case} 1" for case in cases], "csrf_token": form_token(page)}
    refused = author.http.post("/cases/submit", data=fields, headers=HTML)
    assert refused.status_code == 422
    assert refused.text.count("no statement about patient identifiers") >= len(cases)
    fields["no_identifiers"] = "yes"
    assert author.http.post("/cases/submit", data=fields, headers=HTML).status_code == 303
    assert [author.get(f"/cases/{case}").json()["state"] for case in cases] == ["in_review"] * 2


def test_cases_from_a_file_carry_its_statement(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    rows = b"id,age,sex,present,expected\na,23,female,fever,appendicitis\n"
    sent = author.post("/uploads", files={"file": ("my cases.csv", rows, "text/csv")}, data={"no_identifiers": "true"})
    checked = author.post(f"/uploads/{sent.json()['id']}/check").json()
    [case] = author.post(f"/uploads/{checked['id']}/take", {"count": 1}, version=checked["revision"]).json()["cases"]
    page = author.http.get(f"/cases/{case}", headers=HTML).text
    assert "from my cases.csv, row 2" in page
    assert "no_identifiers" not in page, "not asked again"
    assert author.post(f"/cases/{case}/submit", version=1).json()["state"] == "in_review"


def test_by_the_api(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    case = author.post("/cases", {"record": RECORD}).json()["id"]
    refused = author.post(f"/cases/{case}/submit", version=1)
    assert (refused.status_code, refused.json()["code"]) == (422, "E-STATEMENT")
    saved = author.put(f"/cases/{case}", {"record": RECORD, "no_identifiers": True}, version=1).json()
    assert saved["stated"] is True
    assert author.post(f"/cases/{case}/submit", version=1).json()["state"] == "in_review"
    assert author.post(f"/cases/{case}/recall", {"reason": "a slip"}).status_code == 200
    assert author.post("/cases/submit", {"cases": {case: 1}}).status_code == 422
    assert author.post("/cases/submit", {"cases": {case: 1}, "no_identifiers": True}).status_code == 200


def test_a_word_in_many_rows_is_taken_by_one_button(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    rows = "".join(f"c{n},{20 + n},female,nausae,appendicitis\n" for n in range(3))
    file = {"file": ("a.csv", f"id,age,sex,present,expected\n{rows}".encode(), "text/csv")}
    sent = author.post("/uploads", files=file, data={"no_identifiers": "true"}).json()["id"]
    author.post(f"/uploads/{sent}/check")
    page = author.http.get(f"/uploads/{sent}", headers=HTML).text
    assert page.count("Take “Nausea” in all 3 rows") == 3
    fields = {
        "csrf_token": form_token(page), "revision": re.findall(r'name="revision" value="(\d+)"', page)[0],
        "key": re.findall(r'name="key" value="([^"]+)"', page)[0], "fix": "0 0 all",
    }  # fmt: skip
    place = f"/uploads/{sent}/rows/1/fix"
    for _ in range(2):  # A double click.
        assert author.http.post(place, data=fields, headers=HTML).status_code == 303
    upload = author.get(f"/uploads/{sent}").json()
    assert (upload["rows"], upload["revision"]) == ({"ready": 3}, int(fields["revision"]) + 1)
    assert author.http.post(place, data={**fields, "key": "new"}, headers=HTML).status_code == 409
    body = {"problem": 0, "fix": 0, "in_all_rows": True}
    assert author.post(f"/uploads/{sent}/rows/0/fix", body, version=1).status_code == 409
