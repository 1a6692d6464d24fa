"""The one way in: any supported file or directory becomes a :class:`CaseSet`.

Every problem of the input is found before anything is refused.  What rejects a file raises
:class:`InputError`; what is wrong with one case sets that case aside (``CaseSet.quarantined``); what
was normalised is listed (``CaseSet.normalisations``).  No network is needed here: the checks that
need one are in :mod:`cases.checks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from model.errors import InputError, Problem, Severity

from ..card import Card
from ..case_set import CaseSet
from .json_files import parse_json, parse_jsonl
from .raw import RawFile, build
from .source import read_source
from .toml_files import parse_toml, read_toml_tree

FORMATS = (".toml", ".jsonl", ".json", ".csv", ".tsv", ".xlsx", ".parquet")
"""The file name endings that are read; a directory is a tree of TOML files."""


def load_cases(path: str | Path, encoding: str | None = None, *, confirm_hidden: bool = False) -> CaseSet:
    """All cases of a TOML directory, or of a TOML, JSONL, JSON, CSV, XLSX or Parquet file.

    Parameters
    ----------
    encoding
        Of a text file that is known not to be UTF-8, say ``windows-1252``.
    confirm_hidden
        What is hidden in a workbook (sheets, rows, columns) is meant to be there.

    Raises
    ------
    InputError
        The input cannot be read as a whole; it lists every problem that was found.
    """
    path = Path(path)
    if path.is_dir():
        if (path / "network.toml").exists():
            raise _network_given(str(path))
        return case_set_of(read_toml_tree(path), path.name, path)
    data = read_source(path, "a case file or a directory of them")
    return parse_cases(data, path.name, path, encoding, confirm_hidden=confirm_hidden)


def parse_cases(
    data: bytes,
    name: str,
    path: Path | None = None,
    encoding: str | None = None,
    *,
    confirm_hidden: bool = False,
) -> CaseSet:
    """The cases of one file's bytes; ``name`` tells the format by its ending."""
    ending = Path(name).suffix.lower()
    if ending == ".toml":
        raw = parse_toml(data, name)
    elif ending == ".jsonl":
        raw = parse_jsonl(data, name, encoding)
    elif ending == ".json":
        raw = parse_json(data, name, encoding)
    elif ending in (".csv", ".tsv"):
        from .csv_files import parse_csv

        raw = parse_csv(data, name, encoding)
    elif ending == ".xlsx":
        from ..spreadsheet import parse_xlsx

        raw = parse_xlsx(data, name, confirm_hidden=confirm_hidden)
    elif ending == ".parquet":
        from .parquet_files import parse_parquet

        raw = parse_parquet(data, name)
    elif ending in (".bif", ".xmlbif"):
        raise _network_given(name)
    else:
        raise InputError.single(
            "E-FORMAT", name, f"a file of kind {ending or 'unknown'}", expected="one of " + ", ".join(FORMATS)
        )
    return case_set_of(raw, Path(name).stem, path)


def _network_given(where: str) -> InputError:
    return InputError.single(
        "E-NETWORK-AS-CASES", where, "a network", expected="cases", next_step="a network is given as the model"
    )


def case_set_of(raw: RawFile, name: str, path: Path | None) -> CaseSet:
    """The cards of raw records, with everything that went wrong; raises what rejects the file."""
    built = build(raw.records)
    problems = [*raw.problems, *duplicate_ids(built.cards, built.places)]
    if any(problem.severity is Severity.REJECT for problem in problems):
        aside = [problem for one in (*raw.set_aside, *built.quarantined) for problem in one.problems]
        raise InputError([*problems, *aside])
    quarantined = (*raw.set_aside, *built.quarantined)
    if not built.cards and not quarantined:
        raise InputError.single("E-NO-CASES", str(path or name), "no case", expected="at least one", catalogue=68)
    return CaseSet(
        cards=tuple(built.cards),
        name=name,
        path=path,
        problems=tuple(problem for one in quarantined for problem in one.problems),
        quarantined=quarantined,
        normalisations=tuple(problems),
        places=tuple(built.places),
    )


def duplicate_ids(cards: Iterable[Card], places: Iterable[str]) -> list[Problem]:
    """A problem for every id that a second card bears (catalogue 80)."""
    first: dict[str, str] = {}
    problems = []
    for card, place in zip(cards, places, strict=True):
        if card.id in first:
            problems.append(
                Problem(
                    "E-DUPLICATE-ID",
                    place,
                    f"the id {card.id!r} again, first used at {first[card.id]}",
                    expected="every id once",
                    catalogue=80,
                )
            )
        first.setdefault(card.id, place)
    return problems
