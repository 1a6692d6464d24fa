"""Whatever is written is read back: every format, any card."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from cases import Card, load_cases
from cases.cells import join_cell, neutralise, restore, split_cell
from cases.writers import save_cases
from tests.cases.strategies import CARD_SETS, FREE_TEXT, NAMES


@pytest.mark.parametrize("ending", ["", ".jsonl", ".csv", ".xlsx", ".parquet"])
@settings(max_examples=60)
@given(cards=CARD_SETS)
def test_no_format_loses_anything(ending: str, cards: list[Card]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / f"cases{ending}"
        save_cases(cards, path)
        read = load_cases(path)
    finally:
        shutil.rmtree(folder)
    assert read.problems == ()
    assert read.normalisations == ()
    if ending == "":  # A directory is read in the order of its file names.
        assert sorted(read.cards, key=lambda card: card.id) == sorted(cards, key=lambda card: card.id)
    else:
        assert list(read.cards) == cards
    assert sorted(read.content_hashes) == sorted(card.content_hash for card in cards)


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "=1+1", "'#N/A", "_x0023_N/A", "001", "1-2", "NULL"])
def test_a_workbook_keeps_what_excel_would_take_for_something_else(tmp_path: Path, text: str) -> None:
    card = Card.model_validate(
        {"id": text, "author": text, "complaint": text, "findings": {text: "present"}, "expected": {"condition": text}}
    )
    save_cases([card], tmp_path / "a.xlsx")
    assert list(load_cases(tmp_path / "a.xlsx").cards) == [card]


@given(values=NAMES)
def test_a_cell_gives_its_values_back(values: tuple[str, ...]) -> None:
    assert split_cell(join_cell(values)) == list(values)


@given(text=FREE_TEXT)
def test_a_neutralised_cell_is_no_formula_and_comes_back(text: str) -> None:
    assert not neutralise(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert restore(neutralise(text)) == text


def test_nothing_is_overwritten(tmp_path: Path, card: Card) -> None:
    save_cases([card], tmp_path / "cases.csv")
    with pytest.raises(Exception, match="E-EXISTS"):
        save_cases([card], tmp_path / "cases.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["cases.csv"]
