"""A junction tree as the flat arrays that ``kernels/clique_tree.c`` works on (see ``clique_tree.h``)."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from . import native
from .junction_tree import JunctionTree
from .protocol import FloatArray, StateArray

MAX_TILE = 128
"""Joint states of a clique that are worked on at once: 8 KiB at eight lanes, a sixth of an L1 cache."""
MAX_WORKSPACE_BYTES = 2**29
"""A tree whose tables take more than this at eight lanes is run one case at a time."""
MAX_RANGE = 500.0
"""log2 of the ratio of the largest to the smallest figure that a product may reach before the
messages that go into it are rescaled; doubles end at 2^-1022."""

_SCALARS = ("n_variables", "n_cliques", "n_rows", "max_tile", "max_attached")
_ARRAYS: tuple[tuple[str, DTypeLike], ...] = (
    ("variable_row", np.int32), ("separator_row", np.int32), ("scaled", np.uint8), ("n_outer", np.int32),
    ("n_tile", np.int32), ("potential_at", np.int64), ("potential_step", np.int32), ("potential", np.float64),
    ("attached_at", np.int32), ("attached_row", np.int32), ("attached_variable", np.int32), ("outer_at", np.int64),
    ("forward_at", np.int64), ("kept_at", np.int64), ("n_kept", np.int32), ("n_dropped", np.int32),
    ("outer", np.int32), ("forward", np.int32), ("members", np.int32), ("kept", np.int32), ("home_at", np.int32),
    ("home_variable", np.int32), ("home_state_at", np.int64), ("home_state", np.uint8),
)  # fmt: skip
"""The fields of the C struct ``clique_tree``, in order."""


class _Tree(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in _SCALARS] + [(name, ctypes.c_void_p) for name, _ in _ARRAYS]


class _Targets(ctypes.Structure):
    _fields_ = [
        ("visit", ctypes.c_void_p),
        ("wanted", ctypes.c_void_p),
        ("column", ctypes.c_void_p),
        ("n_columns", ctypes.c_int64),
    ]


@cache
def _run() -> Any:
    tree, targets = ctypes.POINTER(_Tree), ctypes.POINTER(_Targets)
    floats, evidence = native.array(np.float64), native.array(np.int8, 2)
    return native.function(
        "clique_tree_run", ctypes.c_int, tree, targets, evidence, ctypes.c_int64, ctypes.c_int, floats, floats
    )


class Targets:
    """Variables whose marginals are wanted, and what the outward pass must visit for them."""

    def __init__(self, plan: CliqueTreePlan, variables: Iterable[int]) -> None:
        tree = plan.tree
        wanted = sorted(set(variables))
        self._column = np.full(len(tree.n_states), -1, np.int32)
        self.n_columns = 0
        for variable in wanted:
            self._column[variable] = self.n_columns
            self.n_columns += tree.n_states[variable]
        self._visit = np.zeros(len(tree.cliques), np.uint8)
        self._wanted = np.zeros(len(plan.attached_variable), np.uint8)
        home = {tree.home_separator[variable] for variable in wanted}
        for k in range(len(tree.cliques) - 1, -1, -1):
            inside = False
            for a in range(plan.attached_at[k] + 1, plan.attached_at[k + 1]):
                child, variable = plan.attached_child[a], plan.attached_variable[a]
                self._wanted[a] = self._visit[child] > 0 if child >= 0 else self._column[variable] >= 0
                inside |= bool(self._wanted[a])
            self._visit[k] = 2 if inside else int(k in home)
        self.struct = _Targets(
            self._visit.ctypes.data, self._wanted.ctypes.data, self._column.ctypes.data, self.n_columns
        )

    def column(self, variable: int) -> int:
        """The column of the variable's first state; -1 where it is not wanted."""
        return int(self._column[variable])


