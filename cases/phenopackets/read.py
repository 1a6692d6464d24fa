"""Phenopackets to cards.

phenotypicFeatures → findings and risk factors (``excluded``: absent), interpretations, else diseases →
the expected condition, excluded diseases → impossible conditions, subject → sex and age.  Onsets,
severities and the like go into the notes as text; all else that a card cannot hold is named in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import Problem, Severity

from ..card import Split
from ..case_set import CaseSet, Quarantined
from ..readers.json_files import parse_json, parse_jsonl
from ..readers.load import case_set_of
from ..readers.raw import RawFile, quarantine
from ..readers.source import read_source
from ..vocabulary import Vocabulary
from .terms import Known, Term, from_term, kept_word

if TYPE_CHECKING:
    from model.network.network import Network

_DURATION = re.compile(
    r"P(?:(?P<years>\d+(?:\.\d+)?)Y)?(?:(?P<months>\d+(?:\.\d+)?)M)?(?:(?P<weeks>\d+(?:\.\d+)?)W)?"
    r"(?:(?P<days>\d+(?:\.\d+)?)D)?(?:T[\d.HMS]+)?"
)
_SEXES = {"FEMALE": "female", "MALE": "male", "UNKNOWN_SEX": None, "OTHER_SEX": None, "": None}
_READ = {
    "packet": {"id", "subject", "phenotypicFeatures", "interpretations", "diseases", "metaData"},
    "subject": {"id", "timeAtLastEncounter", "sex", "taxonomy"},
    "metaData": {
        "created",
        "createdBy",
        "resources",
        "phenopacketSchemaVersion",
        "externalReferences",
        "submittedBy",
        "updates",
    },
}
"""What is understood; the rest is named in a warning."""
_REMARKS = ("onset", "resolution", "severity", "modifiers", "description", "primarySite", "laterality", "diseaseStage")
_VERSION_1 = ("negated", "classOfOnset", "ageAtCollection", "ageRangeAtCollection")
_STATED = ("SOLVED", "COMPLETED", "IN_PROGRESS", "UNKNOWN_PROGRESS", "")


def import_phenopackets(path: Path, network: Network | None = None, *, split: Split = "reference") -> CaseSet:
    """The cards of a ``.json`` file (a packet, a list, a cohort) or a ``.jsonl`` file (a packet a line).

    Parameters
    ----------
    network
        Its codes turn ``HP:0001945`` into its own finding; what it does not know keeps label and code as
        its name, so that the check of the cards shows it.

    Raises
    ------
    InputError
        The file as a whole cannot be read.
    """
    data = read_source(path, "a file of phenopackets")
    parse = parse_jsonl if path.suffix.lower() == ".jsonl" else parse_json
    vocabulary = None if network is None else Vocabulary.from_network(network)
    return case_set_of(records_of(parse(data, path.name), vocabulary, split=split), path.stem, path)


def records_of(raw: RawFile, vocabulary: Vocabulary | None = None, *, split: Split = "reference") -> RawFile:
    """Packets as records of cards; those that are none are set aside with all that is wrong with them."""
    done = RawFile(problems=list(raw.problems), set_aside=list(raw.set_aside))
    for where, packet in _members(raw):
        reading = _Reading(where, vocabulary)
        record = reading.record(packet)
        if reading.problems:
            done.set_aside.append(Quarantined(record.get("id"), where, tuple(reading.problems)))
        else:
            done.records.append((where, {**record, "split": split}))
            done.problems += reading.notes
    return done


def _members(raw: RawFile) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, record in raw.records:
        packet = _camel_case(record)
        members = packet.get("members")
        if isinstance(members, list):  # A cohort.
            for position, member in enumerate(members, 1):
                if isinstance(member, dict):
                    yield f"{where} › case {position}", member
        elif isinstance(packet.get("proband"), dict):  # A family; its relatives are not patients of the case.
            yield where, packet["proband"]
        else:
            yield where, packet


def _camel_case(value: Any) -> Any:
    """The standard's JSON names; ``phenotypic_features`` is allowed as well."""
    if isinstance(value, dict):
        return {re.sub(r"_([a-z])", lambda m: m[1].upper(), key): _camel_case(item) for key, item in value.items()}
    return [_camel_case(item) for item in value] if isinstance(value, list) else value


