"""The 45 vignettes of Semigran et al. (BMJ 2015), coded as a spreadsheet, on their way through the pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from model.network.load import load_network
from model.network.network import Network

from .conftest import ROOT, Doctor, Server
from .steps import csv_file, home, upload

VIGNETTES = ROOT.parent / "shared/corpora/semigran/semigran_vignettes.jsonl"
MODEL = "primary_care"
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


def test_forty_five_vignettes(doctor: Doctor, tmp_path: Path) -> None:
    rows = _coded(load_network(ROOT / "model/networks" / MODEL))
    assert len(rows) == 45
    author = doctor("Dr A")
    upload(author, csv_file(tmp_path / "semigran.csv", *rows))
    expect(author.locator("#take-title")).to_contain_text("of 45 cases")
    ready_at_first = _ready(author)
    kept = 0
    while author.get_by_role("button", name="as out of scope").count():
        button = author.get_by_role("button", name="as out of scope").first
        words = button.inner_text()
        button.click()
        expect(author.get_by_role("button", name=words, exact=True)).to_have_count(0)
        kept += 1
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
    author.goto(f"{home(author)}/cases")
    expect(author.locator("table.cases tbody tr")).to_have_count(ready)
    author.get_by_role("button", name="Tick all drafts").click()
    author.get_by_role("button", name="Hand in the ticked cases").click()
    expect(author.get_by_text("waits for a second clinician")).to_have_count(ready)
    second = doctor("Dr B")
    second.goto(f"{home(second)}/reviews")
    expect(second.locator(".queue-item")).to_have_count(ready)


def _ready(page: Page) -> int:
    found = re.match(r"(\d+) of 45", page.locator("#take-title").inner_text())
    assert found
    return int(found[1])
