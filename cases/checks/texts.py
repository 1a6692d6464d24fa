"""What free text gives away: the diagnosis (85) or the patient (86).  Its words are never echoed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from model.errors import Problem

from ..card import Card
from ..vocabulary import normal_form
from .problems import hold, warn

if TYPE_CHECKING:
    from model.network.network import Network

_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_STREETS = r"(?:street|st|road|rd|avenue|ave|lane|drive|boulevard|blvd|crescent|terrace|close|court|place|square)"

IDENTIFIERS: Mapping[str, re.Pattern[str]] = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    "a full date": re.compile(
        rf"""\b(?:(?:19|20)\d{{2}}([-/.])\d{{1,2}}\1\d{{1,2}}|[0-3]?\d([-/.])[0-3]?\d\2(?:19|20)?\d{{2}}
        |\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}\s+(?:19|20)\d{{2}}
        |{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d{{2}})\b
        |\b(?:born\s+(?:on|in)|d\.?o\.?b\.?|date\s+of\s+birth)\b[\s:]*\d|(?:19|20)\d{{2}}年\d{{1,2}}月\d{{1,2}}日""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "a record or insurance number": re.compile(
        r"""\b(?:MRN|NHS|SSN|patient\s+(?:id|no|number)|hospital\s+(?:id|no|number)|chart\s+(?:no|number)
        |record\s+(?:no|number)|case\s+(?:no|number)|insurance\s+(?:no|number)|policy\s+(?:no|number)|passport)\b
        [\s.:\#no]*[A-Z]{0,3}[-\s]?\d{3,}""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "a telephone or record number": re.compile(
        r"""(?<![\w.])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,5}\)[\s.-]?)?\d{2,5}[\s.-]\d{3,4}[\s.-]?\d{3,4}(?![\w.]?\d)
        |(?<![\w.])\d{3}-\d{4}(?!\d)|(?<![\d.,])\d{6,}(?!\d)""",
        re.VERBOSE,
    ),
    "a person's name": re.compile(
        r"""\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Doctor|Prof|Professor|Nurse|Sister|Herr|Frau|Mme|Monsieur|Madame)\b\.?\s+
        (?:[A-Z]\.\s*)?[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*
        |\b(?:[Mm]y\s+name\s+is|[Nn]ame\s*:|I\s+am\s+called|I'm\s+called)\s+[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*""",
        re.VERBOSE,
    ),
    "an address": re.compile(
        rf"""\b\d{{1,5}}[a-z]?,?\s+(?:[A-Z][\w'’-]+\s+){{1,3}}(?i:{_STREETS})\b
        |\b[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}}\b|\b[A-Z][\w-]+(?:straße|strasse|gasse|weg)\s+\d+""",
        re.VERBOSE,
    ),
}
"""What makes a reviewer look; meant to find too much rather than too little."""


def free_texts(card: Card) -> Iterator[tuple[str, str]]:
    """(field, text) of everything on the card that is free text."""
    yield "complaint", card.complaint
    yield "notes", card.notes
    for position, opinion in enumerate(card.opinions, 1):
        yield f"opinions › {position} › comment", opinion.comment
    for code, reason in card.overrides.items():
        yield f"overrides › {code}", reason


def masked(text: str) -> str:
    """The text with everything that looks like an identifier taken out."""
    while True:  # What stood on both sides of one identifier may look like another.
        before = text
        for pattern in IDENTIFIERS.values():
            text = pattern.sub("[…]", text)
        if text == before:
            return text


def check_identifiers(card: Card, where: str) -> Iterator[Problem]:
    """A hold for every likely identifier, by kind and place in the text, never by its words."""
    for field, text in free_texts(card):
        for kind, pattern in IDENTIFIERS.items():
            match = pattern.search(text)
            if match is not None:
                yield hold(
                    "E-IDENTIFIER",
                    f"{where} › {field}",
                    f"what looks like {kind} at character {match.start() + 1}",
                    "no text that may identify a patient",
                    next_step='remove it, or say under [overrides] why "E-IDENTIFIER" does not apply',
                    catalogue=86,
                )


def check_named_diagnosis(card: Card, network: Network | None, where: str) -> Iterator[Problem]:
    """A warning where the complaint names the expected condition: no patient would know."""
    text = normal_form(card.complaint)
    if not text:
        return
    for spelling in _spellings(card.expected.condition, network):
        if _contains(text, normal_form(spelling)):
            yield warn(
                "W-DIAGNOSIS-NAMED",
                f"{where} › complaint",
                f"the expected condition named ({spelling!r})",
                "the patient's own words",
                catalogue=85,
            )
            return


def _spellings(condition_id: str, network: Network | None) -> list[str]:
    position = -1 if network is None else network.condition_index.get(condition_id, -1)
    if network is None or position < 0:
        return [condition_id]
    condition = network.conditions[position]
    return [condition.id, condition.name, *condition.synonyms]


def _contains(text: str, words: str) -> bool:
    if len(words) < 3 and words.isascii():  # "MI", "TB": as a word of its own it is too common to warn of.
        return False
    if words not in text:  # Spares a pattern for every name of every condition.
        return False
    edge = r"\b" if words[:1].isascii() else ""
    return re.search(f"{edge}{re.escape(words)}{edge}", text) is not None