class _Reading:
    """One packet while it becomes a record."""

    def __init__(self, where: str, vocabulary: Vocabulary | None) -> None:
        self.where, self.vocabulary = where, vocabulary
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.remarks: list[str] = []

    def record(self, packet: Mapping[str, Any]) -> dict[str, Any]:
        """The record; void where :attr:`problems` holds anything."""
        old = [key for key in _VERSION_1 if _anywhere(packet, key)]
        if old:
            found = f"a phenopacket of version 1 ({', '.join(old)})"
            self._bad("E-PHENOPACKET", "", found, "version 2", "convert it, with phenopacket-tools for example")
        self._unread("packet", packet, "")
        meta = self._table(packet, "metaData")
        self._unread("metaData", meta, "metaData")
        record: dict[str, Any] = {"id": packet.get("id"), "kind": "corpus"}
        if meta.get("createdBy"):
            record["author"] = meta["createdBy"]
        record["patient"] = self._patient(self._table(packet, "subject"))
        record["findings"], record["risk_factors"] = self._features(packet)
        record["expected"] = self._expected(packet)
        references = [one for one in self._list(meta, "externalReferences") if isinstance(one, dict)]
        sources = [str(one.get("description") or one.get("reference") or one.get("id") or "") for one in references]
        record["source"] = "; ".join(one for one in sources if one)
        record["notes"] = "\n".join(self.remarks)
        return record

    def _patient(self, subject: Mapping[str, Any]) -> dict[str, Any]:
        self._unread("subject", subject, "subject")
        patient: dict[str, Any] = {}
        sex = subject.get("sex", "")
        if not isinstance(sex, str) or sex not in _SEXES:
            self._bad(
                "E-PHENOPACKET", "subject › sex", "no sex of the standard", "FEMALE, MALE, OTHER_SEX or UNKNOWN_SEX"
            )
        elif _SEXES[sex]:
            patient["sex"] = _SEXES[sex]
        elif sex == "OTHER_SEX":
            self._told("subject › sex", "OTHER_SEX", "the card leaves the sex open: prevalences go by sex at birth")
        time = subject.get("timeAtLastEncounter") or {}
        age = time.get("age") if isinstance(time, dict) else None
        if isinstance(age, dict):
            patient |= self._age(age.get("iso8601duration"))
        elif time:
            self._told(
                "subject › timeAtLastEncounter", "no age", "write it as age › iso8601duration; the card has none"
            )
        return patient

    def _age(self, text: Any) -> dict[str, Any]:
        """The age in its largest unit that is exact: P2Y6M is 2.5 years, P6M is 6 months."""
        match = _DURATION.fullmatch(text) if isinstance(text, str) else None
        parts = {} if match is None else {unit: float(one) for unit, one in match.groupdict().items() if one}
        if not parts:
            expected = "an ISO 8601 duration such as P23Y, P6M or P10D"
            self._bad("E-AGE", "subject › timeAtLastEncounter › age", "no duration", expected, catalogue=75)
            return {}
        if len(parts) == 1:
            ((unit, number),) = parts.items()
            return {"age": number, "age_unit": unit}
        days = parts.get("days", 0) + 7 * parts.get("weeks", 0)
        years = parts.get("years", 0.0) + parts.get("months", 0.0) / 12 + days / 365.25
        return {"age": years, "age_unit": "years"}

    def _features(self, packet: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        findings: dict[str, Any] = {}
        risk_factors: dict[str, Any] = {}
        for number, feature in enumerate(self._list(packet, "phenotypicFeatures"), 1):
            place = f"phenotypicFeatures › {number}"
            term = self._term(feature, "type", place)
            if term is None:
                continue
            known = from_term(term, ("finding", "risk_factor"), self.vocabulary)
            kind = "finding" if known is None else known.kind
            word = self._word(term, known, place)
            state = "absent" if feature.get("excluded") is True else "present"
            said = risk_factors if kind == "risk_factor" else findings
            if said.setdefault(word, state) != state:
                self._bad("E-CONTRADICTION", place, f"{word!r} both present and excluded", "one of them", catalogue=72)
            self._remark(feature, term)
        return findings, risk_factors

    def _expected(self, packet: Mapping[str, Any]) -> dict[str, Any]:
        stated: dict[str, None] = {}
        impossible: dict[str, None] = {}
        for number, one in enumerate(self._list(packet, "interpretations"), 1):
            place = f"interpretations › {number}"
            diagnosis = one.get("diagnosis") if isinstance(one, dict) else None
            if isinstance(diagnosis, dict) and one.get("progressStatus", "") in _STATED:
                self._condition(diagnosis, "disease", f"{place} › diagnosis", stated)
                if diagnosis.get("genomicInterpretations"):
                    self._told(
                        f"{place} › diagnosis › genomicInterpretations", "variants", "a card has no place for them"
                    )
            elif isinstance(diagnosis, dict):
                self._told(place, f"the status {str(one.get('progressStatus'))[:20]}", "not taken for a diagnosis")
        listed: dict[str, None] = {}
        for number, one in enumerate(self._list(packet, "diseases"), 1):
            excluded = isinstance(one, dict) and one.get("excluded") is True
            term = self._condition(one, "term", f"diseases › {number}", impossible if excluded else listed)
            if term is not None:
                self._remark(one, term)
        answers = list(stated or listed)
        others = [word for word in listed if word not in answers]
        if others:
            self._told("diseases", f"{len(others)} more than the diagnosis", "kept in the notes")
            self.remarks += [f"Also has: {word}" for word in others]
        if len(answers) > 1:
            found = f"{len(answers)} diagnoses"
            self._bad("E-SEVERAL-DIAGNOSES", "interpretations", found, "one", "say which one should lead", catalogue=79)
        return {**({"condition": answers[0]} if answers else {}), "impossible": list(impossible)}

    def _condition(self, record: Any, key: str, place: str, into: dict[str, None]) -> Term | None:
        term = self._term(record, key, place)
        if term is not None:
            known = from_term(term, ("condition",), self.vocabulary)
            into.setdefault(self._word(term, known, place))
        return term

    def _word(self, term: Term, known: Known | None, place: str) -> str:
        """The word for the card; that a code is not the network's is told."""
        if known is None:
            if self.vocabulary is None:
                return term.id
            self._told(place, repr(kept_word(term)), "kept under that name; the network has neither code nor label")
            return kept_word(term)
        if known.by_label:
            self._told(
                place, repr(kept_word(term)), f"read as {known.word!r} by its label; the network has no such code"
            )
        return known.word

    def _term(self, record: Any, key: str, place: str) -> Term | None:
        value = record.get(key) if isinstance(record, dict) else None
        if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"].strip():
            self._bad(
                "E-PHENOPACKET", place, f"no ontology class under {key!r}", '{"id": "HP:0001945", "label": "Fever"}'
            )
            return None
        label = value.get("label")
        return Term(value["id"].strip(), label.strip() if isinstance(label, str) else "")

    def _remark(self, record: Mapping[str, Any], term: Term) -> None:
        """Onset, severity and the like as a line of the notes."""
        said = [f"{key} {_words(record[key])}" for key in _REMARKS if record.get(key)]
        if said:
            self.remarks.append(f"{term.label or term.id}: " + ", ".join(said))

    def _unread(self, kind: str, record: Mapping[str, Any], place: str) -> None:
        unread = sorted(
            key for key, value in record.items() if key not in _READ[kind] and value not in (None, [], {}, "")
        )
        if unread:
            self._told(
                place, "fields that a card has no place for", "not kept: " + ", ".join(key[:40] for key in unread)
            )

    def _table(self, record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = record.get(key) or {}
        if not isinstance(value, dict):
            self._bad("E-PHENOPACKET", key, f"a {type(value).__name__}", "a table of fields: {…}")
            return {}
        return value

    def _list(self, record: Mapping[str, Any], key: str) -> list[Any]:
        value = record.get(key) or []
        if not isinstance(value, list):
            self._bad("E-PHENOPACKET", key, f"a {type(value).__name__}", "a list: […]")
            return []
        return value

    def _bad(
        self, code: str, place: str, found: str, expected: str, next_step: str = "", catalogue: int | None = None
    ) -> None:
        where = f"{self.where} › {place}" if place else self.where
        self.problems.append(
            quarantine(code, where, found, expected=expected, next_step=next_step, catalogue=catalogue)
        )

    def _told(self, place: str, found: str, next_step: str) -> None:
        where = f"{self.where} › {place}" if place else self.where
        self.notes.append(Problem("W-PHENOPACKET", where, found, next_step=next_step, severity=Severity.WARN))


def _anywhere(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(_anywhere(item, key) for item in value.values())
    return isinstance(value, list) and any(_anywhere(item, key) for item in value)


def _words(value: Any) -> str:
    """A time element, an ontology class or a text in a few words."""
    if isinstance(value, dict):
        if isinstance(value.get("label"), str):
            return str(value["label"])
        return " ".join(_words(item) for item in value.values())
    if isinstance(value, list):
        return " and ".join(_words(item) for item in value)
    return str(value)
