"""What the id of a case may look like: one rule for files and for the desk."""

from __future__ import annotations

import re

from model.errors import Problem

from ..checks.problems import quarantine

MOST = 120
"""Characters; the id is a part of file names."""
_ID = re.compile(r"(?!\.)[^\s/\\\x00-\x1f\x7f](?:[^/\\\x00-\x1f\x7f\x85\u2028\u2029]*[^\s/\\\x00-\x1f\x7f])?")
_FREED = "(withdrawn"
"""In the id of a case that was withdrawn, whose own id is free again."""
EXPECTED = f"1 to {MOST} characters on one line, no / or \\, no dot at the start"


def is_usable_id(case_id: str) -> bool:
    """Whether a case can be kept under this id."""
    return len(case_id) <= MOST and _ID.fullmatch(case_id) is not None and _FREED not in case_id


def id_problem(case_id: str, where: str) -> Problem | None:
    """What is wrong with an id; None: nothing."""
    if is_usable_id(case_id):
        return None
    return quarantine(
        "E-CARD-ID", where, "an id that no file could be named after", expected=EXPECTED,
        next_step="write another, or leave the cell empty: then one is made up", catalogue=92,
    )  # fmt: skip


def usable_id(text: str) -> str:
    """The nearest text that is one; "" where nothing is left of it."""
    kept = re.sub(r"[\s/\\\x00-\x1f\x7f\x85\u2028\u2029]+", "-", text.replace(_FREED, "")).strip("-.")
    kept = kept[:MOST].strip("-.")
    return kept if is_usable_id(kept) else ""
