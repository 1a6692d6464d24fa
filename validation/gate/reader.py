"""``gate.toml`` as :class:`Rules`; every problem of the file is listed at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from cases.selection import compile_expression
from model.errors import InputError, raise_if_rejected
from model.network.files import read_bytes
from model.network.report import Report, nearest, shown
from model.network.table import Table, number
from model.network.text import decode
from model.network.toml_reader import parse_toml

from ..comparison.words import NEVER_EVENTS, Event
from .rules import (
    EMERGENCIES,
    MUST_NOT_MISS,
    By,
    Cases,
    ClusterBy,
    Continuous,
    Integrity,
    Measure,
    Outcome,
    Overall,
    RatchetRules,
    Rules,
    Slices,
    Waiver,
)

FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
_Word = TypeVar("_Word", bound=StrEnum)


def load_rules(path: str | Path) -> Rules:
    """The rules in a ``gate.toml``; a file it names is looked for beside it.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    path = Path(path)
    report = Report()
    rules = Rules()
    document = open_table(path, report)
    if document is not None:
        rules = _rules(document, path.parent)
        document.finish()
    raise_if_rejected(report.result())
    return rules


def open_table(path: Path, report: Report) -> Table | None:
    """A TOML file of this room, its ``format`` checked; None, with the problem, where it cannot be read."""
    where = path.name
    if not path.is_file():
        report.reject("FILE", str(path), "no such file", "a TOML file", next_step="name it with --rules")
        return None
    data = read_bytes(path, path.parent, where, report)
    text = None if data is None else decode(data, where, report)
    values = None if text is None else parse_toml(text, where, report)
    if values is None:
        return None
    table = Table(values, where, report)
    if table.raw("format") != FORMAT:
        found = "nothing" if table.raw("format") is None else shown(table.raw("format"))
        report.reject("FORMAT", table.at("format"), found, f"format = {FORMAT}")
    return table


def _rules(document: Table, folder: Path) -> Rules:
    continuous = _continuous(document.table("continuous"))
    return Rules(
        cases=_cases(document.table("cases")),
        integrity=_integrity(document.table("integrity")),
        ratchet=_ratchet(document.table("ratchet"), folder),
        overall=_overall(document.table("overall")),
        slices=_slices(document.table("slices")),
        safety_family=_safety_family(document.table("safety_family")),
        continuous=continuous,
        waivers=_waivers(document),
    )


def _cases(table: Table) -> Cases:
    read = Cases(select=expression(table, "select", ""))
    table.finish()
    return read


def _integrity(table: Table) -> Integrity:
    read = Integrity(
        replay_sample=whole(table, "replay_sample", Integrity().replay_sample, 0, 100_000),
        removed_conditions=table.texts("removed_conditions"),
    )
    table.finish()
    return read


def _ratchet(table: Table, folder: Path) -> RatchetRules:
    name = table.text("file")
    read = RatchetRules(
        file=folder / name if name else None,
        block_new_failures=table.choice("new_failures", ("report", "block"), "report") == "block",
    )
    table.finish()
    return read


def _overall(table: Table) -> Overall:
    usual = Overall()
    read = Overall(
        outcomes=words(table, "outcomes", Outcome, usual.outcomes) or usual.outcomes,
        alpha=between(table, "alpha", usual.alpha, 0.0, 0.5),
        margin=between(table, "margin", usual.margin, 0.0, 1.0),
        inconclusive_passes=table.choice("inconclusive", ("stop", "pass"), "stop") == "pass",
    )
    if table.raw("outcomes") == []:
        table.report.reject("EMPTY", table.at("outcomes"), "an empty list", " | ".join(Outcome))
    table.finish()
    return read


def _slices(table: Table) -> Slices:
    usual = Slices()
    read = Slices(
        by=words(table, "by", By, usual.by),
        q=between(table, "q", usual.q, 0.0, 1.0),
        fewest=whole(table, "fewest", usual.fewest, 1, 100_000),
    )
    table.finish()
    return read


def _safety_family(table: Table) -> dict[str, str]:
    family = {}
    for name in table.values:
        written = table.raw(name)
        family[name] = written if written in (MUST_NOT_MISS, EMERGENCIES) else expression(table, name, None)
    return family


