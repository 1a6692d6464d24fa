"""The plan of a junction tree: cliques, how they hang together, and where each table and variable goes.

Nothing here knows of numbers or cases; :mod:`.clique_tree_plan` turns the plan into arrays.
Lauritzen & Spiegelhalter 1988; Jensen & Jensen 1994 for the maximum spanning tree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from .triangulate import moral_graph, triangulate

MAX_STATES = 2**27
"""Joint states of all cliques together beyond which a network is refused (1 GiB of potentials)."""


@dataclass(frozen=True, repr=False)
class JunctionTree:
    """Variables are numbered as in the network; the order within a clique is ascending."""

    n_states: tuple[int, ...]
    """By variable."""
    cliques: tuple[tuple[int, ...], ...]
    """Parents before children; the first is the root."""
    parent: tuple[int, ...]
    """By clique; -1 for the root."""
    separators: tuple[tuple[int, ...], ...]
    """By clique: what it shares with its parent; empty for the root and between unconnected parts."""
    tables: tuple[tuple[int, ...], ...]
    """By clique: the variables whose conditional probability tables it holds."""
    home_separator: tuple[int, ...]
    """By variable: the clique whose separator its evidence enters at and its marginal is read from;
    -1 where no separator holds it, and it lives in one clique alone."""

    @property
    def total_states(self) -> int:
        return sum(self.size(clique) for clique in self.cliques)

    def size(self, variables: Sequence[int]) -> int:
        """The number of joint states of some variables."""
        return math.prod(self.n_states[variable] for variable in variables)

    def children(self) -> list[list[int]]:
        """By clique: the cliques that hang from it, ascending."""
        below: list[list[int]] = [[] for _ in self.cliques]
        for clique, parent in enumerate(self.parent):
            if parent >= 0:
                below[parent].append(clique)
        return below

    def __repr__(self) -> str:
        largest = max(self.cliques, key=self.size)
        between = sum(self.size(separator) for separator in self.separators)
        return (
            f"JunctionTree: {len(self.n_states)} variables, {len(self.cliques)} cliques, {self.total_states:,} states; "
            f"the largest has {len(largest)} variables and {self.size(largest):,} states; separators {between:,} states"
        )


def plan_junction_tree(
    families: Sequence[Sequence[int]], n_states: Sequence[int], targets: Sequence[int] = (), name: str = "network"
) -> JunctionTree:
    """The junction tree of a network.

    Parameters
    ----------
    families : by variable, the variable and its parents
    n_states : by variable
    targets : variables whose marginals are wanted most often; the root is a clique that holds as
        many of them as possible, so that they are near at hand.

    Errors
    ------
    InputError
        Where the cliques would have more than ``MAX_STATES`` states; nothing that large is allocated.
    """
    triangulation = triangulate(moral_graph(len(families), families), n_states)
    if triangulation.total_states > MAX_STATES:
        largest = max(triangulation.cliques, key=lambda clique: math.prod(n_states[v] for v in clique))
        raise InputError.single(
            "E-TREEWIDTH",
            name,
            f"cliques of {triangulation.total_states:,} joint states, the largest over {len(largest)} variables",
            expected=f"at most {MAX_STATES:,}",
            next_step="give variables fewer parents or fewer states, or write the network as noisy_or",
            catalogue=31,
        )
    members = [frozenset(clique) for clique in triangulation.cliques]
    sizes = [math.prod(n_states[v] for v in clique) for clique in triangulation.cliques]
    wanted = frozenset(targets)
    root = min(range(len(members)), key=lambda k: (-len(members[k] & wanted), sizes[k], k))
    order, parent_of = _spanning_tree(members, sizes, root)
    position = {clique: place for place, clique in enumerate(order)}
    cliques = [triangulation.cliques[clique] for clique in order]
    sizes = [sizes[clique] for clique in order]
    parent = [position[parent_of[clique]] if parent_of[clique] >= 0 else -1 for clique in order]
    separators = [
        tuple(v for v in clique if above >= 0 and v in members[order[above]])
        for clique, above in zip(cliques, parent, strict=True)
    ]
    return JunctionTree(
        n_states=tuple(n_states),
        cliques=tuple(cliques),
        parent=tuple(parent),
        separators=tuple(separators),
        tables=_assign_tables(families, cliques, sizes),
        home_separator=_homes(n_states, separators),
    )


def _spanning_tree(members: Sequence[frozenset[int]], sizes: Sequence[int], root: int) -> tuple[list[int], list[int]]:
    """Prim: each step adds the clique that shares most with the tree, and of these the smallest.

    Returns the cliques in the order in which they were added, and the parent of each (-1: the root).
    """
    order, parent = [root], [-1] * len(members)
    link = {k: (len(members[k] & members[root]), -sizes[root], root) for k in range(len(members)) if k != root}
    while link:
        clique = max(link, key=lambda k: (link[k][0], link[k][1] - sizes[k], -k))
        parent[clique] = link.pop(clique)[2]
        order.append(clique)
        for other, (shared, minus_size, _) in link.items():
            offered = (len(members[other] & members[clique]), -sizes[clique])
            if offered > (shared, minus_size):
                link[other] = (*offered, clique)
    return order, parent


def _assign_tables(
    families: Sequence[Sequence[int]], cliques: Sequence[tuple[int, ...]], sizes: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Each conditional probability table goes to the smallest clique that holds its family."""
    containing: list[list[int]] = [[] for _ in families]
    for k, clique in enumerate(cliques):
        for variable in clique:
            containing[variable].append(k)
    tables: list[list[int]] = [[] for _ in cliques]
    for variable, family in enumerate(families):
        around = frozenset(family)
        fitting = [k for k in containing[variable] if around.issubset(cliques[k])]
        tables[min(fitting, key=lambda k: (sizes[k], k))].append(variable)
    return tuple(tuple(held) for held in tables)


def _homes(n_states: Sequence[int], separators: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The smallest separator that holds each variable; the one nearest to the root of equals."""
    home = [-1] * len(n_states)
    size = [0] * len(n_states)
    for k, separator in enumerate(separators):
        states = math.prod(n_states[v] for v in separator)
        for variable in separator:
            if home[variable] < 0 or states < size[variable]:
                home[variable], size[variable] = k, states
    return tuple(home)
