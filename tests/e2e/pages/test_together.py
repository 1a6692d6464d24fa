"""Two windows, a double click, a closed tab, a killed server: nothing acknowledged is lost, nothing half is seen."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import Doctor, Server
from .steps import APPENDICITIS, choose, csv_file, give_opinion, hand_in, home, open_review, saved, upload, write_case

pytestmark = pytest.mark.slow


def test_a_closed_tab_loses_nothing(doctor: Doctor) -> None:
    author = doctor("Dr A")
    author.get_by_role("button", name="Write a case").click()
    author.wait_for_url("**/edit")
    address = author.url
    author.get_by_label("In the patient's own words").fill("I have had a cough for three weeks.")
    author.close(run_before_unload=False)  # At once: before the form would have saved itself.
    again = doctor("Dr A")
    for _ in range(20):
        again.goto(address)
        if again.get_by_label("In the patient's own words").input_value():
            break
        again.wait_for_timeout(250)
    expect(again.get_by_label("In the patient's own words")).to_have_value("I have had a cough for three weeks.")


def test_two_windows_see_both_texts(doctor: Doctor) -> None:
    one = doctor("Dr A")
    write_case(one, "My ear hurts.", age="41")
    two = doctor("Dr A")
    two.goto(one.url)
    two.get_by_label("Age", exact=True).fill("42")
    saved(two)
    one.get_by_label("In the patient's own words").fill("My left ear hurts.")
    expect(one.get_by_role("alert")).to_contain_text("Not saved: this case was changed in another window")
    one.get_by_label("In the patient's own words").press_sequentially(" Badly.")  # Typed after the refusal.
    one.get_by_role("button", name="Look at both texts").click()
    expect(one.get_by_role("heading", level=1)).to_contain_text("was changed elsewhere")
    differs = one.locator("tr.differs")
    expect(differs).to_have_count(2)
    expect(differs.first).to_contain_text("41 years")
    expect(differs.first).to_contain_text("42 years")
    expect(differs.last).to_contain_text("My left ear hurts. Badly.")
    one.get_by_label("Age", exact=True).fill("42")
    one.get_by_role("button", name="Save mine on top").click()
    expect(one.get_by_label("In the patient's own words")).to_have_value("My left ear hurts. Badly.")
    two.reload()
    expect(two.get_by_label("In the patient's own words")).to_have_value("My left ear hurts. Badly.")


def test_a_double_click_counts_once(doctor: Doctor) -> None:
    author = doctor("Dr A")
    author.goto(f"{home(author)}/cases")
    before = author.locator("table.cases tbody tr").count()
    author.goto(home(author))
    author.get_by_role("button", name="Write a case").dblclick()
    author.wait_for_url("**/edit")
    author.goto(f"{home(author)}/cases")
    expect(author.locator("table.cases tbody tr")).to_have_count(before + 1)


def test_a_case_that_is_taken_back_under_review(doctor: Doctor) -> None:
    author, second = doctor("Dr A"), doctor("Dr B")
    complaint = "It began around the navel."
    write_case(author, complaint, age="52")
    address = hand_in(author)
    open_review(second, complaint)
    give_opinion(second, "gastroent", "urgent")
    second.get_by_label("Reason").fill("I would think of a stomach bug first.")
    author.goto(address)
    author.get_by_text("Take it back from the review").click()
    author.get_by_label("Why?").fill("I forgot the temperature.")
    author.get_by_role("button", name="Take it back").click()
    choose(author, "add_finding", "fever", "p")
    expect(author.locator("#list-finding .stated-row")).to_have_count(3)
    second.get_by_role("button", name="Accept").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("The author has taken this case back")
    expect(second.locator("blockquote")).to_have_text("I would think of a stomach bug first.")


def test_an_administrator_gives_a_case_to_a_reviewer(doctor: Doctor) -> None:
    doctor("Dr B")  # Whoever has signed in once can be chosen.
    author = doctor("Dr A")
    write_case(author, "A case for Dr B alone.", age="71")
    address = hand_in(author)
    administrator, third = doctor("Administrator"), doctor("Dr C")
    administrator.goto(address)
    administrator.get_by_text("Give it to a reviewer").click()
    administrator.get_by_label("To", exact=True).select_option("Dr B")
    administrator.get_by_label("Why?").fill("The specialist.")
    administrator.get_by_role("button", name="Give it").click()
    expect(administrator.locator("main")).to_contain_text("assigned it to a reviewer")
    third.goto(f"{home(third)}/reviews")
    expect(third.get_by_text("A case for Dr B alone.")).to_have_count(0)
    second = doctor("Dr B")
    second.goto(f"{home(second)}/reviews")
    expect(second.locator(".queue-item").first).to_contain_text("A case for Dr B alone.")


def test_a_stale_button_says_so(doctor: Doctor, tmp_path: Path) -> None:
    one = doctor("Dr A")
    rows = [{**APPENDICITIS, "id": f"stale-{n}", "present": "nausae", "age": str(30 + 9 * n)} for n in range(2)]
    upload(one, csv_file(tmp_path / "stale.csv", *rows))
    two = doctor("Dr A")
    two.goto(one.url)
    two.get_by_role("button", name="Take “Nausea”").first.click()
    expect(two.locator("#take-title")).to_contain_text("1 of 2")
    one.get_by_role("button", name="Take “Nausea”").last.click()
    expect(one.get_by_role("alert")).to_contain_text("The upload has been changed since")
    one.get_by_role("link", name="Reload the page").click()
    one.get_by_role("button", name="Take “Nausea”").click()
    expect(one.locator("#take-title")).to_contain_text("2 of 2 cases are ready")


def test_without_script_the_main_path_works(doctor: Doctor, tmp_path: Path) -> None:
    author = doctor("Dr A", script=False)
    upload(author, csv_file(tmp_path / "plain.csv", {**APPENDICITIS, "id": "plain", "age": "77", "present": "nausae"}))
    author.get_by_role("button", name="Take “Nausea”").click()
    author.get_by_role("button", name="Accept 1 of 1").click()
    author.goto(home(author))
    author.get_by_role("button", name="Write a case").click()
    author.get_by_label("Age", exact=True).fill("19")
    author.locator("#add_finding").fill("stomach ache")
    author.locator("#list-finding").get_by_role("button", name="Present", exact=True).click()
    expect(author.locator("#list-finding .stated-row")).to_contain_text("Belly pain")
    author.locator("#condition").fill("Appendicitis")
    author.get_by_role("button", name="Save", exact=True).last.click()
    author.get_by_label("nothing that identifies a patient").check()
    author.get_by_role("button", name="Hand in for review").click()
    expect(author.get_by_role("heading", level=1)).to_contain_text("in review")


def test_a_server_killed_in_the_middle_of_an_upload(doctor: Doctor, server: Server, tmp_path: Path) -> None:
    author = doctor("Dr A")
    upload(author, csv_file(tmp_path / "whole.csv", {**APPENDICITIS, "id": "whole", "age": "66"}))
    write_case(author, "A draft that has been saved.", age="67")
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in author.context.cookies())
    with _half_an_upload(author, cookies):
        server.kill()
    server.start()  # The same database, another port.
    again = doctor("Dr A")
    again.goto(f"{home(again)}/uploads")
    files = again.locator("table tbody tr")
    expect(files.filter(has_text="whole.csv")).to_have_count(1)
    expect(files.filter(has_text="half.csv")).to_have_count(0)
    again.goto(f"{home(again)}/cases")
    again.locator("table.cases tbody a").first.click()
    expect(again.get_by_label("In the patient's own words")).to_have_value("A draft that has been saved.")
    assert not [one for one in server.place.iterdir() if "half" in one.name]


def _half_an_upload(page: Page, cookies: str) -> socket.socket:
    """A browser that has sent half of a large file."""
    token = page.locator('input[name="csrf_token"]').first.get_attribute("value")
    parts = urlsplit(page.url)
    edge = "----half"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="no_identifiers"\r\n\r\nyes\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="half.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
    connection.sendall(
        f"POST /uploads HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {parts.scheme}://{parts.netloc}\r\n"
        f"Cookie: {cookies}\r\nContent-Type: multipart/form-data; boundary={edge}\r\n"
        f"Content-Length: {len(head) + 4_000_000}\r\n\r\n".encode()
        + head
        + b"id,author\r\n" * 180_000
    )
    return connection
