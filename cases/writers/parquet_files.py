"""Parquet: one row a case with a fixed schema, so that files of different cards can be read as one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..card import Card

if TYPE_CHECKING:
    import pyarrow as pa


def write_parquet(cards: Iterable[Card], path: Path) -> None:
    """Write the cards with page checksums, so that a flipped bit is seen on reading."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([_row(card) for card in cards], schema=card_schema())
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def card_schema() -> pa.Schema:
    """The columns: the card's fields, mappings as lists of structs in their order."""
    import pyarrow as pa

    text, flag = pa.string(), pa.bool_()
    texts = pa.list_(text)
    patient = pa.struct([("age", pa.float64()), ("age_unit", text), ("sex", text), ("pregnant", flag)])
    finding = pa.struct([("finding", text), ("state", text), ("initial", flag), ("pertinent", flag)])
    expected = pa.struct(
        [
            ("condition", text),
            ("acceptable", texts),
            ("must_not_miss", texts),
            ("impossible", texts),
            ("triage", texts),
            ("must_ask", pa.list_(pa.struct([("finding", text), ("by", pa.int64())]))),
            ("differential", pa.list_(pa.struct([("condition", text), ("p", pa.float64())]))),
        ]
    )
    opinion = pa.struct(
        [("doctor", text), ("condition", text), ("triage", text), ("differential", texts), ("comment", text)]
    )
    return pa.schema(
        [
            ("id", text),
            ("version", pa.int64()),
            *((name, text) for name in ("author", "reviewer", "review_state", "source", "licence", "split", "kind")),
            ("specialty", text),
            ("family", text),
            ("unlisted", text),
            ("patient", patient),
            ("complaint", text),
            ("findings", pa.list_(finding)),
            ("risk_factors", pa.list_(pa.struct([("risk_factor", text), ("state", text)]))),
            ("expected", expected),
            ("opinions", pa.list_(opinion)),
            ("overrides", pa.list_(pa.struct([("code", text), ("reason", text)]))),
            ("notes", text),
        ]
    )


def _row(card: Card) -> dict[str, Any]:
    row = card.model_dump(mode="json")
    row["findings"] = [{"finding": name, **item} for name, item in row["findings"].items()]
    row["risk_factors"] = [{"risk_factor": name, "state": state} for name, state in row["risk_factors"].items()]
    row["overrides"] = [{"code": code, "reason": reason} for code, reason in row["overrides"].items()]
    differential = row["expected"]["differential"]
    row["expected"]["differential"] = [{"condition": name, "p": p} for name, p in differential]
    return row