def _continuous(table: Table) -> Continuous:
    usual = Continuous()
    read = Continuous(
        measures=words(table, "measures", Measure, usual.measures),
        blocking=words(table, "blocking", Measure, usual.blocking),
        cluster=ClusterBy(table.choice("cluster", tuple(ClusterBy), usual.cluster)),
        flips=whole(table, "flips", usual.flips, 99, 1_000_000),
        seed=whole(table, "seed", usual.seed, 0, 2**63 - 1),
    )
    for name in read.blocking:
        if name not in read.measures:
            table.report.reject(
                "CHOICE", table.at("blocking"), f"{name}, which is not measured", "one of `measures`",
                next_step=f"add {name} to measures",
            )  # fmt: skip
    table.finish()
    return read


def _waivers(document: Table) -> tuple[Waiver, ...]:
    waivers: dict[tuple[str, ...], Waiver] = {}
    for table in tables(document, "waiver"):
        before = table.report.rejections
        event = table.choice("event", tuple(NEVER_EVENTS))
        fields = {
            "case": table.text("case", None),
            **{name: sha256_of(table, name) for name in ("case_hash", "network", "policy")},
        }
        waiver = Waiver(
            **fields,
            event=Event(event),
            reviewer=table.text("reviewer", None),
            reason=table.text("reason", None),
            expires=day(table, "expires"),
        )
        table.finish()
        if table.report.rejections > before:
            continue
        key = (*fields.values(), event)
        if key in waivers:
            table.report.reject("DUPLICATE", table.where, f"a second waiver of {event} in {waiver.case}", "one")
        waivers[key] = waiver
    return tuple(waivers.values())


def tables(document: Table, key: str) -> list[Table]:
    """The tables written as ``[[key]]``, numbered from 1 for messages."""
    value = document.raw(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        document.report.reject("TYPE", document.at(key), shown(value), f"tables, each begun with [[{key}]]")
        return []
    return [Table(entry, f"{document.at(key)} {place}", document.report) for place, entry in enumerate(value, 1)]


def expression(table: Table, key: str, usual: str | None) -> str:
    """Which cases are meant, as for ``-k``; ``usual`` where it is not written, None: it must be."""
    text = table.text(key, usual)
    if text.strip():
        try:
            compile_expression(text)
        except InputError as error:
            for problem in error.problems:
                table.report.add(replace(problem, where=f"{table.at(key)} › {shown(text)}"))
    return text


def words(table: Table, key: str, of: type[_Word], usual: tuple[_Word, ...]) -> tuple[_Word, ...]:
    """A list of words of an enumeration, each once; ``usual`` where it is not written."""
    if table.raw(key) is None:
        return usual
    written = table.texts(key)
    allowed = tuple(of)
    for text in written:
        if text not in allowed:
            near = nearest(text, allowed)
            table.report.reject("CHOICE", table.at(key), shown(text), " | ".join(allowed), near=near)
    if len(set(written)) < len(written):
        table.report.reject("DUPLICATE", table.at(key), "a word twice", "each once")
    return tuple(of(text) for text in dict.fromkeys(written) if text in allowed)


def whole(table: Table, key: str, usual: int, least: int, most: int) -> int:
    """A whole number in a range; ``usual`` where it is not written."""
    value: Any = table.raw(key)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        table.report.reject("NUMBER", table.at(key), shown(value), f"a whole number from {least} to {most}")
        return usual
    return value


def between(table: Table, key: str, usual: float, low: float, high: float) -> float:
    """A number above ``low`` and below ``high``; ``usual`` where it is not written."""
    value = table.raw(key)
    if value is None:
        return usual
    read = number(value, table.at(key), table.report)
    if read is None:
        return usual
    if not low < read < high:
        table.report.reject("NUMBER", table.at(key), shown(value), f"a number between {low:g} and {high:g}")
        return usual
    return read


def sha256_of(table: Table, key: str) -> str:
    """A SHA-256 as 64 hexadecimal digits."""
    text = table.text(key, None)
    if text and not _SHA256.fullmatch(text):
        found = f"{shown(text)} ({len(text)} characters)"
        table.report.reject(
            "DIGEST", table.at(key), found, "64 digits and letters a-f",
            next_step="copy it from `clinval gate … --propose-waivers`",
        )  # fmt: skip
    return text


def day(table: Table, key: str) -> date:
    """A date; the earliest one, with a problem, where there is none."""
    value = table.raw(key)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    found = "nothing" if value is None else shown(value)
    table.report.reject("DATE", table.at(key), found, "a date without quotes and time, as in 2027-01-31")
    return date.min


def distinct(values: Sequence[str]) -> list[str]:
    """What stands in ``values`` more than once, each once, in order."""
    return [value for value in dict.fromkeys(values) if values.count(value) > 1]
