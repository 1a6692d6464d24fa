"""The pages of a review: whatever cannot be stored comes back with a reason, and with all that was typed."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from ..conftest import RECORD, Browser, form_token

HTML = {"Accept": "text/html"}
TYPED = {"condition": "appendicitis", "triage": "urgent", "comment": "Typical, by and large.", "differential": "x"}


class Page:
    """A page with a form, and how it is sent again."""

    def __init__(self, doctor: Browser, address: str) -> None:
        self.doctor, self.answer = doctor, doctor.http.get(address, headers=HTML)

    def send(self, address: str, **typed: Any) -> Any:
        """Send its form with these fields."""
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)"[^>]* value="([^"]*)"', self.answer.text))
        form = {**hidden, **typed, "csrf_token": form_token(self.answer.text)}
        return self.doctor.http.post(address, data=form, headers=HTML)


@pytest.fixture
def author(browser: Callable[..., Browser]) -> Browser:
    return browser("Dr A")


@pytest.fixture
def reviewer(browser: Callable[..., Browser]) -> Browser:
    return browser("Dr B")


def handed_in(author: Browser, record: dict[str, Any] | None = None) -> str:
    case: str = author.post("/cases", {"record": record or RECORD}).json()["id"]
    hand_in(author, case, 1)
    return case


def hand_in(author: Browser, case: str, version: int) -> None:
    answer = author.post(f"/cases/{case}/submit", {"no_identifiers": True}, version=version)
    assert answer.status_code == 200, answer.text


def opinion(reviewer: Browser, case: str, version: int = 1, **said: str) -> None:
    """Through the API."""
    given = {"condition": "appendicitis", "triage": "urgent", **said}
    assert reviewer.post(f"/reviews/{case}/opinion", given, version=version).status_code == 200


def is_kept(page: str) -> None:
    """All of ``TYPED`` is in the form again."""
    assert 'value="appendicitis"' in page
    assert re.search(r'value="urgent"[^>]* checked', page)
    assert TYPED["comment"] in page


REFUSED = {
    "an identifier": ({"comment": "Typical, by and large. Call 0170 1234567"}, "telephone"),
    "certainty over 100": ({"certainty": "150"}, "0 to 100"),
    "certainty in words": ({"certainty": "very"}, "0 to 100"),
    "a condition that is too long": ({"differential": "x" * 501}, "at most 500"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_opinion_that_is_refused_is_not_lost(author: Browser, reviewer: Browser, what: str) -> None:
    typed, words = REFUSED[what]
    case = handed_in(author)
    page = Page(reviewer, f"/reviews/{case}")
    refused = page.send(f"/reviews/{case}/opinion", **{**TYPED, **typed})
    assert refused.status_code == 422
    is_kept(refused.text)
    assert words in refused.text
    page.answer = refused
    assert page.send(f"/reviews/{case}/opinion", **TYPED).status_code == 303


def test_an_opinion_on_a_text_that_was_replaced(author: Browser, reviewer: Browser) -> None:
    """The author took it back, mended it, and handed it in again, while the reviewer was thinking."""
    case = handed_in(author)
    page = Page(reviewer, f"/reviews/{case}")
    author.post(f"/cases/{case}/recall", {"reason": "a slip"})
    changed = {**RECORD, "complaint": "My belly hurts on the right."}
    assert author.put(f"/cases/{case}", {"record": changed, "why": "a slip"}, version=1).status_code == 200
    hand_in(author, case, 2)
    refused = page.send(f"/reviews/{case}/opinion", **TYPED)
    assert refused.status_code == 409
    assert "hurts on the right" in refused.text
    is_kept(refused.text)
    page.answer = refused
    assert page.send(f"/reviews/{case}/opinion", **TYPED).status_code == 303


def test_an_opinion_on_a_case_that_was_taken_back(author: Browser, reviewer: Browser) -> None:
    case = handed_in(author)
    page = Page(reviewer, f"/reviews/{case}")
    author.post(f"/cases/{case}/recall", {"reason": "a slip"})
    refused = page.send(f"/reviews/{case}/opinion", **TYPED)
    assert refused.status_code == 409
    assert TYPED["comment"] in refused.text
    assert "taken this case back" in refused.text


def test_an_opinion_on_a_case_that_a_colleague_took(author: Browser, browser: Callable[..., Browser]) -> None:
    first, second = browser("Dr B"), browser("Dr C")
    case = handed_in(author)
    page = Page(first, f"/reviews/{case}")
    assert second.post(f"/reviews/{case}/take").status_code == 204
    refused = page.send(f"/reviews/{case}/opinion", **TYPED)
    assert refused.status_code == 409
    assert TYPED["comment"] in refused.text
    assert "Another reviewer has taken this case" in refused.text


def test_an_edit_that_is_not_complete_is_not_lost(author: Browser, reviewer: Browser) -> None:
    case = handed_in(author)
    opinion(reviewer, case)
    page = Page(reviewer, f"/reviews/{case}/edit")
    fields = _fields(page.answer.text)
    typed = {**fields, "complaint": "It hurts, and I am sick.", "age": "400", "reason": "so she said", "do": "send"}
    refused = page.send(f"/reviews/{case}/edit", **typed)
    assert refused.status_code == 422
    assert "It hurts, and I am sick." in refused.text
    assert "so she said" in refused.text
    assert 'value="400"' in refused.text
    assert "not stored" in refused.text
    page.answer = refused
    assert page.send(f"/reviews/{case}/edit", **{**typed, "age": "23"}).status_code == 303


def test_an_edit_that_changes_nothing_says_so(author: Browser, reviewer: Browser) -> None:
    case = handed_in(author)
    opinion(reviewer, case)
    page = Page(reviewer, f"/reviews/{case}/edit")
    refused = page.send(f"/reviews/{case}/edit", **{**_fields(page.answer.text), "reason": "why not", "do": "send"})
    assert refused.status_code == 422
    assert "nothing was changed" in refused.text.lower()
    assert "why not" in refused.text


def _fields(page: str) -> dict[str, Any]:
    """What a browser would send of the form with the case, unchanged."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        is_choice = re.search(r'type="(?:radio|checkbox)"', tag)
        if name and name[1] not in ("do", "key", "number", "csrf_token") and (not is_choice or " checked" in tag):
            found.setdefault(name[1], []).append(value[1] if value else "on" if is_choice else "")
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        found.setdefault(name, []).append(body)
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', body)
        found.setdefault(name, []).append(chosen[1] if chosen else "")
    return found


