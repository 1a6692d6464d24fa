"""What differs between two texts of a case, in a few plain words: the reason that the trail gives for a save.

The trail is kept for ever, so nothing that was typed freely gets into it: only the network's own names,
numbers and the words of closed lists are quoted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..card import TRIAGE_LEVELS
from .checking import Checker

MOST = 8
"""Changes that are told one by one; more are counted."""
SAME = "nothing but the order or the spelling"
_OTHER = "of another form"
_TEXTS = {
    "complaint": "the patient's words",
    "notes": "the notes",
    "specialty": "the specialty",
    "source": "the source",
    "licence": "the licence",
}
_UNLISTED = {"unknown": "is not known", "absent": "is absent", "not_mentioned": "was not mentioned"}
_CLOSED = frozenset(
    {"female", "male", "years", "months", "weeks", "days", "present", "absent", "unsure", "not_mentioned"}
)
_CONDITIONS = {"acceptable": "also acceptable", "must_not_miss": "must not be missed", "impossible": "ruled out"}
_TOLD = frozenset({"patient", "unlisted", "findings", "risk_factors", "expected", "overrides", *_TEXTS})


def described(before: Mapping[str, Any], after: Mapping[str, Any], check: Checker) -> str:
    """``age 23 → 32; added Nausea: absent; expected condition set to Appendicitis``; never blank.

    Parameters
    ----------
    before, after
        Records (:mod:`cases.desk.records`).
    check
        Knows the names of the network's terms.
    """
    told = list(_changes(before, after, check))
    if len(told) > MOST:
        told[MOST - 1 :] = [f"{len(told) - MOST + 1} more changes"]
    return "; ".join(told) or SAME


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], check: Checker) -> Iterator[str]:
    yield from _patient(_mapping(before.get("patient")), _mapping(after.get("patient")))
    for field, words in _TEXTS.items():
        if before.get(field) != after.get(field):
            yield f"{words} {_verb(before.get(field), after.get(field))}"
    for field, kind in (("findings", "finding"), ("risk_factors", "risk factor")):
        yield from _stated(_mapping(before.get(field)), _mapping(after.get(field)), field, kind, check)
    if before.get("unlisted") != after.get("unlisted") and after.get("unlisted") in _UNLISTED:
        yield f"what is not listed {_UNLISTED[after['unlisted']]}"
    yield from _expected(_mapping(before.get("expected")), _mapping(after.get("expected")), check)
    reasons, now = _mapping(before.get("overrides")), _mapping(after.get("overrides"))
    if reasons != now:
        yield f"the reasons why it is right as it is {_verb(reasons, now)}"
    for field in sorted(before.keys() | after.keys(), key=str):
        if field not in _TOLD and before.get(field) != after.get(field):
            yield f"{str(field).replace('_', ' ')} {_verb(before.get(field), after.get(field))}"


def _patient(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    ages = [(one.get("age"), one.get("age_unit", "years")) for one in (before, after)]
    if ages[0] != ages[1]:
        same_unit = ages[0][1] == ages[1][1]
        yield _arrow("age", *("" if age is None else _age(age, "" if same_unit else unit) for age, unit in ages))
    for field, word in (("sex", "sex"), ("pregnant", "pregnant")):
        if before.get(field) != after.get(field):
            yield _arrow(word, *(_closed(one.get(field)) for one in (before, after)))


def _stated(
    before: Mapping[str, Any], after: Mapping[str, Any], field: str, kind: str, check: Checker
) -> Iterator[str]:
    for name, entry in after.items():
        called = check.name(field, name) or f"a {kind} that the model lacks"
        now = _entry(entry)
        if name not in before:
            yield f"added {called}: {_closed(now.get('state'))}"
            continue
        was = _entry(before[name])
        if was.get("state") != now.get("state"):
            yield f"{called} {_closed(was.get('state'))} → {_closed(now.get('state'))}"
        if bool(was.get("initial")) != bool(now.get("initial")):
            yield f"{called} {'now' if now.get('initial') else 'no longer'} said unasked"
        if was.get("pertinent") != now.get("pertinent"):
            yield f"{called} marked otherwise as pertinent"
    for name in before:
        if name not in after:
            yield f"took out {check.name(field, name) or f'a {kind} that the model lacks'}"


def _expected(before: Mapping[str, Any], after: Mapping[str, Any], check: Checker) -> Iterator[str]:
    conditions = [one.get("condition") for one in (before, after)]
    if conditions[0] != conditions[1]:
        was, now = (check.name("conditions", one) or "one that the model lacks" if one else "" for one in conditions)
        yield f"expected condition {was} → {now or 'none'}" if was else f"expected condition set to {now}"
    if before.get("triage") != after.get("triage"):
        yield _arrow("expected urgency:", *(_triage(one.get("triage")) for one in (before, after)))
    for field, words in _CONDITIONS.items():
        yield from _listed(before.get(field), after.get(field), words, "conditions", check)
    asked = [_asked(one.get("must_ask")) for one in (before, after)]
    yield from _listed(list(asked[0]), list(asked[1]), "must be asked", "findings", check)
    if any(asked[0][name] != asked[1][name] for name in asked[0].keys() & asked[1].keys()):
        yield "by which question one must be asked"
    if before.get("differential") != after.get("differential"):
        yield f"the differential {_verb(before.get('differential'), after.get('differential'))}"


def _listed(before: Any, after: Any, words: str, kind: str, check: Checker) -> Iterator[str]:
    was, now = (list(map(str, one)) if isinstance(one, list | tuple) else [] for one in (before, after))
    for verb, names, others in (("added", now, was), ("took out", was, now)):
        for name in names:
            if name not in others:
                yield f"{words}: {verb} {check.name(kind, name) or 'one that the model lacks'}"


def _verb(before: Any, after: Any) -> str:
    return "taken out" if not after else "changed" if before else "written"


def _arrow(what: str, before: str, after: str) -> str:
    if not before:
        return f"{what} {after}"
    return f"{what} {before} → {after}" if after else f"{what} taken out"


def _age(age: Any, unit: Any) -> str:
    if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age < 10**6:
        return _OTHER
    return f"{age:g} {_closed(unit)}".strip() if unit else f"{age:g}"


def _closed(value: Any) -> str:
    """A word of a closed list; what was typed instead of one is not repeated."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.replace("_", " ") if isinstance(value, str) and value in _CLOSED else _OTHER


def _triage(value: Any) -> str:
    levels = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else []
    known = [str(one).replace("_", "-") if one in TRIAGE_LEVELS else _OTHER for one in levels]
    return " to ".join(dict.fromkeys(known))


def _asked(value: Any) -> dict[str, Any]:
    entries = value if isinstance(value, list | tuple) else []
    named = [one if isinstance(one, Mapping) else {"finding": one} for one in entries]
    return {str(one.get("finding", "")): one.get("by") for one in named}


def _entry(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"state": value}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
