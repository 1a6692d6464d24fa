"""From words to ids, by table."""

from __future__ import annotations

import pytest

from cases.vocabulary import Vocabulary, normal_form
from model.network import ClinicalNetwork


@pytest.mark.parametrize(
    ("word", "finding_id", "how"),
    [
        ("rlq_pain", "rlq_pain", "id"),
        ("RLQ pain", "rlq_pain", "id"),
        ("rlq-pain", "rlq_pain", "id"),
        ("Pain in the right lower abdomen", "rlq_pain", "name"),
        ("  pain in the  RIGHT lower abdomen ", "rlq_pain", "name"),
        ("right iliac fossa pain", "rlq_pain", "synonym"),
        ("301754002", "rlq_pain", "code"),
        ("snomed_ct:301754002", "rlq_pain", "code"),
        ("SNOMED-CT:301754002", "rlq_pain", "code"),
        ("Ｎａｕｓｅａ", "nausea", "id"),
        ("side pain", None, "ambiguous"),
        ("vertigo", None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_words(word: str, finding_id: str | None, how: str, network: ClinicalNetwork) -> None:
    match = Vocabulary.from_network(network).findings.resolve(word)
    assert (match.word, match.id, match.how) == (word, finding_id, how)


@pytest.mark.parametrize(
    ("word", "nearest"), [("nasuea", "nausea"), ("diarrhea", "diarrhoea"), ("missed periods", "missed_period")]
)
def test_an_unknown_word_has_three_near_ones(word: str, nearest: str, network: ClinicalNetwork) -> None:
    match = Vocabulary.from_network(network).findings.resolve(word)
    assert match.id is None
    assert match.candidates[0] == nearest
    assert len(set(match.candidates)) == 3


def test_an_ambiguous_word_names_all_that_it_means(network: ClinicalNetwork) -> None:
    assert Vocabulary.from_network(network).findings.resolve("Side Pain").candidates == ("rlq_pain", "flank_pain")


def test_conditions_and_risk_factors_have_words_too(network: ClinicalNetwork) -> None:
    vocabulary = Vocabulary.from_network(network)
    assert vocabulary.conditions.resolve("inflamed appendix").id == "appendicitis"
    assert vocabulary.risk_factors.resolve("Smoking").id == "smoking"


def test_composed_and_decomposed_letters_are_one() -> None:
    assert normal_form("Ménière's_disease") == normal_form("Me\u0301nie\u0300re's disease")
