"""The template: what a doctor fills in is what is read."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import Card, parse_cases
from cases.checks import check_cases
from cases.readers.header import column_of
from cases.tabular import COLUMNS
from cases.template import Lists, template_csv, template_xlsx, workbook_of
from cases.template.build import spread, template_labels
from cases.template.examples import example_cards
from cases.template.layout import CLOSED, KINDS, LAYOUT
from model.network import ClinicalNetwork, Finding, load_network
from tests.cases.strategies import CARDS

NETWORKS = Path(__file__).parents[2] / "model" / "networks"


@pytest.fixture(scope="module")
def starter() -> Any:
    return load_network(NETWORKS / "starter")


def _book(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_equal_vocabularies_give_equal_bytes(starter: Any) -> None:
    assert template_xlsx(starter) == template_xlsx(load_network(NETWORKS / "starter"))
    assert template_csv(starter) == template_csv(load_network(NETWORKS / "starter"))


def test_every_cell_is_text_every_header_explained_every_term_offered(starter: Any) -> None:
    book = _book(template_xlsx(starter))
    assert book.sheetnames == ["Cases", "Read me", "Example", "Vocabulary"]
    assert all(sheet.sheet_state == "visible" for sheet in book)
    cases = book["Cases"]
    assert cases.freeze_panes == "B2"
    assert {cell.number_format for row in cases.iter_rows(max_row=50) for cell in row} == {"@"}
    assert all(len(cell.comment.text) > 10 for cell in cases[1])
    offered = {cell.value for cell in book["Vocabulary"]["A"][1:] if cell.value}
    lists = Lists.from_network(starter)
    assert offered == set(lists.by_kind["findings"].values())
    assert all(lists.vocabulary.findings.resolve(name).id == term for term, name in lists.by_kind["findings"].items())


def test_drop_downs_stand_where_words_are_chosen_and_point_at_them(starter: Any) -> None:
    book = _book(template_xlsx(starter))
    cases, vocabulary = book["Cases"], book["Vocabulary"]
    labels = {cell.column_letter: cell.value for cell in cases[1]}
    seen = set()
    for rule in cases.data_validations.dataValidation:
        for part in rule.sqref.ranges:
            column = column_of(labels[re.match("[A-Z]+", part.coord)[0]])
            seen.add(column)
            if column in CLOSED:
                assert rule.formula1 == '"' + ",".join(CLOSED[column]) + '"'
                assert rule.showErrorMessage
            else:
                sheet, _, cells = rule.formula1.partition("!")
                words = [cell.value for (cell,) in vocabulary[cells.replace("$", "")]]
                lists = Lists.from_network(starter)
                assert (sheet, words) == ("Vocabulary", [name for name, _ in lists.sorted(KINDS[column])])
                assert not rule.showErrorMessage  # a synonym may be typed
    assert seen == {*CLOSED, *(name for name in KINDS if name in {c.name for c in LAYOUT})}


@pytest.mark.parametrize("name", ["starter", "primary_care"])
def test_the_examples_are_faultless_and_never_read(name: str) -> None:
    network = load_network(NETWORKS / name)
    cards = [card.model_copy(update={"id": f"x-{card.id}"}) for card in example_cards(network)]
    assert len(cards) == 3
    lists, labels = Lists.from_network(network), template_labels(network)
    rows = [spread(card, labels, lists) for card in cards]
    report = check_cases(parse_cases(workbook_of(network, labels, rows), "c.xlsx"), network, strict=True)
    assert report.problems == ()
    assert report.case_set.digest == check_cases(report.case_set, network).case_set.digest
    for data, file in ((template_xlsx(network), "c.xlsx"), (template_csv(network), "c.csv")):
        with pytest.raises(Exception, match="E-NO-CASES"):
            parse_cases(data, file)


def test_csv_examples_copied_into_the_sheet_are_left_out_with_a_word(starter: Any) -> None:
    data = template_csv(starter)
    labels = data.decode("utf-8-sig").split("\r\n")[0].split(",")
    given_cells = {"id": "a-1", "author": "JD", "expected condition": "gout"}
    row = ",".join(given_cells.get(label, "") for label in labels)
    case_set = parse_cases(data + row.encode(), "c.csv")
    assert [card.id for card in case_set] == ["a-1"]
    assert [note.code for note in case_set.normalisations] == ["W-BOM", "W-EXAMPLE"]


@settings(max_examples=40)
@given(card=CARDS)
def test_what_is_filled_in_is_read_back(card: Card) -> None:
    network = ClinicalNetwork("empty", (), (), ())
    labels = [*COLUMNS, "present 2", "absent 2", "unsure 2", "acceptable 2", "must ask 2", "risk factors present 2"]
    rows = [spread(card, labels, Lists.from_network(network))]
    read = parse_cases(workbook_of(network, labels, rows), "c.xlsx")
    if re.fullmatch(r"EXAMPLE-\d+", card.id):
        return
    assert read.problems == ()
    assert read.content_hashes == (card.content_hash,)
    assert read.cards == (card,)


_NAMES = st.lists(
    st.sampled_from(
        ["Fever", "Woken by 5", "Pain; worse", "=sum", "Back\\slash", "-", " edge ", "发烧", "fever", "it's"]
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


@settings(max_examples=25)
@given(names=_NAMES)
def test_every_spelling_is_understood_as_its_term(names: list[str]) -> None:
    findings = tuple(Finding(f"id {number}; x", name, "?") for number, name in enumerate(names))
    network = ClinicalNetwork("odd", (), findings, ())
    lists = Lists.from_network(network)
    for finding in findings:
        card = Card.model_validate(
            {
                "id": "a",
                "author": "b",
                "findings": {finding.id: "present"},
                "expected": {"condition": "c", "must_ask": [{"finding": finding.id, "by": 3}]},
            }
        )
        labels = ["id", "author", "present 1", "must ask 1", "expected condition"]
        rows = [spread(card, labels, lists)]
        read = check_cases(parse_cases(workbook_of(network, labels, rows), "c.xlsx"), network).case_set.cards[0]
        assert list(read.findings) == [finding.id]


def test_many_findings_go_into_the_last_column(starter: Any) -> None:
    ids = [finding.id for finding in starter.findings[:15]]
    card = Card.model_validate(
        {"id": "a", "author": "b", "findings": dict.fromkeys(ids, "present"), "expected": {"condition": "gout"}}
    )
    labels = template_labels(starter)
    row = spread(card, labels, Lists.from_network(starter))
    assert row[labels.index("present 8")].count(";") == 7
    read = check_cases(parse_cases(workbook_of(starter, labels, [row]), "c.xlsx"), starter).case_set.cards[0]
    assert set(read.findings) == set(ids)
