"""A network directory of TOML files, read into a :class:`ClinicalNetwork`.

What is read: ``network.toml``, ``findings.toml``, ``risk_factors.toml`` and ``conditions/*.toml``.
The order of everything is that of the ids (code points), so that neither file names nor the order
of keys can change an interview.
"""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Any

from .checks import check_clinical
from .files import printable, read_bytes, refuse_unsafe
from .network import NOISY_OR, ONE_CONDITION, ClinicalNetwork
from .report import Report, shown
from .table import COLUMN_SUM_TOLERANCE, Table, by_sex_and_band, number
from .text import check_distinct, clean, decode
from .toml_entries import OLDEST, read_condition, read_finding, read_risk_factor

FORMAT = 1
STRUCTURES = (NOISY_OR, ONE_CONDITION)
OTHER_FILES = ("policy.toml", "gate.toml", "MODEL_CARD.md", "README.md", "LICENSE", "NOTICE", ".gitattributes")
_COMMA_NUMBER = re.compile(r"=\s*-?\d+,\d|[\[,]\s*-?0,\d")


def read_directory(directory: Path, report: Report) -> ClinicalNetwork | None:
    """The network in ``directory``, its problems added to ``report``; None where nothing can be read."""
    where = printable(directory.name or str(directory))
    listed = _list_files(directory, where, report)
    top = _read_table(directory / "network.toml", directory, f"{where}/network.toml", report)
    found = _read_table(directory / "findings.toml", directory, f"{where}/findings.toml", report)
    risks = None
    if (directory / "risk_factors.toml").exists():
        risks = _read_table(directory / "risk_factors.toml", directory, f"{where}/risk_factors.toml", report, True)
    files = [
        table
        for path in listed
        if (table := _read_table(path, directory, f"{where}/conditions/{printable(path.name)}", report)) is not None
    ]
    findings = tuple(read_finding(key, table) for key, table in _entries("finding", found, report))
    if top is None:
        return None
    bands = _age_bands(top, report)
    risk_factors = tuple(
        read_risk_factor(key, table, len(bands)) for key, table in _entries("risk factor", risks, report)
    )
    states_of = {finding.id: finding.states for finding in findings}
    spelled = [_identifier(table) for table in files]
    check_distinct(spelled, "condition", f"{where}/conditions", report)
    ids = [clean(name, table.where, report, what="id") for name, table in zip(spelled, files, strict=True)]
    named = sorted(zip(ids, files, strict=True), key=lambda pair: (pair[0], pair[1].where))
    conditions = tuple(read_condition(key, table, len(bands), states_of) for key, table in named)
    network = _network(top, where, bands, report, conditions, findings, risk_factors)
    # Where a file could not be read at all, every reference into it would look wrong.
    check_clinical(network, where, report, findings_known=found is not None, conditions_known=len(files) == len(listed))
    return network


def _network(
    top: Table, where: str, bands: tuple[tuple[float, float], ...], report: Report, *entries: tuple[Any, ...]
) -> ClinicalNetwork:
    version = top.raw("format")
    if version != FORMAT:
        found = "nothing" if version is None else shown(version)
        report.reject("FORMAT", top.at("format"), found, f"format = {FORMAT}")
    temperature = top.raw("temperature")
    value = 1.0 if temperature is None else number(temperature, top.at("temperature"), report)
    if value is not None and value <= 0:
        report.reject("TEMPERATURE", top.at("temperature"), shown(temperature), "a number above 0")
    network = ClinicalNetwork(
        name=top.text("name", where),
        conditions=entries[0],
        findings=entries[1],
        risk_factors=entries[2],
        title=top.text("title"),
        description=top.text("description"),
        licence=top.text("licence"),
        age_bands=bands,
        structure=top.choice("structure", STRUCTURES),
        population=_population(top, len(bands), report),
        temperature=value or 1.0,
    )
    top.finish()
    return network


def _population(top: Table, n_bands: int, report: Report) -> tuple[tuple[float, ...], ...]:
    even = ((0.5 / n_bands,) * n_bands,) * 2
    value = top.raw("population")
    where = top.at("population")
    if value is None:
        report.warn("POPULATION-DEFAULT", where, "nothing", "the shares of the patients; equal ones were taken")
        return even
    if not isinstance(value, dict):
        report.reject("TYPE", where, shown(value), "female = […] and male = […]")
        return even
    rows = by_sex_and_band(value, n_bands, where, report)
    if rows is None:
        return even
    total = math.fsum(share for row in rows for share in row)
    if abs(total - 1.0) > COLUMN_SUM_TOLERANCE:
        report.reject("POPULATION", where, f"shares that sum to {total:.12g}", "1 over both sexes", catalogue=3)
        return even
    return rows


def _age_bands(top: Table, report: Report) -> tuple[tuple[float, float], ...]:
    value = top.raw("age_bands")
    where = top.at("age_bands")
    if value is None:
        return ((0.0, OLDEST),)
    if not isinstance(value, list) or not value:
        report.reject("AGE-BANDS", where, shown(value), 'bands in years, as in ["0-17", "18-64", "65+"]')
        return ((0.0, OLDEST),)
    return parse_age_bands(value, where, report)


