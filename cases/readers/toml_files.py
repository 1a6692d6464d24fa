"""One TOML file a case, or a directory tree of them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from model.errors import InputError, Problem

from .raw import RawFile
from .source import read_source
from .text import decode


def parse_toml(data: bytes, name: str) -> RawFile:
    """The one case of a TOML file."""
    text, problems = decode(data, name, may_confirm=False)  # TOML is UTF-8 by definition
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
    """Every ``*.toml`` under ``directory`` in the order of its path; hidden files are left out.

    One that cannot be read (a dangling link, a pipe) rejects the set: it would be missed without a word.
    """
    whole = RawFile()
    paths = sorted(
        path
        for path in directory.rglob("*.toml")
        if not path.is_dir() and not any(part.startswith(".") for part in path.relative_to(directory).parts)
    )
    for path in paths:
        name = path.relative_to(directory).as_posix()
        try:
            data = read_source(path, "a TOML file")
        except InputError as error:
            whole.problems += [replace(problem, where=name) for problem in error.problems]
            continue
        one = parse_toml(data, name)
        whole.records += one.records
        whole.problems += one.problems
    return whole
