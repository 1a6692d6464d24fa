"""The form of one case: from its fields to the record that the desk stores, and the changes that its buttons ask for.

A record need not make a whole card: what cannot be understood is kept as it was typed, and the checks say
what is wrong with it.  Fields that the form does not show (opinions, say) stay as they are stored.

Rows of findings and risk factors come as ``finding``, ``finding_state``, ``finding_initial`` …, numbered in
the order in which they are shown; see ``templates/case/form.html.j2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from cases.vocabulary import Lexicon, Vocabulary

KINDS = {
    "finding": "findings",
    "risk_factor": "risk_factors",
    "acceptable": "conditions",
    "must_not_miss": "conditions",
    "impossible": "conditions",
    "must_ask": "findings",
}
"""Lists of the form, and the words that each is made of."""
TEXTS = ("complaint", "specialty", "source", "licence", "notes")
STATES = ("present", "absent", "unsure")


class Fields(Protocol):
    """The fields of a form, as Starlette gives them."""

    def get(self, key: str, /) -> Any: ...

    def getlist(self, key: Any) -> Sequence[Any]: ...


def record_of_form(form: Fields, stored: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The record that the form describes, on top of the stored one, with its button pressed."""
    record = {name: value for name, value in stored.items() if name not in (*TEXTS, "patient", "unlisted")}
    record |= {name: _text(form, name) for name in TEXTS}
    record["unlisted"] = _text(form, "unlisted") or "unknown"
    record["patient"] = _patient(form)
    record["findings"] = dict(_findings(form))
    record["risk_factors"] = dict(_risk_factors(form))
    record["expected"] = _expected(form, stored.get("expected") or {}, vocabulary)
    record["overrides"] = _overrides(form, stored.get("overrides") or {})
    press(record, _text(form, "do"), form, vocabulary)
    return _without_blanks(record)


def press(record: dict[str, Any], button: str, form: Fields, vocabulary: Vocabulary) -> None:
    """Do what a button asks for: ``add finding present``, ``remove finding nausea``, ``take condition otitis``."""
    verb, _, rest = button.partition(" ")
    kind, _, what = rest.partition(" ")
    if verb == "remove":
        _remove(record, kind, what)
    elif verb == "add" and kind in KINDS:
        word = _text(form, f"add_{kind}")
        term_id = lexicon(vocabulary, KINDS[kind]).resolve(word).id if word else None
        if word:  # One that the model lacks stays as it was typed: the checks say so, and propose others.
            add(record, kind, term_id or word, what if what in STATES else "present")
    elif verb == "take" and kind == "condition":
        record["expected"]["condition"] = what
    elif verb == "take":  # Another word for one that is in a list: ``take finding 0 nausea``.
        place, _, new = what.partition(" ")
        _replace(record, kind, int(place) if place.isdecimal() else -1, new)


def add(record: dict[str, Any], kind: str, term_id: str, state: str) -> None:
    """Put a term into a list; one that is there gets the new state."""
    if kind == "finding":
        # What is written first is mostly what the patient comes with; a tick takes that back.
        old = record["findings"].get(term_id)
        starts = state == "present" and old is None and not any(map(_is_initial, record["findings"].values()))
        is_initial = _is_initial(old) or starts
        record["findings"][term_id] = {"state": state, "initial": True} if is_initial else state
    elif kind == "risk_factor":
        record["risk_factors"][term_id] = state
    elif kind == "must_ask":
        asked = record["expected"].setdefault("must_ask", [])
        if term_id not in [_asked(one) for one in asked]:
            asked.append({"finding": term_id})
    else:
        listed = record["expected"].setdefault(kind, [])
        if term_id not in listed:
            listed.append(term_id)


def lexicon(vocabulary: Vocabulary, kind: str) -> Lexicon:
    """The words of ``findings``, ``risk_factors`` or ``conditions``."""
    chosen: Lexicon = getattr(vocabulary, kind)
    return chosen


