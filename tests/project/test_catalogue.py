"""Every line of the bad-input catalogue from 41 on is a test's: by a row of a table, by its name or its docstring.

# catalogue, …             over a table whose rows begin with the number
def test_oversize_93(     the number in the name; ``62_to_66`` for a range
\"\"\"Catalogue 100 and 101\"\"\"   at the beginning of a docstring
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SHARED = TESTS.parents[1] / "shared" / "BAD_INPUT.md"
NUMBERS = range(41, 110)
"""Case files, page and API; 1–40, the model files, are the rows of ``tests/model/network/test_bad_input.py``."""
IN_NAME = re.compile(r"(?<=_)(\d{1,3})(?:_to_(\d{1,3}))?(?=_|$)")
IN_DOCSTRING = re.compile(r"\s*Catalogue ((?:\d+(?:–\d+)?(?:, | and )?)+)")


def _listed(words: str) -> Iterator[int]:
    """``100 and 101``, ``81–83``."""
    for first, last in re.findall(r"(\d+)(?:–(\d+))?", words):
        yield from range(int(first), int(last or first) + 1)


def _in_names(function: ast.FunctionDef) -> Iterator[int]:
    for first, last in IN_NAME.findall(function.name):
        yield from range(int(first), int(last or first) + 1)
    said = IN_DOCSTRING.match(ast.get_docstring(function) or "")
    if said:
        yield from _listed(said[1])


def _in_table(table: ast.expr) -> Iterator[int]:
    rows = table.elts if isinstance(table, ast.List | ast.Tuple) else []
    for row in rows:
        match row:
            case ast.Tuple(elts=[ast.Constant(value=int(number)), *_]):
                yield number
            case ast.Call(args=[ast.Constant(value=int(number)), *_]):  # pytest.param
                yield number


def numbers_of(source: str) -> Iterator[tuple[int, str]]:
    """(number, where it is tested) of a module of tests."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                yield from ((number, name) for number in _in_names(node))
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if lines[node.lineno - 2].startswith("# catalogue,"):
                yield from ((number, name) for number in _in_table(value))


def all_numbers() -> dict[int, list[str]]:
    """Number to the places where it is tested."""
    found = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for number, name in numbers_of(path.read_text("utf-8")):
            found[number].append(f"{path.relative_to(TESTS)}::{name}")
    return found


def test_every_number_has_a_test() -> None:
    found = all_numbers()
    assert [number for number in NUMBERS if number not in found] == []


def test_the_numbers_are_the_catalogues() -> None:
    if not SHARED.exists():
        pytest.skip(f"no catalogue at {SHARED}: it is not ours to distribute")
    lists, _, _ = SHARED.read_text("utf-8").partition("## Faults")
    lines = [line for part in lists.split("## ")[1:] for line in part.partition("\n")[2].split("·")]
    assert [int(line.split()[0]) for line in lines] == list(range(1, NUMBERS.stop))


def test_a_number_that_nothing_tests_is_missed() -> None:
    source = """
# catalogue, code
ROWS = [(45, "E")]

OTHER = [(46, "E")]


def test_x_47_to_48():
    'Catalogue 50, 52.'
"""
    assert sorted({number for number, _ in numbers_of(source)}) == [45, 47, 48, 50, 52]
