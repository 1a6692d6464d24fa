"""What free text gives away: the diagnosis (85) or the patient (86).  Its words are never echoed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from model.errors import Problem

from ..card import Card
from ..vocabulary import normal_form
from .problems import hold, warn

if TYPE_CHECKING:
    from model.network.network import Network

_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_STREETS = r"(?:street|st|road|rd|avenue|ave|lane|drive|boulevard|blvd|crescent|terrace|close|court|place|square)"

IDENTIFIERS: Mapping[str, re.Pattern[str]] = {
    "an e-mail address": re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"),
    "a full date": re.compile(
        rf"""\b(?:(?:19|20)\d{{2}}([-/.])\d{{1,2}}\1\d{{1,2}}|[0-3]?\d([-/.])[0-3]?\d\2(?:19|20)?\d{{2}}
        |\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}\s+(?:19|20)\d{{2}}
        |{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d{{2}})\b
        |\b(?:born\s+(?:on|in)|d\.?o\.?b\.?|date\s+of\s+birth)\b[\s:]*\d|(?:19|20)\d{{2}}年\d{{1,2}}月\d{{1,2}}日""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "a record or insurance number": re.compile(
        r"""(?<![A-Za-z])(?:MRN|NHS|SSN|patient\s+(?:id|no|number)|hospital\s+(?:id|no|number)|chart\s+(?:no|number)
        |record\s+(?:no|number)|case\s+(?:no|number)|insurance\s+(?:no|number)|policy\s+(?:no|number)|passport)(?![A-Za-z])
        [\s.:\#no_]*[A-Z]{0,3}[-\s]?\d{3,}|(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])""",
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


IN_LABELS: Mapping[str, re.Pattern[str]] = {
    **IDENTIFIERS,
    "a telephone or record number": re.compile(
        r"""(?<![\w.,-])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,5}\)[\s.-]?)?\d{2,5}[\s.-]\d{3,4}[\s.-]?\d{3,4}(?![\w.]?\d)
        |(?<![\w.,-])\d{3}-\d{4}(?!\d)|(?<![\w.,-])\d{6,}(?!\d)
        |(?<![\d.,])\d{3,5}[\s.-]\d{3,4}[\s.-]?\d{4}(?!\d)|\d{9,}""",
        re.VERBOSE,
    ),
}
"""In ids, sources and conditions: ``dxy-000123`` counts, so only a number on its own or a long one identifies."""

IN_NAMES: Mapping[str, re.Pattern[str]] = {
    kind: IN_LABELS[kind] for kind in ("an e-mail address", "a full date", "a telephone or record number")
}
"""Where a doctor's name is meant to be."""

_CITED = re.compile(
    r"""https?://[^\s@]+|\b(?:doi|arxiv|pmid|pmcid|isbn|issn|snomed(?:[\s_-]?ct)?|sctid|omim|hp|mondo|orpha|umls)\b
    [\s:\#]*(?=\S*\d)[\w./()-]+|\bPMC\d+|\be\d{6,}\b|\b10\.\d{4,9}/\S+
    |\b(?:accessed|retrieved|published)\s+(?:on\s+)?(?:\d{4}-\d\d-\d\d|\d{1,2}\s+[A-Z][a-z]+\s+\d{4})""",
    re.IGNORECASE | re.VERBOSE,
)
"""Numbers and dates of publications and of terms, which are nobody's."""

Texts = Iterable[tuple[str, str, Mapping[str, re.Pattern[str]]]]
"""(field, text, what must not be in it)."""


def free_texts(card: Card, network: Network | None = None) -> Iterator[tuple[str, str, Mapping[str, re.Pattern[str]]]]:
    """Everything on the card that somebody may have typed; no condition that the network has."""
    for field in ("complaint", "notes"):
        yield field, getattr(card, field), IDENTIFIERS
    for field in ("id", "source", "family", "specialty"):
        yield field, getattr(card, field), IN_LABELS
    yield "author", card.author, IN_NAMES
    yield "reviewer", card.reviewer or "", IN_NAMES
    known: Mapping[str, int] = {} if network is None else network.condition_index
    expected = card.expected
    for field, names in (
        ("condition", (expected.condition,)),
        ("acceptable", expected.acceptable),
        ("must_not_miss", expected.must_not_miss),
        ("impossible", expected.impossible),
        ("differential", tuple(name for name, _ in expected.differential)),
    ):
        for name in names:
            if name not in known:
                yield f"expected › {field}", name, IN_LABELS
    for position, opinion in enumerate(card.opinions, 1):
        place = f"opinions › {position}"
        yield f"{place} › doctor", opinion.doctor, IN_NAMES
        yield f"{place} › comment", opinion.comment, IDENTIFIERS
        for name in (opinion.condition, *opinion.differential):
            if name not in known:
                yield f"{place} › condition", name, IN_LABELS
    for position, (code, reason) in enumerate(card.overrides.items(), 1):
        yield f"overrides › {position}", code, IN_LABELS
        yield f"overrides › {position}", reason, IDENTIFIERS


def texts_of_record(record: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, re.Pattern[str]]]]:
    """As :func:`free_texts`, of a record that need not be a card: every text below each field."""
    for field, value in record.items():
        patterns = IDENTIFIERS if field in ("complaint", "notes", "opinions", "overrides") else IN_LABELS
        if field in ("author", "reviewer"):
            patterns = IN_NAMES
        if field == "expected" and isinstance(value, Mapping):
            for name, below in value.items():
                yield from ((f"expected › {name}", text, IN_LABELS) for text in _texts(below))
        elif field not in ("patient", "findings", "risk_factors"):
            yield from ((str(field), text, patterns) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            if key != "doctor":
                yield from _texts(below)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _texts(below)


def masked(text: str) -> str:
    """The text with everything that looks like an identifier taken out."""
    while True:  # What stood on both sides of one identifier may look like another.
        before = text
        for pattern in IDENTIFIERS.values():
            text = pattern.sub("[…]", text)
        if text == before:
            return text


def masked_within(value: Any) -> Any:
    """A JSON value with every text in it :func:`masked`."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {masked(key): masked_within(below) for key, below in value.items()}
    return [masked_within(below) for below in value] if isinstance(value, list | tuple) else value


def unseen(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of one card, none of which quotes what may identify somebody if one of them is of that."""
    problems = list(problems)
    if not any(problem.code == "E-IDENTIFIER" for problem in problems):
        return problems
    return [replace(one, where=masked(one.where), found=masked(one.found)) for one in problems]


def check_identifiers(card: Card, where: str, network: Network | None = None) -> Iterator[Problem]:
    """A hold for every likely identifier, by kind and place in the text, never by its words."""
    return identifiers_in(free_texts(card, network), where)


def identifiers_in(texts: Texts, where: str) -> Iterator[Problem]:
    """A hold for every kind of identifier in each of the texts."""
    for field, written, patterns in texts:
        if not written:
            continue
        text = written
        if patterns is not IDENTIFIERS:
            text = _CITED.sub(lambda match: " " * len(match[0]), written)
        for kind, pattern in patterns.items():
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
