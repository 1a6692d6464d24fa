"""Reading the Bayesian Interchange Format (BIF 0.15), strictly, with every error at once.

Grammar: Cozman, "The Interchange Format for Bayesian Networks" (1996), as pgmpy and bnlearn write it:
``network`` first, then ``variable`` and ``probability`` blocks in any order; comments as in C;
``property`` statements are read over.  A ``probability`` block has rows ``(parent states) numbers;``,
a ``default`` row for the ones that are not listed, or one ``table`` with the variable's own state
changing slowest.  Names are words: no quotes, no spaces.

A file that is cut off is refused wherever it was cut: inside a block by the missing brace, between
blocks by the tables or variables that are then missing.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from .bif_blocks import Block, Lines, first_visible, split_blocks
from .names import some
from .raw import RawNetwork, RawTable, RawVariable
from .report import Report, nearest, shown
from .tabular_values import check_states, check_table_size, looks_like_decimal_commas, read_numbers
from .text import clean

_WORD = re.compile(r"[^\s{}()\[\]|,;\"']+")
_VARIABLE = re.compile(r"\s*type\s+(\w+)\s*\[\s*(\d+)\s*\]\s*\{([^{}]*)\}\s*;\s*")
_ROW = re.compile(r"\s*(?:\(([^()]*)\)|(table|default)\b)\s*(.*)", re.DOTALL)


def is_word(name: str) -> bool:
    """Whether BIF can spell ``name``."""
    return _WORD.fullmatch(name) is not None


def parse_bif(text: str, where: str, report: Report) -> RawNetwork:
    """The network that ``text`` declares; every problem goes to ``report``."""
    raw = RawNetwork()
    if not text.strip():
        report.reject("EMPTY", where, "an empty file", "a BIF network", catalogue=14)
        return raw
    lines = Lines(text, where)
    blocks = split_blocks(text, lines, report)
    networks = [block for block in blocks if block.keyword == "network"]
    if len(networks) != 1 or blocks[0].keyword != "network":
        report.reject("SYNTAX", where, f"{len(networks)} network blocks", "one, at the beginning: network name { }")
    for block in networks[:1]:
        raw.name = block.header.strip().strip('"')
        if block.body.strip():
            report.reject("SYNTAX", lines.at(block.body_start), shown(block.body.strip()), "only properties")
    for block in blocks:
        if block.keyword == "variable":
            _read_variable(block, lines, raw, report)
    states_of = raw.states_of()
    for block in blocks:
        if block.keyword == "probability":
            _read_table(block, lines, states_of, raw, report)
    return raw


def _words(listed: str, where: str, report: Report) -> list[str] | None:
    """Comma-separated words as they are spelled, or None with a problem for each that is none."""
    words = [word.strip() for word in listed.split(",")]
    bad = [word for word in words if not is_word(word)]
    for word in bad:
        report.reject(
            "NAME",
            where,
            f"the name {shown(word)}" if word else "a missing name",
            "a word without quotes or spaces",
            next_step="write _ for the space, or use XMLBIF" if word else "",
            catalogue=23,
        )
    return None if bad else words


def _names(listed: str, where: str, report: Report) -> list[str] | None:
    """:func:`_words`, composed."""
    words = _words(listed, where, report)
    return None if words is None else [clean(word, where, report, what="name") for word in words]


def _read_variable(block: Block, lines: Lines, raw: RawNetwork, report: Report) -> None:
    where = lines.at(block.start)
    words = _words(block.header, where, report)
    if words is not None and len(words) != 1:
        report.reject("NAME", where, shown(block.header.strip()), "one name", catalogue=23)
    if not words:
        return
    name = clean(words[0], where, report, what="name")
    where = f"{where} › {name}"
    match = _VARIABLE.fullmatch(block.body)
    if match is None or match[1] != "discrete":
        report.reject("SYNTAX", where, shown(block.body.strip()), "type discrete [ 2 ] { no, yes };")
        raw.variables.append(RawVariable(name, (), where, words[0]))
        return
    listed = _words(match[3], where, report) if match[3].strip() else []
    states = () if listed is None else check_states(listed, int(match[2][:9]), where, report)
    raw.variables.append(RawVariable(name, states, where, words[0]))


def _read_table(
    block: Block, lines: Lines, states_of: dict[str, tuple[str, ...]], raw: RawNetwork, report: Report
) -> None:
    where = lines.at(block.start)
    header = block.header.strip()
    inner, bar, listed = header[1:-1].partition("|")
    if header[:1] != "(" or header[-1:] != ")" or not inner.strip():
        expected = "probability ( variable | parent, parent )"
        report.reject("SYNTAX", where, f"probability {shown(header)}", expected)
        return
    names = _names(inner, where, report)
    parents = _names(listed, where, report) if bar else []
    if names is not None and len(names) > 1:
        report.reject("SYNTAX", where, f"probability {shown(header)}", "| between the variable and its parents")
    if names is None:
        return
    where = f"{where} › {names[0]}"
    columns = None
    if parents is not None and all(states_of.get(name) for name in (names[0], *parents)):
        cards = [len(states_of[name]) for name in (*parents, names[0])]
        if check_table_size(cards, where, report):
            columns = _Columns(names[0], parents, states_of, lines, report).read(block)
    raw.tables.append(RawTable(names[0], tuple(parents or ()), columns, where))


class _Columns:
    """The rows of one probability block."""

    def __init__(
        self, name: str, parents: list[str], states_of: dict[str, tuple[str, ...]], lines: Lines, report: Report
    ) -> None:
        self.name, self.parents, self.lines, self.report = name, parents, lines, report
        self.n_states = len(states_of[name])
        self.parent_states = [states_of[parent] for parent in parents]
        self.index_of = [{state: index for index, state in enumerate(states)} for states in self.parent_states]
        self.shape = tuple(len(states) for states in self.parent_states)

    def read(self, block: Block) -> NDArray[np.float64] | None:
        """(parent configurations, states), or None where anything was wrong."""
        before = self.report.rejections
        n_columns = int(np.prod(self.shape, dtype=np.int64))
        columns = np.zeros((n_columns, self.n_states))
        given = np.zeros(n_columns, bool)
        default: list[float] | None = None
        offset = block.body_start
        statements = block.body.split(";")
        for statement in statements[:-1]:
            if self.report.full:
                break
            start = first_visible(statement)
            where = f"{self.lines.at(offset + start)} › {self.name}"
            offset += len(statement) + 1
            row = _ROW.fullmatch(statement)
            if row is None:
                self.report.reject("SYNTAX", where, shown(statement.strip()), "(parent states) numbers;")
                continue
            if row[2] == "default":
                if default is not None:
                    self.report.reject("ROW-TWICE", where, "a second default row", "one", catalogue=18)
                default = self._numbers(row[3], self.n_states, where, catalogue=18) or default
            elif row[2] == "table":
                if given.any():
                    self.report.reject("ROW-TWICE", where, "a table beside other rows", "one or the other", catalogue=7)
                numbers = self._numbers(row[3], n_columns * self.n_states, where)
                if numbers is not None:
                    columns[:] = np.reshape(numbers, (self.n_states, n_columns)).T
                given[:] = True
            else:
                self._row(row[1], row[3], columns, given, where)
        if statements[-1].strip():
            where = f"{self.lines.at(offset)} › {self.name}"
            self.report.reject(
                "TRUNCATED", where, shown(statements[-1].strip()), "a row that ends with ;", catalogue=15
            )
        if default is not None:
            columns[~given] = default
            given[:] = True
        if not given.all() and self.report.rejections == before:
            missing = [self.configuration(int(index)) for index in np.flatnonzero(~given)]
            where = f"{self.lines.at(block.start)} › {self.name}"
            found = f"no row for {some(missing, 3)}"
            self.report.reject("ROW-MISSING", where, found, f"{n_columns} rows, or a default row", catalogue=6)
        return columns if self.report.rejections == before else None

    def configuration(self, index: int) -> str:
        """The parent states of a column, as the file writes them."""
        parts = np.unravel_index(index, self.shape) if self.shape else ()
        return f"({', '.join(states[int(part)] for states, part in zip(self.parent_states, parts, strict=True))})"

    def _row(self, key: str, values: str, columns: NDArray[np.float64], given: NDArray[np.bool_], where: str) -> None:
        states = [state.strip() for state in key.split(",")]
        if len(states) != len(self.parents):
            expected = f"{len(self.parents)} parent states ({', '.join(self.parents)})"
            self.report.reject("ROW", where, f"({key.strip()})", expected, catalogue=17)
            return
        index = 0
        for parent, state, positions in zip(self.parents, states, self.index_of, strict=True):
            position = positions.get(state)
            if position is None:
                found = f"the unknown state {shown(state)} of {parent}"
                near = nearest(state, positions)
                self.report.reject("PARENT-STATE", where, found, some(list(positions), 6), near=near, catalogue=12)
                return
            index = index * len(positions) + position
        numbers = self._numbers(values, self.n_states, where)
        if given[index]:
            self.report.reject("ROW-TWICE", where, f"a second row for ({key.strip()})", "one row", catalogue=7)
        given[index] = True
        if numbers is not None:
            columns[index] = numbers

    def _numbers(self, text: str, expected: int, where: str, catalogue: int = 17) -> list[float] | None:
        tokens = [token.strip() for token in text.split(",")]
        if len(tokens) != expected:
            if looks_like_decimal_commas(tokens, expected):
                found = f"{shown(text.strip())}, with decimal commas"
                self.report.reject("DECIMAL-COMMA", where, found, "points, as in 0.85", catalogue=19)
            else:
                self.report.reject("TABLE-LENGTH", where, f"{len(tokens)} numbers", f"{expected}", catalogue=catalogue)
            return None
        return read_numbers(tokens, where, self.report)
