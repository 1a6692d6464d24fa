"""GA4GH Phenopackets, version 2: there and back, and what is told on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cases import Card
from cases.card import CardFinding
from cases.checks import check_cases
from cases.cli import app
from cases.phenopackets import export_phenopackets, import_phenopackets, to_phenopacket
from cases.phenopackets.write import not_carried
from cases.readers.raw import RawFile, build
from cases.vocabulary import Vocabulary
from model.network import ClinicalNetwork, Condition, Finding, RiskFactor, Triage
from tests.cases.strategies import CARDS, NAME

PACKET: dict[str, Any] = {
    "id": "packet-1",
    "subject": {"id": "patient", "timeAtLastEncounter": {"age": {"iso8601duration": "P23Y"}}, "sex": "FEMALE"},
    "phenotypicFeatures": [
        {"type": {"id": "HP:0001945", "label": "Fever"}, "onset": {"age": {"iso8601duration": "P22Y"}}},
        {"type": {"id": "HP:0002018", "label": "Nausea"}, "excluded": True},
        {"type": {"id": "SNOMED:77176002", "label": "Smoker"}},
        {"type": {"id": "HP:0001250", "label": "Seizure"}},
    ],
    "interpretations": [
        {
            "id": "i",
            "progressStatus": "SOLVED",
            "diagnosis": {"disease": {"id": "MONDO:0004766", "label": "appendicitis"}},
        }
    ],
    "diseases": [
        {"term": {"id": "MONDO:0004766", "label": "appendicitis"}},
        {"term": {"id": "OMIM:1", "label": "colitis"}, "excluded": True},
    ],
    "metaData": {
        "created": "2024-01-01T00:00:00Z",
        "createdBy": "JD",
        "resources": [],
        "phenopacketSchemaVersion": "2.0",
    },
}

FEVER = PACKET["phenotypicFeatures"][0]


@pytest.fixture(scope="module")
def coded() -> ClinicalNetwork:
    """A network with codes; two findings share one, which is therefore no name for either."""
    return ClinicalNetwork(
        "coded",
        (Condition("appendicitis", "Acute appendicitis", Triage.EMERGENCY, codes={"mondo": "MONDO:0004766"}),),
        (
            Finding("fever", "High temperature", "?", codes={"hpo": "HP:0001945"}),
            Finding("nausea", "Nausea", "?"),
            Finding("left", "Left", "?", codes={"hpo": "HP:0000001"}),
            Finding("right", "Right", "?", codes={"hpo": "HP:0000001"}),
        ),
        (RiskFactor("smoking", "Smoking", codes={"snomed_ct": "77176002"}),),
    )


def _import(tmp_path: Path, value: Any, network: ClinicalNetwork | None = None, name: str = "p.json") -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    (tmp_path / name).write_text(text)
    return import_phenopackets(tmp_path / name, network)


def _with(**changes: Any) -> dict[str, Any]:
    return {**PACKET, **changes}


def test_a_packet_becomes_a_card(tmp_path: Path, coded: ClinicalNetwork) -> None:
    case_set = _import(tmp_path, PACKET, coded)
    (card,) = case_set.cards
    assert {name: finding.state for name, finding in card.findings.items()} == {
        "fever": "present",
        "nausea": "absent",  # by its label: the network has no code for it
        "Seizure (HP:0001250)": "present",
    }
    assert card.risk_factors == {"smoking": "present"}
    assert (card.patient.age, card.patient.sex, card.author) == (23.0, "female", "JD")
    assert (card.expected.condition, card.expected.impossible) == ("appendicitis", ("colitis (OMIM:1)",))
    assert card.notes == "Fever: onset P22Y"
    by_label, unknown, no_code = map(str, case_set.normalisations)
    assert "read as 'nausea' by its label" in by_label
    assert "'Seizure (HP:0001250)'" in unknown
    assert "'colitis (OMIM:1)'" in no_code
    found = {problem.code for problem in check_cases(case_set, coded).problems}
    assert "E-UNKNOWN-FINDING" in found  # a term that the network lacks never vanishes


def test_without_a_network_the_codes_stay_and_are_understood_later(tmp_path: Path, coded: ClinicalNetwork) -> None:
    card = _import(tmp_path, PACKET).cards[0]
    assert list(card.findings) == ["HP:0001945", "HP:0002018", "SNOMED:77176002", "HP:0001250"]
    resolved = check_cases(_import(tmp_path, _with(phenotypicFeatures=PACKET["phenotypicFeatures"][:1])), coded)
    assert list(resolved.case_set.cards[0].findings) == ["fever"]


@pytest.mark.parametrize(
    ("value", "name", "ids"),
    [
        ([PACKET, _with(id="b")], "p.json", ["packet-1", "b"]),
        (f"{json.dumps(PACKET)}\n{json.dumps(_with(id='b'))}\n", "p.jsonl", ["packet-1", "b"]),
        ({"id": "cohort", "members": [PACKET, _with(id="b")]}, "p.json", ["packet-1", "b"]),
        ({"id": "family", "proband": PACKET, "relatives": [_with(id="b")]}, "p.json", ["packet-1"]),
        (json.dumps(PACKET).replace("phenotypicFeatures", "phenotypic_features").replace("metaData", "meta_data"),
         "p.json", ["packet-1"]),
    ],
)  # fmt: skip
def test_one_a_list_a_cohort_one_a_line(value: Any, name: str, ids: list[str], tmp_path: Path) -> None:
    case_set = _import(tmp_path, value, name=name)
    assert [card.id for card in case_set] == ids
    assert all(len(card.findings) == 4 for card in case_set)


@pytest.mark.parametrize(
    ("duration", "years"),
    [("P23Y", 23), ("P6M", 0.5), ("P2Y6M", 2.5), ("P3W", 21 / 365.25), ("P10D", 10 / 365.25), ("P1Y0M0DT3H", 1),
     ("P0.5Y", 0.5)],
)  # fmt: skip
def test_ages(duration: str, years: float, tmp_path: Path) -> None:
    subject = {"timeAtLastEncounter": {"age": {"iso8601duration": duration}}}
    age = _import(tmp_path, _with(subject=subject)).cards[0].patient.age_years
    assert age == pytest.approx(years)


# catalogue, packet, code, parts of the message
SET_ASIDE = [
    (None, _with(phenotypicFeatures=[{"type": {"id": "HP:1"}, "negated": True}]), "E-PHENOPACKET", ["version 1"]),
    (None, _with(phenotypicFeatures=[{"label": "x"}]), "E-PHENOPACKET", ["phenotypicFeatures › 1", "'type'"]),
    (None, _with(phenotypicFeatures="x"), "E-PHENOPACKET", ["a list"]),
    (None, _with(subject={"sex": ["x"]}), "E-PHENOPACKET", ["FEMALE, MALE"]),
    (None, _with(metaData=[1]), "E-PHENOPACKET", ["a table"]),
    (72, _with(phenotypicFeatures=[FEVER, {**FEVER, "excluded": True}]), "E-CONTRADICTION",
     ["both present and excluded"]),
    (75, _with(subject={"timeAtLastEncounter": {"age": {"iso8601duration": "23"}}}), "E-AGE", ["P23Y"]),
    (77, _with(interpretations=[], diseases=[]), "E-NO-DIAGNOSIS", ["no expected condition"]),
    (79, _with(interpretations=[], diseases=[{"term": {"id": "A:1"}}, {"term": {"id": "A:2"}}]), "E-SEVERAL-DIAGNOSES",
     ["2 diagnoses"]),
    (87, _with(metaData={}), "E-AUTHOR", ["no author"]),
    (None, {key: value for key, value in PACKET.items() if key != "id"}, "E-FIELD", ["id"]),
]  # fmt: skip


@pytest.mark.parametrize("row", SET_ASIDE, ids=lambda row: row[2])
def test_one_packet_is_set_aside(row: Any, tmp_path: Path) -> None:
    catalogue, packet, code, parts = row
    case_set = _import(tmp_path, [packet, _with(id="good")])
    assert [card.id for card in case_set] == ["good"]
    problem = next(one for one in case_set.problems if one.code == code)
    assert problem.catalogue == catalogue
    for part in (*parts, "case 1"):
        assert part in str(problem)


def test_what_a_card_cannot_hold_is_told_and_what_identifies_is_not_kept(tmp_path: Path) -> None:
    subject = {
        "id": "Gertrude Stein",
        "dateOfBirth": "1980-05-03T00:00:00Z",
        "alternateIds": ["MRN 12345"],
        "sex": "MALE",
    }
    packet = _with(subject=subject, measurements=[{"assay": {}}], biosamples=[{"id": "b"}])
    case_set = _import(tmp_path, packet)
    told = "\n".join(str(note) for note in case_set.normalisations)
    assert all(name in told for name in ("measurements", "biosamples", "dateOfBirth", "alternateIds"))
    kept = case_set.cards[0].model_dump_json() + told
    assert not any(secret in kept for secret in ("Stein", "1980", "12345"))


@given(card=CARDS)
def test_what_a_packet_carries_comes_back(card: Card) -> None:
    (built,) = build(_records([to_phenopacket(card)])).cards
    assert built.id == card.id
    assert built.author == card.author
    assert {name: f.state for name, f in built.findings.items()} == {
        name: f.state for name, f in card.findings.items() if f.state in ("present", "absent")
    }
    assert built.risk_factors == {name: state for name, state in card.risk_factors.items() if state != "unsure"}
    assert built.expected.condition == card.expected.condition
    assert built.expected.impossible == tuple(dict.fromkeys(card.expected.impossible))
    assert built.patient.sex == card.patient.sex
    assert built.patient.age_years == pytest.approx(card.patient.age_years)
    assert built.source == card.source


@given(card=CARDS)
def test_a_card_of_which_nothing_is_left_behind_is_replayed_alike(card: Card) -> None:
    pruned = card.model_copy(
        update={
            "findings": {
                name: CardFinding(state=f.state, pertinent=f.state == "absent")
                for name, f in card.findings.items()
                if f.state in ("present", "absent")
            },
            "risk_factors": {name: state for name, state in card.risk_factors.items() if state != "unsure"},
            "unlisted": "unknown",
            "patient": card.patient.model_copy(update={"pregnant": None}),
            "expected": Card.model_validate(
                {"id": "a", "author": "b", "expected": {"condition": card.expected.condition}}
            ).expected,
        }
    )
    (built,) = build(_records([to_phenopacket(pruned)])).cards
    assert built.content_hash == pruned.content_hash
    assert not [words for words in not_carried(pruned) if words.startswith(("findings", "which", "answers", "what"))]


@given(words=st.lists(NAME | st.sampled_from(["fever", "nausea", "left", "right"]), max_size=4, unique=True))
def test_terms_come_back_as_themselves_through_codes(words: list[str], coded: ClinicalNetwork) -> None:
    record = {"id": "a", "author": "b", "findings": dict.fromkeys(words, "present"), "expected": {"condition": "c"}}
    packet = to_phenopacket(Card.model_validate(record), Vocabulary.from_network(coded))
    (built,) = build(_records([packet], Vocabulary.from_network(coded))).cards
    assert list(built.findings) == words
    ids = {feature["type"]["id"] for feature in packet.get("phenotypicFeatures", [])}
    assert ("HP:0001945" in ids) == ("fever" in words)
    assert "HP:0000001" not in ids  # two findings share it


def _records(packets: list[dict[str, Any]], vocabulary: Vocabulary | None = None) -> list[tuple[str, dict[str, Any]]]:
    from cases.phenopackets import records_of

    raw = records_of(RawFile(records=[(f"case {n}", packet) for n, packet in enumerate(packets)]), vocabulary)
    assert raw.set_aside == []
    return raw.records


def test_a_packet_has_what_the_standard_asks_for(card: Card, coded: ClinicalNetwork) -> None:
    (packet,), told = export_phenopackets([card], coded)
    meta = packet["metaData"]
    assert {"created", "createdBy", "resources", "phenopacketSchemaVersion"} <= set(meta)
    prefixes = {one["namespacePrefix"] for one in meta["resources"]}
    used = {feature["type"]["id"].split(":")[0] for feature in packet["phenotypicFeatures"]}
    assert used <= prefixes
    for one in meta["resources"]:
        assert set(one) == {"id", "name", "url", "version", "namespacePrefix", "iriPrefix"}
    assert packet["subject"]["sex"] == "FEMALE"
    assert packet["subject"]["timeAtLastEncounter"] == {"age": {"iso8601duration": "P23Y"}}
    assert ["the triage" in str(problem) and ".jsonl keeps everything" in str(problem) for problem in told] == [True]


def test_the_verbs(card: Card, tmp_path: Path) -> None:
    from cases.writers import save_cases

    save_cases([card], tmp_path / "c.jsonl")
    run = CliRunner().invoke
    for name in ("p.json", "p.jsonl"):
        done = run(app, ["export", str(tmp_path / "c.jsonl"), "-o", str(tmp_path / name), "--to", "phenopackets"])
        assert done.exit_code == 0, done.output
        assert "W-NOT-CARRIED" in done.output
        back = tmp_path / f"{name}.back.jsonl"
        done = run(app, ["import", "phenopackets", str(tmp_path / name), "-o", str(back)])
        assert done.exit_code == 0, done.output
        assert done.output.strip().startswith("1 of 1 cases")
