"""The 45 vignettes of Semigran et al. (BMJ 2015), coded as a spreadsheet, on their way through the pages."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from model.network.load import load_network
from model.network.network import Network

from ..serving import Person
from .conftest import ROOT, Doctor, Server
from .planted import DR_A
from .steps import COLUMNS, home, open_review, upload

VIGNETTES = ROOT.parent / "shared/corpora/semigran/semigran_vignettes.jsonl"
MODEL = "primary_care"
N_REVIEWED = 5
"""The rest waits in the queue."""
LEVELS = {"em": ("emergency", "emergency"), "ne": ("routine", "urgent"), "sc": ("self_care", "self_care")}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not VIGNETTES.exists(), reason=f"no vignettes at {VIGNETTES}: they are not ours to distribute"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With the model that knows most of their conditions."""
    running = Server(tmp_path_factory.mktemp("desk"), MODEL).start()
    yield running
    running.kill()
    assert "ERROR" not in running.log


def _coded(network: Network) -> list[dict[str, str]]:
    """One row a vignette: the model's words that its text holds, and the diagnosis as its authors wrote it."""
    rows = []
    for number, line in enumerate(VIGNETTES.read_text("utf-8").splitlines(), 1):
        vignette = json.loads(line)
        text = vignette["case_description"]
        said = {
            finding.id: "absent"
            if re.search(rf"\b(no|denies|without) (\w+ )?{re.escape(word)}", text.lower())
            else "present"
            for finding in network.findings
            for word in (finding.name.lower(), *(one.lower() for one in finding.synonyms))
            if len(word) > 3 and re.search(rf"\b{re.escape(word)}\b", text.lower())
        }
        present = [name for name, state in said.items() if state == "present"]
        age = re.search(r"(\d+)[- ](year|month|week|day)", text)
        sex = re.search(r"\b(woman|girl|female|man|boy|male)\b", text)
        least, most = LEVELS[vignette["urgency_level"]]
        rows.append(
            {
                "id": f"semigran-{number:02d}",
                "author": "Semigran et al.",
                "complaint": text,
                "age": age[1] if age else "",
                "age_unit": f"{age[2]}s" if age else "",
                "sex": "" if sex is None else "female" if sex[1] in ("woman", "girl", "female") else "male",
                "initial": ";".join(present[:1]),
                "present": ";".join(present[1:]),
                "absent": ";".join(name for name, state in said.items() if state == "absent"),
                "expected": re.split(r" \(|, or |/", vignette["correct_diagnosis"])[0].strip(),
                "triage_least": least,
                "triage_most": most,
                "unlisted": "unknown",
            }
        )
    return rows


def test_forty_five_vignettes(doctor: Doctor, server: Server, tmp_path: Path) -> None:
    rows = _coded(load_network(ROOT / "model/networks" / MODEL))
    assert len(rows) == 45
    author = doctor("Dr A")
    ready = _checked_and_taken(author, _workbook(tmp_path / "semigran.xlsx", rows))
    in_model = _in_the_model(server)
    assert len(in_model) > 2 * N_REVIEWED
    for case in list(in_model)[:N_REVIEWED]:
        _preview(author, case)

    author.goto(f"{home(author)}/cases")
    expect(author.locator("table.cases tbody tr")).to_have_count(ready)
    author.get_by_role("button", name="Tick all drafts").click()
    author.get_by_role("button", name="Hand in the ticked cases").click()
    expect(author.get_by_text("waits for a second clinician")).to_have_count(ready)
    second = doctor("Dr B")
    second.goto(f"{home(second)}/reviews")
    expect(second.locator(".queue-item")).to_have_count(ready)
    reviewed = {case: in_model[case] for case in list(in_model)[:N_REVIEWED]}
    for case, (complaint, condition, triage) in reviewed.items():
        _review(second, complaint, condition, triage)
        with Person(server, DR_A) as owner:
            assert owner.get(f"/cases/{case}").json()["state"] == "accepted"

    publisher = doctor("Model author")
    publisher.goto(f"{home(publisher)}/publish")
    publisher.get_by_label("Name of the branch").fill("semigran")
    publisher.get_by_role("button", name="Make the branch").click()
    expect(publisher.locator("#commit-made")).to_be_visible()
    files = [name for name in server.git("ls-tree", "-r", "--name-only", "semigran").split() if name.endswith(".toml")]
    cards = [tomllib.loads(server.git("show", f"semigran:{name}")) for name in files]
    assert {card["complaint"]: card["expected"]["condition"] for card in cards} == {
        complaint: condition for complaint, condition, _ in reviewed.values()
    }
    assert {card["reviewer"] for card in cards} == {"Dr B"}
    assert {opinion["doctor"] for card in cards for opinion in card["opinions"]} == {"Dr B"}


