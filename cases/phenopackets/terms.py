"""Ontology codes as CURIEs (``HP:0001945``) and the terms of a network.

A term without a code that is its own alone is written under a prefix of this project,
``clinval:finding.rlq_pain``: readable elsewhere as an unknown term with a label, exact here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..vocabulary import Lexicon, Vocabulary

OWN = "clinval"
_SYSTEMS = {
    "HP": "hpo",
    "SNOMED": "snomed_ct",
    "SNOMEDCT": "snomed_ct",
    "SCTID": "snomed_ct",
    "ICD10": "icd10",
    "ICD10CM": "icd10",
    "MONDO": "mondo",
    "OMIM": "omim",
    "ORPHA": "orphanet",
    "ORDO": "orphanet",
}
"""CURIE prefix to the network's name of the code system."""
_PREFIXES = {"hpo": "HP", "mondo": "MONDO", "omim": "OMIM", "snomed_ct": "SNOMED", "icd10": "ICD10"}
"""The other way, in the order of preference."""

RESOURCES: Mapping[str, Mapping[str, str]] = {
    "HP": {
        "id": "hp",
        "name": "Human Phenotype Ontology",
        "url": "http://purl.obolibrary.org/obo/hp.owl",
        "iriPrefix": "http://purl.obolibrary.org/obo/HP_",
    },
    "MONDO": {
        "id": "mondo",
        "name": "Mondo Disease Ontology",
        "url": "http://purl.obolibrary.org/obo/mondo.owl",
        "iriPrefix": "http://purl.obolibrary.org/obo/MONDO_",
    },
    "OMIM": {
        "id": "omim",
        "name": "Online Mendelian Inheritance in Man",
        "url": "https://www.omim.org",
        "iriPrefix": "https://www.omim.org/entry/",
    },
    "SNOMED": {
        "id": "snomed",
        "name": "SNOMED CT",
        "url": "http://snomed.info/sct",
        "iriPrefix": "http://snomed.info/id/",
    },
    "ICD10": {
        "id": "icd10",
        "name": "ICD-10",
        "url": "https://icd.who.int/browse10",
        "iriPrefix": "http://hl7.org/fhir/sid/icd-10/",
    },
    OWN: {"id": OWN, "name": "terms of a clinval network", "url": "", "iriPrefix": ""},
}
"""By prefix: what the packet's metadata says of each ontology that it uses."""


class Term(NamedTuple):
    """An ontology class of a packet."""

    id: str
    label: str


class Known(NamedTuple):
    """What a term is in a network."""

    kind: str
    """``finding``, ``risk_factor`` or ``condition``."""
    word: str
    by_label: bool = False
    """Only the label is known, not the code: worth telling."""


def lexicons(vocabulary: Vocabulary) -> Mapping[str, Lexicon]:
    """By the kind that stands in own CURIEs."""
    return {
        "finding": vocabulary.findings,
        "risk_factor": vocabulary.risk_factors,
        "condition": vocabulary.conditions,
    }


def to_term(kind: str, word: str, vocabulary: Vocabulary | None) -> Term:
    """The CURIE for a word of a card, such that :func:`from_term` gives the same word back."""
    if vocabulary is None:
        return Term(_own(kind, word), word)
    lexicon = lexicons(vocabulary)[kind]
    term = next((one for one in lexicon.terms if one.id == word), None)
    if term is None:
        return Term(_own(kind, word), word)
    for system, prefix in _PREFIXES.items():
        code = term.codes.get(system)
        if code is not None:
            curie = code if code.startswith(f"{prefix}:") else f"{prefix}:{code}"
            if from_term(Term(curie, term.name), _places(kind), vocabulary) == Known(kind, word):
                return Term(curie, term.name)
    return Term(_own(kind, word), term.name)


def from_term(term: Term, kinds: tuple[str, ...], vocabulary: Vocabulary | None) -> Known | None:
    """What the first of ``kinds`` that knows the code, else the label, takes a term for; None: unknown.

    Without a vocabulary only own CURIEs are known.
    """
    prefix, _, local = term.id.partition(":")
    if prefix == OWN:
        kind, _, quoted = local.partition(".")
        return Known(kind, unquote(quoted)) if kind in kinds and quoted else None
    if vocabulary is None:
        return None
    system = _SYSTEMS.get(prefix.upper().replace("-", ""), prefix.lower())
    for spelling in (f"{system}:{term.id}", f"{system}:{local}", term.label):
        for kind in kinds:
            match = lexicons(vocabulary)[kind].resolve(spelling) if spelling else None
            if match is not None and match.id is not None:
                return Known(kind, match.id, by_label=match.how != "code")
    return None


def kept_word(term: Term) -> str:
    """A term that the network does not know, as a word that a person recognises: ``Seizure (HP:0001250)``."""
    return f"{term.label} ({term.id})" if term.label else term.id


def resource(prefix: str) -> dict[str, str] | None:
    """What a packet's metadata must say of an ontology."""
    known = RESOURCES.get(prefix)
    return None if known is None else {**known, "version": "unspecified", "namespacePrefix": prefix}


def _places(kind: str) -> tuple[str, ...]:
    """In which vocabularies a reader would look for a term of this kind."""
    return ("condition",) if kind == "condition" else ("finding", "risk_factor")


def _own(kind: str, word: str) -> str:
    return f"{OWN}:{kind}.{quote(word, safe='')}"
