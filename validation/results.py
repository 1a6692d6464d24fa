"""A run as an object for notebooks: frames, figures, and a summary that prints itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cases.card import Card
from model.errors import InputError
from model.words import nearest

from .arrow import to_numpy
from .columns import SCHEMA
from .score import ConditionScore, Metrics, by_condition, loss_of_cases, never_events, score
from .store.digests import in_case_order
from .store.directory import CASES, MODEL, RunDirectory, read_parquet
from .store.files import StoreError, explained
from .store.manifest import Manifest
from .store.places import LATEST, copy_of
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["IN_FULL", "LATEST", "Row", "Run", "latest_in", "vocabulary_in"]

IN_FULL = ("initial_leading", "full_leading", "rank_after", "p_expected_after", "transcript")
"""The columns that :meth:`Run.row` has and :attr:`Run.rows` has not."""

Row = Mapping[str, Any]
"""One case's results by column name (:mod:`validation.columns`)."""


class Run:
    """A finished (or interrupted) run; open one with :meth:`open`, make one with ``validation.run``."""

    def __init__(self, directory: RunDirectory, manifest: Manifest, reused: bool = False) -> None:
        self.directory = directory
        self.manifest = manifest
        self.reused = reused
        """Whether it had been computed before, and was not computed again."""

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """The run in a directory, or a copy of the one at an address; ``runs`` itself means the latest in it.

        Its ``manifest`` names the input as the last command that asked for it did; ``directory`` reads
        it as it was recorded.

        Raises
        ------
        InputError
            There is no run.
        StoreError
            What is there cannot be read.
        """
        path = latest_in(copy_of(path))
        directory = RunDirectory(path)
        manifest = directory.read_manifest()
        if manifest is None:
            raise InputError.single(
                "E-NO-RUN", str(path), "no finished run" if path.exists() else "nothing there",
                expected="a run's directory (plan.json, shards/, manifest.json)",
                next_step="run `clinval run`; an interrupted run is resumed by the same command",
            )  # fmt: skip
        invocation = directory.read_invocation()
        if invocation is not None and invocation.fits(manifest.plan):
            manifest = manifest.asked_for_by(invocation)
        return cls(directory, manifest)

    @property
    def path(self) -> Path:
        return self.directory.path

    @property
    def is_complete(self) -> bool:
        return self.manifest.status == "complete"

    @cached_property
    def table(self) -> pa.Table:
        """All results, one row a case in the order of their ids; columns as in ``columns.SCHEMA``."""
        table = self.directory.read_shards([shard.name for shard in self.manifest.shards])
        return SCHEMA.empty_table() if table is None else in_case_order(table)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The names of the network's conditions and findings."""
        return vocabulary_in(self.directory)

    @cached_property
    def cards(self) -> dict[str, Card]:
        """Case id to card, as they were replayed."""
        path = self.path / CASES
        with explained(path):
            table = read_parquet(path.read_bytes(), name=str(path))
        try:
            return {
                case_id: Card.model_validate_json(text)
                for case_id, text in zip(table["case_id"].to_pylist(), table["card"].to_pylist(), strict=True)
            }
        except (ValueError, KeyError) as error:
            raise _damaged(path) from error

    def metrics(self) -> Metrics:
        """Every figure, from the results."""
        return score(self.table, self.vocabulary)

    def by_condition(self) -> list[ConditionScore]:
        """How each expected condition came out, those with most wrong cases first."""
        return by_condition(self.table)

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Case id to its results without the course of the interview (``IN_FULL``), which is most of
        a run; ``loss`` and ``never_events`` are added."""
        columns = {name: to_numpy(self.table[name]) for name in ("rank_right", "full_rank_right", "stop")}
        losses = loss_of_cases(columns).tolist()
        rows: dict[str, Row] = {}
        for row, loss in zip(self.table.drop_columns(list(IN_FULL)).to_pylist(), losses, strict=True):
            rows[row["case_id"]] = {**row, "loss": loss, "never_events": never_events(row)}
        return rows

    def row(self, case_id: str) -> Row:
        """All results of one case.

        Raises
        ------
        InputError
            The run has no such case.
        """
        if case_id not in self.rows:
            raise InputError.single(
                "E-NO-CASE", f"run {self.path.name}", f"no case {case_id!r}", expected="the id of a case of this run",
                suggestions=nearest(case_id, tuple(self.rows)),
            )  # fmt: skip
        place = list(self.rows).index(case_id)
        return {**self.rows[case_id], **self.table.select(list(IN_FULL)).slice(place, 1).to_pylist()[0]}

    def wrong(self) -> list[Row]:
        """The cases worth looking at: never-events first, then wrong ones, the surest errors first."""
        wrong = [row for row in self.rows.values() if row["rank_right"] != 1 or row["never_events"]]
        return sorted(wrong, key=lambda row: (-len(row["never_events"]), row["p_expected"], row["case_id"]))

    def to_pandas(self) -> pd.DataFrame:
        """One row a case: plain results, loss, and what the card says of its origin and patient."""
        import pandas as pd

        plain = [field.name for field in SCHEMA if not pa.types.is_nested(field.type)]
        frame = self.table.select(plain).to_pandas(use_threads=False)
        frame["loss"] = [self.rows[case_id]["loss"] for case_id in frame["case_id"]]
        cards = [self.cards[case_id] for case_id in frame["case_id"]]
        origin = {
            "author": [card.author for card in cards],
            "split": [card.split for card in cards],
            "kind": [card.kind for card in cards],
            "specialty": [card.specialty for card in cards],
            "age_years": [card.patient.age_years for card in cards],
            "sex": [card.patient.sex for card in cards],
        }
        return pd.concat([frame, pd.DataFrame(origin)], axis=1).set_index("case_id")

    def transcripts(self) -> pd.DataFrame:
        """One row a question: case, number, finding, answer, gain, and what it did to the differential."""
        import pandas as pd

        records = []
        columns = ("case_id", "rank_after", "p_expected_after", "transcript")
        for row in self.table.select(columns).to_pylist():
            for number, question in enumerate(row["transcript"], start=1):
                leading = question["leading"][0] if question["leading"] else {"condition": None, "p": 0.0}
                records.append(
                    {
                        "case_id": row["case_id"],
                        "question": number,
                        **{name: question[name] for name in ("finding", "answer", "gain", "p_present", "red_flag")},
                        "leading": leading["condition"],
                        "p_leading": leading["p"],
                        "p_expected": row["p_expected_after"][number],
                        "rank": row["rank_after"][number],
                    }
                )
        return pd.DataFrame.from_records(records)

    def __repr__(self) -> str:
        from .summary import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from .summary import as_html

        return as_html(self)


def vocabulary_in(directory: RunDirectory) -> Vocabulary:
    """The names of the conditions and findings of a run that may not be finished yet."""
    path = directory.path / MODEL
    try:
        with explained(path):
            return Vocabulary.from_bytes(path.read_bytes())
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def latest_in(path: Path) -> Path:
    """The latest run where ``path`` is a directory of runs; else ``path`` itself."""
    pointer = path / LATEST
    if not pointer.is_file():
        return path
    try:
        with explained(pointer):
            name = pointer.read_text("utf-8").strip()
    except ValueError:
        name = ""
    if not name or Path(name).name != name or not name.isprintable():
        raise StoreError(f"E-LATEST  {pointer}: does not name a run; name one yourself, as {path}/<run>")
    return path / name


def _damaged(path: Path) -> StoreError:
    return StoreError(f"E-STORE  {path}: is damaged; the same `clinval run` command writes it again")
