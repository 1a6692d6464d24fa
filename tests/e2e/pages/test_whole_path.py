"""From the template to a published branch, with two clinicians and a third; each message is read on the way."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from .conftest import Doctor, Server
from .steps import APPENDICITIS, csv_file, give_opinion, hand_in, home, open_review, row_of, upload, write_case

pytestmark = pytest.mark.slow

COMPLAINT = APPENDICITIS["complaint"]


def _row(page: Page, case_id: str) -> Locator:
    found = row_of(page, case_id)
    assert isinstance(found, Locator)
    return found


def test_template_to_branch(doctor: Doctor, server: Server, tmp_path: Path) -> None:
    author = doctor("Dr A")
    _fill_template(author, tmp_path / "cases.xlsx")
    upload(author, tmp_path / "cases.xlsx")
    expect(author.locator("#take-title")).to_have_text("1 of 2 cases is ready, 1 to be looked at")
    wrong = _row(author, "belly-2")
    expect(wrong).to_contain_text("Found no finding 'nausae' in the network")
    wrong.get_by_role("button", name="Take “Nausea”").click()
    expect(author.locator("#take-title")).to_have_text("2 of 2 cases are ready")
    author.get_by_role("button", name="Accept 2 of 2").dblclick()
    expect(author.locator("#take-title")).to_have_text("2 of 2 cases taken")

    author.goto(f"{home(author)}/cases")
    author.get_by_role("button", name="Tick all drafts").click()
    author.get_by_role("button", name="Hand in the ticked cases").click()
    expect(author.get_by_text("waits for a second clinician")).to_have_count(2)

    second = doctor("Dr B")
    open_review(second, COMPLAINT)
    assert "ppendicitis" not in second.content()
    assert "belly-1" not in second.content()
    give_opinion(second, "appendicitis", "emergency", "Classic.")
    expect(second.get_by_text("agrees with the author")).to_be_visible()
    second.get_by_role("button", name="Accept").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("accepted")

    publisher = doctor("Model author")
    publisher.get_by_role("link", name="Publish accepted cases").click()
    publisher.get_by_label("Name of the branch").fill("cases-of-the-clinic")
    publisher.get_by_role("button", name="Make the branch").click()
    commit = publisher.locator("#commit-made").inner_text()
    assert server.git("rev-parse", "cases-of-the-clinic").strip() == commit
    files = server.git("ls-tree", "-r", "--name-only", "cases-of-the-clinic", "cases").split()
    assert len(files) == 1
    card = tomllib.loads(server.git("show", f"cases-of-the-clinic:{files[0]}"))
    assert (card["id"], card["reviewer"], card["review_state"]) == ("belly-1", "Dr B", "accepted")
    assert [one["doctor"] for one in card["opinions"]] == ["Dr B"]
    assert server.git("status", "--porcelain") == ""  # The work tree stays as it was.
    publisher.get_by_label("Name of the branch").fill("cases-of-the-clinic")
    publisher.get_by_role("button", name="Make the branch").click()
    expect(publisher.get_by_text("The branch was there already")).to_be_visible()


def test_disagreement_goes_to_a_third_and_an_edit_to_the_author(doctor: Doctor) -> None:
    author, second, third = doctor("Dr A"), doctor("Dr B"), doctor("Dr C")
    complaint = "Pain low on the right since breakfast, and I am off my food."
    write_case(author, complaint, age="31")
    case = hand_in(author)

    open_review(second, complaint)
    second.get_by_role("button", name="Give my opinion").click()
    expect(second.get_by_role("alert")).to_have_text(
        "Still missing: a diagnosis and an urgency. What you wrote is still here."
    )
    give_opinion(second, "gastroent", "routine")
    expect(second.get_by_text("You and the author disagree.")).to_be_visible()
    second.get_by_role("button", name="Reject").click()
    expect(second.get_by_role("alert")).to_contain_text("Say why in a few words")
    second.get_by_label("Reason").fill("Too little to go by.")
    second.get_by_role("button", name="Reject").click()
    expect(second.locator("main")).to_contain_text("waits for a third clinician")

    author.goto(case)
    expect(author.get_by_text("Shown when the review is over")).to_be_visible()
    assert "Too little to go by" not in author.locator("#opinions-title + *").inner_text()

    open_review(third, complaint)
    give_opinion(third, "appendicitis", "urgent")
    third.get_by_role("link", name="Edit it").click()
    third.locator("#add_finding").fill("fever")
    third.locator("#list-finding").get_by_role("button", name="Present", exact=True).click()
    expect(third.locator("#list-finding .stated-row")).to_have_count(3)
    third.get_by_role("button", name="Send my version").click()
    expect(third.get_by_role("alert")).to_have_text("Say what you changed, and why.")
    third.get_by_label("What did you change, and why?").fill("A fever makes it clear.")
    third.get_by_role("button", name="Send my version").click()
    expect(third.get_by_role("heading", level=1)).to_contain_text("in review")

    author.goto(f"{home(author)}/reviews")
    author.get_by_role("link", name="Look at the change").click()
    expect(author.locator("tr.differs")).to_have_count(1)
    expect(author.locator("tr.differs")).to_contain_text("Fever")
    author.get_by_role("button", name="Accept").click()
    expect(author.get_by_role("heading", level=1)).to_contain_text("accepted")
    history = author.locator("section", has=author.get_by_role("heading", name="History"))
    for words in ("Dr A", "handed it in for review", "Dr B", "Too little to go by.", "Dr C", "A fever makes it clear."):
        expect(history).to_contain_text(words)

    third.goto(f"{home(third)}/reviews/agreement")
    expect(third.get_by_role("heading", name="How far the doctors agree")).to_be_visible()
    expect(third.get_by_role("row", name="Cohen's kappa")).to_be_visible()


BAD = {
    "unknown word": ({"present": "nausae"}, "E-UNKNOWN-FINDING", "Found no finding 'nausae' in the network"),
    "age": ({"age": "400"}, "E-AGE", "expected a number from 0 to 130 years"),
    "two states": ({"present": "fever", "absent": "fever;diarrhoea"}, "E-CONTRADICTION", "present and absent"),
    "pregnant man": ({"sex": "male", "pregnant": "yes"}, "E-PREGNANT-MALE", "Found a pregnant male"),
    "no diagnosis": ({"expected": "", "must_not_miss": ""}, "E-NO-DIAGNOSIS", "no expected condition"),
    "out of scope": ({"expected": "zebra disease"}, "E-OUT-OF-SCOPE", "which the network does not have"),
    "an identifier": ({"complaint": "Born 12/03/1980, my belly hurts"}, "E-IDENTIFIER", "looks like a full date"),
}


@pytest.fixture(scope="module")
def bad_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        {**APPENDICITIS, "id": f"row-{number}", "age": str(40 + number), **change}
        for number, (change, _, _) in enumerate(BAD.values())
    ]
    return csv_file(tmp_path_factory.mktemp("bad") / "bad.csv", *rows)


def test_every_message_is_read_where_it_belongs(doctor: Doctor, bad_file: Path) -> None:
    author = doctor("Dr A")
    upload(author, bad_file)
    waiting = author.locator("main").inner_text()
    author.get_by_role("link", name="held back").click()
    held = author.locator("main").inner_text()
    for name, (_, code, words) in BAD.items():
        page = held if name == "an identifier" else waiting
        assert code in page, name
        assert words in page, name
    assert "12/03/1980" not in held  # What may identify a patient is not shown again.


def test_a_row_is_mended_kept_or_left_out(doctor: Doctor, bad_file: Path) -> None:
    author = doctor("Dr A")
    upload(author, bad_file)
    age = author.locator("article.upload-row", has_text="E-AGE").first
    age.get_by_text("Write something else").click()
    age.get_by_label("age").fill("40")
    age.get_by_role("button", name="Change the cell").click()
    expect(author.locator("article.upload-row", has_text="E-AGE")).to_have_count(0)

    man = author.locator("article.upload-row", has_text="E-PREGNANT-MALE")
    man.get_by_text("It is right as it is").click()
    man.get_by_label("Why?").first.fill("A transgender man.")
    man.get_by_role("button", name="Keep it").click()
    expect(author.locator("article.upload-row", has_text="E-PREGNANT-MALE")).to_have_count(0)

    author.get_by_role("button", name="Keep “zebra disease” as out of scope").click()
    expect(author.locator("article.upload-row", has_text="E-OUT-OF-SCOPE")).to_have_count(0)

    contradiction = author.locator("article.upload-row", has_text="E-CONTRADICTION")
    contradiction.get_by_text("Leave this row out").click()
    contradiction.get_by_label("Why?").last.fill("A mix-up.")
    contradiction.get_by_role("button", name="Leave it out").click()
    author.get_by_role("link", name="left out").click()
    expect(author.locator("main")).to_contain_text("A mix-up.")

    with author.expect_download() as download:
        author.get_by_role("link", name="Download the file with remarks").click()
    assert "E-" not in download.value.suggested_filename
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert "no expected condition" in text
    assert "12/03/1980" not in text


def test_two_alike_stand_side_by_side(doctor: Doctor, tmp_path: Path) -> None:
    author = doctor("Dr A")
    first = {**APPENDICITIS, "id": "twin-1", "age": "61"}
    other = {**first, "id": "twin-2"}
    rival = {**first, "id": "rival", "expected": "gastroenteritis", "must_not_miss": "gastroenteritis"}
    upload(author, csv_file(tmp_path / "alike.csv", first, other, rival))
    twin = _row(author, "twin-2")
    expect(twin).to_contain_text("the content of 'twin-1' again")
    twin.get_by_role("link", name="See both side by side").click()
    expect(author.locator("tr.differs")).to_have_count(0)
    author.get_by_role("button", name="Leave it out").click()
    author.goto(author.url.split("?")[0] + "?show=ready")
    conflict = _row(author, "rival") if _row(author, "rival").count() else _row(author, "twin-1")
    conflict.get_by_role("link", name="See both side by side").first.click()
    expect(author.locator("tr.differs").first).to_contain_text("Condition")


def test_a_file_that_is_none_is_refused_in_plain_words(doctor: Doctor, tmp_path: Path) -> None:
    author = doctor("Dr A")
    (tmp_path / "cases.xlsx").write_bytes(b"not a workbook")
    upload(author, tmp_path / "cases.xlsx")
    expect(author.get_by_role("heading", name="The file cannot be used as it is")).to_be_visible()
    expect(author.locator(".problem")).to_contain_text(re.compile("Found .+"))


def _fill_template(page: Page, path: Path) -> None:
    """As a clinician would, in Excel: values under the template's own headings."""
    page.goto(f"{home(page)}/template")
    with page.expect_download() as download:
        page.get_by_role("link", name="Template for Excel").click()
    download.value.save_as(path)
    workbook = load_workbook(path)
    sheet = workbook["Cases"]
    heads = {str(cell.value).strip().lower(): cell.column for cell in sheet[1] if cell.value}
    second = {
        **APPENDICITIS,
        "id": "belly-2",
        "age": "57",
        "sex": "male",
        "present": "nausae",
        "complaint": "It hurts.",
    }
    for number, values in enumerate((APPENDICITIS, second), 2):
        for name, value in values.items():
            column = next((heads[head] for head in _heads(name) if head in heads), None)
            assert column is not None, (name, list(heads))
            sheet.cell(number, column).value = value
    workbook.save(path)


def _heads(name: str) -> list[str]:
    from cases.readers.header import label_of

    return [name, label_of(name).lower(), f"{label_of(name).lower()} 1", f"{name} 1", f"{name}_1"]
