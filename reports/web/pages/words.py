"""States, roles, times and trail entries in plain words, for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from cases.desk.handing_in import STATEMENT

STATES = {
    "draft": "draft",
    "in_review": "in review",
    "accepted": "accepted",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
    "received": "stored, not checked yet",
    "checked": "checked",
    "refused": "cannot be used as it is",
    "erased": "erased",
    "ready": "ready",
    "waiting": "to be mended",
    "held": "held back",
    "taken": "taken",
    "dropped": "left out",
}
STAGES = {
    "first": "waits for a second clinician",
    "third": "waits for a third clinician",
    "approval": "edit to approve",
}
TRIAGE = {"self_care": "self-care", "routine": "routine", "urgent": "urgent", "emergency": "emergency"}
TRIAGE_HELP = {
    "self_care": "no doctor needed",
    "routine": "a doctor within days or weeks",
    "urgent": "a doctor today",
    "emergency": "an emergency department now",
}
STATE_TONES = {
    "accepted": "good", "ready": "good", "taken": "good", "rejected": "bad", "refused": "bad", "waiting": "warn",
    "held": "warn", "in_review": "warn",
}  # fmt: skip
STATE_SIGNS = {
    "draft": "✎", "in_review": "…", "accepted": "✓", "rejected": "✗", "withdrawn": "−", "ready": "✓", "waiting": "!",
    "held": "‼", "taken": "✓", "dropped": "−", "refused": "✗", "received": "…", "checked": "✓", "erased": "−",
}  # fmt: skip
ANSWERS = {"present": "yes", "absent": "no", "unsure": "not sure"}
DEEDS = {
    "create": "wrote the case",
    "save": "saved a new text",
    "fix answer": "fixed the expected answer, then saw the preview",
    "statement": "stated that it identifies no patient",
    "statement taken back": "took that statement back",
    "submit": "handed it in for review",
    "recall": "took it back from the review",
    "withdraw": "withdrew it",
    "take": "took it for review",
    "assign": "assigned it to a reviewer",
    "give back": "gave it back to the queue",
    "opinion": "gave an opinion",
    "accept": "accepted it",
    "edit": "edited it",
    "reject": "rejected it",
    "hand over": "handed it over",
    "publish": "published",
}
"""Words of the trail."""
AFTER = {"accepted": "after it was accepted", "rejected": "after it was rejected", "preview": "after the preview"}
"""When a change was made that needs a reason in words."""


def when(moment: datetime) -> Markup:
    """``2026-11-23 16:05`` UTC; where there is little room the time goes below the date."""
    there = moment.astimezone(UTC)
    return Markup('<time datetime="{:%Y-%m-%dT%H:%MZ}"><span class="date">{:%Y-%m-%d}</span> {:%H:%M}</time>').format(
        there, there, there
    )


def state_word(state: str) -> str:
    """Of a case, an upload or a row."""
    return STATES.get(state, state.replace("_", " "))


def state_tone(state: str) -> str:
    """A class of the style sheet."""
    return STATE_TONES.get(state, "plain")


def state_sign(state: str) -> str:
    """The character beside the word."""
    return STATE_SIGNS.get(state, "·")


def stage_word(stage: str | None) -> str:
    """What a case in review waits for."""
    return STAGES.get(stage or "", "")


def triage_word(level: str) -> str:
    """``self-care``."""
    return TRIAGE.get(level, level.replace("_", " "))


def answer_word(state: str | None) -> str:
    """What the patient says."""
    return "cannot say" if state is None else ANSWERS.get(state, state.replace("_", " "))


def deed(what: str) -> str:
    """What somebody did."""
    return DEEDS.get(what, what)


def after_word(moment: str) -> str:
    """``after the preview``."""
    return AFTER.get(moment, moment)


def size_word(n_bytes: int) -> str:
    """``1.4 MB``."""
    return f"{n_bytes / 2**20:.1f} MB" if n_bytes >= 2**20 else f"{max(1, round(n_bytes / 1024))} kB"


def age_word(patient: Any) -> str:
    """``6 months``; "" where it is not known."""
    age = patient.get("age") if isinstance(patient, dict) else None
    if age in (None, ""):
        return ""
    unit = str(patient.get("age_unit") or "years")
    shown = f"{age:g}" if isinstance(age, int | float) else str(age)
    return f"{shown} {unit.removesuffix('s') if shown == '1' else unit}"


def patient_word(patient: Any) -> str:
    """``23 years, female, not pregnant``."""
    if not isinstance(patient, dict):
        return ""
    is_pregnant = patient.get("pregnant")
    pregnant = "pregnant" if is_pregnant is True else "not pregnant" if is_pregnant is False else ""
    if patient.get("sex") == "male" and pregnant == "not pregnant":
        pregnant = ""
    return ", ".join(filter(None, (age_word(patient), str(patient.get("sex") or ""), pregnant)))


def by_state(listed: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Terms of a case by what is said of them: what is present first."""
    order = dict.fromkeys(("present", "absent", "unsure", *(one.state for one in listed)))
    groups = [(state, [one for one in listed if one.state == state]) for state in order]
    return [(state, group) for state, group in groups if group]


FILTERS: dict[str, Any] = {
    function.__name__: function
    for function in (
        when, state_word, state_tone, state_sign, stage_word, triage_word, answer_word, deed, after_word, size_word,
        age_word, patient_word, by_state,
    )
}  # fmt: skip
GLOBALS: dict[str, Any] = {"TRIAGE": TRIAGE, "TRIAGE_HELP": TRIAGE_HELP, "CASE_STATEMENT": STATEMENT}