class CliqueTreePlan:
    """All that does not depend on the evidence.

    Parameters
    ----------
    tree : the junction tree
    families : by variable, the variable and its parents
    tables : by variable, P(variable | parents), axes in the order of the family
    """

    def __init__(
        self, tree: JunctionTree, families: Sequence[Sequence[int]], tables: Sequence[NDArray[np.float64]]
    ) -> None:
        self.tree = tree
        self.attached_at = [0]
        self.attached_variable: list[int] = []
        self.attached_child: list[int] = []
        """By attached table: the clique below whose separator it is; -1 for a variable's own table."""
        n_variables, n_cliques = len(tree.n_states), len(tree.cliques)
        self._variable_row = np.concatenate([[0], np.cumsum(tree.n_states)])
        sizes = [tree.size(separator) for separator in tree.separators]
        self._separator_row = self._variable_row[-1] + np.concatenate([[0], np.cumsum(sizes)])
        parts: dict[str, list[Any]] = {name: [] for name, _ in _ARRAYS}
        parts["variable_row"], parts["separator_row"] = self._variable_row.tolist(), self._separator_row.tolist()
        parts["attached_at"], parts["home_at"] = [0], [0]
        self._blocks: dict[str, list[NDArray[Any]]] = {name: [] for name in ("outer", "forward", "members", "kept")}
        self._filled = dict.fromkeys(self._blocks, 0)
        orders = self._attach(parts)
        self._add_homes(parts)
        parts["potential"] = [self._potentials(parts, orders, families, tables)]
        parts["scaled"] = self._choose_scaled(parts)
        for field, blocks in self._blocks.items():
            parts[field] = [np.concatenate(blocks)]
        self._arrays = {}
        for name, dtype in _ARRAYS:
            whole = isinstance(parts[name][0], np.ndarray) if parts[name] else False
            self._arrays[name] = np.ascontiguousarray(parts[name][0] if whole else parts[name], dtype)
        self._struct = _Tree(
            n_variables, n_cliques, int(self._separator_row[-1]), max(parts["n_tile"]),
            max(np.diff(parts["attached_at"])), *(self._arrays[name].ctypes.data for name, _ in _ARRAYS),
        )  # fmt: skip
        workspace = 2 * int(self._separator_row[-1]) * 8 * np.dtype(np.float64).itemsize
        self.narrow = workspace > MAX_WORKSPACE_BYTES
        """Whether cases go one at a time, for want of memory, rather than eight."""

    def run(self, evidence: StateArray, targets: Targets) -> tuple[FloatArray, FloatArray]:
        """Marginals (cases, columns of ``targets``) and log evidence (cases,).

        ``evidence`` : (cases, variables) observed state or -1.  Impossible evidence: zeros and -inf.
        """
        evidence = np.ascontiguousarray(evidence, np.int8)
        marginals = np.empty((len(evidence), targets.n_columns))
        log_evidence = np.empty(len(evidence))
        done = _run()(
            ctypes.byref(self._struct), ctypes.byref(targets.struct), evidence, len(evidence), self.narrow,
            marginals, log_evidence,
        )  # fmt: skip
        if not done:
            raise MemoryError(f"no memory for the tables of {self.tree!r}")
        return marginals, log_evidence

    def _attach(self, parts: dict[str, list[Any]]) -> list[list[int]]:
        """Attach tables to every clique; returns each clique's axes, outermost first."""
        tree, children = self.tree, self.tree.children()
        orders = []
        for k, clique in enumerate(tree.cliques):
            private = [v for v in clique if tree.home_separator[v] < 0]
            attached = [(int(self._separator_row[j]), tree.separators[j], j) for j in [k, *children[k]]]
            attached += [(int(self._variable_row[v]), (v,), -1) for v in private]
            # Variables that most tables share go outermost, so that a tile meets few rows of each.
            shared = {v: sum(v in variables for _, variables, child in attached if child >= 0) for v in clique}
            order = sorted(clique, key=lambda v: (-shared[v], v))
            split = len(order) - 1
            while split > 0 and tree.size(order[split - 1 :]) <= MAX_TILE:
                split -= 1
            parts["n_outer"].append(tree.size(order[:split]))
            parts["n_tile"].append(tree.size(order[split:]))
            for row, variables, child in attached:
                self._attach_table(parts, order, split, row=row, variables=variables)
                variable = -1 if child >= 0 else variables[0]
                parts["attached_variable"].append(variable)
                self.attached_variable.append(variable)
                self.attached_child.append(child)
            parts["attached_at"].append(len(self.attached_variable))
            orders.append(order)
        self.attached_at = parts["attached_at"]
        return orders

    def _attach_table(
        self, parts: dict[str, list[Any]], order: list[int], split: int, *, row: int, variables: tuple[int, ...]
    ) -> None:
        n_states = self.tree.n_states
        stride = dict(zip(variables, _strides([n_states[v] for v in variables]), strict=True))
        place = dict(zip(order[split:], _strides([n_states[v] for v in order[split:]]), strict=True))
        kept = [v for v in order[split:] if v in stride]
        dropped = [v for v in order[split:] if v not in stride]
        kept_places = _offsets([(n_states[v], place[v]) for v in kept])
        dropped_places = _offsets([(n_states[v], place[v]) for v in dropped])
        parts["attached_row"].append(row)
        parts["n_kept"].append(len(kept_places))
        parts["n_dropped"].append(len(dropped_places))
        parts["outer_at"].append(self._add("outer", _offsets([(n_states[v], stride.get(v, 0)) for v in order[:split]])))
        parts["forward_at"].append(
            self._add("forward", _offsets([(n_states[v], stride.get(v, 0)) for v in order[split:]]))
        )
        self._add("members", (kept_places[:, None] + dropped_places[None, :]).ravel())
        parts["kept_at"].append(self._add("kept", _offsets([(n_states[v], stride[v]) for v in kept])))

    def _add(self, field: str, values: NDArray[np.int32]) -> int:
        """Append to one of the shared arrays; where the values begin."""
        start = self._filled[field]
        self._blocks[field].append(values)
        self._filled[field] += len(values)
        return start

    def _add_homes(self, parts: dict[str, list[Any]]) -> None:
        tree = self.tree
        at_home: list[list[int]] = [[] for _ in tree.cliques]
        for variable, k in enumerate(tree.home_separator):
            if k >= 0:
                at_home[k].append(variable)
        blocks, filled = [np.zeros(0, np.uint8)], 0
        for k, separator in enumerate(tree.separators):
            for variable in at_home[k]:
                states = _offsets([(tree.n_states[v], int(v == variable)) for v in separator])
                parts["home_variable"].append(variable)
                parts["home_state_at"].append(filled)
                blocks.append(states.astype(np.uint8))
                filled += len(states)
            parts["home_at"].append(len(parts["home_variable"]))
        parts["home_state"] = [np.concatenate(blocks)]

    def _potentials(
        self,
        parts: dict[str, list[Any]],
        orders: list[list[int]],
        families: Sequence[Sequence[int]],
        tables: Sequence[NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        """Each clique's product of tables, its axes as ordered; those without tables share ones."""
        tree = self.tree
        start = max(parts["n_tile"])
        for k, held in enumerate(tree.tables):
            parts["potential_at"].append(start if held else 0)
            parts["potential_step"].append(parts["n_tile"][k] if held else 0)
            start += tree.size(tree.cliques[k]) if held else 0
        potential = np.ones(start)
        for k, held in enumerate(tree.tables):
            if not held:
                continue
            order, at = orders[k], parts["potential_at"][k]
            view = potential[at : at + tree.size(order)].reshape([tree.n_states[v] for v in order])
            for variable in held:
                family = list(families[variable])
                axes = sorted(range(len(family)), key=lambda i: order.index(family[i]))
                shape = [tree.n_states[v] if v in family else 1 for v in order]
                view *= tables[variable].transpose(axes).reshape(shape)
        return potential

    def _choose_scaled(self, parts: dict[str, list[Any]]) -> list[int]:
        """Which messages must be rescaled so that no product can leave the range of a double.

        A message's range is at most the sum of those that went into it; where a clique's would
        exceed ``MAX_RANGE``, its children with the widest are rescaled.  The root always is.
        """
        tree, children = self.tree, self.tree.children()
        potential = parts["potential"][0]
        scaled, reach = [0] * len(tree.cliques), [0.0] * len(tree.cliques)
        for k in range(len(tree.cliques) - 1, -1, -1):
            size = tree.size(tree.cliques[k])
            own = math.log2(size)
            if tree.tables[k]:
                values = potential[parts["potential_at"][k] :][:size]
                own -= math.log2(min((float(values[values > 0.0].min(initial=1.0)), 1.0)))
            total = own + sum(reach[child] for child in children[k])
            for child in sorted(children[k], key=lambda j: (-reach[j], j)):
                if total <= MAX_RANGE:
                    break
                scaled[child] = 1
                total -= reach[child]
            reach[k] = total
        scaled[0] = 1
        return scaled


def _strides(n_states: Sequence[int]) -> list[int]:
    """C order: the last axis changes fastest."""
    return [math.prod(n_states[axis + 1 :]) for axis in range(len(n_states))]


def _offsets(axes: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
    """Sum of index × stride over (length, stride) axes, for every joint index in C order."""
    total = np.zeros(1, np.int32)
    for length, stride in axes:
        total = (total[:, None] + np.arange(length, dtype=np.int32) * np.int32(stride)).ravel()
    return total
