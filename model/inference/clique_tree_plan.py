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
_SHARED = ("outer", "forward", "members", "kept", "home_state")
"""Of these, the arrays that tables share, each with its own range."""


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
        self._variable_row = np.concatenate([[0], np.cumsum(tree.n_states)]).tolist()
        sizes = [tree.size(separator) for separator in tree.separators]
        self._separator_row = (self._variable_row[-1] + np.concatenate([[0], np.cumsum(sizes)])).tolist()
        self._lists: dict[str, list[int]] = {name: [] for name, _ in _ARRAYS}
        """The fields of the C struct while they grow."""
        self._blocks: dict[str, list[NDArray[np.int32]]] = {name: [] for name in _SHARED}
        self._filled = dict.fromkeys(_SHARED, 0)
        self.attached_child: list[int] = []
        """By attached table: the clique below whose separator it is; -1 for a variable's own table."""
        orders = self._attach()
        self._add_homes()
        potential = self._potentials(orders, families, tables)
        lists = self._lists | {"variable_row": self._variable_row, "separator_row": self._separator_row}
        lists["scaled"] = self._choose_scaled(potential)
        self.attached_at, self.attached_variable = lists["attached_at"], lists["attached_variable"]
        blocks = {name: np.concatenate([np.zeros(0, np.int32), *parts]) for name, parts in self._blocks.items()}
        values: dict[str, Any] = lists | blocks | {"potential": potential}
        self._arrays = {name: np.ascontiguousarray(values[name], dtype) for name, dtype in _ARRAYS}
        self._struct = _Tree(
            len(tree.n_states), len(tree.cliques), self._separator_row[-1], max(lists["n_tile"]),
            max(np.diff(self.attached_at)), *(self._arrays[name].ctypes.data for name, _ in _ARRAYS),
        )  # fmt: skip
        del self._lists, self._blocks, self._filled
        workspace = 2 * self._separator_row[-1] * 8 * np.dtype(np.float64).itemsize
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

    def _attach(self) -> list[list[int]]:
        """Attach tables to every clique; returns each clique's axes, outermost first."""
        tree, lists, children = self.tree, self._lists, self.tree.children()
        orders = []
        lists["attached_at"].append(0)
        for k, clique in enumerate(tree.cliques):
            attached = [(self._separator_row[j], tree.separators[j], j) for j in [k, *children[k]]]
            attached += [(self._variable_row[v], (v,), -1) for v in clique if tree.home_separator[v] < 0]
            # Variables that most separators share go outermost, so that a tile meets few rows of each.
            shared = {v: sum(v in variables for _, variables, child in attached if child >= 0) for v in clique}
            order = sorted(clique, key=lambda v: (-shared[v], v))
            split = len(order) - 1
            while split > 0 and tree.size(order[split - 1 :]) <= MAX_TILE:
                split -= 1
            lists["n_outer"].append(tree.size(order[:split]))
            lists["n_tile"].append(tree.size(order[split:]))
            for row, variables, child in attached:
                lists["attached_row"].append(row)
                lists["attached_variable"].append(-1 if child >= 0 else variables[0])
                self.attached_child.append(child)
                self._map_table(order[:split], order[split:], variables)
            lists["attached_at"].append(len(self.attached_child))
            orders.append(order)
        return orders

    def _map_table(self, outer: list[int], tile: list[int], variables: tuple[int, ...]) -> None:
        """How the joint states of a clique, cut into tiles, meet the rows of a table over ``variables``."""
        n_states = self.tree.n_states
        stride = dict(zip(variables, _strides([n_states[v] for v in variables]), strict=True))
        place = dict(zip(tile, _strides([n_states[v] for v in tile]), strict=True))
        kept, dropped = [v for v in tile if v in stride], [v for v in tile if v not in stride]
        kept_places = _offsets([(n_states[v], place[v]) for v in kept])
        dropped_places = _offsets([(n_states[v], place[v]) for v in dropped])
        self._lists["n_kept"].append(len(kept_places))
        self._lists["n_dropped"].append(len(dropped_places))
        self._share("outer", _offsets([(n_states[v], stride.get(v, 0)) for v in outer]))
        self._share("forward", _offsets([(n_states[v], stride.get(v, 0)) for v in tile]))
        self._share("kept", _offsets([(n_states[v], stride[v]) for v in kept]))
        self._blocks["members"].append((kept_places[:, None] + dropped_places[None, :]).ravel())

    def _share(self, field: str, values: NDArray[np.int32]) -> None:
        """Append to one of the shared arrays, and where to its ``…_at``."""
        self._lists[f"{field}_at"].append(self._filled[field])
        self._blocks[field].append(values)
        self._filled[field] += len(values)

    def _add_homes(self) -> None:
        """The variables whose evidence enters at each separator, and their states in its rows."""
        tree = self.tree
        self._lists["home_at"].append(0)
        at_home: list[list[int]] = [[] for _ in tree.cliques]
        for variable, k in enumerate(tree.home_separator):
            if k >= 0:
                at_home[k].append(variable)
        for separator, variables in zip(tree.separators, at_home, strict=True):
            for variable in variables:
                self._share("home_state", _offsets([(tree.n_states[v], int(v == variable)) for v in separator]))
            self._lists["home_variable"] += variables
            self._lists["home_at"].append(len(self._lists["home_variable"]))

    def _potentials(
        self, orders: list[list[int]], families: Sequence[Sequence[int]], tables: Sequence[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Each clique's product of tables, its axes as ordered; those without tables share ones."""
        tree, n_tile = self.tree, self._lists["n_tile"]
        start = max(n_tile)
        for k, held in enumerate(tree.tables):
            self._lists["potential_at"].append(start if held else 0)
            self._lists["potential_step"].append(n_tile[k] if held else 0)
            start += tree.size(tree.cliques[k]) if held else 0
        potential = np.ones(start)
        for order, at, held in zip(orders, self._lists["potential_at"], tree.tables, strict=True):
            for variable in held:
                view = potential[at : at + tree.size(order)].reshape([tree.n_states[v] for v in order])
                family = list(families[variable])
                axes = sorted(range(len(family)), key=lambda i: order.index(family[i]))
                shape = [tree.n_states[v] if v in family else 1 for v in order]
                view *= tables[variable].transpose(axes).reshape(shape)
        return potential

    def _choose_scaled(self, potential: NDArray[np.float64]) -> list[int]:
        """Which messages must be rescaled so that no product can leave the range of a double.

        A message's range is at most the sum of those that went into it; where a clique's would
        exceed ``MAX_RANGE``, its children with the widest are rescaled.  The root always is.
        """
        tree, children = self.tree, self.tree.children()
        scaled, reach = [0] * len(tree.cliques), [0.0] * len(tree.cliques)
        for k in range(len(tree.cliques) - 1, -1, -1):
            size = tree.size(tree.cliques[k])
            own = math.log2(size)
            if tree.tables[k]:
                values = potential[self._lists["potential_at"][k] :][:size]
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
