"""Triangulations are chordal, cover every family, and are as small as is known to be possible."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.inference.junction_tree import JunctionTree, plan_junction_tree
from model.inference.triangulate import Graph, bits, moral_graph, triangulate
from model.network.network import TabularNetwork
from tests.model.inference.tabular_networks import example


@st.composite
def families(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """By variable, the variable and up to four earlier ones."""
    n = draw(st.integers(1, 12))
    return [
        (v, *draw(st.lists(st.integers(0, v - 1), unique=True, max_size=4) if v else st.just([]))) for v in range(n)
    ]


def is_chordal(graph: Graph) -> bool:
    """Whether taking out simplicial variables one by one empties the graph (Dirac 1961)."""
    remaining = set(range(len(graph)))
    while remaining:
        for variable in sorted(remaining):
            around = [w for w in bits(graph[variable]) if w in remaining]
            if all(graph[a] >> b & 1 for a, b in itertools.combinations(around, 2)):
                remaining.discard(variable)
                break
        else:
            return False
    return True


@settings(deadline=None, max_examples=60)
@given(families(), st.data())
def test_cliques_are_those_of_a_chordal_graph_over_the_moral_graph(
    family: list[tuple[int, ...]], data: st.DataObject
) -> None:
    n_states = data.draw(st.lists(st.integers(1, 5), min_size=len(family), max_size=len(family)))
    graph = moral_graph(len(family), family)
    found = triangulate(graph, n_states)
    filled = moral_graph(len(family), found.cliques)
    assert all(edges & ~more == 0 for edges, more in zip(graph, filled, strict=True))
    assert is_chordal(filled)
    assert all(any(set(each) <= set(clique) for clique in found.cliques) for each in family)
    for one, other in itertools.permutations(found.cliques, 2):
        assert not set(one) <= set(other)
    assert found.total_states == sum(math.prod(n_states[v] for v in clique) for clique in found.cliques)
    if is_chordal(graph):
        assert filled == graph


@settings(deadline=None, max_examples=60)
@given(families(), st.data())
def test_junction_tree_has_the_running_intersection(family: list[tuple[int, ...]], data: st.DataObject) -> None:
    n_states = data.draw(st.lists(st.integers(1, 5), min_size=len(family), max_size=len(family)))
    tree = plan_junction_tree(family, n_states, targets=[0])
    assert 0 in tree.cliques[0]
    assert tree.parent[0] == -1
    assert all(parent < clique for clique, parent in enumerate(tree.parent))
    for clique, parent in list(enumerate(tree.parent))[1:]:
        assert set(tree.separators[clique]) == set(tree.cliques[clique]) & set(tree.cliques[parent])
    for variable in range(len(family)):
        holding = [clique for clique, members in enumerate(tree.cliques) if variable in members]
        linked = [clique for clique, separator in enumerate(tree.separators) if variable in separator]
        assert len(holding) == len(linked) + 1, "the cliques that hold a variable hang together"
        assert tree.home_separator[variable] in (linked or [-1])
    held = sorted(variable for tables in tree.tables for variable in tables)
    assert held == list(range(len(family)))
    for tables, members in zip(tree.tables, tree.cliques, strict=True):
        assert all(set(family[variable]) <= set(members) for variable in tables)


def test_a_cycle_is_cut_where_it_costs_least() -> None:
    """Four variables in a ring: the chord must join the two that have few states."""
    ring = moral_graph(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert sorted(triangulate(ring, [2, 9, 2, 9]).cliques) == [(0, 1, 2), (0, 2, 3)]
    assert sorted(triangulate(ring, [9, 2, 9, 2]).cliques) == [(0, 1, 3), (1, 2, 3)]


def tree_of(network: TabularNetwork) -> JunctionTree:
    index = {variable.name: position for position, variable in enumerate(network.variables)}
    family = [(index[v.name], *(index[parent] for parent in v.parents)) for v in network.variables]
    return plan_junction_tree(family, [len(v.states) for v in network.variables])


@pytest.mark.parametrize(
    ("name", "most_states"),
    [
        ("asia", 40),
        ("child", 678),
        ("alarm", 1_065),
        ("hepar2", 2_621),
        ("win95pts", 2_812),
        ("insurance", 46_872),
        ("pathfinder", 182_641),
        pytest.param("andes", 521_054, marks=pytest.mark.slow),
    ],
)
def test_no_larger_than_pyagrums(name: str, most_states: int) -> None:
    """``most_states`` is the size of the junction tree that pyAgrum 3.3.1 makes of the same network."""
    assert tree_of(example(name)).total_states <= most_states


def cliques_of_a_random_network() -> str:
    rng = np.random.default_rng(6)
    family = [(v, *rng.permutation(v)[: rng.integers(0, 4)].tolist()) for v in range(25)]
    return str(plan_junction_tree(family, rng.integers(2, 5, 25).tolist()).cliques)


def test_does_not_depend_on_the_hash_seed() -> None:
    program = "from tests.model.inference.test_triangulate import cliques_of_a_random_network as f; print(f())"
    for seed in ("1", "77"):
        found = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() == cliques_of_a_random_network()
