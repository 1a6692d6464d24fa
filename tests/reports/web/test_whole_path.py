"""From a file to an accepted case, by two clinicians, through the API alone; on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reports.web import Settings
from tests.cases.desk.conftest import KINDS, new_postgres, postgres

from .conftest import RECORD, Browser

__all__ = ["postgres"]

CSV = """id,complaint,age,sex,present,expected,source,licence
a-1,"It hurts, here",23,female,rlq_pain; nausea,appendicitis,test,Apache-2.0
a-2,It hurts,31,male,rlq_pian,appendicitis,test,Apache-2.0
"""


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "sqlite":
        return settings
    return replace(settings, database=new_postgres(request.getfixturevalue("postgres")))


def test_from_file_to_branch(browser: Callable[..., Browser], tmp_path: Path) -> None:
    author, reviewer, publisher = browser("Dr A"), browser("Dr B"), browser("Model author")
    sent = author.post(
        "/uploads", files={"file": ("cases.csv", CSV.encode(), "text/csv")}, data={"no_identifiers": "true"}
    )
    assert sent.status_code == 201, sent.text
    upload = sent.json()["id"]
    checked = author.post(f"/uploads/{upload}/check").json()
    assert checked["rows"] == {"ready": 1, "waiting": 1}, checked

    waiting = author.get(f"/uploads/{upload}/rows?state=waiting").json()
    problem = waiting[0]["problems"][0]
    assert problem["catalogue"] == 69
    assert problem["fixes"][0]["old"] == "rlq_pian"
    where = f"/uploads/{upload}/rows/{waiting[0]['position']}/fix"
    assert author.post(where, {"problem": 0, "fix": 0}, version=99).status_code == 409
    fixed = author.post(where, {"problem": 0, "fix": 0}, version=checked["revision"]).json()
    assert fixed["row"]["state"] == "ready", fixed

    revision = fixed["upload"]["revision"]
    taken = author.post(f"/uploads/{upload}/take", {"count": 2}, version=revision).json()
    assert len(taken["cases"]) == 2
    case = taken["cases"][0]
    view = author.get(f"/cases/{case}").json()
    assert view["card"]["expected"]["condition"] == "appendicitis"
    assert author.post(f"/cases/{case}/submit", version=view["number"]).json()["state"] == "in_review"

    assert [item["id"] for item in reviewer.get("/reviews/queue").json()] == [case]
    blind = reviewer.get(f"/reviews/{case}/blind")
    assert "appendicitis" not in blind.text
    assert reviewer.get(f"/reviews/{case}").status_code == 404, "the author's answer is no business of a blind reviewer"
    opinion = {"condition": "appendicitis", "triage": "emergency", "certainty": 90}
    seen = reviewer.post(f"/reviews/{case}/opinion", opinion, version=blind.json()["number"]).json()
    assert seen["case"]["card"]["expected"]["condition"] == "appendicitis"
    decided = reviewer.post(f"/reviews/{case}/decision", {"verdict": "accept"}, version=seen["case"]["number"]).json()
    assert decided["case"]["state"] == "accepted"
    assert reviewer.get("/reviews/agreement").json()["condition"]["value"] == 1.0

    for command in (
        ["init", "-q"],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m", "0"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    published = publisher.post("/publications", {"branch": "cases/test"}).json()
    assert published["n_cases"] == 1
    shown = subprocess.run(
        ["git", "-C", str(tmp_path), "show", "--stat", "cases/test"], check=True, capture_output=True, text=True
    )
    assert "cases/corpora/community/a-1.toml" in shown.stdout
    assert publisher.get("/publications").json()[0]["details"]["commit"] == published["commit"]
    history = [entry["what"] for entry in author.get(f"/cases/{case}/history").json()]
    assert "submit" in history
    assert "opinion" in history


def test_a_case_that_is_written(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    draft = author.post("/cases", {"record": {"complaint": "Not complete yet"}})
    assert draft.status_code == 201
    assert draft.headers["etag"] == '"1"'
    case = draft.json()["id"]
    incomplete = author.post(f"/cases/{case}/preview")
    assert incomplete.status_code == 422, "no preview before the expected answer is written"
    saved = author.put(f"/cases/{case}", {"record": RECORD}, version=1)
    assert saved.status_code == 200, saved.text
    early = author.post(f"/cases/{case}/preview")
    assert (early.status_code, early.json()["problems"][0]["code"]) == (422, "E-ANSWER-FIRST")
    assert author.post(f"/cases/{case}/answer", version=1).status_code == 409, "another text than the current one"
    assert author.post(f"/cases/{case}/answer", version=2).status_code == 200
    preview = author.post(f"/cases/{case}/preview")
    assert preview.status_code == 200, preview.text
    shown = preview.json()
    assert len(shown["answers"]) == len(shown["interview"]["transcript"]) > 0
    assert shown["interview"]["right"] is True
    assert shown["triage"] == "right"
    listed = {answer["finding"] for answer in shown["answers"] if answer["is_listed"]}
    assert listed <= set(RECORD["findings"])

    twin = author.post("/cases", {"record": {**RECORD, "complaint": "Something else entirely"}}).json()["id"]
    alike = author.get(f"/cases/{twin}/likeness").json()
    assert [like["kind"] for like in alike] == ["duplicate"]
    other = {**RECORD, "expected": {"condition": "gastroenteritis"}}
    rival = author.post("/cases", {"record": other}).json()["id"]
    assert {like["kind"] for like in author.get(f"/cases/{rival}/likeness").json()} == {"conflict"}
    near = {**RECORD, "findings": {**RECORD["findings"], "vomiting": "absent"}}
    nearly = author.post("/cases", {"record": near}).json()["id"]
    likes = author.get(f"/cases/{nearly}/likeness").json()
    assert [like["kind"] for like in likes] == ["near_duplicate"] * 2
    assert likes[0]["only_here"] == ["vomiting"]
    assert likes[0]["jaccard"] == pytest.approx(9 / 10)
    assert browser("Dr B").get(f"/cases/{nearly}/likeness").status_code == 404
