"""One TOML file a case, or a directory tree of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from model.errors import Problem

from .raw import RawFile
from .text import decode


def parse_toml(data: bytes, name: str) -> RawFile:
    """The one case of a TOML file."""
    text, problems = decode(data, name)
    raw = RawFile(problems=list(problems))
    if text is None:
        return raw
    if text.lstrip()[:1] == "{":
        raw.problems.append(
            Problem("E-CONTENT", name, "JSON", expected="TOML", next_step="rename it to .json", catalogue=67)
        )
        return raw
    try:
        record = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        duplicate = "overwrite" in str(error) or "twice" in str(error)
        problem = Problem(
            "E-DUPLICATE-KEY" if duplicate else "E-TOML",
            name,
            str(error),
            expected="each key once" if duplicate else "TOML",
            catalogue=37 if duplicate else None,
        )
        raw.problems.append(problem)
    except RecursionError:
        raw.problems.append(Problem("E-NESTING", name, "values nested too deeply", catalogue=65))
    else:
        if record:
            raw.records.append((name, record))
    return raw


def read_toml_tree(directory: Path) -> RawFile:
    """Every ``*.toml`` under ``directory`` in the order of its path; hidden files are left out."""
    whole = RawFile()
    paths = sorted(
        path
        for path in directory.rglob("*.toml")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(directory).parts)
    )
    for path in paths:
        one = parse_toml(path.read_bytes(), path.relative_to(directory).as_posix())
        whole.records += one.records
        whole.problems += one.problems
    return whole