def _workbook(path: Path, rows: list[dict[str, str]]) -> Path:
    """As a clinician has it: one sheet of Excel."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Cases")
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([row.get(name, "") for name in COLUMNS])
    book.save(path)
    return path


def _checked_and_taken(author: Page, path: Path) -> int:
    """Every row is looked at: kept as out of scope, left out for a reason, or taken; how many are."""
    upload(author, path)
    expect(author.locator("#take-title")).to_contain_text("of 45 cases")
    ready_at_first = _ready(author)
    while author.get_by_role("button", name="as out of scope").count():
        button = author.get_by_role("button", name="as out of scope").first
        words = button.inner_text()
        button.click()
        expect(author.get_by_role("button", name=words, exact=True)).to_have_count(0)
    while (rest := author.locator("article.upload-row.waiting, article.upload-row.held")).count():
        row, n = rest.first, rest.count()
        row.get_by_text("Leave this row out").click()
        row.get_by_label("Why?").last.fill("Left for later: " + row.locator(".code").first.inner_text())
        row.get_by_role("button", name="Leave it out").click()
        expect(rest).to_have_count(n - 1)
    ready = _ready(author)
    assert ready >= 40, author.locator("#check").inner_text()
    assert ready >= ready_at_first
    author.get_by_role("button", name=f"Accept {ready} of 45").click()
    expect(author.locator("#take-title")).to_have_text(f"{ready} of 45 cases taken")
    return ready


def _in_the_model(server: Server) -> dict[str, tuple[str, str, str]]:
    """(complaint, expected condition, urgency) by case, of the drafts whose condition the model has."""
    conditions = load_network(ROOT / "model/networks" / MODEL).condition_index
    found = {}
    with Person(server, DR_A) as owner:
        for case in owner.get("/cases").json():
            card = owner.get(f"/cases/{case['id']}").json()["card"]
            if card["expected"]["condition"] in conditions and card["expected"]["triage"]:
                expected = card["expected"]
                found[case["id"]] = (card["complaint"], expected["condition"], expected["triage"][0])
    return found


def _preview(author: Page, case: str) -> None:
    author.goto(f"{home(author)}/cases/{case}/preview")
    author.get_by_role("button", name="This is my answer").click()
    expect(author.locator("#interview-title")).to_be_visible()
    expect(author.locator(".verdict")).to_contain_text("The model")
    expect(author.locator(".questions-asked tbody tr")).not_to_have_count(1)


def _review(second: Page, complaint: str, condition: str, triage: str) -> None:
    """Blind, then accepted."""
    open_review(second, complaint[:60])
    expect(second.locator("blockquote")).to_have_text(complaint)
    second.fill("#condition", condition)
    second.check(f"#triage_{triage}")
    second.get_by_role("button", name="Give my opinion").click()
    expect(second.get_by_text("agrees with the author")).to_be_visible()
    second.get_by_role("button", name="Accept").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("accepted")


def _ready(page: Page) -> int:
    found = re.match(r"(\d+) of 45", page.locator("#take-title").inner_text())
    assert found
    return int(found[1])