def _text(form: Fields, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _texts(form: Fields, name: str) -> list[str]:
    return [value.strip() for value in form.getlist(name) if isinstance(value, str)]


def _patient(form: Fields) -> dict[str, Any]:
    pregnant = {"yes": True, "no": False}.get(_text(form, "pregnant"))
    patient = {
        "age": _number(_text(form, "age")), "age_unit": _text(form, "age_unit") or "years", "sex": _text(form, "sex"),
        "pregnant": pregnant,
    }  # fmt: skip
    if patient["age"] == "":
        del patient["age_unit"]
    return {name: value for name, value in patient.items() if value is not None and value != ""}


def _number(text: str) -> Any:
    """A number where it is one; else the text, which the checks then refuse by name."""
    if re.fullmatch(r"[0-9]{1,6}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}", text) else text


def _findings(form: Fields) -> Iterable[tuple[str, Any]]:
    for row in _texts(form, "finding_row"):
        name, state = _text(form, f"finding_{row}"), _text(form, f"finding_{row}_state") or "present"
        if not name:
            continue
        initial = bool(_text(form, f"finding_{row}_initial"))
        pertinent = {"yes": True, "no": False}.get(_text(form, f"finding_{row}_pertinent"))
        entry: dict[str, Any] = {"state": state}
        if initial:
            entry["initial"] = True
        if pertinent is not None and pertinent != (state == "absent"):
            entry["pertinent"] = pertinent
        yield name, entry if len(entry) > 1 else state


def _risk_factors(form: Fields) -> Iterable[tuple[str, str]]:
    for row in _texts(form, "risk_factor_row"):
        if name := _text(form, f"risk_factor_{row}"):
            yield name, _text(form, f"risk_factor_{row}_state") or "present"


def _expected(form: Fields, stored: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    expected: dict[str, Any] = {name: value for name, value in stored.items() if name == "differential"}
    word = _text(form, "condition")
    expected["condition"] = (vocabulary.conditions.resolve(word).id or word) if word else ""
    for name in ("acceptable", "must_not_miss", "impossible"):
        expected[name] = list(dict.fromkeys(filter(None, _texts(form, name))))
    levels = [_text(form, "triage_least"), _text(form, "triage_most")]
    if any(levels):
        expected["triage"] = [levels[0] or levels[1], levels[1] or levels[0]]
    expected["must_ask"] = [
        {"finding": name, **({"by": by} if (by := _number(_text(form, f"must_ask_{row}_by"))) != "" else {})}
        for row in _texts(form, "must_ask_row")
        if (name := _text(form, f"must_ask_{row}"))
    ]
    return {name: value for name, value in expected.items() if value not in ("", [])}


def _overrides(form: Fields, stored: Mapping[str, str]) -> dict[str, str]:
    """Reasons that were given, by code; a field that is there and empty takes the reason back."""
    said = {code: _text(form, f"override_{code}") for code in _texts(form, "override")}
    return {code: reason for code, reason in {**stored, **said}.items() if reason}


def _remove(record: dict[str, Any], kind: str, what: str) -> None:
    if kind in ("finding", "risk_factor"):
        record[KINDS[kind]].pop(what, None)
    elif kind == "must_ask":
        kept = [one for one in record["expected"].get("must_ask", []) if _asked(one) != what]
        record["expected"]["must_ask"] = kept
    elif kind in KINDS:
        record["expected"][kind] = [one for one in record["expected"].get(kind, []) if one != what]


def _replace(record: dict[str, Any], kind: str, place: int, new: str) -> None:
    """Another word in a list, at the same place."""
    if kind in ("finding", "risk_factor"):
        listed = list(record[KINDS[kind]].items())
        if 0 <= place < len(listed) and new:
            listed[place] = (new, listed[place][1])
            record[KINDS[kind]] = dict(listed)
    elif kind in KINDS:
        words = record["expected"].get(kind, [])
        if 0 <= place < len(words) and new:
            words[place] = {**words[place], "finding": new} if kind == "must_ask" else new


def _asked(one: Any) -> str:
    return str(one.get("finding", "")) if isinstance(one, Mapping) else str(one)


def _is_initial(entry: Any) -> bool:
    return isinstance(entry, Mapping) and bool(entry.get("initial"))


def _without_blanks(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value not in (None, "", [], {})}
