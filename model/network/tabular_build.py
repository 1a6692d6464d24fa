"""From what a BIF or XMLBIF file declares to variables that fit together, or to all that is wrong.

The result does not depend on the file's layout: variables stand in topological order, the first
name first among those that could be next, and parents stand in the order of their names.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from .names import some
from .network import Variable
from .raw import RawNetwork, RawTable
from .report import Report, nearest, shown
from .table import COLUMN_SUM_TOLERANCE
from .text import check_distinct
from .treewidth import MAX_CLIQUE_CELLS, largest_clique

PUBLISHED_ROUNDING = 1e-5
"""With ``normalise``: how far a column may be from 1 and still be taken for rounded figures (those
of the published networks are up to 3e-7 off); anything further is an error, not rounding."""
_ROUNDING = 1e-12


def build_variables(raw: RawNetwork, where: str, report: Report, *, normalise: bool = False) -> tuple[Variable, ...]:
    """The variables of ``raw`` in canonical order; empty where a problem rejects the file.

    Columns that are off by more than 1e-9 reject it, unless ``normalise``: then those off by up to
    ``PUBLISHED_ROUNDING`` are divided by their sum, and one warning says how many and by how much.
    """
    before = report.rejections
    states_of = raw.states_of()
    if not raw.variables and not report.rejections:
        report.reject("EMPTY", where, "a network without variables", "at least one", catalogue=14)
    check_distinct([variable.spelling for variable in raw.variables], "variable", where, report, catalogue=22)
    tables: dict[str, RawTable] = {}
    for table in raw.tables:
        _check_table(table, states_of, table.variable in tables, report)
        tables.setdefault(table.variable, table)
    for variable in raw.variables:
        if variable.name not in tables:
            found = f"no probabilities of {shown(variable.name)}"
            report.reject("CPT-MISSING", variable.where, found, "a table for every variable", catalogue=13)
    order = _topological_order(states_of, tables, where, report)
    columns = _check_columns(raw, tables, where, report, normalise=normalise)
    if report.rejections > before or order is None or len(columns) < len(order):
        return ()
    _check_treewidth(states_of, tables, where, report)
    return tuple(_variable(name, states_of, tables[name].parents, columns[name]) for name in order)


def placeholders(raw: RawNetwork) -> tuple[Variable, ...]:
    """The declared variables with no probabilities, to check roles against where the tables are broken."""
    return tuple(Variable(name, states, (), np.zeros(len(states))) for name, states in raw.states_of().items())


def _check_table(table: RawTable, states_of: dict[str, tuple[str, ...]], again: bool, report: Report) -> None:
    where = table.where
    if again:
        report.reject("CPT-TWICE", where, f"a second table of {shown(table.variable)}", "one", catalogue=8)
    if table.variable not in states_of:
        near = nearest(table.variable, states_of)
        found = f"a table of the undeclared variable {shown(table.variable)}"
        report.reject("VARIABLE", where, found, "a declared variable", near=near, catalogue=11)
    for parent in dict.fromkeys(table.parents):
        if table.parents.count(parent) > 1:
            report.reject("PARENT-TWICE", where, f"the parent {shown(parent)} more than once", "each once")
        if parent == table.variable:
            report.reject("SELF-LOOP", where, f"{shown(parent)} as its own parent", "other variables", catalogue=2)
        if parent not in states_of:
            near = nearest(parent, states_of)
            found = f"the undeclared parent {shown(parent)}"
            report.reject("PARENT", where, found, "a declared variable", near=near, catalogue=11)


def _topological_order(
    states_of: dict[str, tuple[str, ...]], tables: dict[str, RawTable], where: str, report: Report
) -> list[str] | None:
    parents = {
        name: {parent for parent in tables[name].parents if parent in states_of and parent != name}
        if name in tables
        else set()
        for name in states_of
    }
    children: dict[str, list[str]] = {name: [] for name in states_of}
    for name, above in parents.items():
        for parent in sorted(above):
            children[parent].append(name)
    waiting = {name: len(above) for name, above in parents.items()}
    ready = [name for name, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        name = heapq.heappop(ready)
        order.append(name)
        for child in children[name]:
            waiting[child] -= 1
            if waiting[child] == 0:
                heapq.heappush(ready, child)
    if len(order) == len(states_of):
        return order
    # Every node that is left has a parent that is left: walking up must close a circle.
    left = {name for name, count in waiting.items() if count > 0}
    path = [min(left)]
    while path[-1] not in path[:-1]:
        path.append(min(parents[path[-1]] & left))
    circle = path[path.index(path[-1]) :][::-1]
    found = f"the cycle {' → '.join(circle[:12])}{' → …' if len(circle) > 12 else ''}"
    report.reject("CYCLE", where, found, "a directed acyclic graph", catalogue=1)
    return None


def _check_columns(
    raw: RawNetwork, tables: dict[str, RawTable], where: str, report: Report, *, normalise: bool
) -> dict[str, NDArray[np.float64]]:
    """The columns of each readable table, made to sum to 1."""
    states_of = raw.states_of()
    result = {}
    rounded, furthest = 0, 0.0
    certain = []
    for table in raw.tables:
        columns = table.columns
        if columns is None or tables[table.variable] is not table:
            continue
        for code, mask, catalogue in (("NEGATIVE", columns < 0, 4), ("PROBABILITY", columns > 1, 40)):
            if mask.any():
                rows = np.flatnonzero(mask.any(axis=1))
                found = f"{columns[mask][0]:g} {_places(rows, table, states_of)}"
                report.reject(code, table.where, found, "probabilities between 0 and 1", catalogue=catalogue)
        sums = columns.sum(axis=1)
        off = np.abs(sums - 1.0)
        limit = PUBLISHED_ROUNDING if normalise else COLUMN_SUM_TOLERANCE
        wrong = np.flatnonzero(~(off <= limit))
        if len(wrong):
            found = f"probabilities that sum to {sums[wrong[0]]:.10g} {_places(wrong, table, states_of)}"
            near_enough = not normalise and off.max() <= PUBLISHED_ROUNDING
            step = "if these are rounded figures, load with normalise" if near_enough else ""
            report.reject("CPT-SUM", table.where, found, f"1 (within {limit:g})", next_step=step, catalogue=3)
            continue
        rounded += int((off > COLUMN_SUM_TOLERANCE).sum())
        furthest = max(furthest, float(off.max()))
        if (columns == 0.0).any():
            certain.append(table.variable)
        change = off > _ROUNDING
        result[table.variable] = np.where(change[:, None], columns / sums[:, None], columns)
    if rounded:
        found = f"{rounded:,} columns that do not sum to 1 (off by at most {furthest:.1e})"
        report.warn("CPT-SUM", where, found, "1", next_step="they were divided by their sums", catalogue=3)
    if certain:
        found = f"{len(certain)} variables with probabilities of 0, which can make evidence impossible: "
        report.warn("CERTAIN", where, found + some(sorted(certain)), "figures between 0 and 1", catalogue=21)
    return result


def _places(rows: NDArray[np.intp], table: RawTable, states_of: dict[str, tuple[str, ...]]) -> str:
    """Which parent configurations these columns are, in words."""
    if not table.parents:
        return ""
    shape = tuple(len(states_of[parent]) for parent in table.parents)
    configurations = []
    for row in rows[:3]:
        parts = np.unravel_index(int(row), shape)
        configurations.append(
            ", ".join(
                f"{parent} = {states_of[parent][int(part)]}" for parent, part in zip(table.parents, parts, strict=True)
            )
        )
    more = f" and {len(rows) - 3:,} more" if len(rows) > 3 else ""
    return "where " + "; ".join(configurations) + more


def _check_treewidth(
    states_of: dict[str, tuple[str, ...]], tables: dict[str, RawTable], where: str, report: Report
) -> None:
    cards = {name: len(states) for name, states in states_of.items()}
    cells = largest_clique(cards, [(name, *tables[name].parents) for name in states_of])
    if cells > MAX_CLIQUE_CELLS:
        report.reject(
            "TREEWIDTH",
            where,
            f"a network whose exact inference needs a table of about 2^{cells.bit_length() - 1} cells",
            f"at most 2^{MAX_CLIQUE_CELLS.bit_length() - 1}",
            next_step="fewer parents a node, or independence between them",
            catalogue=31,
        )


def _variable(
    name: str, states_of: dict[str, tuple[str, ...]], parents: tuple[str, ...], columns: NDArray[np.float64]
) -> Variable:
    shape = (*(len(states_of[parent]) for parent in parents), len(states_of[name]))
    ordered = sorted(parents)
    axes = (len(parents), *(parents.index(parent) for parent in ordered))
    table = np.ascontiguousarray(columns.reshape(shape).transpose(axes))
    table.setflags(write=False)
    return Variable(name, states_of[name], tuple(ordered), table)
