"""What could stand in a cell instead: at most three proposals a problem, each one click, none made by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from model.errors import Problem
from model.words import nearest

from ..cells import join_cell, split_cell
from ..checks.texts import masked
from ..readers.header import LISTS, Header, column_of, label_of
from ..tabular import ask_record, pair
from ..template.layout import CLOSED, KINDS
from ..template.lists import Lists
from ..vocabulary import normal_form
from .columns import Place
from .ids import usable_id
from .shapes import Edit, Fix

MOST = 3
_PLAIN: Mapping[str, Mapping[str, str]] = {
    "sex": {
        "f": "female",
        "w": "female",
        "woman": "female",
        "girl": "female",
        "m": "male",
        "man": "male",
        "boy": "male",
    },
    "age_unit": {"d": "days", "w": "weeks", "m": "months", "mo": "months", "y": "years", "yr": "years", "yrs": "years"},
    "pregnant": {"y": "yes", "1": "yes", "n": "no", "0": "no"},
    "triage_least": {"gp": "routine", "same day": "urgent", "a&e": "emergency", "er": "emergency", "ed": "emergency"},
}
"""What people write instead of the words of a closed list."""
_NOT_KNOWN = frozenset({"unknown", "not known", "unsure", "not sure", "n/a", "na", "none", "not said", "?"})
_MAY_BE_UNKNOWN = frozenset({"sex", "pregnant"})
_WITH_UNIT = re.compile(
    r"\s*(\d+(?:[.,]\d+)?)\s*(d|days?|w|wks?|weeks?|mo?s?|mths?|months?|y|yrs?|years?)(?:[ -]old)?\s*", re.IGNORECASE
)
_UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}


def fixes_for(
    problem: Problem, places: Sequence[Place], lists: Lists, header: Header, cells: Mapping[str, str]
) -> tuple[Fix, ...]:
    """Proposals for one problem, the likeliest first."""
    if not places:
        return ()
    place = places[0]
    if problem.suggestions and place.column in KINDS and place.word:
        return _words(place, KINDS[place.column], problem.suggestions, lists)
    by_code: Mapping[str, Callable[[], list[Fix]]] = {
        "E-CARD-ID": lambda: [_replaced(place, usable) if (usable := usable_id(place.word)) else _emptied(place)],
        "E-DECIMAL-COMMA": lambda: [_replaced(place, place.word.replace(",", "."))],
        "E-AGE": lambda: _age(place, header, cells),
        "E-FIELD": lambda: _swapped(places) or _closed(place),
        "E-STATE": lambda: _state(place, lists),
        "E-CONTRADICTION": lambda: [_taken_out(one) for one in places],
        "E-SEX-LIMIT": lambda: [_taken_out(one) for one in places],
        "E-AGE-LIMIT": lambda: [_taken_out(one) for one in places],
        "E-PREGNANT-MALE": lambda: [_taken_out(place)],
        "E-IDENTIFIER": lambda: [_masked(place)],
        "W-MUST-NOT-MISS": lambda: list(_words(place, KINDS[place.column], problem.suggestions, lists)),
    }
    make = by_code.get(problem.code)
    return tuple(make()[:MOST]) if make is not None else ()


def apply_edits(cells: Mapping[str, str], edits: Sequence[Edit]) -> dict[str, str]:
    """The cells of a row with these edits made; an edit that no longer fits changes nothing."""
    changed = dict(cells)
    for edit in edits:
        text = changed.get(edit.column, "")
        column = column_of(edit.column)
        if edit.mask:
            changed[edit.column] = "" if column == "id" else masked(text)  # A row without an id is given one.
        elif column in LISTS and edit.old:
            changed[edit.column] = _with_word_replaced(column or "", text, edit.old, edit.new)
        elif text.strip() == edit.old.strip():
            changed[edit.column] = edit.new
    return changed


def renamed(case_id: str, taken: Callable[[str], bool], header: Header) -> tuple[Fix, ...]:
    """Another id for a case whose id is in use."""
    free = next(name for number in range(2, 10**6) if not taken(name := f"{case_id}-{number}"))
    label = next(iter(header.labels_of("id")), "id")
    return (Fix(f"call it {free}", (Edit(label, case_id, free),)),)


def _words(place: Place, kind: str, ids: Sequence[str], lists: Lists) -> tuple[Fix, ...]:
    names = {term_id: lists.word(kind, term_id) for term_id in ids[:MOST]}
    return tuple(Fix(f"take “{name}”", (Edit(place.label, place.word, name),)) for name in names.values())


def _replaced(place: Place, new: str) -> Fix:
    return Fix(f"take “{new}”", (Edit(place.label, place.word, new),))


def _taken_out(place: Place) -> Fix:
    return Fix(f"take it out of “{place.label}”", (Edit(place.label, place.word, ""),))


def _emptied(place: Place) -> Fix:
    return Fix("leave it empty", (Edit(place.label, place.word, ""),))


def _masked(place: Place) -> Fix:
    return Fix("take out what may identify the patient", (Edit(place.label, "", "", mask=True),))


def _age(place: Place, header: Header, cells: Mapping[str, str]) -> list[Fix]:
    if place.column == "age_unit":
        return _closed(place)
    match = _WITH_UNIT.fullmatch(place.word)
    if match is None:
        return []
    number, unit = match[1].replace(",", "."), _UNITS[match[2][0].lower()]
    unit_label = next(iter(header.labels_of("age_unit")), label_of("age_unit"))
    edits = (Edit(place.label, place.word, number), Edit(unit_label, cells.get(unit_label, ""), unit))
    return [Fix(f"write {number} under “{place.label}” and {unit} under “{unit_label}”", edits)]


def _closed(place: Place) -> list[Fix]:
    """The words of a closed list: what was plainly meant first, then what is spelt alike."""
    allowed = CLOSED.get(place.column, ())
    word = normal_form(place.word)
    plain = _PLAIN.get(place.column.replace("most", "least"), {}).get(word)
    starts = [one for one in allowed if word and normal_form(one).startswith(word)]
    if place.column in _MAY_BE_UNKNOWN and word in _NOT_KNOWN:
        return [_emptied(place)]
    order = dict.fromkeys([*([plain] if plain else []), *starts, *nearest(word, allowed), *allowed])
    return [_replaced(place, one) for one in order]


def _swapped(places: Sequence[Place]) -> list[Fix]:
    """The two levels of a triage range the other way round, where the problem is about both."""
    if [one.column for one in places] != ["triage_least", "triage_most"]:
        return []
    least, most = places
    edits = (Edit(least.label, least.word, most.word), Edit(most.label, most.word, least.word))
    return [Fix(f"take “{most.word}” to “{least.word}”", edits)]


def _state(place: Place, lists: Lists) -> list[Fix]:
    finding_id = lists.vocabulary.findings.resolve(place.word).id
    column = lists.network.finding_index.get(finding_id or "", -1)
    if column < 0 or place.column != "other_states":
        return []
    states = lists.network.findings[column].states
    return [
        Fix(f"take “{state}”", (Edit(place.label, place.word, join_cell((place.word, state), "=")),))
        for state in states
    ]


def _with_word_replaced(column: str, text: str, old: str, new: str) -> str:
    words = []
    for word in split_cell(text):
        if column == "must_ask":
            matches = ask_record(word)["finding"] == old
            by = word.removeprefix(old) if matches else ""
            replacement = new + by if new else ""
        elif column in ("other_states", "differential"):
            name, value = pair(word)
            matches = name == old
            is_pair = pair(new)[1] != ""
            replacement = new if is_pair or not new else join_cell((new, value), "=")
        else:
            matches, replacement = word == old, new
        words.append(replacement if matches else word)
    return join_cell(word for word in words if word)
