"""The "goal" format of the dialogue corpora: explicit findings volunteered, implicit ones elicited.

One JSON object a line: ``id``, ``disease``, ``explicit`` and ``implicit`` (finding to 1 present,
0 absent, null "not sure"), sometimes ``self_report`` (the patient's words).  What neither map names
was never spoken of.  Findings and diseases keep their names, which are the ids of a network that is
fitted to these cards.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..card import Split, Unlisted
from ..case_set import CaseSet, Quarantined
from ..readers.json_files import parse_jsonl
from ..readers.load import case_set_of
from ..readers.raw import quarantine
from ..readers.source import read_source
from .origins import NONE_STATED, ORIGINS, Origin

_STATES = {1: "present", 0: "absent", None: "unsure"}


def import_goal(
    path: Path, origin: Origin | None = None, *, unlisted: Unlisted = "not_mentioned", split: Split = "train"
) -> CaseSet:
    """The cards of a goal file, or of the ``cases.jsonl`` in a folder.

    A finding that both maps name is explicit, with the explicit answer: the patient said it before
    anyone asked (3,000 of MZ-10's cases repeat it).  A record id that occurs again (seven of Dxy's
    do: one consultation, annotated twice) gets ``.2`` for its second card, and the first as family.

    Parameters
    ----------
    origin
        None: by the folder's name, for the corpora of :data:`ORIGINS`.
    unlisted
        What a finding means that neither map names.
    """
    if path.is_dir():
        path = path / "cases.jsonl"
    if origin is None:
        name = path.resolve().parent.name
        origin = ORIGINS.get(name, Origin(name, name, str(path.name), NONE_STATED))
    raw = parse_jsonl(
        read_source(path, "a goal file, or a folder with cases.jsonl in it"), path.name, may_confirm=False
    )
    seen: dict[str, int] = {}
    records = []
    for where, goal in raw.records:
        fault = _fault(goal)
        if fault:
            raw.set_aside.append(Quarantined(None, where, (quarantine("E-GOAL", where, fault, expected=_LAYOUT),)))
            continue
        seen[goal["id"]] = seen.get(goal["id"], 0) + 1
        record = _record(goal, origin, unlisted, split)
        if seen[goal["id"]] > 1:
            record |= {"id": f"{record['id']}.{seen[goal['id']]}", "family": record["id"]}
        records.append((where, record))
    raw.records = records
    return case_set_of(raw, origin.name, path)


_LAYOUT = 'id and disease as texts, explicit and implicit as {"finding": 1, 0 or null}'


def _fault(goal: dict[str, Any]) -> str:
    """What is wrong with a goal; empty where nothing is."""
    for key in ("id", "disease"):
        if not isinstance(goal.get(key), str):
            return f"no text under {key!r}"
    for key in ("explicit", "implicit"):
        answers = goal.get(key)
        if not isinstance(answers, dict):
            return f"no findings under {key!r}"
        for value in answers.values():
            if value is not None and (type(value) is not int or value not in _STATES):
                return f"{value!r} as an answer under {key!r}"
    return ""


def _record(goal: dict[str, Any], origin: Origin, unlisted: Unlisted, split: Split) -> dict[str, Any]:
    explicit, implicit = goal["explicit"], goal["implicit"]
    findings: dict[str, Any] = {name: {"state": _STATES[value], "initial": True} for name, value in explicit.items()}
    findings.update((name, _STATES[value]) for name, value in implicit.items() if name not in explicit)
    return {
        "id": f"{origin.name}-{goal['id']}",
        "author": origin.author,
        "source": f"{origin.source}; record {goal['id']}",
        "licence": origin.licence,
        "specialty": origin.specialty,
        "review_state": "accepted",
        "split": split,
        "kind": "corpus",
        "unlisted": unlisted,
        "complaint": goal.get("self_report", ""),
        "findings": findings,
        "expected": {"condition": goal["disease"]},
    }