def test_who_accepted_an_earlier_version_gives_an_opinion_on_the_next(author: Browser, reviewer: Browser) -> None:
    """The form for it is there, blind; what would be decided is not."""
    case = handed_in(author)
    opinion(reviewer, case)
    assert reviewer.post(f"/reviews/{case}/decision", {"verdict": "accept"}, version=1).status_code == 200
    record = copy.deepcopy(RECORD)
    record["expected"] = {"condition": "gastroenteritis", "triage": ["routine", "urgent"]}
    saved = author.put(f"/cases/{case}", {"record": record, "why": "a change of mind"}, version=1)
    assert saved.status_code == 200, saved.text
    hand_in(author, case, saved.json()["number"])
    page = Page(reviewer, f"/reviews/{case}")
    assert "Your opinion" in page.answer.text
    assert "astroenteritis" not in page.answer.text
    assert page.send(f"/reviews/{case}/opinion", **TYPED).status_code == 303
    assert "not blind" in reviewer.http.get(f"/reviews/{case}", headers=HTML).text


def test_a_decision_that_is_refused_keeps_its_reason(author: Browser, browser: Callable[..., Browser]) -> None:
    """Meanwhile a third has decided."""
    first, second = browser("Dr B"), browser("Dr C")
    case = handed_in(author)
    for one in (first, second):
        opinion(one, case)
    page = Page(first, f"/reviews/{case}")
    assert second.post(f"/reviews/{case}/decision", {"verdict": "accept"}, version=1).status_code == 200
    refused = page.send(f"/reviews/{case}/decide", verdict="reject", reason="too vague for a case")
    assert refused.status_code == 409
    assert "too vague for a case" in refused.text