def parse_age_bands(labels: list[Any], where: str, report: Report) -> tuple[tuple[float, float], ...]:
    """``["0-17", "18+"]`` as ((0, 18), (18, 150)): whole years, inclusive; they must tile 0 and up."""
    bands = []
    start = 0.0
    for label in labels:
        match = re.fullmatch(r"\s*(\d{1,3})\s*(?:(\+)|[-–](\d{1,3}))?\s*", label) if isinstance(label, str) else None
        if match is None:
            report.reject("AGE-BANDS", where, shown(label), 'a band like "18-64" or "65+"')
            bands.append((start, start + 1.0))
            continue
        low = float(match[1])
        high = OLDEST if match[2] else float(match[3] or match[1]) + 1.0
        if low != start or high <= low:
            report.reject("AGE-BANDS", where, shown(label), f"a band that begins at {start:g}: no gap and no overlap")
        bands.append((low, high))
        start = high
    if start < OLDEST:
        report.reject("AGE-BANDS", where, shown(labels[-1]), 'a last band without an end, like "65+"')
    return tuple(bands)


def _entries(what: str, file: Table | None, report: Report) -> list[tuple[str, Table]]:
    """The tables of a file by id, in the order of the ids."""
    if file is None:
        return []
    check_distinct(list(file.values), what, file.where, report)
    entries = []
    for key in file.values:
        value = file.raw(key)
        where = file.at(key)
        if not isinstance(value, dict):
            report.reject("TYPE", where, shown(value), f"a table, [{key}]")
            continue
        _check_id(key, where, report)
        entries.append((clean(key, where, report, what="id"), Table(value, where, report)))
    return sorted(entries, key=lambda entry: entry[0])


def _identifier(table: Table) -> str:
    """A condition's id as it is spelled: the key ``id``, or else the file's name."""
    written = table.raw("id")
    if written is None:
        return table.where.rpartition("/")[2].removesuffix(".toml")
    if not isinstance(written, str):
        table.report.reject("TYPE", table.at("id"), shown(written), 'a text in "quotes"')
        return str(written)
    _check_id(written, table.at("id"), table.report)
    return written


def _check_id(text: str, where: str, report: Report) -> None:
    if text != text.strip() or not text:
        report.reject("ID", where, f"the id {shown(text)}", "an id without spaces around it")


def _list_files(directory: Path, where: str, report: Report) -> list[Path]:
    """The condition files, in order; problems for what does not belong into the directory."""
    known = {"network.toml", "findings.toml", "risk_factors.toml", "conditions", *OTHER_FILES}
    for path in sorted(directory.iterdir()):
        place = f"{where}/{printable(path.name)}"
        if path.name in known or refuse_unsafe(path, directory, place, report) or path.name.startswith("."):
            continue
        report.warn("UNKNOWN-FILE", place, "a file that is not part of a network", "it was ignored")
    folder = directory / "conditions"
    if refuse_unsafe(folder, directory, f"{where}/conditions", report) or not folder.is_dir():
        report.reject("FILE", f"{where}/conditions", "no such directory", "one TOML file a condition")
        return []
    listed = []
    for path in sorted(folder.iterdir()):
        place = f"{where}/conditions/{printable(path.name)}"
        if path.suffix == ".toml":
            listed.append(path)
        elif path.is_dir() and not path.is_symlink():
            report.reject("FILE", place, "a directory", "files: conditions are not sorted into folders")
        elif not refuse_unsafe(path, directory, place, report) and not path.name.startswith("."):
            report.warn("UNKNOWN-FILE", place, "a file that is not TOML", "it was ignored")
    if not listed:
        report.reject("EMPTY", f"{where}/conditions", "no condition", "one TOML file a condition", catalogue=14)
    return listed


def _read_table(path: Path, root: Path, where: str, report: Report, may_be_empty: bool = False) -> Table | None:
    data = read_bytes(path, root, where, report)
    text = None if data is None else decode(data, where, report)
    if text is None:
        return None
    values = parse_toml(text, where, report)
    if values is not None and not values and not may_be_empty:
        report.reject("EMPTY", where, "an empty file", "TOML", catalogue=14)
        return None
    return None if values is None else Table(values, where, report)


def parse_toml(text: str, where: str, report: Report) -> dict[str, Any] | None:
    """TOML text as a dictionary, or None with the problem that its grammar has."""

    def parse_float(digits: str) -> float:
        value = float(digits)
        if value == 0.0 and any(digit in "123456789" for digit in re.split("[eE]", digits)[0]):
            report.warn("UNDERFLOW", where, digits, "a number that is not read as 0", catalogue=20)
        return value

    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        _explain_syntax(str(error), text, where, report)
    except (RecursionError, ValueError):
        report.reject("SYNTAX", where, "nesting too deep, or a number too long to read", "TOML")
    return None


def _explain_syntax(message: str, text: str, where: str, report: Report) -> None:
    match = re.search(r"\(at line (\d+), column (\d+)\)", message)
    lines = text.splitlines()
    number_of_line = int(match[1]) if match else len(lines)
    here = f"{where} › line {number_of_line}"
    line = lines[number_of_line - 1] if 0 < number_of_line <= len(lines) else ""
    reason = message.partition(" (at ")[0]
    if "overwrite" in reason or "twice" in reason or "more than once" in reason:
        found = f"a key that is there already: {shown(line.strip())}"
        report.reject("DUPLICATE-KEY", here, found, "each key once", catalogue=37)
    elif _COMMA_NUMBER.search(line):
        found = f"a decimal comma in {shown(line.strip())}"
        report.reject("DECIMAL-COMMA", here, found, "a point, as in 0.85", catalogue=19)
    elif "at end of document" in message or not match:
        report.reject("TRUNCATED", where, f"an unfinished end ({reason})", "a complete file", catalogue=15)
    else:
        report.reject("SYNTAX", here, f"{shown(line.strip())} ({reason})", "TOML")
