"""Whatever is uploaded is answered: rows and bytes of any kind, and many of them with work in proportion."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.checks.texts import IDENTIFIERS, masked
from cases.intake import (
    State,
    annotated,
    apply_fix,
    check_upload,
)
from cases.simulate import simulate_cases
from cases.template import Lists, workbook_of
from cases.template.build import spread, template_labels
from model.network import ClinicalNetwork, Condition, Finding, Triage, load_network
from tests.cases.counting import counted
from tests.cases.workbooks import LABELS

TINY = ClinicalNetwork(
    "tiny",
    (Condition("flu", "Influenza", Triage.ROUTINE),),
    (Finding("fever", "Fever", "?"), Finding("nausea", "Nausea", "?", synonyms=("sick",))),
    (),
)
STARTER = Path(__file__).parents[2] / "model" / "networks" / "starter"
Vary = Callable[..., dict[str, Any]]


@given(
    text=st.text(max_size=40) | st.sampled_from(["Mr Mr Stein Stein", "a@b.c 01/02/1990@x.de", "MRN NHS 123 456 789"])
)
def test_masking_leaves_nothing_that_is_looked_for(text: str) -> None:
    assert not any(pattern.search(masked(text)) for pattern in IDENTIFIERS.values())


@settings(max_examples=60)
@given(
    cells=st.lists(
        st.sampled_from(["", "a", "fever", "nausea; fever", "=1", "2,5", "6 months", "yes", "\\", ";", "x=y", "007"])
        | st.text(max_size=6),
        min_size=len(LABELS),
        max_size=len(LABELS),
    )
)
def test_whatever_stands_in_a_row_it_is_told_and_every_fix_can_be_taken(cells: list[str]) -> None:
    network = TINY
    text = io.StringIO(newline="")
    csv.writer(text).writerows([LABELS, cells])
    try:
        data = text.getvalue().encode()
    except UnicodeEncodeError:
        return
    intake = check_upload(data, "c.csv", network, is_possible=lambda cards: [True] * len(cards))
    for row_ in intake.rows:
        assert row_.problems or row_.state is State.READY
        for one in row_.problems:
            assert one.sentence
            for fix in one.fixes:
                assert apply_fix(intake, 0, fix).rows
    assert annotated(intake, as_csv=True)


def _workbook(network: ClinicalNetwork, n_rows: int) -> bytes:
    labels, lists = template_labels(network), Lists.from_network(network)
    cards = simulate_cases(network, n_rows, seed=1).cards
    rows = [spread(one.model_copy(update={"kind": "doctor"}), labels, lists) for one in cards]
    return workbook_of(network, labels, rows)


def test_twice_the_rows_are_no_more_than_twice_the_work() -> None:
    """So that 10,000 rows take fifty times what 200 do, not its square."""
    network = load_network(STARTER)
    assert isinstance(network, ClinicalNetwork)
    few, many = _workbook(network, 200), _workbook(network, 400)
    check_upload(few, "c.xlsx", network)  # What is prepared once for all uploads.
    _, little = counted(lambda: check_upload(few, "c.xlsx", network))
    intake, much = counted(lambda: check_upload(many, "c.xlsx", network))
    assert much <= 2 * little
    assert len(intake.ready) > 0.95 * len(intake.rows) == 0.95 * 400


@settings(max_examples=150)
@given(
    data=st.binary(max_size=80)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.sampled_from(
        [
            b'[{"subject": 1, "metaData": []}]',
            b'{"members": [{"id": 2, "subject": [], "metaData": 0}]}',
            b'{"subject": {}, "phenotypicFeatures": [1]}',
        ]
    ),
    ending=st.sampled_from(["xlsx", "xls", "csv", "tsv", "json", "jsonl", "toml", "parquet", "ods", "", "zip"]),
)
def test_no_bytes_raise_anything(data: bytes, ending: str) -> None:
    intake = check_upload(data, f"upload.{ending}", TINY, is_possible=lambda cards: [True] * len(cards))
    assert intake.problems or intake.rows
    assert not intake.ready or not intake.refused
